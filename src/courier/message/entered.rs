//! A contact that an officer entered, as a message: what came by telephone or on paper is kept, read and
//! exported the way mail is. The same entry gives the same bytes.

use data_encoding::BASE64_MIME;

use super::{
    ComposeError, Digest, EmailAddress, NAME_LIMIT, SUBJECT_LIMIT, encoded_words, header, mailbox, message_id, part,
    plain, shown_as_it_stands, unstructured,
};
use crate::domain::channel::Entered;
use crate::domain::words;

/// The complete message.
///
/// # Errors
/// [`ComposeError`] when an address or the date cannot stand in a message.
pub fn entered(entry: &Entered, to: &EmailAddress) -> Result<Vec<u8>, ComposeError> {
    let london = jiff::tz::TimeZone::get("Europe/London").unwrap_or(jiff::tz::TimeZone::UTC);
    let date = jiff::fmt::rfc2822::to_string(&entry.received_at.to_zoned(london)).map_err(|_| ComposeError::Date)?;
    let domain = to.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let domain = idna::domain_to_ascii(domain).map_err(|_| ComposeError::MessageId)?;
    let id = message_id(&format!("entered.{}@{domain}", digest_of(entry))).ok_or(ComposeError::MessageId)?;

    let mut out = String::new();
    header(&mut out, "Date", [date]);
    match &entry.email {
        Some(email) => header(&mut out, "From", mailbox("resident's", &entry.name, email)?),
        // A group without members: a name and no address (RFC 6854).
        None => {
            let name = Some(plain(&entry.name, NAME_LIMIT)).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "Resident".to_owned());
            let mut words = vec![format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))];
            if !shown_as_it_stands(&name) {
                words = encoded_words(&name);
            }
            words.push(":;".to_owned());
            header(&mut out, "From", words);
        }
    }
    header(&mut out, "To", mailbox("recipient's", "", to)?);
    header(&mut out, "Subject", unstructured(&plain(&entry.title(), SUBJECT_LIMIT)));
    header(&mut out, "Message-ID", [format!("<{id}>")]);
    header(&mut out, "X-Complaintsd-Channel", [entry.taken.channel.key().to_owned()]);
    header(&mut out, "X-Complaintsd-Taken-By", unstructured(&plain(&entry.taken.by, NAME_LIMIT)));
    header(&mut out, "X-Complaintsd-Received", unstructured(&words::instant(entry.received_at)));
    header(&mut out, "MIME-Version", ["1.0".to_owned()]);

    let mut bytes = out.into_bytes();
    if entry.files.is_empty() {
        part(&mut bytes, "text/plain", &entry.body());
        return Ok(bytes);
    }
    let boundary = format!("=_{}", digest_of(entry));
    bytes.extend(format!("Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\r\n").bytes());
    bytes.extend(format!("--{boundary}\r\n").bytes());
    part(&mut bytes, "text/plain", &entry.body());
    for file in &entry.files {
        let media_type = safe_type(&file.media_type);
        bytes.extend(format!("--{boundary}\r\nContent-Type: {media_type}\r\n").bytes());
        bytes.extend(
            format!("Content-Disposition: attachment;\r\n filename*=utf-8''{}\r\n", name_in_header(&file.name)).bytes(),
        );
        bytes.extend(*b"Content-Transfer-Encoding: base64\r\n\r\n");
        bytes.extend(BASE64_MIME.encode(&file.bytes).bytes());
        bytes.extend(*b"\r\n");
    }
    bytes.extend(format!("--{boundary}--\r\n").bytes());
    Ok(bytes)
}

/// What tells two entries apart, in 40 characters: everything in it, and what was drawn for the form.
fn digest_of(entry: &Entered) -> String {
    let mut all = format!("{:?}{:?}{}{:?}", entry.taken, entry.name, entry.received_at, entry.email).into_bytes();
    for text in [&entry.reach, &entry.subject, &entry.text, &entry.once] {
        all.extend(Digest::of(text.as_bytes()).as_bytes());
    }
    for file in &entry.files {
        all.extend(Digest::of(file.name.as_bytes()).as_bytes());
        all.extend(Digest::of(&file.bytes).as_bytes());
    }
    if let Some(postal) = &entry.postal {
        all.extend(Digest::of(postal.to_string().as_bytes()).as_bytes());
    }
    let digest = Digest::of(&all).to_string();
    digest.get(..40).unwrap_or(&digest).to_owned()
}

/// The media type a file claims, if it is one.
fn safe_type(media_type: &str) -> &str {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
    };
    let sound = media_type.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
    // A message within would be read as one of its own.
    let whole = !media_type.starts_with("multipart/") && !media_type.starts_with("message/");
    if sound && whole && media_type.len() < 100 { media_type } else { "application/octet-stream" }
}

/// A file's name for a header (RFC 8187).
fn name_in_header(name: &str) -> String {
    let short: String = plain(name, 60);
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    short.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{Channel, EnteredFile, Taken};
    use crate::ingest;

    fn entry() -> Entered {
        Entered {
            taken: Taken { channel: Channel::Letter, by: "Reception\r\nBcc: x@evil.example".to_owned() },
            received_at: "2026-11-20T16:30:00Z".parse().unwrap(),
            name: "Zoë\r\nX: y".to_owned(),
            email: None,
            reach: "01632 960001".to_owned(),
            postal: None,
            subject: "Damp\r\nX: y".to_owned(),
            text: "Dear all,\n\nthe wall is wet.\n--=_x".to_owned(),
            files: vec![EnteredFile {
                name: "letter “1”.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                bytes: (0..=255).collect(),
            }],
            once: "a".to_owned(),
        }
    }

    /// 3.1: read by the same path as mail.
    #[test]
    fn what_was_entered_is_read_back_as_mail_is() {
        let to = "complaints@landlord.example".parse().unwrap();
        let bytes = entered(&entry(), &to).unwrap();
        assert_eq!(bytes, entered(&entry(), &to).unwrap(), "the same entry gives the same bytes");
        assert_ne!(bytes, entered(&Entered { once: "b".to_owned(), ..entry() }, &to).unwrap());
        let reading = ingest::read(&bytes);
        assert_eq!((reading.from, reading.subject.as_str()), (None, "Damp X: y"));
        assert!(reading.text.contains("the wall is wet.") && reading.text.contains("01632 960001"), "{}", reading.text);
        let [file] = reading.attachments.as_slice() else { panic!("{:?}", reading.attachments) };
        assert_eq!(
            (file.name.as_str(), file.media_type.as_str(), file.size),
            ("letter “1”.pdf", "application/pdf", 256)
        );
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.is_ascii() && !text.contains("\r\nBcc:") && !text.contains("\r\nX: y"), "{text}");
        let mailed = Entered { email: Some("zoe@example.org".parse().unwrap()), ..entry() };
        assert_eq!(ingest::read(&entered(&mailed, &to).unwrap()).from, mailed.email);
    }

    #[test]
    fn a_file_claims_no_type_that_would_be_taken_apart() {
        for (claimed, kept) in [
            ("image/jpeg", "image/jpeg"),
            ("message/rfc822", "application/octet-stream"),
            ("multipart/mixed", "application/octet-stream"),
            ("a/b\r\nX: y", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(safe_type(claimed), kept);
        }
    }
}
