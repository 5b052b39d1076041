//! Tells automatic mail from a person's, each time with the reason in words.
//!
//! Invariant: when in doubt a message is new. A new message opens a case and starts its clock, so a
//! mistake here costs an officer a click; the other mistake would cost a resident an answer. A web
//! form, a ticket system or a no-reply address may carry a person's complaint under headers such as
//! `Precedence: bulk` or `Auto-Submitted: auto-generated`; those alone therefore decide nothing.

use crate::domain::contact::{ContactKind, Reading, Sorted};
use crate::domain::ids::EmailAddress;
use crate::domain::token::TokenKey;

use super::headers::Headers;
use super::{automatic, bounce, forwarded, structure};

/// What is ours, for telling our own mail from others'.
#[derive(Debug, Clone)]
pub struct Ours {
    /// The addresses this daemon writes from and reads.
    pub addresses: Vec<EmailAddress>,
    /// The secret in our Message-IDs.
    pub key: TokenKey,
}

/// What a message looks like to be, and why. Whether it answers a letter of ours is not decided here: that
/// needs the letters.
#[must_use]
pub fn sort(bytes: &[u8], reading: &Reading, ours: &Ours) -> Sorted {
    let bytes = structure::normalised(bytes);
    let headers = Headers::of(&bytes);
    let addresses = &ours.addresses;
    own_mail(reading, ours)
        .or_else(|| bounce::standard(&bytes, &headers, reading, addresses))
        .or_else(|| bounce::unusual(&bytes, &headers, reading, addresses))
        .or_else(|| automatic::challenge(&headers, reading))
        .or_else(|| automatic::reply(&headers, reading))
        .or_else(|| automatic::invitation(&bytes))
        .or_else(|| forwarded::by_colleague(&bytes, &headers, reading, addresses))
        .or_else(|| from_ourselves(reading, addresses))
        .or_else(|| automatic::list(&headers, reading, addresses))
        .unwrap_or_else(|| new_message(&headers))
}

fn sorted(kind: ContactKind, reason: impl Into<String>) -> Sorted {
    Sorted { kind, reason: reason.into(), bounce: None }
}

/// New, though a machine may have passed it on.
fn new_message(headers: &Headers<'_>) -> Sorted {
    let machine = ["Auto-Submitted", "Precedence", "List-Id"]
        .into_iter()
        .find(|name| headers.word(name).is_some_and(|word| word != "no"));
    sorted(
        ContactKind::New,
        match machine {
            Some(name) => format!("A machine passed it on ({name}), but it may carry a person’s words."),
            None => "Nothing says that a machine wrote it.".to_owned(),
        },
    )
}

/// A colleague wrote a complaint down in one of our own mailboxes: letters about it must not go there.
fn from_ourselves(reading: &Reading, addresses: &[EmailAddress]) -> Option<Sorted> {
    let from = reading.from.as_ref()?;
    let reason = || format!("It comes from our own address {from}: whose complaint it is, an officer must confirm.");
    addresses.iter().any(|ours| ours.same_mailbox(from)).then(|| sorted(ContactKind::Forwarded, reason()))
}

/// A colleague may write from one of our addresses too, so the address alone is not enough: the
/// Message-ID must be one that this installation issued.
fn own_mail(reading: &Reading, ours: &Ours) -> Option<Sorted> {
    let from = reading.from.as_ref()?;
    ours.addresses.iter().find(|address| address.same_mailbox(from))?;
    ours.key
        .issued(reading.message_id.as_deref()?)
        .then(|| sorted(ContactKind::OwnMail, format!("It came from our own address {from} and this system wrote it.")))
}
