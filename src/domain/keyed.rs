//! Enums that have a name in the database, on the command line and in forms, and words for people: each
//! name stands in one place beside its words.

/// Declares an enum whose variants have a key and words.
macro_rules! keyed {
    ($(#[$meta:meta])* pub enum $name:ident, $what:literal {
        $($(#[$about:meta])* $variant:ident => $key:literal, $words:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$about])* $variant,)+ }

        impl $name {
            /// All of them, in their order on a page.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the database, in forms and on the command line.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// In words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)+ }
            }

            /// Each with its words, for a form.
            #[must_use]
            pub fn choices() -> Vec<(&'static str, &'static str)> {
                Self::ALL.iter().map(|one| (one.key(), one.words())).collect()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.key())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::keyed::UnknownKey;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.key() == text).ok_or_else(|| $crate::domain::keyed::UnknownKey {
                    what: $what,
                    text: text.to_owned(),
                    known: Self::ALL.iter().map(|one| one.key()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

pub(crate) use keyed;

/// The text names none of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} '{text}': use one of {known}")]
pub struct UnknownKey {
    /// What was asked for.
    pub what: &'static str,
    /// What was written.
    pub text: String,
    /// What may be written.
    pub known: String,
}
