//! Anything anybody can write, on paper: those words, or a clear word that they cannot be printed.

use complaintsd::domain::circumstances::LetterFormat::{LargePrint, Standard};
use complaintsd::letters::context::{AcknowledgementView, View as _};
use complaintsd::letters::escape::one_line;
use complaintsd::letters::{Rendered, Templates};
use complaintsd::typesetting::PrintFault;
use proptest::prelude::*;

use super::{Pdf, print};

fn templates() -> &'static Templates {
    static TEMPLATES: std::sync::OnceLock<Templates> = std::sync::OnceLock::new();
    TEMPLATES.get_or_init(|| Templates::load(None).unwrap())
}

/// The acknowledgement with this in every place where a resident's words may stand.
fn letter(value: &str) -> Rendered {
    let mut view = AcknowledgementView::samples().into_iter().next().unwrap();
    view.common.resident = Some(value.to_owned());
    view.points[0].text = value.to_owned();
    view.points[1].whose = Some(value.to_owned());
    view.outcomes[0] = value.to_owned();
    templates().render(&view).unwrap()
}

/// The tags of a letter; a span is only a change of font.
fn tags(pdf: &Pdf) -> Vec<String> {
    pdf.tag_names().into_iter().filter(|tag| tag != "Span").collect()
}

/// The tags of the letter to somebody with an ordinary name.
fn ordinary() -> &'static Vec<String> {
    static TAGS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    TAGS.get_or_init(|| {
        let plain = letter("Kim");
        tags(&Pdf::of(print(&plain.subject, &plain.markdown, "Kim", Standard).unwrap()))
    })
}

/// Without white space: a word longer than a line is on several.
fn bare(text: &str) -> String {
    text.replace(char::is_whitespace, "")
}

fn pieces() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "# ",
        "\n# ",
        "\r\n",
        "\n\n",
        "    ",
        "- ",
        "1. ",
        "> ",
        "***",
        "---",
        "~~~",
        "```",
        "`",
        "[a](http://evil.example)",
        "![a](x.png)",
        "<b>",
        "</p>",
        "<script>alert(1)</script>",
        "&lt;",
        "&#35;",
        "\\",
        "{{reference}}",
        "{{{x}}}",
        "#panic()",
        "#set page(width: 1pt)",
        "#image(\"/etc/passwd\")",
        "$x^2$",
        "= Heading",
        "@label",
        "<label>",
        "//",
        "/* ",
        "#{",
        "~",
        "_a_",
        "*b*",
        "#sys.version",
        "\u{E002}",
        "\u{202E}",
        "\u{0}",
        "\u{1b}[31m",
        "Siân",
        "O'Hara",
        "\"",
        "naïve",
        "€",
        "x",
        "7",
        " ",
    ]);
    prop_oneof![
        3 => prop::collection::vec(pieces.prop_map(str::to_owned), 1..8).prop_map(|all| all.concat()),
        1 => any::<String>(),
        1 => "\\PC{0,60}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// The tags are those of an ordinary letter: nothing became a heading, a list, a link or layout.
    #[test]
    fn a_residents_words_are_printed_as_those_words_or_refused(value in pieces()) {
        let said = one_line(&value);
        prop_assume!(said.chars().any(char::is_alphanumeric));
        let rendered = letter(&value);
        match print(&rendered.subject, &rendered.markdown, &value, Standard) {
            Err(PrintFault::NoShape(characters)) => {
                prop_assert!(!characters.is_empty() && characters.iter().all(|c| said.contains(*c)), "{:?}", characters);
            }
            Err(other) => prop_assert!(false, "{other}: {value:?}"),
            Ok(bytes) => {
                let pdf = Pdf::of(bytes);
                prop_assert_eq!(&tags(&pdf), ordinary());
                // Of other scripts poppler tells the order on the page, not that of the words.
                if said.is_ascii() {
                    let words = bare(&pdf.spoken());
                    prop_assert!(words.contains(&bare(&format!("Dear {said}"))), "{}", words);
                }
            }
        }
    }
}

