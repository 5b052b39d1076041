//! Letters on paper: what may be recorded of their posting and of their coming back.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{ExtensionTerms, LetterFacts, Refusal, Rules, letters};
use crate::domain::case::Case;
use crate::domain::circumstances::PreferredContact;
use crate::domain::events::{CaseEvent, PostEvent};
use crate::domain::ids::EmailAddress;
use crate::domain::letter::LetterState;
use crate::domain::post::{PostalAddress, Posting, Way};
use crate::domain::words;

/// What is asked about a letter on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostCommand {
    /// It was posted: from then on it is sent.
    Posted {
        /// The letter.
        letter: LetterFacts,
        /// For an extension: what it says.
        extension: Option<ExtensionTerms>,
        /// When it was approved.
        approved_at: Timestamp,
        /// Where to.
        address: PostalAddress,
        /// When, by whom and how.
        posting: Posting,
        /// The classes of post that can be recorded; empty asks for none.
        classes: Vec<String>,
    },
    /// It came back.
    Returned {
        /// The letter.
        letter: LetterFacts,
        /// When it was posted and where to; `None` when it went by e-mail.
        posted: Option<(Timestamp, PostalAddress)>,
        /// When it came back.
        on: Date,
        /// What the post says.
        reason: String,
    },
    /// It is not to be posted.
    Withdraw {
        /// The letter.
        letter: LetterFacts,
        /// Why.
        reason: String,
    },
}

/// A *no* about a letter on paper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostRefusal {
    /// Only what was approved is posted.
    #[error("this letter has not been approved: approve it first, then print and post exactly that")]
    NotApproved,
    /// It has gone.
    #[error("this letter counts as sent already: see its page for when and how")]
    SentAlready,
    /// It was refused, withdrawn or came back.
    #[error("this letter was not delivered or was withdrawn: approve and post the new one")]
    NotDelivered,
    /// Nobody posts what is not there yet.
    #[error("it was approved {}, so it cannot have been posted before: check the day and the time", words::instant(*.0))]
    BeforeApproval(Timestamp),
    /// Nobody knows what is to come.
    #[error("that time has not come yet: record the posting once it is done")]
    InTheFuture,
    /// Who posted it is part of the record.
    #[error("enter who posted it")]
    NobodyPostedIt,
    /// The landlord records the class of post.
    #[error("enter the class of post: {}", words::either(.0))]
    UnknownClass(Vec<String>),
    /// It went by e-mail.
    #[error("this letter has not gone by post: an e-mail that comes back is recorded by itself")]
    NotPosted,
    /// It cannot have come back before it was posted.
    #[error("it was posted on {}, so it cannot have come back before: check the day", words::date(*.0))]
    BeforePosting(Date),
    /// Why it came back is part of the record.
    #[error("enter what the post says, such as: addressee gone away")]
    NoReason,
    /// Why it is withdrawn is part of the record.
    #[error("enter why it is not posted")]
    NoReasonToWithdraw,
    /// A letter on its way by e-mail is not withdrawn.
    #[error("this letter goes by e-mail and cannot be withdrawn")]
    ByEmail,
}

/// How letters of a case go: on paper to who prefers post or has no e-mail address that anybody reads.
///
/// # Errors
/// A [`Refusal`] when they reach the resident neither way.
pub fn way(rules: Rules<'_>, case: &Case, ours: &[EmailAddress]) -> Result<Way, Refusal> {
    let by_email = letters::recipient(rules, case, ours).map(Way::Email);
    if case.people.represented(rules.today()) {
        return by_email; // a representative's post is not recorded: letters go to the address they gave
    }
    let postal = case.people.postal.as_ref();
    let usable = postal.filter(|postal| postal.returned_on.is_none()).map(|postal| Way::Post(postal.address.clone()));
    let prefers_post = case.people.preferences.as_ref().is_some_and(|it| it.contact == PreferredContact::Post);
    match (by_email, usable) {
        (Err(_), Some(post)) => Ok(post),
        (Ok(_), Some(post)) if prefers_post => Ok(post),
        (Ok(_), None) if prefers_post => Err(Refusal::NoPostalAddress),
        (Err(Refusal::NoAddress), None) if postal.is_some() => Err(Refusal::NoPostalAddress),
        (by_email, _) => by_email,
    }
}

pub(super) fn decide(rules: Rules<'_>, case: &Case, command: PostCommand) -> Result<Vec<CaseEvent>, Refusal> {
    match command {
        PostCommand::Posted { letter, extension, approved_at, address, posting, classes } => {
            let posting =
                Posting { by: posting.by.trim().to_owned(), class: posting.class.trim().to_owned(), ..posting };
            match letter.state {
                LetterState::Approved => {}
                LetterState::Draft => return Err(PostRefusal::NotApproved.into()),
                LetterState::Sent => return Err(PostRefusal::SentAlready.into()),
                LetterState::NotDelivered | LetterState::Discarded => return Err(PostRefusal::NotDelivered.into()),
            }
            // People tell the time to the minute.
            if posting.at.as_second() / 60 < approved_at.as_second() / 60 {
                return Err(PostRefusal::BeforeApproval(approved_at).into());
            }
            if posting.at > rules.now {
                return Err(PostRefusal::InTheFuture.into());
            }
            if posting.by.is_empty() {
                return Err(PostRefusal::NobodyPostedIt.into());
            }
            if !classes.is_empty() && !classes.contains(&posting.class) {
                return Err(PostRefusal::UnknownClass(classes).into());
            }
            let at = posting.at;
            let posted = PostEvent::Posted { letter: letter.id, kind: letter.kind, posting, address };
            let mut events = vec![CaseEvent::Post(posted)];
            events.extend(letters::accepted(rules, case, &letter, extension, at)?);
            Ok(events)
        }
        PostCommand::Returned { letter, posted, on, reason } => {
            let (posted_at, address) = posted.ok_or(PostRefusal::NotPosted)?;
            match letter.state {
                LetterState::Sent => {}
                LetterState::Draft | LetterState::Approved => return Err(PostRefusal::NotPosted.into()),
                LetterState::NotDelivered | LetterState::Discarded => return Err(PostRefusal::NotDelivered.into()),
            }
            let posted_on = words::london_date(posted_at);
            if on < posted_on {
                return Err(PostRefusal::BeforePosting(posted_on).into());
            }
            if on > rules.today() {
                return Err(Refusal::InTheFuture(on));
            }
            let reason = reason.trim().to_owned();
            if reason.is_empty() {
                return Err(PostRefusal::NoReason.into());
            }
            let returned = PostEvent::Returned { letter: letter.id, kind: letter.kind, on, reason, address };
            Ok(vec![CaseEvent::Post(returned)])
        }
        PostCommand::Withdraw { letter, reason } => {
            match letter.state {
                LetterState::Approved => {}
                LetterState::Draft => return Err(PostRefusal::NotApproved.into()),
                LetterState::Sent => return Err(PostRefusal::SentAlready.into()),
                LetterState::NotDelivered | LetterState::Discarded => return Err(PostRefusal::NotDelivered.into()),
            }
            let reason = reason.trim().to_owned();
            if reason.is_empty() {
                return Err(PostRefusal::NoReasonToWithdraw.into());
            }
            let withdrawn = PostEvent::Withdrawn { letter: letter.id, kind: letter.kind, reason };
            Ok(vec![CaseEvent::Post(withdrawn)])
        }
    }
}
