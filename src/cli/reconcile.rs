//! `complaintsd reconcile`: every UID on the servers against the ledger. Nothing is read or marked; a gap
//! makes the next pass compare for itself and fetch what is missing.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use super::args::List;
use super::open::Records;
use super::poll::survey_all;
use super::{Exit, print};
use crate::ingest::Survey;
use crate::mailbox::Places;
use crate::store::LedgerState;

/// At most so many UIDs are written out in words; JSON has them all.
const SHOWN: usize = 20;

/// Compares. Ends with 1 when there is a gap, and when a folder with messages has never been read.
pub(super) async fn run(list: &List, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (mut told, mut lines, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    let mut never_read = false;
    let exit = survey_all(records, |mailbox, _, survey| {
        if survey.has_gap() {
            gaps.push((mailbox.name.clone(), survey.folder.name.clone()));
        }
        never_read |= survey.before.is_none() && !survey.facts.is_empty();
        told.push(to_json(&mailbox.name, &survey));
        lines.push(in_words(&mailbox.name, &survey));
        Ok(())
    })
    .await?;
    for (mailbox, folder) in &gaps {
        records.ingest().ask_for_comparison(mailbox, folder).await?;
    }
    if list.json {
        print::array(told.into_iter(), out)?;
    } else {
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    if !gaps.is_empty() {
        eprintln!("complaintsd: messages are missing; the next pass fetches them");
    }
    if never_read {
        eprintln!("complaintsd: a folder with messages has never been read; `complaintsd poll` says why");
    }
    Ok(if gaps.is_empty() && !never_read { exit } else { Exit::Failed })
}

/// How many messages the ledger has, by UIDVALIDITY.
fn epochs(survey: &Survey) -> BTreeMap<u32, usize> {
    let mut epochs = BTreeMap::new();
    for ((epoch, _), count) in &survey.counts {
        *epochs.entry(*epoch).or_insert(0) += count;
    }
    epochs
}

fn vanished(survey: &Survey) -> usize {
    survey.counts.iter().filter(|((_, state), _)| *state == LedgerState::Vanished).map(|(_, count)| count).sum()
}

fn to_json(mailbox: &str, survey: &Survey) -> Value {
    let places = |places: &Places| -> Vec<Value> {
        let uids = places.uids.iter().map(|uid| json!(uid));
        uids.chain(places.names.iter().map(|name| json!(name))).collect()
    };
    let current = survey.opened.epoch.uid_validity;
    let epoch = |(number, messages): (u32, usize)| json!({ "uid_validity": number, "messages": messages, "current": number == current });
    json!({
        "mailbox": mailbox,
        "folder": survey.folder.name,
        "intake": survey.folder.intake.key(),
        "uid_validity": current,
        "compared_at": survey.before.and_then(|before| before.compared_at).map(|at| at.to_string()),
        "on_server": survey.facts.len(),
        "in_ledger": survey.compared.present.len(),
        "not_in_ledger": places(&survey.compared.missing),
        "gaps": places(&survey.compared.gaps),
        "doubtful": survey.doubtful,
        "waiting": survey.compared.waiting,
        "vanished": vanished(survey),
        "epochs": epochs(survey).into_iter().map(epoch).collect::<Vec<_>>(),
    })
}

fn in_words(mailbox: &str, survey: &Survey) -> String {
    let compared = &survey.compared;
    let epochs: Vec<String> = epochs(survey).iter().map(|(epoch, count)| format!("{epoch} ({count})")).collect();
    let epochs = if epochs.is_empty() { "none".to_owned() } else { epochs.join(", ") };
    let mut line = format!(
        "{mailbox}{}: {} on the server, {} in the ledger, {} not in the ledger, {} waiting to be read, {} vanished \
         before they were fetched; epochs {epochs}",
        print::folder(&survey.folder),
        survey.facts.len(),
        compared.present.len(),
        compared.missing.len(),
        compared.waiting,
        vanished(survey),
    );
    if survey.before.is_none() {
        line.push_str("; never read");
    }
    if !compared.gaps.is_empty() {
        let uids: Vec<String> = compared.gaps.uids.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = if compared.gaps.len() > SHOWN { " and more" } else { "" };
        line.push_str(&format!("; GAP: UID {}{more}", uids.join(", ")));
    }
    if survey.doubtful > 0 {
        line.push_str(&format!("; GAP: {} may be other messages than those in the ledger", survey.doubtful));
    }
    line
}
