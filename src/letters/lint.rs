//! Walks a parsed template and holds every name in it against what the kind can speak of. The
//! template language is kept small on purpose: what this file does not know, a template cannot do.
//! Handlebars' own strict mode misses `{{#if missing}}` and lets partials include each other until
//! the process dies; nothing is rendered before this walk has found no fault.

use std::collections::BTreeMap;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Handlebars, Path, Template};
use serde_json::Value;

use super::Kind;
use super::elements::HELPERS;
use super::templates::TemplateFault;

/// What a name in a view stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Text or a number: it can be printed.
    Text,
    /// Yes or no: it can be asked.
    Flag,
    /// Several of the same.
    List(Box<Shape>),
    /// A group of names.
    Group(BTreeMap<String, Shape>),
    /// Always empty in the samples.
    Nothing,
}

impl Shape {
    /// The shape that all these samples have in common.
    pub fn of_all(samples: &[Value]) -> Self {
        samples.iter().map(Self::of).fold(Self::Nothing, Self::joined)
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::Bool(_) => Self::Flag,
            Value::Number(_) | Value::String(_) => Self::Text,
            Value::Array(items) => Self::List(Box::new(Self::of_all(items))),
            Value::Object(names) => {
                Self::Group(names.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect())
            }
        }
    }

    fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, shape) | (shape, Self::Nothing) => shape,
            (Self::List(left), Self::List(right)) => Self::List(Box::new(left.joined(*right))),
            (Self::Group(mut left), Self::Group(right)) => {
                for (name, shape) in right {
                    let joined = left.remove(&name).unwrap_or(Self::Nothing).joined(shape);
                    left.insert(name, joined);
                }
                Self::Group(left)
            }
            (shape, _) => shape,
        }
    }
}

/// A place where a template marks an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// The element's id.
    pub id: String,
    /// The template's file.
    pub file: String,
    /// The line.
    pub line: usize,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is wrong.
    pub faults: Vec<TemplateFault>,
    /// The elements marked.
    pub marks: Vec<Mark>,
}

/// Walks the template `name` of `kind`, and the partials it includes.
pub(super) fn walk(
    registry: &Handlebars<'_>,
    files: &BTreeMap<String, String>,
    kind: Kind,
    name: &str,
    shape: &Shape,
) -> Found {
    let mut walk = Walk { registry, files, kind, trail: Vec::new(), line: 1, found: Found::default() };
    walk.named(name, &[Scope { shape, repeats: Repeats::No }]);
    walk.found
}

/// The names in reach.
#[derive(Clone, Copy)]
struct Scope<'s> {
    shape: &'s Shape,
    repeats: Repeats,
}

/// Whether a scope is one turn of an `each`, which knows its place.
#[derive(Clone, Copy, PartialEq)]
enum Repeats {
    Yes,
    No,
}

struct Walk<'a> {
    registry: &'a Handlebars<'a>,
    /// From a template's name in the registry to its file.
    files: &'a BTreeMap<String, String>,
    kind: Kind,
    /// The templates being walked, outermost first.
    trail: Vec<String>,
    line: usize,
    found: Found,
}

