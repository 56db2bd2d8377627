//! Lowered schemas accept and refuse what the dialect says they do, and lead back to the spec.
//!
//! Validates small values against small contracts; reads no file.

use crate::contract::load::tests::contract;
use crate::contract::model::Direction;
use serde_json::{Value, json};

pub(super) struct Case {
    pub(super) contract: crate::contract::Contract,
}

impl Case {
    pub(super) fn new(version: &str, schemas: &str) -> Self {
        let text =
            format!("openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}");
        Self { contract: contract(&text) }
    }

    pub(super) fn shown(&self, name: &str, direction: Direction, value: &Value) -> Vec<String> {
        let validator = self.contract.validator(&self.contract.component_schema(name).expect("a component"), direction);
        assert_eq!(validator.fault(), None);
        let violations = validator.violations(value);
        assert_eq!(validator.is_valid(value), violations.is_empty());
        violations.iter().map(|v| format!("{} {} {}", v.instance, v.schema, v.message)).collect()
    }

    pub(super) fn accepts(&self, name: &str, value: &Value) -> bool {
        self.shown(name, Direction::Response, value).is_empty()
    }
}

#[test]
fn nullable_adds_null_to_the_type_and_changes_nothing_else() {
    let case = Case::new(
        "3.0.3",
        "    A: {type: string, nullable: true}\n    B: {type: string, nullable: true, enum: [x]}\n    C: {type: string, nullable: true, enum: [x, null]}\n    D: {nullable: true, allOf: [{$ref: '#/components/schemas/E'}]}\n    E: {type: string}\n    F: {allOf: [{$ref: '#/components/schemas/A'}], minLength: 2}\n",
    );
    let null: Vec<bool> = ["A", "B", "C", "D", "E", "F"].iter().map(|n| case.accepts(n, &Value::Null)).collect();
    assert_eq!(null, [true, false, true, false, false, true]);
    assert!(case.accepts("F", &json!("ab")) && !case.accepts("F", &json!("a")));
}

#[test]
fn bounds_and_numeric_formats_are_lowered() {
    let case = Case::new(
        "3.0.3",
        "    A: {type: number, minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: false}\n    I: {type: integer, format: int32}\n    L: {type: integer, format: int64}\n    D: {type: number, format: double}\n    B: {type: string, format: binary}\n    Y: {type: string, format: byte}\n",
    );
    assert_eq!([json!(1), json!(1.5), json!(3), json!(4)].map(|v| case.accepts("A", &v)), [false, true, true, false]);
    assert_eq!(
        [json!(2_147_483_647), json!(2_147_483_648_i64), json!(-2_147_483_649_i64)].map(|v| case.accepts("I", &v)),
        [true, false, false]
    );
    assert_eq!([json!(i64::MAX), json!(u64::MAX)].map(|v| case.accepts("L", &v)), [true, false]);
    assert!(case.accepts("D", &json!(1e300)) && case.accepts("B", &json!("\u{1}")));
    assert!(case.accepts("Y", &json!("aGk=")) && !case.accepts("Y", &json!("*")));
}

#[test]
fn siblings_of_a_reference_count_since_31() {
    let schemas =
        "    A: {type: object, properties: {b: {$ref: '#/components/schemas/B', maxLength: 2}}}\n    B: {type: string}\n";
    let long = json!({"b": "abc"});
    assert!(Case::new("3.0.3", schemas).accepts("A", &long));
    assert!(!Case::new("3.1.0", schemas).accepts("A", &long));
}

#[test]
fn each_direction_carries_its_own_properties() {
    let schemas = "    User:\n      type: object\n      required: [id, name, password]\n      properties:\n        id: {type: string, readOnly: true}\n        name: {type: string}\n        password: {$ref: '#/components/schemas/Secret'}\n    Secret: {type: string, writeOnly: true}\n    Admin:\n      allOf: [{$ref: '#/components/schemas/User'}, {type: object, required: [id, level, password]}]\n      properties: {level: {type: integer}}\n";
    for version in ["3.0.3", "3.1.0"] {
        let case = Case::new(version, schemas);
        let sent = json!({"name": "n", "password": "p", "level": 1});
        let answered = json!({"id": "i", "name": "n", "level": 1});
        for name in ["User", "Admin"] {
            assert_eq!(case.shown(name, Direction::Request, &sent), Vec::<String>::new());
            assert_eq!(case.shown(name, Direction::Response, &answered), Vec::<String>::new());
        }
        assert_eq!(
            case.shown("User", Direction::Request, &json!({"id": "i", "name": "n", "password": "p"})),
            ["/id /components/schemas/User/properties/id/readOnly must not be in a request, because it is readOnly"]
        );
        assert_eq!(
            case.shown("User", Direction::Response, &sent),
            [
                " /components/schemas/User/required property `id` is missing",
                "/password /components/schemas/User/properties/password/writeOnly must not be in a response, because it is writeOnly",
            ]
        );
    }
}

