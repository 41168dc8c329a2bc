-- How many accounts lie in each stretch of each order of lists, so that a page that is asked for by how many
-- come before it is found without walking past them. A stretch lies from (`first`, `first_id`) on, up to the
-- next one's; of addresses and ids, which no two accounts share, `first_id` is empty. Its number is exact, or
-- null for unknown: then the list walks from there. Triggers keep the numbers; the program divides what has
-- grown, and counts what is unknown.
CREATE TABLE user_stretch (
    ord TEXT NOT NULL CHECK (ord IN ('change', 'creation', 'email', 'id', 'name')),
    first ANY NOT NULL,
    first_id TEXT NOT NULL,
    accounts INTEGER,
    PRIMARY KEY (ord, first, first_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_stretch_waits ON user_stretch (ord) WHERE accounts IS NULL OR accounts > 8000;

-- Everything, until it is divided.
INSERT INTO user_stretch (ord, first, first_id, accounts) SELECT value ->> 0, value ->> 1, '', count.n
FROM (SELECT count(*) AS n FROM user) count, json_each('[["email", ""], ["id", ""], ["name", ""]]');
INSERT INTO user_stretch (ord, first, first_id, accounts) SELECT value, -9223372036854775807 - 1, '', count.n
FROM (SELECT count(*) AS n FROM user) count, json_each('["change", "creation"]');

-- What a backup says of a stretch needn't hold for what is here now.
CREATE TRIGGER user_stretch_is_one BEFORE INSERT ON user_stretch
WHEN EXISTS (SELECT 1 FROM user_stretch
    WHERE ord = NEW.ord AND first = NEW.first AND first_id = NEW.first_id)
BEGIN
    SELECT RAISE(IGNORE);
END;

-- A stretch begins at an account that there is: what a border says of an account ends with the account.
CREATE TRIGGER user_stretch_is_of_an_account BEFORE INSERT ON user_stretch
WHEN (NEW.first_id <> '' OR NEW.first NOT IN ('', -9223372036854775807 - 1)) AND NOT CASE NEW.ord
    WHEN 'email' THEN EXISTS (SELECT 1 FROM user WHERE email = +NEW.first AND NEW.first_id = '')
    WHEN 'id' THEN EXISTS (SELECT 1 FROM user WHERE id = +NEW.first AND NEW.first_id = '')
    WHEN 'name' THEN EXISTS (SELECT 1 FROM user WHERE id = +NEW.first_id AND name_folded = +NEW.first)
    WHEN 'creation' THEN
        EXISTS (SELECT 1 FROM user WHERE id = +NEW.first_id AND created_at_ms = +NEW.first)
    WHEN 'change' THEN
        EXISTS (SELECT 1 FROM user WHERE id = +NEW.first_id AND updated_at_ms = +NEW.first)
    ELSE 0 END
BEGIN
    SELECT RAISE(IGNORE);
END;

-- What begins within another takes some of its accounts: how many isn't known.
CREATE TRIGGER user_stretch_divides AFTER INSERT ON user_stretch
BEGIN
    UPDATE user_stretch SET accounts = NULL
    WHERE ord = NEW.ord AND first = NEW.first AND first_id = NEW.first_id AND accounts IS NOT NULL;
    UPDATE user_stretch SET accounts = NULL
    WHERE ord = NEW.ord AND accounts IS NOT NULL AND (first, first_id) = (SELECT s.first, s.first_id
        FROM user_stretch s WHERE s.ord = NEW.ord AND (s.first, s.first_id) < (+NEW.first, +NEW.first_id)
        ORDER BY s.first DESC, s.first_id DESC LIMIT 1);
END;

-- One that is deleted falls to the one before it; without the first, accounts would be in none.
CREATE TRIGGER user_stretch_stays BEFORE DELETE ON user_stretch
WHEN NOT EXISTS (SELECT 1 FROM user_stretch
    WHERE ord = OLD.ord AND (first, first_id) < (+OLD.first, +OLD.first_id))
BEGIN
    SELECT RAISE(ABORT, 'the first stretch is never deleted');
END;

CREATE TRIGGER user_stretch_joins AFTER DELETE ON user_stretch
BEGIN
    UPDATE user_stretch SET accounts = accounts + OLD.accounts
    WHERE ord = OLD.ord AND (first, first_id) = (SELECT s.first, s.first_id
        FROM user_stretch s WHERE s.ord = OLD.ord AND (s.first, s.first_id) < (+OLD.first, +OLD.first_id)
        ORDER BY s.first DESC, s.first_id DESC LIMIT 1);
END;

-- `+` takes a column's kind away: texts and numbers are compared as they are, by the index.
CREATE TRIGGER user_stretch_inserted AFTER INSERT ON user
BEGIN
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'email' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'email' AND first <= +NEW.email);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'id' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'id' AND first <= +NEW.id);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'name' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'name'
        AND (first, first_id) <= (+NEW.name_folded, +NEW.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'creation' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'creation'
        AND (first, first_id) <= (+NEW.created_at_ms, +NEW.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'change' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'change'
        AND (first, first_id) <= (+NEW.updated_at_ms, +NEW.id) ORDER BY first DESC, first_id DESC LIMIT 1);
END;

CREATE TRIGGER user_stretch_deleted AFTER DELETE ON user
BEGIN
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'email' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'email' AND first <= +OLD.email);
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'id' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'id' AND first <= +OLD.id);
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'name' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'name'
        AND (first, first_id) <= (+OLD.name_folded, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'creation' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'creation'
        AND (first, first_id) <= (+OLD.created_at_ms, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'change' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'change'
        AND (first, first_id) <= (+OLD.updated_at_ms, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
END;

-- An account that is changed leaves its stretch where another begins between its old place and its new one.
CREATE TRIGGER user_stretch_email_updated AFTER UPDATE OF email ON user
WHEN EXISTS (SELECT 1 FROM user_stretch WHERE ord = 'email'
    AND first > min(OLD.email, NEW.email) AND first <= max(OLD.email, NEW.email))
BEGIN
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'email' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'email' AND first <= +OLD.email);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'email' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'email' AND first <= +NEW.email);
END;

CREATE TRIGGER user_stretch_id_updated AFTER UPDATE OF id ON user
WHEN EXISTS (SELECT 1 FROM user_stretch WHERE ord = 'id'
    AND first > min(OLD.id, NEW.id) AND first <= max(OLD.id, NEW.id))
BEGIN
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'id' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'id' AND first <= +OLD.id);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'id' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'id' AND first <= +NEW.id);
END;

