//! Values cannot become anything but words.

use proptest::prelude::*;

use super::*;
use crate::letters::context::{PointView, View};
use crate::letters::escape::one_line;

/// Strings that try to become something, among any others.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "# ",
        "\n# ",
        "\r\n",
        "\n\n",
        "    ",
        "\t",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "> ",
        "***",
        "---",
        "===",
        "~~~",
        "```",
        "`",
        "[a](http://evil.example)",
        "![a](http://evil.example/x.png)",
        "<http://evil.example>",
        "[a]: http://evil.example",
        "<b>",
        "</p>",
        "<!--",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "&lt;",
        "&#35;",
        "&",
        "\\",
        "\\\n",
        "{{reference}}",
        "{{{reference}}}",
        "{{#each points}}",
        "{{/element}}",
        "{{> ombudsman}}",
        "\u{E000}definition\u{E001}",
        "\u{E002}",
        "\u{202E}",
        "\u{0}",
        "\u{1b}[31m",
        "\u{2028}",
        "\u{2029}",
        "\r\nBcc: all@example.org",
        "|",
        "$",
        "^",
        "_",
        "**",
        "Siân",
        "O'Hara",
        "\"",
        "אבג",
        "日本語",
        "👩🏽‍🦽",
        "\u{a0}",
        "x",
        "7",
        " ",
    ]);
    prop_oneof![
        prop::collection::vec(pieces.prop_map(str::to_owned), 1..12).prop_map(|all| all.concat()),
        any::<String>(),
        "\\PC{0,200}",
    ]
}

fn acknowledgement(value: &str) -> AcknowledgementView {
    let mut view = AcknowledgementView::samples().into_iter().next().unwrap();
    view.common.resident = Some(value.to_owned());
    view.points[0].text = value.to_owned();
    view.points[1].whose = Some(value.to_owned());
    view.outcomes[0] = value.to_owned();
    view
}

/// The names of the tags, in order.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|tag| tag.split(['>', ' ', '\n']).next().unwrap()).collect()
}

fn words(html: &str) -> String {
    let (_, body) = html.split_once("<body").unwrap();
    let text: String = body.split('<').map(|piece| piece.split_once('>').unwrap().1).collect::<Vec<_>>().concat();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    collapsed(&text.replace("&amp;", "&"))
}

