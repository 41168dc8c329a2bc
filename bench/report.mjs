import { writeFile } from "node:fs/promises";

/** Writes figures to the file that `BENCH_OUT` names, if it names one. */
export async function writeFigures(figures) {
  if (process.env.BENCH_OUT) await writeFile(process.env.BENCH_OUT, `${JSON.stringify(figures, undefined, 2)}\n`);
}
