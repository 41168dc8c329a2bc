//! Decides the cases of a test file.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use portcullis_core::decide::{Subject, explain};
use portcullis_core::time::UnixSecs;

use super::super::explain::{Told, directory};
use super::case::Expected;
use super::file::{Case, Suite, sorted};

/// How often a long run says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// What came of a case.
pub(super) struct Judged {
    pub(super) told: Told,
    /// What isn't as expected; empty when the case passed.
    pub(super) wrong: Vec<String>,
}

impl Judged {
    pub(super) fn passed(&self) -> bool {
        self.wrong.is_empty()
    }
}

/// Decides every case; a run that takes long says on standard error how far it is.
pub(super) fn all(suite: &Suite) -> Vec<Judged> {
    let mut told = now();
    let mut has_told = false;
    let judged = suite.cases.iter().zip(1..).map(|(case, number)| {
        let judged = judge(suite, case);
        if now().duration_since(told) >= TELL_EVERY {
            told = now();
            has_told = true;
            tell(&format!("{number} of {} cases", suite.cases.len()));
        }
        judged
    });
    let judged = judged.collect();
    if has_told && std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    judged
}

fn now() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "progress is for a person who waits"
    )]
    Instant::now()
}

fn tell(progress: &str) {
    let mut err = std::io::stderr().lock();
    let _ = if err.is_terminal() {
        write!(err, "\r{progress}\x1b[K").and_then(|()| err.flush())
    } else {
        writeln!(err, "{progress}")
    };
}

fn judge(suite: &Suite, case: &Case) -> Judged {
    let policy = &suite.source.policy;
    let subject = Subject::compile(policy, &case.principal);
    let directory = directory(policy, case.scopes.as_deref());
    let now = UnixSecs::new(case.now);
    let explanation = explain(policy, &subject, &case.request, &directory, now);
    let told = Told::of(&serde_json::to_value(&explanation).unwrap_or_default());
    let wrong = differences(case, &told);
    Judged { told, wrong }
}

fn differences(case: &Case, told: &Told) -> Vec<String> {
    let mut wrong = Vec::new();
    if told.allow != (case.expect == Expected::Allow) {
        wrong.push(format!("{}, not {}", told.verdict(), case.expect.as_str()));
    }
    if let Some(code) = &case.code
        && *code != told.code
    {
        wrong.push(format!("code {}, not {code}", told.code));
    }
    let clause = told.clause.as_ref().map_or("none", |clause| &clause.path);
    if let Some(expected) = &case.clause
        && expected != clause
    {
        wrong.push(format!("clause {clause}, not {expected}"));
    }
    if let Some(expected) = &case.missing {
        let missing = sorted(told.missing.clone());
        if missing != *expected {
            wrong.push(format!(
                "missing {}, not {}",
                in_words(&missing),
                in_words(expected)
            ));
        }
    }
    wrong
}

/// `(grant A at x) or (grant B at y and tier beta)`.
pub(super) fn in_words(sets: &[Vec<String>]) -> String {
    if sets.is_empty() {
        return "nothing".to_owned();
    }
    let sets: Vec<_> = sets
        .iter()
        .map(|set| format!("({})", set.join(" and ")))
        .collect();
    sets.join(" or ")
}
