-- Models that admins added. The entry is JSON; it names where the key is and never holds it.
CREATE TABLE model (
    name  TEXT    NOT NULL PRIMARY KEY,
    entry TEXT    NOT NULL,
    added INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
