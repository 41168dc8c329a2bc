// How long a decision takes natively: this repository's core beside the `cedar-policy` crate, on the fixtures that
// the measurements of `gate.can` use. They are handed to the program in bench/native, which nothing else builds.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { FIXTURES } from "./fixtures/index.mjs";
import { table } from "./measure.mjs";
import { cedarCalls } from "./peers/cedar-calls.mjs";
import { writeFigures } from "./report.mjs";

/** A power of two; Cedar's entities of more requests would be another measurement. */
const REQUESTS = 512;
const ROOT = fileURLToPath(new URL("..", import.meta.url));

const build = ["build", "--quiet", "--release", "--manifest-path", "bench/native/Cargo.toml", "--target-dir", "target/bench-native"];
execFileSync(process.env.CARGO ?? "cargo", build, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
const input = JSON.stringify(FIXTURES.map((make) => forNative(make())));
const output = execFileSync(`${ROOT}target/bench-native/release/portcullis-bench-native`, { input, maxBuffer: 1 << 20 });
const figures = JSON.parse(output.toString());
for (const [title, rows] of Object.entries(figures)) console.log(table(`${title}, native`, rows, "decide"));
await writeFigures({ host: "native", nanoseconds: figures });

function forNative(fixture) {
  const { title, policy, principal, scopes } = fixture;
  const requests = fixture.requests.slice(0, REQUESTS);
  const { policySets, calls } = cedarCalls({ ...fixture, requests });
  const entities = new Map(calls.flatMap(({ call }) => call.entities).map((entity) => [JSON.stringify(entity.uid), entity]));
  return {
    title,
    policy,
    principal,
    scopes,
    requests: requests.map(({ permission, level, id, record }) => ({
      permission,
      ...(level === "org" ? { tenant: id } : level && { scope: { [level]: id } }),
      ...(record && { record }),
    })),
    expected: requests.map(({ expected }) => expected),
    cedar: {
      policySets,
      entities: [...entities.values()],
      calls: calls.map(({ policySet, call: { principal, action, resource } }) => ({ policySet, principal, action, resource })),
    },
  };
}
