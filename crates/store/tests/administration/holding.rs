//! Nobody gets into an account that holds more than they do, or gives a tier above their own.

use portcullis_service::admin::{self, Creation, Refused, Update};
use portcullis_service::api_keys::{self, KeyChange, NewKey};
use portcullis_service::{Denied, Error, impersonation};

use crate::world::{World, done, word};

/// A clerk, below everybody, has what neither bosses nor heads have: it opens the till.
const POLICY: &str = r#"
name = "t"
version = "1"
default_tier = "plain"
scopes = ["state", "team"]
[roles.ROOT]
level = 9
manages = "any"
[roles.BOSS]
level = 5
[roles.HEAD]
level = 3
[roles.CLERK]
level = 1
[permissions]
"user:update" = ["ROOT", "BOSS", "HEAD"]
"user:create" = ["ROOT", "BOSS", "HEAD"]
"user:impersonate" = ["ROOT", "BOSS", "HEAD"]
"apikey:manage" = ["ROOT", "BOSS"]
"paper:read" = ["ROOT", "BOSS", "HEAD", "CLERK"]
"till:open" = ["HEAD", "CLERK"]
[[tiers]]
name = "low"
[[tiers]]
name = "plain"
[[tiers]]
name = "high"
"#;

impl World {
    /// Somebody with these roles and a tier.
    fn of_tier(&self, grants: &[&str], tier: &str) -> String {
        let id = self.person(grants);
        self.sql(&format!(
            "UPDATE user SET tier = '{tier}' WHERE id = '{id}'"
        ));
        id
    }

    /// What comes of each way into an account.
    fn ways_in(&self, who: &str, whom: &str) -> Vec<(&'static str, String)> {
        let (app, context, caller) = (&self.app, &self.context, &self.caller(who));
        let acts = word(done(impersonation::begin(app, caller, whom, context)));
        let typed = "correct horse battery staple";
        let password = word(done(admin::set_password(app, caller, whom, typed, context)));
        let update = |update| word(done(admin::update(app, caller, whom, update, context)));
        let address = update(Update {
            email: Some(format!("of-{whom}@example.org")),
            ..Update::default()
        });
        let confirmed = update(Update {
            email_verified: Some(true),
            ..Update::default()
        });
        vec![
            ("acts as", acts),
            ("password", password),
            ("address", address),
            ("confirmed", confirmed),
        ]
    }

    fn all_ways(&self, who: &str, whom: &str, expected: &str) {
        for (way, is) in self.ways_in(who, whom) {
            assert_eq!(is, expected, "{way}");
        }
    }

    /// A key that somebody makes for somebody else; its id.
    fn key(&self, who: &str, whom: &str, scope: &str) -> Result<String, Error> {
        let new = NewKey {
            user_id: Some(whom.to_owned()),
            scopes: vec![scope.to_owned()],
            is_server_only: true,
            ..NewKey::default()
        };
        let caller = &self.caller(who);
        let made = done(api_keys::create(&self.app, caller, new, &self.context));
        made.map(|made| made.record.id)
    }
}

#[test]
fn who_lacks_what_an_account_has_does_not_get_into_it() {
    let world = World::new(POLICY);
    let boss = world.person(&["BOSS"]);
    world.all_ways(&boss, &world.person(&["CLERK"]), "not held CLERK");
    world.all_ways(&boss, &world.person(&["HEAD"]), "not held HEAD");
    world.all_ways(&boss, &world.person::<&str>(&[]), "done");
    let both = world.person(&["BOSS", "CLERK"]);
    world.all_ways(&both, &world.person(&["CLERK"]), "done");
    world.all_ways(&world.person(&["HEAD"]), &world.person(&["CLERK"]), "done");
    world.all_ways(&world.person(&["ROOT"]), &world.person(&["CLERK"]), "done");
}

