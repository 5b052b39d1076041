//! What our own mail server found out about a sender: Authentication-Results (RFC 8601).
//!
//! Invariant: only fields that carry the name of a server the landlord trusts count, and of those only the
//! topmost, up to where another server's fields or the next hop begin: whatever stands below, the sender may
//! have written. The trusted server must remove fields with its own name from what it takes in (§5).

use crate::domain::contact::{SenderCheck, SenderVerdict};
use crate::domain::ids::EmailAddress;

use super::headers::Headers;
use super::structure;

/// The methods that are shown, and of which one decides.
const METHODS: [&str; 3] = ["dmarc", "spf", "dkim"];

/// What is said about the sender of a message by the servers with these names; `None` when none is
/// trusted. The empty name stands for a server that names itself not at all, as Microsoft 365 does.
#[must_use]
pub fn sender_check(bytes: &[u8], trusted: &[String], from: Option<&EmailAddress>) -> Option<SenderCheck> {
    if trusted.is_empty() {
        return None;
    }
    let bytes = structure::normalised(bytes);
    let results = trusted_results(&Headers::of(&bytes), trusted);
    Some(judge(&results, from))
}

/// One method's result.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    method: String,
    result: String,
    header_from: Option<String>,
}

fn trusted_results(headers: &Headers<'_>, trusted: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut begun = false;
    for (name, value) in headers.in_order() {
        if name.eq_ignore_ascii_case(b"Authentication-Results") {
            match parse(&String::from_utf8_lossy(value)) {
                Some((server, findings)) if trusted.iter().any(|ours| ours.eq_ignore_ascii_case(&server)) => {
                    begun = true;
                    found.extend(findings);
                }
                _ => break,
            }
        } else if begun && name.eq_ignore_ascii_case(b"Received") {
            break;
        }
    }
    found
}

fn judge(findings: &[Finding], from: Option<&EmailAddress>) -> SenderCheck {
    let said: Vec<String> = METHODS
        .iter()
        .flat_map(|method| findings.iter().filter(move |finding| finding.method == *method))
        .take(6)
        .map(|finding| format!("{}={}", finding.method, finding.result))
        .collect();
    let said = if said.is_empty() {
        "our mail server found out nothing about the sender".to_owned()
    } else {
        format!("our mail server says: {}", said.join(", "))
    };
    let dmarc = || findings.iter().filter(|finding| finding.method == "dmarc");
    let domain = from.and_then(|from| from.as_str().rsplit('@').next()).unwrap_or_default();
    let about_sender =
        |finding: &Finding| finding.header_from.as_ref().is_none_or(|said| said.eq_ignore_ascii_case(domain));
    let (verdict, words) = if dmarc().any(|finding| finding.result == "fail") {
        (SenderVerdict::Failed, "the sender’s domain disowns it")
    } else if from.is_some() && dmarc().next().is_some() && dmarc().all(|it| it.result == "pass" && about_sender(it)) {
        (SenderVerdict::Verified, "the sender’s domain stands by it")
    } else {
        (SenderVerdict::Unknown, "not verified")
    };
    SenderCheck { verdict, reason: format!("{words}; {said}") }
}

/// A piece of a structured field (RFC 5322 §3.2): comments and white space gone, quotes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Semicolon,
    Equals,
}

/// The server's name, empty when there is none, and what it found. `None` for a version nobody knows.
fn parse(value: &str) -> Option<(String, Vec<Finding>)> {
    let tokens = tokens(value);
    let mut clauses = tokens.split(|token| *token == Token::Semicolon);
    let first = clauses.clone().next().unwrap_or_default();
    let server = match first {
        [Token::Word(server)] => server.clone(),
        [Token::Word(server), Token::Word(version)] if version == "1" => server.clone(),
        // No name at all: the first clause is a result already.
        [Token::Word(_), Token::Equals, ..] => String::new(),
        _ => return None,
    };
    if !server.is_empty() {
        clauses.next();
    }
    Some((server, clauses.filter_map(finding).take(100).collect()))
}

