// @ts-check
// An office with a head, who manages accounts, and clerks, who don't.

export const POLICY_TEXT = `
name = "office"
version = "1"
[roles.HEAD]
level = 3
[roles.CLERK]
level = 1
[permissions]
"user:create" = ["HEAD"]
"user:update" = ["HEAD"]
"user:impersonate" = ["HEAD"]
"session:manage" = ["HEAD"]
"doc:read" = ["HEAD", "CLERK"]
`;
export const HEAD = { email: "head@example.org", name: "Hedy", password: "the head of it all", roles: ["HEAD"] };
export const PEER = { email: "peer@example.org", name: "Per", password: "another head of it", roles: ["HEAD"] };
export const CLERK = { email: "clerk@example.org", name: "Clara", password: "a clerk of the office", roles: ["CLERK"] };
