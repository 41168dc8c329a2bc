-- Values that open something once, mail on its way, and accounts at other places. Times are Unix
-- milliseconds.

-- A link or code that was given out. The value itself is stored nowhere: `secret_hash` is its SHA-256.
-- `used_by` names the attempt that used it up, which the effects of that attempt hang on.
CREATE TABLE one_time (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    payload TEXT NOT NULL DEFAULT '',
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER,
    used_by TEXT
) STRICT;

CREATE INDEX one_time_user ON one_time (user_id, purpose);
CREATE INDEX one_time_expiry ON one_time (expires_at_ms);

-- Mail on its way: a row leaves when it was delivered. `sealed` holds the link, encrypted under the
-- server's secret, and is emptied when nobody tries any more.
CREATE TABLE mail (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    sealed TEXT,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at_ms INTEGER NOT NULL,
    dead_at_ms INTEGER,
    last_error TEXT
) STRICT;

CREATE INDEX mail_due ON mail (next_at_ms) WHERE dead_at_ms IS NULL;
CREATE INDEX mail_user ON mail (user_id);

-- Accounts at outside providers that belong to an account here. `scope` is separated by commas.
CREATE TABLE outside_account (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    account_id TEXT NOT NULL,
    scope TEXT NOT NULL DEFAULT '',
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    UNIQUE (provider, account_id)
) STRICT;

CREATE INDEX outside_account_user ON outside_account (user_id);
