//! What roles there are called here.

use std::collections::BTreeMap;

use portcullis_core::policy::Policy;
use portcullis_service::NewGrant;
use portcullis_service::bootstrap::new_grant;

use crate::host::SystemEntropy;
use portcullis_issue::random::random_id;

/// The role that everybody has there, which says nothing.
const EVERYBODY: &str = "user";

/// Roles there and grants here.
pub(super) struct RoleMap {
    grants: BTreeMap<String, Vec<(String, String)>>,
}

impl RoleMap {
    /// Reads pairs such as `admin=STATE_ADMIN@state:ca`.
    ///
    /// # Errors
    /// A sentence: a pair isn't one, or the policy doesn't let its role be granted there.
    pub(super) fn parse(pairs: &[String], policy: &Policy) -> Result<Self, String> {
        let mut grants: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for pair in pairs {
            let (there, here) = pair.split_once('=').ok_or_else(|| {
                format!("`{pair}` isn't `ROLE=ROLE`, such as `admin=STATE_ADMIN`")
            })?;
            let grant = new_grant(policy, here.trim(), &mut SystemEntropy)?;
            let known = grants.entry(there.trim().to_owned()).or_default();
            known.push((grant.role, grant.scope));
        }
        Ok(Self { grants })
    }

    /// The grants for a list of roles, separated by commas, and the roles that have none.
    pub(super) fn grants(&self, roles: &str) -> (Vec<NewGrant>, Vec<String>) {
        let (mut grants, mut unknown) = (Vec::new(), Vec::new());
        for role in roles
            .split(',')
            .map(str::trim)
            .filter(|role| !role.is_empty())
        {
            match self.grants.get(role) {
                Some(known) => grants.extend(known.iter().map(|(role, scope)| NewGrant {
                    id: random_id(&mut SystemEntropy),
                    role: role.clone(),
                    scope: scope.clone(),
                })),
                None if role == EVERYBODY => {}
                None => unknown.push(role.to_owned()),
            }
        }
        (grants, unknown)
    }
}
