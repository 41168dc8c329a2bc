//! The `OpenAPI` 3.1 document.

use core::fmt::Write;

use serde_json::{Map, Value, json};

use super::{Access, Answer, Endpoint, Method, Parameter};

/// What the chapters are about, in their order.
const TAGS: [(&str, &str); 13] = [
    (
        "Sessions",
        "Signing in and out, and what is known of sessions.",
    ),
    (
        "Tokens",
        "Access tokens and the keys that they are verified with.",
    ),
    (
        "Account",
        "Making an account, and what people do with their own.",
    ),
    (
        "Decisions",
        "What the caller may do, and what pages decide with.",
    ),
    (
        "Tenants",
        "Tenants, their members, and roles made at run time.",
    ),
    (
        "API keys",
        "Keys that stand for their owner, with less than its rights.",
    ),
    ("Settings", "What applications keep for a user."),
    (
        "Identity links",
        "Chat identities, and services that act by them.",
    ),
    ("Records", "Records that decisions and searches are about."),
    (
        "AuthZEN",
        "The Authorization API 1.0: decisions and searches for enforcement points.",
    ),
    (
        "Administration",
        "Other people's accounts, sessions, roles and tiers.",
    ),
    ("Audit log", "What happened, searched and taken away."),
    ("Operation", "What watches over the server."),
];

const ABOUT: &str = "Authentication and authorization. Paths under `/api/auth` are those that the published Better \
Auth clients speak.\n\nA caller shows who it is by the session's cookie, by the session's token or an access token \
as `Authorization: Bearer …`, a program by an API key in `x-api-key`. Requests with cookies that change something \
need an `Origin` that the server trusts.\n\nRefusals have a `message` for people and mostly a `code` that never changes. A refusal by the policy has \
the `explanation` of the decision. Every answer has an `x-request-id`, which the server's log and audit log share.";

const BEARER: &str = "The session's token, or an access token. An access token is refused (401; `null` from \
`get-session`) where something would come of it that outlives it, and where sessions end: `token`, `impersonate-user`, API keys \
made, changed or rotated, codes for links, `change-email`, `delete-user`, `revoke-session`, `revoke-sessions` and \
`revoke-other-sessions`. It signs its own session out.";

/// The document of these endpoints.
pub(super) fn document(endpoints: &[Endpoint], schemas: Vec<(&'static str, Value)>) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in endpoints {
        let methods = paths
            .entry(endpoint.path.clone())
            .or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(endpoint.method.as_str().to_owned(), operation(endpoint));
        }
    }
    let schemas: Map<_, _> = schemas
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    let shared: Map<_, _> = shared_responses()
        .into_iter()
        .map(|(name, response)| (name.to_owned(), response))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Portcullis",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags(endpoints),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": shared,
            "securitySchemes": security_schemes(),
        },
    })
}

/// The document as text: a line for each operation and each schema, so that changes can be read and it
/// stays a third of the size.
pub(super) fn text(document: &Value) -> String {
    let mut text = String::new();
    lay_out(document, 0, &mut text);
    text.push('\n');
    text
}

/// Objects down to this depth have a line for each member.
const OPEN_DEPTH: usize = 3;

fn lay_out(value: &Value, depth: usize, text: &mut String) {
    let members = match value {
        Value::Object(members) if depth < OPEN_DEPTH && !members.is_empty() => members,
        other => {
            text.push_str(&other.to_string());
            return;
        }
    };
    let inner = "  ".repeat(depth + 1);
    text.push_str("{\n");
    for (index, (name, member)) in members.iter().enumerate() {
        let comma = if index == 0 { "" } else { ",\n" };
        // Writing to a String can't fail.
        let _ = write!(text, "{comma}{inner}{}: ", Value::from(name.as_str()));
        lay_out(member, depth + 1, text);
    }
    let _ = write!(text, "\n{}}}", "  ".repeat(depth));
}

/// The chapters that endpoints stand in: the known ones first, others as they come.
fn tags(endpoints: &[Endpoint]) -> Vec<Value> {
    let is_used = |name: &str| endpoints.iter().any(|one| one.tag == name);
    let known = TAGS.iter().filter(|(name, _)| is_used(name));
    let mut tags: Vec<_> = known
        .map(|(name, what)| json!({ "name": name, "description": what }))
        .collect();
    let mut others: Vec<&str> = Vec::new();
    for endpoint in endpoints {
        let is_known = TAGS.iter().any(|(name, _)| *name == endpoint.tag);
        if !is_known && !others.contains(&endpoint.tag) {
            others.push(endpoint.tag);
        }
    }
    tags.extend(others.into_iter().map(|name| json!({ "name": name })));
    tags
}

