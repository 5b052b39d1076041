//! The built-in letters: what they say, and what they cannot leave unsaid.

use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;
use crate::domain::case::Case;
use crate::domain::deadlines::Duty;
use crate::domain::definition::{Definition, Point, Responsibility};
use crate::domain::events::CaseEvent;
use crate::domain::ids::{CaseId, CaseRef, ContactId, LetterId, OfficerId};
use crate::domain::incident::Audience;
use crate::domain::landlord::{Landlord, Ombudsman};
use crate::domain::people::{Handler, Resident};
use crate::domain::stage::Stage;
use crate::letters::context::View;
use crate::letters::elements::HELPERS;
use crate::letters::samples::tellings;

fn full<V: View>() -> V {
    V::samples().into_iter().next().unwrap()
}

/// The elements of a letter that are missing.
pub(super) fn missing<V: View>(templates: &Templates, view: &V) -> Vec<String> {
    let rendered = templates.render(view).unwrap();
    checked(&code(), &rendered).iter().filter_map(ElementCheck::shortfall).map(|shortfall| shortfall.element).collect()
}

#[test]
fn built_in_templates_meet_the_code() {
    let faults = built_in().check(&code(), &rules());
    assert!(faults.is_empty(), "{}", lines(&faults));
}

#[test]
fn letters_read_as_approved() {
    let templates = built_in();
    for rendered in [
        templates.render(&full::<AcknowledgementView>()).unwrap(),
        templates.render(&full::<ExtensionView>()).unwrap(),
        templates.render(&full::<ResponseView>()).unwrap(),
        templates.render(&AcknowledgementView { stage: 2, ..full() }).unwrap(),
        templates.render(&ExtensionView { stage: 2, ..full() }).unwrap(),
        templates.render(&ResponseView { stage: 2, ..full() }).unwrap(),
        templates.render(&full::<RefusalView>()).unwrap(),
        templates.render(&RefusalView { letter: LetterKind::RefusalToEscalate, ..full() }).unwrap(),
        templates.render(&full::<ReminderView>()).unwrap(),
        templates.render(&full::<OverdueListView>()).unwrap(),
        templates.render(&full::<WaitingContactsView>()).unwrap(),
        templates.render(&full::<TaskView>()).unwrap(),
        templates.render(&full::<AlarmsView>()).unwrap(),
        templates.render(&full::<HandOverView>()).unwrap(),
        templates.render(&full::<HandOverListView>()).unwrap(),
        templates.render(&full::<ReceiptView>()).unwrap(),
        templates.render(&full::<CheckpointView>()).unwrap(),
        templates.render(&full::<DigestView>()).unwrap(),
    ] {
        read_as_approved(&rendered);
    }
    for audience in Audience::ALL {
        read_as_approved(&templates.render(&IncidentView { audience: *audience, ..full() }).unwrap());
    }
    for letter in LetterKind::telling() {
        read_as_approved(&templates.render(&tellings(letter).remove(0)).unwrap());
    }
}

fn read_as_approved(rendered: &Rendered) {
    let name = rendered.kind.key();
    insta::assert_snapshot!(format!("{name}.text"), format!("{}\n\n{}", rendered.subject, rendered.text));
    insta::assert_snapshot!(format!("{name}.html"), rendered.html);
    assert_eq!(rendered.html.matches("<h1").count(), 1);
    assert!(!rendered.html.contains("src=") && !rendered.html.contains("<link") && !rendered.html.contains("url("));
    assert!(rendered.text.lines().all(|line| line.chars().count() <= 78), "{}", rendered.text);
}

#[test]
fn an_acknowledgement_lacks_exactly_what_was_taken_out() {
    let templates = built_in();
    assert_eq!(missing(&templates, &full::<AcknowledgementView>()), Vec::<String>::new());
    type Change = fn(&mut AcknowledgementView);
    let changes: [(&[&str], Change); 14] = [
        (&["case-reference"], |view| view.common.reference.clear()),
        (&["received"], |view| view.received = None),
        (&["definition", "responsibility"], |view| view.points.clear()),
        (&["definition"], |view| view.points[1].text = "?\u{202E}!".to_owned()),
        (&["responsibility"], |view| view.points[0].ours = false),
        (&["responsibility"], |view| view.points[1].whose = None),
        (&["responsibility"], |view| view.points[2].unclear = false),
        (&["outcomes"], |view| view.outcomes.clear()),
        (&["outcomes"], |view| view.outcomes[1] = " – ".to_owned()),
        (&["response-date"], |view| view.respond_by = None),
        (&["extension"], |view| view.extension_limit.clear()),
        (&["handler"], |view| view.common.handler = None),
        (&["ombudsman"], |view| view.common.ombudsman = None),
        (&[], |view| {
            view.common.adjustments = None;
            view.common.paragraph = None;
            view.common.resident = None;
            view.common.landlord.policy = None;
        }),
    ];
    for (expected, change) in changes {
        let mut view = full::<AcknowledgementView>();
        change(&mut view);
        assert_eq!(missing(&templates, &view), expected);
    }
}

