//! `policy matrix`: the same table for people as for decisions.

use serde_json::json;

use super::{CLINIC, Place, refused, says, write};
use crate::support::run_with_input;

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim_start_matches("| ").trim_end_matches(" |");
    inner
        .split(" | ")
        .map(|cell| cell.trim().to_owned())
        .collect()
}

#[test]
fn every_tick_is_an_allow_and_every_blank_a_denial() {
    for (policy, level, scope) in [
        ("field-ops", "team", "team:t1"),
        ("naval-unit", "global", ""),
    ] {
        let text = says(&["matrix", policy, "--scope", level]);
        let mut rows = text.lines().filter(|line| line.starts_with('|')).map(cells);
        let roles: Vec<_> = rows.next().unwrap()[1..]
            .iter()
            .map(|name| name.replace('\\', ""))
            .collect();
        let mut expected = Vec::new();
        let mut lines = String::new();
        for row in rows.skip(1) {
            let permission = row[0].trim_matches('`');
            for (n, role) in roles.iter().enumerate() {
                expected.push((
                    permission.to_owned(),
                    role,
                    row.get(n + 1).is_some_and(|cell| cell == "✓"),
                ));
                let line = json!({
                    "policy": std::fs::read_to_string(super::root().join(format!("policies/{policy}.toml"))).unwrap(),
                    "principal": {"grants": [{"role": role, "scope": scope}]},
                    "request": {"permission": permission, "scope": scope},
                });
                lines.push_str(&line.to_string());
                lines.push('\n');
            }
        }
        let output = run_with_input(&["conform", "decide"], &lines);
        let answers = String::from_utf8(output.stdout).unwrap();
        assert_eq!(answers.lines().count(), expected.len());
        assert!(expected.len() >= 40, "{policy}");
        for (line, (permission, role, allow)) in answers.lines().zip(expected) {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(answer["ok"], json!(allow), "{policy}: {permission} {role}");
        }
    }
}

#[test]
fn conditions_tiers_tenants_and_superusers_are_marked() {
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    let text = says(&["matrix", &file]);
    for line in [
        "| Permission | NURSE | DIRECTOR | owner of the tenant | member of the tenant | Tier | Unless |",
        "| `record:read` | ✓ | ✓ | ✓ |  |  |  |",
        "| `record:export` |  | ✓ |  |  | Beta |  |",
        "| `record:create` |  | superuser (region) |  |  |  |  |",
        "| `record:update` | if own-records (title only) | superuser (region) |  |  |  | locked |",
        "- `NURSE`: Nurse; level 1; granted at ward",
        "- `DIRECTOR`: Director; level 3; inherits NURSE; may do everything from region down",
        "- `locked`: deny when `record.locked == true && request.reason == null`. A locked record takes a reason.",
        "| calendar | public |",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
}

#[test]
fn at_a_level_a_superuser_is_one_only_from_its_level_down() {
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    let row = |level: &str| {
        let text = says(&["matrix", &file, "--scope", level]);
        let line = text
            .lines()
            .find(|line| line.starts_with("| `record:delete`"));
        line.unwrap().to_owned()
    };
    assert_eq!(
        row("region"),
        "| `record:delete` | superuser (region) |  |  |  | locked |"
    );
    // Granted in a ward, it isn't one; granted nowhere wider, the nurse isn't in the other tables.
    assert_eq!(row("ward"), "| `record:delete` |  |  |  |  |  | locked |");
    let text = says(&["matrix", &file, "--scope", "region"]);
    assert!(
        text.contains("Not granted at this level: `NURSE`."),
        "{text}"
    );
    let line = refused(&["matrix", &file, "--scope", "planet"]);
    assert_eq!(
        line,
        "the policy has no scope level `planet`; it has: global, region, ward"
    );
}

#[test]
fn the_page_needs_nothing_else_and_no_name_becomes_markup() {
    let place = Place::new();
    let hostile = CLINIC
        .replace(
            "label = \"Nurse\"",
            "label = \"<script>alert('1')</script>\"",
        )
        .replace("A locked record takes a reason.", "<b onclick=\\\"x\\\">");
    let file = write(&place, "clinic.toml", &hostile);
    let page = says(&["matrix", &file, "--format", "html"]);
    assert!(
        page.starts_with("<!doctype html>\n<html lang=\"en\">"),
        "{page}"
    );
    assert!(page.contains("name=\"viewport\""));
    for loaded in [
        "<script",
        "<link",
        "src=",
        "http:",
        "https:",
        "@import",
        "url(",
        "<b onclick",
    ] {
        assert!(!page.contains(loaded), "{loaded}");
    }
    assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
    assert!(page.contains("Export &lt;records&gt;"));
    assert_eq!(page.matches("<tr>").count(), 6);
    let text = says(&["matrix", &file]);
    assert!(text.contains(r"\<script>alert('1')\</script>"), "{text}");
}
