-- The first schema. Kept in step with ../sqlite/0001_first_light.sql: same tables, same columns.
-- Instants (…_at) are microseconds since 1970-01-01T00:00:00Z; civil dates (…_by, next_due) are
-- YYYY-MM-DD; structured values are JSON text. A released migration is never edited.

-- What arrived, exactly, in zstd-compressed chunks of at most 1 MiB of the original.
CREATE TABLE raw_messages (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256    BYTEA    NOT NULL UNIQUE,
    size      BIGINT NOT NULL,
    stored_at BIGINT NOT NULL
);

CREATE TABLE raw_chunks (
    raw_id BIGINT NOT NULL REFERENCES raw_messages (id),
    place  BIGINT NOT NULL,
    data   BYTEA    NOT NULL,
    PRIMARY KEY (raw_id, place)
);
-- The chunks are compressed already.
ALTER TABLE raw_chunks ALTER COLUMN data SET STORAGE EXTERNAL;

-- One number per year of receipt, counted without gaps.
CREATE TABLE case_numbers (
    year BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE contacts (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    raw_id      BIGINT NOT NULL UNIQUE REFERENCES raw_messages (id),
    received_at BIGINT NOT NULL,
    logged_at   BIGINT NOT NULL,
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
    case_id     BIGINT
);
CREATE INDEX contacts_message_id ON contacts (message_id);
CREATE INDEX contacts_case ON contacts (case_id);

CREATE TABLE cases (
    id                  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference_year      BIGINT NOT NULL,
    reference_number    BIGINT NOT NULL,
    opened_by           BIGINT NOT NULL REFERENCES contacts (id),
    resident_name       TEXT    NOT NULL,
    resident_email      TEXT,
    triage              TEXT    NOT NULL,
    definition          TEXT    NOT NULL,
    stage               BIGINT NOT NULL,
    received_at         BIGINT NOT NULL,
    acknowledge_by      TEXT,
    acknowledged_letter BIGINT,
    acknowledged_at     BIGINT,
    respond_by          TEXT,
    original_respond_by TEXT,
    strict_respond_by   TEXT,
    extensions          TEXT    NOT NULL,
    handler_id          BIGINT,
    handler_name        TEXT,
    handler_email       TEXT,
    next_duty           TEXT    NOT NULL,
    next_due            TEXT COLLATE "C",
    UNIQUE (reference_year, reference_number)
);
ALTER TABLE contacts ADD FOREIGN KEY (case_id) REFERENCES cases (id);
CREATE INDEX cases_work_list ON cases (next_due NULLS FIRST, id);
CREATE INDEX cases_unacknowledged ON cases (stage, id) WHERE acknowledged_at IS NULL;

-- Every message ever seen on a server, and what became of it.
CREATE TABLE mail_ledger (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox       TEXT    NOT NULL,
    folder        TEXT    NOT NULL,
    uid_validity  BIGINT NOT NULL,
    uid           BIGINT NOT NULL,
    name          TEXT    NOT NULL,
    raw_id        BIGINT NOT NULL REFERENCES raw_messages (id),
    internal_date BIGINT NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('stored', 'done', 'duplicate')),
    attempts      BIGINT NOT NULL,
    contact_id    BIGINT REFERENCES contacts (id),
    marked_at     BIGINT,
    UNIQUE (mailbox, folder, uid_validity, uid, name),
    CHECK ((state = 'stored') = (contact_id IS NULL))
);
CREATE INDEX mail_ledger_unread ON mail_ledger (id) WHERE state = 'stored';
CREATE INDEX mail_ledger_unmarked ON mail_ledger (mailbox, folder, uid_validity) WHERE marked_at IS NULL;

-- What happened, for ever: each line's hash covers the line before it.
CREATE TABLE history (
    sequence   BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    case_id    BIGINT NOT NULL REFERENCES cases (id),
    actor_kind TEXT    NOT NULL CHECK (actor_kind IN ('daemon', 'officer')),
    actor_id   BIGINT,
    actor_name TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    previous   BYTEA    NOT NULL,
    hash       BYTEA    NOT NULL
);
CREATE INDEX history_case ON history (case_id, sequence);

CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only';
END
$$;

CREATE TRIGGER history_is_never_changed BEFORE UPDATE OR DELETE ON history
    FOR EACH ROW EXECUTE FUNCTION refuse_history_change();

