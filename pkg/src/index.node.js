// @ts-check
import { createGateWith } from "./create-gate.js";
import { createVerifierWith } from "./verifier.js";
import { loadEngine } from "./load.node.js";

export { PortcullisError } from "./errors.js";

/** @type {typeof import("./index.js").createGate} */
export const createGate = async (options) => createGateWith(await loadEngine(), options);

/** @type {typeof import("./index.js").createVerifier} */
export const createVerifier = async (options) => createVerifierWith(await loadEngine(), options);
