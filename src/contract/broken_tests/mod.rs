//! Broken specs, each with all of its diagnostics: line, column, code, message, hint.
//!
//! Texts only; sends nothing and reads no file.

mod hostile;
mod objects;
mod requests;

use crate::base::diagnostic::Severity;
use crate::base::source::Source;
use crate::contract::load;
use crate::contract::load::tests::{contract, faults};

/// Every diagnostic as `E` or `W`, `line:column code: message (hint)`.
fn said(text: &str) -> Vec<String> {
    let (contract, faults) = load(&Source::new("t.yaml", text), &|_| Err("no other file".to_owned().into()));
    assert_eq!(contract.is_none(), faults.has_errors());
    let show = |d: crate::base::diagnostic::Diagnostic| {
        let (line, column) = d.place.expect("a place").line_column();
        let severity = if d.severity == Severity::Error { 'E' } else { 'W' };
        let hint = d.hint.map(|h| format!(" ({h})")).unwrap_or_default();
        format!("{severity} {line}:{column} {}: {}{hint}", d.code, d.message)
    };
    faults.into_iter().map(show).collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(faults(text), expected, "{text}");
}

/// A 3.1 document with `lines` under `paths`, which begin on line 4.
fn paths(lines: &str) -> String {
    format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n{lines}")
}

/// A document with `lines` under `components/schemas`, which begin on line 6.
fn schemas(version: &str, lines: &str) -> String {
    format!("openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{lines}")
}

#[test]
fn unresolved_references_are_named_with_the_nearest() {
    check(
        &schemas("3.1.0", "    Pet: {type: object}\n    Pets: {type: array, items: {$ref: '#/components/schemas/Pte'}}\n"),
        &["7:39 contract/unresolved-ref: `#/components/schemas/Pte` names nothing (did you mean `#/components/schemas/Pet`?)"],
    );
    check(
        &schemas("3.1.0", "    A: {$ref: 'other.yaml#/B'}\n    B: {$ref: 'https://example.com/s.yaml'}\n"),
        &[
            "6:15 contract/unreadable-ref: `other.yaml` cannot be read: no other file; nothing uses it",
            "7:15 contract/unreadable-ref: `https://example.com/s.yaml` cannot be read: only files are read, never a URL; nothing uses it (keep a copy beside the spec and refer to that)",
        ],
    );
    check(
        &paths("  /a:\n    get:\n      responses: {'200': {$ref: '#/components/schemas/A'}}\ncomponents:\n  schemas: {A: {}}\n"),
        &["6:33 contract/wrong-ref: `#/components/schemas/A` names one of the schemas, where a Response Object is wanted"],
    );
}

#[test]
fn circles_are_refused() {
    check(
        &schemas(
            "3.1.0",
            "    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n    C: {allOf: [{$ref: '#/components/schemas/C'}]}\n    D: {items: {$ref: '#/components/schemas/D'}}\n    E: {$ref: '#/components/schemas/A'}\n",
        ),
        &[
            "6:15 contract/circular-ref: `#/components/schemas/B` leads back to itself",
            "8:17 contract/circular-ref: the schema contains itself, so no value can ever be decided (put a property or an item in between)",
        ],
    );
}

/// `count` components, each made of the next by `link`, in which `@` stands for the reference.
fn chain(count: usize, link: &str) -> String {
    let line = |i: usize| {
        let next = format!("{{$ref: '#/components/schemas/A{}'}}", i + 1);
        format!("    A{i}: {}\n", link.replace('@', &next))
    };
    schemas("3.1.0", &((0..count).map(line).collect::<String>() + &format!("    A{count}: {{type: string}}\n")))
}

#[test]
fn long_chains_end_in_bounded_depth() {
    let shown = faults(&chain(2_000, "{allOf: [@]}"));
    assert!(shown.len() == 1 && shown[0].contains("contract/too-deep"), "{shown:?}");
    let contract = contract(&chain(1_000, "{type: object, properties: {next: @}}"));
    let first = contract.component_schema("A0").expect("a component");
    assert_eq!(contract.validator(&first, crate::contract::model::Direction::Request).fault(), None);
    assert_eq!(contract.occurrences(&first, "A3").len(), 1);
    assert_eq!(contract.occurrences(&first, "A999").len(), 0);
}