fn collapsed(text: &str) -> String {
    text.split([' ', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_residents_words_come_out_as_those_words_and_nothing_else(value in hostile()) {
        let templates = templates();
        let said = one_line(&value);
        prop_assume!(!said.is_empty());
        let plain = templates.render(&acknowledgement("Kim")).unwrap();
        let rendered = templates.render(&acknowledgement(&value)).unwrap();
        prop_assert_eq!(tags(&rendered.html), tags(&plain.html));
        prop_assert!(collapsed(&rendered.text).contains(&format!("Dear {said}")), "{}", rendered.text);
        prop_assert!(collapsed(&rendered.text).matches(&said).count() >= 4);
        prop_assert!(words(&rendered.html).contains(&said), "{}", rendered.html);
        prop_assert_eq!(rendered.passages.keys().collect::<Vec<_>>(), plain.passages.keys().collect::<Vec<_>>());
        prop_assert_eq!(&rendered.subject, &plain.subject);
        let control = rendered.text.chars().any(|c| matches!(c, '\u{E000}'..='\u{E002}') || (c.is_control() && c != '\n'));
        prop_assert!(!control);
    }

    #[test]
    fn an_officers_paragraphs_become_paragraphs_and_line_ends_only(value in hostile()) {
        let templates = templates();
        let letter = |paragraph: Option<String>| {
            let mut view = ExtensionView::samples().into_iter().next().unwrap();
            view.common.paragraph = paragraph;
            templates.render(&view).unwrap()
        };
        let (with, without) = (letter(Some(value.clone())), letter(None));
        let others = |html: &str| -> Vec<String> {
            tags(html).into_iter().filter(|tag| !["p", "/p", "br"].contains(tag)).map(str::to_owned).collect()
        };
        prop_assert_eq!(others(&with.html), others(&without.html));
        prop_assert!(collapsed(&with.text).contains(&one_line(&value)), "{}", with.text);
    }

    #[test]
    fn a_subject_is_one_line_whatever_is_in_it(value in hostile()) {
        let templates = subject_with_a_name();
        let subject = templates.render(&acknowledgement(&value)).unwrap().subject;
        prop_assert!(!subject.chars().any(char::is_control), "{subject:?}");
        prop_assert!(subject.ends_with(&one_line(&value)));
    }
}

/// The shape of a printed letter without its words, and its words without white space.
fn on_paper(markdown: &str, title: &str) -> (String, String) {
    use crate::typesetting::{Block, Words};
    fn words(all: &[Words], shape: &mut String, said: &mut String) {
        for one in all {
            match one {
                Words::Text(text) => said.push_str(text),
                Words::Strong(inner) | Words::Emphasis(inner) => {
                    shape.push('s');
                    words(inner, shape, said);
                }
                Words::Link(to, inner) => {
                    shape.push_str(to);
                    words(inner, shape, said);
                }
                Words::Break => shape.push('|'),
            }
        }
    }
    fn blocks(all: &[Block], shape: &mut String, said: &mut String) {
        for one in all {
            match one {
                Block::Heading(level, inner) => {
                    shape.push_str(&format!("h{level}"));
                    words(inner, shape, said);
                }
                Block::Paragraph(inner) => {
                    shape.push('p');
                    words(inner, shape, said);
                }
                Block::List(start, items) => {
                    shape.push_str(&format!("l{start:?}"));
                    items.iter().for_each(|item| blocks(item, shape, said));
                }
                Block::Quote(inner) => {
                    shape.push('q');
                    blocks(inner, shape, said);
                }
                Block::Rule => shape.push('-'),
            }
        }
    }
    let (mut shape, mut said) = (String::new(), String::new());
    blocks(&formats::tree(markdown).to_paper(title, crate::typesetting::Print::Standard), &mut shape, &mut said);
    (shape, said.chars().filter(|c| !c.is_whitespace() && *c != '\u{200B}').collect())
}

/// Issue 5: through text, HTML and what the PDF is set from. Many values share a letter, so that so many can be
/// tried each time.
#[test]
fn a_hundred_thousand_values_stay_words_in_all_three_formats() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    const TOGETHER: usize = 1_000;
    let letter = |values: &[String]| {
        let mut view = acknowledgement("Kim");
        let point = view.points.remove(0);
        let number = |(number, text): (u32, &String)| PointView { number, text: text.clone(), ..point.clone() };
        view.points = (1..).zip(values).map(number).collect();
        templates().render(&view).unwrap()
    };
    let plain = letter(&vec!["Kim".to_owned(); TOGETHER]);
    let (expected, shape) = (tags(&plain.html).len(), on_paper(&plain.markdown, &plain.subject).0);
    let (mut runner, hostile) = (TestRunner::deterministic(), hostile());
    for _ in 0..100_000 / TOGETHER {
        let mut values = Vec::with_capacity(TOGETHER);
        while values.len() < TOGETHER {
            let value = hostile.new_tree(&mut runner).unwrap().current();
            // What says nothing is a shortfall, and no point.
            values.extend(Some(value).filter(|value| !one_line(value).is_empty()));
        }
        let rendered = letter(&values);
        assert_eq!(rendered.subject, plain.subject);
        assert_eq!(tags(&rendered.html).len(), expected, "{values:?}");
        let control = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
        assert!(!control(&rendered.text) && !control(&rendered.html), "a bare CR, or another control: {values:?}");
        let (now, said) = on_paper(&rendered.markdown, &rendered.subject);
        assert_eq!(now, shape, "{values:?}");
        // They stand there in their order, so each is looked for behind the one before.
        let text = collapsed(&rendered.text);
        let (mut text, mut said) = (text.as_str(), said.as_str());
        for value in &values {
            let value = one_line(value);
            let bare: String = value.chars().filter(|c| !c.is_whitespace() && *c != '\u{200B}').collect();
            let behind = |whole: &str, value: &str| whole.find(value).map(|at| at + value.len());
            text = &text[behind(text, &value).unwrap_or_else(|| panic!("{value:?}"))..];
            said = &said[behind(said, &bare).unwrap_or_else(|| panic!("{value:?}"))..];
        }
    }
}

/// Compiled once: every case of a property uses the same ones.
fn templates() -> &'static Templates {
    static TEMPLATES: std::sync::OnceLock<Templates> = std::sync::OnceLock::new();
    TEMPLATES.get_or_init(built_in)
}

fn subject_with_a_name() -> &'static Templates {
    static TEMPLATES: std::sync::OnceLock<Templates> = std::sync::OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let folder = super::broken::folder();
        folder.write("stage-1-acknowledgement/subject.hbs", "{{reference}} {{resident}}");
        Templates::load(Some(folder.path())).unwrap()
    })
}
