//! Roles, and what they inherit.

use alloc::vec::Vec;

use super::super::{BitSet, Depth, PolicyErrorKind, Position, RoleDocument, RoleId};
use super::index::{Index, ROLE, label, word};
use super::problem::Problems;
use super::{Manages, Role};

/// All roles, without permissions as yet.
pub(super) fn roles(
    documents: &[RoleDocument],
    levels: &Index,
    problems: &mut Problems,
) -> (Vec<Role>, Index) {
    let mut index = Index::new(&ROLE);
    for role in documents {
        index.add(&role.name, role.at, problems);
    }
    let mut roles = Vec::with_capacity(documents.len());
    for role in documents {
        roles.push(compiled(role, &index, levels, problems));
    }
    (roles, index)
}

fn compiled(role: &RoleDocument, roles: &Index, levels: &Index, problems: &mut Problems) -> Role {
    let at = role.at;
    let mut grant_depths = u16::MAX;
    if let Some(names) = &role.grant_at {
        grant_depths = 0;
        for name in names {
            grant_depths |= 1 << depth(name, levels, at, problems);
        }
    }
    let superuser_from = role.superuser_at.as_ref();
    let superuser_from = superuser_from.map(|name| depth(name, levels, at, problems));
    Role {
        name: role.name.clone(),
        label: label(&role.label, &role.name),
        level: role.level,
        at,
        grant_depths,
        superuser_from,
        manages: manages(role, problems),
        inherits: roles.find_all(&role.inherits, at, problems),
        permissions: BitSet::default(),
    }
}

fn manages(role: &RoleDocument, problems: &mut Problems) -> Manages {
    if role.manages.is_empty() {
        return Manages::Below;
    }
    let words = ["none", "below", "equal", "any"];
    let what = "value of `manages`";
    match word(what, &words, &role.manages, role.at, problems) {
        0 => Manages::None,
        1 => Manages::Below,
        2 => Manages::Equal,
        _ => Manages::Any,
    }
}

/// The depth of a scope level that must be there, `global` included.
pub(super) fn depth(
    name: &str,
    levels: &Index,
    at: Option<Position>,
    problems: &mut Problems,
) -> Depth {
    // There are at most nine levels.
    Depth::try_from(levels.find(name, at, problems)).unwrap_or(0)
}

/// All roles, each after those that it inherits; without those of a circle, which is a problem.
///
/// Not recursive: a chain of ten thousand roles must not exhaust a page's stack.
pub(super) fn in_order_of_inheritance(roles: &[Role], problems: &mut Problems) -> Vec<RoleId> {
    let heirs = direct_heirs(roles);
    let mut open = Vec::with_capacity(roles.len());
    let mut order: Vec<RoleId> = Vec::with_capacity(roles.len());
    for (id, role) in (0..).zip(roles) {
        open.push(role.inherits.len());
        if role.inherits.is_empty() {
            order.push(id);
        }
    }
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
    if order.len() < roles.len() {
        note_circle(roles, &open, problems);
    }
    order
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

/// Notes the circle that the first role reaches which could not be put in order.
fn note_circle(roles: &[Role], open: &[usize], problems: &mut Problems) {
    let is_open = |id: &RoleId| open.get(usize::from(*id)).is_some_and(|open| *open > 0);
    let mut path: Vec<RoleId> = Vec::new();
    let mut next = (0..).take(roles.len()).find(is_open);
    while let Some(id) = next.filter(|id| !path.contains(id)) {
        path.push(id);
        // What keeps a role from being put in order is one that couldn't be, either.
        let role = roles.get(usize::from(id));
        next = role.and_then(|role| role.inherits.iter().copied().find(is_open));
    }
    // What leads to the circle isn't part of it.
    let start = path.iter().position(|id| Some(*id) == next).unwrap_or(0);
    let circle = path.get_mut(start..).unwrap_or_default();
    // The first in the file begins the circle, wherever it was entered.
    let mut turn = 0;
    for (place, id) in circle.iter().enumerate() {
        if circle.get(turn).is_none_or(|first| id < first) {
            turn = place;
        }
    }
    circle.rotate_left(turn);
    let mut names = Vec::with_capacity(circle.len());
    let mut at = None;
    for id in circle.iter().rev() {
        if let Some(role) = roles.get(usize::from(*id)) {
            names.insert(0, role.name.clone());
            at = role.at;
        }
    }
    problems.note(PolicyErrorKind::Cycle { roles: names }, at);
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
