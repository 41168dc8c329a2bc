// @ts-check
// Hashes as other systems make them, by Node's and hash-wasm's own code.

import { pbkdf2Sync, scryptSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { argon2d, argon2i, argon2id, bcrypt } from "hash-wasm";

/** The password of every account here. */
export const PASSWORD = "an old password of mine";
/** A password that is typed with letters in two parts, and the same as other keyboards write it. */
export const COMPOSED = "café Ångström, ﬁnely typed";
export const TYPED_OTHERWISE = COMPOSED.normalize("NFD");

const SALT = Buffer.from("0123456789abcdef");

/** @param {Buffer} bytes */
const plain = (bytes) => bytes.toString("base64").replaceAll("=", "");

/** As Better Auth does. @param {string} password */
export function betterAuth(password) {
  const salt = SALT.toString("hex");
  const options = { N: 16384, r: 16, p: 1, maxmem: 128 * 1024 * 1024 };
  return `${salt}:${scryptSync(password.normalize("NFKC"), salt, 64, options).toString("hex")}`;
}

/** @param {"sha1" | "sha256" | "sha512"} digest @param {number} bytes */
const pbkdf2 = (digest, bytes) => pbkdf2Sync(PASSWORD, SALT, 2000, bytes, digest);

/** A hash of `PASSWORD` in every form that is read, by the name of an account. */
export async function hashes() {
  const salted = { password: PASSWORD, salt: SALT };
  const cost = { parallelism: 2, iterations: 2, memorySize: 1024, hashLength: 32 };
  const encoded = /** @type {const} */ ({ outputType: "encoded" });
  const old = await bcrypt({ ...salted, costFactor: 8, ...encoded });
  const django = pbkdf2Sync(PASSWORD, "0123456789abcdef", 2000, 32, "sha256").toString("base64");
  return {
    "better-auth": betterAuth(PASSWORD),
    scrypt: `$scrypt$ln=13,r=8,p=1$${plain(SALT)}$${plain(scryptSync(PASSWORD, SALT, 32, { N: 8192, r: 8, p: 1 }))}`,
    "bcrypt-2a": old,
    "bcrypt-2b": old.replace("$2a$", "$2b$"),
    "bcrypt-2y": old.replace("$2a$", "$2y$"),
    "pbkdf2-sha1": `$pbkdf2-sha1$i=2000$${plain(SALT)}$${plain(pbkdf2("sha1", 20))}`,
    "pbkdf2-sha256": `$pbkdf2-sha256$i=2000,l=32$${plain(SALT)}$${plain(pbkdf2("sha256", 32))}`,
    "pbkdf2-sha512": `$pbkdf2-sha512$i=2000$${plain(SALT)}$${plain(pbkdf2("sha512", 64))}`,
    django: `pbkdf2_sha256$2000$0123456789abcdef$${django}`,
    argon2i: await argon2i({ ...salted, ...cost, ...encoded }),
    argon2d: await argon2d({ ...salted, ...cost, ...encoded }),
    argon2id: await argon2id({ ...salted, ...cost, ...encoded }),
  };
}

/** The address of an account. @param {string} name */
export const emailOf = (name) => `${name}@imported.test`;

/**
 * Brings accounts in, each with a hash, as an operator does.
 *
 * @param {import("./shared.mjs").Server} server
 * @param {Record<string, string>} passwords hashes by the name of the account
 */
export async function importAccounts(server, passwords) {
  const at = "2024-05-06T07:08:09.000Z";
  const user = (/** @type {string} */ name) => ({ id: `id-${name}`, name, email: emailOf(name), emailVerified: true, createdAt: at, updatedAt: at });
  const account = (/** @type {[string, string]} */ [name, password]) => ({
    ...{ id: `account-${name}`, userId: `id-${name}`, accountId: `id-${name}`, providerId: "credential", password },
    ...{ createdAt: at, updatedAt: at },
  });
  const file = join(server.dir, "import.json");
  await writeFile(file, JSON.stringify({ user: Object.keys(passwords).map(user), account: Object.entries(passwords).map(account), session: [] }));
  await server.operate(["import", "better-auth", "--from", "json", file]);
}
