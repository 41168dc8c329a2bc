//! Tenants, their members and their roles: the same endpoints under `/api/auth/rbac` and `/rbac`.

use portcullis_service::tenants::MAX_PAGE;
use serde_json::{Value, json};

use super::schema::{
    count, exactly, flag, id, list, named, nullable_text, number, object, text, text_to, time,
};
use super::{Access, Endpoint, Method, schemas};

const TAG: &str = "Tenants";

/// The schemas of this chapter.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Tenant",
            exactly([
                ("id", id()),
                ("name", text()),
                ("slug", text()),
                ("createdAt", time()),
                ("updatedAt", time()),
            ]),
        ),
        (
            "Member",
            exactly([
                ("id", id()),
                ("tenantId", id()),
                ("userId", id()),
                ("name", text()),
                ("email", text()),
                ("owner", flag()),
                ("createdAt", time()),
            ]),
        ),
        (
            "Role",
            exactly([
                ("id", id()),
                ("tenantId", id()),
                ("name", text()),
                ("description", text()),
                ("permissions", list(text())),
                ("revision", count()),
                ("createdAt", time()),
                ("updatedAt", time()),
            ]),
        ),
        (
            "Assignment",
            exactly([
                ("tenantId", id()),
                ("memberId", id()),
                ("userId", id()),
                ("role", named("Role")),
            ]),
        ),
        (
            "Permission",
            exactly([
                ("id", text()),
                ("name", text()),
                ("resource", text()),
                ("action", text()),
                ("description", text()),
                ("runTime", flag()),
            ]),
        ),
    ]
}

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    for at in [
        At {
            path: "/api/auth/rbac",
            id: "rbac",
        },
        At {
            path: "/rbac",
            id: "rootRbac",
        },
    ] {
        all.extend(at.tenants());
        all.extend(at.members());
        all.extend(at.member_roles());
        all.extend(at.roles());
        all.extend(at.permissions());
        all.extend(at.checks());
    }
    all
}

/// One of the two places.
#[derive(Clone, Copy)]
struct At {
    path: &'static str,
    id: &'static str,
}

impl At {
    fn one(self, method: Method, path: &str, id: &str, operation: &'static str) -> Endpoint {
        let (path, id) = (format!("{}{path}", self.path), format!("{}{id}", self.id));
        let made = Endpoint::new(method, &path, &id, TAG, Access::Chosen(operation));
        let in_tenant = path.contains("{tenant}");
        let made = if in_tenant {
            made.refuses(404, &["TENANT_NOT_FOUND"])
                .refuses(403, &["TENANTS_DISABLED"])
        } else {
            made
        };
        match (in_tenant, method.writes()) {
            (true, true) => made
                .refuses(403, &["OWNERS_ONLY"])
                .refuses(409, &["CHANGED_MEANWHILE"]),
            (false, true) => made.refuses(409, &["CHANGED_MEANWHILE"]),
            _ => made,
        }
    }

    /// `PUT` and `PATCH` mean the same.
    fn both(
        self,
        path: &str,
        id: &str,
        operation: &'static str,
        with: impl Fn(Endpoint) -> Endpoint,
    ) -> [Endpoint; 2] {
        [
            with(self.one(Method::Put, path, &format!("Put{id}"), operation)),
            with(self.one(Method::Patch, path, &format!("Patch{id}"), operation)),
        ]
    }

    fn tenants(self) -> Vec<Endpoint> {
        let tenant = || named("Tenant");
        let mut all = vec![
            paged(self.one(Method::Get, "/tenants", "ListTenants", "tenants.read"))
                .says("The caller's tenants.", "")
                .json(200, "A page.", page("tenants", tenant()))
                .refuses(403, &["TENANTS_DISABLED"]),
            self.one(Method::Post, "/tenants", "CreateTenant", "tenants.write")
                .says("Makes a tenant of the caller's.", "")
                .takes(object([("name", text_to(100)), ("slug?", nullable_text())]))
                .json(200, "The tenant.", tenant())
                .refuses(403, &["LIMIT_REACHED", "TENANTS_DISABLED"])
                .refuses(409, &["NAME_TAKEN"]),
            self.one(
                Method::Get,
                "/tenants/{tenant}",
                "GetTenant",
                "tenants.read",
            )
            .says("A tenant.", "")
            .json(200, "The tenant.", tenant()),
        ];
        all.extend(
            self.both("/tenants/{tenant}", "Tenant", "tenants.write", |one| {
                one.says("Gives a tenant another name.", "")
                    .takes(object([("name", text_to(100))]))
                    .json(200, "The tenant.", named("Tenant"))
            }),
        );
        all
    }

