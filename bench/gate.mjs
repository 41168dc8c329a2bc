// How long `gate.can` takes in Node, beside @casl/ability and a plain Set.
import * as casl from "@casl/ability";
import { createGate } from "../pkg/src/index.node.js";
import { measureGate } from "./gate-cases.mjs";
import { table } from "./measure.mjs";
import { writeFigures } from "./report.mjs";

const figures = await measureGate({ createGate, casl });
for (const [title, rows] of Object.entries(figures)) {
  console.log(table(`${title}, Node ${process.version}`, rows, "CASL ability.can"));
}
await writeFigures({ host: `node ${process.version}`, nanoseconds: figures });
