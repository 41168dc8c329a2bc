//! A request whose names were looked up.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::verdict::TargetGrant;
use super::{Code, Directory, Request, ScopePath, Target};
use crate::condition::{Attribute, Datum};
use crate::json::{Map, Value};
use crate::policy::{AppId, FieldId, GLOBAL, PermissionId, Policy, Resource, RoleId, TierRank};

/// A request whose names are known to the policy.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// Use a permission.
    Permission(PermissionQuery),
    /// Open an app.
    App(AppId),
    /// Have a tier.
    Tier(TierRank),
}

/// A request to use a permission.
#[derive(Debug, Clone, PartialEq)]
pub struct PermissionQuery {
    /// Which one.
    pub id: PermissionId,
    /// Where.
    pub scope: ScopePath,
    /// The record that it is about, each field at its number.
    pub record: Option<Vec<Datum>>,
    /// Attributes of the request, each at its number.
    pub context: Vec<Datum>,
    /// The fields to be read or written.
    pub fields: Vec<FieldId>,
    /// The roles of the account that it is about; `None` for one that the policy doesn't know.
    pub target: Vec<Option<(RoleId, ScopePath)>>,
}

impl PermissionQuery {
    /// A permission at a scope, without a record or anything else.
    #[must_use]
    pub fn at(policy: &Policy, id: PermissionId, scope: ScopePath) -> Self {
        Self {
            id,
            scope,
            record: None,
            context: alloc::vec![Datum::Null; policy.context().len()],
            fields: Vec::new(),
            target: Vec::new(),
        }
    }
}

impl Query {
    /// Looks the names of a request up.
    ///
    /// # Errors
    /// The [`Code`] of the denial: [`Code::MalformedRequest`], the `Unknown…` codes and
    /// [`Code::MalformedScope`].
    pub fn resolve(
        policy: &Policy,
        request: &Request,
        directory: &Directory,
    ) -> Result<Self, Code> {
        if let Some(name) = request.permission_name()? {
            let asking = Asking {
                policy,
                request,
                directory,
            };
            return asking.permission(&name).map(Self::Permission);
        }
        if request.has_circumstances() {
            return Err(Code::MalformedRequest);
        }
        match (&request.app, &request.tier) {
            (Some(name), None) => policy.app_id(name).map(Self::App).ok_or(Code::UnknownApp),
            (None, Some(name)) => policy
                .tier_rank(name)
                .map(Self::Tier)
                .ok_or(Code::UnknownTier),
            _ => Err(Code::MalformedRequest),
        }
    }
}

impl Request {
    /// The permission asked for, in either way of writing it; `None` when something else is.
    pub(crate) fn permission_name(&self) -> Result<Option<Cow<'_, str>>, Code> {
        let name = match (&self.permission, &self.resource, &self.action) {
            (Some(name), None, None) => Cow::Borrowed(name.as_str()),
            (None, Some(noun), Some(verb)) => Cow::Owned([noun, ":", verb].concat()),
            (None, None, None) => return Ok(None),
            _ => return Err(Code::MalformedRequest),
        };
        if self.app.is_some() || self.tier.is_some() {
            return Err(Code::MalformedRequest);
        }
        Ok(Some(name))
    }

    /// Whether it says anything that only goes with a permission.
    const fn has_circumstances(&self) -> bool {
        self.scope.is_some()
            || self.tenant.is_some()
            || self.record.is_some()
            || self.fields.is_some()
            || self.context.is_some()
            || self.target.is_some()
    }
}

struct Asking<'a> {
    policy: &'a Policy,
    request: &'a Request,
    directory: &'a Directory,
}

