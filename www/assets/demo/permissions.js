// @ts-check
import { checkAll } from "../api.js";
import { el, fill } from "../dom.js";
import { PermissionRow } from "./permission-row.js";
import { scopePicker } from "./scope-picker.js";
import { agree } from "./verdict.js";
import { counted } from "./words.js";

/** @typedef {import("./source.js").Source} Source */
/** @typedef {import("./source.js").Question} Question */

const INVITATION = "The page decided all of this by itself. The API can be asked for the same.";
const COLUMNS = ["Permission", "In the page", "Act", "Behind the API"];

/** The policy's table of permissions at one scope. */
export class Permissions {
  #source;
  #rows;
  #picker;
  #summary = el("p", { id: "summary", class: "summary", role: "status" }, INVITATION);
  #askAll = el("button", { id: "ask-all", class: "button", type: "button" }, "Ask the API about all");
  /** Counts the scopes chosen, so that a slow answer about an earlier one is dropped. */
  #turn = 0;

  /**
   * @param {HTMLElement} section
   * @param {Source} source
   * @param {(error: unknown) => void} onError
   */
  constructor(section, source, onError) {
    this.#source = source;
    this.#picker = scopePicker(source, () => void this.refresh().catch(onError));
    this.#rows = source.permissions.map((permission) => new PermissionRow(permission, source, onError));
    this.#askAll.addEventListener("click", () => void this.#ask().catch(onError));
    // The API's answers are compared with the gate's; with themselves there is nothing to compare.
    this.#askAll.hidden = source.kind === "api";
    this.#summary.hidden = source.kind === "api";
    fill(section, this.#head(), this.#table());
  }

  /** Decides every row anew. */
  async refresh() {
    this.#turn += 1;
    const turn = this.#turn;
    const scope = this.#picker.scope();
    const questions = this.#rows.map(({ name }) => ({ permission: name, scope }));
    const verdicts = await this.#source.decide(questions);
    this.#show(turn, scope, verdicts);
    // Buttons don't wait for words, and without the API they have fewer.
    this.#source.complete(questions, verdicts).then(
      (completed) => this.#show(turn, scope, completed),
      () => {},
    );
  }

  /**
   * @param {number} turn in which it was asked
   * @param {string} scope
   * @param {readonly import("./source.js").Explanation[]} verdicts
   */
  #show(turn, scope, verdicts) {
    if (turn !== this.#turn) return;
    this.#rows.forEach((row, index) => {
      const verdict = verdicts[index];
      if (verdict !== undefined) row.show(scope, verdict);
    });
  }

  /** Compares the page with the API: every permission at every scope, and every app. */
  async #ask() {
    if (this.#askAll.getAttribute("aria-disabled") === "true") return;
    this.#askAll.setAttribute("aria-disabled", "true");
    this.#summary.textContent = "Asking…";
    try {
      const questions = this.#questions();
      const [shown, said] = await Promise.all([this.#source.decide(questions), checkAll(questions)]);
      const agreeing = questions.filter((_, index) => {
        const [a, b] = [shown[index], said[index]];
        return a !== undefined && b !== undefined && agree(a, b);
      });
      this.#tellRows(questions, said);
      this.#summarize(agreeing.length, questions.length);
    } catch (error) {
      this.#summary.textContent = INVITATION;
      throw error;
    } finally {
      this.#askAll.removeAttribute("aria-disabled");
    }
  }

  /** @returns {Question[]} */
  #questions() {
    const scopes = new Set(["", ...this.#source.scopes, this.#picker.scope()]);
    const permissions = [...scopes].flatMap((scope) => this.#rows.map(({ name }) => ({ permission: name, scope })));
    return [...permissions, ...this.#source.apps.map(({ name }) => ({ app: name }))];
  }

  /**
   * @param {readonly Question[]} questions
   * @param {readonly import("/pkg/src/index.js").Explanation[]} said
   */
  #tellRows(questions, said) {
    const rows = new Map(this.#rows.map((row) => [row.name, row]));
    questions.forEach((question, index) => {
      const verdict = said[index];
      if (verdict === undefined || !("permission" in question)) return;
      rows.get(question.permission)?.hear(question.scope, verdict);
    });
  }

  /**
   * @param {number} agreeing
   * @param {number} all
   */
  #summarize(agreeing, all) {
    const scopes = new Set(["", ...this.#source.scopes, this.#picker.scope()]).size;
    const parts = [counted(this.#rows.length, "permission", "permissions")];
    if (scopes > 1) parts.push(`at ${scopes} scopes`);
    if (this.#source.apps.length > 0) parts.push(`and ${counted(this.#source.apps.length, "app", "apps")}`);
    const mark = el("strong", { class: agreeing === all ? "agrees" : "differs" }, `${agreeing} of ${all} agree`);
    fill(this.#summary, mark, ` (${parts.join(" ")})`);
  }

  #head() {
    return el(
      "div",
      { class: "section-head" },
      el("h2", { id: "permissions-title" }, "What you may do"),
      el("div", { class: "tools" }, this.#picker.element, this.#askAll),
      this.#summary,
    );
  }

  #table() {
    const titles = COLUMNS.map((title) => el("th", { scope: "col", role: "columnheader" }, title));
    // The roles are written out because a table laid out as blocks on small screens loses its own.
    return el(
      "table",
      { class: "card permissions", role: "table", "aria-labelledby": "permissions-title" },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...titles)),
      el("tbody", { role: "rowgroup" }, ...this.#rows.map(({ element }) => element)),
    );
  }
}
