// @ts-check
// A local D1 in the hands of an operator: what wrangler's commands do to one, without a worker.

import { execFile } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ROOT, cleanEnvironment } from "./program.mjs";

const CONFIGURATION = join(ROOT, "wrangler.toml");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
/** Where wrangler looks by itself: its `d1 export` has no option for the place. */
const STATE = ".wrangler/state";

/** A database that `wrangler d1` finds in a directory of its own. */
export class LocalD1 {
  /** @param {string} dir */
  constructor(dir) {
    this.dir = dir;
  }

  /** A database without tables. */
  static async empty() {
    const d1 = new LocalD1(await mkdtemp(join(tmpdir(), "portcullis-d1-")));
    await copyFile(CONFIGURATION, join(d1.dir, "wrangler.toml"));
    await mkdir(join(d1.dir, STATE), { recursive: true });
    return d1;
  }

  /** A database with every migration, applied as an operator does. */
  static async migrated() {
    const d1 = await LocalD1.empty();
    const persist = ["--persist-to", join(d1.dir, STATE)];
    await run(["d1", "migrations", "apply", "DB", "--local", "--config", CONFIGURATION, ...persist], d1.dir);
    return d1;
  }

  /** Another database with the same content. */
  async copy() {
    const d1 = await LocalD1.empty();
    await cp(join(this.dir, STATE), join(d1.dir, STATE), { recursive: true });
    return d1;
  }

  /**
   * Runs a file of statements.
   *
   * @param {string} path
   * @returns {Promise<Record<string, unknown>[]>} the rows of the last one
   */
  async executeFile(path) {
    const output = await this.#wrangler(["d1", "execute", "DB", "--local", "--json", "--yes", "--file", path]);
    const results = JSON.parse(output.slice(output.indexOf("[")));
    return results.at(-1)?.results ?? [];
  }

  /** @param {string} sql */
  async execute(sql) {
    const path = join(this.dir, "statements.sql");
    await writeFile(path, sql, { mode: 0o600 });
    return this.executeFile(path);
  }

  /**
   * Writes a dump.
   *
   * @param {string} name of the file
   * @returns {Promise<string>} its path
   */
  async export(name) {
    const path = join(this.dir, name);
    await this.#wrangler(["d1", "export", "DB", "--local", "--skip-confirmation", "--output", path]);
    return path;
  }

  /** The SQLite file that a local D1 is: nobody else has it open between two commands of wrangler. */
  async file() {
    const place = join(this.dir, STATE, "v3/d1/miniflare-D1DatabaseObject");
    const names = await readdir(place);
    const name = names.find((one) => one.endsWith(".sqlite") && one !== "metadata.sqlite");
    if (name === undefined) throw new Error(`there is no database in ${place}`);
    return join(place, name);
  }

  remove() {
    return rm(this.dir, { recursive: true, force: true });
  }

  /** @param {string[]} args */
  #wrangler(args) {
    return run([...args, "--config", join(this.dir, "wrangler.toml")], this.dir);
  }
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
    const env = {
      ...cleanEnvironment(),
      CI: "true",
      NO_COLOR: "1",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_LOG_PATH: join(dir, "logs"),
    };
    const options = { env, cwd: dir, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [WRANGLER, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`wrangler ${args.slice(0, 2).join(" ")}:\n${stdout}\n${stderr}`));
    });
  });
}