CREATE TRIGGER user_stretch_name_updated AFTER UPDATE OF name_folded, id ON user
WHEN EXISTS (SELECT 1 FROM user_stretch WHERE ord = 'name'
    AND (first, first_id) > (+OLD.name_folded, +OLD.id) AND (first, first_id) <= (+NEW.name_folded, +NEW.id))
OR EXISTS (SELECT 1 FROM user_stretch WHERE ord = 'name'
    AND (first, first_id) > (+NEW.name_folded, +NEW.id) AND (first, first_id) <= (+OLD.name_folded, +OLD.id))
BEGIN
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'name' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'name'
        AND (first, first_id) <= (+OLD.name_folded, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'name' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'name'
        AND (first, first_id) <= (+NEW.name_folded, +NEW.id) ORDER BY first DESC, first_id DESC LIMIT 1);
END;

CREATE TRIGGER user_stretch_creation_updated AFTER UPDATE OF created_at_ms, id ON user
WHEN EXISTS (SELECT 1 FROM user_stretch WHERE ord = 'creation'
    AND (first, first_id) > (+OLD.created_at_ms, +OLD.id) AND (first, first_id) <= (+NEW.created_at_ms, +NEW.id))
OR EXISTS (SELECT 1 FROM user_stretch WHERE ord = 'creation'
    AND (first, first_id) > (+NEW.created_at_ms, +NEW.id) AND (first, first_id) <= (+OLD.created_at_ms, +OLD.id))
BEGIN
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'creation' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'creation'
        AND (first, first_id) <= (+OLD.created_at_ms, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'creation' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'creation'
        AND (first, first_id) <= (+NEW.created_at_ms, +NEW.id) ORDER BY first DESC, first_id DESC LIMIT 1);
END;

CREATE TRIGGER user_stretch_change_updated AFTER UPDATE OF updated_at_ms, id ON user
WHEN EXISTS (SELECT 1 FROM user_stretch WHERE ord = 'change'
    AND (first, first_id) > (+OLD.updated_at_ms, +OLD.id) AND (first, first_id) <= (+NEW.updated_at_ms, +NEW.id))
OR EXISTS (SELECT 1 FROM user_stretch WHERE ord = 'change'
    AND (first, first_id) > (+NEW.updated_at_ms, +NEW.id) AND (first, first_id) <= (+OLD.updated_at_ms, +OLD.id))
BEGIN
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'change' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'change'
        AND (first, first_id) <= (+OLD.updated_at_ms, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts + 1 WHERE ord = 'change' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'change'
        AND (first, first_id) <= (+NEW.updated_at_ms, +NEW.id) ORDER BY first DESC, first_id DESC LIMIT 1);
END;

