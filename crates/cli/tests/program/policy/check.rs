//! `policy check`: mistakes with their place.

use serde_json::json;

use super::{CLINIC, Place, ends, refused, says, says_json, write};

/// The one warning or note about a policy, without the file's name.
#[track_caller]
fn finding(policy: &str) -> String {
    let findings = findings(policy);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings[0].clone()
}

#[track_caller]
fn findings(policy: &str) -> Vec<String> {
    let place = Place::new();
    let file = write(&place, "p.toml", policy);
    let out = says(&["check", "--notes", &file]);
    let lines: Vec<_> = out.lines().collect();
    let (summary, findings) = lines.split_last().unwrap();
    assert!(summary.starts_with(&format!("{file}: ok, ")), "{summary}");
    let mut found: Vec<_> = findings
        .iter()
        .map(|line| line.strip_prefix(&format!("{file}:")).unwrap().to_owned())
        .collect();
    found.retain(|line| !line.contains("[unused_field]"));
    found
}

#[test]
fn a_sound_policy_is_told_with_its_size_and_nothing_else() {
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    assert_eq!(
        says(&["check", &file, "field-ops"]),
        format!(
            "{file}: ok, 2 roles, 5 permissions, 2 tiers, 1 app, 1 resource, 2 rules\n\
             field-ops: ok, 4 roles, 10 permissions, 0 tiers, 0 apps\n"
        )
    );
}

#[test]
fn an_error_in_one_file_is_told_with_its_place_and_the_others_are_still_checked() {
    let place = Place::new();
    let bad = write(
        &place,
        "bad.toml",
        "name = \"p\"\n[permissions]\n\"a:b\" = [\"x\"]\n",
    );
    let (out, err) = ends(1, &["check", &bad, "naval-unit", "nowhere.toml"]);
    assert!(err.starts_with(&format!("portcullis: {bad}:3:")), "{err}");
    assert!(err.contains("`x`") && err.contains("nowhere.toml"), "{err}");
    assert!(out.starts_with("naval-unit: ok"), "{out}");
    let (out, err) = ends(1, &["check", "--json", &bad]);
    assert_eq!(err, "");
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    let error = &answer["files"][0]["error"];
    assert_eq!(answer["ok"], json!(false));
    assert_eq!(error["line"], json!(3));
    assert_eq!(error["code"], json!("policy_unknown_name"));
}

#[test]
fn a_condition_with_a_mistake_is_told_at_the_place_within_it() {
    let place = Place::new();
    let file = write(
        &place,
        "p.toml",
        &CLINIC.replace("record.locked ==", "record.loked =="),
    );
    let line = refused(&["check", &file]);
    let row = CLINIC
        .lines()
        .position(|line| line.contains("record.locked"))
        .unwrap()
        + 1;
    assert!(line.starts_with(&format!("{file}:{row}:16: ")), "{line}");
    assert!(
        line.contains("loked") && line.contains("`locked`"),
        "{line}"
    );
}

const ROLE: &str = "name = \"p\"\n[roles.A]\n[permissions]\n\"a:b\" = [\"A\"]\n";

#[test]
fn a_role_that_comes_to_nothing_or_to_nobody_is_warned_about() {
    assert_eq!(
        finding(&format!("{ROLE}[roles.B]\n")),
        "5:8: warning: the role `B` carries no permission, and no rule names it [idle_role]"
    );
    assert_eq!(
        finding(&format!("{ROLE}[roles.B]\ngrant_at = []\n")),
        "5:8: warning: the role `B` can be granted nowhere [ungrantable_role]"
    );
    // A role for others to inherit from is granted nowhere itself, and carries something.
    let base = "name = \"p\"\n[roles.BASE]\ngrant_at = []\n[roles.A]\ninherits = [\"BASE\"]\n\
                [permissions]\n\"a:b\" = [\"BASE\"]\n";
    assert_eq!(findings(base), [""; 0]);
}

