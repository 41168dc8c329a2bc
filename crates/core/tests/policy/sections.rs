//! What each section means.

use portcullis_core::condition::{Datum, Place, Scalar, Term, Test, Truth, Type};
use portcullis_core::policy::{Document, Effect, Manages, Policy, Position};

use crate::parsed;

fn names<'p>(policy: &'p Policy, roles: &[u16]) -> Vec<&'p str> {
    let roles = roles.iter().map(|id| policy.role(*id).unwrap());
    roles.map(|role| role.name.as_str()).collect()
}

const CLINIC: &str = r#"
scopes = ["region", "ward"]
default_tier = "public"
[roles.NURSE]
[roles.CHIEF]
inherits = ["NURSE"]
[roles.DIRECTOR]
inherits = ["CHIEF"]
[permissions]
"record:export" = { roles = ["CHIEF"], tier = "beta" }
"record:read" = ["NURSE"]
[[tiers]]
name = "public"
[[tiers]]
name = "beta"
[tenants]
level = "region"
owner = ["record:update", "record:read"]
[auth]
clearance = "int"
teams = "list<string>"
[context]
reason = "string"
[resources.record]
label = "Patient record"
table = "records"
scope = { ward = "ward_id", region = "region_id" }
[resources.record.fields]
id = "string"
owner_id = { type = "string", default = "auth.id" }
team = { type = "string", default = "'none'" }
ward_id = "string"
region_id = "string"
locked = "bool"
[resources.note]
actions = ["read", "pin"]
[[rules]]
name = "own"
effect = "allow"
resource = "record"
actions = ["read", "update"]
when = "record.owner_id == auth.id"
fields = ["team", "id"]
roles = ["CHIEF"]
tier = "beta"
message = "Only its owner."
[[rules]]
name = "locked"
effect = "deny"
resource = "record"
"#;

#[test]
fn permissions_are_those_listed_then_those_of_resources_in_the_order_of_the_file() {
    let policy = parsed(CLINIC);
    let all: Vec<_> = policy
        .permissions()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(
        all,
        [
            "record:export",
            "record:read",
            "record:create",
            "record:update",
            "record:delete",
            "note:read",
            "note:pin"
        ]
    );
    let update = policy
        .permission(policy.permission_id("record:update").unwrap())
        .unwrap();
    assert!(update.roles.is_empty() && update.tier.is_none());
    assert_eq!(update.label, "record:update");
    assert_eq!(update.resource, policy.resource_id("record"));
    let export = policy.permission(0).unwrap();
    assert_eq!(
        export.resource,
        policy.resource_id("record"),
        "not an action, but its noun"
    );
}

#[test]
fn a_role_may_inherit_through_others_and_lists_only_what_it_inherits_itself() {
    let policy = parsed(CLINIC);
    let director = policy.role(policy.role_id("DIRECTOR").unwrap()).unwrap();
    assert_eq!(names(&policy, &director.inherits), ["CHIEF"]);
}

#[test]
fn whom_a_role_manages_is_below_unless_it_says_otherwise() {
    let policy = parsed(
        "[roles]\nA = {}\nB = { manages = \"none\" }\nC = { manages = \"below\" }\n\
         D = { manages = \"equal\" }\nE = { manages = \"any\" }\n",
    );
    let manages: Vec<_> = policy.roles().iter().map(|role| role.manages).collect();
    assert_eq!(
        manages,
        [
            Manages::Below,
            Manages::None,
            Manages::Below,
            Manages::Equal,
            Manages::Any
        ]
    );
}

#[test]
fn tenants_are_the_scopes_of_a_level() {
    assert_eq!(parsed(CLINIC).tenants().unwrap().depth, 1);
    assert!(parsed("").tenants().is_none());
}

#[test]
fn attributes_have_their_numbers_and_types_in_the_order_of_the_file() {
    let policy = parsed(CLINIC);
    let auth: Vec<_> = policy
        .auth()
        .iter()
        .map(|one| (one.name.as_str(), one.kind))
        .collect();
    assert_eq!(
        auth,
        [
            ("clearance", Type::One(Scalar::Int)),
            ("teams", Type::List(Scalar::Text))
        ]
    );
    assert_eq!(policy.context()[0].name, "reason");
    assert_eq!(
        policy.context()[0].at,
        Some(Position {
            line: 24,
            column: 1
        })
    );
}

