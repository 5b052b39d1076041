-- When nothing was left to do in a case: closed, or refused. Such a case leaves the work list. Kept in step
-- with the other database's: same columns, same indexes.
ALTER TABLE cases ADD COLUMN ended_at BIGINT;
DROP INDEX cases_work_list;
CREATE INDEX cases_work_list ON cases (next_due, id) WHERE ended_at IS NULL;
DROP INDEX cases_unacknowledged;
CREATE INDEX cases_unacknowledged ON cases (stage, id) WHERE acknowledged_at IS NULL AND ended_at IS NULL;