#[test]
fn json_schema_2020_12_is_understood() {
    let case = Case::new(
        "3.1.0",
        "    A:\n      $id: 'https://example.com/a'\n      type: [object, 'null']\n      $defs: {item: {$anchor: item, const: 7}}\n      properties: {x: {$ref: '#item'}, y: {$ref: '#/$defs/item'}, z: {$ref: 'https://example.com/a#/$defs/item'}, t: {$dynamicRef: 'https://example.com/t#node'}}\n      patternProperties: {'^p_': {type: integer}}\n      unevaluatedProperties: false\n    T: {$id: 'https://example.com/t', $dynamicAnchor: node, type: array, items: {$dynamicRef: '#node'}}\n    N: false\n",
    );
    assert!(case.accepts("A", &Value::Null));
    assert!(case.accepts("A", &json!({"x": 7, "y": 7, "z": 7, "p_1": 1, "t": [[], [[]]]})));
    for bad in [json!({"x": 1}), json!({"y": 1}), json!({"z": 1}), json!({"p_1": ""}), json!({"q": 1}), json!({"t": [1]})] {
        assert!(!case.accepts("A", &bad), "{bad}");
    }
    assert_eq!(case.shown("N", Direction::Response, &json!(1)), [" /components/schemas/N must not be there"]);
}

#[test]
fn what_texts_hold_is_asserted() {
    let case = Case::new(
        "3.1.0",
        "    A: {type: string, contentEncoding: base64}\n    B: {type: string, contentMediaType: application/json, contentSchema: {type: object, required: [a]}}\n    C: {contentEncoding: base64url, contentMediaType: application/problem+json}\n    D: {type: string, contentMediaType: image/png}\n",
    );
    assert!(case.accepts("A", &json!("aGk=")) && case.accepts("B", &json!("{\"a\": 1}")) && case.accepts("D", &json!("any")));
    assert!(case.accepts("C", &json!("e30")) && case.accepts("C", &json!(7)) && !case.accepts("C", &json!("e3")));
    assert_eq!(
        case.shown("A", Direction::Response, &json!("*")),
        [" /components/schemas/A/contentEncoding is not encoded as base64"]
    );
    assert_eq!(
        case.shown("B", Direction::Response, &json!("{}")),
        [" /components/schemas/B/contentSchema holds application/json that property `a` is missing"]
    );
    assert!(case.shown("B", Direction::Response, &json!("{"))[0].contains("contentMediaType is not application/json"));
}

#[test]
fn a_dynamic_reference_means_what_the_way_to_it_says() {
    let case = Case::new(
        "3.1.0",
        "    List:
      $id: https://example.com/list
      type: array
      items: {$dynamicRef: '#item'}
      $defs: {any: {$dynamicAnchor: item}}
    Numbers:
      $id: https://example.com/numbers
      $ref: list
      $defs: {item: {$dynamicAnchor: item, type: number}}
    Words:
      $id: https://example.com/words
      $ref: list
      $defs: {item: {$dynamicAnchor: item, type: string}}
    Both: {type: object, properties: {n: {$ref: '#/components/schemas/Numbers'}, w: {$ref: '#/components/schemas/Words'}}}
",
    );
    assert!(case.accepts("List", &json!([1, "x"])));
    assert!(case.accepts("Numbers", &json!([1])) && !case.accepts("Numbers", &json!(["x"])));
    assert!(case.accepts("Both", &json!({"n": [1], "w": ["x"]})));
    assert_eq!(
        case.shown("Both", Direction::Response, &json!({"n": ["x"], "w": ["x"]})),
        ["/n/0 /components/schemas/Numbers/$defs/item/type must be a number, but is a string"]
    );
}

#[test]
fn older_dialects_keep_their_meaning() {
    let case = Case::new(
        "3.1.0",
        "    Four:
      $schema: 'http://json-schema.org/draft-04/schema#'
      id: http://example.com/four
      type: object
      definitions: {pair: {items: [{type: string}, {type: integer, minimum: 1, exclusiveMinimum: true}], additionalItems: false}}
      properties: {pair: {$ref: '#/definitions/pair', maxItems: 1}}
      dependencies: {a: [b]}
    Nineteen: {$schema: 'https://json-schema.org/draft/2019-09/schema', $id: 'http://example.com/n', $recursiveAnchor: true, type: [array, 'null'], items: {$recursiveRef: '#'}}
    New: {type: object, properties: {four: {$ref: 'http://example.com/four'}}}
",
    );
    assert!(case.accepts("Four", &json!({"pair": ["x", 2], "a": 1, "b": 1})));
    for bad in [json!({"pair": ["x", 1]}), json!({"pair": ["x", 2, 3]}), json!({"a": 1})] {
        assert!(!case.accepts("Four", &bad), "{bad}");
        assert!(!case.accepts("New", &json!({"four": bad})));
    }
    assert!(case.accepts("Nineteen", &json!([[], [null]])) && !case.accepts("Nineteen", &json!([[1]])));
}

