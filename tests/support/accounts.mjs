// Principals of cases as rows of a server's database, each with a session.

import { createHash, randomBytes } from "node:crypto";

const YEAR_2100_MS = 4_102_444_800_000;

const text = (value) => (value === undefined ? "NULL" : `'${String(value).replaceAll("'", "''")}'`);

/** A session token in the server's form. */
function sessionToken() {
  return randomBytes(48).toString("base64").replaceAll(/[^A-Za-z0-9]/g, "").slice(0, 32).padEnd(32, "A");
}

/** SQL for the principals and scopes of a group, and the principals' session tokens by name. */
export function accounts(group) {
  const tokens = {};
  const sql = tenants(group.principals);
  for (const [name, principal] of Object.entries(group.principals)) {
    tokens[name] = sessionToken();
    sql.push(...account(name, principal), session(name, principal, tokens[name]));
    principal.grants.forEach((grant, n) => sql.push(roleGrant(name, grant, n)));
    (principal.tenants ?? []).forEach((membership, n) => sql.push(...member(name, membership, n)));
  }
  for (const path of group.scopes) {
    const leaf = path.split("/").at(-1);
    sql.push(`INSERT INTO scope (leaf, path, label, created_at_ms) VALUES (${text(leaf)}, ${text(path)}, '', 0);`);
  }
  return { sql: sql.join("\n"), tokens };
}

function account(name, { tier, attributes = {} }) {
  return [
    `INSERT INTO user (id, email, name, tier, attributes, created_at_ms, updated_at_ms) ` +
      `VALUES (${text(name)}, ${text(`${name}@cases`)}, ${text(name)}, ${text(tier)}, ${text(JSON.stringify(attributes))}, 0, 0);`,
  ];
}

function session(name, { expiresSecs }, token) {
  const hash = createHash("sha256").update(token).digest("base64url");
  const expires = (expiresSecs ?? YEAR_2100_MS / 1000) * 1000;
  return (
    `INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, expires_at_ms, remember_me) ` +
    `VALUES (${text(`s-${name}`)}, ${text(hash)}, ${text(name)}, 0, 0, ${expires}, 0);`
  );
}

function roleGrant(name, grant, n) {
  const at = grant.indexOf("@");
  const [role, scope] = at < 0 ? [grant, ""] : [grant.slice(0, at), grant.slice(at + 1)];
  return (
    `INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) ` +
    `VALUES (${text(`g-${name}-${n}`)}, ${text(name)}, ${text(role)}, ${text(scope)}, 0);`
  );
}

function tenants(principals) {
  const ids = Object.values(principals).flatMap((principal) => (principal.tenants ?? []).map(({ id }) => id));
  return [...new Set(ids)].map(
    (id) =>
      `INSERT INTO tenant (id, name, slug, created_at_ms, updated_at_ms) VALUES (${text(id)}, ${text(id)}, ${text(id)}, 0, 0);`,
  );
}

/** A second entry for a tenant can't be stored; it wouldn't count. */
function member(name, { id, owner = false, roles = [] }, n) {
  const key = `${name}-${n}`;
  const rows = [
    `INSERT OR IGNORE INTO tenant_member (id, tenant_id, user_id, is_owner, created_at_ms) ` +
      `VALUES (${text(key)}, ${text(id)}, ${text(name)}, ${Number(owner)}, 0);`,
  ];
  roles.forEach(({ permissions }, k) => {
    const role = text(`${key}-${k}`);
    rows.push(
      `INSERT INTO tenant_role (id, tenant_id, name, created_at_ms, updated_at_ms) VALUES (${role}, ${text(id)}, ${role}, 0, 0);`,
      `INSERT INTO tenant_member_role (member_id, role_id, created_at_ms) ` +
        `SELECT id, ${role}, 0 FROM tenant_member WHERE id = ${text(key)};`,
    );
    for (const permission of permissions) {
      rows.push(`INSERT OR IGNORE INTO tenant_role_permission (role_id, permission) VALUES (${role}, ${text(permission)});`);
    }
  });
  return rows;
}
