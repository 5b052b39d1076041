//! What templates may call besides `if`, `unless` and `each`: `element` marks the passage that says
//! something the Code requires, `paragraphs` keeps an officer's paragraphs, `link` makes a link of an
//! address from configuration.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderErrorReason, Renderable as _,
};

use super::escape::{self, PASSAGE, PASSAGE_END, PASSAGE_ID};
use super::formats;

/// The words a template may call, so no variable, partial or element may be called so.
pub(super) const HELPERS: [&str; 6] = ["if", "unless", "each", "element", "paragraphs", "link"];

/// The helpers of Handlebars that templates do without; a name nobody has cannot hide a variable.
const UNUSED: [&str; 13] = ["with", "lookup", "raw", "log", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not"];

/// A registry with our helpers and nothing else, strict about missing values.
pub(super) fn registry() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.set_prevent_indent(true);
    for name in UNUSED {
        registry.unregister_helper(name);
    }
    registry.unregister_helper("len");
    registry.register_helper("element", Box::new(Element));
    registry.register_helper("paragraphs", Box::new(Paragraphs));
    registry.register_helper("link", Box::new(Link));
    registry
}

struct Element;

impl HelperDef for Element {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let id = text_of(helper)?;
        out.write(&format!("{PASSAGE}{id}{PASSAGE_ID}"))?;
        if let Some(template) = helper.template() {
            template.render(registry, context, render, out)?;
        }
        out.write(PASSAGE_END.encode_utf8(&mut [0; 4]))?;
        Ok(())
    }
}

struct Paragraphs;

impl HelperDef for Paragraphs {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        out.write(&escape::paragraphs(text_of(helper)?))?;
        Ok(())
    }
}

struct Link;

impl HelperDef for Link {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let address = escape::one_line(text_of(helper)?);
        let mail = address.contains('@') && !address.contains(['/', ':']);
        let plain = address.chars().all(|c| !c.is_whitespace() && !matches!(c, '<' | '>' | '\\' | '"'));
        if plain && mail {
            // A link to write to, that shows the address itself.
            out.write(&format!("[{}](<mailto:{}>)", escape::markdown(&address), address.replace('&', "&amp;")))?;
        } else if plain && (address.starts_with("https://") || address.starts_with("http://")) {
            out.write(&format!("[{}](<{}>)", escape::markdown(&address), address.replace('&', "&amp;")))?;
        } else {
            out.write(&escape::markdown(&address))?;
        }
        Ok(())
    }
}

fn text_of<'a>(helper: &'a Helper<'_>) -> Result<&'a str, RenderErrorReason> {
    match helper.param(0).map(|value| value.value()) {
        Some(serde_json::Value::String(text)) => Ok(text),
        Some(serde_json::Value::Null) => Ok(""),
        _ => Err(RenderErrorReason::ParamNotFoundForIndex("text", 0)),
    }
}

/// What passages read as, in plain text: most say in each letter what they said in the one before.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<String, String>>);

impl Known {
    /// How many are kept.
    const MOST: usize = 256;

    fn text(&self, markdown: &str) -> String {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known().get(markdown) {
            return text.clone();
        }
        let text = formats::tree(markdown).to_text().trim().to_owned();
        let mut known = known();
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(markdown.to_owned(), text.clone());
        text
    }
}

/// Takes the marks out of rendered Markdown. Gives the Markdown and each element's passage as plain
/// text. An element that is marked several times must say something each time (5.7 is answered for
/// every point or not at all): otherwise its passage is empty.
pub(super) fn take_passages(rendered: &str, known: &Known) -> (String, BTreeMap<String, String>) {
    let mut markdown = String::with_capacity(rendered.len());
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut rest = rendered;
    while let Some(at) = rest.find([PASSAGE, PASSAGE_END]) {
        let (before, mark) = rest.split_at(at);
        markdown.push_str(before);
        if let Some(after) = mark.strip_prefix(PASSAGE) {
            let (id, after) = after.split_once(PASSAGE_ID).unwrap_or((after, ""));
            open.push((id.to_owned(), markdown.len()));
            rest = after;
        } else {
            if let Some((id, start)) = open.pop() {
                let passage = known.text(markdown.get(start..).unwrap_or_default());
                found.entry(id).or_default().push(passage);
            }
            rest = mark.strip_prefix(PASSAGE_END).unwrap_or_default();
        }
    }
    markdown.push_str(rest);
    let passages = found
        .into_iter()
        .map(|(id, passages)| {
            let complete = passages.iter().all(|passage| escape::says_something(passage));
            (id, if complete { passages.join("\n\n") } else { String::new() })
        })
        .collect();
    (markdown, passages)
}
