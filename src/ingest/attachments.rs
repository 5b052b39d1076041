//! What a message carries besides its text: listed, and taken out one at a time on demand. The bytes
//! are parts of the raw message and are never stored a second time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use crate::domain::contact::{AttachedText, Attachment};
use crate::domain::ids::EmailAddress;

use super::body::{self, Body};
use super::headers::{self, Headers};
use super::{calendar, html, names, rtf, smime, text, tnef};

/// The media type of what has none (RFC 2046 §4.5.1).
const UNKNOWN: &str = "application/octet-stream";

/// How many attachments are listed.
const MAX_LISTED: usize = 1_000;

/// How many bytes of words in attachments a message can be found by.
const MAX_SEARCHABLE: usize = 256 * 1024;

/// How deep attached messages are searched within each other.
const MAX_LEARNT: usize = 3;

/// Said of an attached message in Outlook's own format.
const OUTLOOK_ITEM: &str = "An attached message is an Outlook file (.msg), which could not be opened here.";

/// What to do about it.
const OPEN_IN_OUTLOOK: &str =
    "Download the attached Outlook file (.msg), open it in Outlook with care, and answer what it says.";

/// Said of a message whose text only its sender can open.
pub const ENCRYPTED: &str = "The message is encrypted and cannot be read here.";

/// What to do about it.
pub const ASK_UNENCRYPTED: &str =
    "Ask the sender to send it again without encryption, or to tell you by telephone, by letter or in person.";

/// One attachment, taken out of its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentBytes {
    /// The file name, cleaned, as in the list.
    pub name: String,
    /// The media type the message claims, as in the list.
    pub media_type: String,
    /// What the sender attached, byte for byte.
    pub bytes: Vec<u8>,
}

/// The attachments, and what an officer should know about them.
#[derive(Debug, Default)]
pub struct Listed {
    /// In the order of the message.
    pub attachments: Vec<Attachment>,
    /// Each a sentence.
    pub problems: Vec<String>,
    /// What to do about them, each a sentence.
    pub tasks: Vec<String>,
    /// Text that stands in attachments only: the calendar's, and what Outlook packed.
    pub texts: Vec<String>,
    /// Words in attachments, for finding the message again; bounded.
    pub searchable: String,
    /// What attached texts and messages say, for finding what must not wait; bounded with it.
    pub attached: Vec<AttachedText>,
    /// The one that was wanted.
    pub taken: Option<AttachmentBytes>,
    wanted: Option<usize>,
}

/// Lists the attachments of a message, and takes out the one at the place `wanted` in that list. What
/// its body shows already is not listed.
#[must_use]
pub fn list(message: &Message<'_>, body: &Body, wanted: Option<usize>) -> Listed {
    let mut listed = Listed { wanted, ..Listed::default() };
    let ids = message.attachments.iter().filter(|id| !body.parts.contains(id));
    for part in ids.clone().take(MAX_LISTED).filter_map(|&id| message.part(id)) {
        let media_type = media_type(part);
        let name = name(part, &media_type, &message.raw_message);
        let bytes = content(part, &message.raw_message);
        if media_type == "text/calendar" {
            let label = part.content_type().and_then(|content| content.attribute("charset")).unwrap_or("utf-8");
            listed.texts.extend(calendar::in_words(&text::decode(label, &bytes)));
        }
        if media_type.ends_with("ms-tnef") || name.eq_ignore_ascii_case("winmail.dat") {
            listed.unpack(name, media_type, &bytes, body.text.is_empty());
        } else if let Some(inside) = is_wrapped(&media_type).then(|| smime::signed_content(&bytes)).flatten() {
            listed.add("signed message.eml".to_owned(), "message/rfc822".to_owned(), &inside);
        } else {
            let outlook_item = media_type == "application/vnd.ms-outlook" || name.to_lowercase().ends_with(".msg");
            if outlook_item && !listed.problems.iter().any(|known| known == OUTLOOK_ITEM) {
                listed.problems.push(OUTLOOK_ITEM.to_owned());
                listed.tasks.push(OPEN_IN_OUTLOOK.to_owned());
            }
            listed.learn(part, &bytes);
            listed.add(name, media_type, &bytes);
        }
    }
    let all = ids.count();
    if all > MAX_LISTED {
        listed.problems.push(format!("The message has {all} attachments; the first {MAX_LISTED} are listed."));
    }
    let (problem, task) = match wrapping(message) {
        Wrapping::None => return listed,
        Wrapping::Signed => (
            "The message is signed in a form that hides its text and could not be opened.",
            "Ask the sender to send it again without a signature.",
        ),
        Wrapping::Encrypted => (ENCRYPTED, ASK_UNENCRYPTED),
    };
    listed.problems.push(problem.to_owned());
    listed.tasks.push(task.to_owned());
    listed
}

