//! Bodies of each media type, read and written: forms, parts, streams, text and bytes.
//!
//! Texts and values alone; nothing is sent.

use crate::contract::Contract;
use crate::contract::body::stream::events;
use crate::contract::body::{FaultKind, Reading, multipart};
use crate::contract::load::tests::contract;
use crate::contract::model::{Encoding, HeaderSpec, MediaType, Style};
use serde_json::{Value, json};

const SPEC: &str = "openapi: 3.1.0
info: {title: t, version: '1'}
components:
  schemas:
    Form:
      type: object
      properties:
        n: {type: integer}
        list: {type: array, items: {type: integer}}
        deep: {type: object, properties: {a: {type: object, properties: {b: {type: array, items: {type: integer}}}}}}
        json: {type: object, properties: {n: {type: integer}}}
        flat: {type: object, properties: {x: {type: integer}, y: {type: integer}}}
        file: {type: string, format: binary}
        encoded: {type: string, contentEncoding: base64}
    Text: {type: string}
    Count: {type: integer}
    List: {type: array, items: {type: object, properties: {n: {type: integer}}}}
    Table: {type: object}
";

fn media(contract: &Contract, name: &str, schema: &str) -> MediaType {
    MediaType {
        name: name.to_owned(),
        schema: contract.component_schema(schema),
        item_schema: None,
        encoding: Vec::new(),
        prefix_encoding: Vec::new(),
        item_encoding: None,
        example: None,
        examples: Vec::new(),
    }
}

fn encoding(property: &str, style: Option<Style>, content_type: &[&str]) -> Encoding {
    Encoding {
        property: property.to_owned(),
        content_type: content_type.iter().map(|t| (*t).to_owned()).collect(),
        headers: Vec::new(),
        style,
        explode: matches!(style, Some(Style::Form)),
        allow_reserved: false,
    }
}

fn value(reading: Reading) -> Value {
    assert!(reading.faults.is_empty() && reading.unjudged.is_empty(), "{reading:?}");
    reading.value.expect("a value")
}

#[test]
fn forms_are_read_by_type_and_by_encoding() {
    let contract = contract(SPEC);
    let mut form = media(&contract, "application/x-www-form-urlencoded", "Form");
    let read = |form: &MediaType, text: &str| value(contract.read_body(form, &form.name, text.as_bytes()));
    assert_eq!(
        read(&form, "n=1&list=2&list=3&json=%7B%22n%22:1%7D&x=a+b%2B"),
        json!({
            "n": 1, "list": [2, 3], "json": {"n": 1}, "x": "a b+"
        })
    );
    assert_eq!(read(&form, "list=7&n=1&n=2&json=oops"), json!({"list": [7], "n": ["1", "2"], "json": "oops"}));
    assert_eq!(read(&form, ""), json!({}));
    form.encoding = vec![
        encoding("list", Some(Style::SpaceDelimited), &[]),
        encoding("deep", Some(Style::DeepObject), &[]),
        encoding("flat", Some(Style::Form), &[]),
    ];
    assert_eq!(
        read(&form, "list=1%202+3&deep[a][b][]=4&deep%5Ba%5D%5Bb%5D%5B%5D=5&x=1&y=2&n=3"),
        json!({
            "list": [1, 2, 3], "deep": {"a": {"b": [4, 5]}}, "flat": {"x": 1, "y": 2}, "n": 3
        })
    );
}

#[test]
fn what_is_written_is_read_again() {
    let contract = contract(SPEC);
    let whole = json!({
        "n": 1, "list": [2, 3], "deep": {"a": {"b": [4, 5]}}, "json": {"n": 1}, "file": "a\u{0}b", "encoded": "QUI=", "é \"": "ü\n"
    });
    for name in ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "application/*+json"] {
        let mut media = media(&contract, name, "Form");
        media.encoding = vec![encoding("json", None, &["application/vnd.x+json"])];
        let written = contract.write_body(&media, &whole, "B").unwrap_or_else(|e| panic!("{name}: {e}"));
        let read = value(contract.read_body(&media, &written.content_type, &written.bytes));
        let shown = String::from_utf8_lossy(&written.bytes).into_owned();
        let mut wanted = whole.clone();
        // A name in form data has its quotes escaped for good.
        if name.starts_with("multipart") {
            let odd = wanted.as_object_mut().and_then(|m| m.remove("é \"")).expect("a member");
            wanted["é %22"] = odd;
        }
        assert_eq!(read, wanted, "{name}\n{shown}");
    }
    let parts = media(&contract, "multipart/form-data", "Form");
    let written = contract.write_body(&parts, &json!({"n": "has B and Bx in it"}), "B").expect("written");
    assert_eq!(written.content_type, "multipart/form-data; boundary=Bxx");
    assert!(contract.write_body(&media(&contract, "application/xml", "Table"), &json!({}), "B").is_err());
}

