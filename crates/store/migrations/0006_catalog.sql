-- Records that are known by type and id, for decisions and searches about them.
CREATE TABLE record (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    properties TEXT NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;

-- Every single value in a record, members of lists each: searches find records by theirs.
CREATE TABLE record_value (
    type TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (type, field, value, id),
    FOREIGN KEY (type, id) REFERENCES record (type, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX record_value_by_record ON record_value (type, id);

-- Who holds a role at a scope, by the scope's own `level:id`: what comes behind the last slash.
CREATE INDEX role_grant_by_leaf ON role_grant (
    role, substr(scope, 1 + length(rtrim(scope, replace(scope, '/', '')))), user_id
);
