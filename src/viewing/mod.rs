//! What residents send, made safe to look at: formatted text without anything that acts or fetches,
//! and pictures drawn anew. Pure and bounded; whoever calls sets a time limit around it.

mod html;
mod picture;
mod reduce;
#[cfg(test)]
mod tests;

pub use html::{Pictures, sanitised};
pub use picture::{NoPreview, Preview, preview};
pub use reduce::TooDeep;
