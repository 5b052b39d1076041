//! What a message is made into: the same bytes each time, and nothing a name, subject or text
//! contains can become a header, a line or a control character.

use complaintsd::courier::message::{Composed, MessageKind, MessageParts, compose, new_message_id};
use complaintsd::domain::token::TokenKey;
use mail_parser::{Address, Message, MessageParser};
use proptest::prelude::*;

/// A letter to an invented resident.
pub fn letter() -> MessageParts {
    MessageParts {
        from: ("Example Homes complaints team".to_owned(), "complaints@example.net".parse().unwrap()),
        to: ("Amina Okoye".to_owned(), "amina.okoye@example.org".parse().unwrap()),
        reply_to: Some("complaints+k4x@example.net".parse().unwrap()),
        subject: "Your complaint about damp (CMP-2026-00042-K): we have received it".to_owned(),
        text: "Dear Amina Okoye\n\nWe owe you £40.\n.\n..\nFrom us, with regards\n".to_owned(),
        html: Some("<p>Dear Amina Okoye</p>\n<p>We owe you £40.</p>\n".to_owned()),
        message_id: "abcdefghijklmnopqrstuvwxyz234567@example.net".to_owned(),
        date: "2026-06-15T08:05:00Z".parse().unwrap(),
        in_reply_to: Some("second@example.org".to_owned()),
        references: vec!["<first@example.org>".to_owned(), "second@example.org".to_owned()],
        kind: MessageKind::Letter,
    }
}

fn text_of(composed: &Composed) -> String {
    String::from_utf8(composed.bytes.clone()).unwrap()
}

fn parsed(composed: &Composed) -> Message<'_> {
    MessageParser::default().parse(&composed.bytes).unwrap()
}

fn header_names(composed: &Composed) -> Vec<String> {
    parsed(composed).headers().iter().map(|header| header.name().to_owned()).collect()
}

/// The name and address of the only correspondent in a header.
fn only(address: Option<&Address<'_>>) -> (String, String) {
    let all: Vec<_> = address.unwrap().iter().collect();
    assert_eq!(all.len(), 1, "{all:?}");
    (all[0].name().unwrap_or_default().to_owned(), all[0].address().unwrap_or_default().to_owned())
}

#[test]
fn a_letter_is_written_like_this() {
    insta::assert_snapshot!(text_of(&compose(&letter()).unwrap()).replace("\r\n", "\n"));
}

#[test]
fn the_same_parts_give_the_same_bytes_and_another_message_id_another_boundary() {
    let first = compose(&letter()).unwrap();
    assert_eq!(compose(&letter()).unwrap(), first);
    let other = compose(&MessageParts { message_id: "other@example.net".to_owned(), ..letter() }).unwrap();
    let boundary = |composed: &Composed| {
        text_of(composed).lines().find_map(|line| line.trim().strip_prefix("boundary=").map(str::to_owned)).unwrap()
    };
    assert_ne!(boundary(&first), boundary(&other));
}

#[test]
fn only_a_notice_says_that_a_machine_wrote_it() {
    let auto_submitted = |kind| {
        let composed = compose(&MessageParts { kind, ..letter() }).unwrap();
        parsed(&composed).header("Auto-Submitted").and_then(|value| value.as_text().map(str::to_owned))
    };
    assert_eq!(auto_submitted(MessageKind::Letter), None);
    assert_eq!(auto_submitted(MessageKind::Notice).as_deref(), Some("auto-generated"));
}

#[test]
fn a_message_without_html_is_one_plain_text() {
    let composed = compose(&MessageParts { html: None, ..letter() }).unwrap();
    let message = parsed(&composed);
    assert_eq!(message.parts.len(), 1);
    assert_eq!(lines(&message.body_text(0).unwrap()), lines(&letter().text));
}

#[test]
fn a_hostile_name_and_subject_mean_only_themselves() {
    let attack = "=?utf-8?q?Mallory=0D=0ABcc:_victim@example.com?=";
    let to = (format!("Amina\r\nBcc: victim@example.com\0\u{202e} \"{attack}"), letter().to.1);
    let composed = compose(&MessageParts { to, subject: format!("Re:\r\n\r\n{attack}\u{7}"), ..letter() }).unwrap();
    assert_eq!(header_names(&composed), header_names(&compose(&letter()).unwrap()));
    let message = parsed(&composed);
    assert_eq!(message.subject().unwrap(), format!("Re: {attack}"));
    let (name, address) = only(message.to());
    assert_eq!(name, format!("Amina Bcc: victim@example.com \"{attack}"));
    assert_eq!(address, "amina.okoye@example.org");
    assert!(!text_of(&composed).contains("=?utf-8?q?"));
}

