-- Receipts: a third kind of message in the outbox, and one line for each new case about whether its sender
-- got one and why. Kept in step with the other database's: same tables, same columns.

ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('letter', 'notice', 'receipt'));

-- `outcome` is `sent` or why not; `recipient` is the address in small letters, of receipts that were sent.
CREATE TABLE receipts (
    contact_id BIGINT PRIMARY KEY REFERENCES contacts (id),
    at         BIGINT NOT NULL,
    mailbox    TEXT   NOT NULL,
    outcome    TEXT   NOT NULL,
    recipient  TEXT,
    CHECK ((outcome = 'sent') = (recipient IS NOT NULL))
);
CREATE INDEX receipts_recipient ON receipts (recipient, at) WHERE outcome = 'sent';
CREATE INDEX receipts_recent ON receipts (at, outcome);

CREATE INDEX contacts_logged ON contacts (logged_at);
CREATE INDEX contacts_marked ON contacts (case_id) WHERE marks <> '[]';
CREATE INDEX cases_opened_by ON cases (opened_by);
