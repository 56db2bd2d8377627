//! The tape against `serde_json`: what is accepted, and what is read.
//!
//! Values of any shape and texts that are odd; no schema.

use super::{MOST_ENTRIES, Tape};
use jsonschema::json::{Array as _, Json as _, JsonNumber as _, Node as _, Object as _};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What the tape makes of a text.
fn read(tape: &mut Tape, bytes: &[u8]) -> Option<Value> {
    tape.read(bytes).map(|document| document.with_root(|root| root.to_value().into_owned()))
}

/// The tape must read what `serde_json` reads, and only that.
fn agrees(tape: &mut Tape, bytes: &[u8]) {
    let wanted = serde_json::from_slice::<Value>(bytes).ok();
    assert_eq!(read(tape, bytes), wanted, "{}", String::from_utf8_lossy(bytes));
}

fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-99_i64..99).prop_map(Value::from)
    ];
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, ".{0,12}".prop_map(Value::from)];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let name = prop_oneof!["[a-z]{0,12}", ".{0,4}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::hash_map(name, inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
        ]
    })
}

/// Bytes that JSON is made of, in no order.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let scraps: [&[u8]; 36] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b" ",
        b"\n",
        b"\t",
        b"\"",
        b"\"a\"",
        b"\"b\":",
        b"\\",
        b"\\u",
        b"\\n",
        b"d83d",
        b"DE00",
        b"\xff",
        b"\xc3",
        b"\xc3\xa9",
        b"\x00",
        b"\x0b",
        b"0",
        b"1",
        b"-",
        b"+",
        b".",
        b"e",
        b"E9",
        b"00",
        b"true",
        b"false",
        b"null",
        b"12345678901234567890",
        b"{\"a\":1}",
        b"[1,2]",
    ];
    proptest::collection::vec(proptest::sample::select(scraps.to_vec()), 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn values_are_read_as_written(value in any_value(), pretty in any::<bool>()) {
        let bytes = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.expect("JSON");
        prop_assert_eq!(read(&mut Tape::new(), &bytes), Some(value));
    }

    #[test]
    fn damaged_texts_are_refused_with_those_that_build_values(
        value in any_value(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bytes = serde_json::to_vec(&value).expect("JSON");
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        // A damaged name may be the same as another one.
        if let Some(found) = read(&mut Tape::new(), &bytes) {
            prop_assert_eq!(Some(found), serde_json::from_slice::<Value>(&bytes).ok());
        } else if let Ok(built) = serde_json::from_slice::<Value>(&bytes) {
            prop_assert!(serde_json::to_vec(&built).expect("JSON").len() < bytes.len(), "{}", built);
        }
    }

    #[test]
    fn scraps_are_read_or_refused_alike(bytes in scraps()) {
        let wanted = serde_json::from_slice::<Value>(&bytes).ok();
        let found = read(&mut Tape::new(), &bytes);
        prop_assert!(found == wanted || found.is_none() && bytes.windows(2).any(|w| w == b"\":"), "{:?} {:?}", found, wanted);
    }

    #[test]
    fn numbers_are_the_same_to_the_last_bit(text in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
        let wanted = serde_json::from_str::<Value>(&text).ok();
        prop_assert_eq!(read(&mut Tape::new(), text.as_bytes()), wanted);
    }

    #[test]
    fn values_equal_what_they_were_made_of(value in any_value(), other in any_value()) {
        let bytes = serde_json::to_vec(&value).expect("JSON");
        let mut tape = Tape::new();
        let document = tape.read(&bytes).expect("JSON");
        let equal = |expected: &Value| document.with_root(|root| root.equals_value(expected));
        prop_assert!(equal(&value));
        prop_assert_eq!(equal(&other), jsonschema::json::cmp::equal(&value, &other));
    }

    #[test]
    fn repeated_items_are_found(items in proptest::collection::vec(prop_oneof![any_value(), "[ab]{1,2}".prop_map(Value::from)], 0..20)) {
        let bytes = serde_json::to_vec(&items).expect("JSON");
        let mut tape = Tape::new();
        let document = tape.read(&bytes).expect("JSON");
        let unique = document.with_root(|root| root.as_array().expect("an array").is_unique());
        prop_assert_eq!(unique, jsonschema::json::unique::is_unique(&items));
    }
}

#[test]
fn odd_texts_are_read_or_refused_alike() {
    let mut tape = Tape::new();
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "null null",
        " null\r\n\t",
        "\u{feff}null",
        "\u{a0}null",
        "tru",
        "True",
        "NaN",
        "Infinity",
        "-",
        "--1",
        "+1",
        "01",
        "-01",
        "-0",
        "-0.0",
        "0",
        "00",
        "1.",
        ".1",
        "1.e1",
        "1e",
        "1e+",
        "1e+05",
        "1E-5",
        "0e999999999999",
        "1e308",
        "1e309",
        "-1e309",
        "1e-400",
        "1e99999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "100000000000000000000000000000000000000",
        "0x1",
        "1_0",
        "1 2",
        "\"",
        "\"\\",
        "\"\\\"",
        "\"\\q\"",
        "\"\\u00e9\"",
        "\"\\u00E9x\"",
        "\"\\u00g0\"",
        "\"\\u+123\"",
        "\"\\u12\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\n\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ude00\"",
        "\"\\ud83d\\ud83d\"",
        "\"\t\"",
        "\"\u{7f}\"",
        "\"\u{1f}\"",
        "\"\\/\\b\\f\\n\\r\\t\"",
        "'a'",
        "[",
        "]",
        "[]",
        "[ ]",
        "[,]",
        "[1,]",
        "[1 2]",
        "[1,,2]",
        "[[]]",
        "{",
        "}",
        "{}",
        "{ }",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{1:2}",
        "{\"a\" : [ { } , null ] }",
        "{\"\":0}",
        "{\"\\u0061\":1,\"b\":2}",
        "[1]//",
        "/**/1",
        "[1}",
        "{\"a\":1]",
    ] {
        agrees(&mut tape, text.as_bytes());
    }
    for bytes in
        [&b"\"\xff\""[..], b"\"\xc3\"", b"\"\xed\xa0\x80\"", b"\xff", b"[\"\xc3\xa9\"]", b"\"\xf0\x9f\x98\x80\"", b"\"\xc0\xaf\""]
    {
        agrees(&mut tape, bytes);
    }
    for depth in 120..140 {
        agrees(&mut tape, format!("{}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
        agrees(&mut tape, format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)).as_bytes());
    }
    agrees(&mut tape, "9".repeat(308).as_bytes());
    agrees(&mut tape, "9".repeat(310).as_bytes());
    agrees(&mut tape, format!("0.{}", "9".repeat(400)).as_bytes());
    agrees(&mut tape, format!("{}e-300", "9".repeat(400)).as_bytes());
}

