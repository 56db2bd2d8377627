//! Bodies, fields and servers from end to end: what is right conforms, and what is wrong gives exactly its finding.
//!
//! The target gives back what it is sent, so that both writing and judging are seen. Traffic to loopback only.

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use support::{Bench, findings};

const SPEC: &str = "openapi: 3.1.0
info: {title: Echo, version: '1'}
servers: [{url: 'https://example.org/{stage}', variables: {stage: {default: v1}}}]
paths:
  /form:
    post:
      operationId: form
      requestBody: {required: true, content: {application/x-www-form-urlencoded: &form {schema: {$ref: '#/components/schemas/Form'}, encoding: {where: {style: deepObject, explode: true}, flags: {style: pipeDelimited, explode: false}}}}}
      responses: {'200': {description: the same, content: {application/x-www-form-urlencoded: *form}}}
  /parts:
    post:
      operationId: parts
      requestBody: {required: true, content: {multipart/form-data: &parts {schema: {$ref: '#/components/schemas/Parts'}, encoding: {picture: {contentType: 'image/png, image/jpeg', headers: {X-Size: {required: true, schema: {type: integer}}}}}}}}
      responses: {'200': {description: the same, content: {multipart/form-data: *parts}}}
  /plain:
    post:
      operationId: plain
      requestBody: {required: true, content: {text/plain: {schema: {type: integer}}, application/xml: {schema: {type: object}}}}
      responses: {'200': {description: the same, content: {'text/*': {schema: {type: integer, maximum: 9}}, application/xml: {schema: {type: object}}}}}
  /point:
    servers: [{url: /elsewhere/v2}]
    get:
      operationId: point
      parameters:
        - {name: X-Echo, in: header, required: true, explode: true, schema: {$ref: '#/components/schemas/Point'}}
        - {name: area, in: query, style: deepObject, explode: true, schema: {type: object}}
      responses:
        '200': {description: d, headers: {X-Point: {required: true, explode: true, schema: {$ref: '#/components/schemas/Point'}}}}
  /guarded:
    get:
      operationId: guarded
      parameters: [{name: prefs, in: cookie, schema: {type: object}, explode: false}]
      security: [{inQuery: [], inCookie: [], token: []}, {inHeader: []}]
      responses: {'200': {description: d}, '401': {description: refused}}
components:
  securitySchemes:
    inQuery: {type: apiKey, in: query, name: k}
    inCookie: {type: apiKey, in: cookie, name: c}
    inHeader: {type: apiKey, in: header, name: X-Key}
    token: {type: http, scheme: bearer}
  schemas:
    Point: {type: object, required: [x, y], properties: {x: {type: integer}, y: {type: integer}}}
    Form:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: {type: string, minLength: 2}
        age: {type: integer}
        tags: {type: array, items: {type: string}, maxItems: 2}
        flags: {type: array, items: {type: boolean}}
        where: {$ref: '#/components/schemas/Point'}
        extra: {type: object, properties: {n: {type: integer}}}
    Parts:
      type: object
      required: [meta]
      properties:
        meta: {type: object, required: [n], properties: {n: {type: integer}}}
        notes: {type: array, items: {type: string, maxLength: 5}}
        picture: {type: string, contentMediaType: image/png, maxLength: 4}
        text: {type: string}
";

/// A server that answers 200 with the body, its media type and the field `X-Echo` of the request.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            std::thread::spawn(move || while answer(&mut stream).is_some() {});
        }
    });
    url
}