/// The pictures that carry a Content-ID, by it; of several with the same one, the first.
#[must_use]
pub fn inline_pictures(message: &Message<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for part in message.parts.iter().filter(|part| media_type(part).starts_with("image/")).take(MAX_LISTED) {
        if let Some(id) = part.content_id() {
            let id = id.trim().trim_matches(['<', '>']).to_owned();
            found.entry(id).or_insert_with(|| content(part, &message.raw_message).into_owned());
        }
    }
    found
}

impl Listed {
    fn add(&mut self, name: String, media_type: String, bytes: &[u8]) {
        if self.wanted == Some(self.attachments.len()) {
            let (name, media_type) = (name.clone(), media_type.clone());
            self.taken = Some(AttachmentBytes { name, media_type, bytes: bytes.to_vec() });
        }
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.attachments.push(Attachment { name, media_type, size });
    }

    /// Remembers the words of an attached text or message, for searching.
    fn learn(&mut self, part: &MessagePart<'_>, bytes: &[u8]) {
        if self.wanted.is_some() {
            return;
        }
        match &part.body {
            PartType::Text(_) => {
                let label = part.content_type().and_then(|content| content.attribute("charset")).unwrap_or_default();
                let words = text::decode(label, bytes.get(..MAX_SEARCHABLE).unwrap_or(bytes));
                // The header of a message that a report returns is nobody's words.
                if media_type(part) == "text/rfc822-headers" {
                    self.remember(&words);
                } else {
                    self.remember_text(words, None);
                }
            }
            PartType::Html(html) => self.remember_text(html::to_text(html).text, None),
            PartType::Message(inner) => self.learn_message(inner, 0),
            _ => {}
        }
    }

    fn learn_message(&mut self, message: &Message<'_>, depth: usize) {
        if message.parts.is_empty() || self.searchable.len() >= MAX_SEARCHABLE {
            return;
        }
        let sender = message.from().and_then(|from| from.first());
        for addr in sender.into_iter() {
            self.remember(addr.name().unwrap_or_default());
            self.remember(addr.address().unwrap_or_default());
        }
        let from = sender.and_then(|addr| addr.address()?.parse().ok());
        let body = body::read(message);
        self.remember_text(format!("{}\n\n{}", message.subject().unwrap_or_default(), body.text), from);
        let ids = message.attachments.iter().filter(|id| !body.parts.contains(id));
        for part in ids.filter_map(|&id| message.part(id)) {
            self.remember(part.attachment_name().unwrap_or_default());
            match &part.body {
                PartType::Text(words) => self.remember_text(words.to_string(), None),
                PartType::Message(inner) if depth < MAX_LEARNT => self.learn_message(inner, depth + 1),
                _ => {}
            }
        }
    }

    fn remember(&mut self, text: &str) {
        let room = MAX_SEARCHABLE.saturating_sub(self.searchable.len());
        self.searchable.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
        self.searchable.push('\n');
    }

    /// Remembers what an attachment says, whoever it is from.
    fn remember_text(&mut self, mut text: String, from: Option<EmailAddress>) {
        text.truncate(text.floor_char_boundary(MAX_SEARCHABLE.saturating_sub(self.searchable.len())));
        self.remember(&text);
        self.attached.push(AttachedText { from, text });
    }

    /// What Outlook packed into a `winmail.dat`, in its place; the file itself stays in the message, and
    /// is listed too where that is not all of it.
    fn unpack(&mut self, name: String, media_type: String, bytes: &[u8], no_text_yet: bool) {
        let Some(unpacked) = tnef::unpack(bytes) else {
            self.add(name, media_type, bytes);
            self.problems.push("The sender’s Outlook packed attachments, and perhaps the text, into winmail.dat, which could not be opened.".to_owned());
            self.tasks.push("Ask the sender for the attachments again as ordinary files.".to_owned());
            return;
        };
        if unpacked.damaged {
            self.problems.push("The file winmail.dat, into which the sender’s Outlook packed its attachments, is damaged: some may be missing.".to_owned());
            self.tasks.push("Ask the sender whether there were more attachments.".to_owned());
        }
        let nothing =
            unpacked.files.is_empty() && unpacked.text.is_none() && unpacked.html.is_none() && unpacked.rtf.is_none();
        if unpacked.damaged || nothing {
            self.add(name, media_type, bytes);
        }
        if no_text_yet {
            let from_html = || unpacked.html.as_deref().map(|html| html::to_text(html).text);
            let text = unpacked.text.as_deref().map(text::clean).or_else(from_html);
            self.texts.extend(text.or_else(|| unpacked.rtf.as_deref().map(rtf::words)));
        }
        for file in unpacked.files {
            let claimed = file.media_type.map(|kind| text::one_line(&kind).to_ascii_lowercase());
            let media_type = claimed.filter(|kind| is_media_type(kind)).unwrap_or_else(|| UNKNOWN.to_owned());
            self.add(names::clean(file.name.as_deref(), ending(&media_type)), media_type, &file.bytes);
        }
    }
}

