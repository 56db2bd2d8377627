//! Overlays (OpenAPI Overlay 1.0 and 1.1): lists of changes to a document, kept in a file of their own.
//!
//! Reads and checks an overlay and applies it to a tree. Never reads a file and never looks at what the document means.

mod apply;
#[cfg(test)]
mod tests;

pub use apply::apply;

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::base::jsonpath::JsonPath;
use crate::base::source::{Place, Span};
use crate::base::tree::{Data, Document, Node};

/// A checked overlay.
#[derive(Clone, Debug)]
pub struct Overlay {
    document: Document,
    minor: u32,
    extends: Option<(String, Span)>,
    actions: Vec<Action>,
}

#[derive(Clone, Debug)]
struct Action {
    target: JsonPath,
    /// Where the target stands.
    span: Span,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Remove,
    Update(Node),
    Copy(JsonPath, Span),
    Nothing,
}

impl Overlay {
    /// Checks an overlay document. With an error among the diagnostics there is no overlay.
    #[must_use]
    pub fn read(document: &Document) -> (Option<Self>, Diagnostics) {
        let mut reader = Reader { document, faults: Diagnostics::new() };
        let overlay = reader.overlay();
        (overlay.filter(|_| !reader.faults.has_errors()), reader.faults)
    }

    /// How many actions it lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// True when it lists no action.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

/// `..` in one path, at most: each multiplies what is selected by the depth of the document.
const MOST_DESCENTS: usize = 3;

/// The place of what stands `at` bytes into the text of a scalar, as far as its spelling lets that be told.
fn inside(document: &Document, span: Span, text: &str, at: usize, length: usize) -> Place {
    let whole = document.place(span);
    let raw = whole.source.text().get(whole.span.start as usize..whole.span.end as usize).unwrap_or_default();
    let quote = usize::from(raw.starts_with(['"', '\'']));
    if text.get(..at).is_none_or(|before| !raw[quote..].starts_with(before)) {
        return whole;
    }
    let start = whole.span.start as usize + quote + at;
    let end = (start + length).clamp(start, (whole.span.end as usize - quote).max(start));
    Place::new(&whole.source, Span::new(start, end))
}

struct Reader<'a> {
    document: &'a Document,
    faults: Diagnostics,
}

impl<'a> Reader<'a> {
    fn fault(&mut self, code: &'static str, message: impl Into<String>, span: Span, hint: Option<String>) {
        self.faults.push(Diagnostic::error(code, message).at(self.document.place(span)).maybe_hint(hint));
    }

    fn warn(&mut self, code: &'static str, message: impl Into<String>, span: Span, hint: Option<String>) {
        self.faults.push(Diagnostic::warning(code, message).at(self.document.place(span)).maybe_hint(hint));
    }

    fn overlay(&mut self) -> Option<Overlay> {
        let root = &self.document.root;
        if root.entry("overlay").is_none() {
            let names = root.members().unwrap_or_default().iter().map(|(k, _)| k.text.as_str());
            let near = crate::base::distance::nearest("overlay", names).and_then(|name| root.entry(name));
            let span = near.map_or(root.span, |(key, _)| key.span);
            let hint = Some("begin it with `overlay: 1.0.0`".to_owned());
            self.fault("overlay/no-overlay", "the document does not say which version of Overlay it is written in", span, hint);
            return None;
        }
        self.fields(root, "overlay", &["overlay", "info", "extends", "actions"], &["info", "actions"], root.span);
        let minor = self.version()?;
        if let Some((key, info)) = root.entry("info")
            && self.is_object(info, "`info`")
        {
            self.fields(info, "info", &["title", "version", "description"], &["title", "version"], key.span);
            for name in ["title", "version", "description"] {
                self.text(info, name);
            }
        }
        let extends = self.text(root, "extends").map(|(text, span)| (text.to_owned(), span));
        let actions = self.actions(minor)?;
        Some(Overlay { document: self.document.clone(), minor, extends, actions })
    }

    /// Unknown and missing fields of an object.
    fn fields(&mut self, node: &Node, what: &str, known: &[&str], required: &[&str], span: Span) {
        for (key, _) in node.members().unwrap_or_default() {
            if !known.contains(&key.text.as_str()) && !key.text.starts_with("x-") {
                let hint = did_you_mean(&key.text, known.iter().copied());
                self.fault("overlay/unknown-field", format!("unknown field `{}` in the {what}", key.text), key.span, hint);
            }
        }
        for name in required.iter().filter(|name| node.get(name).is_none()) {
            self.fault("overlay/missing-field", format!("the {what} lacks `{name}`"), span, None);
        }
    }

    fn wrong_type(&mut self, what: &str, wanted: &str, node: &Node) {
        let message = format!("{what} must be {wanted}, but is {}", with_article(node.kind()));
        let raw = self.document.place(node.span);
        let raw = raw.source.text().get(raw.span.start as usize..raw.span.end as usize);
        let quotes = matches!(node.data, Data::Number(_) | Data::Bool(_)) && wanted == "a string";
        let hint = raw.filter(|_| quotes).map(|raw| format!("put it in quotes: \"{raw}\""));
        self.fault("overlay/wrong-type", message, node.span, hint);
    }

