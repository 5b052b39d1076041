//! What else can be done with a case: taking it to stage 2, refusing it, its actions, notes, new points and
//! its end. Only what is possible now is offered; what is refused says why.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::app::App;
use super::case::found;
use super::fault::Fault;
use super::form::{self, Block, FieldView, Fields, FormView, date};
use super::letter_form::{Posted, RESPONSIBLE};
use super::page::{FieldErrors, Notice};
use super::visit::{Asked, Visit};
use crate::domain::case::Case;
use crate::domain::commands::{CaseCommand, ExclusionCommand, OutcomeCommand, StageTwoCommand};
use crate::domain::definition::{Point, Responsibility};
use crate::domain::exclusion::{Ground, Refused};
use crate::domain::ids::{CaseRef, ContactId};
use crate::domain::outcome::ActionState;
use crate::domain::stage::Stage;
use crate::domain::words;

/// `GET /cases/{reference}/next`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let case = found(&app, &reference).await?;
    form::show(&app, &visit, asked.notice(), &view(&case, Fields(None), FieldErrors::default()))
}

/// `POST /cases/{reference}/next`
///
/// # Errors
/// [`Fault`]
pub async fn act(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let case = found(&app, &reference).await?;
    let (reference, mut errors) = (case.reference, FieldErrors::default());
    let done = match asked(&app, &case, &posted, &mut errors) {
        Some(What::Command(command)) => Some(app.casework.act(&visit.officer, reference, *command).await.map(|_| None)),
        Some(What::Refuse(refused, ground)) => {
            let why = (posted.get("refuse-reasons"), posted.get("refuse-discretion"));
            Some(app.casework.propose_refusal(&visit.officer, reference, refused, ground, why).await.map(Some))
        }
        None => None,
    };
    if let Some(done) = done
        && let Some(gone) = form::after(done, (&format!("/cases/{reference}"), Notice::CaseChanged), &mut errors)?
    {
        return Ok(gone);
    }
    form::again(&app, &visit, &view(&case, Fields(Some(&posted)), errors))
}

/// What a button asks for.
enum What {
    Command(Box<CaseCommand>),
    Refuse(Refused, Ground),
}

/// What was asked; `None`, and an error, when it cannot be told.
fn asked(app: &App, case: &Case, posted: &Posted, errors: &mut FieldErrors) -> Option<What> {
    let today = app.rules().today();
    let pressed = posted.get("do");
    let (verb, number) = pressed.split_once('-').map_or((pressed.as_str(), ""), |(verb, number)| (verb, number));
    let command = match verb {
        "escalate" => CaseCommand::StageTwo(StageTwoCommand::Escalate { received_at: None, contact: None }),
        "dismiss" => {
            let contact = ContactId(number.parse().ok()?);
            CaseCommand::StageTwo(StageTwoCommand::Dismiss {
                contact,
                reason: posted.get(&format!("dismiss-{number}")),
            })
        }
        "done" => {
            let day = date(&posted.get(&format!("done-on-{number}")), &format!("done-on-{number}"), errors);
            if !errors.is_empty() {
                return None;
            }
            let evidence = posted.get(&format!("evidence-{number}"));
            let number = number.parse().ok()?;
            CaseCommand::Outcome(OutcomeCommand::ActionDone { number, on: day.unwrap_or(today), evidence })
        }
        "carry" => {
            let reason = posted.get(&format!("evidence-{number}"));
            CaseCommand::Outcome(OutcomeCommand::CarryOver { number: number.parse().ok()?, reason })
        }
        "point" => CaseCommand::AddPoint {
            point: Point { number: 0, text: posted.get("point-text"), responsibility: responsible(posted, errors)? },
            reason: posted.get("point-reason"),
        },
        "update" => CaseCommand::NoteUpdate { how: posted.get("update-how") },
        "note" => CaseCommand::Note { text: posted.get("note-text") },
        "withdraw" => CaseCommand::Exclusion(ExclusionCommand::Withdraw { reason: posted.get("withdraw-reason") }),
        "overturn" => CaseCommand::Exclusion(ExclusionCommand::Overturn { reason: posted.get("overturn-reason") }),
        "close" => CaseCommand::Close { learning: posted.get("learning") },
        "error" => CaseCommand::CloseInError { reason: posted.get("in-error") },
        "refuse" => return refusal(case, posted, errors),
        _ => {
            errors.add("", "Press the button below what you want to do");
            return None;
        }
    };
    Some(What::Command(Box::new(command)))
}

