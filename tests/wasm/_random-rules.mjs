// Random policies with rules, and random requests with records as odd as JavaScript allows.

import { Dice } from "../support/random/dice.mjs";

const FIELDS = { s1: "string", s2: "string", b1: "bool", i1: "int", i2: "int", f1: "float", ls: "list<string>", li: "list<int>", lf: "list<float>" };
const AUTH = { as: "string", ai: "int", af: "float", ab: "bool", als: "list<string>" };
const CONTEXT = { cs: "string", ci: "int", cb: "bool", cls: "list<string>" };
const LITERALS = {
  string: ["''", "'a'", "'ab'", "'b'", "'😀'", "'\uffff'", "'é'"],
  int: ["0", "1", "-1", "2", "3", "9007199254740992", "9223372036854775807"],
  float: ["0.0", "0.5", "-1.5", "19.99", "0.1", "1e300"],
  bool: ["true", "false"],
};
const ACTIONS = ["read", "update", "delete"];

/** What is chosen by chance, from a seed. */
export function makeRandom(seed) {
  const dice = new Dice(seed);
  return { below: (limit) => dice.below(limit), pick: (list) => dice.pick(list) };
}

export function randomPolicy({ below, pick }) {
  const declared = (types) => Object.entries(types).map(([name, type]) => ({ name, type }));
  const resource = (name, scope) => ({ name, actions: ACTIONS, ...scope, fields: [...declared(FIELDS), { name: "team_id", type: "string" }, { name: "org_id", type: "string" }] });
  const rules = Array.from({ length: 1 + below(6) }, (_, n) => ({
    name: `rule${n}`,
    effect: below(3) === 0 ? "deny" : "allow",
    resource: pick(["note", "task"]),
    actions: ACTIONS.filter(() => below(2) === 0),
    ...(below(8) > 0 && { when: condition({ below, pick }, 3) }),
    ...(below(4) === 0 && { roles: [pick(["R0", "R1"])] }),
    ...(below(5) === 0 && { tier: "beta" }),
    ...(below(6) === 0 && { fields: [pick(Object.keys(FIELDS))] }),
  }));
  return {
    format: "portcullis-policy/1",
    name: "random",
    scopes: [{ name: "org" }, { name: "team" }],
    tenants: { level: "org", owner: ["note:read"], member: [] },
    roles: [{ name: "R0" }, { name: "R1", inherits: ["R0"] }],
    permissions: [
      { name: "note:read", roles: below(2) === 0 ? ["R0"] : [] },
      { name: "task:update", roles: below(2) === 0 ? ["R1"] : [], ...(below(4) === 0 && { tier: "beta" }) },
      { name: "plain:use", roles: ["R0"] },
    ],
    tiers: [{ name: "public" }, { name: "beta" }],
    default_tier: "public",
    auth: declared(AUTH),
    context: declared(CONTEXT),
    resources: [resource("note", {}), resource("task", { scope: [{ level: "org", field: "org_id" }, { level: "team", field: "team_id" }] })],
    rules: rules.filter(({ actions }) => actions.length > 0),
  };
}

export function randomPrincipal({ below, pick }) {
  const values = { as: ["a", "b", null], ai: [0, 1, 2, 2 ** 40], af: [0.5, 19.99], ab: [true, false], als: [["a", "b"], [], ["😀"]] };
  const attributes = Object.entries(values).filter(() => below(4) > 0).map(([name, some]) => [name, pick(some)]);
  return {
    id: pick(["a", "b", "u1"]),
    grants: ["R0@team:t1", "R1@org:o1", "R0", "R1@org:o2/team:t2"].filter(() => below(3) === 0),
    attributes: Object.fromEntries(attributes),
    ...(below(3) === 0 && { tier: "beta" }),
    tenants: below(2) === 0 ? [{ id: "o1", owner: below(2) === 0, roles: [{ name: "x", permissions: ["task:read"] }] }] : [],
  };
}

function condition(random, depth) {
  const { below, pick } = random;
  if (depth === 0 || below(3) === 0) return atom(random);
  const inner = () => condition(random, depth - 1);
  switch (below(4)) {
    case 0:
      return `!(${inner()})`;
    case 1:
      return `(${inner()})`;
    default:
      return `(${inner()} ${pick(["&&", "||"])} ${inner()})`;
  }
}

function atom({ below, pick }) {
  const paths = (type) => [
    ...named(FIELDS, type).map((name) => `record.${name}`),
    ...named(FIELDS, type).map((name) => `record.${name}`),
    ...named(AUTH, type).map((name) => `auth.${name}`),
    ...named(CONTEXT, type).map((name) => `request.${name}`),
    ...(type === "string" ? ["auth.id"] : []),
    ...(type === "int" ? ["request.time"] : []),
  ];
  const operand = (type) => {
    if (type === "int" && below(4) === 0) return `size(${pick([...paths("string"), ...paths("list<string>"), ...paths("list<int>")])})`;
    return below(3) === 0 ? pick(LITERALS[type]) : pick(paths(type));
  };
  const type = pick(["string", "string", "int", "float", "bool"]);
  switch (below(7)) {
    case 0:
      return `has(${pick(paths(pick([type, "list<string>", "list<int>"])))})`;
    case 1:
      return `${pick(paths(type))} ${pick(["==", "!="])} null`;
    case 2: {
      const of = pick(["string", "int", "float"]);
      const lists = paths(`list<${of}>`);
      return `${operand(of)} in ${below(3) === 0 || lists.length === 0 ? `[${[operandLiteral(of), operandLiteral(of)].join(", ")}]` : pick(lists)}`;
    }
    case 3:
      return type === "string" ? `${pick(paths("string"))}.startsWith(${operand("string")})` : pick(paths("bool"));
    case 4: {
      const of = type === "bool" ? "int" : type;
      return `${operand(of)} ${pick(["<", "<=", ">", ">="])} ${operand(of)}`;
    }
    default:
      return `${operand(type)} ${pick(["==", "!="])} ${operand(type)}`;
  }

  function operandLiteral(of) {
    return pick(LITERALS[of]);
  }
}

