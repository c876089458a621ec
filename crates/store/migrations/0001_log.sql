-- The log of every session, as a chain of hashes. A row never changes and never goes.
CREATE TABLE chain (
    session      BLOB    NOT NULL CHECK (length(session) = 16),
    seq          INTEGER NOT NULL CHECK (seq > 0),
    kind         TEXT    NOT NULL,
    at           INTEGER NOT NULL CHECK (at >= 0),
    wall         INTEGER NOT NULL,
    v            INTEGER NOT NULL CHECK (v > 0),
    payload_hash BLOB    NOT NULL CHECK (length(payload_hash) = 32),
    hash         BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

-- What the events say. Erasing removes the salt with the words, so that nobody can find them again by guessing
-- and hashing; the body is then what remains of the event without its words.
CREATE TABLE payload (
    session BLOB    NOT NULL,
    seq     INTEGER NOT NULL,
    salt    BLOB    CHECK (length(salt) = 16),
    body    TEXT    NOT NULL,
    PRIMARY KEY (session, seq),
    FOREIGN KEY (session, seq) REFERENCES chain (session, seq)
) STRICT, WITHOUT ROWID;

-- Where each log ends, so that a cut-off tail is noticed; and how far its clock got, which no event says.
CREATE TABLE head (
    session    BLOB    NOT NULL PRIMARY KEY CHECK (length(session) = 16),
    seq        INTEGER NOT NULL CHECK (seq > 0),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    first_wall INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL CHECK (elapsed_ms >= 0)
) STRICT, WITHOUT ROWID;

-- Who a candidate is: here and nowhere else.
CREATE TABLE candidate (
    session BLOB NOT NULL PRIMARY KEY REFERENCES head (session),
    name    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The server's secret: one row, made once.
CREATE TABLE secret (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    value BLOB    NOT NULL CHECK (length(value) = 32)
) STRICT;

-- Also stops INSERT OR REPLACE, which would delete a row without firing a trigger.
CREATE TRIGGER chain_has_no_gaps BEFORE INSERT ON chain
WHEN NEW.seq <> 1 + coalesce((SELECT seq FROM head WHERE session = NEW.session), 0)
BEGIN SELECT raise(ABORT, 'the log is append-only: an event follows the last one'); END;

CREATE TRIGGER chain_moves_head AFTER INSERT ON chain
BEGIN
    INSERT INTO head (session, seq, hash, first_wall, elapsed_ms)
    VALUES (NEW.session, NEW.seq, NEW.hash, NEW.wall, NEW.at)
    ON CONFLICT (session) DO UPDATE
    SET seq = excluded.seq, hash = excluded.hash, elapsed_ms = max(elapsed_ms, excluded.elapsed_ms);
END;

CREATE TRIGGER chain_is_never_changed BEFORE UPDATE ON chain
BEGIN SELECT raise(ABORT, 'the log is append-only: no event changes'); END;

CREATE TRIGGER chain_is_never_shortened BEFORE DELETE ON chain
BEGIN SELECT raise(ABORT, 'the log is append-only: no event goes'); END;

CREATE TRIGGER payload_is_only_erased BEFORE UPDATE ON payload
WHEN NEW.salt IS NOT NULL OR NEW.session IS NOT OLD.session OR NEW.seq IS NOT OLD.seq
BEGIN SELECT raise(ABORT, 'a payload is erased or left alone'); END;

CREATE TRIGGER payload_is_never_deleted BEFORE DELETE ON payload
BEGIN SELECT raise(ABORT, 'a payload is erased, never deleted'); END;
