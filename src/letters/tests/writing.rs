//! The built-in rules of writing: each finds what it is for, and none finds anything in our own letters.

use jiff::civil::date;

use super::*;
use crate::domain::writing::{Force, Reading, Remark, Upheld};
use crate::letters::context::View;
use crate::letters::samples::tellings;

/// What the rules find in a letter.
fn found(rendered: &Rendered, upheld: Upheld) -> Vec<Remark> {
    let Kind::Letter(kind) = rendered.kind else { panic!("not a letter") };
    rules().check(&Reading {
        kind,
        subject: &rendered.subject,
        text: &rendered.text,
        passages: &rendered.passages,
        names: &["Example Homes", "Priya Example", "Siân O'Hara", "Housing Ombudsman Service"],
        upheld,
        sent_on: date(2026, 11, 24),
        dates: &[date(2026, 12, 18), date(2026, 12, 23)],
    })
}

fn acknowledgement(paragraph: &str) -> AcknowledgementView {
    let mut view = AcknowledgementView::samples().remove(0);
    view.common.paragraph = Some(paragraph.to_owned());
    view
}

fn extension(reason: &str) -> ExtensionView {
    ExtensionView { reason: Some(reason.to_owned()), ..ExtensionView::samples().remove(0) }
}

fn names(remarks: &[Remark]) -> Vec<&str> {
    remarks.iter().map(|remark| remark.rule.as_str()).collect()
}

#[test]
fn nothing_is_found_in_our_own_complete_letters() {
    let templates = built_in();
    let mut letters = Vec::new();
    for stage in [1, 2] {
        letters.push(templates.render(&AcknowledgementView { stage, ..AcknowledgementView::samples().remove(0) }));
        letters.push(templates.render(&ExtensionView { stage, ..ExtensionView::samples().remove(0) }));
        // With remedies and actions, and with none of them.
        for place in [0, 1] {
            letters.push(templates.render(&ResponseView { stage, ..ResponseView::samples().remove(place) }));
        }
    }
    for letter in [LetterKind::RefusalToAccept, LetterKind::RefusalToEscalate] {
        letters.push(templates.render(&RefusalView { letter, ..RefusalView::samples().remove(0) }));
    }
    for letter in LetterKind::telling() {
        letters.extend(tellings(letter).iter().take(2).map(|view| templates.render(view)));
    }
    for rendered in letters.into_iter().map(Result::unwrap) {
        let remarks = found(&rendered, Upheld::Something);
        assert!(remarks.is_empty(), "{}: {remarks:#?}", rendered.kind);
    }
}

/// What an officer writes, and the one rule that finds it.
const SAID: [(&str, &str); 27] = [
    ("This was first an informal complaint.", "informal-or-formal"),
    ("You can now take this to stage three.", "extra-stage"),
    ("For stage 2 please explain why you don’t agree with us.", "demands-reasons"),
    ("You must write to us to escalate your complaint within 14 days.", "time-limit-for-stage-2"),
    ("If we do not hear from you within ten working days, that is the end.", "time-limit-for-stage-2"),
    ("Stage 2 is discretionary.", "stage-2-is-a-right"),
    ("Please wait for 8 weeks.", "wait-before-the-ombudsman"),
    ("A designated person must first hear you.", "wait-before-the-ombudsman"),
    ("We have put your complaint on hold.", "paused-clock"),
    ("We aim to respond within 10 working days.", "no-start"),
    ("We can only respond once the works are complete.", "answer-waits-for-works"),
    ("You failed to let us in.", "blames-the-resident"),
    ("The mould comes from drying washing indoors.", "lifestyle"),
    ("On that day John Smith forgot your visit.", "blames-staff-by-name"),
    ("The visit was missed, and Mr Jones was rude.", "blames-staff-by-name"),
    ("The delay was our contractor's fault.", "passes-the-blame"),
    ("We are sorry if you feel let down.", "hollow-apology"),
    ("We apologise for any inconvenience.", "hollow-apology"),
    ("We will come on [insert date].", "placeholder"),
    (
        "We looked at the boiler and at the pump and at the pipes and at the valves and at the tank and at the flue and \
         at the meter and at the wiring and then at the thermostat in the hall and at the one upstairs.",
        "long-sentence",
    ),
    (
        "Notwithstanding aforesaid considerations regarding organisational accountability, comprehensive investigatory \
         methodologies necessitate interdepartmental collaboration. Consequently, representatives' availability \
         considerations necessitate rescheduling. Administrative prioritisation methodologies, unfortunately, \
         necessitate continuing reconsideration of operational interdependencies. Organisational responsibilities, \
         notwithstanding multidisciplinary participation, remain administratively unallocated. Supplementary \
         documentation, particularly photographic documentation, substantially facilitates investigatory evaluation. \
         Interdepartmental communication difficulties unfortunately necessitate additional administrative \
         considerations. Accountability determination methodologies necessitate organisational reconfiguration.",
        "reading-age",
    ),
    ("The ASB team has been told.", "acronym"),
    ("An operative will come.", "jargon"),
    ("Write to info@housing-ombudsman.org.uk.", "ombudsman-by-e-mail"),
    ("You can email the Housing Ombudsman.", "ombudsman-by-e-mail"),
    ("Its address is PO Box 152, Liverpool.", "ombudsman-address"),
    ("Its number is 0845 712 5973.", "ombudsman-telephone"),
];