/// Who is responsible for a new point (5.7); `None`, and an error, when it is not said.
fn responsible(posted: &Posted, errors: &mut FieldErrors) -> Option<Responsibility> {
    let whose = posted.get("point-whose");
    match posted.get("point-responsible").as_str() {
        "ours" => Some(Responsibility::Ours),
        "unclear" => Some(Responsibility::Unclear),
        "not-ours" => Some(Responsibility::NotOurs { whose }),
        _ => {
            errors.add("point-responsible", "Select who is responsible for the point (5.7)");
            None
        }
    }
}

fn refusal(case: &Case, posted: &Posted, errors: &mut FieldErrors) -> Option<What> {
    let refused = if case.current.answered.is_some() { Refused::Escalation } else { Refused::Complaint };
    let mut day = |field: &str| {
        let day = date(&posted.get(field), field, errors);
        if day.is_none() && errors.of(field).is_none() && field != "refuse-aware" {
            errors.add(field, "Enter the date");
        }
        day
    };
    let ground = match posted.get("refuse-ground").as_str() {
        "too-late" => {
            let (happened_on, aware_on) = (day("refuse-happened"), day("refuse-aware"));
            happened_on.map(|happened_on| Ground::TooLate { happened_on, aware_on })
        }
        "court" => day("refuse-filed").map(|filed_on| Ground::Court { claim: posted.get("refuse-claim"), filed_on }),
        "considered-before" => match posted.get("refuse-earlier").parse::<CaseRef>() {
            Ok(earlier) => Some(Ground::ConsideredBefore { earlier }),
            Err(_) => {
                errors.add("refuse-earlier", "Enter the reference of the earlier case");
                None
            }
        },
        "policy" => Some(Ground::Policy { clause: posted.get("refuse-clause") }),
        _ => {
            errors.add("refuse-ground", "Choose the ground");
            None
        }
    };
    ground.filter(|_| errors.is_empty()).map(|ground| What::Refuse(refused, ground))
}

