//! Small policies, principals and requests by chance.

use std::fmt::Write as _;

use crate::*;

/// Numbers by chance; the same seed gives the same ones.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap();
        from[index]
    }

    /// Some of them, in their order, as a list of texts.
    fn some(&mut self, from: &[&str], many: u64) -> String {
        let chosen: Vec<_> = from.iter().filter(|_| self.one_in(many)).collect();
        format!("{chosen:?}")
    }
}

const ROLES: [&str; 3] = ["R0", "R1", "R2"];
const CONDITIONS: [&str; 7] = [
    "record.x == auth.id",
    "record.z",
    "auth.n > 1",
    "record.y < 3 && !record.z",
    "has(record.x) || auth.n == 2",
    "request.k == 'v'",
    "!(record.x == auth.id && record.z)",
];

/// A policy; without rules that deny when `allows_only`.
pub(crate) fn policy(dice: &mut Dice, allows_only: bool) -> Policy {
    let mut text = String::from(
        "name = \"random\"\nscopes = [\"a\", \"b\"]\ndefault_tier = \"t0\"\n\
         [[tiers]]\nname = \"t0\"\n[[tiers]]\nname = \"t1\"\n[[tiers]]\nname = \"t2\"\n",
    );
    for (n, role) in ROLES.iter().enumerate() {
        let manages = dice.pick(&["none", "below", "equal", "any"]);
        let level = dice.below(3);
        let _ = write!(
            text,
            "[roles.{role}]\nlevel = {level}\nmanages = \"{manages}\"\n"
        );
        let _ = writeln!(text, "inherits = {}", dice.some(&ROLES[..n], 3));
        if dice.one_in(3) {
            let _ = writeln!(
                text,
                "grant_at = [\"{}\"]",
                dice.pick(&["a", "b", "global"])
            );
        }
        if dice.one_in(5) {
            let _ = writeln!(
                text,
                "superuser_at = \"{}\"",
                dice.pick(&["a", "b", "global"])
            );
        }
    }
    text.push_str("[permissions]\n");
    for name in ["doc:read", "job:run"] {
        let tier = if dice.one_in(3) {
            ", tier = \"t1\""
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "\"{name}\" = {{ roles = {}{tier} }}",
            dice.some(&ROLES, 3)
        );
    }
    text.push_str("[apps]\nlab = \"t1\"\n");
    if dice.one_in(2) {
        let all = ["doc:read", "doc:edit", "job:run"];
        let (owner, member) = (dice.some(&all, 3), dice.some(&all, 4));
        let _ = write!(
            text,
            "[tenants]\nlevel = \"a\"\nowner = {owner}\nmember = {member}\n"
        );
    }
    text.push_str("[auth]\nn = \"int\"\n[context]\nk = \"string\"\n[resources.doc]\n");
    text.push_str("actions = [\"read\", \"edit\"]\n");
    if dice.one_in(2) {
        text.push_str("scope = { a = \"a_id\", b = \"b_id\" }\n");
    }
    text.push_str("[resources.doc.fields]\nx = \"string\"\ny = \"int\"\nz = \"bool\"\n");
    text.push_str("a_id = \"string\"\nb_id = \"string\"\n");
    for n in 0..dice.below(4) {
        rule(dice, &mut text, n, allows_only);
    }
    toml::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn rule(dice: &mut Dice, text: &mut String, n: u64, allows_only: bool) {
    let denies = !allows_only && dice.one_in(2);
    let effect = if denies { "deny" } else { "allow" };
    let _ = write!(
        text,
        "[[rules]]\nname = \"r{n}\"\neffect = \"{effect}\"\nresource = \"doc\"\n"
    );
    if !dice.one_in(4) {
        let _ = writeln!(text, "when = \"{}\"", dice.pick(&CONDITIONS));
    }
    if dice.one_in(2) {
        let _ = writeln!(text, "actions = [\"{}\"]", dice.pick(&["read", "edit"]));
    }
    if dice.one_in(3) {
        let _ = writeln!(text, "roles = [\"{}\"]", dice.pick(&ROLES));
    }
    if dice.one_in(4) {
        let _ = writeln!(text, "tier = \"{}\"", dice.pick(&["t0", "t1", "t2"]));
    }
    if dice.one_in(3) {
        let _ = writeln!(text, "fields = [\"{}\"]", dice.pick(&["x", "y"]));
    }
}

const PLACES: [&str; 8] = [
    "", "a:1", "a:2", "a:1/b:1", "a:2/b:1", "b:1", "b:2", "a:1/b:2",
];

fn grant(dice: &mut Dice) -> String {
    let (role, place) = (dice.pick(&ROLES), dice.pick(&PLACES));
    let separator = if place.is_empty() { "" } else { "@" };
    format!("{role}{separator}{place}")
}

pub(crate) fn somebody(dice: &mut Dice) -> Principal {
    let grants: Vec<String> = (0..dice.below(3)).map(|_| grant(dice)).collect();
    let mut who = serde_json::json!({"id": dice.pick(&["u", "v"]), "grants": grants});
    if dice.one_in(2) {
        who["tier"] = dice.pick(&["t0", "t1", "t2", "tx"]).into();
    }
    if dice.one_in(6) {
        who["expiresSecs"] = 5.into();
    }
    if dice.one_in(2) {
        who["attributes"] = serde_json::json!({"n": dice.below(4)});
    }
    if dice.one_in(3) {
        let held = dice.pick(&["doc:read", "doc:edit", "job:run"]);
        let roles = serde_json::json!([{"name": "made", "permissions": [held]}]);
        let tenant = serde_json::json!({"id": dice.pick(&["1", "2"]), "owner": dice.one_in(2)});
        who["tenants"] = serde_json::json!([tenant]);
        if dice.one_in(2) {
            who["tenants"][0]["roles"] = roles;
        }
    }
    serde_json::from_value(who).unwrap()
}

/// A request for a permission; `with_target` says whether it may be about an account.
pub(crate) fn something(dice: &mut Dice, policy: &Policy, with_target: bool) -> Request {
    let name = dice.pick(&["doc:read", "doc:edit", "job:run"]);
    let mut what = serde_json::json!({"permission": name});
    let is_doc = name != "job:run";
    let is_mapped = policy.resources().iter().any(|one| !one.scope.is_empty());
    let has_record = is_doc && dice.one_in(2);
    if has_record {
        let mut record = serde_json::json!({});
        let x = dice.pick(&["u", "w"]);
        let fields: [(&str, serde_json::Value); 5] = [
            ("x", x.into()),
            ("y", dice.below(5).into()),
            ("z", dice.one_in(2).into()),
            ("a_id", dice.pick(&["1", "2"]).into()),
            ("b_id", dice.pick(&["1", "2"]).into()),
        ];
        for (field, value) in fields {
            if !dice.one_in(4) {
                record[field] = value;
            }
        }
        what["record"] = record;
    }
    if !(has_record && is_mapped) && dice.one_in(2) {
        what["scope"] = dice.pick(&PLACES).into();
    }
    if is_doc && dice.one_in(3) {
        what["fields"] = serde_json::json!([dice.pick(&["x", "y", "z"]), "y"]);
    }
    if dice.one_in(3) {
        what["context"] = serde_json::json!({"k": dice.pick(&["v", "w"])});
    }
    if with_target && dice.one_in(4) {
        let grants: Vec<String> = (0..=dice.below(2)).map(|_| grant(dice)).collect();
        what["target"] = serde_json::json!({"grants": grants});
    }
    serde_json::from_value(what).unwrap()
}
