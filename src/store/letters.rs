//! Letters and their versions. A version is written once and never changed; what is approved is one
//! version with its digest. At most one letter of a kind is live for a case and stage.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{Result, Row};
use super::history::{actor_columns, read_actor};
use super::link::{Conn, all, execute, optional, statements};
use super::rows::many;
use super::{Store, Tx, to_json};
use crate::domain::code::{Provision, RequiredElement};
use crate::domain::ids::{CaseId, CaseRef, Digest, LetterId};
use crate::domain::letter::{ElementCheck, LetterKind, LetterState};
use crate::domain::people::Actor;
use crate::domain::writing::{Force, Remark};

/// A query for [`StoredLetter`]s.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT letters.id, case_id, reference_year, reference_number, letters.kind,
                CASE WHEN discarded_at IS NULL THEN state ELSE 'discarded' END AS state, letters.version,
                letters.updated_at, approver_kind, approver_id, approver_name, approved_at, sent_at, author_kind,
                author_id, author_name, digest, subject, markdown, body_text, body_html, template_digest, elements,
                parts, remarks
            FROM letters JOIN cases ON cases.id = letters.case_id
                JOIN letter_versions ON letter_id = letters.id AND letter_versions.version = letters.version ",
            $rest
        )
    };
}

pub(super) use select;

statements! {
    INSERT = "-- store::letters::insert
        INSERT INTO letters (case_id, stage, kind, state, version, created_at, updated_at)
        VALUES ($1, $2, $3, 'draft', 1, $4, $5) ON CONFLICT DO NOTHING RETURNING case_id, id";
    INSERT_VERSION = "-- store::letters::insert_version
        INSERT INTO letter_versions (letter_id, version, created_at, author_kind, author_id, author_name, digest,
            subject, markdown, body_text, body_html, template_digest, elements, parts, remarks)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    NEXT_VERSION = "-- store::letters::next_version
        UPDATE letters SET version = version + 1, updated_at = $2
        WHERE id = $1 AND state = 'draft' RETURNING version";
    FREEZE = "-- store::letters::freeze
        UPDATE letters SET state = 'approved', approver_kind = $2, approver_id = $3, approver_name = $4,
            approved_at = $5, updated_at = $5
        WHERE id = $1 AND state = 'draft'";
    SENT = "-- store::letters::sent
        UPDATE letters SET state = 'sent', sent_at = $2, updated_at = $2 WHERE id = $1 AND state = 'approved'";
    NOT_DELIVERED = "-- store::letters::not_delivered
        UPDATE letters SET state = 'not-delivered', updated_at = $2 WHERE id = $1 AND state = 'approved'";
    BOUNCED = "-- store::letters::bounced
        UPDATE letters SET state = 'not-delivered', updated_at = $2 WHERE id = $1 AND state = 'sent'
            AND NOT EXISTS (SELECT 1 FROM posted_letters WHERE letter_id = $1 AND posted_at IS NOT NULL)";
    LIVE = "-- store::letters::live
        SELECT id FROM letters WHERE case_id = $1 AND kind = $2 AND (state IN ('draft', 'approved')
            OR (state = 'sent' AND kind NOT IN ('stage-1-extension', 'stage-2-extension')))";
    OPEN = "-- store::letters::open
        SELECT id FROM letters WHERE case_id = $1 AND kind = $2 AND state IN ('draft', 'approved')";
    DRAFTS = "-- store::letters::drafts
        SELECT id FROM letters WHERE state = 'draft' ORDER BY id";
    LOCK = "-- store::letters::lock
        UPDATE letters SET version = version WHERE id = $1";
    LOAD = concat!("-- store::letters::load\n", select!("WHERE letters.id = $1"));
    OF_CASE = concat!("-- store::letters::of_case\n", select!("WHERE case_id = $1 ORDER BY letters.id"));
    NEWEST = concat!("-- store::letters::newest\n", select!("ORDER BY letters.id DESC LIMIT $1"));
}

/// One version of a letter, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// The digest of the rendered letter, which is what an officer approves.
    pub digest: Digest,
    /// The subject line.
    pub subject: String,
    /// The rendered Markdown.
    pub markdown: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The digest of the template it was rendered from.
    pub template_digest: Digest,
    /// What the Code requires and the passages that satisfy it.
    pub elements: Vec<StoredElement>,
    /// What the officer wrote, by the part's name.
    pub parts: BTreeMap<String, String>,
    /// What the rules of writing found.
    pub remarks: Vec<StoredRemark>,
}

/// A required element as it was when the version was rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredElement {
    /// The element's id in the Code's file.
    pub id: String,
    /// The provision that requires it.
    pub provision: String,
    /// What it is, in words.
    pub title: String,
    /// What to write when it is missing.
    pub remedy: String,
    /// The passage that satisfies it; `None` is a shortfall.
    pub passage: Option<String>,
}

impl From<ElementCheck> for StoredElement {
    fn from(check: ElementCheck) -> Self {
        let ElementCheck { element, passage } = check;
        let RequiredElement { id, provision, title, remedy } = element;
        Self { id, provision: provision.0, title, remedy, passage }
    }
}

