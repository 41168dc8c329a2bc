-- What applications keep for a user: one JSON object for all of them, one for each application, one for
-- each device. `bytes` is the length of `body`; `etag` is new with every change.
CREATE TABLE user_setting (
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('global', 'app', 'device')),
    name TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    etag TEXT NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, kind, name)
) STRICT, WITHOUT ROWID;
