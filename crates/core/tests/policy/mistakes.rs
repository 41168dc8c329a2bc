//! Mistakes in sections, each with its code, its place and what was expected.

use portcullis_core::policy::{Policy, toml};

use crate::{parsed, refused};

#[test]
fn inheriting_in_a_circle_is_refused_at_its_first_role_with_the_whole_circle() {
    refused(
        "name = \"p\"\n[roles.X]\ninherits = [\"C\"]\n[roles.A]\ninherits = [\"B\"]\n\
         [roles.B]\ninherits = [\"C\"]\n[roles.C]\ninherits = [\"A\"]\n",
        "policy_cycle",
        "4:8: roles inherit one another in a circle: `A` -> `B` -> `C` -> `A`",
    );
    refused(
        "name = \"p\"\n[roles.A]\ninherits = [\"A\"]\n",
        "policy_cycle",
        "2:8: roles inherit one another in a circle: `A` -> `A`",
    );
}

#[test]
fn a_chain_of_ten_thousand_roles_is_followed_to_its_end() {
    let mut text = String::from("[permissions]\n\"a:b\" = [\"R0\"]\n[roles]\nR0 = {}\n");
    for n in 1..10_000 {
        let inherited = n - 1;
        text.extend([
            "R",
            &n.to_string(),
            " = { inherits = [\"R",
            &inherited.to_string(),
            "\"] }\n",
        ]);
    }
    assert_eq!(parsed(&text).roles().len(), 10_000);
}

#[test]
fn misspelt_words_of_the_language_are_told_with_the_nearest() {
    refused(
        "name = \"p\"\n[roles.A]\nmanages = \"blow\"\n",
        "policy_unknown_name",
        "2:8: no value of `manages` is named `blow`; did you mean `below`?",
    );
    refused(
        "name = \"p\"\n[roles.A]\nmanages = \"\"\n",
        "policy_wrong_type",
        "3:11: `roles.A.manages` must be `none`, `below`, `equal` or `any`",
    );
    refused(
        "name = \"p\"\n[auth]\nage = \"itn\"\nteams = \"list<strin>\"\n",
        "policy_unknown_name",
        "3:1: no type is named `itn`",
    );
    refused(
        "name = \"p\"\n[auth]\nteams = \"list<strin>\"\n",
        "policy_unknown_name",
        "3:1: no type is named `list<strin>`; did you mean `list<string>`?",
    );
    refused(
        "name = \"p\"\n[resources.r]\n[[rules]]\nname = \"u\"\neffect = \"alow\"\nresource = \"r\"\n",
        "policy_unknown_name",
        "3:1: no value of `effect` is named `alow`; did you mean `allow`?",
    );
}

#[test]
fn unknown_keys_of_the_new_sections_are_told_with_the_nearest() {
    for (text, message) in [
        (
            "[tenants]\nlevl = \"a\"\nlevel = \"a\"\n",
            "3:1: unknown key `tenants.levl`; expected `level`, `owner` or `member`; did you mean `level`?",
        ),
        (
            "[resources.r]\nactons = []\n",
            "3:1: unknown key `resources.r.actons`; expected `label`, `table`, `actions`, `scope` or \
             `fields`; did you mean `actions`?",
        ),
        (
            "[resources.r.fields]\nid = { type = \"int\", defalt = \"1\" }\n",
            "3:22: unknown key `resources.r.fields.id.defalt`; expected `type` or `default`; did you mean \
             `default`?",
        ),
        (
            "[[rules]]\nname = \"u\"\neffect = \"allow\"\nresource = \"r\"\nwen = \"true\"\n",
            "6:1: unknown key `rules.wen`; expected `name`, `effect`, `resource`, `actions`, `when`, \
             `fields`, `roles`, `tier` or `message`; did you mean `when`?",
        ),
        (
            "[resource.r]\n",
            "2:2: unknown key `resource`; expected `name`, `version`, `scopes`, `roles`, `permissions`, \
             `tiers`, `default_tier`, `apps`, `tenants`, `auth`, `context`, `resources` or `rules`; did \
             you mean `resources`?",
        ),
    ] {
        refused(
            &format!("name = \"p\"\n{text}"),
            "policy_unknown_key",
            message,
        );
    }
}

