//! The door as a whole: what is compiled, accepted and explained.
//!
//! Small schemas only; reads no file.

use crate::base::pointer::Pointer;
use crate::schema::{Lowered, Resource, SchemaSet, Source, Tape, Unit, reference};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn shown(schema: &Value, value: &Value) -> Vec<String> {
    let validator = SchemaSet::inline(schema).expect("a schema");
    let violations = validator.violations(value);
    assert_eq!(validator.is_valid(value), violations.is_empty());
    violations.iter().map(|v| format!("{} {} {}: {}", v.instance, v.schema, v.keyword, v.message)).collect()
}

/// Documents whose schemas name one another as `document#pointer`, and how often one of them was lowered.
struct Documents(Vec<(&'static str, Value)>, AtomicUsize);

impl Documents {
    fn set(documents: Vec<(&'static str, Value)>) -> (SchemaSet, Arc<Self>) {
        let documents = Arc::new(Self(documents, AtomicUsize::new(0)));
        (SchemaSet::new(Arc::clone(&documents) as Arc<dyn Source>), documents)
    }

    fn rewrite(&self, value: &mut Value, lowered: &mut Lowered) {
        match value {
            Value::Object(members) => {
                lowered.weight += 1;
                for (key, member) in members {
                    match member.as_str().and_then(|text| text.split_once('#')).filter(|_| key == "$ref") {
                        Some((document, pointer)) => {
                            let document = document.parse().expect("a number");
                            let unit = self.unit(document, &Pointer::from_escaped(pointer)).0;
                            *member = reference(&unit, &Pointer::root()).into();
                            lowered.units.push(unit);
                        }
                        None => self.rewrite(member, lowered),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.rewrite(item, lowered)),
            _ => {}
        }
    }
}

impl Source for Documents {
    fn name(&self, document: usize) -> String {
        self.0[document].0.to_owned()
    }

    fn unit(&self, document: usize, pointer: &Pointer) -> (Unit, Pointer) {
        let dialect = "https://json-schema.org/draft/2020-12/schema";
        (Unit { document, pointer: pointer.clone(), dialect, resource: Resource::Shared, plain: false }, Pointer::root())
    }

    fn written(&self, _: usize, pointer: &Pointer) -> Pointer {
        pointer.clone()
    }

    fn lower(&self, unit: &Unit) -> Lowered {
        self.1.fetch_add(1, Ordering::Relaxed);
        let mut schema = self.0[unit.document].1.pointer(unit.pointer.as_str()).expect("a schema").clone();
        let mut lowered = Lowered { schema: Value::Null, units: Vec::new(), weight: 0 };
        self.rewrite(&mut schema, &mut lowered);
        Lowered { schema, ..lowered }
    }
}

#[test]
fn violations_name_the_keyword_behind_a_reference() {
    let document =
        json!({"paths": {"/x/{id}": {"s": {"type": "object", "properties": {"a": {"$ref": "1#/components/A b~1é"}}}}}});
    let other = json!({"components": {"A b/é": {"type": "integer", "minimum": 3}}});
    let (set, _) = Documents::set(vec![("one.yaml", document), ("two.yaml", other)]);
    let schema = Pointer::root().push("paths").push("/x/{id}").push("s");
    let found = set.validator(0, &schema).violations(&json!({"a": 1}));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].document, "two.yaml");
    assert_eq!(found[0].schema, Pointer::root().push("components").push("A b/é").push("minimum"));
    assert_eq!(found[0].instance.as_str(), "/a");
    let root = set.validator(0, &schema).violations(&json!([]));
    assert_eq!((root[0].document.as_str(), root[0].schema.clone()), ("one.yaml", schema.push("type")));
}

#[test]
fn only_what_is_reached_is_lowered_and_that_once() {
    let document = json!({
        "a": {"properties": {"b": {"$ref": "0#/b"}, "c": {"$ref": "0#/c"}}},
        "b": {"items": {"$ref": "0#/a"}}, "c": {"type": "string"}, "d": {"$ref": "0#/c"}, "never": {"$ref": "0#/d"}
    });
    let (set, documents) = Documents::set(vec![("one", document)]);
    assert_eq!(documents.1.load(Ordering::Relaxed), 0);
    for name in ["a", "b", "c", "d", "a"] {
        assert_eq!(set.validator(0, &Pointer::root().push(name)).fault(), None);
    }
    assert_eq!(documents.1.load(Ordering::Relaxed), 4);
}

/// Many schemas that all refer to their neighbours are compiled with edges between them.
#[test]
fn heavy_schemas_accept_and_explain_the_same() {
    let mut members = serde_json::Map::new();
    for i in 0..400 {
        let next = |step: usize| json!({"$ref": format!("0#/s{}", (i + step) % 400)});
        members.insert(
            format!("s{i}"),
            json!({
                "type": "object",
                "properties": {"next": next(1), "far": next(7), "list": {"type": "array", "items": next(3)}},
                "allOf": [{"properties": {"n": {"type": "integer"}}}],
                "unevaluatedProperties": {"type": "null"}
            }),
        );
    }
    let (set, documents) = Documents::set(vec![("one", Value::Object(members))]);
    let validator = set.validator(0, &Pointer::root().push("s0"));
    drop(set);
    assert_eq!(validator.fault(), None);
    assert!(documents.1.load(Ordering::Relaxed) < 400);
    assert!(validator.is_valid(&json!({"n": 1, "next": {"far": {"list": [{"n": 2}, {}]}}, "other": null})));
    let bad = json!({"next": {"far": {"list": [{"next": "x"}]}}});
    assert!(!validator.is_valid(&bad));
    let light = validator.light().expect("a schema");
    for (value, verdict) in
        [(json!({"n": 1, "next": {"far": {"list": [{"n": 2}, {}]}}, "other": null}), true), (bad.clone(), false)]
    {
        assert_eq!(light.is_valid(value.to_string().as_bytes(), &mut Tape::new()), Some(verdict), "{value}");
    }
    let found = validator.violations(&bad);
    assert_eq!((found.len(), found[0].instance.as_str()), (1, "/next/far/list/0/next"));
    assert_eq!(found[0].schema.as_str(), "/s12/type");
    assert_eq!(validator.violations(&json!({"extra": 1})).len(), 1);
}

#[test]
fn a_schema_that_cannot_be_compiled_accepts_nothing() {
    let (set, _) = Documents::set(vec![("one", json!({"a": {"pattern": "("}}))]);
    let validator = set.validator(0, &Pointer::root().push("a"));
    assert!(validator.fault().is_some());
    assert!(!validator.is_valid(&json!(1)) && validator.light().is_none());
    assert_eq!(validator.violations(&json!(1)).len(), 1);
    assert!(SchemaSet::inline(&json!({"type": "strnig"})).is_err());
}

#[test]
fn formats_are_asserted() {
    for (format, good, bad) in [
        ("date-time", "2026-01-28T08:00:00Z", "2026-01-28 08:00"),
        ("date", "2026-01-28", "2026-02-30"),
        ("time", "08:00:00Z", "8h"),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8"),
        ("uri", "https://example.com/x", "/x"),
        ("uri-reference", "/x", "\\x"),
        ("email", "a@example.com", "a@"),
        ("hostname", "example.com", "-x-"),
        ("ipv4", "192.0.2.1", "192.0.2.256"),
        ("ipv6", "2001:db8::1", "2001:db8"),
        ("regex", "^a+$", "("),
        ("duration", "PT2M", "2m"),
        ("byte", "aGVsbG8=", "a*b"),
    ] {
        let schema = json!({"type": "string", "format": format});
        assert!(shown(&schema, &json!(good)).is_empty(), "{format} {good}");
        let faults = shown(&schema, &json!(bad));
        assert!(faults.len() == 1 && faults[0].contains("format"), "{format} {bad} {faults:?}");
    }
    assert!(shown(&json!({"format": "no-such-format"}), &json!("x")).is_empty());
}

#[test]
fn letters_of_every_script_match() {
    assert!(shown(&json!({"pattern": r"^[\p{L}0-9\._\-]+$"}), &json!("é-été.Ж_1")).is_empty());
}

#[test]
fn messages_say_what_was_expected_and_found() {
    let schema = json!({
        "type": "object", "required": ["a", "b"], "additionalProperties": false,
        "properties": {"a": {"type": ["string", "null"]}, "b": {"enum": ["X", "Y"]}}
    });
    assert_eq!(
        shown(&schema, &json!({"a": 1, "b": "Z", "c": true})),
        [
            " /additionalProperties additionalProperties: property `c` is not allowed",
            "/a /properties/a/type type: must be a string or null, but is an integer",
            "/b /properties/b/enum enum: must be one of \"X\", \"Y\"",
        ]
    );
    assert_eq!(
        shown(&schema, &json!({})),
        [" /required required: property `a` is missing", " /required required: property `b` is missing"]
    );
}

#[test]
fn alternatives_are_explained_by_the_nearest() {
    let schema = json!({"oneOf": [
        {"type": "object", "properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}, "required": ["kind", "x"]},
        {"type": "object", "properties": {"kind": {"const": "b"}, "y": {"type": "integer"}}, "required": ["kind", "y"]},
        {"type": "string"}
    ]});
    assert_eq!(
        shown(&schema, &json!({"kind": "b", "y": "no"})),
        ["/y /oneOf/1/properties/y/type type: must be an integer, but is a string (closest is alternative 2 of 3)"]
    );
    assert_eq!(
        shown(&schema, &json!(3)),
        [" /oneOf oneOf: fits none of the 3 alternatives: must be a string or an object, but is an integer"]
    );
    let both = json!({"oneOf": [{"minimum": 1}, {"maximum": 9}, {"type": "string"}]});
    assert_eq!(shown(&both, &json!(5)), [" /oneOf oneOf: fits alternatives 1 and 2, but must fit exactly one"]);
}

#[test]
fn what_decides_among_alternatives_is_said() {
    let kinds = json!({"oneOf": [
        {"type": "object", "properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}},
        {"type": "object", "properties": {"kind": {"enum": ["b", "c"]}}}
    ]});
    assert_eq!(
        shown(&kinds, &json!({"kind": "z", "x": 1})),
        ["/kind /oneOf oneOf: must be one of \"a\", \"b\", \"c\", which decides among the 2 alternatives"]
    );
    let deep = json!({"anyOf": [
        {"type": "object", "required": ["a", "b", "c"]},
        {"type": "object", "properties": {"list": {"items": {"properties": {"n": {"type": "integer"}}}}}, "required": ["list"]}
    ]});
    assert_eq!(
        shown(&deep, &json!({"list": [{"n": 1}, {"n": "x"}]})),
        [
            "/list/1/n /anyOf/1/properties/list/items/properties/n/type type: must be an integer, but is a string (closest is alternative 2 of 2)"
        ]
    );
}

#[test]
fn conditions_negations_and_counts_are_put_in_words() {
    let said = |schema: Value, value: Value| {
        shown(&schema, &value).into_iter().map(|s| s.split_once(": ").expect("words").1.to_owned()).collect::<Vec<_>>()
    };
    let condition = json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}});
    assert_eq!(said(condition.clone(), json!({"a": 1})), ["property `b` is missing, because what `if` describes is so"]);
    assert_eq!(said(condition, json!({})), ["property `c` is missing, because what `if` describes is not so"]);
    assert_eq!(said(json!({"not": {"required": ["a", "b"]}}), json!({"a": 1, "b": 1})), ["must not have `a` and `b` together"]);
    assert_eq!(said(json!({"not": {"type": "string"}}), json!("x")), ["must not be a string"]);
    assert_eq!(said(json!({"not": {"enum": [1, 2]}}), json!(2)), ["must not be one of 1, 2"]);
    assert_eq!(
        said(json!({"dependentRequired": {"a": ["b"]}}), json!({"a": 1})),
        ["property `b` is missing, and is needed beside another that is there"]
    );
    assert_eq!(
        said(json!({"contains": {"type": "string"}, "minContains": 2}), json!(["x"])),
        ["holds too few items of the kind that `contains` describes"]
    );
    assert_eq!(
        said(json!({"contains": {"type": "string"}, "maxContains": 1}), json!(["x", "y"])),
        ["holds too many items of the kind that `contains` describes"]
    );
    assert_eq!(said(json!({"contains": {"type": "string"}}), json!([1])), ["holds no item of the kind that must be there"]);
    assert_eq!(
        said(json!({"propertyNames": {"maxLength": 1}}), json!({"ab": 1})),
        ["the property name \"ab\" must have at most 1 character"]
    );
    assert_eq!(
        said(json!({"prefixItems": [true], "unevaluatedItems": false}), json!([1, 2])),
        ["holds more items than are described"]
    );
    let once = json!({"allOf": [{"properties": {"a": {"type": "string"}}}], "unevaluatedProperties": false});
    assert_eq!(said(once.clone(), json!({"a": 1})), ["must be a string, but is an integer"]);
    assert_eq!(said(once, json!({"b": 1})), ["property `b` is not allowed"]);
}
