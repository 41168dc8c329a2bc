//! Tenants, members, roles made at run time, and what is told of them.

mod ground;
mod made;
mod members;
mod permissions;
mod roles;
mod told;

use crate::support::{NOW_MS, TestStore, audit_log, done, event, store_with};
use portcullis_core::decide::{Membership, TenantRole};
use portcullis_service::tenants::{
    Authority, Ground, NewChange, Outcome, Page, TenantStore, Write,
};
use portcullis_service::{Caller, SessionRef, Store};

const ALL: Page<'_> = Page {
    after: "",
    limit: 1000,
};

fn owner(user: &str) -> Authority {
    Authority {
        user_id: user.to_owned(),
        actor: None,
        ground: Ground::Owner,
    }
}

fn known(user: &str, epoch: i64) -> Authority {
    Authority {
        user_id: user.to_owned(),
        actor: None,
        ground: Ground::Epoch(epoch),
    }
}

/// Makes a change whose id is its number in the log and that is told to nobody.
fn change(store: &TestStore, tenant: &str, authority: &Authority, write: &Write) -> Outcome {
    changed(store, tenant, authority, write, false)
}

fn changed(
    store: &TestStore,
    tenant: &str,
    authority: &Authority,
    write: &Write,
    is_told: bool,
) -> Outcome {
    let event = event(write.kind().as_str(), Some(&authority.user_id));
    let id = format!("change {}", audit_log(store).len());
    done(store.change(&NewChange {
        id: &id,
        tenant_id: (!tenant.is_empty()).then_some(tenant),
        authority,
        write,
        at_ms: NOW_MS + 5,
        is_told,
        event: &event,
    }))
    .unwrap()
}

fn tenant(id: &str) -> Write {
    Write::CreateTenant {
        id: id.to_owned(),
        name: format!("Tenant {id}"),
        slug: format!("slug-{id}"),
        member_id: format!("owner of {id}"),
        scope: format!("org:{id}"),
        max_owned: 3,
    }
}

fn role(id: &str, permissions: &[&str]) -> Write {
    Write::CreateRole {
        id: id.to_owned(),
        name: format!("Role {id}"),
        description: String::new(),
        permissions: permissions.iter().map(|one| (*one).to_owned()).collect(),
        max_roles: 3,
    }
}

fn member(user: &str) -> Write {
    Write::AddMember {
        id: format!("{user} as member"),
        user: user.to_owned(),
        owner: false,
        max_memberships: 3,
    }
}

fn assign(member: &str, role: &str) -> Write {
    Write::Assign {
        member_id: member.to_owned(),
        role_id: role.to_owned(),
        revision: 0,
        max_roles: 2,
    }
}

fn unassign(member: &str, role: &str) -> Write {
    Write::Unassign {
        member_id: member.to_owned(),
        role_id: role.to_owned(),
        revision: 0,
    }
}

fn set_owner(member: &str, owner: bool) -> Write {
    Write::SetOwner {
        member_id: member.to_owned(),
        owner,
    }
}

fn remove(member: &str) -> Write {
    Write::RemoveMember {
        member_id: member.to_owned(),
    }
}

fn update(role: &str, permissions: &[&str], revision: i64) -> Write {
    Write::UpdateRole {
        role_id: role.to_owned(),
        name: None,
        description: None,
        permissions: Some(permissions.iter().map(|one| (*one).to_owned()).collect()),
        revision,
    }
}

fn permission(id: &str, name: &str) -> Write {
    Write::CreatePermission {
        id: id.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        max_permissions: 2,
    }
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(_))
}

fn is_unchanged(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unchanged(_))
}

fn epoch(store: &TestStore, user: &str) -> i64 {
    let email = format!("{user}@example.org");
    let known = done(store.credential_by_email(&email)).unwrap().unwrap();
    known.user.epoch
}

fn caller(store: &TestStore, session: &str) -> Caller {
    let key = SessionRef::Id(session.to_owned());
    done(store.caller(&key, NOW_MS)).unwrap().unwrap()
}

fn held(id: &str, owner: bool, roles: &[(&str, &[&str])]) -> Membership {
    Membership {
        id: id.to_owned(),
        owner,
        roles: roles
            .iter()
            .map(|(name, permissions)| TenantRole {
                name: (*name).to_owned(),
                permissions: permissions.iter().map(|one| (*one).to_owned()).collect(),
            })
            .collect(),
    }
}

/// Ann owns the tenant `t`, Bob is a member, and there is the role `r` with `a:b` and `a:c`.
fn with_tenant() -> TestStore {
    let store = store_with(&["ann", "bob", "eve"]);
    fill(&store);
    store
}

fn fill(store: &TestStore) {
    for write in [tenant("t"), member("bob"), role("r", &["a:b", "a:c"])] {
        let authority = match write {
            Write::CreateTenant { .. } => known("ann", 0),
            _ => owner("ann"),
        };
        let outcome = change(store, "t", &authority, &write);
        assert!(is_done(&outcome), "{outcome:?}");
    }
}
