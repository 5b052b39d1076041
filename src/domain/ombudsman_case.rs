//! What the Ombudsman asks of the landlord about a case: enquiries, evidence, and after a determination
//! orders and recommendations. Each has the date the Ombudsman set and its own proof of having been
//! done; none of it moves a date of the complaint.

use jiff::civil::Date;

use super::keyed::keyed;

keyed! {
    /// What the Ombudsman sent.
    pub enum OmbudsmanKind, "kind of Ombudsman item" {
        /// A question about a case.
        Enquiry => "enquiry", "Enquiry";
        /// A request for evidence.
        Evidence => "evidence", "Evidence request";
        /// The outcome of an investigation.
        Determination => "determination", "Determination";
        /// Something the landlord must do.
        Order => "order", "Order";
        /// Something the landlord should do.
        Recommendation => "recommendation", "Recommendation";
    }
}

impl OmbudsmanKind {
    /// Whether it must be answered by a date that the Ombudsman sets.
    #[must_use]
    pub const fn needs_date(self) -> bool {
        matches!(self, Self::Enquiry | Self::Evidence | Self::Order)
    }
}

/// What was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// When.
    pub on: Date,
    /// What shows it.
    pub proof: String,
}

/// One thing the Ombudsman sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OmbudsmanItem {
    /// The Ombudsman's reference.
    pub reference: String,
    /// What it is.
    pub kind: OmbudsmanKind,
    /// What it says.
    pub text: String,
    /// When it was received.
    pub received_on: Date,
    /// By when it must be answered or done.
    pub due_by: Option<Date>,
    /// What was done about it.
    pub done: Option<Done>,
}
