//! Where a message goes: to a case by itself, or to an officer with a suggestion.
//!
//! Invariant: a message joins a case by itself only when it answers a letter that this installation issued
//! (a Message-ID with our HMAC) *and* nothing speaks against its sender being a party to that case.
//! References in subjects, equal subjects and senders are only ever suggestions: whoever can guess or
//! quote them learns nothing and changes nothing.

use super::contact::{Bounce, ContactKind, FailedRecipient, Intake, SenderCheck, SenderVerdict};
use super::ids::{CaseRef, EmailAddress};

/// Who asks to join, and how the message came in.
#[derive(Debug, Clone, Copy)]
pub struct Applicant<'a> {
    /// The one certain sender, if there is one.
    pub from: Option<&'a EmailAddress>,
    /// What our own mail server found out about the sender.
    pub check: Option<&'a SenderCheck>,
    /// How it came in.
    pub intake: Intake,
}

/// A letter of ours that a message answers, and its case.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The case.
    pub case: CaseRef,
    /// To whom the letter went.
    pub to: &'a EmailAddress,
    /// Where the case's letters go now.
    pub resident: Option<&'a EmailAddress>,
    /// Those whom the resident has consented to act for them (3.6).
    pub representatives: &'a [EmailAddress],
    /// Whether the case is closed.
    pub standing: CaseStanding,
}

/// Whether a case is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseStanding {
    /// It is.
    Open,
    /// It is closed: what comes now asks for the next stage, or is a new complaint.
    Closed,
}

/// Whether a message joins a case by itself, with the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joining {
    /// It does.
    ByItself(String),
    /// An officer decides.
    Suggested(String),
}

/// A party to a case: the resident, a representative with their consent, or whoever the answered letter was
/// sent to.
#[must_use]
pub fn is_party(from: &EmailAddress, answered: &Answered<'_>) -> bool {
    from.same_mailbox(answered.to)
        || answered.resident.is_some_and(|resident| from.same_mailbox(resident))
        || answered.representatives.iter().any(|one| from.same_mailbox(one))
}

/// Whether a message that answers a letter of ours joins its case.
#[must_use]
pub fn joining(applicant: Applicant<'_>, answered: &Answered<'_>) -> Joining {
    let but =
        |why: String| Joining::Suggested(format!("it answers a letter of ours about {}, but {why}", answered.case));
    let Some(from) = applicant.from else { return but("its sender is not certain".to_owned()) };
    if !is_party(from, answered) {
        return but("it comes from another address than that letter went to".to_owned());
    }
    if let Some(why) = distrusted(applicant) {
        return but(why);
    }
    if answered.standing == CaseStanding::Closed {
        return but("that case is closed: it may ask for stage 2, or be a new complaint".to_owned());
    }
    Joining::ByItself("it answers a letter of ours and comes from the resident it went to".to_owned())
}

/// What our own mail server has against a message.
fn distrusted(applicant: Applicant<'_>) -> Option<String> {
    if let Some(SenderCheck { verdict: SenderVerdict::Failed, reason }) = applicant.check {
        return Some(format!("its sender may be forged ({reason})"));
    }
    (applicant.intake == Intake::Junk).then(|| "the mail server took it for junk".to_owned())
}

/// The failed recipient of a bounce that undoes the letter sent to `to`.
///
/// # Errors
/// Why it undoes nothing, in words: it names somebody else, or our own mail server does not trust it.
pub fn failed_recipient<'b>(
    bounce: &'b Bounce,
    applicant: Applicant<'_>,
    to: &EmailAddress,
) -> Result<&'b FailedRecipient, String> {
    let same = |one: &&FailedRecipient| one.address.parse().is_ok_and(|address: EmailAddress| address.same_mailbox(to));
    let named = bounce.recipients.first().map_or("somebody it does not name", |one| one.address.as_str());
    let failed = bounce.recipients.iter().find(same);
    let failed = failed.ok_or_else(|| format!("did not reach {named}, which went to {to}"))?;
    distrusted(applicant).map_or(Ok(failed), |why| Err(format!("did not reach {to}, but {why}")))
}

/// The case references a subject names, each with a right check character (lessons 30); three at most.
pub fn references_in(subject: &str) -> impl Iterator<Item = CaseRef> + '_ {
    let words = subject.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter_map(|word| word.trim_matches('-').parse().ok()).take(3)
}

/// Whether two subjects are the same but for what mail programs put before an answer, and are not empty.
#[must_use]
pub fn same_subject(one: &str, other: &str) -> bool {
    let bare = |subject: &str| {
        let mut rest = subject.trim().to_lowercase();
        while let Some(shorter) =
            ["re:", "aw:", "sv:", "fw:", "fwd:", "wg:", "tr:"].iter().find_map(|start| rest.strip_prefix(start))
        {
            rest = shorter.trim_start().to_owned();
        }
        rest
    };
    let one = bare(one);
    !one.is_empty() && one == bare(other)
}

