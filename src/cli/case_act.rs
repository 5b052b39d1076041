//! `complaintsd case assign`, `define`, `outcome` and the others that change a case: the same acts as on the
//! pages, in the name of an officer, by whoever may read the configuration. The record says so.

use std::io::{Read as _, Write};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use serde::Deserialize;

use super::Exit;
use super::case_args::{CaseAct, On, Refuse, Tell};
use super::triage;
use crate::casework::{Approval, Casework};
use crate::daemon::house::House;
use crate::domain::case::Case;
use crate::domain::commands::{
    CaseCommand, Correcting, CorrectionRefusal, ExclusionCommand, OutcomeCommand, StageTwoCommand, TriageCommand,
};
use crate::domain::definition::{Definition, Point, Responsibility};
use crate::domain::exclusion::{Ground, Refused};
use crate::domain::ids::{CaseRef, ContactId, Digest, EmailAddress, LetterId};
use crate::domain::letter::LetterKind;
use crate::domain::outcome::{Answer, Finding, Outcome, Pence, Promise, Remedy, RemedyKind};
use crate::domain::parts::LetterParts;
use crate::domain::people::{Officer, Standing};
use crate::domain::words;

/// Does what was asked, and says where the case stands then.
pub(super) async fn run(asked: &CaseAct, house: &House, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let casework = house.casework();
    let On { reference, officer } = asked.on();
    let officer = named(&casework, officer).await?;
    let before = casework.store.case_by_ref(*reference).await?;
    let letter = match asked {
        CaseAct::Outcome { file, .. } => {
            casework.record_outcome(&officer, *reference, outcome(file)?).await.context(reference.to_string())?
        }
        CaseAct::Respond { .. } => {
            Some(casework.begin_response(&officer, *reference).await.context(reference.to_string())?)
        }
        CaseAct::Refuse(refuse) => Some(propose(&casework, &officer, refuse).await?),
        CaseAct::Extend { .. } => Some(extend(&casework, &officer, asked).await?),
        CaseAct::Tell(asked) => Some(tell(&casework, &officer, asked).await?),
        CaseAct::Triage(asked) => {
            casework.triage(&officer, *reference, triage::asked(asked)).await.context(reference.to_string())?;
            None
        }
        CaseAct::RaiseComplaint { contact, reason, .. } => {
            let raised = casework.raise_complaint(&officer, *reference, CaseAct::contact(*contact), reason).await;
            let raised = raised.context(reference.to_string())?;
            let complaint = casework.store.case_by_ref(raised).await?.context("the complaint is gone")?;
            told(&complaint, None, out)?;
            None
        }
        _ => {
            let command = command(&casework, asked).await?;
            casework.act(&officer, *reference, command).await.context(reference.to_string())?;
            None
        }
    };
    let case = casework.store.case_by_ref(*reference).await?.context("the case is gone")?;
    if letter.is_none() && before.as_ref() == Some(&case) && !asked.only_notes() {
        writeln!(out, "nothing has changed: {reference} stands like this already")?;
    }
    told(&case, letter, out)?;
    if let (CaseAct::Outcome { .. }, Some(outcome)) = (asked, &case.current.outcome) {
        let lacks = case.outcome_lacks(outcome, words::london_date(house.clock.now()));
        lacks.iter().try_for_each(|lack| writeln!(out, "still to enter: {lack}"))?;
    }
    Ok(Exit::Done)
}

/// Approves a letter as it stands, in the name of an officer.
pub(super) async fn approve(
    (letter, digest): (LetterId, Digest),
    override_missing: Option<String>,
    officer: &EmailAddress,
    house: &House,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let casework = house.casework();
    let officer = named(&casework, officer).await?;
    let stored = casework.store.letter(letter).await?;
    let stored = stored.with_context(|| format!("there is no letter {letter}: see `complaintsd letter list`"))?;
    let approval = Approval { letter, version: stored.version, digest };
    let done = casework.approve_overriding(&officer, approval, override_missing).await;
    done.with_context(|| format!("letter {letter}"))?;
    let post = match casework.store.post(letter).await? {
        Some(_) => "; it goes by post: print it with `complaintsd letter pdf`, post it and record that",
        None => "",
    };
    writeln!(out, "letter {letter}: the {} was approved, version {}{post}", stored.kind, stored.version)?;
    Ok(Exit::Done)
}

