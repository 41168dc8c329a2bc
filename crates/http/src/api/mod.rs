//! What the server speaks, as data: one [`Endpoint`] for each method of each path, and the `OpenAPI` 3.1
//! document that is made of them.
//!
//! Nothing here runs in a server. It is behind the feature `openapi`, which the native program and the
//! tests switch on; the worker doesn't carry it.

mod access;
mod account;
mod admin;
mod api_keys;
mod authzen;
mod decisions;
mod document;
mod endpoint;
mod identity_links;
mod impersonation;
mod operation;
mod rbac;
mod records;
pub mod schema;
mod schemas;
mod sessions;
mod settings;

use serde_json::Value;

pub use access::Access;
pub use endpoint::{Answer, Body, Endpoint, Method, Parameter, delete, get, patch, post, put};

/// Every endpoint, in the order in which the document has them.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(sessions::endpoints());
    all.extend(account::endpoints());
    all.extend(api_keys::endpoints());
    all.extend(decisions::endpoints());
    all.extend(rbac::endpoints());
    all.extend(records::endpoints());
    all.extend(settings::endpoints());
    all.extend(identity_links::endpoints());
    all.extend(authzen::endpoints());
    all.extend(admin::endpoints());
    all.extend(impersonation::endpoints());
    all.extend(operation::endpoints());
    api_keys::with_keys(all)
}

/// The schemas that endpoints name, as (name, schema).
fn named_schemas() -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    all.extend(schemas::schemas());
    all.extend(rbac::schemas());
    all.extend(api_keys::schemas());
    all.extend(admin::schemas());
    all.extend(operation::schemas());
    all
}

/// The `OpenAPI` 3.1 document; the same text for the same code.
#[must_use]
pub fn document() -> Value {
    document::document(&endpoints(), named_schemas())
}

/// The document as `www/openapi.json` has it.
#[must_use]
pub fn document_text() -> String {
    document::text(&document())
}
