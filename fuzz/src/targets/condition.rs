//! The text of a condition.

use portcullis_core::{
    condition::{Datum, Facts, MAX_CONDITION_BYTES, Test, Vocabulary, parse},
    policy::Resource,
    time::UnixSecs,
};

use super::{Target, clinic, outcome, refusal, same};

/// A condition that is accepted is written in a canonical form, which, unless it is too long, means the same and is written
/// the same again; putting in what is known of the principal beforehand changes nothing.
pub const TARGET: Target = Target {
    name: "condition",
    words: &[
        " && ",
        " || ",
        "!",
        "(",
        ")",
        " == ",
        " != ",
        " < ",
        " <= ",
        " > ",
        " >= ",
        " in ",
        "has(",
        "size(",
        ".startsWith(",
        "auth.id",
        "auth.clearance",
        "auth.teams",
        "auth.staff",
        "auth.rate",
        "record.owner_id",
        "record.ward_id",
        "record.locked",
        "record.title",
        "record.pages",
        "record.tags",
        "record.cost",
        "request.time",
        "request.reason",
        "request.level",
        "null",
        "true",
        "false",
        "'a'",
        "\"ann\"",
        "[1, 2]",
        "['a', 'b']",
        "[]",
        "[true]",
        "[0.5]",
        "3",
        "-1",
        "2.5",
        "1e3",
        "\\'",
        "\\n",
    ],
    run,
};

fn run(data: &[u8]) -> Result<u64, String> {
    let policy = clinic::policy()?;
    let record = policy
        .resources()
        .first()
        .map_or(&[][..], |resource: &Resource| &resource.fields);
    let vocabulary = Vocabulary {
        auth: policy.auth(),
        context: policy.context(),
        record,
    };
    let Ok(text) = str::from_utf8(data) else {
        return Ok(0);
    };
    let condition = match parse(text, &vocabulary) {
        Ok(condition) => condition,
        Err(error) => {
            if error.offset > text.len() {
                return Err(format!(
                    "an error at {} of {} bytes",
                    error.offset,
                    text.len()
                ));
            }
            return refusal(error.kind.code(), &error.kind.to_string());
        }
    };
    let canonical = condition.to_text(&vocabulary);
    if canonical.len() > MAX_CONDITION_BYTES {
        // Spaces and parentheses that weren't written can make it too long to be read again.
        return Ok(2);
    }
    let again = parse(&canonical, &vocabulary)
        .map_err(|error| format!("`{canonical}` isn't accepted: {error:?}"))?;
    same("canonical forms", &canonical, &again.to_text(&vocabulary))?;
    let truths = truths(&vocabulary, &condition, &again)?;
    Ok(outcome((
        truths,
        condition.atoms().len().min(6),
        canonical.len() / 16,
    )))
}

/// How it comes out for several principals, records and requests, which is the same for both tests.
fn truths(vocabulary: &Vocabulary<'_>, first: &Test, second: &Test) -> Result<Vec<u8>, String> {
    let id = Datum::Text("ann".to_owned());
    let mut truths = Vec::new();
    for (n, now) in [0_u64, 1_800_000_000, u64::MAX].into_iter().enumerate() {
        let auth = clinic::values(n, vocabulary.auth.iter().map(|one| one.kind));
        let request = clinic::values(n + 1, vocabulary.context.iter().map(|one| one.kind));
        let record = clinic::values(n + 2, vocabulary.record.iter().map(|one| one.kind));
        for given in [None, Some(record.as_slice())] {
            let facts = Facts {
                auth_id: &id,
                auth: &auth,
                record: given,
                request: &request,
                now: UnixSecs::new(now),
            };
            let truth = first.evaluate(&facts);
            same(
                "truths of the canonical form",
                &truth,
                &second.evaluate(&facts),
            )?;
            let folded = first.for_principal(&id, &auth);
            same("truths for the principal", &truth, &folded.evaluate(&facts))?;
            truths.push(truth as u8);
        }
    }
    Ok(truths)
}
