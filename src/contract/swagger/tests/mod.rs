//! What Swagger 2.0 becomes, construct by construct, and what is said of documents that are wrong.
//!
//! Converts trees; loads no contract, except to see that what comes out is legal OpenAPI.

mod faults;
mod random;

use super::convert;
use crate::base::diagnostic::Diagnostic;
use crate::base::pointer::Pointer;
use crate::base::source::Source;
use crate::base::tree::{Budget, Document, parse};
use crate::contract::load::load;
use crate::contract::resolver::Unreadable;
use serde_json::{Value, json};
use std::sync::Arc;

fn read(name: &str, text: &str) -> Document {
    match parse(&Source::new(name, text), Budget::default()) {
        Ok(document) => document,
        Err(faults) => panic!("{:?}", faults.sorted()),
    }
}

fn no_file(name: &str) -> Result<Arc<Source>, Unreadable> {
    Err(format!("no {name}").into())
}

fn shown(d: Diagnostic) -> String {
    let hint = d.hint.map(|h| format!(" ({h})")).unwrap_or_default();
    format!("{} {}: {}{hint}", d.place.expect("a place"), d.code, d.message)
}

fn converted_with(text: &str, files: &dyn Fn(&str) -> Result<Arc<Source>, Unreadable>) -> (Document, Vec<String>) {
    let (converted, faults) = convert(read("s.yaml", text), files);
    let faults: Vec<String> = faults.into_iter().map(shown).collect();
    let converted = converted.unwrap_or_else(|| panic!("{faults:#?}"));
    assert_eq!(converted.from, "2.0");
    let (contract, found) = load(&Source::new("s.yaml", text), files);
    assert!(
        contract.is_some(),
        "the result is no legal OpenAPI: {:#?}\n{:#}",
        found.sorted(),
        converted.document.root.to_value()
    );
    (converted.document, faults)
}

const HEAD: &str = "swagger: '2.0'\ninfo: {title: t, version: '1'}\n";

/// The converted document of a text without its head.
fn converted(text: &str) -> (Value, Vec<String>) {
    let (document, faults) = converted_with(&format!("{HEAD}{text}"), &no_file);
    (document.root.to_value(), faults)
}

/// The operation `POST /a` of a document, warnings not allowed.
fn operation(members: &str, rest: &str) -> Value {
    let (value, faults) =
        converted(&format!("paths: {{/a: {{post: {{{members}, responses: {{'200': {{description: ok}}}}}}}}}}\n{rest}"));
    assert_eq!(faults, Vec::<String>::new());
    value["paths"]["/a"]["post"].clone()
}

#[test]
fn the_document_keeps_what_both_versions_know() {
    let (value, faults) = converted(
        "x-a: 1\nhost: api.example.com:8080\nbasePath: /v1/\nschemes: [https, wss]\npaths: {x-p: 1}\ntags: [{name: a}]\nexternalDocs: {url: 'https://example.com'}\n",
    );
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(
        value,
        json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "x-a": 1,
            "servers": [{"url": "https://api.example.com:8080/v1"}, {"url": "wss://api.example.com:8080/v1"}],
            "paths": {"x-p": 1},
            "tags": [{"name": "a"}],
            "externalDocs": {"url": "https://example.com"},
        })
    );
}

#[test]
fn servers_come_from_host_base_path_and_schemes() {
    let servers = |text: &str| converted(&format!("{text}paths: {{}}\n")).0["servers"].clone();
    assert_eq!(servers(""), Value::Null);
    assert_eq!(servers("basePath: /v1\n"), json!([{"url": "/v1"}]));
    assert_eq!(servers("basePath: /\nschemes: [https]\n"), json!([{"url": "/"}]));
    assert_eq!(servers("host: h\n"), json!([{"url": "https://h"}]));
    assert_eq!(servers("host: h\nbasePath: /\nschemes: [http]\n"), json!([{"url": "http://h"}]));
    let own = operation("schemes: [wss]", "host: h\nbasePath: /b\n");
    assert_eq!(own["servers"], json!([{"url": "wss://h/b"}]));
}

#[test]
fn a_parameter_in_body_becomes_the_request_body() {
    let body = |members: &str, rest: &str| operation(members, rest)["requestBody"].clone();
    let parameter = "parameters: [{in: body, name: b, description: d, required: true, schema: {type: string}, x-b: 1}]";
    let of = |types: &[&str]| {
        let content: serde_json::Map<_, _> =
            types.iter().map(|t| ((*t).to_owned(), json!({"schema": {"type": "string"}}))).collect();
        json!({"description": "d", "required": true, "content": content, "x-b": 1})
    };
    assert_eq!(body(parameter, ""), of(&["application/json"]));
    assert_eq!(body(parameter, "consumes: [a/b, c/d]\n"), of(&["a/b", "c/d"]));
    assert_eq!(body(&format!("consumes: [e/f], {parameter}"), "consumes: [a/b]\n"), of(&["e/f"]));
    assert_eq!(operation(parameter, "").get("parameters"), None);
}

