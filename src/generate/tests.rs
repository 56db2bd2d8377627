//! What is made from the shipped specs, and from schemas that show one feature each.
//!
//! Every sample of a valid kind is held against the contract's validator. Sends nothing.

use super::{Generated, Sample, SampleKind, Wish, samples, value};
use crate::base::pointer::Pointer;
use crate::base::seed::Seed;
use crate::base::source::Source;
use crate::contract::model::{Direction, SchemaRef};
use crate::contract::{Contract, load};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn contract(text: &str) -> Contract {
    let (contract, faults) = load(&Source::new("t.yaml", text), &|_| Err("no other file".to_owned().into()));
    contract.unwrap_or_else(|| panic!("{:?}", faults.sorted()))
}

/// A contract of schemas alone, and the one called `S`.
fn schemas(version: &str, text: &str) -> (Contract, SchemaRef) {
    let contract = contract(&format!(
        "openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{text}\n"
    ));
    let schema = contract.component_schema("S").expect("a schema called S");
    (contract, schema)
}

fn of_json(schema: &Value) -> (Contract, SchemaRef) {
    schemas("3.1.0", &format!("    S: {schema}"))
}

fn wish(seed: u64, most: usize) -> Wish {
    Wish { seed: Seed(seed), now: "2026-01-28T08:00:00Z".parse().expect("a moment"), most }
}

fn notifications() -> (Contract, SchemaRef) {
    let contract = contract(include_str!("../../specs/laas-notifications.yaml"));
    let schema = contract.component_schema("Notification").expect("the component");
    (contract, schema)
}

fn labels(made: &Generated, wanted: fn(&SampleKind) -> bool) -> Vec<&str> {
    made.samples.iter().filter(|s| wanted(&s.kind)).map(|s| s.label.as_str()).collect()
}

fn is_event(kind: &SampleKind) -> bool {
    *kind == SampleKind::Event
}

fn sample<'g>(made: &'g Generated, label: &str) -> &'g Sample {
    made.samples.iter().find(|s| s.label == label).unwrap_or_else(|| {
        let labels: Vec<&str> = made.samples.iter().map(|s| s.label.as_str()).collect();
        panic!("no {label} in {labels:#?}")
    })
}

/// Every sample is as right or as wrong as its kind says.
fn hold(contract: &Contract, schema: &SchemaRef, direction: Direction, made: &Generated) -> Result<(), String> {
    let validator = contract.validator(schema, direction);
    for Sample { label, kind, value } in &made.samples {
        let right = match kind {
            SampleKind::Event | SampleKind::Boundary(_) | SampleKind::Odd(_) | SampleKind::OptionalAbsent(_) => {
                validator.is_valid(value)
            }
            SampleKind::MissingRequired(at) => !validator.is_valid(value) && value.pointer(at.as_str()).is_none(),
            SampleKind::UnknownField(at) | SampleKind::UnknownValue(at) => value.pointer(at.as_str()).is_some(),
        };
        if !right {
            return Err(format!("{schema} {kind:?} {label}: {value}"));
        }
    }
    Ok(())
}

/// The minimal and the full value, both valid.
fn both(schema: &Value) -> (Value, Value) {
    let (contract, at) = of_json(schema);
    let made = |full| {
        let made = value(&contract, &at, Direction::Request, full, &wish(1, 0)).unwrap_or_else(|| panic!("{schema}"));
        assert!(contract.validator(&at, Direction::Request).is_valid(&made), "{schema}: {made}");
        made
    };
    (made(false), made(true))
}

