// @ts-check
import { ApiError, post } from "../api.js";
import { announce, el, fill } from "../dom.js";
import { agree, apiAnswer, badge, reasons } from "./verdict.js";

/** @typedef {import("/pkg/src/index.js").Explanation} Explanation */
/** @typedef {import("./source.js").Source} Source */
/** @typedef {{ allow: boolean, code: string }} Said */

/** One permission: what the page says of it, its button, and what the API says. */
export class PermissionRow {
  #source;
  #onError;
  #label;
  #scope = "";
  /** @type {Explanation | undefined} */
  #shown;
  /** What the API said, by scope. @type {Map<string, Said>} */
  #heard = new Map();
  #verdict = el("td", { role: "cell", "data-title": "In the page" });
  #api = el("td", { role: "cell", class: "api", "data-title": "Behind the API" });
  #act = el("button", { class: "button act", type: "button" }, "Try it");
  #anyway = el("button", { class: "link anyway", type: "button" }, "Send anyway");

  /**
   * @param {import("/pkg/src/index.js").Named} permission
   * @param {Source} source
   * @param {(error: unknown) => void} onError
   */
  constructor({ name, label }, source, onError) {
    this.name = name;
    this.#label = label;
    this.#source = source;
    this.#onError = onError;
    this.#verdict.id = `verdict-${name}`;
    this.#act.setAttribute("aria-label", `Try it: ${label}`);
    this.#act.setAttribute("aria-describedby", this.#verdict.id);
    this.#anyway.setAttribute("aria-label", `Send anyway: ${label}`);
    for (const button of [this.#act, this.#anyway]) {
      button.addEventListener("click", () => void this.#send(button));
    }
    const words = el("span", { class: "label" }, label);
    const title = el("th", { scope: "row", role: "rowheader" }, words, el("code", {}, name));
    const acts = el("td", { role: "cell", class: "acts" }, this.#act, this.#anyway);
    this.element = el("tr", { role: "row", "data-permission": name }, title, this.#verdict, acts, this.#api);
  }

  /**
   * Shows a verdict at a scope.
   *
   * @param {string} scope
   * @param {Explanation} explanation
   */
  show(scope, explanation) {
    this.#scope = scope;
    this.#shown = explanation;
    this.element.dataset["allow"] = String(explanation.allow);
    fill(this.#verdict, badge(explanation), ...reasons(explanation, this.#source));
    // A button that has the focus keeps it when its verdict turns.
    const hadFocus = document.activeElement === this.#act || document.activeElement === this.#anyway;
    this.#act.disabled = !explanation.allow;
    this.#anyway.hidden = explanation.allow;
    if (hadFocus) (explanation.allow ? this.#act : this.#anyway).focus();
    this.#showApi();
  }

  /**
   * Takes in what the API said.
   *
   * @param {string} scope
   * @param {Said} said
   */
  hear(scope, { allow, code }) {
    this.#heard.set(scope, { allow, code });
    if (scope === this.#scope) this.#showApi();
  }

  /** @param {HTMLButtonElement} button */
  async #send(button) {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    try {
      await this.#callApi();
    } catch (error) {
      this.#onError(error);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  async #callApi() {
    const scope = this.#scope;
    const { status, body } = await post("/api/demo/act", { permission: this.name, scope });
    if (status !== 200 && typeof body?.explanation?.code !== "string") {
      throw new ApiError(body?.message ?? `The API answered ${status}.`, status);
    }
    const said = { allow: status === 200, code: String(body.code) };
    this.hear(scope, said);
    const word = said.allow ? "allowed" : "denied";
    const same = this.#shown !== undefined && agree(said, this.#shown) ? "as shown" : "not as shown";
    announce(`${this.#label}: the API ${word} it, ${same}. Code ${said.code}.`);
  }

  #showApi() {
    const said = this.#heard.get(this.#scope);
    const shown = this.#shown;
    const isAsked = said !== undefined && shown !== undefined;
    fill(this.#api, ...(isAsked ? apiAnswer(said, shown) : [el("span", { class: "quiet" }, "Not asked yet")]));
  }
}
