//! Forgetting what opens nothing any more.

use crate::{App, Error, Host, Store};

/// How long what is over stays for people to look at: a day.
const KEEP_MS: i64 = 86_400_000;

/// Deletes one-time values that were over a day ago, and mail that nobody tried for so long.
///
/// # Errors
/// Only faults of the store.
pub async fn prune<S: Store, H: Host>(app: &App<S, H>) -> Result<(), Error> {
    let before_ms = app.host.now_ms().saturating_sub(KEEP_MS);
    Ok(app.store.prune_accounts(before_ms).await?)
}
