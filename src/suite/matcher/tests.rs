//! Every operator, on one value, on one list and on many values selected.
//!
//! Judges by the public functions only.

use crate::base::source::{Source, Span};
use crate::base::tree::{Budget, parse};
use crate::base::units::Nanos;
use crate::suite::decode::matcher_of;
use crate::suite::matcher::{MatchFault, Matcher};
use crate::suite::path::Path;
use crate::suite::template::{Scope, descend};
use serde_json::{Value, json};

struct Known(Value);

impl Scope for Known {
    fn lookup(&self, name: &str) -> Option<Value> {
        descend(&self.0, name).cloned()
    }
}

fn scope() -> Known {
    Known(json!({"n": 3, "text": "ab", "list": ["a", "b"], "at": "2026-01-01T00:00:00Z", "span": "1h", "re": "^a", "bad": "("}))
}

fn matcher(text: &str, time: bool) -> Matcher {
    let source = Source::new("m.yaml", format!("m: {text}\n"));
    let document = parse(&source, Budget::default()).unwrap();
    let (matcher, faults) = matcher_of(&source, document.root.get("m").unwrap(), time);
    assert!(faults.is_empty(), "{text}: {:?}", faults.sorted());
    matcher.unwrap()
}

fn judge(text: &str, path: &str, value: &Value) -> Result<(), MatchFault> {
    let path = Path::parse(path, Span::default()).unwrap();
    let schemas = |schema: &Value, value: &Value| {
        if schema["type"] == "string" && !value.is_string() { Err("not a string".to_owned()) } else { Ok(()) }
    };
    matcher(text, false).test(&path.select(value), path.is_singular(), &scope(), &schemas)
}

/// `@pointer expected | actual` of the mismatch; empty when it matches.
fn said(text: &str, path: &str, value: &Value) -> String {
    match judge(text, path, value) {
        Ok(()) => String::new(),
        Err(MatchFault::Mismatch(m)) => format!("@{} {} | {}", m.pointer, m.expected, m.actual),
        Err(other) => panic!("{text}: {other:?}"),
    }
}

/// Each line is a matcher, with values at `$` that it accepts and values that it refuses.
fn table(rows: &[(&str, &[Value], &[Value])]) {
    for (text, accepted, refused) in rows {
        for value in *accepted {
            assert_eq!(said(text, "$", value), "", "{text} on {value}");
        }
        for value in *refused {
            assert_ne!(said(text, "$", value), "", "{text} on {value}");
        }
    }
}

#[test]
fn equality_is_of_values_and_never_across_kinds() {
    table(&[
        ("3", &[json!(3), json!(3.0)], &[json!("3"), json!(4), json!(null)]),
        ("\"3\"", &[json!("3")], &[json!(3)]),
        ("{eq: {a: [1], b: x}}", &[json!({"b": "x", "a": [1]})], &[json!({"a": [1]}), json!({"a": [1], "b": "x", "c": 1})]),
        ("{other: [1, 2]}", &[json!({"other": [1, 2]})], &[json!({"other": [2, 1]})]),
        ("null", &[json!(null)], &[json!(0), json!("")]),
        ("\"${n}\"", &[json!(3)], &[json!("3")]),
        ("\"v${n}\"", &[json!("v3")], &[json!(3)]),
        ("{ne: 3}", &[json!("3"), json!(4)], &[json!(3), json!(3.0)]),
        ("{in: [a, 1]}", &[json!("a"), json!(1)], &[json!("1"), json!("b")]),
        ("{in: \"${list}\"}", &[json!("a"), json!("b")], &[json!("c"), json!(["a", "b"])]),
        ("{}", &[json!({})], &[json!({"a": 1}), json!([])]),
    ]);
}

