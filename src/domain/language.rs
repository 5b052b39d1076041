//! The languages beside English in which a landlord writes letters, and by what names a resident's record may
//! call them. English needs no entry: it is what every letter falls back to.

use std::collections::BTreeMap;

/// Languages by their tag, such as `cy`, each with its names, such as `Welsh`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Languages(BTreeMap<String, Vec<String>>);

impl Languages {
    /// These, tag and names.
    #[must_use]
    pub fn new(all: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self(all.into_iter().collect())
    }

    /// The tag of a language as it stands on record: its name in any case, or the tag itself.
    #[must_use]
    pub fn tag(&self, recorded: &str) -> Option<&str> {
        let recorded = recorded.trim().to_lowercase();
        let called =
            |tag: &str, names: &[String]| tag == recorded || names.iter().any(|name| name.to_lowercase() == recorded);
        self.0.iter().find(|(tag, names)| called(tag, names)).map(|(tag, _)| tag.as_str())
    }
}

/// Whether a record asks for nothing but English.
#[must_use]
pub fn is_english(recorded: &str) -> bool {
    matches!(recorded.trim().to_lowercase().as_str(), "" | "english" | "en" | "en-gb")
}

/// Reads an entry such as `cy: Welsh, Cymraeg`; `None` when it is none.
#[must_use]
pub fn entry(text: &str) -> Option<(String, Vec<String>)> {
    let (tag, names) = text.split_once(':')?;
    let tag = tag.trim();
    let names: Vec<String> =
        names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let well = is_tag(tag) && tag != "en" && !names.is_empty();
    well.then(|| (tag.to_owned(), names))
}

/// Whether this is the tag of a language, as template files carry it: two or three small letters.
#[must_use]
pub fn is_tag(tag: &str) -> bool {
    (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_names_and_its_tag() {
        let languages = Languages::new(entry("cy: Welsh, Cymraeg"));
        for recorded in ["Welsh", " cymraeg ", "CY"] {
            assert_eq!(languages.tag(recorded), Some("cy"), "{recorded}");
        }
        for recorded in ["", "English", "Polish"] {
            assert_eq!(languages.tag(recorded), None, "{recorded}");
        }
        for wrong in ["Welsh", "cy:", ": Welsh", "en: English", "Cy: Welsh", "welsh: Welsh"] {
            assert_eq!(entry(wrong), None, "{wrong}");
        }
    }
}
