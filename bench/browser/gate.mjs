// How long a decision takes in Chromium, beside @casl/ability, casbin, cedar-wasm and a plain Set.
import { BASE } from "../gate-cases.mjs";
import { table } from "../measure.mjs";
import { writeFigures } from "../report.mjs";
import { measureInPage } from "./page.mjs";

const SCRIPT = `
  import startCedar, * as cedar from "/node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm.js";
  import { createGate } from "/pkg/src/index.browser.js";
  import { measureGate } from "/bench/gate-cases.mjs";
  import * as casl from "/peers/@casl/ability.js";
  import * as casbin from "/peers/casbin.js";
  await startCedar();
  globalThis.figures = await measureGate({ createGate, casl, casbin, cedar });
`;

const { host, figures } = await measureInPage(SCRIPT, ["@casl/ability", "casbin"]);
for (const [title, rows] of Object.entries(figures)) console.log(table(`${title}, ${host}`, rows, BASE));
await writeFigures({ host, nanoseconds: figures });
