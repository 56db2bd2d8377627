//! Random trees in the shape of Swagger: whatever is in them, converting them ends.
//!
//! Says nothing about what comes out.

use super::{no_file, read};
use crate::contract::swagger::check::check;
use crate::contract::swagger::convert;
use crate::contract::swagger::convert::convert as rebuild;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Trees of the words that Swagger is made of, in places where they may or may not belong.
fn trees() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "2.0",
        "string",
        "array",
        "file",
        "object",
        "null",
        "body",
        "formData",
        "query",
        "path",
        "header",
        "multi",
        "tsv",
        "pipes",
        "csv",
        "application/json",
        "multipart/form-data",
        "#/definitions/A",
        "#/parameters/A",
        "#/responses/A",
        "#/paths/~1a",
        "x.yaml",
        "oauth2",
        "basic",
        "apiKey",
        "implicit",
        "A",
        "a~b/c",
        "",
    ]);
    let leaf = prop_oneof![
        words.prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1..3).prop_map(Value::from),
        Just(Value::Null)
    ];
    let keys = prop::sample::select(vec![
        "type",
        "in",
        "name",
        "schema",
        "items",
        "collectionFormat",
        "required",
        "parameters",
        "responses",
        "200",
        "default",
        "description",
        "$ref",
        "properties",
        "allOf",
        "enum",
        "x-nullable",
        "headers",
        "examples",
        "A",
        "/a",
        "get",
        "post",
        "consumes",
        "produces",
        "security",
        "flow",
        "scopes",
        "discriminator",
        "additionalProperties",
        "a/b",
    ]);
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::vec((keys.clone(), inner), 0..5).prop_map(|m| {
                Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

fn documents() -> impl Strategy<Value = Value> {
    let parts = (trees(), trees(), trees(), trees(), trees(), trees());
    parts.prop_map(|(operation, parameter, response, schema, security, any)| {
        let parameter = match parameter {
            Value::Object(mut members) => {
                members.entry("name").or_insert(json!("p"));
                members.entry("in").or_insert(json!("query"));
                members.entry("type").or_insert(json!("string"));
                Value::Object(members)
            }
            other => other,
        };
        json!({
            "swagger": "2.0",
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"get": operation, "parameters": [parameter], "post": {
                "parameters": [parameter, any], "responses": {"200": response, "default": {"$ref": "#/responses/A"}}
            }}},
            "definitions": {"A": schema, "B": {"properties": {"a": any}}},
            "parameters": {"A": parameter},
            "responses": {"A": response},
            "securityDefinitions": {"A": security},
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_conversion_panic(value in documents()) {
        let document = read("s.json", &value.to_string());
        let (converted, faults) = convert(document.clone(), &no_file);
        prop_assert_eq!(converted.is_none(), faults.has_errors());
        for fault in faults {
            prop_assert!(fault.place.is_some(), "{:?}", fault);
        }
        // The conversion itself, faults or not.
        let mut checked = check(document, &no_file);
        rebuild(&mut checked);
    }
}
