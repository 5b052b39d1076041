-- The first schema. Kept in step with ../postgres/0001_first_light.sql: same tables, same columns.
-- Instants (…_at) are microseconds since 1970-01-01T00:00:00Z; civil dates (…_by, next_due) are
-- YYYY-MM-DD; structured values are JSON text. A released migration is never edited.

-- What arrived, exactly, in zstd-compressed chunks of at most 1 MiB of the original.
CREATE TABLE raw_messages (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256    BLOB    NOT NULL UNIQUE,
    size      INTEGER NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT;

CREATE TABLE raw_chunks (
    raw_id INTEGER NOT NULL REFERENCES raw_messages (id),
    place  INTEGER NOT NULL,
    data   BLOB    NOT NULL,
    PRIMARY KEY (raw_id, place)
) STRICT;

-- One number per year of receipt, counted without gaps.
CREATE TABLE case_numbers (
    year INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

CREATE TABLE contacts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    raw_id      INTEGER NOT NULL UNIQUE REFERENCES raw_messages (id),
    received_at INTEGER NOT NULL,
    logged_at   INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    from_email  TEXT,
    from_name   TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    message_id  TEXT,
    answers     TEXT    NOT NULL,
    attachments TEXT    NOT NULL,
    problems    TEXT    NOT NULL,
    case_id     INTEGER REFERENCES cases (id)
) STRICT;
CREATE INDEX contacts_message_id ON contacts (message_id);
CREATE INDEX contacts_case ON contacts (case_id);

CREATE TABLE cases (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    reference_year      INTEGER NOT NULL,
    reference_number    INTEGER NOT NULL,
    opened_by           INTEGER NOT NULL REFERENCES contacts (id),
    resident_name       TEXT    NOT NULL,
    resident_email      TEXT,
    triage              TEXT    NOT NULL,
    definition          TEXT    NOT NULL,
    stage               INTEGER NOT NULL,
    received_at         INTEGER NOT NULL,
    acknowledge_by      TEXT,
    acknowledged_letter INTEGER,
    acknowledged_at     INTEGER,
    respond_by          TEXT,
    original_respond_by TEXT,
    strict_respond_by   TEXT,
    extensions          TEXT    NOT NULL,
    handler_id          INTEGER,
    handler_name        TEXT,
    handler_email       TEXT,
    next_duty           TEXT    NOT NULL,
    next_due            TEXT,
    UNIQUE (reference_year, reference_number)
) STRICT;
CREATE INDEX cases_work_list ON cases (next_due, id);
CREATE INDEX cases_unacknowledged ON cases (stage, id) WHERE acknowledged_at IS NULL;

-- Every message ever seen on a server, and what became of it.
CREATE TABLE mail_ledger (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox       TEXT    NOT NULL,
    folder        TEXT    NOT NULL,
    uid_validity  INTEGER NOT NULL,
    uid           INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    raw_id        INTEGER NOT NULL REFERENCES raw_messages (id),
    internal_date INTEGER NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('stored', 'done', 'duplicate')),
    attempts      INTEGER NOT NULL,
    contact_id    INTEGER REFERENCES contacts (id),
    marked_at     INTEGER,
    UNIQUE (mailbox, folder, uid_validity, uid, name),
    CHECK ((state = 'stored') = (contact_id IS NULL))
) STRICT;
CREATE INDEX mail_ledger_unread ON mail_ledger (id) WHERE state = 'stored';
CREATE INDEX mail_ledger_unmarked ON mail_ledger (mailbox, folder, uid_validity) WHERE marked_at IS NULL;

-- What happened, for ever: each line's hash covers the line before it.
CREATE TABLE history (
    sequence   INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    case_id    INTEGER NOT NULL REFERENCES cases (id),
    actor_kind TEXT    NOT NULL CHECK (actor_kind IN ('daemon', 'officer')),
    actor_id   INTEGER,
    actor_name TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    previous   BLOB    NOT NULL,
    hash       BLOB    NOT NULL
) STRICT;
CREATE INDEX history_case ON history (case_id, sequence);

CREATE TRIGGER history_is_never_changed BEFORE UPDATE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;

CREATE TRIGGER history_is_never_deleted BEFORE DELETE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;

-- The newest line; updated in the transaction that appends, which keeps the chain without gaps.
CREATE TABLE history_head (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    hash     BLOB    NOT NULL
) STRICT;
INSERT INTO history_head (id, sequence, hash) VALUES (1, 0, zeroblob(32));

CREATE TABLE letters (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id     INTEGER NOT NULL REFERENCES cases (id),
    stage       INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('draft', 'approved', 'sent', 'not-delivered')),
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    approver_kind TEXT,
    approver_id   INTEGER,
    approver_name TEXT,
    approved_at INTEGER,
    sent_at     INTEGER
) STRICT;
CREATE INDEX letters_case ON letters (case_id);
-- One letter of each kind goes out: a new one only after the old one could not be delivered.
CREATE UNIQUE INDEX letters_one_live ON letters (case_id, stage, kind) WHERE state <> 'not-delivered';

CREATE TABLE letter_versions (
    letter_id       INTEGER NOT NULL REFERENCES letters (id),
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    author_kind     TEXT    NOT NULL,
    author_id       INTEGER,
    author_name     TEXT    NOT NULL,
    digest          BLOB    NOT NULL,
    subject         TEXT    NOT NULL,
    markdown        TEXT    NOT NULL,
    body_text       TEXT    NOT NULL,
    body_html       TEXT    NOT NULL,
    template_digest BLOB    NOT NULL,
    elements        TEXT    NOT NULL,
    parts           TEXT    NOT NULL,
    PRIMARY KEY (letter_id, version)
) STRICT;

-- Complete messages on their way out. `claimed`: taken by the sender, certainly not yet sent;
-- `handed`: given to the courier, answer not yet known; `in_doubt`: handed over when we stopped.
CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT    NOT NULL CHECK (kind IN ('letter', 'notice')),
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

-- `email_key` is the address in lower case: two accounts never share a mailbox.
CREATE TABLE officers (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT;

CREATE TABLE sessions (
    token_hash BLOB    PRIMARY KEY,
    officer_id INTEGER NOT NULL REFERENCES officers (id),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_officer ON sessions (officer_id);

CREATE TABLE sign_in_attempts (
    subject TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    outcome TEXT    NOT NULL CHECK (outcome IN ('succeeded', 'failed'))
) STRICT;
CREATE INDEX sign_in_attempts_subject ON sign_in_attempts (subject, at);

CREATE TABLE alarms (
    key      TEXT    PRIMARY KEY,
    text     TEXT    NOT NULL,
    since_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE mailbox_status (
    mailbox         TEXT PRIMARY KEY,
    last_success_at INTEGER,
    last_error      TEXT,
    last_error_at   INTEGER
) STRICT;
