-- Accounts, how they sign in, and what they hold. Times are Unix milliseconds.
CREATE TABLE user (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    email_verified INTEGER NOT NULL DEFAULT 0,
    image TEXT,
    tier TEXT,
    disabled_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE password (
    user_id TEXT PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
    phc TEXT NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

-- A role at a scope; the empty scope is global.
CREATE TABLE role_grant (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    scope TEXT NOT NULL DEFAULT '',
    created_at_ms INTEGER NOT NULL,
    UNIQUE (user_id, role, scope)
) STRICT;

-- Known scopes: `leaf` is `team:t7`, `path` is `state:ca/team:t7`. A leaf lies in one place.
CREATE TABLE scope (
    leaf TEXT PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;
