//! Which permission guards which of the server's own operations.
//!
//! A policy needn't name every operation: of a guard's names, finest first, the first that the policy
//! defines is the permission that is demanded. A policy that says `user:update` and nothing finer lets
//! its holders ban, too; one that defines `user:ban` tells the two apart.

use portcullis_core::decide::{Directory, Explanation, RawScope, Request, explain};
use portcullis_core::policy::Policy;

use crate::audit::event;
use crate::catalog::now;
use crate::{
    App, AuditEvent, AuditStatus, Caller, Context, Denied, Error, Host, Settings, Store, authorize,
};

/// An operation, and the permissions that guard it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// Dot-style, as in the audit log: `admin.ban_user`.
    pub operation: &'static str,
    /// Finest first; the first that the policy defines is demanded.
    pub permissions: &'static [&'static str],
}

/// An operation whose permission the operator names in a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// Dot-style, as in the audit log.
    pub operation: &'static str,
    /// The setting.
    pub setting: &'static str,
    /// The member of the setting, where it is a JSON object.
    pub member: Option<&'static str>,
    /// Who may while it names none.
    pub unset: Unset,
}

/// Who may do what the operator has named no permission for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// Nobody.
    Nobody,
    /// Everybody, about themselves.
    OneSelf,
    /// Owners of the tenant.
    Owners,
    /// Members of the tenant, and whoever may write.
    Members,
    /// Everybody who is signed in.
    SignedIn,
}

