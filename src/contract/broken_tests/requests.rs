//! Specs that break one rule each, or a few that go together, with all that is said of them and how much it matters.
//!
//! Texts only; sends nothing and reads no file.

use super::said;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(said(text), expected, "{text}");
}

#[test]
fn parameters_go_with_their_location() {
    // Names, and locations of 3.2 in 3.1.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
components:
  parameters:
    A: {name: Accept, in: header, schema: {}}
    B: {name: 'Bad[Header]', in: header, schema: {}}
    C: {name: '{id}', in: path, required: true, schema: {}}
    D: {name: d, in: querystring, content: {a/b: {}}}
    E: {name: e, in: cookie, style: cookie, schema: {}}
    F: {name: f, in: body, schema: {}}
    G: {name: g, in: query, type: string, format: date}
",
        &[
            "W 6:15 contract/header: a header parameter named `Accept` is ignored (the media types of the responses say it)",
            "E 7:15 contract/header: `Bad[Header]` cannot be the name of a header (letters, digits and !#$%&'*+-.^_`|~)",
            "E 8:15 contract/parameter: `{id}` cannot be the name of a path parameter (without braces: `id`)",
            "E 9:22 contract/wrong-value: `querystring` is not known to OpenAPI 3.1 (it came with OpenAPI 3.2)",
            "E 10:37 contract/wrong-value: `cookie` is not known to OpenAPI 3.1 (it came with OpenAPI 3.2)",
            "E 11:22 contract/wrong-value: `in` must be one of `path`, `query`, `header`, `cookie`, but is `body` (a body is described by `requestBody` since OpenAPI 3.0)",
            "E 12:29 contract/unknown-field: unknown field `type` in the Parameter Object (write it in the schema: `schema: {type: ...}`)",
        ],
    );
    // Allowances.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
components:
  parameters:
    A: {name: a, in: header, allowEmptyValue: true, schema: {}}
    B: {name: b, in: path, required: true, allowReserved: true, schema: {}}
    C: {name: c, in: query, style: deepObject, schema: {type: string}}
    D: {name: d, in: query, style: form, content: {a/b: {}}}
    E: {name: e, in: query, content: {a/b: {}, c/d: {}}}
    F: {name: f, in: query, content: {json: {}}}
    G: {name: g, in: path, content: {a/b: {}}}
  headers:
    H: {allowReserved: true, schema: {}}
",
        &[
            "E 6:30 contract/parameter: `allowEmptyValue` is for parameters in query, not in header",
            "E 7:44 contract/parameter: `allowReserved` is for parameters in query, not in path (leave it away)",
            "W 8:36 contract/parameter: style `deepObject` says nothing of how a value of type `string` is written (it is for `object`)",
            "E 9:29 contract/exclusive: `style` goes with `schema`, not with `content` (the media type says how the value is written)",
            "E 10:29 contract/parameter: `content` must hold exactly one media type here",
            "W 11:39 contract/media-type: `json` is no media type (such as `application/json`, `text/*` or `*/*`)",
            "W 12:8 contract/parameter: the path parameter `g` must be required (write `required: true`)",
            "E 14:9 contract/header: `allowReserved` is not for headers (headers are never percent-encoded)",
        ],
    );
    // The same, only advised against in 3.0.
    check(
        r"openapi: 3.0.3
info: {title: t, version: '1'}
paths: {}
components:
  parameters:
    A: {name: a, in: header, allowEmptyValue: true, schema: {}}
    B: {name: b, in: path, required: true, allowReserved: true, schema: {}}
    D: {name: d, in: query, explode: true, content: {a/b: {}}}
  headers:
    H: {allowReserved: true, schema: {}}
",
        &[
            "W 6:30 contract/parameter: `allowEmptyValue` is for parameters in query, not in header",
            "W 7:44 contract/parameter: `allowReserved` is for parameters in query, not in path (leave it away)",
            "W 8:29 contract/exclusive: `explode` goes with `schema`, not with `content` (the media type says how the value is written)",
            "W 10:9 contract/header: `allowReserved` is not for headers (headers are never percent-encoded)",
        ],
    );
    // The whole query.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths:
  /a:
    parameters:
      - {name: p, in: querystring, content: {a/b: {}}}
      - {name: q, in: querystring, content: {a/b: {}}}
    get:
      parameters: [{name: r, in: query, schema: {}}]
  /b:
    get:
      parameters:
        - {name: s, in: querystring, schema: {}, style: form}
        - {name: T, in: header, schema: {}}
        - {name: t, in: header, schema: {}}
",
        &[
            "E 7:9 contract/parameter: only one parameter can be the whole query (`in: querystring`) (the first is `p` on line 6)",
            "E 9:20 contract/parameter: the parameter `r` in query cannot stand beside one in querystring (`p` on line 6 is the whole query)",
            "E 13:38 contract/parameter: `schema` is not for a parameter in querystring (the query is described by a media type, under `content`)",
            "E 13:50 contract/parameter: `style` is not for a parameter in querystring (the query is described by a media type, under `content`)",
            "E 15:11 contract/parameter: the parameter `t` in header is given twice (it was first given on line 14)",
        ],
    );
}

