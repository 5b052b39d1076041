//! Migrations on a filled database: what stood there stands there afterwards.

use sqlx::{Connection as _, SqliteConnection};

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
