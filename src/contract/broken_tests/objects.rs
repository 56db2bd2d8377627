//! Specs that break one rule each, or a few that go together, with all that is said of them and how much it matters.
//!
//! Texts only; sends nothing and reads no file.

use super::said;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(said(text), expected, "{text}");
}

#[test]
fn security_schemes_and_requirements() {
    // Fields of another type, and scopes.
    check(
        r"openapi: 3.0.3
info: {title: t, version: '1'}
paths: {}
components:
  securitySchemes:
    a: {type: apiKey, name: k, in: path}
    b: {type: http, scheme: baerer}
    c: {type: http, scheme: basic, bearerFormat: JWT, flows: {}}
    d: {type: oauth2, flow: implicit}
    e: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {read: r}}}}
    f: {type: mutualTLS}
    g: {type: basic}
security: [{b: [x]}, {e: [raed]}]
",
        &[
            "E 6:36 contract/wrong-value: `in` must be one of `query`, `header`, `cookie`, but is `path`",
            "W 7:29 contract/security: `baerer` is no registered HTTP authentication scheme (did you mean `bearer`?)",
            "W 8:36 contract/security: `bearerFormat` has no effect with `scheme: basic`",
            "W 8:55 contract/security: `flows` has no effect in a security scheme of type `http` (it goes with `type: oauth2`)",
            "E 9:23 contract/unknown-field: unknown field `flow` in the Security Scheme Object (it is `flows`, an object with a member for each flow)",
            "E 11:15 contract/wrong-value: `mutualTLS` is not known to OpenAPI 3.0 (it came with OpenAPI 3.1)",
            "E 12:15 contract/wrong-value: `type` must be one of `apiKey`, `http`, `oauth2`, `openIdConnect`, but is `basic` (write `type: http` and `scheme: basic`)",
            "E 13:17 contract/security: a scheme of type `http` has no scopes (write `b: []`)",
            "W 13:27 contract/security: no flow of `e` has the scope `raed` (did you mean `read`?)",
        ],
    );
    // Roles since 3.1; nothing declared.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
security: [{a: []}]
",
        &["W 4:13 contract/security: the security scheme `a` is not declared (declare it under `components/securitySchemes`)"],
    );
    // 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths: {}
components:
  securitySchemes:
    a: {type: oauth2, deprecated: true, oauth2MetadataUrl: /m, flows: {deviceAuthorization: {tokenUrl: /t, scopes: {}}}}
    b: {type: http, scheme: bearer}
security: [{'#/components/securitySchemes/b': [role]}, {'#/components/securitySchemes/c': []}]
",
        &[
            "E 6:72 contract/missing-field: the OAuth Flow Object lacks `deviceAuthorizationUrl`",
            "E 8:57 contract/security: `#/components/securitySchemes/c` names nothing (did you mean `#/components/securitySchemes/a`?)",
        ],
    );
}

#[test]
fn servers_and_their_variables() {
    // 3.1.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
servers:
  - {url: 'https://{host}.a/{basepath}', variables: {basePath: {default: v1}, host: {default: b, enum: [c, d]}}}
  - {url: '/{v}', variables: {v: {default: a, enum: []}}}
  - {url: '/{v'}
",
        &[
            "W 5:11 contract/server: the server variable `basepath` is not defined (did you mean `basePath`?)",
            "W 5:54 contract/server: the server variable `basePath` is not in the URL (did you mean `basepath`?)",
            "E 5:95 contract/server: the default `b` is not in the `enum` (did you mean `c`?)",
            "E 6:53 contract/server: the `enum` of a server variable is empty (leave it away where any value is allowed)",
            "E 7:11 contract/server: a brace in `/{v` is not closed",
        ],
    );
    // 3.0 says so, and no more.
    check(
        r"openapi: 3.0.3
info: {title: t, version: '1'}
paths: {}
servers:
  - {url: '/{v}', name: n, variables: {v: {default: a, enum: []}}}
  - {url: '/{v}', variables: {v: {default: a, enum: [b]}}}
",
        &[
            "E 5:19 contract/unknown-field: `name` is not known to OpenAPI 3.0 (it came with OpenAPI 3.2)",
            "W 5:62 contract/server: the `enum` of a server variable is empty (leave it away where any value is allowed)",
            "W 6:44 contract/server: the default `a` is not in the `enum` (did you mean `b`?)",
        ],
    );
    // 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths: {}
servers:
  - {url: '/{v}/{v}?a', name: n, variables: {v: {default: a}}}
