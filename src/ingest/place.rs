//! Where a read message goes: to the case whose letter it answers, to a letter that it says never arrived,
//! to an officer with suggestions, or into a case of its own. The rules are `domain::placing`'s; here stands
//! what they need to know.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::domain::case::Case;
use crate::domain::commands;
use crate::domain::contact::{
    Contact, ContactKind, FailedRecipient, Intake, Reading, SenderCheck, SenderVerdict, Sorted, Suggestion,
};
use crate::domain::ids::{CaseRef, EmailAddress};
use crate::domain::placing::{self, Answered, Applicant, CaseStanding, Joining};
use crate::domain::token::TokenKey;
use crate::store::{CaseOfSender, Letter, MessageKind, SentMessage, StoreError, Tx};

/// How many cases of one sender are suggested: the newest.
const CASES_OF_SENDER: usize = 3;

/// A message to be placed.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    pub reading: &'a Reading,
    pub sorted: &'a Sorted,
    pub check: Option<&'a SenderCheck>,
    pub intake: Intake,
    /// The London day it was received.
    pub received_on: Date,
    /// Whom a colleague passed it on for, as it seems.
    pub original_sender: Option<&'a EmailAddress>,
}

impl<'a> Message<'a> {
    /// Whose cases it may be about.
    fn sender(&self) -> Option<&'a EmailAddress> {
        match self.sorted.kind {
            ContactKind::Forwarded => self.original_sender,
            _ => self.reading.from.as_ref(),
        }
    }

    fn applicant(&self) -> Applicant<'a> {
        Applicant { from: self.reading.from.as_ref(), check: self.check, intake: self.intake }
    }
}

/// Where a message goes.
#[derive(Default)]
pub(super) struct Placement {
    /// What it turned out to be, when that is not what it looked like.
    pub sorted: Option<Sorted>,
    /// The case it joins by itself, and why.
    pub joins: Option<(Case, String)>,
    /// The letter that came back with it, and whom that did not reach.
    pub bounced: Option<(Letter, FailedRecipient)>,
    /// The cases it may belong to.
    pub suggestions: Vec<Suggestion>,
}

/// A message of ours with its letter and case, locked.
struct About {
    sent: SentMessage,
    letter: Option<Letter>,
    case: Option<Case>,
    /// Those whom the resident has consented to act for them on the day the message came (3.6).
    representatives: Vec<EmailAddress>,
}

impl About {
    /// The message of ours that this one answers or reports about: one whose Message-ID this installation
    /// issued and knows. The letter is locked before its case, as everywhere.
    async fn find(tx: &mut Tx, issued: &[String], on: Date) -> Result<Option<Self>, StoreError> {
        let Some(sent) = tx.find_sent_message(issued).await? else { return Ok(None) };
        let letter = match sent.letter {
            Some(letter) => tx.letter_for_update(letter).await?,
            None => None,
        };
        let case = match sent.case {
            Some(case) => tx.case_for_update(case).await?,
            None => None,
        };
        let representatives = case.as_ref().map(|case| case.people.consented(on)).unwrap_or_default();
        Ok(Some(Self { sent, letter, case, representatives }))
    }

    /// What the rules need to know; `None` for what never went to a resident.
    fn answered(&self) -> Option<(&Case, Answered<'_>)> {
        let case = self.case.as_ref()?;
        let resident = case.resident.email.as_ref();
        let to_resident = self.sent.kind != MessageKind::Notice
            || resident.is_some_and(|resident| resident.same_mailbox(&self.sent.to));
        let standing = if case.ended_at().is_some() { CaseStanding::Closed } else { CaseStanding::Open };
        to_resident.then_some((
            case,
            Answered {
                case: case.reference,
                to: &self.sent.to,
                resident,
                representatives: &self.representatives,
                standing,
            },
        ))
    }
}

/// The Message-IDs this message speaks of that could be ours.
pub(super) fn issued(message: Message<'_>, key: &TokenKey) -> Vec<String> {
    let original = message.sorted.bounce.iter().filter_map(|bounce| bounce.original_message_id.as_ref());
    let answers = message.reading.answers.iter();
    original.chain(answers).filter(|id| key.issued(id)).cloned().collect()
}