/// Discards a draft, in the name of an officer.
pub(super) async fn discard(
    letter: LetterId,
    reason: &str,
    officer: &EmailAddress,
    house: &House,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let casework = house.casework();
    let officer = named(&casework, officer).await?;
    casework.discard(&officer, letter, reason).await.with_context(|| format!("letter {letter}"))?;
    writeln!(out, "letter {letter}: the draft was discarded")?;
    Ok(Exit::Done)
}

/// The officer in whose name it is done; history tells how it was entered.
pub(super) async fn named(casework: &Casework, email: &EmailAddress) -> anyhow::Result<Officer> {
    let officer = account(casework, email).await?;
    ensure!(officer.standing == Standing::Active, "the account of {email} has been switched off");
    Ok(Officer { name: format!("{} (entered at the command line)", officer.name), ..officer })
}

async fn account(casework: &Casework, email: &EmailAddress) -> anyhow::Result<Officer> {
    let found = casework.store.officer_by_email(email).await?;
    Ok(found.with_context(|| format!("there is no officer {email}: see `complaintsd officer list`"))?.0)
}

fn told(case: &Case, letter: Option<LetterId>, out: &mut dyn Write) -> std::io::Result<()> {
    let next = case.next_deadline().map_or_else(
        || "nothing is due".to_owned(),
        |(duty, by)| {
            format!("{} by {}", duty.key(), by.map_or_else(|| "a day not covered".to_owned(), |by| by.to_string()))
        },
    );
    let letter = letter.map_or_else(String::new, |letter| format!(", letter {letter} is a draft"));
    writeln!(out, "{}: {}, {}, {next}{letter}", case.reference, case.current.stage, case.state())
}

/// When a case was received, as an officer has proposed.
async fn proposed(casework: &Casework, reference: CaseRef) -> anyhow::Result<Timestamp> {
    let case = casework.store.case_by_ref(reference).await?.context("there is no such case")?;
    let proposed = case.correction.with_context(|| format!("{reference}: {}", CorrectionRefusal::NothingProposed))?;
    Ok(proposed.received_at)
}

