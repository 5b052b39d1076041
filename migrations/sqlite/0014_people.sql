-- People and other channels. Kept in step with the other database's: same tables, same columns.

-- How a contact came and who took it, when not by e-mail (Code 3.1), and when a colleague had first
-- received it (3.2). Instants in microseconds.
ALTER TABLE contacts ADD COLUMN channel TEXT NOT NULL DEFAULT 'email';
ALTER TABLE contacts ADD COLUMN taken_by TEXT;
ALTER TABLE contacts ADD COLUMN first_received_at INTEGER;
ALTER TABLE contacts ADD COLUMN first_received_by TEXT;
ALTER TABLE contacts ADD COLUMN first_received_reason TEXT;

-- The earliest date of a case beside its own: a review, or one that the Ombudsman set.
ALTER TABLE cases ADD COLUMN next_task TEXT;
CREATE INDEX cases_next_task ON cases (next_task, id) WHERE next_task IS NOT NULL;
CREATE INDEX cases_handler ON cases (handler_id) WHERE handler_id IS NOT NULL;

-- Declared times in which the landlord cannot comply with the Code (8.5). One stands at most.
CREATE TABLE incidents (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    what        TEXT    NOT NULL,
    began_on    TEXT    NOT NULL,
    back_by     TEXT    NOT NULL,
    told        TEXT    NOT NULL,
    declared_by TEXT    NOT NULL,
    declared_at INTEGER NOT NULL,
    ended_on    TEXT
) STRICT;
CREATE UNIQUE INDEX incidents_standing ON incidents ((1)) WHERE ended_on IS NULL;