-- Where an account began a stretch that is deleted or moves, nothing begins: the stretch falls to the one before
-- it, whose number stays exact.
CREATE TRIGGER user_stretch_border_deleted AFTER DELETE ON user
BEGIN
    DELETE FROM user_stretch WHERE ord = 'email' AND first = +OLD.email AND first <> '';
    DELETE FROM user_stretch WHERE ord = 'id' AND first = +OLD.id AND first <> '';
    DELETE FROM user_stretch WHERE ord = 'name' AND first_id <> ''
        AND (first, first_id) = (+OLD.name_folded, +OLD.id);
    DELETE FROM user_stretch WHERE ord = 'creation' AND first_id <> ''
        AND (first, first_id) = (+OLD.created_at_ms, +OLD.id);
    DELETE FROM user_stretch WHERE ord = 'change' AND first_id <> ''
        AND (first, first_id) = (+OLD.updated_at_ms, +OLD.id);
END;

CREATE TRIGGER user_stretch_border_moved
AFTER UPDATE OF id, email, name_folded, created_at_ms, updated_at_ms ON user
BEGIN
    DELETE FROM user_stretch WHERE ord = 'email' AND first = +OLD.email AND first <> '' AND NEW.email <> OLD.email;
    DELETE FROM user_stretch WHERE ord = 'id' AND first = +OLD.id AND first <> '' AND NEW.id <> OLD.id;
    DELETE FROM user_stretch WHERE ord = 'name' AND first_id <> ''
        AND (first, first_id) = (+OLD.name_folded, +OLD.id)
        AND (NEW.name_folded <> OLD.name_folded OR NEW.id <> OLD.id);
    DELETE FROM user_stretch WHERE ord = 'creation' AND first_id <> ''
        AND (first, first_id) = (+OLD.created_at_ms, +OLD.id)
        AND (NEW.created_at_ms <> OLD.created_at_ms OR NEW.id <> OLD.id);
    DELETE FROM user_stretch WHERE ord = 'change' AND first_id <> ''
        AND (first, first_id) = (+OLD.updated_at_ms, +OLD.id)
        AND (NEW.updated_at_ms <> OLD.updated_at_ms OR NEW.id <> OLD.id);
END;

-- Blocks of `0020_user_lists.sql`, too, begin at an address or a name that an account has: the last one takes
-- it along. Accounts of a block that is deleted fall to the one before, whose signature knows nothing of them:
-- it is looked through until it is signed anew. Its version is beyond both, so that no block at the same place
-- is ever taken for one that was there before.
DROP TRIGGER user_block_is_not_deleted;

CREATE TRIGGER user_block_stays BEFORE DELETE ON user_block WHEN OLD.first = ''
BEGIN
    SELECT RAISE(ABORT, 'the first block is never deleted');
END;

CREATE TRIGGER user_block_joins AFTER DELETE ON user_block
BEGIN
    UPDATE user_block SET version = max(version, OLD.version) + 1 WHERE field = OLD.field AND first =
        (SELECT max(first) FROM user_block WHERE field = OLD.field AND first < OLD.first);
END;

-- Deleted, not ignored: of the block before, the program may just be writing that it ends here.
CREATE TRIGGER user_block_is_of_an_account AFTER INSERT ON user_block
WHEN NEW.first <> '' AND NOT CASE NEW.field
    WHEN 'email' THEN EXISTS (SELECT 1 FROM user WHERE email = NEW.first)
    ELSE EXISTS (SELECT 1 FROM user WHERE name_folded = NEW.first) END
BEGIN
    DELETE FROM user_block WHERE field = NEW.field AND first = NEW.first;
END;

CREATE TRIGGER user_block_border_deleted AFTER DELETE ON user
BEGIN
    DELETE FROM user_block WHERE field = 'email' AND first = OLD.email AND first <> ''
        AND NOT EXISTS (SELECT 1 FROM user WHERE email = user_block.first);
    DELETE FROM user_block WHERE field = 'name' AND first = OLD.name_folded AND first <> ''
        AND NOT EXISTS (SELECT 1 FROM user WHERE name_folded = user_block.first);
END;

CREATE TRIGGER user_block_border_moved AFTER UPDATE OF email, name_folded ON user
BEGIN
    DELETE FROM user_block WHERE field = 'email' AND first = OLD.email AND first <> ''
        AND NOT EXISTS (SELECT 1 FROM user WHERE email = user_block.first);
    DELETE FROM user_block WHERE field = 'name' AND first = OLD.name_folded AND first <> ''
        AND NOT EXISTS (SELECT 1 FROM user WHERE name_folded = user_block.first);
END;

-- Those of accounts that are gone already.
DELETE FROM user_block WHERE field = 'email' AND first <> ''
    AND NOT EXISTS (SELECT 1 FROM user WHERE email = user_block.first);
DELETE FROM user_block WHERE field = 'name' AND first <> ''
    AND NOT EXISTS (SELECT 1 FROM user WHERE name_folded = user_block.first);

