//! The words and JSON names of a case's dates, for `case show`.

use serde_json::{Value, json};

use crate::domain::held::{Held, HeldKind};

/// The name in JSON.
pub(super) const fn key(kind: HeldKind) -> &'static str {
    match kind {
        HeldKind::Acknowledge => "acknowledge_by",
        HeldKind::Respond | HeldKind::RespondExtended => "respond_by",
        HeldKind::RespondBeforeExtension => "original_respond_by",
        HeldKind::RespondStrictly => "strict_respond_by",
    }
}

/// The name in words.
pub(super) const fn title(kind: HeldKind) -> &'static str {
    match kind {
        HeldKind::Acknowledge => "Acknowledge by",
        HeldKind::Respond => "Respond by",
        HeldKind::RespondBeforeExtension => "Respond by, before the extension",
        HeldKind::RespondStrictly => "Respond by, had the acknowledgement been in time",
        HeldKind::RespondExtended => "Respond by, as extended",
    }
}

/// For other programs.
pub(super) fn to_json(held: &Held) -> Value {
    json!({
        "by": held.by.map(|by| by.to_string()),
        "provision": held.provision.as_ref().map(ToString::to_string),
        "explanation": held.explanation,
    })
}