#[test]
fn shared_bodies_are_referred_to_where_the_types_agree() {
    let rest = "consumes: [a/b]\nparameters: {B: {in: body, name: b, schema: {type: integer}}}\n";
    let reference = "parameters: [{$ref: '#/parameters/B'}]";
    assert_eq!(operation(reference, rest)["requestBody"], json!({"$ref": "#/components/requestBodies/B"}));
    let own = operation(&format!("consumes: [c/d], {reference}"), rest);
    assert_eq!(own["requestBody"], json!({"content": {"c/d": {"schema": {"type": "integer"}}}}));
    let (value, _) = converted(&format!("paths: {{}}\n{rest}"));
    assert_eq!(value["components"], json!({"requestBodies": {"B": {"content": {"a/b": {"schema": {"type": "integer"}}}}}}));
}

#[test]
fn parameters_of_a_path_reach_its_operations() {
    let (value, _) = converted(
        "paths:
  /a/{id}:
    parameters:
    - {in: path, name: id, type: string, required: true}
    - {in: body, name: b, schema: {type: object}}
    get: {responses: {'200': {description: ok}}}
    put:
      parameters: [{in: body, name: c, schema: {type: string}}, {$ref: '#/parameters/Q'}]
      responses: {'200': {description: ok}}
    patch:
      parameters: [{in: formData, name: f, type: string}]
      responses: {'200': {description: ok}}
parameters: {Q: {in: query, name: q, type: integer, allowEmptyValue: true}}
",
    );
    let item = &value["paths"]["/a/{id}"];
    assert_eq!(item["parameters"], json!([{"in": "path", "name": "id", "required": true, "schema": {"type": "string"}}]));
    let content = |method: &str| item[method]["requestBody"]["content"].clone();
    assert_eq!(content("get"), json!({"application/json": {"schema": {"type": "object"}}}));
    assert_eq!(content("put"), json!({"application/json": {"schema": {"type": "string"}}}));
    let form = json!({"type": "object", "properties": {"f": {"type": "string"}}});
    assert_eq!(content("patch"), json!({"application/x-www-form-urlencoded": {"schema": form}}));
    assert_eq!(item["put"]["parameters"], json!([{"$ref": "#/components/parameters/Q"}]));
    let shared = json!({"in": "query", "name": "q", "allowEmptyValue": true, "schema": {"type": "integer"}});
    assert_eq!(value["components"]["parameters"], json!({"Q": shared}));
}

#[test]
fn forms_become_bodies() {
    let body = operation(
        "consumes: [multipart/form-data, application/json], parameters: [
          {in: formData, name: f, type: file, required: true, description: d, x-f: 1},
          {in: formData, name: csv, type: array, items: {type: integer}},
          {in: formData, name: multi, type: array, items: {type: string}, collectionFormat: multi},
          {in: formData, name: pipes, type: array, items: {type: string}, collectionFormat: pipes, minItems: 1},
          {$ref: '#/parameters/Shared'}]",
        "parameters: {Shared: {in: formData, name: s, type: string, default: x, maxLength: 3}}\n",
    )["requestBody"]
        .clone();
    let schema = json!({
        "type": "object",
        "properties": {
            "f": {"type": "string", "format": "binary", "description": "d", "x-f": 1},
            "csv": {"type": "array", "items": {"type": "integer"}},
            "multi": {"type": "array", "items": {"type": "string"}},
            "pipes": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "s": {"type": "string", "default": "x", "maxLength": 3},
        },
        "required": ["f"],
    });
    let encoding = json!({"csv": {"style": "form", "explode": false}, "pipes": {"style": "pipeDelimited", "explode": false}});
    assert_eq!(body, json!({"content": {"multipart/form-data": {"schema": schema, "encoding": encoding}}, "required": true}));
    let plain = operation("parameters: [{in: formData, name: a, type: boolean}]", "")["requestBody"].clone();
    let schema = json!({"type": "object", "properties": {"a": {"type": "boolean"}}});
    assert_eq!(plain, json!({"content": {"application/x-www-form-urlencoded": {"schema": schema}}}));
}

