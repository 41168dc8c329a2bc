//! Every pair of roles and every call: what the server does is what the rules say.

use portcullis_core::decide::Grant;
use portcullis_service::admin::{self, Creation, List, Update};
use portcullis_service::impersonation;

use crate::rules::{FIELD_ADMINISTRATION, Handed, Rules, field, naval};
use crate::world::{World, done, word};

const NAVAL: &str = include_str!("../../../../policies/naval-unit.toml");
const FIELD: &str = include_str!("../../../../policies/field-ops.toml");

/// What a policy's roles are held at.
fn holders(rules: &Rules, scopes: &[&str]) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for scope in scopes {
        for (role, ..) in &rules.roles {
            all.push(vec![if scope.is_empty() {
                (*role).to_owned()
            } else {
                format!("{role}@{scope}")
            }]);
        }
    }
    all
}

struct Matrix {
    world: World,
    rules: Rules,
    /// Who calls: roles, and the account.
    callers: Vec<(Vec<String>, String)>,
    compared: usize,
    done: usize,
}

impl Matrix {
    fn new(policy: &str, rules: Rules, holders: &[Vec<String>]) -> Self {
        let world = World::new(policy);
        let callers = holders.iter();
        let callers = callers.map(|roles| (roles.clone(), world.person(roles)));
        Self {
            callers: callers.collect(),
            world,
            rules,
            compared: 0,
            done: 0,
        }
    }

    fn compare(&mut self, what: &str, who: &[String], whom: &[String], is: &str, expected: &str) {
        assert_eq!(is, expected, "{what}: {who:?} on {whom:?}");
        self.compared += 1;
        self.done += usize::from(expected == "done");
    }

    /// Every call about an account with these roles, each on an account of its own.
    fn calls(&mut self, whom: &[String]) {
        for (who, caller_id) in self.callers.clone() {
            for (name, operation, names) in CALLS {
                let demanded = self.rules.demanded(names);
                let expected = match demanded {
                    Some(one) if self.rules.reaches(&who, one) => {
                        if !self.rules.knows(&who, one, whom) {
                            if *name == "revoke session" {
                                "done".to_owned()
                            } else {
                                "NoUser".to_owned()
                            }
                        } else if *name != "get" && !self.rules.manages(&who, one, whom) {
                            format!("not allowed {operation}")
                        } else if INTO.contains(name)
                            && let Some(role) = self.rules.lacks(&who, whom)
                        {
                            format!("not held {role}")
                        } else {
                            "done".to_owned()
                        }
                    }
                    _ => format!("not allowed {operation}"),
                };
                let user_id = self.world.person(whom);
                let is = self.call(name, &caller_id, &user_id);
                self.compare(name, &who, whom, &is, &expected);
            }
        }
    }