#[test]
fn operation_ids_are_unique() {
    check(
        &paths(
            "  /a:\n    get: {operationId: list, responses: {'200': {description: d}}}\n    post: {operationId: list, responses: {'200': {description: d}}}\n",
        ),
        &["6:25 contract/duplicate-operation-id: duplicate operationId `list` (it was first used at t.yaml:5:24)"],
    );
}

#[test]
fn path_parameters_and_paths_agree() {
    check(
        &paths(
            "  /a/{id}:\n    get: {responses: {'200': {description: d}}}\n  /b/{itemId}:\n    parameters:\n      - {name: itemid, in: path, required: true, schema: {}}\n    get: {responses: {'200': {description: d}}}\n",
        ),
        &[
            "5:5 contract/path-parameter: the path parameter `id` is not declared (add a parameter with `name: id`, `in: path` and `required: true`)",
            "8:9 contract/path-parameter: the path parameter `itemid` is not in the path `/b/{itemId}` (did you mean `itemId`?)",
        ],
    );
    check(
        &paths(
            "  /a/{x}:\n    parameters: [{name: x, in: path, schema: {}}]\n  /a/{y}:\n    parameters: [{name: y, in: path, required: true, schema: {}}]\n  b: {}\n",
        ),
        &[
            "5:18 contract/parameter: the path parameter `x` must be required (write `required: true`)",
            "6:3 contract/path: `/a/{y}` matches the same paths as `/a/{x}` (`/a/{x}` stands on line 4)",
            "8:3 contract/path: the path `b` must begin with a slash (write `/b`)",
        ],
    );
}

#[test]
fn fields_are_known_and_of_the_right_type() {
    check(
        "openapi: 3.1.0\ninfo:\n  title: t\n  version: 1.0\n  desciption: d\npaths:\n  /a:\n    GET: {}\n    get:\n      deprecated: 'true'\n      responses:\n        2xX: {description: d}\n        '200': {}\n",
        &[
            "4:12 contract/wrong-type: `version` must be a string, but is a number (put it in quotes: \"1.0\")",
            "5:3 contract/unknown-field: unknown field `desciption` in the Info Object (did you mean `description`?)",
            "8:5 contract/unknown-field: unknown field `GET` in the Path Item Object (did you mean `get`?)",
            "10:19 contract/wrong-type: `deprecated` must be a boolean, but is a string (leave the quotes away)",
            "12:9 contract/status: `2xX` is no status (did you mean `2XX`?)",
            "13:9 contract/missing-field: the Response Object lacks `description` (required up to OpenAPI 3.1; an empty text is enough)",
        ],
    );
    check(
        "openapi: 3.0.3\ninfo: {title: t, version: '1', summary: s}\nwebhooks: {}\n",
        &[
            "1:10 contract/missing-field: the OpenAPI Object lacks `paths` (`paths: {}` where there are none)",
            "2:32 contract/unknown-field: `summary` is not known to OpenAPI 3.0 (it came with OpenAPI 3.1)",
            "3:1 contract/unknown-field: `webhooks` is not known to OpenAPI 3.0 (it came with OpenAPI 3.1)",
        ],
    );
}

#[test]
fn types_and_patterns_of_schemas_are_checked() {
    check(
        &schemas(
            "3.1.0",
            "    A: {type: strnig}\n    B: {type: [string, null]}\n    C: {type: string, pattern: '[a-'}\n    D: {minLength: -1, required: yes, exclusiveMinimum: true}\n    E: {type: date}\n",
        ),
        &[
            "6:15 contract/type: `strnig` is no type (did you mean `string`?)",
            "7:24 contract/type: the type is named by the text \"null\" (put it in quotes: \"null\")",
            "8:32 contract/pattern: `[a-` is not a regular expression",
            "9:20 contract/wrong-value: `minLength` must be a whole number that is not negative, but is -1",
            "9:34 contract/wrong-type: `required` must be a list of strings, but is a string (put it in brackets: a list of one)",
            "9:57 contract/wrong-type: `exclusiveMinimum` must be a number in OpenAPI 3.1, but is a boolean as in 3.0 (write the number of `minimum` under `exclusiveMinimum`)",
            "10:15 contract/type: `date` is no type (write `type: string` and `format: date`)",
        ],
    );
}

