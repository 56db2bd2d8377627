//! A spec with its overlays, as one contract.
//!
//! The one door from files to [`Contract`]. Never prints and never sends anything but what a flag allowed.

use crate::app::files;
use crate::app::reader::Reader;
use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::Source;
use crate::base::tree::{self, Budget};
use crate::contract::{self, Contract};
use std::sync::Arc;

/// The overlays that were named for the specs of a command.
#[derive(Debug, Default)]
pub struct Overlays {
    list: Vec<Arc<Source>>,
}

impl Overlays {
    /// Reads overlays, in the order they are to be applied.
    pub fn read(names: &[String], reader: &Reader, faults: &mut Diagnostics) -> Self {
        let mut list = Vec::new();
        for name in names {
            match reader.open(name) {
                Ok(source) => list.push(source),
                Err(fault) => faults.push(fault),
            }
        }
        Self { list }
    }

    /// What is to be said of overlays that no spec was for.
    #[must_use]
    pub fn unused(&self) -> Diagnostics {
        Diagnostics::new()
    }
}

/// The contract of a spec, its overlays applied.
#[must_use]
pub fn load(source: &Arc<Source>, reader: &Reader, overlays: &Overlays) -> (Option<Contract>, Diagnostics) {
    let name = source.name().to_owned();
    let resolver = |reference: &str| reader.referred(&name, reference);
    if let Some(overlay) = overlays.list.first() {
        let mut faults = Diagnostics::new();
        faults.push(Diagnostic::error("overlay/unread", format!("`{}` cannot be applied yet", overlay.name())));
        return (None, faults);
    }
    contract::load(source, &resolver)
}

/// Everything the linter says of a contract: schemas that do not compile, examples that do not conform, rules.
#[must_use]
pub fn lint(contract: &Contract) -> Diagnostics {
    let mut found = contract.compile_all();
    if !found.has_errors() {
        found.extend(contract.check_examples());
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
        Ok(_) => Diagnostics::new(),
        Err(faults) => faults,
    }
}
