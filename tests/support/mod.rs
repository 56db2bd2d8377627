//! Runs the binary as a person does, in a folder of its own.
//!
//! Starts and observes; never reaches into the library.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of this")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_proofmark");

/// The interpreter of the environment that has the libraries of others; `None` where there is none and nobody demands it.
pub fn python() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/interop/bin/python");
    if python.exists() {
        return Some(python);
    }
    let required = std::env::var_os("PROOFMARK_INTEROP").is_some_and(|v| v == "required");
    assert!(!required, "{} is not there; `./test` makes it", python.display());
    let _ = writeln!(std::io::stderr(), "skipped: {} is not there; `./test` makes it", python.display());
    None
}

/// The packages of others for Node.js; `None` where one of these is not there and nobody demands it.
pub fn modules(needed: &[&str]) -> Option<PathBuf> {
    let modules = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/interop/node_modules");
    if needed.iter().all(|name| modules.join(name).exists()) {
        return Some(modules);
    }
    let required = std::env::var_os("PROOFMARK_INTEROP").is_some_and(|v| v == "required");
    assert!(!required, "not all of {needed:?} are in {}; `./test` makes it", modules.display());
    let _ = writeln!(std::io::stderr(), "skipped: not all of {needed:?} are in {}; `./test` makes it", modules.display());
    None
}

/// A folder that goes away with the test, and the commands run in it.
pub struct Bench {
    /// The folder.
    pub folder: tempfile::TempDir,
}

/// What a command did.
pub struct Ran {
    /// Exit code; -1 where a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// From a finished process.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Bench {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a written file");
    }

    /// The command, ready to run here.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_remove("NO_COLOR")
            .env_remove("PROOFMARK_ENV")
            .env_remove("PROOFMARK_HISTORY")
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary here to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().expect("the binary runs"))
    }

    /// The one run folder made here.
    pub fn run_folder(&self) -> PathBuf {
        let mut found: Vec<PathBuf> = std::fs::read_dir(self.path("reports"))
            .expect("a reports folder")
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.is_dir())
            .collect();
        assert_eq!(found.len(), 1, "one run folder: {found:?}");
        found.remove(0)
    }

    /// The record of the one run made here.
    pub fn record(&self) -> serde_json::Value {
        read_json(&self.run_folder().join("record.json"))
    }
}

/// A JSON file.
pub fn read_json(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// A sandbox in a process of its own, ended with the test.
pub struct Sandbox {
    child: Child,
    /// Its origin.
    pub url: String,
}

impl Sandbox {
    /// Starts one on a free port.
    pub fn start(args: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .args(["sandbox", "--bind", "127.0.0.1:0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("its first line");
        let url = line
            .split_whitespace()
            .map(|w| w.trim_end_matches(';'))
            .find(|w| w.starts_with("http://"))
            .expect("its address")
            .to_owned();
        Self { child, url }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A partner's endpoint in a process of its own, ended with the test.
pub struct Partner {
    child: Child,
    /// What it would register.
    pub url: String,
    /// Where it tells what became of a delivery, with `{id}` for the delivery's identifier.
    pub read_back: String,
    /// What is to be typed to certify it, word by word after the URL.
    pub options: Vec<String>,
    /// The key that it was given.
    pub secret: Option<String>,
    /// The credential that it was given.
    pub authorization: Option<String>,
}

impl Partner {
    /// Starts one on a free port; what TLS needs is written below `folder`.
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .args(["partner", "--bind", "127.0.0.1:0"])
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the partner starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut line = || lines.next().expect("a line").expect("text");
        let url = line().split_whitespace().nth(2).expect("its address").trim_end_matches(';').to_owned();
        let read_back = line().split_whitespace().last().expect("its read-back").to_owned();
        let typed = line();
        let words = typed.split_whitespace().skip_while(|word| *word != url).skip(1);
        let options = words.take_while(|word| !word.starts_with('(')).map(str::to_owned).collect();
        let given = |name: &str| args.iter().position(|a| *a == name).and_then(|at| args.get(at + 1)).map(|v| (*v).to_owned());
        Self { child, url, read_back, options, secret: given("--secret"), authorization: given("--authorization") }
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The ids of the checks that found something in a record, with the cases.
pub fn findings(record: &serde_json::Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for case in record["cases"].as_array().expect("cases") {
        for step in case["steps"].as_array().expect("steps") {
            for finding in step["findings"].as_array().expect("findings") {
                found.push((
                    finding["check"].as_str().expect("a check").to_owned(),
                    case["id"].as_str().expect("an id").to_owned(),
                ));
            }
        }
    }
    found
}
