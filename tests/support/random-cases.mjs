// Random policies, principals and requests from a seed.

/** A small generator of numbers in [0, 1), the same everywhere for a seed (mulberry32). */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Dice {
  constructor(seed) {
    this.next = randomNumbers(seed);
  }
  below(count) {
    return Math.floor(this.next() * count);
  }
  chance(share) {
    return this.next() < share;
  }
  pick(list) {
    return list[this.below(list.length)];
  }
  some(list, share) {
    return list.filter(() => this.chance(share));
  }
}

const LEVELS = ["region", "site", "room"];

/** A policy as the oracle takes it. */
export function randomPolicy(seed) {
  const dice = new Dice(seed);
  const levels = LEVELS.slice(0, dice.below(LEVELS.length + 1));
  const places = ["global", ...levels];
  const tiers = ["guest", "base", "plus", "pro"].slice(0, dice.below(5));
  const roles = Array.from({ length: 1 + dice.below(8) }, (_, n) => ({
    name: `ROLE_${n}`,
    superuserAt: dice.chance(0.2) ? dice.pick(places) : undefined,
    grantAt: dice.chance(0.3) ? dice.some(places, 0.6) : undefined,
  }));
  const permissions = Array.from({ length: 1 + dice.below(70) }, (_, n) => ({
    name: `thing${n}:do`,
    roles: dice.some(roles, 0.35).map((role) => role.name),
    tier: tiers.length > 0 && dice.chance(0.2) ? dice.pick(tiers) : undefined,
  }));
  const apps = tiers.length === 0 ? [] : Array.from({ length: dice.below(5) }, (_, n) => ({
    name: `app${n}`,
    tier: dice.pick(tiers),
  }));
  const defaultTier = tiers.length === 0 ? undefined : dice.pick(tiers);
  return { name: `random-${seed}`, levels, roles, permissions, tiers, defaultTier, apps };
}

/** The same policy as a file. */
export function policyText(policy) {
  const text = (value) => JSON.stringify(value);
  const lines = [`name = ${text(policy.name)}`, `scopes = ${text(policy.levels)}`];
  if (policy.defaultTier !== undefined) lines.push(`default_tier = ${text(policy.defaultTier)}`);
  for (const tier of policy.tiers) lines.push("[[tiers]]", `name = ${text(tier)}`);
  for (const role of policy.roles) {
    lines.push(`[roles.${role.name}]`);
    if (role.superuserAt !== undefined) lines.push(`superuser_at = ${text(role.superuserAt)}`);
    if (role.grantAt !== undefined) lines.push(`grant_at = ${text(role.grantAt)}`);
  }
  lines.push("[permissions]");
  for (const one of policy.permissions) {
    const tier = one.tier === undefined ? "" : `, tier = ${text(one.tier)}`;
    lines.push(`${text(one.name)} = { roles = ${text(one.roles)}${tier} }`);
  }
  if (policy.apps.length > 0) lines.push("[apps]");
  for (const app of policy.apps) lines.push(`${app.name} = ${text(app.tier)}`);
  return `${lines.join("\n")}\n`;
}

/** Full paths of known scopes: two of each level in each of the one above. */
export function randomScopes(policy) {
  let above = [""];
  const all = [];
  for (const level of policy.levels) {
    const here = above.flatMap((path, n) =>
      [0, 1].map((k) => `${path}${path ? "/" : ""}${level}:${level[0]}${n * 2 + k}`),
    );
    all.push(...here);
    above = here;
  }
  return all;
}

function randomScope(dice, policy, known) {
  if (policy.levels.length === 0 || dice.chance(0.1)) return dice.pick(["", "global", undefined]);
  if (dice.chance(0.06)) return dice.pick(["planet:x", "region", "region:", "a/b", "global:g", 7, ["x"]]);
  const path = dice.pick(known);
  const parts = path.split("/");
  const leaf = parts.at(-1);
  if (dice.chance(0.1)) return `${policy.levels.at(-1)}:unheard`;
  if (dice.chance(0.1) && parts.length > 1) {
    return [dice.pick(known.filter((one) => !one.includes("/"))), leaf].join("/");
  }
  const asMembers = (list) => Object.fromEntries(list.map((part) => part.split(":")));
  return dice.pick([path, leaf, asMembers(parts), asMembers([leaf])]);
}

/** Principals by name. */
export function randomPrincipals(seed, policy, known, count) {
  const dice = new Dice(seed);
  const scope = () => dice.pick(["", "", ...known, ...known.map((path) => path.split("/").at(-1))]);
  const grant = () => {
    const name = dice.chance(0.05) ? "GHOST" : dice.pick(policy.roles).name;
    const at = dice.chance(0.03) ? "planet:x" : scope();
    return at === "" ? name : `${name}@${at}`;
  };
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => {
      const principal = { grants: [...new Set(Array.from({ length: dice.below(6) }, grant))] };
      if (dice.chance(0.5)) principal.tier = dice.pick([...policy.tiers, "emperor"]);
      return [`p${n}`, principal];
    }),
  );
}

/** Requests, each for a principal. */
export function randomCases(seed, policy, known, principals, count) {
  const dice = new Dice(seed);
  const names = Object.keys(principals);
  return Array.from({ length: count }, (_, n) => {
    let request;
    const kind = dice.next();
    if (kind < 0.8) {
      request = { permission: dice.chance(0.04) ? "thing:unheard" : dice.pick(policy.permissions).name };
      const scope = randomScope(dice, policy, known);
      if (scope !== undefined) request.scope = scope;
    } else if (kind < 0.88) {
      request = { app: dice.pick(["unheard", ...policy.apps.map((app) => app.name)]) };
    } else if (kind < 0.96) {
      request = { tier: dice.pick(["unheard", ...policy.tiers]) };
    } else {
      request = dice.pick([{}, { permission: "a:b", app: "x" }, { app: "app0", scope: "" }, { permission: 7 }, { nonsense: true }]);
    }
    return { name: `random ${n}`, principal: dice.pick(names), request };
  });
}
