-- What the rules of writing found in a version of a letter, as JSON: evidence of what the officer was told.
ALTER TABLE letter_versions ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';

-- The texts of the letter templates, as JSON (file to text), by the digest that versions of letters carry.
CREATE TABLE template_editions (
    digest        BLOB PRIMARY KEY,
    texts         TEXT NOT NULL,
    first_used_at INTEGER NOT NULL
) STRICT;
