//! An overlay read, applied, and seen again in what is said of the document it was applied to.
//!
//! Reaches the library through its public face alone; reads no file.

use proofmark::base::pointer::Pointer;
use proofmark::base::source::Source;
use proofmark::base::tree::{Budget, Document, parse};
use proofmark::contract::overlay::{Overlay, apply};
use serde_json::json;

fn read(name: &str, text: &str) -> Document {
    parse(&Source::new(name, text), Budget::default()).expect("a document")
}

fn overlay(name: &str, text: &str) -> Overlay {
    let (overlay, faults) = Overlay::read(&read(name, text));
    assert!(faults.is_empty(), "{:?}", faults.sorted());
    overlay.expect("an overlay")
}

const LIBRARY: &str = "openapi: 3.1.0
info: {title: Library, version: '1'}
tags: [{name: books}]
paths:
  /books:
    get:
      x-traits: [paged]
      parameters: [{name: author, in: query}]
      responses: {'200': {description: ok}}
    delete:
      x-internal: true
      responses: {'204': {description: gone}}
  /readers:
    get:
      responses: {'200': {description: ok}}
";

#[test]
fn several_overlays_are_applied_one_after_the_other() {
    let paging = overlay(
        "paging.overlay.yaml",
        "overlay: 1.0.0
info: {title: Paging, version: '1'}
extends: library.yaml
actions:
- target: $.paths.*[?@['x-traits'][?@ == 'paged']]
  description: Whatever is paged takes a page.
  update:
    parameters:
    - {name: page, in: query}
- target: $.paths[*][?@['x-internal'] == true]
  remove: true
",
    );
    let naming = overlay(
        "naming.overlay.json",
        r#"{"overlay": "1.1.0", "info": {"title": "Names", "version": "1"}, "actions": [
  {"target": "$.info.title", "update": "Town library"},
  {"target": "$.tags", "update": {"name": "readers"}},
  {"target": "$.paths['/books'].get.parameters[?@.name == 'page']", "update": {"required": true}}
]}"#,
    );
    let (document, faults) = apply(read("specs/library.yaml", LIBRARY), &[paging, naming]);
    assert!(faults.is_empty(), "{:?}", faults.sorted());
    assert_eq!(
        document.root.to_value(),
        json!({
            "openapi": "3.1.0",
            "info": {"title": "Town library", "version": "1"},
            "tags": [{"name": "books"}, {"name": "readers"}],
            "paths": {
                "/books": {"get": {
                    "x-traits": ["paged"],
                    "parameters": [{"name": "author", "in": "query"}, {"name": "page", "in": "query", "required": true}],
                    "responses": {"200": {"description": "ok"}},
                }},
                "/readers": {"get": {"responses": {"200": {"description": "ok"}}}},
            },
        })
    );
    let place = |pointer: &str| document.place_at(&Pointer::from_escaped(pointer)).to_string();
    assert_eq!(place("/info/version"), "specs/library.yaml:2:33");
    assert_eq!(place("/info/title"), "naming.overlay.json:2:40");
    assert_eq!(place("/paths/~1books/get/parameters/1/name"), "paging.overlay.yaml:9:14");
    assert_eq!(place("/paths/~1books/get/parameters/1/required"), "naming.overlay.json:4:92");
}

#[test]
fn what_selects_nothing_is_shown_in_the_overlay() {
    let odd = overlay(
        "odd.overlay.yaml",
        "overlay: 1.0.0\ninfo: {title: Odd, version: '1'}\nactions:\n- target: $.paths['/bokos'].get\n  update: {summary: s}\n",
    );
    let before = read("library.yaml", LIBRARY);
    let (after, faults) = apply(before.clone(), &[odd]);
    assert_eq!(after.root, before.root);
    assert!(!faults.has_errors());
    let shown: Vec<String> = faults.into_iter().map(|d| d.render(false)).collect();
    for part in ["warning[overlay/no-match]", "odd.overlay.yaml:4:18", "did you mean `$.paths['/books']`?"] {
        assert!(shown[0].contains(part), "{part} in {}", shown[0]);
    }
}
