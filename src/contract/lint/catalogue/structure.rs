//! The codes of loading: what is wrong with the text, the structure or the overlays of a spec, most with an example.
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
    code(
        "contract/dialect",
        "a `$schema` names a dialect that is not known",
        Schema("$schema: 'https://example.com/dialect'\ntype: string"),
    ),
    code(
        "contract/discriminator",
        "a discriminator has nothing to choose from, or no property to choose by",
        Schema("type: object\nrequired: [kind]\nproperties: {kind: {type: string}}\ndiscriminator: {propertyName: kind}"),
    ),
    code(
        "contract/encoding",
        "an encoding has no effect on what it stands beside",
        Paths(
            "/a:\n  post:\n    operationId: a\n    requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {b: {type: string}}}, encoding: {c: {style: form}}}}}\n    responses: {default: {description: d}}",
        ),
    ),
    code(
        "contract/header",
        "a header cannot have this name, or is ignored under it",
        Paths(
            "/a:\n  get:\n    operationId: a\n    parameters: [{name: Authorization, in: header, schema: {type: string}}]\n    responses: {default: {description: d}}",
        ),
    ),
    code(
        "contract/media-type",
        "the key of `content` is no media type",
        Paths("/a:\n  get: {operationId: a, responses: {'200': {description: d, content: {json: {schema: {type: string}}}}}}"),
    ),
    code(
        "contract/method",
        "a further operation of OpenAPI 3.2 has a method that it cannot have",
        Whole(
            "openapi: 3.2.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    additionalOperations:\n      POST: {responses: {default: {description: d}}}\n",
        ),
    ),
    code(
        "contract/ref-sibling",
        "what stands beside a reference is ignored",
        Schemas30("T: {$ref: '#/components/schemas/Other', maxLength: 3}\nOther: {type: string}"),
    ),
    code(
        "contract/request-body",
        "a body of GET, HEAD, DELETE or TRACE, which has no meaning",
        Paths(
            "/a:\n  delete:\n    operationId: a\n    requestBody: {content: {application/json: {schema: {type: string}}}}\n    responses: {default: {description: d}}",
        ),
    ),
    code(
        "contract/tag",
        "a tag is given or declared twice, or nested in itself",
        Paths("/a:\n  get: {operationId: a, tags: [b, b], responses: {default: {description: d}}}"),
    ),
    bare("contract/too-deep", "schemas lead on through more references than are followed"),
    bare("overlay/copy", "a copy takes from a place that is not exactly one"),
    bare("overlay/exclusive", "an action both updates and copies"),
    bare("overlay/extends", "an overlay is for another document than the one it is applied to"),
    bare("overlay/incompatible", "an update does not fit what it is applied to"),
    bare("overlay/missing-field", "a field of an overlay is missing"),
    bare("overlay/no-effect", "an action changes nothing"),
    bare("overlay/no-match", "the target of an action is not in the document"),
    bare("overlay/no-overlay", "the document does not say that it is an overlay"),
    bare("overlay/path", "a target is no JSONPath"),
    bare("overlay/primitive", "an action is applied to what is neither an object nor a list"),
    bare("overlay/root", "an action removes the whole document"),
    bare("overlay/too-large", "the document grows beyond what is read"),
    bare("overlay/unknown-field", "a field of an overlay is not known"),
    bare("overlay/version", "the version of Overlay is not read"),
    bare("overlay/wrong-type", "a value of an overlay is of the wrong type"),
    code("syntax/alias", "an alias stands before its anchor is complete", Whole("a: &x [*x]\n")),
    code("syntax/duplicate-key", "a key is written twice", Whole("openapi: 3.1.1\nopenapi: 3.1.1\n")),
    code("syntax/empty", "the document is empty", Whole("")),
    bare("syntax/json", "the document is no JSON"),
    code("syntax/key", "a key is no text", Whole("[a]: b\n")),
    code("syntax/merge", "a merge key takes what is no mapping", Whole("<<: 1\n")),
    code("syntax/second-document", "one file holds more than one document", Whole("a: b\n---\nc: d\n")),
    bare("syntax/too-deep", "the document is nested too deep to be read"),
    bare("syntax/too-large", "the document is too large to be read"),
    code("syntax/yaml", "the document is no YAML", Whole("a: [\n")),
    code(
        "contract/collection-format",
        "how Swagger 2.0 writes a list has no counterpart in OpenAPI 3",
        Whole(
            "swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      parameters: [{name: q, in: query, type: array, items: {type: string}, collectionFormat: tsv}]\n      responses: {default: {description: d}}\n",
        ),
    ),
    code(
        "contract/example",
        "an example of Swagger 2.0 is not named by its media type",
        Whole(
            "swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get: {responses: {default: {description: d, examples: {first: 1}}}}\n",
        ),
    ),
];
