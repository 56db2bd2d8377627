//! Puts the windows of a run together: what the environment says, what its specs state, the calendars both name.
//!
//! Opens calendars beside the files that name them. Asks nothing of any clock but the instant it is given.

use crate::app::files;
use crate::app::inputs::Loader;
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::nearest;
use crate::contract::Contract;
use crate::plan::PlannedSuite;
use crate::window::compile::{Events, windows};
use crate::window::hours::Hours;
use crate::window::ical;
use crate::window::spec::{Entry, FileName, WindowSpec, WindowsSpec};
use jiff::{SignedDuration, Timestamp};
use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far around now a calendar is expanded to see that it can be.
const LOOKED_AT: SignedDuration = SignedDuration::from_hours(24 * 366);

/// The windows of what planned suites call, with what an environment says of them, read by the machine's clock, or as if it were `at` now.
pub(super) fn of(
    said: Option<&WindowsSpec>,
    suites: &[PlannedSuite],
    at: Option<Timestamp>,
    loader: &mut Loader,
    faults: &mut Diagnostics,
) -> Option<Hours> {
    let own = suites.iter().map(|suite| (suite.spec.as_str(), &*suite.rules.contract));
    let also = suites.iter().flat_map(|suite| &suite.also).map(|other| (other.spec.as_str(), &*other.rules.contract));
    hours(said, own.chain(also), at, loader, faults)
}

/// The windows of what contracts describe, each by the stem of its file name.
pub(super) fn hours<'a>(
    said: Option<&WindowsSpec>,
    contracts: impl Iterator<Item = (&'a str, &'a Contract)>,
    at: Option<Timestamp>,
    loader: &mut Loader,
    faults: &mut Diagnostics,
) -> Option<Hours> {
    let contracts: Vec<(&str, &Contract)> = contracts.collect();
    said.map(|said| misspelt(said, &contracts)).into_iter().flatten().for_each(|warning| faults.push(warning));
    let mut stated: Vec<(String, WindowSpec)> = Vec::new();
    for (stem, contract) in contracts {
        if let Some(window) = &contract.availability
            && !stated.iter().any(|(known, _)| known == stem)
        {
            stated.push((stem.to_owned(), window.clone()));
        }
    }
    let now = at.unwrap_or_else(|| SystemClock.now());
    let mut calendars: BTreeMap<String, Option<Arc<dyn Events>>> = BTreeMap::new();
    let named = said.iter().flat_map(|said| said.files()).chain(stated.iter().flat_map(|(_, said)| said.files()));
    for file in named {
        let name = beside(file);
        if let Slot::Vacant(vacant) = calendars.entry(name) {
            let read = calendar(file, vacant.key(), now, loader, faults);
            vacant.insert(read);
        }
    }
    let found = |file: &FileName| calendars.get(&beside(file)).cloned().flatten();
    match windows(said, &stated, now, &found) {
        Ok(windows) => {
            let hours = Hours::new(windows, Arc::new(SystemClock));
            Some(match at {
                Some(at) => hours.rehearsed_at(at),
                None => hours,
            })
        }
        Err(more) => {
            // That a calendar is not there, or not one, was said where it was read.
            more.into_iter().filter(|fault| fault.code != "window/file").for_each(|fault| faults.push(fault));
            None
        }
    }
}

/// Names that are nearly those of an API or operation at hand. One environment may serve many runs, so that a name which is like none of
/// them is taken for another run's.
fn misspelt(said: &WindowsSpec, contracts: &[(&str, &Contract)]) -> Vec<Diagnostic> {
    let apis: BTreeSet<&str> = contracts.iter().map(|(stem, _)| *stem).collect();
    let operations: BTreeSet<&str> = contracts.iter().flat_map(|(_, contract)| called(contract)).collect();
    let kinds = [("API", &said.apis, apis), ("operation", &said.operations, operations)];
    let of_kind = |(kind, entries, known): &(&str, &Vec<Entry>, BTreeSet<&str>)| -> Vec<Diagnostic> {
        let unspoken = |name: &&str| !entries.iter().any(|entry| entry.name == **name);
        let warning = |entry: &Entry| {
            let near = nearest(&entry.name, known.iter().copied().filter(unspoken))?;
            let message = format!("no {kind} `{}` is called here, so this window holds for nothing", entry.name);
            Some(Diagnostic::warning("window/name", message).at(entry.place.clone()).hint(format!("did you mean `{near}`?")))
        };
        entries.iter().filter(|entry| !known.contains(entry.name.as_str())).filter_map(warning).collect()
    };
    kinds.iter().flat_map(of_kind).collect()
}

/// The ids of everything that a contract has called.
fn called(contract: &Contract) -> impl Iterator<Item = &str> {
    let callbacks = contract.callbacks().map(|(_, callback)| callback).chain(&contract.webhooks);
    contract.operations.iter().map(|o| o.id.as_str()).chain(callbacks.map(|callback| callback.operation.id.as_str()))
}

fn beside(file: &FileName) -> String {
    files::beside(file.place.source.name(), &file.name)
}

fn calendar(
    file: &FileName,
    name: &str,
    now: Timestamp,
    loader: &mut Loader,
    faults: &mut Diagnostics,
) -> Option<Arc<dyn Events>> {
    let source = loader.read("calendar", name, Some(file.place.clone()), faults)?;
    let (calendar, more) = ical::read(&source);
    let sound = !more.has_errors();
    faults.extend(more);
    let calendar = calendar.filter(|_| sound)?;
    let (from, to) = (now.checked_sub(LOOKED_AT), now.checked_add(LOOKED_AT));
    let zone = jiff::tz::TimeZone::UTC;
    let limits = calendar.within(from.unwrap_or(Timestamp::MIN), to.unwrap_or(Timestamp::MAX), &zone).limits;
    if limits.has_errors() {
        faults.extend(limits);
        return None;
    }
    Some(Arc::new(calendar))
}
