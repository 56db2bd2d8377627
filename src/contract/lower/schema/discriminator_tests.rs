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
