-- Searches of the audit log, latest first, each by an index of its own; every index ends with the
-- number of the record, which SQLite adds.
DROP INDEX audit_user;
CREATE INDEX audit_time ON audit (at_ms);
CREATE INDEX audit_subject ON audit (user_id, at_ms);
CREATE INDEX audit_action ON audit (action, at_ms);
CREATE INDEX audit_request ON audit (request_id);
CREATE INDEX audit_failure ON audit (at_ms) WHERE status = 'fail';

-- Records of what somebody did to another's account, or for them.
CREATE INDEX audit_actor
ON audit (coalesce(json_extract(fields, '$.by'), json_extract(fields, '$.act')), at_ms)
WHERE coalesce(json_extract(fields, '$.by'), json_extract(fields, '$.act')) IS NOT NULL;

-- How far each receiver of audit records is: `upto` is the number of the last record that it has
-- said it has. `holder` tells it what comes next, until `leased_until_ms`. Times are Unix milliseconds.
CREATE TABLE audit_sink (
    name TEXT PRIMARY KEY,
    upto INTEGER NOT NULL DEFAULT 0,
    holder TEXT NOT NULL DEFAULT '',
    leased_until_ms INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at_ms INTEGER NOT NULL DEFAULT 0,
    taken_at_ms INTEGER,
    problem TEXT
) STRICT;
