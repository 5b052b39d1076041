//! The letters that tell or ask something: what they cannot leave unsaid.

use super::letters::missing;
use super::*;
use crate::letters::samples::tellings;

/// A complete letter of this kind.
fn telling(letter: LetterKind) -> TellView {
    tellings(letter).remove(0)
}

/// 5.6, 5.9, 6.6, 5.14, 5.15: what an officer has not written is missed.
#[test]
fn a_letter_that_tells_something_lacks_exactly_what_was_taken_out() {
    use LetterKind::{
        ActionsComplete, ClarificationRequest, ConsentRequest, OverdueApology, ProgressUpdate, RestrictionNotice,
        SurveySignpost, TriageReply,
    };
    let templates = built_in();
    type Change = fn(&mut TellView);
    let told: Change = |view| view.told = None;
    let next: Change = |view| view.next = None;
    let by: Change = |view| view.by = None;
    let answer_by: Change = |view| view.answer_by = None;
    let cases: [(LetterKind, &[&str], Change); 27] = [
        (ClarificationRequest, &["questions"], told),
        (ClarificationRequest, &["received"], |view| view.received = None),
        (ClarificationRequest, &[], answer_by),
        (ConsentRequest, &[], told),
        (ConsentRequest, &[], |view| view.person = None),
        (ConsentRequest, &["who"], |view| (view.told, view.person) = (None, None)),
        (ProgressUpdate, &["done"], told),
        (ProgressUpdate, &["next"], next),
        (ProgressUpdate, &["next-update"], by),
        (ProgressUpdate, &["answer-date"], answer_by),
        (OverdueApology, &["reason"], told),
        (OverdueApology, &["new-date"], by),
        (OverdueApology, &["missed-date"], answer_by),
        (ActionsComplete, &["done"], told),
        (ActionsComplete, &["answered"], |view| view.answered = false),
        (RestrictionNotice, &["behaviour"], told),
        (RestrictionNotice, &["restriction"], next),
        (RestrictionNotice, &["review"], by),
        (RestrictionNotice, &["equality"], |view| view.common.paragraph = None),
        (TriageReply, &["received"], |view| view.received = None),
        (TriageReply, &["next-steps"], told),
        (TriageReply, &["owner"], |view| view.owner = None),
        (TriageReply, &[], by),
        (TriageReply, &["next-date"], |view| (view.by, view.review_by) = (None, None)),
        (SurveySignpost, &[], told),
        (SurveySignpost, &["received"], |view| view.received = None),
        (SurveySignpost, &["ombudsman"], |view| view.common.ombudsman = None),
    ];
    for (letter, expected, change) in cases {
        let mut view = telling(letter);
        assert_eq!(missing(&templates, &view), Vec::<String>::new(), "{letter}");
        change(&mut view);
        assert_eq!(missing(&templates, &view), expected, "{letter}");
    }
    for letter in LetterKind::telling() {
        let full = telling(letter);
        let common = CommonView { paragraph: full.common.paragraph.clone(), ..CommonView::default() };
        let bare = TellView { common, ..full };
        // What answers no complaint names who follows it up, or nobody.
        let lacks: &[&str] = match letter.answers() {
            None => &["case-reference", "handler", "ombudsman"],
            Some(_) => &["case-reference", "ombudsman"],
        };
        assert_eq!(missing(&templates, &bare), lacks, "{letter}");
    }
}
