//! `complaintsd letters`: the landlord's words, looked at and held against the Code. Nothing is stored
//! and nothing is sent, so templates can be worked on beside a running daemon.

use std::io::{IsTerminal as _, Write};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::json;

use super::args::{Letters as Words, List, Preview, PreviewForm};
use super::open::Records;
use super::{Exit, print};
use crate::config::Config;
use crate::daemon::house;
use crate::domain::circumstances::LetterFormat;
use crate::domain::parts::LetterParts;
use crate::domain::words;
use crate::letters::printing::{self, Printed};
use crate::letters::{Kind, Rendered, TemplateFault, Templates};

/// Looks or checks.
pub(super) async fn run(asked: &Words, config: Config, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match asked {
        Words::Check(List { json }) => check(&config, *json, out),
        Words::Preview(asked) => preview(asked, config, now, out).await,
        Words::Overridden(_) => Ok(Exit::Done), // answered before, from the records
    }
}

fn check(config: &Config, json: bool, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let found = match Templates::load(config.templates.as_deref()) {
        Ok(templates) => [templates.check(&config.rules.code, &config.writing), on_paper(&templates, config)].concat(),
        Err(faults) => faults,
    };
    if json {
        let rows = found
            .iter()
            .map(|fault| json!({ "file": fault.file, "line": fault.line, "what": fault.what, "remedy": fault.remedy }));
        print::array(rows, out)?;
    } else {
        found.iter().try_for_each(|fault| writeln!(out, "{fault}"))?;
        if found.is_empty() {
            let forms = if cfg!(feature = "pdf") { "text, HTML and PDF" } else { "text and HTML" };
            writeln!(out, "{} kinds rendered with samples as {forms}: nothing found.", Kind::all().len())?;
        }
    }
    Ok(if found.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Prints a sample of every kind of letter.
fn on_paper(templates: &Templates, config: &Config) -> Vec<TemplateFault> {
    if cfg!(not(feature = "pdf")) {
        return Vec::new();
    }
    let kinds = Kind::all().into_iter().filter(|kind| matches!(kind, Kind::Letter(_)));
    let fault = |kind: Kind, what: String| TemplateFault {
        file: kind.key().to_owned(),
        line: None,
        what: format!("cannot be printed: {what}"),
        remedy: "see it with `complaintsd letters preview`, and write it so that it can".to_owned(),
    };
    kinds
        .flat_map(|kind| [LetterFormat::Standard, LetterFormat::LargePrint].map(|format| (kind, format)))
        .filter_map(|(kind, format)| match templates.sample(kind) {
            Ok((rendered, name)) => {
                let printed = printing::print(&sheet(&rendered, "CMP-2026-00042", &(name, Vec::new()), config), format);
                printed.err().map(|error| fault(kind, error.to_string()))
            }
            Err(error) => Some(fault(kind, error.to_string())),
        })
        .collect()
}

async fn preview(asked: &Preview, config: Config, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let Preview { kind, case, format, large_print, output } = asked;
    if *format == PreviewForm::Pdf && output.is_none() && std::io::stdout().is_terminal() {
        bail!("a PDF cannot be shown on a terminal: write --output FILE");
    }
    let desk = house::desk(&config)?;
    let (rendered, reference, to, config, recorded) = match case {
        None => {
            let (rendered, name) = desk.templates.current().sample(*kind)?;
            (rendered, String::new(), (name, Vec::new()), config, LetterFormat::Standard)
        }
        Some(reference) => {
            let Kind::Letter(letter) = *kind else { bail!("{kind} is written for no case: leave --case out") };
            let Records { store, config, .. } = Records::open(config).await?;
            let missing = || format!("there is no case {reference}: see `complaintsd case list`");
            let case = store.case_by_ref(*reference).await?.with_context(missing)?;
            let stored = store.letters_of_case(case.id).await?;
            let newest = stored.iter().filter(|stored| stored.kind == letter).max_by_key(|stored| stored.id);
            let parts = newest.map(|stored| LetterParts::from_map(&stored.content.parts)).unwrap_or_default();
            let written = desk.write(letter, &case, &parts, now)?;
            for shortfall in written.checks.iter().filter_map(crate::domain::letter::ElementCheck::shortfall) {
                eprintln!("Shortfall: {shortfall}");
            }
            let today = words::london_date(now);
            let to = case.people.letters_to(&case.resident, today).0.to_owned();
            let to = (to, case.people.address_lines(today).to_vec());
            (written.rendered, reference.to_string(), to, config, case.people.letter_format())
        }
    };
    let format_of = if *large_print { LetterFormat::LargePrint } else { recorded };
    let bytes = match format {
        PreviewForm::Text => rendered.text.into_bytes(),
        PreviewForm::Html => printing::formatted(&rendered.subject, &rendered.markdown, &rendered.language, format_of)
            .html
            .unwrap_or_default()
            .into_bytes(),
        PreviewForm::Pdf => printing::print(&sheet(&rendered, &reference, &to, &config), format_of)?,
    };
    match output {
        None => out.write_all(&bytes)?,
        Some(file) => std::fs::write(file, &bytes)
            .with_context(|| format!("cannot write {}: name a file in a folder that is there", file.display()))?,
    }
    Ok(Exit::Done)
}

fn sheet<'a>(
    rendered: &'a Rendered,
    reference: &'a str,
    (to, address): &'a (String, Vec<String>),
    config: &'a Config,
) -> Printed<'a> {
    Printed {
        subject: &rendered.subject,
        markdown: &rendered.markdown,
        language: &rendered.language,
        reference,
        mark: Some("Preview: do not send"),
        landlord: &config.landlord,
        to,
        address,
    }
}