impl From<StoredElement> for ElementCheck {
    fn from(stored: StoredElement) -> Self {
        let StoredElement { id, provision, title, remedy, passage } = stored;
        Self { element: RequiredElement { id, provision: Provision(provision), title, remedy }, passage }
    }
}

/// A letter with its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The letter.
    pub id: LetterId,
    /// Its case.
    pub case: CaseId,
    /// The case's reference.
    pub case_ref: CaseRef,
    /// Its kind.
    pub kind: LetterKind,
    /// Where it stands.
    pub state: LetterState,
    /// The version.
    pub version: u32,
    /// The version's contents.
    pub content: NewVersion,
    /// Who wrote the version.
    pub author: Actor,
    /// Who approved it and when.
    pub approved: Option<(Actor, Timestamp)>,
    /// When the mail server accepted it.
    pub sent_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A remark of the rules of writing as it was when the version was rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRemark {
    /// The rule's name.
    pub rule: String,
    /// Whether it keeps the letter from being approved.
    pub blocking: bool,
    /// The provision, or how strong the advice is.
    pub provision: String,
    /// What is wrong.
    pub title: String,
    /// The words it is about; empty where something is missing.
    pub words: String,
    /// The sentence they stand in.
    pub sentence: String,
    /// The line of the plain text, from 1.
    pub line: Option<usize>,
    /// How to mend it.
    pub remedy: String,
}

impl From<Remark> for StoredRemark {
    fn from(remark: Remark) -> Self {
        let Remark { rule, force, provision, title, words, sentence, line, remedy } = remark;
        let blocking = force == Force::Blocking;
        Self { rule, blocking, provision: provision.0, title, words, sentence, line, remedy }
    }
}

impl From<StoredRemark> for Remark {
    fn from(stored: StoredRemark) -> Self {
        let StoredRemark { rule, blocking, provision, title, words, sentence, line, remedy } = stored;
        let force = if blocking { Force::Blocking } else { Force::Advisory };
        Self { rule, force, provision: Provision(provision), title, words, sentence, line, remedy }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct StoredLetter {
    id: i64,
    case_id: i64,
    reference_year: i64,
    reference_number: i64,
    kind: String,
    state: String,
    version: i64,
    updated_at: i64,
    approver_kind: Option<String>,
    approver_id: Option<i64>,
    approver_name: Option<String>,
    approved_at: Option<i64>,
    sent_at: Option<i64>,
    author_kind: String,
    author_id: Option<i64>,
    author_name: String,
    digest: Vec<u8>,
    subject: String,
    markdown: String,
    body_text: String,
    body_html: String,
    template_digest: Vec<u8>,
    elements: String,
    parts: String,
    remarks: String,
}

impl StoredLetter {
    pub(super) fn read(self) -> Result<Letter> {
        let row = Row { table: "letters", key: &self.id };
        let approved = match (self.approver_kind, self.approver_name, self.approved_at) {
            (Some(kind), Some(name), Some(at)) => Some((
                read_actor(row, "approver_kind", &kind, self.approver_id, name)?,
                row.instant("approved_at", at)?,
            )),
            (None, None, None) => None,
            _ => return Err(row.bad("approved_at")),
        };
        Ok(Letter {
            id: LetterId(self.id),
            case: CaseId(self.case_id),
            case_ref: CaseRef::new(
                row.number("case_id", self.reference_year)?,
                row.number("case_id", self.reference_number)?,
            ),
            kind: row.parse("kind", &self.kind)?,
            state: row.some("state", LetterState::from_key(&self.state))?,
            version: row.number("version", self.version)?,
            content: NewVersion {
                digest: row.digest("digest", &self.digest)?,
                subject: self.subject,
                markdown: self.markdown,
                text: self.body_text,
                html: self.body_html,
                template_digest: row.digest("template_digest", &self.template_digest)?,
                elements: row.json("elements", &self.elements)?,
                parts: row.json("parts", &self.parts)?,
                remarks: row.json("remarks", &self.remarks)?,
            },
            author: read_actor(row, "author_kind", &self.author_kind, self.author_id, self.author_name)?,
            approved,
            sent_at: self.sent_at.map(|at| row.instant("sent_at", at)).transpose()?,
            updated_at: row.instant("updated_at", self.updated_at)?,
        })
    }
}

async fn load(mut conn: Conn<'_>, id: LetterId) -> Result<Option<Letter>> {
    let found: Option<StoredLetter> = optional!(conn, LOAD, id)?;
    found.map(StoredLetter::read).transpose()
}

impl Tx {
    /// Adds a draft. `None` when the case has a live letter of this kind already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_letter(
        &mut self,
        case: CaseId,
        kind: LetterKind,
        version: &NewVersion,
        actor: &Actor,
        at: Timestamp,
    ) -> Result<Option<LetterId>> {
        let added = self.add_letters(kind, &[(case, version)], actor, at).await?;
        Ok(added.get(&case).copied())
    }

    /// Adds drafts of one kind, each for a case of its own. A case that has a live letter of this kind
    /// already gets none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_letters(
        &mut self,
        kind: LetterKind,
        drafts: &[(CaseId, &NewVersion)],
        actor: &Actor,
        at: Timestamp,
    ) -> Result<BTreeMap<CaseId, LetterId>> {
        let stage = kind.stage().number();
        let added: Vec<(i64, i64)> =
            many!(self.conn(), INSERT, drafts, |(case, _)| [case, stage, kind, at, at]).await?;
        let letters: BTreeMap<CaseId, LetterId> =
            added.into_iter().map(|(case, letter)| (CaseId(case), LetterId(letter))).collect();
        let version = |(case, version): &(CaseId, _)| Some((*letters.get(case)?, 1, *version));
        let versions: Vec<(LetterId, u32, &NewVersion)> = drafts.iter().filter_map(version).collect();
        self.insert_versions(&versions, actor, at).await?;
        Ok(letters)
    }