impl Asking<'_> {
    fn permission(&self, name: &str) -> Result<PermissionQuery, Code> {
        let Self {
            policy, request, ..
        } = *self;
        let resource = name
            .split_once(':')
            .and_then(|(noun, _)| policy.resource(policy.resource_id(noun)?));
        self.refuse_contradictions(resource)?;
        let id = policy.permission_id(name).ok_or(Code::UnknownPermission)?;
        let scope = self.scope(resource)?;
        let context = request.context.as_ref();
        let record = request.record.as_ref().zip(resource);
        Ok(PermissionQuery {
            id,
            scope,
            record: record.map(|(members, resource)| record_data(members, resource)),
            context: policy
                .context()
                .iter()
                .map(|one| attribute(context, one))
                .collect(),
            fields: field_ids(request.fields.as_deref().unwrap_or_default(), resource)?,
            target: self.target(request.target.as_ref()),
        })
    }

    fn refuse_contradictions(&self, resource: Option<&Resource>) -> Result<(), Code> {
        let request = self.request;
        let is_placed = request.scope.is_some() || request.tenant.is_some();
        let is_placed_twice = request.scope.is_some() && request.tenant.is_some();
        let needs_resource = request.record.is_some() || request.fields.is_some();
        let is_placed_by_record =
            request.record.is_some() && resource.is_some_and(|one| !one.scope.is_empty());
        if is_placed_twice
            || (needs_resource && resource.is_none())
            || (is_placed && is_placed_by_record)
        {
            return Err(Code::MalformedRequest);
        }
        Ok(())
    }

    /// LANGUAGE.md section 3.
    fn scope(&self, resource: Option<&Resource>) -> Result<ScopePath, Code> {
        let Self {
            policy,
            request,
            directory,
        } = *self;
        if let Some(raw) = &request.scope {
            return directory.resolve(policy, raw);
        }
        if let Some(id) = &request.tenant {
            let tenants = policy.tenants().ok_or(Code::UnknownTenant)?;
            let level = policy.levels().get(usize::from(tenants.depth));
            let level = level.map_or(GLOBAL, |level| level.as_str());
            return directory.resolve_path(policy, ScopePath::at_level(policy, level, id)?);
        }
        match (&request.record, resource) {
            (Some(members), Some(resource)) => record_scope(members, resource),
            _ => Ok(ScopePath::global()),
        }
    }

    fn target(&self, target: Option<&Target>) -> Vec<TargetGrant> {
        let Some(target) = target else {
            return Vec::new();
        };
        let known = |grant: &super::Grant| {
            let role = self.policy.role_id(&grant.role)?;
            let scope = ScopePath::parse(self.policy, &grant.scope).ok()?;
            Some((role, self.directory.known(scope)?))
        };
        target.grants.iter().map(known).collect()
    }
}

/// Where a record is: its ids as they are, the host's own data.
fn record_scope(members: &Map<String, Value>, resource: &Resource) -> Result<ScopePath, Code> {
    let mut ids = Vec::new();
    for (depth, field) in &resource.scope {
        let Some(field) = resource.field(*field) else {
            continue;
        };
        let at = usize::from(*depth);
        if ids.len() < at {
            ids.resize(at, None);
        }
        let id = match members.get(&field.name) {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => return Err(Code::MalformedScope),
        };
        if let Some(slot) = at.checked_sub(1).and_then(|at| ids.get_mut(at)) {
            *slot = id;
        }
    }
    Ok(ScopePath::from_ids(ids))
}

fn record_data(members: &Map<String, Value>, resource: &Resource) -> Vec<Datum> {
    let datum = |field: &crate::policy::Field| {
        let value = members.get(&field.name);
        value.map_or(Datum::Null, |value| Datum::conform(value, field.kind))
    };
    resource.fields.iter().map(datum).collect()
}

fn attribute(members: Option<&Map<String, Value>>, one: &Attribute) -> Datum {
    let value = members.and_then(|members| members.get(&one.name));
    value.map_or(Datum::Null, |value| Datum::conform(value, one.kind))
}

fn field_ids(names: &[String], resource: Option<&Resource>) -> Result<Vec<FieldId>, Code> {
    names
        .iter()
        .map(|name| {
            resource
                .and_then(|one| one.field_id(name))
                .ok_or(Code::UnknownField)
        })
        .collect()
}
