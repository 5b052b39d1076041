//! Addresses that nobody reads, told by their names (RFC 3834 §2, RFC 2142). What is written there
//! reaches no resident: a letter to one acknowledges nothing (6.2).

use super::ids::EmailAddress;

/// The part before the `@` in small letters, and the same without anything but letters and digits.
fn names(address: &EmailAddress) -> (String, String) {
    let local = address.as_str().rsplit_once('@').map_or("", |(local, _)| local).to_lowercase();
    let plain = local.chars().filter(|letter| letter.is_alphanumeric()).collect();
    (local, plain)
}

/// Whether an address says of itself that nobody reads answers to it, as web forms and surveys do.
#[must_use]
pub fn wants_no_answer(address: &EmailAddress) -> bool {
    let (_, plain) = names(address);
    ["noreply", "donotreply", "nepasrepondre"].iter().any(|name| plain.contains(name))
}

/// Whether nobody reads what is sent to an address: it says so, or is a mail system's.
#[must_use]
pub fn reads_nothing(address: &EmailAddress) -> bool {
    wants_no_answer(address) || names(address).1 == "mailerdaemon"
}

/// Whether an address is one that machines write from. Some of these people have, too.
#[must_use]
pub fn machines_write_from(address: &EmailAddress) -> bool {
    let (local, plain) = names(address);
    reads_nothing(address)
        || ["postmaster", "listserv", "majordomo", "daemon", "nobody", "root", "bounce", "bounces"]
            .contains(&plain.as_str())
        || local.starts_with("owner-")
        || local.ends_with("-request")
        || local.starts_with("bounce-")
        || local.starts_with("bounces+")
}

#[cfg(test)]
mod tests {
    use super::{machines_write_from, reads_nothing};

    #[test]
    fn addresses_that_nobody_reads_are_told_from_those_of_people() {
        let address = |text: &str| text.parse().unwrap();
        for nobody in [
            "no-reply@survey.example.net",
            "NoReply+7@example.org",
            "do.not.reply@x.example",
            "MAILER-DAEMON@x.example",
        ] {
            assert!(reads_nothing(&address(nobody)), "{nobody}");
        }
        for machine in ["postmaster@example.org", "owner-list@example.org", "bounces+7@example.org"] {
            assert!(machines_write_from(&address(machine)) && !reads_nothing(&address(machine)), "{machine}");
        }
        for person in ["ann@example.org", "norman.reply@example.org", "roots@example.org"] {
            assert!(!machines_write_from(&address(person)), "{person}");
        }
    }
}
