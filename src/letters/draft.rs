//! Drafting by looking at the state: every stage that lacks its acknowledgement gets a draft, every service
//! request and survey comment that nobody has answered gets its reply, and a
//! draft that time has overtaken (its dates count from today) gets a new version. Nothing here sends.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;

use super::RenderFault;
use super::desk::{Desk, Written};
use crate::clock::Clock;
use crate::domain::case::Case;
use crate::domain::commands::{self, CaseCommand, LetterFacts};
use crate::domain::ids::{CaseId, LetterId};
use crate::domain::letter::{LetterKind, LetterState, Purpose};
use crate::domain::parts::LetterParts;
use crate::domain::people::Actor;
use crate::domain::words;
use crate::store::{NewVersion, Store, StoreError, StoredRemark};

/// How many cases are looked at in one go.
const BATCH: usize = 100;

/// What is drafted without being asked for.
const DRAFTED: [LetterKind; 4] = [
    LetterKind::StageOneAcknowledgement,
    LetterKind::StageTwoAcknowledgement,
    LetterKind::TriageReply,
    LetterKind::SurveySignpost,
];

/// Why drafting stopped.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The template.
    #[error(transparent)]
    Render(#[from] RenderFault),
}

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drafted {
    /// New drafts.
    pub new: usize,
    /// Drafts brought up to date.
    pub renewed: usize,
}

/// A letter written and not yet stored, with the facts it was written from.
struct NewDraft {
    case: Case,
    version: NewVersion,
}

/// Letters of one batch, and the last case that was looked at; `None` when there was none.
struct Ready {
    last: Option<CaseId>,
    letters: Vec<NewDraft>,
}

/// Makes drafts.
#[derive(Clone)]
pub struct Drafting {
    /// Where they are kept.
    pub store: Store,
    /// Today.
    pub clock: Arc<dyn Clock>,
    /// What they are made from.
    pub desk: Desk,
    renewed_on: Arc<Mutex<Option<(Date, u64)>>>,
}

