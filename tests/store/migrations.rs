//! Migrations on a filled database: what stood there stands there afterwards.

use sqlx::{Connection as _, SqliteConnection};

/// Number, instant, case, actor, account, previous hash, hash.
type Line = (i64, i64, Option<i64>, String, Option<i64>, Vec<u8>, Vec<u8>);

/// The outbox is made anew on SQLite, which cannot change a CHECK; its messages and their log stay.
#[tokio::test]
async fn the_outbox_and_its_log_survive_the_third_kind_of_message() {
    let mut session = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let filled =
        "INSERT INTO outbox (id, kind, dedupe_key, envelope_from, envelope_to, message_id, bytes, sha256, state,
            attempts, queued_at, next_at) VALUES (7, 'notice', 'k', 'a@x', 'b@x', 'm', x'00', x'01', 'failed', 2, 3, 4);
        INSERT INTO delivery_log (outbox_id, attempt, at, result, answer) VALUES (7, 1, 5, 'queued', 'later'),
            (7, 2, 6, 'failed', 'no')";
    let steps = [
        "PRAGMA foreign_keys = ON",
        include_str!("../../migrations/sqlite/0001_first_light.sql"),
        include_str!("../../migrations/sqlite/0002_contacts.sql"),
        filled,
        "BEGIN IMMEDIATE",
        include_str!("../../migrations/sqlite/0005_receipts.sql"),
        "COMMIT",
        "UPDATE outbox SET kind = 'receipt'",
    ];
    for step in steps {
        sqlx::raw_sql(step).execute(&mut session).await.unwrap_or_else(|error| panic!("{error}: {step}"));
    }
    let kept: (i64, String, Vec<u8>, i64) =
        sqlx::query_as("SELECT id, dedupe_key, bytes, attempts FROM outbox").fetch_one(&mut session).await.unwrap();
    assert_eq!(kept, (7, "k".to_owned(), vec![0], 2));
    let log: Vec<(i64, i64, String)> =
        sqlx::query_as("SELECT outbox_id, attempt, answer FROM delivery_log ORDER BY attempt")
            .fetch_all(&mut session)
            .await
            .unwrap();
    assert_eq!(log, [(7, 1, "later".to_owned()), (7, 2, "no".to_owned())]);
    let broken: Vec<(String,)> =
        sqlx::query_as("SELECT \"table\" FROM pragma_foreign_key_check").fetch_all(&mut session).await.unwrap();
    assert!(broken.is_empty(), "{broken:?}");
    sqlx::raw_sql("INSERT INTO delivery_log VALUES (99, 1, 1, 'x', 'x')").execute(&mut session).await.unwrap_err();
}

/// The history is made anew on SQLite, which can drop neither NOT NULL nor CHECK: its lines, their guard and
/// their hashes stay.
#[tokio::test]
async fn the_history_survives_lines_that_belong_to_no_case() {
    let mut session = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let filled = "INSERT INTO raw_messages (id, sha256, size, stored_at) VALUES (1, x'00', 1, 2);
        INSERT INTO contacts (id, raw_id, received_at, logged_at, kind, reason, from_name, subject, body, answers,
            attachments, problems) VALUES (1, 1, 1, 1, 'new', '', '', '', '', '[]', '[]', '[]');
        INSERT INTO cases (id, reference_year, reference_number, opened_by, resident_name, triage, definition, stage,
            received_at, extensions, next_duty) VALUES (7, 2026, 1, 1, '', '', '', 1, 1, '[]', '');
        INSERT INTO history VALUES (1, 11, 7, 'daemon', NULL, '', 'opened', '{}', x'00', x'01'),
            (2, 12, 7, 'officer', 3, 'Grace', 'resident-named', '{}', x'01', x'02')";
    let steps = [
        "PRAGMA foreign_keys = ON",
        include_str!("../../migrations/sqlite/0001_first_light.sql"),
        filled,
        "BEGIN IMMEDIATE",
        include_str!("../../migrations/sqlite/0012_audit.sql"),
        "COMMIT",
        "INSERT INTO history VALUES (3, 13, NULL, 'operator', NULL, '', 'officer-added', '{}', x'02', x'03')",
    ];
    for step in steps {
        sqlx::raw_sql(step).execute(&mut session).await.unwrap_or_else(|error| panic!("{error}: {step}"));
    }
    let kept: Vec<Line> =
        sqlx::query_as("SELECT sequence, at, case_id, actor_kind, actor_id, previous, hash FROM history")
            .fetch_all(&mut session)
            .await
            .unwrap();
    let line = |sequence: i64, case, actor: &str, officer, previous: u8, hash: u8| {
        (sequence, sequence + 10, case, actor.to_owned(), officer, vec![previous], vec![hash])
    };
    let expected = [
        line(1, Some(7), "daemon", None, 0, 1),
        line(2, Some(7), "officer", Some(3), 1, 2),
        line(3, None, "operator", None, 2, 3),
    ];
    assert_eq!(kept, expected);
    for refused in [
        "UPDATE history SET at = 0",
        "DELETE FROM history",
        "INSERT INTO history VALUES (4, 13, 99, 'daemon', NULL, '', 'opened', '{}', x'02', x'03')",
        "INSERT INTO history VALUES (4, 13, NULL, 'nobody', NULL, '', 'opened', '{}', x'02', x'03')",
    ] {
        sqlx::raw_sql(refused).execute(&mut session).await.unwrap_err();
    }
}
