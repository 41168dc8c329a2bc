//! This repository's core.

use std::{error::Error, rc::Rc};

use portcullis_core::{
    decide::{Directory, Query, Subject, check, decide},
    policy::Policy,
    time::UnixSecs,
};

use crate::{Fixture, measure::Candidate};

const NOW: UnixSecs = UnixSecs::new(1_800_000_000);

/// `decide` on what was looked up before, and `check` on the words of a request.
pub(crate) fn candidates(fixture: &Fixture) -> Result<Vec<Candidate>, Box<dyn Error>> {
    let policy = Rc::new(
        Policy::parse_json(&fixture.policy.to_string()).map_err(|error| error.to_string())?,
    );
    let subject = Rc::new(Subject::compile(&policy, &fixture.principal));
    let directory = match &fixture.scopes {
        None => Directory::open(),
        Some(paths) => Directory::closed(&policy, paths.iter().map(String::as_str)),
    };
    let queries: Result<Vec<Query>, _> = fixture
        .requests
        .iter()
        .map(|request| Query::resolve(&policy, request, &directory))
        .collect();
    let queries = queries.map_err(|code| code.as_str())?;
    let requests = fixture.requests.clone();
    let mask = queries.len() - 1;
    let known = (Rc::clone(&policy), Rc::clone(&subject));
    Ok(vec![
        (
            "decide",
            Box::new(move |i| decide(&known.0, &known.1, &queries[i & mask], NOW).is_allowed()),
        ),
        (
            "check, from the words of a request",
            Box::new(move |i| {
                check(&policy, &subject, &requests[i & mask], &directory, NOW).is_allowed()
            }),
        ),
    ])
}
