//! One event as it is written: when it starts, how long it lasts, when it repeats (RFC 5545, section 3.6.1).
//!
//! Reads each event by itself. Knows not which of them count, and follows no rule.

use crate::base::diagnostic::Diagnostic;
use crate::base::distance::nearest;
use crate::base::source::Span;
use crate::window::ical::component::Component;
use crate::window::ical::custom;
use crate::window::ical::faults::{Faults, shown};
use crate::window::ical::length::Length;
use crate::window::ical::line::Content;
use crate::window::ical::moment::Moment;
use crate::window::ical::rule::{Frequency, Rule, Until};
use crate::window::ical::value::{self, Stamp, stamp};
use crate::window::ical::zone::Zones;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use std::ops::Range;

/// An event that takes place.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// What it says of itself, on one line.
    pub(super) summary: String,
    pub(super) start: Moment,
    pub(super) length: Length,
    pub(super) rules: Vec<Rule>,
    /// Further instances, some with a length of their own.
    pub(super) more: Vec<(Moment, Option<Length>)>,
    /// Instances that do not take place.
    pub(super) except: Vec<Moment>,
    /// Where it is written.
    pub(super) at: Span,
}

impl Event {
    /// Whether two events say the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let of = |event: &Self| Self { at: Span::default(), except: Vec::new(), ..event.clone() };
        let (a, b) = (of(self), of(other));
        (a.summary, a.start, a.length, a.rules, a.more) == (b.summary, b.start, b.length, b.rules, b.more)
            && self.except == other.except
    }

    /// True of one that takes place once.
    pub(super) fn is_single(&self) -> bool {
        self.rules.is_empty() && self.more.is_empty()
    }
}

/// An event with what says whether it counts.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) uid: Option<String>,
    pub(super) sequence: i64,
    /// The instance of a series that it takes the place of, and where that is written.
    pub(super) replaces: Option<(Moment, Span)>,
    /// What takes place; `None` where it is cancelled, or wrong.
    pub(super) event: Option<Event>,
    pub(super) at: Span,
}

/// Reads the events of one calendar.
pub(super) struct Desk<'c, 'd> {
    pub(super) zones: &'d mut Zones<'c>,
    pub(super) faults: &'d mut Faults,
    /// Whether the calendar as a whole says what is cancelled (`METHOD:CANCEL`, RFC 5546).
    pub(super) cancels: bool,
}

impl Desk<'_, '_> {
    /// Reads an event; `None` where not even its place among the others is known, which is told.
    pub(super) fn draft(&mut self, component: &Component<'_>) -> Option<Draft> {
        let uid =
            component.one("UID", self.faults).map(|content| content.value().trim().to_owned()).filter(|uid| !uid.is_empty());
        let sequence = self.sequence(component);
        let is_cancelled = self.is_cancelled(component);
        let replaces = match component.one("RECURRENCE-ID", self.faults) {
            Some(content) => Some(self.replaces(content)?),
            None => None,
        };
        if let (Some((_, at)), None) = (&replaces, &uid) {
            let fault = Diagnostic::error("calendar/missing", "an instance of a series is written without the UID of the series");
            self.faults.tell(*at, fault.hint("add the UID"));
        }
        let event = if is_cancelled { None } else { self.event(component, replaces.is_some()) };
        (is_cancelled || event.is_some()).then_some(Draft { uid, sequence, replaces, event, at: component.at })
    }

    fn sequence(&mut self, component: &Component<'_>) -> i64 {
        let Some(content) = component.one("SEQUENCE", self.faults) else { return 0 };
        let text = content.value().trim();
        text.parse().unwrap_or_else(|_| {
            let fault = Diagnostic::error("calendar/value", format!("{} is no SEQUENCE", shown(text)));
            self.faults.tell(content.whole(), fault.hint("it is a whole number that grows with every change of the event"));
            0
        })
    }

    fn is_cancelled(&mut self, component: &Component<'_>) -> bool {
        let Some(content) = component.one("STATUS", self.faults) else { return self.cancels };
        let text = content.value().trim();
        if text.eq_ignore_ascii_case("CANCELLED") {
            return true;
        }
        if !["CONFIRMED", "TENTATIVE"].iter().any(|known| known.eq_ignore_ascii_case(text)) {
            let message = format!("{} is no STATUS of an event", shown(text));
            let near = if text.len() > 20 { None } else { nearest(text, ["CANCELLED", "CONFIRMED", "TENTATIVE"]) };
            let fault = match near {
                Some(near) => Diagnostic::error("calendar/value", message).hint(format!("did you mean `{near}`?")),
                None => Diagnostic::warning("calendar/value", message).hint("the event counts; one that does not is CANCELLED"),
            };
            self.faults.tell(content.whole(), fault);
        }
        self.cancels
    }

