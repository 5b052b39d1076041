//! A sender as an officer may safely see it: the address in ASCII, and a word of warning where it or the
//! name beside it could pass for somebody else.

use crate::domain::contact::Reading;

/// Writes the sender's address in ASCII (RFC 5890: `xn--…`) and says what is strange about it. An address
/// that has no ASCII form stays as it is written; it can belong to nobody we have written to.
pub(super) fn made_safe(reading: &mut Reading) {
    let Some(from) = &reading.from else { return };
    let written = from.as_str();
    if !written.is_ascii() {
        let (local, domain) = written.rsplit_once('@').unwrap_or((written, ""));
        let ascii = idna::domain_to_ascii(domain).ok().and_then(|domain| format!("{local}@{domain}").parse().ok());
        let shown = ascii.unwrap_or_else(|| from.clone());
        reading.problems.push(format!(
            "The sender's address is written with letters that can look like others (as sent: {written}; its \
             true form: {shown}): please make sure who it is."
        ));
        reading.from = Some(shown);
    } else if written.contains("@xn--") || written.contains(".xn--") {
        reading.problems.push(format!(
            "The sender's address ({written}) may be shown elsewhere with letters that look like others: please \
             make sure who it is."
        ));
    }
    let Some(from) = &reading.from else { return };
    let name = reading.from_name.to_lowercase();
    let named = name.split([' ', '<', '>', '"', '\'', '(', ')']).find(|word| word.contains('@'));
    if let Some(named) = named.filter(|named| !named.eq_ignore_ascii_case(from.as_str())) {
        reading.problems.push(format!("The sender’s name looks like an address ({named}), but it comes from {from}."));
    }
}
