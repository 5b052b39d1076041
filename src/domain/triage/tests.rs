//! What the phrases suggest, each with its reason, and that a suggestion is nothing more.

use super::*;
use crate::config::built_in_triage;
use crate::domain::contact::{ContactKind, Reading, Sorted};
use crate::domain::phrases::Ours;

fn sorted(kind: ContactKind) -> Sorted {
    Sorted { kind, reason: format!("it looks like: {kind}"), bounce: None }
}

fn suggest(text: &str) -> Suggested {
    let reading = Reading { text: text.to_owned(), ..Reading::default() };
    built_in_triage(Ours::default()).unwrap().suggest(&sorted(ContactKind::New), &reading)
}

#[test]
fn every_phrase_of_every_list_fires_and_stands_in_the_reason() {
    let words = built_in_triage(Ours::default()).unwrap();
    let kinds: Vec<TriageKind> = words.signs().iter().map(|sign| sign.suggests).collect();
    assert!(TriageKind::ALL.iter().all(|kind| kinds.contains(kind)), "a kind that nothing suggests");
    let mut count = 0;
    for sign in words.signs() {
        for phrase in &sign.phrases {
            let reading = Reading { text: format!("Hello, about {phrase}, Ann"), ..Reading::default() };
            let suggested = words.suggest(&sorted(ContactKind::New), &reading);
            assert_eq!(suggested.kind, sign.suggests, "{phrase}: {}", suggested.reason);
            assert!(suggested.reason.contains(&format!("“{phrase}”")), "{phrase}: {}", suggested.reason);
            assert!(suggested.reason.contains(&format!("{} ({})", sign.because, sign.provision)), "{phrase}");
            count += 1;
        }
    }
    assert!(count > 250, "{count}");
}

/// 1.2, 1.3: the word complaint is not needed, and in doubt it is one.
#[test]
fn what_residents_write_is_suggested_to_be_what_the_code_calls_it() {
    for (text, kind, dissatisfied) in [
        ("I am really unhappy with how the plumber spoke to my mum.", TriageKind::Complaint, true),
        ("It's been three months and I'm STILL WAITING for the window.", TriageKind::Complaint, true),
        ("The kitchen tap is dripping, could you send a plumber?", TriageKind::ServiceRequest, false),
        ("The tap is dripping. This is the third time I ask.", TriageKind::Complaint, true),
        ("In answer to your survey: 9 out of 10, lovely caretaker.", TriageKind::SurveyComment, false),
        ("In answer to your survey: fed up, nobody came.", TriageKind::SurveyComment, true),
        ("In answer to your survey: fed up. I want to complain.", TriageKind::Complaint, true),
        ("Could you tell me the opening hours of the office?", TriageKind::Enquiry, false),
        ("My bin collection was missed by the council.", TriageKind::NotForUs, false),
        ("Our newsletter: five special offers. Unsubscribe here.", TriageKind::Automatic, false),
        ("Good morning, it is about the stairwell.", TriageKind::Complaint, false),
        ("", TriageKind::Complaint, false),
    ] {
        let suggested = suggest(text);
        assert_eq!((suggested.kind, suggested.dissatisfied), (kind, dissatisfied), "{text}: {}", suggested.reason);
    }
    assert!(suggest("Good morning.").reason.contains("in doubt it is a complaint"));
    let survey = suggest("Your survey: I am fed up.");
    assert!(survey.reason.contains("(1.6)") && survey.reason.contains("“fed up”"), "nothing is hidden: {survey:?}");
}

/// lessons 37: a person may write by way of a machine.
#[test]
fn an_automatic_message_is_one_unless_it_has_words_of_a_complaint() {
    let words = built_in_triage(Ours::default()).unwrap();
    let of =
        |kind, text: &str| words.suggest(&sorted(kind), &Reading { text: text.to_owned(), ..Reading::default() }).kind;
    assert_eq!(of(ContactKind::AutomaticReply, "I am away until Monday."), TriageKind::Automatic);
    assert_eq!(of(ContactKind::AutomaticReply, "I am not happy at all."), TriageKind::Complaint);
    assert_eq!(of(ContactKind::List, "I am away until Monday."), TriageKind::Complaint);
}

#[test]
fn what_a_resident_only_quotes_from_us_is_no_sign() {
    let ours = Ours {
        addresses: vec!["complaints@landlord.example".parse().unwrap()],
        names: vec!["Example Homes complaints".to_owned()],
    };
    let words = built_in_triage(ours).unwrap();
    let quoted = "Thank you.\n\nOn 3 May Example Homes complaints <Complaints@landlord.example>\nwrote:\n> If you are not happy, tell us.\n";
    let reading = Reading { text: quoted.to_owned(), ..Reading::default() };
    assert!(!words.suggest(&sorted(ContactKind::New), &reading).dissatisfied);
}

#[test]
fn what_nobody_has_weighed_sinks_below_nothing_and_risk_weighs_most() {
    let of = |complexity, vulnerability, risk| Weights { complexity, vulnerability, risk }.urgency();
    let (low, high) = (Some(Weight::Low), Some(Weight::High));
    assert_eq!(Weights::default().urgency(), 13, "the default of the column cases.urgency");
    assert_eq!((of(low, low, low), of(high, high, high)), (0, 26));
    assert!(of(low, low, high) > of(high, high, Some(Weight::Medium)));
    assert!(of(low, high, low) > of(high, Some(Weight::Medium), low));
}

#[test]
fn every_triage_has_its_key() {
    for triage in TriageKind::ALL.iter().copied().map(Triage::As).chain([Triage::ToBeTriaged]) {
        assert_eq!(Triage::from_key(triage.key()), Some(triage));
    }
    assert_eq!(Triage::from_key("maybe"), None);
}
