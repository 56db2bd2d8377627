//! Reads YAML 1.2 text into the tree.
//!
//! Core-schema scalars, anchors, aliases and merge keys, under the caller's budget; knows nothing of JSON's stricter rules.

use super::seen::Seen;
use super::{Budget, Data, Key, Node};
use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::{Place, Source, Span};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};
use serde_json::Number;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn parse(source: &Arc<Source>, budget: Budget) -> Result<Node, Diagnostics> {
    let mut reader = Reader::new(source, budget);
    let result = if source.text().len() > budget.bytes {
        let message = format!("{} bytes, more than the {} that are read", source.text().len(), budget.bytes);
        Err(Diagnostic::error("syntax/too-large", message).into())
    } else {
        reader.document()
    };
    match result {
        Ok(node) if reader.faults.is_empty() => Ok(node),
        Ok(_) => Err(reader.faults),
        Err(fault) => {
            reader.faults.push(*fault);
            Err(reader.faults)
        }
    }
}

/// Boxed, so that nested collections stay small on the stack.
type Fault = Box<Diagnostic>;

/// A node that an anchor names, with what one use of it costs.
struct Anchor {
    node: Node,
    nodes: usize,
    scalar_bytes: usize,
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    /// Byte offset of every character; empty where the text is ASCII and both are equal.
    offsets: Vec<u32>,
    budget: Budget,
    nodes: usize,
    scalar_bytes: usize,
    depth: usize,
    anchors: HashMap<usize, Anchor>,
    faults: Diagnostics,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Arc<Source>, budget: Budget) -> Self {
        let text = source.text();
        let offsets = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(i, _)| u32::try_from(i).unwrap_or(u32::MAX)).collect()
        };
        Self {
            source,
            parser: Parser::new_from_str(text),
            offsets,
            budget,
            nodes: 0,
            scalar_bytes: 0,
            depth: 0,
            anchors: HashMap::new(),
            faults: Diagnostics::new(),
        }
    }

    fn offset(&self, index: usize) -> usize {
        if self.offsets.is_empty() {
            index.min(self.source.text().len())
        } else {
            self.offsets.get(index).map_or(self.source.text().len(), |o| *o as usize)
        }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let start = self.offset(span.start.index());
        let mut end = self.offset(span.end.index()).max(start);
        // Block collections end where the next token starts: give back the white space in between.
        end = start + self.source.text().get(start..end).map_or(0, |t| t.trim_end().len());
        Span::new(start, end)
    }

    fn place(&self, span: Span) -> Place {
        Place::new(self.source, span)
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let span = self.span(span);
                Ok((event, span))
            }
            Some(Err(error)) => Err(self.syntax_error(&error).into()),
            None => Ok((Event::StreamEnd, Span::new(self.source.text().len(), self.source.text().len()))),
        }
    }

    fn syntax_error(&self, error: &ScanError) -> Diagnostic {
        let mut offset = self.offset(error.marker().index());
        // The scanner has read past a tab when it refuses it.
        if error.info().contains("tab") && offset > 0 && self.source.text().as_bytes().get(offset - 1) == Some(&b'\t') {
            offset -= 1;
        }
        let span = Span::new(offset, offset + 1);
        let line = self.source.line_at(span.start);
        let diagnostic = Diagnostic::error("syntax/yaml", format!("not valid YAML: {}", error.info())).at(self.place(span));
        if let Some(start) = unquoted_template(line) {
            let end = line[start..].find('}').map_or(line.len(), |e| start + e + 1);
            let template = &line[start..end];
            return diagnostic.hint(format!("a template inside braces needs quotes: \"{template}\""));
        }
        if line.contains('\t') {
            return diagnostic.hint("YAML indents with spaces; this line holds a tab");
        }
        diagnostic
    }

    fn document(&mut self) -> Result<Node, Fault> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd => {
                    return Err(Diagnostic::error("syntax/empty", "the document is empty")
                        .at(self.place(Span::new(0, 0)))
                        .into());
                }
                other => {
                    let node = self.node(other, span)?;
                    loop {
                        let (event, span) = self.next()?;
                        match event {
                            Event::StreamEnd => return Ok(node),
                            Event::DocumentStart(_) => {
                                return Err(Diagnostic::error("syntax/second-document", "a second document begins here")
                                    .at(self.place(span))
                                    .hint("one file holds one document")
                                    .into());
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }

    fn charge(&mut self, nodes: usize, scalar_bytes: usize, span: Span) -> Result<(), Fault> {
        self.nodes += nodes;
        self.scalar_bytes += scalar_bytes;
        if self.nodes > self.budget.nodes || self.scalar_bytes > self.budget.scalar_bytes {
            let fault = if self.anchors.is_empty() {
                let message = format!("the document holds more than the {} values that are read", self.budget.nodes);
                Diagnostic::error("syntax/too-large", message).hint("split it over several files")
            } else {
                Diagnostic::error("syntax/too-large", "the document expands to more than is read")
                    .hint("aliases are expanded where they stand; use fewer of them")
            };
            return Err(fault.at(self.place(span)).into());
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Fault> {
        let (nodes, bytes) = (self.nodes, self.scalar_bytes);
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.charge(1, text.len(), span)?;
                let forced_text = tag.is_some_and(|t| t.suffix == "str");
                (Node { data: scalar(text, style, forced_text), span }, anchor)
            }
            Event::SequenceStart(anchor, _) => (self.sequence(span)?, anchor),
            Event::MappingStart(anchor, _) => (self.mapping(span)?, anchor),
            Event::Alias(id) => {
                let Some(anchor) = self.anchors.get(&id) else {
                    let fault = Diagnostic::error("syntax/alias", "an alias to an anchor that is not complete");
                    return Err(fault.at(self.place(span)).into());
                };
                let (nodes, bytes) = (anchor.nodes, anchor.scalar_bytes);
                self.charge(nodes, bytes, span)?;
                return Ok(Node { data: self.anchors[&id].node.data.clone(), span });
            }
            _ => return Err(Diagnostic::error("syntax/yaml", "a value was expected here").at(self.place(span)).into()),
        };
        if anchor > 0 {
            let cost = (self.nodes - nodes, self.scalar_bytes - bytes);
            self.anchors.insert(anchor, Anchor { node: node.clone(), nodes: cost.0, scalar_bytes: cost.1 });
        }
        Ok(node)
    }

    fn enter(&mut self, span: Span) -> Result<(), Fault> {
        self.charge(1, 0, span)?;
        self.depth += 1;
        if self.depth > self.budget.depth {
            return Err(Diagnostic::error("syntax/too-deep", format!("nested more than {} levels deep", self.budget.depth))
                .at(self.place(span))
                .into());
        }
        Ok(())
    }

    fn sequence(&mut self, start: Span) -> Result<Node, Fault> {
        self.enter(start)?;
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                self.depth -= 1;
                let end = items.last().map_or(span.end, |last: &Node| last.span.end.max(span.end));
                return Ok(Node { data: Data::Array(items), span: Span { start: start.start, end } });
            }
            items.push(self.node(event, span)?);
        }
    }

    fn mapping(&mut self, start: Span) -> Result<Node, Fault> {
        self.enter(start)?;
        let mut members: Vec<(Key, Node)> = Vec::new();
        let mut merged: Vec<(Key, Node)> = Vec::new();
        let mut seen = Seen::default();
        loop {
            let (event, span) = self.next()?;
            let plain = match event {
                Event::MappingEnd => {
                    self.depth -= 1;
                    for (key, node) in merged {
                        if seen.first(&key.text, &members).is_none() {
                            members.push((key, node));
                        }
                    }
                    let end = members.last().map_or(span.end, |(_, last)| last.span.end.max(span.end));
                    return Ok(Node { data: Data::Object(members), span: Span { start: start.start, end } });
                }
                Event::Scalar(text, style, ..) => (text.into_owned(), style),
                other => {
                    let key = self.node(other, span)?;
                    self.faults.push(
                        Diagnostic::error("syntax/key", format!("a key must be text, not {}", article(key.kind())))
                            .at(self.place(span))
                            .maybe_hint(
                                self.source
                                    .text()
                                    .get(span.start as usize..)
                                    .is_some_and(|t| t.starts_with('{'))
                                    .then(|| "a template needs quotes: \"${...}\"".to_owned()),
                            ),
                    );
                    let (event, span) = self.next()?;
                    self.node(event, span)?;
                    continue;
                }
            };
            self.charge(1, plain.0.len(), span)?;
            let (event, value_span) = self.next()?;
            let value = self.node(event, value_span)?;
            if plain.0 == "<<" && plain.1 == ScalarStyle::Plain {
                let sources = if let Data::Array(items) = value.data { items } else { vec![value] };
                for source in sources {
                    match source.data {
                        Data::Object(found) => merged.extend(found),
                        _ => self
                            .faults
                            .push(Diagnostic::error("syntax/merge", "`<<` merges mappings only").at(self.place(source.span))),
                    }
                }
                continue;
            }
            let key = Key { text: plain.0, span };
            if let Some(first) = seen.first(&key.text, &members) {
                self.faults.push(
                    Diagnostic::error("syntax/duplicate-key", format!("duplicate key `{}`", key.text))
                        .at(self.place(span))
                        .label(self.place(first), "first written here"),
                );
                continue;
            }
            members.push((key, value));
        }
    }
}

