//! S/MIME messages whose text is inside the signature (RFC 8551 §3.5.2): the content is taken out, the
//! signature is not checked.

use bcder::decode::{Constructed, DecodeError, SliceSource, Source};
use bcder::{ConstOid, Integer, Mode, OctetString, Oid, Tag};

/// `id-signedData` (RFC 5652): 1.2.840.113549.1.7.2.
const SIGNED_DATA: ConstOid = Oid(&[42, 134, 72, 134, 247, 13, 1, 7, 2]);

/// The signed content; `None` when these bytes are no signed content, such as an encrypted one.
/// Signatures are commonly written in BER with lengths left open, so this reads BER.
#[must_use]
pub fn signed_content(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut content = None;
    // What stands behind the content (certificates, signatures) may be as damaged as it likes.
    let _rest = Mode::Ber.decode(SliceSource::new(bytes), |outer| {
        outer.take_sequence(|outer| {
            SIGNED_DATA.skip_if(outer)?;
            outer.take_constructed_if(Tag::CTX_0, |outer| outer.take_sequence(|signed| take(signed, &mut content)))
        })
    });
    content
}

/// Takes the content out of a `SignedData`.
fn take<S: Source>(
    signed: &mut Constructed<'_, S>,
    content: &mut Option<Vec<u8>>,
) -> Result<(), DecodeError<S::Error>> {
    Integer::take_from(signed)?;
    signed.take_set(|digests| digests.skip_all())?;
    signed.take_sequence(|inner| {
        Oid::skip_in(inner)?;
        let octets = inner.take_opt_constructed_if(Tag::CTX_0, OctetString::take_from)?;
        *content = octets.map(|octets| octets.into_bytes().to_vec());
        Ok(())
    })?;
    signed.skip_all()
}
