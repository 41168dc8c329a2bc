// @ts-check
// examples/guarded-api: a worker in Rust and one in TypeScript guard themselves by the server's tokens and policy, alike.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Guarded, WORKERS, policyJson, policyText } from "../support/guarded-api.mjs";
import { signedIn } from "../support/http.mjs";
import { startNative } from "../support/server.mjs";
import { portcullis } from "../support/program.mjs";
import { ROOT } from "../support/program.mjs";

const LEA = { email: "lea@example.org", password: "lead of the red team", roles: ["lead@team:red"] };
const MO = { email: "mo@example.org", password: "member of the red team", roles: ["member@team:red"] };
const BO = { email: "bo@example.org", password: "member of the blue team", roles: ["member@team:blue"] };
const OUT = { email: "out@example.org", password: "in no team at all here" };
const USERS = { lea: LEA, mo: MO, bo: BO, out: OUT };

/** @type {Awaited<ReturnType<typeof startNative>>} */
let server;
/** @type {Record<keyof typeof USERS, string>} */
let tokens;

before(async () => {
  const scopes = ["team:red", "team:blue"];
  server = await startNative({ policyText: await policyText(), users: Object.values(USERS), scopes });
  const entries = Object.entries(USERS).map(async ([name, user]) => {
    const page = await signedIn(server, user);
    return [name, String((await page.get("/api/auth/token")).json.token)];
  });
  tokens = Object.fromEntries(await Promise.all(entries));
});
after(() => server?.stop());

test("policy.json is policy.toml", async () => {
  assert.equal(await policyJson(), await portcullis(["policy", "json", `${ROOT}/examples/guarded-api/policy.toml`]));
});

for (const worker of WORKERS) {
  describe(worker.name, () => {
    /** @type {Guarded} */
    let api;
    before(async () => {
      api = await Guarded.start(worker, server.origin);
      for (const [id, who, team] of /** @type {const} */ ([["m1", "mo", "red"], ["l1", "lea", "red"], ["b1", "bo", "blue"]])) {
        const made = await api.ask("PUT", `/notes/${id}`, tokens[who], { team_id: team, title: `of ${who}`, remark: `${who} alone` });
        assert.deepEqual([made.status, made.json], [201, { id }]);
      }
    });
    after(() => api?.stop());

    /** @param {keyof typeof USERS} who */
    const titles = async (who) => (await api.ask("GET", "/notes", tokens[who])).json.notes.map((/** @type {any} */ one) => one.title);

    test("without a token of this server nothing is answered, and the code says why", async () => {
      const changed = tokens.mo.replace(/.{8}$/u, "AAAAAAAA");
      for (const [token, code] of [[undefined, "token_missing"], ["x", undefined], [changed, "signature_invalid"]]) {
        const { status, json } = await api.ask("GET", "/notes", token);
        assert.equal(status, 401);
        if (code !== undefined) assert.equal(json.code, code);
      }
    });

    test("everybody sees the notes of their own teams", async () => {
      assert.deepEqual(await titles("mo"), ["of lea", "of mo"]);
      assert.deepEqual(await titles("lea"), ["of lea", "of mo"]);
      assert.deepEqual(await titles("bo"), ["of bo"]);
      assert.deepEqual(await titles("out"), []);
    });

    test("a remark is its writer's alone", async () => {
      const { notes } = (await api.ask("GET", "/notes", tokens.lea)).json;
      assert.deepEqual(notes.map((/** @type {any} */ one) => one.remark), ["lea alone", null]);
    });

    test("nobody writes into another team, nor in another's name", async () => {
      const elsewhere = await api.ask("PUT", "/notes/x1", tokens.bo, { team_id: "red", title: "sneaked in" });
      assert.equal(elsewhere.status, 403);
      const named = await api.ask("PUT", "/notes/x2", tokens.bo, { team_id: "blue", title: "not mine", owner_id: "mo" });
      assert.deepEqual([named.status, named.json.code], [400, "unknown_field"]);
      const taken = await api.ask("PUT", "/notes/m1", tokens.bo, { team_id: "blue", title: "instead of mo's" });
      assert.deepEqual([taken.status, taken.json.code], [409, "id_taken"]);
      assert.deepEqual(await titles("mo"), ["of lea", "of mo"]);
    });

    test("a note is changed by its writer, and for all others isn't there", async () => {
      for (const who of /** @type {const} */ (["lea", "bo", "out"])) {
        const { status } = await api.ask("PATCH", "/notes/m1", tokens[who], { title: "of somebody else" });
        assert.equal(status, 404, who);
      }
      assert.equal((await api.ask("PATCH", "/notes/m1", tokens.mo, { title: "of mo, again" })).status, 200);
      assert.deepEqual(await titles("lea"), ["of lea", "of mo, again"]);
    });

    test("what an archived note says stays, until it is taken out of the archive", async () => {
      const change = async (/** @type {object} */ members) => (await api.ask("PATCH", "/notes/m1", tokens.mo, members)).status;
      assert.equal(await change({ archived: true }), 200);
      assert.equal(await change({ title: "too late" }), 404);
      assert.equal(await change({ archived: false }), 200);
      assert.equal(await change({ title: "of mo" }), 200);
    });

    test("a route is guarded at its team, and the refusal has the policy's reason", async () => {
      const allowed = await api.ask("GET", "/teams/red/report", tokens.lea);
      assert.deepEqual([allowed.status, allowed.json], [200, { team: "red", titles: ["of lea", "of mo"] }]);
      for (const [who, team, code] of /** @type {const} */ ([["lea", "blue", "out_of_scope"], ["mo", "red", "no_role"], ["out", "red", "no_role"]])) {
        const { status, json } = await api.ask("GET", `/teams/${team}/report`, tokens[who]);
        assert.deepEqual([status, json.code], [403, code], `${who} in ${team}`);
        assert.ok(json.message.length > 10);
      }
    });

    test("a lead deletes a member's note; a member of another team doesn't", async () => {
      assert.equal((await api.ask("DELETE", "/notes/m1", tokens.bo)).status, 404);
      assert.equal((await api.ask("DELETE", "/notes/l1", tokens.mo)).status, 404);
      assert.equal((await api.ask("DELETE", "/notes/m1", tokens.lea)).status, 200);
      assert.deepEqual(await titles("mo"), ["of lea"]);
    });

    test("bodies that aren't notes are refused", async () => {
      for (const body of [[], "x", { title: 7 }, { title: "t", extra: 1 }, {}]) {
        assert.equal((await api.ask("PATCH", "/notes/l1", tokens.lea, body)).status, 400, JSON.stringify(body));
      }
      assert.equal((await api.ask("POST", "/notes", tokens.lea, {})).status, 404);
    });
  });
}
