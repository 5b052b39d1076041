//! `complaintsd letter pdf`: one stored letter on paper, from the words that are stored.

use std::io::Write;

use anyhow::Context as _;
use jiff::Timestamp;

use super::args::{LetterPdf, WhichLetter};
use super::open::Records;
use super::{Exit, print};
use crate::domain::circumstances::LetterFormat;
use crate::domain::letter::LetterState;
use crate::domain::words;
use crate::letters::printing::{self, Printed};
use crate::store::{Letter, Store};

/// Writes the PDF.
pub(super) async fn run(
    asked: &LetterPdf,
    records: &Records,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let letter = find(&asked.letter, &records.store).await?;
    if let Some(kept) = records.store.print_of(letter.id).await?.filter(|_| !asked.large_print) {
        return write(asked, &letter, &kept, out);
    }
    let case = records.store.case(letter.case).await?.context("the letter's case is gone")?;
    let format = if asked.large_print { LetterFormat::LargePrint } else { case.people.letter_format() };
    let today = words::london_date(now);
    let to = case.people.letters_to(&case.resident, today).0;
    let printed = Printed {
        subject: &letter.content.subject,
        markdown: &letter.content.markdown,
        language: printing::language_of(&letter.content.html),
        reference: &letter.case_ref.to_string(),
        mark: (letter.state == LetterState::Draft).then_some(printing::DRAFT),
        landlord: &records.config.landlord,
        to,
        address: case.people.address_lines(today),
    };
    let bytes = printing::print(&printed, format).with_context(|| format!("letter {} cannot be printed", letter.id))?;
    write(asked, &letter, &bytes, out)
}

/// What was approved to be posted is written as it was then.
fn write(asked: &LetterPdf, letter: &Letter, bytes: &[u8], out: &mut dyn Write) -> anyhow::Result<Exit> {
    std::fs::write(&asked.output, bytes)
        .with_context(|| format!("cannot write {}: name a file in a folder that is there", asked.output.display()))?;
    let draft = if letter.state == LetterState::Draft { " It is a draft: do not post it." } else { "" };
    let subject = print::one_line(&letter.content.subject);
    writeln!(
        out,
        "letter {} of {} ({subject}) written to {}.{draft}",
        letter.id,
        letter.case_ref,
        asked.output.display()
    )?;
    Ok(Exit::Done)
}

pub(super) async fn find(which: &WhichLetter, store: &Store) -> anyhow::Result<Letter> {
    match which {
        WhichLetter::Number(id) => {
            let missing = || format!("there is no letter {id}: see `complaintsd letter list`");
            store.letter(*id).await?.with_context(missing)
        }
        WhichLetter::NewestOf(reference) => {
            let missing = || format!("there is no case {reference}: see `complaintsd case list`");
            let case = store.case_by_ref(*reference).await?.with_context(missing)?;
            let letters = store.letters_of_case(case.id).await?;
            let newest = letters.into_iter().max_by_key(|letter| letter.id);
            newest.with_context(|| format!("the case {reference} has no letter yet: see `complaintsd draft`"))
        }
    }
}
