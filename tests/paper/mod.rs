//! Letters on paper, read back by programs that know nothing of how they were made (poppler, qpdf).

mod desk;
mod hostile;
mod pages;
mod recorded;
mod structure;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use complaintsd::domain::circumstances::LetterFormat;
use complaintsd::domain::landlord::Landlord;
use complaintsd::letters::printing::{self, Printed};
use complaintsd::letters::{Kind, Rendered, Templates};
use complaintsd::typesetting::PrintFault;

use crate::support::packages;

pub const REFERENCE: &str = "CMP-2026-00042-M";

pub fn landlord() -> Landlord {
    Landlord {
        name: "Example Homes".to_owned(),
        address: vec!["1 Example Street".to_owned(), "Exampleton".to_owned(), "EX1 1EX".to_owned()],
        phone: "01632 960001".to_owned(),
        email: "complaints@landlord.example.org".parse().unwrap(),
        website: Some("https://landlord.example.org".to_owned()),
        complaints_policy_url: None,
    }
}

/// The built-in letter of a kind, with its complete sample.
pub fn sample(kind: &str) -> Rendered {
    let templates = Templates::load(None).unwrap();
    templates.sample(kind.parse::<Kind>().unwrap()).unwrap().0
}

/// These words on paper.
pub fn print(subject: &str, markdown: &str, to: &str, format: LetterFormat) -> Result<Vec<u8>, PrintFault> {
    print_to(subject, markdown, (to, &[]), format)
}

/// The same, to a postal address.
pub fn print_to(
    subject: &str,
    markdown: &str,
    (to, address): (&str, &[String]),
    format: LetterFormat,
) -> Result<Vec<u8>, PrintFault> {
    let landlord = landlord();
    let letter = Printed {
        subject,
        markdown,
        language: "en-GB",
        reference: REFERENCE,
        mark: None,
        landlord: &landlord,
        to,
        address,
    };
    printing::print(&letter, format)
}

/// A PDF in a file, and what the tools say of it.
pub struct Pdf {
    folder: tempfile::TempDir,
    pub bytes: Vec<u8>,
}

impl Pdf {
    pub fn of(bytes: Vec<u8>) -> Self {
        packages::need(&["poppler-utils", "qpdf"]);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("letter.pdf"), &bytes).unwrap();
        Self { folder, bytes }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("letter.pdf")
    }

    /// What a tool writes to standard output.
    pub fn tool(&self, words: &str) -> String {
        let mut words = words.split(' ').map(|word| match word {
            "FILE" => self.file().display().to_string(),
            word => word.to_owned(),
        });
        let output = Command::new(words.next().unwrap()).args(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The words in the order of the page, white space collapsed.
    pub fn words(&self) -> String {
        collapsed(&self.tool("pdftotext -enc UTF-8 FILE -"))
    }

    /// The tags with the words in them, in the order in which a screen reader reads them.
    pub fn tags(&self) -> Vec<String> {
        let tree = self.tool("pdfinfo -struct-text FILE");
        tree.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    /// How large its words are, in points.
    pub fn sizes(&self) -> Vec<f64> {
        let xml = self.tool("pdftohtml -xml -stdout -zoom 1 -i FILE");
        let fonts = xml.split("<fontspec ").skip(1);
        fonts.map(|font| font.split("size=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()).collect()
    }

    /// The words alone, in that order.
    pub fn spoken(&self) -> String {
        let tags = self.tags();
        let words = tags.iter().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
        words.collect::<Vec<_>>().join(" ")
    }

    /// The names of the tags alone.
    pub fn tag_names(&self) -> Vec<String> {
        // Without the words: with them the tool takes minutes over a long letter.
        let tree = self.tool("pdfinfo -struct FILE");
        let names = tree.lines().map(str::trim).filter(|line| !line.is_empty());
        names.map(|line| line.split([' ', '(']).next().unwrap().to_owned()).collect()
    }

    /// What `pdfinfo` says, by its key.
    pub fn info(&self) -> BTreeMap<String, String> {
        let info = self.tool("pdfinfo FILE");
        let pairs = info.lines().filter_map(|line| line.split_once(':'));
        pairs.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect()
    }

    pub fn pages(&self) -> u32 {
        self.info()["Pages"].parse().unwrap()
    }
}

pub fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
