//! Rules about paths, operations and the statuses that they answer with.
//!
//! Data only.

use crate::base::diagnostic::Severity::Warning;
use crate::contract::lint::rule::{
    Rule,
    Sample::{Paths, Whole},
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "lint/ambiguous-path",
        severity: Warning,
        title: "two paths match the same request, and neither is more concrete",
        why: "OpenAPI leaves open which of them is meant, so client, server and gateway may each decide otherwise. Only paths that share a method are compared, and a word that does not conform to the schema of a parameter (such as one that is no UUID) does not count as a match. `/a/mine` beside `/a/{id}` is no fault: the concrete path wins.",
        bad: Paths(
            "/{kind}/latest:\n  parameters: [{name: kind, in: path, required: true, schema: {type: string}}]\n  get: {operationId: a, responses: {default: {description: d}}}\n/orders/{id}: # <-\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
        good: Paths(
            "/{kind}/latest:\n  parameters: [{name: kind, in: path, required: true, schema: {type: string}}]\n  get: {operationId: a, responses: {default: {description: d}}}\n/orders/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
    },
    Rule {
        id: "lint/shadowed-value",
        severity: Warning,
        title: "a listed value of a path parameter is the name of another path",
        why: "A concrete path wins over a templated one, so a request with that value never reaches the operation that lists it.",
        bad: Paths(
            "/reports/{kind}:\n  parameters:\n    - name: kind\n      in: path\n      required: true\n      schema:\n        type: string\n        enum:\n          - daily\n          - latest # <-\n  get: {operationId: a, responses: {default: {description: d}}}\n/reports/latest:\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
        good: Paths(
            "/reports/{kind}:\n  parameters:\n    - name: kind\n      in: path\n      required: true\n      schema:\n        type: string\n        enum:\n          - daily\n          - weekly\n  get: {operationId: a, responses: {default: {description: d}}}\n/reports/latest:\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
    },
    Rule {
        id: "lint/trailing-slash",
        severity: Warning,
        title: "two paths differ only by the slash at the end",
        why: "Frameworks and gateways commonly take them for one, by a redirect or silently.",
        bad: Paths(
            "/a:\n  get: {operationId: a, responses: {default: {description: d}}}\n/a/: # <-\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
        good: Paths(
            "/a:\n  get: {operationId: a, responses: {default: {description: d}}}\n/b:\n  get: {operationId: b, responses: {default: {description: d}}}",
        ),
    },
    Rule {
        id: "lint/path-case",
        severity: Warning,
        title: "two paths differ only by upper and lower case",
        why: "Paths are told apart by case, people do not do so: one of the two is most likely a slip.",
        bad: Paths(
            "/orders:\n  get: {operationId: a, responses: {default: {description: d}}}\n/Orders: # <-\n  post: {operationId: b, responses: {default: {description: d}}}",
        ),
        good: Paths(
            "/orders:\n  get: {operationId: a, responses: {default: {description: d}}}\n  post: {operationId: b, responses: {default: {description: d}}}",
        ),
    },
    Rule {
        id: "lint/operation-id",
        severity: Warning,
        title: "an operation has no `operationId`",
        why: "Suites, links and reports name an operation by it, and keep naming it when its path changes. Webhooks and callbacks are named by their keys.",
        bad: Paths("/a:\n  get: # <-\n    responses: {default: {description: d}}"),
        good: Paths("/a:\n  get:\n    operationId: listOrders\n    responses: {default: {description: d}}"),
    },
    Rule {
        id: "lint/no-success",
        severity: Warning,
        title: "no answer is described for when all is well",
        why: "Without one, nothing that the API does right can be judged. `2XX`, `3XX`, `101` and `default` count.",
        bad: Paths(
            "/a:\n  get:\n    operationId: a\n    responses: # <-\n      '503': {description: d, content: {application/json: {schema: {type: object}}}}",
        ),
        good: Paths(
            "/a:\n  get:\n    operationId: a\n    responses:\n      '204': {description: d}\n      '503': {description: d, content: {application/json: {schema: {type: object}}}}",
        ),
    },
    Rule {
        id: "lint/no-client-error",
        severity: Warning,
        title: "an operation can be called wrongly, and does not say how it refuses that",
        why: "One finding names all the statuses that seem to be missing. An operation without body, parameters and security is left alone. `4XX` and `default` count as an answer.",
        bad: Paths(
            "/a/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get:\n    operationId: a\n    responses: # <-\n      '204': {description: d}",
        ),
        good: Paths(
            "/a/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get:\n    operationId: a\n    responses:\n      '204': {description: d}\n      '404': {description: d, content: {application/json: {schema: {type: object}}}}",
        ),
    },
    Rule {
        id: "lint/missing-400",
        severity: Warning,
        title: "what is sent can be wrong, and no 400 or 422 is documented",
        why: "A body can always be wrong; a parameter can be when it must be there, or when its schema refuses some text. Parameters in the path do not count: what is no id is not found. `4XX` and `default` count as an answer.",
        bad: Paths(
            "/a:\n  post:\n    operationId: a\n    requestBody: {content: {application/json: {schema: {type: object}}}}\n    responses: # <-\n      '204': {description: d}\n      '409': {description: d, content: {application/json: {schema: {type: object}}}}",
        ),
        good: Paths(
            "/a:\n  post:\n    operationId: a\n    requestBody: {content: {application/json: {schema: {type: object}}}}\n    responses:\n      '204': {description: d}\n      '400': {description: d, content: {application/json: {schema: {type: object}}}}",
        ),
    },
    Rule {
        id: "lint/missing-401",
        severity: Warning,
        title: "credentials are demanded, and no 401 or 403 is documented",
        why: "Every client meets this answer sooner or later. Operations that also allow anonymous calls (`{}` among the alternatives) are left alone. `4XX` and `default` count as an answer.",
        bad: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      security: [{token: []}]\n      responses: # <-\n        '204': {description: d}\n        '409': {description: d, content: {application/json: {schema: {type: object}}}}\ncomponents:\n  securitySchemes:\n    token: {type: http, scheme: bearer}\n",
        ),
        good: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      security: [{token: []}]\n      responses:\n        '204': {description: d}\n        '401': {description: d, content: {application/json: {schema: {type: object}}}}\ncomponents:\n  securitySchemes:\n    token: {type: http, scheme: bearer}\n",
        ),
    },
    Rule {
        id: "lint/missing-403",
        severity: Warning,
        title: "scopes are demanded, and no 403 is documented",
        why: "Valid credentials without the scope are refused with 403 (RFC 6750, section 3.1). Asked only where every alternative demands scopes. `4XX` and `default` count as an answer.",
        bad: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      security: [{login: [read]}]\n      responses: # <-\n        '204': {description: d}\n        '401': {description: d, content: {application/json: {schema: {type: object}}}}\ncomponents:\n  securitySchemes:\n    login: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://example.com/token', scopes: {read: r}}}}\n",
        ),
        good: Whole(
            "openapi: 3.1.1\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      security: [{login: [read]}]\n      responses:\n        '204': {description: d}\n        '401': {description: d, content: {application/json: {schema: {type: object}}}}\n        '403': {description: d, content: {application/json: {schema: {type: object}}}}\ncomponents:\n  securitySchemes:\n    login: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://example.com/token', scopes: {read: r}}}}\n",
        ),
    },
    Rule {
        id: "lint/missing-404",
        severity: Warning,
        title: "the path names one thing, and no 404 or 410 is documented",
        why: "What has an id may not be there. Left alone are parameters that list all their values, and a PUT that creates what is missing (it documents 201). `4XX` and `default` count as an answer.",
        bad: Paths(
            "/a/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get:\n    operationId: a\n    responses: # <-\n      '204': {description: d}\n      '409': {description: d, content: {application/json: {schema: {type: object}}}}",
        ),
        good: Paths(
            "/a/{id}:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n  get:\n    operationId: a\n    responses:\n      '204': {description: d}\n      '404': {description: d, content: {application/json: {schema: {type: object}}}}",
        ),
    },
];
