//! What a message carries besides its text: listed, and taken out one at a time on demand. The bytes
//! are parts of the raw message and are never stored a second time.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MessagePartId, MimeHeaders, PartType};

use crate::domain::contact::Attachment;

use super::headers::{self, Headers};
use super::{names, text};

/// How many attachments are listed.
const MAX_LISTED: usize = 1_000;

/// Said of a message whose text only its sender can open.
pub const ENCRYPTED: &str =
    "The message is encrypted and cannot be read here: please ask the sender to send it again without encryption.";

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
    /// The one that was wanted.
    pub taken: Option<AttachmentBytes>,
    wanted: Option<usize>,
}

/// Lists the attachments of a message, and takes out the one at the place `wanted` in that list;
/// `shown` are the parts whose text is shown already.
#[must_use]
pub fn list(message: &Message<'_>, shown: &BTreeSet<MessagePartId>, wanted: Option<usize>) -> Listed {
    let mut listed = Listed { wanted, ..Listed::default() };
    let ids = message.attachments.iter().filter(|id| !shown.contains(id));
    for part in ids.clone().take(MAX_LISTED).filter_map(|&id| message.part(id)) {
        let media_type = media_type(part);
        let bytes = content(part, &message.raw_message);
        let name = name(part, &media_type, &message.raw_message);
        listed.add(name, media_type, &bytes);
    }
    let all = ids.count();
    if all > MAX_LISTED {
        listed.problems.push(format!("The message has {all} attachments; the first {MAX_LISTED} are listed."));
    }
    if let Some(problem) = sealed(message) {
        listed.problems.push(problem.to_owned());
    }
    let packed = |attachment: &Attachment| {
        attachment.media_type.ends_with("ms-tnef") || attachment.name.eq_ignore_ascii_case("winmail.dat")
    };
    if listed.attachments.iter().any(packed) {
        listed.problems.push(
            "The sender's Outlook has packed attachments, and perhaps the text, into winmail.dat, which cannot be opened \
             here: please ask for them again as ordinary attachments."
                .to_owned(),
        );
    }
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
    let sound = |kind: &String| kind.len() <= 127 && kind.bytes().all(|byte| byte.is_ascii_graphic());
    claimed.filter(sound).unwrap_or_else(|| match part.body {
        PartType::Text(_) => "text/plain".to_owned(),
        PartType::Message(_) => "message/rfc822".to_owned(),
        _ => "application/octet-stream".to_owned(),
    })
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

/// Whether the whole message is wrapped so that its text cannot be seen (RFC 8551, RFC 3156).
fn sealed(message: &Message<'_>) -> Option<&'static str> {
    let content = message.parts.first()?.content_type()?;
    match (content.ctype(), content.subtype()?) {
        ("multipart", "encrypted") => Some(ENCRYPTED),
        ("application", "pkcs7-mime" | "x-pkcs7-mime") => {
            let signed = content.attribute("smime-type").is_some_and(|kind| kind.starts_with("signed"));
            Some(if signed {
                "The message is signed in a form that hides its text: please ask the sender to send it again unsigned."
            } else {
                ENCRYPTED
            })
        }
        _ => None,
    }
}
