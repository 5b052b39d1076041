//! The words of `complaintsd case` that change a case. Each names the officer in whose name it is done; the
//! record says that it was entered at the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use super::args::{date, instant, received};
use crate::domain::commands::Content;
use crate::domain::ids::{CaseRef, ContactId, EmailAddress};
use crate::domain::letter::LetterKind;
use crate::domain::triage::{Answer, TriageKind, Weight};

/// Which case, and who acts.
#[derive(Debug, Args)]
pub struct On {
    /// Its reference, such as CMP-2026-00042-K
    #[arg(value_name = "REF")]
    pub reference: CaseRef,
    /// The officer in whose name this is done
    #[arg(long = "as", value_name = "EMAIL")]
    pub officer: EmailAddress,
}

/// What can be done to a case.
#[derive(Debug, Subcommand)]
pub enum CaseAct {
    /// Make an officer the handler of the current stage (6.13)
    Assign {
        #[command(flatten)]
        on: On,
        /// The handler's address
        #[arg(long, value_name = "EMAIL")]
        to: EmailAddress,
    },
    /// Write the complaint definition, whole (5.6, 5.7)
    ///
    /// The file holds JSON as `case show --json` prints it: {"points": [{"text": "…", "responsibility":
    /// "ours"}], "outcomes": ["…"]}. responsibility is ours, not-ours (then "whose" names them) or unclear.
    Define {
        #[command(flatten)]
        on: On,
        /// The file; - is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Take a new point into the complaint, before the stage 1 response (6.8)
    AddPoint {
        #[command(flatten)]
        on: On,
        /// The point
        #[arg(long)]
        text: String,
        /// Who is responsible for it (5.7): ours, not-ours or unclear
        #[arg(long, value_name = "WHOSE", value_parser = ["ours", "not-ours", "unclear"])]
        responsible: String,
        /// For not-ours: who is
        #[arg(long, value_name = "NAME", required_if_eq("responsible", "not-ours"))]
        whose: Option<String>,
        /// Why it belongs to this complaint
        #[arg(long)]
        reason: String,
    },
    /// Write the outcome of the current stage, whole; once it is complete, begin the response (6.7, 7.1)
    ///
    /// The file holds JSON: {"answers": [{"finding": "upheld", "reasons": "…", "cited": "…"}], "remedies":
    /// [{"kind": "money", "what": "…", "impact": "…", "pence": 5000, "by": "2026-12-18"}], "no_remedy": "…",
    /// "actions": [{"what": "…", "owner": "…", "by": "2026-12-18"}]}, one answer for each point.
    Outcome {
        #[command(flatten)]
        on: On,
        /// The file; - is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Begin the response of the current stage
    Respond {
        #[command(flatten)]
        on: On,
    },
    /// Write an extension letter (6.4, 6.15, 5.9)
    Extend {
        #[command(flatten)]
        on: On,
        /// The new date
        #[arg(long, value_name = "DATE", value_parser = date)]
        until: Date,
        /// Why, specific to this complaint
        #[arg(long)]
        reason: String,
        /// How often and how the resident is updated, as agreed with them
        #[arg(long)]
        updates: String,
        /// How many working days lie between two updates
        #[arg(long, value_name = "N")]
        every: Option<u32>,
        /// Why it is a second one or goes beyond the limit; a manager approves such a letter
        #[arg(long, default_value = "", hide_default_value = true)]
        exceptional: String,
    },
    /// Begin a letter that tells or asks something, or go on with the one begun
    Tell(Tell),
    /// Take the case to stage 2 (6.10); the resident need not give a reason (6.12)
    Escalate {
        #[command(flatten)]
        on: On,
        /// When the request was received [default: the message that waits to be decided, else now]
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        received: Option<Timestamp>,
        /// The contact that asks for it
        #[arg(long, value_name = "NUMBER")]
        contact: Option<i64>,
    },
    /// Decide that a message does not ask for stage 2
    NotStageTwo {
        #[command(flatten)]
        on: On,
        /// The contact
        #[arg(long, value_name = "NUMBER")]
        contact: i64,
        /// What it is instead
        #[arg(long)]
        reason: String,
    },
    /// Propose to refuse the complaint, or stage 2, and write the letter (2.1 to 2.5, 5.11)
    Refuse(Refuse),
    /// Drop a refusal that was proposed
    Accept {
        #[command(flatten)]
        on: On,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// The Ombudsman had a refused complaint taken up (2.4)
    Overturn {
        #[command(flatten)]
        on: On,
        /// What the Ombudsman decided, and where
        #[arg(long)]
        reason: String,
    },
    /// Decide what the case is, or decide it anew (1.2 to 1.6, 6.1)
    ///
    /// `case show` tells what its words suggest. A service request needs its owner, the next review and the
    /// choice to complain; a complaint is weighed. What nobody follows up ends with the decision, and comes back
    /// when somebody writes again. The clock waits for none of it.
    Triage(Box<Triage>),
    /// Raise a complaint from a message to what is not one; both are kept (1.5)
    RaiseComplaint {
        #[command(flatten)]
        on: On,
        /// The contact in which the resident complains [default: the first that waits to be triaged]
        #[arg(long, value_name = "NUMBER")]
        contact: Option<i64>,
        /// Why it is a complaint
        #[arg(long)]
        reason: String,
    },
    /// Finish a service request, or whatever else is not a complaint (1.4, 1.5)
    Finish {
        #[command(flatten)]
        on: On,
        /// What was done
        #[arg(long)]
        how: String,
        /// Whether the resident is content: yes, no or no-answer
        #[arg(long, value_name = "ANSWER")]
        content: Content,
    },
    /// Correct when the current stage was received, by two officers; every date follows (3.2, 6.2)
    ///
    /// The first proposes with --received and --reason; the second looks at `case show` and confirms.
    CorrectReceived {
        #[command(flatten)]
        on: On,
        /// When it was received: a date, counted from its beginning, or an instant with its offset
        #[arg(long, value_name = "DATE", value_parser = received, required_unless_present_any = ["confirm", "drop"])]
        received: Option<Timestamp>,
        /// How that is known, or why the proposal is dropped
        #[arg(long, required_unless_present = "confirm")]
        reason: Option<String>,
        /// Agree with what another officer proposed
        #[arg(long, conflicts_with_all = ["reason", "drop"])]
        confirm: bool,
        /// Take back, or do not agree with, what was proposed
        #[arg(long, conflicts_with = "received")]
        drop: bool,
    },
    /// Note something
    Note {
        #[command(flatten)]
        on: On,
        /// What
        text: String,
    },
    /// Note that the resident was told how it goes (5.9)
    Update {
        #[command(flatten)]
        on: On,
        /// How, and what
        #[arg(long)]
        how: String,
    },
    /// Promise something more (6.6, 7.3)
    AddAction {
        #[command(flatten)]
        on: On,
        /// What
        #[arg(long)]
        what: String,
        /// Who does it
        #[arg(long)]
        owner: String,
        /// By when
        #[arg(long, value_name = "DATE", value_parser = date)]
        by: Date,
    },
    /// An action was done
    ActionDone {
        #[command(flatten)]
        on: On,
        /// Its number
        #[arg(value_name = "NUMBER")]
        number: u32,
        /// When
        #[arg(long, value_name = "DATE", value_parser = date)]
        day: Date,
        /// What shows it
        #[arg(long)]
        evidence: String,
    },
    /// An action goes on outside this case
    CarryOver {
        #[command(flatten)]
        on: On,
        /// Its number
        #[arg(value_name = "NUMBER")]
        number: u32,
        /// Where to, and why
        #[arg(long)]
        reason: String,
    },
    /// Close the case (9.1)
    Close {
        #[command(flatten)]
        on: On,
        /// What was learned from it beyond the case, or that nothing was
        #[arg(long, required_unless_present = "in_error")]
        learning: Option<String>,
        /// It has no contact left and should not have been opened: why
        #[arg(long, value_name = "REASON", conflicts_with = "learning")]
        in_error: Option<String>,
    },
}

/// `case triage`.
#[derive(Debug, Args)]
pub struct Triage {
    #[command(flatten)]
    pub on: On,
    /// complaint, service-request, survey-comment, enquiry, not-for-us or automatic
    #[arg(long)]
    pub kind: TriageKind,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// Who follows it up
    #[arg(long, requires = "review")]
    pub owner: Option<String>,
    /// When it is reviewed next
    #[arg(long, value_name = "DATE", value_parser = date, requires = "owner")]
    pub review: Option<Date>,
    /// The resident was offered the choice to complain (1.3) and said: no-answer-yet, declined or complain
    #[arg(long, value_name = "ANSWER", num_args = 0..=1, require_equals = true, default_missing_value = "no-answer-yet")]
    pub choice_offered: Option<Answer>,
    /// How much there is to look into: low, medium or high
    #[arg(long)]
    pub complexity: Option<Weight>,
    /// How vulnerable the household is: low, medium or high
    #[arg(long)]
    pub vulnerability: Option<Weight>,
    /// What may happen while they wait: low, medium or high
    #[arg(long)]
    pub risk: Option<Weight>,
}

/// `case tell`.
#[derive(Debug, Args)]
pub struct Tell {
    #[command(flatten)]
    pub on: On,
    /// clarification-request, consent-request, progress-update, overdue-apology, actions-complete or
    /// restriction-notice
    #[arg(long)]
    pub kind: LetterKind,
    /// What is told or asked: the questions, what has happened, why it is late, why it is restricted
    #[arg(long, default_value = "", hide_default_value = true)]
    pub text: String,
    /// What comes next, or what is restricted
    #[arg(long, default_value = "", hide_default_value = true)]
    pub next: String,
    /// The day that goes with it: of the next update, of the answer, of a review
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub by: Option<Date>,
    /// What is done differently for this resident (5.10)
    #[arg(long, default_value = "", hide_default_value = true)]
    pub adjustments: String,
    /// A further paragraph
    #[arg(long, default_value = "", hide_default_value = true)]
    pub paragraph: String,
}

/// `case refuse`. One ground, with the facts that show it.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("ground").required(true).args(["happened", "claim", "earlier", "clause"])))]
pub struct Refuse {
    #[command(flatten)]
    pub on: On,
    /// Refuse stage 2, not the complaint (5.11)
    #[arg(long)]
    pub stage_two: bool,
    /// Too late: when it happened (2.3)
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub happened: Option<Date>,
    /// When the resident became aware of it, if later
    #[arg(long, value_name = "DATE", value_parser = date, requires = "happened")]
    pub aware: Option<Date>,
    /// Before a court: the number of the claim
    #[arg(long, requires = "filed")]
    pub claim: Option<String>,
    /// When the claim was filed
    #[arg(long, value_name = "DATE", value_parser = date, requires = "claim")]
    pub filed: Option<Date>,
    /// Considered before: the earlier case
    #[arg(long, value_name = "REF")]
    pub earlier: Option<CaseRef>,
    /// Excluded by the published policy: where it says so
    #[arg(long)]
    pub clause: Option<String>,
    /// Why, for this complaint on its merits
    #[arg(long)]
    pub reasons: String,
    /// How taking it up all the same was considered; needed when it is too late (2.3)
    #[arg(long, default_value = "", hide_default_value = true)]
    pub discretion: String,
}

impl CaseAct {
    /// Which case, and who acts.
    #[must_use]
    pub fn on(&self) -> &On {
        match self {
            Self::Assign { on, .. }
            | Self::Define { on, .. }
            | Self::AddPoint { on, .. }
            | Self::Outcome { on, .. }
            | Self::Respond { on }
            | Self::Extend { on, .. }
            | Self::Escalate { on, .. }
            | Self::NotStageTwo { on, .. }
            | Self::Accept { on, .. }
            | Self::Overturn { on, .. }
            | Self::RaiseComplaint { on, .. }
            | Self::Finish { on, .. }
            | Self::CorrectReceived { on, .. }
            | Self::Note { on, .. }
            | Self::Update { on, .. }
            | Self::AddAction { on, .. }
            | Self::ActionDone { on, .. }
            | Self::CarryOver { on, .. }
            | Self::Close { on, .. } => on,
            Self::Refuse(refuse) => &refuse.on,
            Self::Triage(triage) => &triage.on,
            Self::Tell(tell) => &tell.on,
        }
    }

    /// Whether it leaves its trace in the history alone.
    #[must_use]
    pub const fn only_notes(&self) -> bool {
        matches!(self, Self::Note { .. } | Self::Update { .. } | Self::RaiseComplaint { .. })
    }

    /// The contact of this number.
    #[must_use]
    pub fn contact(number: Option<i64>) -> Option<ContactId> {
        number.map(ContactId)
    }
}
