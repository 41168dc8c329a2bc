// @ts-check
import { checkAll } from "../api.js";
import { byId, el, fill } from "../dom.js";
import { apiAnswer, badge } from "./verdict.js";
import { labelOf, sentence } from "./words.js";

/** @typedef {import("/pkg/src/index.js").Explanation} Explanation */
/** @typedef {import("/pkg/src/index.js").Named} Named */
/** @typedef {import("./source.js").Source} Source */

/** The policy's apps with their tiers, and the door to each. */
export class Apps {
  #source;
  #onError;
  #list = el("ul", { class: "apps", role: "list" });
  #dialog = byId("app-dialog", HTMLDialogElement);

  /**
   * @param {HTMLElement} section
   * @param {Source} source
   * @param {(error: unknown) => void} onError
   */
  constructor(section, source, onError) {
    this.#source = source;
    this.#onError = onError;
    section.hidden = source.apps.length === 0;
    const lead = el("p", { class: "quiet" }, "Every app can be knocked at; the gate says which tier it takes.");
    fill(section, el("div", { class: "section-head" }, el("h2", { id: "apps-title" }, "Apps"), lead), this.#list);
    // A click on the backdrop is a click on the dialog itself.
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  /** Decides every app anew. */
  async refresh() {
    const { apps } = this.#source;
    const verdicts = await this.#source.decide(apps.map(({ name }) => ({ app: name })));
    const focused = document.activeElement?.getAttribute("data-app");
    fill(this.#list, ...apps.map((app, index) => this.#card(app, verdicts[index])));
    if (typeof focused === "string") this.#button(focused)?.focus();
  }

  /**
   * @param {Named} app
   * @param {Explanation | undefined} verdict
   */
  #card(app, verdict) {
    const allow = verdict?.allow === true;
    const button = el("button", { class: "app", type: "button", "data-app": app.name, "data-allow": String(allow) });
    fill(
      button,
      el("span", { class: "app-icon", "aria-hidden": "true" }, [...app.label][0] ?? ""),
      el("span", { class: "app-name" }, app.label),
      app.tier !== undefined && el("span", { class: "app-tier" }, `from ${labelOf(this.#source.tiers, app.tier)}`),
      el("span", { class: `badge ${allow ? "allow" : "deny"}` }, allow ? "Open" : "Locked"),
    );
    if (verdict !== undefined) button.addEventListener("click", () => this.#open(app, verdict));
    return el("li", {}, button);
  }

  /** @param {string} name */
  #button(name) {
    const buttons = [...this.#list.querySelectorAll("button")];
    return buttons.find((button) => button.dataset["app"] === name);
  }

  /**
   * Opens the app's door: what is behind it, or why not.
   *
   * @param {Named} app
   * @param {Explanation} verdict
   */
  #open(app, verdict) {
    const said = el("span", {}, el("span", { class: "quiet" }, "Asking…"));
    const title = verdict.allow ? `${app.label} is open to you` : `No access to ${app.label}`;
    const way = verdict.allow ? "Close" : "Back to the apps";
    const close = el("button", { class: "button primary", type: "button" }, way);
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.className = `app-dialog ${verdict.allow ? "is-allowed" : "is-denied"}`;
    fill(
      this.#dialog,
      el(
        "div",
        { class: "dialog-inside" },
        el("p", { class: "eyebrow" }, verdict.allow ? "Access granted" : "Access denied"),
        el("h2", { id: "app-dialog-title" }, title),
        el("p", {}, sentence(verdict.message)),
        ladder(this.#source, app),
        el("dl", { class: "facts" }, fact("In the page", badge(verdict)), fact("Behind the API", said)),
        el("p", { class: "actions" }, close),
      ),
    );
    this.#dialog.showModal();
    this.#ask(app, verdict, said).catch((error) => {
      this.#dialog.close();
      this.#onError(error);
    });
  }

  /**
   * @param {Named} app
   * @param {Explanation} verdict
   * @param {HTMLElement} place
   */
  async #ask(app, verdict, place) {
    const [said] = await checkAll([{ app: app.name }]);
    if (said !== undefined) fill(place, ...apiAnswer(said, verdict));
  }
}

/**
 * @param {string} term
 * @param {Node} value
 */
function fact(term, value) {
  return el("div", {}, el("dt", {}, term), el("dd", {}, value));
}

/**
 * The tiers, lowest first: the one that is needed, and the one that the person has.
 *
 * @param {Source} source
 * @param {Named} app
 */
function ladder({ tiers, tier }, app) {
  const steps = tiers.map(({ name, label }) => {
    const marks = [name === app.tier && "needed", name === tier && "yours"].filter((mark) => mark !== false);
    const note = marks.length > 0 && el("span", { class: "step-note" }, marks.join(", "));
    return el("li", { class: marks.join(" ") || undefined }, label, " ", note);
  });
  return el("ol", { class: "ladder", "aria-label": "Tiers, lowest first" }, ...steps);
}
