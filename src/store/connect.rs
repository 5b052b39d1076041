//! Opening the database: its URL, its settings, its tables and the lock that keeps a second daemon
//! away. Durable before all else: SQLite with `synchronous=FULL`, PostgreSQL with
//! `synchronous_commit=on`, because a message is moved on its server after our commit.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgConnection};

use super::error::{Result, StoreError};
use super::link::{Db, statements};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a writer waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(5);
/// How long to wait before opening a busy file again.
const PAUSE: Duration = Duration::from_millis(20);
/// How long to wait for a free connection of a pool.
const ACQUIRE: Duration = Duration::from_secs(15);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;

// The number spells "complain"; an advisory lock belongs to one database of the server.
statements! {
    TRY_LOCK = "-- store::connect::try_lock\nSELECT pg_try_advisory_lock(7165065861791836526)";
}

/// Where the database is. Not `Debug`: the options show the password.
#[derive(Clone)]
pub(super) enum Place {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// Holds the database for this process. Freed when dropped and when the process dies.
#[derive(Debug)]
pub struct InstanceGuard(Held);

#[derive(Debug)]
enum Held {
    File { _locked: File },
    Session(Box<PgConnection>),
}

impl Place {
    pub fn parse(url: &str) -> Result<Self> {
        let bad = |reason: &str| StoreError::Url { reason: reason.to_owned() };
        if let Some(path) = url.strip_prefix("sqlite://") {
            return match path {
                "" => Err(bad("the database URL names no file")),
                path if path.starts_with(":memory:") => Err(bad("a database in memory would lose every complaint")),
                path if path.contains('?') => Err(bad("a SQLite database URL takes no options after '?'")),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // The parser's message is left out: it may repeat a part of the password.
            let options = PgConnectOptions::from_str(url).map_err(|_| bad("the PostgreSQL URL cannot be read"))?;
            return Ok(Self::Postgres(Box::new(options)));
        }
        Err(bad("the database is neither SQLite nor PostgreSQL"))
    }

    /// The database's name in messages: never with a password.
    pub fn name(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(options) => {
                let database = options.get_database().unwrap_or(options.get_username());
                format!(
                    "postgres://{}@{}:{}/{database}",
                    options.get_username(),
                    options.get_host(),
                    options.get_port()
                )
            }
        }
    }

    fn cannot_open(&self, source: sqlx::Error) -> StoreError {
        let remedy = match self {
            Self::Sqlite(_) => "check that it is a complaintsd database, not damaged, on a local disk with free space",
            Self::Postgres(_) => "check that the server runs, and the host, database, user and password of its URL",
        };
        StoreError::Open { database: self.name(), remedy, source }
    }

    /// Connects and brings the tables up to date.
    pub async fn open(&self) -> Result<Db> {
        match self {
            Self::Sqlite(path) => self.open_sqlite(path).await,
            Self::Postgres(options) => self.open_postgres(options).await,
        }
    }

