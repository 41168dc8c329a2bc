// @ts-check
// The worker on real workerd with a local D1, as `cargo xtask dev` runs it, on a database of its own.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Host } from "./host.mjs";
import {
  ADMINISTRATOR,
  OFTEN,
  PROGRAM,
  ROOT,
  cleanEnvironment,
  freePort,
  policyOf,
  portcullis,
  userArguments,
} from "./program.mjs";
import { startNative } from "./server.mjs";

/** @typedef {import("./program.mjs").User} User */

const CONFIGURATION = join(ROOT, "wrangler.toml");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
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
    // Where wrangler looks by itself from `dir`: its `d1 export` has no option for the place.
    this.db = join(dir, ".wrangler/state");
  }

  /** @param {WorkerOptions} options */
  static async create({ policy = "field-ops", policyText, users = [], scopes = [], port, sql = "", wranglerArgs = [] }) {
    const dir = await mkdtemp(join(tmpdir(), "portcullis-worker-"));
    const file = await policyOf(dir, policy, policyText);
    const named = { name: policy, file, text: policyText };
    const server = new this(dir, port ?? (await freePort()), named, wranglerArgs);
    await copyFile(CONFIGURATION, join(dir, "wrangler.toml"));
    await cp(await migrated(), server.db, { recursive: true });
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
    args.push("--show-interactive-dev-session=false", "--env-file", secrets, ...this.#place(), ...this.args);
    for (const [name, value] of Object.entries(variables)) args.push("--var", `${name}:${value}`);
    await this.run(process.execPath, [WRANGLER, ...args], wranglerEnvironment(this.dir), ROOT);
  }

  /**
   * Another server on the same database, in a process of its own; stop it first.
   *
   * @param {Record<string, string>} env
   */
  async twin(env) {
    const twin = new Worker(this.dir, await freePort(), this.policy, this.args);
    twin.secret = this.secret;
    await twin.start({ PORTCULLIS_ORIGIN: this.origin, ...env });
    return twin;
  }

  /** @override @param {User[]} users */
  async createUsers(users) {
    await this.sql((await this.#userStatements(users)).join("\n"));
  }

  /** @param {string[]} scopes */
  async addScopes(scopes) {
    await this.sql(await this.#scopeStatements(scopes));
  }

  /** @param {string} email */
  async disableUser(email) {
    await this.sql(await portcullis(["user", "disable", email, "--sql"]));
  }

  /** The audit log as text. @param {string} [format] `rfc5424` or `jsonl` */
  async exportAudit(format = "rfc5424") {
    return portcullis(["audit", "export", "--format", format, ...(await this.auditPlace())]);
  }

  /** Where commands find the audit log as it is now, as arguments. */
  async auditPlace() {
    const dump = join(this.dir, "dump.sql");
    const config = join(this.dir, "wrangler.toml");
    await run(["d1", "export", "DB", "--local", "--skip-confirmation", "--output", dump, "--config", config], this.dir);
    return ["--dump", dump];
  }

  /**
   * Runs statements on the database.
   *
   * @param {string} text
   * @returns {Promise<Record<string, unknown>[]>} the rows of the last statement
   */
  async sql(text) {
    // Holds password hashes.
    const file = join(this.dir, "statements.sql");
    await writeFile(file, text, { mode: 0o600 });
    const output = await this.#wrangler(["d1", "execute", "DB", "--local", "--json", "--yes", "--file", file]);
    await rm(file);
    const results = JSON.parse(output.slice(output.indexOf("[")));
    return results.at(-1)?.results ?? [];
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

  #place() {
    return ["--config", CONFIGURATION, "--persist-to", this.db];
  }

  /** @param {string[]} args */
  #wrangler(args) {
    return run([...args, ...this.#place()], this.dir);
  }
}

/** @type {Promise<string> | undefined} */
let empty;

/** An empty database with every migration, which is made once and copied. */
function migrated() {
  empty ??= (async () => {
    const dir = await mkdtemp(join(tmpdir(), "portcullis-empty-"));
    process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
    const place = join(dir, "state");
    await mkdir(place);
    await run(["d1", "migrations", "apply", "DB", "--local", "--config", CONFIGURATION, "--persist-to", place], dir);
    return place;
  })();
  return empty;
}

/** @param {string} dir */
function wranglerEnvironment(dir) {
  return {
    ...cleanEnvironment(),
    CI: "true",
    NO_COLOR: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_LOG_PATH: join(dir, "logs"),
  };
}

/**
 * Runs wrangler to its end.
 *
 * @param {string[]} args
 * @param {string} dir
 * @returns {Promise<string>} what it wrote to standard output
 */
function run(args, dir) {
  return new Promise((resolve, reject) => {
    const options = { env: wranglerEnvironment(dir), cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [WRANGLER, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`wrangler ${args.slice(0, 2).join(" ")}:\n${stdout}\n${stderr}`));
    });
  });
}

/**
 * A shipped policy's text.
 *
 * @param {string} name
 */
export function shippedPolicy(name) {
  return readFile(join(ROOT, "policies", `${name}.toml`), "utf8");
}
