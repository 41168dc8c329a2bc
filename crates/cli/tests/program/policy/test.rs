//! `policy test`: cases, their report and what they cover.

use serde_json::json;

use super::{CLINIC, Place, ends, says, write};

const CASES: &str = r#"policy = "clinic.toml"

[principals.ann]
grants = ["NURSE@ward:w7"]

[[case]]
name = "a nurse reads in their ward"
principal = "ann"
request = { permission = "record:read", scope = "ward:w7" }
expect = "allow"
code = "role_granted"
clause = "permissions.record:read"

[[case]]
name = "a nurse exports"
principal = "ann"
request = { permission = "record:export", scope = "ward:w7" }
expect = "allow"
"#;

/// A place with the clinic's policy and a test file; the test file's path.
fn with(cases: &str) -> (Place, String) {
    let place = Place::new();
    write(&place, "clinic.toml", CLINIC);
    let file = write(&place, "clinic.test.toml", cases);
    (place, file)
}

#[test]
fn a_case_that_fails_is_told_with_what_was_asked_expected_and_got_and_why() {
    let (place, file) = with(CASES);
    let (out, err) = ends(1, &["test", &file]);
    assert_eq!(err, "");
    let policy = place.file("clinic.toml");
    let policy = policy.to_str().unwrap();
    let row = CLINIC
        .lines()
        .position(|line| line.contains("record:export"))
        .unwrap()
        + 1;
    let expected = format!(
        "{file}: 1 of 2 cases passed\n\
         \n  FAIL  a nurse exports\n        \
           where     {file}:14\n        \
           asked     record:export at ward:w7\n        \
           by        ann: NURSE@ward:w7\n        \
           expected  allow\n        \
           got       deny, tier_too_low\n        \
           wrong     deny, not allow\n"
    );
    assert!(out.starts_with(&expected), "{out}");
    for line in [
        format!("        clause    permissions.record:export at {policy}:{row}:1"),
        format!(
            "{}{row} | \"record:export\" = {{ label = \"Export <records>\", roles = [\"DIRECTOR\"], tier = \"beta\" }}",
            " ".repeat(18)
        ),
        format!(
            "{}   | {}",
            " ".repeat(18),
            "^".repeat("\"record:export\"".len())
        ),
        "2 cases in 1 file: 1 passed, 1 failed".to_owned(),
    ] {
        assert!(out.lines().any(|one| one == line), "{line}\n{out}");
    }
    assert!(
        out.contains("        why       Export <records> needs the tier Beta"),
        "{out}"
    );
    assert!(
        out.contains("        missing   (grant DIRECTOR at ward:w7 and tier beta) or "),
        "{out}"
    );
}

#[test]
fn code_clause_and_missing_changes_are_compared_when_they_are_given() {
    let wrong = |extra: &str| {
        let case = format!(
            "policy = \"clinic.toml\"\n[[case]]\nname = \"x\"\nprincipal = {{ grants = [\"NURSE@ward:w8\"] }}\n\
             request = {{ permission = \"record:read\", scope = \"region:n/ward:w7\" }}\nexpect = \
             \"deny\"\n{extra}\n"
        );
        let (_place, file) = with(&case);
        let output = crate::support::run(&["policy", "test", "--json", &file]);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let case = &answer["files"][0]["cases"][0];
        assert_eq!(
            output.status.code(),
            Some(i32::from(case["ok"] != true)),
            "{extra}"
        );
        case["wrong"].clone()
    };
    assert_eq!(wrong("code = \"out_of_scope\""), json!([]));
    assert_eq!(
        wrong("code = \"no_role\""),
        json!(["code out_of_scope, not no_role"])
    );
    assert_eq!(
        wrong("clause = \"permissions.record:export\""),
        json!(["clause permissions.record:read, not permissions.record:export"])
    );
    // In words or as tables, in any order.
    let sets = "[[\"grant DIRECTOR at region:n\"], [\"owner of tenant n\"], [{ kind = \"grant\", scope = \
                \"region:n/ward:w7\", role = \"NURSE\" }], [\"grant DIRECTOR at region:n/ward:w7\"], \
                [\"grant DIRECTOR at global\"], [\"role of tenant n\"]]";
    assert_eq!(wrong(&format!("missing = {sets}")), json!([]));
    let few = wrong("missing = [[\"grant NURSE at region:n/ward:w7\"]]");
    let few = few[0].as_str().unwrap();
    assert!(
        few.starts_with("missing (") && few.ends_with(", not (grant NURSE at region:n/ward:w7)"),
        "{few}"
    );
}

