// The measurements of decisions, the same in Node and in a page: only the imports differ.
import { FIXTURES } from "./fixtures/index.mjs";
import { measure } from "./measure.mjs";
import { casbin } from "./peers/casbin.mjs";
import { casl } from "./peers/casl.mjs";
import { cedar, cedarParsed } from "./peers/cedar.mjs";
import { floor } from "./peers/floor.mjs";
import { gate } from "./peers/gate.mjs";

/** Who is compared. */
const CANDIDATES = {
  "gate.can": gate,
  "Set (floor)": floor,
  "@casl/ability": casl,
  casbin,
  "cedar-wasm": cedar,
  "cedar-wasm (parsed)": cedarParsed,
};

const OPTIONS = { operations: 400_000, roundMs: 40 };
/** How long a candidate's answers are checked at most; the fast ones answer every request in this time. */
const CHECK_MS = 1_000;

/** Who the others are compared to. */
export const BASE = "Set (floor)";

/**
 * @param {object} parts `createGate`, and the peers' modules by name
 * @param {{ rounds?: number, names?: string[], fixtures?: string[] }} [options] those named alone
 * @returns {Promise<Record<string, Record<string, number>>>} nanoseconds by fixture and candidate
 */
export async function measureGate(parts, { names = Object.keys(CANDIDATES), fixtures, ...options } = {}) {
  const figures = {};
  for (const makeFixture of FIXTURES) {
    const fixture = makeFixture();
    if (fixtures !== undefined && !fixtures.includes(fixture.title)) continue;
    const operations = {};
    for (const name of names) {
      operations[name] = await CANDIDATES[name](fixture, parts);
      agree(name, operations[name], fixture);
    }
    figures[fixture.title] = measure(operations, { ...OPTIONS, ...options });
  }
  return figures;
}

/** A measurement of two things that answer differently would compare nothing. */
function agree(name, operation, { title, requests }) {
  const start = performance.now();
  for (let i = 0; i < requests.length && performance.now() - start < CHECK_MS; i += 1) {
    const answer = operation(i);
    if (answer !== requests[i].expected) {
      throw new Error(`${title}: ${name} answers ${answer} to ${JSON.stringify(requests[i])}`);
    }
  }
}
