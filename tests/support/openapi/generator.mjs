// @ts-check
// Requests made of the document by chance: mostly right ones, some wrong in one place.

/** @typedef {import("../random/dice.mjs").Dice} Dice */
/** @typedef {import("./contract.mjs").Schema} Schema */
/** @typedef {import("./contract.mjs").Operation} Operation */

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ODD_TEXTS = ["", " ", "null", "0", "a", "é\u0301\u{1f511}", "\u0000", "' OR 1=1 --", "__proto__", "../../etc", "%00", "x".repeat(600)];
const ODD_VALUES = [null, true, 0, -1, 1.5, 1e300, "", [], {}, [[]], { a: null }, "x"];
const MAX_DEPTH = 5;

/** Values that mean something to the server, by the names of members and parameters. */
export class Known {
  #byName = /** @type {Map<string, unknown[]>} */ (new Map());
  #together = /** @type {Map<string, Record<string, string>[]>} */ (new Map());

  /** @param {Record<string, unknown[]>} values */
  constructor(values) {
    for (const [name, list] of Object.entries(values)) this.#byName.set(name, [...list]);
  }

  /** @param {string} name @param {unknown} value */
  add(name, value) {
    const list = this.#byName.get(name) ?? [];
    // The newest are the likeliest to be there still.
    if (!list.includes(value)) list.push(value);
    if (list.length > 40) list.splice(list.length >> 1, 1);
    this.#byName.set(name, list);
  }

  /** @param {string} name */
  of(name) {
    return this.#byName.get(name) ?? [];
  }

  /**
   * Remembers what belongs together, such as a tenant and a role of it: what a request named, with each id that its
   * answer has.
   *
   * @param {string} who has asked
   * @param {Operation} operation
   * @param {Record<string, string>} named parameters of the path
   * @param {any} answer
   */
  remember(who, operation, named, answer) {
    const key = `${who} ${operation.said["tags"][0]}`;
    const kept = this.#together.get(key) ?? [];
    const value = Object.values(named).at(-1) ?? "";
    if (operation.method === "DELETE") {
      this.#together.set(key, kept.filter((one) => !Object.values(one).includes(value)));
      return;
    }
    const last = operation.path.split("/").findLast((part) => part !== "" && !part.startsWith("{")) ?? "";
    const lists = Object.entries(answer ?? {}).filter(([, list]) => Array.isArray(list));
    const found = [named, ...(typeof answer?.id === "string" ? [{ ...named, ...idAs(last, answer.id) }] : [])];
    for (const [name, list] of lists) {
      for (const { id } of list.slice(-5)) if (typeof id === "string") found.push({ ...named, ...idAs(name, id) });
    }
    this.#together.set(key, [...kept, ...found.filter((one) => Object.keys(one).length > 0)].slice(-40));
  }

  /** What was remembered of a chapter that has all of these names. @param {string} who @param {Operation} operation @param {string[]} names */
  together(who, operation, names) {
    const kept = this.#together.get(`${who} ${operation.said["tags"][0]}`) ?? [];
    return kept.filter((one) => names.every((name) => one[name] !== undefined));
  }

  /** Learns ids from an answer: by the member that has them, and `id` by what it is the id of. @param {any} value @param {string} kind */
  learn(value, kind) {
    if (Array.isArray(value)) return value.slice(0, 20).forEach((one) => this.learn(one, kind));
    if (value === null || typeof value !== "object") return;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === "string" && inner.length <= 200) {
        if (name === "id") this.add(kind, inner);
        else if (/Id$|^token$|^code$|^etag$|^next$|^next_token$|^key$/.test(name)) this.add(name, inner);
      } else this.learn(inner, name.replace(/s$/u, ""));
    }
  }
}

/** An id under the names that parameters and members have for it. @param {string} kind @param {string} id @returns {Record<string, string>} */
function idAs(kind, id) {
  const name = kind.replace(/s$/u, "");
  const isUser = /user/u.test(name);
  return isUser ? { user: id, userId: id, id } : { [name]: id, [`${name}Id`]: id, keyId: id, id };
}

/** Makes requests. */
export class Generator {
  /** What the request at hand is about. */
  #context = /** @type {Record<string, string>} */ ({});

