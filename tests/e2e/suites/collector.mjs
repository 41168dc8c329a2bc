// @ts-check
// Pushing the audit log to a collector, which refuses, loses its answers and sees the server killed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { signedIn } from "../../support/http.mjs";
import { eventually } from "../../support/pace.mjs";
import { WebhookReceiver } from "../../support/webhooks.mjs";
import { ADA } from "./operators.mjs";
import { ACT } from "./shared.mjs";

/** What a collector does to batches after the first that it took: `lost` is taken, but nobody hears so. */
const TROUBLES = /** @type {const} */ (["lost", "refused", "lost"]);
/** How many requests are under way at the same time. */
const TOGETHER = 20;

/** Adds records to the audit log, many at once. @param {import("./shared.mjs").Server} server @param {number} count */
export async function write(server, count) {
  const ada = await signedIn(server, ADA);
  for (let left = count; left > 0; left -= TOGETHER) {
    await Promise.all(Array.from({ length: Math.min(left, TOGETHER) }, () => ada.post(ACT, { permission: "pin:reveal" })));
  }
}

/** Every record up to one arrived, and in order; later ones may have. @param {number[]} ids @param {number} upto */
export function checkWhole(ids, upto) {
  const first = [...new Set(ids)].filter((id) => id <= upto);
  const all = Array.from({ length: upto }, (_, index) => index + 1);
  const missing = all.filter((id) => !first.includes(id));
  const misplaced = first.filter((id, index) => id !== all[index]);
  assert.deepEqual({ missing, misplaced }, { missing: [], misplaced: [] });
}

/**
 * @param {() => import("./shared.mjs").Server} server
 * @param {() => Promise<void>} due runs what the host does in turn, where it needs to be told that it is time
 */
export function collector(server, due) {
  test("a collector gets signed JSON lines, each batch until it has taken it", async () => {
    /** @type {number[]} */
    const ids = [];
    let confirmed = 0;
    const troubles = [...TROUBLES];
    const receiver = new WebhookReceiver();
    receiver.answer = ({ body }) => {
      const trouble = ids.length > 0 ? troubles.shift() : undefined;
      if (trouble === "refused") return 503;
      ids.push(...body.trimEnd().split("\n").map((line) => JSON.parse(line).id));
      if (trouble === "lost") return undefined;
      confirmed = ids.at(-1) ?? 0;
      return 204;
    };
    const arrives = (/** @type {() => boolean} */ has, /** @type {string} */ what) =>
      eventually(async () => {
        await due();
        return has();
      }, what, { everyMs: 200 });
    const env = { PORTCULLIS_AUDIT_COLLECTOR_URL: await receiver.listen("/audit"), PORTCULLIS_AUDIT_COLLECTOR_SECRET: receiver.secret };
    await server().restart(env);
    try {
      await write(server(), 100);
      await arrives(() => ids.length > 0, "the first batch arrives");
      await write(server(), 20);
      await arrives(() => troubles.length < TROUBLES.length, "an answer gets lost");
      await server().kill("SIGKILL");
      await server().start(env);
      await write(server(), 40);
      const upto = Math.max(...(await server().auditRecords()).map(({ id }) => id));
      assert.ok(upto > 160, `${upto} records`);
      await arrives(() => confirmed >= upto, `record ${upto} is taken, and said to be`);
      assert.deepEqual(troubles, []);
      checkWhole(ids, upto);
      assert.ok(ids.length > new Set(ids).size, "what was taken without an answer wasn't told again");
      for (const delivery of receiver.got) {
        receiver.checkSigned(delivery);
        assert.equal(delivery.headers["content-type"], "application/x-ndjson");
      }
    } finally {
      await receiver.stop();
    }
  });
}
