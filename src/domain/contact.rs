//! A contact: one message, call, letter or visit, logged whatever it is.

use std::fmt;

use jiff::Timestamp;

use super::channel::{FirstReceipt, Taken};
use super::ids::{CaseRef, ContactId, Digest, EmailAddress};
use super::people::Actor;
use super::waiting::Waiting;

/// What a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactKind {
    /// A new message from a person.
    New,
    /// An answer to a letter of ours, from a party to that case.
    Reply,
    /// A resident's message that one of the landlord's people passed on.
    Forwarded,
    /// An automatic reply, such as an out-of-office message.
    AutomaticReply,
    /// A report that a message could not be delivered.
    Bounce,
    /// A report that a message is late and still being tried.
    DeliveryDelay,
    /// A report that a message was delivered or passed on, or was marked as unwanted.
    DeliveryReport,
    /// A report that a message was opened or deleted (RFC 8098).
    ReadReceipt,
    /// A mail system's question whether a person wrote to it, before it delivers.
    Challenge,
    /// A message of our own that came back.
    OwnMail,
    /// Mail to a list, or the same to many.
    List,
    /// An invitation to a meeting, or an answer to one (RFC 6047).
    Invitation,
}

impl ContactKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::New,
        Self::Reply,
        Self::Forwarded,
        Self::AutomaticReply,
        Self::Bounce,
        Self::DeliveryDelay,
        Self::DeliveryReport,
        Self::ReadReceipt,
        Self::Challenge,
        Self::OwnMail,
        Self::List,
        Self::Invitation,
    ];

    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reply => "reply",
            Self::Forwarded => "forwarded",
            Self::AutomaticReply => "automatic-reply",
            Self::Bounce => "bounce",
            Self::DeliveryDelay => "delivery-delay",
            Self::DeliveryReport => "delivery-report",
            Self::ReadReceipt => "read-receipt",
            Self::Challenge => "challenge",
            Self::OwnMail => "own-mail",
            Self::List => "list",
            Self::Invitation => "invitation",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

impl fmt::Display for ContactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new message",
            Self::Reply => "reply",
            Self::Forwarded => "forwarded message",
            Self::AutomaticReply => "automatic reply",
            Self::Bounce => "delivery failure",
            Self::DeliveryDelay => "delivery delay",
            Self::DeliveryReport => "delivery report",
            Self::ReadReceipt => "read receipt",
            Self::Challenge => "question from a mail system",
            Self::OwnMail => "our own message",
            Self::List => "list mail",
            Self::Invitation => "calendar invitation",
        })
    }
}

/// How a contact came in. Only what came by the inbox opens a case by itself; the others wait for an
/// officer, and nothing is ever sent because of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Intake {
    /// In a folder where complaints are expected, or by the pipe.
    #[default]
    Inbox,
    /// In a folder where the mail server puts what it takes for junk.
    Junk,
    /// From before the landlord began with this system.
    Historic,
}

impl Intake {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Inbox, Self::Junk, Self::Historic];

    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Junk => "junk",
            Self::Historic => "historic",
        }
    }

    /// The way with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intake| intake.key() == key)
    }
}

/// What a bounce says (RFC 3464, and the forms before it).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounce {
    /// Whom the message did not reach.
    pub recipients: Vec<FailedRecipient>,
    /// The Message-ID of the message that bounced, without angle brackets.
    pub original_message_id: Option<String>,
}

/// One recipient whom a message did not reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRecipient {
    /// The address as the report writes it, cleaned.
    pub address: String,
    /// The enhanced status code (RFC 3463), such as `5.1.1`, when there is one.
    pub status: Option<String>,
    /// How lasting it is.
    pub failure: Failure,
}

/// How lasting a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Trying again will not help.
    Permanent,
    /// It may pass.
    Temporary,
}

/// What the landlord's own mail server found out about a sender (Authentication-Results, RFC 8601).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderCheck {
    /// The result.
    pub verdict: SenderVerdict,
    /// In words, with the methods and their results.
    pub reason: String,
}

/// Whether a message comes from where it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderVerdict {
    /// The sender's domain stands by it (DMARC).
    Verified,
    /// The sender's domain disowns it.
    Failed,
    /// Nothing trustworthy says so or otherwise.
    Unknown,
}

impl SenderVerdict {
    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// Words in a message that must not wait: a hazard, a request for personal data, a data breach. A mark
/// never says that anything is *not* urgent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The name of the configured list, such as `hazard`.
    pub list: String,
    /// The words that were found, as the list writes them.
    pub words: Vec<String>,
}

/// A case that a contact may belong to, for an officer to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The case.
    pub case: CaseRef,
    /// Why it may belong there, and why that is not certain.
    pub reason: String,
}

