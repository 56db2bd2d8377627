//! A time zone that a calendar defines itself, worked out (RFC 5545, section 3.6.5).
//!
//! Writes its transitions in the format of the time zone database (RFC 9636), so that one type serves for every zone. Knows no
//! other zone.

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::window::ical::component::{Component, Kind};
use crate::window::ical::faults::{Faults, shown};
use crate::window::ical::line::Content;
use crate::window::ical::moment::{instant, seconds};
use crate::window::ical::recur;
use crate::window::ical::rule::Rule;
use crate::window::ical::value::{Stamp, offset, stamp};
use crate::window::ical::walk::{Spent, walk};
use jiff::civil::{DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// Rules without an end are followed as far as this.
const HORIZON: DateTime = DateTime::constant(2200, 1, 1, 0, 0, 0, 0);
/// The most transitions of a zone: some three hundred years of four a year.
const TRANSITIONS: usize = 5_000;
/// The most days that are looked at for a zone.
const STEPS: u64 = 2_000_000;

/// An instant, the offset that ends with it and the one that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Transition {
    at: i64,
    from: Offset,
    to: Offset,
}

/// The zone that a `VTIMEZONE` defines; `None` where it is wrong, which is told.
pub(super) fn evaluate(name: &str, zone: &Component<'_>, faults: &mut Faults) -> Option<TimeZone> {
    let mut transitions = Vec::new();
    let mut steps = STEPS;
    let mut is_whole = true;
    for observance in zone.inner.iter().filter(|inner| inner.kind == Kind::Observance) {
        is_whole &= onsets(observance, &mut transitions, &mut steps, faults).is_some();
    }
    if transitions.is_empty() && is_whole {
        let fault = Diagnostic::error("calendar/zone", format!("the time zone {} has no STANDARD part", shown(name)));
        faults.tell(zone.at, fault.hint("define it, or use a name of the IANA time zone database, such as Europe/Paris"));
        return None;
    }
    transitions.sort_unstable();
    transitions.dedup_by_key(|transition| transition.at);
    let bytes = compiled(&transitions).filter(|_| is_whole)?;
    let made = TimeZone::tzif(name, &bytes).ok();
    if made.is_none() {
        let fault = Diagnostic::error("calendar/zone", format!("the time zone {} cannot be worked out", shown(name)));
        faults.tell(zone.at, fault.hint("use a name of the IANA time zone database, such as Europe/Paris"));
    }
    made
}

/// When an observance begins, every time; `None` where it is wrong, which is told.
fn onsets(observance: &Component<'_>, into: &mut Vec<Transition>, steps: &mut u64, faults: &mut Faults) -> Option<()> {
    for name in ["EXDATE", "EXRULE"] {
        for content in observance.all(name) {
            let fault = Diagnostic::error("calendar/unsupported", format!("`{name}` is not read in a time zone"));
            faults.tell(content.whole(), fault.hint("end the rule with UNTIL, and begin another part of the zone"));
        }
    }
    let start = required("DTSTART", observance, faults, |text| match stamp(text)? {
        Stamp::Day(day) => Ok(day.to_datetime(Time::midnight())),
        Stamp::Wall(wall) | Stamp::Utc(wall) => Ok(wall),
    });
    let from = required("TZOFFSETFROM", observance, faults, offset);
    let to = required("TZOFFSETTO", observance, faults, offset);
    let (start, from, to) = (start?, from?, to?);
    let before = TimeZone::fixed(from);
    let mut add = |wall: DateTime, zone: &TimeZone| {
        if into.len() == TRANSITIONS {
            return Err(Spent);
        }
        into.extend(instant(wall, zone).map(|at| Transition { at: at.as_second(), from, to }));
        Ok(())
    };
    let mut found = add(start, &before);
    for content in observance.all("RRULE") {
        let mut rule = rule(content, faults)?;
        rule.bind(start);
        let range = (seconds(start), seconds(HORIZON));
        let until = rule.until;
        found = found.and(walk(&rule, start, range, steps, &mut |wall| {
            if until.is_none_or(|until| until.allows(wall, &before)) { add(wall, &before) } else { Ok(()) }
        }));
    }
    for content in observance.all("RDATE") {
        for range in content.items() {
            match stamp(&content.value()[range.clone()]) {
                Ok(Stamp::Day(day)) => found = found.and(add(day.to_datetime(Time::midnight()), &before)),
                Ok(Stamp::Wall(wall)) => found = found.and(add(wall, &before)),
                Ok(Stamp::Utc(wall)) => found = found.and(add(wall, &TimeZone::UTC)),
                Err(fault) => faults.tell(content.span(&range), fault),
            }
        }
    }
    let Err(Spent) = found else { return Some(()) };
    let fault = Diagnostic::error("calendar/zone", format!("a time zone of more than {TRANSITIONS} changes is not read"));
    faults.tell(observance.at, fault.hint("clocks change twice a year: look at its rule"));
    None
}

fn required<T>(
    name: &'static str,
    of: &Component<'_>,
    faults: &mut Faults,
    read: impl Fn(&str) -> Result<T, Diagnostic>,
) -> Option<T> {
    let Some(content) = of.one(name, faults) else {
        let fault = Diagnostic::error("calendar/missing", format!("a part of a time zone has no `{name}`"));
        faults.tell(of.at, fault.hint("a part has DTSTART, TZOFFSETFROM and TZOFFSETTO"));
        return None;
    };
    let value = content.value().trim();
    read(value).map_err(|fault| faults.tell(content.span(&(0..content.value().len())), fault)).ok()
}

/// The rule of a line; `None` where it is wrong, which is told.
pub(super) fn rule(content: &Content<'_>, faults: &mut Faults) -> Option<Rule> {
    let tell = |(at, fault)| {
        let span: Span = content.span(&at);
        faults.tell(span, fault);
    };
    recur::read(content.value()).map_err(|all| all.into_iter().for_each(tell)).ok()
}

/// The transitions in the format of the database, version 2; `None` where there are too many offsets.
fn compiled(transitions: &[Transition]) -> Option<Vec<u8>> {
    let mut offsets: Vec<Offset> = vec![transitions.first()?.from];
    let mut times = Vec::new();
    let mut types = Vec::new();
    for transition in transitions {
        let known = offsets.iter().position(|offset| *offset == transition.to);
        let kind = known.unwrap_or(offsets.len());
        if known.is_none() {
            offsets.push(transition.to);
        }
        times.extend(transition.at.to_be_bytes());
        types.push(u8::try_from(kind).ok()?);
    }
    let count = u32::try_from(transitions.len()).ok()?;
    let mut bytes = header(0, 1);
    // The block for readers of version 1: one offset, of no meaning.
    bytes.extend([0; 7]);
    bytes.extend(header(count, u32::try_from(offsets.len()).ok()?));
    bytes.extend(times);
    bytes.extend(types);
    for offset in &offsets {
        bytes.extend(offset.seconds().to_be_bytes());
        bytes.extend([0, 0]);
    }
    // One empty abbreviation, and no rule for what comes after the last transition.
    bytes.extend([0, b'\n', b'\n']);
    Some(bytes)
}

/// The header of a block of so many transitions and offsets, with one character of abbreviations.
fn header(transitions: u32, offsets: u32) -> Vec<u8> {
    let mut bytes = b"TZif2".to_vec();
    bytes.extend([0; 15]);
    for count in [0, 0, 0, transitions, offsets, 1] {
        bytes.extend(count.to_be_bytes());
    }
    bytes
}
