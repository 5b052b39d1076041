//! Every page with invented content: for `complaintsd check`, which renders them, and for the tests,
//! which look at them. Each text passes through a function, so that a test can make it hostile.

mod remarks;

use super::case::{CaseView, ExtensionOffer, HappenedView, LetterRow};
use super::contact::ContactView;
use super::contacts::{ContactRow, ContactsView};
use super::files::{FileView, Look};
use super::formatted::{Form, FormattedView};
use super::letter::{AcknowledgementView, Attempt, ExtensionView, LetterHead, SentLetterView};
use super::letter_form::{AcknowledgementForm, ExtensionForm, PointForm};
use super::nested::NestedView;
use super::page::{Due, FieldErrors, Notice, Shell, SignedIn, Site, Urgency, size};
use super::search::{Asked, FoundCase, SearchView};
use super::sign_in::SignInView;
use super::to_decide::ToDecideView;
use super::withheld::{Withheld, WithheldView};
use super::work_list::{WorkListView, WorkRow};
use super::{
    case, contact, contacts, formatted, letter, letter_paper, nested, search, sign_in, to_decide, withheld, work_list,
};
use crate::domain::code::{Provision, RequiredElement};
use crate::domain::definition::{Point, Responsibility};
use crate::domain::ids::Digest;
use crate::domain::letter::ElementCheck;

mod desk;
mod people;

/// What becomes of each invented text before it is shown.
pub type Texts = fn(&str) -> String;

/// Every page: its name and its HTML.
///
/// # Errors
/// When a template cannot be written.
pub fn every_page(site: &Site, texts: Texts) -> Result<Vec<(&'static str, String)>, askama::Error> {
    let officer = SignedIn {
        name: texts("Priya Nair"),
        csrf: "sample".to_owned(),
        to_decide: 4,
        incident: Some(texts("Incident declared: the housing system cannot be reached.")),
    };
    let quiet = Shell { site, officer: Some(&officer), notice: None };
    let told = |notice| Shell { notice: Some(notice), ..quiet };
    let stranger = Shell { officer: None, ..quiet };
    let mut wrong = SignInView { email: texts("p.nair@example.org"), ..SignInView::default() };
    wrong.errors.add("email", "Enter the email address and password of your account");
    let complete = acknowledgement(texts, Completeness::Complete);
    let mut pages = vec![
        ("sign-in", sign_in::html(stranger, &SignInView::default())?),
        ("sign-in-wrong", sign_in::html(stranger, &wrong)?),
        ("work-list", work_list::html(quiet, &work(texts))?),
        ("work-list-empty", work_list::html(quiet, &WorkListView { rows: Vec::new(), ..work(texts) })?),
        ("contacts", contacts::html(quiet, &arrived(texts))?),
        ("contacts-empty", contacts::html(quiet, &ContactsView::default())?),
        ("search", search::html(quiet, &found(texts))?),
        ("search-nothing", search::html(quiet, &SearchView { cases: Vec::new(), rows: Vec::new(), ..found(texts) })?),
        ("to-decide", to_decide::html(quiet, &desk::waiting(texts))?),
        ("to-decide-empty", to_decide::html(told(Notice::NothingToDo), &ToDecideView::default())?),
        ("contact", contact::html(quiet, &message(texts))?),
        ("contact-junk", contact::html(quiet, &desk::junk(texts))?),
        ("contact-suggested", contact::html(quiet, &desk::suggested(texts))?),
        ("contact-decided", contact::html(quiet, &desk::decided(texts))?),
        ("contact-formatted", formatted::html(quiet, &as_formatted(texts, Form::Formatted))?),
        ("contact-not-formatted", formatted::html(quiet, &as_formatted(texts, Form::TextOnly))?),
        ("contact-attached-message", nested::html(quiet, &within(texts))?),
        ("file-withheld", withheld::html(quiet, &WithheldView { contact: 56, why: infected(texts) })?),
        ("file-not-scanned", withheld::html(quiet, &WithheldView { contact: 56, why: Withheld::NotScanned })?),
        ("case", case::html(told(Notice::Approved), &one_case(texts))?),
        ("acknowledgement-blank", letter::acknowledgement_html(quiet, &acknowledgement(texts, Completeness::Blank))?),
        ("acknowledgement-wrong", letter::acknowledgement_html(quiet, &acknowledgement(texts, Completeness::Wrong))?),
        ("acknowledgement", letter::acknowledgement_html(told(Notice::Saved), &complete)?),
        ("extension", letter::extension_html(quiet, &extension(texts))?),
        ("letter-sent", letter::sent_html(quiet, &sent(texts))?),
        ("letter-not-printed", letter_paper::html(quiet, &desk::not_printed(texts))?),
    ];
    for (name, post) in people::on_paper(texts) {
        let lacks =
            vec![texts("Without “When the response comes” (6.3): it was told by telephone. Decided by Owen Hughes.")];
        let view = SentLetterView { post: Some(post), overridden: lacks, ..sent(texts) };
        pages.push((name, letter::sent_html(quiet, &view)?));
    }
    pages.extend(people::pages(quiet, texts)?);
    Ok(pages)
}

