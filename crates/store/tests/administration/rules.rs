//! The rules of administration in plain data, by code that has nothing of the server's.

/// A role: its name, level, and whom it manages (`below`, `equal`, `any`).
pub(crate) type Role = (&'static str, u32, &'static str);

/// A policy as tables: roles, and which roles carry which permission.
pub(crate) struct Rules {
    pub(crate) roles: Vec<Role>,
    pub(crate) table: Vec<(&'static str, Vec<&'static str>)>,
}

/// A grant, `ROLE` or `ROLE@scope`, in its parts.
fn parts(grant: &str) -> (&str, &str) {
    grant.split_once('@').unwrap_or((grant, ""))
}

/// Teams lie in states.
fn parent(scope: &str) -> &'static str {
    match scope {
        "team:t1" | "team:t2" => "state:ca",
        "team:t3" => "state:ny",
        _ => "",
    }
}

fn covers(wide: &str, scope: &str) -> bool {
    wide.is_empty() || wide == scope || (!parent(scope).is_empty() && wide == parent(scope))
}

impl Rules {
    /// The first of a guard's names that the policy has.
    pub(crate) fn demanded(&self, names: &[&'static str]) -> Option<&'static str> {
        let has = |name: &&&str| self.table.iter().any(|(one, _)| *one == **name);
        names.iter().find(has).copied()
    }

    fn role(&self, name: &str) -> Role {
        *self.roles.iter().find(|role| role.0 == name).unwrap()
    }

    fn carries(&self, role: &str, permission: &str) -> bool {
        let mut rows = self.table.iter();
        rows.any(|(name, roles)| *name == permission && roles.contains(&role))
    }

    /// A permission at a scope: a role that carries it, there or above.
    pub(crate) fn allowed(&self, who: &[String], permission: &str, scope: &str) -> bool {
        who.iter().any(|grant| {
            let (role, at) = parts(grant);
            covers(at, scope) && self.carries(role, permission)
        })
    }

    /// Section 6: a role that is held there or above and manages the other.
    fn outranks(&self, who: &[String], grant: &str) -> bool {
        let (role, scope) = parts(grant);
        let (_, least, _) = self.role(role);
        who.iter().any(|held| {
            let (held, at) = parts(held);
            let (_, level, manages) = self.role(held);
            covers(at, scope)
                && match manages {
                    "any" => true,
                    "equal" => level >= least,
                    _ => level > least,
                }
        })
    }

    /// Whether somebody reaches anybody at all by a permission.
    pub(crate) fn reaches(&self, who: &[String], permission: &str) -> bool {
        let scopes = who.iter().map(|grant| parts(grant).1);
        let mut scopes = scopes.chain([""]);
        scopes.any(|scope| self.allowed(who, permission, scope))
    }

    /// Whether an account with these roles is there for somebody.
    pub(crate) fn knows(&self, who: &[String], permission: &str, whom: &[String]) -> bool {
        let mut scopes = whom.iter().map(|grant| parts(grant).1);
        self.allowed(who, permission, "")
            || scopes.any(|scope| self.allowed(who, permission, scope))
    }

    /// Whether somebody manages an account with these roles.
    pub(crate) fn manages(&self, who: &[String], permission: &str, whom: &[String]) -> bool {
        if whom.is_empty() {
            return self.allowed(who, permission, "");
        }
        whom.iter()
            .all(|grant| self.allowed(who, permission, parts(grant).1) && self.outranks(who, grant))
    }

    /// Whether somebody holds, at the scope of a grant, all that its role gives.
    pub(crate) fn has_all_of(&self, who: &[String], grant: &str) -> bool {
        let (given, scope) = parts(grant);
        let unbound = who.iter().any(|held| {
            let (held, at) = parts(held);
            covers(at, scope) && self.role(held).2 == "any"
        });
        unbound
            || self.table.iter().all(|(permission, roles)| {
                !roles.contains(&given) || self.allowed(who, permission, scope)
            })
    }

    /// The first role of an account that gives more than somebody holds: getting into the account would make
    /// them mightier.
    pub(crate) fn lacks<'r>(&self, who: &[String], whom: &'r [String]) -> Option<&'r str> {
        let mut grants = whom.iter();
        let grant = grants.find(|grant| !self.has_all_of(who, grant))?;
        Some(parts(grant).0)
    }

