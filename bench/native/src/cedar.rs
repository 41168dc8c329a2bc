//! The `cedar-policy` crate, with everything parsed beforehand: policies, entities and requests.

use std::{collections::BTreeMap, error::Error, str::FromStr};

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use serde::Deserialize;

use crate::measure::Candidate;

/// A fixture in Cedar's language.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Data {
    policy_sets: BTreeMap<String, String>,
    entities: serde_json::Value,
    calls: Vec<Call>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    policy_set: String,
    principal: serde_json::Value,
    action: serde_json::Value,
    resource: serde_json::Value,
}

pub(crate) fn candidate(data: &Data) -> Result<Candidate, Box<dyn Error>> {
    let mut ids = BTreeMap::new();
    let mut sets = Vec::new();
    for (id, text) in &data.policy_sets {
        ids.insert(id, sets.len());
        sets.push(PolicySet::from_str(text)?);
    }
    let entities = Entities::from_json_value(data.entities.clone(), None)?;
    let mut calls = Vec::new();
    for call in &data.calls {
        let uid = |value: &serde_json::Value| EntityUid::from_json(value.clone());
        let request = Request::new(
            uid(&call.principal)?,
            uid(&call.action)?,
            uid(&call.resource)?,
            Context::empty(),
            None,
        )?;
        calls.push((ids[&call.policy_set], request));
    }
    let authorizer = Authorizer::new();
    let mask = calls.len() - 1;
    Ok((
        "cedar-policy",
        Box::new(move |i| {
            let (set, request) = &calls[i & mask];
            authorizer
                .is_authorized(request, &sets[*set], &entities)
                .decision()
                == Decision::Allow
        }),
    ))
}