    fn is_object(&mut self, node: &Node, what: &str) -> bool {
        if node.members().is_none() {
            self.wrong_type(what, "an object", node);
        }
        node.members().is_some()
    }

    fn text(&mut self, node: &'a Node, name: &str) -> Option<(&'a str, Span)> {
        let value = node.get(name)?;
        if value.as_str().is_none() {
            self.wrong_type(&format!("`{name}`"), "a string", value);
        }
        value.as_str().map(|text| (text, value.span))
    }

    /// The second number of the version.
    fn version(&mut self) -> Option<u32> {
        let (text, span) = self.text(&self.document.root, "overlay")?;
        let numbers: Vec<Option<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
        if let [Some(1), Some(minor @ 0..=1), Some(_)] = numbers[..] {
            return Some(minor);
        }
        let hint = Some("known: 1.0.x and 1.1.x, with all three numbers".to_owned());
        self.fault("overlay/version", format!("Overlay `{text}` is not read"), span, hint);
        None
    }

    fn actions(&mut self, minor: u32) -> Option<Vec<Action>> {
        let (key, list) = self.document.root.entry("actions")?;
        let Some(items) = list.items() else {
            self.wrong_type("`actions`", "a list", list);
            return None;
        };
        if items.is_empty() {
            self.fault("overlay/missing-field", "an overlay lists at least one action", key.span, None);
        }
        Some(items.iter().filter_map(|item| self.action(item, minor)).collect())
    }

    fn action(&mut self, node: &'a Node, minor: u32) -> Option<Action> {
        if !self.is_object(node, "an action") {
            return None;
        }
        let known: &[&str] = match minor {
            0 => &["target", "description", "update", "remove"],
            _ => &["target", "description", "update", "remove", "copy"],
        };
        if let Some((key, _)) = node.entry("copy").filter(|_| minor == 0) {
            let hint = Some("write `overlay: 1.1.0`".to_owned());
            self.fault("overlay/unknown-field", "`copy` is not known to Overlay 1.0", key.span, hint);
            return None;
        }
        self.fields(node, "action", known, &["target"], node.span);
        self.text(node, "description");
        let target = self.path(node, "target");
        let copy = self.path(node, "copy");
        let remove = match node.get("remove").map(|n| (n, &n.data)) {
            None => false,
            Some((_, Data::Bool(remove))) => *remove,
            Some((value, _)) => {
                self.wrong_type("`remove`", "a boolean", value);
                false
            }
        };
        let change = match (remove, copy, node.entry("update")) {
            (true, copy, update) => {
                if let Some(span) = update.map(|(key, _)| key.span).or(copy.map(|(_, span)| span)) {
                    self.warn("overlay/no-effect", "nothing comes of this, since the action removes its target", span, None);
                }
                Change::Remove
            }
            (false, Some((_, span)), Some(_)) => {
                self.fault("overlay/exclusive", "`update` and `copy` exclude each other", span, None);
                Change::Nothing
            }
            (false, None, Some((_, update))) => Change::Update(update.clone()),
            (false, Some((path, span)), None) => Change::Copy(path, span),
            (false, None, None) => {
                if node.get("copy").is_none() && node.get("remove").is_none_or(|n| n.data == Data::Bool(false)) {
                    let hint = Some("give it an `update`, or `remove: true`".to_owned());
                    self.warn("overlay/no-effect", "the action changes nothing", node.span, hint);
                }
                Change::Nothing
            }
        };
        let (target, span) = target?;
        Some(Action { target, span, change })
    }

    fn path(&mut self, node: &'a Node, name: &str) -> Option<(JsonPath, Span)> {
        let (text, span) = self.text(node, name)?;
        match JsonPath::parse(text) {
            Ok(path) if path.descents() > MOST_DESCENTS => {
                let message = format!("`{text}` goes down to any depth {} times", path.descents());
                self.fault("overlay/path", message, span, Some(format!("`..` is followed {MOST_DESCENTS} times at most")));
                None
            }
            Ok(path) => Some((path, span)),
            Err((at, message)) => {
                let hint = if text.starts_with('$') {
                    "targets are JSONPath (RFC 9535): $.paths['/pets'].get, $.paths.*.*.parameters[?@.in == 'query']".to_owned()
                } else {
                    format!("a path begins with `$`: `$.{}`", text.trim_start_matches(['#', '.', '/']).replace('/', "."))
                };
                let place = inside(self.document, span, text, at, text.len().saturating_sub(at));
                self.faults.push(Diagnostic::error("overlay/path", message).at(place).hint(hint));
                None
            }
        }
    }
}

fn with_article(kind: &str) -> String {
    match kind {
        "null" => kind.to_owned(),
        kind if kind.starts_with(['a', 'o']) => format!("an {kind}"),
        kind => format!("a {kind}"),
    }
}