/// Whether a message speaks of one that could be ours, and so of a case.
pub(super) fn speaks_of_ours(message: Message<'_>, key: &TokenKey) -> bool {
    !issued(message, key).is_empty()
}

/// The cases of those whose messages are recorded together.
pub(super) struct Senders {
    /// Those who had a case before, in small letters.
    with_cases: BTreeSet<String>,
    /// Cases opened meanwhile, oldest first.
    opened: Vec<(EmailAddress, CaseOfSender)>,
}

impl Senders {
    /// Looks up who of the senders has a case.
    pub async fn of(tx: &mut Tx, messages: impl Iterator<Item = Message<'_>>) -> Result<Self, StoreError> {
        let senders: Vec<&EmailAddress> = messages.filter_map(|message| message.sender()).collect();
        Ok(Self { with_cases: tx.senders_with_cases(&senders).await?, opened: Vec::new() })
    }

    /// Notes a case that a message has opened.
    pub fn opened(&mut self, reference: CaseRef, contact: &Contact) {
        let case = CaseOfSender { reference, subject: contact.reading.subject.clone() };
        self.opened.extend(commands::complainant(contact).email.map(|email| (email, case)));
    }

    async fn newest_cases(&self, tx: &mut Tx, sender: &EmailAddress) -> Result<Vec<CaseOfSender>, StoreError> {
        let of_sender = self.opened.iter().rev().filter(|(email, _)| email.same_mailbox(sender));
        let mut cases: Vec<CaseOfSender> = of_sender.map(|(_, case)| case.clone()).take(CASES_OF_SENDER).collect();
        if cases.len() < CASES_OF_SENDER && self.with_cases.contains(&sender.as_str().to_ascii_lowercase()) {
            cases.extend(tx.cases_of_sender(sender, CASES_OF_SENDER - cases.len()).await?);
        }
        Ok(cases)
    }
}

/// Decides where a message goes.
pub(super) async fn place(
    tx: &mut Tx,
    key: &TokenKey,
    senders: &Senders,
    message: Message<'_>,
) -> Result<Placement, StoreError> {
    if message.intake == Intake::Historic {
        return Ok(Placement::default());
    }
    let ids = issued(message, key);
    let about = About::find(tx, &ids, message.received_on).await?;
    match message.sorted.kind {
        ContactKind::OwnMail => Ok(Placement::default()),
        ContactKind::Bounce => Ok(about.map(|about| came_back(about, message)).unwrap_or_default()),
        ContactKind::DeliveryDelay | ContactKind::DeliveryReport => Ok(about.map(noted).unwrap_or_default()),
        ContactKind::AutomaticReply | ContactKind::ReadReceipt => {
            Ok(about.and_then(|about| answer(about, message)).filter(|it| it.joins.is_some()).unwrap_or_default())
        }
        ContactKind::New
        | ContactKind::Reply
        | ContactKind::Forwarded
        | ContactKind::Challenge
        | ContactKind::List
        | ContactKind::Invitation => {
            let mut placement = about.and_then(|about| answer(about, message)).unwrap_or_default();
            let settled = placement.joins.is_some() || placement.sorted.is_some();
            if !settled && placing::opens_case(message.sorted.kind, Intake::Inbox) {
                suggest_more(tx, senders, message, &mut placement).await?;
            }
            Ok(placement)
        }
    }
}

/// A report that a message of ours did not arrive. It undoes a letter only when it names the letter's own
/// recipient; the Message-ID shows that its writer has seen the letter or its header (see the decisions).
fn came_back(about: About, message: Message<'_>) -> Placement {
    let Some(case) = about.case else { return Placement::default() };
    let bounce = message.sorted.bounce.clone().unwrap_or_default();
    match placing::failed_recipient(&bounce, message.applicant(), &about.sent.to) {
        Ok(failed) => {
            let what =
                about.letter.as_ref().map_or_else(|| "a message".to_owned(), |letter| format!("the {}", letter.kind));
            let reason = format!("it reports that {what} did not reach {}", failed.address);
            Placement {
                bounced: about.letter.map(|letter| (letter, failed.clone())),
                joins: Some((case, reason)),
                ..Placement::default()
            }
        }
        Err(why) => {
            let reason = format!("it reports that a letter of ours {why}");
            Placement { suggestions: vec![suggestion(&case, reason)], ..Placement::default() }
        }
    }
}

