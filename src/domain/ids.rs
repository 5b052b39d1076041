//! Identifiers. A value of one of these types has been checked once, where it entered, and is
//! never checked again.

use std::fmt;
use std::str::FromStr;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
    };
}

row_id! {
    /// One contact: a message, call, letter or visit.
    ContactId
}
row_id! {
    /// One case, inside the database. People use [`CaseRef`].
    CaseId
}
row_id! {
    /// One letter to a resident, over all its versions.
    LetterId
}
row_id! {
    /// One officer's account.
    OfficerId
}
row_id! {
    /// One message waiting to be handed to a courier, or handed over.
    OutboxId
}
row_id! {
    /// One raw message as it arrived.
    RawId
}
row_id! {
    /// One line of the mailbox ledger.
    LedgerId
}

/// A case reference such as `CMP-2026-00042-K`.
///
/// The last letter is a check character: the number `2026 00042` modulo 23, written in an alphabet
/// without I, O and Z. Because 10 and 23 share no factor, every single wrong digit and every swap
/// of two neighbouring digits is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseRef {
    year: u16,
    number: u32,
}

/// Why a text is not a case reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaseRefError {
    /// The text does not look like `CMP-2026-00042-K`.
    #[error("a case reference looks like CMP-2026-00042-K")]
    Shape,
    /// The check character belongs to another number.
    #[error("the last letter does not fit the number: please check for a mistyped digit")]
    CheckCharacter,
}

const CHECK_ALPHABET: &[u8; 23] = b"ABCDEFGHJKLMNPQRSTUVWXY";

impl CaseRef {
    /// The reference of the `number`th case received in `year`.
    #[must_use]
    pub const fn new(year: u16, number: u32) -> Self {
        Self { year, number }
    }

    /// The year of receipt, in Europe/London.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The running number within the year.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }

    /// The case that somebody looks for who leaves out the check character, as `CMP-2026-00042`. Only for
    /// looking: nothing is ever added to a case by a number that a slip could have changed.
    #[must_use]
    pub fn without_check(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('-');
        CHECK_ALPHABET.iter().find_map(|check| format!("{text}-{}", char::from(*check)).parse().ok())
    }

    fn check_character(self) -> char {
        // The digits as they stand, so that no two of them share a place value.
        let mut places = 100_000;
        while u64::from(self.number) >= places {
            places *= 10;
        }
        let value = u64::from(self.year) * places + u64::from(self.number);
        let place = usize::try_from(value % 23).unwrap_or(0);
        CHECK_ALPHABET.get(place).copied().map_or('A', char::from)
    }
}

impl fmt::Display for CaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CMP-{:04}-{:05}-{}", self.year, self.number, self.check_character())
    }
}

impl FromStr for CaseRef {
    type Err = CaseRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.trim().to_ascii_uppercase();
        let mut parts = upper.split('-');
        let (Some("CMP"), Some(year), Some(number), Some(check), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CaseRefError::Shape);
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let padded_too_far = number.len() > 5 && number.starts_with('0');
        if year.len() != 4 || !(5..=9).contains(&number.len()) || !digits(year) || !digits(number) || padded_too_far {
            return Err(CaseRefError::Shape);
        }
        let year = year.parse().map_err(|_| CaseRefError::Shape)?;
        let number = number.parse().map_err(|_| CaseRefError::Shape)?;
        let reference = Self { year, number };
        if check.chars().eq([reference.check_character()]) { Ok(reference) } else { Err(CaseRefError::CheckCharacter) }
    }
}

/// An e-mail address we may write to or compare with: one `@`, something on both sides, no white
/// space and no control characters (RFC 5321 §4.1.2 without the quoted forms).
///
/// The domain is kept in lower case; the local part as written. Two addresses are the same
/// correspondent when [`EmailAddress::same_mailbox`] says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

/// The text is not an e-mail address that can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address: it should look like name@example.org")]
pub struct NotAnAddress;

impl EmailAddress {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether mail to both lands in the same mailbox, as far as can be told: the case of
    /// ASCII letters is ignored, nothing else is. (Other letters have look-alikes among their cases:
    /// the Kelvin sign becomes a k.)
    #[must_use]
    pub fn same_mailbox(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl FromStr for EmailAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnAddress)?;
        let bad = |character: char| {
            character.is_whitespace() || character.is_control() || "<>()[],;:\\\"@".contains(character)
        };
        let sound = !local.is_empty()
            && !local.contains(bad)
            && !domain.is_empty()
            && !domain.contains(bad)
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && text.len() <= 254;
        if sound { Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase()))) } else { Err(NotAnAddress) }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256 digest, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct NotADigest;

impl Digest {
    /// The SHA-256 digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The digest of texts, each preceded by its length in bytes (eight bytes, big-endian), so that no two
    /// sequences look the same.
    #[must_use]
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        use sha2::Digest as _;
        let mut hash = sha2::Sha256::new();
        for text in texts {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        Self(hash.finalize().into())
    }

    /// The digest's 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| NotADigest)?;
        <[u8; 32]>::try_from(bytes).map(Self).map_err(|_| NotADigest)
    }
}

#[cfg(test)]
mod tests;