#[test]
fn a_permission_that_nobody_can_come_to_have_is_warned_about() {
    assert_eq!(
        finding(&format!("{ROLE}\"a:c\" = []\n")),
        "5:1: warning: nobody can come to have `a:c`: no role that can be granted carries it, and no \
         rule allows it [nobody_may]"
    );
    let superuser = ROLE.replace("[roles.A]", "[roles.A]\nsuperuser_at = \"global\"");
    assert_eq!(findings(&format!("{superuser}\"a:c\" = []\n")), [""; 0]);
    let tenants = ROLE.replace(
        "[roles.A]",
        "scopes = [\"t\"]\ntenants = { level = \"t\" }\n[roles.A]",
    );
    assert_eq!(findings(&format!("{tenants}\"a:c\" = []\n")), [""; 0]);
}

#[test]
fn what_is_declared_and_never_used_is_told() {
    let text = CLINIC
        .replace("[context]\n", "[context]\nwhere = \"string\"\n")
        .replace("[auth]\n", "[auth]\nage = \"int\"\n")
        .replace("[apps]\n", "[[tiers]]\nname = \"gold\"\n\n[apps]\n");
    let found = findings(&text);
    let codes: Vec<_> = found
        .iter()
        .filter_map(|line| line.split_once(": "))
        .collect();
    assert_eq!(
        codes.iter().map(|(_, text)| *text).collect::<Vec<_>>(),
        [
            "warning: nothing requires the tier `gold` [unused_tier]",
            "warning: no condition and no default uses `auth.age` [unused_attribute]",
            "warning: no condition and no default uses `context.where` [unused_attribute]",
        ]
    );
    // Fields are columns, too: whether one is used by a rule is only a note.
    let place = Place::new();
    let file = write(&place, "p.toml", CLINIC);
    assert!(!says(&["check", &file]).contains("unused_field"));
    let notes = says(&["check", "--notes", &file]);
    assert!(
        notes.contains("note: no condition, scope or rule uses the field `id` of `record`"),
        "{notes}"
    );
}

const RULES: &str = "name = \"p\"\n[resources.r]\nactions = [\"read\", \"edit\"]\n\
    [resources.r.fields]\nid = \"string\"\nstate = \"string\"\nopen = \"bool\"\n";

/// What is said about the last of these rules; the others must raise nothing.
#[track_caller]
fn about_last_rule(rules: &[&str]) -> Option<String> {
    let mut text = RULES.to_owned();
    for (n, rule) in rules.iter().enumerate() {
        let rule = format!("[[rules]]\nname = \"r{n}\"\nresource = \"r\"\n{rule}\n");
        text.push_str(&rule);
    }
    let found = findings(&text);
    let unreachable: Vec<_> = found
        .iter()
        .filter(|one| one.contains("[unreachable"))
        .collect();
    assert!(unreachable.len() <= 1, "{found:#?}");
    let last = format!("the rule `r{}` can never decide: ", rules.len() - 1);
    unreachable.first().map(|line| {
        let (_, why) = line.split_once(&last).unwrap();
        why.strip_suffix(" [unreachable_rule]").unwrap().to_owned()
    })
}

#[test]
fn a_rule_whose_condition_is_never_true_is_unreachable() {
    let allow = |when: &str| about_last_rule(&[&format!("effect = \"allow\"\nwhen = {when}")]);
    let never = Some("its condition is never true".to_owned());
    assert_eq!(allow("'1 == 2'"), never);
    assert_eq!(allow("'record.open && !record.open'"), never);
    assert_eq!(
        allow("'record.state == \"a\" && record.state == \"b\"'"),
        never
    );
    assert_eq!(
        allow("'record.state == \"a\" || record.state == \"b\"'"),
        None
    );
    assert_eq!(allow("'record.open'"), None);
}

