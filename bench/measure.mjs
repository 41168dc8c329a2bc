// How all measurements here are taken: rounds of calls, each candidate in turn within a round, the median round
// reported. What a call returns is kept and compared, so that no compiler can leave the call out.

/** Answers seen, so that they count as used. */
let sink = 0;

/**
 * Measures candidates against each other.
 *
 * @param {Record<string, (i: number) => unknown>} candidates each does one operation
 * @param {{ rounds?: number, operations?: number, roundMs?: number }} [options] at most so many operations in a round,
 *   and fewer of a slow candidate: as many as take about `roundMs`
 * @returns {Record<string, number>} nanoseconds an operation, the median of the rounds
 */
export function measure(candidates, { rounds = 15, operations = 300_000, roundMs = Infinity } = {}) {
  const names = Object.keys(candidates);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  const counts = Object.fromEntries(names.map((name) => [name, warmUp(candidates[name], operations, roundMs)]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) times[name].push(run(candidates[name], counts[name]));
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}

/** As {@link measure}, for operations that answer later. */
export async function measureAsync(candidates, { rounds = 9, operations = 200 } = {}) {
  const names = Object.keys(candidates);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      const time = await runAsync(candidates[name], operations);
      if (round >= 0) times[name].push(time);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}

/** Runs a quarter of a round and says how many operations the round is to have. */
function warmUp(operation, operations, roundMs) {
  const start = performance.now();
  let done = 0;
  for (let count = 1; done < operations / 4 && performance.now() - start < roundMs / 4; count *= 4) {
    run(operation, count);
    done += count;
  }
  const fitting = (done * roundMs) / Math.max(performance.now() - start, 0.001);
  return Math.max(1, Math.floor(Math.min(operations, fitting)));
}

function run(operation, count) {
  // A loop of its own for each candidate, or the engine would compile one loop for all of them.
  const loop = new Function("operation", "count", "let used = 0; for (let i = 0; i < count; i += 1) used += operation(i) ? 1 : 0; return used;");
  const start = performance.now();
  sink += loop(operation, count);
  return ((performance.now() - start) * 1e6) / count;
}

async function runAsync(operation, count) {
  const start = performance.now();
  for (let i = 0; i < count; i += 1) sink += (await operation(i)) ? 1 : 0;
  return ((performance.now() - start) * 1e6) / count;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** Rows for people: each figure, and how it compares to `base`. */
export function table(title, figures, base) {
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  const rows = Object.entries(figures).map(([name, ns]) => {
    const ratio = (ns / figures[base]).toFixed(2);
    return `  ${name.padEnd(width)}  ${nanoseconds(ns).padStart(10)}  ${ratio.padStart(6)} x`;
  });
  return [`${title} (compared to ${base})`, ...rows].join("\n");
}

function nanoseconds(ns) {
  return ns >= 10_000 ? `${(ns / 1000).toFixed(1)} µs` : `${ns.toFixed(1)} ns`;
}

export const used = () => sink;
