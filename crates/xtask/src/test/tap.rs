//! Reading what `node --test --test-reporter=tap` writes.

use super::tally::{Failure, Tally};

/// Counts and failures of a run.
///
/// The counts are those of the closing summary. Without one the run was cut short: that's an
/// error of the whole, so `None`.
pub(crate) fn parse(text: &str) -> Option<Tally> {
    let summary = |name: &str| -> Option<u64> {
        text.lines().rev().find_map(|line| {
            line.strip_prefix("# ")?
                .strip_prefix(name)?
                .trim()
                .parse()
                .ok()
        })
    };
    Some(Tally {
        passed: summary("pass ")?,
        failed: summary("fail ")? + summary("cancelled ").unwrap_or(0),
        skipped: summary("skipped ").unwrap_or(0) + summary("todo ").unwrap_or(0),
        failures: failures(text),
    })
}

/// The skipped tests, each with its reason.
pub(crate) fn skips(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("ok "));
    lines
        .filter_map(|line| line.split_once(" - ")?.1.split_once(" # SKIP"))
        .map(|(name, reason)| format!("{name}: {}", reason.trim()))
        .collect()
}

/// The innermost failed tests with their diagnostics. A parent fails with its child and says
/// nothing more, so it's left out.
fn failures(text: &str) -> Vec<Failure> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(name) = failed_test(line) else {
            continue;
        };
        let mut details = Vec::new();
        if lines.peek().is_some_and(|next| next.trim() == "---") {
            details = lines
                .by_ref()
                .skip(1)
                .take_while(|line| line.trim() != "...")
                .collect();
        }
        if !details.iter().any(|line| is_of_a_child(line)) {
            found.push(Failure {
                name: name.to_owned(),
                details: shown(&details),
            });
        }
    }
    found
}

/// `not ok 3 - name` (indented or not) as `name`; what is expected to fail doesn't count.
fn failed_test(line: &str) -> Option<&str> {
    let (_, name) = line
        .trim_start()
        .strip_prefix("not ok ")?
        .split_once(" - ")?;
    (!name.contains(" # TODO") && !name.contains(" # SKIP")).then_some(name)
}

fn is_of_a_child(line: &str) -> bool {
    line.trim().starts_with("failureType: 'subtestsFailed'")
}

/// The diagnostics that help, without their indentation.
fn shown(details: &[&str]) -> String {
    let noise = ["duration_ms:", "type:", "failureType:", "name:"];
    let kept = details
        .iter()
        .filter(|line| !noise.iter().any(|start| line.trim().starts_with(start)));
    let indent = details
        .iter()
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    kept.map(|line| line.get(indent..).unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "\
TAP version 13
# Subtest: outer
    # Subtest: inner fails
    not ok 1 - inner fails
      ---
      duration_ms: 0.8
      type: 'test'
      location: '/x/a.test.mjs:3:1'
      failureType: 'testCodeFailure'
      error: |-
        one
        two
      code: 'ERR_ASSERTION'
      ...
    1..1
not ok 1 - outer
  ---
  duration_ms: 1.2
  type: 'suite'
  failureType: 'subtestsFailed'
  error: '1 subtest failed'
  ...
not ok 2 - later # TODO someday
  ---
  ...
ok 3 - good
ok 4 - vectors # SKIP not there
1..4
# tests 3
# suites 1
# pass 1
# fail 1
# cancelled 1
# skipped 2
# todo 1
# duration_ms 60
";

    #[test]
    fn counts_come_from_the_summary_and_cancelled_tests_failed() {
        let tally = parse(RUN).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 2, 3));
    }

    #[test]
    fn the_innermost_failure_is_shown_alone_with_what_helps() {
        let tally = parse(RUN).unwrap();
        assert_eq!(tally.failures.len(), 1);
        assert_eq!(tally.failures[0].name, "inner fails");
        assert_eq!(
            tally.failures[0].details,
            "location: '/x/a.test.mjs:3:1'\nerror: |-\n  one\n  two\ncode: 'ERR_ASSERTION'"
        );
    }

    #[test]
    fn a_skipped_test_is_named_with_its_reason() {
        assert_eq!(skips(RUN), ["vectors: not there"]);
    }

    #[test]
    fn a_run_that_was_cut_short_is_no_result() {
        assert_eq!(parse("TAP version 13\nok 1 - good\n"), None);
    }
}