#[test]
fn an_extension_lacks_exactly_what_was_taken_out() {
    let templates = built_in();
    assert_eq!(missing(&templates, &full::<ExtensionView>()), Vec::<String>::new());
    type Change = fn(&mut ExtensionView);
    let changes: [(&str, Change); 7] = [
        ("case-reference", |view| view.common.reference.clear()),
        ("original-date", |view| view.original_by = None),
        ("new-date", |view| view.new_by = None),
        ("reason", |view| view.reason = None),
        ("updates", |view| view.updates = None),
        ("handler", |view| view.common.handler = None),
        ("ombudsman", |view| view.common.ombudsman = None),
    ];
    for (expected, change) in changes {
        let mut view = full::<ExtensionView>();
        change(&mut view);
        assert_eq!(missing(&templates, &view), [expected]);
    }
}

/// 6.9, 6.19: nothing that the Code asks for can be left out; "none" is said, not left unsaid.
#[test]
fn a_response_lacks_exactly_what_was_taken_out() {
    let templates = built_in();
    type Change = fn(&mut ResponseView);
    let changes: [(&[&str], Change); 12] = [
        (&["case-reference"], |view| view.common.reference.clear()),
        (&["late"], |view| view.late = None),
        (&["decision"], |view| view.decision = None),
        (&["definition", "finding", "reasons"], |view| view.points.clear()),
        (&["finding"], |view| view.points[1].finding = None),
        (&["reasons"], |view| view.points[1].reasons = None),
        (&["remedy"], |view| view.remedies.clear()),
        (&[], |view| {
            view.remedies.clear();
            view.no_remedy = Some("We put it right on the day.".to_owned());
        }),
        (&["actions"], |view| view.actions.clear()),
        (&[], |view| {
            view.actions.clear();
            view.nothing_left = true;
        }),
        (&["handler"], |view| view.common.handler = None),
        (&["ombudsman"], |view| view.common.ombudsman = None),
    ];
    for (expected, change) in changes {
        for stage in [1, 2] {
            let mut view = ResponseView { stage, ..full() };
            change(&mut view);
            assert_eq!(missing(&templates, &view), expected, "stage {stage}");
        }
    }
}

/// 2.4, 5.11.
#[test]
fn a_refusal_lacks_exactly_what_was_taken_out() {
    let templates = built_in();
    type Change = fn(&mut RefusalView);
    let changes: [(&[&str], Change); 5] = [
        (&["ground"], |view| view.ground = None),
        (&["reasons"], |view| view.reasons = None),
        (&[], |view| view.discretion = None),
        (&["handler"], |view| view.common.handler = None),
        (&["ombudsman"], |view| view.common.ombudsman = None),
    ];
    for (expected, change) in changes {
        for letter in [LetterKind::RefusalToAccept, LetterKind::RefusalToEscalate] {
            let mut view = RefusalView { letter, ..full() };
            change(&mut view);
            assert_eq!(missing(&templates, &view), expected, "{letter}");
        }
    }
}

#[test]
fn a_passage_of_the_landlords_own_words_is_missed_when_it_is_emptied() {
    for (file, element) in [
        ("partials/stage.md.hbs", "stage"),
        ("partials/adjustments.md.hbs", "adjustments"),
        ("stage-1-acknowledgement/letter.md.hbs", "representation"),
    ] {
        let folder = super::broken::folder();
        let text = std::fs::read_to_string(folder.file(file)).unwrap();
        let mark = format!("{{{{#element \"{element}\"}}}}");
        let (before, passage) = text.split_once(&mark).unwrap();
        let (_, after) = passage.split_once("{{/element}}").unwrap();
        folder.write(file, format!("{before}{mark}{{{{/element}}}}{after}"));
        let templates = Templates::load(Some(folder.path())).unwrap();
        assert_eq!(missing(&templates, &full::<AcknowledgementView>()), [element]);
        assert!(
            lines(&templates.check(&code(), &rules()))
                .contains(&format!("the passage marked as '{element}' says nothing"))
        );
    }
}