    async fn open_sqlite(&self, path: &Path) -> Result<Db> {
        create_private(path)?;
        // A local file needs no fresh connections and no asking whether it is still there.
        let pool = || SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None).test_before_acquire(false);
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).foreign_keys(true);
        let writing = options.clone().journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let deadline = Instant::now() + BUSY;
        let writer = loop {
            // A transaction that SQLite itself has ended, because the disk was full, still counts as open for
            // the driver, and the next could not begin: such a connection is replaced. The ping waits until
            // what a dropped transaction left to undo is undone.
            let usable = pool().max_connections(1).before_acquire(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            });
            let opened = usable.acquire_timeout(ACQUIRE).connect_with(writing.clone()).await;
            match opened.map_err(|source| self.cannot_open(source)) {
                // SQLite does not wait its turn when several first openers switch a new file to WAL.
                Err(error) if error.is_temporary() && Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
                opened => break opened?,
            }
        };
        // In one transaction: two processes that start together do not meet half-way.
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.map_err(|source| self.cannot_open(source))?;
        // `run` itself would make this future one that cannot move between threads.
        SQLITE.run_direct(None, &mut *tx, false).await.map_err(|source| self.cannot_migrate(&SQLITE, source))?;
        tx.commit().await.map_err(|source| self.cannot_open(source))?;
        let reader = pool()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.read_only(true))
            .await
            .map_err(|source| self.cannot_open(source))?;
        Ok(Db::Sqlite { writer, reader })
    }

    async fn open_postgres(&self, options: &PgConnectOptions) -> Result<Db> {
        let options = options.clone().application_name("complaintsd").options([("synchronous_commit", "on")]);
        let mut session = self.session(&options).await?;
        // `run` itself would make this future one that cannot move between threads.
        let migrated = POSTGRES.run_direct(None, &mut session, false).await;
        migrated.map_err(|source| self.cannot_migrate(&POSTGRES, source))?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_lazy_with(options);
        Ok(Db::Postgres(pool))
    }

    /// One connection outside the pool, which would try again and again and then hide the cause.
    async fn session(&self, options: &PgConnectOptions) -> Result<PgConnection> {
        let connected = tokio::time::timeout(ACQUIRE, PgConnection::connect_with(options)).await;
        connected.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|source| self.cannot_open(source))
    }

    fn cannot_migrate(&self, migrator: &Migrator, source: MigrateError) -> StoreError {
        let database = self.name();
        let known = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
        match source {
            MigrateError::VersionMissing(found) if found > known => StoreError::NewerSchema { database, found, known },
            source => StoreError::Migrate { database, source },
        }
    }

    /// Takes the database for this process; `None` when another process has it.
    pub async fn lock(&self) -> Result<Option<InstanceGuard>> {
        match self {
            Self::Sqlite(path) => lock_file(path),
            Self::Postgres(options) => {
                let mut session = self.session(options).await?;
                let (locked,): (bool,) = sqlx::query_as(TRY_LOCK)
                    .fetch_one(&mut session)
                    .await
                    .map_err(|source| StoreError::statement(TRY_LOCK, source))?;
                Ok(locked.then(|| InstanceGuard(Held::Session(Box::new(session)))))
            }
        }
    }
}

/// Creates the database file if there is none: by us and not by SQLite, because residents' data is
/// for the daemon's eyes only. A file that is there is not touched: closing it again would free the
/// locks that this process's other connections hold on it (POSIX advisory locks).
fn create_private(path: &Path) -> Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(source) if source.kind() != ErrorKind::AlreadyExists => {
            Err(StoreError::File { path: path.display().to_string(), source })
        }
        _ => Ok(()),
    }
}

fn lock_file(database: &Path) -> Result<Option<InstanceGuard>> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let failed = |source| StoreError::File { path: path.to_string_lossy().into_owned(), source };
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(InstanceGuard(Held::File { _locked: file }))),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

impl InstanceGuard {
    /// Makes sure that the database is still held: a PostgreSQL server that restarted has forgotten.
    ///
    /// # Errors
    /// When the lock is lost; the daemon must then stop polling and sending, and take it anew.
    pub async fn still_held(&mut self) -> Result<()> {
        match &mut self.0 {
            Held::File { .. } => Ok(()),
            Held::Session(session) => session.ping().await.map_err(|source| StoreError::statement(TRY_LOCK, source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sqlite_keeps_what_it_was_told_to_keep() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Sqlite(folder.path().join("complaints.db"));
        let Db::Sqlite { writer, reader } = place.open().await.unwrap() else { panic!("not SQLite") };
        let ask = async |pool: &sqlx::SqlitePool, sql: &'static str| -> String {
            sqlx::query_scalar::<_, String>(sql).fetch_one(pool).await.unwrap()
        };
        assert_eq!(ask(&writer, "SELECT journal_mode FROM pragma_journal_mode").await, "wal");
        assert_eq!(ask(&writer, "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await, "2");
        assert_eq!(ask(&writer, "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys").await, "1");
        assert!(sqlx::query("DELETE FROM alarms").execute(&reader).await.is_err(), "readers do not write");
    }
}
