//! A mistyped case reference is noticed; addresses and digests are what they say.

use proptest::prelude::*;

use super::*;

/// The reference with its digits replaced.
fn with_digits(reference: &str, digits: &[u8]) -> String {
    let mut digits = digits.iter();
    reference
        .bytes()
        .map(|byte| char::from(if byte.is_ascii_digit() { *digits.next().unwrap() } else { byte }))
        .collect()
}

fn check_all_slips(reference: CaseRef) {
    let text = reference.to_string();
    assert_eq!(text.parse(), Ok(reference));
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    for place in 0..digits.len() {
        for wrong in (b'0'..=b'9').filter(|wrong| *wrong != digits[place]) {
            let mut slip = digits.clone();
            slip[place] = wrong;
            let slip = with_digits(&text, &slip);
            assert!(slip.parse::<CaseRef>().is_err(), "{slip} for {text}");
        }
    }
    for place in 1..digits.len() {
        let mut slip = digits.clone();
        slip.swap(place - 1, place);
        if slip != digits {
            let slip = with_digits(&text, &slip);
            assert!(slip.parse::<CaseRef>().is_err(), "{slip} for {text}");
        }
    }
}

proptest! {
    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbours_is_noticed(year in 2000_u16..9999, number in 0_u32..=99_999) {
        check_all_slips(CaseRef::new(year, number));
    }

    #[test]
    fn so_it_is_in_a_year_with_more_than_99_999_cases(year in 2000_u16..9999, number in 100_000_u32..=999_999_999) {
        check_all_slips(CaseRef::new(year, number));
    }

    #[test]
    fn no_text_makes_the_reading_of_a_reference_panic(text in "\\PC*") {
        let _ = text.parse::<CaseRef>();
        let _ = text.parse::<EmailAddress>();
        let _ = text.parse::<Digest>();
    }
}

#[test]
fn a_reference_is_read_as_people_type_it() {
    let reference = CaseRef::new(2026, 42);
    let text = reference.to_string();
    assert!(text.starts_with("CMP-2026-00042-"), "{text}");
    assert_eq!(format!("  {} ", text.to_lowercase()).parse(), Ok(reference));
    for shape in
        ["", "CMP", "CMP-2026-42-A", "XYZ-2026-00042-A", "CMP-2026-00042", "CMP-26-00042-A", "CMP-2026-0004x-A"]
    {
        assert_eq!(shape.parse::<CaseRef>(), Err(CaseRefError::Shape), "{shape}");
    }
    let wrong = if text.ends_with('A') { 'B' } else { 'A' };
    assert_eq!(format!("CMP-2026-00042-{wrong}").parse::<CaseRef>(), Err(CaseRefError::CheckCharacter));
}

#[test]
fn an_address_that_could_carry_a_second_line_is_none() {
    for text in [
        "",
        "ann",
        "@example.org",
        "ann@",
        "a b@example.org",
        "ann@example.org\r\nBcc: x@example.org",
        "ann@@example.org",
    ] {
        assert!(text.parse::<EmailAddress>().is_err(), "{text:?}");
    }
    assert_eq!("Ann@Example.ORG".parse::<EmailAddress>().unwrap().to_string(), "Ann@example.org");
}

#[test]
fn a_digest_is_its_64_digits() {
    let digest = Digest::of(b"abc");
    assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(digest.to_string().parse(), Ok(digest));
    assert!("ba78".parse::<Digest>().is_err());
}
