//! What a message carries besides its text: listed, never unpacked. The bytes are parts of the raw
//! message and stay there.

use std::collections::BTreeSet;

use mail_parser::{Message, MessagePart, MessagePartId, MimeHeaders, PartType};

use crate::domain::contact::Attachment;

use super::{names, text};

/// How many attachments are listed.
const MAX_LISTED: usize = 1_000;

/// Said of a message whose text only its sender can open.
pub const ENCRYPTED: &str =
    "The message is encrypted and cannot be read here: please ask the sender to send it again without encryption.";

/// The attachments, and what an officer should know about them.
#[derive(Debug, Default)]
pub struct Listed {
    /// In the order of the message.
    pub attachments: Vec<Attachment>,
    /// Each a sentence.
    pub problems: Vec<String>,
}

/// Lists the attachments of a message; `shown` are the parts whose text is shown already.
#[must_use]
pub fn list(message: &Message<'_>, shown: &BTreeSet<MessagePartId>) -> Listed {
    let mut listed = Listed::default();
    let ids = message.attachments.iter().filter(|id| !shown.contains(id));
    for part in ids.clone().take(MAX_LISTED).filter_map(|&id| message.part(id)) {
        listed.attachments.push(describe(part));
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

fn describe(part: &MessagePart<'_>) -> Attachment {
    let media_type = media_type(part);
    let size = match &part.body {
        PartType::Message(_) | PartType::Multipart(_) => {
            u64::from(part.raw_end_offset().saturating_sub(part.raw_body_offset()))
        }
        _ => u64::try_from(part.contents().len()).unwrap_or(u64::MAX),
    };
    let name = match (part.attachment_name(), &part.body) {
        (None, PartType::Message(inner)) if !inner.parts.is_empty() => {
            inner.subject().map(|subject| format!("{subject}.eml").replace(['/', '\\'], "-"))
        }
        (name, _) => name.map(str::to_owned),
    };
    Attachment { name: names::clean(name.as_deref(), ending(&media_type)), media_type, size }
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
