//! From a document to numbers and bit sets, refusing what doesn't fit together.

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::{Document, PolicyError, Resource, Rule, TierRank};
use crate::condition::Attribute;

mod access;
mod basics;
mod data;
mod index;
mod permissions;
mod problem;
mod roles;
mod rules;
mod shapes;

use index::Index;
use permissions::Permissions;
use problem::Problems;
use rules::Known;
pub use shapes::{App, Manages, Permission, Role, Tenants, Tier};

/// A checked policy, ready to decide with.
///
/// Cheap to share, never changes; [`crate::decide::decide`] takes it by reference.
#[derive(Debug, Clone)]
pub struct Policy {
    document: Document,
    /// Absent in a policy that was compiled without one.
    digest: Option<[u8; 32]>,
    levels: Vec<String>,
    roles: Vec<Role>,
    role_ids: Index,
    permissions: Vec<Permission>,
    permission_ids: Index,
    tiers: Vec<Tier>,
    tier_ids: Index,
    default_tier: TierRank,
    apps: Vec<App>,
    app_ids: Index,
    tenants: Option<Tenants>,
    auth: Vec<Attribute>,
    context: Vec<Attribute>,
    resources: Vec<Resource>,
    resource_ids: Index,
    rules: Vec<Rule>,
}

impl Policy {
    /// Checks a document and compiles it.
    ///
    /// # Errors
    /// A [`PolicyError`] with the place of the first thing that is wrong: a name that is malformed,
    /// defined twice or not defined, too many of something, tiers without a default, roles that
    /// inherit one another in a circle, a condition that isn't one.
    pub fn compile(document: Document) -> Result<Self, PolicyError> {
        let digest = digest(&document);
        let mut policy = Self::compile_for_page(document)?;
        policy.digest = Some(digest);
        Ok(policy)
    }

    /// As [`Self::compile`], leaving the digest for when somebody asks: on a large policy it costs
    /// more than all the rest, and a page that was told it needn't compute it.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn compile_for_page(document: Document) -> Result<Self, PolicyError> {
        let mut problems = Problems::default();
        let levels = basics::levels(&document, &mut problems);
        let (tiers, tier_ids) = basics::tiers(&document.tiers, &mut problems);
        let default_tier = basics::default_tier(&document, &tier_ids, &mut problems);
        let (mut roles, role_ids) = roles::roles(&document.roles, &levels.index, &mut problems);
        let order = roles::in_order_of_inheritance(&roles, &mut problems);
        let mut permissions = Permissions::listed(&document, &role_ids, &tier_ids, &mut problems);
        let (apps, app_ids) = basics::apps(&document.apps, &tier_ids, &mut problems);
        let auth = data::auth(&document, &mut problems);
        let context = data::context(&document, &mut problems);
        let resources = data::resources(
            &document.resources,
            &levels,
            &auth,
            &mut permissions,
            &mut problems,
        );
        let tenants = document.tenants.as_ref();
        let tenants = tenants.map(|one| data::tenants(one, &levels, &permissions, &mut problems));
        let known = Known {
            roles: &role_ids,
            tiers: &tier_ids,
            resources: &resources,
            auth: &auth,
            context: &context,
        };
        let mut compiled = rules::rules(&document, &known, &mut permissions, &mut problems);
        problems.check()?;
        // What follows takes as much as there are roles times permissions, so it comes last.
        permissions.find_resources(&resources.index);
        permissions.hand_out(&mut roles);
        roles::inherit_permissions(&mut roles, &order);
        if !compiled.is_empty() {
            rules::find_holders(&mut compiled, &roles::heirs(&roles, &order));
        }
        Ok(Self {
            digest: None,
            document,
            levels: levels.names,
            roles,
            role_ids,
            permissions: permissions.list,
            permission_ids: permissions.index,
            tiers,
            tier_ids,
            default_tier,
            apps,
            app_ids,
            tenants,
            auth,
            context,
            resources: resources.list,
            resource_ids: resources.index,
            rules: compiled,
        })
    }

    /// Reads and compiles the JSON form of a document.
    ///
    /// # Errors
    /// As [`Document::parse_json`] and [`Self::compile`].
    pub fn parse_json(text: &str) -> Result<Self, PolicyError> {
        Self::compile(Document::parse_json(text)?)
    }
}

pub(super) fn digest(document: &Document) -> [u8; 32] {
    Sha256::digest(document.canonical().as_bytes()).into()
}