const COMPLAINT: &str = "Hello,\n\nThis is the third time I write about the black mould in my daughter's room. Your \
contractor came on 12 February, painted over it and left. It is back.\n\n  1. I want it treated properly.\n  2. I want \
somebody to tell me why nobody came on the 2nd.\n\nShe has asthma.\n\nTomasz Zieliński\n14 Larch Court";

fn work(texts: Texts) -> WorkListView {
    let row =
        |number: &str, resident: &str, duty: &str, due: Option<Due>, triage: &str, handler: Option<&str>| WorkRow {
            reference: number.to_owned(),
            resident: texts(resident),
            duty: duty.to_owned(),
            due,
            triage: triage.to_owned(),
            handler: handler.map(texts),
            marks: if number.contains("38") { desk::marks(texts) } else { Vec::new() },
        };
    let due = |date: &str, left: &str, urgency| Some(Due { date: date.to_owned(), left: left.to_owned(), urgency });
    let overdue = due("Thursday 5 March 2026", "overdue by 1 working day", Urgency::Overdue);
    let today = due("Friday 6 March 2026", "due today", Urgency::Today);
    let soon = due("Tuesday 10 March 2026", "2 working days left", Urgency::Later);
    let later = due("Thursday 19 March 2026", "9 working days left", Urgency::Later);
    WorkListView {
        to_post: people::to_post(texts),
        tasks: people::tasks(texts),
        today: "Friday 6 March 2026".to_owned(),
        alarms: vec![texts("The mailbox complaints@landlord.example could not be read since 6 March 2026 at 7:10am.")],
        rows: vec![
            row("CMP-2026-00038-F", "Tomasz Zieliński", "Acknowledge", overdue, "to be triaged", None),
            row("CMP-2026-00031-T", "Grace Okafor", "Respond", today, "complaint", Some("Priya Nair")),
            row("CMP-2026-00042-P", "محمد حسين", "Acknowledge", soon, "to be triaged", None),
            row("CMP-2026-00035-C", "d.whitlock@example.com", "Respond", later, "complaint", Some("Owen Hughes")),
            row("CMP-2026-00044-R", "Mrs J Abernathy", "Acknowledge", None, "to be triaged", None),
        ],
    }
}