#[test]
fn every_script_our_fonts_have_is_printed_and_what_they_lack_is_named() {
    for (name, words) in [
        ("Welsh", "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch, tŷ, ŵyr"),
        ("Polish", "Zażółć gęślą jaźń"),
        ("Romanian", "Țara și școala"),
        ("Turkish", "İstanbul ığdır"),
        ("Vietnamese", "Nguyễn Thị Hương"),
        ("Greek", "Καλημέρα"),
        ("Ukrainian", "Ґанок і їжак"),
        ("Arabic", "محمد حسين"),
        ("Hebrew", "שלום בית"),
        ("combining", "Zoe\u{308} a\u{301}\u{323} n\u{303}"),
        ("signs", "£40 – €50 … “quoted” 20 °C ½ ✓ → №"),
    ] {
        let rendered = letter(words);
        for format in [Standard, LargePrint] {
            let printed = print(&rendered.subject, &rendered.markdown, words, format);
            assert!(printed.is_ok(), "{name}: {printed:?}");
        }
    }
    let rendered = letter("王 and 👩🏽‍🦽 and ক and ہ");
    let refused = print(&rendered.subject, &rendered.markdown, "Kim", Standard).unwrap_err();
    let told = refused.to_string();
    assert!(told.contains("'王' (U+738B)") && told.contains("'ক' (U+0995)") && told.contains("U+06C1"), "{told}");
    assert!(!told.contains('👩') && !told.contains("U+200D"), "pictures can be printed: {told}");
}

#[test]
fn pictures_in_words_are_printed_and_no_empty_box_is() {
    let words = "Mould again 😡 👍🏽 ❤️ 👨‍👩‍👧 🇬🇧 ✅ 1️⃣";
    let rendered = letter(words);
    let pdf = Pdf::of(print(&rendered.subject, &rendered.markdown, "Kim 😀", Standard).unwrap());
    let shown = pdf.words();
    for picture in ['😡', '👍', '❤', '👨', '✅'] {
        assert!(shown.contains(picture), "{picture}: {shown}");
    }
}

#[test]
fn the_worst_templates_and_texts_are_printed_or_refused_in_words() {
    let hundred_kilobytes =
        "A **long** letter with [words](https://example.org) and `code`.\n\n* one\n* two\n\n".repeat(1_300);
    assert!(hundred_kilobytes.len() > 100_000);
    for (name, markdown) in [
        ("nothing", String::new()),
        ("100 kB", hundred_kilobytes),
        ("one word without end", "w".repeat(5_000)),
        ("quotes in quotes", format!("{} deep", "> ".repeat(60))),
        ("quotes without end", format!("{} deep", ">".repeat(100_000))),
        ("lists in lists", (0..60).map(|depth| format!("{}* x\n", "  ".repeat(depth))).collect()),
        ("lists without end", "* ".repeat(50_000)),
        ("strong without end", format!("{}x{}", "**a ".repeat(20_000), " b**".repeat(20_000))),
        ("brackets", "[".repeat(100_000)),
        ("headings only", "# a\n## b\n### c\n###### d\n".to_owned()),
        ("headings upside down", "### c\n\n# a\n\n###### d\n".to_owned()),
        ("no title", "Dear resident\n".to_owned()),
        ("two titles", "# a\n\n# b\n".to_owned()),
        ("an empty list", "*\n*\n".to_owned()),
        ("a list from nought", "0. x\n1. y\n".to_owned()),
        ("a list from very far", "999999999. x\n".to_owned()),
        ("HTML", "<script>alert(1)</script>\n\n<b>x</b>\n".to_owned()),
        ("templates", "{{reference}} {{{x}}} {{> y}}\n".to_owned()),
        ("controls", "a\u{1}b\u{7f}c\u{85}d\n".to_owned()),
        ("right to left marks", "\u{202E}abc\u{202C} \u{2067}x\u{2069}\n".to_owned()),
        ("marks alone", "\u{301}\u{302} \u{200d}\u{fe0f}\n".to_owned()),
        ("a tower of marks", format!("Z{}\n", "\u{301}".repeat(2_000))),
        ("a link with a space", "[x](<mailto:a b@example.org>)\n".to_owned()),
        ("an empty link", "[](https://example.org)\n".to_owned()),
    ] {
        match print("A letter", &markdown, "Kim", Standard) {
            Ok(bytes) => {
                let pdf = Pdf::of(bytes);
                assert_eq!(pdf.info()["Tagged"], "yes", "{name}");
                let headings: Vec<String> = pdf.tag_names().into_iter().filter(|tag| tag.starts_with('H')).collect();
                assert_eq!(headings.iter().filter(|tag| *tag == "H1").count(), 1, "{name}: {headings:?}");
            }
            Err(fault) => panic!("{name}: {fault}"),
        }
    }
}
