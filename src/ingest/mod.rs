//! Mail in: what a message says and what it is.
//!
//! Reading is pure and total. The shell that fetches, stores and records runs [`read`] and
//! [`sort()`] on a worker thread with a time limit and `catch_unwind`; when either panics or runs out
//! of time the message is logged with [`reading_of_unreadable`] and the next one proceeds. The raw
//! bytes are stored before any of this and are never changed, so nothing is lost by a poor reading.

#[cfg(test)]
mod attached;
mod attachments;
mod automatic;
mod body;
mod bounce;
mod bounce_text;
mod canonical;
#[cfg(test)]
mod charsets;
#[cfg(test)]
mod corpus;
mod encoded_words;
mod examine;
mod forwarded;
mod headers;
mod html;
#[cfg(test)]
mod kinds;
mod log;
mod names;
mod parse;
mod pass;
mod place;
mod sender;
mod sender_check;
mod sort;
mod structure;
mod text;
mod too_large;
mod unreadable;

pub use attachments::AttachmentBytes;
#[cfg(test)]
pub(crate) use corpus::told;
pub use log::{Logbook, Logged};
pub use parse::{attachment, html_body, inline_pictures, is_message, nested, read};
pub use pass::{Ingest, IngestError, PIPE, Pass};
pub use sort::{Ours, sort};
pub use unreadable::reading_of_unreadable;

use crate::domain::contact::Reading;

/// How a message is read. The shell takes its reader as a value of this type, [`read`] in
/// production, so that a test can pass one that panics or dawdles on a marked message.
pub type Reader = fn(&[u8]) -> Reading;
