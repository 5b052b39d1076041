-- When nothing was left to do in a case: closed, or refused. Such a case leaves the work list. Kept in step
-- with the other database's: same columns, same indexes.
ALTER TABLE cases ADD COLUMN ended_at BIGINT;
DROP INDEX cases_work_list;
CREATE INDEX cases_work_list ON cases (next_due, id) WHERE ended_at IS NULL;
DROP INDEX cases_unacknowledged;
CREATE INDEX cases_unacknowledged ON cases (stage, id) WHERE acknowledged_at IS NULL AND ended_at IS NULL;

-- One letter of a kind is written at a time. Of those that say something once, only one goes out: a new one
-- only after the old one could not be delivered. Extensions may follow one another.
DROP INDEX letters_one_live;
CREATE UNIQUE INDEX letters_one_written ON letters (case_id, stage, kind) WHERE state IN ('draft', 'approved');
CREATE UNIQUE INDEX letters_one_live ON letters (case_id, stage, kind)
    WHERE state <> 'not-delivered' AND kind NOT IN ('stage-1-extension', 'stage-2-extension');
