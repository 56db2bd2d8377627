//! What actions do to documents, and what is said of overlays that are wrong.
//!
//! Works on trees alone; never loads a contract.

use super::{Overlay, apply};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::jsonpath::JsonPath;
use crate::base::source::Source;
use crate::base::tree::{Budget, Document, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(name: &str, text: &str) -> Document {
    match parse(&Source::new(name, text), Budget::default()) {
        Ok(document) => document,
        Err(faults) => panic!("{:?}", faults.sorted()),
    }
}

/// Every diagnostic as `place code: message (hint)`.
fn shown(faults: Diagnostics) -> Vec<String> {
    let show = |d: Diagnostic| {
        let hint = d.hint.map(|h| format!(" ({h})")).unwrap_or_default();
        format!("{} {}: {}{hint}", d.place.expect("a place"), d.code, d.message)
    };
    faults.into_iter().map(show).collect()
}

fn overlay(version: &str, actions: &str) -> Overlay {
    let text = format!("overlay: {version}\ninfo: {{title: t, version: '1'}}\nactions:\n{actions}\n");
    let (overlay, faults) = Overlay::read(&read("o.yaml", &text));
    overlay.unwrap_or_else(|| panic!("{:?}", shown(faults)))
}

fn applied(version: &str, before: &str, actions: &str) -> (Value, Vec<String>) {
    let (document, faults) = apply(read("d.yaml", before), &[overlay(version, actions)]);
    (document.root.to_value(), shown(faults))
}

#[test]
fn actions_change_documents_as_the_specification_says() {
    for (name, version, before, actions, after) in [
        (
            "objects merge",
            "1.0.0",
            "{a: {b: 1, c: 2}}",
            "- {target: $.a, update: {c: 3, d: 4}}",
            json!({"a": {"b": 1, "c": 3, "d": 4}}),
        ),
        (
            "merging goes down",
            "1.0.0",
            "{a: {b: {c: 1}}}",
            "- {target: $, update: {a: {b: {d: 2}}}}",
            json!({"a": {"b": {"c": 1, "d": 2}}}),
        ),
        (
            "arrays within are joined",
            "1.0.0",
            "{a: {b: [1]}}",
            "- {target: $.a, update: {b: [2, 3]}}",
            json!({"a": {"b": [1, 2, 3]}}),
        ),
        ("an array gets an entry", "1.0.0", "{a: [1]}", "- {target: $.a, update: {n: 2}}", json!({"a": [1, {"n": 2}]})),
        ("an array is one entry in 1.0", "1.0.0", "{a: [1]}", "- {target: $.a, update: [2]}", json!({"a": [1, [2]]})),
        ("an array is joined in 1.1", "1.1.0", "{a: [1]}", "- {target: $.a, update: [2]}", json!({"a": [1, 2]})),
        ("a primitive is replaced in 1.1", "1.1.0", "{a: {b: 1}}", "- {target: $.a.b, update: two}", json!({"a": {"b": "two"}})),
        ("null replaces a primitive", "1.0.0", "{a: {b: 1}}", "- {target: $.a, update: {b: null}}", json!({"a": {"b": null}})),
        (
            "an empty field leaves an object alone",
            "1.0.0",
            "{a: {b: {c: 1}}}",
            "- {target: $, update: {a: {b: }}}",
            json!({"a": {"b": {"c": 1}}}),
        ),
        ("members are removed", "1.0.0", "{a: {b: {}, c: 1}}", "- {target: $.a.b, remove: true}", json!({"a": {"c": 1}})),
        (
            "items are removed",
            "1.0.0",
            "{a: [{n: x}, {n: y}, {n: x}, 7]}",
            "- {target: \"$.a[?@.n == 'x']\", remove: true}",
            json!({"a": [{"n": "y"}, 7]}),
        ),
        (
            "items within removed ones are no trouble",
            "1.1.0",
            "{a: [[[1]], [[2]]]}",
            "- {target: '$.a..[*][*]', remove: true}",
            json!({"a": [[], []]}),
        ),
        (
            "primitives are removed in 1.1",
            "1.1.0",
            "{t: [a, b, a]}",
            "- {target: \"$.t[?@ == 'a']\", remove: true}",
            json!({"t": ["b"]}),
        ),
        ("remove outweighs update", "1.0.0", "{a: {b: {}}}", "- {target: $.a.b, remove: true, update: {c: 1}}", json!({"a": {}})),
        ("remove: false updates", "1.0.0", "{a: {}}", "- {target: $.a, remove: false, update: {c: 1}}", json!({"a": {"c": 1}})),
        ("each selected node once", "1.0.0", "{a: []}", "- {target: \"$['a', 'a']\", update: 1}", json!({"a": [1]})),
        (
            "in order",
            "1.0.0",
            "{a: {b: [1]}}",
            "- {target: $.a.b, remove: true}\n- {target: $.a, update: {b: [2]}}",
            json!({"a": {"b": [2]}}),
        ),
        (
            "what one adds the next selects",
            "1.0.0",
            "{a: {}}",
            "- {target: $.a, update: {b: {}}}\n- {target: $.a.b, update: {c: 1}}",
            json!({"a": {"b": {"c": 1}}}),
        ),
        (
            "many at once",
            "1.0.0",
            "{p: {'/a': {get: {}}, '/b': {get: {}, put: {}}}}",
            "- {target: $.p.*.get, update: {x-safe: true}}",
            json!({"p": {"/a": {"get": {"x-safe": true}}, "/b": {"get": {"x-safe": true}, "put": {}}}}),
        ),
        (
            "marked places",
            "1.0.0",
            "{p: {a: {get: {x-traits: [paged]}}, b: {get: {x-traits: [other]}}}}",
            "- {target: \"$.p[?@.get['x-traits'][?@ == 'paged']].get\", update: {n: [1]}}",
            json!({"p": {"a": {"get": {"x-traits": ["paged"], "n": [1]}}, "b": {"get": {"x-traits": ["other"]}}}}),
        ),
        (
            "a copy is merged",
            "1.1.0",
            "{a: {x: 1}, b: {y: 2}}",
            "- {target: $.b, copy: $.a}",
            json!({"a": {"x": 1}, "b": {"y": 2, "x": 1}}),
        ),
        (
            "a move",
            "1.1.0",
            "{p: {a: {x: 1}}}",
            "- {target: $.p, update: {b: {}}}\n- {target: $.p.b, copy: $.p.a}\n- {target: $.p.a, remove: true}",
            json!({"p": {"b": {"x": 1}}}),
        ),
    ] {
        let (value, faults) = applied(version, before, actions);
        assert_eq!((value, faults), (after, Vec::new()), "{name}");
    }
}

#[test]
fn actions_that_fail_leave_the_document_and_say_why() {
    let before = "{info: {title: t}, paths: {/pets: {get: {tags: [a]}}}}";
    for (version, action, wanted) in [
        (
            "1.0.0",
            "- {target: \"$.paths['/pest'].get\", update: {}}",
            "o.yaml:4:20 overlay/no-match: `$.paths['/pest'].get` selects nothing, so the action changes nothing (did you mean `$.paths['/pets']`?)",
        ),
        (
            "1.0.0",
            "- {target: $.paths.*.put, update: {}}",
            "o.yaml:4:21 overlay/no-match: `$.paths.*.put` selects nothing, so the action changes nothing (`$.paths.*` is there, but `.put` selects nothing in it)",
        ),
        (
            "1.0.0",
            "- {target: $.inof, remove: true}",
            "o.yaml:4:13 overlay/no-match: `$.inof` selects nothing, so the action changes nothing (did you mean `$.info`?)",
        ),
        (
            "1.0.0",
            "- {target: $.info.title, update: x}",
            "o.yaml:4:12 overlay/primitive: `$.info.title` selects a string at `#/info/title` (Overlay 1.0 changes objects and arrays: select the object around it, or write `overlay: 1.1.0`)",
        ),
        ("1.0.0", "- {target: $, remove: true}", "o.yaml:4:12 overlay/root: the whole document cannot be removed"),
        (
            "1.0.0",
            "- {target: $.info, update: {title: {en: t}}}",
            "o.yaml:4:36 overlay/incompatible: an object cannot be merged into a string (remove what is there in an action before this one)",
        ),
        (
            "1.0.0",
            "- {target: $.info, update: [1]}",
            "o.yaml:4:28 overlay/incompatible: an array cannot be merged into an object (remove what is there in an action before this one)",
        ),
        (
            "1.0.0",
            "- {target: $..get.*, update: 1}\n- {target: '$..*', update: 1}",
            "o.yaml:5:12 overlay/primitive: `$..*` selects a string at `#/info/title` (Overlay 1.0 changes objects and arrays: select the object around it, or write `overlay: 1.1.0`)",
        ),
        (
            "1.1.0",
            "- {target: \"$['info', 'paths']['title', '/pets']\", update: {}}",
            "o.yaml:4:12 overlay/incompatible: `$['info', 'paths']['title', '/pets']` selects both a string and an object (split the action; the one is at `#/info/title`, the other at `#/paths/~1pets`)",
        ),
        (
            "1.1.0",
            "- {target: $.info, copy: $.paths.*.get.*}\n- {target: $.info, copy: '$..*'}",
            "o.yaml:5:26 overlay/copy: `$..*` selects 7 nodes, where one is to be copied",
        ),
    ] {
        let (_, faults) = applied(version, before, action);
        assert!(faults.iter().any(|f| f == wanted), "{action}\n{faults:#?}\n{wanted}");
    }
}

#[test]
fn overlays_that_are_wrong_are_refused_with_a_place() {
    let faults = |text: &str| {
        let (overlay, faults) = Overlay::read(&read("o.yaml", text));
        assert_eq!(overlay.is_none(), faults.has_errors(), "{text}");
        shown(faults)
    };
    assert_eq!(
        faults("overlay: 1.0.0\ninof: {}\ninfo: {title: 1}\nactions:\n- {tagret: $, update: {}}\n- {target: 'paths', remove: yes}\n- {target: $.a.b c, update: 1}\n"),
        [
            "o.yaml:1:1 overlay/unknown-field: unknown field `inof` in the overlay (did you mean `info`?)".replace("1:1", "2:1"),
            "o.yaml:3:1 overlay/missing-field: the info lacks `version`".to_owned(),
            "o.yaml:3:15 overlay/wrong-type: `title` must be a string, but is a number (put it in quotes: \"1\")".to_owned(),
            "o.yaml:5:3 overlay/missing-field: the action lacks `target`".to_owned(),
            "o.yaml:5:4 overlay/unknown-field: unknown field `tagret` in the action (did you mean `target`?)".to_owned(),
            "o.yaml:6:13 overlay/path: `paths` is not a JSONPath (a path begins with `$`: `$.paths`)".to_owned(),
            "o.yaml:6:29 overlay/wrong-type: `remove` must be a boolean, but is a string".to_owned(),
            "o.yaml:7:16 overlay/path: `$.a.b c` is not a JSONPath (targets are JSONPath (RFC 9535): $.paths['/pets'].get, $.paths.*.*.parameters[?@.in == 'query'])".to_owned(),
        ]
    );
    let many = "overlay: 1.0.0\ninfo: {title: t, version: v}\nactions: [{target: $..a..b..c..d, remove: true}]\n";
    assert_eq!(
        faults(many),
        ["o.yaml:3:20 overlay/path: `$..a..b..c..d` goes down to any depth 4 times (`..` is followed 3 times at most)"]
    );
    assert_eq!(
        faults("a: 1\n"),
        [
            "o.yaml:1:1 overlay/no-overlay: the document does not say which version of Overlay it is written in (begin it with `overlay: 1.0.0`)"
        ]
    );
    assert_eq!(faults("[]\n").len(), 1);
    assert_eq!(
        faults("overlay: 1.2.0\ninfo: {title: t, version: v}\nactions: [{target: $}]\n"),
        ["o.yaml:1:10 overlay/version: Overlay `1.2.0` is not read (known: 1.0.x and 1.1.x, with all three numbers)"]
    );
    assert_eq!(
        faults("overlay: 1.0.0\ninfo: {title: t, version: v}\nactions: []\n"),
        ["o.yaml:3:1 overlay/missing-field: an overlay lists at least one action"]
    );
    assert_eq!(
        faults("overlay: 1.0.0\ninfo: {title: t, version: v}\nactions: [{target: $}]\n"),
        ["o.yaml:3:11 overlay/no-effect: the action changes nothing (give it an `update`, or `remove: true`)"]
    );
    assert_eq!(
        faults("overlay: 1.0.0\ninfo: {title: t, version: v}\nactions: [{target: $, copy: $.a}]\n"),
        ["o.yaml:3:23 overlay/unknown-field: `copy` is not known to Overlay 1.0 (write `overlay: 1.1.0`)"]
    );
    assert_eq!(faults("overlay: 1.1.0\ninfo: {title: t, version: v}\nactions: [{target: $, copy: $.a, update: {}}]\n").len(), 1);
}

#[test]
fn an_overlay_for_another_document_is_named() {
    let of = |extends: &str| {
        let text = format!(
            "overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nextends: {extends}\nactions: [{{target: $, update: {{}}}}]\n"
        );
        let overlay = Overlay::read(&read("o.yaml", &text)).0.expect("an overlay");
        shown(apply(read("specs/pets.yaml", "{}"), &[overlay]).1)
    };
    assert_eq!(of("./pets.yaml"), Vec::<String>::new());
    assert_eq!(of("https://example.com/a/pets.yaml?x=1"), Vec::<String>::new());
    assert_eq!(of("other.yaml"), ["o.yaml:3:10 overlay/extends: the overlay is for `other.yaml`, and is applied to `pets.yaml`"]);
}

#[test]
fn nodes_know_which_file_they_came_from() {
    let first = overlay("1.0.0", "- target: $.a\n  update:\n    c: 1\n- target: $.list\n  update: {n: 2}");
    let text = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $.a, update: {d: {e: 1}}}]\n";
    let second = Overlay::read(&read("p.yaml", text)).0.expect("an overlay");
    let (document, faults) = apply(read("d.yaml", "a: {b: 0}\nlist: []\n"), &[first, second]);
    assert!(faults.is_empty());
    let place = |pointer: &str| document.place_at(&crate::base::pointer::Pointer::from_escaped(pointer)).to_string();
    for (pointer, wanted) in [
        ("/a", "d.yaml:1:4"),
        ("/a/b", "d.yaml:1:8"),
        ("/a/c", "o.yaml:6:8"),
        ("/list/0", "o.yaml:8:11"),
        ("/list/0/n", "o.yaml:8:15"),
        ("/a/d/e", "p.yaml:3:41"),
    ] {
        assert_eq!(place(pointer), wanted, "{pointer}");
    }
    let key = &document.root.get("a").and_then(|a| a.entry("d")).expect("d").0;
    assert_eq!(document.place(key.span).to_string(), "p.yaml:3:34");
}

