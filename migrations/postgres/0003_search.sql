-- Words that contacts are found by. The words of new contacts come from the daemon, folded; those of
-- contacts logged before this are taken from their columns as they are.
CREATE TABLE contact_words (
    contact_id BIGINT PRIMARY KEY REFERENCES contacts (id),
    words      TSVECTOR NOT NULL
);
INSERT INTO contact_words (contact_id, words)
SELECT id, to_tsvector('simple', left(
    lower(from_name || ' ' || coalesce(from_email, '') || ' ' || subject || ' ' || body || ' ' || attachments), 100000))
FROM contacts;
CREATE INDEX contact_words_words ON contact_words USING gin (words);
