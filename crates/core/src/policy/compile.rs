//! From a document to numbers and bit sets, refusing what doesn't fit together.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::names::{MAX_POLICY_NAMES, MAX_SCOPE_LEVELS, is_identifier, is_permission, nearest};
use super::{
    AppId, BitSet, Depth, Document, GLOBAL, PermissionDocument, PermissionId, PolicyError,
    PolicyErrorKind, Position, RoleDocument, RoleId, TierRank,
};

const IDENTIFIER: &str = "a letter, then letters, digits, `_`, `-` or `.`, at most 64 bytes";
const PERMISSION: &str = "`noun:verb`, such as `report:run`, at most 64 bytes";

/// A checked policy, ready to decide with.
///
/// Cheap to share, never changes; [`crate::decide::decide`] takes it by reference.
#[derive(Debug, Clone)]
pub struct Policy {
    document: Document,
    digest: [u8; 32],
    levels: Vec<String>,
    roles: Vec<Role>,
    role_ids: BTreeMap<String, RoleId>,
    permissions: Vec<Permission>,
    permission_ids: BTreeMap<String, PermissionId>,
    tiers: Vec<Tier>,
    default_tier: TierRank,
    apps: Vec<App>,
    app_ids: BTreeMap<String, AppId>,
}

/// A role of a compiled policy.
#[derive(Debug, Clone)]
pub struct Role {
    /// The role's name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Authority, for who may manage whom.
    pub level: u32,
    /// Where it is defined.
    pub at: Option<Position>,
    /// Depths at which it may be granted, one bit each.
    pub(crate) grant_depths: u16,
    /// From this depth down its holders may do everything.
    pub(crate) superuser_from: Option<Depth>,
    /// Permissions that list it.
    pub(crate) permissions: BitSet,
}

impl Role {
    /// Whether the role may be granted at `depth`.
    #[must_use]
    pub const fn may_be_granted_at(&self, depth: Depth) -> bool {
        (self.grant_depths >> depth) & 1 == 1
    }
}

/// A permission of a compiled policy.
#[derive(Debug, Clone)]
pub struct Permission {
    /// `noun:verb`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Roles that carry it, in the order of the file.
    pub roles: Vec<RoleId>,
    /// Lowest tier that may use it.
    pub tier: Option<TierRank>,
    /// Where it is defined.
    pub at: Option<Position>,
}

/// A tier of a compiled policy.
#[derive(Debug, Clone)]
pub struct Tier {
    /// The tier's name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Where it is defined.
    pub at: Option<Position>,
}

/// An app of a compiled policy.
#[derive(Debug, Clone)]
pub struct App {
    /// The app's name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Lowest tier that may open it.
    pub tier: TierRank,
    /// Where it is defined.
    pub at: Option<Position>,
}

impl Policy {
    /// Checks a document and compiles it.
    ///
    /// # Errors
    /// A [`PolicyError`] with the place of the first thing that is wrong: a name that is malformed,
    /// defined twice or not defined, too many of something, tiers without a default.
    pub fn compile(document: Document) -> Result<Self, PolicyError> {
        let levels = compile_levels(&document)?;
        let tiers = compile_tiers(&document)?;
        let default_tier = compile_default_tier(&document, &tiers)?;
        let mut roles = document
            .roles
            .iter()
            .map(|role| compile_role(role, &levels, document.permissions.len()))
            .collect::<Result<Vec<_>, _>>()?;
        let role_ids = index(
            "role",
            IDENTIFIER,
            is_identifier,
            document.roles.iter().map(|role| (&role.name, role.at)),
        )?;
        let permission_ids = index(
            "permission",
            PERMISSION,
            is_permission,
            document.permissions.iter().map(|one| (&one.name, one.at)),
        )?;
        let permissions = document
            .permissions
            .iter()
            .map(|permission| compile_permission(permission, &role_ids, &tiers))
            .collect::<Result<Vec<_>, _>>()?;
        for (id, permission) in (0..).zip(&permissions) {
            for role in &permission.roles {
                if let Some(role) = roles.get_mut(usize::from(*role)) {
                    role.permissions.insert(id);
                }
            }
        }
        let app_ids = index(
            "app",
            IDENTIFIER,
            is_identifier,
            document.apps.iter().map(|app| (&app.name, app.at)),
        )?;
        let apps = compile_apps(&document, &tiers)?;
        let canonical = document.clone().without_positions().to_json();
        Ok(Self {
            digest: Sha256::digest(canonical.as_bytes()).into(),
            document,
            levels,
            roles,
            role_ids,
            permissions,
            permission_ids,
            tiers,
            default_tier,
            apps,
            app_ids,
        })
    }

