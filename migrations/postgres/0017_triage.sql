-- What orders the cases due on the same day (6.1), 0 to 26; 13 is what nobody has weighed. Kept in step with the
-- other database's: same columns, same indexes.
ALTER TABLE cases ADD COLUMN urgency BIGINT NOT NULL DEFAULT 13;
DROP INDEX cases_work_list;
CREATE INDEX cases_work_list ON cases (next_due NULLS FIRST, urgency DESC, id) WHERE ended_at IS NULL;
