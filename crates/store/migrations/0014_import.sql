-- Where an import of another product's accounts stands, by the fingerprint of what it reads; moved on
-- in the transaction that stores the rows. Times are Unix milliseconds.
CREATE TABLE import_progress (
    source TEXT PRIMARY KEY,
    stage TEXT NOT NULL CHECK (stage IN ('user', 'account', 'session', 'done')),
    position INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

-- Why an account is disabled; means something only while `disabled_at_ms` is set.
ALTER TABLE user ADD COLUMN disabled_reason TEXT;
