//! The two databases behind one face. A statement is written once, with `$n` placeholders; the
//! macros here expand its call for each driver, so that types are checked against both.

use std::collections::BTreeMap;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::error::{Result, StoreError};
use super::{cases, history};
use crate::domain::chain::ChainLine;

/// The open database.
#[derive(Clone)]
pub(super) enum Db {
    /// One writer, because SQLite has one, and several readers.
    Sqlite { writer: SqlitePool, reader: SqlitePool },
    /// One pool for all.
    Postgres(PgPool),
}

/// A connection for reading.
pub(super) enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A connection, whichever way it was come by.
pub(super) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// A write transaction. Dropped without [`Tx::commit`], it changes nothing.
#[must_use = "a transaction that is not committed changes nothing"]
pub struct Tx {
    inner: Inner,
    /// The lines of history of this transaction; written at the end.
    pub(super) lines: Vec<ChainLine>,
    /// The last case number of each year this transaction has locked; written back at the end.
    pub(super) numbers: BTreeMap<u16, u32>,
    /// What compresses raw messages, once it has been needed.
    pub(super) packer: Option<zstd::bulk::Compressor<'static>>,
}

/// One view of the database, as it stood when it was first read from.
pub(super) struct Snapshot(Inner);

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Reader {
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(connection) => Conn::Sqlite(connection),
            Self::Postgres(connection) => Conn::Postgres(connection),
        }
    }
}

impl Inner {
    fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(tx) => Conn::Sqlite(tx),
            Self::Postgres(tx) => Conn::Postgres(tx),
        }
    }
}

impl Snapshot {
    pub fn conn(&mut self) -> Conn<'_> {
        self.0.conn()
    }
}

impl Tx {
    pub(super) fn conn(&mut self) -> Conn<'_> {
        self.inner.conn()
    }

    /// Makes everything done in this transaction permanent: on disk when this returns.
    ///
    /// # Errors
    /// When the database refuses or cannot be reached. It may then have been committed or not; what
    /// was done is safe to do again.
    pub async fn commit(mut self) -> Result<()> {
        history::write_lines(&mut self).await?;
        cases::write_numbers(&mut self).await?;
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        }
        .map_err(|source| StoreError::statement("COMMIT", source))
    }
}

impl Db {
    pub async fn reader(&self) -> Result<Reader> {
        match self {
            Self::Sqlite { reader, .. } => reader.acquire().await.map(Reader::Sqlite),
            Self::Postgres(pool) => pool.acquire().await.map(Reader::Postgres),
        }
        .map_err(|source| StoreError::statement("a connection", source))
    }

    /// A deferred transaction of SQLite (WAL) reads one state of the database throughout, as does this one
    /// of PostgreSQL.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        match self {
            Self::Sqlite { reader, .. } => reader.begin_with("BEGIN DEFERRED").await.map(Inner::Sqlite),
            Self::Postgres(pool) => {
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(Inner::Postgres)
            }
        }
        .map(Snapshot)
        .map_err(|source| StoreError::statement("BEGIN", source))
    }

    /// IMMEDIATE takes SQLite's write lock at once: a transaction that reads first and writes later
    /// would otherwise fail with SQLITE_BUSY, which no waiting helps against.
    pub async fn begin(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Inner::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Inner::Postgres),
        }
        .map(|inner| Tx { inner, lines: Vec::new(), numbers: BTreeMap::new(), packer: None })
        .map_err(|source| StoreError::statement("BEGIN", source))
    }
}

/// Runs a query and answers with `Result<Vec<Row>>`, `Result<Option<Row>>` or `Result<Row>`.
macro_rules! fetch {
    ($verb:ident, $conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        match &mut $conn {
            $crate::store::link::Conn::Sqlite(connection) => {
                sqlx::query_as($sql)$(.bind($crate::store::param::Param::param(&$arg)))*.$verb(&mut **connection).await
            }
            $crate::store::link::Conn::Postgres(connection) => {
                sqlx::query_as($sql)$(.bind($crate::store::param::Param::param(&$arg)))*.$verb(&mut **connection).await
            }
        }
        .map_err(|source| $crate::store::error::StoreError::statement($sql, source))
    };
}

/// All rows of a query.
macro_rules! all {
    ($($rest:tt)*) => { $crate::store::link::fetch!(fetch_all, $($rest)*) };
}

/// The first row of a query, if there is one.
macro_rules! optional {
    ($($rest:tt)*) => { $crate::store::link::fetch!(fetch_optional, $($rest)*) };
}

/// The only row of a query.
macro_rules! one {
    ($($rest:tt)*) => { $crate::store::link::fetch!(fetch_one, $($rest)*) };
}

/// Runs a statement and answers with the number of rows it changed.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        match &mut $conn {
            $crate::store::link::Conn::Sqlite(connection) => {
                sqlx::query($sql)$(.bind($crate::store::param::Param::param(&$arg)))*.execute(&mut **connection).await
                    .map(|done| done.rows_affected())
            }
            $crate::store::link::Conn::Postgres(connection) => {
                sqlx::query($sql)$(.bind($crate::store::param::Param::param(&$arg)))*.execute(&mut **connection).await
                    .map(|done| done.rows_affected())
            }
        }
        .map_err(|source| $crate::store::error::StoreError::statement($sql, source))
    };
}

/// Declares a module's statements and lists them, so that a test can prepare every one.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(const $name: &str = $sql;)*
        /// Every statement of this module.
        pub(super) const STATEMENTS: &[&str] = &[$($name),*];
    };
}

pub(super) use {all, execute, fetch, one, optional, statements};
