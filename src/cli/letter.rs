//! `complaintsd letter`: the letters, and one letter as the resident reads it. Standard output carries
//! the letter alone, so that it can be printed or kept; what it still lacks goes to standard error.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::args::{Letter as Words, LetterForm, List};
use super::open::Records;
use super::{Exit, letter_pdf, print};
use crate::domain::letter::{ElementCheck, Shortfall};
use crate::domain::words;
use crate::domain::writing::Remark;
use crate::store::{Letter, Override, Post};

/// Lists or shows.
pub(super) async fn run(asked: &Words, records: &Records, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let store = &records.store;
    match asked {
        Words::List(List { json }) => {
            let letters = store.letters(usize::MAX).await?;
            let oldest_first = letters.iter().rev();
            if *json {
                print::array(oldest_first.map(facts), out)?;
            } else {
                print::table(&oldest_first.map(row).collect::<Vec<_>>(), out)?;
            }
        }
        Words::Pdf(asked) => return letter_pdf::run(asked, records, now, out).await,
        Words::Show { id, format, json } => {
            let missing = || format!("there is no letter {id}: see `complaintsd letter list`");
            let letter = store.letter(*id).await?.with_context(missing)?;
            if *json {
                let template = store.template_edition(letter.content.template_digest).await?;
                let mut all = to_json(&letter, template.as_ref());
                if let Some(map) = all.as_object_mut() {
                    map.insert("post".to_owned(), on_paper(store.post(*id).await?.as_ref()));
                    let overrides = store.overrides_of(*id).await?;
                    map.insert("overridden".to_owned(), overrides.iter().map(overridden).collect());
                }
                writeln!(out, "{all:#}")?;
            } else {
                about(&letter);
                let text = match format {
                    LetterForm::Text => &letter.content.text,
                    LetterForm::Html => &letter.content.html,
                };
                if text.is_empty() {
                    eprintln!("It has no HTML: the resident needs plain text and nothing beside it.");
                }
                writeln!(out, "{}", text.trim_end())?;
            }
        }
        // Answered before, with what they need besides the records.
        Words::Approve { .. } | Words::Discard { .. } | Words::Post(_) => {}
    }
    Ok(Exit::Done)
}

fn row(letter: &Letter) -> Vec<String> {
    vec![
        letter.id.to_string(),
        letter.case_ref.to_string(),
        letter.kind.to_string(),
        letter.state.key().to_owned(),
        format!("version {}", letter.version),
        words::london_date(letter.updated_at).to_string(),
    ]
}

fn checks(letter: &Letter) -> Vec<ElementCheck> {
    letter.content.elements.iter().cloned().map(Into::into).collect()
}

fn remarks(letter: &Letter) -> impl Iterator<Item = Remark> {
    letter.content.remarks.iter().cloned().map(Into::into)
}

fn shortfalls(letter: &Letter) -> Vec<Shortfall> {
    checks(letter).iter().filter_map(ElementCheck::shortfall).collect()
}

/// What is not part of the letter.
fn about(letter: &Letter) {
    eprintln!("{} of {}: {}, version {}", letter.kind, letter.case_ref, letter.state.key(), letter.version);
    eprintln!("Digest: {}", letter.content.digest);
    eprintln!("Subject: {}", print::one_line(&letter.content.subject));
    for shortfall in shortfalls(letter) {
        eprintln!("Shortfall: {shortfall}");
    }
    for remark in remarks(letter) {
        eprintln!("Writing ({}): {remark}", remark.force.key());
    }
}

fn facts(letter: &Letter) -> Value {
    let approved = letter.approved.as_ref();
    json!({
        "id": letter.id.0,
        "case_ref": letter.case_ref.to_string(),
        "kind": letter.kind.key(),
        "state": letter.state.key(),
        "version": letter.version,
        "digest": letter.content.digest.to_string(),
        "subject": letter.content.subject,
        "author": letter.author.to_string(),
        "approved_by": approved.map(|(who, _)| who.to_string()),
        "approved_at": approved.map(|(_, at)| at.to_string()),
        "sent_at": letter.sent_at.map(|at| at.to_string()),
        "updated_at": letter.updated_at.to_string(),
    })
}

fn on_paper(post: Option<&Post>) -> Value {
    let Some(post) = post else { return Value::Null };
    let posting = post.posting.as_ref();
    json!({
        "address": post.address.0,
        "posted_at": posting.map(|posting| posting.at.to_string()),
        "posted_by": posting.map(|posting| posting.by.clone()),
        "class": posting.map(|posting| posting.class.clone()),
    })
}

fn overridden(one: &Override) -> Value {
    json!({
        "element": one.overridden.element,
        "provision": one.overridden.provision.to_string(),
        "title": one.overridden.title,
        "reason": one.overridden.reason,
        "officer": one.officer_name,
        "at": one.at.to_string(),
    })
}

fn to_json(letter: &Letter, template: Option<&BTreeMap<String, String>>) -> Value {
    let mut all = facts(letter);
    let elements = checks(letter).into_iter().map(|ElementCheck { element, passage }| {
        json!({
            "id": element.id,
            "provision": element.provision.to_string(),
            "title": element.title,
            "passage": passage,
            "remedy": element.remedy,
        })
    });
    let shortfalls = shortfalls(letter).into_iter().map(|shortfall| {
        json!({
            "element": shortfall.element,
            "provision": shortfall.provision.to_string(),
            "title": shortfall.title,
            "remedy": shortfall.remedy,
        })
    });
    let remarks = remarks(letter).map(|remark| {
        json!({
            "rule": remark.rule,
            "force": remark.force.key(),
            "provision": remark.provision.to_string(),
            "title": remark.title,
            "words": remark.words,
            "sentence": remark.sentence,
            "line": remark.line,
            "remedy": remark.remedy,
        })
    });
    let further = [
        ("text", json!(letter.content.text)),
        ("html", json!(letter.content.html)),
        ("elements", elements.collect()),
        ("shortfalls", shortfalls.collect()),
        ("remarks", remarks.collect()),
        ("template_digest", json!(letter.content.template_digest.to_string())),
        ("template", json!(template)),
    ];
    if let Some(map) = all.as_object_mut() {
        map.extend(further.map(|(key, value)| (key.to_owned(), value)));
    }
    all
}
