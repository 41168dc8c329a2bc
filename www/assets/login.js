// @ts-check
import { ApiError, post } from "./api.js";
import { byId } from "./dom.js";
import { PasswordForm, refusal } from "./form.js";
import { nextUrl } from "./next.js";

const email = byId("email", HTMLInputElement);
const remember = byId("remember", HTMLInputElement);
const form = new PasswordForm({ idle: "Sign in", busy: "Signing in…" }, signIn);
const { password, submit } = form;

/** @returns {Promise<void>} */
async function signIn() {
  if (email.value.trim() === "") return form.complain("Enter your e-mail.", email);
  if (password.value === "") return form.complain("Enter your password.", password);
  form.setBusy(true);
  form.clearProblem();
  try {
    const fields = { email: email.value.trim(), password: password.value, rememberMe: remember.checked };
    const answer = await post("/api/auth/sign-in/email", fields);
    if (answer.status === 200) return leave();
    form.setBusy(false);
    form.complain(reason(answer), answer.body?.code === "INVALID_EMAIL" ? email : password);
  } catch (error) {
    form.setBusy(false);
    form.complain(error instanceof ApiError ? error.message : "That didn’t work. Try again.", submit);
  }
}

/** Stays busy: the page is about to go. */
function leave() {
  // Password managers look at what the field is when the page goes.
  form.showPassword(false);
  location.assign(nextUrl(new URLSearchParams(location.search).get("next"), location.origin));
}

/**
 * @param {import("./api.js").Answer} answer
 * @returns {string}
 */
function reason(answer) {
  switch (answer.body?.code) {
    case "INVALID_EMAIL_OR_PASSWORD": return "Invalid e-mail or password.";
    case "INVALID_EMAIL": return "That isn’t an e-mail address.";
    default: return refusal(answer);
  }
}
