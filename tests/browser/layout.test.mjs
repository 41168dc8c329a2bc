// @ts-check
// Whether the pages fit a small screen and stay where they are, in Chromium.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FIELD_OPS, MIRA, SAM, TEA, TIERS, chromium, served, signIn } from "./_pages.mjs";

/** @typedef {import("playwright-core").Page} Page */

const inPage = chromium();
const fieldOps = served(FIELD_OPS);
const tiers = served(TIERS);

describe("on a small screen", () => {
  const options = { viewport: { width: 360, height: 780 } };

  /** @param {Page} page */
  const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

  test("no page scrolls sideways at 360 px", inPage(async (page) => {
    for (const path of ["/", "/login/"]) {
      await page.goto(fieldOps() + path);
      assert.ok((await overflow(page)) <= 0, path);
    }
    await signIn(page, fieldOps(), TEA);
    await page.locator("#scope").selectOption({ label: "Another scope…" });
    await page.locator("#other-scope").fill("state:nv/team:t9");
    await page.locator("#ask-all").click();
    await page.locator("#summary strong").waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    assert.ok((await overflow(page)) <= 0, "/demo/");
  }, options));

  test("the apps and their panel fit too", inPage(async (page) => {
    await signIn(page, tiers(), MIRA);
    await page.locator('button[data-app="lab"]').click();
    await page.locator("dialog .mark").waitFor();
    assert.ok((await overflow(page)) <= 0);
    const box = await page.locator("dialog").boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 360);
  }, options));
});

test("nothing moves while the pages load", inPage(async (page) => {
  await page.addInitScript(() => {
    const shifts = /** @type {number[]} */ ([]);
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push(/** @type {any} */ (entry).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await signIn(page, fieldOps(), SAM);
  for (const path of ["/demo/", "/login/", "/"]) {
    await page.goto(fieldOps() + path);
    if (path === "/demo/") await page.locator("#content").waitFor();
    await page.waitForTimeout(300);
    const sum = await page.evaluate(() => /** @type {any} */ (window).shifts.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0));
    assert.ok(sum < 0.01, `${path} moved by ${sum}`);
  }
}));
