//! What is said of availability, as it was written: hours, holidays, exceptions, planned maintenance, and for what they hold.
//!
//! Files of events are names here. Knows no instant and opens nothing.

use crate::base::source::Place;
use crate::window::wall::{Hours, Moment};
use crate::window::week::Week;
use crate::window::zone::Zone;
use jiff::civil::Date;

/// What an environment says: a window for everything, and others for some APIs and operations.
#[derive(Clone, Debug)]
pub struct WindowsSpec {
    /// The window of what has none of its own.
    pub general: WindowSpec,
    /// What a request outside its window is.
    pub outside: Outside,
    /// What is said of an API, by the stem of its spec's file name.
    pub apis: Vec<Entry>,
    /// What is said of an operation, by its id.
    pub operations: Vec<Entry>,
}

/// What is said of one API or operation.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// What is said.
    pub said: Said,
}

/// What is done about a request that is due outside its window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outside {
    /// It is sent, and the answer is information.
    #[default]
    Inform,
    /// It waits until the window opens.
    Wait,
    /// Nothing is run.
    Refuse,
}

impl Outside {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Inform, Self::Wait, Self::Refuse];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inform => "inform",
            Self::Wait => "wait",
            Self::Refuse => "refuse",
        }
    }
}

/// A window, with everything that was said of it.
#[derive(Clone, Debug)]
pub struct WindowSpec {
    /// The zone in which its hours and dates are read.
    pub zone: Zone,
    /// The hours of a week.
    pub open: Open,
    /// Dates on which it is closed.
    pub holidays: Vec<Holiday>,
    /// Dates with other hours; no two of them share a date.
    pub exceptions: Vec<Exception>,
    /// When it is closed though it should be open.
    pub maintenance: Vec<Maintenance>,
}

/// A part of a window; what it leaves open is taken from above.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// The zone.
    pub zone: Option<Zone>,
    /// The hours of a week.
    pub open: Option<Open>,
    /// Dates on which it is closed.
    pub holidays: Option<Vec<Holiday>>,
    /// Dates with other hours.
    pub exceptions: Option<Vec<Exception>>,
    /// When it is closed though it should be open.
    pub maintenance: Option<Vec<Planned>>,
}

/// The hours of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// It never closes.
    Always,
    /// By the day of the week.
    Week(Week),
}

/// One entry of the holidays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holiday {
    /// A date.
    Date(Date),
    /// The whole days of an iCalendar file.
    File(FileName),
}

/// Other hours on the dates from one to another, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The first date.
    pub from: Date,
    /// The last date.
    pub to: Date,
    /// The hours of each of them; none where it is closed.
    pub open: Vec<Hours>,
}

/// Planned maintenance, with the zone in which its wall times are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// What is planned.
    pub planned: Planned,
    /// The zone of the window that says so.
    pub zone: Zone,
}

/// One entry of planned maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// Once.
    Between(Moment, Moment),
    /// Every week.
    Weekly(Week),
    /// The events of an iCalendar file.
    File(FileName),
}

/// A file that is named, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// As it is written.
    pub name: String,
    /// Where it stands; the text it stands in says what the name is relative to.
    pub place: Place,
}

impl WindowSpec {
    /// This window, with what is said of a part of what it holds for.
    ///
    /// Hours and dates taken from above are read in the zone that holds in the end; maintenance stays what it is.
    #[must_use]
    pub fn with(&self, said: &Said) -> Self {
        let zone = said.zone.clone().unwrap_or_else(|| self.zone.clone());
        let maintenance = said.maintenance.as_ref().map_or_else(
            || self.maintenance.clone(),
            |all| all.iter().map(|planned| Maintenance { planned: planned.clone(), zone: zone.clone() }).collect(),
        );
        Self {
            open: said.open.clone().unwrap_or_else(|| self.open.clone()),
            holidays: said.holidays.clone().unwrap_or_else(|| self.holidays.clone()),
            exceptions: said.exceptions.clone().unwrap_or_else(|| self.exceptions.clone()),
            maintenance,
            zone,
        }
    }

    /// The files it names.
    pub fn files(&self) -> impl Iterator<Item = &FileName> {
        let planned = self.maintenance.iter().map(|maintenance| &maintenance.planned);
        self.holidays.iter().filter_map(Holiday::file).chain(planned.filter_map(Planned::file))
    }
}

impl WindowsSpec {
    /// The files it names, as often as they are named.
    pub fn files(&self) -> impl Iterator<Item = &FileName> {
        let entries = self.apis.iter().chain(&self.operations);
        self.general.files().chain(entries.flat_map(|entry| {
            let (holidays, planned) = (entry.said.holidays.iter().flatten(), entry.said.maintenance.iter().flatten());
            holidays.filter_map(Holiday::file).chain(planned.filter_map(Planned::file))
        }))
    }
}

impl Holiday {
    fn file(&self) -> Option<&FileName> {
        match self {
            Self::File(file) => Some(file),
            Self::Date(_) => None,
        }
    }
}

impl Planned {
    fn file(&self) -> Option<&FileName> {
        match self {
            Self::File(file) => Some(file),
            Self::Between(..) | Self::Weekly(_) => None,
        }
    }
}