const named = (types, type) => Object.keys(types).filter((name) => types[name] === type);

const TYPED = {
  string: ["", "a", "ab", "b", "😀", "\uffff", "é", "u1", "\ud800", "a\udc00", "x".repeat(11_000)],
  int: [0, 1, -1, 2, 3, -0, 2 ** 53 - 1, 2 ** 53, 2 ** 62, 2 ** 63, -(2 ** 63), 1e21, 1.5, Number.NaN, Infinity, 5e-324],
  float: [0.5, -1.5, 19.99, 0.1, 0.1 + 0.2, 1, -0, 1e300, 1e-7, 1.7976931348623157e308, 123456.789012345, 2 ** 60],
  bool: [true, false],
  "list<string>": [[], ["a"], ["a", "b"], ["😀"], ["a", null], ["\ud800"], ["a", 1], [undefined], new Array(3)],
  "list<int>": [[], [0], [1, 2], [2 ** 53], [1.5], [null], [-0], ["1"]],
  "list<float>": [[], [0.5], [1], [0.1 + 0.2], [Number.NaN]],
};

function oddValue({ below, pick }) {
  const cyclic = {};
  cyclic.self = cyclic;
  const list = ["a"];
  list.toJSON = () => ["b"];
  return pick([
    undefined, null, Symbol("a"), () => "a", 1n, 2n ** 70n, new Date(0), new Date(Number.NaN), {}, { a: 1 }, cyclic, [cyclic], [["a"]], list,
    { toJSON: () => "a" }, { toJSON: () => 1 }, { toJSON: () => ["a"] }, { toJSON: () => { throw new Error("no"); } }, { toJSON: "a" },
    [{ toJSON: () => "a" }], new String("a"), new Number(1), new Boolean(true), new Map([["a", 1]]), new Set(["a"]), /a/, new Error("a"),
    new Proxy(["a", "b"], {}), new Proxy({}, {}), new Uint8Array(2), Object.create(null), "1", "true", 1, true, ["a"], below(5),
  ]);
}

export function randomRecord(random) {
  const { below, pick } = random;
  if (below(15) === 0) return pick([null, undefined, 7, "a", [], ["a"], new Map(), new Date(0), () => 1, Symbol("r"), 1n, true]);
  const members = { org_id: pick(["o1", "o2", "o1"]), team_id: pick(["t1", "t2", "no id!"]) };
  for (const field of ["org_id", "team_id"]) if (below(6) === 0) members[field] = pick([null, undefined, 7, "", "\ud800", { toJSON: () => "o1" }]);
  for (const [name, type] of Object.entries(FIELDS)) {
    const kind = below(12);
    if (kind === 0) continue;
    members[name] = kind === 1 ? oddValue(random) : kind === 2 ? pick(TYPED[pick(Object.keys(TYPED))]) : pick(TYPED[type]);
  }
  return dressed(random, members);
}

/** The same members in objects of every kind. */
function dressed({ below, pick }, members) {
  const name = pick(Object.keys(members));
  switch (below(14)) {
    case 0:
      return Object.assign(Object.create(null), members);
    case 1:
      return Object.create(members);
    case 2:
      return Object.freeze(members);
    case 3:
      return new Proxy(members, {});
    case 4:
      return Object.defineProperty(members, name, { get() { throw new Error("no"); }, enumerable: true });
    case 5:
      return Object.defineProperty({ ...members }, name, { value: members[name], enumerable: false });
    case 6:
      return { ...members, toJSON: () => ({ ...members, s1: "a" }) };
    case 7: {
      class Row {
        get s1() {
          return "a";
        }
      }
      delete members.s1;
      return Object.assign(new Row(), members);
    }
    case 8:
      return { ...members, get [name]() { return members[name]; } };
    case 9: {
      members.component = { record: members };
      members.big = 1n;
      return members;
    }
    default:
      return members;
  }
}

export function randomRequest(random) {
  const { below, pick } = random;
  const permission = pick([...["note", "task"].flatMap((noun) => ACTIONS.map((verb) => `${noun}:${verb}`)), "plain:use", "no:one"]);
  const request = { permission };
  if (below(5) > 0) request.record = randomRecord(random);
  if (below(3) === 0) request.context = pick([{ cs: "a", ci: 1, cb: true, cls: ["a"] }, { cs: 7 }, {}, null, undefined, [], 7, { cs: "a", other: 1n }, { get cs() { throw new Error("no"); } }, { toJSON: () => ({ cs: "a" }) }]);
  if (below(4) === 0) request.scope = pick(["org:o1", "org:o2/team:t2", { team: "t1" }, { org: "o1", team: "t9" }, {}, null, undefined, "street:x", { team: undefined }, 7, [], new Date(0), { team: 7 }, "\ud800"]);
  if (below(8) === 0) request.tenant = pick(["o1", "o2", "", 7, null, undefined, {}, "\ud800", "no id!"]);
  if (below(20) === 0) request.fields = pick([["s1"], [], ["no"], "s1", null]);
  if (below(20) === 0) request.target = pick([{ grants: ["R0"] }, { grants: [] }, {}, null]);
  if (below(40) === 0) request[pick(["app", "tier", "recrod", "toString", "toJSON", "action"])] = pick([undefined, null, "x", () => ({ permission: "note:read" })]);
  if (below(40) === 0) delete request.permission;
  if (below(60) === 0) Object.assign(request, { permission: undefined, action: "read", resource: "note" });
  return request;
}
