use alloc::vec::Vec;

use super::*;

#[track_caller]
fn refused(text: &str, code: &str, message: &str) {
    let error = parse(text).unwrap_err();
    assert_eq!(error.kind.code(), code);
    assert_eq!(error.to_string(), message);
}

#[test]
fn clauses_keep_the_order_and_the_places_of_the_file() {
    let policy = parse("name = \"p\"\n[roles.Z]\n[roles.A]\nlevel = 2\n").unwrap();
    let places: Vec<_> = policy
        .roles()
        .iter()
        .map(|role| (role.name.as_str(), role.at.map(|at| (at.line, at.column))))
        .collect();
    assert_eq!(places, [("Z", Some((2, 8))), ("A", Some((3, 8)))]);
}

#[test]
fn a_misspelt_key_is_refused_with_the_nearest_known_one() {
    refused(
        "name = \"p\"\n[roles.A]\nsuperuser_att = \"global\"\n",
        "policy_unknown_key",
        "3:1: unknown key `roles.A.superuser_att`; expected `label`, `level`, `manages`, `grant_at`, \
         `inherits` or `superuser_at`; did you mean `superuser_at`?",
    );
}

#[test]
fn an_unknown_role_is_refused_with_the_place_of_the_permission() {
    refused(
        "name = \"p\"\n[roles.ADMIN]\n[permissions]\n\"a:b\" = [\"ADMN\"]\n",
        "policy_unknown_name",
        "4:1: no role is named `ADMN`; did you mean `ADMIN`?",
    );
}

#[test]
fn a_policy_with_tiers_must_name_its_default() {
    refused(
        "name = \"p\"\n[[tiers]]\nname = \"public\"\n",
        "policy_missing",
        "2:1: `default_tier` is missing; a policy with tiers names the tier of a principal \
         that has none",
    );
}

#[test]
fn a_wrong_type_is_refused_at_the_place_of_the_value() {
    refused(
        "name = \"p\"\nscopes = \"state\"\n",
        "policy_wrong_type",
        "2:10: `scopes` must be a list of names",
    );
    refused(
        "name = \"p\"\n[roles.A]\nlevel = -1\n",
        "policy_wrong_type",
        "3:9: `roles.A.level` must be a whole number from 0 to 4294967295",
    );
}

#[test]
fn text_that_is_not_toml_is_refused_with_its_place() {
    let error = parse("name = \n").unwrap_err();
    assert_eq!(error.kind.code(), "policy_syntax");
    assert_eq!(error.position.map(|at| at.line), Some(1));
}

#[test]
fn a_name_defined_twice_or_malformed_is_refused() {
    refused(
        "name = \"p\"\nscopes = [\"a\", \"a\"]\n",
        "policy_duplicate",
        "2:16: scope level `a` is defined twice",
    );
    refused(
        "name = \"p\"\n[permissions]\nreveal = []\n",
        "policy_malformed_name",
        "3:1: `reveal` can't be the name of a permission; expected `noun:verb`, such as \
         `report:run`, at most 64 bytes",
    );
}

#[test]
fn global_cannot_be_defined_as_a_level() {
    refused(
        "name = \"p\"\nscopes = [\"global\"]\n",
        "policy_duplicate",
        "2:11: scope level `global` is defined twice",
    );
}

#[test]
fn the_json_form_compiles_to_the_same_digest_whatever_the_layout_was() {
    let a = parse("name = \"p\"\n[roles.A]\n").unwrap();
    let b = parse("# a comment\nname   = \"p\"\n\nroles = { A = {} }\n").unwrap();
    let c = Policy::parse_json(&a.document().to_json()).unwrap();
    assert_eq!(a.digest(), b.digest());
    assert_eq!(a.digest(), c.digest());
}

#[test]
fn eight_scope_levels_are_accepted_and_nine_are_not() {
    let with = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| alloc::format!("\"l{n}\"")).collect();
        parse(&alloc::format!(
            "name = \"p\"\nscopes = [{}]\n",
            names.join(",")
        ))
    };
    assert!(with(8).is_ok());
    assert_eq!(with(9).unwrap_err().kind.code(), "policy_too_many");
}
