// @ts-check
// Tiers and apps in Chromium, against the native server.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { MIRA, TIERS, chromium, served, signIn } from "./_pages.mjs";

const inPage = chromium();
const url = served(TIERS);

describe("tiers and apps", () => {
  test("each app is open or locked as the API says", inPage(async (page) => {
    await signIn(page, url(), MIRA);
    assert.match(await page.locator("#identity").innerText(), /Tier\s+Beta tester/);
    const states = await page
      .locator("button.app")
      .evaluateAll((apps) => apps.map((app) => [app.getAttribute("data-app"), app.getAttribute("data-allow")]));
    assert.deepEqual(Object.fromEntries(states), {
      welcome: "true",
      calendar: "true",
      notes: "true",
      mail: "true",
      tasks: "true",
      whiteboard: "true",
      meetings: "true",
      assistant: "false",
      lab: "false",
    });
    assert.equal(await page.locator(".picker").isVisible(), false);
    await page.getByRole("button", { name: "Ask the API about all" }).click();
    await page.locator("#summary strong").waitFor();
    assert.equal(await page.locator("#summary").textContent(), "12 of 12 agree (3 permissions and 9 apps)");
  }));

  test("a locked app says which tier it needs; Escape leads back to its button", inPage(async (page) => {
    await signIn(page, url(), MIRA);
    await page.locator('button[data-app="assistant"]').focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "No access to Assistant" });
    await dialog.locator(".mark.agrees").waitFor();
    const text = await dialog.innerText();
    const sentence = "Assistant needs the tier Alpha tester; yours is Beta tester.";
    for (const part of [sentence, "Beta tester yours", "Alpha tester needed", "tier_too_low"]) {
      assert.ok(text.includes(part), `\`${part}\` in ${text}`);
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-app")), "assistant");
  }));

  test("an open app says so", inPage(async (page) => {
    await signIn(page, url(), MIRA);
    await page.locator('button[data-app="whiteboard"]').click();
    const dialog = page.getByRole("dialog", { name: "Whiteboard is open to you" });
    await dialog.locator(".mark.agrees").waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await dialog.waitFor({ state: "hidden" });
  }));
});
