-- Sessions. The token itself is stored nowhere: `token_hash` is its SHA-256.
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    ip_address TEXT NOT NULL DEFAULT '',
    user_agent TEXT NOT NULL DEFAULT '',
    remember_me INTEGER NOT NULL
) STRICT;

CREATE INDEX session_user ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at_ms);
