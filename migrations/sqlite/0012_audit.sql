-- Lines of the history that belong to no case, and checkpoints of the chain. Kept in step with the other
-- database's: same tables, same columns.

-- SQLite can drop neither NOT NULL nor CHECK: the table is made anew. No line changes, so no hash does.
CREATE TABLE history_anew (
    sequence   INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    case_id    INTEGER REFERENCES cases (id),
    actor_kind TEXT    NOT NULL CHECK (actor_kind IN ('daemon', 'officer', 'operator')),
    actor_id   INTEGER,
    actor_name TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    previous   BLOB    NOT NULL,
    hash       BLOB    NOT NULL
) STRICT;
INSERT INTO history_anew (sequence, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash)
SELECT sequence, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash
FROM history ORDER BY sequence;
DROP TABLE history;
ALTER TABLE history_anew RENAME TO history;
CREATE INDEX history_case ON history (case_id, sequence);

CREATE TRIGGER history_is_never_changed BEFORE UPDATE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;

CREATE TRIGGER history_is_never_deleted BEFORE DELETE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;

-- What the newest line was, once a day in London. The same goes to the log and by mail, where nobody who
-- changes this database can change it.
CREATE TABLE history_checkpoints (
    taken_on TEXT    PRIMARY KEY,
    taken_at INTEGER NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 0),
    hash     BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER history_checkpoints_are_never_changed BEFORE UPDATE ON history_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;

CREATE TRIGGER history_checkpoints_are_never_deleted BEFORE DELETE ON history_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;
