// How long a large policy takes until it answers, in Chromium.
import { COMPILE } from "../load-cases.mjs";
import { table } from "../measure.mjs";
import { writeFigures } from "../report.mjs";
import { measureInPage } from "./page.mjs";

const SCRIPT = `
  import { measureLoad } from "/bench/load-cases.mjs";
  import * as engine from "/pkg/dist/portcullis.js";
  import { createGate } from "/pkg/src/index.browser.js";
  (await createGate({ policy: { format: "portcullis-policy/1", name: "none" }, principal: { id: "u1", grants: [] } })).close();
  globalThis.figures = await measureLoad({ createGate, GateCore: engine.GateCore });
`;

const { host, figures } = await measureInPage(SCRIPT, []);
console.log(table(`1,000 permissions and 200 roles, ${host}`, figures, COMPILE));
await writeFigures({ host, nanoseconds: figures });
