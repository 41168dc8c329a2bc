// @ts-check
// A new password, by the link of a mail (`?token=…`) or by a code from an administrator.

import { ApiError, post } from "./api.js";
import { byId } from "./dom.js";
import { PasswordForm, refusal } from "./form.js";

const done = byId("done", HTMLElement);
const codeField = byId("code-field", HTMLElement);
const code = byId("code", HTMLInputElement);
const form = new PasswordForm({ idle: "Set password", busy: "Setting…" }, setPassword);
const { password, submit } = form;

const OVER = "This link or code doesn’t work, or has been used. Ask for another one.";

const query = new URLSearchParams(location.search);
const token = query.get("token");
// Neither the history nor a screenshot keeps the token.
if (token !== null) history.replaceState(null, "", location.pathname);

codeField.hidden = token !== null;
if (query.has("error")) form.complain(OVER, code);
else (token === null ? code : password).focus();

/** @returns {Promise<void>} */
async function setPassword() {
  const value = token ?? code.value.trim();
  if (value === "") return form.complain("Enter the code.", code);
  if (password.value === "") return form.complain("Enter a new password.", password);
  form.setBusy(true);
  form.clearProblem();
  try {
    const answer = await post("/api/auth/reset-password", { token: value, newPassword: password.value });
    form.setBusy(false);
    if (answer.status === 200) return finish();
    const isOver = answer.body?.code === "INVALID_TOKEN";
    form.complain(reason(answer), isOver && token === null ? code : password);
  } catch (error) {
    form.setBusy(false);
    form.complain(error instanceof ApiError ? error.message : "That didn’t work. Try again.", submit);
  }
}

function finish() {
  // Password managers look at what the field is when it goes.
  form.showPassword(false);
  form.element.hidden = true;
  done.hidden = false;
  done.focus();
}

/**
 * @param {import("./api.js").Answer} answer
 * @returns {string}
 */
function reason(answer) {
  switch (answer.body?.code) {
    case "INVALID_TOKEN": return OVER;
    case "PASSWORD_TOO_SHORT": return "That password is too short. Some words in a row make a good one.";
    case "PASSWORD_TOO_COMMON": return "Too many people use that password. Choose another one.";
    case "PASSWORD_TOO_LONG": return "That password is too long.";
    default: return refusal(answer);
  }
}
