// @ts-check
// The policy of the soak, who is there, and how long it takes.

export const NOTE = "note:read";
export const PASSWORD = "soaked for half an hour";

/** Visitors at once, by host. */
export const VISITORS = { native: 6, workerd: 3 };
const MINUTES = { native: 30, workerd: 10 };
const VARIABLE = "PORTCULLIS_SOAK_MINUTES";

export const POLICY_TEXT = `
name = "soak"
version = "1"
scopes = ["org"]
default_tier = "public"
[[tiers]]
name = "public"
label = "Public"
[[tiers]]
name = "beta"
label = "Beta tester"
[roles.admin]
level = 3
manages = "below"
[roles.keeper]
level = 2
[roles.user]
level = 1
[permissions]
"user:list" = ["admin"]
"user:create" = ["admin"]
"user:update" = ["admin"]
"user:delete" = ["admin"]
"apikey:manage" = ["admin", "keeper"]
"note:read" = ["admin", "keeper", "user"]
[tenants]
level = "org"
owner = ["note:read"]
member = ["note:read"]
`;

/** @param {number} number */
export const ADMINISTRATOR_OF = (number) => ({ email: `admin-${number}@portcullis.test`, password: PASSWORD, roles: ["admin"], tier: "beta" });
/** @param {number} number */
export const OWNER_OF = (number) => ({ email: `owner-${number}@portcullis.test`, password: PASSWORD });

/**
 * For how many minutes a host is soaked: `serve=30,workerd=10`, or one number for both.
 *
 * @param {"native" | "workerd"} host
 */
export function minutesOf(host) {
  const text = process.env[VARIABLE] ?? "";
  if (text === "") return MINUTES[host];
  const pairs = text.split(",").map((part) => part.trim().split("="));
  const name = host === "native" ? "serve" : host;
  const value = pairs.length === 1 && pairs[0]?.length === 1 ? pairs[0][0] : (pairs.find(([key]) => key === name)?.[1] ?? "0");
  const minutes = Number(value);
  if (!(minutes >= 0)) throw new Error(`${VARIABLE} is \`${text}\`: a number of minutes, or \`serve=30,workerd=10\``);
  return minutes;
}
