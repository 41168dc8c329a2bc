// @ts-check
// What the suites of one server have in common: who is there, and the paths.

/** @typedef {Awaited<ReturnType<typeof import("../../support/server.mjs").startNative>>} Native */
/** @typedef {Awaited<ReturnType<typeof import("../../support/worker.mjs").startWorker>>} Worker */
/** @typedef {Native | Worker} Server */

export const SIGN_IN = "/api/auth/sign-in/email";
export const LOGIN = "/api/auth/login";
export const SIGN_OUT = "/api/auth/sign-out";
export const LOGOUT = "/api/auth/logout";
export const GET_SESSION = "/api/auth/get-session";
export const ME = "/api/auth/me";
export const TOKEN = "/api/auth/token";
export const JWKS = "/api/auth/jwks";
export const CHECK = "/api/check";
export const ACT = "/api/demo/act";
export const POLICY = "/api/policy";
export const KEYS = "/api/auth/api-key";
export const RBAC = "/api/auth/rbac";
export const TENANTS = `${RBAC}/tenants`;

export const TRUSTED = "https://app.example.org";
export const FOREIGN = "https://evil.example";

export const ANN = {
  email: "ann@example.org",
  name: "Ann Lee",
  password: "correct horse battery",
  roles: ["STATE_ADMIN@state:ca"],
};
export const BOB = { email: "bob@example.org", password: "staple and paper", roles: ["SUPERVISOR@state:ca/team:t7"] };
/** Disabled before the server starts its work. */
export const DAN = { email: "dan@example.org", password: "no longer with us" };

/** What a test types: nothing but address and password. */
export const typed = (/** @type {{ email: string, password: string }} */ { email, password }) => ({ email, password });

/** A token as the wire knows it. */
export const TOKEN_FORM = /^[A-Za-z0-9]{32}$/;
/** A time as JSON knows it. */
export const TIME_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export const UNAUTHORIZED = [401, { code: "UNAUTHORIZED", message: "Unauthorized" }];
export const WRONG = [401, { code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid email or password" }];
