// @ts-check
// A form with one password: what is wrong, that it is busy, and showing what was typed.

import { byId } from "./dom.js";

/** @typedef {HTMLInputElement | HTMLButtonElement} Place where something can be put right */

export class PasswordForm {
  element = byId("form", HTMLFormElement);
  password = byId("password", HTMLInputElement);
  submit = byId("submit", HTMLButtonElement);
  isBusy = false;
  #problem = byId("problem", HTMLElement);
  #toggle = byId("toggle", HTMLButtonElement);
  #labels;

  /**
   * @param {{idle: string, busy: string}} labels of the button that submits
   * @param {() => Promise<void>} act what submitting does, unless it is being done
   */
  constructor(labels, act) {
    this.#labels = labels;
    this.element.noValidate = true;
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.isBusy) void act();
    });
    this.#toggle.addEventListener("click", () => this.showPassword(this.password.type === "password"));
  }

  /**
   * Shows what is wrong, and goes to where it can be put right.
   *
   * @param {string} text
   * @param {Place} where
   */
  complain(text, where) {
    this.clearProblem();
    this.#problem.textContent = text;
    this.#problem.hidden = false;
    where.setAttribute("aria-describedby", this.#problem.id);
    if (where instanceof HTMLInputElement) {
      where.setAttribute("aria-invalid", "true");
      where.select();
    }
    where.focus();
  }

  clearProblem() {
    this.#problem.hidden = true;
    this.#problem.textContent = "";
    for (const element of this.element.querySelectorAll("input, button")) {
      element.removeAttribute("aria-invalid");
      element.removeAttribute("aria-describedby");
    }
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.isBusy = busy;
    this.element.setAttribute("aria-busy", String(busy));
    // Not `disabled`, which would lose the focus.
    this.submit.setAttribute("aria-disabled", String(busy));
    this.submit.textContent = busy ? this.#labels.busy : this.#labels.idle;
  }

  /** @param {boolean} visible */
  showPassword(visible) {
    this.password.type = visible ? "text" : "password";
    this.#toggle.textContent = visible ? "Hide" : "Show";
    this.#toggle.setAttribute("aria-pressed", String(visible));
  }
}

/**
 * How long to wait after too many attempts, or what the server had to say.
 *
 * @param {import("./api.js").Answer} answer
 * @returns {string}
 */
export function refusal({ status, body, retryAfterSecs }) {
  if (status === 429) {
    const wait = retryAfterSecs === undefined ? "in a moment" : `in ${duration(retryAfterSecs)}`;
    return `Too many attempts. Try again ${wait}.`;
  }
  if (status >= 500) return "The server couldn’t do that. Try again in a moment.";
  return body?.message ?? `The server refused (${status}).`;
}

/** @param {number} secs */
function duration(secs) {
  /** @type {[string, number][]} */
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, length] = units.find(([, one]) => secs >= 2 * one) ?? ["second", 1];
  const count = Math.ceil(secs / length);
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
