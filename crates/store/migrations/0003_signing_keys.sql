-- The ring of signing keys; private parts are sealed. At most one key is next and one active.
CREATE TABLE signing_key (
    kid TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    since_secs INTEGER,
    public_jwk TEXT NOT NULL,
    sealed_private TEXT NOT NULL,
    created_secs INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX signing_key_one_each ON signing_key (state) WHERE state IN ('next', 'active');
