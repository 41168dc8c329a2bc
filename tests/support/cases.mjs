// All cases, written and random, in one form for every host.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { ALLOWING, oracle } from "./oracle.mjs";
import { randomPolicy } from "./random/policy.mjs";
import { randomPrincipals, randomScopes } from "./random/principals.mjs";
import { randomCases } from "./random/requests.mjs";
import { policyText } from "./random/toml.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const binary = process.env.PORTCULLIS_BIN ?? join(root, "target/debug/portcullis");

/** The time of the written cases. */
export const NOW_SECS = 1_800_000_000;

const FIRST_SEED = Number(process.env.PORTCULLIS_SEED ?? 20_261_122);
/** Random principals in one group. */
const PRINCIPALS = 25;

/**
 * Groups of the files in tests/cases. `tables` is there where the file holds its own policy.
 *
 * @returns {{ name: string, toml: string, tables?: object, overHttp: boolean, scopes?: string[], principals: object, cases: object[] }[]}
 */
export function writtenGroups() {
  const folder = join(root, "tests/cases");
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")).sort();
  return files.map((file) => {
    const { policy, overHttp = true, scopes, principals, cases } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const common = { name: file, overHttp, scopes, principals, cases };
    if (typeof policy === "object") return { ...common, tables: policy, toml: policyText(policy) };
    return { ...common, toml: readFileSync(join(root, `policies/${policy}.toml`), "utf8") };
  });
}

/**
 * Groups of random requests, each about a policy of its own, with the oracle's verdicts.
 *
 * @param {number} count groups
 * @param {{ requests?: number, isServed?: boolean }} [options] requests a group; `isServed`: the directory is one
 *   that a server has, closed, each scope in one place
 */
export function randomGroups(count, { requests = 200, isServed = false } = {}) {
  return Array.from({ length: count }, (_, n) => {
    const seed = FIRST_SEED + n;
    const tables = randomPolicy(seed);
    const known = randomScopes(tables);
    const scopes = isServed ? known : directoryOf(seed, known);
    const principals = randomPrincipals(seed, tables, known, { count: PRINCIPALS, nowSecs: NOW_SECS });
    const cases = randomCases(seed, tables, known, principals, requests).map((one) => {
      const code = oracle(tables, { id: one.principal, ...principals[one.principal] }, one.request, scopes, NOW_SECS);
      return { ...one, expect: { allow: ALLOWING.includes(code), code } };
    });
    return { name: `seed ${seed}`, toml: policyText(tables), tables, scopes, principals, cases };
  });
}

/** Open for some seeds; for some it lists a scope under two parents. */
function directoryOf(seed, known) {
  if (seed % 5 === 0) return undefined;
  const narrow = known.findLast((path) => path.includes("/"));
  if (seed % 7 !== 0 || narrow === undefined) return known;
  return [...known, [known[0], narrow.split("/").at(-1)].join("/")];
}

/** The JSON form of a policy, as the native tool makes it. */
export function policyJson(toml) {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-"));
  try {
    const file = join(folder, "policy.toml");
    writeFileSync(file, toml);
    return execFileSync(binary, ["policy", "json", file], { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A case as a line for the conformance operation `decide`. */
export function decideLine(group, one, id) {
  return JSON.stringify({
    id,
    policy: group.json ?? group.toml,
    principal: { id: one.principal, ...group.principals[one.principal] },
    request: one.request,
    scopes: group.scopes,
    now: NOW_SECS,
  });
}

/** What differs between the expected verdicts of a group and those given, as sentences. */
export function differences(group, verdicts) {
  return group.cases.flatMap((one, n) => {
    const got = verdicts[n] ?? { allow: undefined, code: "no answer" };
    if (got.allow === one.expect.allow && got.code === one.expect.code) return [];
    const asked = `${JSON.stringify(group.principals[one.principal])} ${JSON.stringify(one.request)}`;
    return [`${group.name}: ${one.name}: expected ${one.expect.code}, got ${got.code}: ${asked}`];
  });
}
