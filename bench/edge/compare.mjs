// Candidates against each other, round by round, and how the outcome is told.
import { load } from "./load.mjs";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 1500);

/**
 * Each case at one and at 16 connections, told as it goes.
 *
 * @param {Record<string, Record<string, import("./load.mjs").Call>>} cases the candidates of each, the first against the others
 * @param {string[]} [alone] cases that are asked by one connection alone
 */
export async function compareAll(cases, alone = []) {
  const figures = {};
  for (const [name, candidates] of Object.entries(cases)) {
    for (const connections of alone.includes(name) ? [1] : [1, 16]) {
      const title = `${name}, ${connections} connection${connections > 1 ? "s" : ""}`;
      figures[title] = await compare(candidates, connections);
      print(title, figures[title]);
    }
  }
  return figures;
}

/** The candidates of one case in turn, and of each the round with the median rate. */
async function compare(candidates, connections) {
  const rounds = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(candidates)) {
      rounds[name].push(await load(call, { connections, ms: ROUND_MS }));
    }
  }
  const median = (all) => all.sort((a, b) => a.perSecond - b.perSecond)[all.length >> 1];
  return Object.fromEntries(Object.entries(rounds).map(([name, all]) => [name, median(all)]));
}

function print(title, figures) {
  const [first] = Object.values(figures);
  console.log(title);
  for (const [name, { p50, p99, perSecond }] of Object.entries(figures)) {
    const ratio = (first.perSecond / perSecond).toFixed(2);
    console.log(
      `  ${name.padEnd(28)} ${perSecond.toFixed(0).padStart(6)}/s   p50 ${p50.toFixed(2).padStart(7)} ms   p99 ` +
        `${p99.toFixed(2).padStart(7)} ms   ${ratio.padStart(6)} x`,
    );
  }
}