impl Drafting {
    /// Drafting into this store.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, desk: Desk) -> Self {
        Self { store, clock, desk, renewed_on: Arc::default() }
    }

    /// One pass: once a day, after a start and when the words are others, all drafts out of date; and all
    /// cases without the letter they need first. One letter that cannot be written keeps no other back.
    ///
    /// # Errors
    /// [`DraftError`] when the database fails, or after the pass when a template did.
    pub async fn run_once(&self) -> Result<Drafted, DraftError> {
        let (mut drafted, mut fault) = (Drafted::default(), None);
        let today = (words::london_date(self.clock.now()), self.desk.templates.edition());
        // Before new ones are made, which are up to date.
        if *self.renewed_on.lock().unwrap_or_else(PoisonError::into_inner) != Some(today) {
            for letter in self.store.drafts().await? {
                drafted.renewed += usize::from(spared(self.renew(letter).await, &mut fault)?.unwrap_or(false));
            }
            if fault.is_none() {
                *self.renewed_on.lock().unwrap_or_else(PoisonError::into_inner) = Some(today);
            }
        }
        for kind in DRAFTED {
            let mut ready = self.written(kind, CaseId(0), &mut fault).await?;
            while let Some(last) = ready.last {
                // The next letters are written while these are stored.
                let (next, made) =
                    tokio::join!(self.written(kind, last, &mut fault), self.store_drafts(ready.letters, kind));
                drafted.new += made?;
                ready = next?;
            }
        }
        fault.map_or(Ok(drafted), |fault| Err(fault.into()))
    }

    /// Writes the letters of the next cases beyond `after` that lack theirs. After one that could not be
    /// delivered the next begins with the same parts.
    async fn written(
        &self,
        kind: LetterKind,
        after: CaseId,
        fault: &mut Option<RenderFault>,
    ) -> Result<Ready, DraftError> {
        if kind.purpose() == Purpose::Acknowledge && self.desk.code.times(kind.stage()).acknowledge.is_none() {
            return Ok(Ready { last: None, letters: Vec::new() }); // this regime asks for none
        }
        let cases = self.store.cases_without_letter(kind, after, BATCH).await?;
        let last = cases.last().map(|(case, _)| case.id);
        let mut with_parts = Vec::with_capacity(cases.len());
        for (case, earlier) in cases {
            let earlier = match earlier {
                Some(letter) => self.store.letter(letter).await?,
                None => None,
            };
            let parts = earlier.map(|letter| LetterParts::from_map(&letter.content.parts)).unwrap_or_default();
            with_parts.push((case, parts));
        }
        let (desk, now) = (self.desk.clone(), self.clock.now());
        let writing = tokio::task::spawn_blocking(move || {
            let mut fault = None;
            let letters = with_parts.into_iter().filter_map(|(case, parts)| {
                let written = desk.write(kind, &case, &parts, now).map_err(|one| fault.get_or_insert(one)).ok()?;
                Some(NewDraft { version: version(written, &parts), case })
            });
            (letters.collect(), fault)
        });
        let (letters, one) = writing.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        if let Some(one) = one {
            fault.get_or_insert(one);
        }
        Ok(Ready { last, letters })
    }

    /// Stores these drafts, unless somebody else has made them meanwhile: each with its line of history,
    /// all in one transaction.
    async fn store_drafts(&self, letters: Vec<NewDraft>, kind: LetterKind) -> Result<usize, DraftError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // All cases are locked before the history, here as in every act of an officer: the other way
        // round two of them could wait for each other.
        let locked = tx.cases_for_update(&letters.iter().map(|draft| draft.case.id).collect()).await?;
        // What has changed since it was written is written in the next pass.
        let unchanged = letters.iter().filter(|draft| locked.get(&draft.case.id) == Some(&draft.case));
        let drafts: Vec<_> = unchanged.map(|draft| (draft.case.id, &draft.version)).collect();
        let added = tx.add_letters(kind, &drafts, &Actor::Daemon, now).await?;
        let mut made = Vec::with_capacity(added.len());
        for NewDraft { case, version } in &letters {
            let Some(id) = added.get(&case.id).copied() else { continue };
            let letter = LetterFacts { id, kind, state: LetterState::Draft, version: 1, digest: version.digest };
            // Noting a draft is never refused.
            let note = CaseCommand::NoteDraft { letter };
            for event in commands::decide(self.desk.rules(now), case, note).unwrap_or_default() {
                tx.note_event(case, &event, &Actor::Daemon, now)?;
            }
            made.push((case.reference, id));
        }
        tx.commit().await?;
        for (reference, id) in &made {
            tracing::info!(case.ref = %reference, letter.id = id.0, letter.kind = kind.key(), "Letter drafted");
        }
        Ok(made.len())
    }

    /// Renders a draft again; a new version only when the text has changed. A first look takes no
    /// lock: most drafts are as they should be.
    async fn renew(&self, letter: LetterId) -> Result<bool, DraftError> {
        let now = self.clock.now();
        let Some(seen) = self.store.letter(letter).await? else { return Ok(false) };
        let Some(case) = self.store.case(seen.case).await? else { return Ok(false) };
        let parts = LetterParts::from_map(&seen.content.parts);
        if !overtaken(&self.desk.write(seen.kind, &case, &parts, now)?, &seen.content) {
            return Ok(false);
        }
        let mut tx = self.store.begin().await?;
        let Some(letter) = tx.letter_for_update(letter).await? else { return Ok(false) };
        let Some(case) = tx.case_for_update(letter.case).await? else { return Ok(false) };
        if letter.state != LetterState::Draft {
            return Ok(false);
        }
        let parts = LetterParts::from_map(&letter.content.parts);
        let written = self.desk.write(letter.kind, &case, &parts, now)?;
        if !overtaken(&written, &letter.content) {
            return Ok(false);
        }
        tx.add_version(letter.id, &version(written, &parts), &Actor::Daemon, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Keeps the first fault of a template for the end of the pass, and gives `None`; a fault of the database
/// ends it.
fn spared<T>(done: Result<T, impl Into<DraftError>>, fault: &mut Option<RenderFault>) -> Result<Option<T>, DraftError> {
    match done.map_err(Into::into) {
        Ok(done) => Ok(Some(done)),
        Err(DraftError::Render(one)) => {
            fault.get_or_insert(one);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Whether what is stored is no longer what the facts, the words and the rules make.
#[must_use]
pub fn overtaken(written: &Written, stored: &NewVersion) -> bool {
    let remarks = written.remarks.iter().cloned().map(StoredRemark::from);
    written.rendered.digest() != stored.digest || !remarks.eq(stored.remarks.iter().cloned())
}

/// A written letter in the form in which it is kept.
#[must_use]
pub fn version(written: Written, parts: &LetterParts) -> NewVersion {
    let digest = written.rendered.digest();
    NewVersion {
        digest,
        subject: written.rendered.subject,
        markdown: written.rendered.markdown,
        text: written.rendered.text,
        html: written.rendered.html,
        template_digest: written.rendered.template_digest,
        elements: written.checks.into_iter().map(Into::into).collect(),
        remarks: written.remarks.into_iter().map(Into::into).collect(),
        parts: parts.to_map(),
    }
}
