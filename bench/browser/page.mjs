// Runs measurements in a real Chromium: peers are bundled for the page, the package is served as it is.
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { launchChromium, serveFiles } from "../../tests/support/chromium.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @param {string} script the page's module; it leaves its figures in `globalThis.figures`
 * @param {string} peer the npm package that it imports from `/peer.js`
 * @returns {Promise<{ host: string, figures: any }>}
 */
export async function measureInPage(script, peer) {
  const bundled = await build({ stdin: { contents: `export * from ${JSON.stringify(peer)};`, resolveDir: ROOT }, bundle: true, format: "esm", minify: true, write: false });
  const pages = { "/": '<!doctype html><title>bench</title><script type="module" src="/bench.js"></script>', "/bench.js": script, "/peer.js": bundled.outputFiles[0].text };
  const csp = "default-src 'none'; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval'; connect-src 'self'";
  const [browser, files] = await Promise.all([launchChromium(), serveFiles(pages, { csp })]);
  try {
    const page = await browser.newPage();
    const problems = [];
    page.on("pageerror", (error) => problems.push(error));
    await page.goto(files.url.replace("127.0.0.1", "localhost"));
    const done = page.waitForFunction(() => globalThis.figures !== undefined, undefined, { timeout: 300_000 });
    const failed = page.waitForEvent("pageerror", { timeout: 300_000 }).then((error) => Promise.reject(error));
    failed.catch(() => {});
    await Promise.race([done, failed]);
    return { host: `chromium ${browser.version()}`, figures: await page.evaluate(() => globalThis.figures) };
  } finally {
    await browser.close();
    await files.stop();
  }
}
