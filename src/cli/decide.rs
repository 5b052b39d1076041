//! `complaintsd contact decide`: what an officer decides about a contact, entered by the person who
//! runs complaintsd. Whoever can read the configuration may; the reason kept says how it was entered.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context as _, ensure};

use super::Exit;
use super::args::Decide;
use super::open::Records;
use crate::daemon::house;
use crate::domain::decision::{Asked, Choice, Complainant};
use crate::domain::people::Standing;

/// Decides as the officer named.
pub(super) async fn run(asked: &Decide, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let Decide { id, open_case, for_somebody_else, case, reason, officer, anew, .. } = asked;
    let store = &records.store;
    let found = store.officer_by_email(officer).await?;
    let (officer, _) =
        found.with_context(|| format!("there is no officer {officer}: see `complaintsd officer list`"))?;
    ensure!(officer.standing == Standing::Active, "the account of {} has been switched off", officer.email);
    let choice = match case {
        Some(case) => Choice::AddTo(*case),
        None if *open_case && *for_somebody_else => Choice::OpenCase(Complainant::SomebodyElse),
        None if *open_case => Choice::OpenCase(Complainant::Sender),
        None => Choice::NothingToDo,
    };
    let contact = store.contact(*id).await?;
    let seen = contact.and_then(|contact| contact.decided).filter(|_| *anew).map(|decided| decided.at);
    let reason = reason.trim();
    let reason = if reason.is_empty() { String::new() } else { format!("{reason} (entered at the command line)") };
    let asked = Asked { choice, reason, seen };
    let desk = house::desk(&records.config)?;
    let casework = house::casework(&records.config, store, Arc::clone(&records.clock), desk);
    let case = casework.decide_contact(&officer, *id, &asked).await.with_context(|| format!("contact {id}"))?;
    let what = choice.decision().words();
    match case {
        Some(case) => writeln!(out, "contact {id}: {what}, case {case}")?,
        None => writeln!(out, "contact {id}: {what}")?,
    }
    Ok(Exit::Done)
}
