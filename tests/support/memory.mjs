// @ts-check
// The memory of a host's server, as Linux tells it.

import { readFileSync, readdirSync } from "node:fs";

/** @typedef {import("../e2e/suites/shared.mjs").Server} Server */

const RESERVED_BYTES = 2 ** 32;

/**
 * The resident memory of a host's server, in MiB: of `serve`, or of the `workerd` of the host; the most that it ever was;
 * and of that, linear memory of wasm, which never shrinks.
 *
 * @param {Server} server
 */
export function resident(server) {
  const name = server.name === "native" ? "portcullis" : "workerd";
  const group = String(server.running.child.pid);
  let [kib, peakKib, wasmBytes] = [0, 0, 0];
  for (const pid of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    try {
      // After the name in brackets: state, parent, group.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const ofGroup = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2];
      if (ofGroup !== group || !stat.includes(`(${name})`)) continue;
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      kib += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      peakKib += Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      wasmBytes += linearBytes(readFileSync(`/proc/${pid}/maps`, "utf8"));
    } catch {
      // It ended in this moment.
    }
  }
  return { mib: kib / 1024, peakMib: peakKib / 1024, wasmMib: wasmBytes / 2 ** 20 };
}

/** Linear memory is what can be written of a reservation of 4 GiB, with the rest of that behind it. @param {string} maps */
function linearBytes(maps) {
  const areas = [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) (\S+)/gm)].map(([, from, to, may]) => ({
    from: parseInt(from ?? "", 16),
    to: parseInt(to ?? "", 16),
    may,
  }));
  const linear = areas.filter(({ from, to, may }, at) => {
    const next = areas[at + 1];
    return may === "rw-p" && next?.may === "---p" && next.from === to && next.to - from === RESERVED_BYTES;
  });
  return linear.reduce((sum, { from, to }) => sum + to - from, 0);
}