#[test]
fn parts_are_taken_apart_as_mime_says() {
    let parts = |text: &str| {
        multipart::parts("B", text.as_bytes()).map(|parts| {
            parts.iter().map(|p| format!("{:?} {}", p.headers.len(), String::from_utf8_lossy(p.body))).collect::<Vec<_>>()
        })
    };
    let ok = |text: &str, wanted: &[&str]| {
        assert_eq!(parts(text).as_deref(), Ok(&wanted.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()[..]));
    };
    ok("preamble\r\n--B \t\r\nA: b\r\n c\r\n\r\none\r\n--B\r\n\r\n\r\n--B--\r\nepilogue --B", &["1 one", "0 "]);
    ok("--B\r\n\r\n--Bx\r\n--B in a line\r\n--B--", &["0 --Bx\r\n--B in a line"]);
    for broken in ["", "--B--", "--B\r\n\r\nx", "--B\r\nA: b\r\n--B--", "--B\r\nno colon\r\n\r\nx\r\n--B--", "--B\n\nx\n--B--"] {
        assert!(parts(broken).is_err(), "{broken:?}");
    }
}

#[test]
fn parts_are_judged_by_their_own_media_types() {
    let contract = contract(SPEC);
    let mut form = media(&contract, "multipart/form-data", "Form");
    let field =
        |name: &str, required| HeaderSpec { name: name.to_owned(), required, explode: false, schema: None, content: None };
    form.encoding = vec![Encoding {
        headers: vec![field("X-A", true), field("Content-Type", true)],
        ..encoding("file", None, &["image/*", "text/csv"])
    }];
    let part = |head: &str, body: &str| format!("--B\r\nContent-Disposition: form-data; name=\"{head}\r\n\r\n{body}\r\n");
    let read = |body: &str| contract.read_body(&form, "multipart/form-data; boundary=\"B\"", format!("{body}--B--").as_bytes());
    let good = read(&part("file\"; filename=\"a;b.png\"\r\nContent-Type: image/png\r\nX-a: 1", "\u{e9}"));
    assert_eq!((good.value, good.faults), (Some(json!({"file": "\u{c3}\u{a9}"})), Vec::new()), "a character for each byte");
    assert_eq!(good.headers.iter().map(|h| (h.spec.name.as_str(), h.text.as_deref())).collect::<Vec<_>>(), [("X-A", Some("1"))]);
    let odd = read(&part("file\"\r\nContent-Type: video/mp4", "x"));
    assert_eq!((odd.faults[0].kind, odd.faults[0].at.as_ref().map(|p| p.as_str())), (FaultKind::PartType, Some("/file")));
    let xml = read(&part("json\"\r\nContent-Type: application/xml", "<a/>"));
    assert_eq!((xml.unjudged.len(), xml.unread.len(), xml.faults.len()), (1, 1, 0));
    let broken = read(&part("json\"\r\nContent-Type: application/json", "{"));
    assert_eq!((broken.unread.len(), broken.faults[0].kind), (1, FaultKind::Unreadable));
    let latin = read(&part("x\"\r\nContent-Type: text/plain; charset=utf-16", "x"));
    assert_eq!(latin.unjudged.len(), 1);
    let list = media(&contract, "multipart/mixed", "List");
    let mixed = "--B\r\nContent-Type: application/json\r\n\r\n{\"n\": 1}\r\n--B\r\n\r\n{\"n\": 2}\r\n--B--";
    assert_eq!(value(contract.read_body(&list, "multipart/mixed; boundary=B", mixed.as_bytes())), json!([{"n": 1}, {"n": 2}]));
    let by_position = MediaType {
        prefix_encoding: vec![encoding("", None, &["application/vnd.x+json"])],
        item_encoding: Some(encoding("", None, &["application/json"])),
        ..list
    };
    let written = contract.write_body(&by_position, &json!([{"n": 1}, {"n": 2}]), "B").expect("written");
    let text = String::from_utf8(written.bytes.clone()).expect("text");
    assert_eq!(text.matches("application/vnd.x+json").count(), 1, "{text}");
    assert_eq!(value(contract.read_body(&by_position, &written.content_type, &written.bytes)), json!([{"n": 1}, {"n": 2}]));
    let swapped = contract.read_body(&by_position, "multipart/mixed; boundary=B", mixed.as_bytes());
    let at: Vec<_> = swapped.faults.iter().map(|f| (f.kind, f.at.as_ref().map(|p| p.as_str().to_owned()))).collect();
    assert_eq!(at, [(FaultKind::PartType, Some("/0".to_owned())), (FaultKind::PartType, Some("/1".to_owned()))]);
}

