-- When a response is due as counted with the bank holidays known now; NULL in rows from before: the
-- original date.
ALTER TABLE cases ADD COLUMN counted_respond_by TEXT;
