// @ts-check
// Codes for new passwords, by the operator's command.

import { execFile } from "node:child_process";

import { PROGRAM, cleanEnvironment } from "../../support/program.mjs";

/**
 * A code for a new password, as an operator makes one.
 *
 * @param {import("./shared.mjs").Server} server
 * @param {string} email
 * @param {string[]} [more]
 */
export async function resetCode(server, email, more = []) {
  const isNative = server.name === "native";
  const place = isNative ? ["--db", /** @type {any} */ (server).db] : ["--sql"];
  const [output, errors] = await new Promise((resolve, reject) => {
    const args = ["user", "reset-code", email, ...place, ...more];
    execFile(PROGRAM, args, { env: cleanEnvironment() }, (error, stdout, stderr) => {
      if (error === null) resolve([stdout, stderr]);
      else reject(new Error(stderr));
    });
  });
  if (isNative) return output.trim();
  await /** @type {any} */ (server).sql(output);
  return errors.trim().split("\n").at(-1);
}
