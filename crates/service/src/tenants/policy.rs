//! The policy that holds for a request: the file's, with the permissions made at run time.

use core::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use portcullis_core::policy::{PermissionDocument, Policy, PolicyError};

use super::RunTimePermission;
use crate::{App, Caller, Error, Host, Settings, Store};

/// A policy of some request.
#[derive(Debug, Clone)]
pub struct CurrentPolicy {
    settings: Arc<Settings>,
    extended: Option<Arc<Extended>>,
}

impl Deref for CurrentPolicy {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        self.extended
            .as_ref()
            .and_then(|extended| extended.policy.as_ref())
            .unwrap_or(&self.settings.policy)
    }
}

impl CurrentPolicy {
    /// The permissions made at run time.
    #[must_use]
    pub fn run_time_permissions(&self) -> &[RunTimePermission] {
        match &self.extended {
            Some(extended) => &extended.permissions,
            None => &[],
        }
    }
}

/// Permissions made at run time, and the policy with them, as of some count of changes.
#[derive(Debug)]
struct Extended {
    epoch: i64,
    permissions: Vec<RunTimePermission>,
    /// `None` when they don't fit into the policy; then none of them is known.
    policy: Option<Policy>,
}

/// Keeps the extended policy between requests. It holds data alone, never a pending load.
#[derive(Debug, Default)]
pub struct PolicyCache {
    kept: Mutex<Option<Arc<Extended>>>,
}

impl PolicyCache {
    fn since(&self, epoch: i64) -> Option<Arc<Extended>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.epoch >= epoch).cloned()
    }

    fn put(&self, extended: &Arc<Extended>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|old| old.epoch < extended.epoch) {
            *kept = Some(Arc::clone(extended));
        }
    }
}

/// The policy that holds for a caller's request. The count of changes came with the session, so
/// permissions made at run time are read only when there are new ones.
///
/// # Errors
/// Only faults.
pub async fn current_policy<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
) -> Result<CurrentPolicy, Error> {
    let settings = Arc::clone(&app.settings);
    if caller.policy_epoch == 0 {
        return Ok(CurrentPolicy {
            settings,
            extended: None,
        });
    }
    if let Some(extended) = app.policies.since(caller.policy_epoch) {
        return Ok(CurrentPolicy {
            settings,
            extended: Some(extended),
        });
    }
    let (epoch, permissions) = app.store.run_time_permissions().await?;
    let names = permissions.iter().map(|one| one.name.as_str());
    let policy = match extend(&settings.policy, names) {
        Ok(policy) => Some(policy),
        Err(error) => {
            let line = serde_json::json!({
                "level": "error", "msg": "permissions made at run time", "error": error.to_string(),
            });
            app.host.log(&line.to_string());
            None
        }
    };
    let extended = Arc::new(Extended {
        epoch,
        permissions,
        policy,
    });
    app.policies.put(&extended);
    Ok(CurrentPolicy {
        settings,
        extended: Some(extended),
    })
}

/// The policy with more permissions, which no role of it carries. Those that it has by now are left
/// out: what the file says of them counts.
///
/// # Errors
/// [`PolicyError`] when they don't fit into it.
pub(super) fn extend<'a>(
    policy: &Policy,
    names: impl Iterator<Item = &'a str>,
) -> Result<Policy, PolicyError> {
    let mut document = policy.document().clone();
    let added = names.filter(|name| policy.permission_id(name).is_none());
    document
        .permissions
        .extend(added.map(|name| PermissionDocument {
            name: name.to_owned(),
            label: String::new(),
            roles: Vec::new(),
            tier: None,
            at: None,
        }));
    Policy::compile(document)
}
