-- The mailbox ledger grown up: several folders, messages that vanished before they were fetched, and
-- positions under which another message was found. Kept in step with the other database's: same tables,
-- same columns.

-- `internal_date` of a vanished message is when it was missed; `size` is what its server last said;
-- `replaced` is the row's own id once another message was found at its position, and 0 before.
CREATE TABLE mail_ledger_next (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox       TEXT    NOT NULL,
    folder        TEXT    NOT NULL,
    uid_validity  INTEGER NOT NULL,
    uid           INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    replaced      INTEGER NOT NULL DEFAULT 0,
    raw_id        INTEGER REFERENCES raw_messages (id),
    internal_date INTEGER NOT NULL,
    size          INTEGER,
    intake        TEXT    NOT NULL CHECK (intake IN ('inbox', 'junk', 'historic')),
    state         TEXT    NOT NULL CHECK (state IN ('stored', 'done', 'duplicate', 'vanished')),
    attempts      INTEGER NOT NULL,
    contact_id    INTEGER REFERENCES contacts (id),
    marked_at     INTEGER,
    UNIQUE (mailbox, folder, uid_validity, uid, name, replaced),
    CHECK ((state IN ('done', 'duplicate')) = (contact_id IS NOT NULL)),
    CHECK ((state = 'vanished') = (raw_id IS NULL))
) STRICT;
INSERT INTO mail_ledger_next (id, mailbox, folder, uid_validity, uid, name, raw_id, internal_date, intake, state,
    attempts, contact_id, marked_at)
SELECT id, mailbox, folder, uid_validity, uid, name, raw_id, internal_date, 'inbox', state, attempts, contact_id,
    marked_at
FROM mail_ledger;
DROP TABLE mail_ledger;
ALTER TABLE mail_ledger_next RENAME TO mail_ledger;
CREATE INDEX mail_ledger_unread ON mail_ledger (id) WHERE state = 'stored';
CREATE INDEX mail_ledger_unmarked ON mail_ledger (mailbox, folder, uid_validity)
    WHERE marked_at IS NULL AND state <> 'vanished';
CREATE INDEX mail_ledger_raw ON mail_ledger (raw_id);

-- Each folder that is read: its UIDVALIDITY, the UID below which everything has been dealt with (0 before a
-- pass was finished), and when all of it was last compared with the ledger; NULL asks the next pass for that.
CREATE TABLE mail_folders (
    mailbox      TEXT    NOT NULL,
    folder       TEXT    NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid_next     INTEGER NOT NULL,
    begun_at     INTEGER NOT NULL,
    compared_at  INTEGER,
    PRIMARY KEY (mailbox, folder)
) STRICT;
INSERT INTO mail_folders (mailbox, folder, uid_validity, uid_next, begun_at)
SELECT mailbox, folder, max(uid_validity), 0, min(internal_date) FROM mail_ledger WHERE mailbox <> 'pipe'
GROUP BY mailbox, folder;