  /**
   * @param {import("./contract.mjs").Contract} contract
   * @param {Dice} dice
   * @param {Known} known
   */
  constructor(contract, dice, known) {
    this.contract = contract;
    this.dice = dice;
    this.known = known;
  }

  /**
   * A request of an operation.
   *
   * @param {Operation} operation
   * @param {string} [who] asks
   * @returns {{ path: string, method: string, headers: Record<string, string>, body?: string | Buffer, named: Record<string, string> }}
   */
  request(operation, who = "") {
    const { path, method, said } = operation;
    const names = (said["parameters"] ?? []).filter((/** @type {Schema} */ one) => one["in"] === "path").map((/** @type {Schema} */ one) => one["name"]);
    const together = this.known.together(who, operation, names);
    this.#context = together.length > 0 && this.dice.chance(0.85) ? this.dice.pick(together.slice(-12)) : {};
    const named = /** @type {Record<string, string>} */ ({});
    const headers = /** @type {Record<string, string>} */ ({});
    const query = new URLSearchParams();
    let target = path;
    for (const { name, in: place, required, schema } of said["parameters"] ?? []) {
      if (place !== "path" && !required && this.dice.chance(0.6)) continue;
      if (place !== "path" && required && this.dice.chance(0.1)) continue;
      const value = this.#parameter(name, place, schema);
      if (place === "path") {
        named[name] = value === "" ? "x" : value;
        target = target.replace(`{${name}}`, encodeURIComponent(named[name] ?? ""));
      }
      if (place === "query") query.append(name, value);
      if (place === "header" && !/[^\x20-\x7e]/u.test(value)) headers[name.toLowerCase()] = value;
    }
    if (query.size > 0) target += `?${query}`;
    const body = said["requestBody"] === undefined ? undefined : this.#body(said["requestBody"], headers);
    return { path: target, method, headers, named, ...(body === undefined ? {} : { body }) };
  }