#[test]
fn every_listed_pair_of_the_notifications_is_an_event() {
    let (contract, schema) = notifications();
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 200));
    assert_eq!(
        labels(&made, is_event),
        [
            "QUOTATION UPDATED",
            "QUOTATION EXPIRED",
            "QUOTATION CANCELLED",
            "PROPOSAL DECISION_REACHED",
            "PREPARED_CONTRACT UPDATED",
            "PREPARED_CONTRACT EXPIRED",
            "PREPARED_CONTRACT CANCELLED",
            "SIGNATURE INITIATED",
            "SIGNATURE IN_PROGRESS",
            "SIGNATURE IN_ERROR",
            "SIGNATURE EXPIRED",
            "SIGNATURE REFUSED",
            "SIGNATURE CANCELLED",
            "SIGNATURE COMPLETE",
            "CONTRACT ACTIVATED",
            "CONTRACT CANCELLED",
        ]
    );
    assert_eq!(made.missed, Vec::<String>::new());
    let detail =
        json!([{"subject": "IDENTITY_CHECK", "signatoryId": "SIGNATORY-1", "reason": "The third identity check failed."}]);
    let failed = &sample(&made, "SIGNATURE IN_ERROR").value;
    assert_eq!(
        (&failed["id"], &failed["timestamp"], &failed["details"]),
        (&json!("SIG-1001"), &json!("2026-01-28T08:00:00Z"), &detail)
    );
    assert_eq!(sample(&made, "SIGNATURE COMPLETE").value.get("details"), None);
    // No event of a customer is listed yet: one is shown, and it is only ours.
    let customer = sample(&made, "CUSTOMER");
    assert_eq!(customer.kind, SampleKind::Odd(Pointer::from_escaped("/event")));
    assert!(customer.value["event"].as_str().is_some_and(|event| !event.is_empty()));
}

#[test]
fn a_notification_is_varied_in_every_way() {
    let (contract, schema) = notifications();
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 200));
    hold(&contract, &schema, Direction::Request, &made).expect("samples that are what they say");
    let expected = [
        ("id of 1 character", SampleKind::Boundary(Pointer::from_escaped("/id"))),
        ("timestamp with an offset", SampleKind::Boundary(Pointer::from_escaped("/timestamp"))),
        ("id with characters beyond the basic plane", SampleKind::Odd(Pointer::from_escaped("/id"))),
        ("details of 0 items", SampleKind::Boundary(Pointer::from_escaped("/details"))),
        ("details.subject SIGNATURE", SampleKind::Boundary(Pointer::from_escaped("/details/0/subject"))),
        ("only what is required", SampleKind::OptionalAbsent(Pointer::root())),
        ("id absent", SampleKind::OptionalAbsent(Pointer::from_escaped("/id"))),
        ("details.reason absent", SampleKind::OptionalAbsent(Pointer::from_escaped("/details/0/reason"))),
        ("newInALaterVersion, an object", SampleKind::UnknownField(Pointer::from_escaped("/newInALaterVersion"))),
        (
            "newInALaterVersion in details, a text",
            SampleKind::UnknownField(Pointer::from_escaped("/details/0/newInALaterVersion")),
        ),
        ("entity SOMETHING_NEW", SampleKind::UnknownValue(Pointer::from_escaped("/entity"))),
        ("event SOMETHING_NEW of SIGNATURE", SampleKind::UnknownValue(Pointer::from_escaped("/event"))),
        ("details.subject SOMETHING_NEW", SampleKind::UnknownValue(Pointer::from_escaped("/details/0/subject"))),
        ("entity absent", SampleKind::MissingRequired(Pointer::from_escaped("/entity"))),
        ("details.subject absent", SampleKind::MissingRequired(Pointer::from_escaped("/details/0/subject"))),
    ];
    for (label, kind) in expected {
        assert_eq!(sample(&made, label).kind, kind, "{label}");
    }
    let unknown = labels(&made, |kind| matches!(kind, SampleKind::UnknownValue(_)));
    assert_eq!(unknown.len(), 7, "{unknown:?}");
}

#[test]
fn the_bodies_of_the_shipped_specs_get_samples() {
    for text in [
        include_str!("../../specs/laas-notifications.yaml"),
        include_str!("../../specs/notification-api.yaml"),
        include_str!("../../specs/laas-contract-signature.yaml"),
    ] {
        let contract = contract(text);
        let callbacks = contract.callbacks().map(|(_, callback)| &callback.operation);
        let mut count = 0;
        for operation in contract.operations.iter().chain(callbacks) {
            let bodies = operation.body.iter().flat_map(|body| &body.media).map(|media| (media, Direction::Request));
            let answers = operation.responses.iter().flat_map(|r| &r.media).map(|media| (media, Direction::Response));
            for (media, direction) in bodies.chain(answers) {
                let Some(schema) = &media.schema else { continue };
                let made = samples(&contract, schema, direction, &wish(3, 5));
                assert_eq!(made.missed, Vec::<String>::new(), "{} {schema}", operation.id);
                assert!(made.samples.iter().any(|s| s.kind == SampleKind::Event), "{} {schema}", operation.id);
                hold(&contract, schema, direction, &made).expect("samples that are what they say");
                count += 1;
            }
        }
        assert!(count > 5, "{} has bodies", contract.title);
    }
}

