// Decides straight from the written semantics, slowly, sharing no code with the core. Random cases
// are compared with it, so that all hosts agreeing on something wrong would be seen.
//
// A policy is the plain object that `randomPolicy` makes: {levels, roles, permissions, tiers,
// defaultTier, apps}; levels are widest first, without global.

const ID = /^[A-Za-z0-9_.@-]{1,128}$/;

/** Ids by depth (1 is the widest level), or the code of what is wrong. */
function parseScope(policy, raw) {
  let pairs;
  if (typeof raw === "string") {
    if (raw === "" || raw === "global") return { ids: [] };
    pairs = raw.split("/").map((part) => {
      const colon = part.indexOf(":");
      return colon < 0 ? null : [part.slice(0, colon), part.slice(colon + 1)];
    });
  } else {
    pairs = Object.entries(raw);
  }
  const ids = [];
  const depths = [];
  for (const pair of pairs) {
    if (pair === null || pair[0] === "global") return { code: "malformed_scope" };
    const depth = policy.levels.indexOf(pair[0]) + 1;
    if (depth === 0) return { code: "unknown_scope_level" };
    depths.push([depth, pair[1]]);
  }
  if (typeof raw !== "string") depths.sort((a, b) => a[0] - b[0]);
  let deepest = 0;
  for (const [depth, id] of depths) {
    if (depth <= deepest || !ID.test(id)) return { code: "malformed_scope" };
    ids[depth] = id;
    deepest = depth;
  }
  return { ids, depth: deepest };
}

/** What lies above a scope is what the known paths say, never what the caller says. */
function resolve(policy, raw, known) {
  const scope = parseScope(policy, raw);
  if (scope.code || !scope.depth || scope.depth === 1) return scope;
  const ids = [];
  ids[scope.depth] = scope.ids[scope.depth];
  for (const path of known) {
    const place = parseScope(policy, path);
    if (place.depth === scope.depth && place.ids[place.depth] === ids[scope.depth]) {
      for (let depth = 1; depth < scope.depth; depth += 1) ids[depth] = place.ids[depth];
    }
  }
  return { ids, depth: scope.depth };
}

function usableGrants(policy, principal) {
  const grants = [];
  for (const text of principal.grants) {
    const at = text.indexOf("@");
    const name = at < 0 ? text : text.slice(0, at);
    const role = policy.roles.find((one) => one.name === name);
    const scope = parseScope(policy, at < 0 ? "" : text.slice(at + 1));
    if (!role || scope.code) continue;
    const depth = scope.depth ?? 0;
    const level = depth === 0 ? "global" : policy.levels[depth - 1];
    if (role.grantAt && !role.grantAt.includes(level)) continue;
    grants.push({ role, ids: scope.ids, depth });
  }
  return grants;
}

function covers(grant, scope) {
  if (grant.depth > (scope.depth ?? 0)) return false;
  if (grant.depth > 0 && scope.ids[grant.depth] !== grant.ids[grant.depth]) return false;
  for (let depth = 1; depth < grant.depth; depth += 1) {
    const [mine, theirs] = [grant.ids[depth], scope.ids[depth]];
    if (mine !== undefined && theirs !== undefined && mine !== theirs) return false;
  }
  return true;
}

function superuserFrom(policy, role) {
  if (role.superuserAt === undefined) return Infinity;
  return role.superuserAt === "global" ? 0 : policy.levels.indexOf(role.superuserAt) + 1;
}

function isPlainScope(scope) {
  if (scope === undefined || scope === null || typeof scope === "string") return true;
  const isObject = typeof scope === "object" && !Array.isArray(scope);
  return isObject && Object.values(scope).every((id) => typeof id === "string");
}

function isRequest(request) {
  const isText = (value) => value === undefined || value === null || typeof value === "string";
  const members = ["permission", "app", "tier", "scope"];
  return (
    Object.keys(request).every((name) => members.includes(name)) &&
    ["permission", "app", "tier"].every((name) => isText(request[name])) &&
    isPlainScope(request.scope)
  );
}

/** The code of the verdict on a request. */
export function oracle(policy, principal, request, known) {
  const asked = ["permission", "app", "tier"].filter((name) => typeof request[name] === "string");
  const hasScope = request.scope !== undefined && request.scope !== null;
  if (!isRequest(request) || asked.length !== 1) return "malformed_request";
  if (asked[0] !== "permission" && hasScope) return "malformed_request";

  const tierName = principal.tier ?? policy.defaultTier;
  const rank = tierName === undefined ? 0 : policy.tiers.indexOf(tierName);
  const tierDenial = (needed) => {
    if (rank < 0) return "principal_tier_unknown";
    return rank < policy.tiers.indexOf(needed) ? "tier_too_low" : undefined;
  };
  if (asked[0] === "app") {
    const app = policy.apps.find((one) => one.name === request.app);
    return app ? (tierDenial(app.tier) ?? "tier_sufficient") : "unknown_app";
  }
  if (asked[0] === "tier") {
    if (!policy.tiers.includes(request.tier)) return "unknown_tier";
    return tierDenial(request.tier) ?? "tier_sufficient";
  }

  const permission = policy.permissions.find((one) => one.name === request.permission);
  if (!permission) return "unknown_permission";
  const scope = resolve(policy, request.scope ?? "", known);
  if (scope.code) return scope.code;
  const denied = permission.tier === undefined ? undefined : tierDenial(permission.tier);
  if (denied) return denied;
  const grants = usableGrants(policy, principal);
  const here = grants.filter((grant) => covers(grant, scope));
  const lists = (grant) => permission.roles.includes(grant.role.name);
  if (here.some(lists)) return "role_granted";
  const from = (grant) => superuserFrom(policy, grant.role);
  const isSuperuser = (grant) => grant.depth <= from(grant) && (scope.depth ?? 0) >= from(grant);
  if (here.some(isSuperuser)) return "superuser";
  const elsewhere = (grant) => lists(grant) || grant.depth <= from(grant) && from(grant) !== Infinity;
  return grants.some(elsewhere) ? "out_of_scope" : "no_role";
}
