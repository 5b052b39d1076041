-- Receipts: a third kind of message in the outbox, and one line for each new case about whether its sender
-- got one and why. Kept in step with the other database's: same tables, same columns.

-- SQLite cannot change a CHECK. The tables are made anew, the log first, which refers to the outbox.
CREATE TABLE delivery_log_kept AS SELECT outbox_id, attempt, at, result, answer FROM delivery_log;
DROP TABLE delivery_log;

CREATE TABLE outbox_anew (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT    NOT NULL CHECK (kind IN ('letter', 'notice', 'receipt')),
    letter_id     INTEGER REFERENCES letters (id),
    case_id       INTEGER REFERENCES cases (id),
    dedupe_key    TEXT    NOT NULL UNIQUE,
    envelope_from TEXT    NOT NULL,
    envelope_to   TEXT    NOT NULL,
    message_id    TEXT    NOT NULL UNIQUE,
    bytes         BLOB    NOT NULL,
    sha256        BLOB    NOT NULL,
    state         TEXT    NOT NULL
        CHECK (state IN ('queued', 'claimed', 'handed', 'in_doubt', 'accepted', 'failed')),
    attempts      INTEGER NOT NULL,
    queued_at     INTEGER NOT NULL,
    first_at      INTEGER,
    next_at       INTEGER NOT NULL,
    handed_at     INTEGER,
    done_at       INTEGER,
    answer        TEXT
) STRICT;
INSERT INTO outbox_anew (id, kind, letter_id, case_id, dedupe_key, envelope_from, envelope_to, message_id, bytes, sha256,
    state, attempts, queued_at, first_at, next_at, handed_at, done_at, answer)
SELECT id, kind, letter_id, case_id, dedupe_key, envelope_from, envelope_to, message_id, bytes, sha256,
    state, attempts, queued_at, first_at, next_at, handed_at, done_at, answer FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_anew RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (state, next_at, id) WHERE state NOT IN ('accepted', 'failed');
CREATE INDEX outbox_letter ON outbox (letter_id);

CREATE TABLE delivery_log (
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    attempt   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    result    TEXT    NOT NULL,
    answer    TEXT    NOT NULL,
    PRIMARY KEY (outbox_id, attempt)
) STRICT;
INSERT INTO delivery_log (outbox_id, attempt, at, result, answer)
SELECT outbox_id, attempt, at, result, answer FROM delivery_log_kept;
DROP TABLE delivery_log_kept;

-- `outcome` is `sent` or why not; `recipient` is the address in small letters, of receipts that were sent.
CREATE TABLE receipts (
    contact_id INTEGER PRIMARY KEY REFERENCES contacts (id),
    at         INTEGER NOT NULL,
    mailbox    TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    recipient  TEXT,
    CHECK ((outcome = 'sent') = (recipient IS NOT NULL))
) STRICT;
CREATE INDEX receipts_recipient ON receipts (recipient, at) WHERE outcome = 'sent';
CREATE INDEX receipts_recent ON receipts (at, outcome);

CREATE INDEX contacts_logged ON contacts (logged_at);
CREATE INDEX contacts_marked ON contacts (case_id) WHERE marks <> '[]';
CREATE INDEX cases_opened_by ON cases (opened_by);
