//! Rules about what leads to what: components, links, callbacks, security, and what an author wants to keep.
//!
//! Data only.

use crate::base::diagnostic::Severity::Warning;
use crate::contract::lint::rule::{
    Rule,
    Sample::{Paths, Schema, Schemas, Whole},
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "lint/unused-component",
        severity: Warning,
        title: "a component that nothing leads to",
        why: "What is not used is not tested, and often it was meant to be used. Followed are all references from paths and webhooks, also through files and path items; discriminators, with every schema that is made of theirs by `allOf`; and security by name. A document without any operation is a library and left alone, components of other files too.",
        bad: Schemas("T: {type: string}\nOther: {type: string} # <-"),
        good: Schemas("T: {type: object, properties: {other: {$ref: '#/components/schemas/Other'}}}\nOther: {type: string}"),
    },
    Rule {
        id: "lint/error-code",
        severity: Warning,
        title: "an error code that the catalogue lacks, or the other way round",
        why: "A spec can keep a catalogue of what its codes mean: as `x-enum-descriptions` (or `x-error-catalogue`) beside an `enum`, as alternatives with `const` and `description`, or for all error answers as `x-error-catalogue` of the document, by code. Where it keeps one, it must be complete, and must not describe what is never sent. Where there is none, none is demanded.",
        bad: Schema(
            "type: string\nenum:\n  - UNKNOWN_ORDER\n  - ORDER_CLOSED # <-\nx-enum-descriptions:\n  UNKNOWN_ORDER: There is no such order.",
        ),
        good: Schema(
            "type: string\nenum:\n  - UNKNOWN_ORDER\n  - ORDER_CLOSED\nx-enum-descriptions:\n  UNKNOWN_ORDER: There is no such order.\n  ORDER_CLOSED: The order can no longer be changed.",
        ),
    },
    Rule {
        id: "lint/callback-expression",
        severity: Warning,
        title: "a callback is sent to what the request does not hold",
        why: "The expression is looked up in the parameters and in the schema of the body. Left alone are schemas that say themselves that there may be more, and bodies without a schema.",
        bad: Paths(
            "/a:\n  post:\n    operationId: a\n    requestBody: {content: {application/json: {schema: {type: object, properties: {callbackUrl: {type: string}}}}}}\n    responses: {default: {description: d}}\n    callbacks:\n      done:\n        '{$request.body#/url}': # <-\n          post: {responses: {'204': {description: d}}}",
        ),
        good: Paths(
            "/a:\n  post:\n    operationId: a\n    requestBody: {content: {application/json: {schema: {type: object, properties: {callbackUrl: {type: string}}}}}}\n    responses: {default: {description: d}}\n    callbacks:\n      done:\n        '{$request.body#/callbackUrl}':\n          post: {responses: {'204': {description: d}}}",
        ),
    },
    Rule {
        id: "lint/link-expression",
        severity: Warning,
        title: "a link takes from the answer what it does not hold",
        why: "The expression is looked up in the parameters, in the schema of the body and among the headers of the answer that bears the link.",
        bad: Paths(
            "/a:\n  post:\n    operationId: a\n    responses:\n      '201':\n        description: d\n        content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}\n        links:\n          read:\n            operationId: b\n            parameters:\n              id: $response.body#/orderId # <-\n/a/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
        good: Paths(
            "/a:\n  post:\n    operationId: a\n    responses:\n      '201':\n        description: d\n        content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}\n        links:\n          read:\n            operationId: b\n            parameters:\n              id: $response.body#/id\n/a/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
    },
    Rule {
        id: "lint/link-parameter",
        severity: Warning,
        title: "a link gives a parameter that the operation does not have",
        why: "The name is looked up among the parameters of the target, also as `path.id`.",
        bad: Paths(
            "/a:\n  post:\n    operationId: a\n    responses:\n      '201':\n        description: d\n        content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}\n        links:\n          read:\n            operationId: b\n            parameters:\n              orderId: $response.body#/id # <-\n/a/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
        good: Paths(
            "/a:\n  post:\n    operationId: a\n    responses:\n      '201':\n        description: d\n        content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}\n        links:\n          read:\n            operationId: b\n            parameters:\n              id: $response.body#/id\n/a/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
    },
    Rule {
        id: "lint/key-in-query",
        severity: Warning,
        title: "an API key travels in the query",
        why: "URLs are kept in logs, in histories and in referrers, and so is the key.",
        bad: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\nsecurity: [{key: []}]\npaths:\n  /a:\n    get: {operationId: a, responses: {default: {description: d}}}\ncomponents:\n  securitySchemes:\n    key:\n      type: apiKey\n      name: api_key\n      in: query # <-\n",
        ),
        good: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\nsecurity: [{key: []}]\npaths:\n  /a:\n    get: {operationId: a, responses: {default: {description: d}}}\ncomponents:\n  securitySchemes:\n    key:\n      type: apiKey\n      name: X-Api-Key\n      in: header\n",
        ),
    },
    Rule {
        id: "lint/plain-token-url",
        severity: Warning,
        title: "credentials are exchanged without TLS",
        why: "Whoever is on the way reads the client's secret and the token (RFC 6749, section 3.2, demands TLS). Addresses of one's own machine and of test networks are left alone.",
        bad: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\nsecurity: [{login: []}]\npaths:\n  /a:\n    get: {operationId: a, responses: {default: {description: d}}}\ncomponents:\n  securitySchemes:\n    login:\n      type: oauth2\n      flows:\n        clientCredentials:\n          tokenUrl: http://example.com/token # <-\n          scopes: {}\n",
        ),
        good: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\nsecurity: [{login: []}]\npaths:\n  /a:\n    get: {operationId: a, responses: {default: {description: d}}}\ncomponents:\n  securitySchemes:\n    login:\n      type: oauth2\n      flows:\n        clientCredentials:\n          tokenUrl: https://example.com/token\n          scopes: {}\n",
        ),
    },
    Rule {
        id: "lint/plain-server",
        severity: Warning,
        title: "an API with credentials is served without TLS",
        why: "Whoever is on the way reads the credentials. Addresses of one's own machine and of test networks are left alone, and APIs without security.",
        bad: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\nservers:\n  - url: http://api.example.com # <-\nsecurity: [{basic: []}]\npaths:\n  /a:\n    get: {operationId: a, responses: {default: {description: d}}}\ncomponents:\n  securitySchemes:\n    basic: {type: http, scheme: basic}\n",
        ),
        good: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\nservers:\n  - url: https://api.example.com\n  - url: http://localhost:8080\nsecurity: [{basic: []}]\npaths:\n  /a:\n    get: {operationId: a, responses: {default: {description: d}}}\ncomponents:\n  securitySchemes:\n    basic: {type: http, scheme: basic}\n",
        ),
    },
    Rule {
        id: "lint/ignore",
        severity: Warning,
        title: "`x-proofmark-lint` silences nothing",
        why: "`x-proofmark-lint: {ignore: [unused-component]}` keeps a rule silent at the object where it stands and below it. Once the reason is gone, or where the name is no rule, the wish only hides what comes later.",
        bad: Schema("type: string\nx-proofmark-lint:\n  ignore:\n    - format # <-"),
        good: Schema("type: string\nformat: datetime\nx-proofmark-lint:\n  ignore:\n    - format"),
    },
];
