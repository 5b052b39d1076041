-- Letters on paper: the PDF as it was approved, where it goes, and when it was posted. Kept in step with the other
-- database's: same tables, same columns.
CREATE TABLE posted_letters (
    letter_id INTEGER PRIMARY KEY REFERENCES letters (id),
    address   TEXT    NOT NULL,
    pdf       BLOB    NOT NULL,
    sha256    BLOB    NOT NULL CHECK (length(sha256) = 32),
    made_at   INTEGER NOT NULL,
    posted_at INTEGER,
    posted_by TEXT,
    class     TEXT
) STRICT;
CREATE INDEX letters_approved ON letters (id) WHERE state = 'approved';

-- What a letter went without, as somebody senior decided, with their reason: evidence beside its elements.
CREATE TABLE letter_overrides (
    letter_id    INTEGER NOT NULL REFERENCES letters (id),
    element      TEXT    NOT NULL,
    provision    TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    officer_id   INTEGER NOT NULL REFERENCES officers (id),
    officer_name TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (letter_id, element)
) STRICT;