#[test]
fn the_meta_schema_is_a_schema_like_any_other() {
    let case = Case::new("3.1.0", "    S: {$ref: 'https://json-schema.org/draft/2020-12/schema'}\n");
    assert!(case.accepts("S", &json!({"type": "object", "properties": {"a": {"minLength": 1}}})));
    assert!(!case.accepts("S", &json!({"properties": {"a": {"minLength": -1}}})));
}

#[test]
fn numbers_of_every_format_have_their_bounds() {
    let case = Case::new(
        "3.1.0",
        "    U8: {type: integer, format: uint8}\n    I16: {type: number, format: int16}\n    U64: {type: integer, format: uint64}\n    F: {type: number, format: float}\n    S: {type: string, format: int64}\n    P: {type: string, pattern: '^\\p{Lu}+$'}\n",
    );
    assert_eq!([json!(255), json!(256), json!(-1)].map(|v| case.accepts("U8", &v)), [true, false, false]);
    assert_eq!([json!(1), json!(1.5), json!(40000)].map(|v| case.accepts("I16", &v)), [true, false, false]);
    assert_eq!([json!(u64::MAX), json!(-1)].map(|v| case.accepts("U64", &v)), [true, false]);
    assert_eq!([json!(1.5), json!(1e39)].map(|v| case.accepts("F", &v)), [true, false]);
    assert_eq!([json!("12"), json!("9223372036854775808")].map(|v| case.accepts("S", &v)), [true, false]);
    assert!(case.accepts("P", &json!("ÀЖ")) && !case.accepts("P", &json!("à")));
    assert_eq!(case.shown("U8", Direction::Response, &json!(256)), [" /components/schemas/U8/format must be at most 255"]);
}

#[test]
fn hidden_properties_are_known_to_those_that_forbid_others() {
    let case = Case::new(
        "3.1.0",
        "    A: {type: object, properties: {id: {type: string, readOnly: true}, n: {type: string}}, required: [id], additionalProperties: false}\n    B: {allOf: [{properties: {id: {type: string, readOnly: true}}}], properties: {n: {}}, unevaluatedProperties: false}\n",
    );
    for name in ["A", "B"] {
        assert!(case.accepts(name, &json!({"id": "x", "n": "y"})));
        assert!(case.shown(name, Direction::Request, &json!({"n": "y"})).is_empty());
        let found = case.shown(name, Direction::Request, &json!({"id": "x"}));
        assert!(found.len() == 1 && found[0].contains("readOnly"), "{found:?}");
    }
}

#[test]
fn alternatives_and_causes_are_named() {
    let case = Case::new(
        "3.1.0",
        "    A: {oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]}\n    B: {type: object, required: [b, c, d]}\n    C: {type: object, required: [x], properties: {x: {type: integer}}}\n    D: {dependentRequired: {a: [b], c: [b]}}\n",
    );
    assert_eq!(
        case.shown("A", Direction::Response, &json!({"x": "no"})),
        ["/x /components/schemas/C/properties/x/type must be an integer, but is a string (closest is `C`, alternative 2 of 2)"]
    );
    assert_eq!(
        case.shown("D", Direction::Response, &json!({"c": 1})),
        [" /components/schemas/D/dependentRequired property `b` is missing, and is needed beside `c`"]
    );
}

/// Each level doubles what a naive explanation has to tell: this would not end.
#[test]
fn alternatives_that_contain_themselves_are_explained_level_by_level() {
    let case = Case::new(
        "3.1.0",
        "    Node:
      anyOf:
        - {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}, required: [next]}
        - {type: object, properties: {next: {$ref: '#/components/schemas/Node'}, x: {type: string}}, required: [x]}
        - {type: 'null'}
    Once: {oneOf: [{type: object, properties: {a: {$ref: '#/components/schemas/Once'}}}, {type: object, properties: {b: {$ref: '#/components/schemas/Once'}}}]}
",
    );
    let mut value = json!(5);
    for _ in 0..60 {
        value = json!({"next": value});
    }
    let found = case.shown("Node", Direction::Response, &value);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with(&"/next".repeat(60)), "{found:?}");
    assert!(found[0].contains(" /components/schemas/Node/anyOf fits none of the 3 alternatives: must be"), "{found:?}");
    assert_eq!(
        case.shown("Once", Direction::Response, &json!({})),
        [" /components/schemas/Once/oneOf fits alternatives 1 and 2, but must fit exactly one"]
    );
}

#[test]
fn a_count_too_large_for_a_pattern_is_a_length() {
    for version in ["3.0.3", "3.1.0"] {
        let case = Case::new(
            version,
            "    A: {type: string, pattern: '^[a-z]{2,100000}$', maxLength: 3}\n    B: {type: string, pattern: '^(a.{0,200000}b|c)$'}\n",
        );
        assert!(case.accepts("A", &json!("ab")) && case.accepts("A", &json!("abc")));
        for bad in ["a", "aB", "abcd"] {
            assert!(!case.accepts("A", &json!(bad)), "{bad}");
        }
        assert_eq!(case.shown("A", Direction::Response, &json!("a")).len(), 1);
        assert!(case.accepts("B", &json!("anything")));
    }
}
