// How long a large policy takes until it answers, in Node.
import * as engine from "../pkg/dist/portcullis.js";
import { createGate } from "../pkg/src/index.node.js";
import { COMPILE, measureLoad } from "./load-cases.mjs";
import { table } from "./measure.mjs";
import { writeFigures } from "./report.mjs";

// Starts the module that the gates share.
(await createGate({ policy: { format: "portcullis-policy/1", name: "none" }, principal: { id: "u1", grants: [] } })).close();
const figures = await measureLoad({ createGate, GateCore: engine.GateCore });
console.log(table(`1,000 permissions and 200 roles, Node ${process.version}`, figures, COMPILE));
await writeFigures({ host: `node ${process.version}`, nanoseconds: figures });
