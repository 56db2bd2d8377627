//! `proofmark lint` and `proofmark diff` from end to end: what they find, how they tell it, how they exit.
//!
//! Everything runs through the binary; traffic stays on loopback.

mod support;

use serde_json::Value;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use support::{BINARY, Bench, Ran};

const SOUND: &str = "openapi: 3.1.0
info:
  title: Things
  version: 1.0.0
servers:
  - url: https://things.example
tags:
  - name: things
paths:
  /things/{id}:
    get:
      operationId: getThing
      tags: [things]
      summary: One thing
      description: Reads one thing.
      parameters:
        - {name: id, in: path, required: true, description: Its id, schema: {type: string, maxLength: 36}}
      responses:
        '200': {description: The thing}
        '404': {description: No such thing}
";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The JSON form of what is found.
fn found(bench: &Bench, args: &[&str]) -> (i32, Value) {
    let ran = bench.run(&[&["lint", "--format", "json"], args].concat());
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}{}", ran.out, ran.err)))
}

fn codes(found: &Value) -> Vec<String> {
    let text = |d: &Value| d["code"].as_str().unwrap_or_default().to_owned();
    found["diagnostics"].as_array().expect("diagnostics").iter().map(text).collect()
}

#[test]
fn the_document_shows_what_is_really_printed() {
    let fixtures = root().join("tests/fixtures/broken");
    let path = root().join("docs/diagnostics.md");
    let mut text = std::fs::read_to_string(&path).expect("the document");
    let heading = text.find("## Five broken specs").expect("the heading");
    let from = text[heading..].find("\n### ").map_or(text.len(), |at| heading + at + 1);
    let mut shown = String::new();
    for (title, file) in [
        ("Names that are nearly right", "names.yaml"),
        ("Values of the wrong kind, and versions mixed", "versions.yaml"),
        ("Paths, parameters and security", "paths.yaml"),
        ("Schemas and examples", "schemas.yaml"),
        ("Several files, and their syntax", "orders/openapi.yaml"),
    ] {
        let output = Command::new(BINARY).args(["lint", file]).current_dir(&fixtures).stdin(Stdio::null()).output();
        let ran = Ran::of(&output.expect("the binary runs"));
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{file}: {}", ran.out);
        let _ = write!(shown, "### {title}\n\n```console\n$ proofmark lint {file}\n```\n```text\n{}```\n\n", ran.out);
    }
    let shown = format!("{}\n", shown.trim_end());
    if std::env::var("PROOFMARK_DOCS").as_deref() == Ok("write") {
        text.replace_range(from.., &shown);
        std::fs::write(&path, &text).expect("a written document");
    }
    assert_eq!(&text[from.min(text.len())..], shown, "run it again with PROOFMARK_DOCS=write");
}

#[test]
fn every_fault_of_every_file_comes_at_once_and_once() {
    let bench = Bench::new();
    bench.write("a.yaml", "openapi: 3.1.0\ninfo: {titel: x}\npaths: {/a: {$ref: 'common.yaml#/a'}}\n");
    bench.write("b.yaml", "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {/b: {$ref: 'common.yaml#/a'}}\n");
    bench.write("common.yaml", "a: {get: {responses: {'200': {descripton: d}}}}\n");
    let (code, found) = found(&bench, &["b.yaml", "./a.yaml", "b.yaml"]);
    assert_eq!(code, 1);
    let places: Vec<String> = found["diagnostics"]
        .as_array()
        .expect("diagnostics")
        .iter()
        .filter(|d| d["severity"] == "error")
        .map(|d| format!("{}:{} {}", d["file"].as_str().unwrap_or_default(), d["line"], d["code"].as_str().unwrap_or_default()))
        .collect();
    let expected = ["common.yaml:1 contract/unknown-field", "a.yaml:2 contract/missing-field", "a.yaml:2 contract/unknown-field"];
    assert_eq!(places, expected);
    assert_eq!(found["summary"]["files"], 2);
}

