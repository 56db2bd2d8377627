//! A whole Swagger 2.0 description, loaded and used like any other contract.
//!
//! Reaches the library through its public face alone; sends nothing.

use proofmark::base::source::Source;
use proofmark::contract::model::{Direction, In, SecurityKind, Style};
use proofmark::contract::{Contract, Options, Unreadable, load, load_with};
use serde_json::json;
use std::sync::Arc;

const SHELTER: &str = "swagger: '2.0'
info: {title: Animal shelter, version: '4'}
host: shelter.example.org
basePath: /api/v4
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  keeper:
    type: oauth2
    flow: application
    tokenUrl: https://shelter.example.org/token
    scopes: {look: see animals, place: find them a home}
security: [{keeper: [look]}]
paths:
  /animals:
    get:
      operationId: listAnimals
      parameters:
      - {in: query, name: kinds, type: array, items: {type: string, enum: [dog, cat]}, collectionFormat: pipes}
      - {$ref: '#/parameters/limit'}
      responses:
        '200':
          description: all of them
          headers: {X-Total: {type: integer}}
          schema: {type: array, items: {$ref: '#/definitions/Animal'}}
          examples: {application/json: [{name: Bo, kind: dog}]}
        default: {$ref: '#/responses/Trouble'}
    post:
      operationId: takeIn
      security: [{keeper: [place]}]
      parameters: [{in: body, name: animal, required: true, schema: {$ref: '#/definitions/Animal'}}]
      responses: {'201': {description: taken in}}
  /animals/{name}/picture:
    parameters: [{in: path, name: name, type: string, required: true}]
    put:
      operationId: hangPicture
      consumes: [multipart/form-data]
      parameters:
      - {in: formData, name: picture, type: file, required: true}
      - {in: formData, name: caption, type: string}
      responses: {'204': {description: hung}}
parameters:
  limit: {in: query, name: limit, type: integer, maximum: 100}
responses:
  Trouble: {description: trouble, schema: {$ref: 'trouble.yaml#/definitions/Trouble'}}
definitions:
  Animal:
    type: object
    discriminator: kind
    required: [name, kind]
    properties:
      name: {type: string}
      kind: {type: string}
      age: {type: integer, x-nullable: true}
      code: {type: string, readOnly: true}
  dog: {allOf: [{$ref: '#/definitions/Animal'}, {properties: {tricks: {type: array, items: {type: string}}}}]}
";

fn files(name: &str) -> Result<Arc<Source>, Unreadable> {
    match name {
        "trouble.yaml" => Ok(Source::new(
            "trouble.yaml",
            "definitions:\n  Trouble:\n    type: object\n    required: [code]\n    properties: {code: {type: integer}}\n",
        )),
        other => Err(format!("no {other}").into()),
    }
}

fn shelter() -> Contract {
    let (contract, faults) = load(&Source::new("shelter.yaml", SHELTER), &files);
    assert!(faults.is_empty(), "{:?}", faults.sorted());
    contract.expect("a contract")
}

#[test]
fn operations_are_there() {
    let contract = shelter();
    assert_eq!(contract.openapi, "2.0 (converted)");
    assert_eq!(contract.base_path(), "/api/v4");
    let list = contract.operation("listAnimals").expect("the operation");
    let kinds = list.parameters.iter().find(|p| p.name == "kinds").expect("the parameter");
    assert_eq!((kinds.location, kinds.style, kinds.explode), (In::Query, Style::PipeDelimited, false));
    assert!(list.parameters.iter().any(|p| p.name == "limit"));
    assert_eq!(list.responses[0].media[0].example, Some(json!([{"name": "Bo", "kind": "dog"}])));
    let put = contract.operation("hangPicture").expect("the operation");
    let body = put.body.as_ref().expect("a body");
    assert_eq!((body.required, body.media[0].name.as_str()), (true, "multipart/form-data"));
    let post = contract.operation("takeIn").expect("the operation");
    assert_eq!(post.security[0].0[0].scopes, ["place"]);
    let scheme = &contract.security_schemes[0];
    assert!(matches!(&scheme.kind, SecurityKind::OAuth2 { token_url: Some(url), .. } if url.ends_with("/token")), "{scheme:?}");
}

#[test]
fn bodies_are_judged_by_the_converted_schemas_and_faults_point_at_the_swagger_text() {
    let contract = shelter();
    let list = contract.operation("listAnimals").expect("the operation");
    let schema = list.response_for(200).and_then(|r| r.media[0].schema.clone()).expect("a schema");
    let validator = contract.validator(&schema, Direction::Response);
    assert_eq!(validator.violations(&json!([{"name": "Bo", "kind": "dog", "age": null}])).len(), 0);
    let found = validator.violations(&json!([{"name": 1, "kind": "dog"}]));
    assert_eq!(found.len(), 1, "{found:?}");
    let place = contract.violation_place(&found[0]).map(|p| p.to_string());
    assert_eq!(place.as_deref(), Some("shelter.yaml:53:14"));
    let trouble = list.response_for(500).and_then(|r| r.media[0].schema.clone()).expect("a schema");
    let found = contract.validator(&trouble, Direction::Response).violations(&json!({"code": "x"}));
    let place = contract.violation_place(&found[0]).map(|p| p.to_string());
    assert_eq!(place.as_deref(), Some("trouble.yaml:5:25"));
}

#[test]
fn later_checks_point_at_the_swagger_text() {
    let broken = SHELTER
        .replace("/animals/{name}/picture", "/animals/{nmae}/picture")
        .replace("required: [name, kind]", "minLength: 3\n    maxLength: 2");
    let (contract, faults) = load(&Source::new("shelter.yaml", broken), &files);
    assert!(contract.is_none());
    let shown: Vec<String> = faults.into_iter().map(|d| format!("{} {}", d.place.expect("a place"), d.code)).collect();
    for wanted in ["shelter.yaml:35:18 contract/path-parameter", "shelter.yaml:51:5 contract/schema"] {
        assert!(shown.iter().any(|s| s == wanted), "{wanted} in {shown:#?}");
    }
}

#[test]
fn an_overlay_speaks_of_the_swagger_text() {
    let overlay = "overlay: 1.1.0
info: {title: o, version: '1'}
extends: shelter.yaml
actions:
- {target: $.definitions.Animal.properties, update: {age: {maximum: old}}}
- {target: $.basePath, update: /api/v5}
";
    let load = |text: &str| {
        let options = Options { overlays: vec![Source::new("o.yaml", text)] };
        load_with(&Source::new("shelter.yaml", SHELTER), &options, &files)
    };
    let (contract, faults) = load(overlay);
    assert!(contract.is_none());
    let shown: Vec<String> = faults.into_iter().map(|d| format!("{} {}", d.place.expect("a place"), d.message)).collect();
    assert_eq!(shown, ["o.yaml:5:69 `maximum` must be a number, but is a string"]);
    let (contract, faults) = load(&overlay.replace("old", "30"));
    assert!(faults.is_empty(), "{:?}", faults.sorted());
    let contract = contract.expect("a contract");
    assert_eq!(contract.base_path(), "/api/v5");
    let list = contract.operation("listAnimals").expect("the operation");
    let schema = list.response_for(200).and_then(|r| r.media[0].schema.clone()).expect("a schema");
    let found = contract.validator(&schema, Direction::Response).violations(&json!([{"name": "Bo", "kind": "dog", "age": 31}]));
    let place = found.first().and_then(|v| contract.violation_place(v)).map(|p| p.to_string());
    assert_eq!(place.as_deref(), Some("o.yaml:5:60"));
}
