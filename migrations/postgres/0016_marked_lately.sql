-- Words that must not wait are looked for every few seconds, among what was logged last; historic mail has
-- none that anybody is told of. Kept in step with ../sqlite/0016_marked_lately.sql.
CREATE INDEX contacts_marked_lately ON contacts (logged_at) WHERE marks <> '[]' AND intake <> 'historic';
