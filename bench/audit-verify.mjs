// How long `portcullis audit verify` takes for a log of a million records. BENCH_RECORDS says how many.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { median } from "../tests/support/times.mjs";
import { writeFigures } from "./report.mjs";

const RECORDS = Number(process.env.BENCH_RECORDS ?? 1_000_000);
const RUNS = 5;
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** @param {string[]} args */
const cargo = (...args) =>
  execFileSync(process.env.CARGO ?? "cargo", args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });

const folder = mkdtempSync(join(tmpdir(), "portcullis-bench-"));
try {
  const log = join(folder, "log.sqlite");
  cargo("build", "--quiet", "--release", "-p", "portcullis");
  cargo("run", "--quiet", "--release", "-p", "portcullis-store", "--example", "audit_log", "--", log, String(RECORDS));
  const seconds = Array.from({ length: RUNS }, () => {
    const begun = performance.now();
    execFileSync(join(ROOT, "target/release/portcullis"), ["audit", "verify", "--db", log], { stdio: "pipe" });
    return (performance.now() - begun) / 1000;
  });
  const [of, mib] = [median(seconds), statSync(log).size / 2 ** 20];
  console.log(`audit verify, ${RECORDS} records, ${mib.toFixed(0)} MiB: ${of.toFixed(2)} s (median of ${RUNS})`);
  await writeFigures({ records: RECORDS, mib, seconds: of });
} finally {
  rmSync(folder, { recursive: true });
}
