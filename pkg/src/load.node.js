// @ts-check
import { readFile } from "node:fs/promises";
import * as engine from "../dist/portcullis.js";
import { once } from "./once.js";

/** Reads the module from the installed package. */
export const loadEngine = once(async () => {
  const bytes = await readFile(new URL("../dist/portcullis_bg.wasm", import.meta.url));
  engine.initSync({ module: await WebAssembly.compile(bytes) });
  return engine;
});