fn answer(stream: &mut std::net::TcpStream) -> Option<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("a head");
    let field = |name: &str| {
        head.lines().filter_map(|l| l.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.to_owned())
    };
    let mut body = vec![0; field("content-length").and_then(|l| l.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in [("content-type", field("content-type")), ("X-Point", field("x-echo"))] {
        answer.extend(value.map(|v| format!("{name}: {v}\r\n")));
    }
    stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    stream.write_all(&body).ok()
}

fn run(cases: &[(&str, &str)]) -> (Bench, support::Ran) {
    run_of(SPEC, cases)
}

fn run_of(spec: &str, cases: &[(&str, &str)]) -> (Bench, support::Ran) {
    let bench = Bench::new();
    bench.write("spec.yaml", spec);
    let keys = "{bearer: '${env.T:-tttt}', api_key: {inQuery: '${env.K:-qq&q}', inCookie: '${env.K:-cccc}'}}";
    let auth = format!(
        "{{keys: {keys}, one: {{api_key: '${{env.K:-qq&q}}'}}, me: {{basic: {{username: u, password: '${{env.P:-p}}'}}}}}}"
    );
    bench.write("env.yaml", &format!("environment: echo\ntarget: {}\nauth: {auth}\n", echo()));
    let mut suite = "suite: Echo\nspec: spec.yaml\ncases:\n".to_owned();
    for (name, step) in cases {
        suite.push_str(&format!("  - {{name: {name}, steps: [{step}]}}\n"));
    }
    bench.write("suite.yaml", &suite);
    let ran = bench.run(&["check", "suite.yaml", "--env", "env.yaml"]);
    (bench, ran)
}

#[test]
fn what_is_written_by_the_description_is_read_by_it() {
    let (bench, ran) = run(&[
        (
            "form",
            "{call: form, body: {name: 'a&b c', age: 7, tags: [x, 'y,z'], flags: [true, false], where: {x: 1, y: -2}, extra: {n: 1}}}",
        ),
        ("parts", "{call: parts, body: {meta: {n: 1}, notes: [one, two], text: \"line\\r\\n--line\"}}"),
        ("plain", "{call: plain, body: 7}"),
        ("point", "{call: point, headers: {X-Echo: {x: 1, y: 2}}, query: {area: {from: {x: 1}, names: [a, b]}}}"),
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.ends_with("\nconforms\n"), "{}", ran.out);
    let record = bench.record();
    let request = |i: usize| &record["exchanges"][i]["request"];
    let all: Vec<String> = (0..4).map(|i| request(i).to_string()).collect();
    assert!(
        all.iter()
            .any(|r| r.contains("name=a%26b%20c&age=7&tags=x&tags=y%2Cz&flags=true%7Cfalse&where%5Bx%5D=1&where%5By%5D=-2")),
        "{all:?}"
    );
    assert!(all.iter().any(|r| r.contains("/elsewhere/v2/point?area%5Bfrom%5D%5Bx%5D=1&area%5Bnames%5D%5B0%5D=a")), "{all:?}");
    assert!(all.iter().any(|r| r.contains("/v1/plain\"")), "{all:?}");
}

#[test]
fn what_is_wrong_gives_exactly_its_finding() {
    let form = |body: &str| format!("{{call: form, raw: '{body}', content_type: application/x-www-form-urlencoded}}");
    let parts = |body: &str, kind: &str| format!("{{call: parts, raw: \"{body}\", content_type: {kind}}}");
    let whole = "multipart/form-data; boundary=B";
    let part = |head: &str, body: &str| format!("--B\\r\\nContent-Disposition: form-data; name={head}\\r\\n\\r\\n{body}\\r\\n");
    let meta = part("meta", "{\\\"n\\\": 1}");
    let wrong: Vec<(&str, String, &str)> = vec![
        ("a missing field", form("age=7"), "body.schema"),
        ("text for a number", form("name=abc&age=x"), "body.schema"),
        ("a field too often", form("name=abc&name=def"), "body.schema"),
        ("too many items", form("name=abc&tags=a&tags=b&tags=c"), "body.schema"),
        ("an unknown field", form("name=abc&other=1"), "body.schema"),
        ("a member of an object", form("name=abc&where[x]=1&where[y]=z"), "body.schema"),
        ("no boundary", parts("x", "multipart/form-data"), "body.parses"),
        ("no end", parts(&meta, whole), "body.parses"),
        ("a part that is not JSON", parts(&format!("{}--B--", part("meta", "n=1")), whole), "body.parses"),
        ("a part without a name", parts(&format!("{meta}--B\\r\\n\\r\\nx\\r\\n--B--"), whole), "body.parses"),
        ("a part too long", parts(&format!("{meta}{}--B--", part("notes", "too long")), whole), "body.schema"),
        (
            "a part of another type",
            parts(&format!("{meta}{}--B--", part("picture\\r\\nX-Size: 1\\r\\nContent-Type: image/gif", "GIF")), whole),
            "media_type.documented",
        ),
        (
            "a part without its field",
            parts(&format!("{meta}{}--B--", part("picture\\r\\nContent-Type: image/png", "PNG")), whole),
            "headers.required",
        ),
        (
            "a field of a part",
            parts(&format!("{meta}{}--B--", part("picture\\r\\nX-Size: big\\r\\nContent-Type: image/png", "PNG")), whole),
            "headers.schema",
        ),
        ("a number too large", "{call: plain, body: 10}".to_owned(), "body.schema"),
        ("no number", "{call: plain, raw: ten, content_type: text/plain}".to_owned(), "body.schema"),
        ("another media type", "{call: plain, raw: '1', content_type: image/png}".to_owned(), "media_type.documented"),
        ("a member of a field", "{call: point, headers: {X-Echo: 'x=1,y=z'}}".to_owned(), "headers.schema"),
        ("half a field", "{call: point, headers: {X-Echo: 'x=1'}}".to_owned(), "headers.schema"),
    ];
    let steps: Vec<(&str, &str)> = wrong.iter().map(|(name, step, _)| (*name, step.as_str())).collect();
    let (bench, ran) = run(&steps);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let mut found = findings(&bench.record());
    let slug = |name: &str| format!("suite/{}", name.to_lowercase().replace(' ', "-"));
    let mut wanted: Vec<(String, String)> = wrong.iter().map(|(n, _, check)| ((*check).to_owned(), slug(n))).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted, "{}", ran.out);
}

#[test]
fn credentials_go_where_the_schemes_say() {
    let (bench, ran) = run(&[
        ("all", "{call: guarded, auth: keys, cookies: {prefs: {a: 1}}}"),
        ("one", "{call: guarded, auth: one}"),
        ("basic", "{call: guarded, auth: me}"),
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let record = bench.record();
    let sent = |case: &str| {
        let steps =
            record["cases"].as_array().expect("cases").iter().find(|c| c["title"] == case).expect("a case")["steps"].clone();
        let exchange = steps[0]["exchanges"][0].clone();
        let all = record["exchanges"].as_array().expect("exchanges");
        all.iter().find(|x| x["id"] == exchange).expect("an exchange")["request"].to_string()
    };
    let all = sent("all");
    for part in ["guarded?k=[redacted]", "Bearer [redacted]", "\"cookie\""] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert!(sent("one").contains("guarded?k=[redacted]") && !sent("one").contains("authorization"), "{}", sent("one"));
    assert!(sent("basic").contains("Basic [redacted]") && !sent("basic").contains("?k="), "{}", sent("basic"));
}

const STREAMS: &str = "openapi: 3.2.0
info: {title: Streams, version: '1'}
paths:
  /lines:
    post:
      operationId: lines
      parameters:
        - {name: whole, in: querystring, content: {application/json: {schema: {type: object}}}}
        - {name: raw, in: cookie, style: cookie, schema: {type: string}}
      requestBody: {content: {application/jsonl: &lines {itemSchema: {type: object, required: [n], properties: {n: {type: integer}}}}}}
      responses: {'200': {description: d, content: {application/jsonl: *lines, text/event-stream: &events {itemSchema: {type: object, required: [data], properties: {data: {type: string}, event: {enum: [add]}}}}}}}
  /events:
    post:
      operationId: events
      requestBody: {content: {text/event-stream: *events}}
      responses: {'200': {description: d, content: {text/event-stream: *events}}}
";

#[test]
fn items_of_a_stream_are_judged_one_by_one() {
    let (bench, ran) = run_of(
        STREAMS,
        &[
            ("lines", "{call: lines, body: [{n: 1}, {n: 2}], query: {whole: {a: [1]}}, cookies: {raw: 'a b'}}"),
            ("events", "{call: events, body: [{data: \"a\\nb\", event: add}]}"),
            ("a line", "{call: lines, body: [{n: 1}, {n: x}]}"),
            ("no line", "{call: lines, raw: '{', content_type: application/jsonl}"),
            ("an event", "{call: events, body: [{data: a, event: remove}]}"),
        ],
    );
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let mut found = findings(&bench.record());
    found.sort();
    let wanted = [("body.parses", "suite/no-line"), ("body.schema", "suite/a-line"), ("body.schema", "suite/an-event")];
    assert_eq!(found, wanted.map(|(check, case)| (check.to_owned(), case.to_owned())), "{}", ran.out);
    let requests = bench.record()["exchanges"].to_string();
    assert!(requests.contains("/lines?%7B%22a%22%3A%5B1%5D%7D"), "{requests}");
}

#[test]
fn what_cannot_be_judged_is_said() {
    let (bench, ran) = run(&[("xml", "{call: plain, raw: '<a/>', content_type: application/xml}")]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("the body is not judged") && ran.out.contains("1 warning"), "{}", ran.out);
    assert_eq!(findings(&bench.record()).len(), 1);
}