fn contact_rows(texts: Texts) -> Vec<ContactRow> {
    let row = |id, from: &str, subject: &str, kind: &str, case: Option<&str>, attachments, problems| ContactRow {
        id,
        received: "5 March 2026 at 8:12pm".to_owned(),
        from: texts(from),
        subject: texts(subject),
        kind: kind.to_owned(),
        case: case.map(ToOwned::to_owned),
        attachments,
        problems,
        marks: if id == 56 { desk::marks(texts) } else { Vec::new() },
    };
    vec![
        row(57, "Grace Okafor", "Re: Your complaint CMP-2026-00031-T", "reply", Some("CMP-2026-00031-T"), 0, 0),
        row(56, "Tomasz Zieliński", "Mould again!! third time", "new message", Some("CMP-2026-00038-F"), 3, 0),
        row(55, "Mail delivery", "Undelivered Mail Returned to Sender", "delivery failure", None, 0, 0),
        row(54, "unknown sender", "", "new message", Some("CMP-2026-00044-R"), 1, 2),
    ]
}

fn arrived(texts: Texts) -> ContactsView {
    ContactsView { rows: contact_rows(texts), older: Some("/contacts?before=54".to_owned()), newest: None }
}

fn found(texts: Texts) -> SearchView {
    let case = FoundCase {
        reference: "CMP-2026-00038-F".to_owned(),
        resident: texts("Tomasz Zieliński"),
        received: "26 February 2026 at 9:40am".to_owned(),
    };
    SearchView {
        typed: texts("zielin"),
        asked: Asked::Words,
        cases: vec![case],
        rows: contact_rows(texts).into_iter().filter(|row| row.id == 56).collect(),
        older: Some("/search?q=zielin&before=56".to_owned()),
        newest: None,
    }
}

fn message(texts: Texts) -> ContactView {
    ContactView {
        id: 56,
        received: "5 March 2026 at 8:12pm".to_owned(),
        receipt: vec![texts("Phone call, taken by Sam")],
        from_name: texts("Tomasz Zieliński"),
        from: Some(texts("t.zielinski@example.com")),
        sender: Some(texts("not verified; our mail server says: dmarc=none, spf=pass")),
        subject: texts("Mould again!! third time"),
        kind: "new message".to_owned(),
        reason: texts("It answers no letter of ours and comes from a person."),
        message_id: Some(texts("CAF3kq1@mail.example.com")),
        case: Some("CMP-2026-00038-F".to_owned()),
        problems: vec![texts("The message names no character set; it was read as Windows-1252.")],
        text: texts(COMPLAINT),
        attachments: files(texts),
        marks: desk::marks(texts),
        decision: None,
    }
}

fn files(texts: Texts) -> Vec<FileView> {
    let file = |place: usize, name: &str, media_type: &str, bytes, look| FileView {
        name: texts(name),
        media_type: texts(media_type),
        size: size(bytes),
        href: format!("/contacts/56/attachments/{place}"),
        look,
    };
    vec![
        file(0, "bedroom wall.jpg", "image/jpeg", 2_412_900, Look::Picture),
        file(1, "IMG_0042.HEIC", "image/heic", 1_890_000, Look::Heic),
        file(2, "letter from GP.pdf", "application/pdf", 48_211, Look::Nothing),
        file(3, "Fwd: your repair.eml", "message/rfc822", 8_934, Look::Message),
    ]
}

fn as_formatted(texts: Texts, form: Form) -> FormattedView {
    FormattedView { contact: 56, subject: texts("Mould again!! third time"), form }
}

fn infected(texts: Texts) -> Withheld {
    Withheld::Infected { signature: texts("Win.Test.EICAR_HDB-1") }
}

fn within(texts: Texts) -> NestedView {
    NestedView {
        contact: 56,
        from_name: texts("Larch Vale Repairs"),
        from: Some(texts("repairs@contractor.example")),
        subject: texts("Fwd: your repair"),
        problems: vec![texts("The message carries no identification (Message-ID).")],
        text: texts("Dear Mr Zieliński,\n\nOur operative attended on 12 February and treated the wall."),
        attachments: files(texts),
    }
}

