// How long a decision takes in Node, beside @casl/ability, casbin, cedar-wasm and a plain Set.
import * as casl from "@casl/ability";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import * as casbin from "casbin";

import { createGate } from "../pkg/src/index.node.js";
import { BASE, measureGate } from "./gate-cases.mjs";
import { table } from "./measure.mjs";
import { writeFigures } from "./report.mjs";

const figures = await measureGate({ createGate, casl, casbin, cedar });
for (const [title, rows] of Object.entries(figures)) console.log(table(`${title}, Node ${process.version}`, rows, BASE));
await writeFigures({ host: `node ${process.version}`, nanoseconds: figures });
