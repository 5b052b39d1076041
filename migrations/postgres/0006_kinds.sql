-- What kinds of mail need: what a contact waits for, what makes two copies of a message one, and the
-- secret in our Message-IDs. Kept in step with the other database's: same tables, same columns.

-- What a contact waits for until an officer has decided. Written when the contact is logged, by the rule in
-- domain/waiting.rs; a contact waits while `waiting` is set and `decided_at` is not.
ALTER TABLE contacts ADD COLUMN waiting TEXT;
UPDATE contacts SET waiting = 'bounce' WHERE kind = 'bounce' AND case_id IS NULL;
CREATE INDEX contacts_waiting ON contacts (id) WHERE waiting IS NOT NULL AND decided_at IS NULL;

-- The digest of what the sender wrote, without what mail servers added on the way: a message that came to
-- two of our addresses is one contact.
ALTER TABLE contacts ADD COLUMN canonical BYTEA;
CREATE UNIQUE INDEX contacts_canonical ON contacts (canonical) WHERE canonical IS NOT NULL;

-- Which cases a sender has.
CREATE INDEX cases_resident ON cases (lower(resident_email), id);

-- This installation's secret: it signs the Message-IDs of what we send. Made at the first start.
CREATE TABLE installation (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    message_key BYTEA NOT NULL
);