/// A report of delay or delivery is a note on the case and nothing more.
fn noted(about: About) -> Placement {
    let letter =
        about.letter.as_ref().map_or_else(|| "a message of ours".to_owned(), |letter| format!("the {}", letter.kind));
    let reason = format!("it is a mail server’s report about {letter}");
    Placement { joins: about.case.map(|case| (case, reason)), ..Placement::default() }
}

/// A message that answers one of ours; `None` when that was none about a case.
fn answer(about: About, message: Message<'_>) -> Option<Placement> {
    let applicant = message.applicant();
    let Some((case, answered)) = about.answered() else { return notice(&about, message) };
    let joining = match message.sorted.kind {
        // What a colleague passed on has the colleague's address; a question from a mail system needs an answer.
        ContactKind::Forwarded | ContactKind::Challenge => {
            Joining::Suggested(format!("it answers a letter of ours about {}", case.reference))
        }
        _ => placing::joining(applicant, &answered),
    };
    match joining {
        Joining::ByItself(reason) => {
            let reply = Sorted { kind: ContactKind::Reply, reason: reason.clone(), bounce: None };
            let sorted = (message.sorted.kind == ContactKind::New).then_some(reply);
            let case = about.case?;
            Some(Placement { sorted, joins: Some((case, reason)), ..Placement::default() })
        }
        Joining::Suggested(reason) => {
            Some(Placement { suggestions: vec![suggestion(case, reason)], ..Placement::default() })
        }
    }
}

/// An answer to a reminder: a colleague's, who is no party to the case. It opens none and waits.
fn notice(about: &About, message: Message<'_>) -> Option<Placement> {
    let domain = |address: &EmailAddress| address.as_str().rsplit('@').next().unwrap_or_default().to_owned();
    let from = message.reading.from.as_ref()?;
    let forged = message.check.is_some_and(|check| check.verdict == SenderVerdict::Failed);
    if message.sorted.kind != ContactKind::New || forged || domain(from) != domain(&about.sent.to) {
        return None;
    }
    let about_case = about.case.as_ref().map_or_else(String::new, |case| format!(" about {}", case.reference));
    let reason = format!("it is a colleague’s answer to a reminder of ours{about_case}");
    let suggestions = about.case.iter().map(|case| suggestion(case, reason.clone())).collect();
    let sorted = Some(Sorted { kind: ContactKind::Reply, reason, bounce: None });
    Some(Placement { sorted, suggestions, ..Placement::default() })
}

fn suggestion(case: &Case, reason: String) -> Suggestion {
    Suggestion { case: case.reference, reason }
}

/// Cases that a message names or that its sender has. Never more than a hint: both can be guessed.
async fn suggest_more(
    tx: &mut Tx,
    senders: &Senders,
    message: Message<'_>,
    placement: &mut Placement,
) -> Result<(), StoreError> {
    let mut add = |case: CaseRef, reason: String| {
        if placement.suggestions.iter().all(|known| known.case != case) {
            placement.suggestions.push(Suggestion { case, reason });
        }
    };
    for reference in placing::references_in(&message.reading.subject) {
        if tx.case_of_reference(reference).await?.is_some() {
            add(reference, format!("its subject names {reference}, which anybody can write"));
        }
    }
    let forged = message.check.is_some_and(|check| check.verdict == SenderVerdict::Failed);
    let doubt = if forged { ", though its sender may be forged" } else { "" };
    let Some(sender) = message.sender() else { return Ok(()) };
    for case in senders.newest_cases(tx, sender).await? {
        let same = placing::same_subject(&case.subject, &message.reading.subject);
        let subject = if same { " and has the same subject as the message that opened it" } else { "" };
        add(case.reference, format!("it comes from the resident of {}{subject}{doubt}", case.reference));
    }
    Ok(())
}
