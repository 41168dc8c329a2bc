// @casl/ability, told with as few rules as it can be: one a permission and level, the ids in a list. What it takes
// for a record is made beforehand.

/**
 * @param {import("../fixtures/index.mjs").Fixture} fixture
 * @param {{ casl: typeof import("@casl/ability") }} parts
 */
export function casl({ holdings, owned = [], principal, requests }, { casl: { createMongoAbility, subject } }) {
  const rules = [...merged(holdings), ...owned.map((permission) => rule(permission, { owner_id: principal.id }))];
  const ability = createMongoAbility(rules);
  const asked = requests.map(({ noun, verb, place, record }) => {
    const about = record ?? place;
    return { verb, subject: about === undefined ? noun : subject(noun, { ...about }) };
  });
  const mask = asked.length - 1;
  return (i) => {
    const { verb, subject } = asked[i & mask];
    return ability.can(verb, subject);
  };
}

function merged(holdings) {
  const byPlace = new Map();
  for (const { permissions, level, ids = [] } of holdings) {
    for (const permission of permissions) {
      const place = `${permission}@${level ?? ""}`;
      if (!byPlace.has(place)) byPlace.set(place, { permission, level, ids: new Set() });
      for (const id of ids) byPlace.get(place).ids.add(id);
    }
  }
  return [...byPlace.values()].map(({ permission, level, ids }) => rule(permission, level && { [level]: { $in: [...ids] } }));
}

function rule(permission, conditions) {
  const [noun, action] = permission.split(":");
  return { action, subject: noun, ...(conditions && { conditions }) };
}