/// One clause: `dmarc/1=pass reason="…" header.from=example.org`.
fn finding(clause: &[Token]) -> Option<Finding> {
    let [Token::Word(method), rest @ ..] = clause else { return None };
    let equals = rest.iter().position(|token| *token == Token::Equals)?;
    let Token::Word(result) = rest.get(equals + 1)? else { return None };
    let header_from = clause.windows(3).find_map(|three| match three {
        [Token::Word(name), Token::Equals, Token::Word(value)] if name.eq_ignore_ascii_case("header.from") => {
            Some(value.clone())
        }
        _ => None,
    });
    let keyword = |text: &str| -> String {
        let sound = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-');
        sound.take(20).collect::<String>().to_ascii_lowercase()
    };
    Some(Finding { method: keyword(method), result: keyword(result), header_from })
}

fn tokens(value: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ';' => tokens.push(Token::Semicolon),
            '=' => tokens.push(Token::Equals),
            '(' => skip_comment(&mut characters),
            '"' => tokens.push(Token::Word(quoted(&mut characters))),
            _ if character.is_whitespace() || character.is_control() => {}
            _ => {
                let mut word = String::from(character);
                while let Some(next) =
                    characters.next_if(|next| !next.is_whitespace() && !matches!(next, ';' | '=' | '(' | '"'))
                {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    tokens
}

fn skip_comment(characters: &mut impl Iterator<Item = char>) {
    let mut depth = 1_usize;
    while let Some(character) = characters.next() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            '\\' => {
                characters.next();
            }
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

fn quoted(characters: &mut impl Iterator<Item = char>) -> String {
    let mut word = String::new();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => word.extend(characters.next()),
            _ => word.push(character),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OURS: &str = "mx.landlord.example";

    fn check(headers: &str, from: &str) -> SenderCheck {
        let from = from.parse().ok();
        sender_check(headers.as_bytes(), &[OURS.to_owned()], from.as_ref()).unwrap()
    }

    fn verdict(headers: &str) -> SenderVerdict {
        check(headers, "ann@example.org").verdict
    }

    #[test]
    fn dmarc_decides_and_the_methods_are_shown() {
        let passed = check(
            "Authentication-Results: mx.landlord.example;\n dmarc=pass (p=reject) header.from=example.org;\n \
             spf=pass smtp.mailfrom=ann@example.org;\n dkim=pass header.d=example.org\nSubject: x\n\n",
            "ann@example.org",
        );
        assert_eq!(passed.verdict, SenderVerdict::Verified);
        assert_eq!(
            passed.reason,
            "the sender’s domain stands by it; our mail server says: dmarc=pass, spf=pass, dkim=pass"
        );
        assert_eq!(verdict("Authentication-Results: mx.landlord.example; dmarc=fail\n\n"), SenderVerdict::Failed);
        for unknown in ["dmarc=none", "dmarc=temperror", "spf=pass; dkim=pass", "none", "dmarc=bestguesspass"] {
            assert_eq!(
                verdict(&format!("Authentication-Results: mx.landlord.example; {unknown}\n\n")),
                SenderVerdict::Unknown,
                "{unknown}"
            );
        }
        assert_eq!(verdict("Subject: x\n\n"), SenderVerdict::Unknown);
        assert_eq!(sender_check(b"Authentication-Results: x; dmarc=pass\n\n", &[], None), None);
    }

    #[test]
    fn what_the_sender_wrote_is_not_believed() {
        let own = "Authentication-Results: mx.landlord.example; dmarc=fail header.from=example.org\n";
        let hop = "Received: from mail.example.com by mx.landlord.example\n";
        let forged = "Authentication-Results: mx.landlord.example; dmarc=pass header.from=example.org\n";
        let others = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.org\n";
        assert_eq!(verdict(&format!("{own}{hop}{forged}\n")), SenderVerdict::Failed);
        assert_eq!(verdict(&format!("{own}{forged}\n")), SenderVerdict::Failed, "one failure outweighs");
        let silent = "Authentication-Results: mx.landlord.example; spf=pass\n";
        assert_eq!(verdict(&format!("{silent}{hop}{forged}\n")), SenderVerdict::Unknown);
        assert_eq!(verdict(&format!("{others}{forged}\n")), SenderVerdict::Unknown, "below another server's");
        assert_eq!(verdict(&format!("{others}\n")), SenderVerdict::Unknown);
        assert_eq!(
            verdict("Authentication-Results: mx.landlord.example.evil.example; dmarc=pass\n\n"),
            SenderVerdict::Unknown
        );
        assert_eq!(
            verdict("Authentication-Results: mx.landlord.example; dmarc=pass header.from=example.com\n\n"),
            SenderVerdict::Unknown,
            "it speaks of another sender"
        );
        // Words that look like results inside comments and quotes are none.
        for hidden in
            ["(dmarc=pass)", "spf=pass reason=\"; dmarc=pass\"", "spf=pass (\\); dmarc=pass)", "(a(b); dmarc=pass)"]
        {
            let line = format!("Authentication-Results: mx.landlord.example; {hidden}\n\n");
            assert_eq!(verdict(&line), SenderVerdict::Unknown, "{hidden}");
        }
    }

    #[test]
    fn a_server_that_does_not_name_itself_is_believed_only_when_configured_so() {
        let line = "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; dkim=pass; \
                    dmarc=pass action=none header.from=example.org;compauth=pass reason=100\n\n";
        assert_eq!(verdict(line), SenderVerdict::Unknown);
        let from = "ann@example.org".parse().ok();
        let check = sender_check(line.as_bytes(), &[String::new()], from.as_ref()).unwrap();
        assert_eq!(check.verdict, SenderVerdict::Verified);
    }

    #[test]
    fn a_message_without_a_certain_sender_is_never_verified() {
        let line = b"Authentication-Results: mx.landlord.example; dmarc=pass\n\n";
        let check = sender_check(line, &[OURS.to_owned()], None).unwrap();
        assert_eq!(check.verdict, SenderVerdict::Unknown);
    }

    /// Comments and folding white space, as they may stand between any two tokens.
    fn cfws() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                Just(" ".to_owned()),
                // A line of white space alone would end the header.
                Just("\n (folded)".to_owned()),
                Just("\t".to_owned()),
                "\\(([a-z;=\" ]|\\\\\\)|\\([a-z;=]*\\)){0,8}\\)".prop_map(|comment| comment),
            ],
            0..3,
        )
        .prop_map(|parts| format!(" {}", parts.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn comments_folding_quotes_and_versions_change_nothing(
            gaps in proptest::collection::vec(cfws(), 8),
            quoted in any::<bool>(),
            version in any::<bool>(),
            failed in any::<bool>(),
        ) {
            let [a, b, c, d, e, f, g, h] = gaps.as_slice() else { unreachable!() };
            let server = if quoted { format!("\"{OURS}\"") } else { OURS.to_owned() };
            let version = if version { "1" } else { "" };
            let result = if failed { "fail" } else { "pass" };
            let line = format!(
                "Authentication-Results:{a}{server}{b}{version}{c};{d}spf=none{e};{f}dmarc/1{g}={h}{result}\n reason=\"a\\\"; b\"\n\n"
            );
            let expected = if failed { SenderVerdict::Failed } else { SenderVerdict::Verified };
            prop_assert_eq!(verdict(&line), expected, "{}", line);
        }

        #[test]
        fn any_value_is_judged_in_one_line(value in "\\PC*", from in "\\PC*") {
            let line = format!("Authentication-Results: mx.landlord.example; {value}\n\n");
            let found = check(&line, &from);
            prop_assert!(found.reason.len() < 400 && !found.reason.contains('\n'));
        }

        #[test]
        fn a_server_with_another_name_is_never_believed(server in "[a-z.\"()]{0,20}", rest in "[a-z=; .]*") {
            prop_assume!(server.trim_matches('"') != OURS);
            let line = format!("Authentication-Results: {server}; dmarc=pass; {rest}\n\n");
            prop_assert_eq!(verdict(&line), SenderVerdict::Unknown);
        }
    }
}
