-- The mailbox ledger grown up: several folders, messages that vanished before they were fetched, and
-- positions under which another message was found. Kept in step with the other database's: same tables,
-- same columns.

-- `internal_date` of a vanished message is when it was missed; `size` is what its server last said;
-- `replaced` is the row's own id once another message was found at its position, and 0 before.
ALTER TABLE mail_ledger
    ADD COLUMN replaced BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN size BIGINT,
    ADD COLUMN intake TEXT NOT NULL DEFAULT 'inbox' CHECK (intake IN ('inbox', 'junk', 'historic')),
    ALTER COLUMN raw_id DROP NOT NULL,
    DROP CONSTRAINT mail_ledger_mailbox_folder_uid_validity_uid_name_key,
    DROP CONSTRAINT mail_ledger_state_check,
    DROP CONSTRAINT mail_ledger_check,
    ADD UNIQUE (mailbox, folder, uid_validity, uid, name, replaced),
    ADD CHECK (state IN ('stored', 'done', 'duplicate', 'vanished')),
    ADD CHECK ((state IN ('done', 'duplicate')) = (contact_id IS NOT NULL)),
    ADD CHECK ((state = 'vanished') = (raw_id IS NULL));
ALTER TABLE mail_ledger ALTER COLUMN intake DROP DEFAULT;
DROP INDEX mail_ledger_unmarked;
CREATE INDEX mail_ledger_unmarked ON mail_ledger (mailbox, folder, uid_validity)
    WHERE marked_at IS NULL AND state <> 'vanished';
CREATE INDEX mail_ledger_raw ON mail_ledger (raw_id);

-- Each folder that is read: its UIDVALIDITY, the UID below which everything has been dealt with (0 before a
-- pass was finished), and when all of it was last compared with the ledger; NULL asks the next pass for that.
CREATE TABLE mail_folders (
    mailbox      TEXT   NOT NULL,
    folder       TEXT   NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid_next     BIGINT NOT NULL,
    begun_at     BIGINT NOT NULL,
    compared_at  BIGINT,
    PRIMARY KEY (mailbox, folder)
);
INSERT INTO mail_folders (mailbox, folder, uid_validity, uid_next, begun_at)
SELECT mailbox, folder, max(uid_validity), 0, min(internal_date) FROM mail_ledger WHERE mailbox <> 'pipe'
GROUP BY mailbox, folder;
