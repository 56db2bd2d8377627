//! Reads how available something is to be: `99.95% of getSignature over 30d`, in a plan or on a command line.
//!
//! Checks levels and lengths; never knows which operations are probed.

use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::base::units::Nanos;
use crate::model::availability::Level;
use crate::suite::ast::Spanned;
use crate::suite::ast::monitor::AvailabilityTarget;
use crate::suite::decode::monitor::{Fault, said};
use crate::suite::decode::plans::LONGEST;
use crate::suite::decode::{Decoder, Rule};
use std::ops::Range;

const SHAPE: &str = "write LEVEL, then `of OPERATION`, then `over DURATION`: \"99.95% of getSignature over 30d\"";

/// Reads `LEVEL [of OPERATION] [over DURATION]`.
///
/// # Errors
/// A lower-case fragment that says what is wrong with the text.
pub(crate) fn parse_target(text: &str) -> Result<AvailabilityTarget, String> {
    sentence(text, Span::default(), &|_| Span::default()).map_err(|(_, fault)| said(fault))
}

/// A target in one sentence; `span` is all of it, and `span_of` places a range of the text.
fn sentence(text: &str, span: Span, span_of: &dyn Fn(Range<usize>) -> Span) -> Result<AvailabilityTarget, (Range<usize>, Fault)> {
    let mut words = words(text);
    // A space before the sign is part of the level.
    if let [number, sign, ..] = words.as_slice()
        && text[sign.clone()].starts_with('%')
    {
        let joined = number.start..sign.end;
        words.splice(..2, [joined]);
    }
    let Some((first, rest)) = words.split_first() else {
        return Err((0..text.len(), ("nothing is promised here".to_owned(), Some(SHAPE.to_owned()))));
    };
    let availability = level(&text[first.clone()]).map_err(|fault| (first.clone(), fault))?;
    let (mut operation, mut over, mut rest) = (None, None, rest);
    if let [of, more @ ..] = rest
        && &text[of.clone()] == "of"
    {
        // An operation without an id is a method and a path: two words.
        let end = more.iter().position(|word| &text[word.clone()] == "over").unwrap_or(more.len());
        let (name, behind) = more.split_at(end);
        let (Some(from), Some(to)) = (name.first(), name.last()) else {
            return Err((of.clone(), ("`of` names no operation".to_owned(), Some(SHAPE.to_owned()))));
        };
        let at = from.start..to.end;
        operation = Some(Spanned::new(text[at.clone()].to_owned(), span_of(at)));
        rest = behind;
    }
    if let [keyword, length, more @ ..] = rest
        && &text[keyword.clone()] == "over"
    {
        let read = period(&text[length.clone()]).map_err(|fault| (length.clone(), fault))?;
        over = Some(Spanned::new(read, span_of(length.clone())));
        rest = more;
    }
    match rest.first() {
        None => Ok(AvailabilityTarget { availability, operation, over, span }),
        Some(word) => {
            let message = format!("`{}` has no place here", &text[word.clone()]);
            Err((word.clone(), (message, Some(SHAPE.to_owned()))))
        }
    }
}

fn words(text: &str) -> Vec<Range<usize>> {
    let at = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|word| at(word)..at(word) + word.len()).collect()
}

fn level(text: &str) -> Result<Level, Fault> {
    match Level::parse(text) {
        Ok(level) if level.millionths() == 0 => {
            Err(("nothing can miss a target of 0%".to_owned(), Some("say what is promised, such as 99.9%".to_owned())))
        }
        Ok(level) => Ok(level),
        Err(message) => Err((message, None)),
    }
}

fn period(text: &str) -> Result<Nanos, Fault> {
    match Nanos::parse(text) {
        Ok(Nanos(0)) => Err(("this lasts no time at all".to_owned(), None)),
        Ok(length) if length > LONGEST => Err((format!("nothing in a monitor plan lasts longer than {LONGEST}"), None)),
        Ok(length) => Ok(length),
        Err(message) => Err((message, None)),
    }
}

impl Decoder<'_> {
    pub(super) fn targets(&mut self, node: &Node) -> Vec<AvailabilityTarget> {
        let items = self.list(node, "`targets`");
        if items.is_empty() && node.items().is_some() {
            let hint = "such as [\"99.9%\"]; without the key nothing is promised".to_owned();
            self.fault(Rule::Value, node.span, "`targets` is empty", Some(hint));
        }
        items.iter().filter_map(|item| self.target(item)).collect()
    }

    fn target(&mut self, node: &Node) -> Option<AvailabilityTarget> {
        if let Data::Object(_) = &node.data {
            return self.target_in_parts(node);
        }
        if matches!(node.data, Data::Number(_)) {
            self.wrong_kind(node, "a target", Some("a level has its unit: \"99.9%\""));
            return None;
        }
        let text = self.text(node)?.value;
        let span_of = |at: Range<usize>| {
            let start = self.offset(node.span, &text, at.start);
            Span::new(start, self.offset(node.span, &text, at.end).max(start))
        };
        match sentence(&text, node.span, &span_of) {
            Ok(target) => Some(target),
            Err((at, (message, hint))) => {
                let span = span_of(at);
                self.fault(Rule::Value, span, message, hint);
                None
            }
        }
    }

    fn target_in_parts(&mut self, node: &Node) -> Option<AvailabilityTarget> {
        let mut fields = self.object(node, "a target")?;
        let availability = fields.require(self, "availability").and_then(|n| self.level(n));
        let operation = fields.take("operation").map_or(Some(None), |n| self.text(n).map(Some));
        let over = fields.take("over").map_or(Some(None), |n| self.length(n).map(|over| Some(Spanned::new(over, n.span))));
        fields.finish(self);
        Some(AvailabilityTarget { availability: availability?, operation: operation?, over: over?, span: node.span })
    }

    fn level(&mut self, node: &Node) -> Option<Level> {
        if matches!(node.data, Data::Number(_)) {
            self.wrong_kind(node, "a level", Some("a level has its unit: \"99.9%\""));
            return None;
        }
        let text = self.text(node)?.value;
        match level(&text) {
            Ok(level) => Some(level),
            Err((message, hint)) => {
                self.fault(Rule::Value, node.span, message, hint);
                None
            }
        }
    }
}
