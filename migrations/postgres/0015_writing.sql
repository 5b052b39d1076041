-- What the rules of writing found in a version of a letter, as JSON: evidence of what the officer was told.
ALTER TABLE letter_versions ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';