#[test]
fn a_seed_decides_everything() {
    let (contract, schema) = of_json(&json!({"required": ["a"], "properties": {
        "a": {"type": "string"}, "b": {"type": "string", "pattern": "^[a-z]{8}$"}, "c": {"type": "array", "items": {"type": "string"}}
    }}));
    let made = |seed| samples(&contract, &schema, Direction::Request, &wish(seed, 50));
    assert_eq!(made(1), made(1));
    assert_ne!(made(1).samples[0].value, made(2).samples[0].value);
}

#[test]
fn few_samples_show_every_listed_value_first() {
    let (contract, schema) = of_json(&json!({"required": ["a", "b"], "properties": {
        "a": {"enum": ["a1", "a2", "a3"]}, "b": {"enum": ["b1", "b2", "b3"]}, "c": {"type": "integer", "minimum": 1, "maximum": 9}
    }}));
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 9));
    assert_eq!(labels(&made, is_event).len(), 9);
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 5));
    let shown: BTreeSet<&str> = labels(&made, is_event).into_iter().flat_map(|label| label.split(' ')).collect();
    assert_eq!(shown, BTreeSet::from(["a1", "a2", "a3", "b1", "b2", "b3"]));
    let bounds = labels(&made, |kind| matches!(kind, SampleKind::Boundary(_) | SampleKind::Odd(_)));
    assert_eq!(bounds, ["c 9", "c 2", "c 8"]);
}

#[test]
fn a_schema_without_lists_is_one_delivery() {
    let (contract, schema) = of_json(&json!({"type": "object", "properties": {"a": {"type": "string"}}}));
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 9));
    assert_eq!(labels(&made, is_event), ["a delivery"]);
    let (contract, schema) = of_json(&json!({"title": "Greeting", "type": "string", "minLength": 3}));
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 9));
    assert_eq!(labels(&made, is_event), ["Greeting"]);
    assert_eq!(sample(&made, "the value of 3 characters").value, json!("abc"));
}

const PETS: &str = "
    S: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind, mapping: {chat: Cat, hund: Dog}}}
    Cat: {type: object, required: [kind, lives], properties: {kind: {type: string}, lives: {type: integer, minimum: 1, maximum: 9}}}
    Dog: {type: object, required: [kind, bark], additionalProperties: false, properties: {kind: {type: string}, bark: {type: boolean}}}
    Owner: {type: object, required: [pet], properties: {pet: {$ref: '#/components/schemas/S'}}}";

#[test]
fn every_alternative_of_a_discriminator_is_shown() {
    let (contract, schema) = schemas("3.1.0", PETS);
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 20));
    let kinds: Vec<&Value> = made.samples.iter().filter(|s| is_event(&s.kind)).map(|s| &s.value["kind"]).collect();
    assert_eq!(kinds, [&json!("chat"), &json!("Cat"), &json!("hund"), &json!("Dog")]);
    hold(&contract, &schema, Direction::Request, &made).expect("samples that are what they say");
    let owner = contract.component_schema("Owner").expect("a component");
    let made = samples(&contract, &owner, Direction::Request, &wish(1, 20));
    assert_eq!(sample(&made, "pet as Dog").value["pet"]["kind"], json!("hund"));
}

#[test]
fn the_heirs_of_a_parent_are_shown() {
    let (contract, schema) = schemas(
        "3.0.3",
        "
    S: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: {propertyName: kind}}
    Cat: {allOf: [{$ref: '#/components/schemas/S'}, {type: object, required: [lives], properties: {lives: {type: integer}}}]}",
    );
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 20));
    let cat = made.samples.iter().find(|s| s.value["kind"] == json!("Cat")).expect("a cat");
    assert!(cat.value["lives"].is_i64());
    let child = contract.component_schema("Cat").expect("a component");
    let own = value(&contract, &child, Direction::Request, false, &wish(1, 1)).expect("a value");
    assert_eq!(own["kind"], json!("Cat"));
}

