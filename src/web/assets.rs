//! The style sheet and the icon, compiled in. Their addresses carry their digest, so a browser may
//! keep them for ever and never shows a page with yesterday's style.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::page::short_digest;
use crate::domain::ids::Digest;

/// GOV.UK Frontend without its brand, built by `build.rs`.
pub const CSS: &str = include_str!(concat!(env!("OUT_DIR"), "/frontend/app.css"));

/// The icon in the browser's tab: a sheet of paper with a tick.
pub const ICON: &str = include_str!("../../frontend/icon.svg");

static CSS_PATH: LazyLock<String> = LazyLock::new(|| address(CSS, "css"));
static ICON_PATH: LazyLock<String> = LazyLock::new(|| address(ICON, "svg"));

fn address(content: &str, ending: &str) -> String {
    format!("/assets/{}.{ending}", short_digest(&Digest::of(content.as_bytes())))
}

/// Where the style sheet is.
#[must_use]
pub fn css_path() -> &'static str {
    &CSS_PATH
}

/// Where the icon is.
#[must_use]
pub fn icon_path() -> &'static str {
    &ICON_PATH
}

/// `GET /assets/{name}`
pub async fn get(Path(name): Path<String>) -> Response {
    let path = format!("/assets/{name}");
    let (content, media_type) = if path == css_path() {
        (CSS, "text/css; charset=utf-8")
    } else if path == icon_path() {
        (ICON, "image/svg+xml")
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CACHE_CONTROL, forever)];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheet_carries_nothing_of_the_gov_uk_brand() {
        let css = CSS.to_lowercase();
        for banned in ["gds transport", "crown", "crest", "@font-face", "url(", "gov.uk", "@import"] {
            assert!(!css.contains(banned), "the style sheet contains {banned}");
        }
    }

    #[test]
    fn style_sheet_fetches_nothing_from_elsewhere() {
        // Rules for printing links name the scheme; no other mention is allowed.
        let rest = CSS.replace("[href^=\"http://\"]", "").replace("[href^=\"https://\"]", "");
        assert!(!rest.contains("http:") && !rest.contains("https:") && !rest.contains("//"));
    }

    #[test]
    fn what_npm_installs_is_named_by_digest_and_by_no_host() {
        let lock = include_str!("../../frontend/package-lock.json");
        assert!(!lock.contains("\"resolved\"") && !lock.contains(".npmjs."));
        assert_eq!(lock.matches("\"version\"").count(), lock.matches("\"integrity\"").count());
    }

    #[test]
    fn style_sheet_is_the_whole_one() {
        for class in [".govuk-button", ".govuk-error-summary", ".app-timeline", ".app-desk"] {
            assert!(CSS.contains(class), "{class} is missing");
        }
    }
}