#[test]
fn a_folder_is_walked_and_what_is_not_ours_is_counted() {
    let bench = Bench::new();
    bench.write("api/spec.yaml", SOUND);
    bench.write("api/deep/suite.yml", "suite: s\nspec: ../spec.yaml\ncases: []\n");
    bench.write("api/env.yaml", "environment: e\ntarget: http://127.0.0.1:9\nsecrets: {key: \"${env.NOT_SET_HERE}\"}\n");
    bench.write("api/package.json", "{\"name\": \"x\"}");
    bench.write("api/.hidden/spec.yaml", "openapi: nonsense\n");
    bench.write("api/notes.txt", "openapi: nonsense\n");
    let (_, found) = found(&bench, &["api"]);
    let kinds: Vec<&str> = found["files"].as_array().expect("files").iter().filter_map(|f| f["kind"].as_str()).collect();
    assert_eq!(kinds, ["suite", "environment", "spec"], "{found:#}");
    assert_eq!(found["summary"]["skipped"], 1);
    assert!(codes(&found).contains(&"environment/missing-variable".to_owned()), "{found:#}");
    let named = bench.run(&["lint", "api/package.json"]);
    assert_eq!(named.code, 2);
    assert!(named.out.contains("cannot tell what `api/package.json` is"), "{}", named.out);
    bench.write("empty/x.txt", "");
    assert_eq!(bench.run(&["lint", "empty"]).code, 2);
}

#[test]
fn suites_are_bound_to_their_specs() {
    let bench = Bench::new();
    bench.write("spec.yaml", SOUND);
    let suite = "suite: s\nspec: spec.yaml\ncases:\n  - name: c\n    steps:\n      - {call: getThng, path: {id: x}}\n";
    bench.write("suite.yaml", suite);
    let (code, found) = found(&bench, &["suite.yaml"]);
    assert_eq!((code, codes(&found)), (1, vec!["suite/unknown-operation".to_owned()]), "{found:#}");
    assert_eq!(found["diagnostics"][0]["line"], 6);
}

#[test]
fn how_strict_it_is_can_be_chosen() {
    let bench = Bench::new();
    bench.write("sound.yaml", SOUND);
    let loose = SOUND.replace("maxLength: 36", "maxLenght: 36");
    bench.write("loose.yaml", &loose);
    let code = |args: &[&str]| bench.run(&[&["lint", "loose.yaml"], args].concat()).code;
    assert_eq!(bench.run(&["lint", "sound.yaml"]).code, 0);
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--strict"]), 1);
    assert_eq!(code(&["--deny", "warnings"]), 1);
    assert_eq!(code(&["--rule", "contract/unknown-keyword=error"]), 1);
    let off = bench.run(&["lint", "loose.yaml", "--rule", "contract/unknown-keyword=off"]);
    assert!(!off.out.contains("contract/unknown-keyword"), "{}", off.out);
    bench.write("broken.yaml", &SOUND.replace("operationId", "operationid"));
    assert_eq!(bench.run(&["lint", "broken.yaml", "--rule", "contract/unknown-field=off"]).code, 1, "it cannot be loaded");
    for wrong in [["--rule", "x"], ["--format", "xml"], ["--root", "nowhere"], ["--deny", "all"]] {
        let ran = bench.run(&["lint", "sound.yaml", wrong[0], wrong[1]]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong:?}");
        assert!(!ran.err.is_empty(), "{wrong:?}");
    }
    let quiet = bench.run(&["lint", "loose.yaml", "-q"]);
    assert_eq!(quiet.out.lines().count(), 1, "{}", quiet.out);
}

