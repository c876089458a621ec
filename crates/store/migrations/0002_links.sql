-- Keys no longer follow from a secret: each link has a token of its own, so that it can end and be revoked.
DROP TABLE secret;

-- Invitations. Of a token its SHA-256 is kept and nothing else: who reads this table opens no session.
CREATE TABLE link (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    session BLOB    NOT NULL REFERENCES head (session),
    token   BLOB    NOT NULL UNIQUE CHECK (length(token) = 32),
    role    TEXT    NOT NULL,
    note    TEXT    NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER,
    opened  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX link_of_session ON link (session, created);
