// @ts-check
// A new password, by the link of a mail (`?token=…`) or by a code from an administrator.

import { ApiError, post } from "./api.js";
import { byId } from "./dom.js";

const form = byId("form", HTMLFormElement);
const done = byId("done", HTMLElement);
const problem = byId("problem", HTMLElement);
const codeField = byId("code-field", HTMLElement);
const code = byId("code", HTMLInputElement);
const password = byId("password", HTMLInputElement);
const submit = byId("submit", HTMLButtonElement);
const toggle = byId("toggle", HTMLButtonElement);

const OVER = "This link or code doesn’t work, or has been used. Ask for another one.";

const query = new URLSearchParams(location.search);
const token = query.get("token");
// Neither the history nor a screenshot keeps the token.
if (token !== null) history.replaceState(null, "", location.pathname);

let isBusy = false;

form.noValidate = true;
codeField.hidden = token !== null;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void setPassword();
});
toggle.addEventListener("click", () => showPassword(password.type === "password"));
if (query.has("error")) complain(OVER, code);
else (token === null ? code : password).focus();

async function setPassword() {
  if (isBusy) return;
  const value = token ?? code.value.trim();
  if (value === "") return complain("Enter the code.", code);
  if (password.value === "") return complain("Enter a new password.", password);
  setBusy(true);
  clearProblem();
  try {
    const answer = await post("/api/auth/reset-password", { token: value, newPassword: password.value });
    setBusy(false);
    if (answer.status === 200) return finish();
    const isOver = answer.body?.code === "INVALID_TOKEN";
    complain(reason(answer), isOver && token === null ? code : password);
  } catch (error) {
    setBusy(false);
    complain(error instanceof ApiError ? error.message : "That didn’t work. Try again.", submit);
  }
}

function finish() {
  // Password managers look at what the field is when it goes.
  showPassword(false);
  form.hidden = true;
  done.hidden = false;
  done.focus();
}

/**
 * @param {import("./api.js").Answer} answer
 * @returns {string}
 */
function reason({ status, body, retryAfterSecs }) {
  if (status === 429) return `Too many attempts. Try again in ${retryAfterSecs ?? "some"} seconds.`;
  if (body?.code === "INVALID_TOKEN") return OVER;
  if (body?.code === "PASSWORD_TOO_SHORT") return "That password is too short. Some words in a row make a good one.";
  if (body?.code === "PASSWORD_TOO_COMMON") return "Too many people use that password. Choose another one.";
  if (body?.code === "PASSWORD_TOO_LONG") return "That password is too long.";
  if (status >= 500) return "The server couldn’t do that. Try again in a moment.";
  return body?.message ?? `The server refused (${status}).`;
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
  for (const element of [code, password, submit]) {
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
  submit.textContent = busy ? "Setting…" : "Set password";
}

/** @param {boolean} visible */
function showPassword(visible) {
  password.type = visible ? "text" : "password";
  toggle.textContent = visible ? "Hide" : "Show";
  toggle.setAttribute("aria-pressed", String(visible));
}