    fn members(self) -> Vec<Endpoint> {
        let by = json!({
            "type": "object",
            "properties": { "userId": text(), "email": nullable_text(), "owner": { "type": ["boolean", "null"] } },
            "anyOf": [{ "required": ["userId"] }, { "required": ["email"] }],
        });
        let member = || named("Member");
        let mut all = vec![
            paged(self.one(
                Method::Get,
                "/tenants/{tenant}/members",
                "ListMembers",
                "members.read",
            ))
            .says("The members of a tenant.", "")
            .json(200, "A page.", page("members", member())),
            self.one(
                Method::Post,
                "/tenants/{tenant}/members",
                "AddMember",
                "members.write",
            )
            .says(
                "Makes a user a member.",
                "By address only where the caller may know who exists.",
            )
            .takes(by)
            .json(200, "The membership.", member())
            .refuses(403, &["LIMIT_REACHED", "MEMBER_BY_ADDRESS_NOT_ALLOWED"])
            .refuses(404, &["USER_NOT_FOUND"]),
            self.one(
                Method::Delete,
                "/tenants/{tenant}/members/{member}",
                "RemoveMember",
                "members.write",
            )
            .says("Ends a membership.", "Members may end their own.")
            .json(200, "The membership as it was.", member())
            .refuses(404, &["MEMBER_NOT_FOUND"])
            .refuses(409, &["LAST_OWNER"]),
        ];
        all.extend(self.both(
            "/tenants/{tenant}/members/{member}",
            "Member",
            "members.write",
            |one| {
                one.says("Makes a member an owner, or an owner a mere member.", "")
                    .takes(object([("owner", flag())]))
                    .json(200, "The membership.", named("Member"))
                    .refuses(404, &["MEMBER_NOT_FOUND"])
                    .refuses(409, &["LAST_OWNER"])
            },
        ));
        all
    }

    fn member_roles(self) -> Vec<Endpoint> {
        let path = "/tenants/{tenant}/members/{member}/roles";
        let role = || object([("roleId", text())]);
        let found = ["MEMBER_NOT_FOUND", "ROLE_NOT_FOUND"];
        vec![
            paged(self.one(Method::Get, path, "ListMemberRoles", "memberRoles.read"))
                .says("The roles of a member.", "")
                .json(200, "A page.", page("roles", named("Role")))
                .refuses(404, &["MEMBER_NOT_FOUND"]),
            self.one(Method::Post, path, "AssignRole", "memberRoles.write")
                .says("Gives a member a role.", "")
                .takes(role())
                .json(200, "What was given.", named("Assignment"))
                .refuses(403, &["LIMIT_REACHED", "PERMISSION_NOT_HELD"])
                .refuses(404, &found),
            self.one(
                Method::Delete,
                path,
                "UnassignNamedRole",
                "memberRoles.write",
            )
            .says("Takes a role from a member.", "")
            .takes(role())
            .json(200, "Taken.", named("Success"))
            .refuses(403, &["PERMISSION_NOT_HELD"])
            .refuses(404, &found),
            self.one(
                Method::Delete,
                "/tenants/{tenant}/members/{member}/roles/{role}",
                "UnassignRole",
                "memberRoles.write",
            )
            .says("Takes the role of the path from a member.", "")
            .json(200, "Taken.", named("Success"))
            .refuses(403, &["PERMISSION_NOT_HELD"])
            .refuses(404, &found),
        ]
    }

    fn roles(self) -> Vec<Endpoint> {
        let role = || named("Role");
        let members = |required: bool| {
            let name = if required { "name" } else { "name?" };
            object([
                (name, text_to(100)),
                ("description?", nullable_text()),
                ("permissions?", list(text())),
            ])
        };
        let mut all = vec![
            paged(self.one(
                Method::Get,
                "/tenants/{tenant}/roles",
                "ListRoles",
                "roles.read",
            ))
            .says("The roles of a tenant.", "")
            .json(200, "A page.", page("roles", role())),
            self.one(
                Method::Post,
                "/tenants/{tenant}/roles",
                "CreateRole",
                "roles.write",
            )
            .says("Makes a role.", "")
            .takes(members(true))
            .json(200, "The role.", role())
            .refuses(400, &["UNKNOWN_PERMISSION"])
            .refuses(403, &["LIMIT_REACHED", "PERMISSION_NOT_HELD"])
            .refuses(409, &["NAME_TAKEN"]),
            self.one(
                Method::Get,
                "/tenants/{tenant}/roles/{role}",
                "GetRole",
                "roles.read",
            )
            .says("A role.", "")
            .json(200, "The role.", role())
            .refuses(404, &["ROLE_NOT_FOUND"]),
            self.one(
                Method::Delete,
                "/tenants/{tenant}/roles/{role}",
                "DeleteRole",
                "roles.write",
            )
            .says("Deletes a role.", "")
            .json(200, "The role as it was.", role())
            .refuses(403, &["PERMISSION_NOT_HELD"])
            .refuses(404, &["ROLE_NOT_FOUND"]),
        ];
        all.extend(self.both(
            "/tenants/{tenant}/roles/{role}",
            "Role",
            "roles.write",
            |one| {
                one.says(
                    "Changes a role.",
                    "The permissions take the place of all that it had.",
                )
                .takes(members(false))
                .json(200, "The role.", named("Role"))
                .refuses(400, &["UNKNOWN_PERMISSION"])
                .refuses(403, &["PERMISSION_NOT_HELD"])
                .refuses(404, &["ROLE_NOT_FOUND"])
                .refuses(409, &["NAME_TAKEN"])
            },
        ));
        all
    }

