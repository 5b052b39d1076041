//! Who writes the letters, and the Ombudsman they point to. Both are configuration: no letter
//! template and no code holds an address or a telephone number.

use jiff::civil::Date;

use super::ids::EmailAddress;
use super::keyed::keyed;
use super::words;

keyed! {
    /// As what a council answers for a point of a complaint, and so which Ombudsman looks into it.
    pub enum Jurisdiction, "jurisdiction" {
        /// As a landlord.
        Landlord => "landlord", "As a landlord";
        /// As a council: homelessness, allocations and its other services.
        Council => "council", "As a council, such as for homelessness or allocations";
    }
}

/// The organisation running this daemon, as residents know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landlord {
    /// Its name.
    pub name: String,
    /// Its postal address, a line each.
    pub address: Vec<String>,
    /// The telephone number for complaints.
    pub phone: String,
    /// The e-mail address for complaints.
    pub email: EmailAddress,
    /// Its website, `https://…`.
    pub website: Option<String>,
    /// Where its complaints policy is published (Code 3.4), `https://…`.
    pub complaints_policy_url: Option<String>,
}

/// The Ombudsman a resident may go to (Code 3.7, 6.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ombudsman {
    /// The name, without an article.
    pub name: String,
    /// Telephone number; blank when nobody has confirmed one.
    pub phone: String,
    /// Postal address, a line each; none when nobody has confirmed one.
    pub address: Vec<String>,
    /// Website, `https://…`.
    pub website: String,
    /// How a case is started, in a sentence or two. The Housing Ombudsman takes no new cases by
    /// e-mail, so there is no field for an e-mail address.
    pub how: String,
    /// When somebody last held these details against the Ombudsman's own website.
    pub verified_on: Option<Date>,
    /// The day after which they count as unchecked.
    pub review_by: Option<Date>,
}

impl Ombudsman {
    /// Why these details should not be trusted today: nobody has checked them for too long.
    #[must_use]
    pub fn unchecked(&self, today: Date) -> Option<String> {
        let (on, by) = self.verified_on.zip(self.review_by)?;
        (by < today).then(|| {
            format!(
                "The details of the {} that letters print were last checked on {}. Check them against its website \
                 and change `verified_on` in its file.",
                self.name,
                words::date(on)
            )
        })
    }
}
