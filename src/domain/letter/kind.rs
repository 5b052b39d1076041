//! The kinds of letter. Each has its folder in `letter-templates/` and its required elements in the
//! Code's file; a test holds that no kind lacks either.

use std::fmt;
use std::str::FromStr;

use crate::domain::stage::Stage;
use crate::domain::triage::TriageKind;

/// A kind of letter to a resident. Each has one folder in `letter-templates/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LetterKind {
    /// Acknowledges and defines a stage 1 complaint (6.2, 5.6, 5.7).
    StageOneAcknowledgement,
    /// Gives a later date for the stage 1 response, with the reason (6.4, 6.5).
    StageOneExtension,
    /// Answers a stage 1 complaint (6.3, 6.9).
    StageOneResponse,
    /// Acknowledges and defines a complaint taken to stage 2 (6.11).
    StageTwoAcknowledgement,
    /// Gives a later date for the stage 2 response (6.15, 6.16).
    StageTwoExtension,
    /// The final response (6.14, 6.19, 6.20).
    StageTwoResponse,
    /// Why a complaint is not taken up (2.4).
    RefusalToAccept,
    /// Why a complaint is not taken to stage 2 (5.11).
    RefusalToEscalate,
    /// Asks what the resident means (5.6).
    ClarificationRequest,
    /// Asks whether somebody may act for the resident (1.3, 3.6).
    ConsentRequest,
    /// How the complaint is going (5.9, 6.6).
    ProgressUpdate,
    /// Says sorry for an answer that is late, and when it comes.
    OverdueApology,
    /// What was promised is done (6.6, 6.17, 7.3).
    ActionsComplete,
    /// What is restricted, why and how long (5.14, 5.15).
    RestrictionNotice,
    /// What becomes of a service request, and the choice to complain (1.3 to 1.5).
    TriageReply,
    /// How to complain, to whoever said something in a survey (1.6).
    SurveySignpost,
}

/// What a kind of letter is for, whatever the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// To acknowledge and define.
    Acknowledge,
    /// To give a later date.
    Extend,
    /// To answer.
    Respond,
    /// To refuse to take up a complaint.
    RefuseToAccept,
    /// To refuse to take it to stage 2.
    RefuseToEscalate,
    /// To tell or ask something; it changes no date, and may be sent again.
    Tell,
}

