//! `complaintsd letter posted`, `returned`, `withdraw` and `to-post`, and `letters overridden`: what is recorded
//! of letters on paper, which of them wait, and what letters went without.

use std::io::Write;

use anyhow::Context as _;
use serde_json::json;

use super::args::{LetterPost, LetterPosted, LetterReturned, LetterWithdraw, List};
use super::case_act::named;
use super::letter_pdf::find;
use super::open::Records;
use super::{Exit, print};
use crate::casework::Email;
use crate::daemon::house::House;
use crate::domain::post::{Posting, to_go_by};
use crate::domain::words;
use crate::store::Waits;

/// Records what became of a letter on paper.
pub(super) async fn run(asked: &LetterPost, house: &House, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match asked {
        LetterPost::Posted(asked) => posted(asked, house, out).await,
        LetterPost::Returned(asked) => returned(asked, house, out).await,
        LetterPost::Withdraw(asked) => withdraw(asked, house, out).await,
        LetterPost::ToPost(_) => Ok(Exit::Done), // answered before, from the records
    }
}

/// Records that letters were posted. Those before one that cannot be recorded stay recorded.
async fn posted(asked: &LetterPosted, house: &House, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let casework = house.casework();
    let officer = named(&casework, &asked.officer).await?;
    for which in &asked.letters {
        let letter = find(which, &casework.store).await?;
        let by = asked.by.clone().unwrap_or_else(|| officer.name.clone());
        let posting = Posting { at: asked.at, by, class: asked.class.clone() };
        let email = casework.posted(&officer, letter.id, posting).await;
        let email = match email.with_context(|| format!("letter {} of {}", letter.id, letter.case_ref))? {
            Email::None => "",
            Email::Withdrawn => "; its e-mail was withdrawn",
            Email::UnderWay => "; its e-mail is being handed over, so the resident may get both",
        };
        let at = words::instant(asked.at);
        writeln!(out, "letter {}: the {} of {} was posted {at}{email}", letter.id, letter.kind, letter.case_ref)?;
    }
    Ok(Exit::Done)
}

/// Records that a letter came back.
async fn returned(asked: &LetterReturned, house: &House, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let casework = house.casework();
    let officer = named(&casework, &asked.officer).await?;
    let letter = find(&asked.letter, &casework.store).await?;
    let done = casework.returned(&officer, letter.id, asked.on, asked.reason.clone()).await;
    done.with_context(|| format!("letter {} of {}", letter.id, letter.case_ref))?;
    writeln!(
        out,
        "letter {}: the {} of {} counts as not sent; ask for another address and record it with `complaintsd case \
         record {} postal-address`",
        letter.id, letter.kind, letter.case_ref, letter.case_ref
    )?;
    Ok(Exit::Done)
}

/// Takes back a letter that waits to be posted.
async fn withdraw(asked: &LetterWithdraw, house: &House, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let casework = house.casework();
    let officer = named(&casework, &asked.officer).await?;
    let letter = find(&asked.letter, &casework.store).await?;
    let done = casework.withdraw(&officer, letter.id, asked.reason.clone()).await;
    done.with_context(|| format!("letter {} of {}", letter.id, letter.case_ref))?;
    writeln!(out, "letter {}: the {} of {} is not to be posted", letter.id, letter.kind, letter.case_ref)?;
    Ok(Exit::Done)
}

/// Lists the letters that wait to be posted, with the day by which they must be.
pub(super) async fn waiting(List { json }: &List, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (store, config) = (&records.store, &records.config);
    let mut rows = Vec::new();
    for letter in store.unsent().await?.into_iter().filter(|letter| letter.waits == Waits::Post) {
        let case = store.case(letter.case).await?.context("the letter's case is gone")?;
        let by = to_go_by(&config.post, &config.rules.calendar, &case, letter.kind, letter.approved_at);
        rows.push((by, letter));
    }
    rows.sort_by_key(|(by, letter)| (*by, letter.letter));
    if *json {
        let facts = rows.iter().map(|(by, letter)| {
            json!({
                "letter": letter.letter.0,
                "case_ref": letter.case_ref.to_string(),
                "kind": letter.kind.key(),
                "approved_at": letter.approved_at.to_string(),
                "post_by": by.to_string(),
            })
        });
        print::array(facts, out)?;
    } else {
        let row = |(by, letter): &(jiff::civil::Date, crate::store::Unsent)| {
            vec![letter.letter.to_string(), letter.case_ref.to_string(), letter.kind.to_string(), format!("by {by}")]
        };
        print::table(&rows.iter().map(row).collect::<Vec<_>>(), out)?;
    }
    Ok(Exit::Done)
}

/// Lists what letters went without, by whom and why, and how many times.
pub(super) async fn overridden(List { json }: &List, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let overrides = records.store.overrides().await?;
    if *json {
        let facts = overrides.iter().map(|one| {
            json!({
                "letter": one.letter.0,
                "element": one.overridden.element,
                "provision": one.overridden.provision.to_string(),
                "title": one.overridden.title,
                "reason": one.overridden.reason,
                "officer": one.officer_name,
                "at": one.at.to_string(),
            })
        });
        print::array(facts, out)?;
    } else {
        for one in &overrides {
            let (officer, on) = (print::one_line(&one.officer_name), words::london_date(one.at));
            let what = print::one_line(&one.overridden.to_string());
            writeln!(out, "letter {}, {on}, {officer}: {what}", one.letter)?;
        }
        writeln!(out, "{} left out", words::counted(overrides.len(), "required element"))?;
    }
    Ok(Exit::Done)
}
