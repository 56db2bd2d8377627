//! What the contract model costs beside the crates it stands on: loading, finding an operation, validating.
//!
//! Measures only; that the results are right is for the tests.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use proofmark::app::shipped;
use proofmark::base::source::Source;
use proofmark::contract::model::Direction;
use proofmark::contract::{Contract, load};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

/// A description with `resources` resources of five operations and three schemas each, as a shop of many departments has it.
fn description(resources: usize) -> Value {
    let mut paths = serde_json::Map::new();
    let mut schemas = serde_json::Map::new();
    schemas.insert(
        "Problem".into(),
        json!({"type": "object", "required": ["code", "message"], "properties": {
            "code": {"type": "string", "enum": ["NOT_FOUND", "INVALID", "CONFLICT", "FORBIDDEN"]},
            "message": {"type": "string", "maxLength": 500},
            "details": {"type": "array", "items": {"type": "string"}}
        }}),
    );
    for i in 0..resources {
        let (item, page, draft) = (format!("Item{i}"), format!("Page{i}"), format!("Draft{i}"));
        let of = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let body = |name: &str| json!({"required": true, "content": {"application/json": {"schema": of(name)}}});
        let answer = |name: &str| json!({"description": "as asked", "content": {"application/json": {"schema": of(name)}}});
        let refused = |what: &str| json!({"$ref": format!("#/components/responses/{what}")});
        let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}});
        let paged = json!([
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}},
            {"name": "after", "in": "query", "description": "where the page before ended", "schema": {"type": "string"}}
        ]);
        paths.insert(
            format!("/department{i}/items"),
            json!({
                "get": {"operationId": format!("list{i}"), "summary": "What the department has", "tags": [format!("d{i}")],
                    "parameters": paged, "responses": {"200": answer(&page), "400": refused("Invalid"), "401": refused("Unknown")}},
                "post": {"operationId": format!("create{i}"), "summary": "Adds an item", "requestBody": body(&draft),
                    "responses": {"201": answer(&item), "400": refused("Invalid"), "409": refused("Conflict")}}
            }),
        );
        paths.insert(
            format!("/department{i}/items/{{id}}"),
            json!({
                "parameters": [id],
                "get": {"operationId": format!("read{i}"), "responses": {"200": answer(&item), "404": refused("Missing")}},
                "put": {"operationId": format!("change{i}"), "requestBody": body(&draft),
                    "responses": {"200": answer(&item), "400": refused("Invalid"), "404": refused("Missing")}},
                "delete": {"operationId": format!("remove{i}"), "responses": {"204": {"description": "gone"}, "404": refused("Missing")}}
            }),
        );
        schemas.insert(
            item,
            json!({"type": "object", "required": ["id", "name", "state"], "properties": {
                "id": {"type": "string", "format": "uuid", "readOnly": true},
                "name": {"type": "string", "minLength": 1, "maxLength": 80, "description": "What customers read"},
                "state": {"type": "string", "enum": ["DRAFT", "OFFERED", "SOLD_OUT", "WITHDRAWN"]},
                "price": {"type": "object", "required": ["amount", "currency"], "properties": {
                    "amount": {"type": "integer", "format": "int64", "minimum": 0},
                    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}
                }},
                "labels": {"type": "array", "maxItems": 20, "items": {"type": "string"}},
                "related": {"type": "array", "items": of(&format!("Item{}", (i + 1) % resources))}
            }}),
        );
        schemas.insert(
            page,
            json!({"type": "object", "required": ["items"], "properties": {
            "items": {"type": "array", "items": of(&format!("Item{i}"))}, "next": {"type": "string", "nullable": true}}}),
        );
        schemas.insert(
            draft,
            json!({"allOf": [of(&format!("Item{i}")), {"type": "object", "properties": {"note": {"type": "string"}}}]}),
        );
    }
    let problem = |what: &str| json!({"description": what, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
    json!({
        "openapi": "3.0.3", "info": {"title": "Shop", "version": "1.0.0"}, "servers": [{"url": "https://shop.example.com/v1"}],
        "paths": paths,
        "components": {"schemas": schemas, "responses": {"Invalid": problem("cannot be read"), "Unknown": problem("nobody known"),
            "Conflict": problem("there is one"), "Missing": problem("there is none")}}
    })
}

fn loaded(source: &Arc<Source>) -> Contract {
    let (contract, faults) = load(source, &|name| Err(format!("{name} is not there").into()));
    contract.unwrap_or_else(|| panic!("{:?}", faults.sorted()))
}

/// Beside the OpenAPI crate alone, which keeps no place and resolves nothing.
fn loading(c: &mut Criterion) {
    let medium = description(40);
    let large = description(1_000);
    // The small one is the shipped document that is written in 3.0, the only version that the crate reads whole.
    let texts: Vec<(&str, String)> = vec![
        ("small.yaml", shipped::text("specs/notification-api.yaml").expect("shipped").to_owned()),
        ("medium.yaml", serde_yaml::to_string(&medium).expect("YAML")),
        ("medium.json", medium.to_string()),
        ("large.yaml", serde_yaml::to_string(&large).expect("YAML")),
        ("large.json", large.to_string()),
    ];
    let mut group = c.benchmark_group("load");
    group.sample_size(20);
    for (name, text) in &texts {
        group.throughput(Throughput::Bytes(text.len() as u64));
        let source = Source::new(*name, text.as_str());
        group.bench_with_input(BenchmarkId::new("proofmark", name), &source, |b, source| b.iter(|| loaded(black_box(source))));
        group.bench_with_input(BenchmarkId::new("openapiv3", name), text, |b, text| {
            b.iter(|| {
                if name.ends_with("json") {
                    serde_json::from_str::<openapiv3::OpenAPI>(black_box(text)).is_ok()
                } else {
                    serde_yaml::from_str::<openapiv3::OpenAPI>(black_box(text)).is_ok()
                }
            });
        });
    }
    let source = Source::new("large.json", large.to_string());
    group.bench_function("first judgement/large.json", |b| {
        b.iter(|| {
            let contract = loaded(black_box(&source));
            let schema = contract.component_schema("Page500").expect("a component");
            contract.validator(&schema, Direction::Response).is_valid(&json!({"items": []}))
        });
    });
    group.finish();
}

/// Among 10,000 paths.
fn routing(c: &mut Criterion) {
    let mut text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n".to_owned();
    for i in 0..2_500 {
        let operation = "{get: {responses: {'200': {description: d}}}}";
        let id = "parameters: [{name: id, in: path, required: true, schema: {}}]";
        write!(text, "  /area{i}/items: {operation}\n  /area{i}/items/latest: {operation}\n").expect("text");
        for path in [format!("/area{i}/items/{{id}}"), format!("/area{i}/items/{{id}}/parts")] {
            writeln!(text, "  {path}: {{{id}, get: {{responses: {{'200': {{description: d}}}}}}}}").expect("text");
        }
    }
    let contract = loaded(&Source::new("t.yaml", text));
    let mut group = c.benchmark_group("find an operation among 10,000 paths");
    for (what, path) in
        [("concrete", "/area1300/items/latest"), ("templated", "/area1300/items/5f0c/parts"), ("none", "/area1300/nothing/here")]
    {
        group.bench_function(what, |b| b.iter(|| contract.route(black_box("GET"), black_box(path)).is_some()));
    }
    group.finish();
}

/// Beside the JSON Schema crate used directly.
fn validating(c: &mut Criterion) {
    let schema = json!({"type": "object", "required": ["id", "name", "state"], "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string", "minLength": 1, "maxLength": 80},
        "state": {"type": "string", "enum": ["DRAFT", "OFFERED", "SOLD_OUT", "WITHDRAWN"]},
        "price": {"type": "object", "required": ["amount", "currency"], "properties": {
            "amount": {"type": "integer", "minimum": 0}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}}},
        "labels": {"type": "array", "maxItems": 20, "items": {"type": "string"}}
    }});
    let document =
        json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": {"Item": schema}}});
    let contract = loaded(&Source::new("t.json", document.to_string()));
    let own = contract.validator(&contract.component_schema("Item").expect("a component"), Direction::Response);
    let direct = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema");
    let value = json!({"id": "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "name": "lamp", "state": "OFFERED",
        "price": {"amount": 1250, "currency": "EUR"}, "labels": ["light", "desk", "brass", "new"]});
    let wrong = json!({"id": "2eb8", "name": "", "state": "GONE", "price": {"amount": -1}});
    assert!(own.is_valid(&value) && direct.is_valid(&value) && !own.is_valid(&wrong));
    let mut group = c.benchmark_group("validate");
    group.bench_function("proofmark, conforming", |b| b.iter(|| own.is_valid(black_box(&value))));
    group.bench_function("jsonschema, conforming", |b| b.iter(|| direct.is_valid(black_box(&value))));
    group.bench_function("proofmark, every violation explained", |b| b.iter(|| own.violations(black_box(&wrong)).len()));
    group.bench_function("jsonschema, every error listed", |b| b.iter(|| direct.iter_errors(black_box(&wrong)).count()));
    group.finish();
}

criterion_group!(benches, loading, routing, validating);
criterion_main!(benches);
