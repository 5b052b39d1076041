//! Invented letters that tell or ask something.

use super::{HOSTILE, common, point};
use crate::domain::letter::LetterKind;
use crate::letters::answers::ActionView;
use crate::letters::context::{CommonView, PointView};
use crate::letters::telling::{PersonView, TellView};

/// What an officer may have written in such a letter: what is told, what comes next, the day, the passage.
fn written(letter: LetterKind) -> [&'static str; 4] {
    match letter {
        LetterKind::ClarificationRequest => [
            "In which room does the water come in?\n\nWhen did you first tell us about it?",
            "",
            "",
            "If it is easier, our surveyor can look at it with you on Thursday morning.",
        ],
        LetterKind::ConsentRequest => [
            "She is your daughter, and telephoned us on 24 November about the boiler.",
            "",
            "",
            "She told us that you would like her to be there when we visit.",
        ],
        LetterKind::OverdueApology => [
            "We waited for the maker of the pump to tell us why it keeps failing. We should have written to you \
             before the day came, and we did not.",
            "We have asked a second engineer to look at the boiler this week.",
            "Tuesday 22 December 2026",
            "We have left two heaters with your neighbour at number 5.",
        ],
        LetterKind::ActionsComplete => [
            "We replaced the boiler on Monday 21 December. The fitter's certificate is in this letter's post.",
            "We paid the £120.50 to your bank account and not to your rent account, as you asked on 11 December.",
            "",
            "Thank you for your patience.",
        ],
        LetterKind::RestrictionNotice => [
            "Between 2 and 20 November we had 140 calls from your number, and in nine of them a member of our team \
             was shouted at. We have kept notes of each call.",
            "For the next three months please write to us by email or letter. We will not take calls about this \
             complaint on our main number.",
            "Monday 1 March 2027",
            "You told us that worry makes it hard for you to wait. We have thought about that and about the Equality \
             Act 2010, and so Priya Example will ring you every Friday.",
        ],
        LetterKind::TriageReply => [
            "A plumber will look at the tap in your kitchen. Our repairs team will phone you by Wednesday to agree a \
             time that suits you.",
            "",
            "Friday 11 December 2026",
            "If water reaches anything electric before then, please phone us at once.",
        ],
        LetterKind::SurveySignpost => [
            "We are glad that the new entrance is easier for you. We are sorry that the lift was out of order when you \
             wrote.",
            "",
            "",
            "We have told the team that looks after the lift.",
        ],
        _ => [
            "On Thursday our engineer looked at the boiler and took the pump out.",
            "The maker of the pump tells us next week why it keeps failing.",
            "Friday 11 December 2026",
            "You told us that the cold makes your asthma worse, and we have taken it into account.",
        ],
    }
}

/// Letters of this kind: complete, at stage 2 after the answer, hostile, and with nothing in it.
pub(in crate::letters) fn tellings(letter: LetterKind) -> Vec<TellView> {
    let [told, next, by, paragraph] = written(letter);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let promised = ActionView {
        what: "Replace the boiler".to_owned(),
        owner: "Sam Example, heating".to_owned(),
        by: "Wednesday 23 December 2026".to_owned(),
    };
    let answered = letter == LetterKind::ActionsComplete;
    let full = TellView {
        letter,
        stage: 1,
        received: Some("Saturday 21 November 2026".to_owned()),
        points: vec![
            point(1, "The boiler has broken down four times since September."),
            PointView { ours: false, unclear: true, ..point(2, "Water comes through the bathroom ceiling.") },
        ],
        told: some(told),
        next: some(next),
        by: some(by),
        answer_by: some("Friday 18 December 2026").filter(|_| !answered),
        answered,
        person: (letter == LetterKind::ConsentRequest).then(|| PersonView {
            name: "Nia O'Hara".to_owned(),
            by: Some("power of attorney".to_owned()),
            letters: true,
        }),
        shown_by: some("The list of calls, and the notes of 3, 9 and 17 November.")
            .filter(|_| letter == LetterKind::RestrictionNotice),
        owner: some("Sam Example, repairs team").filter(|_| letter == LetterKind::TriageReply),
        review_by: some("Tuesday 8 December 2026").filter(|_| letter == LetterKind::TriageReply),
        declined: false,
        actions: if answered { vec![promised.clone()] } else { Vec::new() },
        common: CommonView {
            paragraph: some(paragraph),
            ..common(if letter == LetterKind::OverdueApology { "21 December 2026" } else { "1 December 2026" }, "")
        },
    };
    let afterwards = TellView {
        // Late is only what has not been answered.
        answered: letter != LetterKind::OverdueApology,
        answer_by: full.answer_by.clone().filter(|_| letter == LetterKind::OverdueApology),
        actions: vec![promised],
        declined: true,
        person: full.person.clone().map(|person| PersonView { by: None, letters: false, ..person }),
        stage: 2,
        ..full.clone()
    };
    let hostile = TellView {
        told: Some(HOSTILE.to_owned()),
        next: Some(HOSTILE.to_owned()),
        common: CommonView {
            resident: Some(HOSTILE.to_owned()),
            paragraph: Some(HOSTILE.to_owned()),
            ..full.common.clone()
        },
        ..full.clone()
    };
    let empty = TellView {
        received: None,
        points: Vec::new(),
        told: None,
        next: None,
        by: None,
        answer_by: None,
        answered: false,
        owner: None,
        review_by: None,
        person: None,
        shown_by: None,
        common: CommonView::default(),
        ..full.clone()
    };
    vec![full, afterwards, hostile, empty]
}
