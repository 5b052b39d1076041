//! Templates with the partials they include put in their place: Handlebars copies everything a letter can
//! speak of for each partial it includes, which is a tenth of what a letter costs.
//!
//! Invariant: what is rendered stays the same. Only for templates that `lint` has walked: none includes
//! itself, and no partial reaches past the names where it is included.

use handlebars::template::{DecoratorTemplate, Parameter, TemplateElement};
use handlebars::{Handlebars, Path, Template};

/// Splices every template.
pub(super) fn splice(registry: &mut Handlebars<'_>) {
    let whole: Vec<(String, Template)> =
        registry.get_templates().iter().map(|(name, template)| (name.clone(), spliced(registry, template))).collect();
    for (name, template) in whole {
        registry.register_template(&name, template);
    }
}

fn spliced(registry: &Handlebars<'_>, template: &Template) -> Template {
    let mut whole = template.clone();
    // Lines would be those of several files.
    whole.mapping.clear();
    whole.elements.clear();
    for element in &template.elements {
        match element {
            TemplateElement::PartialExpression(partial) => match included(registry, partial) {
                Some(partial) => whole.elements.extend(spliced(registry, partial).elements),
                None => whole.elements.push(element.clone()),
            },
            TemplateElement::HelperBlock(block) => {
                let mut block = block.clone();
                block.template = block.template.map(|inner| spliced(registry, &inner));
                block.inverse = block.inverse.map(|inner| spliced(registry, &inner));
                whole.elements.push(TemplateElement::HelperBlock(block));
            }
            other => whole.elements.push(other.clone()),
        }
    }
    whole
}

/// The template that is included as it stands.
fn included<'a>(registry: &'a Handlebars<'_>, partial: &DecoratorTemplate) -> Option<&'a Template> {
    let plain =
        partial.params.is_empty() && partial.hash.is_empty() && partial.template.is_none() && partial.indent.is_none();
    match &partial.name {
        Parameter::Name(name) | Parameter::Path(Path::Relative((_, name))) if plain => registry.get_template(name),
        _ => None,
    }
}
