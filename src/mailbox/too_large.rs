//! What is said of a message that is too large to be fetched: how large it is, and what it is made of,
//! so far as that can be seen from its parts' headers.

/// A message of which only the beginning was fetched. The whole is where it was, untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLarge {
    /// The size of the whole in bytes; `None` when the server does not know it itself.
    pub size: Option<u64>,
    /// The size from which on messages are not fetched, in bytes.
    pub limit: u64,
    /// Each part in a few words, such as `image/jpeg "mould.jpg"`; empty when it cannot be seen.
    pub parts: Vec<String>,
}

impl TooLarge {
    /// A sentence or two for an officer.
    #[must_use]
    pub fn words(&self, folder: &str) -> String {
        let size = self.size.map_or_else(|| "more".to_owned(), megabytes);
        let place = if folder.is_empty() { "in the mailbox".to_owned() } else { format!("in the folder {folder}") };
        let mut words = format!(
            "The message is too large to be fetched ({size}, the limit max_message_size is {}), so only its beginning \
             is shown. The whole message is {place} on the mail server: please open it there.",
            megabytes(self.limit)
        );
        if !self.parts.is_empty() {
            words.push_str(" It consists of: ");
            words.push_str(&self.parts.join(", "));
            words.push('.');
        }
        words
    }
}

fn megabytes(bytes: u64) -> String {
    const MEGABYTE: u64 = 1_000_000;
    if bytes < MEGABYTE { format!("{bytes} bytes") } else { format!("{} MB", bytes.div_ceil(MEGABYTE)) }
}

/// What a part is by its header: its media type and file name, as they are written there.
pub(super) fn described(header: &[u8]) -> Option<String> {
    const LONGEST: usize = 120;
    let text = String::from_utf8_lossy(header).replace("\r\n ", " ").replace("\r\n\t", " ");
    let field = |name: &str| {
        text.lines().filter_map(|line| line.split_once(':')).find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
    };
    let (_, kind) = field("Content-Type")?;
    let media_type = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let parameters = [field("Content-Disposition").map_or("", |(_, value)| value), kind];
    let file_name = parameters.iter().find_map(|value| {
        value.split(';').skip(1).filter_map(|parameter| parameter.split_once('=')).find_map(|(name, value)| {
            let name = name.trim().to_ascii_lowercase();
            let named = ["filename", "name"].iter().any(|key| name == *key || name == format!("{key}*"));
            named.then(|| value.trim().trim_matches('"').to_owned())
        })
    });
    let words = file_name.map_or_else(|| media_type.clone(), |name| format!("{media_type} \"{name}\""));
    let clean: String = words.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    (!clean.is_empty()).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::{TooLarge, described};

    #[test]
    fn a_part_is_described_by_type_and_name() {
        let photo = b"Content-Type: image/JPEG;\r\n name=\"mould.jpg\"\r\nContent-Disposition: attachment\r\n\r\n";
        assert_eq!(described(photo).unwrap(), "image/jpeg \"mould.jpg\"");
        assert_eq!(described(b"Content-Type: text/plain; charset=utf-8\r\n\r\n").unwrap(), "text/plain");
        let video = b"Content-Type: video/mp4\r\nContent-Disposition: attachment; filename=\x1b[2Ja.mp4\r\n";
        assert_eq!(described(video).unwrap(), "video/mp4 \"[2Ja.mp4\"");
        assert_eq!(described(b""), None);
    }

    #[test]
    fn the_officer_is_told_size_limit_place_and_parts() {
        let too_large = TooLarge { size: Some(180_000_001), limit: 150_000_000, parts: vec!["text/plain".to_owned()] };
        let words = too_large.words("INBOX");
        for told in ["181 MB", "150 MB", "folder INBOX", "consists of: text/plain."] {
            assert!(words.contains(told), "{words}");
        }
    }
}
