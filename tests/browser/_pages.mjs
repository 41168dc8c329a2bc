// @ts-check
// What the tests of the pages have in common: who is there, a browser and a server, and signing in.

import { after, before } from "node:test";

import { openPage } from "../support/browser.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { startNative } from "../support/server.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{ email: string, password: string }} Credentials */

export const SAM = {
  email: "sam@portcullis.test",
  password: "a state to look after",
  name: "Sam Rivera",
  roles: ["STATE_ADMIN@state:ca"],
};
export const TEA = {
  email: "tea@portcullis.test",
  password: "two teams, two roles",
  name: "Tea Lindqvist",
  roles: ["SUPERVISOR@state:ca/team:t7", "TEAM_MEMBER@state:nv/team:t9"],
};
export const MIRA = {
  email: "mira@portcullis.test",
  password: "a tester of betas",
  name: "Mira Okafor",
  roles: ["member"],
  tier: "beta",
};

/** A policy of states and teams, and who has roles there. */
export const FIELD_OPS = {
  policy: "field-ops",
  users: [SAM, TEA],
  scopes: ["state:ca", "state:nv", "state:ca/team:t7", "state:ca/team:t8", "state:nv/team:t9"],
};
/** A policy of tiers and apps, and who has one. */
export const TIERS = { policy: "release-tiers", users: [MIRA] };

/** A browser for the tests of a file. */
export function chromium() {
  /** @type {import("playwright-core").Browser} */
  let browser;
  before(async () => (browser = await launchChromium()));
  after(() => browser?.close());

  /**
   * Runs a test in a page of its own, which must meet no error.
   *
   * @param {(page: Page) => Promise<void>} run
   * @param {Parameters<typeof openPage>[1]} [options]
   */
  return (run, options) => async () => {
    const { page, close } = await openPage(browser, options);
    await run(page);
    await close();
  };
}

/**
 * A server for the tests of a file, by its URL.
 *
 * @param {import("../support/host.mjs").Options} options
 * @returns {() => string}
 */
export function served(options) {
  /** @type {Awaited<ReturnType<typeof startNative>>} */
  let server;
  before(async () => (server = await startNative(options)));
  after(() => server?.stop());
  return () => server.url;
}

/** @param {Page} page @param {Credentials} user */
export async function submit(page, { email, password }) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Signs in and waits for the demo. @param {Page} page @param {string} url of the server @param {Credentials} user */
export async function signIn(page, url, user) {
  await page.goto(`${url}/login/`);
  await submit(page, user);
  await page.waitForURL(`${url}/demo/`);
  await page.locator("#content").waitFor();
}
