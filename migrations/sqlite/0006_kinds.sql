-- What a contact waits for until an officer has decided. Written when the contact is logged, by the rule in
-- domain/waiting.rs; a contact waits while `waiting` is set and `decided_at` is not. Kept in step with the
-- other database's: same tables, same columns.

ALTER TABLE contacts ADD COLUMN waiting TEXT;
UPDATE contacts SET waiting = 'bounce' WHERE kind = 'bounce' AND case_id IS NULL;
CREATE INDEX contacts_waiting ON contacts (id) WHERE waiting IS NOT NULL AND decided_at IS NULL;
