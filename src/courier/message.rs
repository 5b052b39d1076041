//! The composition of a message: from parts to complete RFC 5322 bytes.
//!
//! Invariant: the same parts give the same bytes. Whatever a name, subject or text contains, it
//! can add no header and no line of its own: the bytes are ASCII, every line ends in CRLF and is at
//! most 998 bytes long, so any server takes them without 8BITMIME or SMTPUTF8.

mod entered;

use data_encoding::BASE64;
use jiff::Timestamp;
use lettre::message::Body;

use super::ascii_address;
use crate::domain::ids::{Digest, EmailAddress};
use crate::domain::token::TokenKey;

pub use entered::entered;

/// What a message is, which decides whether machines may answer it (RFC 3834 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A letter a person has approved.
    Letter,
    /// A reminder or alarm the daemon writes by itself; marked `Auto-Submitted: auto-generated`.
    Notice,
    /// The answer of a machine to a message; marked `Auto-Submitted: auto-replied`, and for mail systems
    /// that know only their own words, `X-Auto-Response-Suppress`. `Precedence` is no standard and left out.
    Receipt,
}

/// A name to show, possibly empty, and the address.
pub type Correspondent = (String, EmailAddress);

/// Everything a message is made of. Message-IDs stand without their angle brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageParts {
    /// Who writes.
    pub from: Correspondent,
    /// Who is written to.
    pub to: Correspondent,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<EmailAddress>,
    /// The subject; only its first 200 characters are kept.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same in HTML.
    pub html: Option<String>,
    /// Ours, from [`new_message_id`].
    pub message_id: String,
    /// When it was written.
    pub date: Timestamp,
    /// The message this answers. Left out when it is no usable Message-ID.
    pub in_reply_to: Option<String>,
    /// The conversation so far, oldest first.
    pub references: Vec<String>,
    /// What it is.
    pub kind: MessageKind,
}

/// A message ready to be stored and handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Its Message-ID, without the angle brackets.
    pub message_id: String,
    /// The complete message.
    pub bytes: Vec<u8>,
}

/// Why a message cannot be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The part before the `@` is not ASCII, or the domain does not exist as a name.
    #[error("the {0} address cannot be written to: only ASCII is possible before the @, and a valid domain after it")]
    Address(&'static str),
    /// Our own Message-ID is none.
    #[error("the Message-ID is not of the form text@domain")]
    MessageId,
    /// The date cannot be written.
    #[error("the date is outside the years a message can carry")]
    Date,
    /// The operating system gave no random bytes.
    #[error("could not draw random bytes for a Message-ID")]
    Random,
}

/// Longest display name kept, in characters.
const NAME_LIMIT: usize = 100;
/// Longest subject kept, in characters.
const SUBJECT_LIMIT: usize = 200;
/// Most Message-IDs in References; the first and the latest are kept (RFC 5322 §3.6.4 sets no limit).
const REFERENCES_LIMIT: usize = 20;
/// Where header lines are folded (RFC 5322 §2.1.1).
const LINE: usize = 78;

/// A Message-ID that nobody can guess and only this installation can issue, without angle brackets.
///
/// # Errors
/// [`ComposeError::Random`], or [`ComposeError::MessageId`] when the domain is none.
pub fn new_message_id(key: &TokenKey, domain: &str) -> Result<String, ComposeError> {
    let mut random = [0_u8; 20];
    getrandom::fill(&mut random).map_err(|_| ComposeError::Random)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_| ComposeError::MessageId)?;
    message_id(&key.message_id(&random, &domain)).ok_or(ComposeError::MessageId)
}

