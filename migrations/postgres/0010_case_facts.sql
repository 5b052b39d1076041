-- What a case holds beyond the columns that are searched and sorted by, as JSON; see store/stored/facts.rs.
ALTER TABLE cases ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