#[test]
fn each_rule_finds_what_an_officer_should_not_have_written() {
    let templates = built_in();
    for (words, rule) in SAID {
        // One hard paragraph in a plain letter is not yet a hard letter.
        let much = if rule == "reading-age" { words.repeat(8) } else { words.to_owned() };
        let rendered = templates.render(&acknowledgement(&much)).unwrap();
        let remarks = found(&rendered, Upheld::Nothing);
        assert_eq!(names(&remarks), [rule], "{words}: {remarks:#?}");
        let remark = &remarks[0];
        if rule != "reading-age" {
            let line = rendered.text.lines().nth(remark.line.unwrap() - 1).unwrap();
            let first = remark.sentence.split(' ').next().unwrap();
            assert!(line.contains(first), "{words}: line {:?} is {line}", remark.line);
        }
        assert_eq!(remark.shortfall().is_some(), remark.force == Force::Blocking);
    }
}

#[test]
fn a_reason_that_is_only_workload_is_pointed_out_in_an_extension() {
    let rendered = built_in().render(&extension("There is a backlog of complaints.")).unwrap();
    assert_eq!(names(&found(&rendered, Upheld::Nothing)), ["workload-as-a-reason"]);
}

#[test]
fn what_must_be_said_is_missed_when_the_first_lines_lack_it() {
    for (file, old, new, rule, what) in [
        ("partials/letterhead.md.hbs", "{{date}}", "", "date-at-the-top", "Has no date in its first lines"),
        (
            "partials/stage.md.hbs",
            "stage {{stage}} of our complaints procedure",
            "where it should be",
            "stage-1-at-the-top",
            "Does not say in its first lines that it is about stage 1",
        ),
    ] {
        let folder = super::broken::folder();
        folder.replace(file, old, new);
        assert!(folder.faults().contains(what), "{}", folder.faults());
        let templates = Templates::load(Some(folder.path())).unwrap();
        let rendered = templates.render(&acknowledgement("")).unwrap();
        let remarks = found(&rendered, Upheld::Nothing);
        assert_eq!((names(&remarks), remarks[0].line), (vec![rule], None));
    }
}

