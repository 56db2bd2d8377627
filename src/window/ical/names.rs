//! The names of iCalendar: those that are read, those that others have registered.
//!
//! A table and the nearest name of it; reads no text.

use crate::base::distance::nearest;
use crate::window::ical::component::Kind;

/// Properties of a calendar that are read.
const CALENDAR: &[&str] = &["CALSCALE", "METHOD", "VERSION"];
/// Properties of an event that are read.
const EVENT: &[&str] = &[
    "DTEND",
    "DTSTART",
    "DURATION",
    "EXDATE",
    "EXRULE",
    "RDATE",
    "RECURRENCE-ID",
    "RRULE",
    "SEQUENCE",
    "STATUS",
    "SUMMARY",
    "UID",
];
/// Properties of a time zone that are read.
const ZONE: &[&str] = &["TZID", "X-LIC-LOCATION"];
/// Properties of a part of a time zone that are read.
const OBSERVANCE: &[&str] = &["DTSTART", "EXDATE", "EXRULE", "RDATE", "RRULE", "TZOFFSETFROM", "TZOFFSETTO"];

/// Other registered properties (IANA, iCalendar property registry): never a misspelling of one that is read.
const REGISTERED: &str = "ACKNOWLEDGED ACTION ATTACH ATTENDEE BUSYTYPE CALENDAR-ADDRESS CALSCALE CATEGORIES CLASS COLOR COMMENT \
    COMPLETED CONCEPT CONFERENCE CONTACT CREATED DESCRIPTION DTEND DTSTAMP DTSTART DUE DURATION EXDATE EXRULE FREEBUSY GEO IMAGE \
    LAST-MODIFIED LINK LOCATION LOCATION-TYPE METHOD NAME ORGANIZER PARTICIPANT-TYPE PERCENT-COMPLETE PRIORITY PRODID PROXIMITY \
    RDATE RECURRENCE-ID REFID REFRESH-INTERVAL RELATED-TO REPEAT REQUEST-STATUS RESOURCE-TYPE RESOURCES RRULE SEQUENCE SOURCE \
    STATUS STRUCTURED-DATA STYLED-DESCRIPTION SUMMARY TRANSP TRIGGER TZID TZID-ALIAS-OF TZNAME TZOFFSETFROM TZOFFSETTO TZUNTIL \
    TZURL UID URL VERSION XML";
/// Other registered components.
const COMPONENTS: &str = "AVAILABLE PARTICIPANT VALARM VAVAILABILITY VFREEBUSY VJOURNAL VLOCATION VPATCH VRESOURCE VTODO";
/// Longer names than this are nobody's misspelling.
const LONGEST: usize = 20;

/// The properties that are read of a kind of component.
fn read(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Calendar => CALENDAR,
        Kind::Event => EVENT,
        Kind::Zone => ZONE,
        Kind::Observance => OBSERVANCE,
        Kind::Other => &[],
    }
}

/// The name of a property that is read of a kind of component.
pub(super) fn property(kind: Kind, name: &str) -> Option<&'static str> {
    read(kind).iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// True of a property that is meant for somebody else: no misspelling of one that is read.
pub(super) fn is_foreign_property(name: &str) -> bool {
    is_foreign(name, REGISTERED)
}

/// True of a component that is meant for somebody else.
pub(super) fn is_foreign_component(name: &str) -> bool {
    is_foreign(name, COMPONENTS)
}

/// What a property that is neither read nor foreign was perhaps meant to be.
pub(super) fn near_property(kind: Kind, name: &str) -> Option<&'static str> {
    nearest(name, read(kind).iter().copied())
}

/// What a component that is neither read nor foreign was perhaps meant to be.
pub(super) fn near_component(name: &str) -> Option<&'static str> {
    nearest(name, ["VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT"])
}

fn is_foreign(name: &str, registered: &str) -> bool {
    name.len() > LONGEST
        || name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-"))
        || registered.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::{is_foreign_component, is_foreign_property, near_component, near_property, property};
    use crate::window::ical::component::Kind;

    #[test]
    fn a_misspelling_is_told_from_a_name_of_somebody_else() {
        for (typed, meant) in [("RRLUE", Some("RRULE")), ("DTSTRAT", Some("DTSTART")), ("DT-END", Some("DTEND"))] {
            assert_eq!(near_property(Kind::Event, typed), meant, "{typed}");
            assert!(!is_foreign_property(typed), "{typed}");
        }
        for foreign in ["DTSTAMP", "dtstamp", "X-RRULE", "x-uid", "URL", "DUE"] {
            assert!(is_foreign_property(foreign), "{foreign}");
        }
        assert_eq!(near_property(Kind::Event, "ZZZ"), None);
        assert_eq!(near_component("VEVNT"), Some("VEVENT"));
        assert!(is_foreign_component("VTODO") && !is_foreign_component("VEVNT"));
        assert_eq!(property(Kind::Event, "dtstart"), Some("DTSTART"));
        assert_eq!(property(Kind::Zone, "DTSTART"), None);
    }
}