    fn permissions(self) -> Vec<Endpoint> {
        let permission = || named("Permission");
        let off = ["PERMISSION_WRITES_DISABLED", "PERMISSION_WRITES_UNGUARDED"];
        let mut all = vec![
            paged(self.one(
                Method::Get,
                "/permissions",
                "ListPermissions",
                "permissions.read",
            ))
            .says("Every permission.", "")
            .json(200, "A page.", page("permissions", permission())),
            self.one(
                Method::Post,
                "/permissions",
                "CreatePermission",
                "permissions.write",
            )
            .says("Makes a permission at run time.", "")
            .takes(object([
                ("resource", text()),
                ("action", text()),
                ("description?", nullable_text()),
            ]))
            .json(200, "The permission.", permission())
            .refuses(403, &off)
            .refuses(403, &["LIMIT_REACHED"])
            .refuses(409, &["NAME_TAKEN"]),
            self.one(
                Method::Get,
                "/permissions/{permission}",
                "GetPermission",
                "permissions.read",
            )
            .says("A permission by its id or its name.", "")
            .json(200, "The permission.", permission())
            .refuses(404, &["PERMISSION_NOT_FOUND"]),
            self.one(
                Method::Delete,
                "/permissions/{permission}",
                "DeletePermission",
                "permissions.write",
            )
            .says("Deletes a permission made at run time.", "")
            .json(200, "The permission as it was.", permission())
            .refuses(403, &off)
            .refuses(403, &["PERMISSION_OF_POLICY"])
            .refuses(404, &["PERMISSION_NOT_FOUND"]),
        ];
        all.extend(self.both(
            "/permissions/{permission}",
            "Permission",
            "permissions.write",
            |one| {
                one.says(
                    "Changes a permission made at run time.",
                    "`resource` and `action` only together.",
                )
                .takes(object([
                    ("resource?", text()),
                    ("action?", text()),
                    ("description?", nullable_text()),
                ]))
                .json(200, "The permission.", named("Permission"))
                .refuses(403, &off)
                .refuses(403, &["PERMISSION_OF_POLICY"])
                .refuses(404, &["PERMISSION_NOT_FOUND"])
                .refuses(409, &["NAME_TAKEN"])
            },
        ));
        all
    }

    fn checks(self) -> Vec<Endpoint> {
        let permissions = || {
            object([(
                "permissions",
                json!({ "type": "array", "items": text(), "minItems": 1, "maxItems": 100 }),
            )])
        };
        let one = |path: &str, id: &str, summary: &'static str, body: Value| {
            let (path, id) = (
                format!("{}/tenants/{{tenant}}{path}", self.path),
                format!("{}{id}", self.id),
            );
            super::post(&path, &id, TAG, Access::Session)
                .says(summary, "For members, and for those whose grants reach the tenant; to all others there is no such tenant.")
                .takes(body)
                .json(200, "The answer.", exactly([("result", flag())]))
                .refuses(403, &["TENANTS_DISABLED"])
                .refuses(404, &["TENANT_NOT_FOUND"])
        };
        vec![
            one(
                "/permissions/check",
                "CheckPermission",
                "Whether the caller has a permission in the tenant.",
                object([("permission", text())]),
            ),
            one(
                "/permissions/check-any",
                "CheckAnyPermission",
                "Whether the caller has one of these permissions.",
                permissions(),
            ),
            one(
                "/permissions/check-all",
                "CheckAllPermissions",
                "Whether the caller has all of these permissions.",
                permissions(),
            ),
        ]
    }
}

fn paged(endpoint: Endpoint) -> Endpoint {
    endpoint
        .query(
            "limit",
            number(1, i64::from(MAX_PAGE)),
            "Entries of a page; 100 when absent.",
        )
        .query(
            "after",
            json!({ "type": "string", "maxLength": 512 }),
            "The `next` of the page before.",
        )
        .refuses(400, &["VALIDATION_ERROR"])
}

fn page(name: &str, of: Value) -> Value {
    exactly([(name, list(of)), ("next", schemas::next())])
}
