// @ts-check
import { ask, element } from "./api.js";
import { destination } from "./destination.js";

const form = element("sign-in", HTMLFormElement);
const email = element("email", HTMLInputElement);
const password = element("password", HTMLInputElement);
const remember = element("remember", HTMLInputElement);
const reveal = element("reveal", HTMLButtonElement);
const submit = element("submit", HTMLButtonElement);
const problem = element("problem", HTMLDivElement);

let isBusy = false;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isBusy && isFilledIn()) void signIn();
});
reveal.addEventListener("click", () => showPassword(password.type === "password"));
email.focus();

async function signIn() {
  setBusy(true);
  problem.hidden = true;
  try {
    const body = { email: email.value.trim(), password: password.value, rememberMe: remember.checked };
    const answer = await ask("/api/auth/sign-in/email", body);
    if (answer.ok) {
      // Shown as text, a password would be kept by the browser's form history.
      showPassword(false);
      location.assign(destination(new URLSearchParams(location.search).get("next"), location.origin));
      return;
    }
    refuse(sentence(answer));
  } catch {
    refuse("The server didn't answer. Check the connection and try again.");
  }
  setBusy(false);
}

/** @param {import("./api.js").Answer} answer */
function sentence({ status, body, headers }) {
  if (status === 429) return tooMany(Number(headers.get("x-retry-after") ?? headers.get("retry-after")));
  if (body.code === "INVALID_EMAIL_OR_PASSWORD") return "The e-mail or the password is wrong.";
  if (status >= 500) return "The server has a problem. Try again in a moment.";
  return typeof body.message === "string" ? body.message : `The server answered ${status}.`;
}

/** @param {number} secs */
function tooMany(secs) {
  if (!(secs > 0)) return "Too many attempts. Wait a moment and try again.";
  const wait = secs < 90 ? `${Math.ceil(secs)} seconds` : `${Math.ceil(secs / 60)} minutes`;
  return `Too many attempts. Try again in ${wait}.`;
}

/** @param {string} text */
function refuse(text) {
  problem.textContent = text;
  problem.hidden = false;
  password.select();
  password.focus();
}

function isFilledIn() {
  const problems = [
    fieldProblem(email, email.validity.valid ? "" : "Enter your e-mail address."),
    fieldProblem(password, password.value === "" ? "Enter your password." : ""),
  ];
  const first = problems.find((input) => input !== undefined);
  first?.focus();
  return first === undefined;
}

/**
 * @param {HTMLInputElement} input
 * @param {string} text empty when all is well
 * @returns {HTMLInputElement | undefined} the input, when it has a problem
 */
function fieldProblem(input, text) {
  const place = element(`${input.id}-problem`, HTMLParagraphElement);
  place.textContent = text;
  place.hidden = text === "";
  input.setAttribute("aria-invalid", String(text !== ""));
  return text === "" ? undefined : input;
}

/** @param {boolean} isShown */
function showPassword(isShown) {
  password.type = isShown ? "text" : "password";
  reveal.setAttribute("aria-pressed", String(isShown));
  const [label] = reveal.childNodes;
  if (label !== undefined) label.textContent = isShown ? "Hide" : "Show";
}

/** @param {boolean} busy */
function setBusy(busy) {
  isBusy = busy;
  form.setAttribute("aria-busy", String(busy));
  // Not `disabled`: that would take the focus away.
  submit.setAttribute("aria-disabled", String(busy));
  submit.textContent = busy ? "Signing in…" : "Sign in";
}
