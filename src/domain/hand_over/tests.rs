//! What is found in which words, and what is left out (lessons 47, 62 ask that quoted text stays
//! whole: here it is only passed over).

use super::*;
use crate::domain::contact::AttachedText;

fn list(name: &str, words: &[&str]) -> WordList {
    WordList {
        name: name.to_owned(),
        title: name.to_uppercase(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        haste: if name == "hazard" { Haste::Urgent } else { Haste::Noticed },
        notify: "repairs@landlord.example".parse().unwrap(),
    }
}

fn lists() -> WordLists {
    let ours = Ours {
        addresses: vec!["complaints@landlord.example".parse().unwrap()],
        names: vec!["Example Homes complaints".to_owned()],
    };
    let hazard = list("hazard", &["mould", "no heating", "gas", "baby", "leak", "battery", "can't breathe", "crutch"]);
    WordLists::new(vec![hazard, list("data", &["subject access request", "café"])], ours)
}

fn found_in(reading: &Reading) -> Vec<String> {
    lists().find(reading).into_iter().flat_map(|mark| mark.words).collect()
}

fn found(text: &str) -> Vec<String> {
    found_in(&Reading { text: text.to_owned(), ..Reading::default() })
}

fn found_in_answer(text: &str) -> Vec<String> {
    found_in(&Reading { text: text.to_owned(), answers: vec!["x@landlord.example".to_owned()], ..Reading::default() })
}

#[test]
fn words_are_found_whole_whatever_their_case_accents_or_simple_plural() {
    for (text, words) in [
        ("There is MOULD on the wall", vec!["mould"]),
        ("moulds.", vec!["mould"]),
        ("m\u{f2}uld", vec!["mould"]),
        ("mo\u{ad}uld", vec!["mould"]),
        ("ｍｏｕｌｄ", vec!["mould"]),
        ("We have no\nheating", vec!["no heating"]),
        ("no – heating!", vec!["no heating"]),
        ("the baby's room, two babies", vec!["baby"]),
        ("dead batteries", vec!["battery"]),
        ("on crutches", vec!["crutch"]),
        ("She can’t breathe", vec!["can't breathe"]),
        ("a cafe", vec!["café"]),
        ("gas", vec!["gas"]),
        ("Subject-access requests", vec!["subject access request"]),
    ] {
        assert_eq!(found(text), words, "{text}");
    }
    for text in ["moulding", "leaked", "the gasket", "not heating", "no hot heating", "as", "no\n\nheating", ""] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_mark_names_its_list_and_each_phrase_once_and_the_subject_counts() {
    let reading = Reading {
        subject: "A leak".to_owned(),
        text: "mould, Mould and a leak. This is a subject access request.".to_owned(),
        ..Reading::default()
    };
    let mark = |list: &str, words: &[&str]| Mark {
        list: list.to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    let marks = lists().find(&reading);
    assert_eq!(marks, [mark("hazard", &["mould", "leak"]), mark("data", &["subject access request"])]);
    assert!(lists().is_urgent(&marks[0]) && !lists().is_urgent(&marks[1]));
    assert!(lists().is_urgent(&mark("a list that is gone", &["x"])), "nothing becomes less urgent by itself");
    assert!(WordLists::default().find(&reading).is_empty());
}

#[test]
fn what_we_wrote_and_the_resident_quotes_is_not_found() {
    for quoted in [
        "Thanks.\n\nOn Mon, 2 Nov 2026 Example Homes complaints <complaints@landlord.example> wrote:\n> You told us of mould.\n>\n> 1. A leak",
        "Thanks.\n\nAm 2.11.26 schrieb EXAMPLE HOMES COMPLAINTS:\n\n> mould\n> leak",
        "Thanks\n\n-----Original Message-----\nFrom: Example Homes complaints\nSent: 2 November 2026\nTo: Ann\nSubject: Your complaint\n\nYou told us of mould.\n\nAnd a leak.",
        "> mould\n> leak\n\nThanks",
        "Thanks\n\nOd: Example Homes complaints\nWysłano: 2 November 2026\nDo: Ann\nTemat: Your complaint\n\nmould",
        "> From: Example Homes complaints\n> Sent: Monday\n> To: Ann\n>\n> You told us of mould.\n\nThanks",
        "Thanks\n\nOn Mon, 2 Nov 2026 at 09:14, Example Homes complaints\n<complaints@landlord.example>\nwrote:\n> mould",
        "Danke\n\n> > mould",
    ] {
        assert_eq!(found_in_answer(quoted), Vec::<String>::new(), "{quoted}");
    }
}

#[test]
fn a_residents_own_words_are_found_wherever_they_stand() {
    for own in [
        "> You told us of damp.\n\nThere is mould now too.\n\n> And of noise.",
        "On Mon complaints@landlord.example wrote:\n> damp\nno, mould!\n> noise",
        "On Sun Ann <ann@example.org> wrote:\n> mould",
        "mould\n\nFrom: complaints@landlord.example\nSent: Monday\nTo: Ann\n\nDear Ann",
        "FYI\n\nFrom: Ann <ann@example.org>\nSent: Sunday\nTo: Councillor Bell\nSubject: Help\n\nmould everywhere",
        "From: the window to the door there is mould",
        "FYI\n\nFrom: complaints@landlord.example\nSent: Monday\nTo: Ann\n\nThank you.\n\nOn Sun Ann <ann@example.org> wrote:\n> mould",
        "FYI\n\nFrom: complaints@landlord.example\nSent: Monday\nTo: Ann\n\nDear Ann\n\nFrom: Ann\nSent: Sunday\nTo: us\n\nmould",
        "> From: complaints@landlord.example\n> Sent: Monday\n> To: Ann\n>\n> Dear Ann\n\nNow there is mould.",
        "See below.\n\nOn Sun, 1 Nov 2026 at 09:14, Ann Poole <ann@example.org>\nwrote:\n> mould",
        "What I want:\n\nthe mould gone",
    ] {
        assert_eq!(found_in_answer(own), ["mould"], "{own}");
    }
    // Not an answer to us: a quotation that names nobody is the resident's own.
    assert_eq!(found("> mould"), ["mould"]);
}

/// Awaab's Law begins when the landlord has the words, in whatever wrapping they come.
#[test]
fn what_is_attached_is_searched_unless_we_wrote_it() {
    let attached = |from: Option<&str>, text: &str| Reading {
        text: "Please see attached.".to_owned(),
        attached: vec![AttachedText { from: from.map(|from| from.parse().unwrap()), text: text.to_owned() }],
        ..Reading::default()
    };
    assert_eq!(found_in(&attached(None, "3 Nov: mould\n4 Nov: a leak")), ["mould", "leak"]);
    assert_eq!(found_in(&attached(Some("ann@example.org"), "Help\n\nmould")), ["mould"]);
    let ours = Some("Complaints@landlord.example");
    assert_eq!(found_in(&attached(ours, "Your complaint\n\nYou told us of mould.")), Vec::<String>::new());
    let answered = "Re: Help\n\nThank you.\n\nOn Sun Ann <ann@example.org> wrote:\n> There is mould";
    assert_eq!(found_in(&attached(ours, answered)), ["mould"]);
}
