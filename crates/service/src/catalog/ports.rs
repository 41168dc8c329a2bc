//! What decisions about others, and searches, need from a store.

use core::future::Future;

use portcullis_core::decide::{Grant, Membership, PermissionQuery, Principal, ScopePath, Subject};
use portcullis_core::policy::{Policy, Resource};
use portcullis_core::time::UnixSecs;
use serde_json::{Map, Value};

use super::Registered;
use crate::records::declared_attributes;
use crate::tenants::Page;
use crate::{AuditEvent, StoreError, User};

/// Everything about an account that decisions are made on.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account; it is neither disabled nor banned.
    pub user: User,
    /// Roles, as stored.
    pub grants: Vec<Grant>,
    /// Attributes, as stored.
    pub attributes: Map<String, Value>,
    /// What it is in tenants.
    pub tenants: Vec<Membership>,
}

impl Account {
    /// What decisions are made on; it never expires, as it was read just now.
    #[must_use]
    pub fn principal(&self, policy: &Policy) -> Principal {
        Principal {
            id: self.user.id.clone(),
            grants: self.grants.clone(),
            tier: self.user.tier.clone(),
            expires_secs: None,
            attributes: declared_attributes(policy, &self.user, &self.attributes),
            tenants: self.tenants.clone(),
        }
    }
}

/// Which registered records an account may do something with.
#[derive(Debug, Clone, Copy)]
pub struct RecordSearch<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Who.
    pub principal: &'a Principal,
    /// The same, compiled against the policy.
    pub subject: &'a Subject,
    /// The type of record.
    pub resource: &'a Resource,
    /// What is to be done.
    pub action: &'a str,
    /// Where, for a type whose records lie in no scope; global for others.
    pub scope: &'a ScopePath,
    /// Attributes of the request.
    pub context: &'a Map<String, Value>,
    /// The time of the decision.
    pub now: UnixSecs,
}

/// Which accounts may do something.
#[derive(Debug, Clone, Copy)]
pub struct AccountSearch<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What is asked of each.
    pub query: &'a PermissionQuery,
    /// The time of the decision.
    pub now: UnixSecs,
}

/// Where registered records are kept, and accounts are looked for.
pub trait CatalogStore: Send + Sync {
    /// Registers a record or replaces what is known of it, and records the event, all or nothing.
    /// Whether it is new.
    fn put_registered(
        &self,
        record: &Registered,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Forgets a record and records the event. `false`, and nothing recorded, when there was none.
    fn remove_registered(
        &self,
        kind: &str,
        id: &str,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The records with these types and ids, in any order; those that aren't there are left out.
    fn registered(
        &self,
        keys: &[(String, String)],
    ) -> impl Future<Output = Result<Vec<Registered>, StoreError>> + Send;

    /// Records of a type in order of their ids.
    fn registered_page(
        &self,
        kind: &str,
        page: Page<'_>,
    ) -> impl Future<Output = Result<Vec<Registered>, StoreError>> + Send;

    /// Records that the search is for, in order of their ids.
    fn find_registered(
        &self,
        search: &RecordSearch<'_>,
        page: Page<'_>,
    ) -> impl Future<Output = Result<Vec<Registered>, StoreError>> + Send;

    /// The accounts with these ids or addresses that are neither disabled nor banned, in any order.
    fn accounts(
        &self,
        names: &[String],
    ) -> impl Future<Output = Result<Vec<Account>, StoreError>> + Send;

    /// All accounts that the search is for, and perhaps more, in order of their ids; none of them
    /// disabled.
    fn find_accounts(
        &self,
        search: &AccountSearch<'_>,
        page: Page<'_>,
    ) -> impl Future<Output = Result<Vec<Account>, StoreError>> + Send;
}
