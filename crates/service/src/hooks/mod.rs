//! What is told of changes to tenants: code of the host in the same process, and a webhook.

mod deliver;
mod webhook;

use core::fmt;
use core::future::Future;
use core::pin::Pin;

pub use deliver::{Delivered, deliver};
pub(crate) use deliver::{MAX_ATTEMPTS, wait_ms};
pub use webhook::Webhook;

use crate::tenants::Change;

/// What a hook does, later.
pub type HookFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Code of the host that is run after a change to permissions, roles, members and tenants.
///
/// The change is stored by then: a hook can't refuse it, and what goes wrong in a hook is its own.
/// The request waits for it. For deletions, the record is the deleted one as it was. A process that
/// ends between the change and the hook has no second try; the webhook has.
pub trait Hooks: fmt::Debug + Send + Sync {
    /// Is told of a change.
    fn after<'a>(&'a self, change: &'a Change) -> HookFuture<'a>;
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {
    fn after<'a>(&'a self, _change: &'a Change) -> HookFuture<'a> {
        Box::pin(core::future::ready(()))
    }
}