#[test]
fn a_rule_behind_one_that_always_decides_is_unreachable() {
    let deny = "effect = \"deny\"";
    let allow = "effect = \"allow\"";
    assert_eq!(
        about_last_rule(&[deny, "effect = \"allow\"\nwhen = 'record.open'"]),
        Some("`r0` always decides before it".to_owned())
    );
    assert_eq!(
        about_last_rule(&[allow, "effect = \"allow\"\nwhen = 'record.open'"]),
        Some("`r0` always decides before it".to_owned())
    );
    // A deny rule is asked before allow rules; one with a condition, for a role or for fewer actions
    // leaves something over.
    assert_eq!(
        about_last_rule(&[allow, "effect = \"deny\"\nwhen = 'record.open'"]),
        None
    );
    let half = "effect = \"deny\"\nactions = [\"read\"]";
    assert_eq!(about_last_rule(&[half, allow]), None);
    let other_half = "effect = \"deny\"\nactions = [\"edit\"]";
    assert_eq!(
        about_last_rule(&[half, other_half, allow]),
        Some("`r0` and `r1` always decides before it".replace("decides", "decide"))
    );
    let fields = "effect = \"deny\"\nfields = [\"id\"]";
    assert_eq!(about_last_rule(&[fields, allow]), None);
}

#[test]
fn a_rule_for_roles_that_nobody_can_have_is_unreachable() {
    let text = format!(
        "{RULES}[roles.A]\ngrant_at = []\n[[rules]]\nname = \"a\"\nresource = \"r\"\neffect = \
         \"allow\"\nroles = [\"A\"]\n"
    );
    let found = findings(&text).join("\n");
    assert!(
        found.contains("the rule `a` can never decide: its roles can be granted nowhere"),
        "{found}"
    );
}

/// What is said about an allow rule with this condition.
fn about_nulls(when: &str) -> Vec<String> {
    let text = format!(
        "name = \"p\"\n[auth]\norg = \"string\"\nadmin = \"bool\"\n[resources.r.fields]\norg = \"string\"\n\
         owner = \"string\"\n[[rules]]\nname = \"r\"\nresource = \"r\"\neffect = \"allow\"\nwhen = \"{when}\"\n"
    );
    let mut found = findings(&text);
    found.retain(|line| !line.contains("[unused_attribute]"));
    found
}

#[test]
fn an_allow_rule_that_holds_because_two_values_are_null_is_warned_about() {
    assert_eq!(
        about_nulls("record.org == auth.org"),
        [
            "12:9: warning: `record.org == auth.org` is true when both are null, and the rule `r` allows \
          then; write `has(auth.org) && …` [null_equals_null]"
        ]
    );
    for trap in [
        "auth.org == record.org || auth.admin",
        "record.org == auth.org && auth.admin",
        "has(record.owner) && record.org == auth.org",
        "has(auth.org) || record.org == auth.org",
    ] {
        assert_eq!(about_nulls(trap).len(), 1, "{trap}");
    }
    for safe in [
        "record.owner == auth.id",
        "has(auth.org) && record.org == auth.org",
        "record.org == auth.org && record.org != null",
        "record.org == auth.org && record.org == 'x'",
        "record.org == auth.org && auth.org >= ''",
        "auth.admin || (has(auth.org) && record.org == auth.org)",
        "record.org == record.owner",
        "record.org != auth.org",
    ] {
        assert_eq!(about_nulls(safe), [""; 0], "{safe}");
    }
}

/// Roles of a policy in which `low` has `a:low`, `high` has both permissions, and `low` manages
/// as given.
fn ranks(low: &str, high: &str) -> String {
    format!(
        "name = \"p\"\n[roles.low]\n{low}\n[roles.high]\n{high}\n[permissions]\n\"a:low\" = [\"low\", \
         \"high\"]\n\"a:high\" = [\"high\"]\n"
    )
}

#[test]
fn a_holder_who_can_give_itself_more_is_an_escalation() {
    assert_eq!(
        finding(&ranks("level = 1\nmanages = \"any\"", "level = 2")),
        "2:8: warning: a holder of `low` can give itself `high`, which has `a:high` that `low` lacks \
         [escalation]"
    );
    // Over its own level alone `equal` gives nothing; at the same level it does.
    assert_eq!(
        findings(&ranks("level = 1\nmanages = \"equal\"", "level = 2")),
        [""; 0]
    );
    assert!(
        finding(&ranks("level = 2\nmanages = \"equal\"", "level = 2"))
            .contains("can give itself `high`")
    );
    // Those who manage only what is below them can't change themselves.
    assert_eq!(findings(&ranks("level = 1", "level = 2")), [""; 0]);
    assert_eq!(
        findings(&ranks("level = 1\nmanages = \"none\"", "level = 2")),
        [""; 0]
    );
    // Somebody who has everything gains nothing.
    assert_eq!(
        findings(&ranks("level = 1", "level = 2\nmanages = \"any\"")),
        [""; 0]
    );
}

