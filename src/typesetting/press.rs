//! Typst behind our own world: one layout, one letter, our fonts.
//!
//! Its paths are interned for the life of the process, so there are only ever two of them; and what it
//! remembers of a letter is forgotten after each one, so that memory does not grow.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::{PrintFault, Sheet};

/// Everything that is the same for all letters.
struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    layout: Source,
    letter: FileId,
    standards: PdfStandards,
}

static PRESS: LazyLock<Result<Press, String>> = LazyLock::new(Press::new);

/// The fonts, best first: the letters' own; one that has Arabic, Hebrew, Armenian, Georgian and many
/// signs; and pictures. All may be embedded in documents (SIL OFL 1.1; DejaVu: Bitstream Vera).
fn fonts() -> [&'static [u8]; 7] {
    [
        notosans::REGULAR_TTF,
        notosans::BOLD_TTF,
        notosans::ITALIC_TTF,
        notosans::BOLD_ITALIC_TTF,
        dejavu::sans::regular(),
        dejavu::sans::bold(),
        epaint_default_fonts::NOTO_EMOJI_REGULAR,
    ]
}

impl Press {
    fn new() -> Result<Self, String> {
        let id = |path: &str| {
            let path = VirtualPath::new(path).map_err(|fault| format!("{fault:?}"))?;
            Ok::<_, String>(RootedPath::new(VirtualRoot::Project, path).intern())
        };
        let fonts: Vec<Font> = fonts().into_iter().flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect();
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            layout: Source::new(id("letter.typ")?, include_str!("letter.typ").to_owned()),
            letter: id("letter.json")?,
            standards: PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|fault| fault.message().to_string())?,
        })
    }

    /// Whether a character can be seen, or is not meant to be.
    fn shows(&self, c: char) -> bool {
        c.is_whitespace()
            || typst::text::is_default_ignorable(c)
            || self.fonts.iter().any(|font| font.info().coverage.contains(u32::from(c)))
    }
}

/// One letter on the press.
struct Job<'a> {
    press: &'a Press,
    letter: Bytes,
}

impl World for Job<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.press.layout.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main() { Ok(self.press.layout.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.press.letter { Ok(self.letter.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Our pictures have one colour, so there is nothing to see of the tone of a skin.
const fn is_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

pub(super) fn without_shape(text: &str) -> Vec<char> {
    let Ok(press) = PRESS.as_ref() else { return Vec::new() };
    let hidden: BTreeSet<char> = text.chars().filter(|c| !is_tone(*c) && !press.shows(*c)).collect();
    hidden.into_iter().collect()
}

pub(super) fn print(sheet: &Sheet) -> Result<Vec<u8>, PrintFault> {
    let press = PRESS.as_ref().map_err(|fault| PrintFault::Layout(fault.clone()))?;
    let letter = serde_json::to_string(sheet).map_err(|fault| PrintFault::Layout(fault.to_string()))?;
    let letter = letter.replace(is_tone, "");
    let hidden: BTreeSet<char> = letter.chars().filter(|c| !press.shows(*c)).collect();
    if !hidden.is_empty() {
        return Err(PrintFault::NoShape(hidden.into_iter().collect()));
    }
    let job = Job { press, letter: Bytes::from_string(letter) };
    // A letter that the layout engine chokes on must not take the daemon with it.
    let printed = catch_unwind(AssertUnwindSafe(|| job.run()));
    typst::comemo::evict(0);
    printed.unwrap_or_else(|_| Err(PrintFault::Layout("the layout engine stopped".to_owned())))
}

impl Job<'_> {
    fn run(&self) -> Result<Vec<u8>, PrintFault> {
        let document = typst::compile::<PagedDocument>(self).output.map_err(|faults| layout(&faults))?;
        let options = PdfOptions {
            creator: Smart::Custom(Some("complaintsd".to_owned())),
            standards: self.press.standards.clone(),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|faults| layout(&faults))
    }
}

fn layout(faults: &[SourceDiagnostic]) -> PrintFault {
    PrintFault::Layout(faults.iter().map(|fault| fault.message.to_string()).collect::<Vec<_>>().join("; "))
}
