// @ts-check
// The native server, as an operator starts it: the `portcullis` program with SQLite in a file.

import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Host } from "./host.mjs";
import { ADMINISTRATOR, OFTEN, PROGRAM, cleanEnvironment, freePort, policyOf, portcullis, userArguments } from "./program.mjs";

export { ADMINISTRATOR, PROGRAM, ROOT, freePort, portcullis } from "./program.mjs";

/**
 * Starts the native server on a database of its own.
 *
 * @param {import("./host.mjs").Options} [options]
 */
export async function startNative(options = {}) {
  const server = await NativeServer.create(options);
  await server.start(options.env ?? {});
  return server;
}

class NativeServer extends Host {
  name = "native";
  #policy;

  /**
   * @param {string} dir
   * @param {number} port
   * @param {string} policy
   */
  constructor(dir, port, policy) {
    super(dir, port);
    this.#policy = policy;
    this.db = join(dir, "portcullis.sqlite");
  }

  /** @param {import("./host.mjs").Options} options */
  static async create({ policy = "field-ops", policyText, users = [], scopes = [], port }) {
    if (!existsSync(PROGRAM)) {
      throw new Error(`there is no ${PROGRAM}; build it with \`cargo build -p portcullis\``);
    }
    const dir = await mkdtemp(join(tmpdir(), "portcullis-native-"));
    const server = new NativeServer(dir, port ?? (await freePort()), await policyOf(dir, policy, policyText));
    await server.createUsers([{ ...ADMINISTRATOR, name: "First" }, ...users]);
    if (scopes.length > 0) await server.addScopes(scopes);
    return server;
  }

  /** @override @param {Record<string, string>} env */
  async start(env) {
    const args = ["serve", "--db", this.db, "--listen", `127.0.0.1:${this.port}`, "--policy", this.#policy];
    this.origin = env["PORTCULLIS_ORIGIN"] ?? this.url;
    await this.run(PROGRAM, args, { ...cleanEnvironment(), ...OFTEN, ...env }, this.dir);
  }

  /**
   * Another server on the same database, in a process of its own; stop it first.
   *
   * @param {Record<string, string>} env
   */
  async twin(env) {
    // The secret lies beside the database, so both have the same.
    const twin = new NativeServer(this.dir, await freePort(), this.#policy);
    await twin.start({ PORTCULLIS_ORIGIN: this.origin, ...env });
    return twin;
  }

  /** @override */
  get policyFile() {
    return this.#policy;
  }

  /** @override @param {string[]} args @param {string} [input] */
  async operate(args, input) {
    await portcullis([...args, "--db", this.db], input);
  }

  /** @override @param {import("./program.mjs").User[]} users */
  async createUsers(users) {
    for (const user of users) await this.operate(userArguments(user, this.#policy), user.password);
  }

  /** @override */
  async auditPlace() {
    return ["--db", this.db];
  }
}
