//! A folder looked at, for people: what stands there and what the ledger knows of it. Nothing is taken and
//! nothing is marked.

use std::collections::BTreeMap;

use crate::domain::contact::Intake;
use crate::domain::words;
use crate::mailbox::{Facts, Folder, MailSource, Opened, Scope};
use crate::store::{LedgerState, MailFolder};

use super::compare::{Compared, compare, contradicting};
use super::pass::{Ingest, IngestError};

/// A folder, as it stands on its server and in the ledger.
#[derive(Debug)]
pub struct Survey {
    /// The folder.
    pub folder: Folder,
    /// How it was opened.
    pub opened: Opened,
    /// What the ledger knows of the folder; `None` when it was never read.
    pub before: Option<MailFolder>,
    /// The comparison.
    pub compared: Compared,
    /// Messages of which the server says something else than before: another one may stand there.
    pub doubtful: usize,
    /// What the server says of all messages.
    pub facts: Vec<Facts>,
    /// How many messages the ledger has by UIDVALIDITY and state.
    pub counts: BTreeMap<(u32, LedgerState), usize>,
}

impl Survey {
    /// Whether something that should have been taken before was not, or may not have been.
    #[must_use]
    pub fn has_gap(&self) -> bool {
        !self.compared.gaps.is_empty() || self.doubtful > 0
    }
}

impl Ingest {
    /// Looks at a folder.
    ///
    /// # Errors
    /// [`IngestError`] when the mailbox or the database fails.
    pub async fn survey(&self, source: &mut dyn MailSource, folder: &Folder) -> Result<Survey, IngestError> {
        let opened = source.open(folder).await?;
        let listed = source.list(Scope::All).await?;
        let (mailbox, epoch) = (source.name().to_owned(), &opened.epoch);
        let standing = self.store.ledger_standing(&mailbox, &epoch.folder, epoch.uid_validity).await?;
        let before = self.store.mail_folder(&mailbox, &epoch.folder).await?;
        let same_epoch = before.filter(|before| before.uid_validity == epoch.uid_validity);
        let compared = compare(&listed, &standing, same_epoch.map_or(0, |before| before.uid_next));
        let facts = source.facts(&listed).await?;
        Ok(Survey {
            folder: folder.clone(),
            before,
            doubtful: contradicting(&facts, &standing).without(&compared.missing).len(),
            counts: self.store.ledger_counts(&mailbox, &epoch.folder).await?,
            compared,
            facts,
            opened,
        })
    }

    /// How many of the messages that the ledger lacks would be historic, and how many could open cases.
    #[must_use]
    pub fn forecast(&self, survey: &Survey) -> (usize, usize) {
        let missing = &survey.compared.missing;
        let is_missing = |facts: &&Facts| missing.contains(facts.uid, &facts.name);
        let before = |facts: &Facts| {
            let date = facts.internal_date.map(words::london_date);
            date.zip(self.cut_over).is_some_and(|(date, cut_over)| date < cut_over)
        };
        let historic = survey.facts.iter().filter(is_missing).filter(|facts| before(facts)).count();
        let others = missing.len().saturating_sub(historic);
        (historic, if survey.folder.intake == Intake::Inbox { others } else { 0 })
    }

    /// Asks the next pass to compare a folder with the ledger and fetch what it lacks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_for_comparison(&self, mailbox: &str, folder: &str) -> Result<(), crate::store::StoreError> {
        let mut tx = self.store.begin().await?;
        tx.mail_folder_compared(mailbox, folder, None).await?;
        tx.commit().await
    }
}
