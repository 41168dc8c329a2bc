// @cedar-policy/cedar-wasm, which is stateless: policies and entities go with every question. `parsed` is its other
// way in, by policies that were parsed before; entities still go with every question. Only the principal and what it
// asks about go, and of tenants' policies those of the tenant in question.
import { cedarCalls } from "./cedar-calls.mjs";

/**
 * @param {import("../fixtures/index.mjs").Fixture} fixture
 * @param {{ cedar: typeof import("@cedar-policy/cedar-wasm") }} parts
 */
export function cedar(fixture, { cedar: { isAuthorized } }) {
  const { policySets, calls } = cedarCalls(fixture);
  const mask = calls.length - 1;
  return (i) => {
    const { policySet, call } = calls[i & mask];
    return isAllowed(isAuthorized({ ...call, policies: { staticPolicies: policySets[policySet] } }));
  };
}

/** @type {typeof cedar} */
export function cedarParsed(fixture, { cedar: { preparsePolicySet, statefulIsAuthorized } }) {
  const { policySets, calls } = cedarCalls(fixture);
  for (const [id, staticPolicies] of Object.entries(policySets)) {
    const parsed = preparsePolicySet(id, { staticPolicies });
    if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
  }
  const mask = calls.length - 1;
  return (i) => {
    const { policySet, call } = calls[i & mask];
    return isAllowed(statefulIsAuthorized({ ...call, preparsedPolicySetId: policySet }));
  };
}

function isAllowed(answer) {
  if (answer.type !== "success") throw new Error(JSON.stringify(answer));
  return answer.response.decision === "allow";
}
