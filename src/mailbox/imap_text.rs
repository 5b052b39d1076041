//! IMAP's ways of writing things: folder names, sets of UIDs, dates, messages. Pure functions.

use std::fmt::Write as _;

use data_encoding::BASE64_NOPAD;
use imap_proto::{AttributeValue, Response, SectionPath};
use jiff::Timestamp;
use jiff::fmt::strtime;

/// A folder's name as a quoted string in modified UTF-7 (RFC 3501 §5.1.3). Line breaks and other
/// control characters are encoded too, so that a name can never end a command.
pub(super) fn folder(name: &str) -> String {
    let mut out = String::from("\"");
    let mut coded: Vec<u8> = Vec::new();
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            end_coded(&mut out, &mut coded);
            match c {
                '&' => out.push_str("&-"),
                '"' | '\\' => out.extend(['\\', c]),
                _ => out.push(c),
            }
        } else {
            let mut units = [0_u16; 2];
            coded.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    end_coded(&mut out, &mut coded);
    out.push('"');
    out
}

fn end_coded(out: &mut String, coded: &mut Vec<u8>) {
    if !coded.is_empty() {
        let _ = write!(out, "&{}-", BASE64_NOPAD.encode(coded).replace('/', ","));
        coded.clear();
    }
}

/// Ascending UIDs as a sequence set: `1:3,7`.
pub(super) fn uid_set(uids: impl IntoIterator<Item = u32>) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => runs.push((uid, uid)),
        }
    }
    let parts: Vec<String> =
        runs.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}:{b}") }).collect();
    parts.join(",")
}

/// An INTERNALDATE (RFC 9051 §9, `date-time`), for instance ` 7-Feb-2026 21:52:25 +0000`.
fn parsed_date(text: &str) -> Option<Timestamp> {
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?.to_timestamp().ok()
}

/// A message's size, if that is what this response is.
pub(super) fn uid_and_size(response: &Response<'_>) -> Option<(u32, u64)> {
    let Response::Fetch(_, attributes) = response else { return None };
    let uid = attributes.iter().find_map(|a| if let AttributeValue::Uid(uid) = a { Some(*uid) } else { None })?;
    let size = attributes.iter().find_map(|a| if let AttributeValue::Rfc822Size(n) = a { Some(*n) } else { None })?;
    Some((uid, u64::from(size)))
}

/// A message or a piece of one, as a FETCH response tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'r> {
    pub uid: u32,
    pub internal_date: Option<Timestamp>,
    /// From which byte of the message on; `None` for a whole message.
    pub from: Option<u32>,
    /// `None` when the server has none: it is gone, or this is behind its end.
    pub bytes: Option<&'r [u8]>,
}

/// The message or piece in this response, if there is one: servers may send flag changes in between.
pub(super) fn piece<'r>(response: &'r Response<'_>) -> Option<Piece<'r>> {
    let Response::Fetch(_, attributes) = response else { return None };
    let (mut uid, mut internal_date, mut body) = (None, None, None);
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(number) => uid = Some(*number),
            AttributeValue::InternalDate(text) => internal_date = parsed_date(text),
            AttributeValue::BodySection { section: None, index, data } => body = Some((*index, data.as_deref())),
            _ => {}
        }
    }
    let (from, bytes) = body?;
    Some(Piece { uid: uid?, internal_date, from, bytes })
}

/// The header of each part (`BODY[n.MIME]`) in this response, by the part's number.
pub(super) fn part_headers(response: &Response<'_>) -> Vec<(u32, Vec<u8>)> {
    let Response::Fetch(_, attributes) = response else { return Vec::new() };
    let header = |attribute: &AttributeValue<'_>| match attribute {
        AttributeValue::BodySection { section: Some(SectionPath::Part(place, Some(_))), data: Some(data), .. } => {
            Some((*place.first()?, data.to_vec()))
        }
        _ => None,
    };
    attributes.iter().filter_map(header).collect()
}

#[cfg(test)]
mod tests {
    use super::{folder, parsed_date, uid_set};

    #[test]
    fn folder_names_are_quoted_and_in_modified_utf_7() {
        assert_eq!(folder("INBOX"), r#""INBOX""#);
        assert_eq!(folder("Repairs & \"Damp\""), r#""Repairs &- \"Damp\"""#);
        assert_eq!(folder("Wedi’u prosesu"), r#""Wedi&IBk-u prosesu""#);
        assert_eq!(folder("日本語/😀"), r#""&ZeVnLIqe-/&2D3eAA-""#);
        assert!(!folder("INBOX\"\r\na1 LOGOUT").contains('\r'), "a name cannot end the command");
    }

    #[test]
    fn uid_sets_join_what_is_consecutive() {
        assert_eq!(uid_set([1, 2, 3, 7, 9, 10, u32::MAX]), "1:3,7,9:10,4294967295");
        assert_eq!(uid_set([]), "");
    }

    #[test]
    fn internal_dates_are_read_with_their_offset() {
        assert_eq!(parsed_date(" 7-Feb-2026 21:52:25 -0800").unwrap().to_string(), "2026-02-08T05:52:25Z");
        assert_eq!(parsed_date("17-Jul-2026 02:44:25 +0100").unwrap().to_string(), "2026-07-17T01:44:25Z");
        assert_eq!(parsed_date("00-Jan-0000 00:00:00 +0000"), None);
    }
}