impl LetterKind {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::StageOneAcknowledgement,
        Self::StageOneExtension,
        Self::StageOneResponse,
        Self::StageTwoAcknowledgement,
        Self::StageTwoExtension,
        Self::StageTwoResponse,
        Self::RefusalToAccept,
        Self::RefusalToEscalate,
        Self::ClarificationRequest,
        Self::ConsentRequest,
        Self::ProgressUpdate,
        Self::OverdueApology,
        Self::ActionsComplete,
        Self::RestrictionNotice,
        Self::TriageReply,
        Self::SurveySignpost,
    ];

    /// The kinds that tell or ask something, which an officer begins when there is a reason to.
    pub fn telling() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.purpose() == Purpose::Tell)
    }

    /// What a case must have been decided to be for this letter to answer it; `None` for the letters about a
    /// complaint.
    #[must_use]
    pub const fn answers(self) -> Option<TriageKind> {
        match self {
            Self::TriageReply => Some(TriageKind::ServiceRequest),
            Self::SurveySignpost => Some(TriageKind::SurveyComment),
            _ => None,
        }
    }

    /// The folder in `letter-templates/`, the key in the Code's file and the name in the database.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::StageOneAcknowledgement => "stage-1-acknowledgement",
            Self::StageOneExtension => "stage-1-extension",
            Self::StageOneResponse => "stage-1-response",
            Self::StageTwoAcknowledgement => "stage-2-acknowledgement",
            Self::StageTwoExtension => "stage-2-extension",
            Self::StageTwoResponse => "stage-2-response",
            Self::RefusalToAccept => "refusal-to-accept",
            Self::RefusalToEscalate => "refusal-to-escalate",
            Self::ClarificationRequest => "clarification-request",
            Self::ConsentRequest => "consent-request",
            Self::ProgressUpdate => "progress-update",
            Self::OverdueApology => "overdue-apology",
            Self::ActionsComplete => "actions-complete",
            Self::RestrictionNotice => "restriction-notice",
            Self::TriageReply => "triage-reply",
            Self::SurveySignpost => "survey-signpost",
        }
    }

    /// The stage the letter belongs to. Refusing stage 2 is the last letter of stage 1; what
    /// only tells or asks something goes at either stage, and counts as the first here.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::StageOneAcknowledgement
            | Self::StageOneExtension
            | Self::StageOneResponse
            | Self::RefusalToAccept
            | Self::RefusalToEscalate
            | Self::ClarificationRequest
            | Self::ConsentRequest
            | Self::ProgressUpdate
            | Self::OverdueApology
            | Self::ActionsComplete
            | Self::RestrictionNotice
            | Self::TriageReply
            | Self::SurveySignpost => Stage::One,
            Self::StageTwoAcknowledgement | Self::StageTwoExtension | Self::StageTwoResponse => Stage::Two,
        }
    }

    /// What it is for.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::StageOneAcknowledgement | Self::StageTwoAcknowledgement => Purpose::Acknowledge,
            Self::StageOneExtension | Self::StageTwoExtension => Purpose::Extend,
            Self::StageOneResponse | Self::StageTwoResponse => Purpose::Respond,
            Self::RefusalToAccept => Purpose::RefuseToAccept,
            Self::RefusalToEscalate => Purpose::RefuseToEscalate,
            Self::ClarificationRequest
            | Self::ConsentRequest
            | Self::ProgressUpdate
            | Self::OverdueApology
            | Self::ActionsComplete
            | Self::RestrictionNotice
            | Self::TriageReply
            | Self::SurveySignpost => Purpose::Tell,
        }
    }

    /// The acknowledgement of a stage.
    #[must_use]
    pub const fn acknowledgement(stage: Stage) -> Self {
        match stage {
            Stage::One => Self::StageOneAcknowledgement,
            Stage::Two => Self::StageTwoAcknowledgement,
        }
    }

    /// The extension of a stage.
    #[must_use]
    pub const fn extension(stage: Stage) -> Self {
        match stage {
            Stage::One => Self::StageOneExtension,
            Stage::Two => Self::StageTwoExtension,
        }
    }

    /// The response of a stage.
    #[must_use]
    pub const fn response(stage: Stage) -> Self {
        match stage {
            Stage::One => Self::StageOneResponse,
            Stage::Two => Self::StageTwoResponse,
        }
    }
}

impl fmt::Display for LetterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StageOneAcknowledgement => "stage 1 acknowledgement",
            Self::StageOneExtension => "stage 1 extension",
            Self::StageOneResponse => "stage 1 response",
            Self::StageTwoAcknowledgement => "stage 2 acknowledgement",
            Self::StageTwoExtension => "stage 2 extension",
            Self::StageTwoResponse => "stage 2 response",
            Self::RefusalToAccept => "refusal to accept",
            Self::RefusalToEscalate => "refusal to escalate",
            Self::ClarificationRequest => "question to the resident",
            Self::ConsentRequest => "request for consent",
            Self::ProgressUpdate => "progress update",
            Self::OverdueApology => "apology for a late answer",
            Self::ActionsComplete => "notice that actions are done",
            Self::RestrictionNotice => "restriction notice",
            Self::TriageReply => "reply to a service request",
            Self::SurveySignpost => "answer to a survey comment",
        })
    }
}

/// The text names no kind of letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of letter '{0}'")]
pub struct UnknownLetterKind(String);

impl FromStr for LetterKind {
    type Err = UnknownLetterKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.key() == text).ok_or_else(|| UnknownLetterKind(text.to_owned()))
    }
}
