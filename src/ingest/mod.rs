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
mod calendar;
mod canonical;
#[cfg(test)]
mod charsets;
mod compare;
#[cfg(test)]
mod corpus;
mod encoded_words;
mod examine;
mod first;
mod folder;
mod forwarded;
mod headers;
mod html;
mod import;
#[cfg(test)]
mod kinds;
mod known;
mod log;
mod names;
mod pace;
mod parse;
mod pass;
mod place;
mod record;
mod rtf;
mod sender;
mod sender_check;
mod smime;
mod sort;
mod structure;
mod survey;
mod text;
mod tnef;
mod too_large;
mod unreadable;

pub use attachments::AttachmentBytes;
pub use compare::Compared;
#[cfg(test)]
pub(crate) use corpus::told;
pub use first::{History, span};
pub use import::{IMPORT, Imported};
pub use log::{Logbook, Logged};
pub use pace::{Pace, Told};
pub use parse::{attachment, html_body, inline_pictures, is_message, nested, read};
pub use pass::{FolderFault, Ingest, IngestError, PIPE, Pass, Progress};
pub use sort::{Ours, sort};
pub use survey::Survey;
pub use unreadable::reading_of_unreadable;

use crate::domain::contact::Reading;

/// How a message is read. The shell takes its reader as a value of this type, [`read`] in
/// production, so that a test can pass one that panics or dawdles on a marked message.
pub type Reader = fn(&[u8]) -> Reading;
