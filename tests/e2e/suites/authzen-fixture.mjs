// @ts-check
// Who and what the tests of the AuthZEN API are about.

export const ALICE = { email: "alice@example.com", password: "alice's own password", roles: ["READER@region:r1", "SALES@region:r1"] };
export const BOB = { email: "bob@example.com", password: "bob's own password here", roles: ["EDITOR"] };
export const CARL = { email: "carl@example.com", password: "carl's own password", roles: ["READER@region:r2"] };
/** Disabled before the tests begin. */
export const DAN = { email: "dan@example.com", password: "no longer with us", roles: ["EDITOR"] };
/** An enforcement point. */
export const PEP = { email: "pep@example.com", password: "an enforcement point", roles: ["PEP"] };
export const PEP_TWO = { email: "pep2@example.com", password: "another enforcement point", roles: ["PEP"] };

export const SCOPES = ["region:r1", "region:r2", "region:r3", "region:r4"];

export const ENVIRONMENT = {
  PORTCULLIS_AUTHZEN_PERMISSION: "authz:ask",
  PORTCULLIS_RECORDS_PERMISSION: "authz:register",
};

export const POLICY_TEXT = `
name = "authzen"
version = "1.0.0"
scopes = ["region"]
default_tier = "public"
[roles.PEP]
[roles.READER]
[roles.EDITOR]
[roles.SALES]
[permissions]
"authz:ask" = ["PEP"]
"authz:register" = ["PEP"]
"document:can_edit" = ["EDITOR"]
"item:read" = ["READER"]
"desk:open" = ["SALES"]
"desk:close" = []
[[tiers]]
name = "public"
[auth]
department = "string"
clearance = "int"
email = "string"
[context]
shift = "string"
[resources.account]
actions = ["can_read", "can_write"]
[resources.account.fields]
id = "string"
owner_id = "string"
[resources.document]
actions = ["read", "can_read", "can_edit"]
[resources.document.fields]
id = "string"
level = "int"
department = "string"
title = "string"
[resources.item]
actions = ["read", "update"]
scope = { region = "region_id" }
[resources.item.fields]
id = "string"
region_id = "string"
owner_id = "string"
locked = "bool"
[[rules]]
name = "accounts"
effect = "allow"
resource = "account"
when = "record.owner_id == auth.id"
[[rules]]
name = "public-documents"
effect = "allow"
resource = "document"
actions = ["read", "can_read"]
when = "record.level == 0"
message = "Everybody may read what is public."
[[rules]]
name = "department"
effect = "allow"
resource = "document"
actions = ["read"]
when = "record.department == auth.department"
fields = ["title"]
[[rules]]
name = "night"
effect = "deny"
resource = "document"
when = "request.shift == 'night'"
message = "Not at night."
[[rules]]
name = "own-items"
effect = "allow"
resource = "item"
when = "record.owner_id == auth.id"
[[rules]]
name = "locked-items"
effect = "deny"
resource = "item"
actions = ["update"]
when = "record.locked"
`;

/**
 * A thousand items, three accounts of Alice's, three documents, as JSON lines.
 *
 * @param {string} alice her id
 * @param {string} bob his
 */
export function ITEMS(alice, bob) {
  const items = Array.from({ length: 1000 }, (_, n) => ({
    type: "item",
    id: `i${String(n).padStart(4, "0")}`,
    properties: { region_id: `r${1 + (n % 4)}`, owner_id: n % 7 === 0 ? alice : bob, locked: n % 3 === 0 },
  }));
  const accounts = ["123", "456", "789"].map((id) => ({ type: "account", id, properties: { owner_id: alice } }));
  const documents = [0, 2, 0].map((level, n) => ({
    type: "document",
    id: String(n + 1),
    properties: { level, department: "Sales", title: "A title" },
  }));
  const all = [...items, ...accounts, ...documents, { type: "account", id: "999", properties: { owner_id: bob } }];
  return all.map((one) => `${JSON.stringify(one)}\n`).join("");
}