    fn replaces(&mut self, content: &Content<'_>) -> Option<(Moment, Span)> {
        if let Some(range) = content.param("RANGE") {
            let fault = Diagnostic::error(
                "calendar/unsupported",
                format!("a change of more than one instance ({}) is not read", shown(range.value)),
            );
            self.faults.tell(content.line_span(&range.at), fault.hint("end the series with UNTIL, and begin another one"));
            return None;
        }
        Some((self.moment(content, 0..content.value().len())?, content.whole()))
    }

    fn event(&mut self, component: &Component<'_>, is_instance: bool) -> Option<Event> {
        for content in component.all("EXRULE") {
            let fault = Diagnostic::error("calendar/unsupported", "`EXRULE` is not read: it is no longer part of iCalendar");
            self.faults.tell(content.whole(), fault.hint("write what does not take place as EXDATE"));
        }
        let Some(start) = component.one("DTSTART", self.faults) else {
            let fault = Diagnostic::error("calendar/missing", "an event has no DTSTART");
            self.faults.tell(component.at, fault.hint("write when it starts"));
            return None;
        };
        let at = start.whole();
        let start = self.moment(start, 0..start.value().len())?;
        let length = self.length(component, &start, at)?;
        let rules = self.rules(component, &start, is_instance)?;
        let more = self.more(component, &start)?;
        let except = self.except(component, &start)?;
        let summary = component.all("SUMMARY").next().map(|content| value::text(content.value())).unwrap_or_default();
        Some(Event { summary, start, length, rules, more, except, at })
    }

    fn rules(&mut self, component: &Component<'_>, start: &Moment, is_instance: bool) -> Option<Vec<Rule>> {
        let mut rules = Vec::new();
        let mut is_whole = true;
        for content in component.all("RRULE") {
            let rule = custom::rule(content, self.faults);
            is_whole &= rule.is_some();
            if is_instance {
                let fault = Diagnostic::error("calendar/conflict", "an instance of a series repeats");
                self.faults.tell(content.whole(), fault.hint("the series repeats: leave RRULE or RECURRENCE-ID out"));
            }
            let Some(mut rule) = rule else { continue };
            if matches!(start, Moment::Day(_)) {
                self.whole_days(&mut rule, content);
            }
            if rule.until.is_some_and(|until| !until.allows(start.wall(), start.zone(&TimeZone::UTC))) {
                let fault = Diagnostic::warning("calendar/no-time", "UNTIL lies before DTSTART: the event never takes place");
                self.faults.tell(content.whole(), fault.hint("leave the event out, or correct UNTIL"));
            }
            rule.bind(start.wall());
            rules.push(rule);
        }
        is_whole.then_some(rules)
    }

    /// What a rule of an all-day event says of the time of day is ignored, as section 3.3.10 has it.
    fn whole_days(&mut self, rule: &mut Rule, content: &Content<'_>) {
        if rule.frequency < Frequency::Daily {
            let fault = Diagnostic::error("calendar/rule", "an all-day event repeats within the day");
            self.faults.tell(content.whole(), fault.hint("write FREQ=DAILY or rarer, or a DTSTART with a time"));
        }
        if rule.drop_times() {
            let fault = Diagnostic::warning("calendar/rule", "BYHOUR, BYMINUTE and BYSECOND say nothing of an all-day event");
            self.faults.tell(content.whole(), fault.hint("leave them out, or write a DTSTART with a time"));
        }
        let wall = match rule.until {
            None | Some(Until::Day(_)) => return,
            Some(Until::Wall(wall)) => wall,
            Some(Until::Utc(at)) => TimeZone::UTC.to_datetime(at),
        };
        if wall.time() != Time::midnight() {
            let message = format!("UNTIL of an all-day event has a time: the last day is {}", wall.date());
            let fault = Diagnostic::warning("calendar/rule", message);
            self.faults.tell(content.whole(), fault.hint("write it as a date, such as 20261231"));
        }
        rule.until = Some(Until::Day(wall.date()));
    }

    fn more(&mut self, component: &Component<'_>, start: &Moment) -> Option<Vec<(Moment, Option<Length>)>> {
        let mut all = Vec::new();
        let mut is_whole = true;
        for content in component.all("RDATE") {
            let is_period = content.param("VALUE").is_some_and(|value| value.value.eq_ignore_ascii_case("PERIOD"));
            for range in content.items() {
                let one = if is_period {
                    self.period(content, range, start)
                } else {
                    self.instance(content, range, start).map(|moment| (moment, None))
                };
                is_whole &= one.is_some();
                all.extend(one);
            }
        }
        is_whole.then_some(all)
    }

    fn except(&mut self, component: &Component<'_>, start: &Moment) -> Option<Vec<Moment>> {
        let mut all = Vec::new();
        let mut is_whole = true;
        for content in component.all("EXDATE") {
            for range in content.items() {
                let one = self.moment(content, range.clone()).and_then(|moment| {
                    let aligned = moment.in_the_manner_of(start);
                    self.aligned(aligned, content.span(&range))
                });
                is_whole &= one.is_some();
                all.extend(one);
            }
        }
        is_whole.then_some(all)
    }

