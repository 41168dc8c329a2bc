// How long verifying a token takes in Node, beside npm jose and crypto.subtle.verify.
import * as jose from "jose";
import { createVerifier } from "../pkg/src/index.node.js";
import { table } from "./measure.mjs";
import { writeFigures } from "./report.mjs";
import { BASES, measureVerify } from "./verify-cases.mjs";

globalThis.crypto ??= (await import("node:crypto")).webcrypto;
const figures = await measureVerify({ createVerifier, jose });
for (const [title, rows] of Object.entries(figures)) console.log(table(`${title}, Node ${process.version}`, rows, BASES[title]));
await writeFigures({ host: `node ${process.version}`, nanoseconds: figures });
