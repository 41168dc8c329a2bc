// The tables that the measurements of decisions use, as data: who may do what.

const ALL = ["developer", "admin", "executive", "duty_watch", "quartermaster"];
const MANAGERS = ["developer", "admin"];

/** Five roles, one unit, no scopes. */
export const NAVAL_UNIT = {
  roles: ALL,
  permissions: {
    "data:view": ALL,
    "member:view": ALL,
    "audit:view": ["developer", "admin", "executive"],
    "report:run": ["developer", "admin", "executive", "duty_watch"],
    "member:create": MANAGERS,
    "member:edit": MANAGERS,
    "member:delete": MANAGERS,
    "checkin:create": ["developer", "admin", "duty_watch", "quartermaster"],
    "checkin:view": ALL,
    "badge:assign": ["developer", "admin", "duty_watch"],
    "badge:manage": ["developer", "admin", "duty_watch"],
    "user:create": MANAGERS,
    "user:delete": MANAGERS,
    "user:update": ["developer", "admin", "duty_watch"],
    "session:manage": MANAGERS,
    "apikey:manage": ["developer"],
    "settings:manage": MANAGERS,
    "user:impersonate": ["developer"],
  },
};

const ADMINS = ["NATIONAL_ADMIN", "STATE_ADMIN"];
const TEAM = ["SUPERVISOR", "TEAM_MEMBER"];

/** Four roles granted nationally, in a state or in a team. */
export const FIELD_OPS = {
  scopes: ["state", "team"],
  roles: [...ADMINS, ...TEAM],
  permissions: {
    "device:provision": [...ADMINS, ...TEAM],
    "device:manage": ADMINS,
    "policy:read": [...ADMINS, ...TEAM],
    "policy:ack": TEAM,
    "pin:generate": ADMINS,
    "pin:reveal": ADMINS,
    "pin:revoke": ADMINS,
    "telemetry:write": TEAM,
    "enrollment:mint": ADMINS,
    "enrollment:revoke": ADMINS,
  },
};

/** A table as a policy document. */
export function policyDocument(name, { scopes = [], roles, permissions }) {
  return {
    format: "portcullis-policy/1",
    name,
    scopes: scopes.map((level) => ({ name: level })),
    roles: roles.map((role) => ({ name: role })),
    permissions: Object.entries(permissions).map(([permission, holders]) => ({ name: permission, roles: holders })),
  };
}

/** The permissions of a role, in the order of the table. */
export function permissionsOf({ permissions }, role) {
  return Object.keys(permissions).filter((permission) => permissions[permission].includes(role));
}

/** `noun:verb` as its two halves. */
export const halves = (permission) => permission.split(":");
