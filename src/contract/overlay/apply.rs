//! Applies the actions of overlays, in order, each to what the one before it left.
//!
//! Changes a tree under a budget of nodes and depth. Never checks what becomes of the document; loading does that.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::nearest;
use crate::base::jsonpath::name_of;
use crate::base::pointer::Pointer;
use crate::base::source::Span;
use crate::base::tree::{Budget, Data, Document, Node};
use crate::contract::overlay::{Action, Change, Overlay, inside, with_article};
use crate::contract::route::percent_decode;
use serde_json::Value;
use std::collections::HashSet;

/// Nodes that overlays put in at most.
const MOST_NODES: usize = 500_000;

/// Applies overlays one after the other. What came from an overlay keeps its place in the overlay's text.
///
/// Actions that fail are reported and leave the document as it was.
#[must_use]
pub fn apply(document: Document, overlays: &[Overlay]) -> (Document, Diagnostics) {
    let mut faults = Diagnostics::new();
    if overlays.iter().all(Overlay::is_empty) {
        return (document, faults);
    }
    let value = document.root.to_value();
    let mut target = Target { document, value, nodes: 0, faults: Diagnostics::new() };
    for overlay in overlays {
        let Some(shift) = target.document.adopt(&overlay.document) else {
            let message = "the document and its overlays are too long together";
            faults.push(Diagnostic::error("overlay/too-large", message).at(overlay.document.place(overlay.document.root.span)));
            break;
        };
        target.extends(overlay);
        let mut applying = Applying { target: &mut target, overlay, shift };
        for action in &overlay.actions {
            applying.action(action);
            // What is too large already only takes longer with every action.
            if applying.target.nodes > MOST_NODES {
                break;
            }
        }
    }
    faults.extend(target.faults);
    (target.document, faults)
}

/// The document as it is changed, and the same without places for paths to select in.
struct Target {
    document: Document,
    value: Value,
    /// Nodes put in so far.
    nodes: usize,
    faults: Diagnostics,
}

impl Target {
    /// An overlay that says which document it is for is not for another one.
    fn extends(&mut self, overlay: &Overlay) {
        let Some((reference, span)) = &overlay.extends else { return };
        let file = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let wanted = file(&percent_decode(reference.split(['?', '#']).next().unwrap_or_default()));
        let own = file(self.document.source.name());
        if wanted != own {
            let message = format!("the overlay is for `{reference}`, and is applied to `{own}`");
            self.faults.push(Diagnostic::warning("overlay/extends", message).at(overlay.document.place(*span)));
        }
    }

    fn at(&mut self, pointer: &Pointer) -> Option<&mut Node> {
        pointer.tokens().try_fold(&mut self.document.root, |node, token| node.child_mut(&token))
    }

    /// Brings the value up to date after the node at `pointer` was changed.
    fn refresh(&mut self, pointer: &Pointer) {
        if let (Some(node), Some(value)) = (self.document.at(pointer), self.value.pointer_mut(pointer.as_str())) {
            *value = node.to_value();
        }
    }

    fn remove(&mut self, pointer: &Pointer) {
        let (Some(parent), Some(last)) = (pointer.parent(), pointer.tokens().last()) else { return };
        match self.at(&parent).map(|node| &mut node.data) {
            Some(Data::Array(items)) => {
                if let Some(index) = last.parse::<usize>().ok().filter(|i| *i < items.len()) {
                    items.remove(index);
                }
            }
            Some(Data::Object(members)) => members.retain(|(key, _)| key.text != last),
            _ => {}
        }
        match self.value.pointer_mut(parent.as_str()) {
            Some(Value::Array(items)) => {
                if let Some(index) = last.parse::<usize>().ok().filter(|i| *i < items.len()) {
                    items.remove(index);
                }
            }
            Some(Value::Object(members)) => {
                members.shift_remove(&last);
            }
            _ => {}
        }
    }
}

