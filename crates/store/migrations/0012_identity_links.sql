-- Identities in chat networks and whose they are. `session_id` is the session under which services act
-- for the user by this link; there need not be one.
CREATE TABLE identity_link (
    id TEXT PRIMARY KEY,
    network TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    display_name TEXT,
    linked_by TEXT NOT NULL,
    session_id TEXT,
    created_at_ms INTEGER NOT NULL,
    last_used_at_ms INTEGER,
    UNIQUE (network, external_id)
) STRICT;

CREATE INDEX identity_link_by_user ON identity_link (user_id);

-- The code that a user hands to a service, at most one a user: a new one ends the one before. The code
-- itself is stored nowhere: `code_hash` is its SHA-256. `link_id` is what it was used for.
CREATE TABLE identity_link_code (
    user_id TEXT PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL UNIQUE,
    link_id TEXT,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;
