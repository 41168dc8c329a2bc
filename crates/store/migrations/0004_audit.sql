-- What happened. Rows are only ever added.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ok', 'fail')),
    user_id TEXT,
    scope TEXT,
    request_id TEXT NOT NULL,
    latency_ms INTEGER NOT NULL,
    ip_address TEXT NOT NULL DEFAULT '',
    fields TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE INDEX audit_user ON audit (user_id, id);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit records are never changed');
END;

-- `INSERT OR REPLACE` deletes without a word to the trigger below.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'audit records are never changed');
END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit records are never deleted');
END;