#[test]
fn it_is_held_where_the_account_holds_it() {
    let world = World::new(POLICY);
    let boss = world.person(&["BOSS", "HEAD@state:ca"]);
    world.all_ways(&boss, &world.person(&["CLERK@state:ca"]), "done");
    world.all_ways(&boss, &world.person(&["CLERK@team:t1"]), "done");
    world.all_ways(&boss, &world.person(&["CLERK@state:ny"]), "not held CLERK");
    world.all_ways(&boss, &world.person(&["CLERK"]), "not held CLERK");
    let two = world.person(&["CLERK@state:ca", "CLERK@team:t3"]);
    world.all_ways(&boss, &two, "not held CLERK");
}

#[test]
fn what_takes_away_or_hands_out_nothing_takes_levels_alone() {
    let world = World::new(POLICY);
    let boss = world.caller(&world.person(&["BOSS"]));
    let clerk = world.person(&["CLERK"]);
    let (app, context) = (&world.app, &world.context);
    let named = Update {
        name: Some("Other".to_owned()),
        ..Update::default()
    };
    assert_eq!(
        word(done(admin::update(app, &boss, &clerk, named, context))),
        "done"
    );
    assert_eq!(
        word(done(admin::ban(app, &boss, &clerk, None, None, context))),
        "done"
    );
    assert_eq!(
        word(done(admin::set_roles(app, &boss, &clerk, &[], context))),
        "done"
    );
}

#[test]
fn a_tier_above_ones_own_is_neither_given_nor_got_into() {
    let world = World::new(POLICY);
    let head = world.person(&["HEAD"]);
    let above = "TierNotHeld { tier: \"high\" }";
    let set = |who: &str, whom: &str, tier: Option<&str>| {
        let tier = tier.map(str::to_owned);
        let caller = &world.caller(who);
        let set = admin::set_tier(&world.app, caller, whom, tier, None, &world.context);
        word(done(set))
    };
    let clerk = world.person(&["CLERK"]);
    assert_eq!(set(&head, &clerk, Some("high")), above);
    assert_eq!(set(&head, &clerk, Some("low")), "done");
    assert_eq!(set(&head, &clerk, Some("plain")), "done");
    let low = world.of_tier(&["HEAD"], "low");
    assert_eq!(set(&low, &clerk, Some("low")), "done");
    assert_eq!(
        set(&low, &clerk, None),
        "TierNotHeld { tier: \"plain\" }",
        "the policy's default is a tier as well"
    );
    world.all_ways(&head, &world.of_tier(&["CLERK"], "high"), above);
    world.all_ways(
        &head,
        &world.of_tier(&["CLERK"], "gone"),
        "TierNotHeld { tier: \"gone\" }",
    );
    let high = world.of_tier(&["HEAD"], "high");
    world.all_ways(&high, &world.of_tier(&["CLERK"], "high"), "done");
    assert_eq!(set(&high, &clerk, Some("high")), "done");
    let root = world.person(&["ROOT"]);
    world.all_ways(&root, &world.of_tier(&["CLERK"], "high"), "done");
    let plain = world.person::<&str>(&[]);
    assert_eq!(
        set(&root, &plain, Some("high")),
        "done",
        "the policy says so"
    );
    let made = |who: &str, tier: &str| {
        let new = Creation {
            email: format!("{tier}-{who}@example.org"),
            name: "New".to_owned(),
            tier: Some(tier.to_owned()),
            ..Creation::default()
        };
        let caller = &world.caller(who);
        word(done(admin::create(&world.app, caller, new, &world.context)))
    };
    assert_eq!(made(&head, "high"), above);
    assert_eq!(made(&head, "plain"), "done");
    assert_eq!(made(&root, "high"), "done");
}

#[test]
fn a_refusal_names_what_is_missing_and_is_recorded() {
    let world = World::new(POLICY);
    let (boss, clerk) = (world.person(&["BOSS"]), world.person(&["CLERK"]));
    let caller = &world.caller(&boss);
    let begun = impersonation::begin(&world.app, caller, &clerk, &world.context);
    let refused = match done(begun) {
        Err(Error::Denied(Denied::Admin(refused))) => refused,
        other => panic!("{other:?}"),
    };
    let (role, lacking) = ("CLERK".to_owned(), "`till:open`".to_owned());
    assert_eq!(refused, Refused::NotHeld { role, lacking });
    let rows = world.sql("SELECT action, status, user_id, fields FROM audit");
    assert_eq!(rows.len(), 1);
    let text = |name| rows[0].text(name).unwrap();
    assert_eq!(
        (
            text("action").as_str(),
            text("status").as_str(),
            text("user_id")
        ),
        ("admin.impersonate", "fail", clerk)
    );
    for part in ["\"role_not_held\"", "till:open", &boss] {
        assert!(text("fields").contains(part), "{part}: {}", text("fields"));
    }
}

