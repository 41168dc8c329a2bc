//! The schema writes down every change of what somebody may do, and nothing that isn't one.

use portcullis_store::Tables;

use crate::support::{START_MS, World};

const WORLD: &str = "
INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) VALUES ('g', 'ann', 'READER', '', 1);
INSERT INTO {tenant} (id, name, slug, created_at_ms, updated_at_ms) VALUES ('t', 'T', 't', 1, 1);
INSERT INTO {tenant_member} (id, tenant_id, user_id, created_at_ms) VALUES ('m', 't', 'ann', 1);
INSERT INTO {tenant_role} (id, tenant_id, name, created_at_ms, updated_at_ms) VALUES ('r', 't', 'R', 1, 1);
INSERT INTO {tenant_role_permission} (role_id, permission) VALUES ('r', 'doc:read');
INSERT INTO {tenant_member_role} (member_id, role_id, created_at_ms) VALUES ('m', 'r', 1);
INSERT INTO scope (leaf, path, label, created_at_ms) VALUES ('org:o', 'org:o', 'O', 1);
INSERT INTO api_key (id, user_id, prefix, start, key_hash, rate_max, rate_window_ms, created_at_ms, 
updated_at_ms) VALUES ('a', 'ann', 'p', 's', 'h', 1, 1, 1, 1);
INSERT INTO signing_key (kid, state, public_jwk, sealed_private, created_secs) VALUES ('k', 'next', '{}', 's', 1)";