#[test]
fn text_and_bytes_are_what_their_schema_can_judge() {
    let contract = contract(SPEC);
    let read = |kind: &str, schema: &str, bytes: &[u8]| contract.read_body(&media(&contract, kind, schema), kind, bytes);
    assert_eq!(value(read("text/plain", "Count", b"42")), json!(42));
    assert_eq!(value(read("text/plain", "Text", "é".as_bytes())), json!("é"));
    assert_eq!(value(read("text/plain; charset=ISO-8859-1", "Text", b"\xe9")), json!("é"));
    assert_eq!(value(read("application/octet-stream", "Text", b"\xff\x00")), json!("\u{ff}\u{0}"));
    assert_eq!(read("text/plain", "Text", b"\xe9").faults.len(), 1);
    assert_eq!(read("text/plain; charset=ascii", "Text", b"\xe9").faults.len(), 1);
    for kind in ["text/plain; charset=utf-16", "application/xml", "text/csv", "application/octet-stream"] {
        assert_eq!(read(kind, "Table", b"<a/>").unjudged.len(), 1, "{kind}");
    }
    let nothing = MediaType { schema: None, ..media(&contract, "application/xml", "Table") };
    assert_eq!(contract.read_body(&nothing, "application/xml", b"<a/>"), Reading::default());
}

#[test]
fn streams_are_lists_of_items() {
    let contract = contract(SPEC);
    let read = |kind: &str, schema: &str, text: &str| contract.read_body(&media(&contract, kind, schema), kind, text.as_bytes());
    assert_eq!(value(read("application/jsonl", "List", "{\"n\":1}\r\n\n{\"n\":2}")), json!([{"n": 1}, {"n": 2}]));
    assert_eq!(value(read("application/json-seq", "List", "\u{1e}{\"n\":1}\n\u{1e}[\n2]\n")), json!([{"n": 1}, [2]]));
    assert_eq!(read("application/x-ndjson", "List", "{\"n\":1}\n{").faults.len(), 1);
    assert_eq!(read("text/event-stream", "Table", "data: 1\n\n").unjudged.len(), 1);
    let streamed = MediaType {
        item_schema: contract.component_schema("Count"),
        schema: None,
        ..media(&contract, "application/jsonl", "List")
    };
    let items = contract.read_body(&streamed, "application/jsonl", b"1\n2\n").items;
    assert_eq!(items.iter().map(|(at, v)| format!("{at} {v}")).collect::<Vec<_>>(), ["/0 1", "/1 2"]);
    let written = contract.write_body(&streamed, &json!([1, 2]), "B").expect("written");
    assert_eq!(written.bytes, b"1\n2\n");
}

/// The examples of the HTML standard, section 9.2.6.
#[test]
fn events_are_those_of_the_html_standard() {
    assert_eq!(json!(events("data: YHOO\ndata: +2\ndata: 10\n\n")), json!([{"data": "YHOO\n+2\n10"}]));
    let stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
    assert_eq!(
        json!(events(stream)),
        json!([
            {"data": "first event", "id": "1"}, {"data": "second event", "id": ""}, {"data": " third event"}
        ])
    );
    assert_eq!(json!(events("data\n\ndata\ndata\n\ndata:")), json!([{"data": ""}, {"data": "\n"}]));
    assert_eq!(
        json!(events("\u{feff}event: add\r\ndata: 7\rretry: 10\nretry: x\nother: y\n\nid: 3\n\ndata: lost\n")),
        json!([
            {"data": "7", "event": "add", "retry": 10}
        ])
    );
    assert!(events("").is_empty());
}
