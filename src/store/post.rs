//! Letters on paper: the PDF as it was approved, where it goes and when it was posted; approved letters that
//! have not gone yet, whichever way they go; and what letters went without.

use jiff::Timestamp;

use super::error::{Result, Row};
use super::link::{all, execute, optional, statements};
use super::{Store, Tx, to_json};
use crate::domain::approval::Overridden;
use crate::domain::code::Provision;
use crate::domain::ids::{CaseId, CaseRef, Digest, LetterId, OfficerId};
use crate::domain::letter::LetterKind;
use crate::domain::people::Officer;
use crate::domain::post::{PostalAddress, Posting};

/// The columns of a [`StoredPost`].
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT letter_id, address, made_at, posted_at, posted_by, class FROM posted_letters ", $rest)
    };
}

statements! {
    KEEP = "-- store::post::keep
        INSERT INTO posted_letters (letter_id, address, pdf, sha256, made_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (letter_id) DO NOTHING";
    POSTED = "-- store::post::posted
        UPDATE posted_letters SET posted_at = $2, posted_by = $3, class = $4
        WHERE letter_id = $1 AND posted_at IS NULL";
    RETURNED = "-- store::post::returned
        UPDATE letters SET state = 'not-delivered', updated_at = $2 WHERE id = $1 AND state = 'sent'";
    // Only what has certainly not been handed over, or whose answer was lost: what is being handed over is not
    // called back.
    WITHDRAW = "-- store::post::withdraw
        UPDATE outbox SET state = 'failed', done_at = $2, answer = $3
        WHERE letter_id = $1 AND state IN ('queued', 'claimed', 'in_doubt')";
    OF_LETTER = concat!("-- store::post::of_letter\n", select!("WHERE letter_id = $1"));
    OF_CASE = concat!(
        "-- store::post::of_case\n",
        select!("WHERE letter_id IN (SELECT id FROM letters WHERE case_id = $1)")
    );
    PDF = "-- store::post::pdf
        SELECT pdf, sha256 FROM posted_letters WHERE letter_id = $1";
    UNSENT = "-- store::post::unsent
        SELECT letters.id, letters.kind, letters.case_id, cases.reference_year, cases.reference_number,
            letters.approved_at, posted_letters.made_at, outbox.attempts, outbox.answer
        FROM letters JOIN cases ON cases.id = letters.case_id
            LEFT JOIN posted_letters ON posted_letters.letter_id = letters.id
            LEFT JOIN outbox ON outbox.letter_id = letters.id
        WHERE letters.state = 'approved' ORDER BY letters.id";
    OVERRIDE = "-- store::post::override
        INSERT INTO letter_overrides (letter_id, element, provision, title, reason, officer_id, officer_name, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    OVERRIDES = "-- store::post::overrides
        SELECT letter_id, element, provision, title, reason, officer_id, officer_name, at
        FROM letter_overrides ORDER BY at, letter_id, element";
    OVERRIDES_OF = "-- store::post::overrides_of
        SELECT letter_id, element, provision, title, reason, officer_id, officer_name, at
        FROM letter_overrides WHERE letter_id = $1 ORDER BY element";
}

/// A letter on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The letter.
    pub letter: LetterId,
    /// Where it goes.
    pub address: PostalAddress,
    /// When its PDF was made.
    pub made_at: Timestamp,
    /// How it was posted, once that is recorded.
    pub posting: Option<Posting>,
}

/// An approved letter that has not gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// The letter.
    pub letter: LetterId,
    /// Its kind.
    pub kind: LetterKind,
    /// Its case.
    pub case: CaseId,
    /// The case's reference.
    pub case_ref: CaseRef,
    /// When it was approved.
    pub approved_at: Timestamp,
    /// What it waits for.
    pub waits: Waits,
}

/// What an approved letter waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waits {
    /// Somebody to post it.
    Post,
    /// The mail server, which has been tried so often and said this.
    Mail {
        /// How often.
        attempts: u32,
        /// Its last words.
        answer: String,
    },
}

/// What a letter went without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The letter.
    pub letter: LetterId,
    /// What, and why.
    pub overridden: Overridden,
    /// Who decided that.
    pub officer: OfficerId,
    /// Their name at the time.
    pub officer_name: String,
    /// When.
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct StoredPost {
    letter_id: i64,
    address: String,
    made_at: i64,
    posted_at: Option<i64>,
    posted_by: Option<String>,
    class: Option<String>,
}

impl StoredPost {
    fn read(self) -> Result<Post> {
        let row = Row { table: "posted_letters", key: &self.letter_id };
        let posting = match (self.posted_at, self.posted_by, self.class) {
            (Some(at), Some(by), Some(class)) => Some(Posting { at: row.instant("posted_at", at)?, by, class }),
            (None, None, None) => None,
            _ => return Err(row.bad("posted_at")),
        };
        Ok(Post {
            letter: LetterId(self.letter_id),
            address: PostalAddress(row.json("address", &self.address)?),
            made_at: row.instant("made_at", self.made_at)?,
            posting,
        })
    }
}

#[derive(sqlx::FromRow)]
struct StoredUnsent {
    id: i64,
    kind: String,
    case_id: i64,
    reference_year: i64,
    reference_number: i64,
    approved_at: Option<i64>,
    made_at: Option<i64>,
    attempts: Option<i64>,
    answer: Option<String>,
}