#[test]
fn a_table_stands_for_every_permission_and_every_app() {
    let table = "policy = \"clinic.toml\"\n[[table]]\nname = \"a nurse\"\nprincipal = { grants = \
                 [\"NURSE@ward:w7\"] }\nscope = \"ward:w7\"\nallow = [\"record:read\"]\napps = [\"calendar\"]\n";
    let (_place, file) = with(table);
    let out = says(&["test", "--verbose", &file]);
    assert!(out.contains("6 of 6 cases passed"), "{out}");
    assert!(
        out.contains("  ok    a nurse: record:export (deny, tier_too_low)\n"),
        "{out}"
    );
    assert!(
        out.contains("  ok    a nurse: calendar (allow, tier_sufficient)\n"),
        "{out}"
    );
    let (_place, file) = with(&table.replace("[\"record:read\"]", "[]"));
    let (out, _) = ends(1, &["test", &file]);
    assert!(out.contains("  FAIL  a nurse: record:read\n"), "{out}");
}

#[test]
fn clauses_that_decided_no_case_are_named_and_can_be_asked_for() {
    let (before, _) = CASES.rsplit_once("expect = \"allow\"").unwrap();
    let (place, file) = with(&format!("{before}expect = \"deny\"\n"));
    let out = says(&["test", &file]);
    let policy = place.file("clinic.toml");
    let policy = policy.to_str().unwrap();
    // Decided: the line of `record:read` for nurses, the tier of `record:export`, and so its tier.
    assert!(
        out.contains(&format!(
            "{policy}: 3 of 10 clauses decided a case (30 %)\n"
        )),
        "{out}"
    );
    for clause in [
        "permissions.record:export DIRECTOR at",
        "roles.DIRECTOR.superuser_at at",
        "tiers.public at",
        "apps.calendar at",
        "tenants.owner record:read at",
        "rules.locked at",
        "rules.own-records at",
    ] {
        assert!(
            out.contains(&format!("  never {clause} {policy}:")),
            "{clause}\n{out}"
        );
    }
    says(&["test", "--min-coverage", "30", &file]);
    let (out, _) = ends(1, &["test", "--min-coverage", "31", &file]);
    assert!(
        out.contains("  FAIL  at least 31 % are asked for\n"),
        "{out}"
    );
}

#[test]
fn files_about_one_policy_cover_it_together() {
    let (place, first) = with(
        "policy = \"clinic.toml\"\n[[table]]\nname = \"t\"\nprincipal = {}\napps = [\"calendar\"]\n",
    );
    let second = write(
        &place,
        "second.test.toml",
        "policy = \"./clinic.toml\"\n[[case]]\nname = \"d\"\nprincipal = { grants = [\"DIRECTOR\"] }\nrequest \
         = { permission = \"record:create\", scope = \"region:n\" }\nexpect = \"allow\"\ncode = \"superuser\"\n",
    );
    let out = says(&["test", &first, &second]);
    assert!(
        out.contains("clinic.toml: 3 of 10 clauses decided a case (30 %)\n"),
        "{out}"
    );
    assert_eq!(out.matches("clauses decided").count(), 1, "{out}");
}

