//! The part of a policy that one principal needs decides everything about it as the whole does.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use serde_json::{Map, Value, json};

use portcullis_core::decide::{Directory, Grant, Principal, Request, Subject, check};
use portcullis_core::policy::{Document, Policy, toml};
use portcullis_core::time::UnixSecs;

use crate::policies::{Choices, PERMISSIONS, TIERS, sound};

const NAVAL_UNIT: &str = include_str!("../../../../policies/naval-unit.toml");
const NOW: UnixSecs = UnixSecs::new(1_800_000_000);
const SCOPES: [&str; 5] = ["", "region:n", "region:s", "region:n/ward:w", "ward:v"];

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn grants(choices: &mut Choices<'_>) -> Vec<Grant> {
    let grants = (0..choices.below(3)).map(|_| {
        let role = choices.one(&["R0", "R1", "R2", "R3", "R4", "GHOST"]);
        Grant::parse(&format!("{role}@{}", choices.one(&SCOPES)))
    });
    grants.collect()
}

fn principal(choices: &mut Choices<'_>) -> Principal {
    Principal {
        id: "u1".into(),
        grants: grants(choices),
        tier: match choices.below(4) {
            0 => None,
            1 => Some("gone".into()),
            _ => Some(choices.one(&TIERS).into()),
        },
        expires_secs: (choices.below(8) == 7).then_some(1),
        attributes: object(&json!({"age": choices.below(40), "teams": ["u2"]})),
        tenants: match choices.below(3) {
            0 => Vec::new(),
            owner => {
                let membership = json!([{"id": "n", "owner": owner == 1,
                    "roles": [{"name": "made", "permissions": ["doc:read", "a:x"]}]}]);
                serde_json::from_value(membership).unwrap()
            }
        },
    }
}

fn request(choices: &mut Choices<'_>) -> Request {
    let mut request = Request::default();
    match choices.below(12) {
        10 => request.app = Some("mail".into()),
        11 => request.tier = Some(choices.one(&TIERS).into()),
        _ => request.permission = Some(choices.one(&PERMISSIONS).into()),
    }
    if request.permission.is_none() {
        return request;
    }
    match choices.below(3) {
        0 => {
            let owner = choices.one(&["u1", "u2"]);
            let ward = [json!("w"), Value::Null][choices.below(2)].clone();
            request.record = Some(object(
                &json!({"owner": owner, "open": true, "size": 4, "ward_id": ward}),
            ));
            if choices.below(2) == 1 {
                request.fields = Some(choices.some(&["owner", "open", "size"]));
            }
        }
        1 => request.scope = Some(Grant::parse(&format!("R@{}", choices.one(&SCOPES))).scope),
        _ => request.tenant = Some(choices.one(&["n", "s"]).into()),
    }
    if choices.below(2) == 1 {
        request.context = Some(object(&json!({"reason": "audit"})));
    }
    if choices.below(2) == 1 {
        request.target = Some(serde_json::from_value(json!({"grants": grants(choices)})).unwrap());
    }
    request
}

proptest! {
    #[test]
    fn every_verdict_is_the_same(policy in vec(any::<u8>(), 200), asked in vec(any::<u8>(), 400)) {
        let mut choices = Choices(&asked);
        let whole = sound(&mut Choices(&policy));
        let principal = principal(&mut choices);
        let reduced = whole.reduced_to(&principal);
        prop_assert_eq!(&Document::parse_json(&reduced.to_json()).unwrap(), &reduced);
        let [whole, reduced] = [whole, reduced].map(|document| Policy::compile(document).unwrap());
        let verdicts = |policy: &Policy, request: &Request| {
            let subject = Subject::compile(policy, &principal);
            check(policy, &subject, request, &Directory::open(), NOW).code
        };
        for _ in 0..20 {
            let request = request(&mut choices);
            prop_assert_eq!(verdicts(&whole, &request), verdicts(&reduced, &request), "{:?}", request);
        }
    }
}

#[test]
fn only_roles_that_the_principal_has_stay_whole() {
    let text = "name = \"p\"\n[roles]\nA = { label = \"a\", level = 1, inherits = [\"B\"] }\n\
                B = { label = \"b\" }\n\
                C = { label = \"c\", level = 3, inherits = [\"A\"], manages = \"any\", grant_at = [\"global\"] }\n\
                [permissions]\n\"x:y\" = [\"C\", \"B\"]\n";
    let document = toml::parse_document(text).unwrap();
    let principal = Principal {
        grants: vec![Grant::parse("A")],
        ..Principal::default()
    };
    let reduced = document.reduced_to(&principal);
    assert_eq!(
        reduced.to_json(),
        r#"{"format":"portcullis-policy/1","name":"p","roles":[{"name":"A","label":"a","level":1,"inherits":["B"]},{"name":"B","label":"b","level":0},{"name":"C","label":"c","level":3,"grant_at":["global"]}],"permissions":[{"name":"x:y","roles":["B"]}],"reduced":true}"#
    );
    assert_eq!(reduced.reduced_to(&principal), reduced);
}

#[test]
fn a_policy_of_which_the_principal_has_every_role_is_not_reduced() {
    let document = toml::parse_document("name = \"p\"\n[roles.A]\n").unwrap();
    let principal = Principal {
        grants: vec![Grant::parse("A")],
        ..Principal::default()
    };
    assert_eq!(
        document.reduced_to(&principal),
        document.without_positions()
    );
}

#[test]
fn what_a_quartermaster_needs_of_the_naval_policy_is_under_two_kilobytes() {
    let document = toml::parse_document(NAVAL_UNIT).unwrap();
    let principal = Principal {
        grants: vec![Grant::parse("quartermaster")],
        ..Principal::default()
    };
    let bytes = document.reduced_to(&principal).to_json().len();
    assert!(bytes < 2_048, "{bytes}");
}
