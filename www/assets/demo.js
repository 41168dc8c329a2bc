// @ts-check
import { AppList } from "./app-list.js";
import { ask, element, make } from "./api.js";
import { openDecider } from "./decider.js";
import { PermissionTable } from "./permission-table.js";
import { labelOf, partsOf, place } from "./words.js";

/** @typedef {import("./decider.js").Decider} Decider */

const main = element("main", HTMLElement);
const notice = element("notice", HTMLDivElement);
const scope = element("scope", HTMLSelectElement);
const askAllButton = element("ask-all", HTMLButtonElement);
const signOutButton = element("sign-out", HTMLButtonElement);

start().catch((error) => {
  main.setAttribute("aria-busy", "false");
  tellProblem(`This page can't be shown: ${error instanceof Error ? error.message : error}. Reload it to try again.`);
});

async function start() {
  const { status, body: me } = await ask("/api/auth/me");
  if (status === 401) return toSignIn();
  if (status !== 200) throw new Error(me.message ?? `the server answered ${status}`);
  const decider = await openDecider();
  if (decider.note !== undefined) tellProblem(decider.note);
  showPerson(me, decider);
  fillScopes(me.scopes ?? []);
  await showDecisions(decider);
  signOutButton.addEventListener("click", () => void signOut(decider));
  signOutButton.hidden = false;
  main.setAttribute("aria-busy", "false");
}

/** @param {Decider} decider */
async function showDecisions(decider) {
  const summary = element("summary", HTMLParagraphElement);
  const table = new PermissionTable(decider, element("rows", HTMLTableSectionElement), {
    scope: () => scope.value,
    onSummary: (text, tone) => {
      summary.textContent = text;
      summary.className = `summary ${tone}`;
    },
    onSignedOut: toSignIn,
  });
  const apps = new AppList(decider, {
    list: element("apps", HTMLUListElement),
    panel: element("app-panel", HTMLDivElement),
    summary: element("apps-summary", HTMLParagraphElement),
  });
  const refresh = async () => {
    await Promise.all([table.refresh(), decider.apps.length > 0 && apps.refresh()]);
    if (decider.isSignedOut()) toSignIn();
  };
  element("apps-section", HTMLElement).hidden = decider.apps.length === 0;
  await refresh();
  scope.addEventListener("change", () => void table.refresh());
  decider.subscribe(() => void refresh());
  askAllButton.addEventListener("click", () => void askAll(table));
  askAllButton.disabled = false;
}

/** @param {PermissionTable} table */
async function askAll(table) {
  try {
    await table.askApi();
  } catch (error) {
    tellProblem(`The API gave no verdicts: ${error instanceof Error ? error.message : error}.`);
  }
}

/**
 * @param {any} me
 * @param {Decider} decider
 */
function showPerson({ user, principal }, decider) {
  element("who-title", HTMLHeadingElement).textContent = user.name || user.email;
  element("who-email", HTMLParagraphElement).textContent = user.email;
  /** @type {Node[]} */
  const chips = principal.grants.map((/** @type {any} */ grant) => {
    const { role, scope: at } = partsOf(grant);
    return make("span", { class: "chip" }, labelOf(decider.roles, role), make("code", {}, place(at)));
  });
  element("who-roles", HTMLElement).replaceChildren(...(chips.length > 0 ? chips : ["none"]));
  const hasTiers = decider.tiers.length > 0;
  element("who-tier-row", HTMLDivElement).hidden = !hasTiers;
  element("who-tier", HTMLElement).textContent = labelOf(decider.tiers, principal.tier ?? "the policy's default");
  const { name, version, digest } = decider.policy;
  const print = digest === undefined ? "" : make("code", { title: `SHA-256 ${digest}` }, ` ${digest.slice(0, 12)}`);
  element("who-policy", HTMLElement).replaceChildren(`${name} ${version}`.trim(), print);
  element("who-decider", HTMLElement).textContent = decider.kind;
}

/** @param {string[]} scopes */
function fillScopes(scopes) {
  const options = scopes.map((path) => {
    const option = document.createElement("option");
    option.value = path;
    option.textContent = path;
    return option;
  });
  scope.append(...options);
  // The narrowest scope shows most of what somebody with a role in a team may do.
  const narrowest = scopes.toSorted((a, b) => b.split("/").length - a.split("/").length)[0];
  if (narrowest !== undefined) scope.value = narrowest;
}

/** @param {Decider} decider */
async function signOut(decider) {
  signOutButton.setAttribute("aria-disabled", "true");
  try {
    const answer = await ask("/api/auth/sign-out", {});
    if (!answer.ok && answer.status !== 401) throw new Error(`the server answered ${answer.status}`);
    decider.close();
    location.assign("/login/");
  } catch (error) {
    signOutButton.removeAttribute("aria-disabled");
    tellProblem(`You are still signed in: ${error instanceof Error ? error.message : error}.`);
  }
}

function toSignIn() {
  location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
}

/** @param {string} text */
function tellProblem(text) {
  notice.textContent = text;
  notice.hidden = false;
}