#[test]
fn every_rule_has_been_seen_to_find_something() {
    let seen: Vec<&str> = SAID.iter().map(|(_, rule)| *rule).chain(ALSO).collect();
    let unseen: Vec<String> =
        rules().rules.iter().map(|rule| rule.id.clone()).filter(|id| !seen.contains(&id.as_str())).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

/// Rules seen elsewhere in this file.
const ALSO: [&str; 7] = [
    "workload-as-a-reason",
    "stage-1-at-the-top",
    "stage-2-at-the-top",
    "date-at-the-top",
    "final-response",
    "apology",
    "promise-without-action",
];

fn response(stage: u8, paragraph: &str) -> ResponseView {
    let mut view = ResponseView { stage, ..ResponseView::samples().remove(0) };
    view.common.paragraph = Some(paragraph.to_owned());
    view
}

#[test]
fn a_promise_is_followed_up_only_when_its_day_is_the_day_of_an_action() {
    let templates = built_in();
    let promised = |words: &str| {
        let remarks = found(&templates.render(&response(1, words)).unwrap(), Upheld::Something);
        remarks.into_iter().map(|remark| (remark.rule, remark.words)).collect::<Vec<_>>()
    };
    let told = |day: &str| vec![("promise-without-action".to_owned(), day.to_owned())];
    assert_eq!(promised("We will fit new locks by 4 December."), told("4 December"));
    assert_eq!(promised("The locks will be changed on Monday 1st March 2027."), told("1st March"));
    assert_eq!(promised("We will fit new locks by 23 December 2026."), []);
    assert_eq!(promised("We will pay on 18 December."), []);
    assert_eq!(promised("The visit that will be remembered was on 4 November 2026."), []);
    assert_eq!(promised("We wrote to you about 4 December 2026."), []);
}

#[test]
fn upholding_without_an_apology_is_refused_and_not_upholding_needs_none() {
    let templates = built_in();
    let view = ResponseView { sorry: false, late: None, ..response(1, "") };
    let rendered = templates.render(&view).unwrap();
    assert_eq!(names(&found(&rendered, Upheld::Something)), ["apology"]);
    assert!(found(&rendered, Upheld::Something)[0].shortfall().is_some());
    assert!(found(&rendered, Upheld::Nothing).is_empty());
    let view = ResponseView { sorry: false, ..response(1, "We apologise for the nine cold days.") };
    assert!(found(&templates.render(&view).unwrap(), Upheld::Something).is_empty());
}

#[test]
fn a_final_response_says_so_and_its_stage_at_the_top() {
    let folder = super::broken::folder();
    let file = "stage-2-response/letter.md.hbs";
    let text = std::fs::read_to_string(folder.file(file)).unwrap();
    folder.write(file, text.replace("final response", "answer"));
    folder.replace("partials/stage.md.hbs", "stage {{stage}} of our complaints procedure", "where it should be");
    let faults = folder.faults();
    for what in ["that it is the final response (6.20)", "that it is about stage 2 (guidance)"] {
        assert!(faults.contains(what), "{faults}");
    }
    let rendered = Templates::load(Some(folder.path())).unwrap().render(&response(2, "")).unwrap();
    assert_eq!(names(&found(&rendered, Upheld::Something)), ["stage-2-at-the-top", "final-response"]);
}

#[test]
fn what_the_resident_said_is_not_held_against_the_letter() {
    let templates = built_in();
    let mut view = acknowledgement("");
    view.points[0].text = "You treated this as an informal complaint and blamed my lifestyle.".to_owned();
    assert!(found(&templates.render(&view).unwrap(), Upheld::Nothing).is_empty());
    view.common.paragraph = Some("It was an informal complaint.".to_owned());
    let remarks = found(&templates.render(&view).unwrap(), Upheld::Nothing);
    assert_eq!(names(&remarks), ["informal-or-formal"]);
    assert_eq!(remarks[0].sentence, "It was an informal complaint");
    // But old details of the Ombudsman mislead whoever says them.
    view.points[0].text = "You told me to write to info@housing-ombudsman.org.uk".to_owned();
    assert!(names(&found(&templates.render(&view).unwrap(), Upheld::Nothing)).contains(&"ombudsman-by-e-mail"));
}

#[test]
fn saying_that_something_is_not_so_is_allowed() {
    let templates = built_in();
    for words in [
        "You do not have to give reasons for asking.",
        "The mould is not caused by your lifestyle.",
        "We will answer within 10 working days of this letter.",
        "The work will take 8 weeks.",
        "The Antisocial Behaviour Team (ABT) will call. The ABT has your number.",
        "Exampleton Borough Housing Team will call.",
    ] {
        let remarks = found(&templates.render(&acknowledgement(words)).unwrap(), Upheld::Nothing);
        assert!(remarks.is_empty(), "{words}: {remarks:#?}");
    }
}