#[test]
fn collection_formats_become_styles() {
    let parameter = |text: &str| {
        let parameters = format!("parameters: [{{name: p, type: array, items: {{type: integer}}, {text}}}]");
        let mut one = operation(&parameters, "")["parameters"][0].clone();
        assert_eq!(one["schema"], json!({"type": "array", "items": {"type": "integer"}}));
        let members = one.as_object_mut().expect("an object");
        (members.remove("style"), members.remove("explode"))
    };
    assert_eq!(parameter("in: query"), (Some(json!("form")), Some(json!(false))));
    assert_eq!(parameter("in: query, collectionFormat: csv"), (Some(json!("form")), Some(json!(false))));
    assert_eq!(parameter("in: query, collectionFormat: multi"), (Some(json!("form")), Some(json!(true))));
    assert_eq!(parameter("in: query, collectionFormat: ssv"), (Some(json!("spaceDelimited")), Some(json!(false))));
    assert_eq!(parameter("in: query, collectionFormat: pipes"), (Some(json!("pipeDelimited")), Some(json!(false))));
    assert_eq!(parameter("in: header"), (None, None));
}

#[test]
fn what_has_no_counterpart_is_named() {
    let (value, faults) = converted(
        "paths:
  /a:
    get:
      parameters:
      - {in: query, name: t, type: array, items: {type: integer}, collectionFormat: tsv, minItems: 1}
      - {in: header, name: X-P, type: array, items: {type: integer}, collectionFormat: pipes}
      - {in: query, name: n, type: array, items: {type: array, items: {type: string}, collectionFormat: pipes}}
      responses: {'200': {description: ok}}
",
    );
    assert_eq!(
        faults,
        [
            "s.yaml:7:85 contract/collection-format: `tsv` in query has no counterpart in OpenAPI 3 (the list is taken as plain text, and its items are not looked at)",
            "s.yaml:8:88 contract/collection-format: `pipes` in header has no counterpart in OpenAPI 3 (the list is taken as plain text, and its items are not looked at)",
            "s.yaml:9:87 contract/collection-format: lists within lists have no separator of their own in OpenAPI 3 (`pipes` is left away)",
        ]
    );
    let parameters = &value["paths"]["/a"]["get"]["parameters"];
    assert_eq!(parameters[0], json!({"in": "query", "name": "t", "schema": {"type": "string"}}));
    assert_eq!(parameters[2]["schema"]["items"], json!({"type": "array", "items": {"type": "string"}}));
}

#[test]
fn responses_say_what_they_contain() {
    let responses = |members: &str, rest: &str| {
        let (value, faults) = converted(&format!("paths: {{/a: {{get: {{{members}}}}}}}\n{rest}"));
        assert_eq!(faults, Vec::<String>::new());
        value["paths"]["/a"]["get"]["responses"].clone()
    };
    let all =
        "responses: {'200': {description: a, schema: {type: string}, examples: {a/b: x}, x-r: 1}, default: {description: b}}";
    assert_eq!(
        responses(&format!("produces: [a/b, c/d], {all}"), ""),
        json!({
            "200": {
                "description": "a",
                "x-r": 1,
                "content": {"a/b": {"schema": {"type": "string"}, "example": "x"}, "c/d": {"schema": {"type": "string"}}},
            },
            "default": {"description": "b"},
        })
    );
    let file = responses("responses: {'200': {description: a, schema: {type: file}}}", "");
    assert_eq!(file["200"]["content"], json!({"*/*": {"schema": {"type": "string", "format": "binary"}}}));
    let only = responses("produces: [c/d], responses: {'200': {description: a, examples: {a/b: {x: 1}}}}", "");
    assert_eq!(only["200"]["content"], json!({"a/b": {"example": {"x": 1}}}));
    let headers = responses(
        "responses: {'200': {description: a, headers: {X-Rate: {type: integer, description: d, minimum: 0, x-h: 1}, X-L: {type: array, items: {type: string}}}}}",
        "",
    );
    assert_eq!(
        headers["200"]["headers"],
        json!({
            "X-Rate": {"description": "d", "x-h": 1, "schema": {"type": "integer", "minimum": 0}},
            "X-L": {"schema": {"type": "array", "items": {"type": "string"}}},
        })
    );
    let shared = "produces: [a/b]\nresponses: {Gone: {description: g, schema: {type: string}}}\n";
    let reference = "responses: {'410': {$ref: '#/responses/Gone'}}";
    assert_eq!(responses(reference, shared), json!({"410": {"$ref": "#/components/responses/Gone"}}));
    let own = responses(&format!("produces: [c/d], {reference}"), shared);
    assert_eq!(own["410"]["content"], json!({"c/d": {"schema": {"type": "string"}}}));
}

