// @ts-check
import * as engine from "../dist/portcullis.js";
import { once } from "./once.js";

/** Fetches the module from beside this package; it is compiled while it arrives where that is possible. */
export const loadEngine = once(async () => {
  await engine.default({ module_or_path: new URL("../dist/portcullis_bg.wasm", import.meta.url) });
  return engine;
});