async fn command(casework: &Casework, asked: &CaseAct) -> anyhow::Result<CaseCommand> {
    Ok(match asked {
        CaseAct::Assign { to, .. } => CaseCommand::AssignHandler { officer: account(casework, to).await? },
        CaseAct::Define { file, .. } => CaseCommand::Define { definition: definition(file)? },
        CaseAct::AddPoint { text, responsible, whose, reason, .. } => {
            let whose = whose.clone().map(|whose| whose.trim().to_owned());
            let responsibility = responsibility(text, responsible, whose)?;
            CaseCommand::AddPoint {
                point: Point { number: 0, text: text.clone(), responsibility },
                reason: reason.clone(),
            }
        }
        CaseAct::Escalate { received, contact, .. } => {
            let contact = CaseAct::contact(*contact);
            let written = match contact {
                Some(id) => Some(casework.store.contact(id).await?.context("there is no such contact")?.received_at),
                None => None,
            };
            CaseCommand::StageTwo(StageTwoCommand::Escalate { received_at: received.or(written), contact })
        }
        CaseAct::NotStageTwo { contact, reason, .. } => {
            CaseCommand::StageTwo(StageTwoCommand::Dismiss { contact: ContactId(*contact), reason: reason.clone() })
        }
        CaseAct::Accept { reason, .. } => CaseCommand::Exclusion(ExclusionCommand::Withdraw { reason: reason.clone() }),
        CaseAct::Overturn { reason, .. } => {
            CaseCommand::Exclusion(ExclusionCommand::Overturn { reason: reason.clone() })
        }
        CaseAct::Finish { how, content, .. } => {
            CaseCommand::Triage(TriageCommand::Finish { how: how.clone(), content: *content })
        }
        CaseAct::CorrectReceived { on, received, reason, confirm, drop } => {
            let reason = reason.clone().unwrap_or_default();
            CaseCommand::CorrectReceived(match (*received, *confirm, *drop) {
                (_, _, true) => Correcting::Drop { reason },
                (Some(received_at), false, _) => Correcting::Propose { received_at, reason },
                (Some(received_at), true, _) => Correcting::Confirm { received_at },
                (None, ..) => Correcting::Confirm { received_at: proposed(casework, on.reference).await? },
            })
        }
        CaseAct::Note { text, .. } => CaseCommand::Note { text: text.clone() },
        CaseAct::Update { how, .. } => CaseCommand::NoteUpdate { how: how.clone() },
        CaseAct::AddAction { what, owner, by, .. } => CaseCommand::Outcome(OutcomeCommand::AddAction(Promise {
            what: what.clone(),
            owner: owner.clone(),
            by: *by,
        })),
        CaseAct::ActionDone { number, day, evidence, .. } => {
            let (number, on, evidence) = (*number, *day, evidence.clone());
            CaseCommand::Outcome(OutcomeCommand::ActionDone { number, on, evidence })
        }
        CaseAct::CarryOver { number, reason, .. } => {
            CaseCommand::Outcome(OutcomeCommand::CarryOver { number: *number, reason: reason.clone() })
        }
        CaseAct::Close { learning, in_error, .. } => match (learning, in_error) {
            (_, Some(reason)) => CaseCommand::CloseInError { reason: reason.clone() },
            (learning, None) => CaseCommand::Close { learning: learning.clone().unwrap_or_default() },
        },
        CaseAct::Triage(_) | CaseAct::RaiseComplaint { .. } => bail!("this is done whole"),
        CaseAct::Outcome { .. }
        | CaseAct::Respond { .. }
        | CaseAct::Refuse(_)
        | CaseAct::Extend { .. }
        | CaseAct::Tell(_) => bail!("this writes a letter"),
    })
}

async fn extend(casework: &Casework, officer: &Officer, asked: &CaseAct) -> anyhow::Result<LetterId> {
    let CaseAct::Extend { on, until, reason, updates, every, exceptional } = asked else { bail!("not an extension") };
    let about = || on.reference.to_string();
    let parts = LetterParts {
        reason: reason.clone(),
        new_by: Some(*until),
        updates: updates.clone(),
        every: *every,
        exceptional: exceptional.clone(),
        ..LetterParts::default()
    };
    casework.write_extension(officer, on.reference, parts).await.with_context(about)
}

/// Begins a letter that tells or asks something, with what it is to say.
async fn tell(casework: &Casework, officer: &Officer, asked: &Tell) -> anyhow::Result<LetterId> {
    let Tell { on, kind, text, next, by, adjustments, paragraph } = asked;
    let about = || on.reference.to_string();
    let Some(kind) = LetterKind::telling().find(|known| known == kind) else {
        let kinds: Vec<&str> = LetterKind::telling().map(LetterKind::key).collect();
        bail!("the {kind} is not begun like this: use one of {}", kinds.join(", "));
    };
    let letter = casework.begin_telling(officer, on.reference, kind).await.with_context(about)?;
    let parts = LetterParts {
        reason: text.clone(),
        updates: next.clone(),
        new_by: *by,
        adjustments: adjustments.clone(),
        extra: paragraph.clone(),
        ..LetterParts::default()
    };
    // Nothing said: what was written before stays.
    if parts != LetterParts::default() {
        casework.save_parts(officer, letter, parts).await.with_context(about)?;
    }
    Ok(letter)
}

async fn propose(casework: &Casework, officer: &Officer, asked: &Refuse) -> anyhow::Result<LetterId> {
    let Refuse { on, stage_two, happened, aware, claim, filed, earlier, clause, reasons, discretion } = asked;
    let refused = if *stage_two { Refused::Escalation } else { Refused::Complaint };
    let ground = match (happened, claim.as_ref().zip(*filed), earlier, clause) {
        (Some(happened_on), ..) => Ground::TooLate { happened_on: *happened_on, aware_on: *aware },
        (_, Some((claim, filed_on)), ..) => Ground::Court { claim: claim.clone(), filed_on },
        (.., Some(earlier), _) => Ground::ConsideredBefore { earlier: *earlier },
        (.., clause) => Ground::Policy { clause: clause.clone().unwrap_or_default() },
    };
    let why = (reasons.clone(), discretion.clone());
    let letter = casework.propose_refusal(officer, on.reference, refused, ground, why).await;
    letter.with_context(|| on.reference.to_string())
}

