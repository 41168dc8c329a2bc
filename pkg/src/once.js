// @ts-check
import { PortcullisError } from "./errors.js";

/** @typedef {typeof import("../dist/portcullis.js")} Engine the module's exports, ready to use */

/**
 * Makes a loader that loads once, and again only after a failure.
 *
 * @param {() => Promise<Engine>} load
 * @returns {() => Promise<Engine>}
 */
export function once(load) {
  /** @type {Promise<Engine> | undefined} */
  let loading;
  return () => {
    loading ??= load().catch((cause) => {
      loading = undefined;
      throw new PortcullisError("load_failed", `the wasm module can't be loaded: ${cause?.message ?? cause}`, {}, cause);
    });
    return loading;
  };
}
