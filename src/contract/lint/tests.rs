//! Specs in which other linters raise false alarms, and findings whose exact place matters.
//!
//! Texts only; the rules themselves are tried by their own examples in `tests/lint_docs.rs`.

use crate::base::source::Source;
use crate::contract::lint::{lint, lint_with_catalogue};
use crate::contract::load;
use crate::contract::load::tests::contract;

fn found(text: &str) -> Vec<String> {
    let show = |d: crate::base::diagnostic::Diagnostic| {
        let (line, column) = d.place.expect("a place").line_column();
        format!("{line}:{column} {}: {} ({})", d.code, d.message, d.hint.unwrap_or_default())
    };
    lint(&contract(text)).into_iter().map(show).collect()
}

/// A document whose one answer is `T`, with `schemas` beginning on line 10.
fn schemas(version: &str, schemas: &str) -> String {
    format!(
        "openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths:\n  /t:\n    get:\n      operationId: t\n      responses: {{'200': {{description: d, content: {{application/json: {{schema: {{$ref: '#/components/schemas/T'}}}}}}}}}}\ncomponents:\n  schemas:\n{schemas}"
    )
}

fn clean(text: &str) {
    assert_eq!(found(text), Vec::<String>::new(), "{text}");
}

#[test]
fn what_only_a_discriminator_leads_to_is_used() {
    clean(&schemas(
        "3.0.3",
        "    T:
      type: object
      required: [kind]
      properties: {kind: {type: string}}
      discriminator: {propertyName: kind, mapping: {far: '#/components/schemas/Far'}}
    Near: {allOf: [{$ref: '#/components/schemas/T'}, {type: object, properties: {part: {$ref: '#/components/schemas/Part'}}}]}
    Nearer: {allOf: [{$ref: '#/components/schemas/Near'}]}
    Far: {type: object, required: [kind], properties: {kind: {type: string}}}
    Part: {type: string}
",
    ));
}

#[test]
fn what_leads_only_to_itself_is_unused() {
    assert_eq!(
        found(&schemas(
            "3.1.0",
            "    T: {type: string}\n    Tree: {type: object, properties: {up: {$ref: '#/components/schemas/Tree'}}}\n"
        )),
        [
            "11:5 lint/unused-component: only what is not used itself leads to `Tree` (refer to it by `$ref: '#/components/schemas/Tree'`, or take it away)"
        ]
    );
}

#[test]
fn required_is_read_with_everything_that_speaks_of_the_same_value() {
    clean(&schemas(
        "3.1.0",
        "    T:
      type: object
      properties: {mail: {type: string}, phone: {type: string}, owner: {$ref: '#/components/schemas/Owner', required: [name]}}
      not: {required: [nothing]}
      anyOf: [{required: [mail]}, {required: [phone]}]
      allOf:
        - {required: [id]}
        - $ref: '#/components/schemas/Base'
    Base: {type: object, properties: {id: {type: string}}}
    Owner: {type: object, properties: {name: {type: string}}}
",
    ));
    clean(&schemas(
        "3.1.0",
        "    T: {type: object, required: [a], properties: {b: {type: string}}, additionalProperties: {type: string}}\n",
    ));
    clean(&schemas("3.1.0", "    T: {type: object, required: [a]}\n"));
}

#[test]
fn properties_may_be_named_like_keywords() {
    clean(&schemas(
        "3.1.0",
        "    T:
      type: object
      required: [example, default, enum, $ref]
      properties:
        example: {type: integer}
        default: {type: integer}
        enum: {type: array, items: {type: string}}
        $ref: {type: string}
        pattern: {type: string}
        x-y: {type: string, format: my-own}
      examples: [{example: 1, default: 2, enum: [a], $ref: '#/components/schemas/Nowhere'}]
",
    ));
}

