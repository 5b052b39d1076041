//! Drafting by looking at the state: every stage that lacks its acknowledgement gets a draft, and a
//! draft that time has overtaken (its dates count from today) gets a new version. Nothing here sends.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;

use super::RenderFault;
use super::desk::{Desk, Written};
use crate::clock::Clock;
use crate::domain::commands::{self, CaseCommand, LetterFacts};
use crate::domain::ids::{CaseId, LetterId};
use crate::domain::letter::{LetterKind, LetterState};
use crate::domain::parts::LetterParts;
use crate::domain::people::Actor;
use crate::domain::words;
use crate::store::{NewVersion, Store, StoreError};

/// How many cases are looked at in one go.
const BATCH: usize = 100;

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

/// Makes drafts.
#[derive(Clone)]
pub struct Drafting {
    /// Where they are kept.
    pub store: Store,
    /// Today.
    pub clock: Arc<dyn Clock>,
    /// What they are made from.
    pub desk: Desk,
    renewed_on: Arc<Mutex<Option<Date>>>,
}

impl Drafting {
    /// Drafting into this store.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, desk: Desk) -> Self {
        Self { store, clock, desk, renewed_on: Arc::default() }
    }

    /// One pass: all stages without an acknowledgement draft, and, once a day and after a start (the words
    /// may be others), all drafts out of date. One letter that cannot be written keeps no other back.
    ///
    /// # Errors
    /// [`DraftError`] when the database fails, or after the pass when a template did.
    pub async fn run_once(&self) -> Result<Drafted, DraftError> {
        let kind = LetterKind::StageOneAcknowledgement;
        let (mut drafted, mut fault) = (Drafted::default(), None);
        loop {
            let cases = self.store.cases_without_letter(kind, BATCH).await?;
            let before = drafted.new;
            for case in &cases {
                drafted.new += usize::from(spared(self.draft(case.id, kind).await, &mut fault)?);
            }
            // Those left after a round that made none cannot be written now.
            if drafted.new == before {
                break;
            }
        }
        let today = words::london_date(self.clock.now());
        if *self.renewed_on.lock().unwrap_or_else(PoisonError::into_inner) != Some(today) {
            for letter in self.store.drafts().await? {
                drafted.renewed += usize::from(spared(self.renew(letter).await, &mut fault)?);
            }
            if fault.is_none() {
                *self.renewed_on.lock().unwrap_or_else(PoisonError::into_inner) = Some(today);
            }
        }
        fault.map_or(Ok(drafted), |fault| Err(fault.into()))
    }

    /// Makes the draft of one case, unless somebody else has meanwhile. After a letter that could not
    /// be delivered the next begins with the same parts.
    async fn draft(&self, case: CaseId, kind: LetterKind) -> Result<bool, DraftError> {
        let now = self.clock.now();
        let earlier = self.store.letters_of_case(case).await?.into_iter().rfind(|letter| letter.kind == kind);
        let mut tx = self.store.begin().await?;
        let Some(case) = tx.case_for_update(case).await? else { return Ok(false) };
        let parts = earlier.map(|letter| LetterParts::from_map(&letter.content.parts)).unwrap_or_default();
        let written = self.desk.write(kind, &case, &parts, now)?;
        let digest = written.rendered.digest();
        let version = version(written, &parts);
        let Some(id) = tx.add_letter(case.id, kind, &version, &Actor::Daemon, now).await? else { return Ok(false) };
        let letter = LetterFacts { id, kind, state: LetterState::Draft, version: 1, digest };
        // Noting a draft is never refused.
        let events =
            commands::decide(self.desk.rules(now), &case, CaseCommand::NoteDraft { letter }).unwrap_or_default();
        tx.save_case(&case, &events, &Actor::Daemon, now).await?;
        tx.commit().await?;
        tracing::info!(case.ref = %case.reference, letter.id = id.0, letter.kind = kind.key(), "Letter drafted");
        Ok(true)
    }

    /// Renders a draft again; a new version only when the text has changed. A first look takes no
    /// lock: most drafts are as they should be.
    async fn renew(&self, letter: LetterId) -> Result<bool, DraftError> {
        let now = self.clock.now();
        let Some(seen) = self.store.letter(letter).await? else { return Ok(false) };
        let Some(case) = self.store.case(seen.case).await? else { return Ok(false) };
        let parts = LetterParts::from_map(&seen.content.parts);
        if self.desk.write(seen.kind, &case, &parts, now)?.rendered.digest() == seen.content.digest {
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
        if written.rendered.digest() == letter.content.digest {
            return Ok(false);
        }
        tx.add_version(letter.id, &version(written, &parts), &Actor::Daemon, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Keeps the first fault of a template for the end of the pass; a fault of the database ends it.
fn spared(done: Result<bool, DraftError>, fault: &mut Option<RenderFault>) -> Result<bool, DraftError> {
    match done {
        Err(DraftError::Render(one)) => {
            fault.get_or_insert(one);
            Ok(false)
        }
        done => done,
    }
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
        parts: parts.to_map(),
    }
}
