//! The codes of loading: what is wrong with the structure of a spec, each with an example.
//!
//! Data only; what finds these faults is the loader, which never asks this list.

use crate::contract::lint::rule::{
    Sample,
    Sample::{Paths, Schema, Schemas, Schemas30, Whole},
};

/// A code of loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// The code, such as `contract/path`.
    pub code: &'static str,
    /// What it says.
    pub title: &'static str,
    /// A spec that has the fault; none where it takes more than one text.
    pub sample: Option<Sample>,
}

const fn code(code: &'static str, title: &'static str, sample: Sample) -> Loading {
    Loading { code, title, sample: Some(sample) }
}

const fn bare(code: &'static str, title: &'static str) -> Loading {
    Loading { code, title, sample: None }
}

/// Every code of loading.
pub static LOADING: &[Loading] = &[
    code(
        "contract/circular-ref",
        "references lead back to themselves, so that no value can be decided",
        Schemas("T:\n  $ref: '#/components/schemas/T'"),
    ),
    code(
        "contract/duplicate-operation-id",
        "two operations have the same `operationId`",
        Paths(
            "/a:\n  get: {operationId: a, responses: {default: {description: d}}}\n  post: {operationId: a, responses: {default: {description: d}}}",
        ),
    ),
    code(
        "contract/exclusive",
        "two fields stand beside each other that exclude each other",
        Paths(
            "/a:\n  get:\n    operationId: a\n    responses: {'200': {description: d, content: {text/plain: {example: a, examples: {b: {value: b}}}}}}",
        ),
    ),
    code(
        "contract/expression",
        "the key of a callback is no runtime expression",
        Paths(
            "/a:\n  post:\n    operationId: a\n    responses: {default: {description: d}}\n    callbacks: {done: {'{$request.bodi#/url}': {}}}",
        ),
    ),
    code(
        "contract/link",
        "a link leads to no operation",
        Paths("/a:\n  post:\n    operationId: a\n    responses: {'201': {description: d, links: {next: {operationId: b}}}}"),
    ),
    code(
        "contract/missing-field",
        "a field is missing that must be there",
        Paths("/a:\n  get: {operationId: a, responses: {'200': {}}}"),
    ),
    code(
        "contract/name",
        "the name of a component has letters that it cannot have",
        Schemas("T: {type: string}\nA B: {type: string}"),
    ),
    code(
        "contract/no-openapi",
        "the document does not say which OpenAPI it is written in",
        Whole("info: {title: t, version: '1'}\npaths: {}\n"),
    ),
    code("contract/nullable", "`nullable` stands where it has no effect", Schemas30("T: {nullable: true}")),
    code(
        "contract/parameter",
        "the fields of a parameter do not go together",
        Paths(
            "/a:\n  get:\n    operationId: a\n    parameters: [{name: q, in: query, style: simple, schema: {type: string}}]\n    responses: {default: {description: d}}",
        ),
    ),
    code(
        "contract/path",
        "a path does not begin with a slash, or matches the same as another one",
        Paths("a:\n  get: {operationId: a, responses: {default: {description: d}}}"),
    ),
    code(
        "contract/path-parameter",
        "the parameters of a path are not those that are declared",
        Paths("/a/{id}:\n  get: {operationId: a, responses: {default: {description: d}}}"),
    ),
    code("contract/pattern", "a pattern is no regular expression", Schema("type: string\npattern: '[a-'")),
    code(
        "contract/schema",
        "keywords of a schema contradict each other, or have no value that they can have",
        Schema("type: string\nminLength: 5\nmaxLength: 3"),
    ),
    code(
        "contract/security",
        "a security scheme is demanded that is not declared",
        Paths("/a:\n  get:\n    operationId: a\n    security: [{token: []}]\n    responses: {default: {description: d}}"),
    ),
    code(
        "contract/server",
        "the default of a server variable is none of its values",
        Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://{r}.example.com', variables: {r: {default: eu, enum: [us]}}}]\npaths: {}\n",
        ),
    ),
    code(
        "contract/status",
        "the key of a response is no status",
        Paths("/a:\n  get: {operationId: a, responses: {2xx: {description: d}}}"),
    ),
    code("contract/type", "`type` names no type", Schema("type: strnig")),
    code(
        "contract/unknown-field",
        "a field is not known",
        Whole("openapi: 3.1.1\ninfo: {title: t, version: '1', licence: {name: MIT}}\npaths: {}\n"),
    ),
    code("contract/unknown-keyword", "a keyword of a schema is not known", Schemas30("T: {type: object, propertis: {}}")),
    bare("contract/unreadable-ref", "a file that is referred to cannot be read"),
    code("contract/unresolved-ref", "a reference names nothing", Schemas("T: {$ref: '#/components/schemas/Other'}")),
    bare("contract/unusable", "the document passed every check and still cannot be used"),
    code(
        "contract/version",
        "the version of OpenAPI is not read",
        Whole("openapi: 4.0.0\ninfo: {title: t, version: '1'}\npaths: {}\n"),
    ),
    code(
        "contract/wrong-ref",
        "a reference names an object of another kind",
        Paths(
            "/a:\n  get: {operationId: a, responses: {default: {$ref: '#/components/schemas/A'}}}\ncomponents: {schemas: {A: {}}}",
        ),
    ),
    code(
        "contract/wrong-type",
        "a value is of the wrong type",
        Whole("openapi: 3.1.1\ninfo: {title: t, version: 1.0}\npaths: {}\n"),
    ),
    code(
        "contract/wrong-value",
        "a value is none of those that it can be",
        Paths(
            "/a:\n  get:\n    operationId: a\n    parameters: [{name: q, in: qeury, schema: {type: string}}]\n    responses: {default: {description: d}}",
        ),
    ),
];
