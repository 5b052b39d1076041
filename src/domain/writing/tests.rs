//! Rules of writing, found and not found.

use jiff::civil::date;
use proptest::prelude::*;

use super::text::{Segment, segments};
use super::*;

fn sentences(text: &str) -> Vec<(String, usize)> {
    segments(text, 1).iter().map(|segment| (segment.quoted(), segment.line)).collect()
}

fn said(phrase: &str, text: &str) -> Option<String> {
    let phrase: Phrase = phrase.parse().unwrap();
    segments(text, 1).iter().find_map(|segment| phrase.find(&segment.words, &["Example", "Homes"]))
}

#[test]
fn lines_of_a_paragraph_are_joined_and_items_of_a_list_are_not() {
    let text =
        "Title\n=====\n\nOne thought. Another\nthat goes on\n\n* an item\n* one more\n1. a number\n   of two lines\n";
    let found = sentences(text);
    let expected = [
        ("Title", 1),
        ("One thought", 4),
        ("Another that goes on", 4),
        ("an item", 7),
        ("one more", 8),
        ("a number of two lines", 9),
    ];
    assert_eq!(found, expected.map(|(words, line)| (words.to_owned(), line)));
}

#[test]
fn a_phrase_is_found_whatever_the_case_punctuation_and_line_ends() {
    assert_eq!(said("formal complaint", "A FORMAL,\ncomplaint!").as_deref(), Some("FORMAL complaint"));
    assert_eq!(said("don't agree", "You don’t agree").as_deref(), Some("don’t agree"));
    assert_eq!(said("formal complaint", "formal. Complaint"), None, "two sentences");
    assert_eq!(said("formal complaint", "an informal complaint"), None, "whole words");
}

#[test]
fn signs_stand_for_numbers_gaps_days_and_names() {
    assert_eq!(said("within # days", "Within fourteen days").as_deref(), Some("Within fourteen days"));
    assert_eq!(said("within # days", "within some days"), None);
    assert_eq!(
        said("must * within #", "must please write to us within 14").as_deref(),
        Some("must please write to us within 14")
    );
    assert_eq!(said("must * within #", "must do one two three four five within 14"), None, "too far");
    assert_eq!(said("by {date}", "by 1st March").as_deref(), Some("by 1st March"));
    assert_eq!(said("by {date}", "by 32 March"), None);
    assert_eq!(said("{name} failed", "There Mr Poole failed").as_deref(), Some("Mr Poole failed"));
    assert_eq!(said("{name} failed", "The Council failed"), None, "a beginning is no name");
    assert_eq!(said("{name} failed", "we at Example Homes failed"), None, "nor is the landlord's");
}

#[test]
fn a_phrase_that_finds_nothing_or_everything_is_none() {
    for (text, fault) in [
        ("…", PhraseFault::NoWord),
        ("# #", PhraseFault::NoWord),
        ("* word", PhraseFault::GapAtTheEnd),
        ("{day} word", PhraseFault::UnknownSign),
    ] {
        assert_eq!(text.parse::<Phrase>(), Err(fault), "{text}");
    }
}

#[test]
fn a_day_without_a_year_is_the_next_one() {
    let text = "We will write on 4 January. We will call on 4 January 2026.";
    let all = segments(text, 1);
    let will = ["we will".parse().unwrap()];
    let open = |dates: &[_]| {
        let found: Vec<(String, &Segment<'_>)> = promises::without_action(&all, &will, date(2026, 12, 8), dates);
        found.into_iter().map(|(day, segment)| (day, segment.quoted())).collect::<Vec<_>>()
    };
    assert_eq!(open(&[]), [("4 January".to_owned(), "We will write on 4 January".to_owned())]);
    assert_eq!(open(&[date(2027, 1, 4)]), []);
}

#[test]
fn plain_words_are_for_younger_readers_than_hard_ones() {
    let plain = "We came to your home. We saw the damp. We will mend the roof. ".repeat(8);
    let hard =
        "Notwithstanding organisational responsibilities, interdepartmental collaboration necessitates deliberation. "
            .repeat(8);
    let (plain, hard) = (readable::age(&segments(&plain, 1)).unwrap(), readable::age(&segments(&hard, 1)).unwrap());
    assert!(plain < 10 && hard > 20, "{plain} {hard}");
    assert_eq!(readable::age(&segments("Too short to say.", 1)), None);
}

#[test]
fn any_text_is_read_without_a_fault() {
    let texts =
        ["", "\r\n\r", "* ", "1.", "####", "\u{202E}…\u{0}", "((((", "=====\n-----", "é\u{301} 🏠 . . .", "{{#if x}}"];
    for text in texts {
        let all = segments(text, 1);
        assert!(all.iter().all(|segment| !segment.words.is_empty()), "{text}");
    }
    assert_eq!(segments(&"word ".repeat(20_000), 1).len(), 1);
}

/// Words of phrases and others, so that phrases come about, nearly come about, and overlap.
const WORDS: [&str; 12] =
    ["Stage", "stage", "three", "3", "within", "days", "Ann", "Poole", "failed", "4", "March", "don’t"];
const PHRASES: [&str; 10] = [
    "stage 3",
    "stage three",
    "within # days",
    "stage * days",
    "by {date}",
    "{date}",
    "{name} failed",
    "{name}",
    "don't",
    "failed within # days",
];

proptest! {
    #[test]
    fn no_phrase_that_is_said_is_missing_among_the_candidates(
        words in prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..40),
        ends in prop::collection::vec(prop::sample::select(vec![" ", " ", "\n", ". ", "\n\n* "]), 40),
        cut in 0..PHRASES.len(),
    ) {
        let text: String = words.iter().zip(ends).flat_map(|(word, end)| [*word, end]).collect();
        let phrases = |of: &[&str]| of.iter().map(|phrase| phrase.parse().unwrap()).collect::<Vec<Phrase>>();
        let lists = [phrases(&PHRASES[..cut]), phrases(&PHRASES[cut..])];
        let rule = |phrases: Vec<Phrase>| WritingRule {
            id: String::new(),
            title: String::new(),
            provision: Provision(String::new()),
            remedy: String::new(),
            force: Force::Advisory,
            letters: Vec::new(),
            look: Look::Never { phrases, unless: Vec::new(), reach: Reach::OurWords },
        };
        let all = segments(&text, 1);
        let candidates = Anchors::of(&lists.clone().map(rule)).candidates(&all);
        for (rule, list) in lists.iter().enumerate() {
            for (segment, one) in all.iter().enumerate() {
                for (phrase, words) in list.iter().enumerate().filter(|(_, words)| words.find(&one.words, &[]).is_some()) {
                    let stands = Candidate { rule, segment, phrase };
                    prop_assert!(of_rule(&candidates, rule).contains(&stands), "{words:?} in {text:?}");
                }
            }
        }
    }
}