#[test]
fn names_that_come_twice_are_left_to_others() {
    let mut tape = Tape::new();
    for text in [r#"{"a":1,"a":2}"#, r#"{"a":1,"b":{},"\u0061":2}"#, r#"[{"":0,"":0}]"#] {
        assert_eq!(read(&mut tape, text.as_bytes()), None, "{text}");
    }
    let wide = |last: usize| {
        let members: Vec<String> = (0..300).chain([last]).map(|i| format!("\"name {i}\":[{i}]")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_eq!(read(&mut tape, wide(150).as_bytes()), None);
    agrees(&mut tape, wide(300).as_bytes());
}

#[test]
fn what_is_unusually_large_is_left_to_others() {
    let list = |items: usize| format!("[{}0]", "0,".repeat(items));
    let mut tape = Tape::new();
    assert!(read(&mut tape, list(1000).as_bytes()).is_some());
    assert_eq!(read(&mut tape, list(MOST_ENTRIES + 1).as_bytes()), None);
    assert_eq!(read(&mut tape, format!("\"{}\"", "a".repeat(super::LONGEST)).as_bytes()), None);
}

/// What the crate asks of every representation.
#[test]
fn nodes_keep_what_the_crate_relies_on() {
    let text =
        json!({"string": "héllo", "escaped": "a\n", "integer": 42, "float": 1.5, "null": null, "object": {"nested": "value"}});
    let bytes = serde_json::to_vec(&text).expect("JSON");
    let mut tape = Tape::new();
    let document = tape.read(&bytes).expect("JSON");
    document.with_root(|root| {
        let members = root.as_object().expect("an object");
        let member = |name: &str| members.get(&super::Taped::prepare_key(name)).expect("a member");
        assert_eq!(members.len(), 6);
        assert!(members.get(&super::Taped::prepare_key("missing")).is_none());
        assert_eq!((member("string").string_length(), member("escaped").string_length()), (Some(5), Some(2)));
        assert_eq!((member("integer").string_length(), member("null").is_null()), (None, true));
        let integer = member("integer").as_number().expect("a number");
        assert_eq!((integer.as_u64(), integer.is_integer()), (Some(42), true));
        assert!(!member("float").as_number().expect("a number").is_integer());
        assert_ne!(root.identity(), member("object").identity());
        assert_eq!(member("object").identity(), member("object").container_identity());
    });
    super::Taped::with_string_node(&mut (), "héllo", |node| {
        assert_eq!((node.as_string().as_deref(), node.string_length()), (Some("héllo"), Some(5)));
        assert_ne!(document.with_root(|root| root.identity()), node.identity());
    });
}
