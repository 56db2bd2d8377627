//! What is read of windows, and every way in which one can be wrong.
//!
//! Looks at what was said alone; no instant is asked about.

use super::{availability, window};
use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::Source;
use crate::base::tree::{Budget, parse};
use crate::window::spec::{Holiday, Open, Outside, Planned, WindowSpec, WindowsSpec};

fn shown(fault: &Diagnostic) -> String {
    let place = fault.place.as_ref().map(|p| p.line_column()).unwrap_or_default();
    let labels: String =
        fault.labels.iter().map(|l| format!(" ({}:{})", l.place.line_column().0, l.place.line_column().1)).collect();
    assert!(fault.hint.is_some(), "{fault:?}");
    format!("{}:{} {} {}{labels}", place.0, place.1, fault.code, fault.message)
}

fn read<T>(
    text: &str,
    with: impl Fn(&crate::base::tree::Node, &std::sync::Arc<Source>, &mut Diagnostics) -> Option<T>,
) -> Result<T, Vec<Diagnostic>> {
    let source = Source::new("env.yaml", text);
    let document = parse(&source, Budget::default()).expect("a document");
    let mut faults = Diagnostics::new();
    match with(&document.root, &source, &mut faults) {
        Some(read) => {
            assert!(faults.is_empty(), "{faults:?}");
            Ok(read)
        }
        None => Err(faults.sorted()),
    }
}

fn said(text: &str) -> WindowsSpec {
    read(text, |node, source, faults| window(node, source, faults)).expect("a window")
}

fn faults(text: &str) -> Vec<String> {
    read(text, |node, source, faults| window(node, source, faults)).expect_err(text).iter().map(shown).collect()
}

fn hints(text: &str) -> Vec<String> {
    let faults = read(text, |node, source, faults| window(node, source, faults)).expect_err(text);
    faults.into_iter().map(|fault| fault.hint.expect("a hint")).collect()
}

fn stated(text: &str) -> Result<WindowSpec, Vec<String>> {
    let read = read(text, |node, source, faults| availability(node, source, faults));
    read.map_err(|faults| faults.iter().map(shown).collect())
}

const WHOLE: &str = r#"zone: europe/paris
open: ["Mon-Sun 07:30-22:00"]
holidays: [2026-12-25, 2027-01-01, holidays.ics]
exceptions:
  - {date: 2026-12-24, open: ["07:30-16:00"]}
  - {from: 2026-12-28, to: 2026-12-30, closed: true}
maintenance:
  - maintenance.ics
  - {from: 2026-11-30T02:00, to: 2026-11-30T04:00}
  - {weekly: "Sun 02:00-04:00"}
outside: wait
apis:
  laas-contract-signature: {open: ["Mon-Fri 08:00-12:00, 13:00-18:00"], maintenance: []}
  elsewhere: {zone: America/New_York, maintenance: [{weekly: "Sat 01:00-02:00"}]}
operations: {getSignature: {open: always}}
"#;

#[test]
fn the_whole_language_is_read() {
    let read = said(WHOLE);
    assert_eq!((read.general.zone.name(), read.outside), ("Europe/Paris", Outside::Wait));
    assert!(matches!(&read.general.open, Open::Week(week) if week.to_string() == "Mon-Sun 07:30-22:00"));
    let exceptions: Vec<String> =
        read.general.exceptions.iter().map(|e| format!("{} {} {}", e.from, e.to, e.open.len())).collect();
    assert_eq!(exceptions, ["2026-12-24 2026-12-24 1", "2026-12-28 2026-12-30 0"]);
    let dates = read.general.holidays.iter().filter(|holiday| matches!(holiday, Holiday::Date(_))).count();
    assert_eq!((dates, read.general.holidays.len(), read.general.maintenance.len()), (2, 3, 3));
    let files: Vec<String> = read.files().map(|file| format!("{} {}", file.name, file.place)).collect();
    assert_eq!(files, ["holidays.ics env.yaml:3:36", "maintenance.ics env.yaml:8:5"]);
    let names: Vec<&str> = read.apis.iter().chain(&read.operations).map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["laas-contract-signature", "elsewhere", "getSignature"]);
}

