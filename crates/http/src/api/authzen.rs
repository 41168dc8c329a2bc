//! The Authorization API 1.0 of `AuthZEN`.

use portcullis_service::authzen::{MAX_EVALUATIONS, Semantic};
use serde_json::{Value, json};

use super::schema::{any_object, count, exactly, flag, list, object, one_of, text};
use super::{Access, Endpoint, get, post};

const TAG: &str = "AuthZEN";

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let uri = || json!({ "type": "string", "format": "uri" });
    vec![
        get(
            "/.well-known/authzen-configuration",
            "authzenConfiguration",
            TAG,
            Access::Public("it says where the endpoints are"),
        )
        .says("Where the endpoints are.", "")
        .json(
            200,
            "The metadata.",
            exactly([
                ("policy_decision_point", uri()),
                ("access_evaluation_endpoint", uri()),
                ("access_evaluations_endpoint", uri()),
                ("search_subject_endpoint", uri()),
                ("search_resource_endpoint", uri()),
                ("search_action_endpoint", uri()),
            ]),
        ),
        about("/access/v1/evaluation", "evaluation")
            .says("One question to one decision.", "")
            .takes(question(true))
            .json(200, "The decision.", decision()),
        about("/access/v1/evaluations", "evaluations")
            .says(
                "Many questions to as many decisions, or as far as the semantic says.",
                "What a question doesn't say is said by the body as a whole.",
            )
            .takes(questions())
            .json(
                200,
                "The decisions.",
                json!({
                    "anyOf": [exactly([("evaluations", list(decision()))]), decision()],
                }),
            ),
        search("/access/v1/search/subject", "searchSubjects", entities())
            .says("Who may do the action to the resource.", "")
            .takes(searched(["subject"])),
        search("/access/v1/search/resource", "searchResources", entities())
            .says("What the subject may do the action to.", "")
            .takes(searched(["resource"])),
        search(
            "/access/v1/search/action",
            "searchActions",
            exactly([("name", text())]),
        )
        .says("What the subject may do to the resource.", "")
        .takes(paged(object([
            ("subject", entity()),
            ("resource", entity()),
            ("context?", nullable_object()),
        ]))),
    ]
}

fn about(path: &str, id: &str) -> Endpoint {
    post(path, id, TAG, Access::AccessToken)
        .header("X-Request-ID", text(), "Sent back with the answer.")
        .refuses(403, &["MAY_NOT_ASK"])
}

fn search(path: &str, id: &str, result: Value) -> Endpoint {
    about(path, id)
        .json(
            200,
            "A page.",
            exactly([
                (
                    "page",
                    exactly([("next_token", text()), ("count", count())]),
                ),
                ("results", list(result)),
            ]),
        )
        .refuses(400, &["INVALID_PAGE_TOKEN"])
}

fn nullable_object() -> Value {
    json!({ "type": ["object", "null"] })
}

fn entity() -> Value {
    object([
        ("type", text()),
        ("id", text()),
        ("properties?", nullable_object()),
    ])
}

fn entities() -> Value {
    exactly([("type", text()), ("id", text())])
}

fn action() -> Value {
    object([("name", text()), ("properties?", nullable_object())])
}

fn question(is_whole: bool) -> Value {
    let mut question = object([
        ("subject", entity()),
        ("action", action()),
        ("resource", entity()),
        ("context?", nullable_object()),
    ]);
    if let (false, Some(members)) = (is_whole, question.as_object_mut()) {
        members.remove("required");
    }
    question
}

fn questions() -> Value {
    let semantics: Vec<_> = Semantic::ALL.iter().map(|(name, _)| *name).collect();
    let mut body = question(false);
    let members = body.get_mut("properties").and_then(Value::as_object_mut);
    if let Some(members) = members {
        let list =
            json!({ "type": "array", "maxItems": MAX_EVALUATIONS, "items": question(false) });
        members.insert("evaluations".to_owned(), list);
        let options = object([("evaluations_semantic?", one_of(&semantics))]);
        members.insert("options".to_owned(), options);
    }
    body
}

/// A search, where the id of what is searched doesn't matter.
fn searched(names: [&str; 1]) -> Value {
    let of = |name: &str| {
        if names.contains(&name) {
            object([("type", text())])
        } else {
            entity()
        }
    };
    paged(object([
        ("subject", of("subject")),
        ("action", action()),
        ("resource", of("resource")),
        ("context?", nullable_object()),
    ]))
}

fn paged(mut body: Value) -> Value {
    let members = body.get_mut("properties").and_then(Value::as_object_mut);
    if let Some(members) = members {
        let page = json!({
            "type": ["object", "null"],
            "properties": { "token": { "type": ["string", "null"] }, "limit": { "type": ["integer", "null"], "minimum": 0 } },
        });
        members.insert("page".to_owned(), page);
    }
    body
}

fn decision() -> Value {
    exactly([("decision", flag()), ("context", any_object())])
}
