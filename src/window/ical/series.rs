//! Which of the events of a calendar count: the latest version of each, and instances in the place of those of their series
//! (RFC 5545, sections 3.8.4.4, 3.8.4.7 and 3.8.7.4).
//!
//! Looks at all events together, and follows no rule.

use crate::base::diagnostic::Diagnostic;
use crate::window::ical::event::{Draft, Event, no_day};
use crate::window::ical::faults::{Faults, shown};
use crate::window::ical::moment::Moment;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// The most events of one UID that an instance may belong to: such a name says nothing, and every instance is noted at each of them.
const SAME: usize = 16;

/// An instance of a series, whatever zone its start is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Instance {
    Day(Date),
    Wall(DateTime),
    At(Option<Timestamp>),
}

impl Instance {
    fn of(moment: &Moment) -> Self {
        match moment {
            Moment::Day(day) => Self::Day(*day),
            Moment::Floating(wall) => Self::Wall(*wall),
            Moment::Zoned(..) => Self::At(moment.instant(&TimeZone::UTC)),
        }
    }
}

/// The events that take place. A series is told the instances that others take the place of.
pub(super) fn gather(drafts: Vec<Draft>, faults: &mut Faults) -> Vec<Event> {
    let mut drafts = latest(drafts, faults);
    let mut series: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        if let (Some(uid), None) = (&draft.uid, &draft.replaces) {
            series.entry(uid.clone()).or_default().push(at);
        }
    }
    for at in 0..drafts.len() {
        let draft = &drafts[at];
        let (Some(uid), Some((moment, place))) = (&draft.uid, draft.replaces.clone()) else { continue };
        let sequence = draft.sequence;
        let masters = series.get(uid).map_or(&[][..], Vec::as_slice);
        if masters.len() > SAME {
            let message =
                format!("an instance of a series belongs to none: {} events have the UID {}", masters.len(), shown(uid));
            let fault = Diagnostic::error("calendar/conflict", message).hint("give each event a UID of its own");
            faults.tell(place, fault);
            continue;
        }
        for master in masters {
            let master_sequence = drafts[*master].sequence;
            match &mut drafts[*master].event {
                Some(event) => match moment.clone().in_the_manner_of(&event.start) {
                    Some(moment) => event.except.push(moment),
                    None => faults.tell(place, no_day()),
                },
                // A series that is cancelled takes its instances with it, but for those that were written later.
                None if sequence <= master_sequence => drafts[at].event = None,
                None => {}
            }
        }
    }
    drafts.into_iter().filter_map(|draft| draft.event).collect()
}

/// The latest version of each event and of each instance. Where two are equally late both count, since a name may have been
/// given twice; a difference between them is told.
fn latest(drafts: Vec<Draft>, faults: &mut Faults) -> Vec<Draft> {
    let key = |draft: &Draft| Some((draft.uid.clone()?, draft.replaces.as_ref().map(|(moment, _)| Instance::of(moment))));
    let mut best: HashMap<_, i64> = HashMap::new();
    for draft in &drafts {
        if let Some(key) = key(draft) {
            let sequence = best.entry(key).or_insert(draft.sequence);
            *sequence = draft.sequence.max(*sequence);
        }
    }
    let mut kept: Vec<Draft> = Vec::with_capacity(drafts.len());
    let mut seen: HashMap<_, usize> = HashMap::new();
    for draft in drafts {
        let Some(key) = key(&draft) else {
            kept.push(draft);
            continue;
        };
        if best.get(&key).is_some_and(|sequence| *sequence > draft.sequence) {
            continue;
        }
        match seen.get(&key) {
            None => {
                seen.insert(key, kept.len());
            }
            Some(first) => {
                let (first, uid) = (&kept[*first], &key.0);
                let is_same = match (&first.event, &draft.event) {
                    (Some(a), Some(b)) => a.is_same(b),
                    (a, b) => a.is_none() && b.is_none(),
                };
                if is_same {
                    continue;
                }
                let message = format!("two events have the UID {} and the same SEQUENCE: both count", shown(uid));
                let fault = Diagnostic::warning("calendar/conflict", message);
                let hint = "give each event a UID of its own; of versions of one the later has a higher SEQUENCE";
                faults.tell_of(draft.at, first.at, "the other", fault.hint(hint));
            }
        }
        kept.push(draft);
    }
    kept
}