/// Where a value merges into another one of an incompatible kind.
struct Clash {
    span: Span,
    message: String,
}

struct Applying<'a> {
    target: &'a mut Target,
    overlay: &'a Overlay,
    shift: u32,
}

impl Applying<'_> {
    fn fault(&mut self, code: &'static str, message: impl Into<String>, span: Span, hint: Option<String>) {
        self.target.faults.push(Diagnostic::error(code, message).at(self.overlay.document.place(span)).maybe_hint(hint));
    }

    fn action(&mut self, action: &Action) {
        let mut seen = HashSet::new();
        let mut selected: Vec<(Pointer, &'static str)> = Vec::new();
        for (pointer, value) in action.target.select(&self.target.value) {
            if seen.insert(pointer.clone()) {
                selected.push((pointer, kind(value)));
            }
        }
        if selected.is_empty() {
            return self.no_match(action);
        }
        let primitive = selected.iter().find(|(_, kind)| !matches!(*kind, "object" | "array"));
        if let Some((pointer, kind)) = primitive.filter(|_| self.overlay.minor == 0) {
            let message = format!("`{}` selects {} at `#{pointer}`", action.target, with_article(kind));
            let hint = "Overlay 1.0 changes objects and arrays: select the object around it, or write `overlay: 1.1.0`";
            return self.fault("overlay/primitive", message, action.span, Some(hint.to_owned()));
        }
        match &action.change {
            Change::Nothing => {}
            Change::Remove => self.remove(action, selected),
            Change::Update(update) => {
                let update = update.shifted(self.shift);
                self.update(action, &selected, &update);
            }
            Change::Copy(from, span) => {
                let found: Vec<Pointer> = from.select(&self.target.value).into_iter().map(|(p, _)| p).collect();
                let [one] = found.as_slice() else {
                    let message = format!("`{from}` selects {} nodes, where one is to be copied", found.len());
                    return self.fault("overlay/copy", message, *span, None);
                };
                let Some(node) = self.target.document.at(one).cloned() else { return };
                self.update(action, &selected, &node);
            }
        }
    }

    fn no_match(&mut self, action: &Action) {
        let target = &action.target;
        let mut place = self.overlay.document.place(action.span);
        let mut hint = None;
        for (prefix, segment) in target.prefixes() {
            let found = prefix.select(&self.target.value);
            if found.is_empty() {
                continue;
            }
            let text = &target.text()[segment.clone()];
            let names = found.iter().filter_map(|(_, value)| value.as_object()).flat_map(|o| o.keys().map(String::as_str));
            let near = name_of(text).and_then(|name| nearest(&name, names).map(spelled));
            place = inside(&self.overlay.document, action.span, target.text(), segment.start, segment.len());
            hint = Some(match near {
                Some(near) => format!("did you mean `{prefix}{near}`?"),
                None => format!("`{prefix}` is there, but `{text}` selects nothing in it"),
            });
            break;
        }
        let message = format!("`{target}` selects nothing, so the action changes nothing");
        self.target.faults.push(Diagnostic::warning("overlay/no-match", message).at(place).maybe_hint(hint));
    }

    fn remove(&mut self, action: &Action, mut selected: Vec<(Pointer, &'static str)>) {
        if selected.iter().any(|(pointer, _)| pointer.as_str().is_empty()) {
            return self.fault("overlay/root", "the whole document cannot be removed", action.span, None);
        }
        // From the back, so that what is still to be removed keeps its index.
        selected
            .sort_by_cached_key(|(pointer, _)| pointer.tokens().map(|t| t.parse::<usize>().map_err(|_| t)).collect::<Vec<_>>());
        for (pointer, _) in selected.iter().rev() {
            self.target.remove(pointer);
        }
    }

    fn update(&mut self, action: &Action, selected: &[(Pointer, &'static str)], update: &Node) {
        let group = |kind: &str| if matches!(kind, "object" | "array") { kind.to_owned() } else { "primitive".to_owned() };
        if let Some((pointer, other)) = selected.iter().find(|(_, kind)| group(kind) != group(selected[0].1)) {
            let first = with_article(selected[0].1);
            let message = format!("`{}` selects both {first} and {}", action.target, with_article(other));
            let hint = format!("split the action; the one is at `#{}`, the other at `#{pointer}`", selected[0].0);
            return self.fault("overlay/incompatible", message, action.span, Some(hint));
        }
        let (size, depth) = measure(update);
        self.target.nodes = self.target.nodes.saturating_add(size.saturating_mul(selected.len()));
        let deepest = selected.iter().map(|(pointer, _)| pointer.tokens().count()).max().unwrap_or_default();
        if self.target.nodes > MOST_NODES || deepest + depth > Budget::default().depth {
            return self.fault("overlay/too-large", "the document grows beyond what is read", action.span, None);
        }
        let appends = self.overlay.minor == 0;
        for (pointer, _) in selected {
            let Some(node) = self.target.at(pointer) else { continue };
            let mut clashes = Vec::new();
            match &mut node.data {
                Data::Array(items) if appends || update.items().is_none() => items.push(update.clone()),
                _ => {
                    find_clashes(node, update, true, &mut clashes);
                    if clashes.is_empty() {
                        merge(node, update);
                    }
                }
            }
            for clash in clashes {
                let place = self.target.document.place(clash.span);
                let hint = "remove what is there in an action before this one";
                self.target.faults.push(Diagnostic::error("overlay/incompatible", clash.message).at(place).hint(hint));
            }
        }
        // Nodes within nodes may have been selected: what is around them is brought up to date once.
        match selected {
            [(pointer, _)] => self.target.refresh(pointer),
            _ => self.target.refresh(&Pointer::root()),
        }
    }
}

/// What of `update` is of another kind than what is there.
fn find_clashes(target: &Node, update: &Node, is_top: bool, clashes: &mut Vec<Clash>) {
    match (&target.data, &update.data) {
        (Data::Object(_), Data::Object(news)) => {
            for (key, new) in news {
                if let Some(old) = target.get(&key.text) {
                    find_clashes(old, new, false, clashes);
                }
            }
        }
        (Data::Array(_), Data::Array(_)) => {}
        // A field left empty in an overlay that mirrors the document says nothing about it.
        (Data::Object(_) | Data::Array(_), Data::Null) if !is_top => {}
        (Data::Object(_) | Data::Array(_), _) | (_, Data::Object(_) | Data::Array(_)) => {
            let (old, new) = (with_article(target.kind()), with_article(update.kind()));
            clashes.push(Clash { span: update.span, message: format!("{new} cannot be merged into {old}") });
        }
        _ => {}
    }
}

/// Objects merge member by member, arrays are joined, primitives are replaced. There are no clashes.
fn merge(target: &mut Node, update: &Node) {
    match (&mut target.data, &update.data) {
        (Data::Object(members), Data::Object(news)) => {
            for (key, new) in news {
                match members.iter_mut().find(|(k, _)| k.text == key.text) {
                    Some((_, old)) => merge(old, new),
                    None => members.push((key.clone(), new.clone())),
                }
            }
        }
        (Data::Array(items), Data::Array(news)) => items.extend(news.iter().cloned()),
        (Data::Object(_) | Data::Array(_), _) => {}
        _ => *target = update.clone(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A name as a segment of a path.
fn spelled(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { format!(".{name}") } else { format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")) }
}

/// How many nodes there are, and how many levels of them.
fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<&Node> = match &node.data {
        Data::Array(items) => items.iter().collect(),
        Data::Object(members) => members.iter().map(|(_, node)| node).collect(),
        _ => return (1, 1),
    };
    let (size, depth) = children.into_iter().map(measure).fold((0, 0), |(n, d), (size, depth)| (n + size, d.max(depth)));
    (size + 1, depth + 1)
}