#[test]
fn references_keep_the_first_and_the_latest_and_nothing_that_is_no_message_id() {
    let mut references: Vec<String> = (0..50).map(|number| format!("m{number}@example.org")).collect();
    for (place, wrong) in
        ["no id>\r\nBcc: victim@example.com", "a<b@example.org", "a>b@example.org", "@"].iter().enumerate()
    {
        references.insert(40 + place, (*wrong).to_owned());
    }
    let composed = compose(&MessageParts { references, in_reply_to: Some("<m49@example.org>".to_owned()), ..letter() });
    let composed = composed.unwrap();
    let message = parsed(&composed);
    let kept: Vec<&str> = message.references().as_text_list().unwrap().iter().map(AsRef::as_ref).collect();
    assert_eq!(kept.len(), 20);
    assert_eq!((kept[0], kept[1], kept[19]), ("m0@example.org", "m31@example.org", "m49@example.org"));
    assert_eq!(message.in_reply_to().as_text(), Some("m49@example.org"));
    assert!(text_of(&composed).lines().all(|line| line.len() <= 78));
}

#[test]
fn an_international_domain_is_written_in_ascii_and_an_international_local_part_refused() {
    let to = |address: &str| MessageParts { to: (String::new(), address.parse().unwrap()), ..letter() };
    assert_eq!(only(parsed(&compose(&to("amina@bücher.example")).unwrap()).to()).1, "amina@xn--bcher-kva.example");
    let refused = compose(&to("ämina@example.org")).unwrap_err().to_string();
    assert!(refused.contains("recipient's address"), "{refused}");
}

#[test]
fn message_ids_are_never_the_same_twice_and_can_be_used() {
    let key = TokenKey::new([1; 32]);
    let ids: std::collections::BTreeSet<String> =
        (0..1000).map(|_| new_message_id(&key, "example.net").unwrap()).collect();
    assert_eq!(ids.len(), 1000);
    for id in ids {
        assert!(key.issued(&id), "{id}");
        assert_eq!(compose(&MessageParts { message_id: id.clone(), ..letter() }).unwrap().message_id, id);
    }
    assert!(
        compose(&MessageParts { message_id: "a b@example.net\r\nBcc: x@example.com".to_owned(), ..letter() }).is_err()
    );
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a reader should see of a header text.
fn seen(text: &str, limit: usize) -> String {
    let text: String = text.chars().filter(|c| !is_bidi_control(*c)).collect();
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(limit).collect::<String>().trim_end().to_owned()
}

/// What a reader should see of a body, line by line.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_end_matches('\n');
    text.split('\n').map(|line| line.chars().filter(|c| !c.is_control() || *c == '\t').collect()).collect()
}

