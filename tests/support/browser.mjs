// @ts-check
// Pages in Chromium that report every error they meet.

import assert from "node:assert/strict";

/** What Chromium itself writes about an answer of 401 or 403, which the pages' own API gives on purpose. */
const REFUSAL = /^Failed to load resource: the server responded with a status of 40[13] /;

/**
 * Opens a page with cookies of its own. What goes wrong in it is collected; closing asserts that nothing did.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {import("playwright-core").BrowserContextOptions & { expected?: RegExp }} [options] `expected`: errors
 *   that the test brings about itself
 */
export async function openPage(browser, { expected, ...options } = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems = /** @type {string[]} */ ([]);
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    const isKnown = REFUSAL.test(message.text()) || expected?.test(message.text()) === true;
    if (message.type() === "error" && !isKnown) problems.push(message.text());
  });
  const close = async () => {
    await context.close();
    assert.deepEqual(problems, []);
  };
  return { page, close };
}
