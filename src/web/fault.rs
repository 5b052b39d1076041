//! Why a page cannot be shown. The officer gets a plain page with the status; the cause, which may
//! hold names of tables but no resident's data, goes to the log.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::casework::CaseworkError;
use crate::store::StoreError;

/// After so many seconds a browser or proxy may ask again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("10");

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The form is not one of ours, or not this session's.
    #[error("the form does not belong to this session")]
    Forged,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An officer's act failed, not because the rules say no.
    #[error(transparent)]
    Casework(CaseworkError),
    /// The page itself cannot be written.
    #[error("a page could not be written")]
    Page(#[from] askama::Error),
    /// The operating system gave no random bytes.
    #[error("no random bytes for a session")]
    Random(#[from] getrandom::Error),
}

impl From<CaseworkError> for Fault {
    fn from(error: CaseworkError) -> Self {
        match error {
            CaseworkError::NoSuchLetter | CaseworkError::NoSuchCase | CaseworkError::NoSuchContact => Self::NotFound,
            CaseworkError::Store(error) => Self::Store(error),
            other => Self::Casework(other),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match &self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Forged => StatusCode::FORBIDDEN.into_response(),
            Self::Store(error) if error.is_temporary() => {
                tracing::warn!(
                    error = with_causes(error),
                    "The database was busy or out of reach; a page was not shown"
                );
                (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, ASK_AGAIN)]).into_response()
            }
            fault => {
                tracing::error!(error = with_causes(fault), "A page could not be shown");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// An error with its causes in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