    /// Adds a version to a draft and says its number. `None` when the letter is no longer a draft.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_version(
        &mut self,
        letter: LetterId,
        version: &NewVersion,
        actor: &Actor,
        at: Timestamp,
    ) -> Result<Option<u32>> {
        let raised: Option<(i64,)> = optional!(self.conn(), NEXT_VERSION, letter, at)?;
        let Some((number,)) = raised else { return Ok(None) };
        let number = Row { table: "letters", key: &letter }.number("version", number)?;
        self.insert_versions(&[(letter, number, version)], actor, at).await?;
        Ok(Some(number))
    }

    async fn insert_versions(
        &mut self,
        versions: &[(LetterId, u32, &NewVersion)],
        actor: &Actor,
        at: Timestamp,
    ) -> Result<()> {
        let (author_kind, author_id, author_name) = actor_columns(actor);
        let _: Vec<()> = many!(self.conn(), INSERT_VERSION, versions, |(letter, number, version)| [
            letter,
            number,
            at,
            author_kind,
            author_id,
            author_name,
            version.digest,
            version.subject,
            version.markdown,
            version.text,
            version.html,
            version.template_digest,
            to_json("letter_versions", "elements", &version.elements)?,
            to_json("letter_versions", "parts", &version.parts)?,
            to_json("letter_versions", "remarks", &version.remarks)?,
        ])
        .await?;
        Ok(())
    }

    /// The live letter of a kind: draft, approved or sent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_letter(&mut self, case: CaseId, kind: LetterKind) -> Result<Option<LetterId>> {
        let found: Option<(i64,)> = optional!(self.conn(), LIVE, case, kind)?;
        Ok(found.map(|(id,)| LetterId(id)))
    }

    /// The letter of a kind that has not gone out yet: of what may be sent again, only this one is in the way.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_letter(&mut self, case: CaseId, kind: LetterKind) -> Result<Option<LetterId>> {
        let found: Option<(i64,)> = optional!(self.conn(), OPEN, case, kind)?;
        Ok(found.map(|(id,)| LetterId(id)))
    }

    /// A letter to be changed: locked until this transaction ends.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn letter_for_update(&mut self, id: LetterId) -> Result<Option<Letter>> {
        execute!(self.conn(), LOCK, id)?;
        load(self.conn(), id).await
    }

    /// Draft to approved. `false` when it was not a draft.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn freeze_letter(&mut self, id: LetterId, approver: &Actor, at: Timestamp) -> Result<bool> {
        let (kind, account, name) = actor_columns(approver);
        Ok(execute!(self.conn(), FREEZE, id, kind, account, name, at)? == 1)
    }

    /// Approved to sent. `false` when it was not approved, or was sent before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn letter_sent(&mut self, id: LetterId, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), SENT, id, at)? == 1)
    }

    /// Approved to not delivered. `false` when it was not approved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn letter_not_delivered(&mut self, id: LetterId, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), NOT_DELIVERED, id, at)? == 1)
    }

    /// Sent to not delivered: it bounced. `false` when it was not sent, came back before, or went by post: of a
    /// copy by e-mail that was in doubt.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn letter_bounced(&mut self, id: LetterId, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), BOUNCED, id, at)? == 1)
    }
}

impl Store {
    /// A letter with its newest version.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn letter(&self, id: LetterId) -> Result<Option<Letter>> {
        load(self.reader().await?.conn(), id).await
    }

    /// All drafts, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drafts(&self) -> Result<Vec<LetterId>> {
        let found: Vec<(i64,)> = all!(self.reader().await?.conn(), DRAFTS)?;
        Ok(found.into_iter().map(|(id,)| LetterId(id)).collect())
    }

    /// The letters of a case, oldest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn letters_of_case(&self, case: CaseId) -> Result<Vec<Letter>> {
        let found: Vec<StoredLetter> = all!(self.reader().await?.conn(), OF_CASE, case)?;
        found.into_iter().map(StoredLetter::read).collect()
    }

    /// The newest letters, newest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn letters(&self, limit: usize) -> Result<Vec<Letter>> {
        let found: Vec<StoredLetter> = all!(self.reader().await?.conn(), NEWEST, limit)?;
        found.into_iter().map(StoredLetter::read).collect()
    }
}