#[test]
fn documents_cannot_be_grown_without_bound() {
    let doubling = "- {target: $.a, copy: $}\n".repeat(30);
    let (_, faults) = applied("1.1.0", "{a: {}, b: [1, 2, 3]}", &doubling);
    assert!(faults.iter().any(|f| f.contains("overlay/too-large")), "{faults:?}");
    let wide = "- {target: '$..a', update: {b: {a: {}, c: {a: {}}}, d: {a: {}}}}\n".repeat(40);
    let (_, faults) = applied("1.1.0", "{a: {}}", &wide);
    assert!(faults.iter().any(|f| f.contains("overlay/too-large")), "{} faults", faults.len());
}

/// How many nodes a path selects.
fn select_all(path: &JsonPath, document: &Document) -> usize {
    path.select(&document.root.to_value()).len()
}

fn trees() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..9).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d/~]{1,2}", inner, 0..4).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn paths() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        Just("..a"),
        Just(".a"),
        Just(".b"),
        Just("[0]"),
        Just("[*]"),
        Just("..*"),
        Just("[-1]"),
        Just("[0:2]"),
        Just("['a','b',0]"),
        Just("[?@.a]"),
        Just("['~/']"),
    ];
    prop::collection::vec(segment, 1..4).prop_map(|s| format!("${}", s.concat()))
}

