// @ts-check
// Tenants, members and roles made at run time, over HTTP: what every host does alike.

import assert from "node:assert/strict";
import { test } from "node:test";

import { owners } from "./rbac/owners.mjs";
import { permissions } from "./rbac/permissions.mjs";
import { roles } from "./rbac/roles.mjs";
import { RBAC, TENANTS, ask, tenantOf } from "./rbac/shared.mjs";
import { tenants } from "./rbac/tenants.mjs";

export { GUARDS, guarded, prepareGuarded } from "./rbac/guarded.mjs";
export { MIA, POLICY_TEXT, USERS, ask, idOf, roleOf, tenantOf } from "./rbac/shared.mjs";

/** @param {() => import("./shared.mjs").Server} server */
export function rbac(server) {
  for (const suite of [tenants, roles, owners, permissions]) suite(server);

  test("paths and methods that there aren't are 404 without a body", async () => {
    const { base, ola } = await tenantOf(server());
    for (const [path, method] of [["/rbac/nothing", "GET"], [`${RBAC}/nothing`, "GET"], [TENANTS, "DELETE"], [`${base}/roles/x/y`, "GET"]]) {
      const answer = await ask(ola, String(path), String(method));
      assert.deepEqual([answer.status, answer.text], [404, ""], `${method} ${path}`);
    }
  });
}
