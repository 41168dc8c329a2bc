//! Rules about records.

use crate::*;

fn of(record: &str) -> String {
    format!(r#"{{"action":"update","resource":"record","record":{record}}}"#)
}

#[test]
fn an_allow_rule_allows_when_its_condition_is_true_and_says_what_it_needs_when_not() {
    let policy = clinic();
    let request = |owner| request(&of(&format!(r#"{{"owner_id":"{owner}","locked":false}}"#)));
    let allowed = told(&policy, &principal(r#"{"id":"u1"}"#), &request("u1"));
    assert_eq!(allowed.code, Code::RuleAllowed);
    assert_eq!(allowed.clause.unwrap().path, "rules.own");
    assert_eq!(allowed.message, "the rule own allows record:update");
    let denied = told(&policy, &principal(r#"{"id":"u1"}"#), &request("u2"));
    assert_eq!(denied.code, Code::ConditionUnmet);
    assert_eq!(denied.message, "Only its owner may change a record.");
    assert_eq!(denied.clause.unwrap().path, "rules.own");
    assert!(denied.missing.contains(&vec![Change::Fact {
        fact: "record.owner_id == auth.id".into(),
        value: true
    }]));
}

#[test]
fn a_deny_rule_comes_before_everything_that_allows_superusers_included() {
    let policy = clinic();
    let who = r#"{"id":"u1","grants":["DIRECTOR"]}"#;
    let of = |locked: &str| {
        of(&format!(
            r#"{{"owner_id":"u1","region_id":"n","locked":{locked}}}"#
        ))
    };
    assert_eq!(code(&policy, who, &of("false")), Code::Superuser);
    assert_eq!(code(&policy, who, &of("true")), Code::DeniedByRule);
    let denied = told(&policy, &principal(who), &request(&of("true")));
    assert_eq!(
        denied.message,
        "the rule locked denies record:update, since `record.locked`"
    );
    assert_eq!(denied.missing.len(), 1);
}

#[test]
fn a_deny_rule_that_can_not_be_evaluated_denies() {
    let policy = clinic();
    let who = r#"{"id":"u1","grants":["NURSE"]}"#;
    let null = of(r#"{"owner_id":"u1"}"#);
    assert_eq!(code(&policy, who, &null), Code::EvaluationFailed);
    let wrong_type = of(r#"{"owner_id":"u1","locked":"no"}"#);
    assert_eq!(code(&policy, who, &wrong_type), Code::EvaluationFailed);
    let no_record = r#"{"permission":"record:update"}"#;
    let failed = told(&policy, &principal(who), &request(no_record));
    assert_eq!(failed.code, Code::EvaluationFailed);
    assert_eq!(
        failed.message,
        "the rule locked needs the record for `record.locked`"
    );
}

#[test]
fn an_allow_rule_that_can_not_be_evaluated_does_not_allow() {
    let policy = clinic();
    let who = r#"{"id":"u1"}"#;
    assert_eq!(
        code(&policy, who, &of(r#"{"owner_id":"u2","locked":false}"#)),
        Code::ConditionUnmet
    );
    let cleared = |attributes: &str| {
        format!(r#"{{"id":"u1","tier":"beta","grants":["NURSE"],"attributes":{attributes}}}"#)
    };
    let other = of(r#"{"owner_id":"u2","locked":false}"#);
    assert_eq!(
        code(&policy, &cleared(r#"{"clearance":3}"#), &other),
        Code::RuleAllowed
    );
    assert_eq!(
        code(&policy, &cleared(r#"{"clearance":2}"#), &other),
        Code::ConditionUnmet
    );
    assert_eq!(
        code(&policy, &cleared("{}"), &other),
        Code::EvaluationFailed
    );
    assert_eq!(
        code(&policy, &cleared(r#"{"clearance":"3"}"#), &other),
        Code::EvaluationFailed
    );
}

#[test]
fn a_rule_for_roles_is_about_those_who_hold_one_there_or_one_that_inherits_it() {
    let policy = clinic();
    let record = of(r#"{"owner_id":"u2","region_id":"n","ward_id":"w","locked":false}"#);
    let who = |grant: &str, tier: &str| {
        format!(
            r#"{{"id":"u1","tier":"{tier}","grants":["{grant}"],"attributes":{{"clearance":3}}}}"#
        )
    };
    for grant in ["NURSE", "NURSE@region:n", "SENIOR@ward:w"] {
        assert_eq!(
            code(&policy, &who(grant, "beta"), &record),
            Code::RuleAllowed
        );
        assert_eq!(
            code(&policy, &who(grant, "public"), &record),
            Code::ConditionUnmet
        );
    }
    for grant in ["NURSE@region:m", "INTERN"] {
        assert_eq!(
            code(&policy, &who(grant, "beta"), &record),
            Code::ConditionUnmet
        );
    }
}

#[test]
fn a_deny_rule_for_a_tier_is_about_principals_of_an_unknown_tier_too() {
    let policy = clinic();
    let who =
        |tier: &str| format!(r#"{{"id":"u1","tier":"{tier}","grants":["DIRECTOR"],"tenants":[]}}"#);
    let create = r#"{"permission":"record:create","tenant":"n"}"#;
    assert_eq!(code(&policy, &who("public"), create), Code::Superuser);
    assert_eq!(code(&policy, &who("beta"), create), Code::DeniedByRule);
    assert_eq!(code(&policy, &who("emperor"), create), Code::DeniedByRule);
    let denied = told(&policy, &principal(&who("emperor")), &request(create));
    let fact = Change::Fact {
        fact: "request.reason == null".into(),
        value: false,
    };
    let tier = Change::Tier {
        tier: "public".into(),
    };
    assert_eq!(denied.missing, [vec![tier], vec![fact]]);
    let reason = r#"{"permission":"record:create","tenant":"n","context":{"reason":"x"}}"#;
    assert_eq!(code(&policy, &who("beta"), reason), Code::Superuser);
}

#[test]
fn a_role_never_helps_that_a_deny_rule_names() {
    let policy = clinic();
    let delete = r#"{"permission":"record:delete","record":{"locked":false,"region_id":"n"}}"#;
    let intern = told(
        &policy,
        &principal(r#"{"grants":["INTERN"]}"#),
        &request(delete),
    );
    assert_eq!(intern.code, Code::DeniedByRule);
    assert_eq!(intern.missing, Vec::<Vec<Change>>::new());
    let nobody = told(&policy, &principal("{}"), &request(delete));
    assert_eq!(nobody.code, Code::NoRole);
    assert!(nobody.complete && !nobody.missing.is_empty());
}

#[test]
fn a_record_is_where_its_fields_say_and_ids_are_compared_as_they_are() {
    let policy = clinic();
    let read = |record: &str| format!(r#"{{"permission":"record:read","record":{record}}}"#);
    let who = r#"{"grants":["NURSE@region:n/ward:w"]}"#;
    for (record, expected) in [
        (r#"{"region_id":"n","ward_id":"w"}"#, Code::RoleGranted),
        (r#"{"ward_id":"w"}"#, Code::RoleGranted),
        (r#"{"region_id":"m","ward_id":"w"}"#, Code::OutOfScope),
        (r#"{"region_id":"n","ward_id":null}"#, Code::OutOfScope),
        (r#"{"ward_id":"W"}"#, Code::OutOfScope),
        (r#"{"ward_id":"a b/c"}"#, Code::OutOfScope),
        (r#"{"ward_id":7}"#, Code::MalformedScope),
        (r#"{"region_id":["n"]}"#, Code::MalformedScope),
        ("{}", Code::OutOfScope),
    ] {
        assert_eq!(code(&policy, who, &read(record)), expected, "{record}");
    }
    let empty = Directory::closed(&policy, core::iter::empty());
    let subject = Subject::compile(&policy, &principal(who));
    let request = request(&read(r#"{"ward_id":"w"}"#));
    let verdict = check(&policy, &subject, &request, &empty, NOW);
    assert_eq!(verdict.code, Code::RoleGranted, "the directory isn't asked");
}
