// @ts-check
// Requests, most of them sensible.

import { Dice } from "./dice.mjs";
import { permissionNames } from "./policy.mjs";
import { clean, idsOf, looseValues, randomGrant } from "./principals.mjs";

const MALFORMED = [
  {},
  { permission: "a:b", app: "x" },
  { permission: "note:read", action: "read", resource: "note" },
  { action: "read" },
  { resource: "note" },
  { app: "app0", scope: "" },
  { app: "app0", fields: [] },
  { tier: "base", context: {} },
  { tier: "base", target: { grants: [] } },
  { app: "app0", tier: "base" },
  { permission: 7 },
  { permission: ["note:read"] },
  { action: "read", resource: 7 },
  { nonsense: true },
  { permission: "note:read", nonsense: 1 },
  { permission: "note:read", record: [] },
  { permission: "note:read", record: "text" },
  { permission: "note:read", fields: "id" },
  { permission: "note:read", fields: [1] },
  { permission: "note:read", fields: {} },
  { permission: "note:read", context: 7 },
  { permission: "note:read", context: [] },
  { permission: "note:read", tenant: 7 },
  { permission: "note:read", tenant: "r0", scope: "" },
  { permission: "note:read", scope: ["x"] },
  { permission: "note:read", scope: 7 },
  { permission: "note:read", scope: { region: 7 } },
  { permission: "note:read", target: [] },
  { permission: "note:read", target: { grants: "ROLE_0" } },
  { permission: "note:read", target: { grants: [7] } },
  { permission: "thing0:do", record: {} },
  { permission: "thing0:do", fields: ["id"] },
  { permission: "ghost:read", record: {} },
];

/**
 * Requests, each for one of the principals.
 *
 * @param {number} seed
 * @param {any} policy
 * @param {string[]} known
 * @param {Record<string, any>} principals
 * @param {number} count
 */
export function randomCases(seed, policy, known, principals, count) {
  const dice = new Dice(seed);
  const names = Object.keys(principals);
  return dice.times(count, (n) => {
    const principal = dice.pick(names);
    return { name: `random ${n}`, principal, request: clean(randomRequest(dice, policy, known, principal)) };
  });
}

/** @param {Dice} dice @param {any} policy @param {string[]} known @param {string} principal */
function randomRequest(dice, policy, known, principal) {
  const kind = dice.next();
  if (kind < 0.03) return dice.pick(MALFORMED);
  if (kind < 0.07) return { app: dice.pick(["unheard", ...Object.keys(policy.apps ?? {})]) };
  if (kind < 0.11) return { tier: dice.pick(["unheard", ...(policy.tiers ?? []).map((/** @type {any} */ tier) => tier.name)]) };
  const all = permissionNames(policy);
  const ruled = all.filter((name) => policy.resources[nounOf(name)] !== undefined);
  const name = dice.chance(0.02) ? "thing:unheard" : dice.pick(ruled.length > 0 && dice.chance(0.75) ? ruled : all);
  const resource = policy.resources[nounOf(name)];
  const request = /** @type {any} */ (asked(dice, name));
  if (resource !== undefined && dice.chance(0.8)) request.record = randomRecord(dice, resource, known, principal);
  const isMapped = request.record !== undefined && resource?.scope !== undefined;
  if (!isMapped || dice.chance(0.02)) Object.assign(request, randomPlace(dice, policy, known));
  if (resource !== undefined && dice.chance(0.3)) {
    request.fields = dice.some([...Object.keys(resource.fields), ...(dice.chance(0.06) ? ["unheard"] : [])], 0.3);
  }
  if (dice.chance(0.6)) request.context = looseValues(dice, policy.context);
  if (dice.chance(0.15)) request.target = { grants: dice.times(dice.below(3), () => randomGrant(dice, policy, known)) };
  return request;
}

/** @param {string} permission */
function nounOf(permission) {
  return String(permission.split(":")[0]);
}

/** @param {Dice} dice @param {string} name */
function asked(dice, name) {
  if (dice.chance(0.7)) return { permission: name };
  const [resource, action] = name.split(":");
  return { action, resource };
}

/** @param {Dice} dice @param {any} resource @param {string[]} known @param {string} principal */
function randomRecord(dice, resource, known, principal) {
  const record = looseValues(dice, resource.fields);
  if (dice.chance(0.5)) record.owner_id = principal;
  for (const [level, field] of Object.entries(resource.scope ?? {})) {
    const kind = dice.next();
    if (kind < 0.8) record[field] = dice.pick(idsOf(known, level).concat("unheard"));
    else if (kind < 0.9) record[field] = null;
    else if (kind < 0.97) delete record[field];
    else record[field] = dice.pick([7, true, ["r0"], {}]);
  }
  return record;
}

/** @param {Dice} dice @param {any} policy @param {string[]} known */
function randomPlace(dice, policy, known) {
  if (dice.chance(0.3)) return {};
  if (dice.chance(policy.tenants === undefined ? 0.05 : 0.3)) {
    const ids = idsOf(known, policy.tenants?.level ?? "region");
    return { tenant: dice.chance(0.06) ? "unheard" : dice.pick([...ids, "r0"]) };
  }
  return { scope: randomScope(dice, policy, known) };
}

/** @param {Dice} dice @param {any} policy @param {string[]} known */
function randomScope(dice, policy, known) {
  if (policy.scopes.length === 0 || dice.chance(0.1)) return dice.pick(["", "global"]);
  if (dice.chance(0.05)) return dice.pick(["planet:x", "region", "region:", "a/b", "global:g", "region:r0/region:r0", { planet: "x" }]);
  const path = dice.pick(known);
  const parts = path.split("/");
  const leaf = String(parts.at(-1));
  if (dice.chance(0.04)) return `${dice.pick(policy.scopes)}:unheard`;
  if (dice.chance(0.1) && parts.length > 1) {
    // What the caller says about what lies above isn't true.
    return [dice.pick(known.filter((one) => !one.includes("/"))), leaf].join("/");
  }
  const asMembers = (/** @type {string[]} */ list) => Object.fromEntries(list.map((part) => part.split(":")));
  return dice.pick([path, leaf, asMembers(parts), asMembers([leaf])]);
}