#[test]
fn schemas_are_rewritten() {
    let (value, faults) = converted(
        "paths: {}
definitions:
  Pet:
    type: object
    discriminator: kind
    required: [kind]
    properties:
      kind: {type: string, readOnly: true, example: cat}
      tag: {type: string, x-nullable: true, enum: [a, b]}
      next: {$ref: '#/definitions/Pet', description: ignored}
      owner: {$ref: '#/definitions/Pet', x-nullable: true}
      odd: {$ref: '#/definitions/a~1b'}
      deep: {$ref: '#/definitions/Pet/properties/tag'}
      many: {type: array, items: {$ref: '#/definitions/Pet'}}
    additionalProperties: {type: [string, 'null']}
    xml: {name: pet}
    x-own: 1
  Cat: {allOf: [{$ref: '#/definitions/Pet'}, {type: object, additionalProperties: false}]}
  a/b: {type: [string, integer], exclusiveMinimum: true, minimum: 0}
  a_b: {type: boolean}
",
    );
    assert_eq!(faults, Vec::<String>::new());
    let only_null = json!({"type": "object", "nullable": true, "enum": [null]});
    let tag = json!({"type": "string", "nullable": true, "enum": ["a", "b", null]});
    assert_eq!(
        value["components"]["schemas"],
        json!({
            "Pet": {
                "type": "object",
                "discriminator": {"propertyName": "kind"},
                "required": ["kind"],
                "properties": {
                    "kind": {"type": "string", "readOnly": true, "example": "cat"},
                    "tag": tag,
                    "next": {"$ref": "#/components/schemas/Pet"},
                    "owner": {"anyOf": [{"$ref": "#/components/schemas/Pet"}, only_null]},
                    "odd": {"$ref": "#/components/schemas/a_b_2"},
                    "deep": {"$ref": "#/components/schemas/tag"},
                    "many": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                },
                "additionalProperties": {"type": "string", "nullable": true},
                "xml": {"name": "pet"},
                "x-own": 1,
            },
            "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object", "additionalProperties": false}]},
            "a_b_2": {"anyOf": [{"type": "string"}, {"type": "integer"}], "exclusiveMinimum": true, "minimum": 0},
            "a_b": {"type": "boolean"},
            "tag": tag,
        })
    );
}

#[test]
fn security_is_rewritten() {
    let (value, faults) = converted(
        "paths: {}
security: [{my key: []}, {o: [read]}]
securityDefinitions:
  b: {type: basic, description: d}
  my key: {type: apiKey, name: X-Key, in: header, x-k: 1}
  o: {type: oauth2, flow: accessCode, authorizationUrl: 'https://a', tokenUrl: 'https://t', scopes: {read: r}}
  i: {type: oauth2, flow: implicit, authorizationUrl: 'https://a', scopes: {}}
  p: {type: oauth2, flow: password, tokenUrl: 'https://t', scopes: {}}
  c: {type: oauth2, flow: application, tokenUrl: 'https://t', scopes: {}}
",
    );
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(value["security"], json!([{"my_key": []}, {"o": ["read"]}]));
    assert_eq!(
        value["components"]["securitySchemes"],
        json!({
            "b": {"type": "http", "scheme": "basic", "description": "d"},
            "my_key": {"type": "apiKey", "name": "X-Key", "in": "header", "x-k": 1},
            "o": {"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": "https://a", "tokenUrl": "https://t", "scopes": {"read": "r"}}}},
            "i": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://a", "scopes": {}}}},
            "p": {"type": "oauth2", "flows": {"password": {"tokenUrl": "https://t", "scopes": {}}}},
            "c": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://t", "scopes": {}}}},
        })
    );
}

