//! Registered records.

use portcullis_service::catalog::MAX_ID_BYTES;
use portcullis_service::tenants::MAX_PAGE;
use serde_json::{Value, json};

use super::schema::{any_object, exactly, list, named, number, object, text, time};
use super::{Access, Endpoint, delete, get, put, schemas};

const TAG: &str = "Records";
const OPERATION: Access = Access::Chosen("records");

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/records/{type}/{id}";
    vec![
        of_type(get("/api/v1/records/{type}", "listRecords", TAG, OPERATION))
            .says("Records of a type in order of their ids.", "")
            .query(
                "limit",
                number(1, i64::from(MAX_PAGE)),
                "Records of a page; 100 when absent.",
            )
            .query("after", text(), "The `next` of the page before.")
            .json(
                200,
                "A page.",
                exactly([("records", list(record())), ("next", schemas::next())]),
            )
            .refuses(400, &["VALIDATION_ERROR"])
            .refuses(404, &["RECORD_TYPE_NOT_FOUND"]),
        one(get(path, "getRecord", TAG, OPERATION))
            .says("A record.", "")
            .json(200, "The record.", record())
            .refuses(404, &["RECORD_NOT_FOUND"]),
        one(put(path, "putRecord", TAG, OPERATION))
            .says("Registers a record, or replaces what is known of it.", "")
            .takes(object([("properties", any_object())]))
            .json(200, "Replaced.", record())
            .json(201, "Registered.", record())
            .refuses(404, &["RECORD_TYPE_NOT_FOUND"]),
        one(delete(path, "deleteRecord", TAG, OPERATION))
            .says("Forgets a record.", "")
            .json(200, "Forgotten.", named("Success"))
            .refuses(404, &["RECORD_NOT_FOUND"]),
    ]
}

fn of_type(endpoint: Endpoint) -> Endpoint {
    endpoint
        .path_is(
            "type",
            text(),
            "A type that the policy declares under `[resources]`.",
        )
        .refuses(403, &["RECORDS_DISABLED"])
}

fn one(endpoint: Endpoint) -> Endpoint {
    let id = json!({ "type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES });
    of_type(endpoint).path_is("id", id, "The record's id.")
}

fn record() -> Value {
    exactly([
        ("type", text()),
        ("id", text()),
        ("properties", any_object()),
        ("updatedAt", time()),
    ])
}