#[test]
fn dialects_are_kept_apart() {
    check(
        &schemas(
            "3.0.3",
            "    A: {type: [string, 'null']}\n    B: {const: x}\n    C: {minimum: 1, exclusiveMinimum: 3}\n    D: {propertis: {}}\n    E: {type: string, nullable: true, enum: [a]}\n    F: {nullable: true}\n    G: {type: 'null'}\n",
        ),
        &[
            "6:15 contract/type: a list of types is not known to OpenAPI 3.0 (one type, and `nullable: true` where null is allowed as well)",
            "7:9 contract/unknown-keyword: `const` is not known to OpenAPI 3.0 (use an `enum` with one value)",
            "8:39 contract/wrong-type: `exclusiveMinimum` must be a boolean in OpenAPI 3.0, but is a number (write the number under `minimum` and `exclusiveMinimum: true`)",
            "9:9 contract/unknown-keyword: unknown keyword `propertis` in the Schema Object (did you mean `properties`?)",
            "10:23 contract/nullable: `nullable` has no effect, because the `enum` does not list null (add null to the `enum`)",
            "11:9 contract/nullable: `nullable` has no effect without `type` beside it (write `type` beside it)",
            "12:15 contract/type: `null` is no type (OpenAPI 3.0 says `nullable: true` beside another type)",
        ],
    );
    check(
        &schemas("3.1.0", "    A: {type: string, nullable: true, x-mine: 1, mine: 1, requried: [a]}\n"),
        &[
            "6:23 contract/unknown-keyword: `nullable` has no meaning in OpenAPI 3.1 (add \"null\" to `type`)",
            "6:59 contract/unknown-keyword: unknown keyword `requried` in the Schema Object (did you mean `required`?)",
        ],
    );
}

#[test]
fn parameters_security_and_discriminators_are_checked() {
    check(
        &paths(
            "  /a:\n    get:\n      parameters:\n        - {name: a, in: qeury, schema: {}}\n        - {name: b, in: query, style: simple, schema: {}}\n        - {name: c, in: query}\n        - {name: d, in: query, schema: {}, content: {a/b: {}}}\n        - {name: e, in: query, schema: {}}\n        - {name: e, in: query, schema: {}}\n      security: [{oauht: []}]\n      responses: {}\ncomponents:\n  securitySchemes: {oauth: {type: http}}\n  schemas:\n    Cat: {}\n    Pet: {discriminator: {propertyName: k, mapping: {c: Cta}}, oneOf: [{$ref: '#/components/schemas/Cat'}]}\n",
        ),
        &[
            "7:25 contract/wrong-value: `in` must be one of `path`, `query`, `header`, `cookie`, but is `qeury` (did you mean `query`?)",
            "8:39 contract/parameter: style `simple` is not for parameters in query (known there: `form`, `spaceDelimited`, `pipeDelimited`, `deepObject`)",
            "9:11 contract/missing-field: the Parameter Object lacks `schema` or `content`",
            "10:44 contract/parameter: the Parameter Object has both `schema` and `content`",
            "12:11 contract/parameter: the parameter `e` in query is given twice (it was first given on line 11)",
            "13:19 contract/security: the security scheme `oauht` is not declared (did you mean `oauth`?)",
            "14:7 contract/missing-field: an operation needs at least one response",
            "16:21 contract/missing-field: a security scheme of type `http` needs `scheme`",
            "19:41 contract/discriminator: the property `k` tells the schemas apart, but none of them requires it (name it in `required`)",
            "19:57 contract/unresolved-ref: `c` is mapped to `Cta`, and there is no such schema (did you mean `Cat`?)",
        ],
    );
}

#[test]
fn links_and_callback_expressions_are_checked() {
    check(
        &paths(
            "  /a:\n    post:\n      operationId: create\n      responses:\n        '201': {description: d, links: {it: {operationId: craete}}}\n      callbacks:\n        told:\n          '{$request.body#/url}/{$url}': {post: {responses: {'200': {description: d}}}}\n          '{$request.bodi#/url}': {}\n          '{$request.query.}': {}\n          '{$url': {}\n",
        ),
        &[
            "8:59 contract/link: there is no operation `craete` (did you mean `create`?)",
            "12:11 contract/expression: `$request.bodi#/url` is no runtime expression (such as `{$request.body#/url}/path`)",
            "13:11 contract/expression: `$request.query.` is no runtime expression (such as `{$request.body#/url}/path`)",
            "14:11 contract/expression: a brace in `{$url` is not closed (such as `{$request.body#/url}/path`)",
        ],
    );
}