    /// Reads and compiles the JSON form of a document.
    ///
    /// # Errors
    /// As [`Document::parse_json`] and [`Self::compile`].
    pub fn parse_json(text: &str) -> Result<Self, PolicyError> {
        Self::compile(Document::parse_json(text)?)
    }

    /// The document that this policy was compiled from.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// SHA-256 of the document's JSON form without positions: two files that say the same have
    /// the same digest.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The policy's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.document.name
    }

    /// The names of all scope levels, `global` first, each at its depth.
    #[must_use]
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// The depth of a scope level, `global` included.
    #[must_use]
    pub fn depth(&self, level: &str) -> Option<Depth> {
        depth_of(&self.levels, level)
    }

    /// All roles, each at its number.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The number of a role.
    #[must_use]
    pub fn role_id(&self, name: &str) -> Option<RoleId> {
        self.role_ids.get(name).copied()
    }

    /// A role by its number.
    #[must_use]
    pub fn role(&self, id: RoleId) -> Option<&Role> {
        self.roles.get(usize::from(id))
    }

    /// All permissions, each at its number.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// The number of a permission.
    #[must_use]
    pub fn permission_id(&self, name: &str) -> Option<PermissionId> {
        self.permission_ids.get(name).copied()
    }

    /// A permission by its number.
    #[must_use]
    #[inline]
    pub fn permission(&self, id: PermissionId) -> Option<&Permission> {
        self.permissions.get(usize::from(id))
    }

    /// All tiers, lowest first, each at its rank.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The rank of a tier.
    #[must_use]
    pub fn tier_rank(&self, name: &str) -> Option<TierRank> {
        rank_of(&self.tiers, name)
    }

    /// The rank of the tier of a principal that names none; 0 in a policy without tiers.
    #[must_use]
    pub const fn default_tier(&self) -> TierRank {
        self.default_tier
    }

    /// All apps, each at its number.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// The number of an app.
    #[must_use]
    pub fn app_id(&self, name: &str) -> Option<AppId> {
        self.app_ids.get(name).copied()
    }

    /// An app by its number.
    #[must_use]
    pub fn app(&self, id: AppId) -> Option<&App> {
        self.apps.get(usize::from(id))
    }
}

fn compile_levels(document: &Document) -> Result<Vec<String>, PolicyError> {
    if document.scopes.len() > MAX_SCOPE_LEVELS {
        return Err(PolicyErrorKind::TooMany {
            what: "scope levels",
            max: MAX_SCOPE_LEVELS,
        }
        .at(document
            .scopes
            .get(MAX_SCOPE_LEVELS)
            .and_then(|scope| scope.at)));
    }
    let mut levels = alloc::vec![GLOBAL.to_string()];
    for scope in &document.scopes {
        let what = "scope level";
        if !is_identifier(&scope.name) {
            return Err(malformed(what, &scope.name, IDENTIFIER, scope.at));
        }
        if levels.contains(&scope.name) {
            return Err(duplicate(what, &scope.name, scope.at));
        }
        levels.push(scope.name.clone());
    }
    Ok(levels)
}

fn compile_tiers(document: &Document) -> Result<Vec<Tier>, PolicyError> {
    index(
        "tier",
        IDENTIFIER,
        is_identifier,
        document.tiers.iter().map(|tier| (&tier.name, tier.at)),
    )?;
    Ok(document
        .tiers
        .iter()
        .map(|tier| Tier {
            name: tier.name.clone(),
            label: label(&tier.label, &tier.name),
            at: tier.at,
        })
        .collect())
}

fn compile_default_tier(document: &Document, tiers: &[Tier]) -> Result<TierRank, PolicyError> {
    match &document.default_tier {
        Some(name) => known_tier(tiers, name, None),
        None if tiers.is_empty() => Ok(0),
        None => Err(PolicyErrorKind::Missing {
            path: "default_tier".to_string(),
            because: "a policy with tiers names the tier of a principal that has none",
        }
        .at(tiers.first().and_then(|tier| tier.at))),
    }
}

