// All cases, written and random, in one form for every host.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { oracle } from "./oracle.mjs";
import { policyText, randomCases, randomPolicy, randomPrincipals, randomScopes } from "./random-cases.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const binary = process.env.PORTCULLIS_BIN ?? join(root, "target/debug/portcullis");

/** The time of the written cases. */
export const NOW_SECS = 1_800_000_000;

/** Random requests in one group, and the seeds of the groups. */
const RANDOM_REQUESTS = 500;
const FIRST_SEED = Number(process.env.PORTCULLIS_SEED ?? 20_261_122);

/** Groups of the files in tests/cases. */
export function writtenGroups() {
  const folder = join(root, "tests/cases");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => {
      const group = JSON.parse(readFileSync(join(folder, file), "utf8"));
      const toml = group.policyText ?? readFileSync(join(root, `policies/${group.policy}.toml`), "utf8");
      return { name: file, toml, scopes: group.scopes, principals: group.principals, cases: group.cases };
    });
}

/** `count` groups of 500 random requests each, with the oracle's verdicts. */
export function randomGroups(count) {
  return Array.from({ length: count }, (_, n) => {
    const seed = FIRST_SEED + n;
    const policy = randomPolicy(seed);
    const scopes = randomScopes(policy);
    const principals = randomPrincipals(seed, policy, scopes, 25);
    const cases = randomCases(seed, policy, scopes, principals, RANDOM_REQUESTS).map((one) => {
      const code = oracle(policy, principals[one.principal], one.request, scopes);
      const allow = ["role_granted", "superuser", "tier_sufficient"].includes(code);
      return { ...one, expect: { allow, code } };
    });
    return { name: `seed ${seed}`, toml: policyText(policy), scopes, principals, cases };
  });
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
    policy: group.toml,
    principal: group.principals[one.principal],
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