#[test]
fn alternatives_without_names_are_each_shown() {
    let (contract, schema) = of_json(&json!({"anyOf": [
        {"type": "object", "title": "ByName", "required": ["name"], "properties": {"name": {"type": "string"}}},
        {"type": "object", "title": "ByNumber", "required": ["number"], "properties": {"number": {"type": "integer"}}, "additionalProperties": false},
        {"type": "integer"}
    ]}));
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 20));
    assert_eq!(labels(&made, is_event), ["a delivery", "ByNumber", "alternative 3"]);
}

#[test]
fn directions_hide_what_has_no_place_in_them() {
    let (contract, schema) = schemas(
        "3.0.3",
        "
    S: {type: object, required: [id, name, secret], properties: {id: {type: integer, readOnly: true}, name: {type: string, nullable: true}, secret: {type: string, writeOnly: true}, age: {type: integer, minimum: 0, exclusiveMinimum: true}}}",
    );
    let keys = |direction| {
        let made = value(&contract, &schema, direction, true, &wish(1, 1)).expect("a value");
        made.as_object().expect("an object").keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(keys(Direction::Request), ["name", "secret", "age"]);
    assert_eq!(keys(Direction::Response), ["id", "name", "age"]);
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 30));
    assert_eq!(sample(&made, "name null").value["name"], Value::Null);
    assert_eq!(labels(&made, |kind| matches!(kind, SampleKind::MissingRequired(_))), ["name absent", "secret absent"]);
}

#[test]
fn texts_keep_patterns_formats_and_lengths() {
    for schema in [
        json!({"type": "string", "pattern": "^[A-Z]{2}\\d{2}-[a-f]+$", "minLength": 9, "maxLength": 9}),
        json!({"type": "string", "pattern": "^(?!admin)[a-z]{3,}$"}),
        json!({"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "z$"}]}),
        json!({"type": "string", "maxLength": 2}),
        json!({"type": "string", "minLength": 40}),
        json!({"type": "string", "contentMediaType": "application/json"}),
        json!({"type": "string", "contentEncoding": "base64"}),
    ] {
        both(&schema);
    }
    let formats = "date-time date time duration email idn-email hostname ipv4 ipv6 uri uri-reference iri uuid json-pointer \
         relative-json-pointer regex uri-template byte base64url char decimal http-date date-time-local media-range sf-string \
         sf-integer sf-decimal sf-token sf-binary sf-boolean";
    for format in formats.split_whitespace() {
        both(&json!({"type": "string", "format": format}));
    }
}

#[test]
fn numbers_keep_bounds_and_multiples() {
    assert_eq!(both(&json!({"type": "integer", "minimum": 5, "exclusiveMaximum": 7, "multipleOf": 3})).0, json!(6));
    assert_eq!(both(&json!({"type": "integer", "format": "int64", "minimum": 9_223_372_036_854_775_807_i64})).0, json!(i64::MAX));
    both(&json!({"type": "number", "exclusiveMinimum": 0.1, "maximum": 0.2}));
    both(&json!({"type": "number", "multipleOf": 0.01, "minimum": 1.234}));
    let (contract, schema) = of_json(&json!({"type": "integer", "format": "int32"}));
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 50));
    let bounds = labels(&made, |kind| matches!(kind, SampleKind::Boundary(_) | SampleKind::Odd(_)));
    for label in ["the value -2147483648", "the value 2147483647", "the value 0", "the value -1"] {
        assert!(bounds.contains(&label), "{label} in {bounds:?}");
    }
}

