-- A draft that nobody needs is kept, and never goes out: to everything else it is as a letter that did not reach
-- anybody, so that another of its kind can be begun.
ALTER TABLE letters ADD COLUMN discarded_at BIGINT;
