// Plain JavaScript: a Set of everything that is allowed, and a comparison for owners. Nothing expires, nothing is
// checked, nothing can be explained; deciding can hardly cost less.

/** @param {import("../fixtures/index.mjs").Fixture} fixture */
export function floor({ keys, requests, owned, principal }) {
  const allowed = new Set(keys);
  const mask = requests.length - 1;
  const me = principal.id;
  if (owned !== undefined) {
    const ownedBy = new Set(owned);
    return (i) => {
      const { key, record } = requests[i & mask];
      return allowed.has(key) || (ownedBy.has(key) && record.owner_id === me);
    };
  }
  // As on a page that has a permission and an id, the key is put together when it is asked for.
  if (requests[0].key === undefined) {
    return (i) => {
      const { permission, id } = requests[i & mask];
      return allowed.has(`${permission}@${id}`);
    };
  }
  return (i) => allowed.has(requests[i & mask].key);
}