  /** @param {string} name @param {string} place @param {Schema} schema */
  #parameter(name, place, schema) {
    const odd = this.dice.chance(0.12);
    if (odd && place !== "header") return String(this.dice.pick(ODD_TEXTS));
    if (name === "If-Match" || name === "If-None-Match") {
      const tags = this.known.of("etag");
      if (this.dice.chance(0.4)) return "*";
      return tags.length > 0 && this.dice.chance(0.8) ? `"${this.dice.pick(tags)}"` : this.dice.pick(['"none"', "bad", 'W/"x"']);
    }
    return String(this.value(schema, name, 0) ?? "");
  }

  /** @param {Schema} body @param {Record<string, string>} headers */
  #body(body, headers) {
    const types = Object.keys(body["content"]);
    if (!body["required"] && this.dice.chance(0.3)) return undefined;
    const media = this.dice.pick(types);
    const value = this.value(body["content"][media].schema, "", 0);
    headers["content-type"] = media;
    const fate = this.dice.next();
    if (fate < 0.02) return "{ not json";
    if (fate < 0.035) return JSON.stringify(this.dice.pick(ODD_VALUES));
    if (fate < 0.05) headers["content-type"] = this.dice.pick(["text/plain", "application/xml", "multipart/form-data", "application/JSON; charset=utf-8"]);
    if (fate > 0.995) return Buffer.alloc(300_000, "a");
    if (fate > 0.98) delete headers["content-type"];
    if (media === "application/x-www-form-urlencoded") return form(value);
    return JSON.stringify(this.dice.chance(0.2) ? this.#broken(value) : value);
  }

  /** A value that is wrong in one place. @param {any} value @returns {any} */
  #broken(value) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return this.dice.pick(ODD_VALUES);
    const names = Object.keys(value);
    const changed = { ...value };
    if (names.length === 0 || this.dice.chance(0.2)) {
      changed[this.dice.pick(["role", "id", "emailVerified", "extra", "__proto__x", "constructor"])] = this.dice.pick(ODD_VALUES);
      return changed;
    }
    const name = this.dice.pick(names);
    if (this.dice.chance(0.4)) delete changed[name];
    else if (this.dice.chance(0.3)) changed[name] = this.#broken(changed[name]);
    else changed[name] = this.dice.pick([...ODD_VALUES, ...ODD_TEXTS]);
    return changed;
  }

  /**
   * A value of a schema.
   *
   * @param {Schema} given
   * @param {string} name of the member that it is for
   * @param {number} depth
   * @returns {unknown}
   */
  value(given, name, depth) {
    const schema = this.contract.resolve(given);
    const choices = schema["anyOf"] ?? schema["oneOf"];
    if (choices !== undefined && schema["properties"] === undefined) return this.value(this.dice.pick(choices), name, depth);
    if (schema["enum"] !== undefined) return this.dice.pick(schema["enum"]);
    const type = this.dice.pick([schema["type"] ?? "object"].flat());
    switch (type) {
      case "string":
        return this.#text(schema, name);
      case "integer":
      case "number":
        return this.#number(schema);
      case "boolean":
        return this.dice.chance(0.5);
      case "null":
        return null;
      case "array":
        return this.#list(schema, name, depth);
      default:
        return this.#object(schema, name, depth);
    }
  }

  /** @param {Schema} schema @param {string} name */
  #text(schema, name) {
    const own = this.#context[name];
    if (own !== undefined && this.dice.chance(0.9)) return own;
    if (name === "email" && this.dice.chance(0.4)) return `${this.#letters(8)}@example.org`;
    const known = this.known.of(name);
    if (known.length > 0 && this.dice.chance(0.8)) return this.dice.pick(known);
    if (schema["pattern"]?.includes("{32}")) return this.#letters(32);
    if (schema["examples"] !== undefined && this.dice.chance(0.7)) return this.dice.pick(schema["examples"]);
    if (this.dice.chance(0.1)) return this.dice.pick(ODD_TEXTS);
    return this.#letters(Math.max(schema["minLength"] ?? 0, 1 + this.dice.below(12)));
  }

  /** @param {number} count */
  #letters(count) {
    return this.dice.times(count, () => LETTERS[this.dice.below(LETTERS.length)]).join("");
  }

  /** @param {Schema} schema */
  #number({ minimum = 0, maximum = minimum + 1000 }) {
    const fate = this.dice.next();
    if (fate < 0.05) return minimum - 1;
    if (fate < 0.1) return maximum + 1;
    return fate < 0.2 ? minimum : fate < 0.3 ? maximum : minimum + this.dice.below(maximum - minimum + 1);
  }

  /** @param {Schema} schema @param {string} name @param {number} depth */
  #list(schema, name, depth) {
    const most = depth > MAX_DEPTH ? 0 : 3;
    const count = Math.max(schema["minItems"] ?? 0, this.dice.below(most + 1));
    return this.dice.times(count, () => this.value(schema["items"] ?? {}, name.replace(/s$/u, ""), depth + 1));
  }

  /** @param {Schema} schema @param {string} name @param {number} depth */
  #object(schema, name, depth) {
    const made = /** @type {Record<string, unknown>} */ ({});
    const alternative = schema["anyOf"] === undefined ? [] : (this.dice.pick(schema["anyOf"]).required ?? []);
    const required = new Set([...(schema["required"] ?? []), ...alternative]);
    for (const [member, inner] of Object.entries(schema["properties"] ?? {})) {
      if (required.has(member) || (depth <= MAX_DEPTH && this.dice.chance(0.35))) made[member] = this.value(inner, member, depth + 1);
    }
    if (schema["properties"] === undefined && depth <= MAX_DEPTH) {
      const known = this.known.of(`{${name}}`);
      if (known.length > 0 && this.dice.chance(0.8)) return this.dice.pick(known);
      const values = schema["additionalProperties"];
      for (const key of this.dice.some(["a", "b", "state"], 0.3)) {
        made[key] = typeof values === "object" ? this.value(values, key, depth + 1) : this.dice.pick(["x", 1, true, null]);
      }
    }
    return made;
  }
}

/** @param {any} value */
function form(value) {
  const members = Object.entries(value ?? {}).filter(([, one]) => one !== null && typeof one !== "object");
  return new URLSearchParams(members.map(([name, one]) => [name, String(one)])).toString();
}
