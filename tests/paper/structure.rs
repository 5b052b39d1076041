//! What PDF/UA-1 asks for and a tool can see: tags, language, title, headings and lists, the order of
//! reading, embedded fonts. And what an envelope and an eye ask for.

use complaintsd::domain::circumstances::LetterFormat;
use complaintsd::domain::letter::LetterKind;

use super::{Pdf, REFERENCE, landlord, print, print_to, sample};

fn acknowledgement(format: LetterFormat) -> Pdf {
    let letter = sample("stage-1-acknowledgement");
    Pdf::of(print(&letter.subject, &letter.markdown, "Siân O'Hara", format).unwrap())
}

#[test]
fn a_letter_on_paper_can_be_read_by_a_screen_reader() {
    for kind in LetterKind::ALL {
        for format in [LetterFormat::Standard, LetterFormat::LargePrint] {
            let letter = sample(kind.key());
            let pdf = Pdf::of(print(&letter.subject, &letter.markdown, "Siân O'Hara", format).unwrap());
            let info = pdf.info();
            assert_eq!((info["Tagged"].as_str(), info["Title"].as_str()), ("yes", letter.subject.as_str()), "{kind}");
            assert_eq!((info["JavaScript"].as_str(), info["Encrypted"].as_str()), ("no", "no"));
            assert!(pdf.tool("pdfinfo -meta FILE").contains("pdfuaid:part>1<"), "PDF/UA-1 is claimed");
            pdf.tool("qpdf --check FILE");
            let catalogue = pdf.tool("qpdf --json --json-key=qpdf FILE");
            assert!(catalogue.contains("\"/Lang\": \"u:en-GB\""), "the language of the document");
            assert!(catalogue.contains("\"/DisplayDocTitle\": true"));
            let fonts = pdf.tool("pdffonts FILE");
            let rows: Vec<&str> = fonts.lines().skip(2).collect();
            assert!(
                !rows.is_empty() && rows.iter().all(|row| row.contains(" yes yes yes ")),
                "embedded, with words: {fonts}"
            );

            // It may have come by post.
            let said = pdf.words();
            assert!(!said.contains("this email") && !said.contains("reply to"), "{kind}: {said}");

            let names = pdf.tag_names();
            let count = |name: &str| names.iter().filter(|tag| *tag == name).count();
            let headings = |start: &str| letter.markdown.lines().filter(|line| line.starts_with(start)).count();
            assert_eq!((count("H1"), count("H2")), (1, headings("## ")), "{names:?}");
            assert!(names.iter().all(|name| name != "Div" && name != "Figure"), "{names:?}");
        }
    }
}

#[test]
fn lists_are_lists_and_links_are_links() {
    let names = acknowledgement(LetterFormat::Standard).tag_names();
    let count = |name: &str| names.iter().filter(|tag| *tag == name).count();
    // Points, outcomes, ways to the Ombudsman; and links to the landlord twice, the handler, the Ombudsman,
    // the policy and the website.
    assert_eq!((count("L"), count("LI")), (3, 3 + 2 + 3), "{names:?}");
    assert_eq!(count("Lbl"), count("LI"));
    assert_eq!(count("Link"), 6, "{names:?}");
}

#[test]
fn it_is_read_in_the_order_in_which_it_is_written() {
    for format in [LetterFormat::Standard, LetterFormat::LargePrint] {
        let tags = super::collapsed(&acknowledgement(format).spoken());
        let mut from = 0;
        for words in [
            "Example Homes",
            "1 Example Street, Exampleton, EX1 1EX",
            "Siân O'Hara",
            "24 November 2026",
            "We are looking into your complaint",
            "Dear Siân O'Hara",
            "Your complaint as we understand it",
            "The boiler has broken down",
            "What you would like us to do",
            "Your right to go to the Ombudsman",
            "Yours sincerely",
        ] {
            let at = tags[from..].find(words).unwrap_or_else(|| panic!("'{words}' is missing or too early:\n{tags}"));
            from += at + words.len();
        }
    }
}

/// The words of a page with their places: left, top, right and bottom edge in millimetres.
fn placed(pdf: &Pdf, page: u32) -> Vec<(String, [f64; 4])> {
    let boxes = pdf.tool(&format!("pdftotext -f {page} -l {page} -bbox FILE -"));
    let words = boxes.lines().filter_map(|line| line.trim().strip_prefix("<word "));
    words
        .map(|word| {
            let (place, text) = word.split_once('>').unwrap();
            let mut edges = place.split('"').skip(1).step_by(2).map(|edge| edge.parse::<f64>().unwrap() * 25.4 / 72.0);
            let edges = std::array::from_fn(|_| edges.next().unwrap());
            (text.trim_end_matches("</word>").replace("&apos;", "'"), edges)
        })
        .collect()
}

#[test]
fn the_address_shows_through_the_window_of_an_envelope_and_nothing_else_does() {
    let pdf = acknowledgement(LetterFormat::Standard);
    let words = placed(&pdf, 1);
    let [left, top, right, bottom] = words.iter().find(|(word, _)| word == "Siân").unwrap().1;
    assert!(left >= 20.0 && top >= 57.0 && right <= 100.0 && bottom <= 81.0, "{left} {top} {right} {bottom}");
    let inside = words.iter().filter(|(_, [left, top, _, bottom])| *bottom > 46.0 && *top < 92.0 && *left < 110.0);
    let inside: Vec<&str> = inside.map(|(word, _)| word.as_str()).collect();
    assert_eq!(inside, ["Siân", "O'Hara"]);
}

