-- How often something was asked for: the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371),
-- Unix microseconds. A row whose time is past says nothing any more. `key` is a keyed hash: no address, no e-mail.
CREATE TABLE rate (
    key TEXT PRIMARY KEY,
    arrival_us INTEGER NOT NULL,
    -- The latest time at which it was asked for: what is asked at once isn't counted in the order of its clocks.
    asked_us INTEGER NOT NULL,
    -- How many permits the last grant had, and to whom: other statements of the same batch depend on it.
    granted INTEGER NOT NULL,
    grant_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX rate_expiry ON rate (arrival_us);

-- Wrong passwords in a row, for each address that somebody signed in with, whether there is such an account or not, and
-- for each device that its owner has used before (`source`; empty: all others together). Both are keyed hashes.
CREATE TABLE password_guess (
    account TEXT NOT NULL,
    source TEXT NOT NULL DEFAULT '',
    failures INTEGER NOT NULL,
    open_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    -- To whom the last guess was granted.
    grant_id TEXT NOT NULL,
    PRIMARY KEY (account, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX password_guess_age ON password_guess (changed_at_ms);
