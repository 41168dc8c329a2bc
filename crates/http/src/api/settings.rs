//! What applications keep for a user.

use serde_json::{Value, json};

use super::schema::{any_object, count, exactly, list, named, one_of, text, time};
use super::{Access, Endpoint, Method};

const TAG: &str = "Settings";
const KNOWN: &str = "The tag of what the caller has.";

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![effective(), layers()];
    for (path, id) in [
        ("/api/v1/me/settings/{kind}", "GlobalSettings"),
        ("/api/v1/me/settings/{kind}/{name}", "NamedSettings"),
    ] {
        all.extend(object(path, id));
    }
    all
}

fn effective() -> Endpoint {
    super::get("/api/v1/me/settings", "effectiveSettings", TAG, Access::Session)
        .says(
            "What holds for the caller: its global settings, those of an application over them, those of a device on top.",
            "",
        )
        .query("app", name(), "An application.")
        .query("device", name(), "A device.")
        .header("If-None-Match", text(), KNOWN)
        .json(200, "The settings.", exactly([("settings", any_object()), ("layers", list(layer()))]))
        .empty(304, "The caller has it.")
        .refuses(400, &["VALIDATION_ERROR"])
}

fn layers() -> Endpoint {
    super::get(
        "/api/v1/me/settings/layers",
        "listSettings",
        TAG,
        Access::Session,
    )
    .says("All objects of the caller, without what is in them.", "")
    .json(
        200,
        "The objects.",
        exactly([
            ("layers", list(layer())),
            ("bytes", count()),
            ("maxBytes", count()),
            ("maxObjects", count()),
        ]),
    )
}

fn object(path: &str, id: &str) -> Vec<Endpoint> {
    let one = |method, verb: &str| {
        let one = Endpoint::new(method, path, &format!("{verb}{id}"), TAG, Access::Session);
        let kinds = if path.ends_with("{name}") {
            one_of(&["app", "device"])
        } else {
            one_of(&["global"])
        };
        let one = one
            .path_is("kind", kinds, "Whose settings.")
            .refuses(400, &["VALIDATION_ERROR"]);
        if path.ends_with("{name}") {
            one.path_is("name", name(), "The application or the device.")
        } else {
            one
        }
    };
    let conditional = |endpoint: Endpoint| {
        endpoint
            .header("If-Match", text(), "The tag of what the writer saw.")
            .header("If-None-Match", text(), "`*` makes new settings only.")
            .refuses(412, &["PRECONDITION_FAILED"])
            .empty(404, "There is no such kind.")
    };
    let saved = |endpoint: Endpoint| {
        endpoint
            .json(200, "Saved.", any_object())
            .json(201, "Made.", any_object())
            .refuses(403, &["LIMIT_REACHED"])
            .refuses(413, &["SETTINGS_TOO_LARGE"])
    };
    vec![
        one(Method::Get, "get")
            .says("An object as it was put.", "")
            .header("If-None-Match", text(), KNOWN)
            .json(200, "The object.", any_object())
            .empty(304, "The caller has it.")
            .refuses(404, &["SETTINGS_NOT_FOUND"])
            .empty(404, "There are none, or there is no such kind."),
        saved(conditional(one(Method::Put, "put")))
            .says(
                "Replaces an object, or makes it.",
                "Needs `If-Match` or `If-None-Match`.",
            )
            .takes(any_object())
            .refuses(428, &["PRECONDITION_REQUIRED"]),
        saved(conditional(one(Method::Patch, "patch")))
            .says(
                "Puts a merge patch (RFC 7396) over an object, or over an empty one.",
                "",
            )
            .takes_as(
                vec!["application/merge-patch+json", "application/json"],
                true,
                any_object(),
            ),
        conditional(one(Method::Delete, "delete"))
            .says("Removes an object.", "Needs `If-Match` or `If-None-Match`.")
            .json(200, "Removed.", named("Success"))
            .refuses(404, &["SETTINGS_NOT_FOUND"])
            .refuses(428, &["PRECONDITION_REQUIRED"]),
    ]
}

fn name() -> Value {
    json!({ "type": "string", "pattern": "^[0-9A-Za-z._:@-]{1,64}$" })
}

fn layer() -> Value {
    exactly([
        ("kind", one_of(&["global", "app", "device"])),
        ("name", text()),
        ("bytes", count()),
        ("etag", text()),
        ("updatedAt", time()),
    ])
}