/// A write, and the changes that it is.
const WRITES: &[(&str, &[&str])] = &[
    // Sessions.
    ("DELETE FROM session WHERE id = 's'", &["session s"]),
    (
        "UPDATE session SET token_hash = 'other' WHERE id = 's'",
        &["session s"],
    ),
    (
        "UPDATE session SET user_id = 'bob' WHERE id = 's'",
        &["session s"],
    ),
    (
        "UPDATE session SET device_name = 'x' WHERE id = 's'",
        &["session s"],
    ),
    (
        "UPDATE session SET authenticated_at_ms = 1 WHERE id = 's'",
        &["session s"],
    ),
    (
        "UPDATE session SET expires_at_ms = expires_at_ms - 1 WHERE id = 's'",
        &["session s"],
    ),
    (
        "UPDATE session SET expires_at_ms = expires_at_ms + 1, updated_at_ms = 2 WHERE id = 's'",
        &[],
    ),
    (
        "UPDATE session SET expires_at_ms = expires_at_ms WHERE id = 's'",
        &[],
    ),
    (
        "UPDATE session SET last_active_at_ms = 2 WHERE id = 's'",
        &[],
    ),
    (
        "UPDATE session SET refresh_generation = 2, refresh_hash = 'h' WHERE id = 's'",
        &[],
    ),
    (
        "INSERT OR REPLACE INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
         expires_at_ms, remember_me) VALUES ('s', 'other', 'bob', 1, 1, 1, 0)",
        &["session s"],
    ),
    (
        "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
         expires_at_ms, remember_me) VALUES ('s2', 'other', 'bob', 1, 1, 1, 0)",
        &[],
    ),
    // Accounts and grants.
    (
        "UPDATE user SET disabled_at_ms = 1 WHERE id = 'ann'",
        &["user ann"],
    ),
    ("UPDATE user SET tier = 'x' WHERE id = 'ann'", &["user ann"]),
    (
        "UPDATE user SET attributes = '{\"a\":1}' WHERE id = 'ann'",
        &["user ann"],
    ),
    ("UPDATE user SET name = 'x'", &["user ann", "user bob"]),
    (
        "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) \
         VALUES ('eve', 'eve@example.org', 'eve', 1, 1)",
        &[],
    ),
    (
        "INSERT OR REPLACE INTO user (id, email, name, created_at_ms, updated_at_ms) \
         VALUES ('bob', 'bob@example.org', 'B', 1, 1)",
        &["user bob", "session session-of-bob"],
    ),
    (
        "INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('g2', 'bob', 'READER', 1)",
        &["user bob"],
    ),
    (
        "UPDATE role_grant SET user_id = 'bob' WHERE id = 'g'",
        &["user ann", "user bob"],
    ),
    ("DELETE FROM role_grant WHERE id = 'g'", &["user ann"]),
    (
        "INSERT OR REPLACE INTO role_grant (id, user_id, role, created_at_ms) \
         VALUES ('g', 'bob', 'READER', 1)",
        &["user ann", "user bob"],
    ),
    ("UPDATE password SET phc = 'x'", &[]),
    // Tenants.
    (
        "INSERT INTO {tenant_member} (id, tenant_id, user_id, created_at_ms) VALUES ('m2', 't', 'bob', 1)",
        &["user bob"],
    ),
    (
        "UPDATE {tenant_member} SET is_owner = 1",
        &["user ann", "user ann"],
    ),
    ("DELETE FROM {tenant_member}", &["user ann"]),
    ("DELETE FROM {tenant_member_role}", &["user ann"]),
    (
        "UPDATE {tenant_member_role} SET created_at_ms = 2",
        &["user ann"],
    ),
    (
        "UPDATE {tenant_role} SET name = 'X'",
        &["tenancy t", "tenancy t"],
    ),
    (
        "UPDATE {tenant_role} SET description = 'X', revision = 3",
        &[],
    ),
    ("DELETE FROM {tenant_role}", &["user ann", "tenancy t"]),
    (
        "INSERT INTO {tenant_role} (id, tenant_id, name, created_at_ms, updated_at_ms) \
         VALUES ('r2', 't', 'R2', 1, 1)",
        &[],
    ),
    (
        "INSERT INTO {tenant_role_permission} (role_id, permission) VALUES ('r', 'doc:write')",
        &["tenancy t"],
    ),
    ("DELETE FROM {tenant_role_permission}", &["tenancy t"]),
    (
        "UPDATE {tenant_role_permission} SET permission = 'x'",
        &["tenancy t"],
    ),
    ("UPDATE {tenant} SET epoch = epoch + 1", &["tenancy t"]),
    ("UPDATE {tenant} SET name = 'x'", &[]),
    (
        "UPDATE {tenant_permission_epoch} SET epoch = epoch + 1",
        &["policy "],
    ),
    (
        "INSERT OR REPLACE INTO {tenant_permission_epoch} (id, epoch) VALUES (1, 9)",
        &["policy "],
    ),
    // API keys.
    (
        "INSERT INTO api_key (id, user_id, prefix, start, key_hash, rate_max, rate_window_ms, \
         created_at_ms, updated_at_ms) VALUES ('a2', 'ann', 'p', 's', 'h2', 1, 1, 1, 1)",
        &[],
    ),
    (
        "INSERT OR REPLACE INTO api_key (id, user_id, prefix, start, key_hash, rate_max, \
         rate_window_ms, created_at_ms, updated_at_ms) \
         VALUES ('a2', 'ann', 'p', 's', 'h', 1, 1, 1, 1)",
        &["api_key a"],
    ),
    ("UPDATE api_key SET enabled = 0", &["api_key a"]),
    ("UPDATE api_key SET scopes = '[]'", &["api_key a"]),
    ("UPDATE api_key SET expires_at_ms = 5", &["api_key a"]),
    ("UPDATE api_key SET key_hash = 'other'", &["api_key a"]),
    ("UPDATE api_key SET old_until_ms = 5", &["api_key a"]),
    ("UPDATE api_key SET rate_limited = 1", &["api_key a"]),
    ("UPDATE api_key SET remaining = 5", &["api_key a"]),
    (
        "UPDATE api_key SET rate_count = 2, rate_began_at_ms = 1, last_refill_at_ms = 1, \
         last_used_at_ms = 2, old_last_used_at_ms = 2, remaining = remaining - 1",
        &[],
    ),
    ("DELETE FROM api_key", &["api_key a"]),
    // Scopes and keys.
    (
        "INSERT INTO scope (leaf, path, label, created_at_ms) VALUES ('org:p', 'org:p', 'P', 1)",
        &["scope org:p"],
    ),
    ("UPDATE scope SET label = 'x'", &[]),
    (
        "UPDATE scope SET path = 'x'",
        &["scope org:o", "scope org:o"],
    ),
    ("DELETE FROM scope", &["scope org:o"]),
    (
        "UPDATE signing_key SET state = 'active', since_secs = 1",
        &["keys k"],
    ),
    ("UPDATE signing_key SET sealed_private = 'other'", &[]),
    ("DELETE FROM signing_key", &["keys k"]),
];

