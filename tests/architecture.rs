//! Holds the code to the floor table of `ARCHITECTURE.md`.
//!
//! Reads sources as text; never builds or runs anything of the crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Room -> floor, from the table.
fn floors() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let mut floors = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, floor, room, ..] = cells[..]
            && let Ok(floor) = floor.parse::<u32>()
            && let Some(room) = room.strip_prefix('`').and_then(|r| r.strip_suffix('`'))
        {
            floors.insert(room.to_owned(), floor);
        }
    }
    floors
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file with its room (`None` for the crate's own two files).
fn sources() -> Vec<(PathBuf, Option<String>, String)> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("source folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|e| e == "rs") {
                into.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    files.sort();
    assert!(files.len() > 20, "the sources were not found");
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).expect("below src").to_owned();
            let room = (inside.components().count() > 1)
                .then(|| inside.components().next().expect("a folder").as_os_str().to_string_lossy().into_owned());
            let text = fs::read_to_string(&path).expect("readable source");
            (inside, room, text)
        })
        .collect()
}

/// Rooms named by `crate::room`, also in grouped imports.
fn imported(text: &str, rooms: &BTreeMap<String, u32>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    c if depth == 0 && (c.is_alphanumeric() || c == '_') => word.push(c),
                    _ => word.clear(),
                }
                if depth == 0 && rooms.contains_key(&word) {
                    found.insert(word.clone());
                }
            }
        } else {
            let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if rooms.contains_key(&word) {
                found.insert(word);
            }
        }
    }
    found
}

/// The code without comments, so that prose may name what code may not.
fn code(text: &str) -> String {
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_folder_stands_on_a_floor() {
    let floors = floors();
    let rooms: BTreeSet<String> = sources().into_iter().filter_map(|(_, room, _)| room).collect();
    assert_eq!(rooms, floors.keys().cloned().collect(), "folders of src and rooms of the table");
}

#[test]
fn imports_go_strictly_downward() {
    let floors = floors();
    let mut wrong = Vec::new();
    for (path, room, text) in sources() {
        let Some(room) = room else { continue };
        for other in imported(&code(&text), &floors) {
            if other != room && floors[&other] >= floors[&room] {
                wrong.push(format!(
                    "{}: {room} (floor {}) imports {other} (floor {})",
                    path.display(),
                    floors[&room],
                    floors[&other]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_judged_knows_nothing_of_what_judges_it() {
    let floors = floors();
    for (path, room, text) in sources() {
        if matches!(room.as_deref(), Some("sandbox" | "partner")) {
            let met: Vec<_> = imported(&code(&text), &floors)
                .into_iter()
                .filter(|r| ["contract", "check", "suite", "plan", "schema", "certify", "generate"].contains(&r.as_str()))
                .collect();
            assert!(met.is_empty(), "{} imports {met:?}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_what_it_never_does() {
    let absent = ["never", "no ", "not ", "only", "nothing", "none", "without", "neither", "knows no"];
    let mut wrong = Vec::new();
    for (path, _, text) in sources() {
        let head: String = text.lines().take_while(|l| l.starts_with("//!")).collect::<Vec<_>>().join(" ").to_lowercase();
        if head.len() < 40 || !absent.iter().any(|word| head.contains(word)) {
            wrong.push(path.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "heads that do not say what the file never does:\n{}", wrong.join("\n"));
}

#[test]
fn each_outside_crate_has_one_door() {
    let doors = [
        ("jsonschema::", &["schema"][..]),
        ("openapiv3::", &["contract"]),
        ("reqwest::", &["net"]),
        ("hyper::", &["net"]),
        ("hyper_util::", &["net"]),
        ("httparse::", &["net"]),
        ("h2::", &["net"]),
        ("http::", &["net"]),
        ("rustls::", &["net"]),
        ("tokio_rustls::", &["net"]),
        ("rcgen::", &["net"]),
        ("rusqlite::", &["sandbox", "record"]),
        ("tokio_postgres::", &["record"]),
        ("serde_json_path::", &["base"]),
        ("saphyr_parser::", &["base"]),
        ("askama::", &["report"]),
        ("quick_junit::", &["report"]),
        ("prometheus_client::", &["export"]),
        ("opentelemetry_proto::", &["export"]),
        ("clap::", &["cli"]),
        ("ratatui::", &["cli"]),
        ("crossterm::", &["cli"]),
    ];
    let mut wrong = Vec::new();
    for (path, room, text) in sources() {
        let text = code(&text);
        for (name, rooms) in doors {
            let named = text
                .match_indices(name)
                .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'));
            if named && !room.as_deref().is_some_and(|r| rooms.contains(&r)) {
                wrong.push(format!("{} names {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_terminal_prints_and_only_records_are_stored() {
    let mut wrong = Vec::new();
    for (path, room, text) in sources() {
        let text = code(&text);
        let room = room.as_deref().unwrap_or("");
        if room != "cli"
            && ["println!", "eprintln!", "print!(", "std::io::stdout", "std::process::exit"].iter().any(|p| text.contains(p))
        {
            wrong.push(format!("{} prints or exits", path.display()));
        }
        if !["record", "sandbox"].contains(&room)
            && (text.contains("derive(Serialize") || text.contains(", Serialize") || text.contains("Deserialize)"))
        {
            wrong.push(format!("{} derives a stored shape", path.display()));
        }
        if room == "model" && text.contains("serde::") {
            wrong.push(format!("{} names serde", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
