-- How many accounts there are, kept by the triggers below and by nothing else, so that a list tells it
-- without counting them: with a million accounts counting takes longer than all the rest of a page.
CREATE TABLE user_tally (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    accounts INTEGER NOT NULL,
    -- Accounts that the row on its way into `user` would take the place of.
    replaced INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO user_tally (id, accounts) SELECT 1, count(*) FROM user;

-- Rows of a backup that are put in again were counted on their way.
CREATE TRIGGER user_tally_is_one BEFORE INSERT ON user_tally WHEN EXISTS (SELECT 1 FROM user_tally)
BEGIN
    SELECT RAISE(IGNORE);
END;

-- `INSERT OR REPLACE` deletes without a word to the triggers for deletions, and whether it does is seen
-- only afterwards: what conflicts is noted before each row, and counts if the row comes in.
CREATE TRIGGER user_tally_before_insert BEFORE INSERT ON user
WHEN (SELECT replaced FROM user_tally) <>
    (SELECT count(*) FROM user WHERE id = NEW.id OR email = NEW.email)
BEGIN
    UPDATE user_tally SET replaced =
        (SELECT count(*) FROM user WHERE id = NEW.id OR email = NEW.email);
END;

CREATE TRIGGER user_tally_inserted AFTER INSERT ON user
BEGIN
    UPDATE user_tally SET accounts = accounts + 1 - replaced, replaced = 0;
END;

CREATE TRIGGER user_tally_before_update BEFORE UPDATE OF id, email ON user
WHEN (SELECT replaced FROM user_tally) <> (SELECT count(*) FROM user
    WHERE (id = NEW.id OR email = NEW.email) AND rowid <> OLD.rowid)
BEGIN
    UPDATE user_tally SET replaced = (SELECT count(*) FROM user
        WHERE (id = NEW.id OR email = NEW.email) AND rowid <> OLD.rowid);
END;

CREATE TRIGGER user_tally_updated AFTER UPDATE OF id, email ON user
WHEN (SELECT replaced FROM user_tally) <> 0
BEGIN
    UPDATE user_tally SET accounts = accounts - replaced, replaced = 0;
END;

CREATE TRIGGER user_tally_deleted AFTER DELETE ON user
BEGIN
    UPDATE user_tally SET accounts = accounts - 1, replaced = max(replaced - 1, 0);
END;

-- What searches in addresses and names skip. A block is a stretch of the order of one of them: from `first`
-- on, up to the next block's. While `signed` is `version`, the bits of `s0` to `s15` stand for every three
-- bytes in a row that occur in it: where those of what is searched aren't all set, nobody there is found.
-- Blocks are signed by the program and by nothing else; one that isn't signed is looked through. Deletions
-- leave bits that nobody needs and take none.
CREATE TABLE user_block (
    field TEXT NOT NULL CHECK (field IN ('email', 'name')),
    first TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    signed INTEGER NOT NULL DEFAULT 0,
    s0 INTEGER NOT NULL DEFAULT 0,
    s1 INTEGER NOT NULL DEFAULT 0,
    s2 INTEGER NOT NULL DEFAULT 0,
    s3 INTEGER NOT NULL DEFAULT 0,
    s4 INTEGER NOT NULL DEFAULT 0,
    s5 INTEGER NOT NULL DEFAULT 0,
    s6 INTEGER NOT NULL DEFAULT 0,
    s7 INTEGER NOT NULL DEFAULT 0,
    s8 INTEGER NOT NULL DEFAULT 0,
    s9 INTEGER NOT NULL DEFAULT 0,
    s10 INTEGER NOT NULL DEFAULT 0,
    s11 INTEGER NOT NULL DEFAULT 0,
    s12 INTEGER NOT NULL DEFAULT 0,
    s13 INTEGER NOT NULL DEFAULT 0,
    s14 INTEGER NOT NULL DEFAULT 0,
    s15 INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (field, first)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX user_block_unsigned ON user_block (field, first) WHERE signed <> version;

-- Everything, until it is divided.
INSERT INTO user_block (field, first) VALUES ('email', ''), ('name', '');

-- What a backup says of a block needn't hold for what is here now.
CREATE TRIGGER user_block_is_one BEFORE INSERT ON user_block
WHEN EXISTS (SELECT 1 FROM user_block WHERE field = NEW.field AND first = NEW.first)
BEGIN
    SELECT RAISE(IGNORE);
END;

CREATE TRIGGER user_block_begins_unsigned AFTER INSERT ON user_block WHEN NEW.signed = NEW.version
BEGIN
    UPDATE user_block SET version = version + 1 WHERE field = NEW.field AND first = NEW.first;
END;

-- Without a block before it nothing would be found in front of the first.
CREATE TRIGGER user_block_is_not_deleted BEFORE DELETE ON user_block
BEGIN
    SELECT RAISE(ABORT, 'blocks are never deleted');
END;

CREATE TRIGGER user_block_inserted AFTER INSERT ON user
BEGIN
    UPDATE user_block SET version = version + 1 WHERE field = 'email' AND first =
        (SELECT max(first) FROM user_block WHERE field = 'email' AND first <= NEW.email);
    UPDATE user_block SET version = version + 1 WHERE field = 'name' AND first =
        (SELECT max(first) FROM user_block WHERE field = 'name' AND first <= NEW.name_folded);
END;

CREATE TRIGGER user_block_email_updated AFTER UPDATE OF email ON user WHEN NEW.email <> OLD.email
BEGIN
    UPDATE user_block SET version = version + 1 WHERE field = 'email' AND first =
        (SELECT max(first) FROM user_block WHERE field = 'email' AND first <= NEW.email);
END;

CREATE TRIGGER user_block_name_updated AFTER UPDATE OF name_folded ON user
WHEN NEW.name_folded <> OLD.name_folded
BEGIN
    UPDATE user_block SET version = version + 1 WHERE field = 'name' AND first =
        (SELECT max(first) FROM user_block WHERE field = 'name' AND first <= NEW.name_folded);
END;