#[test]
fn the_standard_input_is_read() {
    let bench = Bench::new();
    for (text, name) in
        [("openapi: 3.1.0\ninfo: 1\n", "<stdin>:"), ("{\n\t\"openapi\": \"3.1.0\",\n\t\"info\": 1\n}", "<stdin>:")]
    {
        let mut child = bench.command(&["lint", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("written");
        let ran = Ran::of(&child.wait_with_output().expect("it ends"));
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains(name), "{}", ran.out);
    }
}

#[test]
fn files_that_are_no_text_are_refused_in_words() {
    let bench = Bench::new();
    std::fs::write(bench.path("latin.yaml"), b"openapi: 3.1.0\ninfo: {title: \xfcber}\n").expect("a file");
    let ran = bench.run(&["lint", "latin.yaml", "gone.yaml"]);
    assert_eq!(ran.code, 2);
    for part in
        ["the byte 0xfc cannot stand here", "latin.yaml:2:15", "help: save the file as UTF-8", "`gone.yaml`: no such file"]
    {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
    assert!(ran.out.ends_with("2 files, 2 errors, 0 warnings\n"), "{}", ran.out);
}

#[test]
fn references_leave_the_folder_only_where_that_is_allowed() {
    let bench = Bench::new();
    let spec = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {$ref: '../../common.yaml#/a'}}\n";
    bench.write("api/v1/spec.yaml", spec);
    bench.write("common.yaml", "a: {get: {responses: {'200': {description: d}}}}\n");
    let errors = |folder: &str, args: &[&str]| {
        let mut command = bench.command(&[&["lint", "--format", "json"], args].concat());
        let ran = Ran::of(&command.current_dir(bench.path(folder)).output().expect("it runs"));
        let found: Value = serde_json::from_str(&ran.out).expect("JSON");
        (found["summary"]["errors"].as_u64().expect("a count"), ran.out)
    };
    assert_eq!(errors("", &["api/v1/spec.yaml"]).0, 0, "the current folder is the root");
    let (count, text) = errors("api", &["v1/spec.yaml"]);
    assert_eq!(count, 1, "{text}");
    assert!(text.contains("`../common.yaml` lies outside of the current folder") && text.contains("--root DIR"), "{text}");
    assert_eq!(errors("api", &["v1/spec.yaml", "--root", ".."]).0, 0);
}

/// Serves these answers, one for each connection in turn, and gives back its origin.
fn serve(answers: Vec<(&'static str, String)>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for _ in 0..answers.len() {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let body = answers.iter().find(|(p, _)| *p == path).map_or("", |(_, body)| body);
            let length = body.len();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            asked.push(path);
        }
        asked
    });
    (url, serving)
}

#[test]
fn urls_are_fetched_once_and_only_where_that_is_allowed() {
    let (url, serving) = serve(vec![
        ("/parts/item.yaml", "get: {parameters: [{$ref: 'more.yaml#/p'}], responses: {'200': {description: d}}}\n".to_owned()),
        ("/parts/more.yaml", "p: {name: q, in: query, schema: {type: strin}}\n".to_owned()),
    ]);
    let bench = Bench::new();
    let spec = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /a: {{$ref: '{url}/parts/item.yaml'}}\n  /b: {{$ref: '{url}/parts/item.yaml#'}}\n"
    );
    bench.write("spec.yaml", &spec);
    let refused = bench.run(&["lint", "spec.yaml"]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("URLs are not read") && refused.out.contains("--allow-remote"), "{}", refused.out);
    let (code, found) = found(&bench, &["spec.yaml", "--allow-remote"]);
    assert_eq!(code, 1);
    let errors: Vec<&Value> =
        found["diagnostics"].as_array().expect("diagnostics").iter().filter(|d| d["severity"] == "error").collect();
    assert_eq!(errors.len(), 1, "{found:#}");
    assert_eq!(errors[0]["file"], format!("{url}/parts/more.yaml"));
    assert_eq!(serving.join().expect("it served"), ["/parts/item.yaml", "/parts/more.yaml"]);
}

