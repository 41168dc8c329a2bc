//! Roles whose holders can come to hold more than the role has.
//!
//! A request about another account is decided against every grant that the account has and every
//! one that it is to get (LANGUAGE.md section 6). The account may be the holder's own. So a holder
//! of a role can change itself when the role manages its own level, which `manages = "equal"` and
//! `"any"` do; then it can take on every role that it manages, at every scope that its grant covers,
//! and what those manage, and so on. Where that ends with a permission, a superuser's scope or a
//! rule that the role itself doesn't have, the role is worth as much as the role it leads to:
//! `escalation`.
//!
//! With `manages = "below"` nobody changes itself, but can still give others what it lacks. That
//! is usual where levels are ranks and permissions are trades, hence only a note: `confers_more`.

use std::collections::VecDeque;

use portcullis_core::policy::{Depth, Effect, Manages, Role, RoleId};

use super::super::model::{Model, depths};
use super::{CONFERS_MORE, ESCALATION, Finding};

pub(super) fn look(model: &Model<'_>, findings: &mut Vec<Finding>) {
    for (id, role) in model.roles() {
        let worst = if manages(role, role) {
            worst_path(model, id, role)
        } else {
            None
        };
        if let Some(found) = worst {
            findings.push(escalation(model, id, role, &found));
        } else {
            confers_more(model, id, role, findings);
        }
    }
}

/// Whether a holder of `holder` may change an account that has, or gets, `other`.
pub(super) fn manages(holder: &Role, other: &Role) -> bool {
    match holder.manages {
        Manages::None => false,
        Manages::Below => holder.level > other.level,
        Manages::Equal => holder.level >= other.level,
        Manages::Any => true,
    }
}

/// A role and the depth at which it is granted.
type At = (RoleId, Depth);

/// What taking on another role adds.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Gain {
    superuser_from: Option<Depth>,
    permissions: Vec<u16>,
    rules: Vec<u16>,
}

impl Gain {
    const fn is_nothing(&self) -> bool {
        self.superuser_from.is_none() && self.permissions.is_empty() && self.rules.is_empty()
    }

    /// The more it is, the greater.
    fn weight(&self) -> (usize, usize, usize) {
        let superuser = self
            .superuser_from
            .map_or(0, |from| usize::from(u8::MAX - from));
        (superuser, self.permissions.len(), self.rules.len())
    }
}

struct Found {
    path: Vec<RoleId>,
    gain: Gain,
}

/// Follows who can become what from the widest grant of a role, and takes the end that adds most.
fn worst_path(model: &Model<'_>, id: RoleId, role: &Role) -> Option<Found> {
    let widest = depths(model.policy).find(|depth| role.may_be_granted_at(*depth))?;
    let mut seen: Vec<At> = vec![(id, widest)];
    let mut next = VecDeque::from([vec![(id, widest)]]);
    let mut worst: Option<Found> = None;
    while let Some(path) = next.pop_front() {
        let Some((holder, covers)) = path.last().copied() else {
            continue;
        };
        for end in managed_by(model, holder, covers) {
            if seen.contains(&end) {
                continue;
            }
            seen.push(end);
            let mut longer = path.clone();
            longer.push(end);
            let gain = gain(model, (id, widest), end);
            let is_worse = worst
                .as_ref()
                .is_none_or(|worst| worst.gain.weight() < gain.weight());
            if is_worse && !gain.is_nothing() {
                let path = longer.iter().map(|(role, _)| *role).collect();
                worst = Some(Found { path, gain });
            }
            next.push_back(longer);
        }
    }
    worst
}

fn managed_by(model: &Model<'_>, holder: RoleId, covers: Depth) -> Vec<At> {
    let Some(role) = model.policy.role(holder) else {
        return Vec::new();
    };
    let managed = model.roles().filter(|(_, other)| manages(role, other));
    managed
        .flat_map(|(id, other)| {
            let grantable = model.grant_depths(other);
            grantable
                .filter(move |depth| *depth >= covers)
                .map(move |depth| (id, depth))
        })
        .collect()
}

/// What a grant of `more` gives beyond a grant of `held`, where the latter covers the former.
fn gain(model: &Model<'_>, held: At, more: At) -> Gain {
    let own = model.superuser_from(held.0, held.1);
    let all = model.policy.permissions().len();
    let has_all = model.permissions(held.0).len() == all;
    let superuser_from = model
        .superuser_from(more.0, more.1)
        .filter(|from| !has_all && own.is_none_or(|own| own > *from));
    // A superuser at that depth has every permission there already.
    let is_covered = own.is_some_and(|own| own <= more.1);
    let permissions = if is_covered {
        Vec::new()
    } else {
        let mine = model.permissions(held.0);
        model
            .permissions(more.0)
            .difference(mine)
            .copied()
            .collect()
    };
    let rules = model.rules().filter(|(_, rule)| {
        rule.effect == Effect::Allow
            && !is_covered
            && model.rule_is_for(rule, more.0)
            && !model.rule_is_for(rule, held.0)
    });
    Gain {
        superuser_from,
        permissions,
        rules: rules.map(|(id, _)| id).collect(),
    }
}

fn escalation(model: &Model<'_>, id: RoleId, role: &Role, found: &Found) -> Finding {
    let steps: Vec<_> = found
        .path
        .iter()
        .skip(1)
        .map(|role| format!("`{}`", model.role_name(*role)))
        .collect();
    let message = format!(
        "a holder of `{}` can give itself {}, which {}",
        role.name,
        steps.join(", then "),
        words(model, id, &found.gain)
    );
    Finding::new(
        &ESCALATION,
        format!("roles.{}", role.name),
        role.at,
        message,
    )
}

fn confers_more(model: &Model<'_>, id: RoleId, role: &Role, findings: &mut Vec<Finding>) {
    let Some(widest) = depths(model.policy).find(|depth| role.may_be_granted_at(*depth)) else {
        return;
    };
    for (other, _) in model.roles() {
        let ends = managed_by(model, id, widest);
        let gains = ends
            .into_iter()
            .filter(|(end, _)| *end == other)
            .map(|end| gain(model, (id, widest), end));
        let Some(most) = gains
            .max_by_key(Gain::weight)
            .filter(|gain| !gain.is_nothing())
        else {
            continue;
        };
        let message = format!(
            "a holder of `{}` can give others `{}`, which {}",
            role.name,
            model.role_name(other),
            words(model, id, &most)
        );
        let path = format!("roles.{}", role.name);
        findings.push(Finding::new(&CONFERS_MORE, path, role.at, message));
    }
}

fn words(model: &Model<'_>, lacking: RoleId, gain: &Gain) -> String {
    if let Some(depth) = gain.superuser_from {
        let level = model.level_name(depth);
        return format!("may do everything from the level `{level}` down");
    }
    let permissions = gain.permissions.iter();
    let mut names: Vec<_> = permissions
        .map(|id| format!("`{}`", model.permission_name(*id)))
        .collect();
    let rules = gain.rules.iter().filter_map(|id| model.policy.rule(*id));
    names.extend(rules.map(|rule| format!("what the rule `{}` allows", rule.name)));
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let mut text = names.join(", ");
    if more > 0 {
        push!(text, " and {more} more");
    }
    format!("has {text} that `{}` lacks", model.role_name(lacking))
}
