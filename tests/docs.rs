//! Holds the documents to what the program does: every command of the README is run, every check is described.
//!
//! Compares text with output; never measures.

mod support;

use proofmark::check::catalogue;
use proofmark::sandbox::faults;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use support::{Bench, Partner, Ran, Sandbox};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The fenced blocks of a document: language and text.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

/// Every line of `shown` stands in `output`, in that order.
fn shows(output: &str, shown: &str) -> Result<(), String> {
    let mut rest = output.lines().map(str::trim_end);
    for line in shown.lines().map(str::trim_end).filter(|l| !l.is_empty()) {
        if !rest.any(|l| l == line) {
            return Err(format!("`{line}` is not in the output, or not in this order"));
        }
    }
    Ok(())
}

/// The words of a command line, double quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().expect("never empty").push(c),
        }
    }
    words
}

#[test]
fn every_command_of_the_readme_does_what_it_shows() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let bench = Bench::new();
    for name in ["orders-1.0.yaml", "orders-1.1.yaml"] {
        let text = std::fs::read_to_string(root().join("tests/fixtures/readme").join(name)).expect("a fixture");
        bench.write(name, &text);
    }
    let mut sandbox = None;
    let mut partner: Option<Partner> = None;
    let mut faulty = false;
    let mut commands = 0;
    let mut last: Option<Ran> = None;
    let blocks = blocks(&readme);
    let files: Vec<&String> = blocks.iter().filter(|(l, _)| l == "yaml").map(|(_, t)| t).collect();
    for (language, text) in &blocks {
        if language == "text"
            && let Some(ran) = &last
        {
            let output = format!("{}{}", ran.out, ran.err);
            if text.starts_with("error[") {
                continue;
            }
            shows(&output, text).unwrap_or_else(|why| panic!("{why}:\n{output}"));
        }
        if language != "console" {
            continue;
        }
        for line in text.lines() {
            let line = line.strip_prefix("$ ").unwrap_or_else(|| panic!("`{line}` begins with a prompt"));
            commands += 1;
            if line == "./test" {
                // Running it here would run this test again.
                assert!(root().join("test").metadata().is_ok_and(|m| m.len() > 0));
                continue;
            }
            let line = line.replacen("cargo run --release -- ", "proofmark ", 1);
            let words = words(&line);
            assert_eq!(words[0], "proofmark", "{line}");
            let mut args: Vec<String> = words[1..].to_vec();
            if args[0] == "sandbox" && args.iter().any(|a| a == "--bind") {
                // On a port of the system's choosing, so that tests do not meet.
                sandbox = Some(Sandbox::start(&[]));
                continue;
            }
            if args[0] == "partner" && args.iter().any(|a| a == "--bind") {
                let more: Vec<&str> = args[3..].iter().map(String::as_str).collect();
                faulty = more.contains(&"--fault");
                partner = Some(Partner::start(bench.folder.path(), &more));
                continue;
            }
            if let (Some(running), "certify") = (&partner, args[0].as_str()) {
                args[1].clone_from(&running.url);
                let _ = std::fs::remove_dir_all(bench.path("reports"));
            }
            if args[0] == "verify" {
                let folder = bench.run_folder().display().to_string();
                args.iter_mut().for_each(|a| *a = a.replace("reports/RUN", &folder));
            }
            if let Some(running) = &sandbox
                && matches!(args[0].as_str(), "check" | "load")
            {
                args.iter_mut().filter(|a| a.starts_with("http://127.0.0.1:")).for_each(|a| a.clone_from(&running.url));
            }
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let ran = bench.run(&args);
            let expected = i32::from(args.contains(&"--fault") || args[0] == "diff" || (args[0] == "certify" && faulty));
            // Whether this machine keeps up beside everything else it does is not the README's to say.
            let spoiled = args[0] == "load" && ran.code == 3 && ran.out.contains("INVALID");
            assert!(ran.code == expected || spoiled, "{line}: {} {}{}", ran.code, ran.out, ran.err);
            last = Some(ran);
        }
    }
    assert!(commands >= 5, "the commands were found");
    example_of_ones_own(&files, &blocks);
}

/// The suite, the environment and its window of the README load, and the mistake it shows is shown so.
fn example_of_ones_own(files: &[&String], blocks: &[(String, String)]) {
    let bench = Bench::new();
    let [suite, environment, window] = files else { panic!("a suite, an environment and a window") };
    let environment = environment.replace("https://staging.example.com", "http://127.0.0.1:9");
    bench.write("staging.yaml", &format!("{environment}\n{window}"));
    bench.write("maintenance.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\nEND:VCALENDAR\r\n");
    bench.write(
        "openapi.yaml",
        "openapi: 3.1.0\ninfo: {title: Orders, version: '1'}\npaths:\n  /orders:\n    post:\n      operationId: createOrder\n      requestBody: {content: {application/json: {schema: {type: object}}}}\n      responses: {'201': {description: made}}\n  /orders/{orderId}:\n    get:\n      operationId: getOrder\n      parameters: [{name: orderId, in: path, required: true, schema: {type: string}}]\n      responses: {'200': {description: it}}\n",
    );
    bench.write("orders.yaml", suite);
    let loaded = bench
        .command(&["check", "orders.yaml", "--env", "staging.yaml"])
        .env("CLIENT_SECRET", "s3cret")
        .output()
        .expect("it runs");
    let ran = Ran::of(&loaded);
    assert_eq!(ran.code, 3, "it loads, and the target is not there: {}{}", ran.out, ran.err);
    bench.write("orders.yaml", &suite.replace("call: getOrder", "call: getOrdr"));
    let ran = Ran::of(
        &bench
            .command(&["check", "orders.yaml", "--env", "staging.yaml"])
            .env("CLIENT_SECRET", "s3cret")
            .output()
            .expect("it runs"),
    );
    assert_eq!(ran.code, 2);
    let shown = blocks.iter().find(|(l, t)| l == "text" && t.starts_with("error[")).map(|(_, t)| t).expect("the mistake shown");
    shows(&ran.err, shown).unwrap_or_else(|why| panic!("{why}:\n{}", ran.err));
}

#[test]
fn every_check_is_described() {
    let mut faults_of: BTreeMap<&str, Vec<&faults::FaultInfo>> = BTreeMap::new();
    for fault in faults::ALL {
        faults_of.entry(fault.check).or_default().push(fault);
    }
    let mut text = String::from(
        "# Checks\n\nEvery check there is, what it says, the requirement it stands on where a suite names none, and the faults of the sandbox\n(`proofmark sandbox --fault NAME`) that make exactly it fail. Written by a test from the code: `PROOFMARK_DOCS=write cargo test --test docs`.\n",
    );
    let mut family = "";
    for check in catalogue::ALL {
        if check.id.family() != family {
            family = check.id.family();
            let _ = write!(text, "\n## {family}\n\n| check | says | requirement | source | faults |\n|---|---|---|---|---|\n");
        }
        let faults: Vec<String> = faults_of.get(check.id.0).into_iter().flatten().map(|f| format!("`{}`", f.name)).collect();
        let _ = writeln!(
            text,
            "| `{}` | {} | `{}` | {} | {} |",
            check.id,
            check.title,
            check.requirement,
            check.source,
            faults.join(", ")
        );
    }
    let path = root().join("docs/checks.md");
    if std::env::var("PROOFMARK_DOCS").as_deref() == Ok("write") {
        std::fs::write(&path, &text).expect("a written document");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "run it again with PROOFMARK_DOCS=write");
}
