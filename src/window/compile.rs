//! Makes windows of what was said: puts the files' events in and works out the years around an instant.
//!
//! Files are read by the caller and asked for by name. Decides nothing about any instant.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::window::availability::Window;
use crate::window::ical::Calendar;
use crate::window::operations::{Layers, OfOperation, Windows};
use crate::window::rules::Rules;
use crate::window::spans::{Spans, Stretch};
use crate::window::spec::{Entry, FileName, Holiday, Open, Planned, WindowSpec, WindowsSpec};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Events of a calendar: what a file of planned maintenance or holidays says.
pub trait Events: Send + Sync {
    /// When events are going on between two instants; times without a zone are read in `zone`.
    fn within(&self, from: Timestamp, to: Timestamp, zone: &TimeZone) -> Spans;

    /// The dates that events take as whole days, from one date to another, both included.
    fn days(&self, from: Date, to: Date) -> Vec<Date>;
}

/// Of an event that repeats more often than can be followed there is what was found; whoever reads the file says so.
impl Events for Calendar {
    fn within(&self, from: Timestamp, to: Timestamp, zone: &TimeZone) -> Spans {
        Self::within(self, from, to, zone).found
    }

    fn days(&self, from: Date, to: Date) -> Vec<Date> {
        Self::days(self, from, to).found
    }
}

/// The events of a file that is named; `None` where there is no such file.
pub type Files<'a> = dyn Fn(&FileName) -> Option<Arc<dyn Events>> + 'a;

/// One window, quick in the years around an instant.
///
/// # Errors
/// `window/file` for each file that is not there.
pub fn window(spec: &WindowSpec, around: Timestamp, files: &Files<'_>) -> Result<Window, Diagnostics> {
    let mut faults = Diagnostics::new();
    let rules = rules(spec, files, &mut faults);
    if faults.has_errors() { Err(faults) } else { Ok(Window::new(rules, around, counted(spec))) }
}

/// The windows of an environment, and of specs by the stem of their file names.
///
/// # Errors
/// `window/file` for each file that is not there.
pub fn windows(
    said: Option<&WindowsSpec>,
    specs: &[(String, WindowSpec)],
    around: Timestamp,
    files: &Files<'_>,
) -> Result<Windows, Diagnostics> {
    let mut faults = Diagnostics::new();
    let mut make = |spec: &WindowSpec| match window(spec, around, files) {
        Ok(window) => window,
        Err(found) => {
            faults.extend(found);
            Window::always()
        }
    };
    let layers = said.map(|said| {
        let general = make(&said.general);
        let apis: Vec<(String, WindowSpec)> =
            said.apis.iter().map(|api| (api.name.clone(), said.general.with(&api.said))).collect();
        let of_operation = |entry: &Entry| OfOperation {
            id: entry.name.clone(),
            general: make(&said.general.with(&entry.said)),
            by_api: apis.iter().map(|(api, spec)| (api.clone(), make(&spec.with(&entry.said)))).collect(),
        };
        let operations = said.operations.iter().map(of_operation).collect();
        let apis = apis.iter().map(|(api, spec)| (api.clone(), make(spec))).collect();
        Layers { general, apis, operations, outside: said.outside }
    });
    let specs = specs.iter().map(|(api, spec)| (api.clone(), make(spec))).collect();
    if faults.has_errors() { Err(faults) } else { Ok(Windows::new(layers, specs)) }
}

fn rules(spec: &WindowSpec, files: &Files<'_>, faults: &mut Diagnostics) -> Rules {
    let mut rules = Rules::always(spec.zone.clone());
    rules.open = match &spec.open {
        Open::Week(week) if !week.is_whole() => Open::Week(week.clone()),
        Open::Week(_) | Open::Always => Open::Always,
    };
    let mut events = |name: &FileName| {
        let found = files(name);
        if found.is_none() {
            let fault = Diagnostic::error("window/file", format!("`{}` is not there", name.name));
            faults.push(fault.at(name.place.clone()).hint("its path is relative to the file that names it"));
        }
        found
    };
    for holiday in &spec.holidays {
        match holiday {
            Holiday::Date(date) => drop(rules.holidays.insert(*date)),
            Holiday::File(name) => rules.holiday_files.extend(events(name)),
        }
    }
    rules.exceptions.clone_from(&spec.exceptions);
    rules.exceptions.sort_by_key(|exception| exception.from);
    let mut once = Vec::new();
    for maintenance in &spec.maintenance {
        let zone = &maintenance.zone;
        match &maintenance.planned {
            Planned::Between(from, to) => once.extend(Stretch::new(from.at(zone), to.at(zone))),
            Planned::Weekly(week) => rules.weekly.push((week.clone(), zone.clone())),
            Planned::File(name) => rules.files.extend(events(name).map(|events| (events, zone.clone()))),
        }
    }
    rules.once = once.into_iter().collect();
    rules
}

/// What it says, in a line for people.
fn counted(spec: &WindowSpec) -> String {
    let mut line = match &spec.open {
        Open::Always => "always open".to_owned(),
        Open::Week(week) => format!("{week} {}", spec.zone),
    };
    let counts =
        [(spec.holidays.len(), "holiday"), (spec.exceptions.len(), "exception"), (spec.maintenance.len(), "maintenance")];
    for (count, what) in counts {
        match count {
            0 => {}
            1 => line.push_str(&format!(", 1 {what}")),
            many => line.push_str(&format!(", {many} {what}s")),
        }
    }
    line
}
