-- Sessions in which an administrator acts as somebody else, and the session that it began this from.
ALTER TABLE session ADD COLUMN impersonator_user_id TEXT;
ALTER TABLE session ADD COLUMN impersonator_session_id TEXT;

CREATE INDEX session_impersonator ON session (impersonator_session_id)
WHERE impersonator_session_id IS NOT NULL;

CREATE INDEX session_impersonator_user ON session (impersonator_user_id)
WHERE impersonator_user_id IS NOT NULL;

-- They end with what they rest on, whoever changes that: no writer can forget it.

-- The administrator's own session.
CREATE TRIGGER impersonation_ends_with_its_session AFTER DELETE ON session
BEGIN
    DELETE FROM session WHERE impersonator_session_id = OLD.id;
END;

CREATE TRIGGER impersonation_is_shortened_with_its_session AFTER UPDATE OF expires_at_ms ON session
WHEN NEW.expires_at_ms < OLD.expires_at_ms
BEGIN
    UPDATE session SET expires_at_ms = NEW.expires_at_ms
    WHERE impersonator_session_id = NEW.id AND expires_at_ms > NEW.expires_at_ms;
END;

-- The administrator's account, by which it may do this; and what the other one may do, by which the
-- administrator stands above it.
CREATE TRIGGER impersonation_ends_with_the_account
AFTER UPDATE OF id, email, name, email_verified, tier, disabled_at_ms, banned_at_ms, attributes, epoch
ON user
BEGIN
    DELETE FROM session WHERE impersonator_user_id = OLD.id;
END;

CREATE TRIGGER impersonation_ends_with_its_ground
AFTER UPDATE OF id, tier, disabled_at_ms, banned_at_ms, epoch ON user
BEGIN
    DELETE FROM session WHERE user_id = OLD.id AND impersonator_user_id IS NOT NULL;
END;

CREATE TRIGGER impersonation_ends_with_a_role_granted AFTER INSERT ON role_grant
BEGIN
    DELETE FROM session WHERE impersonator_user_id = NEW.user_id;
    DELETE FROM session WHERE user_id = NEW.user_id AND impersonator_user_id IS NOT NULL;
END;

CREATE TRIGGER impersonation_ends_with_a_role_changed AFTER UPDATE ON role_grant
BEGIN
    DELETE FROM session WHERE impersonator_user_id IN (OLD.user_id, NEW.user_id);
    DELETE FROM session
    WHERE user_id IN (OLD.user_id, NEW.user_id) AND impersonator_user_id IS NOT NULL;
END;

CREATE TRIGGER impersonation_ends_with_a_role_taken AFTER DELETE ON role_grant
BEGIN
    DELETE FROM session WHERE impersonator_user_id = OLD.user_id;
    DELETE FROM session WHERE user_id = OLD.user_id AND impersonator_user_id IS NOT NULL;
END;
