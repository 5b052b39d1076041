//! The words of the commands about letters on paper, and about the letter templates.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{LetterPost, List};
use crate::domain::ids::{CaseRef, Digest, EmailAddress, LetterId};
use crate::letters::Kind;

/// `letter`.
#[derive(Debug, Subcommand)]
pub enum Letter {
    /// List the letters, newest last
    List(List),
    /// Show one letter
    Show {
        /// Its number
        id: LetterId,
        /// Its form; what is not part of the letter goes to standard error
        #[arg(long, value_enum, default_value_t = LetterForm::Text)]
        format: LetterForm,
        /// Print JSON: both forms, and each required element with its passage
        #[arg(long, conflicts_with = "format")]
        json: bool,
    },
    /// Write one letter as a PDF, to be printed and posted
    ///
    /// Tagged for screen readers (PDF/UA-1). The address stands where the window of a DL envelope shows it.
    Pdf(LetterPdf),
    /// What becomes of letters on paper.
    #[command(flatten)]
    Post(LetterPost),
    /// Approve exactly the text that `letter show` printed
    ///
    /// It goes into the outbox; `complaintsd send` or the daemon hands it to the mail server. A letter that goes by
    /// post is kept as a PDF, to be posted.
    Approve {
        /// Its number
        id: LetterId,
        /// The digest of what was read, as `letter show` tells it
        #[arg(long, value_name = "HEX")]
        digest: Digest,
        /// Why it may go without required elements that are missing, where the configuration lets a senior officer
        /// decide that
        #[arg(long, value_name = "REASON")]
        override_missing: Option<String>,
        /// The officer in whose name it is approved
        #[arg(long = "as", value_name = "EMAIL")]
        officer: EmailAddress,
    },
    /// Discard a draft that nobody needs; an acknowledgement or a response is owed, and stays
    Discard {
        /// Its number
        id: LetterId,
        /// Why
        #[arg(long)]
        reason: String,
        /// The officer in whose name it is discarded
        #[arg(long = "as", value_name = "EMAIL")]
        officer: EmailAddress,
    },
}

/// The form a letter is shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LetterForm {
    /// Plain text, as in the message.
    Text,
    /// HTML, as in the message.
    Html,
}

/// `letter pdf`.
#[derive(Debug, Args)]
pub struct LetterPdf {
    /// Its number, or a case's reference for the newest letter of that case
    #[arg(value_name = "LETTER|REF", value_parser = which_letter)]
    pub letter: WhichLetter,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// In large print: at least 18 points. Where that is recorded for the resident, it is so anyway
    #[arg(long)]
    pub large_print: bool,
}

/// `letters`.
#[derive(Debug, Subcommand)]
pub enum Letters {
    /// Write a kind of letter as it would look: with invented values, or those of a case
    ///
    /// Nothing is stored, and nothing is sent.
    Preview(Preview),
    /// Render every kind with every sample and hold it against the Code
    ///
    /// Exit status 1 when something is found: each finding says where, what and what to do. Needs no database.
    Check(List),
    /// List what letters went without, who decided that and why, and how many times
    Overridden(List),
}

/// `letters preview`.
#[derive(Debug, Args)]
pub struct Preview {
    /// The kind: the name of its folder in letter-templates/
    pub kind: Kind,
    /// With the values of this case, and what an officer has written for it
    #[arg(long, value_name = "REF")]
    pub case: Option<CaseRef>,
    /// The form
    #[arg(long, value_enum, default_value_t = PreviewForm::Text)]
    pub format: PreviewForm,
    /// HTML or PDF in large print: at least 18 points. With --case, what is recorded for the resident decides, too
    #[arg(long)]
    pub large_print: bool,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The form a template is looked at in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PreviewForm {
    /// Plain text, as in the message.
    Text,
    /// HTML, as in the message.
    Html,
    /// On paper.
    Pdf,
}

/// How a letter is named on the command line.
#[derive(Debug, Clone)]
pub enum WhichLetter {
    /// By its number.
    Number(LetterId),
    /// The newest of a case.
    NewestOf(CaseRef),
}

pub(super) fn which_letter(text: &str) -> Result<WhichLetter, String> {
    if let Ok(id) = text.parse() {
        return Ok(WhichLetter::Number(id));
    }
    text.parse().map(WhichLetter::NewestOf).map_err(|fault| {
        format!("write a letter's number, as `complaintsd letter list` shows it, or a case reference ({fault})")
    })
}
