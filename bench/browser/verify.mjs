// How long verifying a token takes in Chromium, beside npm jose and crypto.subtle.verify.
import { table } from "../measure.mjs";
import { writeFigures } from "../report.mjs";
import { BASES } from "../verify-cases.mjs";
import { measureInPage } from "./page.mjs";

const SCRIPT = `
  import { createVerifier } from "/pkg/src/index.browser.js";
  import * as jose from "/peers/jose.js";
  import { measureVerify } from "/bench/verify-cases.mjs";
  globalThis.figures = await measureVerify({ createVerifier, jose });
`;

const { host, figures } = await measureInPage(SCRIPT, ["jose"]);
for (const [title, rows] of Object.entries(figures)) console.log(table(`${title}, ${host}`, rows, BASES[title]));
await writeFigures({ host, nanoseconds: figures });
