-- Refresh tokens that an endpoint has put in place of the one in the configuration, sealed with a key
-- made from that one: nothing here opens a mailbox without the credential's file.
-- Kept in step with ../postgres/0008_refresh_tokens.sql.
CREATE TABLE refresh_tokens (
    source  TEXT    PRIMARY KEY,
    sealed  BLOB    NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT;
