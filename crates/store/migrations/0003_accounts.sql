-- Who has an account. The password is kept as argon2id makes it, in PHC form.
CREATE TABLE person (
    id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name     TEXT    NOT NULL,
    mail     TEXT    NOT NULL UNIQUE,
    role     TEXT    NOT NULL,
    password TEXT    NOT NULL,
    created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is signed in; the cookie's token as its SHA-256.
CREATE TABLE sign_in (
    token   BLOB    NOT NULL PRIMARY KEY CHECK (length(token) = 32),
    person  BLOB    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_of_person ON sign_in (person);

-- Keys of programs, as their SHA-256; scopes as a JSON list.
CREATE TABLE api_key (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    token   BLOB    NOT NULL UNIQUE CHECK (length(token) = 32),
    name    TEXT    NOT NULL,
    scopes  TEXT    NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER
) STRICT, WITHOUT ROWID;

-- Who saw or changed what, when. People stand here by their ids only; actor and act are JSON.
CREATE TABLE audit (
    n       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    act     TEXT    NOT NULL,
    session BLOB    CHECK (length(session) = 16),
    about   TEXT
) STRICT;

-- Stops INSERT OR REPLACE too, which would delete a row without firing a trigger.
CREATE TRIGGER audit_has_no_gaps BEFORE INSERT ON audit
WHEN NEW.n IS NOT NULL AND NEW.n <> -1
BEGIN SELECT raise(ABORT, 'the audit log is append-only: it numbers its own entries'); END;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append-only: no entry changes'); END;

CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append-only: no entry goes'); END;
