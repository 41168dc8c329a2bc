// @ts-check
// The worker on real workerd with a local D1, as `cargo xtask dev` runs it, on a database of its own.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Host } from "./host.mjs";
import { LocalD1 } from "./local-d1.mjs";
import { ADMINISTRATOR, OFTEN, PROGRAM, ROOT, freePort, policyOf, portcullis, userArguments } from "./program.mjs";
import { startNative } from "./server.mjs";
import { CONFIGURATION, WRANGLER, wranglerEnvironment } from "./wrangler.mjs";

/** @typedef {import("./program.mjs").User} User */

const NEEDED = [
  ["worker/build/index.js", "cargo xtask build worker"],
  ["worker/build/index_bg.wasm", "cargo xtask build worker"],
  ["target/site", "cargo xtask build pages"],
  ["node_modules/wrangler", "npm ci"],
];

/** Every host of the API, by name: one suite runs on each. */
export const HOSTS = [
  { name: "native", start: startNative },
  { name: "workerd", start: startWorker },
];

/**
 * `sql`: more statements, run before it starts.
 *
 * @typedef {import("./host.mjs").Options & { sql?: string, wranglerArgs?: string[] }} WorkerOptions
 */

/**
 * Starts the worker on a database of its own.
 *
 * Each call of wrangler costs seconds: give accounts and scopes here rather than later.
 *
 * @param {WorkerOptions} [options]
 */
export async function startWorker(options = {}) {
  needed();
  const server = await Worker.create(options);
  await server.start(options.env ?? {});
  return server;
}

/** Everything that has to be built before is there, or an error says how. */
export function needed() {
  for (const [path = "", command] of NEEDED) {
    if (!existsSync(join(ROOT, path))) throw new Error(`${path} isn't there; build it with \`${command}\``);
  }
  if (!existsSync(PROGRAM)) {
    throw new Error(`there is no ${PROGRAM}; build it with \`cargo build -p portcullis\``);
  }
}

/** A host on workerd, by `wrangler dev`. */
export class Worker extends Host {
  name = "workerd";
  secret = randomBytes(32).toString("base64");

  /**
   * @param {string} dir
   * @param {number} port
   * @param {{ name: string, file: string, text: string | undefined }} policy
   * @param {string[]} args more arguments of `wrangler dev`
   */
  constructor(dir, port, policy, args) {
    super(dir, port);
    this.args = args;
    this.policy = policy;
    this.d1 = new LocalD1(dir);
    this.db = this.d1.state;
  }

  /** @param {WorkerOptions} options */
  static async create({ policy = "field-ops", policyText, users = [], scopes = [], port, sql = "", wranglerArgs = [] }) {
    const dir = await mkdtemp(join(tmpdir(), "portcullis-worker-"));
    const file = await policyOf(dir, policy, policyText);
    const named = { name: policy, file, text: policyText };
    const server = new this(dir, port ?? (await freePort()), named, wranglerArgs);
    await LocalD1.migrated(dir);
    const statements = await server.#userStatements([{ ...ADMINISTRATOR, name: "First" }, ...users]);
    if (scopes.length > 0) statements.push(await server.#scopeStatements(scopes));
    statements.push(sql);
    await server.sql(statements.join("\n"));
    return server;
  }

  /**
   * The worker's variables besides its secret, and the origin that follows from them.
   *
   * @param {Record<string, string>} env
   */
  variables(env) {
    this.origin = env["PORTCULLIS_ORIGIN"] ?? this.url;
    const variables = /** @type {Record<string, string>} */ ({ PORTCULLIS_ORIGIN: this.url, ...OFTEN, ...env });
    if (this.policy.text === undefined) variables["PORTCULLIS_POLICY"] = this.policy.name;
    else variables["PORTCULLIS_POLICY_TEXT"] = this.policy.text;
    return variables;
  }

  /** @override @param {Record<string, string>} env */
  async start(env) {
    const variables = this.variables(env);
    // Instead of `.dev.vars`, which is the developer's; and no secret is seen in the list of processes.
    const secrets = join(this.dir, "secrets.env");
    await writeFile(secrets, `PORTCULLIS_SECRET="${this.secret}"\n`, { mode: 0o600 });
    const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", String(this.port), "--inspector-port", "0"];
    args.push("--show-interactive-dev-session=false", "--env-file", secrets);
    args.push("--config", CONFIGURATION, "--persist-to", this.db, ...this.args);
    for (const [name, value] of Object.entries(variables)) args.push("--var", `${name}:${value}`);
    await this.run(process.execPath, [WRANGLER, ...args], wranglerEnvironment(this.dir), ROOT);
  }

  /**
   * Another server on the same database, in a process of its own; stop it first.
   *
   * @param {Record<string, string>} env
   */
  async twin(env) {
    const Kind = /** @type {typeof Worker} */ (this.constructor);
    const twin = new Kind(this.dir, await freePort(), this.policy, this.args);
    twin.secret = this.secret;
    await twin.start({ PORTCULLIS_ORIGIN: this.origin, ...env });
    return twin;
  }

  /** @override */
  get policyFile() {
    return this.policy.file;
  }

  /** @override @param {string[]} args @param {string} [input] */
  async operate(args, input) {
    await this.sql(await portcullis([...args, "--sql"], input));
  }

  /** @override @param {User[]} users */
  async createUsers(users) {
    await this.sql((await this.#userStatements(users)).join("\n"));
  }

  /** @override */
  async auditPlace() {
    return ["--dump", await this.d1.export("dump.sql")];
  }

  /**
   * Runs statements on the database.
   *
   * @param {string} text
   * @returns {Promise<Record<string, unknown>[]>} the rows of the last statement
   */
  sql(text) {
    return this.d1.execute(text);
  }

  /** @param {User[]} users */
  #userStatements(users) {
    const texts = users.map((user) => portcullis([...userArguments(user, this.policy.file), "--sql"], user.password));
    return Promise.all(texts);
  }

  /** @param {string[]} scopes */
  #scopeStatements(scopes) {
    return portcullis(["scope", "add", ...scopes, "--policy", this.policy.file, "--sql"]);
  }
}

/**
 * A shipped policy's text.
 *
 * @param {string} name
 */
export function shippedPolicy(name) {
  return readFile(join(ROOT, "policies", `${name}.toml`), "utf8");
}
