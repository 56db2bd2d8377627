//! Rules about alternatives, discriminators and schemas made of others.
//!
//! Data only.

use crate::base::diagnostic::Severity::{Error, Warning};
use crate::contract::lint::rule::{
    Rule,
    Sample::{Schema, Schemas},
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "lint/closed-all-of",
        severity: Warning,
        title: "`additionalProperties: false` refuses what another part of `allOf` describes",
        why: "The keyword sees only the `properties` beside it, and nothing of the other parts. What they describe can never be sent, and where they demand it, nothing conforms.",
        bad: Schemas(
            "T:\n  allOf:\n    - $ref: '#/components/schemas/Base'\n    - type: object\n      properties: {name: {type: string}}\nBase:\n  type: object\n  properties: {id: {type: string}}\n  additionalProperties: false # <-",
        ),
        good: Schemas(
            "T:\n  allOf:\n    - $ref: '#/components/schemas/Base'\n    - type: object\n      properties: {name: {type: string}}\n  unevaluatedProperties: false\nBase:\n  type: object\n  properties: {id: {type: string}}",
        ),
    },
    Rule {
        id: "lint/disjoint-all-of",
        severity: Error,
        title: "the parts of `allOf` demand types that exclude each other",
        why: "No value is of both types, so nothing conforms.",
        bad: Schema("allOf:\n  - type: object\n  - type: string # <-"),
        good: Schema("anyOf:\n  - type: object\n  - type: string"),
    },
    Rule {
        id: "lint/same-alternatives",
        severity: Warning,
        title: "two alternatives of `oneOf` are the same",
        why: "`oneOf` wants exactly one to fit: what fits an alternative that is there twice is refused.",
        bad: Schema("oneOf:\n  - {type: string}\n  - {type: integer}\n  - {type: string} # <-"),
        good: Schema("oneOf:\n  - {type: string}\n  - {type: integer}"),
    },
    Rule {
        id: "lint/overlapping-alternatives",
        severity: Warning,
        title: "a simple value fits more than one alternative of `oneOf`",
        why: "`oneOf` wants exactly one to fit. Objects in which everything is optional all fit `{}`, and an integer is a number too. The finding names a value that proves it; alternatives with a discriminator are left alone.",
        bad: Schema(
            "oneOf: # <-\n  - {type: object, properties: {mail: {type: string}}}\n  - {type: object, properties: {phone: {type: string}}}",
        ),
        good: Schema(
            "oneOf:\n  - {type: object, required: [mail], properties: {mail: {type: string}}}\n  - {type: object, required: [phone], properties: {phone: {type: string}}, not: {required: [mail]}}",
        ),
    },
    Rule {
        id: "lint/discriminator-property",
        severity: Warning,
        title: "an alternative has no property by which it could be chosen",
        why: "The discriminator reads the property of the value: an alternative that does not describe it leaves open whether it may be there, and what it may be. Looked through are references and lists of schemas; where the properties stand in the alternative itself, this is said on loading (`contract/discriminator`).",
        bad: Schemas(
            "T:\n  discriminator: {propertyName: kind}\n  oneOf:\n    - $ref: '#/components/schemas/Cat'\n    - $ref: '#/components/schemas/Dog' # <-\nCat: {type: object, required: [kind], properties: {kind: {type: string}}}\nDog: {allOf: [{$ref: '#/components/schemas/Animal'}]}\nAnimal: {type: object, properties: {name: {type: string}}}",
        ),
        good: Schemas(
            "T:\n  discriminator: {propertyName: kind}\n  oneOf:\n    - $ref: '#/components/schemas/Cat'\n    - $ref: '#/components/schemas/Dog'\nCat: {type: object, required: [kind], properties: {kind: {type: string}}}\nDog: {allOf: [{$ref: '#/components/schemas/Animal'}]}\nAnimal: {type: object, required: [kind], properties: {kind: {type: string}, name: {type: string}}}",
        ),
    },
    Rule {
        id: "lint/discriminator-value",
        severity: Warning,
        title: "an alternative does not allow the value by which it is chosen",
        why: "The value is the name of the schema, or what `mapping` says. Where the alternative lists other values, nothing conforms to it.",
        bad: Schemas(
            "T:\n  discriminator: {propertyName: kind} # <-\n  oneOf:\n    - $ref: '#/components/schemas/Cat'\n    - $ref: '#/components/schemas/Dog'\nCat: {type: object, required: [kind], properties: {kind: {const: Cat}}}\nDog: {type: object, required: [kind], properties: {kind: {const: dog}}}",
        ),
        good: Schemas(
            "T:\n  discriminator: {propertyName: kind, mapping: {dog: '#/components/schemas/Dog'}}\n  oneOf:\n    - $ref: '#/components/schemas/Cat'\n    - $ref: '#/components/schemas/Dog'\nCat: {type: object, required: [kind], properties: {kind: {const: Cat}}}\nDog: {type: object, required: [kind], properties: {kind: {const: dog}}}",
        ),
    },
    Rule {
        id: "lint/discriminator-mapping",
        severity: Warning,
        title: "a mapping leads to a schema that is none of the alternatives",
        why: "A discriminator only chooses between the alternatives beside it, so such a value is refused. A mapping that leads nowhere at all is refused on loading.",
        bad: Schemas(
            "T:\n  discriminator:\n    propertyName: kind\n    mapping:\n      dog: '#/components/schemas/Dog' # <-\n  oneOf:\n    - $ref: '#/components/schemas/Cat'\nCat: {type: object, required: [kind], properties: {kind: {type: string}}}\nDog: {type: object, required: [kind], properties: {kind: {type: string}}}",
        ),
        good: Schemas(
            "T:\n  discriminator:\n    propertyName: kind\n    mapping:\n      dog: '#/components/schemas/Dog'\n  oneOf:\n    - $ref: '#/components/schemas/Cat'\n    - $ref: '#/components/schemas/Dog'\nCat: {type: object, required: [kind], properties: {kind: {type: string}}}\nDog: {type: object, required: [kind], properties: {kind: {type: string}}}",
        ),
    },
    Rule {
        id: "lint/discriminator-branch",
        severity: Warning,
        title: "an alternative beside a discriminator has no name",
        why: "A discriminator chooses by the name of a component, or by a mapping to a schema. An alternative that is written in place has neither, so the discriminator cannot be used.",
        bad: Schemas(
            "T:\n  discriminator: {propertyName: kind}\n  oneOf:\n    - $ref: '#/components/schemas/Cat'\n    - {type: object, required: [kind], properties: {kind: {type: string}}} # <-\nCat: {type: object, required: [kind], properties: {kind: {type: string}}}",
        ),
        good: Schemas(
            "T:\n  discriminator: {propertyName: kind}\n  oneOf:\n    - $ref: '#/components/schemas/Cat'\n    - $ref: '#/components/schemas/Dog'\nCat: {type: object, required: [kind], properties: {kind: {type: string}}}\nDog: {type: object, required: [kind], properties: {kind: {type: string}}}",
        ),
    },
];