#[test]
fn what_an_entry_leaves_open_is_taken_from_above() {
    let read = said(WHOLE);
    let [signature, elsewhere, operation] =
        [&read.apis[0], &read.apis[1], &read.operations[0]].map(|entry| read.general.with(&entry.said));
    assert_eq!((signature.maintenance.len(), signature.holidays.len(), signature.zone.name()), (0, 3, "Europe/Paris"));
    assert_eq!((operation.open, operation.maintenance.len()), (Open::Always, 3));
    assert_eq!(elsewhere.zone.name(), "America/New_York");
    let zones: Vec<&str> = elsewhere.maintenance.iter().map(|m| m.zone.name()).collect();
    assert_eq!(zones, ["America/New_York"]);
    // Maintenance from above is read in the zone it was written for, wherever it holds.
    let inherited = read.general.with(&crate::window::spec::Said { maintenance: None, ..read.apis[1].said.clone() });
    assert!(inherited.maintenance.iter().all(|m| m.zone.name() == "Europe/Paris") && inherited.zone.name() == "America/New_York");
}

#[test]
fn defaults_and_short_forms() {
    assert_eq!(said("{zone: Europe/Paris, open: always}").outside, Outside::Inform);
    assert_eq!(said("{open: always}").general.zone.name(), "UTC");
    let short = said("{zone: UTC, open: Mon 08:00-12:00, maintenance: [{weekly: [Mon 08:00-09:00, Tue 08:00-09:00]}]}");
    assert!(matches!(&short.general.maintenance[0].planned, Planned::Weekly(week) if week.to_string().contains(';')));
    assert_eq!(said("{zone: UTC, open: always, holidays: [], exceptions: [], maintenance: []}").general.holidays.len(), 0);
}

#[test]
fn each_mistake_has_its_place_and_code() {
    let with = |rest: &str| format!("zone: Europe/Paris\nopen: [Mon-Sun 07:30-22:00]\n{rest}\n");
    for (text, expected) in [
        ("{}".to_owned(), &["1:1 window/empty `window` says nothing"][..]),
        ("[]".to_owned(), &["1:1 window/kind expected a mapping for `window`, found a list"]),
        ("zone: CET\nopen: always".to_owned(), &["1:7 window/zone `CET` is an abbreviation, not a time zone"]),
        ("zone: 1\nopen: always".to_owned(), &["1:7 window/kind expected the name of a time zone, found a number"]),
        ("zone: UTC".to_owned(), &["1:1 window/missing-key `window` needs `open`"]),
        ("open: Mon 08:00-12:00".to_owned(), &["1:1 window/missing-key `window` needs `zone`"]),
        ("{open: always, holidays: [2026-12-25]}".to_owned(), &["1:1 window/missing-key `window` needs `zone`"]),
        ("{zone: UTC, open: []}".to_owned(), &["1:19 window/empty no hours are given, so it would never be open"]),
        ("{zone: UTC, open: {Mon: 1}}".to_owned(), &["1:19 window/kind expected a list for weekly hours, found a mapping"]),
        (
            "{zone: UTC, open: [7, \"Mon 25:00-26:00\"]}".to_owned(),
            &[
                "1:20 window/kind expected hours such as \"Mon-Sun 07:30-22:00\", found a number",
                "1:28 window/hours `25:00` is no time of a day, which goes from 00:00 to 24:00",
            ],
        ),
        (
            "zone: UTC\nopen:\n  - Mon-Fri 08:00-12:00\n  - 'Wed 11:00-13:00'".to_owned(),
            &["4:10 window/overlap `11:00-13:00` overlaps `08:00-12:00` (3:13)"],
        ),
        (with("outside: refuze"), &["3:10 window/value unknown word `refuze` for `outside`"]),
        (with("holliday: []"), &["3:1 window/unknown-key unknown key `holliday` in `window`"]),
        (
            with("holidays: [2026-13-01, 2026-12-25, days, 2026-12-25, a.ics, a.ics, 7]"),
            &[
                "3:12 window/value `2026-13-01` is no date",
                "3:36 window/value `days` is no date",
                "3:42 window/duplicate `2026-12-25` is written twice (3:24)",
                "3:61 window/duplicate `a.ics` is written twice (3:54)",
                "3:68 window/kind expected a date such as 2026-12-25, or an iCalendar file, found a number",
            ],
        ),
        (with("holidays: 2026-12-25"), &["3:11 window/kind expected a list for holidays, found text"]),
        (with("apis: {}"), &["3:7 window/empty `apis` says nothing"]),
        (
            with("apis: {x: {}, y: {outside: wait}, z: {zone: MET, opens: 1}}"),
            &[
                "3:11 window/empty a window of its own says nothing",
                "3:19 window/unknown-key unknown key `outside` in a window of its own",
                "3:45 window/zone `MET` is an abbreviation, not a time zone",
                "3:50 window/unknown-key unknown key `opens` in a window of its own",
            ],
        ),
    ] {
        assert_eq!(faults(&text), expected, "{text}");
    }
}