#[test]
fn values_of_the_wrong_type_are_told_with_their_place() {
    for (text, message) in [
        (
            "tenants = 1\n",
            "2:11: `tenants` must be a table with `level`, `owner` and `member`",
        ),
        (
            "[auth]\nage = 1\n",
            "3:7: `auth.age` must be the name of a type",
        ),
        (
            "[resources]\nr = 1\n",
            "3:5: `resources.r` must be a table with `fields`",
        ),
        (
            "[resources.r]\nscope = { a = 1 }\n",
            "3:15: `resources.r.scope.a` must be the name of a field",
        ),
        (
            "[resources.r.fields]\nid = 1\n",
            "3:6: `resources.r.fields.id` must be the name of a type, or a table with `type` and `default`",
        ),
        (
            "rules = {}\n",
            "2:9: `rules` must be a list of tables, written `[[rules]]`",
        ),
        (
            "[roles.A]\ninherits = \"B\"\n",
            "3:12: `roles.A.inherits` must be a list of names",
        ),
    ] {
        refused(
            &format!("name = \"p\"\n{text}"),
            "policy_wrong_type",
            message,
        );
    }
}

#[test]
fn what_a_section_needs_is_told_when_it_is_missing() {
    for (text, message) in [
        (
            "[tenants]\n",
            "2:1: `tenants.level` is missing; it says which scopes are tenants",
        ),
        (
            "[resources.r.fields]\nid = {}\n",
            "3:6: `resources.r.fields.id.type` is missing; a field has a type",
        ),
        (
            "[[rules]]\n",
            "2:1: `rules.name` is missing; decisions name the rule they come from",
        ),
        (
            "[[rules]]\nname = \"u\"\n",
            "2:1: `rules.effect` is missing; a rule says `allow` or `deny`",
        ),
        (
            "[[rules]]\nname = \"u\"\neffect = \"deny\"\n",
            "2:1: `rules.resource` is missing; a rule is about a type of record",
        ),
    ] {
        refused(&format!("name = \"p\"\n{text}"), "policy_missing", message);
    }
}

#[test]
fn names_that_are_not_defined_are_told_with_the_nearest() {
    let rule = |members: &str| {
        format!(
            "scopes = [\"ward\"]\n[roles.NURSE]\n[resources.record.fields]\ntitle = \"string\"\n\
             [[rules]]\nname = \"u\"\neffect = \"allow\"\n{members}\n"
        )
    };
    for (text, message) in [
        (
            "[roles.A]\ninherits = [\"B\"]\n".to_owned(),
            "2:8: no role is named `B`; did you mean `A`?",
        ),
        (
            "scopes = [\"ward\"]\n[tenants]\nlevel = \"wrd\"\n".to_owned(),
            "3:1: no scope level is named `wrd`; did you mean `ward`?",
        ),
        (
            "scopes = [\"ward\"]\n[tenants]\nlevel = \"global\"\n".to_owned(),
            "3:1: no scope level is named `global`",
        ),
        (
            "scopes = [\"ward\"]\n[tenants]\nlevel = \"ward\"\nowner = [\"a:b\"]\n".to_owned(),
            "3:1: no permission is named `a:b`",
        ),
        (
            "[resources.r]\nscope = { ward = \"id\" }\n[resources.r.fields]\nid = \"string\"\n".to_owned(),
            "2:12: no scope level is named `ward`",
        ),
        (
            "scopes = [\"ward\"]\n[resources.r]\nscope = { ward = \"ward\" }\n[resources.r.fields]\n\
             ward_ = \"string\"\n"
                .to_owned(),
            "3:12: no field is named `ward`; did you mean `ward_`?",
        ),
        (
            "scopes = [\"ward\"]\n[resources.r]\nscope = { global = \"id\" }\n".to_owned(),
            "3:12: no scope level is named `global`",
        ),
        (rule("resource = \"recrd\""), "6:1: no resource is named `recrd`; did you mean `record`?"),
        (
            rule("resource = \"record\"\nactions = [\"raed\"]"),
            "6:1: no action is named `raed`",
        ),
        (
            rule("resource = \"record\"\nfields = [\"titel\", \"titles\"]"),
            "6:1: no field is named `titel`",
        ),
        (
            rule("resource = \"record\"\nroles = [\"NURS\"]"),
            "6:1: no role is named `NURS`; did you mean `NURSE`?",
        ),
        (rule("resource = \"record\"\ntier = \"beta\""), "6:1: no tier is named `beta`"),
    ] {
        refused(&format!("name = \"p\"\n{text}"), "policy_unknown_name", message);
    }
}