impl Walk<'_> {
    fn fault(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        let file = self.trail.last().and_then(|name| self.files.get(name)).cloned().unwrap_or_default();
        self.found.faults.push(TemplateFault { file, line: Some(self.line), what: what.into(), remedy: remedy.into() });
    }

    fn named(&mut self, name: &str, scopes: &[Scope<'_>]) {
        let registry = self.registry;
        if let Some(template) = registry.get_template(name) {
            self.trail.push(name.to_owned());
            self.template(template, scopes);
            self.trail.pop();
        }
    }

    fn template(&mut self, template: &Template, scopes: &[Scope<'_>]) {
        for (place, element) in template.elements.iter().enumerate() {
            // An `{{else if …}}` has no place of its own: it is named by the line of its `{{#if …}}`.
            if let Some(mapping) = template.mapping.get(place) {
                self.line = mapping.0;
            }
            self.element(element, scopes);
        }
    }

    fn element(&mut self, element: &TemplateElement, scopes: &[Scope<'_>]) {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            TemplateElement::Expression(call) => self.expression(call, scopes),
            TemplateElement::HelperBlock(block) => self.block(block, scopes),
            TemplateElement::HtmlExpression(_) => {
                self.fault("{{{…}}} and {{&…}} print a value without making it safe", "use two braces: {{…}}")
            }
            TemplateElement::PartialExpression(partial) => {
                if !partial.params.is_empty() || !partial.hash.is_empty() {
                    self.fault("a partial takes no values", "write only its name: {{> footer}}");
                } else if let Parameter::Name(name) | Parameter::Path(Path::Relative((_, name))) = &partial.name {
                    self.partial(name, scopes);
                } else {
                    self.fault("a partial is named by a fixed name", "write {{> footer}}");
                }
            }
            _ => self.fault(
                "templates cannot define partials or decorators",
                "put the text into a file in partials/ and include it with {{> name}}",
            ),
        }
    }

    fn partial(&mut self, name: &str, scopes: &[Scope<'_>]) {
        let line = self.line;
        if self.trail.iter().any(|open| open == name) {
            let mut round: Vec<&str> = self.trail.iter().map(String::as_str).skip_while(|open| *open != name).collect();
            round.push(name);
            let round = round.join(" → ");
            self.fault(format!("partials include each other without end: {round}"), "take one of them out");
        } else if !self.registry.has_template(name) || Kind::all().iter().any(|kind| kind.key() == name) {
            self.fault(
                format!("there is no partial '{name}'"),
                format!("add partials/{name}.md.hbs, or correct the name"),
            );
        } else if let Some(current) = scopes.last() {
            // A partial sees only the names where it is included: `../` would reach past it.
            self.named(name, &[*current]);
        }
        self.line = line;
    }

    fn expression(&mut self, call: &HelperTemplate, scopes: &[Scope<'_>]) {
        let helper = match &call.name {
            Parameter::Name(name) => name.as_str(),
            Parameter::Path(path) if call.params.is_empty() && call.hash.is_empty() => {
                return self.printed(raw(path), scopes);
            }
            _ => "",
        };
        match (helper, call.params.as_slice(), call.hash.is_empty()) {
            ("paragraphs", [Parameter::Path(path)], true) => self.printed(raw(path), scopes),
            ("link", [Parameter::Path(path)], true) => {
                let from_configuration =
                    ["landlord.", "ombudsman.", "council_ombudsman.", "handler.", "url", "this.url"];
                if !from_configuration.iter().any(|start| raw(path).starts_with(start)) {
                    self.fault(
                        format!("'{}' cannot be a link", raw(path)),
                        "link only what comes from configuration: the landlord, the Ombudsman, the handler, a page",
                    );
                }
                self.printed(raw(path), scopes);
            }
            ("paragraphs" | "link", ..) => {
                self.fault(format!("'{helper}' takes one name"), format!("write {{{{{helper} name}}}}"));
            }
            ("element", ..) => {
                self.fault("'element' has a beginning and an end", "write {{#element \"id\"}}…{{/element}}");
            }
            _ => self.unknown_helper(helper),
        }
    }

    fn block(&mut self, block: &HelperTemplate, scopes: &[Scope<'_>]) {
        let name = if let Parameter::Name(name) | Parameter::Path(Path::Relative((_, name))) = &block.name {
            name.as_str()
        } else {
            ""
        };
        if block.block_param.is_some() || !block.hash.is_empty() {
            self.fault("names after 'as' and values after '=' are not used here", "use {{this}} and the names inside");
        }
        let mut inner = scopes.to_vec();
        match (name, block.params.as_slice()) {
            ("element", [Parameter::Literal(Value::String(id))]) => self.mark(id),
            ("element", _) => self.fault("'element' takes an id in quotes", "write {{#element \"id\"}}…{{/element}}"),
            ("if" | "unless", [Parameter::Path(path)]) => {
                self.resolve(raw(path), scopes);
            }
            ("each", [Parameter::Path(path)]) => match self.resolve(raw(path), scopes) {
                Some(Shape::List(shape)) => inner.push(Scope { shape, repeats: Repeats::Yes }),
                Some(_) => {
                    self.fault(format!("'{}' is not a list", raw(path)), "use {{#if …}} to ask whether it is there");
                }
                None => return,
            },
            ("if" | "unless" | "each", _) => {
                self.fault(format!("'{name}' takes one name"), format!("write {{{{#{name} name}}}}…{{{{/{name}}}}}"));
            }
            _ => self.unknown_helper(name),
        }
        let line = self.line;
        if let Some(template) = &block.template {
            self.template(template, &inner);
        }
        self.line = line;
        if let Some(inverse) = &block.inverse {
            self.template(inverse, scopes);
        }
        self.line = line;
    }

    fn mark(&mut self, id: &str) {
        if matches!(self.kind, Kind::Notice(_)) {
            self.fault(
                "the Code requires nothing of this kind of message, so it has no elements",
                "take the 'element' out",
            );
            return;
        }
        let file = self.trail.last().and_then(|name| self.files.get(name)).cloned().unwrap_or_default();
        self.found.marks.push(Mark { id: id.to_owned(), file, line: self.line });
    }

    fn unknown_helper(&mut self, name: &str) {
        self.fault(format!("templates cannot call '{name}'"), format!("use one of: {}", HELPERS.join(", ")));
    }

    /// A name whose value is printed.
    fn printed(&mut self, raw: &str, scopes: &[Scope<'_>]) {
        match self.resolve(raw, scopes) {
            Some(Shape::Flag) => {
                self.fault(format!("'{raw}' is yes or no"), format!("ask it: {{{{#if {raw}}}}}…{{{{/if}}}}"));
            }
            Some(Shape::List(_)) => {
                self.fault(format!("'{raw}' is a list"), format!("write {{{{#each {raw}}}}}…{{{{/each}}}}"));
            }
            Some(Shape::Group(names)) => {
                let names: Vec<String> = names.keys().map(|name| format!("{raw}.{name}")).collect();
                self.fault(format!("'{raw}' is a group of names"), format!("use one of: {}", names.join(", ")));
            }
            Some(Shape::Text | Shape::Nothing) | None => {}
        }
    }

    /// What a name stands for; a fault when it stands for nothing.
    fn resolve<'s>(&mut self, raw: &str, scopes: &[Scope<'s>]) -> Option<&'s Shape> {
        const PLACE: Shape = Shape::Text;
        const ASKED: Shape = Shape::Flag;
        let mut reach = scopes.len();
        let mut path = raw;
        while let Some(outer) = path.strip_prefix("../") {
            reach = reach.saturating_sub(1);
            path = outer;
        }
        let Some(scope) = reach.checked_sub(1).and_then(|last| scopes.get(last)) else {
            self.fault(format!("'{raw}' reaches too far out"), "take a '../' away");
            return None;
        };
        if let (Some(place), Repeats::Yes) = (path.strip_prefix('@'), scope.repeats) {
            match place {
                "index" => return Some(&PLACE),
                "first" | "last" => return Some(&ASKED),
                _ => {}
            }
        }
        let mut shape = scope.shape;
        let path = path.strip_prefix("./").or_else(|| path.strip_prefix("this.")).unwrap_or(path);
        if path == "this" {
            return Some(shape);
        }
        for name in path.split('.') {
            let known: Vec<&str> = match shape {
                Shape::Group(names) => match names.get(name) {
                    Some(inner) => {
                        shape = inner;
                        continue;
                    }
                    None => names.keys().map(String::as_str).collect(),
                },
                _ => Vec::new(),
            };
            let remedy = if known.is_empty() {
                "there are no names here: use {{this}}".to_owned()
            } else {
                format!("here a template can use: {}", known.join(", "))
            };
            self.fault(format!("unknown variable '{raw}' in {}", self.kind), remedy);
            return None;
        }
        Some(shape)
    }
}

fn raw(path: &Path) -> &str {
    match path {
        Path::Relative((_, raw)) | Path::Local((_, _, raw)) => raw,
    }
}