",
        &[
            "E 5:11 contract/server: `{v}` stands twice in the URL",
            "E 5:11 contract/server: the URL of a server has neither a query nor a fragment",
        ],
    );
}

#[test]
fn content_and_encodings() {
    // 3.1.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
components:
  requestBodies:
    A:
      content:
        application/json: {schema: {}, encoding: {a: {}}}
        multipart/form-data:
          schema: {type: object, properties: {icon: {}}}
          encoding: {ikon: {contentType: png}, icon: {headers: {Content-Type: {schema: {}}}}}
        schema: {}
  responses:
    R: {description: d, headers: {content-type: {schema: {}}, 'X Y': {schema: {}}}}
    S: {schema: {}}
",
        &[
            "W 8:40 contract/encoding: `encoding` has no effect on `application/json` (it is for `multipart` and `application/x-www-form-urlencoded`)",
            "W 11:22 contract/encoding: the encoding of `ikon` has no effect: there is no such property (did you mean `icon`?)",
            "W 11:42 contract/media-type: `png` is no media type",
            "W 11:65 contract/header: an encoding's header named `Content-Type` is ignored (write it as `contentType`)",
            "E 12:9 contract/media-type: `schema` stands where a media type is wanted (indent it, so that it stands below the media type)",
            "W 14:35 contract/header: a response header named `Content-Type` is ignored (the keys of `content` say it)",
            "E 14:63 contract/header: `X Y` cannot be the name of a header",
            "E 15:5 contract/missing-field: the Response Object lacks `description` (required up to OpenAPI 3.1; an empty text is enough)",
            "E 15:9 contract/unknown-field: unknown field `schema` in the Response Object (write it under a media type: `content: {application/json: {schema: ...}}`)",
        ],
    );
    // 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths: {}
components:
  requestBodies:
    A:
      content:
        multipart/mixed: {encoding: {}, itemEncoding: {}, prefixEncoding: []}
        application/jsonl: {$ref: '#/components/mediaTypes/M'}
        multipart/related: {prefixEncoding: [{encoding: {}, itemEncoding: {}}]}
  mediaTypes:
    M: {itemSchema: {type: strin}}
  responses:
    R: {summary: s}
",
        &[
            "E 8:41 contract/exclusive: `encoding` and `itemEncoding` exclude each other",
            "E 8:59 contract/exclusive: `encoding` and `prefixEncoding` exclude each other",
            "E 10:61 contract/exclusive: `encoding` and `itemEncoding` exclude each other",
            "E 12:28 contract/type: `strin` is no type (did you mean `string`?)",
        ],
    );
}

#[test]
fn examples_exclude_each_other() {
    // 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths: {}
components:
  examples:
    A: {value: 1, externalValue: /a}
    B: {value: 1, dataValue: 1}
    C: {value: 1, serializedValue: '1'}
    D: {serializedValue: '1', externalValue: /a}
    E: {dataValue: 1, serializedValue: '1'}
  headers:
    H: {schema: {}, example: 1, examples: {}}
",
        &[
            "E 6:19 contract/exclusive: `value` and `externalValue` exclude each other",
            "E 7:19 contract/exclusive: `value` and `dataValue` exclude each other",
            "E 8:19 contract/exclusive: `value` and `serializedValue` exclude each other",
            "E 9:31 contract/exclusive: `serializedValue` and `externalValue` exclude each other",
            "E 12:33 contract/exclusive: `example` and `examples` exclude each other",
        ],
    );
    // 3.1.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
components:
  examples:
    A: {dataValue: 1}
",
        &["E 6:9 contract/unknown-field: `dataValue` is not known to OpenAPI 3.1 (it came with OpenAPI 3.2)"],
    );
}

#[test]
fn tags_are_declared_once_and_end_somewhere() {
    // 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths: {}
tags:
  - {name: a, parent: b}
  - {name: b, parent: c}
  - {name: c, parent: a}
  - {name: d, parent: elsewhere, kind: nav, summary: s}
  - {name: d}
",
        &[
            "E 5:23 contract/tag: the tag `a` is nested in itself",
            "E 8:23 contract/tag: the parent `elsewhere` of the tag `d` is not declared (known: `a`, `b`, `c`, `d`)",
            "E 9:12 contract/tag: the tag `d` is declared twice (it was first declared on line 8)",
        ],
    );
    // 3.1.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
tags: [{name: a, parent: b}]
",
        &["E 4:18 contract/unknown-field: `parent` is not known to OpenAPI 3.1 (it came with OpenAPI 3.2)"],
    );
}