impl StoredUnsent {
    fn read(self) -> Result<Unsent> {
        let row = Row { table: "letters", key: &self.id };
        let reference =
            CaseRef::new(row.number("case_id", self.reference_year)?, row.number("case_id", self.reference_number)?);
        let attempts = row.number("attempts", self.attempts.unwrap_or(0))?;
        Ok(Unsent {
            letter: LetterId(self.id),
            kind: row.parse("kind", &self.kind)?,
            case: CaseId(self.case_id),
            case_ref: reference,
            approved_at: row.instant("approved_at", row.some("approved_at", self.approved_at)?)?,
            waits: match self.made_at {
                Some(_) => Waits::Post,
                None => Waits::Mail { attempts, answer: self.answer.unwrap_or_default() },
            },
        })
    }
}

#[derive(sqlx::FromRow)]
struct StoredOverride {
    letter_id: i64,
    element: String,
    provision: String,
    title: String,
    reason: String,
    officer_id: i64,
    officer_name: String,
    at: i64,
}

impl StoredOverride {
    fn read(self) -> Result<Override> {
        let row = Row { table: "letter_overrides", key: &self.letter_id };
        let Self { element, provision, title, reason, .. } = self;
        Ok(Override {
            letter: LetterId(self.letter_id),
            overridden: Overridden { element, provision: Provision(provision), title, reason },
            officer: OfficerId(self.officer_id),
            officer_name: self.officer_name,
            at: row.instant("at", self.at)?,
        })
    }
}

impl Tx {
    /// Keeps a letter as it is to be printed, and where it goes; what is kept already stays as it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_print(
        &mut self,
        letter: LetterId,
        address: &PostalAddress,
        pdf: &[u8],
        at: Timestamp,
    ) -> Result<()> {
        let lines = to_json("posted_letters", "address", &address.0)?;
        execute!(self.conn(), KEEP, letter, lines, pdf, Digest::of(pdf), at).map(|_| ())
    }

    /// Records how a letter that is kept was posted. `false` when that is recorded already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn letter_posted(&mut self, letter: LetterId, posting: &Posting) -> Result<bool> {
        Ok(execute!(self.conn(), POSTED, letter, posting.at, posting.by, posting.class)? == 1)
    }

    /// Sent to not delivered: the post brought it back. `false` when it was not sent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn letter_returned(&mut self, letter: LetterId, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), RETURNED, letter, at)? == 1)
    }

    /// Takes the message of a letter out of the outbox, unless it is being handed over or has been. `false`
    /// when there was none to take out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw_message(&mut self, letter: LetterId, why: &str, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), WITHDRAW, letter, at, why)? == 1)
    }

    /// Keeps what a letter goes without, and why.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_overrides(
        &mut self,
        letter: LetterId,
        overridden: &[Overridden],
        officer: &Officer,
        at: Timestamp,
    ) -> Result<()> {
        for Overridden { element, provision, title, reason } in overridden {
            let (id, name) = (officer.id, &officer.name);
            execute!(self.conn(), OVERRIDE, letter, element, provision.0, title, reason, id, name, at)?;
        }
        Ok(())
    }
}

impl Store {
    /// A letter on paper; `None` when it goes by e-mail.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn post(&self, letter: LetterId) -> Result<Option<Post>> {
        let found: Option<StoredPost> = optional!(self.reader().await?.conn(), OF_LETTER, letter)?;
        found.map(StoredPost::read).transpose()
    }

    /// The letters of a case that are on paper.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn posts_of_case(&self, case: CaseId) -> Result<Vec<Post>> {
        let found: Vec<StoredPost> = all!(self.reader().await?.conn(), OF_CASE, case)?;
        found.into_iter().map(StoredPost::read).collect()
    }

    /// The PDF of a letter on paper, as it was approved.
    ///
    /// # Errors
    /// When it is not what was kept, or the database fails.
    pub async fn print_of(&self, letter: LetterId) -> Result<Option<Vec<u8>>> {
        let found: Option<(Vec<u8>, Vec<u8>)> = optional!(self.reader().await?.conn(), PDF, letter)?;
        let Some((pdf, sha256)) = found else { return Ok(None) };
        let row = Row { table: "posted_letters", key: &letter };
        if row.digest("sha256", &sha256)? != Digest::of(&pdf) {
            return Err(row.bad("pdf"));
        }
        Ok(Some(pdf))
    }

    /// The approved letters that have not gone, the oldest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn unsent(&self) -> Result<Vec<Unsent>> {
        let found: Vec<StoredUnsent> = all!(self.reader().await?.conn(), UNSENT)?;
        found.into_iter().map(StoredUnsent::read).collect()
    }

    /// What letters went without, the oldest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn overrides(&self) -> Result<Vec<Override>> {
        let found: Vec<StoredOverride> = all!(self.reader().await?.conn(), OVERRIDES)?;
        found.into_iter().map(StoredOverride::read).collect()
    }

    /// What this letter went without.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn overrides_of(&self, letter: LetterId) -> Result<Vec<Override>> {
        let found: Vec<StoredOverride> = all!(self.reader().await?.conn(), OVERRIDES_OF, letter)?;
        found.into_iter().map(StoredOverride::read).collect()
    }
}
