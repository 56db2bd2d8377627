//! Input that is made to do harm: deep, long, wide, and in circles.
//!
//! Texts only; what counts is that each is answered at all, since nothing here may take more than linear time.

use super::{said, schemas};
use crate::base::source::Source;
use crate::contract::load;

const WIDE: usize = 20_000;

fn many(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn nesting_without_end_is_refused_by_the_reader() {
    let deep = format!("openapi: 3.1.0\nx: {}", "[".repeat(10_000));
    assert!(said(&deep).iter().any(|f| f.contains("syntax/yaml")), "{:?}", said(&deep).first());
}

#[test]
fn what_is_nested_deep_is_checked() {
    let (levels, open, close) = (80, "{\"properties\": {\"a\": ", "}}");
    let nested = format!("{}{{\"type\": \"strnig\"}}{}", open.repeat(levels), close.repeat(levels));
    let text = format!(
        "{{\"openapi\": \"3.1.0\", \"info\": {{\"title\": \"t\", \"version\": \"1\"}}, \"components\": {{\"schemas\": {{\"A\": {nested}}}}}}}"
    );
    let (contract, faults) = load(&Source::new("t.json", text), &|_| Err("no other file".to_owned().into()));
    assert!(contract.is_none());
    let shown: Vec<String> = faults.into_iter().map(|d| d.message).collect();
    assert_eq!(shown, ["`strnig` is no type"]);
}

#[test]
fn long_chains_of_references_end() {
    let chain = many(10_000, |i| format!("    A{i}: {{$ref: '#/components/parameters/A{}'}}\n", i + 1));
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  parameters:\n{chain}    A10000: {{name: a, in: qeury, schema: {{}}}}\n"
    );
    let shown = said(&text);
    assert!(shown.len() == 1 && shown[0].contains("but is `qeury`"), "{shown:?}");
}

#[test]
fn circles_of_every_kind_are_said_once() {
    for section in
        ["parameters", "responses", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks", "pathItems"]
    {
        let to = |name: &str| format!("{{$ref: '#/components/{section}/{name}'}}");
        let lines = format!("    A: {}\n    B: {}\n    C: {}\n    D: {}\n", to("B"), to("C"), to("A"), to("D"));
        let text = format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  {section}:\n{lines}");
        let shown = said(&text);
        assert_eq!(shown.len(), 2, "{shown:?}");
        assert!(shown.iter().all(|f| f.contains("leads back to itself")), "{shown:?}");
    }
}

#[test]
fn callbacks_may_contain_themselves() {
    let shown = said(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a: {$ref: '#/components/pathItems/A'}\ncomponents:\n  callbacks:\n    C:\n      '{$url}': {$ref: '#/components/pathItems/A'}\n  pathItems:\n    A:\n      post:\n        callbacks: {c: {$ref: '#/components/callbacks/C'}}\n        responses: {'200': {description: d}}\n",
    );
    assert_eq!(shown, Vec::<String>::new());
}

#[test]
fn an_object_may_have_any_number_of_members() {
    // A parameter of which nothing is known but that its fields are those of a schema.
    let fields = many(WIDE, |i| format!("      f{i}: 1\n"));
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  parameters:\n    A:\n      name: a\n      in: query\n      schema: {{}}\n      type: string\n{fields}"
    );
    assert_eq!(said(&text).len(), WIDE + 1);
    // Schemas that refer to each other, and one that is mapped to none.
    let next = many(WIDE, |i| format!("    A{i}: {{items: {{$ref: '#/components/schemas/A{}'}}}}\n", (i + 7) % WIDE));
    let mapping = many(1_000, |i| format!("m{i}: Missing{i}, "));
    let discriminator = format!("    D: {{oneOf: [{{}}], discriminator: {{propertyName: a, mapping: {{{mapping}}}}}}}\n");
    let shown = said(&schemas("3.1.0", &(next + &discriminator)));
    assert_eq!(shown.len(), 1_000);
    assert!(shown.iter().all(|f| f.ends_with("and there is no such schema")), "{:?}", shown.first());
}