#[test]
fn numbers_are_compared_with_numbers_alone() {
    table(&[
        ("{lt: 3}", &[json!(2), json!(2.9), json!(-1)], &[json!(3), json!("2"), json!(null), json!([1])]),
        ("{lte: 3}", &[json!(3), json!(3.0)], &[json!(4), json!("3")]),
        ("{gt: \"${n}\"}", &[json!(4)], &[json!(3), json!("4"), json!("zzz")]),
        ("{gte: 3, lt: 5}", &[json!(3), json!(4)], &[json!(2), json!(5)]),
    ]);
    // Beyond what a double can tell apart.
    assert_ne!(said("{gt: 9007199254740993}", "$", &json!(9_007_199_254_740_993_u64)), "");
    assert_eq!(said("{gt: 9007199254740992}", "$", &json!(9_007_199_254_740_993_u64)), "");
}

#[test]
fn text_types_and_schemas() {
    table(&[
        ("{matches: \"^a.c$\"}", &[json!("abc")], &[json!("xabc"), json!(1)]),
        ("{matches: b}", &[json!("abc")], &[json!("ac")]),
        ("{matches: \"${re}\"}", &[json!("abc")], &[json!("ba")]),
        ("{type: integer}", &[json!(1), json!(1.0)], &[json!(1.5), json!("1")]),
        ("{type: number}", &[json!(1), json!(1.5)], &[json!("1")]),
        ("{type: \"null\"}", &[json!(null)], &[json!(0)]),
        ("{type: array}", &[json!([])], &[json!({})]),
        ("{schema: {type: string}}", &[json!("x")], &[json!(1)]),
    ]);
    assert!(said("{schema: {type: string}}", "$", &json!(1)).ends_with("| 1: not a string"));
}

#[test]
fn parts_and_lengths() {
    table(&[
        ("{contains: b}", &[json!("abc"), json!(["a", "b"])], &[json!("ac"), json!(["abc"]), json!({"b": 1}), json!(1)]),
        ("{contains: {gt: 2}}", &[json!([1, 3])], &[json!([1, 2]), json!("3"), json!([])]),
        ("{contains: {id: 1}}", &[json!([{"id": 1}])], &[json!([{"id": 1, "x": 2}])]),
        ("{length: 2}", &[json!("éa"), json!([1, 2]), json!({"a": 1, "b": 2})], &[json!("a"), json!(2), json!(null)]),
        ("{length: {gte: 1, lt: 3}}", &[json!("a"), json!([1, 2])], &[json!(""), json!([1, 2, 3])]),
        ("{length: \"${n}\"}", &[json!("abc")], &[json!("ab")]),
    ]);
}

#[test]
fn presence() {
    let value = json!({"a": null});
    assert_eq!(said("{exists: true}", "$.a", &value), "");
    assert_eq!(said("{exists: false}", "$.b", &value), "");
    assert_eq!(said("{exists: false}", "$.a", &value), "@/a nothing | null");
    assert_eq!(said("{exists: true}", "$.b", &value), "@ a value | nothing");
    // What is not there has no value: it equals nothing, and is not unequal to anything either.
    assert_eq!(said("3", "$.b", &value), "@ 3 | nothing");
    assert_eq!(said("{ne: 3}", "$.b", &value), "@ anything but 3 | nothing");
    assert_eq!(said("{not: {eq: 3}}", "$.b", &value), "");
    assert_ne!(said("{length: 0}", "$.b", &value), "");
    assert_ne!(said("{distinct: true}", "$.b", &value), "");
}