#[test]
fn build_servers_get_junit_that_is_well_formed_whatever_names_say() {
    let (place, file) = with(&CASES.replace("a nurse exports", "<&\\\"\\u0001 exports"));
    let broken = write(&place, "broken.test.toml", "policy = 1\n");
    let report = place.file("report.xml");
    ends(
        1,
        &[
            "test",
            &file,
            &broken,
            "--min-coverage",
            "90",
            "--junit",
            report.to_str().unwrap(),
        ],
    );
    let xml = std::fs::read_to_string(report).unwrap();
    assert!(
        xml.starts_with(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"portcullis policy test\" \
             tests=\"4\" failures=\"2\" errors=\"1\">\n"
        ),
        "{xml}"
    );
    assert!(
        xml.contains("<testcase name=\"&lt;&amp;&quot;\u{fffd} exports\""),
        "{xml}"
    );
    assert!(
        xml.contains("<failure message=\"deny, not allow\">"),
        "{xml}"
    );
    assert!(xml.contains("<error message="), "{xml}");
    // Every element that is opened is closed.
    for element in ["testsuites", "testsuite", "testcase", "failure"] {
        let opened = xml.matches(&format!("<{element} ")).count();
        let closed = xml.matches(&format!("</{element}>")).count();
        let empty = xml
            .lines()
            .filter(|line| line.contains(&format!("<{element} ")) && line.ends_with("/>"));
        assert_eq!(opened, closed + empty.count(), "{element}\n{xml}");
    }
}

/// What is said about a test file that can't be read.
#[track_caller]
fn broken(cases: &str) -> String {
    let (_place, file) = with(cases);
    let (out, err) = ends(1, &["test", &file]);
    assert!(out.contains("1 file can't be read"), "{out}");
    let line = err.trim_end();
    assert!(!line.contains('\n'), "{err}");
    line.strip_prefix(&format!("portcullis: {file}:"))
        .unwrap()
        .to_owned()
}

#[test]
fn a_mistake_in_a_test_file_is_told_with_line_and_column() {
    let case = |text: &str| format!("policy = \"clinic.toml\"\n[[case]]\nname = \"x\"\n{text}\n");
    assert!(broken("policy = \n").starts_with("1:"));
    assert_eq!(
        broken("policy = \"clinik.toml\"\n")
            .split_once(" `")
            .unwrap()
            .0,
        "1:10: there is no policy"
    );
    let misspelt = broken(&case("principal = {}\nrequst = {}\nexpect = \"deny\""));
    assert!(
        misspelt.starts_with("5:1: unknown field `requst`, expected one of"),
        "{misspelt}"
    );
    let inner = broken(&case(
        "principal = { grantz = [] }\nrequest = {}\nexpect = \"deny\"",
    ));
    assert!(inner.starts_with("4:15: unknown field `grantz`"), "{inner}");
    let who = broken(&case(
        "principal = \"ann\"\nrequest = {}\nexpect = \"deny\"",
    ));
    assert_eq!(who, "4:13: no principal is named `ann`; there are: none");
    let expect = broken(&case("principal = {}\nrequest = {}\nexpect = \"maybe\""));
    assert!(
        expect.starts_with("6:10: unknown variant `maybe`, expected `allow` or `deny`"),
        "{expect}"
    );
    let code = |code: &str| {
        broken(&case(&format!(
            "principal = {{}}\nrequest = {{}}\nexpect = \"deny\"\ncode = \"{code}\""
        )))
    };
    assert_eq!(code("no_rule"), "7:8: there is no code `no_rule`");
    assert_eq!(
        code("superuser"),
        "7:8: `superuser` is never the code of an answer that denies"
    );
    let table = "policy = \"clinic.toml\"\n[[table]]\nname = \"x\"\nprincipal = {}\n";
    assert!(broken(table).ends_with("a table has `allow` or `apps`"));
    assert_eq!(
        broken(&format!("{table}allow = [\"record:raed\"]\n")),
        "5:10: the policy has no permission `record:raed`"
    );
}

#[test]
fn a_policy_with_a_mistake_fails_the_test_with_the_policys_place() {
    let (place, file) = with(CASES);
    let policy = write(
        &place,
        "clinic.toml",
        "name = \"p\"\n[permissions]\n\"a:b\" = [\"x\"]\n",
    );
    let (_, err) = ends(1, &["test", &file]);
    assert!(
        err.starts_with(&format!("portcullis: {policy}:3:")),
        "{err}"
    );
}

#[test]
fn a_shipped_policy_can_be_tested_by_its_name() {
    let (_place, file) = with(
        "policy = \"field-ops\"\n[[case]]\nname = \"x\"\nprincipal = {}\nrequest = { permission = \
         \"policy:ack\" }\nexpect = \"deny\"\ncode = \"no_role\"\n",
    );
    assert!(says(&["test", &file]).contains("\nfield-ops: 0 of 24 clauses decided a case (0 %)\n"));
}
