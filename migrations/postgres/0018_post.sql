-- Letters on paper: the PDF as it was approved, where it goes, and when it was posted. Kept in step with the other
-- database's: same tables, same columns.
CREATE TABLE posted_letters (
    letter_id BIGINT PRIMARY KEY REFERENCES letters (id),
    address   TEXT    NOT NULL,
    pdf       BYTEA   NOT NULL,
    sha256    BYTEA   NOT NULL CHECK (length(sha256) = 32),
    made_at   BIGINT NOT NULL,
    posted_at BIGINT,
    posted_by TEXT,
    class     TEXT
);
CREATE INDEX letters_approved ON letters (id) WHERE state = 'approved';

-- What a letter went without, as somebody senior decided, with their reason: evidence beside its elements.
CREATE TABLE letter_overrides (
    letter_id    BIGINT NOT NULL REFERENCES letters (id),
    element      TEXT    NOT NULL,
    provision    TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    officer_id   BIGINT NOT NULL REFERENCES officers (id),
    officer_name TEXT    NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (letter_id, element)
);
