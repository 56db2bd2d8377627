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
