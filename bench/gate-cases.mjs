// The measurements of decisions, the same in Node and in a page: only the imports differ.
import { measure } from "./measure.mjs";
import { FIELD_OPS, NAVAL_UNIT, halves, permissionsOf, policyDocument } from "./tables.mjs";

/**
 * @param {{ createGate: Function, casl: { createMongoAbility: Function, subject: Function } }} parts
 * @returns {Promise<Record<string, Record<string, number>>>} nanoseconds by case and candidate
 */
export async function measureGate({ createGate, casl }) {
  return { "five roles": await fiveRoles(createGate, casl), "field-ops, in a team": await fieldOps(createGate, casl) };
}

async function fiveRoles(createGate, { createMongoAbility }) {
  const role = "duty_watch";
  const policy = policyDocument("naval-unit", NAVAL_UNIT);
  const gate = await createGate({ policy, principal: { id: "u1", grants: [role], expiresSecs: 4_000_000_000 } });
  const held = permissionsOf(NAVAL_UNIT, role);
  const ability = createMongoAbility(held.map((permission) => rule(permission)));
  const floor = new Set(held);
  const names = Object.keys(NAVAL_UNIT.permissions);
  const pairs = names.map(halves);
  const count = names.length;
  agree(names, (name, i) => [gate.can(name), ability.can(pairs[i][1], pairs[i][0]), floor.has(name)]);
  return measure({
    "gate.can": (i) => gate.can(names[i % count]),
    "CASL ability.can": (i) => {
      const pair = pairs[i % count];
      return ability.can(pair[1], pair[0]);
    },
    "Set.has (floor)": (i) => floor.has(names[i % count]),
    "Date.now (in gate.can)": () => Date.now(),
  });
}

async function fieldOps(createGate, { createMongoAbility, subject }) {
  const policy = policyDocument("field-ops", FIELD_OPS);
  const grants = ["SUPERVISOR@team:t7", "TEAM_MEMBER@team:t8"];
  const gate = await createGate({ policy, principal: { id: "u1", grants, expiresSecs: 4_000_000_000 } });
  const rules = [["SUPERVISOR", "t7"], ["TEAM_MEMBER", "t8"]].flatMap(([role, team]) =>
    permissionsOf(FIELD_OPS, role).map((permission) => rule(permission, { team })),
  );
  const ability = createMongoAbility(rules);
  const floor = new Set(rules.map(({ action, subject: noun, conditions }) => `${noun}:${action}@${conditions.team}`));
  const names = Object.keys(FIELD_OPS.permissions);
  const asked = names.flatMap((name) => ["t7", "t9"].map((team) => ({ name, team })));
  const requests = asked.map(({ name, team }) => {
    const [noun, verb] = halves(name);
    return { name, verb, scope: { team }, record: subject(noun, { team }), key: `${name}@${team}` };
  });
  const count = requests.length;
  agree(requests, ({ name, verb, scope, record, key }) => [gate.can(name, scope), ability.can(verb, record), floor.has(key)]);
  return measure({
    "gate.can": (i) => {
      const request = requests[i % count];
      return gate.can(request.name, request.scope);
    },
    "gate.can, scope made anew": (i) => {
      const request = asked[i % count];
      return gate.can(request.name, { team: request.team });
    },
    "CASL ability.can": (i) => {
      const request = requests[i % count];
      return ability.can(request.verb, request.record);
    },
    "Set.has (floor)": (i) => floor.has(requests[i % count].key),
  });
}

function rule(permission, conditions) {
  const [noun, action] = halves(permission);
  return { action, subject: noun, ...(conditions && { conditions }) };
}

/** A measurement of two things that answer differently would compare nothing. */
function agree(requests, answers) {
  requests.forEach((request, i) => {
    const all = answers(request, i);
    if (new Set(all).size !== 1) throw new Error(`answers differ for ${JSON.stringify(request)}: ${all}`);
  });
}
