//! Where a check stands in a document, kept on the stack: written out as a pointer only when something is said about it.
//!
//! Knows no node and reads no file.

use crate::base::source::Span;
use crate::base::tree::Key;
use crate::contract::files::Loc;

/// A place on the way down from where a check began.
#[derive(Clone, Copy)]
pub(in crate::contract) struct At<'p> {
    pub(in crate::contract) file: usize,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Start(&'p Loc),
    Member(&'p At<'p>, &'p Key),
    Item(&'p At<'p>, usize),
}

impl<'p> At<'p> {
    pub(in crate::contract) fn start(loc: &'p Loc) -> Self {
        Self { file: loc.file, step: Step::Start(loc) }
    }

    pub(in crate::contract) fn key(&'p self, key: &'p Key) -> Self {
        Self { file: self.file, step: Step::Member(self, key) }
    }

    pub(in crate::contract) fn item(&'p self, index: usize) -> Self {
        Self { file: self.file, step: Step::Item(self, index) }
    }

    /// The same place, to keep.
    pub(in crate::contract) fn loc(&self) -> Loc {
        match self.step {
            Step::Start(loc) => loc.clone(),
            Step::Member(up, key) => up.loc().push(&key.text),
            Step::Item(up, index) => up.loc().push(index),
        }
    }

    /// The name of what stands here, or its number in a list.
    pub(in crate::contract) fn name(&self) -> String {
        match self.step {
            Step::Start(loc) => loc.pointer.tokens().last().unwrap_or_default(),
            Step::Member(_, key) => key.text.clone(),
            Step::Item(_, index) => index.to_string(),
        }
    }

    /// True under a key of that name.
    pub(in crate::contract) fn is(&self, name: &str) -> bool {
        matches!(self.step, Step::Member(_, key) if key.text == name)
    }

    pub(in crate::contract) fn up(&self) -> Option<&'p Self> {
        match self.step {
            Step::Start(_) => None,
            Step::Member(up, _) | Step::Item(up, _) => Some(up),
        }
    }

    /// Where the key is written under which this stands; an item of a list has none.
    pub(in crate::contract) fn key_span(&self) -> Option<Span> {
        match self.step {
            Step::Member(_, key) => Some(key.span),
            _ => None,
        }
    }

    /// Where the check began, when this is the place.
    pub(in crate::contract) fn began(&self) -> Option<&'p Loc> {
        match self.step {
            Step::Start(loc) => Some(loc),
            _ => None,
        }
    }
}
