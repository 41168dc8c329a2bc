//! What came of a run, for people and as JSON.

use portcullis_core::decide::{Principal, Request};
use serde_json::{Value, json};

use super::super::output::count;
use super::super::snippet;
use super::coverage::Coverage;
use super::file::Case;
use super::judge::{Judged, in_words};
use super::{Outcome, Ran};

pub(super) fn to_text(outcome: &Outcome, is_verbose: bool, min_coverage: Option<u8>) -> String {
    let mut text = String::new();
    for ran in &outcome.ran {
        text.push_str(&suite(ran, is_verbose));
    }
    for (_, coverage) in &outcome.coverage {
        text.push_str(&covered(coverage, min_coverage));
    }
    let cases: usize = outcome.ran.iter().map(|ran| ran.judged.len()).sum();
    let failed: usize = outcome.ran.iter().map(Ran::failed).sum();
    let files = outcome.ran.len() + outcome.broken.len();
    push!(
        text,
        "\n{} in {}: {} passed, {failed} failed",
        count(cases, "case"),
        count(files, "file"),
        cases - failed
    );
    if !outcome.broken.is_empty() {
        push!(
            text,
            ", {} can't be read",
            count(outcome.broken.len(), "file")
        );
    }
    text.push('\n');
    text
}

fn suite(ran: &Ran, is_verbose: bool) -> String {
    let failed = ran.failed();
    let mut text = format!(
        "{}: {} of {} passed\n",
        ran.suite.path.display(),
        ran.judged.len() - failed,
        count(ran.judged.len(), "case")
    );
    for (case, judged) in ran.suite.cases.iter().zip(&ran.judged) {
        if !judged.passed() {
            text.push_str(&failure(ran, case, judged));
        } else if is_verbose {
            let (verdict, code) = (judged.told.verdict(), &judged.told.code);
            push!(text, "  ok    {} ({verdict}, {code})\n", case.name);
        }
    }
    text
}

fn failure(ran: &Ran, case: &Case, judged: &Judged) -> String {
    let told = &judged.told;
    let path = ran.suite.path.display();
    let mut text = format!("\n  FAIL  {}\n", case.name);
    let mut line = |what: &str, value: &str| {
        push!(text, "        {what:<9} {value}\n");
    };
    line("where", &format!("{path}:{}", case.line));
    line("asked", &request(&case.request));
    line("by", &principal(&case.who, &case.principal));
    line("expected", &expected(case));
    line("got", &format!("{}, {}", told.verdict(), told.code));
    line("wrong", &judged.wrong.join("; "));
    line("why", &told.message);
    if !told.missing.is_empty() {
        line("missing", &in_words(&told.missing));
    }
    if !told.ignored.is_empty() {
        line("ignored", &told.ignored.join(", "));
    }
    if let Some(clause) = &told.clause {
        let place = ran.suite.source.place(clause.at);
        line("clause", &format!("{} at {place}", clause.path));
        let indent = " ".repeat(18);
        let text_of_policy = &ran.suite.source.text;
        let quoted = snippet::quote_clause(text_of_policy, &clause.path, clause.at, &indent);
        text.push_str(&quoted);
    }
    text.push('\n');
    text
}

fn expected(case: &Case) -> String {
    let mut text = case.expect.as_str().to_owned();
    if let Some(code) = &case.code {
        push!(text, ", {code}");
    }
    if let Some(clause) = &case.clause {
        push!(text, ", by {clause}");
    }
    if let Some(missing) = &case.missing {
        push!(text, ", missing {}", in_words(missing));
    }
    text
}

