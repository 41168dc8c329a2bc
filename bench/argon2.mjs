// How long a password check takes in wasm under Node, beside hash-wasm. workerd can't run hash-wasm:
// it compiles its module from bytes at run time, which Workers refuse.
import { createRequire } from "node:module";

import { argon2Verify, argon2id } from "hash-wasm";

import { measureAsync, table } from "./measure.mjs";
import { writeFigures } from "./report.mjs";

const { runLine } = createRequire(import.meta.url)("../target/conform/conform.js");
const password = "correct horse battery staple";
const hash = await argon2id({
  password,
  salt: new Uint8Array(16).fill(7),
  memorySize: 19_456,
  iterations: 2,
  parallelism: 1,
  hashLength: 32,
  outputType: "encoded",
});
const line = JSON.stringify({ id: 1, hash, password });

const figures = await measureAsync(
  {
    portcullis: async () => JSON.parse(runLine("passwordVerify", line)).ok,
    "hash-wasm": () => argon2Verify({ password, hash }),
  },
  { rounds: 9, operations: 5 },
);
console.log(table(`argon2id 19 MiB, t = 2, p = 1, Node ${process.version}`, figures, "hash-wasm"));
await writeFigures({ host: `node ${process.version}`, nanoseconds: figures });
