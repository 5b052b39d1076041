//! Signing in: the only page, with its style sheet, that a stranger can read. It tells nobody whether
//! an account exists.

use askama::Template;

use super::page::{FieldErrors, Place, Shell};

/// The sign-in page.
#[derive(Debug, Clone, Default)]
pub struct SignInView {
    /// The address that was entered, kept after a mistake.
    pub email: String,
    /// Where to go afterwards: a path of ours, or empty for the work list.
    pub next: String,
    /// What was wrong.
    pub errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a SignInView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &SignInView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Elsewhere, view }.render()
}
