//! A fresh database for each test, and invented people to fill it with.

use complaintsd::domain::case::Case;
use complaintsd::domain::contact::{Attachment, ContactKind, Intake, NewContact, Reading, Sorted};
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::{CaseRef, ContactId, EmailAddress, OfficerId};
use complaintsd::domain::people::{Actor, Resident};
use complaintsd::domain::stage::Stage;
use complaintsd::store::Store;
use jiff::Timestamp;
use jiff::civil::date;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, FromRow};
use tempfile::TempDir;

use crate::support::postgres;

/// Makes each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::store::bench::Bench::sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::store::bench::Bench::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both;

pub(crate) struct Bench {
    pub url: String,
    pub store: Store,
    _folder: TempDir,
}

impl Bench {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("complaints.db").display());
        Self { store: Store::connect(&url).await.unwrap(), url, _folder: folder }
    }

    pub async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(postgres::database).await.unwrap();
        Self { store: Store::connect(&url).await.unwrap(), url, _folder: tempfile::tempdir().unwrap() }
    }

    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Another process's connections to the same database.
    pub async fn second(&self) -> Store {
        Store::connect(&self.url).await.unwrap()
    }

    /// Goes behind the store's back.
    pub async fn meddle(&self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            sqlx::raw_sql(sql).execute(&mut sqlx::PgConnection::connect(&self.url).await?).await.map(|_| ())
        } else {
            sqlx::raw_sql(sql).execute(&mut sqlx::SqliteConnection::connect(&self.url).await?).await.map(|_| ())
        }
    }

    /// Reads behind the store's back.
    pub async fn ask<T>(&self, sql: &'static str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        if self.is_postgres() {
            sqlx::query_as(sql).fetch_all(&mut sqlx::PgConnection::connect(&self.url).await.unwrap()).await.unwrap()
        } else {
            sqlx::query_as(sql).fetch_all(&mut sqlx::SqliteConnection::connect(&self.url).await.unwrap()).await.unwrap()
        }
    }

    /// A case opened by a message, the `number`th of 2026.
    pub async fn open_case(&self, number: u32) -> Case {
        let mut tx = self.store.begin().await.unwrap();
        let bytes = format!("Message-ID: <{number}@example.org>\r\n\r\nThe roof leaks.");
        let raw = tx.put_raw(bytes.as_bytes(), at(1)).await.unwrap().id;
        let contact = tx.add_contact(raw, &logged_as(at(0), new_message(), reading()), at(2)).await.unwrap();
        let case = tx.open_case(&opened(number, contact), &Actor::Daemon, at(3)).await.unwrap();
        tx.commit().await.unwrap();
        case
    }
}

/// Monday 21 December 2026, 10:00:00.000001 UTC, and `micros` microseconds.
pub(crate) fn at(micros: i64) -> Timestamp {
    let start: Timestamp = "2026-12-21T10:00:00.000001Z".parse().unwrap();
    Timestamp::from_microsecond(start.as_microsecond() + micros).unwrap()
}

pub(crate) fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

pub(crate) fn grace() -> Actor {
    Actor::Officer { id: OfficerId(7), name: "Grace Adeyemi".to_owned() }
}

pub(crate) fn new_message() -> Sorted {
    Sorted { kind: ContactKind::New, reason: "a message from a person".to_owned(), bounce: None }
}

/// What is logged of a message from the inbox about which nothing else is known.
pub(crate) fn logged_as(received_at: Timestamp, sorted: Sorted, reading: Reading) -> NewContact {
    NewContact { received_at, intake: Intake::Inbox, sorted, sender: None, marks: Vec::new(), canonical: None, reading }
}

pub(crate) fn reading() -> Reading {
    Reading {
        from: Some(address("sian.ohara@example.org")),
        from_name: "Siân O'Hara".to_owned(),
        subject: "Water through the ceiling – again".to_owned(),
        text: "Dear all,\n\nthe roof leaks.\n".to_owned(),
        message_id: Some("one@example.org".to_owned()),
        answers: vec!["two@example.com".to_owned(), "three@example.com".to_owned()],
        attachments: vec![Attachment {
            name: "ceiling.jpg".to_owned(),
            media_type: "image/jpeg".to_owned(),
            size: 5_000_000_000,
        }],
        problems: vec!["The message has two From lines.".to_owned()],
        tasks: vec!["Ask the sender for the photo again.".to_owned()],
        attached: Vec::new(),
        words: String::new(),
    }
}

pub(crate) fn opened(number: u32, contact: ContactId) -> CaseEvent {
    CaseEvent::Opened {
        reference: CaseRef::new(2026, number),
        contact,
        stage: Stage::One,
        received_at: at(0),
        respond_by: None,
        acknowledge_by: Some(date(2026, 12, 30)),
        resident: Resident { name: "Siân O'Hara".to_owned(), email: Some(address("sian.ohara@example.org")) },
    }
}
