//! Quotations in the styles of the common mailers (lessons 47).

use super::*;

/// The text with its quoted passages in brackets, each cut to its first and last word.
fn told(text: &str) -> String {
    let mut out = String::new();
    for passage in passages(text) {
        let words: Vec<&str> = passage.text.split_whitespace().collect();
        match passage.source {
            Source::Written => out.push_str(&words.join(" ")),
            Source::Quoted => {
                out.push_str(&format!(" [{}…{}] ", words.first().unwrap_or(&""), words.last().unwrap_or(&"")));
            }
        }
    }
    assert_eq!(passages(text).iter().map(|passage| passage.text).collect::<String>(), text);
    out.trim().to_owned()
}

#[test]
fn plain_quotations_fold_and_answers_between_them_stay() {
    let text = "> Is the damp back?\nYes, since Friday.\n\n> Where?\n>\n> And how much?\nThe bedroom.\n-- \nAnn\n";
    assert_eq!(told(text), "[>…back?] Yes, since Friday. [>…much?] The bedroom. -- Ann");
}

#[test]
fn gmail_introduces_its_quotations_in_one_line_or_wrapped() {
    let text = "Thank you.\n\nOn Mon, 2 Nov 2026 at 09:14, Larchwood Homes <complaints@landlord.example> wrote:\n\n> Dear Ann\n> Yours\n";
    assert_eq!(told(text), "Thank you. [On…Yours]");
    let wrapped = "Thank you.\nOn Mon, 2 Nov 2026 at 09:14, Larchwood Homes Complaints Team\n<complaints@landlord.example>\nwrote:\n> Dear Ann\n\nI do not agree.\n";
    assert_eq!(told(wrapped), "Thank you. [On…Ann] I do not agree.");
}

#[test]
fn every_language_of_uk_mail_introduces_its_own_way() {
    for line in [
        "Ar Llun, 2 Tach 2026 am 09:14 ysgrifennodd Larchwood <complaints@landlord.example>:",
        "Ar 2 Tach 2026, am 09:14, Larchwood <complaints@landlord.example> ysgrifennodd:",
        "W dniu 2.11.2026 o 09:14, Larchwood pisze:",
        "pon., 2 lis 2026 o 09:14 Larchwood <complaints@landlord.example> napisał(a):",
        "Am 02.11.2026 um 09:14 schrieb Larchwood <complaints@landlord.example>:",
        "Le 2 nov. 2026 à 09:14, Larchwood <complaints@landlord.example> a écrit :",
        "În lun., 2 nov. 2026 la 09:14, Larchwood <complaints@landlord.example> a scris:",
        "2 نومبر 2026 کو 09:14 پر <complaints@landlord.example> نے لکھا:",
        "2026年11月2日 09:14 <complaints@landlord.example> 写道：",
    ] {
        let text = format!("No.\n\n{line}\n> Dear Ann\n");
        assert_eq!(passages(&text).len(), 2, "{line}");
        assert_eq!(passages(&text)[0].text, "No.\n\n");
    }
}

#[test]
fn outlook_quotes_everything_below_its_fields() {
    let english = "I disagree.\n\nSent from my iPhone\n________________________________\nFrom: Larchwood <complaints@landlord.example>\nSent: 02 November 2026 09:14\nTo: Ann Poole\nSubject: Your complaint\n\nDear Ann\n\nWe are sorry.\n";
    assert_eq!(told(english), "I disagree. Sent from my iPhone [________________________________…sorry.]");
    let marked = "I disagree.\r\n\r\n-----Original Message-----\r\nFrom: Larchwood\r\nSent: 02 November 2026\r\nTo: Ann\r\n\r\nDear Ann\r\n";
    assert_eq!(told(marked), "I disagree. [-----Original…Ann]");
    let welsh = "Na.\n\nOddi wrth: Larchwood\nAnfonwyd: 2 Tachwedd 2026\nAt: Ann\nPwnc: Eich cwyn\n\nAnnwyl Ann\n";
    assert_eq!(told(welsh), "Na. [Oddi…Ann]");
    let bold = "No.\n\n*From:* Larchwood\n*Sent:* Monday\n*To:* Ann\n*Subject:* Re: damp\n\nDear Ann\n";
    assert_eq!(told(bold), "No. [*From:*…Ann]");
}

#[test]
fn what_somebody_writes_is_never_taken_for_a_quotation() {
    for text in [
        "On Monday 2 November I rang and nobody came.\nOn Tuesday I wrote:\nplease come.\n",
        "My notes:\nFrom: the front door to the kitchen there is damp.\nTo: whoever reads this.\n",
        "From: Larchwood\nSent: 2 November\nTo: Ann\nSubject: Damp\n\nA forwarded message and no word of mine.\n",
        "On Mon, 2 Nov 2026 at 09:14, Larchwood <complaints@landlord.example> wrote:\n\nan answer below, with no mark\n",
        "-----\nThe plan:\n-----\nrepair it\n",
        "> only a quotation\n> and nothing else\n",
        "The rent is > 500 and the repairs < 5.\n",
        "",
    ] {
        assert!(passages(text).iter().all(|passage| passage.source == Source::Written), "{text}");
        assert!(passages(text).len() <= 1, "{text}");
    }
}

#[test]
fn apple_mail_and_nested_quotations_fold_with_their_marks() {
    let text = "Please see below.\n\n> On 2 Nov 2026, at 09:14, Larchwood <complaints@landlord.example> wrote:\n> \n>> earlier\n> Dear Ann\n\nMy answer: no.\n";
    assert_eq!(told(text), "Please see below. [>…Ann] My answer: no.");
}

/// lessons 60: a thread of a thousand messages, and texts made to be slow.
#[test]
fn long_texts_are_folded_at_once_or_not_at_all() {
    let thread: String = (0..1_000).map(|n| format!("> message {n}\n>\n")).collect();
    assert_eq!(told(&format!("My answer.\n{thread}")), "My answer. [>…>]");
    for text in [
        "\n".repeat(2_000_000),
        "> a\nb\n".repeat(300_000),
        "On 1 a@b: \n".repeat(100_000),
        "From: a\n".repeat(200_000),
    ] {
        let begun = std::time::Instant::now();
        assert!(passages(&text).len() <= MAX_PASSAGES);
        assert!(begun.elapsed().as_secs() < 20);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_is_left_out(lines in proptest::collection::vec(proptest::sample::select(vec![
        "", "> quoted", "From: a", "Sent: b", "To: c", "Subject: d", "On 2 Nov, a@b.org wrote:", "On 2 Nov", "wrote:", "___________",
        "-----Original Message-----", "words", "  ", "é ล 🙂", ">", "\u{a0}", "x\r",
    ]), 0..30), end in "\\PC{0,20}") {
        let text = format!("{}{end}", lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        proptest::prop_assert_eq!(passages(&text).iter().map(|passage| passage.text).collect::<String>(), text);
    }

    #[test]
    fn any_text_is_put_together_again(text in "\\PC*[\r\n>:]{0,9}\\PC*\n?\\PC*") {
        proptest::prop_assert_eq!(passages(&text).iter().map(|passage| passage.text).collect::<String>(), text);
    }
}