/// Somebody else's key is shown to whoever makes or rotates it, who may then do with it what it is for,
/// wherever its owner may.
#[test]
fn a_key_of_somebody_else_reaches_nothing_that_its_maker_lacks() {
    let world = World::new(POLICY);
    let mixed = world.person(&["BOSS", "HEAD@state:ca"]);
    let (here, wide) = (world.person(&["CLERK@state:ca"]), world.person(&["CLERK"]));
    let lacks = "ApiKeys(NotHeld(\"till:open\"))";
    let made = |who: &str, whom: &str| word(world.key(who, whom, "till:open"));
    assert_eq!(made(&mixed, &wide), lacks, "held in ca alone");
    assert_eq!(made(&mixed, &world.person(&["CLERK@state:ny"])), lacks);
    assert_eq!(made(&mixed, &world.person(&["CLERK@team:t1"])), "done");
    let paper = world.key(&mixed, &wide, "paper:read");
    assert!(paper.is_ok(), "what the key isn't for doesn't matter");
    let key = world.key(&mixed, &here, "till:open").unwrap();
    let (app, context) = (&world.app, &world.context);
    let rotate = |who: &str, id: &str| {
        let caller = &world.caller(who);
        word(done(api_keys::rotate(app, caller, id, 0, context)))
    };
    let change = |who: &str, id: &str, scope: &str| {
        let change = KeyChange {
            scopes: Some(vec![scope.to_owned()]),
            ..KeyChange::default()
        };
        let caller = &world.caller(who);
        word(done(api_keys::change(
            app, caller, id, change, None, false, context,
        )))
    };
    assert_eq!(rotate(&mixed, &key), "done");
    let boss = world.person(&["BOSS"]);
    let root = world.person(&["ROOT", "CLERK"]);
    let of_root = world.key(&root, &wide, "till:open").unwrap();
    for who in [&mixed, &boss] {
        assert_eq!(rotate(who, &of_root), lacks);
        assert_eq!(change(who, &of_root, "till:open"), lacks);
    }
    assert_eq!(rotate(&root, &of_root), "done", "the policy says so");
    assert_eq!(rotate(&wide, &of_root), "done", "one's own");
    assert_eq!(change(&boss, &of_root, "paper:read"), "done");
    assert_eq!(rotate(&boss, &of_root), "done", "now it is for less");
}

/// A tier that a permission takes, and a rule for everybody about what is one's own.
#[test]
fn a_key_of_somebody_else_gives_its_maker_neither_a_tier_nor_what_is_its_owners() {
    let policy = POLICY.replace(
        "\"till:open\" = [\"HEAD\", \"CLERK\"]",
        "\"till:open\" = { roles = [\"BOSS\", \"HEAD\", \"CLERK\"], tier = \"high\" }",
    );
    let own = r#"
[resources.note]
actions = ["read"]
[resources.note.fields]
owner = "string"
[[rules]]
name = "own"
effect = "allow"
resource = "note"
actions = ["read"]
when = "record.owner == auth.id"
"#;
    let world = World::new(&format!("{policy}{own}"));
    let clerk = world.of_tier(&["CLERK"], "high");
    let (boss, high) = (world.person(&["BOSS"]), world.of_tier(&["BOSS"], "high"));
    let made = |who: &str, scope| word(world.key(who, &clerk, scope));
    assert_eq!(made(&boss, "till:open"), "ApiKeys(NotHeld(\"till:open\"))");
    assert_eq!(made(&high, "till:open"), "done");
    assert_eq!(made(&high, "note:read"), "ApiKeys(NotHeld(\"note:read\"))");
    assert_eq!(made(&world.person(&["ROOT"]), "note:read"), "done");
}
