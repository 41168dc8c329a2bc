// @ts-check
// A local D1 in the hands of an operator: what wrangler's commands do to one, without a worker.

import { rmSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CONFIGURATION, wrangler } from "./wrangler.mjs";

/** A database that `wrangler d1` finds in a directory of its own. */
export class LocalD1 {
  #files = 0;

  /** @param {string} dir */
  constructor(dir) {
    this.dir = dir;
    // Where wrangler looks by itself from `dir`: its `d1 export` has no option for the place.
    this.state = join(dir, ".wrangler/state");
  }

  /** A database without tables. @param {string} [dir] instead of a new one */
  static async empty(dir) {
    const d1 = new LocalD1(dir ?? (await mkdtemp(join(tmpdir(), "portcullis-d1-"))));
    await copyFile(CONFIGURATION, join(d1.dir, "wrangler.toml"));
    await mkdir(d1.state, { recursive: true });
    return d1;
  }

  /** A database with every migration, as an operator applies them. @param {string} [dir] instead of a new one */
  static async migrated(dir) {
    return (await template()).copy(dir);
  }

  /** Another database with the same content. @param {string} [dir] instead of a new one */
  async copy(dir) {
    const d1 = await LocalD1.empty(dir);
    await cp(this.state, d1.state, { recursive: true });
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

  /**
   * Runs statements.
   *
   * @param {string} sql
   * @returns {Promise<Record<string, unknown>[]>} the rows of the last one
   */
  async execute(sql) {
    // May hold password hashes.
    const path = join(this.dir, `statements-${(this.#files += 1)}.sql`);
    await writeFile(path, sql, { mode: 0o600 });
    const rows = await this.executeFile(path);
    await rm(path);
    return rows;
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
    const place = join(this.state, "v3/d1/miniflare-D1DatabaseObject");
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
    return wrangler([...args, "--config", join(this.dir, "wrangler.toml")], this.dir);
  }
}

/** @type {Promise<LocalD1> | undefined} */
let made;

/** A database with every migration, which is made once and copied: each call of wrangler costs seconds. */
function template() {
  made ??= (async () => {
    const d1 = await LocalD1.empty();
    process.on("exit", () => rmSync(d1.dir, { recursive: true, force: true }));
    const place = ["--config", CONFIGURATION, "--persist-to", d1.state];
    await wrangler(["d1", "migrations", "apply", "DB", "--local", ...place], d1.dir);
    return d1;
  })();
  return made;
}
