//! What reached the landlord other than by e-mail, entered by an officer (3.1), and what a colleague had
//! received before it reached the mailbox (3.2). An entered contact is kept as a message, with a row in
//! the ledger, and goes the way of all contacts from there; the same entry twice is one contact.

use super::{Casework, CaseworkError, actor};
use crate::courier::message;
use crate::domain::channel::{self, Entered, EntryRefusal, FirstReceipt, Taken};
use crate::domain::commands::{CaseCommand, PeopleCommand, StageTwoCommand, TriageCommand};
use crate::domain::contact::{Contact, ContactKind, Intake, NewContact, Reading, Sorted};
use crate::domain::decision::Complainant;
use crate::domain::hand_over::WordLists;
use crate::domain::ids::{CaseRef, ContactId, Digest};
use crate::domain::people::Officer;
use crate::domain::search;
use crate::store::{LedgerEntry, RawSeen, ReceiptOutcome};

/// The mailbox name in the ledger for what officers enter.
pub const DESK: &str = "desk";

/// What becomes of an entered contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// It opens a case whose clock runs from its true receipt (6.2).
    OpenCase,
    /// It is part of this case.
    AddTo(CaseRef),
}

/// How the files in a message are found and described.
pub type Reader = fn(&[u8]) -> Reading;

impl Casework {
    /// Keeps a contact that an officer entered, and gives it with its case.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is kept then.
    pub async fn enter_contact(
        &self,
        officer: &Officer,
        entry: &Entered,
        to: &Destination,
        (reader, lists): (Reader, &WordLists),
    ) -> Result<(ContactId, Option<CaseRef>), CaseworkError> {
        let now = self.clock.now();
        entry.check(now, &self.desk.calendar)?;
        let bytes = message::entered(entry, &self.sender.address)?;
        let digest = Digest::of(&bytes);
        if let Some(id) = self.store.contact_of_digest(digest).await? {
            return Ok((id, self.store.contact(id).await?.and_then(|contact| contact.case)));
        }
        let target = match to {
            Destination::AddTo(case) => Some(self.store.case_by_ref(*case).await?.ok_or(CaseworkError::NoSuchCase)?.id),
            Destination::OpenCase => None,
        };
        let reading = read(entry, bytes.clone(), reader).await;
        let how = format!("{}, taken by {}", entry.taken.channel.words().to_lowercase(), entry.taken.by.trim());
        let new = NewContact {
            received_at: entry.received_at,
            intake: Intake::Inbox,
            sorted: Sorted {
                kind: ContactKind::New,
                reason: format!("{how}, entered by {}", officer.name),
                bounce: None,
            },
            sender: None,
            marks: lists.find(&reading),
            canonical: None,
            reading,
        };
        let mut tx = self.store.begin().await?;
        if let Some(target) = target {
            self.load_case(&mut tx, target).await?;
        }
        let raw = tx.put_raw(&bytes, now).await?;
        if raw.seen == RawSeen::Before {
            // The other press of the button was quicker by a moment.
            drop(tx);
            let id = self.store.contact_of_digest(digest).await?.ok_or(CaseworkError::NoSuchContact)?;
            return Ok((id, self.store.contact(id).await?.and_then(|contact| contact.case)));
        }
        let line = LedgerEntry {
            mailbox: DESK.to_owned(),
            folder: String::new(),
            uid_validity: 0,
            uid: 0,
            name: digest.to_string(),
            raw: raw.id,
            internal_date: entry.received_at,
            intake: Intake::Inbox,
        };
        tx.ledger_add(&line).await?;
        let id = tx.add_contact(raw.id, &new, now).await?;
        tx.contact_taken(id, &entry.taken, &actor(officer), now).await?;
        if let Some(line) = tx.ledger_at(&line).await? {
            tx.ledger_done(&[line.id]).await?;
        }
        // Who telephones hears from a person; an automatic receipt is for mail.
        tx.note_receipt(id, ReceiptOutcome::Withheld("entered-by-officer"), DESK, now).await?;
        let contact = Contact { taken: Some(entry.taken.clone()), ..Contact::new(id, new) };
        let case = match (to, target) {
            (Destination::AddTo(case), Some(target)) => {
                let command = CaseCommand::AddContact { contact: id, reason: how };
                self.carry_out(&mut tx, officer, target, command).await?;
                // Said by telephone or in a letter, it may ask for stage 2 as well as by e-mail (3.1, 6.10).
                let consider = StageTwoCommand::Consider { contact: id, received_at: contact.receipt_at() };
                self.carry_out(&mut tx, officer, target, CaseCommand::StageTwo(consider)).await?;
                let consider = TriageCommand::Consider { contact: id, received_at: contact.receipt_at() };
                self.carry_out(&mut tx, officer, target, CaseCommand::Triage(consider)).await?;
                *case
            }
            _ => self.open_from(&mut tx, &contact, Complainant::Sender, officer, &how).await?,
        };
        if let Some(postal) = &entry.postal
            && let Some(id) = tx.case_of_reference(case).await?
        {
            let command = PeopleCommand::Postal(postal.clone());
            self.carry_out(&mut tx, officer, id, CaseCommand::People(command)).await?;
        }
        tx.commit().await?;
        let channel = entry.taken.channel.key();
        tracing::info!(contact.id = id.0, case.ref = %case, officer.id = officer.id.0, channel, "Contact entered");
        Ok((id, Some(case)))
    }