proptest! {
    #[test]
    fn no_action_no_change(tree in trees(), path in paths()) {
        let before = read("d.json", &tree.to_string());
        let (after, faults) = apply(before.clone(), &[]);
        prop_assert!(faults.is_empty());
        prop_assert_eq!(&after.root, &before.root);
        let (after, _) = apply(before.clone(), &[overlay("1.1.0", &format!("- {{target: \"{path}\"}}"))]);
        prop_assert_eq!(&after.root, &before.root);
    }

    #[test]
    fn nothing_is_left_of_what_is_removed(tree in trees(), name in "[a-d]") {
        let path = format!("$..{name}");
        let (after, faults) = apply(read("d.json", &tree.to_string()), &[overlay("1.1.0", &format!("- {{target: \"{path}\", remove: true}}"))]);
        prop_assert!(!faults.has_errors());
        prop_assert_eq!(select_all(&JsonPath::parse(&path).unwrap(), &after), 0);
    }

    #[test]
    fn any_update_keeps_tree_and_value_in_step(tree in trees(), news in trees(), path in paths(), remove: bool) {
        let action = if remove { "remove: true".to_owned() } else { format!("update: {news}") };
        let actions = format!("- {{target: \"{path}\", {action}}}\n- {{target: \"$..a\", remove: true}}");
        let (after, faults) = apply(read("d.json", &tree.to_string()), &[overlay("1.1.0", &actions)]);
        prop_assert_eq!(select_all(&JsonPath::parse("$..a").unwrap(), &after), 0);
        for fault in faults {
            prop_assert!(fault.place.is_some() && (fault.severity == Severity::Warning || fault.code.starts_with("overlay/")));
        }
    }
}