#[test]
fn names_that_are_listed_or_defined_twice_are_refused() {
    for (text, message) in [
        (
            "[roles.A]\n[roles.B]\ninherits = [\"A\", \"A\"]\n",
            "3:8: role `A` is listed twice",
        ),
        (
            "[roles.A]\n[permissions]\n\"a:b\" = [\"A\", \"A\"]\n",
            "4:1: role `A` is listed twice",
        ),
        (
            "[resources.r]\nactions = [\"x\", \"x\"]\n",
            "2:12: action `x` is listed twice",
        ),
        (
            "[resources.r]\n[[rules]]\nname = \"u\"\neffect = \"deny\"\nresource = \"r\"\n\
             actions = [\"read\", \"read\"]\n",
            "3:1: action `read` is listed twice",
        ),
    ] {
        refused(&format!("name = \"p\"\n{text}"), "policy_repeated", message);
    }
    refused(
        "name = \"p\"\n[resources.r]\n[[rules]]\nname = \"u\"\neffect = \"deny\"\nresource = \"r\"\n\
         [[rules]]\nname = \"u\"\neffect = \"deny\"\nresource = \"r\"\n",
        "policy_duplicate",
        "7:1: rule `u` is defined twice",
    );
    let twice = r#"{"format":"portcullis-policy/1","name":"p","scopes":[{"name":"a"}],"resources":[{"name":"r",
        "scope":[{"level":"a","field":"x"},{"level":"a","field":"y"}],
        "fields":[{"name":"x","type":"string"},{"name":"y","type":"string"}]}]}"#;
    let error = Policy::parse_json(twice).unwrap_err();
    assert_eq!(error.to_string(), "scope level `a` is listed twice");
}

#[test]
fn names_that_are_always_there_cannot_be_declared() {
    refused(
        "name = \"p\"\n[auth]\nid = \"string\"\n",
        "policy_reserved",
        "3:1: `auth.id` is always there; it can't be declared",
    );
    refused(
        "name = \"p\"\n[context]\ntime = \"int\"\n",
        "policy_reserved",
        "3:1: `request.time` is always there; it can't be declared",
    );
    assert_eq!(
        parsed("[auth]\ntime = \"int\"\n[context]\nid = \"int\"\n")
            .auth()
            .len(),
        1
    );
}

#[test]
fn fields_and_attributes_have_neither_hyphen_nor_dot() {
    for (text, what) in [
        ("[auth]\n\"a-b\" = \"int\"\n", "an attribute of principals"),
        ("[context]\n\"a-b\" = \"int\"\n", "an attribute of requests"),
        ("[resources.r.fields]\n\"a-b\" = \"int\"\n", "a field"),
    ] {
        refused(
            &format!("name = \"p\"\n{text}"),
            "policy_malformed_name",
            &format!(
                "3:1: `a-b` can't be the name of {what}; expected a letter, then letters, digits or \
                 `_`, at most 64 bytes"
            ),
        );
    }
    assert!(toml::parse("name = \"p\"\n[resources.\"a-b.c\"]\n").is_ok());
}

#[test]
fn tables_and_actions_are_names() {
    refused(
        "name = \"p\"\n[resources.r]\ntable = \"r; drop\"\n",
        "policy_malformed_name",
        "2:12: `r; drop` can't be the name of a table; expected a letter, then letters, digits, `_`, `-` \
         or `.`, at most 64 bytes",
    );
    refused(
        "name = \"p\"\n[resources.r]\nactions = [\"a:b\"]\n",
        "policy_malformed_name",
        "2:12: `a:b` can't be the name of an action; expected a letter, then letters, digits, `_`, `-` or \
         `.`, at most 64 bytes",
    );
}

#[test]
fn only_text_holds_ids_of_scopes() {
    refused(
        "name = \"p\"\nscopes = [\"ward\"]\n[resources.r]\nscope = { ward = \"w\" }\n\
         [resources.r.fields]\nw = \"int\"\n",
        "policy_not_text",
        "3:12: field `w` is declared as `int`; ids of scopes are `string`",
    );
}

#[test]
fn a_resource_has_at_most_a_thousand_fields() {
    let with = |count: usize| {
        let fields: Vec<_> = (0..count).map(|n| format!("f{n} = \"int\"")).collect();
        let fields = fields.join("\n");
        toml::parse(&format!("name = \"p\"\n[resources.r.fields]\n{fields}"))
    };
    assert!(with(1_000).is_ok());
    let error = with(1_001).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1003:1: more than 1000 fields of a resource"
    );
    assert_eq!(error.kind.code(), "policy_too_many");
}

#[test]
fn a_policy_has_at_most_ten_thousand_rules() {
    let with = |count: usize| {
        let rules = (0..count)
            .map(|n| format!("{{name=\"u{n}\",effect=\"deny\",resource=\"r\"}}"))
            .collect::<Vec<_>>();
        toml::parse(&format!(
            "name = \"p\"\nrules = [{}]\n[resources.r]\n",
            rules.join(",\n")
        ))
    };
    assert!(with(10_000).is_ok());
    assert_eq!(
        with(10_001).unwrap_err().to_string(),
        "10002:1: more than 10000 rules"
    );
}