#[test]
fn examples_are_judged_by_direction_and_by_how_they_travel() {
    clean(
        "openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /t:
    post:
      operationId: t
      parameters:
        - {name: n, in: query, schema: {type: integer, nullable: true}, example: '7'}
        - {name: l, in: query, schema: {type: array, items: {type: string}}, example: 'a,b'}
        - {name: f, in: query, schema: {type: boolean}, example: false}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/User'}
            examples: {new: {value: {name: n, password: p}}, far: {externalValue: 'https://example.com/x'}}
          application/xml: {schema: {$ref: '#/components/schemas/User'}, example: <user/>}
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/User'}, example: name=n&password=p}
          text/plain: {schema: {type: string}, example: ''}
      responses:
        default:
          description: d
          headers: {X-Left: {schema: {type: integer}, example: '7'}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/User'}, example: {id: i, name: n, nick: null}}
components:
  schemas:
    User:
      type: object
      required: [id, name, password]
      properties:
        id: {type: string, readOnly: true, example: i}
        name: {type: string}
        nick: {type: string, nullable: true, example: null}
        password: {type: string, writeOnly: true, example: p}
      example: {id: i, name: n}
",
    );
}

#[test]
fn a_violation_is_placed_inside_of_the_example() {
    let shown = found(
        "openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /t:
    get:
      operationId: t
      responses:
        default:
          description: d
          content:
            application/json:
              schema:
                type: object
                additionalProperties: false
                properties: {list: {type: array, items: {type: string}}}
              examples:
                one: {$ref: '#/components/examples/One'}
                two: {value: '{\"list\": []}'}
                three: {value: {$ref: '#/components/examples/One/value'}}
components:
  examples:
    One:
      value:
        list: [a, 2]
        extra: 1
",
    );
    assert_eq!(
        shown,
        [
            "18:30 lint/example: the example does not conform: must be an object, but is a string (it would conform if it were written as a value, not as text that holds JSON)",
            "19:33 lint/example: the example does not conform: property `$ref` is not allowed (an example is taken as it is: a `$ref` in it is not followed)",
            "24:19 lint/example: the example does not conform: must be a string, but is an integer (put it in quotes: \"2\")",
            "25:9 lint/example: the example does not conform: property `extra` is not allowed (`additionalProperties` stands on line 14)",
        ]
    );
}

#[test]
fn other_files_are_followed_and_their_components_are_left_alone() {
    let files = |name: &str| match name {
        "common.yaml" => Ok(Source::new(
            "common.yaml",
            "components:\n  schemas:\n    Used: {type: string, default: 7}\n    Other: {type: string}\n",
        )),
        other => Err(format!("no {other}").into()),
    };
    let text = schemas("3.1.0", "    T: {$ref: 'common.yaml#/components/schemas/Used'}\n");
    let (contract, _) = load(&Source::new("t.yaml", text), &files);
    let found: Vec<String> =
        lint(&contract.expect("it loads")).into_iter().map(|d| format!("{} {}", d.place.expect("a place"), d.code)).collect();
    assert_eq!(found, ["common.yaml:3:35 lint/default"]);
}

#[test]
fn a_wish_silences_at_its_object_and_below() {
    let text = schemas(
        "3.1.0",
        "    T:
      type: object
      x-proofmark-lint: {ignore: [lint/format, no-effect, nonsense]}
      properties: {at: {type: string, format: datetime}}
    Free: {type: string, x-proofmark-lint: {ignore: [unused-component]}}
",
    );
    assert_eq!(
        found(&text).iter().map(|f| f.split(" (").next().unwrap_or_default().to_owned()).collect::<Vec<_>>(),
        [
            "12:48 lint/ignore: nothing is found here that `lint/no-effect` would silence",
            "12:59 lint/ignore: there is no rule `lint/nonsense`",
        ]
    );
}

#[test]
fn codes_are_held_against_the_catalogues_that_there_are() {
    let text = |catalogue: &str| {
        format!(
            "openapi: 3.1.0
info: {{title: t, version: '1'}}
{catalogue}paths:
  /t:
    post:
      operationId: t
      responses:
        default:
          description: d
          content: {{application/json: {{schema: {{type: object, properties: {{code: {{type: string, enum: [A, B]}}}}}}}}}}
"
        )
    };
    clean(&text(""));
    clean(&text("x-error-catalogue: {A: a, B: b}\n"));
    assert_eq!(
        found(&text("x-error-catalogue: {A: a, C: c}\n"))
            .iter()
            .map(|f| f.split(" (").next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>(),
        ["3:27 lint/error-code: no answer lists `C`", "11:107 lint/error-code: `B` is not in the catalogue"]
    );
    let missing = lint_with_catalogue(&contract(&text("")), &["A"]);
    assert_eq!(missing.into_iter().map(|d| d.message).collect::<Vec<_>>(), ["`B` is not in the catalogue of the suite"]);
}

#[test]
fn what_every_operation_lacks_is_said_once() {
    let paths: String = (0..6).map(|i| format!("  /a{i}:\n    get: {{responses: {{'204': {{description: d}}}}}}\n")).collect();
    let shown = found(&format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}"));
    assert!(shown.len() == 1 && shown[0].contains("none of the 6 operations have an operationId"), "{shown:?}");
}

#[test]
fn expressions_are_looked_up_through_references_and_lists() {
    clean(
        "openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /t/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: t
      requestBody: {content: {application/json: {schema: {allOf: [{$ref: '#/components/schemas/A'}], properties: {list: {type: array, items: {$ref: '#/components/schemas/A'}}}}}}}
      responses: {default: {description: d}}
      callbacks:
        one: {'{$request.body#/url}?id={$request.path.id}': {post: {responses: {'204': {description: d}}}}}
        two: {'{$request.body#/list/0/url}': {post: {responses: {'204': {description: d}}}}}
        three: {'{$request.body#/open/anything}': {post: {responses: {'204': {description: d}}}}}
components:
  schemas:
    A: {type: object, properties: {url: {type: string}, open: {type: object}}}
",
    );
}

#[test]
fn swagger_is_judged_where_it_was_written() {
    assert_eq!(
        found(
            "swagger: '2.0'
info: {title: t, version: '1'}
paths:
  /t:
    get:
      operationId: t
      produces: [application/json]
      responses: {default: {description: d, schema: {$ref: '#/definitions/T'}}}
definitions:
  T: {type: string, default: 7}
  Other: {type: string}
"
        ),
        [
            "10:30 lint/default: the default does not conform: must be a string, but is an integer (put it in quotes: \"7\")",
            "11:3 lint/unused-component: nothing leads to `Other` (refer to it by `$ref: '#/definitions/Other'`, or take it away)",
        ]
    );
}
