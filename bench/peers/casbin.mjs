// casbin, by its synchronous way in: roles in domains, and for records a matcher that knows of owners.

const DOMAINS = `
[request_definition]
r = sub, dom, act
[policy_definition]
p = sub, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && g(r.sub, p.sub, r.dom)
`;

const OWNERS = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && (g(r.sub, p.sub) || p.sub == "OWNER" && r.obj.owner_id == r.sub)
`;

/**
 * @param {import("../fixtures/index.mjs").Fixture} fixture
 * @param {{ casbin: typeof import("casbin") }} parts
 */
export async function casbin(fixture, { casbin: { newEnforcer, newModel } }) {
  const { owned, principal, requests } = fixture;
  const enforcer = await newEnforcer(newModel(owned === undefined ? DOMAINS : OWNERS));
  enforcer.enableLog?.(false);
  const roles = new Set();
  for (const { name, permissions, domains } of assignments(fixture)) {
    if (!roles.has(name)) await enforcer.addPolicies(permissions.map((permission) => [name, permission]));
    roles.add(name);
    await enforcer.addGroupingPolicies(domains.map((domain) => (owned === undefined ? [principal.id, name, domain] : [principal.id, name])));
  }
  if (owned !== undefined) await enforcer.addPolicies(owned.map((permission) => ["OWNER", permission]));
  const asked = requests.map(({ id = "*", record, permission }) => [principal.id, record ?? id, permission]);
  const mask = asked.length - 1;
  return (i) => enforcer.enforceSync(...asked[i & mask]);
}

/** Roles by name, with the domains they are held in: the teams of a state one by one. */
function assignments({ holdings, scopes = [] }) {
  const below = (level, id) => scopes.filter((path) => path.startsWith(`${level}:${id}/`)).map((path) => path.split(":").at(-1));
  return holdings.map(({ role, permissions, level, ids = ["*"] }) => ({
    // Roles of tenants share names, not permissions.
    name: level === "org" ? `${ids[0]}/${role}` : role,
    permissions,
    domains: level === "state" ? ids.flatMap((id) => below(level, id)) : ids,
  }));
}
