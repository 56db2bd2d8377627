//! Which window an operation gets, out of everything that may be said.
//!
//! Looks at who speaks, not at what is open when.

use super::Windows;
use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::base::tree::{Budget, Node, parse};
use crate::window::compile::{self, Files};
use crate::window::decode;
use crate::window::spec::Outside;
use jiff::Timestamp;
use std::sync::Arc;

fn read<T>(name: &str, text: &str, with: impl Fn(&Node, &Arc<Source>, &mut Diagnostics) -> Option<T>) -> T {
    let source = Source::new(name, text);
    let document = parse(&source, Budget::default()).expect("a document");
    let mut faults = Diagnostics::new();
    with(&document.root, &source, &mut faults).unwrap_or_else(|| panic!("{:?}", faults.sorted()))
}

fn made(said: Option<&str>, files: &Files<'_>) -> Result<Windows, Diagnostics> {
    let said = said.map(|text| read("env.yaml", text, |node, source, faults| decode::window(node, source, faults)));
    let spec = "{zone: Europe/Paris, open: [Sun 10:00-11:00]}";
    let spec = read("customer.yaml", spec, |node, source, faults| decode::availability(node, source, faults));
    compile::windows(said.as_ref(), &[("customer".to_owned(), spec)], Timestamp::UNIX_EPOCH, files)
}

const SAID: &str = "{zone: Europe/Paris, open: [Mon-Sun 07:30-22:00], outside: refuse,
  apis: {signature: {maintenance: [{weekly: Sun 02:00-04:00}]}, other: {zone: UTC}},
  operations: {getSignature: {open: [Mon-Fri 08:00-18:00]}}}";

#[test]
fn the_nearest_word_holds() {
    let windows = made(Some(SAID), &|_| None).expect("windows");
    assert_eq!(windows.outside(), Outside::Refuse);
    for (api, operation, described, origin) in [
        (
            "signature",
            "getSignature",
            "Mon-Fri 08:00-18:00 Europe/Paris, 1 maintenance",
            "the environment, for operation getSignature",
        ),
        ("other", "getSignature", "Mon-Fri 08:00-18:00 UTC", "the environment, for operation getSignature"),
        ("customer", "getSignature", "Mon-Fri 08:00-18:00 Europe/Paris", "the environment, for operation getSignature"),
        ("signature", "createSignature", "Mon-Sun 07:30-22:00 Europe/Paris, 1 maintenance", "the environment, for API signature"),
        ("customer", "createCustomer", "Mon-Sun 07:30-22:00 Europe/Paris", "the environment"),
    ] {
        let (window, from) = windows.of(api, operation);
        assert_eq!((window.describe(), from.to_string().as_str()), (described, origin), "{api} {operation}");
    }
}

#[test]
fn where_the_environment_is_silent_the_spec_speaks() {
    let windows = made(None, &|_| None).expect("windows");
    let said = |api| {
        let (window, origin) = windows.of(api, "createCustomer");
        format!("{}: {origin}", window.describe())
    };
    assert_eq!(said("customer"), "Sun 10:00-11:00 Europe/Paris: the spec customer");
    assert_eq!(said("signature"), "always open: no window is stated");
    assert_eq!((windows.outside(), Windows::always().outside()), (Outside::Inform, Outside::Inform));
}

#[test]
fn a_file_that_is_missing_is_said_once_where_it_is_named() {
    let said = "{zone: UTC, open: always, holidays: [h.ics], maintenance: [m.ics],
      apis: {a: {open: always}, b: {maintenance: [n.ics]}}, operations: {o: {open: always}}}";
    let faults = made(Some(said), &|_| None).map(|_| ()).expect_err("faults");
    let shown: Vec<String> =
        faults.into_iter().map(|f| format!("{} {} {}", f.place.expect("a place"), f.code, f.message)).collect();
    let expected = [
        "env.yaml:1:38 window/file `h.ics` is not there",
        "env.yaml:1:60 window/file `m.ics` is not there",
        "env.yaml:2:51 window/file `n.ics` is not there",
    ];
    assert_eq!(shown, expected);
}
