-- Words that contacts are found by. The words of new contacts come from the daemon, folded; those of
-- contacts logged before this are taken from their columns as they are. No text is kept a second time
-- (contentless), no places of words (detail=none); a word is what stands between spaces (ascii).
CREATE VIRTUAL TABLE contact_words USING fts5 (
    words,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = 'ascii'
);
INSERT INTO contact_words (rowid, words)
SELECT id, lower(from_name || ' ' || coalesce(from_email, '') || ' ' || subject || ' ' || body || ' ' || attachments)
FROM contacts;