#[test]
fn arrays_keep_their_counts_and_stay_unique() {
    let flags = both(&json!({"type": "array", "minItems": 2, "uniqueItems": true, "items": {"type": "boolean"}})).0;
    assert_eq!(flags.as_array().map(Vec::len), Some(2));
    let (numbers, _) = both(&json!({"type": "array", "minItems": 4, "uniqueItems": true, "items": {"enum": [1, 2, 3, 4]}}));
    assert_eq!(numbers.as_array().map(|n| n.iter().filter_map(Value::as_i64).sum::<i64>()), Some(10));
    both(
        &json!({"type": "array", "minItems": 5, "uniqueItems": true, "items": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}}),
    );
    both(&json!({"prefixItems": [{"const": "a"}, {"type": "integer"}], "items": false, "minItems": 2, "type": "array"}));
    both(&json!({"type": "array", "contains": {"const": "x"}, "minContains": 2, "items": {"type": "string"}, "maxItems": 3}));
    let (none, one) = both(&json!({"type": "array", "items": {"type": "string"}}));
    assert_eq!((none.as_array().map(Vec::len), one.as_array().map(Vec::len)), (Some(0), Some(1)));
    let (contract, schema) = of_json(&json!({"type": "array", "minItems": 1, "maxItems": 4, "items": {"type": "string"}}));
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 50));
    assert_eq!(sample(&made, "the value of 4 items").value.as_array().map(Vec::len), Some(4));
}