-- Accounts that the row on its way into `user` would take the place of. `INSERT OR REPLACE` deletes without a
-- word to the triggers for deletions: as for `user_tally`, what conflicts is noted before each row, and left
-- its stretches if the row comes in.
CREATE TABLE user_replaced (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    is_gone INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TRIGGER user_replaced_leaves AFTER UPDATE OF is_gone ON user_replaced
WHEN NEW.is_gone = 1 AND OLD.is_gone = 0
BEGIN
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'email' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'email' AND first <= +OLD.email);
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'id' AND first =
        (SELECT max(first) FROM user_stretch WHERE ord = 'id' AND first <= +OLD.id);
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'name' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'name'
        AND (first, first_id) <= (+OLD.name_folded, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'creation' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'creation'
        AND (first, first_id) <= (+OLD.created_at_ms, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    UPDATE user_stretch SET accounts = accounts - 1 WHERE ord = 'change' AND (first, first_id) =
        (SELECT first, first_id FROM user_stretch WHERE ord = 'change'
        AND (first, first_id) <= (+OLD.updated_at_ms, +OLD.id) ORDER BY first DESC, first_id DESC LIMIT 1);
    DELETE FROM user_stretch WHERE ord = 'email' AND first = +OLD.email AND first <> '';
    DELETE FROM user_stretch WHERE ord = 'id' AND first = +OLD.id AND first <> '';
    DELETE FROM user_stretch WHERE ord = 'name' AND first_id <> ''
        AND (first, first_id) = (+OLD.name_folded, +OLD.id);
    DELETE FROM user_stretch WHERE ord = 'creation' AND first_id <> ''
        AND (first, first_id) = (+OLD.created_at_ms, +OLD.id);
    DELETE FROM user_stretch WHERE ord = 'change' AND first_id <> ''
        AND (first, first_id) = (+OLD.updated_at_ms, +OLD.id);
    DELETE FROM user_block WHERE field = 'email' AND first = OLD.email AND first <> ''
        AND NOT EXISTS (SELECT 1 FROM user WHERE email = user_block.first);
    DELETE FROM user_block WHERE field = 'name' AND first = OLD.name_folded AND first <> ''
        AND NOT EXISTS (SELECT 1 FROM user WHERE name_folded = user_block.first);
END;

CREATE TRIGGER user_replaced_before_insert BEFORE INSERT ON user
WHEN EXISTS (SELECT 1 FROM user_replaced)
    OR EXISTS (SELECT 1 FROM user WHERE id = NEW.id OR email = NEW.email)
BEGIN
    DELETE FROM user_replaced;
    INSERT INTO user_replaced (id, email, name_folded, created_at_ms, updated_at_ms)
    SELECT id, email, name_folded, created_at_ms, updated_at_ms FROM user
    WHERE id = NEW.id OR email = NEW.email;
END;

CREATE TRIGGER user_replaced_inserted AFTER INSERT ON user WHEN EXISTS (SELECT 1 FROM user_replaced)
BEGIN
    UPDATE user_replaced SET is_gone = 1;
    DELETE FROM user_replaced;
END;

CREATE TRIGGER user_replaced_before_update BEFORE UPDATE OF id, email ON user
WHEN EXISTS (SELECT 1 FROM user_replaced) OR EXISTS (SELECT 1 FROM user
    WHERE (id = NEW.id OR email = NEW.email) AND rowid <> OLD.rowid)
BEGIN
    DELETE FROM user_replaced;
    INSERT INTO user_replaced (id, email, name_folded, created_at_ms, updated_at_ms)
    SELECT id, email, name_folded, created_at_ms, updated_at_ms FROM user
    WHERE (id = NEW.id OR email = NEW.email) AND rowid <> OLD.rowid;
END;

CREATE TRIGGER user_replaced_updated AFTER UPDATE OF id, email ON user
WHEN EXISTS (SELECT 1 FROM user_replaced)
BEGIN
    UPDATE user_replaced SET is_gone = 1;
    DELETE FROM user_replaced;
END;

CREATE TRIGGER user_replaced_deleted AFTER DELETE ON user WHEN EXISTS (SELECT 1 FROM user_replaced)
BEGIN
    DELETE FROM user_replaced WHERE id = OLD.id;
END;

-- What is noted of an account that stayed after all is no older than the account. A row that has just come in
-- gets its name where it has none yet: what it replaced is still needed then.
CREATE TRIGGER user_replaced_renamed AFTER UPDATE OF name_folded ON user
WHEN OLD.name_folded <> '' AND NEW.name_folded <> OLD.name_folded AND EXISTS (SELECT 1 FROM user_replaced)
BEGIN
    DELETE FROM user_replaced WHERE id = OLD.id AND name_folded = OLD.name_folded;
END;
