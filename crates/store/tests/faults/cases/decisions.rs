//! API keys, decisions, records.

use serde_json::json;

use crate::case::Again::{MadeThenThere, Never, Same, Then};
use crate::case::{Case, case, get, post, send};
use crate::given::{
    about_bob, administrator, ann, asked_about, managed_key, own_question, recorded, signed_in,
    tenant, with_key, with_old_key,
};

#[rustfmt::skip] // A table: one use case a line.
pub(super) const CASES: &[Case] = &[
    // API keys. Their prefix is as long as what is kept of them, so that it is the same in every run.
    case("making an API key", signed_in, |_| post("/api/auth/api-key/create", json!({ "prefix": "kiosk_", "scopes": ["doc:read"] })), Same),
    case("changing an API key", with_key, |w| post("/api/auth/api-key/update", json!({ "keyId": w.kept["keyId"], "name": "gate", "enabled": false })), Same),
    case("rotating an API key", with_key, |w| post("/api/auth/api-key/rotate", json!({ "keyId": w.kept["keyId"] })), Same),
    case("deleting an API key", with_key, |w| post("/api/auth/api-key/delete", json!({ "keyId": w.kept["keyId"] })), Then("KEY_NOT_FOUND")),
    case("using an API key", with_key, |w| post("/api/check", json!({ "permission": "doc:read" })).with("x-api-key", &w.kept["key"]), Same),
    case("an API key", with_key, |w| get(&format!("/api/auth/api-key/get?id={}", w.kept["keyId"])), Same),
    case("the API keys", with_key, |_| get("/api/auth/api-key/list"), Same),
    case("asking whether an API key holds", managed_key, |w| post("/api/auth/api-key/verify", json!({ "key": w.kept["key"] })), Same),
    case("making an API key for another", administrator, |_| post("/api/auth/api-key/create", json!({ "prefix": "kiosk_", "scopes": ["doc:read"], "userId": "bob" })), Same),
    case("making an API key for a tenant", tenant, |w| post("/api/auth/api-key/create", json!({ "prefix": "kiosk_", "scopes": ["doc:read"], "organizationId": w.kept["tenant"] })), Same),
    case("deleting keys that are over", with_old_key, |_| post("/api/auth/api-key/delete-all-expired-api-keys", json!({})), Same),
    // Decisions and records.
    case("a check", signed_in, |_| post("/api/check", json!({ "permission": "doc:read" })), Same),
    case("an act", signed_in, |_| post("/api/demo/act", json!({ "permission": "doc:read" })), Same),
    case("registering a record", signed_in, |_| send("PUT", "/api/v1/records/doc/1", Some(json!({ "properties": { "title": "One" } }))), MadeThenThere),
    case("replacing a record", recorded, |_| send("PUT", "/api/v1/records/doc/1", Some(json!({ "properties": { "title": "Two", "tags": ["a", "b"] } }))), Same),
    case("deleting a record", recorded, |_| send("DELETE", "/api/v1/records/doc/1", None), Then("RECORD_NOT_FOUND")),
    case("the records of a type", recorded, |_| get("/api/v1/records/doc"), Same),
    case("a record", recorded, |_| get("/api/v1/records/doc/1"), Same),
    // AuthZEN.
    case("where the decisions are", ann, |_| get("/.well-known/authzen-configuration"), Same),
    case("a question about another", asked_about, |w| post("/access/v1/evaluation", about_bob(&json!({}))).by_token(w), Same),
    case("a question about oneself", own_question, |w| post("/access/v1/evaluation", about_bob(&json!({ "subject": { "type": "user", "id": "ann" } }))).by_token(w), Same),
    case("a question that one may not ask", own_question, |w| post("/access/v1/evaluation", about_bob(&json!({}))).by_token(w), Never("MAY_NOT_ASK")),
    case("many questions", asked_about, |w| post("/access/v1/evaluations", about_bob(&json!({ "evaluations": [{}, { "action": { "name": "write" } }, { "resource": { "type": "doc", "id": "2" } }] }))).by_token(w), Same),
    case("who may", asked_about, |w| post("/access/v1/search/subject", about_bob(&json!({ "subject": { "type": "user" } }))).by_token(w), Same),
    case("what somebody may it with", asked_about, |w| post("/access/v1/search/resource", about_bob(&json!({ "resource": { "type": "doc" } }))).by_token(w), Same),
    case("what somebody may", asked_about, |w| post("/access/v1/search/action", about_bob(&json!({}))).by_token(w), Same),
];