fn read<T: for<'a> Deserialize<'a>>(file: &Path) -> anyhow::Result<T> {
    let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
    }
    serde_json::from_str(&text).with_context(|| format!("{name}: see the form in `complaintsd case help`"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefinitionFile {
    points: Vec<PointFile>,
    #[serde(default)]
    outcomes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointFile {
    #[serde(default)]
    number: u32,
    text: String,
    #[serde(default)]
    responsibility: String,
    #[serde(default)]
    whose: Option<String>,
}

fn definition(file: &Path) -> anyhow::Result<Definition> {
    let DefinitionFile { points, outcomes } = read(file)?;
    let point = |PointFile { number, text, responsibility, whose }: PointFile| {
        ensure!(!text.trim().is_empty(), "a point says nothing: write what is complained about, or leave it out (5.6)");
        let said = if responsibility.is_empty() { "ours" } else { &responsibility };
        let responsibility = self::responsibility(&text, said, whose)?;
        Ok(Point { number, text, responsibility })
    };
    ensure!(!points.is_empty(), "there is no point in the definition: write at least one (5.6)");
    Ok(Definition { points: points.into_iter().map(point).collect::<anyhow::Result<_>>()?, outcomes })
}

fn responsibility(text: &str, said: &str, whose: Option<String>) -> anyhow::Result<Responsibility> {
    Ok(match (said, whose) {
        ("ours", None) => Responsibility::Ours,
        ("not-ours", Some(whose)) if !whose.trim().is_empty() => Responsibility::NotOurs { whose },
        ("unclear", None) => Responsibility::Unclear,
        _ => bail!("\"{text}\": responsibility is ours, unclear, or not-ours with \"whose\" (5.7)"),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeFile {
    answers: Vec<AnswerFile>,
    #[serde(default)]
    remedies: Vec<RemedyFile>,
    #[serde(default)]
    no_remedy: String,
    #[serde(default)]
    actions: Vec<ActionFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerFile {
    #[serde(default)]
    point: u32,
    #[serde(default)]
    finding: Option<String>,
    #[serde(default)]
    reasons: String,
    #[serde(default)]
    cited: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemedyFile {
    kind: String,
    what: String,
    #[serde(default)]
    impact: String,
    #[serde(default)]
    pence: Option<u64>,
    #[serde(default)]
    by: Option<jiff::civil::Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionFile {
    what: String,
    owner: String,
    by: jiff::civil::Date,
}

fn outcome(file: &Path) -> anyhow::Result<Outcome> {
    let OutcomeFile { answers, remedies, no_remedy, actions } = read(file)?;
    let answer = |AnswerFile { point, finding, reasons, cited }: AnswerFile| {
        let known = |key: String| {
            Finding::from_key(&key).with_context(|| format!("\"{key}\": upheld, partly-upheld or not-upheld"))
        };
        Ok(Answer { point, finding: finding.map(known).transpose()?, reasons, cited })
    };
    let remedy = |RemedyFile { kind, what, impact, pence, by }: RemedyFile| {
        let keys = || RemedyKind::ALL.map(RemedyKind::key).join(", ");
        let kind = RemedyKind::from_key(&kind).with_context(|| format!("\"{kind}\": use one of {} (7.1)", keys()))?;
        Ok(Remedy { kind, what, impact, amount: pence.map(Pence), by })
    };
    Ok(Outcome {
        answers: answers.into_iter().map(answer).collect::<anyhow::Result<_>>()?,
        remedies: remedies.into_iter().map(remedy).collect::<anyhow::Result<_>>()?,
        no_remedy,
        promises: actions.into_iter().map(|ActionFile { what, owner, by }| Promise { what, owner, by }).collect(),
    })
}
