-- Administration of accounts: bans, and orders and searches that stay fast with a million of them.

-- A ban holds from `banned_at_ms` on until `ban_expires_at_ms`, or for good without one: an end is told by
-- comparison with the present, and nobody writes it down.
ALTER TABLE user ADD COLUMN banned_at_ms INTEGER;
ALTER TABLE user ADD COLUMN ban_reason TEXT;
ALTER TABLE user ADD COLUMN ban_expires_at_ms INTEGER;
-- The name without case and accents, to search and order by.
ALTER TABLE user ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';

-- As before, but for the column above, which takes nothing from anybody.
DROP TRIGGER access_change_user_updated;

UPDATE user SET name_folded = lower(name);

CREATE TRIGGER access_change_user_updated
AFTER UPDATE OF id, email, name, email_verified, image, tier, disabled_at_ms, created_at_ms,
updated_at_ms, epoch, attributes, disabled_reason, banned_at_ms, ban_reason, ban_expires_at_ms ON user
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', OLD.id);
END;

-- SQL folds ASCII alone; who has another name waits here for the program.
CREATE TABLE user_to_fold (
    user_id TEXT PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO user_to_fold (user_id) SELECT id FROM user WHERE name GLOB '*[^ -~]*';

CREATE TRIGGER user_name_unfolded AFTER INSERT ON user WHEN NEW.name_folded = '' AND NEW.name <> ''
BEGIN
    UPDATE user SET name_folded = lower(NEW.name) WHERE id = NEW.id;
    INSERT OR IGNORE INTO user_to_fold (user_id) SELECT NEW.id WHERE NEW.name GLOB '*[^ -~]*';
END;

-- A banned account has no session, whoever writes: those that it has end, and none begins.
CREATE TRIGGER user_banned_ends_sessions AFTER UPDATE OF banned_at_ms ON user
WHEN NEW.banned_at_ms IS NOT NULL
BEGIN
    DELETE FROM session WHERE user_id = NEW.id;
END;

CREATE TRIGGER user_banned_begins_no_session BEFORE INSERT ON session
WHEN EXISTS (
    SELECT 1 FROM user WHERE id = NEW.user_id AND banned_at_ms IS NOT NULL
    AND (ban_expires_at_ms IS NULL OR ban_expires_at_ms > NEW.created_at_ms)
)
BEGIN
    SELECT RAISE(IGNORE);
END;

-- Orders of lists; each holds all that a page is chosen by, so that no row is read but those shown.
CREATE INDEX user_by_creation ON user (created_at_ms, id);
CREATE INDEX user_by_change ON user (updated_at_ms, id);
CREATE INDEX user_by_name ON user (name_folded, id);
CREATE INDEX user_banned ON user (banned_at_ms) WHERE banned_at_ms IS NOT NULL;

-- Who holds a role at a scope, whatever role, by the scope's own `level:id`.
CREATE INDEX role_grant_at_leaf ON role_grant (
    substr(scope, 1 + length(rtrim(scope, replace(scope, '/', '')))), user_id
);