fn security_schemes() -> Value {
    json!({
        "sessionCookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "better-auth.session_token",
            "description": "Set by signing in; on https its name begins with `__Host-`.",
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": BEARER,
        },
        "accessToken": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token." },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "An API key; what it may do is less than what its owner may, by its scopes.",
        },
        "serviceKey": { "type": "http", "scheme": "bearer", "description": "A service's key, `pcsk_…`." },
    })
}

fn security(endpoint: &Endpoint) -> Value {
    match endpoint.access {
        Access::Public(_) => json!([]),
        Access::AccessToken => json!([{ "accessToken": [] }]),
        Access::ServiceKey => json!([{ "serviceKey": [] }]),
        _ if endpoint.takes_api_key => {
            json!([{ "sessionCookie": [] }, { "bearer": [] }, { "apiKey": [] }])
        }
        _ => json!([{ "sessionCookie": [] }, { "bearer": [] }]),
    }
}

fn operation(endpoint: &Endpoint) -> Value {
    let access = endpoint.access;
    let mut about = access.sentence();
    if !endpoint.detail.is_empty() {
        about = format!("{}\n\n{about}", endpoint.detail);
    }
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "description": about,
        "tags": [endpoint.tag],
        "security": security(endpoint),
        "responses": responses(&endpoint.answers),
        "x-portcullis-access": access.name(),
    });
    let Some(members) = operation.as_object_mut() else {
        return operation;
    };
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        members.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = &endpoint.body {
        let content: Map<_, _> = body
            .media
            .iter()
            .map(|media| ((*media).to_owned(), json!({ "schema": body.schema })))
            .collect();
        let body = json!({ "required": body.required, "content": content });
        members.insert("requestBody".to_owned(), body);
    }
    if let Some(operation) = access.operation() {
        members.insert("x-portcullis-operation".to_owned(), operation.into());
    }
    if let Access::Guarded(guard) = access {
        members.insert(
            "x-portcullis-permissions".to_owned(),
            json!(guard.permissions),
        );
    }
    operation
}

/// Parameters as they were described; those of the path that nothing was said of are texts.
fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let mut all = Vec::new();
    for name in names_in(&endpoint.path) {
        let said = endpoint
            .parameters
            .iter()
            .find(|one| one.place == "path" && one.name == name);
        all.push(said.map_or_else(
            || json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }),
            parameter,
        ));
    }
    let others = endpoint.parameters.iter().filter(|one| one.place != "path");
    all.extend(others.map(parameter));
    all
}

fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.what,
        "schema": parameter.schema,
    })
}

fn responses(answers: &[Answer]) -> Value {
    let shared = shared_responses();
    let named = |answer: &Answer| {
        let response = response(answer);
        let known = shared.iter().find(|(_, one)| *one == response);
        match known {
            Some((name, _)) => json!({ "$ref": format!("#/components/responses/{name}") }),
            None => response,
        }
    };
    let all = answers
        .iter()
        .map(|answer| (answer.status.to_string(), named(answer)));
    Value::Object(all.collect())
}

fn response(answer: &Answer) -> Value {
    let mut response = json!({ "description": answer.what });
    if let (Some(members), Some((media, schema))) = (response.as_object_mut(), answer.schema()) {
        let others = answer
            .others
            .iter()
            .map(|(media, schema)| (*media, schema.clone()));
        let all = core::iter::once((media, schema)).chain(others);
        let content: Map<_, _> = all
            .map(|(media, schema)| (media.to_owned(), json!({ "schema": schema })))
            .collect();
        members.insert("content".to_owned(), content.into());
        if answer.may_be_empty {
            members.insert("x-may-be-empty".to_owned(), true.into());
        }
    }
    response
}

/// Refusals that many endpoints have in common, as (name, response).
fn shared_responses() -> Vec<(&'static str, Value)> {
    let bare = || Endpoint::new(Method::Get, "/", "shared", "", Access::ServiceKey);
    let of = |endpoint: &Endpoint, status| {
        let mut answers = endpoint.answers.iter();
        answers
            .find(|one| one.status == status)
            .map(response)
            .unwrap_or_default()
    };
    let asked = bare().refuses(401, &["UNAUTHORIZED"]).takes(Value::Null);
    let forbidden = Endpoint::new(Method::Get, "/", "shared", "", Access::Named);
    let in_person = Endpoint::new(Method::Get, "/", "shared", "", Access::InPerson);
    vec![
        ("Invalid", of(&asked, 400)),
        (
            "InvalidQuery",
            of(&bare().refuses(400, &["VALIDATION_ERROR"]), 400),
        ),
        ("Unauthorized", of(&asked, 401)),
        ("WrongOrigin", of(&asked, 403)),
        ("Forbidden", of(&forbidden, 403)),
        ("InPersonOnly", of(&in_person, 403)),
        ("TooLarge", of(&asked, 413)),
        ("WrongType", of(&asked, 415)),
        ("TooManyRequests", of(&asked, 429)),
        ("Broken", of(&asked, 500)),
    ]
}
