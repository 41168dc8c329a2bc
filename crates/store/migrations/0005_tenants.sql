-- Tenants, their members, and roles made at run time; attributes of accounts. An operator may give
-- the tables of this file other names. Times are Unix milliseconds.
ALTER TABLE user ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';

-- `epoch` counts changes of what somebody may do in the tenant.
CREATE TABLE tenant (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE tenant_member (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    is_owner INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    UNIQUE (tenant_id, user_id)
) STRICT;

CREATE INDEX tenant_member_by_user ON tenant_member (user_id);

-- `revision` counts changes of the role, so that a writer can tell whether it saw the last one.
CREATE TABLE tenant_role (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    revision INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    UNIQUE (tenant_id, name)
) STRICT;

CREATE TABLE tenant_role_permission (
    role_id TEXT NOT NULL REFERENCES tenant_role (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (role_id, permission)
) STRICT, WITHOUT ROWID;

CREATE INDEX tenant_role_permission_by_permission ON tenant_role_permission (permission);

CREATE TABLE tenant_member_role (
    member_id TEXT NOT NULL REFERENCES tenant_member (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL REFERENCES tenant_role (id) ON DELETE CASCADE,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (member_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tenant_member_role_by_role ON tenant_member_role (role_id);

-- Permissions made at run time, beside those of the policy.
CREATE TABLE tenant_permission (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

-- One row that counts changes of the table above.
CREATE TABLE tenant_permission_epoch (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL
) STRICT;

INSERT INTO tenant_permission_epoch (id, epoch) VALUES (1, 0);

-- Every change to the tables above begins with a row here, whose verdict the rest of its batch hangs
-- on. What is to be told to a webhook stays here until it was.
CREATE TABLE tenant_change (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    tenant_id TEXT,
    user_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    record TEXT,
    created_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at_ms INTEGER NOT NULL,
    dead_at_ms INTEGER,
    last_error TEXT
) STRICT;

CREATE INDEX tenant_change_by_time ON tenant_change (next_at_ms) WHERE dead_at_ms IS NULL;
