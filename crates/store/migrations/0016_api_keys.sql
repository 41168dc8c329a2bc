-- Keys with which programs call. The key itself is stored nowhere: `key_hash` is its SHA-256, `start` its
-- first characters. `user_id` is whose rights bound it; with `tenant_id` it belongs to that tenant, and is
-- that user's rights within it. `scopes` is a JSON list of permissions. After a rotation the key before
-- holds until `old_until_ms`.
CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    name TEXT,
    prefix TEXT NOT NULL,
    start TEXT NOT NULL,
    key_hash TEXT NOT NULL UNIQUE,
    old_key_hash TEXT UNIQUE,
    old_until_ms INTEGER,
    old_last_used_at_ms INTEGER,
    scopes TEXT NOT NULL DEFAULT '[]',
    metadata TEXT,
    enabled INTEGER NOT NULL DEFAULT 1,
    expires_at_ms INTEGER,
    rate_limited INTEGER NOT NULL DEFAULT 0,
    rate_max INTEGER NOT NULL CHECK (rate_max > 0),
    rate_window_ms INTEGER NOT NULL CHECK (rate_window_ms > 0),
    rate_count INTEGER NOT NULL DEFAULT 0,
    rate_began_at_ms INTEGER,
    remaining INTEGER CHECK (remaining >= 0),
    refill_amount INTEGER CHECK (refill_amount > 0),
    refill_interval_ms INTEGER CHECK (refill_interval_ms > 0),
    last_refill_at_ms INTEGER,
    last_used_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX api_key_by_user ON api_key (user_id, created_at_ms);
CREATE INDEX api_key_by_tenant ON api_key (tenant_id, created_at_ms);
CREATE INDEX api_key_by_end ON api_key (expires_at_ms) WHERE expires_at_ms IS NOT NULL;

-- What a key may do, and when it ends. Uses are too many to tell; that uses begin or cease to be counted
-- is told.
CREATE TRIGGER access_change_api_key_updated
AFTER UPDATE OF id, user_id, tenant_id, name, prefix, start, key_hash, old_key_hash, old_until_ms, scopes,
metadata, enabled, expires_at_ms, rate_limited, rate_max, rate_window_ms, refill_amount,
refill_interval_ms ON api_key
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('api_key', OLD.id);
END;

CREATE TRIGGER access_change_api_key_counted AFTER UPDATE OF remaining ON api_key
WHEN (OLD.remaining IS NULL) <> (NEW.remaining IS NULL)
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('api_key', OLD.id);
END;

CREATE TRIGGER access_change_api_key_deleted AFTER DELETE ON api_key
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('api_key', OLD.id);
END;

CREATE TRIGGER access_change_api_key_replaced BEFORE INSERT ON api_key
WHEN EXISTS (
    SELECT 1 FROM api_key
    WHERE id = NEW.id OR key_hash = NEW.key_hash OR old_key_hash = NEW.old_key_hash
)
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'api_key', id FROM api_key
    WHERE id = NEW.id OR key_hash = NEW.key_hash OR old_key_hash = NEW.old_key_hash;
END;