#[test]
fn exceptions_speak_once_of_a_date_and_do_not_contradict_themselves() {
    let of = |items: &str| faults(&format!("zone: UTC\nopen: always\nexceptions:\n{items}\n"));
    for (items, expected) in [
        ("  - {}", &["4:5 window/empty an exception says nothing"][..]),
        ("  - {date: 2026-12-24}", &["4:5 window/missing-key an exception needs `open`"]),
        ("  - {open: [07:30-16:00]}", &["4:5 window/missing-key an exception needs `date`"]),
        ("  - {from: 2026-12-24, closed: true}", &["4:5 window/missing-key an exception needs `to`"]),
        ("  - {to: 2026-12-24, closed: true}", &["4:5 window/missing-key an exception needs `from`"]),
        (
            "  - {date: 2026-12-24, to: 2026-12-25, closed: true}",
            &["4:5 window/value an exception has one date or a range of them"],
        ),
        ("  - {from: 2026-12-25, to: 2026-12-24, closed: true}", &["4:28 window/order 2026-12-24 comes before 2026-12-25"]),
        ("  - {date: 2026-12-24, closed: false}", &["4:32 window/value only `true` has a meaning here"]),
        ("  - {date: 2026-12-24, closed: yes}", &["4:32 window/kind expected true, found text"]),
        ("  - {date: 2026-12-24, closed: true, open: [07:30-16:00]}", &["4:5 window/value a date is either open or closed"]),
        ("  - {date: 2026-12-24, open: []}", &["4:30 window/empty no hours are given"]),
        (
            "  - {date: 2026-12-24, open: [Mon 07:30-16:00, always]}",
            &[
                "4:31 window/hours `Mon 07:30-16:00` is not hours such as 08:00-12:00",
                "4:48 window/hours `always` is not hours such as 08:00-12:00",
            ],
        ),
        (
            "  - {date: 2026-12-24, open: [08:00-12:00, \"11:00-13:00, 12:30-14:00\"]}",
            &[
                "4:45 window/overlap `11:00-13:00` overlaps `08:00-12:00` (4:31)",
                "4:58 window/overlap `12:30-14:00` overlaps `11:00-13:00` (4:45)",
            ],
        ),
        (
            "  - {from: 2026-12-20, to: 2026-12-26, closed: true}\n  - {date: 2026-12-24, closed: true}",
            &["5:5 window/overlap two exceptions hold on 2026-12-24 (4:5)"],
        ),
        (
            "  - {date: 2026-12-24, closed: true}\n  - {from: 2026-12-20, to: 2026-12-24, closed: true}",
            &["5:5 window/overlap two exceptions hold on 2026-12-24 (4:5)"],
        ),
        (
            "  - {date: 24.12.2026, closed: true, why: x}",
            &["4:12 window/value `24.12.2026` is no date", "4:38 window/unknown-key unknown key `why` in an exception"],
        ),
    ] {
        assert_eq!(of(items), expected, "{items}");
    }
}