#[test]
fn an_escalation_is_followed_over_several_roles_to_a_superuser() {
    let text = "name = \"p\"\nscopes = [\"team\"]\n[roles.clerk]\nlevel = 1\nmanages = \"equal\"\n\
                [roles.deputy]\nlevel = 1\nmanages = \"any\"\n[roles.owner]\nlevel = 9\nmanages = \
                \"none\"\nsuperuser_at = \"global\"\n[permissions]\n\"a:b\" = [\"clerk\", \"deputy\"]\n\"a:c\" = []\n";
    let found = findings(text);
    assert_eq!(
        found,
        [
            "3:8: warning: a holder of `clerk` can give itself `deputy`, then `owner`, which may do \
             everything from the level `global` down [escalation]",
            "6:8: warning: a holder of `deputy` can give itself `owner`, which may do everything from \
             the level `global` down [escalation]",
        ]
    );
    // One who can be granted in a team alone reaches the teams alone, and there the superuser of
    // everything begins at `global`, which a team's grant isn't.
    let in_team = text.replace(
        "manages = \"any\"",
        "manages = \"any\"\ngrant_at = [\"team\"]",
    );
    let in_team = in_team.replace("manages = \"equal\"", "manages = \"none\"");
    assert_eq!(findings(&in_team), [""; 0]);
}

#[test]
fn giving_others_what_one_lacks_is_a_note_alone() {
    let policy = ranks("level = 1", "level = 0\nmanages = \"none\"")
        .replace("[\"low\", \"high\"]", "[\"low\"]");
    assert_eq!(
        finding(&policy),
        "2:8: note: a holder of `low` can give others `high`, which has `a:high` that `low` lacks \
         [confers_more]"
    );
}

#[test]
fn denied_warnings_end_with_code_2_and_those_that_are_not_do_not() {
    let place = Place::new();
    let file = write(&place, "p.toml", &format!("{ROLE}[roles.B]\n"));
    says(&["check", &file]);
    for deny in ["warnings", "idle_role"] {
        let (out, err) = ends(2, &["check", "--deny", deny, &file]);
        assert!(out.contains("[idle_role]") && err.is_empty(), "{out}{err}");
    }
    says(&["check", "--deny", "escalation", &file]);
    says(&["check", "--deny", "warnings", "--allow", "idle_role", &file]);
    // A note isn't a warning, but can be denied by its name.
    let clinic = write(&place, "clinic.toml", CLINIC);
    says(&["check", "--deny", "warnings", "--notes", &clinic]);
    ends(2, &["check", "--deny", "unused_field", &clinic]);
    let line = refused(&["check", "--deny", "idle_rule", &file]);
    assert!(
        line.starts_with("there is no warning `idle_rule`; there are: escalation, "),
        "{line}"
    );
}

#[test]
fn machines_get_findings_with_code_and_place() {
    let place = Place::new();
    let file = write(&place, "p.toml", &format!("{ROLE}[roles.B]\n"));
    let answer = says_json(&["check", "--json", &file]);
    assert_eq!(answer["ok"], json!(true));
    assert_eq!(
        answer["files"][0]["findings"],
        json!([{
            "code": "idle_role",
            "severity": "warning",
            "message": "the role `B` carries no permission, and no rule names it",
            "path": "roles.B",
            "line": 5,
            "column": 8,
        }])
    );
}

#[test]
fn every_warning_is_explained_in_the_help() {
    let help = says(&["check", "--help"]);
    let line = refused(&["check", "--deny", "x", "field-ops"]);
    let (_, codes) = line.split_once("there are: ").unwrap();
    for code in codes.split(", ") {
        assert!(help.contains(&format!("  {code} ")), "{code}");
    }
}
