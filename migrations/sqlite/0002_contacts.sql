-- What else is known of a contact: how it came in, what its bounce says, what our own mail server found
-- out about its sender, words that must not wait, what an officer must do and has decided. Kept in step
-- with the other database's: same tables, same columns.

ALTER TABLE contacts ADD COLUMN intake TEXT NOT NULL DEFAULT 'inbox' CHECK (intake IN ('inbox', 'junk', 'historic'));
ALTER TABLE contacts ADD COLUMN bounce TEXT;
ALTER TABLE contacts ADD COLUMN sender TEXT;
ALTER TABLE contacts ADD COLUMN marks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE contacts ADD COLUMN tasks TEXT NOT NULL DEFAULT '[]';

-- The officer's decision about a contact that belonged to no case.
ALTER TABLE contacts ADD COLUMN decision TEXT CHECK (decision IN ('case-opened', 'added-to-case', 'nothing-to-do'));
ALTER TABLE contacts ADD COLUMN decision_reason TEXT;
ALTER TABLE contacts ADD COLUMN decider_kind TEXT;
ALTER TABLE contacts ADD COLUMN decider_id INTEGER;
ALTER TABLE contacts ADD COLUMN decider_name TEXT;
ALTER TABLE contacts ADD COLUMN decided_at INTEGER;

-- A case that a contact may belong to, for an officer to decide.
CREATE TABLE contact_suggestions (
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    case_id    INTEGER NOT NULL REFERENCES cases (id),
    reason     TEXT    NOT NULL,
    PRIMARY KEY (contact_id, case_id)
) STRICT;
