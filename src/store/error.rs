//! What can go wrong with the database. Messages name the database and the remedy, never a
//! password, and never repeat their source.

use std::fmt;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database URL is not one of ours.
    #[error("{reason}: write the database URL as sqlite:///path/to/file.db or postgres://user:password@host/database")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// The database cannot be opened.
    #[error("cannot open the database {database}: {remedy}")]
    Open {
        /// The database, without password.
        database: String,
        /// What to do.
        remedy: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// A file beside the database cannot be used.
    #[error("cannot open {path}: check that its folder exists and that complaintsd may write there")]
    File {
        /// The file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A newer complaintsd has changed the tables.
    #[error(
        "the database {database} was written by a newer complaintsd (its schema has version {found}, this program \
         knows version {known}): install that version again, or restore a backup made before the upgrade"
    )]
    NewerSchema {
        /// The database, without password.
        database: String,
        /// The schema's version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The tables could not be brought up to date.
    #[error("cannot bring the tables of {database} up to date: nothing was changed; see the cause, then start again")]
    Migrate {
        /// The database, without password.
        database: String,
        /// The cause.
        source: sqlx::migrate::MigrateError,
    },
    /// A statement failed.
    #[error("the database did not carry out {statement}")]
    Statement {
        /// The statement's name, such as `store::cases::load`.
        statement: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// A row makes no sense.
    #[error("the database is inconsistent: table {table}, column {column}, row {row}; restore a backup")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
    },
    /// The operating system gave no random bytes.
    #[error("could not draw random bytes for this installation's secret: start again")]
    Random,
    /// A value is too large for its column, or cannot be written as JSON.
    #[error("the value for {column} of table {table} cannot be stored")]
    Unstorable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}

/// What the store's functions answer.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    pub(super) fn statement(sql: &'static str, source: sqlx::Error) -> Self {
        Self::Statement { statement: name_of(sql), source }
    }

    /// Whether trying again later may help: the database is busy, restarting or out of reach, or another
    /// process has just logged the same message, which the next look finds.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        let (Self::Statement { source, .. } | Self::Open { source, .. }) = self else { return false };
        match source {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(cause) if cause.is_unique_violation() => {
                matches!(cause.constraint(), Some("contacts_canonical" | "contacts_raw_id_key"))
            }
            sqlx::Error::Database(cause) => cause.code().is_some_and(|code| {
                // SQLite: BUSY and LOCKED (low byte of the extended code), FULL, IOERR.
                // PostgreSQL: connection (08), transaction conflict (40), resources (53), lock (55), operator (57).
                let busy =
                    code.parse::<u32>().is_ok_and(|code| code < 10_000 && matches!(code & 0xff, 5 | 6 | 10 | 13));
                let class = code.get(..2).filter(|_| code.len() == 5);
                busy || class.is_some_and(|class| ["08", "40", "53", "55", "57"].contains(&class))
            }),
            _ => false,
        }
    }
}

/// The name in a statement's first line, `-- store::cases::load`.
pub(super) fn name_of(sql: &'static str) -> &'static str {
    sql.lines().next().unwrap_or(sql).trim_start_matches("-- ")
}

/// One row, while it is being read: turns stored values into values of the domain, or says which
/// column of which row makes no sense.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub table: &'static str,
    pub key: &'a (dyn fmt::Display + Sync),
}

impl Row<'_> {
    pub fn bad(&self, column: &'static str) -> StoreError {
        StoreError::Inconsistent { table: self.table, column, row: self.key.to_string() }
    }

    /// The value, or the fault that it is missing.
    pub fn some<T>(&self, column: &'static str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.bad(column))
    }

    pub fn instant(&self, column: &'static str, micros: i64) -> Result<jiff::Timestamp> {
        jiff::Timestamp::from_microsecond(micros).map_err(|_| self.bad(column))
    }

    /// Anything with a text form: addresses, dates, roles, kinds.
    pub fn parse<T: std::str::FromStr>(&self, column: &'static str, text: &str) -> Result<T> {
        text.parse().map_err(|_| self.bad(column))
    }

    pub fn number<T: TryFrom<i64>>(&self, column: &'static str, number: i64) -> Result<T> {
        number.try_into().map_err(|_| self.bad(column))
    }

    pub fn digest(&self, column: &'static str, bytes: &[u8]) -> Result<crate::domain::ids::Digest> {
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| self.bad(column))?;
        Ok(bytes.into())
    }

    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str, text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|_| self.bad(column))
    }
}
