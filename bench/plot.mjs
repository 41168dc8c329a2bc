// Draws how long a native decision takes as roles, teams and tenants grow by 1,000 times.
//
//   node bench/plot.mjs bench/results/DATE-COMMIT.json > bench/results/decide.svg
import { readFileSync } from "node:fs";

const WIDTH = 680;
const HEIGHT = 360;
const LEFT = 60;
const RIGHT = 200;
const TOP = 30;
const BOTTOM = 50;
const COLOURS = ["#1d4e79", "#b5541c", "#2e7d4f", "#7a3e8e", "#8a7a1c"];

/** The points of each line: how many times larger, and nanoseconds. */
export function lines(nanoseconds) {
  const found = new Map();
  for (const [name, ns] of Object.entries(nanoseconds)) {
    const [title, call] = name.split(": ");
    const size = /\d+/.exec(title);
    if (call !== "decide" || size === null) continue;
    const line = title.replace(/\d+ /, "");
    found.set(line, [...(found.get(line) ?? []), { size: Number(size[0]), ns }]);
  }
  return [...found].map(([name, points]) => {
    const least = Math.min(...points.map(({ size }) => size));
    return { name, points: points.map(({ size, ns }) => ({ times: size / least, ns })).sort((a, b) => a.times - b.times) };
  });
}

function svg(all) {
  const highest = Math.ceil(Math.max(...all.flatMap(({ points }) => points.map(({ ns }) => ns))) / 50) * 50;
  const x = (times) => LEFT + (Math.log10(times) / 3) * (WIDTH - LEFT - RIGHT);
  const y = (ns) => HEIGHT - BOTTOM - (ns / highest) * (HEIGHT - TOP - BOTTOM);
  const steps = Array.from({ length: 5 }, (_, n) => (highest / 4) * n);
  const grid = steps.map((ns) => `<path d="M${LEFT} ${y(ns)}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y(ns) + 4}" text-anchor="end">${ns} ns</text>`);
  const scale = [1, 10, 100, 1000].map((times) => `<text x="${x(times)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">× ${times.toLocaleString("en")}</text>`);
  const drawn = all.map(({ name, points }, n) => {
    const path = points.map(({ times, ns }, i) => `${i === 0 ? "M" : "L"}${x(times).toFixed(1)} ${y(ns).toFixed(1)}`).join("");
    const dots = points.map(({ times, ns }) => `<circle cx="${x(times).toFixed(1)}" cy="${y(ns).toFixed(1)}" r="3" fill="${COLOURS[n % COLOURS.length]}"/>`);
    const key = `<text x="${WIDTH - RIGHT + 14}" y="${TOP + 14 + n * 18}" fill="${COLOURS[n % COLOURS.length]}">${name}</text>`;
    return `<path d="${path}" fill="none" stroke="${COLOURS[n % COLOURS.length]}" stroke-width="2"/>${dots.join("")}${key}`;
  });
  const title = `<text x="${LEFT}" y="18">One native decide, as the number of teams, roles and tenants grows</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>\n${[title, ...grid, ...scale, ...drawn].join("\n")}\n</svg>`;
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node bench/plot.mjs bench/results/DATE-COMMIT.json > bench/results/decide.svg");
  process.exitCode = 2;
} else {
  const result = JSON.parse(readFileSync(file, "utf8"));
  console.log(svg(lines(result.results?.["native/decide"]?.nanoseconds ?? result.nanoseconds)));
}