#[test]
fn paths_and_methods() {
    // Stray parameters, and names that differ.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a/{id}:
    get:
      parameters: [{name: petId, in: path, required: true, schema: {}}]
      responses: {'200': {description: d}}
  /b:
    parameters: [{name: x, in: path, required: true, schema: {}}]
    get: {responses: {'200': {description: d}}}
  /c:
    parameters: [{name: x, in: path, required: true, schema: {}}]
  /d/{e}/{e}/{}: {}
  /f?g=h: {}
  /i/{j: {}
",
        &[
            "W 6:20 contract/path-parameter: the path parameter `petId` is not in the path `/a/{id}`, and `id` is not declared (name both alike: `name: id`)",
            "E 9:18 contract/path-parameter: the path parameter `x` is not in the path `/b` (write `{x}` in the path, or leave the parameter away)",
            "W 12:18 contract/path-parameter: the path parameter `x` is not in the path `/c` (write `{x}` in the path, or leave the parameter away)",
            "E 13:3 contract/path-parameter: `{e}` stands twice in the path",
            "E 13:3 contract/path-parameter: a path parameter without a name",
            "W 14:3 contract/path: the path `/f?g=h` has a query (describe the query as parameters `in: query`)",
            "W 15:3 contract/path: a brace in the path `/i/{j` is not closed",
        ],
    );
    // Methods of 3.2.
    check(
        r"openapi: 3.2.0
info: {title: t, version: '1'}
paths:
  /a:
    query: {}
    additionalOperations:
      COPY: {}
      POST: {}
      'A B': {}
  /b:
    get: {requestBody: {content: {a/b: {}}}, tags: [x, x]}
",
        &[
            "E 8:7 contract/method: `POST` has a field of its own (write it as `post`, a field of the path item)",
            "E 9:7 contract/method: `A B` cannot be a method",
            "W 11:11 contract/request-body: a GET request with a body (RFC 9110 gives such a body no meaning; servers may refuse it)",
            "W 11:56 contract/tag: the tag `x` is given twice",
        ],
    );
    // The same in 3.1.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    query: {responses: {'200': {description: d}}}
    additionalOperations: {}
",
        &[
            "E 5:5 contract/unknown-field: `query` is not known to OpenAPI 3.1 (it came with OpenAPI 3.2)",
            "E 6:5 contract/unknown-field: `additionalOperations` is not known to OpenAPI 3.1 (it came with OpenAPI 3.2)",
        ],
    );
    // A path item with a reference and more.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    $ref: '#/components/pathItems/A'
    get: {responses: {'200': {description: d}}}
    summary: s
components:
  pathItems:
    A: {get: {responses: {'200': {description: d}}}}
",
        &[
            "W 6:5 contract/ref-sibling: `get` stands beside `$ref` and in what it names (keep one of them: which of the two counts is not defined)",
        ],
    );
}

#[test]
fn what_stands_beside_a_reference() {
    // 3.0 ignores all.
    check(
        r"openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        '200': {$ref: '#/components/responses/R', description: d}
components:
  responses:
    R: {description: d, content: {a/b: {schema: {$ref: '#/components/schemas/S', nullable: true, title: t, x-a: 1}}}}
  schemas:
    S: {}
",
        &[
            "W 7:51 contract/ref-sibling: `description` beside `$ref` is ignored (write it where the reference leads to, or wrap the reference in an `allOf` in a schema)",
            "W 10:82 contract/ref-sibling: `nullable`, `title` beside `$ref` are ignored (write them where the reference leads to, or wrap the reference in an `allOf` in a schema)",
        ],
    );
    // 3.1 takes summary and description.
    check(
        r"openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        '200': {$ref: '#/components/responses/R', description: d, headers: {}}
components:
  responses:
    R: {description: d, content: {a/b: {schema: {$ref: '#/components/schemas/S', title: t}}, c/d: {$ref: '#/components/schemas/S'}}}
  schemas:
    S: {}
",
        &[
            "W 7:67 contract/ref-sibling: `headers` beside `$ref` is ignored (write it where the reference leads to; only `summary` and `description` count here)",
            "E 10:100 contract/unknown-field: a reference cannot stand in place of the Media Type Object (a Reference Object is known here since OpenAPI 3.2; refer to the schema instead)",
        ],
    );
}

#[test]
fn a_reference_where_none_can_stand_is_one_fault() {
    let text = super::paths("  /a/{id}:\n    get:\n      $ref: parts/get.yaml\n");
    let found = said(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with(
            "E 6:7 contract/unknown-field: a reference cannot stand in place of the Operation Object (only bundlers"
        )
    );
}