/// What an officer decided about a contact that belonged to no case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// The officer's reason.
    pub reason: String,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What an officer can decide about a contact that belongs to no case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It opened a case.
    CaseOpened,
    /// It was added to a case.
    AddedToCase,
    /// Nothing is to be done about it.
    NothingToDo,
}

impl Decision {
    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::CaseOpened => "case-opened",
            Self::AddedToCase => "added-to-case",
            Self::NothingToDo => "nothing-to-do",
        }
    }

    /// The decision with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::CaseOpened, Self::AddedToCase, Self::NothingToDo].into_iter().find(|decision| decision.key() == key)
    }
}

/// One attachment, described. Its bytes are a part of the raw message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file name, cleaned: one line, no path, never empty.
    pub name: String,
    /// The media type the message claims, such as `image/jpeg`.
    pub media_type: String,
    /// Size in bytes, decoded.
    pub size: u64,
}

/// The text of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedText {
    /// Who wrote it, where it is a message that says so.
    pub from: Option<EmailAddress>,
    /// What it says, a message's subject first.
    pub text: String,
}

/// A message as read. Reading cannot fail: what went wrong stands in `problems`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The one usable sender, if there is one.
    pub from: Option<EmailAddress>,
    /// The sender's display name; may be empty.
    pub from_name: String,
    /// The subject in one line; may be empty.
    pub subject: String,
    /// The text, readable, complete.
    pub text: String,
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// What this answers: In-Reply-To, then References from newest to oldest, without brackets.
    pub answers: Vec<String>,
    /// The attachments.
    pub attachments: Vec<Attachment>,
    /// What was wrong with the message, each in a sentence an officer understands.
    pub problems: Vec<String>,
    /// What an officer must do about it, each in a sentence, such as asking for it again unencrypted.
    pub tasks: Vec<String>,
    /// What attached texts and messages say, bounded. Of a message just read only: it is in the raw
    /// message.
    pub attached: Vec<AttachedText>,
    /// The words it can be found by ([`super::search::words`]), those of its attachments among them.
    /// Of a message just read only: the store keeps them in its index and does not give them back.
    pub words: String,
}

/// What a message looks like to be, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// The kind.
    pub kind: ContactKind,
    /// The reason in words.
    pub reason: String,
    /// For a bounce or a delay: whom it is about.
    pub bounce: Option<Bounce>,
}

/// What is logged of a message, all at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContact {
    /// When the mail server took it (INTERNALDATE).
    pub received_at: Timestamp,
    /// How it came in.
    pub intake: Intake,
    /// What it is, and why.
    pub sorted: Sorted,
    /// What our own mail server found out about the sender, if it said so.
    pub sender: Option<SenderCheck>,
    /// Words that must not wait.
    pub marks: Vec<Mark>,
    /// The digest of what the sender wrote, the same in every copy whichever way it came; `None` when the
    /// message does not identify itself well enough.
    pub canonical: Option<Digest>,
    /// What it says.
    pub reading: Reading,
}

/// A contact as logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its number.
    pub id: ContactId,
    /// When the mail server took it (INTERNALDATE).
    pub received_at: Timestamp,
    /// How it came in.
    pub intake: Intake,
    /// What it is, and why.
    pub sorted: Sorted,
    /// What our own mail server found out about the sender, if it said so.
    pub sender: Option<SenderCheck>,
    /// Words that must not wait.
    pub marks: Vec<Mark>,
    /// What it says.
    pub reading: Reading,
    /// The case it belongs to, if any.
    pub case: Option<CaseRef>,
    /// What an officer is to decide, or was when it was logged.
    pub waiting: Option<Waiting>,
    /// What an officer decided.
    pub decided: Option<Decided>,
    /// How it came and who took it, when an officer entered it (3.1); `None` for mail.
    pub taken: Option<Taken>,
    /// When a colleague had first received it, if that was declared (3.2).
    pub first_receipt: Option<FirstReceipt>,
}

impl Contact {
    /// When the landlord first received it: the earliest receipt that is known (3.2).
    #[must_use]
    pub fn receipt_at(&self) -> Timestamp {
        self.first_receipt.as_ref().map_or(self.received_at, |first| first.at.min(self.received_at))
    }

    /// A message just logged under this number: no case yet, nothing decided.
    #[must_use]
    pub fn new(id: ContactId, new: NewContact) -> Self {
        let NewContact { received_at, intake, sorted, sender, marks, reading, canonical: _ } = new;
        let (case, waiting, decided) = (None, None, None);
        let (taken, first_receipt) = (None, None);
        Self { id, received_at, intake, sorted, sender, marks, reading, case, waiting, decided, taken, first_receipt }
    }
}