    /// A further instance; one that is a day only begins at the hour of the start.
    fn instance(&mut self, content: &Content<'_>, range: Range<usize>, start: &Moment) -> Option<Moment> {
        let moment = self.moment(content, range.clone())?.in_the_manner_of(start);
        let moment = self.aligned(moment, content.span(&range))?;
        Some(match (moment, start) {
            (Moment::Day(day), Moment::Floating(wall)) => Moment::Floating(day.to_datetime(wall.time())),
            (Moment::Day(day), Moment::Zoned(wall, zone)) => Moment::Zoned(day.to_datetime(wall.time()), zone.clone()),
            (moment, _) => moment,
        })
    }

    fn aligned(&mut self, moment: Option<Moment>, at: Span) -> Option<Moment> {
        if moment.is_none() {
            self.faults.tell(at, no_day());
        }
        moment
    }

    fn period(&mut self, content: &Content<'_>, range: Range<usize>, start: &Moment) -> Option<(Moment, Option<Length>)> {
        let text = &content.value()[range.clone()];
        let Some(slash) = text.find('/') else {
            let fault = Diagnostic::error("calendar/value", format!("{} is no period", shown(text)));
            self.faults.tell(content.span(&range), fault.hint("a period is start/end or start/duration"));
            return None;
        };
        let (first, second) = (range.start..range.start + slash, range.start + slash + 1..range.end);
        let begin = self.moment(content, first.clone())?;
        if matches!(begin, Moment::Day(_)) || matches!(start, Moment::Day(_)) {
            let fault = Diagnostic::error("calendar/value", "a period of days is not read");
            self.faults
                .tell(content.span(&first), fault.hint("a period begins at a time; of an all-day event write RDATE;VALUE=DATE"));
            return None;
        }
        let begin = begin.in_the_manner_of(start)?;
        let length = if text[slash + 1..].starts_with(['P', 'p', '+', '-']) {
            self.lasting(content, second, &begin)?
        } else {
            let end = self.moment(content, second.clone())?.in_the_manner_of(&begin)?;
            self.until(&begin, &end, content.span(&second))?
        };
        Some((begin, Some(length)))
    }

    /// The date or time at a place of a value, in the zone that the line names.
    pub(super) fn moment(&mut self, content: &Content<'_>, range: Range<usize>) -> Option<Moment> {
        let text = &content.value()[range.clone()];
        let trimmed = text.trim();
        let at = content.span(&range);
        let stamp = stamp(trimmed).map_err(|fault| self.faults.tell(at, fault)).ok()?;
        self.value_type(content, stamp)?;
        let zone = content.param("TZID");
        match stamp {
            Stamp::Day(day) => Some(Moment::Day(day)),
            Stamp::Utc(wall) => {
                if let Some(zone) = zone {
                    let fault =
                        Diagnostic::warning("calendar/zone", format!("a time in UTC has the time zone {}", shown(zone.value)));
                    self.faults.tell(content.line_span(&zone.at), fault.hint("UTC counts: leave TZID or the Z out"));
                }
                Some(Moment::Zoned(wall, TimeZone::UTC))
            }
            Stamp::Wall(wall) => match zone {
                None => Some(Moment::Floating(wall)),
                Some(zone) => {
                    let at = content.line_span(&zone.at);
                    let zone = self.zones.get(zone.value.trim(), at, self.faults)?;
                    Some(Moment::Zoned(wall, zone))
                }
            },
        }
    }

    /// Holds a value to the type that its line says it has. A date without `VALUE=DATE` is taken for what it is.
    fn value_type(&mut self, content: &Content<'_>, stamp: Stamp) -> Option<()> {
        let Some(kind) = content.param("VALUE") else { return Some(()) };
        let is = |name: &str| kind.value.eq_ignore_ascii_case(name);
        let is_day = matches!(stamp, Stamp::Day(_));
        if (is("DATE") && is_day) || is("DATE-TIME") || (is("PERIOD") && content.name().eq_ignore_ascii_case("RDATE")) {
            return Some(());
        }
        let message = if is("DATE") {
            "a time stands where VALUE says DATE".to_owned()
        } else {
            format!("`{}` has no values of type {}", content.name().to_ascii_uppercase(), shown(kind.value))
        };
        let hint = "write VALUE=DATE with 20260329, or no VALUE with 20260329T220000";
        self.faults.tell(content.line_span(&kind.at), Diagnostic::error("calendar/value", message).hint(hint));
        None
    }
}

/// A time of day where an all-day event wants a day.
pub(super) fn no_day() -> Diagnostic {
    Diagnostic::error("calendar/value", "a time of day stands where an all-day event wants a day")
        .hint("write it as the event is written: ;VALUE=DATE:20260329")
}
