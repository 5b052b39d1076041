//! The templates in use, replaceable while the daemon runs. Whoever writes a letter takes the templates of
//! that moment; a letter is never written half from one edit and half from the next.

use std::sync::{Arc, PoisonError, RwLock};

use super::context::View;
use super::{RenderFault, Rendered, Templates};

/// Where the templates in use lie.
#[derive(Debug)]
pub struct Shelf {
    held: RwLock<Held>,
}

#[derive(Debug)]
struct Held {
    templates: Arc<Templates>,
    edition: u64,
}

impl Shelf {
    /// A shelf with these templates.
    #[must_use]
    pub fn new(templates: Templates) -> Self {
        Self { held: RwLock::new(Held { templates: Arc::new(templates), edition: 0 }) }
    }

    /// The templates in use.
    #[must_use]
    pub fn current(&self) -> Arc<Templates> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner).templates)
    }

    /// How often they have been replaced: drafts written before the last time may read otherwise now.
    #[must_use]
    pub fn edition(&self) -> u64 {
        self.held.read().unwrap_or_else(PoisonError::into_inner).edition
    }

    /// Puts these in their place.
    pub fn replace(&self, templates: Templates) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.templates = Arc::new(templates);
        held.edition += 1;
    }

    /// Renders a view with the templates in use, in this language where they have it.
    ///
    /// # Errors
    /// [`RenderFault`]
    pub fn render_in<V: View>(&self, language: Option<&str>, view: &V) -> Result<Rendered, RenderFault> {
        self.current().render_in(language, view)
    }

    /// Renders a view with the templates in use.
    ///
    /// # Errors
    /// [`RenderFault`]
    pub fn render<V: View>(&self, view: &V) -> Result<Rendered, RenderFault> {
        self.current().render(view)
    }
}
