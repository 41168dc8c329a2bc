-- Limits, devices, freshness and refresh tokens of sessions. Times are Unix milliseconds.

-- Use never moves the end beyond this. A session without it isn't extended at all.
ALTER TABLE session ADD COLUMN absolute_expires_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN last_active_at_ms INTEGER NOT NULL DEFAULT 0;
-- When its owner last proved who it is, and how: a JSON list (RFC 8176).
ALTER TABLE session ADD COLUMN authenticated_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN methods TEXT NOT NULL DEFAULT '["pwd"]';
ALTER TABLE session ADD COLUMN device_id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN device_name TEXT NOT NULL DEFAULT '';
-- The user's epoch when the token was issued.
ALTER TABLE session ADD COLUMN user_epoch INTEGER NOT NULL DEFAULT 0;
-- The token before the current one, which holds for a moment longer.
ALTER TABLE session ADD COLUMN old_token_hash TEXT;
ALTER TABLE session ADD COLUMN old_token_until_ms INTEGER NOT NULL DEFAULT 0;
-- Sessions that are refreshed: their token ends before they do. `refresh_hash` is the SHA-256 of the
-- current refresh token; of older ones nothing is kept but how many there were.
ALTER TABLE session ADD COLUMN token_expires_at_ms INTEGER;
ALTER TABLE session ADD COLUMN refresh_hash TEXT;
ALTER TABLE session ADD COLUMN refresh_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN refresh_rotated_at_ms INTEGER NOT NULL DEFAULT 0;

-- Sessions from before get thirty days from their beginning, as new ones do by default.
UPDATE session SET
    absolute_expires_at_ms = CASE remember_me
        WHEN 1 THEN max(expires_at_ms, created_at_ms + 2592000000)
        ELSE expires_at_ms END,
    last_active_at_ms = updated_at_ms,
    authenticated_at_ms = created_at_ms,
    user_epoch = coalesce((SELECT epoch FROM user WHERE user.id = session.user_id), 0);

CREATE INDEX session_old_token ON session (old_token_hash) WHERE old_token_hash IS NOT NULL;
