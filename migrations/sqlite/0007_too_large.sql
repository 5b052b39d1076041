-- Of a message that is too large to be fetched only the beginning is kept.
-- `rest`: where the whole message is, in words for an officer; NULL when it is kept whole.
ALTER TABLE raw_messages ADD COLUMN rest TEXT;
CREATE INDEX raw_messages_rest ON raw_messages (stored_at) WHERE rest IS NOT NULL;
