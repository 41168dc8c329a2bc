// @ts-check
// The page about the API: Swagger UI on openapi.json, and a search over its endpoints.

import { byId, el, fill } from "./dom.js";
import { Endpoints } from "./endpoints.js";

/** @typedef {import("./endpoints.js").Tagged} Tagged */

const api = byId("api", HTMLElement);
const filter = byId("filter", HTMLInputElement);
const count = byId("count", HTMLElement);

/** Swagger UI is dark by a class, the site by what the reader's system says. */
function followColours() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
}

/** @param {Endpoints} endpoints */
const search = (endpoints) => () => ({
  fn: { opsFilter: (/** @type {Tagged} */ tagged, /** @type {string} */ words) => endpoints.narrow(tagged, words) },
  // Its own looks at the names of chapters alone.
  components: { FilterContainer: () => null },
});

/** @param {any} document_ */
function show(document_) {
  const endpoints = new Endpoints(document_);
  const bundle = /** @type {any} */ (globalThis)["SwaggerUIBundle"];
  const ui = bundle({
    spec: document_,
    dom_id: "#api",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayOperationId: true,
    displayRequestDuration: true,
    showExtensions: true,
    // Would send the document to a server of the makers of Swagger UI.
    validatorUrl: null,
    // What "Authorize" was given is forgotten with the page.
    persistAuthorization: false,
    plugins: [search(endpoints)],
    onComplete: () => api.removeAttribute("aria-busy"),
  });
  const narrow = () => {
    ui.layoutActions.updateFilter(filter.value.trim() === "" ? false : filter.value);
    count.textContent = `${endpoints.found(filter.value).length} of ${endpoints.all.length} endpoints`;
  };
  filter.addEventListener("input", narrow);
  narrow();
}

followColours();
try {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  show(await answer.json());
} catch (error) {
  const what = error instanceof Error ? error.message : String(error);
  fill(api, el("p", { class: "notice deny", role: "alert" }, `The description couldn't be loaded: ${what}`));
  api.removeAttribute("aria-busy");
}