macro_rules! guards {
    ($($(#[$doc:meta])* $name:ident $operation:literal [$($permission:literal),+];)+) => {
        $($(#[$doc])* pub const $name: Guard = Guard {
            operation: $operation,
            permissions: &[$($permission),+],
        };)+

        /// Every guard.
        pub const ALL: &[Guard] = &[$($name),+];
    };
}

guards! {
    /// Lists and searches accounts.
    LIST_USERS "admin.list_users" ["user:list", "user:update"];
    /// Shows an account.
    GET_USER "admin.get_user" ["user:get", "user:update"];
    /// Makes an account.
    CREATE_USER "admin.create_user" ["user:create"];
    /// Changes an account's name and what else needs no guard of its own.
    UPDATE_USER "admin.update_user" ["user:update"];
    /// Gives and takes roles.
    SET_ROLE "admin.set_role" ["user:set-role", "user:update"];
    /// Bans an account, and takes the ban back.
    BAN_USER "admin.ban_user" ["user:ban", "user:update"];
    /// Deletes an account.
    DELETE_USER "admin.delete_user" ["user:delete"];
    /// Sets another's password.
    SET_PASSWORD "admin.set_password" ["user:set-password", "user:update"];
    /// Sets another's address.
    SET_EMAIL "admin.set_email" ["user:set-email", "user:update"];
    /// Becomes another for a while. Nothing coarser: who may change an account may not be it.
    IMPERSONATE "admin.impersonate" ["user:impersonate"];
    /// Lists another's sessions.
    LIST_SESSIONS "admin.list_sessions" ["session:list", "session:manage"];
    /// Ends another's sessions.
    REVOKE_SESSIONS "admin.revoke_sessions" ["session:revoke", "session:manage"];
    /// Sets an account's tier.
    SET_TIER "admin.set_tier" ["user:set-tier", "user:update"];
    /// Writes all accounts out.
    EXPORT_USERS "admin.export_users" ["user:export", "user:list", "user:update"];
    /// Reads many accounts in.
    IMPORT_USERS "admin.import_users" ["user:import", "user:create"];
    /// Makes, lists and ends other people's API keys.
    API_KEYS "apikey.manage" ["apikey:manage"];
    /// Asks whether an API key holds.
    VERIFY_API_KEY "apikey.verify" ["apikey:verify", "apikey:manage"];
    /// Reads the audit log.
    AUDIT_READ "audit.read" ["audit:view"];
    /// Takes the audit log away as a file.
    AUDIT_EXPORT "audit.export" ["audit:export", "audit:view"];
    /// Reads counters and timings.
    METRICS "metrics.read" ["metrics:view", "audit:view"];
}

const RBAC: &str = "PORTCULLIS_RBAC_AUTHORIZATION";

const fn chosen(operation: &'static str, setting: &'static str, unset: Unset) -> Chosen {
    Chosen {
        operation,
        setting,
        member: None,
        unset,
    }
}

const fn in_rbac(operation: &'static str, member: &'static str, unset: Unset) -> Chosen {
    Chosen {
        operation,
        setting: RBAC,
        member: Some(member),
        unset,
    }
}

/// Every operation whose permission the operator names.
pub const CHOSEN: &[Chosen] = &[
    chosen(
        "authzen.ask",
        "PORTCULLIS_AUTHZEN_PERMISSION",
        Unset::OneSelf,
    ),
    chosen("records", "PORTCULLIS_RECORDS_PERMISSION", Unset::Nobody),
    in_rbac("apiKeys.read", "apiKeys.read", Unset::Owners),
    in_rbac("apiKeys.write", "apiKeys.write", Unset::Owners),
    in_rbac("tenants.read", "tenants.read", Unset::Members),
    in_rbac("tenants.write", "tenants.write", Unset::Owners),
    in_rbac("members.read", "members.read", Unset::Members),
    in_rbac("members.write", "members.write", Unset::Owners),
    in_rbac("roles.read", "roles.read", Unset::Members),
    in_rbac("roles.write", "roles.write", Unset::Owners),
    in_rbac("memberRoles.read", "memberRoles.read", Unset::Members),
    in_rbac("memberRoles.write", "memberRoles.write", Unset::Owners),
    in_rbac("permissions.read", "permissions.read", Unset::SignedIn),
    in_rbac("permissions.write", "permissions.write", Unset::Nobody),
];

/// The permission that guards an operation under a policy; `None` when it defines none of the names,
/// and then nobody may.
#[must_use]
pub fn permission_of(policy: &Policy, guard: &Guard) -> Option<&'static str> {
    let mut names = guard.permissions.iter().copied();
    names.find(|name| policy.permission_id(name).is_some())
}

/// Lets a handler go on only if the caller may do the operation at the scope. A refusal leaves an audit
/// record; what is allowed is recorded with its effect.
///
/// # Errors
/// [`Denied::Forbidden`] with the explanation; [`Denied::ByActor`] for a caller who is impersonated.
pub async fn require<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    guard: &Guard,
    scope: RawScope,
    context: &Context,
) -> Result<Explanation, Error> {
    let scope_text = scope.to_string();
    if caller.impersonator.is_some() {
        // Confused deputy (CWE-441): nobody administers while being somebody else.
        let mut record = event(app, context, guard.operation, AuditStatus::Fail);
        describe(&mut record, caller, "impersonated", scope_text);
        app.store.record(&record).await?;
        return Err(Denied::ByActor.into());
    }
    // Privilege escalation (CWE-269): the operator's own policy says which name guards. Whoever makes
    // permissions at run time can't put a finer one, held by others, in front of it.
    let explanation = match permission_of(&app.settings.policy, guard) {
        None => undefined(&app.settings, caller, guard, scope, now(app)),
        Some(name) => {
            let request = Request::permission(name.to_owned(), scope);
            let answers = authorize::check(app, caller, std::slice::from_ref(&request)).await?;
            answers.into_iter().next().ok_or(Denied::Unauthenticated)?
        }
    };
    if explanation.allow {
        return Ok(explanation);
    }
    let mut record = event(app, context, guard.operation, AuditStatus::Fail);
    describe(&mut record, caller, explanation.code.as_str(), scope_text);
    app.store.record(&record).await?;
    Err(Denied::Forbidden(Box::new(explanation)).into())
}

/// As [`require`], at the global scope.
///
/// # Errors
/// As [`require`].
pub async fn require_global<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    guard: &Guard,
    context: &Context,
) -> Result<Explanation, Error> {
    require(app, caller, guard, RawScope::global(), context).await
}

/// The refusal of an operation that the policy has no permission for, by its finest name.
fn undefined(
    settings: &Settings,
    caller: &Caller,
    guard: &Guard,
    scope: RawScope,
    now: portcullis_core::time::UnixSecs,
) -> Explanation {
    // The operator's policy, not the current one: a permission of this name made at run time is none.
    let policy = &settings.policy;
    let name = guard.permissions.first().copied().unwrap_or_default();
    let request = Request::permission(name.to_owned(), scope);
    let directory = Directory::closed(policy, core::iter::empty());
    explain(policy, &caller.subject(policy), &request, &directory, now)
}

fn describe(record: &mut AuditEvent, caller: &Caller, code: &str, scope: String) {
    caller.mark(record);
    record.scope = (!scope.is_empty()).then_some(scope);
    record.fields.insert("code".into(), code.into());
}

#[cfg(test)]
mod tests;
