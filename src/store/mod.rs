//! The store: the only SQL, and no decisions. Each statement is written once, with `$n`
//! placeholders, and runs on SQLite (the default) and PostgreSQL.
//!
//! Reading is done on the [`Store`]; whatever changes something is done on a [`Tx`], so that an act
//! and its line of history are one. Instants are whole microseconds as a 64-bit integer on both
//! databases: one statement serves both, and they sort. Civil dates are `YYYY-MM-DD`.

mod alarms;
mod audit;
mod audit_records;
mod cases;
mod connect;
mod contacts;
mod decisions;
mod drafts;
mod entries;
mod error;
mod folders;
mod history;
mod incidents;
mod installation;
mod ledger;
mod letters;
mod link;
mod officers;
mod outbox;
mod param;
mod people;
mod placing;
mod post;
mod raw;
mod receipts;
mod refresh_tokens;
mod rows;
mod search;
mod sessions;
mod stored;
mod stored_records;
mod template_editions;
mod withhold;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use sqlx::Executor;

pub use alarms::{Alarm, AlarmRaised, MailboxStatus};
pub use audit::{Audit, Depth, Hanging, Misfit, TakenCheckpoint};
pub use connect::InstanceGuard;
pub use contacts::ContactRow;
pub use entries::{LedgerAt, LedgerEntry, Ledgered};
pub use error::{Result, StoreError};
pub use folders::MailFolder;
pub use ledger::{LedgerRow, LedgerState, Standing, Taken, Unmarked};
pub use letters::{Letter, NewVersion, StoredElement, StoredRemark};
pub use link::Tx;
pub use officers::NewOfficer;
pub use outbox::{DeliveryLine, MessageKind, NewMessage, OutboxMessage, OutboxState, OutboxWaiting, Queued, Recovered};
pub use placing::{CaseOfSender, SentMessage};
pub use post::{Override, Post, Unsent, Waits};
pub use raw::{PutRaw, Raw, RawSeen};
pub use receipts::ReceiptOutcome;
pub use sessions::{Session, SignIn};

pub use crate::domain::chain::{BadLine, Broken, HistoryCheck};
use crate::domain::token::TokenKey;
use link::{Conn, Db, Reader};

/// The open database. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Store {
    db: Db,
    place: connect::Place,
    key: TokenKey,
    /// Alarms that could not be written.
    held: Arc<Mutex<BTreeMap<String, Alarm>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.name())
    }
}

link::statements! {
    PING = "-- store::ping\nSELECT count(*) FROM history_head";
}

impl Store {
    /// Opens the database, creating the SQLite file if there is none, and brings its tables up to
    /// date. `url` is `sqlite:///path/file.db`, `sqlite://relative.db` or
    /// `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// When the URL is wrong, the database cannot be opened, or a newer complaintsd has used it.
    pub async fn connect(url: &str) -> Result<Self> {
        let place = connect::Place::parse(url)?;
        let db = place.open().await?;
        let key = installation::token_key(&db).await?;
        Ok(Self { db, place, key, held: Arc::default() })
    }

    /// Where the database is, without password.
    #[must_use]
    pub fn name(&self) -> String {
        self.place.name()
    }

    /// The secret in this installation's Message-IDs.
    #[must_use]
    pub const fn token_key(&self) -> &TokenKey {
        &self.key
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        let _: (i64,) = link::one!(self.reader().await?.conn(), PING)?;
        Ok(())
    }

    /// Starts a write transaction. On SQLite there is one at a time: keep it short, and never wait
    /// for the network inside it.
    ///
    /// # Errors
    /// When the database is busy for more than five seconds, or out of reach.
    pub async fn begin(&self) -> Result<Tx> {
        self.db.begin().await
    }

    /// Takes the database for this process, so that only one polls and sends; `None` when another
    /// process has it.
    ///
    /// # Errors
    /// When the lock file cannot be opened or the database is out of reach.
    pub async fn lock_instance(&self) -> Result<Option<InstanceGuard>> {
        self.place.lock().await
    }

    async fn reader(&self) -> Result<Reader> {
        self.db.reader().await
    }

    /// Every statement of the store, each beginning with its name.
    #[must_use]
    pub fn statements() -> Vec<&'static str> {
        [
            STATEMENTS,
            alarms::STATEMENTS,
            audit::STATEMENTS,
            audit_records::STATEMENTS,
            cases::STATEMENTS,
            connect::STATEMENTS,
            contacts::STATEMENTS,
            decisions::STATEMENTS,
            drafts::STATEMENTS,
            entries::STATEMENTS,
            folders::STATEMENTS,
            history::STATEMENTS,
            incidents::STATEMENTS,
            installation::STATEMENTS,
            ledger::STATEMENTS,
            letters::STATEMENTS,
            officers::STATEMENTS,
            outbox::STATEMENTS,
            people::STATEMENTS,
            placing::STATEMENTS,
            post::STATEMENTS,
            raw::STATEMENTS,
            refresh_tokens::STATEMENTS,
            receipts::STATEMENTS,
            search::STATEMENTS,
            sessions::STATEMENTS,
            template_editions::STATEMENTS,
            withhold::STATEMENTS,
        ]
        .concat()
    }

    /// Has the database check one of [`Store::statements`] without running it.
    ///
    /// # Errors
    /// When the database does not understand it.
    pub async fn prepare(&self, statement: &'static str) -> Result<()> {
        let sql = sqlx::SqlSafeStr::into_sql_str(statement);
        match &mut self.reader().await?.conn() {
            Conn::Sqlite(connection) => (&mut **connection).prepare(sql).await.map(|_| ()),
            Conn::Postgres(connection) => (&mut **connection).prepare(sql).await.map(|_| ()),
        }
        .map_err(|source| StoreError::statement(statement, source))
    }
}

/// A value as JSON text, for a column.
fn to_json<T: serde::Serialize>(table: &'static str, column: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| StoreError::Unstorable { table, column })
}