/// Whether a message of this kind opens a case by itself. What a colleague passed on does, because the
/// resident's clock runs from the day the landlord had it; list mail and invitations wait for an officer,
/// and what only a machine says opens nothing.
#[must_use]
pub const fn opens_case(kind: ContactKind, intake: Intake) -> bool {
    matches!((kind, intake), (ContactKind::New | ContactKind::Forwarded, Intake::Inbox))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        text.parse().unwrap()
    }

    fn ask(from: Option<&str>, verdict: Option<SenderVerdict>, intake: Intake, standing: CaseStanding) -> Joining {
        let from = from.map(address);
        let check = verdict.map(|verdict| SenderCheck { verdict, reason: "dmarc=…".to_owned() });
        let (to, resident) = (address("ann@example.org"), address("ann.poole@example.net"));
        let representatives = &[address("ben@solicitor.example")];
        let resident = Some(&resident);
        let answered = Answered { case: CaseRef::new(2026, 1), to: &to, resident, representatives, standing };
        joining(Applicant { from: from.as_ref(), check: check.as_ref(), intake }, &answered)
    }

    /// lessons 23, 26, 34; reliability 2.4.
    #[test]
    fn only_a_partys_answer_joins_an_open_case_by_itself() {
        let joins =
            |from, verdict, intake, standing| matches!(ask(from, verdict, intake, standing), Joining::ByItself(_));
        let (inbox, open) = (Intake::Inbox, CaseStanding::Open);
        for party in ["ann@example.org", "ANN@Example.org", "ann.poole@example.net", "ben@solicitor.example"] {
            for verdict in [None, Some(SenderVerdict::Unknown), Some(SenderVerdict::Verified)] {
                assert!(joins(Some(party), verdict, inbox, open), "{party} {verdict:?}");
            }
            assert!(!joins(Some(party), Some(SenderVerdict::Failed), inbox, open));
            assert!(!joins(Some(party), None, Intake::Junk, open));
            assert!(!joins(Some(party), None, inbox, CaseStanding::Closed));
        }
        assert!(!joins(None, None, inbox, open));
        for other in [
            "ben@example.org",
            "ann@example.com",
            "ann+x@example.org",
            "a.nn@example.org",
            "ann@sub.example.org",
            "ann@example.org.evil.example",
            "\u{430}nn@example.org",
            "ann@ex\u{430}mple.org",
        ] {
            assert!(!joins(Some(other), Some(SenderVerdict::Verified), inbox, open), "{other}");
        }
    }

    #[test]
    fn a_suggestion_says_what_speaks_against() {
        let Joining::Suggested(reason) = ask(None, None, Intake::Inbox, CaseStanding::Open) else { panic!() };
        assert_eq!(
            reason,
            format!("it answers a letter of ours about {}, but its sender is not certain", CaseRef::new(2026, 1))
        );
    }

    /// lessons 30.
    #[test]
    fn only_a_reference_with_the_right_check_character_is_a_reference() {
        let reference = CaseRef::new(2026, 42);
        let found = |subject: &str| references_in(subject).collect::<Vec<_>>();
        assert_eq!(found(&format!("Re: damp ({reference})")), [reference]);
        assert_eq!(found(&format!("[{}]: again", reference.to_string().to_lowercase())), [reference]);
        for other in ["CMP-2026-00042-B", "CMP-2026-00042", "Job 104-2231", "#00042", "cmp 2026 00042 k"] {
            assert!(found(other).is_empty() || other.parse() == Ok(reference), "{other}");
        }
        assert_eq!(found(&[reference.to_string().as_str(); 9].join(" ")).len(), 3);
    }

    #[test]
    fn subjects_are_compared_without_the_marks_of_answers() {
        assert!(same_subject("Damp", "RE: Fwd: damp") && same_subject("AW: Damp", "Damp "));
        assert!(!same_subject("", "Re: ") && !same_subject("Damp", "Damp again"));
    }

    #[test]
    fn a_bounce_is_about_a_letter_only_when_it_names_its_recipient() {
        let failed = |address: &str| FailedRecipient {
            address: address.to_owned(),
            status: None,
            failure: crate::domain::contact::Failure::Permanent,
        };
        let bounce = Bounce { recipients: vec![failed("?"), failed("Ann@Example.org")], original_message_id: None };
        let inbox = Applicant { from: None, check: None, intake: Intake::Inbox };
        let (ann, ben) = (address("ann@example.org"), address("ben@example.org"));
        assert_eq!(failed_recipient(&bounce, inbox, &ann), Ok(&failed("Ann@Example.org")));
        assert_eq!(
            failed_recipient(&bounce, inbox, &ben).unwrap_err(),
            "did not reach ?, which went to ben@example.org"
        );
        failed_recipient(&Bounce::default(), inbox, &ann).unwrap_err();
        // Nor one that our own mail server does not trust.
        let junk = Applicant { intake: Intake::Junk, ..inbox };
        assert!(failed_recipient(&bounce, junk, &ann).unwrap_err().contains("took it for junk"));
        for (verdict, undoes) in
            [(SenderVerdict::Failed, false), (SenderVerdict::Unknown, true), (SenderVerdict::Verified, true)]
        {
            let check = SenderCheck { verdict, reason: "dmarc=…".to_owned() };
            let checked = Applicant { check: Some(&check), ..inbox };
            assert_eq!(failed_recipient(&bounce, checked, &ann).is_ok(), undoes, "{verdict:?}");
        }
    }

    /// lessons 17, 24, 38.
    #[test]
    fn only_a_persons_message_by_the_inbox_opens_a_case() {
        for kind in ContactKind::ALL {
            for intake in Intake::ALL {
                let expected = intake == Intake::Inbox && [ContactKind::New, ContactKind::Forwarded].contains(&kind);
                assert_eq!(opens_case(kind, intake), expected, "{kind} {intake:?}");
            }
        }
    }
}