fn named(tables: &Tables, text: &str) -> String {
    tables.pairs().fold(text.to_owned(), |text, (table, name)| {
        text.replace(&format!("{{{table}}}"), name)
    })
}

fn changes_of(tables: &Tables, write: &str) -> Vec<String> {
    let world = World::with_tables(tables);
    world.user("ann");
    world.user("bob");
    world.session("ann", "s");
    world.sql(&named(tables, WORLD));
    let before = world.sql("SELECT coalesce(max(seq), 0) AS seq FROM access_change")[0]
        .integer("seq")
        .unwrap();
    world.sql(&named(tables, write));
    let rows = world.sql(&format!(
        "SELECT seq, kind, id FROM access_change WHERE seq > {before} ORDER BY seq"
    ));
    for (row, seq) in rows.iter().zip(before + 1..) {
        assert_eq!(row.integer("seq").unwrap(), seq, "no gaps");
    }
    let text = |row: &portcullis_store::Row| {
        format!("{} {}", row.text("kind").unwrap(), row.text("id").unwrap())
    };
    rows.iter().map(text).collect()
}

#[test]
fn every_write_that_changes_what_somebody_may_do_is_a_change_and_no_other_is() {
    for (write, expected) in WRITES {
        assert_eq!(changes_of(&Tables::default(), write), *expected, "{write}");
    }
}

#[test]
fn tables_by_other_names_tell_the_same() {
    let tables = Tables::parse("prefix=acme_,tenant=organization").unwrap();
    for (write, expected) in WRITES {
        assert_eq!(changes_of(&tables, write), *expected, "{write}");
    }
}

#[test]
fn deleting_an_account_tells_of_it_its_sessions_and_its_keys() {
    let mut changes = changes_of(&Tables::default(), "DELETE FROM user WHERE id = 'ann'");
    changes.sort();
    changes.dedup();
    assert_eq!(
        changes,
        [
            "api_key a",
            "session s",
            "session session-of-ann",
            "user ann"
        ]
    );
}

#[test]
fn clearing_away_a_session_that_was_over_long_ago_is_no_change() {
    let write =
        "UPDATE session SET expires_at_ms = 1 WHERE id = 's'; DELETE FROM session WHERE id = 's'";
    assert_eq!(
        changes_of(&Tables::default(), write),
        ["session s"],
        "the first alone"
    );
    let now_ms = START_MS / 2;
    let write =
        format!("UPDATE session SET expires_at_ms = {now_ms}; DELETE FROM session WHERE id = 's'");
    assert_eq!(
        changes_of(&Tables::default(), &write).last().unwrap(),
        "session s"
    );
}

#[test]
fn a_transaction_that_fails_takes_no_number() {
    let world = World::new();
    world.user("ann");
    let server = world.server(false);
    let failing = [
        "UPDATE user SET tier = 'x'",
        "INSERT INTO nowhere VALUES (1)",
    ];
    let statements = failing.map(|sql| portcullis_store::Statement::new(sql, Vec::new()));
    let driver = server.store.driver();
    let outcome = portcullis_store::Driver::batch(driver, statements.to_vec());
    assert!(crate::support::done(outcome).is_err());
    world.sql("UPDATE user SET tier = 'y'");
    let rows = world.sql("SELECT seq FROM access_change");
    assert_eq!((rows.len(), rows[0].integer("seq").unwrap()), (1, 1));
}
