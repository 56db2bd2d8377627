//! A spec with its overlays, as one contract.
//!
//! The one door from files to [`Contract`]. Never prints, and never fetches what no flag allowed.

use crate::app::files;
use crate::app::reader::Reader;
use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::{Place, Source};
use crate::base::tree::{self, Budget, Document};
use crate::contract::overlay::Overlay;
use crate::contract::{self, Contract, Options};
use crate::record::digest;
use crate::record::shape::DocumentRecord;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The overlays that were named for the specs of a command.
#[derive(Debug, Default)]
pub struct Overlays {
    list: Vec<Named>,
}

/// An overlay as it was named.
#[derive(Debug)]
struct Named {
    document: Document,
    /// The spec that it says it is for, and where it says so.
    extends: Option<(String, Place)>,
    used: AtomicBool,
}

impl Named {
    fn new(document: Document) -> Self {
        let extends = document.root.get("extends").and_then(|node| Some((node.as_str()?.to_owned(), document.place(node.span))));
        Self { document, extends, used: AtomicBool::new(false) }
    }

    /// Whether it is for a spec: one that it extends lies where it says, or is a copy of what a URL names.
    fn is_for(&self, spec: &str) -> bool {
        let Some((extends, _)) = &self.extends else { return true };
        let meant = files::beside(self.document.source.name(), extends);
        let same_file = || Some(std::fs::canonicalize(&meant).ok()? == std::fs::canonicalize(spec).ok()?);
        let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        meant == spec
            || same_file() == Some(true)
            || (files::is_url(&meant) && !files::is_url(spec) && last(&meant) == last(spec))
    }
}

impl Overlays {
    /// Reads overlays, in the order they are to be applied.
    pub fn read(names: &[String], reader: &Reader, faults: &mut Diagnostics) -> Self {
        let mut list = Vec::new();
        for name in names {
            match reader.open(&files::beside("", name)).map(|source| tree::parse(&source, Budget::default())) {
                Ok(Ok(document)) => {
                    let (overlay, more) = Overlay::read(&document);
                    faults.extend(more);
                    list.extend(overlay.map(|_| Named::new(document)));
                }
                Ok(Err(more)) => faults.extend(more),
                Err(fault) => faults.push(fault),
            }
        }
        Self { list }
    }

    /// Those that are for a spec, in order.
    fn of(&self, spec: &str) -> Vec<Arc<Source>> {
        let meant = self.list.iter().filter(|overlay| overlay.is_for(spec));
        meant
            .map(|overlay| {
                overlay.used.store(true, Ordering::Relaxed);
                Arc::clone(&overlay.document.source)
            })
            .collect()
    }

    /// Every one of them, by digest: a spec is another one where they are.
    #[must_use]
    pub fn documents(&self) -> Vec<DocumentRecord> {
        let sources = self.list.iter().map(|overlay| &overlay.document.source);
        sources.map(|source| digest::document("overlay", source.name(), source.text().as_bytes())).collect()
    }

    /// What is to be said of overlays that no spec was for.
    #[must_use]
    pub fn unused(&self) -> Diagnostics {
        let mut faults = Diagnostics::new();
        for overlay in self.list.iter().filter(|overlay| !overlay.used.load(Ordering::Relaxed)) {
            let fault = match &overlay.extends {
                Some((extends, place)) => {
                    Diagnostic::warning("overlay/unused", format!("no spec is `{extends}`, so the overlay is not applied"))
                        .at(place.clone())
                        .hint("an overlay without `extends` is for every spec")
                }
                None => Diagnostic::warning("overlay/unused", "there is no spec to apply the overlay to")
                    .at(overlay.document.place(overlay.document.root.span)),
            };
            faults.push(fault);
        }
        faults
    }
}

/// The contract of a spec, its overlays applied.
#[must_use]
pub fn load(source: &Arc<Source>, reader: &Reader, overlays: &Overlays) -> (Option<Contract>, Diagnostics) {
    let name = source.name().to_owned();
    let resolver = |reference: &str| reader.referred(&name, reference);
    contract::load_with(source, &Options { overlays: overlays.of(&name) }, &resolver)
}

/// Everything the linter says of a contract: schemas that do not compile, then what the rules find.
#[must_use]
pub fn lint(contract: &Contract) -> Diagnostics {
    let mut found = contract.compile_all();
    if !found.has_errors() {
        found.extend(contract.lint());
    }
    found
}

/// Opens and loads a spec that was named.
pub fn open(name: &str, reader: &Reader, overlays: &Overlays) -> (Option<Contract>, Diagnostics) {
    match reader.open(&files::beside("", name)) {
        Ok(source) => load(&source, reader, overlays),
        Err(fault) => {
            let mut faults = Diagnostics::new();
            faults.push(fault);
            (None, faults)
        }
    }
}

/// What is wrong with an overlay by itself.
#[must_use]
pub fn check_overlay(source: &Arc<Source>) -> Diagnostics {
    match tree::parse(source, Budget::default()) {
        Ok(document) => Overlay::read(&document).1,
        Err(faults) => faults,
    }
}

#[cfg(test)]
mod tests {
    use super::Named;
    use crate::base::source::Source;
    use crate::base::tree::{Budget, parse};

    #[test]
    fn an_overlay_is_for_the_spec_that_it_extends() {
        let is_for = |extends: &str, spec: &str| {
            let source = Source::new("overlays/o.yaml", format!("overlay: 1.0.0\n{extends}\n"));
            let document = parse(&source, Budget::default()).expect("YAML");
            Named::new(document).is_for(spec)
        };
        assert!(is_for("", "a.yaml"));
        assert!(is_for("extends: ../specs/a.yaml", "specs/a.yaml"));
        assert!(!is_for("extends: a.yaml", "a.yaml"));
        assert!(is_for("extends: https://a.example/v1/a.yaml", "specs/a.yaml"));
        assert!(!is_for("extends: https://a.example/v1/a.yaml", "https://b.example/a.yaml"));
    }
}
