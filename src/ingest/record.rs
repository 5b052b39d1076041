//! From read messages to contacts and cases. Messages are recorded many together, because a statement for
//! many rows costs little more than one for one; what depends on what was recorded before it begins anew.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::case::Case;
use crate::domain::commands::{self, CaseCommand, LetterFacts, Rules, StageTwoCommand, TriageCommand};
use crate::domain::contact::{Contact, ContactKind, FailedRecipient, Intake, NewContact, Suggestion};
use crate::domain::ids::{CaseRef, ContactId, LedgerId};
use crate::domain::people::Actor;
use crate::domain::placing::opens_case;
use crate::domain::token::TokenKey;
use crate::domain::words;
use crate::store::{ContactRow, Letter, StoreError, Tx};

use super::examine::Examined;
use super::known::Known;
use super::log::{Logbook, Logged, Read};
use super::place::{self, Placement, Senders};

/// What is written about a contact once it has its number.
struct Next {
    ledger: LedgerId,
    opens: bool,
    joins: Option<(Case, String)>,
    bounced: Option<(Letter, FailedRecipient)>,
    suggestions: Vec<Suggestion>,
}

/// How many of these messages, from the first, are recorded together: none of them can be the same as one
/// before it, and only the first can change a case that is there, by answering a message of ours.
fn together(read: &[Read], key: &TokenKey) -> usize {
    let (mut raws, mut canonical, mut named) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let alone = |one: &Read| {
        let known = !raws.insert(one.row.entry.raw)
            | one.found.canonical.is_some_and(|digest| !canonical.insert(*digest.as_bytes()))
            | one.found.reading.message_id.as_ref().is_some_and(|id| !named.insert(id.clone()));
        known || place::speaks_of_ours(one.message(), key)
    };
    let mut alone: Vec<bool> = read.iter().map(alone).collect();
    alone.iter_mut().take(1).for_each(|first| *first = false);
    alone.iter().position(|alone| *alone).unwrap_or(read.len())
}