#[test]
fn keywords_that_contradict_each_other() {
    // 3.0.
    check(
        r"openapi: 3.0.3
info: {title: t, version: '1'}
paths: {}
components:
  schemas:
    A: {type: array}
    B: {readOnly: true, writeOnly: true}
    C: {type: integer, minimum: 3, maximum: 2, multipleOf: 0}
    D: {examples: [1], $comment: c, patternProperties: {}}
    E: {type: object, properties: {a: {type: string, required: true}}}
    F: {type: file}
    G: {xml: {nodeType: element}}
",
        &[
            "W 6:9 contract/schema: an array without `items` (write `items: {}` where any item is allowed)",
            "E 7:25 contract/schema: a property cannot be both `readOnly` and `writeOnly`",
            "W 8:24 contract/schema: `minimum` is greater than `maximum`, so nothing conforms",
            "E 8:60 contract/wrong-value: `multipleOf` must be a number greater than 0, but is 0",
            "W 9:9 contract/unknown-keyword: `examples` has no effect in OpenAPI 3.0 (use `example`)",
            "W 9:24 contract/unknown-keyword: `$comment` has no effect in OpenAPI 3.0 (leave it away)",
            "E 9:37 contract/unknown-keyword: `patternProperties` is not known to OpenAPI 3.0 (it came with OpenAPI 3.1)",
            "E 10:64 contract/wrong-type: `required` must be a list of names, but is a boolean (name the property in the `required` list of the object around it)",
            "E 11:15 contract/type: `file` is no type (write `type: string` and `format: binary`)",
            "E 12:15 contract/unknown-field: `nodeType` is not known to OpenAPI 3.0 (it came with OpenAPI 3.2)",
        ],
    );
    // 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths: {}
components:
  schemas:
    A: {type: array, xml: {nodeType: element, wrapped: true, attribute: true}}
    B: {type: string, xml: {wrapped: true}}
    C: {type: [string, string], enum: []}
    D: {exclusiveMaximum: false}
",
        &[
            "E 6:47 contract/exclusive: `nodeType` and `wrapped` exclude each other (`nodeType` says it all: leave `wrapped` away)",
            "E 6:62 contract/exclusive: `nodeType` and `attribute` exclude each other (`nodeType` says it all: leave `attribute` away)",
            "W 7:29 contract/schema: `wrapped` has no effect on a schema of type `string`",
            "W 8:24 contract/schema: `string` is listed twice",
            "W 8:39 contract/schema: `enum` lists nothing, so nothing conforms",
            "W 9:27 contract/wrong-type: `exclusiveMaximum` must be a number in OpenAPI 3.2, but is a boolean as in 3.0 (leave `exclusiveMaximum` away)",
        ],
    );
}

#[test]
fn discriminators_have_something_to_choose_from() {
    // 3.1.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
components:
  schemas:
    A: {discriminator: {propertyName: k}}
    B: {discriminator: {propertyName: k}}
    C: {allOf: [{$ref: '#/components/schemas/B'}]}
    D: {oneOf: [{$ref: '#/components/schemas/E'}, {$ref: '#/components/schemas/F'}], discriminator: {propertyName: kind, mapping: {f: '#/components/schemas/G', e: other.yaml}}}
    E: {required: [kind], properties: {kind: {}}}
    F: {properties: {kimd: {}}}
    H: {oneOf: [{$ref: '#/components/schemas/I'}], discriminator: {propertyName: kind, defaultMapping: I}}
    I: {properties: {kind: {}}}
",
        &[
            "W 6:9 contract/discriminator: the discriminator has nothing to choose from (it goes with `oneOf` or `anyOf`, or with schemas whose `allOf` names this one)",
            "W 9:116 contract/discriminator: the schema `#/components/schemas/F` has no property `kind` to be told apart by (did you mean `kimd`?)",
            "E 9:135 contract/unresolved-ref: `#/components/schemas/G` names nothing (did you mean `#/components/schemas/A`?)",
            "E 9:164 contract/unreadable-ref: `other.yaml` cannot be read: no other file",
            "E 12:88 contract/unknown-field: `defaultMapping` is not known to OpenAPI 3.1 (it came with OpenAPI 3.2)",
        ],
    );
    // 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths: {}
components:
  schemas:
    H: {oneOf: [{$ref: '#/components/schemas/I'}], discriminator: {propertyName: kind}}
    I: {properties: {kind: {}}}
    J: {oneOf: [{$ref: '#/components/schemas/I'}], discriminator: {propertyName: kind, defaultMapping: K}}
