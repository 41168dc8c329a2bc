// Runs measurements in a real Chromium: peers are bundled for the page, the package is served as it is.
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { launchChromium, serveFiles } from "../../tests/support/chromium.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @param {string} script the page's module; it leaves its figures in `globalThis.figures`
 * @param {string[]} peers npm packages that it imports as `/peers/NAME.js`
 * @returns {Promise<{ host: string, figures: any }>}
 */
export async function measureInPage(script, peers) {
  const pages = { "/": '<!doctype html><title>bench</title><script type="module" src="/bench.js"></script>', "/bench.js": script };
  for (const peer of peers) pages[`/peers/${peer}.js`] = await bundle(peer);
  const csp = "default-src 'none'; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval'; connect-src 'self'";
  const [browser, files] = await Promise.all([launchChromium(), serveFiles(pages, { csp })]);
  try {
    const page = await browser.newPage();
    const failed = page.waitForEvent("pageerror", { timeout: 300_000 }).then((error) => Promise.reject(error));
    failed.catch(() => {});
    await page.goto(files.url.replace("127.0.0.1", "localhost"));
    const done = page.waitForFunction(() => globalThis.figures !== undefined, undefined, { timeout: 300_000 });
    await Promise.race([done, failed]);
    return { host: `chromium ${browser.version()}`, figures: await page.evaluate(() => globalThis.figures) };
  } finally {
    await browser.close();
    await files.stop();
  }
}

/** @param {string} peer */
async function bundle(peer) {
  const stdin = { contents: `export * from ${JSON.stringify(peer)};`, resolveDir: ROOT };
  const options = { bundle: true, format: "esm", platform: "browser", minify: true, write: false };
  // A peer would read its policies from files, and has a polyfill of Node's `Buffer` for company.
  const built = await build({ stdin, ...options, external: ["fs"], inject: [fileURLToPath(new URL("buffer.mjs", import.meta.url))] });
  return built.outputFiles[0].text;
}
