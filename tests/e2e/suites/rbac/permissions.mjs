// @ts-check
// The list of permissions, and that it isn't written by default.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { signedIn } from "../../../support/http.mjs";
import { PERMISSIONS, OLA, MIA, STA, ask } from "./shared.mjs";

/** @param {() => import("../shared.mjs").Server} server */
export function permissions(server) {
  describe("permissions", () => {
    test("are listed in order, page by page, and found by name", async () => {
      const mia = await signedIn(server(), MIA);
      const { permissions, next } = (await mia.get(PERMISSIONS)).json;
      const names = permissions.map((/** @type {{ name: string }} */ one) => one.name);
      assert.deepEqual([names, next], [["doc:read", "doc:share", "doc:write", "permission:manage", "role:manage"], null]);
      const first = (await mia.get(`${PERMISSIONS}?limit=2`)).json;
      assert.deepEqual([first.permissions.length, first.next], [2, "doc:share"]);
      const one = await mia.get(`${PERMISSIONS}/doc:write`);
      assert.deepEqual(one.outcome, [200, { id: "doc:write", name: "doc:write", resource: "doc", action: "write", description: "", runTime: false }]);
      assert.deepEqual((await mia.get(`${PERMISSIONS}/no:such`)).outcome, [404, { code: "PERMISSION_NOT_FOUND", message: "Permission not found" }]);
    });

    test("aren't written unless that is switched on", async () => {
      const off = [403, { code: "PERMISSION_WRITES_DISABLED", message: "Permissions can't be written: PORTCULLIS_RBAC_PERMISSION_WRITES isn't on" }];
      for (const user of [OLA, STA]) {
        const page = await signedIn(server(), user);
        assert.deepEqual((await page.post(PERMISSIONS, { resource: "x", action: "y" })).outcome, off);
        assert.deepEqual((await ask(page, `${PERMISSIONS}/doc:read`, "PUT", { resource: "x", action: "y" })).outcome, off);
        assert.deepEqual((await ask(page, `${PERMISSIONS}/doc:read`, "PATCH", {})).outcome, off);
        assert.deepEqual((await ask(page, `${PERMISSIONS}/doc:read`, "DELETE")).outcome, off);
      }
    });
  });
}
