// A fixture as Cedar policies, and its requests as Cedar calls: roles are groups that the principal is in, and scopes
// name the groups that have a say in them.

const quoted = (text) => JSON.stringify(text);
const uid = (type, id) => ({ type, id });
const actions = (permissions) => `[${permissions.map((permission) => `Action::${quoted(permission)}`).join(", ")}]`;
const groupId = (role, id) => (id === undefined ? role : `${role}@${id}`);

/** @param {import("../fixtures/index.mjs").Fixture} fixture */
export function cedarCalls(fixture) {
  const { holdings, principal, requests } = fixture;
  const groups = holdings.flatMap(({ role, ids = [undefined] }) => ids.map((id) => uid("Group", groupId(role, id))));
  const user = { uid: uid("User", principal.id), attrs: {}, parents: groups };
  const calls = requests.map((request) => {
    const about = entities(request);
    const call = { principal: user.uid, action: uid("Action", request.permission), resource: about[0].uid, context: {}, entities: [user, ...about] };
    return { policySet: fixture.roles === undefined ? "all" : request.id, call };
  });
  return { policySets: policySets(fixture), calls };
}

/** Policies as text: one set, or one a tenant. */
function policySets(fixture) {
  if (fixture.roles === undefined) return { all: policies(fixture).join("\n") };
  const sets = {};
  // Those of all roles there are, held or not: a server knows them all.
  for (const { tenant, name, permissions } of fixture.roles) {
    const group = quoted(groupId(name, tenant));
    sets[tenant] = `${sets[tenant] ?? ""}permit(principal in Group::${group}, action in ${actions(permissions)}, resource == Scope::${quoted(tenant)});\n`;
  }
  return sets;
}

function policies({ holdings, owned = [] }) {
  const owners = owned.length === 0 ? [] : [`permit(principal, action in ${actions(owned)}, resource is Document) when { resource.owner == principal };`];
  const fromRoles = holdings.map(({ role, permissions, level }) => {
    if (level === undefined) return `permit(principal in Group::${quoted(role)}, action in ${actions(permissions)}, resource);`;
    const place = level === "state" ? "resource.state" : "resource";
    return `permit(principal, action in ${actions(permissions)}, resource is Scope) when { ${place} has ${role} && principal in ${place}.${role} };`;
  });
  return [...fromRoles, ...owners];
}

/** The resource first, then what it refers to. */
function entities({ noun, level, id, place, record }) {
  if (record !== undefined) {
    const owner = { __entity: uid("User", record.owner_id) };
    return [{ uid: uid("Document", record.id), attrs: { owner }, parents: [] }];
  }
  if (level === undefined) return [{ uid: uid("Type", noun), attrs: {}, parents: [] }];
  const group = (role, at) => ({ __entity: uid("Group", groupId(role, at)) });
  if (level === "org") return [{ uid: uid("Scope", id), attrs: {}, parents: [] }];
  const state = { __entity: uid("Scope", place.state) };
  return [
    { uid: uid("Scope", id), attrs: { state, SUPERVISOR: group("SUPERVISOR", id), TEAM_MEMBER: group("TEAM_MEMBER", id) }, parents: [] },
    { uid: uid("Scope", place.state), attrs: { STATE_ADMIN: group("STATE_ADMIN", place.state) }, parents: [] },
  ];
}