fn one_case(texts: Texts) -> CaseView {
    let happened =
        |at: &str, actor: &str, what: &str| HappenedView { at: at.to_owned(), actor: texts(actor), what: texts(what) };
    CaseView {
        reference: "CMP-2026-00031-T".to_owned(),
        resident: texts("Grace Okafor"),
        letters_to: Some(texts("grace.okafor@example.com")),
        stage: "stage 1".to_owned(),
        triage: "complaint".to_owned(),
        handler: Some(texts("Priya Nair")),
        dates: people::dates(),
        people: people::on_record(texts),
        triaged: people::triaged(texts),
        telling: vec![("progress-update", "progress update".to_owned())],
        points: vec![
            Point {
                number: 1,
                text: texts("The kitchen tap has leaked since 9 January and three appointments were missed."),
                responsibility: Responsibility::Ours,
            },
            Point {
                number: 2,
                text: texts("Water pressure in the street is low."),
                responsibility: Responsibility::NotOurs { whose: texts("Severn Trent Water") },
            },
        ],
        outcomes: vec![texts("The tap is repaired within a week."), texts("An apology for the missed appointments.")],
        letters: vec![LetterRow {
            id: 7,
            kind: "Stage 1 acknowledgement".to_owned(),
            state: "sent 20 February 2026".to_owned(),
        }],
        to_answer: true,
        extension: ExtensionOffer::Possible { latest: "Friday 20 March 2026".to_owned(), provision: "6.4".to_owned() },
        contacts: contact_rows(texts),
        marks: desk::marks(texts),
        errors: FieldErrors::default(),
        history: vec![
            happened(
                "20 February 2026 at 3:41pm",
                "complaintsd",
                "Acknowledgement sent. Response due: Friday 6 March 2026.",
            ),
            happened(
                "20 February 2026 at 3:40pm",
                "Priya Nair",
                "The stage 1 acknowledgement was approved: version 3.",
            ),
            happened("17 February 2026 at 9:05am", "complaintsd", "Opened at stage 1 from contact 49."),
        ],
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Completeness {
    Blank,
    Wrong,
    Complete,
}

fn checks(texts: Texts, missing: &[&str]) -> Vec<ElementCheck> {
    let check = |id: &str, provision: &str, title: &str, remedy: &str, passage: &str| ElementCheck {
        element: RequiredElement {
            id: id.to_owned(),
            provision: Provision(provision.to_owned()),
            title: title.to_owned(),
            remedy: remedy.to_owned(),
        },
        passage: (!missing.contains(&id)).then(|| texts(passage)),
    };
    vec![
        check("reference", "6.2", "Case reference", "", "Our reference: CMP-2026-00042-P"),
        check(
            "stage",
            "6.2",
            "That this is stage 1",
            "",
            "We are looking into your complaint at stage 1 of our procedure.",
        ),
        check(
            "definition",
            "5.6",
            "Complaint definition as numbered points",
            "Write at least one point: what the resident complains about.",
            "1. Black mould has come back in the bedroom after your repair of 12 February. We are responsible for this.",
        ),
        check(
            "responsibility",
            "5.7",
            "Who is responsible for each point",
            "Say for each point who is responsible.",
            "We are responsible.",
        ),
        check(
            "outcomes",
            "5.6",
            "Outcomes sought",
            "Write what the resident wants to happen.",
            "You would like the mould to be treated properly.",
        ),
        check("respond-by", "6.3", "When we respond", "", "We will send our full response by Friday 20 March 2026."),
        check(
            "handler",
            "6.2",
            "Who considers the complaint",
            "Select a handler.",
            "Priya Nair, p.nair@landlord.example",
        ),
        check(
            "ombudsman",
            "3.7",
            "The right to the Ombudsman",
            "",
            "You can contact the Housing Ombudsman Service at any time.",
        ),
    ]
}

fn head(texts: Texts, kind: &str, missing: &[&str]) -> LetterHead {
    LetterHead {
        id: 12,
        reference: "CMP-2026-00042-P".to_owned(),
        kind: kind.to_owned(),
        to: Some(texts("m.hussain@example.com")),
        version: 2,
        digest: Digest::of(b"a sample"),
        needs: Some("This resident needs large print: the letter goes out in it, with a PDF to print.".to_owned()),
        checks: checks(texts, missing),
        overridable: missing == ["respond-by"],
        remarks: remarks::remarks(texts),
        in_the_way: None,
        contact: 58,
        message: texts(COMPLAINT),
        attachments: 2,
        problems: vec![texts("The end of the message is missing: it may have been cut off on its way.")],
    }
}

fn acknowledgement(texts: Texts, completeness: Completeness) -> AcknowledgementView {
    let point = |text: &str, responsible: &str, whose: &str| PointForm {
        number: String::new(),
        text: texts(text),
        responsible: responsible.to_owned(),
        whose: texts(whose),
    };
    let mould = "Black mould has come back in the bedroom after the repair of 12 February.";
    let mut form = AcknowledgementForm {
        resident: texts("Mr Hussain"),
        email: texts("m.hussain@example.org"),
        points: vec![
            point(mould, "ours", ""),
            point("Nobody came to the appointment on 2 March.", "unclear", ""),
            point("The street lamp outside flickers.", "not-ours", "the county council"),
        ],
        outcomes: vec![
            texts("The mould is treated properly."),
            texts("An explanation of the missed visit."),
            String::new(),
        ],
        handler: "2".to_owned(),
        adjustments: String::new(),
        paragraph: texts("Our surveyor will visit you on 12 March between 9am and 11am, as you asked."),
    };
    let mut errors = FieldErrors::default();
    let missing: &[&str] = match completeness {
        Completeness::Complete => &[],
        Completeness::Blank => {
            form = AcknowledgementForm {
                resident: texts("محمد حسين"),
                points: vec![PointForm::default(); 3],
                outcomes: vec![String::new(); 3],
                ..AcknowledgementForm::default()
            };
            &["definition", "responsibility", "outcomes", "handler"]
        }
        Completeness::Wrong => {
            form.points =
                vec![point(mould, "", ""), point("The street lamp flickers.", "not-ours", ""), PointForm::default()];
            errors.add("point-1-responsible", "Select who is responsible for point 1");
            errors.add("point-2-whose", "Enter who is responsible for point 2");
            &["definition", "responsibility"]
        }
    };
    let version = if completeness == Completeness::Blank { 1 } else { 2 };
    AcknowledgementView {
        letter: LetterHead { version, ..head(texts, "stage 1 acknowledgement", missing) },
        form,
        officers: vec![("1".to_owned(), texts("Owen Hughes")), ("2".to_owned(), texts("Priya Nair"))],
        errors,
    }
}

fn extension(texts: Texts) -> ExtensionView {
    let mut errors = FieldErrors::default();
    errors.add("new-by-day", "The new date can be Friday 20 March 2026 at the latest (6.4)");
    ExtensionView {
        letter: head(texts, "stage 1 extension", &["respond-by"]),
        form: ExtensionForm {
            reason: texts("The damp survey has to be repeated after the leak above has been found."),
            day: "27".to_owned(),
            month: "3".to_owned(),
            year: "2026".to_owned(),
            updates: texts("by email every Friday"),
            ..ExtensionForm::default()
        },
        labels: super::letter::Labels::of(crate::domain::letter::LetterKind::StageOneExtension),
        due: "Friday 6 March 2026".to_owned(),
        latest: Ok("Friday 20 March 2026".to_owned()),
        errors,
    }
}

fn sent(texts: Texts) -> SentLetterView {
    SentLetterView {
        letter: head(texts, "stage 1 acknowledgement", &[]),
        state: "sent 6 March 2026 at 10:02am".to_owned(),
        refused: false,
        post: None,
        overridden: Vec::new(),
        approved: texts("by Priya Nair, 6 March 2026 at 10:01am"),
        attempts: vec![Attempt {
            at: "6 March 2026 at 10:02am".to_owned(),
            answer: texts("250 2.0.0 Ok: queued as 4D1F2A0B"),
        }],
    }
}
