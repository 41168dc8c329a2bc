//! `policy diff`: who gains and who loses.

use serde_json::json;

use super::{CLINIC, Place, ends, says, says_json, write};

/// The differences that a change of the clinic's policy makes.
#[track_caller]
fn diff(changes: &[(&str, &str)]) -> String {
    let place = Place::new();
    let mut text = CLINIC.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let (old, new) = (
        write(&place, "old.toml", CLINIC),
        write(&place, "new.toml", &text),
    );
    says(&["diff", &old, &new])
}

#[test]
fn layout_and_comments_are_no_difference() {
    assert_eq!(
        diff(&[(
            "name = \"clinic\"\nversion = \"1.0.0\"",
            "# ours\nversion = '1.0.0'\nname = 'clinic'"
        )]),
        "the policies say the same\n"
    );
    assert_eq!(
        diff(&[("label = \"Nurse\"", "label = \"Sister\"")]),
        "nobody gains or loses anything; labels, names or order differ\n"
    );
}

#[test]
fn a_permission_given_to_another_role_is_a_gain_and_a_loss_inheritance_included() {
    // The director inherits what a nurse has, and loses nothing.
    assert_eq!(
        diff(&[(
            "\"record:read\" = [\"NURSE\"]",
            "\"record:read\" = [\"DIRECTOR\"]"
        )]),
        "role NURSE\n  - loses record:read\n"
    );
    assert_eq!(
        diff(&[("inherits = [\"NURSE\"]\n", "")]),
        "role DIRECTOR\n  ~ inherits: NURSE → none\n  - loses record:read (granted at global: in global; \
         granted at ward: in ward)\n"
    );
}

#[test]
fn a_superuser_of_another_level_gains_or_loses_where_the_level_makes_the_difference() {
    let text = diff(&[("superuser_at = \"region\"", "superuser_at = \"ward\"")]);
    assert!(
        text.starts_with("role DIRECTOR\n  ~ superuser at: region → ward\n"),
        "{text}"
    );
    for line in [
        "  + gains record:delete (granted at ward: in ward)",
        "  - loses record:delete (granted at global: in region; granted at region: in region)",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    // What it has by its own line it keeps.
    assert!(!text.contains("record:export"), "{text}");
}

#[test]
fn roles_that_come_and_go_take_their_permissions_along() {
    assert_eq!(
        diff(&[(
            "[permissions]\n",
            "[roles.AUDITOR]\n\n[permissions]\n\"log:read\" = [\"AUDITOR\"]\n"
        )]),
        "role DIRECTOR\n  + gains log:read (granted at global: in region, ward; granted at region: in \
         region, ward)\nrole AUDITOR\n  + added\n  + gains log:read\npermissions\n  + added: log:read\n"
    );
}

#[test]
fn tenants_tiers_apps_and_attributes_are_compared() {
    assert_eq!(
        diff(&[
            (
                "owner = [\"record:read\"]",
                "owner = [\"record:export\"]\nmember = [\"record:read\"]"
            ),
            ("tier = \"beta\"", "tier = \"public\""),
            (
                "calendar = \"public\"",
                "calendar = \"beta\"\nmail = \"beta\""
            ),
            ("default_tier = \"public\"", "default_tier = \"beta\""),
            ("clearance = \"int\"", "clearance = \"int\"\nage = \"int\""),
        ]),
        "tenant owner\n  + gains record:export\n  - loses record:read\n\
         tenant member\n  + gains record:read\n\
         permission record:export\n  ~ tier: beta → public\n\
         tiers\n  ~ default: public → beta\n\
         apps\n  + added: mail\n\
         app calendar\n  ~ tier: public → beta\n\
         attributes\n  + added: auth.age: int\n"
    );
}

#[test]
fn rules_are_compared_by_name() {
    let changed = diff(&[("record.locked == true &&", "record.locked  ==  true ||")]);
    assert_eq!(
        changed,
        "rule locked\n  ~ when: record.locked == true && request.reason == null → record.locked == true \
         || request.reason == null\n"
    );
    let renamed = diff(&[("name = \"locked\"", "name = \"sealed\"")]);
    assert_eq!(
        renamed,
        "rule sealed\n  + added: deny update, delete of record to everyone when record.locked == true && \
         request.reason == null\nrule locked\n  - removed: deny update, delete of record to everyone when \
         record.locked == true && request.reason == null\n"
    );
    let fields = diff(&[(
        "fields = [\"title\"]\nroles = [\"NURSE\"]",
        "roles = [\"DIRECTOR\"]",
    )]);
    assert_eq!(
        fields,
        "rule own-records\n  ~ fields: title → all\n  ~ roles: NURSE → DIRECTOR\n"
    );
}

#[test]
fn the_exit_code_tells_a_difference_only_when_asked() {
    let place = Place::new();
    let old = write(&place, "old.toml", CLINIC);
    let new = write(
        &place,
        "new.toml",
        &CLINIC.replace("owner = [\"record:read\"]", "owner = []"),
    );
    says(&["diff", &old, &new]);
    ends(1, &["diff", "--exit-code", &old, &new]);
    ends(0, &["diff", "--exit-code", &old, &old]);
}

#[test]
fn machines_get_the_same_and_the_json_form_can_be_compared_too() {
    let place = Place::new();
    let old = write(&place, "old.toml", CLINIC);
    let new = write(
        &place,
        "new.toml",
        &CLINIC.replace("calendar = \"public\"", "calendar = \"beta\""),
    );
    assert_eq!(
        says_json(&["diff", "--json", &old, &new]),
        json!({
            "same": false,
            "changes": [{
                "subject": "app calendar",
                "effect": "changed",
                "what": "tier",
                "old": "public",
                "new": "beta",
            }],
        })
    );
    let document = write(&place, "old.json", &says(&["json", &old]));
    assert_eq!(
        says_json(&["diff", "--json", &old, &document]),
        json!({"same": true, "changes": []})
    );
}
