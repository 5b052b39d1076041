//! How values of the domain are bound. Every parameter passes through [`Param`], so that an instant
//! is microseconds everywhere and no text carries the NUL that PostgreSQL refuses.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::ids::{CaseId, ContactId, Digest, EmailAddress, LedgerId, LetterId, OfficerId, OutboxId, RawId};
use crate::domain::letter::{LetterKind, LetterState};

/// A value that can be bound, and the plain value the drivers see.
pub(super) trait Param {
    type Plain;
    fn param(&self) -> Self::Plain;
}

impl<T: Param + ?Sized> Param for &T {
    type Plain = T::Plain;
    fn param(&self) -> T::Plain {
        (*self).param()
    }
}

impl<T: Param> Param for Option<T> {
    type Plain = Option<T::Plain>;
    fn param(&self) -> Self::Plain {
        self.as_ref().map(Param::param)
    }
}

// A number of rows at most; more than fit are never asked for.
impl Param for usize {
    type Plain = i64;
    fn param(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}

impl Param for str {
    type Plain = String;
    fn param(&self) -> String {
        self.replace('\0', "")
    }
}

macro_rules! params {
    ($($type:ty => $plain:ty: |$value:ident| $body:expr;)*) => {
        $(impl Param for $type {
            type Plain = $plain;
            fn param(&self) -> $plain {
                let $value = self;
                $body
            }
        })*
    };
}

params! {
    String => String: |text| text.as_str().param();
    [u8] => Vec<u8>: |bytes| bytes.to_vec();
    Vec<u8> => Vec<u8>: |bytes| bytes.clone();
    Digest => Vec<u8>: |digest| digest.as_bytes().to_vec();
    i64 => i64: |number| *number;
    u32 => i64: |number| i64::from(*number);
    u16 => i64: |number| i64::from(*number);
    u8 => i64: |number| i64::from(*number);
    Timestamp => i64: |at| at.as_microsecond();
    Date => String: |date| date.to_string();
    EmailAddress => String: |address| address.as_str().to_owned();
    LetterKind => String: |kind| kind.key().to_owned();
    LetterState => String: |state| state.key().to_owned();
    CaseId => i64: |id| id.0;
    ContactId => i64: |id| id.0;
    LedgerId => i64: |id| id.0;
    LetterId => i64: |id| id.0;
    OfficerId => i64: |id| id.0;
    OutboxId => i64: |id| id.0;
    RawId => i64: |id| id.0;
}
