//! The invented messages that the demo puts into its Maildir.

use jiff::Timestamp;

/// File name, template, and how many minutes before the demo's start the message was received.
pub const MESSAGES: &[(&str, &[u8], i64)] = &[];

/// A template's bytes with its dates filled in, for a message received at `received_at`.
#[must_use]
pub fn message_bytes(template: &[u8], _received_at: Timestamp) -> Vec<u8> {
    template.to_vec()
}