#[test]
fn passages_are_shown_as_plain_text() {
    let rendered = built_in().render(&full::<AcknowledgementView>()).unwrap();
    assert_eq!(rendered.passages["case-reference"], "CMP-2026-00042-M");
    assert_eq!(
        rendered.passages["responsibility"],
        "we are\n\nnot us, but Exampleshire Council, which collects the bins\n\n\
         this is not clear yet; we are finding out and will tell you"
    );
    assert!(rendered.passages["ombudsman"].contains("Phone: 0300 111 3000"));
}

#[test]
fn a_case_becomes_a_complete_letter() {
    let (case, landlord, ombudsman, code) = (case(), landlord(), ombudsman(), code());
    let setting =
        Setting { landlord: &landlord, ombudsman: &ombudsman, council: None, code: &code, sent_on: date(2026, 11, 24) };
    let parts = OfficersParts { paragraph: "", adjustments: " \n" };
    let templates = built_in();
    let view = AcknowledgementView::new(&case, setting, Some(date(2026, 12, 8)), parts);
    assert_eq!(missing(&templates, &view), Vec::<String>::new());
    let letter = templates.render(&view).unwrap();
    assert!(letter.text.contains("received your complaint on\nSunday 22 November 2026"), "{}", letter.text);
    assert!(letter.text.contains("answer you by Tuesday 8 December 2026. That is 10 working days"), "{}", letter.text);

    let terms = ExtensionParts { reason: "The report is due.", new_by: Some(date(2026, 12, 18)), updates: "Weekly." };
    let view = ExtensionView::new(&case, setting, terms, parts);
    assert_eq!(missing(&templates, &view), Vec::<String>::new());
    assert!(templates.render(&view).unwrap().text.contains("answer your complaint by Tuesday 8 December 2026"));

    let unreachable =
        Ombudsman { phone: String::new(), address: Vec::new(), website: " ".to_owned(), ..ombudsman.clone() };
    let view =
        AcknowledgementView::new(&case, Setting { ombudsman: &unreachable, ..setting }, Some(date(2026, 12, 8)), parts);
    assert_eq!(missing(&templates, &view), ["ombudsman"]);

    // Point 2 is the council's, and goes to another Ombudsman.
    let mut mixed = case.clone();
    mixed.people.council_points.insert(2);
    let council = Ombudsman { name: "Other Ombudsman".to_owned(), ..ombudsman.clone() };
    let both = Setting { council: Some(&council), ..setting };
    let view = AcknowledgementView::new(&mixed, both, Some(date(2026, 12, 8)), parts);
    assert_eq!(missing(&templates, &view), Vec::<String>::new());
    let passage = templates.render(&view).unwrap().passages["ombudsman"].replace('\n', " ");
    for words in ["Housing Ombudsman Service about points 1 and 3 of", "Other Ombudsman about point 2 of"] {
        assert!(passage.contains(words), "{words}: {passage}");
    }
    let view = AcknowledgementView::new(&mixed, setting, Some(date(2026, 12, 8)), parts);
    assert_eq!(missing(&templates, &view), ["ombudsman"], "one that is needed is not configured");
    mixed.people.council_points.extend([1, 3]);
    let view = AcknowledgementView::new(&mixed, both, Some(date(2026, 12, 8)), parts);
    let passage = templates.render(&view).unwrap().passages["ombudsman"].clone();
    assert!(passage.contains("Other Ombudsman") && !passage.contains("Housing Ombudsman Service"), "{passage}");

    let undefined = Case { definition: Definition::default(), ..case };
    let view = AcknowledgementView::new(&undefined, setting, None, parts);
    assert_eq!(missing(&templates, &view), ["definition", "responsibility", "outcomes", "response-date"]);
}

#[test]
fn notices_name_the_case_and_nothing_about_the_resident() {
    let case = case();
    let due = Due {
        case: &case,
        duty: Duty::Respond,
        by: date(2026, 12, 8),
        left: "1 working day late",
        url: Some("https://complaints.example.org/cases/1"),
    };
    let templates = built_in();
    let reminder = templates.render(&ReminderView::new(due)).unwrap();
    let list = templates.render(&OverdueListView::new(date(2026, 12, 9), &[due], Vec::new(), None)).unwrap();
    for notice in [reminder, list] {
        let all = format!("{}{}{}", notice.subject, notice.text, notice.html);
        assert!(all.contains(&case.reference.to_string()));
        assert!(!all.contains("Kim") && !all.contains("resident@example.org") && !all.contains("boiler"), "{all}");
        assert!(checked(&code(), &notice).is_empty());
    }
}

