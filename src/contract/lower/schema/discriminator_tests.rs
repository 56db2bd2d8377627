//! Discriminators choose among alternatives and children.
//!
//! Validates small values against small contracts; reads no file.

use super::tests::Case;
use crate::contract::model::Direction;
use serde_json::{Value, json};

#[test]
fn a_discriminator_chooses_the_alternative() {
    let schemas = "    Pet:\n      discriminator: {propertyName: kind, mapping: {dog: '#/components/schemas/Dog', puppy: Dog}}\n      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]\n    Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}\n    Dog: {type: object, required: [kind, bark], properties: {kind: {type: string}, bark: {type: boolean}}}\n    Base:\n      type: object\n      discriminator: {propertyName: kind}\n      properties: {kind: {type: string}}\n    Derived: {allOf: [{$ref: '#/components/schemas/Base'}], required: [kind]}\n";
    for version in ["3.0.3", "3.1.0"] {
        let case = Case::new(version, schemas);
        let shown = |value: Value| case.shown("Pet", Direction::Response, &value);
        for good in [json!({"kind": "Cat"}), json!({"kind": "dog", "bark": true}), json!({"kind": "puppy", "bark": false})] {
            assert_eq!(shown(good), Vec::<String>::new());
        }
        assert_eq!(
            shown(json!({"kind": "Cat", "lives": "nine"})),
            ["/lives /components/schemas/Cat/properties/lives/type must be an integer, but is a string"]
        );
        assert_eq!(shown(json!({"kind": "puppy"})), [" /components/schemas/Dog/required property `bark` is missing"]);
        let unknown = shown(json!({"kind": "Cow", "bark": true}));
        assert!(unknown.len() == 1 && unknown[0].contains("must be one of \"Cat\", \"dog\", \"puppy\", \"Dog\""), "{unknown:?}");
        assert!(shown(json!({}))[0].contains("property `kind` is missing"));
        assert_eq!(shown(json!(5)).len(), 1);
        assert!(case.accepts("Derived", &json!({"kind": "anything"})));
    }
}

#[test]
fn without_a_mapping_the_values_that_alternatives_list_choose() {
    let schemas = "    Item:\n      discriminator: {propertyName: type}\n      oneOf: [{$ref: '#/components/schemas/Message'}, {$ref: '#/components/schemas/Call'}]\n    Message: {type: object, required: [type, text], properties: {type: {type: string, enum: [message, note]}, text: {type: string}}}\n    Call: {type: object, required: [type], properties: {type: {type: string, enum: [call]}, name: {type: string}}}\n    Same:\n      discriminator: {propertyName: type}\n      oneOf: [{$ref: '#/components/schemas/Call'}, {$ref: '#/components/schemas/Other'}]\n    Other: {type: object, required: [n], properties: {type: {type: string, enum: [call]}, n: {type: integer}}}\n";
    for version in ["3.0.3", "3.1.0"] {
        let case = Case::new(version, schemas);
        let shown = |value: Value| case.shown("Item", Direction::Response, &value);
        for good in [json!({"type": "message", "text": ""}), json!({"type": "note", "text": ""}), json!({"type": "call"})] {
            assert_eq!(shown(good), Vec::<String>::new());
        }
        assert_eq!(shown(json!({"type": "message"})), [" /components/schemas/Message/required property `text` is missing"]);
        assert!(shown(json!({"type": "Call"}))[0].contains("must be one of \"message\", \"note\", \"call\""));
        // Values that choose two alternatives choose none: `oneOf` decides as it always does.
        assert!(case.accepts("Same", &json!({"type": "call", "n": "x"})));
        assert!(!case.accepts("Same", &json!({"type": "call", "n": 1})));
    }
}