#[test]
fn a_suite_may_name_a_spec_by_url_for_check_as_well() {
    let (url, serving) = serve(vec![("/spec.yaml", SOUND.to_owned())]);
    let bench = Bench::new();
    let suite = format!(
        "suite: s\nspec: {url}/spec.yaml\ncases:\n  - name: c\n    steps:\n      - {{call: getThing, path: {{id: x}}}}\n"
    );
    bench.write("suite.yaml", &suite);
    bench.write("env.yaml", "environment: e\ntarget: http://127.0.0.1:1\n");
    let refused = bench.run(&["check", "suite.yaml", "--env", "env.yaml"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("suite.yaml:2:7") && refused.err.contains("--allow-remote"), "{}", refused.err);
    let ran = bench.run(&["check", "suite.yaml", "--env", "env.yaml", "--allow-remote"]);
    assert_eq!(ran.code, 3, "the spec is read, and nobody is at the target: {}{}", ran.out, ran.err);
    assert_eq!(serving.join().expect("it served"), ["/spec.yaml"]);
}

#[test]
fn overlays_are_applied_before_anything_is_looked_at() {
    let bench = Bench::new();
    bench.write("spec.yaml", SOUND);
    bench.write("other.yaml", SOUND);
    let overlay = |extends: &str| {
        format!(
            "overlay: 1.0.0\ninfo: {{title: o, version: '1'}}\n{extends}actions:\n  - target: $.info\n    update: {{version: 2}}\n"
        )
    };
    bench.write("all.yaml", &overlay(""));
    bench.write("one.yaml", &overlay("extends: ./spec.yaml\n"));
    bench.write("none.yaml", &overlay("extends: gone.yaml\n"));
    let errors = |args: &[&str]| {
        let (_, found) = found(&bench, &[&["spec.yaml", "other.yaml"], args].concat());
        let errors = found["summary"]["errors"].as_u64().expect("a count");
        let first = found["diagnostics"].as_array().expect("diagnostics").iter().find(|d| d["severity"] == "error");
        let place = first.map(|d| format!("{}:{}", d["file"].as_str().unwrap_or_default(), d["line"]));
        (errors, place, codes(&found).contains(&"overlay/unused".to_owned()))
    };
    assert_eq!(errors(&[]), (0, None, false));
    let here = |file: &str| Some(format!("{file}:5"));
    assert_eq!(errors(&["--overlay", "all.yaml"]), (1, here("all.yaml"), false), "one place, though two specs have it");
    assert_eq!(errors(&["--overlay", "one.yaml"]), (1, Some("one.yaml:6".to_owned()), false));
    assert_eq!(errors(&["--overlay", "none.yaml"]), (0, None, true));
    let (code, found) = found(&bench, &["all.yaml"]);
    assert_eq!((code, found["files"][0]["kind"].as_str()), (0, Some("overlay")), "{found:#}");
    bench.write("broken.yaml", "overlay: 1.0.0\ninfo: {title: o, version: '1'}\nactions:\n  - traget: $.info\n");
    assert_eq!(bench.run(&["lint", "broken.yaml"]).code, 1);
}

#[test]
fn a_huge_line_is_cut_and_a_huge_list_too() {
    let bench = Bench::new();
    let paths: Vec<String> =
        (0..3000).map(|n| format!("\"/p{n}\":{{\"get\":{{\"responses\":{{}},\"x\":\"{}\"}}}}", "y".repeat(80))).collect();
    bench.write(
        "big.json",
        &format!("{{\"openapi\":\"3.1.0\",\"info\":{{\"title\":\"t\",\"version\":\"1\"}},\"paths\":{{{}}}}}", paths.join(",")),
    );
    let ran = bench.run(&["lint", "big.json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.lines().all(|l| l.chars().count() < 200), "no line of the file is shown whole");
    assert_eq!(ran.out.matches("error[").count(), 50);
    assert!(ran.out.contains("more findings in big.json, shown with a larger --max: "), "{}", &ran.out[ran.out.len() - 300..]);
    let all = bench.run(&["lint", "big.json", "--max", "0"]);
    assert!(all.out.matches("error[").count() >= 3000);
}

#[test]
fn sarif_and_workflow_commands_name_the_same_places() {
    let bench = Bench::new();
    bench.write("my api/ü.yaml", "openapi: 3.1.0\ninfo: {title: 𝒳, titel: x, version: '1'}\npaths: {}\n");
    let sarif: Value = serde_json::from_str(&bench.run(&["lint", "my api/ü.yaml", "--format", "sarif"]).out).expect("JSON");
    let run = &sarif["runs"][0];
    let result = run["results"].as_array().expect("results").iter().find(|r| r["ruleId"] == "contract/unknown-field");
    let place = &result.expect("the fault")["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20api/%C3%BC.yaml");
    assert_eq!(place["region"]["startColumn"], 19);
    let github = bench.run(&["lint", "my api/ü.yaml", "--format", "github"]).out;
    assert!(
        github.contains("::error file=my api/ü.yaml,line=2,endLine=2,col=18,endColumn=22,title=contract/unknown-field::"),
        "{github}"
    );
}

#[test]
fn diff_wants_two_specs_that_load() {
    let bench = Bench::new();
    bench.write("old.yaml", SOUND);
    bench.write("broken.yaml", "openapi: 3.1.0\n");
    let ran = bench.run(&["diff", "old.yaml", "broken.yaml"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("broken.yaml:1:"), "{}", ran.err);
    assert_eq!(bench.run(&["diff", "old.yaml", "gone.yaml"]).code, 2);
    assert_eq!(bench.run(&["diff", "old.yaml"]).code, 2);
}
