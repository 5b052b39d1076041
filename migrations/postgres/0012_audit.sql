-- Lines of the history that belong to no case, and checkpoints of the chain. Kept in step with the other
-- database's: same tables, same columns.

ALTER TABLE history ALTER COLUMN case_id DROP NOT NULL;
ALTER TABLE history DROP CONSTRAINT history_actor_kind_check;
ALTER TABLE history ADD CONSTRAINT history_actor_kind_check CHECK (actor_kind IN ('daemon', 'officer', 'operator'));

-- What the newest line was, once a day in London. The same goes to the log and by mail, where nobody who
-- changes this database can change it.
CREATE TABLE history_checkpoints (
    taken_on TEXT   PRIMARY KEY,
    taken_at BIGINT NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    hash     BYTEA  NOT NULL CHECK (length(hash) = 32)
);

CREATE TRIGGER history_checkpoints_are_never_changed BEFORE UPDATE OR DELETE ON history_checkpoints
    FOR EACH ROW EXECUTE FUNCTION refuse_history_change();

CREATE TRIGGER history_checkpoints_are_never_emptied BEFORE TRUNCATE ON history_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();
