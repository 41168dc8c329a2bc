// What it costs until a first answer: a policy of 1,000 permissions and 200 roles, read, checked and compiled.
import { large } from "./fixtures/large.mjs";
import { measure, measureAsync } from "./measure.mjs";

/**
 * @param {{ createGate: Function, GateCore: { create: Function } }} parts
 * @returns {Promise<Record<string, number>>} nanoseconds
 */
export async function measureLoad({ createGate, GateCore }) {
  const { policy, principal } = large();
  const [policyJson, principalJson] = [JSON.stringify(policy), JSON.stringify(principal)];
  const request = JSON.stringify({ permission: "noun1:read", scope: "org:o1" });
  const create = () => GateCore.create(policyJson, principalJson, undefined);
  const core = create();
  const inWasm = measure({
    [COMPILE]: () => {
      const made = create();
      made.free();
      return true;
    },
    "describe": () => core.describe(),
    "answers at a scope": () => core.answers(request),
    "digest": () => core.digest(),
    "JSON.parse of the policy (floor)": () => JSON.parse(policyJson),
  }, { operations: 100, roundMs: 60 });
  const whole = await measureAsync({
    "createGate": async () => {
      const gate = await createGate({ policy: policyJson, principal });
      gate.close();
    },
  }, { operations: 10 });
  core.free();
  return { ...inWasm, ...whole };
}

export const COMPILE = "read and compile in wasm";