CREATE TRIGGER history_is_never_emptied BEFORE TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();

-- The newest line; updated in the transaction that appends, which keeps the chain without gaps.
CREATE TABLE history_head (
    id       BIGINT PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    hash     BYTEA    NOT NULL
);
INSERT INTO history_head (id, sequence, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

CREATE TABLE letters (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     BIGINT NOT NULL REFERENCES cases (id),
    stage       BIGINT NOT NULL,
    kind        TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('draft', 'approved', 'sent', 'not-delivered')),
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    approver_kind TEXT,
    approver_id   BIGINT,
    approver_name TEXT,
    approved_at BIGINT,
    sent_at     BIGINT
);
CREATE INDEX letters_case ON letters (case_id);
-- One letter of each kind goes out: a new one only after the old one could not be delivered.
CREATE UNIQUE INDEX letters_one_live ON letters (case_id, stage, kind) WHERE state <> 'not-delivered';

CREATE TABLE letter_versions (
    letter_id       BIGINT NOT NULL REFERENCES letters (id),
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    author_kind     TEXT    NOT NULL,
    author_id       BIGINT,
    author_name     TEXT    NOT NULL,
    digest          BYTEA    NOT NULL,
    subject         TEXT    NOT NULL,
    markdown        TEXT    NOT NULL,
    body_text       TEXT    NOT NULL,
    body_html       TEXT    NOT NULL,
    template_digest BYTEA    NOT NULL,
    elements        TEXT    NOT NULL,
    parts           TEXT    NOT NULL,
    PRIMARY KEY (letter_id, version)
);

-- Complete messages on their way out. `claimed`: taken by the sender, certainly not yet sent;
-- `handed`: given to the courier, answer not yet known; `in_doubt`: handed over when we stopped.
CREATE TABLE outbox (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          TEXT    NOT NULL CHECK (kind IN ('letter', 'notice')),
    letter_id     BIGINT REFERENCES letters (id),
    case_id       BIGINT REFERENCES cases (id),
    dedupe_key    TEXT    NOT NULL UNIQUE,
    envelope_from TEXT    NOT NULL,
    envelope_to   TEXT    NOT NULL,
    message_id    TEXT    NOT NULL UNIQUE,
    bytes         BYTEA    NOT NULL,
    sha256        BYTEA    NOT NULL,
    state         TEXT    NOT NULL
        CHECK (state IN ('queued', 'claimed', 'handed', 'in_doubt', 'accepted', 'failed')),
    attempts      BIGINT NOT NULL,
    queued_at     BIGINT NOT NULL,
    first_at      BIGINT,
    next_at       BIGINT NOT NULL,
    handed_at     BIGINT,
    done_at       BIGINT,
    answer        TEXT
);
CREATE INDEX outbox_waiting ON outbox (state, next_at, id) WHERE state NOT IN ('accepted', 'failed');
CREATE INDEX outbox_letter ON outbox (letter_id);

CREATE TABLE delivery_log (
    outbox_id BIGINT NOT NULL REFERENCES outbox (id),
    attempt   BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    result    TEXT    NOT NULL,
    answer    TEXT    NOT NULL,
    PRIMARY KEY (outbox_id, attempt)
);

-- `email_key` is the address in lower case: two accounts never share a mailbox.
CREATE TABLE officers (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    BIGINT NOT NULL,
    disabled_at   BIGINT
);

CREATE TABLE sessions (
    token_hash BYTEA    PRIMARY KEY,
    officer_id BIGINT NOT NULL REFERENCES officers (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX sessions_officer ON sessions (officer_id);

CREATE TABLE sign_in_attempts (
    subject TEXT    NOT NULL,
    at      BIGINT NOT NULL,
    outcome TEXT    NOT NULL CHECK (outcome IN ('succeeded', 'failed'))
);
CREATE INDEX sign_in_attempts_subject ON sign_in_attempts (subject, at);

CREATE TABLE alarms (
    key      TEXT    PRIMARY KEY,
    text     TEXT    NOT NULL,
    since_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL
);

CREATE TABLE mailbox_status (
    mailbox         TEXT PRIMARY KEY,
    last_success_at BIGINT,
    last_error      TEXT,
    last_error_at   BIGINT
);
