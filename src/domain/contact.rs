//! A contact: one message, call, letter or visit, logged whatever it is.

use std::fmt;

use jiff::Timestamp;

use super::ids::{CaseRef, ContactId, EmailAddress};

/// What a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactKind {
    /// A new message from a person.
    New,
    /// An answer to a letter of ours, from a party to that case.
    Reply,
    /// An automatic reply, such as an out-of-office message.
    AutomaticReply,
    /// A report that a message could not be delivered.
    Bounce,
    /// A report that a message was delivered, read or delayed.
    DeliveryReport,
    /// A message of our own that came back.
    OwnMail,
}

impl ContactKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::New, Self::Reply, Self::AutomaticReply, Self::Bounce, Self::DeliveryReport, Self::OwnMail];

    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reply => "reply",
            Self::AutomaticReply => "automatic-reply",
            Self::Bounce => "bounce",
            Self::DeliveryReport => "delivery-report",
            Self::OwnMail => "own-mail",
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
            Self::AutomaticReply => "automatic reply",
            Self::Bounce => "delivery failure",
            Self::DeliveryReport => "delivery report",
            Self::OwnMail => "our own message",
        })
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
}

/// What a message looks like to be, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// The kind.
    pub kind: ContactKind,
    /// The reason in words.
    pub reason: String,
}

/// A contact as logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its number.
    pub id: ContactId,
    /// When the mail server took it (INTERNALDATE).
    pub received_at: Timestamp,
    /// What it is, and why.
    pub sorted: Sorted,
    /// What it says.
    pub reading: Reading,
    /// The case it belongs to, if any.
    pub case: Option<CaseRef>,
}
