-- The client of a request, and what of the log is about an account: what its owner may see of it.
ALTER TABLE audit ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';

CREATE VIEW security_event AS
SELECT * FROM audit
WHERE user_id IS NOT NULL AND substr(action, 1, instr(action, '.')) IN (
    'account.', 'auth.', 'identity.', 'key.', 'role.', 'session.', 'user.'
);

-- The condition of the view, word for word: only so does a search of the view use it.
CREATE INDEX audit_account ON audit (user_id, id)
WHERE user_id IS NOT NULL AND substr(action, 1, instr(action, '.')) IN (
    'account.', 'auth.', 'identity.', 'key.', 'role.', 'session.', 'user.'
);
