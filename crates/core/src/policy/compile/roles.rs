//! Roles, and what they inherit.

use alloc::vec::Vec;

use super::super::{
    BitSet, Depth, Document, PolicyError, PolicyErrorKind, Position, RoleDocument, RoleId,
};
use super::index::{Index, ROLE, label, word};
use super::{Manages, Role};

/// All roles, without permissions as yet.
pub(super) fn roles(
    document: &Document,
    levels: &Index,
) -> Result<(Vec<Role>, Index), PolicyError> {
    let documents = &document.roles;
    let index = Index::of(&ROLE, documents.iter().map(|role| (&role.name, role.at)))?;
    let mut roles = Vec::with_capacity(documents.len());
    for role in documents {
        roles.push(compiled(role, &index, levels)?);
    }
    Ok((roles, index))
}

fn compiled(role: &RoleDocument, roles: &Index, levels: &Index) -> Result<Role, PolicyError> {
    let mut grant_depths = u16::MAX;
    if let Some(names) = &role.grant_at {
        grant_depths = 0;
        for name in names {
            grant_depths |= 1 << depth(name, levels, role.at)?;
        }
    }
    let superuser_from = match &role.superuser_at {
        None => None,
        Some(name) => Some(depth(name, levels, role.at)?),
    };
    Ok(Role {
        name: role.name.clone(),
        label: label(&role.label, &role.name),
        level: role.level,
        at: role.at,
        grant_depths,
        superuser_from,
        manages: manages(role)?,
        inherits: roles.find_all(&role.inherits, role.at)?,
        permissions: BitSet::default(),
    })
}

fn manages(role: &RoleDocument) -> Result<Manages, PolicyError> {
    if role.manages.is_empty() {
        return Ok(Manages::Below);
    }
    let words = ["none", "below", "equal", "any"];
    let found = word("value of `manages`", &words, &role.manages, role.at)?;
    Ok(match found {
        0 => Manages::None,
        1 => Manages::Below,
        2 => Manages::Equal,
        _ => Manages::Any,
    })
}

/// The depth of a scope level that must be there, `global` included.
pub(super) fn depth(
    name: &str,
    levels: &Index,
    at: Option<Position>,
) -> Result<Depth, PolicyError> {
    // There are at most nine levels.
    Ok(Depth::try_from(levels.find(name, at)?).unwrap_or(Depth::MAX))
}

/// All roles, each after those that it inherits.
///
/// Not recursive: a chain of ten thousand roles must not exhaust a page's stack.
pub(super) fn in_order_of_inheritance(roles: &[Role]) -> Result<Vec<RoleId>, PolicyError> {
    let heirs = direct_heirs(roles);
    let mut open: Vec<usize> = roles.iter().map(|role| role.inherits.len()).collect();
    let mut order: Vec<RoleId> = (0..)
        .zip(&open)
        .filter_map(|(id, open)| (*open == 0).then_some(id))
        .collect();
    let mut next = 0;
    while let Some(id) = order.get(next).copied() {
        next += 1;
        for heir in heirs.get(usize::from(id)).into_iter().flatten() {
            if let Some(open) = open.get_mut(usize::from(*heir)) {
                *open -= 1;
                if *open == 0 {
                    order.push(*heir);
                }
            }
        }
    }
    if order.len() == roles.len() {
        Ok(order)
    } else {
        Err(cycle(roles, &open))
    }
}

fn direct_heirs(roles: &[Role]) -> Vec<Vec<RoleId>> {
    let mut heirs = Vec::new();
    heirs.resize_with(roles.len(), Vec::new);
    for (heir, role) in (0..).zip(roles) {
        for inherited in &role.inherits {
            if let Some(heirs) = heirs.get_mut(usize::from(*inherited)) {
                heirs.push(heir);
            }
        }
    }
    heirs
}

/// The circle that the first role reaches which could not be put in order.
fn cycle(roles: &[Role], open: &[usize]) -> PolicyError {
    let is_open = |id: &RoleId| open.get(usize::from(*id)).is_some_and(|open| *open > 0);
    let mut path: Vec<RoleId> = Vec::new();
    let mut next = (0..).zip(roles).map(|(id, _)| id).find(is_open);
    while let Some(id) = next.filter(|id| !path.contains(id)) {
        path.push(id);
        // What keeps a role from being put in order is one that couldn't be, either.
        let inherits = roles.get(usize::from(id)).map(|role| &role.inherits);
        next = inherits.into_iter().flatten().copied().find(is_open);
    }
    let start = path.iter().position(|id| Some(*id) == next).unwrap_or(0);
    let mut circle = path.split_off(start);
    // The first in the file begins the circle, wherever it was entered.
    let first = circle.iter().min().copied();
    let turn = circle.iter().position(|id| Some(*id) == first).unwrap_or(0);
    circle.rotate_left(turn);
    let circle = circle.iter().filter_map(|id| roles.get(usize::from(*id)));
    let at = circle.clone().next().and_then(|role| role.at);
    let roles = circle.map(|role| role.name.clone()).collect();
    PolicyErrorKind::Cycle { roles }.at(at)
}

/// Adds to each role's permissions those of the roles that it inherits.
pub(super) fn inherit_permissions(roles: &mut [Role], order: &[RoleId]) {
    for id in order.iter().map(|id| usize::from(*id)) {
        let Some(role) = roles.get(id) else { continue };
        if role.inherits.is_empty() {
            continue;
        }
        let mut permissions = role.permissions.clone();
        for inherited in &role.inherits {
            if let Some(inherited) = roles.get(usize::from(*inherited)) {
                permissions.union_with(&inherited.permissions);
            }
        }
        if let Some(role) = roles.get_mut(id) {
            role.permissions = permissions;
        }
    }
}

/// For each role itself and all that inherit it, directly or not.
pub(super) fn heirs(roles: &[Role], order: &[RoleId]) -> Vec<BitSet> {
    let mut heirs: Vec<BitSet> = Vec::new();
    heirs.resize_with(roles.len(), || BitSet::with_capacity(roles.len()));
    for id in order.iter().rev() {
        let Some(own) = heirs.get_mut(usize::from(*id)) else {
            continue;
        };
        own.insert(*id);
        let own = own.clone();
        let inherits = roles.get(usize::from(*id)).map(|role| &role.inherits);
        for inherited in inherits.into_iter().flatten() {
            if let Some(heirs) = heirs.get_mut(usize::from(*inherited)) {
                heirs.union_with(&own);
            }
        }
    }
    heirs
}