    /// Declares when a colleague had first received a contact (3.2). The dates of the case it opened are
    /// counted from then.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing has changed then.
    pub async fn declare_first_receipt(
        &self,
        officer: &Officer,
        id: ContactId,
        first: FirstReceipt,
    ) -> Result<Option<CaseRef>, CaseworkError> {
        let contact = self.store.contact(id).await?.ok_or(CaseworkError::NoSuchContact)?;
        let case = match contact.case {
            Some(reference) => self.store.case_by_ref(reference).await?,
            None => None,
        };
        let mut tx = self.store.begin().await?;
        let opened = case.filter(|case| case.opened_by == id);
        if let Some(case) = &opened {
            self.load_case(&mut tx, case.id).await?;
        }
        let contact = tx.contact_for_update(id).await?.ok_or(CaseworkError::NoSuchContact)?;
        if first.at >= contact.receipt_at() {
            return Err(EntryRefusal::NotEarlier(contact.receipt_at()).into());
        }
        channel::received(first.at, &self.desk.calendar)?;
        if first.by.trim().is_empty() {
            return Err(EntryRefusal::NobodyTookIt.into());
        }
        if first.reason.trim().is_empty() {
            return Err(EntryRefusal::NoReason.into());
        }
        tx.contact_first_received(id, &first, &actor(officer), self.clock.now()).await?;
        if let Some(case) = &opened {
            let FirstReceipt { at, by, reason } = first;
            let command = CaseCommand::People(PeopleCommand::DeclareReceipt { contact: id, at, by, reason });
            self.carry_out(&mut tx, officer, case.id, command).await?;
        }
        tx.commit().await?;
        tracing::info!(contact.id = id.0, officer.id = officer.id.0, "An earlier receipt was declared");
        Ok(contact.case)
    }
}

/// What the entry says, with its files as the reader of mail finds them. A file that makes the reader fail
/// is kept all the same.
async fn read(entry: &Entered, bytes: Vec<u8>, reader: Reader) -> Reading {
    let found = tokio::task::spawn_blocking(move || reader(&bytes)).await;
    let mut reading = found.unwrap_or_else(|_panicked| {
        tracing::error!("A file that an officer entered made the reader fail; it is kept unread");
        let problem = "The files could not be listed: download the original to see them.".to_owned();
        Reading { problems: vec![problem], ..Reading::default() }
    });
    let Entered { name, email, taken: Taken { by, .. }, .. } = entry;
    let (subject, text) = (entry.title(), entry.body());
    let address = email.as_ref().map_or("", |email| email.as_str());
    reading.words = search::words([name.as_str(), address, by, &subject, &text, &reading.words]);
    // What a message without a sender is told off for is right here.
    Reading { from: email.clone(), from_name: name.trim().to_owned(), subject, text, problems: Vec::new(), ..reading }
}
