//! From the name of a time zone to the zone: IANA names, names of Windows, and zones that a calendar defines itself.
//!
//! Asks the database that is compiled in, never that of the machine: a calendar means the same everywhere.

use crate::base::diagnostic::Diagnostic;
use crate::base::distance::nearest;
use crate::base::source::Span;
use crate::window::ical::component::{Component, Kind};
use crate::window::ical::custom;
use crate::window::ical::faults::{Faults, shown};
use crate::window::ical::windows;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::collections::HashMap;

/// The most zones that are worked out from the calendar's own definition.
const CUSTOM: usize = 200;
/// Longer names than this are nobody's misspelling.
const LONGEST: usize = 64;

/// The zones of one calendar after the other.
pub(super) struct Zones<'c> {
    database: TimeZoneDatabase,
    defined: HashMap<&'c str, &'c Component<'c>>,
    known: HashMap<String, Option<TimeZone>>,
    custom: usize,
}

impl<'c> Zones<'c> {
    pub(super) fn new() -> Self {
        Self { database: TimeZoneDatabase::bundled(), defined: HashMap::new(), known: HashMap::new(), custom: 0 }
    }

    /// Turns to another calendar: a name means what the calendar that it stands in says.
    pub(super) fn enter(&mut self, calendar: &'c Component<'c>, faults: &mut Faults) {
        self.defined.clear();
        self.known.clear();
        for zone in calendar.inner.iter().filter(|inner| inner.kind == Kind::Zone) {
            match zone.one("TZID", faults) {
                Some(name) => {
                    self.defined.entry(name.value().trim()).or_insert(zone);
                }
                None => {
                    let fault = Diagnostic::error("calendar/missing", "a time zone has no TZID");
                    faults.tell(zone.at, fault.hint("write the name that the events use"));
                }
            }
        }
    }

    /// The zone of a name; `None` where there is none, which is told the first time.
    pub(super) fn get(&mut self, name: &str, at: Span, faults: &mut Faults) -> Option<TimeZone> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let found = self.look_up(name, at, faults);
        self.known.insert(name.to_owned(), found.clone());
        found
    }

    fn look_up(&mut self, name: &str, at: Span, faults: &mut Faults) -> Option<TimeZone> {
        if let Some(zone) = self.of_path(name).or_else(|| windows::iana(name).and_then(|name| self.iana(name))) {
            return Some(zone);
        }
        // A name without a path, such as EST, has been given to many zones: what the calendar says of it goes first.
        if let Some(zone) = self.defined.get(name).copied() {
            let location = zone.one("X-LIC-LOCATION", faults).and_then(|location| self.iana(location.value().trim()));
            return location.or_else(|| self.evaluate(name, zone, at, faults));
        }
        let last = name.rsplit('/').next().unwrap_or(name);
        if let Some(zone) = self.iana(name).or_else(|| if name.starts_with('/') { self.iana(last) } else { None }) {
            return Some(zone);
        }
        let fault = Diagnostic::error("calendar/zone", format!("the time zone {} is not known, nor defined here", shown(name)));
        let hint = self.hint(name, faults.hears());
        faults.tell(at, fault.hint(hint));
        None
    }

    fn iana(&self, name: &str) -> Option<TimeZone> {
        self.database.get(name).ok().filter(|zone| !zone.is_unknown())
    }

    /// A name such as `Europe/Paris`, or one behind the prefix of a program (`/freeassociation.sourceforge.net/Europe/Paris`).
    fn of_path(&self, name: &str) -> Option<TimeZone> {
        let behind = name.match_indices('/').map(|(at, _)| &name[at + 1..]);
        std::iter::once(name)
            .chain(behind)
            .filter(|name| name.len() <= LONGEST && name.contains('/'))
            .find_map(|name| self.iana(name))
    }

    fn evaluate(&mut self, name: &str, zone: &'c Component<'c>, at: Span, faults: &mut Faults) -> Option<TimeZone> {
        self.custom += 1;
        if self.custom > CUSTOM {
            let fault = Diagnostic::error("calendar/too-large", format!("more than {CUSTOM} time zones of its own are not read"));
            faults.tell(at, fault.hint("use names of the IANA time zone database, such as Europe/Paris"));
            return None;
        }
        custom::evaluate(name, zone, faults)
    }

    fn hint(&self, name: &str, near: bool) -> String {
        let names: Vec<String> = match near && name.len() <= LONGEST {
            true => self.database.available().map(|name| name.to_string()).collect(),
            false => Vec::new(),
        };
        let windows = windows::ZONES.iter().map(|(name, _)| *name);
        let known = names.iter().map(String::as_str).chain(windows.filter(|_| !names.is_empty()));
        match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "use a name of the IANA time zone database, such as Europe/Paris, or add the VTIMEZONE".to_owned(),
        }
    }
}
