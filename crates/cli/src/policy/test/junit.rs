//! A report in the XML that build servers read.

use super::coverage::Coverage;
use super::file::Case;
use super::judge::Judged;
use super::{Outcome, Ran};

pub(super) fn write(outcome: &Outcome, min_coverage: Option<u8>) -> String {
    let mut suites = String::new();
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for ran in &outcome.ran {
        tests += ran.judged.len();
        failures += ran.failed();
        suites.push_str(&suite(ran));
    }
    for (path, problem) in &outcome.broken {
        tests += 1;
        errors += 1;
        let name = escape(&path.display().to_string());
        push!(
            suites,
            "  <testsuite name=\"{name}\" tests=\"1\" failures=\"0\" errors=\"1\">\n    \
             <testcase name=\"the file can be read\" classname=\"{name}\">\n      \
             <error message=\"{}\"/>\n    </testcase>\n  </testsuite>\n",
            escape(problem)
        );
    }
    if let Some(least) = min_coverage {
        for (_, coverage) in &outcome.coverage {
            tests += 1;
            failures += usize::from(coverage.percent() < least);
            suites.push_str(&covered(coverage, least));
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"portcullis policy test\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\">\n{suites}</testsuites>\n"
    )
}

fn suite(ran: &Ran) -> String {
    let name = escape(&ran.suite.path.display().to_string());
    let mut text = format!(
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n",
        ran.judged.len(),
        ran.failed()
    );
    for (case, judged) in ran.suite.cases.iter().zip(&ran.judged) {
        text.push_str(&testcase(&name, case, judged));
    }
    text.push_str("  </testsuite>\n");
    text
}

fn testcase(suite: &str, case: &Case, judged: &Judged) -> String {
    let head = format!(
        "    <testcase name=\"{}\" classname=\"{suite}\" file=\"{suite}\" line=\"{}\"",
        escape(&case.name),
        case.line
    );
    if judged.passed() {
        return format!("{head}/>\n");
    }
    let told = &judged.told;
    let clause = told
        .clause
        .as_ref()
        .map_or("none", |clause| clause.path.as_str());
    format!(
        "{head}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
        escape(&judged.wrong.join("; ")),
        escape(&format!("{}\nclause: {clause}", told.message))
    )
}

fn covered(coverage: &Coverage, least: u8) -> String {
    let name = escape(&coverage.name);
    let percent = coverage.percent();
    let is_enough = percent >= least;
    let failure = if is_enough {
        "/>\n".to_owned()
    } else {
        let never: Vec<_> = coverage
            .clauses
            .iter()
            .filter(|clause| !clause.is_decisive)
            .map(|clause| clause.path.as_str())
            .collect();
        format!(
            ">\n      <failure message=\"{percent} % of {least} %\">{}</failure>\n    </testcase>\n",
            escape(&format!("never: {}", never.join(", ")))
        )
    };
    format!(
        "  <testsuite name=\"coverage of {name}\" tests=\"1\" failures=\"{}\" errors=\"0\">\n    \
         <testcase name=\"at least {least} % of the clauses decided a case\" \
         classname=\"coverage of {name}\"{failure}  </testsuite>\n",
        usize::from(!is_enough)
    )
}

/// Text for XML 1.0, which has no way at all to write most control characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
