//! Rules about examples, media types and what a body may be.
//!
//! Data only.

use crate::base::diagnostic::Severity::{Error, Warning};
use crate::contract::lint::rule::{
    Rule,
    Sample::{Paths, Schema},
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "lint/example",
        severity: Error,
        title: "an example does not conform to the schema that it stands beside",
        why: "Examples are what people copy, and what mock servers answer. Each one is judged in the direction in which it travels: a `readOnly` property is neither demanded of a request nor allowed in it. Examples of parameters and headers may also be written as they travel. Left alone are `externalValue`, bodies in XML or of forms that are written as text, and what stands beside a `$ref` in OpenAPI 3.0.",
        bad: Schema("type: object\nproperties:\n  count: {type: integer}\nexamples:\n  - {count: 1}\n  - {count: one} # <-"),
        good: Schema("type: object\nproperties:\n  count: {type: integer}\nexamples:\n  - {count: 1}\n  - {count: 2}"),
    },
    Rule {
        id: "lint/default",
        severity: Error,
        title: "a default does not conform to its own schema",
        why: "A default is what is assumed where nothing is sent. One that could not be sent cannot be assumed either.",
        bad: Schema("type: string\nenum: [asc, desc]\ndefault: ascending # <-"),
        good: Schema("type: string\nenum: [asc, desc]\ndefault: asc"),
    },
    Rule {
        id: "lint/media-type",
        severity: Warning,
        title: "a media type that no body can have",
        why: "`application/*+json` looks like a range and is none: only a whole subtype can be `*`. Nothing is ever judged by such an entry.",
        bad: Paths(
            "/a:\n  get:\n    operationId: a\n    responses:\n      '200':\n        description: d\n        content:\n          application/*+json: {schema: {type: string}} # <-",
        ),
        good: Paths(
            "/a:\n  get:\n    operationId: a\n    responses:\n      '200':\n        description: d\n        content:\n          application/hal+json: {schema: {type: string}}",
        ),
    },
    Rule {
        id: "lint/duplicate-media-type",
        severity: Warning,
        title: "two media types of one body are the same",
        why: "Which schema is meant for a body that both entries cover? Case, order of parameters, and a `charset` of UTF-8 make no difference, nor does any `charset` of JSON. Other parameters, such as `profile` or `version`, do.",
        bad: Paths(
            "/a:\n  get:\n    operationId: a\n    responses:\n      '200':\n        description: d\n        content:\n          application/json: {schema: {type: string}}\n          application/json; charset=utf-8: {schema: {type: string}} # <-",
        ),
        good: Paths(
            "/a:\n  get:\n    operationId: a\n    responses:\n      '200':\n        description: d\n        content:\n          application/json: {schema: {type: string}}",
        ),
    },
    Rule {
        id: "lint/forbidden-content",
        severity: Warning,
        title: "a body is described where none can be",
        why: "Answers with 1xx, 204, 205 or 304, and answers to HEAD, never have a body (RFC 9110, sections 6.4.1 and 15).",
        bad: Paths(
            "/a:\n  get:\n    operationId: a\n    responses:\n      '204':\n        description: d\n        content: {application/json: {schema: {type: string}}} # <-",
        ),
        good: Paths("/a:\n  get:\n    operationId: a\n    responses:\n      '204': {description: d}"),
    },
    Rule {
        id: "lint/empty-response",
        severity: Warning,
        title: "a GET that answers 200 without a body",
        why: "Without `content` any body is taken for right, or none. Whoever reads with GET wants something to read.",
        bad: Paths("/a:\n  get:\n    operationId: a\n    responses:\n      '200': {description: d} # <-"),
        good: Paths(
            "/a:\n  get:\n    operationId: a\n    responses:\n      '200': {description: d, content: {application/json: {schema: {type: string}}}}",
        ),
    },
    Rule {
        id: "lint/error-schema",
        severity: Warning,
        title: "the body of an error is not described",
        why: "Clients branch on what an error says, so it is as much of the contract as success is. Left alone are refusals whose reason is in their headers (a challenge, `Retry-After`, `Allow`), and plain text.",
        bad: Paths(
            "/a:\n  post:\n    operationId: a\n    responses:\n      '201': {description: d}\n      '409': {description: d} # <-",
        ),
        good: Paths(
            "/a:\n  post:\n    operationId: a\n    responses:\n      '201': {description: d}\n      '409': {description: d, content: {application/problem+json: {schema: {type: object}}}}",
        ),
    },
];
