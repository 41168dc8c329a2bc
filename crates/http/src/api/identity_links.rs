//! Links to chat identities, and services that sign in by them.

use super::schema::{count, exactly, like, list, named, nullable_text, object, one_of, text, time};
use super::schemas::identity_link;
use super::{Access, Endpoint, delete, get, post};

const TAG: &str = "Identity links";

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = own();
    all.extend(of_services());
    all
}

fn own() -> Vec<Endpoint> {
    vec![
        get(
            "/api/v1/me/identity-links",
            "listIdentityLinks",
            TAG,
            Access::Session,
        )
        .says("The caller's links.", "")
        .json(
            200,
            "The links.",
            exactly([("links", list(identity_link()))]),
        ),
        post(
            "/api/v1/me/identity-links/code",
            "createLinkCode",
            TAG,
            Access::InPerson,
        )
        .says(
            "Makes a one-time code to give to a service.",
            "Takes a fresh sign-in.",
        )
        .json(
            200,
            "The code.",
            exactly([("code", text()), ("expiresAt", time())]),
        )
        .refuses(403, &["SESSION_NOT_FRESH"]),
        delete(
            "/api/v1/me/identity-links/{link}",
            "deleteIdentityLink",
            TAG,
            Access::InPerson,
        )
        .says("Ends a link.", "")
        .json(200, "The link as it was.", identity_link())
        .refuses(404, &["IDENTITY_LINK_NOT_FOUND"]),
    ]
}

fn of_services() -> Vec<Endpoint> {
    let identity = || {
        [
            ("network", like(text(), "matrix")),
            ("externalId", like(text(), "@ada:unit.example")),
        ]
    };
    let [network, external] = identity();
    let keyed = |path: &str, id: &str| {
        post(path, id, TAG, Access::ServiceKey)
            .refuses(401, &["SERVICE_KEY_REQUIRED", "INVALID_SERVICE_KEY"])
            .refuses(403, &["NETWORK_NOT_ALLOWED"])
    };
    vec![
        keyed("/api/v1/identity-links", "redeemLinkCode")
            .says("Links an identity to the user whose code it is.", "")
            .takes(object([
                ("code", text()),
                network,
                external,
                ("displayName?", nullable_text()),
            ]))
            .json(200, "It was linked already.", identity_link())
            .json(201, "Linked.", identity_link())
            .refuses(400, &["INVALID_CODE"])
            .refuses(403, &["LIMIT_REACHED"])
            .refuses(409, &["IDENTITY_TAKEN"]),
        keyed("/api/v1/identity-links/sign-in", "signInByIdentity")
            .says(
                "An access token for the user whom an identity is linked to.",
                "Its claim `act` names the service (RFC 8693 section 4.1).",
            )
            .takes(object(identity()))
            .json(
                200,
                "The token.",
                exactly([
                    ("token", text()),
                    ("tokenType", one_of(&["Bearer"])),
                    ("expiresIn", count()),
                    ("expiresAt", time()),
                    ("user", named("User")),
                ]),
            )
            .refuses(403, &["ACCOUNT_DISABLED"])
            .refuses(404, &["IDENTITY_NOT_LINKED"]),
    ]
}