fn view(case: &Case, fields: Fields<'_>, errors: FieldErrors) -> FormView {
    let mut blocks = Vec::new();
    let mut block = |title: &str, fields: Vec<FieldView>, verb: &str, words: &str| {
        blocks.push(Block::of(title, fields, verb, words));
    };
    let stage_one = case.current.stage == Stage::One;
    let answered = case.current.answered.is_some();
    for request in &case.requests {
        let (contact, received) = (request.contact, words::instant(request.received_at));
        let id = format!("dismiss-{contact}");
        block(
            &format!("Contact {contact}, received {received}, may ask for stage 2 (6.10)"),
            vec![fields.line(
                &id,
                "If it does not: what is it instead?",
                "A resident need not give reasons (6.12).",
                "",
            )],
            &id,
            "It does not ask for stage 2",
        );
    }
    if stage_one && answered {
        block("Take the case to stage 2 (6.10)", Vec::new(), "escalate", "Take it to stage 2");
    }
    for action in case.actions.iter().filter(|action| action.state == ActionState::Open) {
        let number = action.number;
        let title = format!("Action {number}: {}, by {}", action.promise.what, words::weekday_date(action.promise.by));
        let evidence = fields.line(&format!("evidence-{number}"), "What shows that it was done", "", "");
        let on = fields.date(&format!("done-on-{number}"), "Done on (blank: today)", None);
        block(&title, vec![evidence, on], &format!("done-{number}"), "It was done");
        block("", Vec::new(), &format!("carry-{number}"), "It goes on outside this case, for the reason above");
    }
    if stage_one && !answered && !case.is_refused() {
        let reason = fields.line("point-reason", "Why it belongs to this complaint", "", "");
        let text = fields.lines("point-text", "The point", "A matter that is not related is a new case.", "");
        let who = RESPONSIBLE.iter().map(|(key, words)| ((*key).to_owned(), (*words).to_owned())).collect();
        let who = fields.choice("point-responsible", "Who is responsible (5.7)", who, "");
        let whose = fields.line("point-whose", "If somebody else, who?", "", "");
        block("Add a point (6.8)", vec![text, who, whose, reason], "point", "Add the point");
    }
    if !case.current.extensions.is_empty() && !answered {
        let how = fields.line("update-how", "How, and what", "", "");
        block("The resident was told how it goes (5.9)", vec![how], "update", "Note the update");
    }
    block("Note something", vec![fields.lines("note-text", "Note", "", "")], "note", "Note it");
    match case.exclusion.as_ref().map(|exclusion| exclusion.told) {
        Some(None) => {
            let reason = fields.line("withdraw-reason", "Why", "", "");
            block("Drop the proposed refusal", vec![reason], "withdraw", "Drop it");
        }
        Some(Some(_)) => {
            let reason = fields.line("overturn-reason", "What the Ombudsman decided, and where", "", "");
            block("The Ombudsman overturned the refusal (2.4)", vec![reason], "overturn", "Take it up again");
        }
        None if stage_one => refuse(&mut block, fields, answered),
        None => {}
    }
    if answered {
        let learning =
            fields.lines("learning", "What was learned beyond this case", "Or say that nothing was (9.1).", "");
        block("Close the case", vec![learning], "close", "Close the case");
    } else if case.contacts.is_empty() {
        let why = fields.line("in-error", "Why it should not have been opened", "", "");
        block("Close a case opened in error", vec![why], "error", "Close the case");
    }
    FormView {
        intro: vec![format!("The case is at {}: {}.", case.current.stage, case.state())],
        blocks,
        errors,
        ..FormView::about(case, "What next?", "next")
    }
}

fn refuse(block: &mut impl FnMut(&str, Vec<FieldView>, &str, &str), fields: Fields<'_>, answered: bool) {
    let grounds = [
        ("too-late", "It happened too long ago (2.3)"),
        ("court", "It is before a court (2.2)"),
        ("considered-before", "It was considered before (2.2)"),
        ("policy", "The published policy excludes it (2.2)"),
    ];
    let grounds = grounds.map(|(key, words)| (key.to_owned(), words.to_owned())).to_vec();
    let (title, words) = if answered {
        ("Refuse stage 2 (5.11)", "Propose to refuse stage 2")
    } else {
        ("Refuse the complaint (2.1)", "Propose to refuse the complaint")
    };
    block(
        title,
        vec![
            fields.choice("refuse-ground", "Ground", grounds, ""),
            fields.date("refuse-happened", "Too late: when it happened", None),
            fields.date("refuse-aware", "Too late: when the resident became aware of it, if later", None),
            fields.line("refuse-claim", "Court: the number of the claim", "A letter before action is not enough.", ""),
            fields.date("refuse-filed", "Court: when the claim was filed", None),
            fields.line("refuse-earlier", "Considered before: the earlier case", "", ""),
            fields.line("refuse-clause", "Policy: where it says so", "", ""),
            fields.lines("refuse-reasons", "Reasons, for this complaint on its merits (2.1)", "", ""),
            fields.lines("refuse-discretion", "How taking it up all the same was considered (2.3)", "", ""),
        ],
        "refuse",
        words,
    );
}
