// How long `gate.can` takes in Chromium, beside @casl/ability and a plain Set.
import { table } from "../measure.mjs";
import { writeFigures } from "../report.mjs";
import { measureInPage } from "./page.mjs";

const SCRIPT = `
  import { createGate } from "/pkg/src/index.browser.js";
  import * as casl from "/peer.js";
  import { measureGate } from "/bench/gate-cases.mjs";
  globalThis.figures = await measureGate({ createGate, casl });
`;

const { host, figures } = await measureInPage(SCRIPT, "@casl/ability");
for (const [title, rows] of Object.entries(figures)) console.log(table(`${title}, ${host}`, rows, "CASL ability.can"));
await writeFigures({ host, nanoseconds: figures });