#[test]
fn the_digest_holds_subject_text_and_html_apart() {
    let templates = built_in();
    let letter = templates.render(&full::<AcknowledgementView>()).unwrap();
    assert_eq!(letter, built_in().render(&full::<AcknowledgementView>()).unwrap());
    let mut digests = BTreeSet::from([letter.digest()]);
    for change in [
        Rendered { subject: format!("{}x", letter.subject), ..letter.clone() },
        Rendered { text: format!("{}x", letter.text), ..letter.clone() },
        Rendered { html: format!("{}x", letter.html), ..letter.clone() },
        Rendered { subject: String::new(), text: format!("{}{}", letter.subject, letter.text), ..letter.clone() },
    ] {
        assert!(digests.insert(change.digest()));
    }
}

#[test]
fn the_template_digest_changes_with_any_file_used() {
    let built_in = built_in().render(&full::<AcknowledgementView>()).unwrap().template_digest;
    let folder = super::broken::folder();
    let digest = |folder: &super::broken::Folder| {
        Templates::load(Some(folder.path())).unwrap().render(&full::<AcknowledgementView>()).unwrap().template_digest
    };
    assert_eq!(digest(&folder), built_in);
    folder.replace("partials/signature.md.hbs", "Yours sincerely", "With kind regards");
    assert_ne!(digest(&folder), built_in);
}

#[test]
fn no_view_has_a_name_that_templates_call() {
    fn names(value: &serde_json::Value, all: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(group) => group.iter().for_each(|(name, value)| {
                all.insert(name.clone());
                names(value, all);
            }),
            serde_json::Value::Array(items) => items.iter().for_each(|item| names(item, all)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    names(&serde_json::to_value(full::<AcknowledgementView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<ExtensionView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<ReminderView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<OverdueListView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<WaitingContactsView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<TaskView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<AlarmsView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<HandOverView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<HandOverListView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<ReceiptView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<CheckpointView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<IncidentView>()).unwrap(), &mut all);
    names(&serde_json::to_value(full::<DigestView>()).unwrap(), &mut all);
    assert!(all.iter().all(|name| !HELPERS.contains(&name.as_str())));
    let guide = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/letter-templates/README.md"));
    for name in &all {
        assert!(guide.contains(&format!("`{name}`")), "letter-templates/README.md does not explain `{name}`");
    }
}

fn case() -> Case {
    let at = "2026-11-22T23:30:00Z".parse().unwrap();
    let point = |text: &str, responsibility| Point { number: 0, text: text.to_owned(), responsibility };
    let opened = CaseEvent::Opened {
        respond_by: None,
        reference: CaseRef::new(2026, 7),
        contact: ContactId(1),
        stage: Stage::One,
        received_at: at,
        acknowledge_by: Some(date(2026, 11, 27)),
        resident: Resident { name: "Kim Example".to_owned(), email: Some("resident@example.org".parse().unwrap()) },
    };
    let defined = CaseEvent::Defined {
        definition: Definition {
            points: vec![
                point("The boiler does not work.", Responsibility::Ours),
                point("The street light is out.", Responsibility::NotOurs { whose: "The county council".to_owned() }),
                point("There is a smell of gas outside.", Responsibility::Unclear),
            ],
            outcomes: vec!["A working boiler.".to_owned()],
        },
        withdrawn: Vec::new(),
    };
    let handled = CaseEvent::HandlerAssigned {
        stage: Stage::One,
        handler: Handler {
            officer: OfficerId(1),
            name: "Priya Example".to_owned(),
            email: "priya@landlord.example.org".parse().unwrap(),
        },
    };
    let acknowledged = CaseEvent::AcknowledgementSent {
        stage: Stage::One,
        letter: LetterId(1),
        at,
        respond_by: Some(date(2026, 12, 8)),
        strict_by: None,
    };
    let case = Case::opened(CaseId(1), &opened).unwrap();
    [defined, handled, acknowledged].iter().fold(case, Case::apply)
}

fn landlord() -> Landlord {
    Landlord {
        name: "Example Homes".to_owned(),
        address: vec!["1 Example Street".to_owned(), "Exampleton EX1 1EX".to_owned()],
        phone: "01632 960001".to_owned(),
        email: "complaints@landlord.example.org".parse().unwrap(),
        website: None,
        complaints_policy_url: None,
    }
}

fn ombudsman() -> Ombudsman {
    Ombudsman {
        name: "Housing Ombudsman Service".to_owned(),
        phone: "0300 111 3000".to_owned(),
        address: vec!["PO Box 1484, Unit D".to_owned(), "Preston PR2 0ET".to_owned()],
        website: "https://www.housing-ombudsman.org.uk".to_owned(),
        how: "Use the form on its website, phone, or write by post.".to_owned(),
        verified_on: None,
        review_by: None,
    }
}