impl Logbook {
    /// Records messages that this transaction has taken.
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        mut read: Vec<Read>,
        known: &mut Known,
    ) -> Result<Vec<Logged>, StoreError> {
        let mut logged = Vec::with_capacity(read.len());
        while !read.is_empty() {
            let later = read.split_off(together(&read, self.store.token_key()));
            logged.extend(self.record_together(tx, read, known).await?);
            read = later;
        }
        Ok(logged)
    }

    async fn record_together(
        &self,
        tx: &mut Tx,
        read: Vec<Read>,
        known: &mut Known,
    ) -> Result<Vec<Logged>, StoreError> {
        let now = self.clock.now();
        let mut senders = Senders::of(tx, read.iter().map(Read::message)).await?;
        let mut logged = Vec::with_capacity(read.len());
        let (mut rows, mut nexts) = (Vec::with_capacity(read.len()), Vec::with_capacity(read.len()));
        for one in read {
            let (ledger, raw) = (one.row.id, one.row.entry.raw);
            if let Some(first) = known.message(raw, one.found.canonical) {
                tx.ledger_duplicate(ledger, first).await?;
                let opened = self.take_up(tx, first, &one, &mut senders, now).await?;
                logged.push(Logged::Duplicate { of: first, opened });
                continue;
            }
            let Placement { sorted, joins, bounced, suggestions } =
                place::place(tx, self.store.token_key(), &senders, one.message()).await?;
            let (received_at, intake) = (one.row.entry.internal_date, one.row.entry.intake);
            let Examined { mut reading, sorted: looked_like, check, canonical, marks, .. } = one.found;
            if let Some(other) = known.message_id(reading.message_id.as_deref()) {
                reading.problems.push(format!(
                    "Another message with other contents carries the same identification (contact {other}), so \
                     answers may be about either."
                ));
            }
            let sorted = sorted.unwrap_or(looked_like);
            let new = NewContact { received_at, intake, sorted, sender: check, marks, canonical, reading };
            let mut contact = Contact::new(ContactId(0), new);
            let opens = joins.is_none() && opens_case(contact.sorted.kind, intake);
            if opens {
                let reference = self.next_reference(tx, &contact).await?;
                senders.opened(reference, &contact);
                contact.case = Some(reference);
            } else {
                contact.case = joins.as_ref().map(|(case, _)| case.reference);
            }
            contact.waiting = contact.awaits_decision(&suggestions);
            rows.push(ContactRow { raw, canonical, contact });
            nexts.push(Next { ledger, opens, joins, bounced, suggestions });
        }
        tx.add_contacts(&mut rows, now).await?;
        for ContactRow { raw, canonical, contact } in &rows {
            known.add(contact.id, *raw, *canonical, contact.reading.message_id.as_deref());
        }
        let opened = rows.iter().zip(&nexts).filter(|(_, next)| next.opens);
        let events: Vec<_> = opened
            .filter_map(|(row, _)| Some(commands::open_case(self.rules(now), row.contact.case?, &row.contact)))
            .collect();
        tx.open_cases(&events, &Actor::Daemon, now).await?;
        let (mut suggested, mut done) = (Vec::new(), Vec::with_capacity(rows.len()));
        for (ContactRow { contact, .. }, next) in rows.iter().zip(nexts) {
            if let Some((case, reason)) = next.joins {
                self.join(tx, contact, case, reason, next.bounced, now).await?;
            }
            suggested.extend(next.suggestions.into_iter().map(|suggestion| (contact.id, suggestion)));
            done.push(next.ledger);
            let opened = contact.case.filter(|_| next.opens);
            logged.push(Logged::Contact { id: contact.id, kind: contact.sorted.kind, opened });
        }
        tx.suggest(&suggested).await?;
        tx.ledger_done(&done).await?;
        Ok(logged)
    }

    /// A message that was junk or historic and now stands in the inbox, where somebody moved it or
    /// where an import had been before us, is treated as if it had been there first: its case opens,
    /// and its clock runs from the first receipt. What an officer has decided stays decided.
    async fn take_up(
        &self,
        tx: &mut Tx,
        first: ContactId,
        read: &Read,
        senders: &mut Senders,
        now: Timestamp,
    ) -> Result<Option<CaseRef>, StoreError> {
        let waiting =
            |contact: &Contact| contact.intake != Intake::Inbox && contact.case.is_none() && contact.decided.is_none();
        if read.row.entry.intake != Intake::Inbox {
            return Ok(None);
        }
        let Some(mut contact) = tx.contact_for_update(first).await?.filter(waiting) else { return Ok(None) };
        contact.intake = Intake::Inbox;
        let Placement { joins, bounced, suggestions, .. } =
            place::place(tx, self.store.token_key(), senders, read.message()).await?;
        let mut opened = None;
        if let Some((case, reason)) = joins {
            contact.case = Some(case.reference);
            self.join(tx, &contact, case, reason, bounced, now).await?;
        } else if opens_case(contact.sorted.kind, contact.intake) {
            let reference = self.next_reference(tx, &contact).await?;
            let event = commands::open_case(self.rules(now), reference, &contact);
            tx.open_case(&event, &Actor::Daemon, now).await?;
            senders.opened(reference, &contact);
            opened = Some(reference);
            contact.case = opened;
        }
        tx.contact_taken_up(first).await?;
        if let Some(waiting) = contact.awaits_decision(&suggestions) {
            tx.contact_waits(first, waiting).await?;
        }
        tx.suggest(&suggestions.into_iter().map(|suggestion| (first, suggestion)).collect::<Vec<_>>()).await?;
        Ok(opened)
    }

    /// Adds a contact to its case; with a bounce, the letter that came back counts as not sent.
    async fn join(
        &self,
        tx: &mut Tx,
        contact: &Contact,
        case: Case,
        reason: String,
        bounced: Option<(Letter, FailedRecipient)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut asked = vec![CaseCommand::AddContact { contact: contact.id, reason }];
        // After the stage 1 response whatever a person writes may ask for stage 2 (6.10).
        if opens_case(contact.sorted.kind, contact.intake) || contact.sorted.kind == ContactKind::Reply {
            let (contact, received_at) = (contact.id, contact.received_at);
            asked.push(CaseCommand::StageTwo(StageTwoCommand::Consider { contact, received_at }));
            // And whatever somebody writes to what is no complaint may be one now (1.5).
            asked.push(CaseCommand::Triage(TriageCommand::Consider { contact, received_at }));
        }
        if let Some((letter, failed)) = bounced
            && tx.letter_bounced(letter.id, now).await?
        {
            let text = format!(
                "The {} of {} did not reach the resident: it came back. Find another way to reach them.",
                letter.kind, case.reference
            );
            tx.raise_alarm(&format!("undelivered-{}", case.reference), &text, now).await?;
            tracing::error!(case.ref = %case.reference, letter.id = letter.id.0, "A letter came back; an officer must act");
            asked.push(CaseCommand::LetterBounced {
                letter: facts(&letter),
                recipient: failed.address,
                status: failed.status,
            });
        }
        let rules = self.rules(now);
        let mut happened = Vec::new();
        let mut case = case;
        for command in asked {
            // None of these is ever refused.
            let events = commands::decide(rules, &case, command).unwrap_or_default();
            case = events.iter().fold(case, Case::apply);
            happened.extend(events);
        }
        tx.save_case(&case, &happened, &Actor::Daemon, now).await
    }

    async fn next_reference(&self, tx: &mut Tx, contact: &Contact) -> Result<CaseRef, StoreError> {
        let year = u16::try_from(words::london_date(contact.received_at).year()).unwrap_or(0);
        Ok(CaseRef::new(year, tx.next_case_number(year).await?))
    }

    fn rules(&self, now: Timestamp) -> Rules<'_> {
        Rules { code: &self.code, calendar: &self.calendar, now, officer: None }
    }
}

fn facts(letter: &Letter) -> LetterFacts {
    let Letter { id, kind, state, version, .. } = *letter;
    LetterFacts { id, kind, state, version, digest: letter.content.digest }
}