#[test]
fn quantifiers_go_over_values_selected_and_over_one_list() {
    let value = json!({"l": [1, 2, 3], "none": [], "o": [{"s": "A"}, {"s": "B"}], "one": 2});
    for path in ["$.l", "$.l[*]"] {
        assert_eq!(said("{any: 2}", path, &value), "", "{path}");
        assert_eq!(said("{all: {gte: 1}}", path, &value), "", "{path}");
        assert_eq!(said("{none: 4}", path, &value), "", "{path}");
        assert_eq!(said("{contains: 2}", path, &value), "", "{path}");
        assert_eq!(said("{length: 3}", path, &value), "", "{path}");
        assert_eq!(said("{distinct: true, ascending: true}", path, &value), "", "{path}");
        assert_ne!(said("{any: 4}", path, &value), "", "{path}");
        assert_eq!(said("{all: {lt: 3}}", path, &value), "@/l/2 less than 3 | 3", "{path}");
        assert_eq!(said("{none: 2}", path, &value), "@/l/1 no value that is 2 | 2", "{path}");
        assert_ne!(said("{contains: 4}", path, &value), "", "{path}");
        assert_ne!(said("{length: 2}", path, &value), "", "{path}");
    }
    for path in ["$.none", "$.none[*]", "$.missing[*]"] {
        assert_ne!(said("{all: 1}", path, &value), "", "all of nothing is not success: {path}");
        assert_ne!(said("{any: 1}", path, &value), "", "{path}");
        assert_eq!(said("{none: 1}", path, &value), "", "{path}");
        assert_eq!(said("{length: 0}", path, &value), "", "{path}");
        assert_eq!(said("{distinct: true, descending: true}", path, &value), "", "{path}");
    }
    assert_eq!(said("{all: {in: [A, B]}, any: B, none: C}", "$.o[*].s", &value), "");
    assert_eq!(said("{any: 2, all: 2}", "$.one", &value), "", "one value that is no list is the one item");
}

#[test]
fn an_operator_over_one_value_holds_for_each_of_many() {
    let value = json!({"l": [1, 2], "lists": [["a"], ["b"]]});
    assert_eq!(said("{gte: 1}", "$.l[*]", &value), "");
    assert_eq!(said("{gte: 2}", "$.l[*]", &value), "@/l/0 at least 2 | 1");
    assert_ne!(said("{gte: 1}", "$.x[*]", &value), "");
    assert_eq!(said("{not: {eq: 2}}", "$.l[*]", &value), "@/l/1 not 2 | 2");
    assert_eq!(said("{not: {eq: 3}}", "$.l[*]", &value), "");
    assert_eq!(said("{not: {contains: 3}}", "$.l[*]", &value), "");
    assert_ne!(said("{not: {contains: 2}}", "$.l[*]", &value), "");
    // A path that may select many goes over what it selected, however many that was: never into the lists.
    assert_ne!(said("{any: a}", "$.lists[*]", &value), "");
    assert_eq!(said("{any: [a]}", "$.lists[*]", &value), "");
}

#[test]
fn distinct_and_order() {
    table(&[
        (
            "{distinct: true}",
            &[json!([1, "1", null]), json!([])],
            &[json!([1, 1.0]), json!([{"a": 1}, {"a": 1}]), json!("aa"), json!(1)],
        ),
        ("{ascending: true}", &[json!([1, 1, 2]), json!(["a", "b"]), json!([])], &[json!([2, 1]), json!([1, "2"]), json!(1)]),
        ("{descending: true}", &[json!([2, 2, 1])], &[json!([1, 2])]),
    ]);
    // 12:00+02:00 is 10:00Z: as text it would be later.
    let instants = json!(["2026-01-01T12:00:00+02:00", "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"]);
    assert_eq!(said("{ascending: true}", "$", &instants), "");
    assert_ne!(said("{descending: true}", "$", &instants), "");
    let falling = said("{ascending: true}", "$", &json!(["b", "a"]));
    assert_eq!(falling, "@/1 values in ascending order | \"a\" after \"b\"");
}

