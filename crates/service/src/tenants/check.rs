//! What the caller may do in a tenant.

use portcullis_core::decide::Explanation;

use super::access::{read_or_reached, request};
use crate::{App, Caller, Error, Host, Store, authorize};

/// Whether the caller has a permission in a tenant.
///
/// # Errors
/// [`super::Refused::NoTenant`] to those who aren't in it.
pub async fn has_permission<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    permission: &str,
) -> Result<bool, Error> {
    has_all(app, caller, tenant_id, &[permission.to_owned()]).await
}

/// Whether the caller has at least one of these permissions in a tenant; of none, no.
///
/// # Errors
/// As [`has_permission`].
pub async fn has_any<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    permissions: &[String],
) -> Result<bool, Error> {
    let explanations = decide(app, caller, tenant_id, permissions).await?;
    Ok(explanations.iter().any(|one| one.allow))
}

/// Whether the caller has all of these permissions in a tenant; of none, no.
///
/// # Errors
/// As [`has_permission`].
pub async fn has_all<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    permissions: &[String],
) -> Result<bool, Error> {
    let explanations = decide(app, caller, tenant_id, permissions).await?;
    Ok(!explanations.is_empty() && explanations.iter().all(|one| one.allow))
}

async fn decide<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    permissions: &[String],
) -> Result<Vec<Explanation>, Error> {
    read_or_reached(app, caller, tenant_id).await?;
    let requests: Vec<_> = permissions
        .iter()
        .map(|name| request(name, Some(tenant_id)))
        .collect();
    authorize::check(app, caller, &requests).await
}
