-- Every change of what somebody may do, written by the triggers below and by nothing else, so that no
-- writer can forget it. Servers read what is newer than they know instead of asking for every request.
-- Kinds: `session`, `user`, `tenancy` (all members of a tenant), `policy` (permissions made at run
-- time), `scope` (a known scope's leaf), `keys` (signing keys). Numbers have no gaps: a reader that
-- finds one knows that rows were pruned before it saw them.
CREATE TABLE access_change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL DEFAULT (unixepoch() * 1000)
) STRICT;

-- Sessions. Those that were over long ago tell nobody anything when they are cleared away.
CREATE TRIGGER access_change_session_deleted AFTER DELETE ON session
WHEN OLD.expires_at_ms > (unixepoch() - 600) * 1000
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('session', OLD.id);
END;

CREATE TRIGGER access_change_session_updated
AFTER UPDATE OF id, token_hash, user_id, created_at_ms, remember_me, absolute_expires_at_ms,
authenticated_at_ms, methods, device_id, device_name, user_epoch, old_token_hash, old_token_until_ms,
token_expires_at_ms ON session
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('session', OLD.id);
END;

-- An end that moves away takes nothing from anybody; extensions are too many to tell.
CREATE TRIGGER access_change_session_shortened AFTER UPDATE OF expires_at_ms ON session
WHEN NEW.expires_at_ms < OLD.expires_at_ms
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('session', OLD.id);
END;

-- `INSERT OR REPLACE` deletes without a word to the triggers for deletions.
CREATE TRIGGER access_change_session_replaced BEFORE INSERT ON session
WHEN EXISTS (SELECT 1 FROM session WHERE id = NEW.id OR token_hash = NEW.token_hash)
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'session', id FROM session WHERE id = NEW.id OR token_hash = NEW.token_hash;
END;

-- Accounts and their grants.
CREATE TRIGGER access_change_user_updated AFTER UPDATE ON user
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', OLD.id);
END;

CREATE TRIGGER access_change_user_deleted AFTER DELETE ON user
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', OLD.id);
END;

CREATE TRIGGER access_change_user_replaced BEFORE INSERT ON user
WHEN EXISTS (SELECT 1 FROM user WHERE id = NEW.id OR email = NEW.email)
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'user', id FROM user WHERE id = NEW.id OR email = NEW.email;
END;

CREATE TRIGGER access_change_role_granted AFTER INSERT ON role_grant
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', NEW.user_id);
END;

CREATE TRIGGER access_change_role_changed AFTER UPDATE ON role_grant
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', OLD.user_id), ('user', NEW.user_id);
END;

CREATE TRIGGER access_change_role_taken AFTER DELETE ON role_grant
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', OLD.user_id);
END;

CREATE TRIGGER access_change_role_replaced BEFORE INSERT ON role_grant
WHEN EXISTS (SELECT 1 FROM role_grant WHERE id = NEW.id)
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'user', user_id FROM role_grant WHERE id = NEW.id;
END;

-- Memberships.
CREATE TRIGGER access_change_member_added AFTER INSERT ON tenant_member
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', NEW.user_id);
END;

CREATE TRIGGER access_change_member_changed AFTER UPDATE ON tenant_member
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', OLD.user_id), ('user', NEW.user_id);
END;

CREATE TRIGGER access_change_member_removed AFTER DELETE ON tenant_member
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('user', OLD.user_id);
END;

CREATE TRIGGER access_change_member_replaced BEFORE INSERT ON tenant_member
WHEN EXISTS (SELECT 1 FROM tenant_member WHERE id = NEW.id)
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'user', user_id FROM tenant_member WHERE id = NEW.id;
END;

CREATE TRIGGER access_change_member_role_given AFTER INSERT ON tenant_member_role
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'user', user_id FROM tenant_member WHERE id = NEW.member_id;
END;

CREATE TRIGGER access_change_member_role_changed AFTER UPDATE ON tenant_member_role
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'user', user_id FROM tenant_member WHERE id IN (OLD.member_id, NEW.member_id);
END;

-- Where the membership is gone as well, its own trigger has told.
CREATE TRIGGER access_change_member_role_taken AFTER DELETE ON tenant_member_role
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'user', user_id FROM tenant_member WHERE id = OLD.member_id;
END;

-- What everybody in a tenant may do.
CREATE TRIGGER access_change_tenancy_updated AFTER UPDATE OF id, epoch ON tenant
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('tenancy', OLD.id);
END;

CREATE TRIGGER access_change_tenancy_deleted AFTER DELETE ON tenant
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('tenancy', OLD.id);
END;

CREATE TRIGGER access_change_tenancy_replaced BEFORE INSERT ON tenant
WHEN EXISTS (SELECT 1 FROM tenant WHERE id = NEW.id OR slug = NEW.slug)
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'tenancy', id FROM tenant WHERE id = NEW.id OR slug = NEW.slug;
END;

CREATE TRIGGER access_change_run_time_role_updated AFTER UPDATE OF id, tenant_id, name ON tenant_role
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('tenancy', OLD.tenant_id), ('tenancy', NEW.tenant_id);
END;

CREATE TRIGGER access_change_run_time_role_deleted AFTER DELETE ON tenant_role
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('tenancy', OLD.tenant_id);
END;

CREATE TRIGGER access_change_run_time_role_replaced BEFORE INSERT ON tenant_role
WHEN EXISTS (
    SELECT 1 FROM tenant_role
    WHERE id = NEW.id OR (tenant_id = NEW.tenant_id AND name = NEW.name)
)
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'tenancy', tenant_id FROM tenant_role
    WHERE id = NEW.id OR (tenant_id = NEW.tenant_id AND name = NEW.name);
END;

CREATE TRIGGER access_change_role_permission_added AFTER INSERT ON tenant_role_permission
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'tenancy', tenant_id FROM tenant_role WHERE id = NEW.role_id;
END;

CREATE TRIGGER access_change_role_permission_changed AFTER UPDATE ON tenant_role_permission
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'tenancy', tenant_id FROM tenant_role WHERE id IN (OLD.role_id, NEW.role_id);
END;

CREATE TRIGGER access_change_role_permission_taken AFTER DELETE ON tenant_role_permission
BEGIN
    INSERT INTO access_change (kind, id)
    SELECT 'tenancy', tenant_id FROM tenant_role WHERE id = OLD.role_id;
END;

-- Permissions made at run time: the count says it for all of them.
CREATE TRIGGER access_change_policy_updated AFTER UPDATE ON tenant_permission_epoch
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('policy', '');
END;

CREATE TRIGGER access_change_policy_replaced BEFORE INSERT ON tenant_permission_epoch
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('policy', '');
END;

-- Known scopes.
CREATE TRIGGER access_change_scope_added AFTER INSERT ON scope
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('scope', NEW.leaf);
END;

CREATE TRIGGER access_change_scope_changed AFTER UPDATE OF leaf, path ON scope
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('scope', OLD.leaf), ('scope', NEW.leaf);
END;

CREATE TRIGGER access_change_scope_removed AFTER DELETE ON scope
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('scope', OLD.leaf);
END;

-- Signing keys: sealing a private part again changes no key.
CREATE TRIGGER access_change_key_added AFTER INSERT ON signing_key
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('keys', NEW.kid);
END;

CREATE TRIGGER access_change_key_changed AFTER UPDATE OF kid, state, public_jwk ON signing_key
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('keys', OLD.kid);
END;

CREATE TRIGGER access_change_key_removed AFTER DELETE ON signing_key
BEGIN
    INSERT INTO access_change (kind, id) VALUES ('keys', OLD.kid);
END;