#[test]
fn other_files_are_taken_in_with_their_places() {
    let files = |name: &str| match name {
        "parts/all.yaml" => Ok(Source::new(
            "parts/all.yaml",
            "definitions:\n  Pet: {properties: {kind: {$ref: kinds.json}, self: {$ref: '#/definitions/Pet'}, root: {$ref: '../s.yaml#/definitions/Own'}}}\nparameters:\n  Page: {in: query, name: page, type: array, items: {type: integer}, collectionFormat: pipes}\n  New: {in: body, name: b, schema: {$ref: '#/definitions/Pet'}}\nresponses:\n  Gone: {description: gone, schema: {$ref: '#/definitions/Pet'}}\nitem:\n  post:\n    parameters: [{$ref: '#/parameters/New'}]\n    responses: {'201': {description: made}}\n",
        )),
        "parts/kinds.json" => Ok(Source::new("parts/kinds.json", "{\"type\": \"string\", \"id\": \"kinds\"}")),
        other => no_file(other),
    };
    let text = format!(
        "{HEAD}consumes: [a/b]\npaths:\n  /a:\n    get:\n      parameters: [{{$ref: 'parts/all.yaml#/parameters/Page'}}]\n      responses: {{'410': {{$ref: './parts/all.yaml#/responses/Gone'}}}}\n  /b: {{$ref: 'parts/all.yaml#/item'}}\ndefinitions: {{Own: {{type: string}}, Pet: {{type: integer}}}}\n"
    );
    let (document, faults) = converted_with(&text, &files);
    assert_eq!(faults, Vec::<String>::new());
    let value = document.root.to_value();
    let get = &value["paths"]["/a"]["get"];
    assert_eq!(get["parameters"], json!([{"$ref": "#/components/parameters/Page"}]));
    assert_eq!(get["responses"]["410"], json!({"$ref": "#/components/responses/Gone"}));
    assert_eq!(value["paths"]["/b"]["post"]["requestBody"], json!({"$ref": "#/components/requestBodies/New"}));
    let components = &value["components"];
    assert_eq!(components["responses"]["Gone"]["content"]["*/*"]["schema"], json!({"$ref": "#/components/schemas/Pet_2"}));
    assert_eq!(
        components["schemas"],
        json!({
            "Own": {"type": "string"},
            "Pet": {"type": "integer"},
            "Pet_2": {"properties": {
                "kind": {"$ref": "#/components/schemas/kinds"},
                "self": {"$ref": "#/components/schemas/Pet_2"},
                "root": {"$ref": "#/components/schemas/Own"},
            }},
            "kinds": {"type": "string"},
        })
    );
    let place = |pointer: &str| document.place_at(&Pointer::from_escaped(pointer)).to_string();
    assert_eq!(place("/components/schemas/kinds/type"), "parts/kinds.json:1:10");
    assert_eq!(place("/components/parameters/Page/style"), "parts/all.yaml:4:88");
    assert_eq!(place("/paths/~1b/post/responses/201/description"), "parts/all.yaml:11:38");
    assert_eq!(place("/components/schemas/Own"), "s.yaml:10:20");
}

#[test]
fn nodes_keep_their_places() {
    let text = format!(
        "{HEAD}host: h\nschemes:\n- https\npaths:\n  /a:\n    post:\n      consumes: [a/b]\n      parameters:\n      - in: body\n        name: b\n        schema: {{type: string}}\n      responses: {{'200': {{description: ok, schema: {{type: file}}}}}}\n"
    );
    let (document, _) = converted_with(&text, &no_file);
    for (pointer, wanted) in [
        ("/openapi", "s.yaml:1:10"),
        ("/servers/0/url", "s.yaml:5:3"),
        ("/paths/~1a/post/requestBody/content/a~1b", "s.yaml:9:18"),
        ("/paths/~1a/post/requestBody/content/a~1b/schema/type", "s.yaml:13:24"),
        ("/paths/~1a/post/responses/200/content/*~1*/schema/format", "s.yaml:14:59"),
    ] {
        assert_eq!(document.place_at(&Pointer::from_escaped(pointer)).to_string(), wanted, "{pointer}");
    }
}

#[test]
fn examples_of_simple_values_are_taken_all_the_same() {
    let (value, faults) = converted(
        "paths: {/a: {get: {parameters: [{in: query, name: q, type: string, example: x}], responses: {'200': {description: d}}}}}\n",
    );
    assert_eq!(faults.len(), 1, "{faults:?}");
    let parameter = &value["paths"]["/a"]["get"]["parameters"][0];
    assert_eq!(*parameter, json!({"in": "query", "name": "q", "schema": {"type": "string", "example": "x"}}));
}

#[test]
fn documents_cannot_be_grown_without_bound() {
    let types: Vec<String> = (0..3_000).map(|i| format!("a/{i}")).collect();
    let members: Vec<String> = (0..3_000).map(|i| format!("p{i}: {{type: string}}")).collect();
    let text = format!(
        "{HEAD}consumes: [{}]\npaths: {{/a: {{post: {{parameters: [{{in: body, name: b, schema: {{properties: {{{}}}}}}}], responses: {{'200': {{description: d}}}}}}}}}}\n",
        types.join(", "),
        members.join(", ")
    );
    let (converted, faults) = convert(read("s.yaml", &text), &no_file);
    assert!(converted.is_none() && faults.into_iter().any(|f| f.code == "contract/unusable"));
}
