//! How fast letters are made, on one core: rendered and held against the Code as text and HTML, and
//! printed as PDF in both sizes; how long the very first PDF of a process takes; and whether memory
//! stays where it is however many are printed.
//!
//! `cargo bench --bench letters`, with `--no-default-features` for all but the PDFs; after `--` may follow `seconds=N` for each of the three.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on should stop loudly"
)]

use std::time::{Duration, Instant};

use complaintsd::config;
use complaintsd::domain::calendar::Division;
#[cfg(feature = "pdf")]
use complaintsd::domain::circumstances::LetterFormat;
#[cfg(feature = "pdf")]
use complaintsd::domain::landlord::Landlord;
#[cfg(feature = "pdf")]
use complaintsd::letters::Rendered;
use complaintsd::letters::context::{AcknowledgementView, View as _};
#[cfg(feature = "pdf")]
use complaintsd::letters::printing::{self, Printed};
use complaintsd::letters::{Templates, checked};

fn main() {
    let seconds = std::env::args().find_map(|word| word.strip_prefix("seconds=")?.parse().ok()).unwrap_or(5);
    let time = Duration::from_secs(seconds);
    let code = config::built_in_rules(Division::EnglandAndWales).unwrap().code;
    let templates = Templates::load(None).unwrap();
    let view = AcknowledgementView::samples().into_iter().next().unwrap();
    #[cfg(feature = "pdf")]
    let letter = templates.render(&view).unwrap();
    #[cfg(feature = "pdf")]
    {
        let begun = Instant::now();
        let first = print(&letter, 0, LetterFormat::Standard);
        println!("first PDF: {:.0} ms ({} kB)", begun.elapsed().as_secs_f64() * 1e3, first / 1000);
    }

    let rate = each(time, |turn| {
        let mut view = view.clone();
        view.common.resident = Some(format!("Siân O'Hara {turn}"));
        let rendered = templates.render(&view).unwrap();
        assert!(checked(&code, &rendered).iter().all(|check| check.passage.is_some()));
    });
    println!("text and HTML, rendered and checked: {rate:.0} letters a second of CPU");
    #[cfg(feature = "pdf")]
    for (name, format) in [("standard", LetterFormat::Standard), ("large print", LetterFormat::LargePrint)] {
        let before = resident_memory();
        let rate = each(time, |turn| assert!(print(&letter, turn, format) > 10_000));
        let (before, after) = (before / 1024, resident_memory() / 1024);
        println!("PDF, {name}: {rate:.0} letters a second of CPU; memory {before} MiB before, {after} MiB after");
    }
}

/// So often in a second of this process's CPU, which on a machine with other work is not a second of the clock's.
fn each(time: Duration, mut work: impl FnMut(u64)) -> f64 {
    let (begun, before) = (Instant::now(), cpu_seconds());
    let mut turn = 0;
    while begun.elapsed() < time {
        turn += 1;
        work(turn);
    }
    f64::from(u32::try_from(turn).unwrap()) / (cpu_seconds() - before)
}

/// What this process has had of all CPUs: fields 14 and 15 of /proc/self/stat, in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(") ").unwrap().1.split(' ');
    fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

#[cfg(feature = "pdf")]
/// Prints a letter to another resident each time; its size.
fn print(letter: &Rendered, turn: u64, format: LetterFormat) -> usize {
    let landlord = Landlord {
        name: "Example Homes".to_owned(),
        address: vec!["1 Example Street".to_owned(), "Exampleton EX1 1EX".to_owned()],
        phone: "01632 960001".to_owned(),
        email: "complaints@landlord.example.org".parse().unwrap(),
        website: Some("https://landlord.example.org".to_owned()),
        complaints_policy_url: None,
    };
    let name = format!("Siân O'Hara {turn}");
    let markdown = letter.markdown.replace("Siân O\\'Hara", &name);
    assert!(markdown != letter.markdown);
    let printed = Printed {
        subject: &letter.subject,
        markdown: &markdown,
        language: "en-GB",
        reference: "CMP-2026-00042-M",
        mark: None,
        landlord: &landlord,
        to: &name,
        address: &[],
    };
    printing::print(&printed, format).unwrap().len()
}

#[cfg(feature = "pdf")]
/// KiB of this process in memory.
fn resident_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
