//! The attachments of a message as a page lists them, and the way to each: `2` is the third attachment
//! of a contact, `2.0` the first one of the message that is the third attachment.

use super::page::size;
use crate::domain::contact::Attachment;
use crate::domain::ids::ContactId;
use crate::ingest;

/// The most messages that stand within each other.
const DEEPEST: usize = 8;

/// One attachment, described.
#[derive(Debug, Clone)]
pub struct FileView {
    /// The file name.
    pub name: String,
    /// The type the message claims.
    pub media_type: String,
    /// Its size, in words.
    pub size: String,
    /// Where it is downloaded.
    pub href: String,
    /// What can be seen of it without downloading it.
    pub look: Look,
}

/// What can be seen of an attachment without downloading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A small picture, drawn anew.
    Picture,
    /// It is a message.
    Message,
    /// It is a picture of a kind that is not drawn here.
    Heic,
    /// Nothing.
    Nothing,
}

impl Look {
    /// By the type and, as telephones send pictures under any, by the name.
    #[must_use]
    pub fn of(media_type: &str, name: &str) -> Self {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        match (media_type, ending.as_str()) {
            (kind, _) if ingest::is_message(kind) => Self::Message,
            ("image/jpeg" | "image/jpg" | "image/pjpeg" | "image/png" | "image/gif" | "image/webp", _)
            | ("application/octet-stream", "jpg" | "jpeg" | "png" | "gif" | "webp") => Self::Picture,
            ("image/heic" | "image/heif" | "image/heic-sequence" | "image/heif-sequence", _) | (_, "heic" | "heif") => {
                Self::Heic
            }
            _ => Self::Nothing,
        }
    }
}

impl FileView {
    /// The attachments of a contact, or of the message at this place within it.
    #[must_use]
    pub fn all(contact: ContactId, within: &[usize], attachments: &[Attachment]) -> Vec<Self> {
        let view = |(place, attachment): (usize, &Attachment)| {
            let steps: Vec<String> = within.iter().chain([&place]).map(ToString::to_string).collect();
            Self {
                name: attachment.name.clone(),
                media_type: attachment.media_type.clone(),
                size: size(attachment.size),
                href: format!("/contacts/{contact}/attachments/{}", steps.join(".")),
                look: Look::of(&attachment.media_type, &attachment.name),
            }
        };
        attachments.iter().enumerate().map(view).collect()
    }
}

/// The way to an attachment, as it stands in an address.
#[must_use]
pub fn way(text: &str) -> Option<Vec<usize>> {
    let steps = text.split('.').map(|step| step.parse::<u16>().ok().map(usize::from));
    steps.collect::<Option<Vec<usize>>>().filter(|steps| steps.len() <= DEEPEST)
}

/// `Content-Disposition` of a file that is saved and never shown (RFC 6266): the name in ASCII for old
/// browsers, and as it is (RFC 8187). One line whatever the name holds.
#[must_use]
pub fn to_be_saved(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).take(255).collect();
    let plain = |c: char| if c.is_ascii_alphanumeric() || " .-_()+,".contains(c) { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let whole: String = name
        .bytes()
        .map(|byte| match byte {
            b'.' | b'-' | b'_' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// lessons 57, reliability 2.5: one line, no path, no quote that ends it.
    #[test]
    fn a_header_with_any_name_is_one_line_with_one_name_in_two_forms() {
        for name in [
            "wall.jpg",
            "Ystafell wely 📷.jpeg",
            "a\"; filename=\"b.exe",
            "a\r\nSet-Cookie: x=y",
            "%41.txt",
            "",
            "\0\u{7f}\u{85}",
        ] {
            let header = to_be_saved(name);
            assert!(header.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{header}");
            assert_eq!(header.matches('"').count(), 2, "{header}");
            assert_eq!((header.matches("filename=").count(), header.matches("; ").count()), (1, 2), "{header}");
        }
        assert_eq!(
            to_be_saved("mould £5.jpg"),
            "attachment; filename=\"mould _5.jpg\"; filename*=UTF-8''mould%20%C2%A35.jpg"
        );
    }

    #[test]
    fn a_way_leads_so_far_and_nowhere_else() {
        assert_eq!(way("2.0.11"), Some(vec![2, 0, 11]));
        for text in ["", ".", "1.", "-1", "+x", "1/2", "99999999999", "0.0.0.0.0.0.0.0.0"] {
            assert_eq!(way(text), None, "{text}");
        }
    }

    /// lessons 61: photographs, voice notes and videos are listed whatever their kind.
    #[test]
    fn what_can_be_looked_at_is_told_by_type_and_name() {
        assert_eq!(Look::of("image/jpeg", "x"), Look::Picture);
        assert_eq!(Look::of("application/octet-stream", "IMG_1.JPG"), Look::Picture);
        assert_eq!(Look::of("application/octet-stream", "IMG_1.HEIC"), Look::Heic);
        assert_eq!(Look::of("message/rfc822", "x.jpg"), Look::Message);
        for (kind, name) in
            [("image/svg+xml", "x.svg"), ("text/html", "x.jpg"), ("audio/amr", "note.amr"), ("video/mp4", "a.mp4")]
        {
            assert_eq!(Look::of(kind, name), Look::Nothing, "{kind}");
        }
    }
}