/// Royal Mail's window, 35 by 90 mm: name and address in up to six lines, however the sheet slides.
#[test]
fn a_postal_address_shows_through_the_window_whole() {
    let letter = sample("stage-1-acknowledgement");
    for lines in 2..=5_usize {
        let longest = "Old Mill Gardens, Newtown Exampleto";
        assert_eq!(longest.chars().count(), 35);
        let address = vec![longest.to_owned(); lines];
        let pdf = Pdf::of(
            print_to(&letter.subject, &letter.markdown, ("Siân O'Hara", &address), LetterFormat::Standard).unwrap(),
        );
        let inside: Vec<(String, [f64; 4])> = placed(&pdf, 1)
            .into_iter()
            .filter(|(_, [left, top, _, bottom])| *bottom > 46.0 && *top < 92.0 && *left < 110.0)
            .collect();
        let words: Vec<&str> = inside.iter().map(|(word, _)| word.as_str()).collect();
        let expected: Vec<&str> =
            "Siân O'Hara".split(' ').chain(address.iter().flat_map(|line| line.split(' '))).collect();
        assert_eq!(words, expected);
        for (word, [left, top, right, bottom]) in inside {
            // The box of a word reaches a little above and below its letters.
            let shows = left >= 20.0 && top >= 55.5 && right <= 105.0 && bottom <= 82.0;
            assert!(shows, "{lines} lines, {word}: {left} {top} {right} {bottom}");
        }
    }
}

/// No word is cut off: not the longest that anybody can write, in the largest print.
#[test]
fn everything_stays_on_the_paper() {
    let long = "w".repeat(400);
    let email = format!("{}@landlord.example.org", "a.very-long-name".repeat(4));
    let markdown =
        format!("# {long}\n\nDear {long}\n\n1. {long}\n   * {long}\n\n> {email}\n\nhttps://example.org/{long}\n");
    for format in [LetterFormat::Standard, LetterFormat::LargePrint] {
        let pdf = Pdf::of(print("A letter", &markdown, &long, format).unwrap());
        for page in 1..=pdf.pages() {
            for (word, [left, top, right, bottom]) in placed(&pdf, page) {
                assert!(
                    left > 15.0 && right < 196.0 && top > 8.0 && bottom < 290.0,
                    "{word} {left} {right} {top} {bottom}"
                );
            }
        }
        // Exactly those characters, and none that says where a line may end.
        let (seen, spoken) = (pdf.words(), pdf.spoken().replace(' ', ""));
        assert!(!seen.contains('\u{200B}') && seen.matches('w').count() == 400 * 6, "{seen}");
        assert!(spoken.contains(&email) && spoken.matches(&long).count() == 6, "{spoken}");
    }
}

#[test]
fn large_print_is_never_smaller_than_18_points_and_flows_over_its_pages() {
    let (standard, large) = (acknowledgement(LetterFormat::Standard), acknowledgement(LetterFormat::LargePrint));
    assert!(standard.sizes().contains(&11.0), "{:?}", standard.sizes());
    assert!(large.sizes().iter().all(|size| *size >= 18.0), "{:?}", large.sizes());
    assert!(large.pages() > standard.pages());
}

#[test]
fn every_page_says_which_it_is_of_how_many_and_of_which_case() {
    let pdf = acknowledgement(LetterFormat::LargePrint);
    let pages = pdf.pages();
    assert!(pages >= 3);
    for page in 1..=pages {
        let words = super::collapsed(&pdf.tool(&format!("pdftotext -f {page} -l {page} FILE -")));
        assert!(words.contains(&format!("{REFERENCE} Page {page} of {pages}")), "{words}");
    }
}

/// Telephone numbers and postcodes stand on one line, and what closes a letter never stands alone on a page.
#[test]
fn what_belongs_together_stays_together() {
    for kind in LetterKind::ALL {
        let letter = sample(kind.key());
        for format in [LetterFormat::Standard, LetterFormat::LargePrint] {
            let pdf = Pdf::of(print(&letter.subject, &letter.markdown, "Siân O'Hara", format).unwrap());
            let layout = pdf.tool("pdftotext -layout FILE -");
            let lines: Vec<&str> = layout.lines().map(str::trim_end).collect();
            let broken = |line: &&&str| line.ends_with("01632") || line.ends_with("EX1") || line.ends_with("0300 111");
            assert_eq!(lines.iter().find(broken), None, "{kind}, {format}");
            let last = pdf.tool(&format!("pdftotext -f {0} -l {0} FILE -", pdf.pages()));
            assert!(!last.trim_start().starts_with("Yours sincerely"), "{kind}, {format}: {last}");
        }
    }
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    let first = acknowledgement(LetterFormat::Standard).bytes;
    assert_eq!(acknowledgement(LetterFormat::Standard).bytes, first);
    assert_ne!(acknowledgement(LetterFormat::LargePrint).bytes, first);
}

#[test]
fn a_draft_says_on_every_page_that_it_is_one() {
    use complaintsd::letters::printing::{self, DRAFT, Printed};
    let (landlord, letter) = (landlord(), sample("stage-1-acknowledgement"));
    let letter = Printed {
        subject: &letter.subject,
        markdown: &letter.markdown,
        language: "cy",
        reference: REFERENCE,
        mark: Some(DRAFT),
        landlord: &landlord,
        to: "Ann",
        address: &[],
    };
    let pdf = Pdf::of(printing::print(&letter, LetterFormat::Standard).unwrap());
    assert_eq!(pdf.words().matches(DRAFT).count(), usize::try_from(pdf.pages()).unwrap());
    assert!(pdf.info()["Title"].starts_with("Draft: "));
    let catalogue = pdf.tool("qpdf --json --json-key=qpdf FILE");
    assert!(catalogue.contains("\"/Lang\": \"u:cy\""), "and in which language it is");
}