#[test]
fn maintenance_is_a_file_or_weekly_or_once() {
    let of = |items: &str| faults(&format!("zone: Europe/Paris\nopen: always\nmaintenance:\n{items}\n"));
    for (items, expected) in [
        ("  - {}", &["4:5 window/empty a maintenance says nothing"][..]),
        ("  - tonight", &["4:5 window/value `tonight` is no iCalendar file"]),
        ("  - 3", &["4:5 window/kind expected an iCalendar file, or a mapping with `from` and `to` or `weekly`, found a number"]),
        ("  - {from: 2026-11-30T02:00}", &["4:5 window/missing-key a maintenance needs `to`"]),
        ("  - {to: 2026-11-30T02:00}", &["4:5 window/missing-key a maintenance needs `from`"]),
        (
            "  - {why: x}",
            &["4:5 window/missing-key a maintenance needs `from`", "4:6 window/unknown-key unknown key `why` in a maintenance"],
        ),
        (
            "  - {from: 2026-11-30T02:00, to: 2026-11-30T04:00, weekly: Sun 02:00-04:00}",
            &["4:5 window/value a maintenance is either weekly or once"],
        ),
        (
            "  - {from: 2026-11-30T04:00, to: 2026-11-30T02:00}",
            &["4:34 window/order nothing lies between 2026-11-30T04:00 and 2026-11-30T02:00"],
        ),
        // 02:00 to 03:00 is what the clocks leave out on this night.
        (
            "  - {from: 2026-03-29T02:00, to: 2026-03-29T03:00}",
            &["4:34 window/order nothing lies between 2026-03-29T02:00 and 2026-03-29T03:00"],
        ),
        (
            "  - {from: 2026-11-30T02:00, to: 2026-11-30T01:00Z}",
            &["4:34 window/order nothing lies between 2026-11-30T02:00 and 2026-11-30T01:00Z"],
        ),
        (
            "  - {from: 2026-11-30, to: 2026-11-31T02:00}",
            &[
                "4:12 window/value `2026-11-30` has no time of day",
                "4:28 window/value `2026-11-31T02:00` is not a date with a time such as 2026-11-30T02:00 or 2026-11-30T02:00Z",
            ],
        ),
        ("  - {weekly: \"Sun 02:00-02:00\"}", &["4:19 window/hours nothing lies between 02:00 and 02:00"]),
        (
            "  - a.ics\n  - {weekly: Sun 02:00-04:00}\n  - a.ics\n  - {weekly: Sun 02:00 - 04:00}",
            &[
                "6:5 window/duplicate `a.ics` is written twice (4:5)",
                "7:5 window/duplicate the same maintenance is written twice (5:5)",
            ],
        ),
    ] {
        assert_eq!(of(items), expected, "{items}");
    }
}

#[test]
fn hints_say_what_to_write() {
    for (text, expected) in [
        ("{zone: UTC, open: always, outside: wiat}", "did you mean `wait`?"),
        ("{zone: UTC, open: always, holydays: []}", "did you mean `holidays`?"),
        ("{zone: Europe/Pariss, open: always}", "did you mean `Europe/Paris`?"),
        ("{zone: UTC, open: always, apis: {x: {operations: {}}}}", "`operations` stands directly under `window`"),
        ("{zone: UTC, open: always, exceptions: [{date: 2026-12-24, open: []}]}", "write `closed: true`"),
        ("{zone: UTC, open: always, maintenance: [7]}", "where it is meant as text, quote it: \"7\""),
    ] {
        assert_eq!(hints(text), [expected], "{text}");
    }
}

#[test]
fn all_mistakes_are_said_at_once() {
    let text =
        "zone: CEST\nopen: [Mon-Sun 7:30-22:00, Fry 08:00-12:00]\nholidays: [25.12.]\nmaintenance: [{weekly: x}]\noutside: no\n";
    let codes: Vec<String> = faults(text).iter().map(|fault| fault.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    let expected = [
        "1:7 window/zone",
        "2:16 window/hours",
        "2:28 window/hours",
        "3:12 window/value",
        "4:24 window/hours",
        "5:10 window/value",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn a_spec_states_one_window() {
    let window = stated("{zone: Europe/Paris, open: [Mon-Sun 07:30-22:00], maintenance: [{weekly: Sun 02:00-04:00}]}");
    assert_eq!(window.map(|w| w.maintenance.len()), Ok(1));
    assert_eq!(
        stated("{open: always, outside: wait, apis: {}}").map(|w| w.zone),
        Err(vec![
            "1:16 window/unknown-key unknown key `outside` in `x-availability`".to_owned(),
            "1:31 window/unknown-key unknown key `apis` in `x-availability`".to_owned(),
        ])
    );
    assert_eq!(
        stated("7").map(|w| w.zone),
        Err(vec!["1:1 window/kind expected a mapping for `x-availability`, found a number".to_owned()])
    );
}
