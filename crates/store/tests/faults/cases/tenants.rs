//! Tenants, their members and roles, and permissions that are made at run time.

use serde_json::json;

use crate::case::Again::{Same, Then};
use crate::case::{Case, case, get, post, send};
use crate::given::{
    administrator, member_path, permission, permission_path, role, role_given, signed_in, tenant,
    tenant_and_permission, tenant_path,
};

#[rustfmt::skip] // A table: one use case a line.
pub(super) const CASES: &[Case] = &[
    // Tenants.
    case("making a tenant", signed_in, |_| post("/rbac/tenants", json!({ "name": "Acme", "slug": "acme" })), Then("NAME_TAKEN")),
    case("renaming a tenant", tenant, |w| send("PATCH", &tenant_path(w, ""), Some(json!({ "name": "Other" }))), Same),
    case("adding a member", tenant, |w| post(&tenant_path(w, "/members"), json!({ "userId": "bob" })), Same),
    case("making a role", tenant, |w| post(&tenant_path(w, "/roles"), json!({ "name": "Reader", "permissions": ["doc:read"] })), Then("NAME_TAKEN")),
    case("changing a role", role, |w| send("PUT", &tenant_path(w, &format!("/roles/{}", w.kept["role"])), Some(json!({ "permissions": ["doc:write"] }))), Same),
    case("giving a role", role, |w| post(&tenant_path(w, &format!("/members/{}/roles", w.kept["member"])), json!({ "roleId": w.kept["role"] })), Same),
    case("taking a role", role_given, |w| send("DELETE", &tenant_path(w, &format!("/members/{}/roles/{}", w.kept["member"], w.kept["role"])), None), Same),
    case("deleting a role", role_given, |w| send("DELETE", &tenant_path(w, &format!("/roles/{}", w.kept["role"])), None), Then("ROLE_NOT_FOUND")),
    case("removing a member", role_given, |w| send("DELETE", &tenant_path(w, &format!("/members/{}", w.kept["member"])), None), Then("MEMBER_NOT_FOUND")),
    case("the tenants", tenant, |_| get("/rbac/tenants"), Same),
    case("a tenant", tenant, |w| get(&tenant_path(w, "")), Same),
    case("replacing a tenant", tenant, |w| send("PUT", &tenant_path(w, ""), Some(json!({ "name": "Other" }))), Same),
    case("the members", role, |w| get(&tenant_path(w, "/members")), Same),
    case("making a member an owner", role, |w| send("PATCH", &member_path(w, ""), Some(json!({ "owner": true }))), Same),
    case("replacing a member", role, |w| send("PUT", &member_path(w, ""), Some(json!({ "owner": true }))), Same),
    case("the roles", role, |w| get(&tenant_path(w, "/roles")), Same),
    case("a role", role, |w| get(&tenant_path(w, &format!("/roles/{}", w.kept["role"]))), Same),
    case("renaming a role", role, |w| send("PATCH", &tenant_path(w, &format!("/roles/{}", w.kept["role"])), Some(json!({ "name": "Author" }))), Same),
    case("the roles of a member", role_given, |w| get(&member_path(w, "/roles")), Same),
    case("taking a role that the body names", role_given, |w| send("DELETE", &member_path(w, "/roles"), Some(json!({ "roleId": w.kept["role"] }))), Same),
    case("asking for a permission in a tenant", tenant, |w| post(&tenant_path(w, "/permissions/check"), json!({ "permission": "doc:read" })), Same),
    case("asking for one of some permissions", tenant, |w| post(&tenant_path(w, "/permissions/check-any"), json!({ "permissions": ["doc:read", "doc:write"] })), Same),
    case("asking for all of some permissions", tenant, |w| post(&tenant_path(w, "/permissions/check-all"), json!({ "permissions": ["doc:read", "doc:write"] })), Same),
    // Permissions.
    case("the permissions", permission, |_| get("/rbac/permissions"), Same),
    case("a permission", permission, |w| get(&permission_path(w)), Same),
    case("making a permission", administrator, |_| post("/rbac/permissions", json!({ "resource": "doc", "action": "share" })), Then("NAME_TAKEN")),
    case("replacing a permission", permission, |w| send("PUT", &permission_path(w), Some(json!({ "resource": "doc", "action": "hand", "description": "Hands it on" }))), Same),
    case("describing a permission", permission, |w| send("PATCH", &permission_path(w), Some(json!({ "description": "Hands it on" }))), Same),
    case("deleting a permission", permission, |w| send("DELETE", &permission_path(w), None), Then("PERMISSION_NOT_FOUND")),
    case("making a role with such a permission", tenant_and_permission, |w| post(&tenant_path(w, "/roles"), json!({ "name": "Sharer", "permissions": ["doc:share"] })), Then("NAME_TAKEN")),
];
