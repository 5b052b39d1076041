//! Any bytes, read and sorted as mail: no panic, no control character in what officers see, the same
//! answer twice. Time and memory are bounded by the limits in `fuzz/run`.
#![no_main]

use complaintsd::domain::contact::Reading;
use complaintsd::domain::token::TokenKey;
use complaintsd::ingest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let addresses = vec!["complaints@landlord.example".parse().unwrap()];
    let ours = ingest::Ours { addresses, key: TokenKey::new([1; 32]) };
    let reading = ingest::read(bytes);
    let sorted = ingest::sort(bytes, &reading, &ours);
    must_be_sound(&reading);
    assert!(!sorted.reason.is_empty());
    assert_eq!(reading, ingest::read(bytes), "the same bytes read the same");
    assert_eq!(sorted, ingest::sort(bytes, &reading, &ours), "and sort the same");
    must_be_sound(&ingest::reading_of_unreadable(bytes, "It broke."));
});

fn must_be_sound(reading: &Reading) {
    clean(&reading.text, "\n\t");
    let lines = reading.problems.iter().chain(&reading.answers).chain(&reading.message_id);
    for line in lines.chain([&reading.subject, &reading.from_name]) {
        clean(line, "");
    }
    for attachment in &reading.attachments {
        clean(&attachment.name, "");
        clean(&attachment.media_type, "");
        assert!(!attachment.name.is_empty() && attachment.name.len() <= 255 && !attachment.name.contains(['/', '\\']));
    }
}

fn clean(text: &str, allowed: &str) {
    let control = text.chars().find(|&c| c.is_control() && !allowed.contains(c));
    assert_eq!(control, None, "a control character in {text:?}");
}