/// Any text, and often the pieces that attacks and accidents are made of.
fn wild() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,120}",
        Just("=?utf-8?q?a=0D=0Ab?=".to_owned()),
        Just("=?".to_owned()),
        Just("\r\nBcc: victim@example.com".to_owned()),
        Just("\n.\r\n.\n\r.\r".to_owned()),
        Just("\0\u{7f}\u{85}\u{2028}\u{202e}\u{feff}".to_owned()),
        Just("\"\\<>(),;:@[]".to_owned()),
        Just("£".repeat(70)),
        Just("🏚️ ".repeat(20)),
        Just("x".repeat(1200)),
        Just("word ".repeat(40)),
        Just(" \t \n--=_".to_owned()),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_subject_or_text_becomes_anything_else(
        name in wild(), sender in wild(), subject in wild(), text in wild(), html in proptest::option::of(wild()),
        reference in wild(),
    ) {
        let parts = MessageParts {
            from: (sender.clone(), letter().from.1),
            to: (name.clone(), letter().to.1),
            subject: subject.clone(),
            text: text.clone(),
            html: html.clone(),
            references: vec![reference, "first@example.org".to_owned()],
            ..letter()
        };
        let composed = compose(&parts).unwrap();

        for line in composed.bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r\n").expect("a bare LF, or no line end at the end");
            prop_assert!(line.len() <= 998 && !line.contains(&b'\r') && !line.contains(&0) && line.is_ascii());
        }
        let mut expected = header_names(&compose(&letter()).unwrap());
        if html.is_none() {
            expected.push("Content-Transfer-Encoding".to_owned());
        }
        prop_assert_eq!(header_names(&composed), expected);

        let head = text_of(&composed).split("\r\n\r\n").next().unwrap_or_default().to_owned();
        for word in head.split_ascii_whitespace().filter(|word| word.starts_with("=?")) {
            prop_assert!(word.len() <= 75, "RFC 2047 section 2: {}", word);
        }

        let message = parsed(&composed);
        prop_assert_eq!(message.subject().unwrap_or_default(), seen(&subject, 200));
        prop_assert_eq!(only(message.to()), (seen(&name, 100), "amina.okoye@example.org".to_owned()));
        prop_assert_eq!(only(message.from()), (seen(&sender, 100), "complaints@example.net".to_owned()));
        let body = message.body_text(0).unwrap_or_default();
        prop_assert_eq!(lines(&body), lines(&text));
        prop_assert!(!body.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t')));
        if let Some(html) = &html {
            prop_assert_eq!(lines(&message.body_html(0).unwrap_or_default()), lines(html));
        }
        for header in message.headers() {
            let shown = format!("{:?}", header.value());
            prop_assert!(!["\\r", "\\n", "\\0", "\\u{7f}", "\\u{85}", "\\u{202e}"].iter().any(|bad| {
                shown.replace("\\\\", "").contains(bad)
            }), "{}", shown);
        }
        prop_assert!(!message.subject().unwrap_or_default().chars().any(|c| c.is_control() || is_bidi_control(c)));
    }
}

/// RFC 5322 2.2, issue 5: whatever a name and a subject hold, the header block has the same fields, and no
/// line end that is not CRLF.
#[test]
fn a_hundred_thousand_names_and_subjects_add_no_header() {
    const PIECES: [&str; 24] = [
        "\r\nBcc: victim@example.com",
        "\n",
        "\r",
        "\r\n\r\n",
        ": ",
        "\0",
        "\u{b}",
        "\u{c}",
        "\u{85}",
        "\u{2028}",
        "=?utf-8?q?",
        "=0D=0A",
        "?=",
        "\"",
        "\\",
        "<",
        ">",
        ",",
        ";",
        "Siân",
        "🏚️",
        "\u{202e}",
        "\t ",
        "word word word",
    ];
    // A generator of our own (SplitMix64): quick, and the same on every run.
    let mut state = 20_261_122_u64;
    let mut next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let mut wild = || {
        let mut text = String::new();
        for _ in 0..next() % 7 {
            let drawn = next();
            match u32::try_from(drawn % 0x1_1000).ok().and_then(char::from_u32).filter(|_| drawn >> 63 == 0) {
                Some(c) => text.push(c),
                None => text.push_str(PIECES[usize::try_from(drawn >> 32).unwrap() % PIECES.len()]),
            }
        }
        text
    };
    let fields = |bytes: &[u8]| {
        let head = bytes.split(|byte| *byte == b'\n').take_while(|line| *line != b"\r");
        head.filter(|line| line[0] != b' ').count()
    };
    let plain = MessageParts { text: "Hello".to_owned(), html: None, ..letter() };
    let expected = fields(&compose(&plain).unwrap().bytes);
    assert!(expected > 8);
    for _ in 0..100_000 {
        let (name, sender, subject) = (wild(), wild(), wild());
        let parts = MessageParts {
            from: (sender, plain.from.1.clone()),
            to: (name, plain.to.1.clone()),
            subject,
            ..plain.clone()
        };
        let bytes = compose(&parts).unwrap().bytes;
        assert_eq!(fields(&bytes), expected, "{parts:?}");
        let mut before = 0;
        for byte in bytes {
            assert!((byte == b'\n') == (before == b'\r'), "a bare line end: {parts:?}");
            before = byte;
        }
    }
}