fn article(kind: &str) -> String {
    if kind.starts_with(['a', 'o']) { format!("an {kind}") } else { format!("a {kind}") }
}

/// Where a template stands unquoted after a colon, comma or bracket.
fn unquoted_template(line: &str) -> Option<usize> {
    let start = line.find("${")?;
    let before = line[..start].trim_end();
    before.ends_with([':', ',', '[', '{']).then_some(start)
}

/// YAML 1.2 core schema: only plain scalars are anything but text; `yes`, `no`, `on` and `off` are text.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, forced_text: bool) -> Data {
    if style != ScalarStyle::Plain || forced_text {
        return Data::String(text.into_owned());
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        _ => {}
    }
    number(&text).map_or_else(|| Data::String(text.into_owned()), Data::Number)
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(Number::from);
    }
    if let Some(octal) = digits.strip_prefix("0o") {
        return u64::from_str_radix(octal, 8).ok().map(Number::from);
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let text = text.strip_prefix('+').unwrap_or(text);
        if let Ok(n) = text.parse::<u64>() {
            return Some(n.into());
        }
        if let Ok(n) = text.parse::<i64>() {
            return Some(n.into());
        }
    }
    let is_float = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        && digits.bytes().any(|b| b.is_ascii_digit())
        && !digits.starts_with(['e', 'E']);
    if is_float { text.parse::<f64>().ok().and_then(Number::from_f64) } else { None }
}

