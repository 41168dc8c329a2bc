// @ts-check
// The demo: who is signed in, what the page decides, and what the API says behind it.

import { ApiError, get, post } from "./api.js";
import { Apps } from "./demo/apps.js";
import { showIdentity } from "./demo/identity.js";
import { Permissions } from "./demo/permissions.js";
import { isSignedOutError, openSource } from "./demo/source.js";
import { announce, byId, el, fill } from "./dom.js";
import { goToLogin } from "./next.js";

const status = byId("status", HTMLElement);
const content = byId("content", HTMLElement);
const note = byId("note", HTMLElement);
const signOutButton = byId("sign-out", HTMLButtonElement);

const NO_MODULE =
  "The WebAssembly module isn’t there, so this page can’t decide by itself: every verdict is the API’s.";

signOutButton.addEventListener("click", () => void signOut());
// The way back leads to the page as it was left, which may have been before signing out.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
await start();

async function start() {
  status.hidden = false;
  fill(status, "Raising the gate…");
  try {
    // Asked first, because it answers 200 to those who aren't signed in.
    const session = await get("/api/auth/get-session");
    if (session.status === 200 && session.body === null) return goToLogin();
    await show(await openSource());
  } catch (error) {
    fail(error);
  }
}

/** @param {import("./demo/source.js").Source} source */
async function show(source) {
  if (source.isSignedOut()) return goToLogin();
  const identity = byId("identity", HTMLElement);
  const permissions = new Permissions(byId("permissions", HTMLElement), source, fail);
  const apps = new Apps(byId("apps", HTMLElement), source, fail);
  const refresh = async () => {
    if (source.isSignedOut()) return goToLogin();
    showIdentity(identity, source);
    await Promise.all([permissions.refresh(), apps.refresh()]);
  };
  await refresh();
  source.subscribe(() => void refresh().catch(fail));
  tell(source.kind === "api" ? NO_MODULE : "");
  status.hidden = true;
  content.hidden = false;
  content.dataset["source"] = source.kind;
}

/**
 * Shows what went wrong; before there is anything to see, in its place.
 *
 * @param {unknown} error
 */
function fail(error) {
  if (isSignedOutError(error)) return goToLogin();
  const text = error instanceof ApiError ? error.message : `The gate didn’t open: ${messageOf(error)}`;
  if (!content.hidden) {
    tell(text);
    announce(text);
    return;
  }
  const again = el("button", { class: "button", type: "button" }, "Try again");
  again.addEventListener("click", () => void start());
  fill(status, el("p", { class: "notice deny" }, text), again);
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @param {string} text "" hides it */
function tell(text) {
  note.textContent = text;
  note.hidden = text === "";
}

async function signOut() {
  if (signOutButton.getAttribute("aria-disabled") === "true") return;
  signOutButton.setAttribute("aria-disabled", "true");
  try {
    const { status: code } = await post("/api/auth/sign-out", {});
    if (code !== 200) throw new ApiError(`Signing out failed: the server answered ${code}.`, code);
    location.assign("/login/");
  } catch (error) {
    signOutButton.removeAttribute("aria-disabled");
    fail(error);
  }
}
