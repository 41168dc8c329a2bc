// @ts-check
// Who operates a server: an administrator, an auditor, and a reader who does nothing of the kind.

export const POLICY_TEXT = `
name = "ops"
version = "1.0.0"
[roles.ADMIN]
level = 2
[roles.AUDITOR]
level = 1
[roles.READER]
level = 0
[permissions]
"audit:view" = ["ADMIN", "AUDITOR"]
"audit:export" = ["ADMIN"]
"metrics:view" = ["ADMIN"]
"user:list" = ["ADMIN"]
"apikey:manage" = ["ADMIN"]
"pin:reveal" = ["ADMIN"]
`;
export const ADA = { email: "ada@example.org", password: "the administrator's own", name: "Ada", roles: ["ADMIN"] };
export const ABE = { email: "abe@example.org", password: "the auditor's very own", name: "=Abe", roles: ["AUDITOR"] };
export const RAY = { email: "ray@example.org", password: "a reader and no more", name: "Ray", roles: ["READER"] };
