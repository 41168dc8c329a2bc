// @ts-check
import { ApiError, post } from "./api.js";
import { byId } from "./dom.js";
import { nextUrl } from "./next.js";

const form = byId("form", HTMLFormElement);
const problem = byId("problem", HTMLElement);
const email = byId("email", HTMLInputElement);
const password = byId("password", HTMLInputElement);
const remember = byId("remember", HTMLInputElement);
const submit = byId("submit", HTMLButtonElement);
const toggle = byId("toggle", HTMLButtonElement);

let isBusy = false;

form.noValidate = true;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn();
});
toggle.addEventListener("click", () => showPassword(password.type === "password"));

async function signIn() {
  if (isBusy) return;
  if (email.value.trim() === "") return complain("Enter your e-mail.", email);
  if (password.value === "") return complain("Enter your password.", password);
  setBusy(true);
  clearProblem();
  try {
    const fields = { email: email.value.trim(), password: password.value, rememberMe: remember.checked };
    const answer = await post("/api/auth/sign-in/email", fields);
    if (answer.status === 200) return leave();
    setBusy(false);
    complain(reason(answer), answer.body?.code === "INVALID_EMAIL" ? email : password);
  } catch (error) {
    setBusy(false);
    complain(error instanceof ApiError ? error.message : "That didn’t work. Try again.", submit);
  }
}

/** Stays busy: the page is about to go. */
function leave() {
  // Password managers look at what the field is when the page goes.
  showPassword(false);
  location.assign(nextUrl(new URLSearchParams(location.search).get("next"), location.origin));
}

/**
 * @param {import("./api.js").Answer} answer
 * @returns {string}
 */
function reason({ status, body, retryAfterSecs }) {
  if (status === 429) {
    const wait = retryAfterSecs === undefined ? "in a moment" : `in ${duration(retryAfterSecs)}`;
    return `Too many attempts. Try again ${wait}.`;
  }
  if (body?.code === "INVALID_EMAIL_OR_PASSWORD") return "Invalid e-mail or password.";
  if (body?.code === "INVALID_EMAIL") return "That isn’t an e-mail address.";
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

/**
 * Shows what is wrong, and goes to where it can be put right.
 *
 * @param {string} text
 * @param {HTMLInputElement | HTMLButtonElement} where
 */
function complain(text, where) {
  clearProblem();
  problem.textContent = text;
  problem.hidden = false;
  where.setAttribute("aria-describedby", problem.id);
  if (where instanceof HTMLInputElement) {
    where.setAttribute("aria-invalid", "true");
    where.select();
  }
  where.focus();
}

function clearProblem() {
  problem.hidden = true;
  problem.textContent = "";
  for (const element of [email, password, submit]) {
    element.removeAttribute("aria-invalid");
    element.removeAttribute("aria-describedby");
  }
}

/** @param {boolean} busy */
function setBusy(busy) {
  isBusy = busy;
  form.setAttribute("aria-busy", String(busy));
  // Not `disabled`, which would lose the focus.
  submit.setAttribute("aria-disabled", String(busy));
  submit.textContent = busy ? "Signing in…" : "Sign in";
}

/** @param {boolean} visible */
function showPassword(visible) {
  password.type = visible ? "text" : "password";
  toggle.textContent = visible ? "Hide" : "Show";
  toggle.setAttribute("aria-pressed", String(visible));
}