#[test]
fn a_resource_maps_levels_to_fields_widest_first() {
    let policy = parsed(CLINIC);
    let record = policy.resource(0).unwrap();
    assert_eq!(
        record.scope,
        [
            (1, record.field_id("region_id").unwrap()),
            (2, record.field_id("ward_id").unwrap())
        ]
    );
    assert_eq!(
        (record.label.as_str(), record.table.as_str()),
        ("Patient record", "records")
    );
    let note = policy.resource(1).unwrap();
    assert_eq!((note.label.as_str(), note.table.as_str()), ("note", "note"));
    assert_eq!(note.permission("pin"), policy.permission_id("note:pin"));
    assert_eq!(note.permission("delete"), None);
}

#[test]
fn defaults_are_literals_or_paths_of_the_principal() {
    let policy = parsed(CLINIC);
    let field = |name| {
        let record = policy.resource(0).unwrap();
        record
            .field(record.field_id(name).unwrap())
            .unwrap()
            .default
            .clone()
    };
    assert_eq!(field("id"), None);
    assert_eq!(field("owner_id"), Some(Term::Place(Place::AuthId)));
    assert_eq!(
        field("team"),
        Some(Term::Constant(Datum::Text("none".into())))
    );
}

#[test]
fn a_rule_names_what_it_is_about_and_without_that_is_about_everything() {
    let policy = parsed(CLINIC);
    let (own, locked) = (policy.rule(0).unwrap(), policy.rule(1).unwrap());
    assert_eq!((own.effect, locked.effect), (Effect::Allow, Effect::Deny));
    let ids = ["record:read", "record:update"].map(|name| policy.permission_id(name).unwrap());
    assert_eq!(own.permissions, ids);
    assert_eq!(locked.permissions, policy.resource(0).unwrap().permissions);
    assert_eq!(own.fields, Some(vec![2, 0]));
    assert_eq!(locked.fields, None);
    assert_eq!(names(&policy, own.roles.as_ref().unwrap()), ["CHIEF"]);
    assert_eq!(locked.roles, None);
    assert_eq!((own.tier, locked.tier), (Some(1), None));
    assert_eq!(own.message, "Only its owner.");
    assert_eq!(own.when_text, "record.owner_id == auth.id");
    assert!(matches!(own.when, Test::Compare(..)));
    assert_eq!(
        (locked.when_text.as_str(), &locked.when),
        ("", &Test::Constant(Truth::True))
    );
}

#[test]
fn permissions_know_the_rules_about_them_in_the_order_of_the_file() {
    let policy = parsed(CLINIC);
    let rules = |name| {
        let permission = policy
            .permission(policy.permission_id(name).unwrap())
            .unwrap();
        (
            permission.allow_rules.clone(),
            permission.deny_rules.clone(),
        )
    };
    assert_eq!(rules("record:read"), (vec![0], vec![1]));
    assert_eq!(rules("record:delete"), (vec![], vec![1]));
    assert_eq!(rules("record:export"), (vec![], vec![]), "not an action");
    assert_eq!(rules("note:read"), (vec![], vec![]));
}

#[test]
fn the_new_members_do_not_change_the_digest_of_policies_without_them() {
    let policy =
        parsed("version = \"1\"\n[roles.A]\nlevel = 1\n[permissions]\n\"a:b\" = [\"A\"]\n");
    let json = policy.document().clone().without_positions().to_json();
    assert_eq!(
        json,
        r#"{"format":"portcullis-policy/1","name":"p","version":"1","roles":[{"name":"A","level":1}],"permissions":[{"name":"a:b","roles":["A"]}]}"#
    );
}

#[test]
fn every_section_survives_json() {
    let policy = parsed(CLINIC);
    let document = policy.document();
    assert_eq!(
        &Document::parse_json(&document.to_json()).unwrap(),
        document
    );
    let again = Policy::parse_json(&document.clone().without_positions().to_json()).unwrap();
    assert_eq!(again.digest(), policy.digest());
}

#[test]
fn places_in_any_section_do_not_change_the_digest() {
    let bare = Policy::compile(parsed(CLINIC).document().clone().without_positions()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&bare.document().to_json()).unwrap();
    let at = serde_json::json!({"line": 1, "column": 1});
    for place in [
        "/scopes/0/at",
        "/roles/0/at",
        "/permissions/0/at",
        "/tiers/0/at",
        "/tenants/at",
        "/auth/0/at",
        "/context/0/at",
        "/resources/0/at",
        "/resources/0/fields/0/at",
        "/rules/0/at",
        "/rules/0/when_at",
    ] {
        let (part, member) = place.rsplit_once('/').unwrap();
        let mut placed = json.clone();
        placed.pointer_mut(part).unwrap()[member] = at.clone();
        let placed = Policy::parse_json(&placed.to_string()).unwrap();
        assert_ne!(placed.document(), bare.document(), "{place}");
        assert_eq!(placed.digest(), bare.digest(), "{place}");
    }
}
