//! Retry or give up, answer by answer.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn each_answer_has_its_consequence() {
    let (first, now) = (at("2026-11-23T09:00:00Z"), at("2026-11-23T10:00:00Z"));
    let much_later = at("2026-11-28T09:00:01Z");
    let temporary = Handover::TemporaryFailure("451 later".to_owned());
    let doubt = Handover::InDoubt("no answer".to_owned());
    let fault = Handover::CourierFault("certificate".to_owned());
    for (answer, attempt, now, expected) in [
        (Handover::Accepted("250 ok".to_owned()), 1, now, Next::Done),
        (Handover::PermanentFailure("550 no".to_owned()), 1, now, Next::GiveUp),
        (temporary.clone(), 1, now, Next::RetryAt(at("2026-11-23T10:01:00Z"))),
        (temporary.clone(), 4, now, Next::RetryAt(at("2026-11-23T10:15:00Z"))),
        (temporary.clone(), 900, now, Next::RetryAt(at("2026-11-23T12:00:00Z"))),
        (temporary, 50, much_later, Next::GiveUp),
        (doubt.clone(), 1, now, Next::RetryAt(at("2026-11-23T10:10:00Z"))),
        (doubt.clone(), 4, now, Next::RetryAt(at("2026-11-23T10:15:00Z"))),
        (doubt, 4, much_later, Next::GiveUp),
        (fault, 50, much_later, Next::RetryAt(at("2026-11-28T09:01:01Z"))),
    ] {
        assert_eq!(
            next(&answer, attempt, first, now, SignedDuration::from_mins(10)),
            expected,
            "{answer:?}, attempt {attempt}"
        );
    }
}

proptest! {
    #[test]
    fn a_retry_lies_ahead_and_waits_never_shrink(attempt in 0_u32..u32::MAX, second in 0_i64..4_000_000_000) {
        let now = Timestamp::from_second(second).unwrap();
        let answer = Handover::TemporaryFailure(String::new());
        let (Next::RetryAt(this), Next::RetryAt(after)) = (next(&answer, attempt, now, now, SignedDuration::ZERO), next(&answer, attempt + 1, now, now, SignedDuration::ZERO))
        else {
            return Err(TestCaseError::fail("gave up at once"));
        };
        prop_assert!(now < this && this <= after);
    }
}

#[test]
fn the_log_is_not_told_the_recipients_address() {
    let to = "Ann.Smith@example.org".parse().unwrap();
    for (words, kept) in [
        (
            "554 5.7.1 <ann.smith@example.org>: Recipient address rejected",
            "554 5.7.1 [address] Recipient address rejected",
        ),
        ("550 user ann.smith unknown", "550 user [address] unknown"),
        ("connection refused (os error 111)", "connection refused (os error 111)"),
    ] {
        assert_eq!(without_recipient(words, &to), kept);
    }
}