#[cfg(test)]
mod tests {
    use crate::base::source::Source;
    use crate::base::tree::{Budget, Document, parse};
    use serde_json::json;

    fn read(text: &str) -> Document {
        match parse(&Source::new("t.yaml", text), Budget::default()) {
            Ok(document) => document,
            Err(faults) => panic!("{:?}", faults.sorted()),
        }
    }

    fn faults(text: &str, budget: Budget) -> Vec<String> {
        match parse(&Source::new("t.yaml", text), budget) {
            Ok(document) => panic!("{document:?}"),
            Err(faults) => faults
                .into_iter()
                .map(|d| {
                    let labels: String = d.labels.iter().map(|l| format!("({} {})", l.place, l.text)).collect();
                    let hint = d.hint.unwrap_or(labels);
                    format!("{} {} {hint}", d.place.map(|p| p.to_string()).unwrap_or_default(), d.message)
                })
                .collect(),
        }
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        let value =
            read("{a: no, b: on, c: ~, d: 1, e: -2, f: 1.5, g: '1', h: 0x1F, i: 1e3, j: 2026-01-01, k: true, l: 1.2.3, m: 0o17}")
                .root
                .to_value();
        assert_eq!(
            value,
            json!({"a": "no", "b": "on", "c": null, "d": 1, "e": -2, "f": 1.5, "g": "1", "h": 31, "i": 1000.0, "j": "2026-01-01", "k": true, "l": "1.2.3", "m": 15})
        );
    }

    #[test]
    fn anchors_and_merges_work() {
        let value = read("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\n").root.to_value();
        assert_eq!(value["use"], json!({"y": 3, "x": 1}));
    }

    #[test]
    fn every_node_knows_its_place() {
        let document = read("é: x\nlist:\n  - a\n  - {k: v}\n");
        let node = document.root.get("list").and_then(|l| l.child("1")).and_then(|m| m.get("k"));
        assert_eq!(node.map(|n| document.place(n.span).to_string()).as_deref(), Some("t.yaml:4:9"));
    }

    #[test]
    fn faults_are_placed_and_hinted() {
        assert_eq!(
            faults("a: 1\nb: 2\na: 3\n", Budget::default()),
            ["t.yaml:3:1 duplicate key `a` (t.yaml:1:1 first written here)"]
        );
        let template = faults("call: x\nbody: {id: ${id}}\n", Budget::default());
        assert!(template[0].contains("t.yaml:2") && template[0].contains("\"${id}\""), "{template:?}");
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for i in 1..40 {
            bomb += &format!("a{i}: &a{i} [*a{}, *a{}]\n", i - 1, i - 1);
        }
        assert!(faults(&bomb, Budget { nodes: 10_000, ..Budget::default() })[0].contains("expands to more"));
        assert!(faults(&"[".repeat(120), Budget { depth: 100, ..Budget::default() })[0].contains("nested more than 100 levels"));
    }
}