/// Composes a message: plain text, with the HTML beside it as multipart/alternative when given.
///
/// # Errors
/// [`ComposeError`] when an address, the Message-ID or the date cannot stand in a message.
pub fn compose(parts: &MessageParts) -> Result<Composed, ComposeError> {
    let id = message_id(&parts.message_id).ok_or(ComposeError::MessageId)?;
    let london = jiff::tz::TimeZone::get("Europe/London").unwrap_or(jiff::tz::TimeZone::UTC);
    let date = jiff::fmt::rfc2822::to_string(&parts.date.to_zoned(london)).map_err(|_| ComposeError::Date)?;

    let mut out = String::new();
    header(&mut out, "Date", [date]);
    header(&mut out, "From", mailbox("sender's", &parts.from.0, &parts.from.1)?);
    header(&mut out, "To", mailbox("recipient's", &parts.to.0, &parts.to.1)?);
    if let Some(address) = &parts.reply_to {
        header(&mut out, "Reply-To", mailbox("reply-to", "", address)?);
    }
    header(&mut out, "Subject", unstructured(&plain(&parts.subject, SUBJECT_LIMIT)));
    header(&mut out, "Message-ID", [format!("<{id}>")]);
    thread(&mut out, parts);
    match parts.kind {
        MessageKind::Letter => {}
        MessageKind::Notice => header(&mut out, "Auto-Submitted", ["auto-generated".to_owned()]),
        MessageKind::Receipt => {
            header(&mut out, "Auto-Submitted", ["auto-replied".to_owned()]);
            header(&mut out, "X-Auto-Response-Suppress", ["All".to_owned()]);
        }
    }
    header(&mut out, "MIME-Version", ["1.0".to_owned()]);

    let mut bytes = out.into_bytes();
    match &parts.html {
        None => part(&mut bytes, "text/plain", &parts.text),
        Some(html) => {
            let digest = Digest::of(id.as_bytes()).to_string();
            let boundary = format!("=_{}", digest.get(..40).unwrap_or(&digest));
            let delimiter = format!("--{boundary}");
            bytes.extend(format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n").bytes());
            for (kind, content) in [("text/plain", &parts.text), ("text/html", html)] {
                bytes.extend(delimiter.bytes().chain(*b"\r\n"));
                part(&mut bytes, kind, content);
            }
            bytes.extend(delimiter.bytes().chain(*b"--\r\n"));
        }
    }
    Ok(Composed { message_id: id, bytes })
}

/// In-Reply-To and References; whatever is no Message-ID is left out.
fn thread(out: &mut String, parts: &MessageParts) {
    let answered = parts.in_reply_to.as_deref().and_then(message_id);
    let mut references: Vec<String> = parts.references.iter().filter_map(|id| message_id(id)).collect();
    if let Some(id) = &answered {
        header(out, "In-Reply-To", [format!("<{id}>")]);
        references.retain(|reference| reference != id);
        references.push(id.clone());
    }
    if references.len() > REFERENCES_LIMIT {
        references.drain(1..=references.len() - REFERENCES_LIMIT);
    }
    if !references.is_empty() {
        header(out, "References", references.iter().map(|id| format!("<{id}>")));
    }
}

/// One header, folded between its words.
fn header(out: &mut String, name: &str, words: impl IntoIterator<Item = String>) {
    out.push_str(name);
    out.push(':');
    let mut length = name.len() + 1;
    for (place, word) in words.into_iter().enumerate() {
        if place > 0 && length + 1 + word.len() > LINE {
            out.push_str("\r\n");
            length = 0;
        }
        out.push(' ');
        out.push_str(&word);
        length += 1 + word.len();
    }
    out.push_str("\r\n");
}

/// One body part with its own headers; the text in 7bit, quoted-printable or base64.
fn part(bytes: &mut Vec<u8>, kind: &str, text: &str) {
    let body = Body::new(clean_text(text));
    let encoding = body.encoding();
    bytes.extend(
        format!("Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n").bytes(),
    );
    bytes.extend(body.into_vec());
    bytes.extend(b"\r\n");
}

/// A text with LF line ends, without the controls a message may not carry (RFC 5322 §2.2, §3.5),
/// and without line ends at its end.
fn clean_text(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = unified.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim_end_matches('\n').to_owned()
}

/// A header text on one line: no control or bidirectional control characters, single spaces, at
/// most `limit` characters.
fn plain(text: &str, limit: usize) -> String {
    let kept: String = text
        .chars()
        .filter(
            |c| !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
        )
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .collect();
    let single: Vec<&str> = kept.split(' ').filter(|word| !word.is_empty()).collect();
    single.join(" ").chars().take(limit).collect::<String>().trim_end().to_owned()
}

/// Whether a reader shows this text as it stands. `=?` could be read as the start of an encoded
/// word, so a text with it is always encoded, and then means only itself.
fn shown_as_it_stands(text: &str) -> bool {
    text.is_ascii() && !text.contains("=?")
}

/// The words of a header of free text.
fn unstructured(text: &str) -> Vec<String> {
    if shown_as_it_stands(text) { text.split(' ').map(str::to_owned).collect() } else { encoded_words(text) }
}

/// The words of an address header; `whose` names it in an error.
fn mailbox(whose: &'static str, name: &str, address: &EmailAddress) -> Result<Vec<String>, ComposeError> {
    let address = ascii_address(address).ok_or(ComposeError::Address(whose))?;
    let name = plain(name, NAME_LIMIT);
    if name.is_empty() {
        return Ok(vec![address]);
    }
    let mut words = if shown_as_it_stands(&name) {
        vec![format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))]
    } else {
        encoded_words(&name)
    };
    words.push(format!("<{address}>"));
    Ok(words)
}

/// RFC 2047 encoded words of at most 75 characters, each with whole characters.
fn encoded_words(text: &str) -> Vec<String> {
    let mut chunks = vec![String::new()];
    for character in text.chars() {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() + character.len_utf8() <= 45 => chunk.push(character),
            _ => chunks.push(character.to_string()),
        }
    }
    chunks.into_iter().map(|chunk| format!("=?utf-8?B?{}?=", BASE64.encode(chunk.as_bytes()))).collect()
}

/// A Message-ID that can stand between angle brackets, without them (RFC 5322 §3.6.4).
fn message_id(text: &str) -> Option<String> {
    let text = text.trim();
    let id = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    let sound = id.len() <= 250
        && id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
        && id.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    sound.then(|| id.to_owned())
}
