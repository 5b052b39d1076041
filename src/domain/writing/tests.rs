//! Rules of writing, found and not found.
