-- What answers a service request or a survey comment: found by what the case was decided to be, and sent again
-- where there is a reason to. Kept in step with the other database's: same columns, same indexes.
CREATE INDEX cases_answered ON cases (triage, id) WHERE triage IN ('service-request', 'survey-comment');
DROP INDEX letters_one_live;
CREATE UNIQUE INDEX letters_one_live ON letters (case_id, stage, kind) WHERE state <> 'not-delivered'
    AND kind NOT IN ('stage-1-extension', 'stage-2-extension', 'clarification-request', 'consent-request',
        'progress-update', 'overdue-apology', 'actions-complete', 'restriction-notice', 'triage-reply',
        'survey-signpost');

-- Texts about an incident (8.5) as an officer approved them, one for each who is told and each moment.
CREATE TABLE incident_texts (
    incident    INTEGER NOT NULL REFERENCES incidents (id),
    audience    TEXT    NOT NULL,
    moment      TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    text        TEXT    NOT NULL,
    digest      BLOB    NOT NULL,
    approved_by TEXT    NOT NULL,
    approved_at INTEGER NOT NULL,
    PRIMARY KEY (incident, audience, moment)
) STRICT;