fn name(part: &MessagePart<'_>, media_type: &str, raw: &[u8]) -> String {
    let claimed = match (claimed_name(part, raw), &part.body) {
        (None, PartType::Message(inner)) if !inner.parts.is_empty() => {
            inner.subject().map(|subject| format!("{subject}.eml").replace(['/', '\\'], "-"))
        }
        (name, _) => name,
    };
    names::clean(claimed.as_deref(), ending(media_type))
}

/// The name the message gives, read again where mail-parser may not have made it out.
fn claimed_name(part: &MessagePart<'_>, raw: &[u8]) -> Option<String> {
    let name = part.attachment_name()?;
    let start = usize::try_from(part.raw_header_offset()).unwrap_or(usize::MAX);
    let end = usize::try_from(part.raw_body_offset()).unwrap_or(usize::MAX);
    let header = raw.get(start..end).unwrap_or_default();
    if !name.contains('\u{FFFD}') && !header.windows(2).any(|pair| pair == b"=?") {
        return Some(name.to_owned());
    }
    let headers = Headers::of(header);
    let again = |(field, parameter)| headers.all(field).next().and_then(|value| headers::parameter(value, parameter));
    let fields = [("Content-Disposition", "filename"), ("Content-Type", "name")];
    fields.into_iter().find_map(again).or_else(|| Some(name.to_owned()))
}

/// What the sender put into a part: its bytes without the transfer encoding. Text too keeps the
/// charset it was written in. `raw` are the bytes that mail-parser was given.
#[must_use]
pub fn content<'x>(part: &'x MessagePart<'_>, raw: &'x [u8]) -> Cow<'x, [u8]> {
    if let PartType::Binary(bytes) | PartType::InlineBinary(bytes) = &part.body {
        return Cow::Borrowed(bytes);
    }
    let start = usize::try_from(part.raw_body_offset()).unwrap_or(usize::MAX);
    let end = usize::try_from(part.raw_end_offset()).unwrap_or(usize::MAX);
    let encoded = raw.get(start..end).unwrap_or_default();
    let decoded = match part.encoding {
        Encoding::Base64 => base64_decode(encoded),
        Encoding::QuotedPrintable => quoted_printable_decode(encoded),
        Encoding::None => None,
    };
    decoded.map_or(Cow::Borrowed(encoded), Cow::Owned)
}

/// The media type a part claims, in lower case, or what its place in the message implies (RFC 2046).
fn media_type(part: &MessagePart<'_>) -> String {
    let claimed = part.content_type().map(|content| {
        let subtype = content.subtype().unwrap_or("octet-stream");
        text::one_line(&format!("{}/{subtype}", content.ctype())).to_ascii_lowercase()
    });
    claimed.filter(|kind| is_media_type(kind)).unwrap_or_else(|| match part.body {
        PartType::Text(_) => "text/plain".to_owned(),
        PartType::Message(_) => "message/rfc822".to_owned(),
        _ => UNKNOWN.to_owned(),
    })
}

fn is_media_type(kind: &str) -> bool {
    kind.len() <= 127 && kind.contains('/') && kind.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The usual file ending of a type, for parts without a name.
fn ending(media_type: &str) -> &'static str {
    match media_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/heic" => "heic",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/vcard" | "text/x-vcard" => "vcf",
        "message/rfc822" | "message/global" => "eml",
        "message/delivery-status" => "txt",
        _ => "",
    }
}

/// Whether this media type is that of S/MIME, signed or encrypted (RFC 8551).
#[must_use]
pub fn is_wrapped(media_type: &str) -> bool {
    matches!(media_type, "application/pkcs7-mime" | "application/x-pkcs7-mime")
}

/// What hides the text of a whole message.
enum Wrapping {
    None,
    Signed,
    Encrypted,
}

/// How the whole message is wrapped (RFC 8551, RFC 3156), if it still is: what is signed and can be
/// opened has been.
fn wrapping(message: &Message<'_>) -> Wrapping {
    let Some(content) = message.parts.first().and_then(MimeHeaders::content_type) else { return Wrapping::None };
    let kind = format!("{}/{}", content.ctype(), content.subtype().unwrap_or_default()).to_ascii_lowercase();
    let signed = content.attribute("smime-type").is_some_and(|kind| kind.starts_with("signed"));
    match kind.as_str() {
        "multipart/encrypted" => Wrapping::Encrypted,
        kind if is_wrapped(kind) && signed => Wrapping::Signed,
        kind if is_wrapped(kind) => Wrapping::Encrypted,
        _ => Wrapping::None,
    }
}