#[test]
fn objects_keep_every_rule_about_their_members() {
    for schema in [
        json!({"type": "object", "minProperties": 3, "properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}}),
        json!({"type": "object", "minProperties": 2, "propertyNames": {"pattern": "^[a-c]{2}$"}}),
        json!({"type": "object", "minProperties": 2, "patternProperties": {"^x-": {"type": "boolean"}}, "additionalProperties": false}),
        json!({"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}, "c": {}}}),
        json!({"properties": {"a": {}, "b": {}}, "required": ["a"], "dependentRequired": {"a": ["b"]}}),
        json!({"required": ["a"], "dependentSchemas": {"a": {"required": ["c"], "properties": {"c": {"const": 7}}}}}),
        json!({"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"a": {"minimum": 5}}}], "unevaluatedProperties": false}),
        json!({"not": {"required": ["a"]}, "properties": {"a": {}, "b": {}}}),
        json!({"properties": {"a": {"enum": [1, 2, 3]}}, "required": ["a"], "not": {"properties": {"a": {"enum": [1, 2]}}}}),
        json!({"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "else": {"required": ["c"]}, "required": ["a"], "properties": {"a": {"enum": [1, 2]}}}),
        json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": {}, "b": {}}}),
        json!({"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]}),
        json!({"anyOf": [false, {"type": "null"}]}),
        json!({"const": {"a": [1, {"b": null}]}}),
    ] {
        both(&schema);
    }
}

#[test]
fn recursion_ends_and_what_cannot_be_is_said() {
    let tree = "
    S: {type: object, required: [name, children], properties: {name: {type: string}, parent: {$ref: '#/components/schemas/S'}, children: {type: array, items: {$ref: '#/components/schemas/S'}}}}
    Either: {oneOf: [{type: object, required: [next], properties: {next: {$ref: '#/components/schemas/Either'}}}, {type: string}]}
    Endless: {type: object, required: [next], properties: {next: {$ref: '#/components/schemas/Endless'}}}
    Nothing: {allOf: [{type: string}, {type: integer}]}";
    let (contract, schema) = schemas("3.1.0", tree);
    let full = value(&contract, &schema, Direction::Request, true, &wish(1, 1)).expect("a value");
    assert!(full["parent"]["children"].is_array(), "{full}");
    let named = |name: &str| contract.component_schema(name).expect("a component");
    assert!(value(&contract, &named("Either"), Direction::Request, true, &wish(1, 1)).is_some());
    for name in ["Endless", "Nothing"] {
        let made = samples(&contract, &named(name), Direction::Request, &wish(1, 10));
        assert!(made.samples.is_empty() && made.missed.len() == 1, "{name}: {made:?}");
    }
}

#[test]
fn schemas_that_all_refer_to_one_another_use_up_a_budget() {
    let count = 12;
    let all: Vec<String> = (0..count).map(|i| format!("'#/components/schemas/N{i}'")).collect();
    let branches: Vec<String> = all.iter().map(|r| format!("{{$ref: {r}}}")).collect();
    let properties: Vec<String> = all
        .iter()
        .enumerate()
        .map(|(i, r)| format!("p{i}: {{oneOf: [{{$ref: {r}}}, {{$ref: '#/components/schemas/N0'}}]}}"))
        .collect();
    let names: Vec<String> = (0..count).map(|i| format!("p{i}")).collect();
    let mut text = format!("    S: {{oneOf: [{}]}}\n", branches.join(", "));
    for i in 0..count {
        text += &format!(
            "    N{i}: {{type: object, required: [{}], properties: {{{}}}, additionalProperties: {{anyOf: [{}]}}}}\n",
            names.join(", "),
            properties.join(", "),
            branches.join(", ")
        );
    }
    let (contract, schema) = schemas("3.1.0", &text);
    let made = samples(&contract, &schema, Direction::Request, &wish(1, 10));
    assert!(made.samples.is_empty() && !made.missed.is_empty());
}

/// Schemas of a few keywords each, nested a little.
fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (0_u64..6, 0_u64..6).prop_map(|(a, b)| json!({"type": "string", "minLength": a, "maxLength": a + b})),
        (-9_i64..9, 0_i64..9).prop_map(|(a, b)| json!({"type": "integer", "minimum": a, "maximum": a + b})),
        (1_i64..5).prop_map(|m| json!({"type": "number", "multipleOf": m, "exclusiveMinimum": 0.5})),
        proptest::sample::select(vec!["^[a-d]+-\\d{2,4}$", "^(a|bb)?c*$", "[0-9]", "^\\p{Lu}{3}$"])
            .prop_map(|p| json!({"type": "string", "pattern": p})),
        proptest::sample::select(vec!["date-time", "uuid", "email", "uri", "ipv6", "int32"])
            .prop_map(|f| json!({"type": if f == "int32" { "integer" } else { "string" }, "format": f})),
        proptest::collection::vec(0_i64..9, 1..4).prop_map(|v| json!({"enum": v})),
        Just(json!({"const": {"x": 1}})),
        Just(json!({"type": ["boolean", "null"]})),
        Just(json!(true)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let members = proptest::collection::btree_map("[a-e]", inner.clone(), 0..4);
        prop_oneof![
            (members.clone(), proptest::collection::btree_set("[a-e]", 0..3), any::<bool>()).prop_map(|(p, r, open)| {
                let closed = if open { json!(true) } else { json!({"type": "integer"}) };
                json!({"type": "object", "properties": p, "required": r, "additionalProperties": closed})
            }),
            (inner.clone(), 0_u64..3, any::<bool>())
                .prop_map(|(i, n, u)| json!({"type": "array", "items": i, "minItems": n, "uniqueItems": u})),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|v| json!({"oneOf": v})),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|v| json!({"anyOf": v})),
            proptest::collection::vec(inner.clone(), 1..3).prop_map(|v| json!({"allOf": v})),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(i, t, e)| json!({"if": i, "then": t, "else": e})),
            (members, inner).prop_map(|(p, n)| json!({"properties": p, "not": n})),
        ]
    })
}

/// The search gives up on the whole, and finds a value where it tries each alternative by itself.
#[test]
fn what_was_found_by_an_alternative_is_not_missed() {
    let empty = json!({"type": "string", "minLength": 0, "maxLength": 0});
    let schema = json!({"oneOf": [
        empty,
        {"anyOf": [true, empty, {"const": {"x": 1}}]},
        {"if": {"type": "integer", "format": "int32"}, "then": {"type": "string", "pattern": "^[a-d]+-\\d{2,4}$"}, "else": true},
    ]});
    let (contract, at) = of_json(&schema);
    let made = samples(&contract, &at, Direction::Response, &wish(0, 12));
    assert_eq!(hold(&contract, &at, Direction::Response, &made), Ok(()));
    assert!(made.samples.iter().any(|s| s.kind == SampleKind::Event), "an integer is one");
    assert_eq!(made.missed, Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn samples_are_what_they_say(schema in any_schema(), seed in any::<u64>()) {
        let (contract, at) = of_json(&schema);
        let made = samples(&contract, &at, Direction::Response, &wish(seed, 12));
        prop_assert_eq!(hold(&contract, &at, Direction::Response, &made), Ok(()));
        let shown = made.samples.iter().any(|s| s.kind == SampleKind::Event);
        prop_assert_eq!(shown, made.missed.is_empty());
    }
}