",
        &[
            "W 6:82 contract/discriminator: the property `kind` tells the schemas apart, but none of them requires it (name it in `required`, or give a `defaultMapping`)",
            "E 8:104 contract/unresolved-ref: `defaultMapping` is mapped to `K`, and there is no such schema (did you mean `H`?)",
        ],
    );
}

#[test]
fn links_name_operations() {
    // 3.1.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
components:
  links:
    A: {operationRef: '#/paths/~1a/get', operationId: b}
    B: {}
    C: {operationRef: '#/paths/~1a/get', parameters: {id: $response.bodi}}
  responses:
    R: {description: d, links: {'a b': {operationId: b}}}
",
        &[
            "W 6:23 contract/link: `#/paths/~1a/get` names nothing",
            "E 6:42 contract/exclusive: `operationRef` and `operationId` exclude each other",
            "W 6:55 contract/link: there is no operation `b`",
            "E 7:5 contract/missing-field: either `operationRef` or `operationId` is wanted",
            "W 8:23 contract/link: `#/paths/~1a/get` names nothing",
            "W 8:59 contract/expression: `$response.bodi` is no runtime expression (such as `$response.body#/id`)",
            "W 10:33 contract/name: `a b` cannot be the name of a link (letters, digits, dots, hyphens and underscores)",
            "W 10:54 contract/link: there is no operation `b`",
        ],
    );
}

#[test]
fn what_a_document_holds() {
    // 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
$self: 'https://a/b#c'
components:
  schemas: {'a b': {}}
  definitions: {}
",
        &[
            "E 3:8 contract/wrong-value: `$self` must not have a fragment",
            "E 5:13 contract/name: `a b` cannot be the name of a component (letters, digits, dots, hyphens and underscores)",
            "E 6:3 contract/unknown-field: unknown field `definitions` in the Components Object (known: `schemas`, `responses`, `parameters`, `examples`, `requestBodies`, `headers`, `securitySchemes`, `links`, `callbacks`, `pathItems`, `mediaTypes`)",
        ],
    );
    // Swagger words.
    check(
        r"openapi: 3.0.3
info: {title: t, version: '1'}
host: a
definitions: {}
paths: {}
",
        &[
            "E 3:1 contract/unknown-field: unknown field `host` in the OpenAPI Object (write whole URLs under `servers`)",
            "E 4:1 contract/unknown-field: unknown field `definitions` in the OpenAPI Object (schemas stand under `components/schemas`)",
        ],
    );
    // Licences.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1', license: {name: n, identifier: MIT, url: /l}, contact: {email: ''}}
paths: {}
",
        &[
            "E 2:68 contract/exclusive: `identifier` and `url` exclude each other",
            "W 2:95 contract/wrong-value: `email` is empty, where an email address is wanted (leave `email` away)",
        ],
    );
}

#[test]
fn what_is_clear_all_the_same_is_only_a_warning() {
    let operation = "{responses: {'200': {description: d}}}";
    let id = |name: &str| format!("parameters: [{{name: {name}, in: path, required: true, schema: {{type: string}}}}]");
    let paths = |first: &str, second: &str| {
        let items =
            format!("  /a/{{x}}: {{{}, {first}: {operation}}}\n  /a/{{y}}: {{{}, {second}: {operation}}}\n", id("x"), id("y"));
        format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n{items}")
    };
    let told_apart = said(&paths("get", "put"));
    assert_eq!(told_apart.len(), 1);
    assert!(
        told_apart[0].starts_with("W 5:3 contract/path: `/a/{y}` matches the same paths as `/a/{x}`, and only the method"),
        "{told_apart:?}"
    );
    assert!(said(&paths("get", "get"))[0].starts_with("E 5:3 contract/path"));
    let schema =
        |text: &str| format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\ncomponents:\n  schemas:\n    A: {text}\n");
    let of = |text: &str| said(&schema(text));
    assert!(of("{examples: {one: 1}}")[0].starts_with("W 5:9 contract/wrong-type: `examples` of a schema must be a list"));
    assert!(of("{required: [a, a]}")[0].starts_with("W 5:23 contract/schema: `a` is listed twice"));
    assert_eq!(of("{pattern: '^.{0,262144}$'}"), Vec::<String>::new());
    assert!(of("{pattern: '^(a.{0,262144}b|c)$'}")[0].contains("is too large to be matched, so no value is judged by it"));
}
