//! File names of attachments, made safe to show, to save and to put into a header.
//!
//! Invariant: a cleaned name is one line, not empty, at most 255 bytes of UTF-8, holds no path
//! separator, no control and no direction-changing character, and is no device name of Windows.

use super::text;

/// Longest name in bytes, the limit of common file systems.
const MAX_NAME: usize = 255;

/// A safe name for an attachment. `ending` (such as `jpg`) is used when the message names none.
#[must_use]
pub fn clean(claimed: Option<&str>, ending: &str) -> String {
    let line = text::one_line(claimed.unwrap_or_default());
    let base = line.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let base: String =
        base.chars().map(|character| if r#":*?"<>|"#.contains(character) { '_' } else { character }).collect();
    let base = base.trim_matches(['.', ' ']);
    if base.is_empty() {
        return if ending.is_empty() { "attachment".to_owned() } else { format!("attachment.{ending}") };
    }
    let base = if is_device(base) { format!("_{base}") } else { base.to_owned() };
    shorten(&base)
}

/// Windows gives these names to devices, with any ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
    let numbered = ["COM", "LPT"].iter().any(|device| {
        stem.strip_prefix(device).is_some_and(|rest| {
            matches!(rest.chars().next(), Some('0'..='9' | '¹' | '²' | '³')) && rest.chars().count() == 1
        })
    });
    numbered || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
}

/// Cuts in the middle: the ending says what the file is.
fn shorten(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, ending) = name.rsplit_once('.').filter(|(_, ending)| ending.len() <= 20).unwrap_or((name, ""));
    let room = MAX_NAME - ending.len() - usize::from(!ending.is_empty());
    let stem = stem.get(..stem.floor_char_boundary(room)).unwrap_or_default();
    if ending.is_empty() { stem.to_owned() } else { format!("{stem}.{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_devices_and_disguises_are_taken_off() {
        for (claimed, expected) in [
            ("photo.jpg", "photo.jpg"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\ann\bill.pdf", "bill.pdf"),
            ("/", "attachment.jpg"),
            ("...", "attachment.jpg"),
            ("con.txt", "_con.txt"),
            ("LPT1", "_LPT1"),
            ("COMPLAINT.doc", "COMPLAINT.doc"),
            ("invoice\u{202E}gpj.exe", "invoicegpj.exe"),
            ("a\r\nX-Injected: yes.txt", "a X-Injected_ yes.txt"),
            ("a\0b.png", "ab.png"),
            ("Ystafell wely – llwydni 📷.jpeg", "Ystafell wely – llwydni 📷.jpeg"),
        ] {
            assert_eq!(clean(Some(claimed), "jpg"), expected, "{claimed:?}");
        }
        assert_eq!(clean(None, ""), "attachment");
    }

    #[test]
    fn long_names_keep_their_ending() {
        let name = clean(Some(&format!("{}.pdf", "é".repeat(500))), "");
        assert!(name.len() <= 255 && name.ends_with("é.pdf"), "{name}");
    }
}
