//! Reads a certification profile and everything it extends.
//!
//! Each file is read by itself, so that its faults stand in it, and what was read is merged. Takes variables and files from
//! the caller's functions alone: never opens a file itself.

mod finish;
mod layer;
mod merge;
pub(super) mod modules;
mod texts;

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::{Source, Span};
use crate::base::tree::{self, Budget, Document};
use crate::suite::ast::profile::{Profile, room};
use crate::suite::decode::profile::layer::Layer;
use crate::suite::decode::profile::texts::Texts;
use std::sync::Arc;

/// Finds what a profile extends: the text of the profile that says so, and what it says.
pub type Bases<'a> = dyn Fn(&Source, &str) -> Result<Arc<Source>, Diagnostic> + 'a;

/// Profiles behind each other at most.
const MOST_BASES: usize = 16;

pub(crate) fn load(
    source: &Arc<Source>,
    bases: &Bases<'_>,
    env: &dyn Fn(&str) -> Option<String>,
) -> (Option<Profile>, Diagnostics) {
    let mut faults = Diagnostics::new();
    let Chain { documents, whole } = chain(source, bases, &mut faults);
    let mut merged = Layer::default();
    let sources: Vec<Arc<Source>> = documents.iter().map(|d| Arc::clone(&d.source)).collect();
    for (index, document) in documents.iter().enumerate().rev() {
        let shift = sources[..index].iter().fold(0_u32, |sum, source| sum.saturating_add(room(source)));
        let mut texts = Texts::new(&document.source, env, std::mem::take(&mut merged.secrets));
        let mut layer = layer::read(&mut texts, &document.root);
        layer.secrets = texts.secrets;
        layer.shift(shift);
        faults.extend(texts.decoder.faults);
        merged = layer.over(merged);
    }
    let Some(own) = documents.first() else { return (None, faults) };
    if !whole {
        // What is missing may stand in what could not be read.
        return (None, faults);
    }
    let profile = finish::finish(merged, own.root.span, &sources, &mut faults);
    (profile, faults)
}

struct Chain {
    /// The profile, and what it extends behind it.
    documents: Vec<Document>,
    /// Whether everything that is extended was read.
    whole: bool,
}

fn chain(source: &Arc<Source>, bases: &Bases<'_>, faults: &mut Diagnostics) -> Chain {
    let mut documents: Vec<Document> = Vec::new();
    let mut next = Arc::clone(source);
    loop {
        let document = match tree::parse(&next, Budget::default()) {
            Ok(document) => document,
            Err(more) => {
                faults.extend(more);
                return Chain { documents, whole: false };
            }
        };
        let extends = document.root.get("extends").map(|node| (node.as_str().map(str::to_owned), node.span));
        let from = Arc::clone(&document.source);
        documents.push(document);
        let (name, span) = match extends {
            None => return Chain { documents, whole: true },
            // Reported with the rest of the file.
            Some((None, _)) => return Chain { documents, whole: false },
            Some((Some(name), span)) => (name, span),
        };
        match base(&from, &name, span, &documents, bases) {
            Ok(found) => next = found,
            Err(fault) => {
                faults.push(fault);
                return Chain { documents, whole: false };
            }
        }
    }
}

fn base(from: &Arc<Source>, name: &str, span: Span, before: &[Document], bases: &Bases<'_>) -> Result<Arc<Source>, Diagnostic> {
    let place = crate::base::source::Place::new(from, span);
    let found = bases(from, name).map_err(|fault| {
        let message = format!("the profile `{name}` cannot be extended: {}", fault.message);
        Diagnostic::error("profile/base", message).at(place.clone()).maybe_hint(fault.hint)
    })?;
    let circle = before.iter().position(|d| d.source.name() == found.name());
    if let Some(start) = circle {
        let names: Vec<&str> = before[start..].iter().map(|d| d.source.name()).chain([found.name()]).collect();
        let message = match names.as_slice() {
            [_, _] => "a profile cannot extend itself".to_owned(),
            names => format!("the profiles extend each other: {}", names.join(" > ")),
        };
        return Err(Diagnostic::error("profile/circle", message).at(place));
    }
    if before.len() > MOST_BASES {
        return Err(Diagnostic::error("profile/base", format!("more than {MOST_BASES} profiles extend each other")).at(place));
    }
    Ok(found)
}
