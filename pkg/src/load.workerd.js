// @ts-check
// Workers compile no bytes at run time: the module has to be imported when the Worker is built.
import wasm from "../dist/portcullis_bg.wasm";
import * as engine from "../dist/portcullis.js";
import { once } from "./once.js";

/** Instantiates the module that was bundled with the Worker. */
export const loadEngine = once(async () => {
  engine.initSync({ module: wasm });
  return engine;
});
