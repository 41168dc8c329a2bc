// This package's gate, asked as a page asks it: the scope or the request is an object made for the question.

/**
 * @param {import("../fixtures/index.mjs").Fixture} fixture
 * @param {{ createGate: Function }} parts
 */
export async function gate({ policy, principal, scopes, requests }, { createGate }) {
  const its = await createGate({ policy, principal, scopes });
  const mask = requests.length - 1;
  const { level, record } = requests[0];
  if (record !== undefined) {
    return (i) => {
      const { permission, record } = requests[i & mask];
      return its.can({ permission, record });
    };
  }
  if (level === "team") {
    return (i) => {
      const { permission, id } = requests[i & mask];
      return its.can(permission, { team: id });
    };
  }
  if (level === "org") {
    return (i) => {
      const { permission, id } = requests[i & mask];
      return its.can(permission, { org: id });
    };
  }
  return (i) => its.can(requests[i & mask].permission);
}
