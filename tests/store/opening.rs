//! Opening the database: URLs, tables, versions and the instance lock.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use complaintsd::store::{Store, StoreError};

use super::bench::{Bench, at, on_both};
use crate::support::postgres::PASSWORD;

on_both!(
    opening_again_changes_nothing,
    ten_processes_may_open_a_new_database_at_once,
    a_newer_schema_is_refused,
    only_one_process_holds_the_database,
    a_row_that_makes_no_sense_is_named,
);

async fn opening_again_changes_nothing(bench: Bench) {
    let case = bench.open_case(1).await;
    let again = bench.second().await;
    again.ping().await.unwrap();
    assert_eq!(again.case(case.id).await.unwrap(), Some(case));
    assert!(!format!("{again:?}").contains(PASSWORD));
}

async fn ten_processes_may_open_a_new_database_at_once(bench: Bench) {
    let url = if bench.is_postgres() {
        bench.meddle("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
        bench.url.clone()
    } else {
        format!("{}-other", bench.url)
    };
    let open = |url: String| tokio::spawn(async move { Store::connect(&url).await });
    let opening: Vec<_> = (0..10).map(|_| open(url.clone())).collect();
    for store in opening {
        store.await.unwrap().unwrap().ping().await.unwrap();
    }
}

async fn a_newer_schema_is_refused(bench: Bench) {
    let checksum = if bench.is_postgres() { "'\\x00'" } else { "x'00'" };
    bench
        .meddle(&format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'from the future', true, {checksum}, 0)"
        ))
        .await
        .unwrap();
    let error = Store::connect(&bench.url).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 9999, .. }), "{error:?}");
    let words = error.to_string();
    assert!(words.contains("newer complaintsd") && words.contains("restore a backup"), "{words}");
    assert!(!words.contains(PASSWORD));
}

async fn only_one_process_holds_the_database(bench: Bench) {
    let other = bench.second().await;
    let mut held = bench.store.lock_instance().await.unwrap().expect("nobody holds it");
    held.still_held().await.unwrap();
    assert!(other.lock_instance().await.unwrap().is_none());
    assert!(bench.store.lock_instance().await.unwrap().is_none());
    drop(held);
    // PostgreSQL notices a closed connection a moment later.
    let deadline = Instant::now() + Duration::from_secs(10);
    while other.lock_instance().await.unwrap().is_none() {
        assert!(Instant::now() < deadline, "the lock was not freed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn a_row_that_makes_no_sense_is_named(bench: Bench) {
    let sound = bench.open_case(1).await;
    let changes = [
        ("stage = 7", "stage"),
        ("received_at = 9223372036854775807", "received_at"),
        ("respond_by = '2026-12-01'", "original_respond_by"),
        ("acknowledge_by = 'soon'", "acknowledge_by"),
        ("definition = '{}'", "definition"),
        ("triage = 'maybe'", "triage"),
        ("resident_email = 'nobody'", "resident_email"),
    ];
    for (number, (change, column)) in (2..).zip(changes) {
        let id = bench.open_case(number).await.id;
        bench.meddle(&format!("UPDATE cases SET {change} WHERE id = {id}")).await.unwrap();
        let error = bench.store.case(id).await.unwrap_err();
        let expected =
            format!("the database is inconsistent: table cases, column {column}, row {id}; restore a backup");
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(bench.store.case(sound.id).await.unwrap(), Some(sound));
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_the_password() {
    let error = Store::connect("postgres://tester:hunter2@127.0.0.1:1/complaints").await.unwrap_err();
    assert!(error.to_string().starts_with("cannot open the database postgres://tester@127.0.0.1:1/complaints: check"));
    assert!(error.is_temporary());
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_not_repeated() {
    let url = tokio::task::spawn_blocking(crate::support::postgres::database).await.unwrap();
    let error = Store::connect(&url.replace(PASSWORD, "wrong-password-0815")).await.unwrap_err();
    assert!(error.to_string().contains("user and password"), "{error}");
    assert!(!format!("{error} {error:?}").contains("0815"), "{error:?}");
}

#[tokio::test]
async fn a_url_that_is_none_is_refused_with_an_example() {
    for url in [
        "mysql://somewhere/x",
        "",
        "sqlite://",
        "sqlite://:memory:",
        "sqlite://x.db?mode=ro",
        "postgres://a:hunter2@x:port/y",
    ] {
        let error = Store::connect(url).await.unwrap_err();
        assert!(matches!(error, StoreError::Url { .. }), "{url}: {error:?}");
        assert!(error.to_string().contains("sqlite:///path/to/file.db"));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let error = Store::connect("sqlite:///nowhere/at/all/complaints.db").await.unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all/complaints.db: check that its folder exists"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "This is a letter, and has been one for a long time. ".repeat(100)).unwrap();
    let error = Store::connect(&format!("sqlite://{}", path.display())).await.unwrap_err();
    assert!(error.to_string().contains("check that it is a complaintsd database"), "{error}");
}

#[tokio::test]
async fn a_new_file_is_for_the_daemon_alone() {
    let bench = Bench::sqlite().await;
    bench.open_case(1).await;
    let path = bench.url.trim_start_matches("sqlite://");
    for ending in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(format!("{path}{ending}")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{ending}");
    }
}

#[tokio::test]
async fn a_database_locked_by_another_program_is_a_temporary_fault() {
    let bench = Bench::sqlite().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(bench.url.trim_start_matches("sqlite://"));
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let error = bench.store.begin().await.err().expect("it is locked");
    assert!(error.is_temporary(), "{error:?}");
    assert!(bench.store.contacts(None, 1).await.unwrap().is_empty(), "reading goes on");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    bench.open_case(1).await;
}

#[tokio::test]
async fn postgres_commits_wait_for_the_disk_whatever_its_default() {
    let bench = Bench::postgres().await;
    // The setting a statement of ours runs under, written into the row by a trigger.
    bench
        .meddle(
            "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET synchronous_commit = off'; END $$;
            CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.text := current_setting('synchronous_commit'); RETURN NEW; END $$;
            CREATE TRIGGER tell BEFORE INSERT ON alarms FOR EACH ROW EXECUTE FUNCTION tell()",
        )
        .await
        .unwrap();
    let store = bench.second().await;
    let mut tx = store.begin().await.unwrap();
    tx.raise_alarm("disk", "", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.alarms().await.unwrap()[0].text, "on");
}