/// A request in a line: what it is about first, the rest as JSON.
fn request(request: &Request) -> String {
    let rest = serde_json::to_value(request).unwrap_or_default();
    let mut text = match (&request.permission, &request.app, &request.tier) {
        (Some(permission), None, None) => permission.clone(),
        (None, Some(app), None) => format!("app {app}"),
        (None, None, Some(tier)) => format!("tier {tier}"),
        _ => return rest.to_string(),
    };
    for (name, value) in rest.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("permission" | "app" | "tier", _) => {}
            ("scope", Value::String(scope)) => push!(text, " at {scope}"),
            ("tenant", Value::String(tenant)) => push!(text, " in tenant {tenant}"),
            (name, value) => push!(text, ", {name} {value}"),
        }
    }
    text
}

fn principal(who: &str, principal: &Principal) -> String {
    let mut parts = Vec::new();
    let grants: Vec<_> = principal.grants.iter().map(ToString::to_string).collect();
    if !grants.is_empty() {
        parts.push(grants.join(", "));
    }
    if let Some(tier) = &principal.tier {
        parts.push(format!("tier {tier}"));
    }
    for tenant in &principal.tenants {
        let role = if tenant.owner { "owner" } else { "member" };
        let roles: Vec<_> = tenant.roles.iter().map(|one| one.name.as_str()).collect();
        let with = if roles.is_empty() { "" } else { " with " };
        parts.push(format!("{role} of {}{with}{}", tenant.id, roles.join(", ")));
    }
    if !principal.attributes.is_empty() {
        parts.push(Value::Object(principal.attributes.clone()).to_string());
    }
    if parts.is_empty() {
        format!("{who}, who has nothing")
    } else {
        format!("{who}: {}", parts.join("; "))
    }
}

fn covered(coverage: &Coverage, min_coverage: Option<u8>) -> String {
    let mut text = format!(
        "{}: {} of {} decided a case ({} %)\n",
        coverage.name,
        coverage.decisive(),
        count(coverage.clauses.len(), "clause"),
        coverage.percent()
    );
    for clause in coverage.clauses.iter().filter(|one| !one.is_decisive) {
        let place = match clause.at {
            Some(at) => format!("{}:{at}", coverage.name),
            None => coverage.name.clone(),
        };
        push!(text, "  never {} at {place}\n", clause.path);
    }
    if let Some(least) = min_coverage.filter(|least| coverage.percent() < *least) {
        push!(text, "  FAIL  at least {least} % are asked for\n");
    }
    text
}

pub(super) fn to_json(outcome: &Outcome) -> String {
    let broken = outcome.broken.iter().map(|(path, problem)| {
        json!({ "file": path.display().to_string(), "ok": false, "error": problem })
    });
    let ran = outcome.ran.iter().map(|ran| {
        let cases = ran.suite.cases.iter().zip(&ran.judged);
        let cases: Vec<_> = cases
            .map(|(case, judged)| case_to_json(case, judged))
            .collect();
        json!({
            "file": ran.suite.path.display().to_string(),
            "policy": ran.suite.source.name,
            "ok": ran.failed() == 0,
            "cases": cases,
        })
    });
    let coverage = outcome.coverage.iter().map(|(_, one)| {
        let never = one.clauses.iter().filter(|clause| !clause.is_decisive);
        let never: Vec<_> = never
            .map(|clause| {
                json!({
                    "clause": clause.path,
                    "line": clause.at.map(|at| at.line),
                    "column": clause.at.map(|at| at.column),
                })
            })
            .collect();
        json!({
            "policy": one.name,
            "clauses": one.clauses.len(),
            "decisive": one.decisive(),
            "percent": one.percent(),
            "never": never,
        })
    });
    json!({
        "files": ran.chain(broken).collect::<Vec<_>>(),
        "coverage": coverage.collect::<Vec<_>>(),
    })
    .to_string()
}

fn case_to_json(case: &Case, judged: &Judged) -> Value {
    let told = &judged.told;
    json!({
        "name": case.name,
        "line": case.line,
        "ok": judged.passed(),
        "wrong": judged.wrong,
        "allow": told.allow,
        "code": told.code,
        "message": told.message,
        "clause": told.clause.as_ref().map(|clause| &clause.path),
        "missing": told.missing,
    })
}