#[test]
fn instants_are_compared_as_instants() {
    table(&[
        (
            "{after: \"2026-01-01T00:00:00Z\"}",
            &[json!("2026-01-01T01:30:00+01:00")],
            &[json!("2026-01-01T00:30:00+01:00"), json!("2027"), json!(1)],
        ),
        ("{before: \"${at}\"}", &[json!("2025-12-31T23:59:59Z")], &[json!("2026-01-01T00:00:00Z")]),
        ("{instant: {of: \"${at}\"}}", &[json!("2026-01-01T02:00:00+02:00")], &[json!("2026-01-01T00:00:00.001Z")]),
        ("{instant: {of: \"${at}\", plus: P120D}}", &[json!("2026-05-01T00:00:00Z")], &[json!("2026-04-30T23:59:59Z")]),
        (
            "{instant: {of: \"${at}\", minus: \"${span}\", within: 2s}}",
            &[json!("2025-12-31T22:59:58Z"), json!("2025-12-31T23:00:02Z")],
            &[json!("2025-12-31T23:00:03Z")],
        ),
    ]);
    assert_eq!(
        said("{instant: {of: \"${at}\", plus: P120D, within: 2s}}", "$", &json!("x")),
        "@ the instant \"2026-01-01T00:00:00Z\" plus P120D, give or take 2s | \"x\""
    );
}

#[test]
fn headers_are_text_that_numbers_may_be_compared_with() {
    let accepts = |text: &str, values: &[&str]| matcher(text, false).test_header(values, &scope(), &|_, _| Ok(())).is_ok();
    assert!(accepts("0", &["0"]) && !accepts("0", &["00"]) && !accepts("0", &[]));
    assert!(accepts("{gt: 5}", &["10"]) && !accepts("{gt: 5}", &["4"]) && !accepts("{gt: 5}", &["soon"]));
    assert!(accepts("{in: [1, 2]}", &["2"]));
    assert!(accepts("{contains: no-store}", &["private, no-store"]));
    assert!(accepts("{contains: b}", &["a", "xbx"]) && !accepts("{contains: c}", &["a", "b"]));
    assert!(accepts("{exists: false}", &[]) && !accepts("{exists: false}", &[""]));
    assert!(accepts("{any: b}", &["a", "b"]) && accepts("{length: 2}", &["a", "b"]));
}

#[test]
fn times_are_compared_with_durations() {
    let says = |text: &str, ms: u64| matcher(text, true).test_time(Nanos(ms * 1_000_000), &scope());
    assert!(says("{lt: 2s}", 1999).is_ok());
    assert!(says("{gt: 1s, not: {gte: \"${span}\"}}", 1001).is_ok());
    let Err(MatchFault::Mismatch(mismatch)) = says("{lt: 2s}", 2500) else { panic!() };
    assert_eq!((mismatch.expected.as_str(), mismatch.actual.as_str()), ("less than 2s", "2.5s"));
    assert!(matches!(says("{lt: \"${text}\"}", 1), Err(MatchFault::Unusable { .. })));
}

#[test]
fn what_cannot_be_worked_out_is_no_mismatch() {
    for text in
        ["{eq: \"${nope}\"}", "{not: {eq: \"${nope}\"}}", "{any: \"${nope}\"}", "{none: \"${nope}\"}", "{in: [\"${nope}\"]}"]
    {
        let Err(MatchFault::Unresolved(unresolved)) = judge(text, "$", &json!([1])) else { panic!("{text}") };
        assert_eq!(unresolved.expression, "nope");
    }
    for text in [
        "{matches: \"${bad}\"}",
        "{lt: \"${text}\"}",
        "{before: \"${text}\"}",
        "{in: \"${text}\"}",
        "{instant: {of: \"${at}\", plus: \"${text}\"}}",
    ] {
        assert!(matches!(judge(text, "$", &json!("x")), Err(MatchFault::Unusable { .. })), "{text}");
    }
}

#[test]
fn findings_are_short_and_say_where() {
    let long = json!({ "a": "x".repeat(5000) });
    let said = said("y", "$.a", &long);
    assert!(said.starts_with("@/a \"y\" | \"xxx") && said.ends_with("... (5002 characters)") && said.len() < 300, "{said}");
    assert_eq!(matcher("{gte: 1, in: \"${list}\"}", false).describe(&scope()), "at least 1, and one of [\"a\",\"b\"]");
    assert_eq!(matcher("\"x ${nope}\"", false).describe(&scope()), "x ${nope}");
}