fn compile_role(
    role: &RoleDocument,
    levels: &[String],
    permissions: usize,
) -> Result<Role, PolicyError> {
    let depth = |name: &str| {
        depth_of(levels, name).ok_or_else(|| {
            unknown(
                "scope level",
                name,
                levels.iter().map(String::as_str),
                role.at,
            )
        })
    };
    let grant_depths = match &role.grant_at {
        None => u16::MAX,
        Some(names) => names
            .iter()
            .try_fold(0_u16, |bits, name| Ok(bits | 1 << depth(name)?))?,
    };
    Ok(Role {
        name: role.name.clone(),
        label: label(&role.label, &role.name),
        level: role.level,
        at: role.at,
        grant_depths,
        superuser_from: role.superuser_at.as_deref().map(depth).transpose()?,
        permissions: BitSet::with_capacity(permissions),
    })
}

fn compile_permission(
    permission: &PermissionDocument,
    role_ids: &BTreeMap<String, RoleId>,
    tiers: &[Tier],
) -> Result<Permission, PolicyError> {
    let mut roles = Vec::with_capacity(permission.roles.len());
    for name in &permission.roles {
        let id = *role_ids.get(name).ok_or_else(|| {
            unknown(
                "role",
                name,
                role_ids.keys().map(String::as_str),
                permission.at,
            )
        })?;
        if roles.contains(&id) {
            return Err(duplicate("role", name, permission.at));
        }
        roles.push(id);
    }
    let tier = permission
        .tier
        .as_deref()
        .map(|name| known_tier(tiers, name, permission.at))
        .transpose()?;
    Ok(Permission {
        name: permission.name.clone(),
        label: label(&permission.label, &permission.name),
        roles,
        tier,
        at: permission.at,
    })
}

fn compile_apps(document: &Document, tiers: &[Tier]) -> Result<Vec<App>, PolicyError> {
    document
        .apps
        .iter()
        .map(|app| {
            Ok(App {
                name: app.name.clone(),
                label: label(&app.label, &app.name),
                tier: known_tier(tiers, &app.tier, app.at)?,
                at: app.at,
            })
        })
        .collect()
}

/// Numbers names in their order, refusing malformed and repeated ones.
fn index<'a>(
    what: &'static str,
    expected: &'static str,
    is_valid: fn(&str) -> bool,
    names: impl Iterator<Item = (&'a String, Option<Position>)>,
) -> Result<BTreeMap<String, u16>, PolicyError> {
    let mut ids = BTreeMap::new();
    for (number, (name, at)) in names.enumerate() {
        if !is_valid(name) {
            return Err(malformed(what, name, expected, at));
        }
        let id = u16::try_from(number)
            .ok()
            .filter(|id| *id < MAX_POLICY_NAMES)
            .ok_or_else(|| {
                let max = usize::from(MAX_POLICY_NAMES);
                PolicyErrorKind::TooMany { what, max }.at(at)
            })?;
        if ids.insert(name.clone(), id).is_some() {
            return Err(duplicate(what, name, at));
        }
    }
    Ok(ids)
}

fn known_tier(tiers: &[Tier], name: &str, at: Option<Position>) -> Result<TierRank, PolicyError> {
    rank_of(tiers, name).ok_or_else(|| {
        unknown(
            "tier",
            name,
            tiers.iter().map(|tier| tier.name.as_str()),
            at,
        )
    })
}

fn rank_of(tiers: &[Tier], name: &str) -> Option<TierRank> {
    (0..)
        .zip(tiers)
        .find_map(|(rank, tier)| (tier.name == name).then_some(rank))
}

fn depth_of(levels: &[String], name: &str) -> Option<Depth> {
    (0..)
        .zip(levels)
        .find_map(|(depth, level)| (level == name).then_some(depth))
}

fn label(label: &str, name: &str) -> String {
    if label.is_empty() { name } else { label }.to_string()
}

fn malformed(
    what: &'static str,
    name: &str,
    expected: &'static str,
    at: Option<Position>,
) -> PolicyError {
    PolicyErrorKind::MalformedName {
        what,
        name: name.to_string(),
        expected,
    }
    .at(at)
}

fn duplicate(what: &'static str, name: &str, at: Option<Position>) -> PolicyError {
    PolicyErrorKind::Duplicate {
        what,
        name: name.to_string(),
    }
    .at(at)
}

fn unknown<'a>(
    what: &'static str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
    at: Option<Position>,
) -> PolicyError {
    PolicyErrorKind::UnknownName {
        what,
        name: name.to_string(),
        nearest: nearest(name, known).map(ToString::to_string),
    }
    .at(at)
}