    /// What comes of handing out a role.
    pub(crate) fn handing_out(&self, who: &[String], permission: &str, grant: &str) -> Handed {
        if !self.allowed(who, permission, parts(grant).1) || !self.outranks(who, grant) {
            Handed::NotAllowed
        } else if !self.has_all_of(who, grant) {
            Handed::NotHeld
        } else {
            Handed::Done
        }
    }
}

/// What comes of handing out a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handed {
    Done,
    NotAllowed,
    NotHeld,
}

/// The naval unit, as its requirements have it.
pub(crate) fn naval() -> Rules {
    let all = [
        "developer",
        "admin",
        "executive",
        "duty_watch",
        "quartermaster",
    ];
    let of = |roles: &[&'static str]| roles.to_vec();
    let (dev_admin, watch) = (
        of(&["developer", "admin"]),
        of(&["developer", "admin", "duty_watch"]),
    );
    Rules {
        roles: vec![
            ("developer", 5, "below"),
            ("admin", 4, "below"),
            ("executive", 3, "below"),
            ("duty_watch", 2, "below"),
            ("quartermaster", 1, "below"),
        ],
        table: vec![
            ("data:view", of(&all)),
            ("member:view", of(&all)),
            ("audit:view", of(&all[..3])),
            ("report:run", of(&all[..4])),
            ("member:create", dev_admin.clone()),
            ("member:edit", dev_admin.clone()),
            ("member:delete", dev_admin.clone()),
            (
                "checkin:create",
                of(&["developer", "admin", "duty_watch", "quartermaster"]),
            ),
            ("checkin:view", of(&all)),
            ("badge:assign", watch.clone()),
            ("badge:manage", watch.clone()),
            ("user:create", dev_admin.clone()),
            ("user:delete", dev_admin.clone()),
            ("user:update", watch),
            ("session:manage", dev_admin.clone()),
            ("apikey:manage", of(&["developer"])),
            ("settings:manage", dev_admin),
            ("user:impersonate", of(&["developer"])),
        ],
    }
}

/// The permissions over accounts that the tests add to the policy of field operations.
pub(crate) const FIELD_ADMINISTRATION: &str = r#"
"user:list" = ["NATIONAL_ADMIN", "STATE_ADMIN", "SUPERVISOR"]
"user:create" = ["NATIONAL_ADMIN", "STATE_ADMIN"]
"user:update" = ["NATIONAL_ADMIN", "STATE_ADMIN"]
"user:delete" = ["NATIONAL_ADMIN"]
"session:manage" = ["NATIONAL_ADMIN", "STATE_ADMIN", "SUPERVISOR"]
"user:impersonate" = ["NATIONAL_ADMIN", "STATE_ADMIN"]
"#;

/// Field operations, as their requirements have them, with [`FIELD_ADMINISTRATION`].
pub(crate) fn field() -> Rules {
    let all = ["NATIONAL_ADMIN", "STATE_ADMIN", "SUPERVISOR", "TEAM_MEMBER"];
    let (upper, lower) = (all[..2].to_vec(), all[2..].to_vec());
    Rules {
        roles: vec![
            ("NATIONAL_ADMIN", 4, "below"),
            ("STATE_ADMIN", 3, "below"),
            ("SUPERVISOR", 2, "below"),
            ("TEAM_MEMBER", 1, "below"),
        ],
        table: vec![
            ("device:provision", all.to_vec()),
            ("device:manage", upper.clone()),
            ("policy:read", all.to_vec()),
            ("policy:ack", lower.clone()),
            ("pin:generate", upper.clone()),
            ("pin:reveal", upper.clone()),
            ("pin:revoke", upper.clone()),
            ("telemetry:write", lower),
            ("enrollment:mint", upper.clone()),
            ("enrollment:revoke", upper.clone()),
            ("user:list", all[..3].to_vec()),
            ("user:create", upper.clone()),
            ("user:update", upper.clone()),
            ("user:delete", all[..1].to_vec()),
            ("session:manage", all[..3].to_vec()),
            ("user:impersonate", upper),
        ],
    }
}
