-- What the rules of writing found in a version of a letter, as JSON: evidence of what the officer was told.
ALTER TABLE letter_versions ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]';

-- The texts of the letter templates, as JSON (file to text), by the digest that versions of letters carry.
CREATE TABLE template_editions (
    digest        BLOB PRIMARY KEY,
    texts         TEXT NOT NULL,
    first_used_at INTEGER NOT NULL
) STRICT;

-- What tells or asks something may be sent again, as extensions may.
DROP INDEX letters_one_live;
CREATE UNIQUE INDEX letters_one_live ON letters (case_id, stage, kind) WHERE state <> 'not-delivered'
    AND kind NOT IN ('stage-1-extension', 'stage-2-extension', 'clarification-request', 'consent-request',
        'progress-update', 'overdue-apology', 'actions-complete', 'restriction-notice');