const FAMILY: &str = "    Pet:
      type: object
      required: [kind]
      discriminator: {propertyName: kind, mapping: {hound: '#/components/schemas/Dog', bird: Bird}}
      properties: {kind: {type: string}, name: {type: string}}
    Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, required: [lives], properties: {lives: {type: integer}}}]}
    Dog: {allOf: [{$ref: '#/components/schemas/Pet'}], properties: {bark: {type: boolean}}, required: [bark]}
    Puppy: {allOf: [{$ref: '#/components/schemas/Dog'}], properties: {weeks: {type: integer}}, required: [weeks]}
    Bird: {type: object, required: [wings], properties: {wings: {type: integer}}}
    Owner: {type: object, properties: {pet: {$ref: '#/components/schemas/Pet'}, other: {nullable: true, allOf: [{$ref: '#/components/schemas/Pet'}]}}}
";

#[test]
fn a_parent_leads_to_the_child_that_its_property_names() {
    for version in ["3.0.3", "3.1.0"] {
        let case = Case::new(version, FAMILY);
        for good in [
            json!({"kind": "Pet"}),
            json!({"kind": "Cat", "lives": 9}),
            json!({"kind": "Dog", "bark": true}),
            json!({"kind": "hound", "bark": true}),
            json!({"kind": "Puppy", "bark": true, "weeks": 3}),
            json!({"kind": "bird", "wings": 2}),
        ] {
            assert_eq!(case.shown("Pet", Direction::Response, &good), Vec::<String>::new());
            assert!(case.accepts("Owner", &json!({"pet": good.clone(), "other": good})));
        }
        let shown = |value: Value| case.shown("Pet", Direction::Response, &value);
        assert_eq!(shown(json!({"kind": "Cat"})), [" /components/schemas/Cat/allOf/1/required property `lives` is missing"]);
        assert_eq!(shown(json!({"kind": "hound"})), [" /components/schemas/Dog/required property `bark` is missing"]);
        assert_eq!(
            shown(json!({"kind": "Puppy", "bark": true})),
            [" /components/schemas/Puppy/required property `weeks` is missing"]
        );
        assert_eq!(shown(json!({"kind": "bird"})), [" /components/schemas/Bird/required property `wings` is missing"]);
        let unknown = shown(json!({"kind": "Cow"}));
        assert!(
            unknown.len() == 1 && unknown[0].starts_with("/kind /components/schemas/Pet/discriminator must be one of"),
            "{unknown:?}"
        );
        for place in ["pet", "other"] {
            assert!(!case.accepts("Owner", &json!({place: {"kind": "Puppy"}})), "{place}");
        }
        // A child says nothing about its brothers.
        assert!(case.accepts("Dog", &json!({"kind": "Cat", "bark": true})));
    }
}

#[test]
fn what_a_parent_does_not_know_may_have_a_default() {
    let case = Case::new(
        "3.2.0",
        "    Pet:
      type: object
      discriminator: {propertyName: kind, defaultMapping: Other}
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Other'}]
    Cat: {type: object, required: [lives]}
    Other: {type: object, required: [what]}
",
    );
    assert!(case.accepts("Pet", &json!({"kind": "Cat", "lives": 9})) && !case.accepts("Pet", &json!({"kind": "Cat", "what": 1})));
    assert!(case.accepts("Pet", &json!({"kind": "Cow", "what": 1})) && !case.accepts("Pet", &json!({"kind": "Cow"})));
    assert!(case.accepts("Pet", &json!({"what": 1})) && !case.accepts("Pet", &json!({"lives": 1})));
}

#[test]
fn what_a_chosen_schema_knows_is_evaluated() {
    let case = Case::new(
        "3.1.0",
        "    Pet:
      type: object
      discriminator: {propertyName: kind}
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      unevaluatedProperties: false
    Cat: {type: object, properties: {kind: {type: string}, lives: {type: integer}}}
    Dog: {type: object, properties: {kind: {type: string}, bark: {type: boolean, readOnly: true}}}
",
    );
    assert!(case.accepts("Pet", &json!({"kind": "Cat", "lives": 9})));
    assert!(!case.accepts("Pet", &json!({"kind": "Cat", "bark": true})));
    assert_eq!(
        case.shown("Pet", Direction::Request, &json!({"kind": "Dog", "bark": true})),
        ["/bark /components/schemas/Dog/properties/bark/readOnly must not be in a request, because it is readOnly"]
    );
}