    fn call(&self, name: &str, caller_id: &str, user_id: &str) -> String {
        let World { app, context, .. } = &self.world;
        let caller = &self.world.caller(caller_id);
        match name {
            "get" => word(done(admin::get(app, caller, user_id, context))),
            "update" => {
                let update = Update {
                    name: Some("Other".to_owned()),
                    ..Update::default()
                };
                word(done(admin::update(app, caller, user_id, update, context)))
            }
            "address" => {
                let update = Update {
                    email: Some(format!("of-{user_id}@example.org")),
                    ..Update::default()
                };
                word(done(admin::update(app, caller, user_id, update, context)))
            }
            "confirmed" => {
                let update = Update {
                    email_verified: Some(true),
                    ..Update::default()
                };
                word(done(admin::update(app, caller, user_id, update, context)))
            }
            "act as" => word(done(impersonation::begin(app, caller, user_id, context))),
            "set no roles" => word(done(admin::set_roles(app, caller, user_id, &[], context))),
            "ban" => word(done(admin::ban(app, caller, user_id, None, None, context))),
            "unban" => word(done(admin::unban(app, caller, user_id, context))),
            "remove" => word(done(admin::remove(app, caller, user_id, context))),
            "password" => {
                let typed = "correct horse battery staple";
                word(done(admin::set_password(
                    app, caller, user_id, typed, context,
                )))
            }
            "sessions" => word(done(admin::list_sessions(app, caller, user_id, context))),
            "revoke sessions" => word(done(admin::revoke_sessions(app, caller, user_id, context))),
            "revoke session" => {
                let handle = self.world.session(user_id);
                let before = self.world.count("SELECT count(*) AS n FROM session");
                let is = word(done(admin::revoke_session(app, caller, &handle, context)));
                let ended = before - self.world.count("SELECT count(*) AS n FROM session");
                let names: &[&'static str] = &["session:revoke", "session:manage"];
                let known = self.rules.demanded(names).is_some_and(|one| {
                    let who = &self.roles_of(caller_id);
                    self.rules.manages(who, one, &self.roles_of(user_id))
                });
                assert_eq!(
                    ended,
                    i64::from(known),
                    "a session ends when its owner is managed"
                );
                is
            }
            "tier" => word(done(admin::set_tier(
                app, caller, user_id, None, None, context,
            ))),
            other => panic!("no call is named {other}"),
        }
    }

    fn roles_of(&self, user_id: &str) -> Vec<String> {
        let account = self.world.account(user_id).unwrap();
        account.roles().iter().map(ToString::to_string).collect()
    }

    /// Lists have those whom their reader knows of, and nobody else.
    fn lists(&mut self) {
        let all: Vec<(Vec<String>, String)> = self.callers.clone();
        for (who, caller_id) in &all {
            let caller = self.world.caller(caller_id);
            let asked = List {
                limit: 1000,
                ..List::default()
            };
            let page = done(admin::list(
                &self.world.app,
                &caller,
                asked,
                &self.world.context,
            ));
            let demanded = self.rules.demanded(&["user:list", "user:update"]);
            let Some(one) = demanded.filter(|one| self.rules.reaches(who, one)) else {
                let is = word(page);
                self.compare("list", who, &[], &is, "not allowed admin.list_users");
                continue;
            };
            let page = page.unwrap();
            let mut listed: Vec<_> = page
                .accounts
                .iter()
                .map(|one| one.user.id.clone())
                .collect();
            listed.sort();
            let known = all
                .iter()
                .filter(|(whom, _)| self.rules.knows(who, one, whom));
            let mut known: Vec<_> = known.map(|(_, id)| id.clone()).collect();
            known.sort();
            assert_eq!(listed, known, "{who:?}");
            assert_eq!(page.total, i64::try_from(known.len()).unwrap());
            self.compared += 1;
        }
    }

    /// Every role at every scope, handed to an account with these roles.
    fn grants(&mut self, whom: &[String], roles: &[Vec<String>]) {
        let names: &[&'static str] = &["user:set-role", "user:update"];
        for (who, caller_id) in self.callers.clone() {
            for grant in roles.iter().flatten() {
                let user_id = self.world.person(whom);
                let caller = self.world.caller(&caller_id);
                let World { app, context, .. } = &self.world;
                let wanted = Grant::parse(grant);
                let is = word(done(admin::grant(app, &caller, &user_id, &wanted, context)));
                let one = self.rules.demanded(names).unwrap();
                let expected = if !self.rules.reaches(&who, one) {
                    "not allowed admin.set_role".to_owned()
                } else if !self.rules.knows(&who, one, whom) {
                    "NoUser".to_owned()
                } else if !self.rules.manages(&who, one, whom) {
                    "not allowed admin.set_role".to_owned()
                } else if whom.contains(grant) {
                    "done".to_owned()
                } else {
                    let role = &wanted.role;
                    match self.rules.handing_out(&who, one, grant) {
                        Handed::Done => "done".to_owned(),
                        Handed::NotAllowed => "not allowed admin.set_role".to_owned(),
                        Handed::NotHeld => format!("not held {role}"),
                    }
                };
                self.compare(grant, &who, whom, &is, &expected);
                let has = self.roles_of(&user_id).contains(grant);
                assert_eq!(has, expected == "done" || whom.contains(grant));
            }
        }
    }

    /// Accounts that are made with a role.
    fn creations(&mut self, roles: &[Vec<String>]) {
        for (who, caller_id) in self.callers.clone() {
            for (number, whom) in roles.iter().enumerate() {
                let caller = self.world.caller(&caller_id);
                let World { app, context, .. } = &self.world;
                let asked = Creation {
                    email: format!("new{number}-{caller_id}@example.org"),
                    name: "New".to_owned(),
                    roles: whom.iter().map(|grant| Grant::parse(grant)).collect(),
                    ..Creation::default()
                };
                let is = word(done(admin::create(app, &caller, asked, context)));
                let create = self.rules.demanded(&["user:create"]).unwrap();
                let set_role = self
                    .rules
                    .demanded(&["user:set-role", "user:update"])
                    .unwrap();
                let expected = match whom.first() {
                    _ if !self.rules.reaches(&who, create) => {
                        "not allowed admin.create_user".to_owned()
                    }
                    None if self.rules.allowed(&who, create, "") => "done".to_owned(),
                    None => "not allowed admin.create_user".to_owned(),
                    Some(_) if !self.rules.reaches(&who, set_role) => {
                        "not allowed admin.set_role".to_owned()
                    }
                    Some(grant) if !self.rules.allowed(&who, create, scope(grant)) => {
                        "not allowed admin.create_user".to_owned()
                    }
                    Some(grant) => match self.rules.handing_out(&who, set_role, grant) {
                        Handed::Done => "done".to_owned(),
                        Handed::NotAllowed => "not allowed admin.set_role".to_owned(),
                        Handed::NotHeld => {
                            format!("not held {}", Grant::parse(grant).role)
                        }
                    },
                };
                self.compare("create", &who, whom, &is, &expected);
            }
        }
    }

    /// Nobody gets at their own account but for its sessions.
    fn own(&mut self) {
        for (who, id) in self.callers.clone() {
            for (name, operation, names) in CALLS {
                let demanded = self.rules.demanded(names);
                let reaches = demanded.filter(|one| self.rules.reaches(&who, one));
                let expected = match (*name, reaches) {
                    ("remove", Some(_)) => "OwnRemoval".to_owned(),
                    ("ban", Some(_)) => "OwnBan".to_owned(),
                    ("act as", Some(_)) => "OneSelf".to_owned(),
                    ("get" | "sessions", Some(_)) => "done".to_owned(),
                    ("revoke session" | "revoke sessions", Some(_)) => continue,
                    (_, Some(one)) if self.rules.manages(&who, one, &who) => "done".to_owned(),
                    _ => format!("not allowed {operation}"),
                };
                let is = self.call(name, &id, &id);
                self.compare(name, &who, &who, &is, &expected);
            }
        }
    }
}

fn scope(grant: &str) -> &str {
    grant.split_once('@').map_or("", |(_, scope)| scope)
}

type Call = (&'static str, &'static str, &'static [&'static str]);

/// Each call with its operation and the names that guard it, finest first.
const CALLS: &[Call] = &[
    ("get", "admin.get_user", &["user:get", "user:update"]),
    ("update", "admin.update_user", &["user:update"]),
    (
        "set no roles",
        "admin.set_role",
        &["user:set-role", "user:update"],
    ),
    ("ban", "admin.ban_user", &["user:ban", "user:update"]),
    ("unban", "admin.ban_user", &["user:ban", "user:update"]),
    ("remove", "admin.delete_user", &["user:delete"]),
    (
        "password",
        "admin.set_password",
        &["user:set-password", "user:update"],
    ),
    (
        "sessions",
        "admin.list_sessions",
        &["session:list", "session:manage"],
    ),
    (
        "revoke sessions",
        "admin.revoke_sessions",
        &["session:revoke", "session:manage"],
    ),
    (
        "revoke session",
        "admin.revoke_sessions",
        &["session:revoke", "session:manage"],
    ),
    ("tier", "admin.set_tier", &["user:set-tier", "user:update"]),
    ("address", "admin.update_user", &["user:update"]),
    ("confirmed", "admin.update_user", &["user:update"]),
    ("act as", "admin.impersonate", &["user:impersonate"]),
];

/// Those calls that get into the account: they take holding all that it holds.
const INTO: &[&str] = &["password", "address", "confirmed", "act as"];

#[test]
fn in_a_unit_every_role_does_to_every_other_what_the_rules_say() {
    let rules = naval();
    let mut all = holders(&rules, &[""]);
    all.push(vec!["executive".to_owned(), "duty_watch".to_owned()]);
    all.push(vec!["quartermaster".to_owned(), "duty_watch".to_owned()]);
    let mut matrix = Matrix::new(NAVAL, rules, &all);
    matrix.lists();
    for whom in &all {
        matrix.calls(whom);
        matrix.grants(whom, &all[1..6]);
    }
    matrix.creations(&all[..6]);
    matrix.own();
    assert!(
        matrix.compared > 1000 && matrix.done > 250,
        "{} {}",
        matrix.compared,
        matrix.done
    );
}

#[test]
fn a_role_that_manages_equals_does_so_because_the_policy_says_so() {
    let policy = NAVAL.replace("[roles.admin]\n", "[roles.admin]\nmanages = \"equal\"\n");
    let mut rules = naval();
    rules.roles[1].2 = "equal";
    let all = holders(&rules, &[""]);
    let mut matrix = Matrix::new(&policy, rules, &all);
    for whom in &all {
        matrix.calls(whom);
        matrix.grants(whom, &all[1..]);
    }
}

#[test]
fn in_the_field_every_role_at_every_scope_does_what_the_rules_say() {
    let rules = field();
    let scopes = ["", "state:ca", "state:ny", "team:t1", "team:t3"];
    let mut all = holders(&rules, &scopes);
    all.push(vec![
        "TEAM_MEMBER@team:t1".to_owned(),
        "TEAM_MEMBER@team:t3".to_owned(),
    ]);
    all.push(vec![
        "STATE_ADMIN@state:ca".to_owned(),
        "TEAM_MEMBER@state:ca".to_owned(),
    ]);
    let policy = format!("{FIELD}{FIELD_ADMINISTRATION}");
    let mut matrix = Matrix::new(&policy, rules, &all);
    matrix.lists();
    for whom in &all {
        matrix.calls(whom);
    }
    for whom in [&all[0], &all[4], &all[12], &all[16], &all[21]] {
        matrix.grants(whom, &all[1..21]);
    }
    matrix.creations(&all[..21]);
    matrix.own();
    assert!(
        matrix.compared > 5000 && matrix.done > 500,
        "{} {}",
        matrix.compared,
        matrix.done
    );
}

#[test]
fn a_policy_without_such_permissions_lets_nobody() {
    let mut rules = field();
    rules.table.truncate(10);
    let all = holders(&rules, &["", "state:ca"]);
    let mut matrix = Matrix::new(FIELD, rules, &all);
    matrix.lists();
    matrix.calls(&all[4]);
    assert_eq!(matrix.done, 0);
}
