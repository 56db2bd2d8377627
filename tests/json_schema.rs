//! The JSON-Schema-Test-Suite, run through the schema door and through a contract.
//!
//! Finds the suite beside the checkout and says so where it is absent. Every test that is missed is listed here with its
//! reason, so that a change is seen; the light validators must say the same as the full ones. Sends nothing.

use proofmark::base::source::Source;
use proofmark::contract::model::Direction;
use proofmark::contract::{Unreadable, load};
use proofmark::schema::{Inline, LightValidator, Tape, Validator};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const HOST: &str = "http://localhost:1234/";

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Way {
    /// Straight through the door.
    Door,
    /// As a component of a description in OpenAPI 3.1.
    Contract,
}

/// Misses that are known: way, draft, how the name of each begins, how many there are, and why.
const KNOWN: &[(Way, &str, &str, usize, &str)] = &[
    (Way::Contract, "draft2020-12", "format: ", 19, "a contract asserts formats"),
    (Way::Contract, "draft2020-12", "content: ", 9, "a contract asserts what texts hold"),
    (
        Way::Contract,
        "draft2020-12",
        "vocabulary: schema that uses custom metaschema",
        1,
        "a dialect that nobody knows is read as JSON Schema 2020-12, and a warning says so",
    ),
];

struct Draft {
    folder: &'static str,
    uri: &'static str,
}

const DRAFTS: &[Draft] = &[
    Draft { folder: "draft2020-12", uri: "https://json-schema.org/draft/2020-12/schema" },
    Draft { folder: "draft4", uri: "http://json-schema.org/draft-04/schema#" },
];

fn corpus() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    std::env::var_os("PROOFMARK_CORPUS").map_or_else(beside, PathBuf::from).join("json-schema")
}

/// The test files of a folder and of those below, by their path in it.
fn files(folder: &Path, inside: &str, found: &mut Vec<(String, PathBuf)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = format!("{inside}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else if let Some(name) = name.strip_suffix(".json") {
            found.push((name.to_owned(), entry.path()));
        }
    }
    found.sort();
}

fn json_of(path: &Path) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

fn remote(uri: &str) -> Option<PathBuf> {
    let path = corpus().join("remotes").join(uri.strip_prefix(HOST)?);
    path.is_file().then_some(path)
}

fn by_door(schema: &Value, draft: &Draft, formats: bool) -> Result<Validator, String> {
    let mut inline = Inline::new().dialect(draft.uri).documents(|uri| json_of(&remote(uri)?));
    if !formats {
        inline = inline.formats_unasserted();
    }
    inline.compile(schema)
}

/// A schema that names itself stands in the description, any other one in a file of its own.
fn by_contract(schema: &Value, draft: &Draft) -> Result<Validator, String> {
    let id = if draft.folder == "draft4" { "id" } else { "$id" };
    let has_name = schema.get(id).is_some_and(Value::is_string) && schema.get("$ref").is_none();
    let component = if has_name { schema.clone() } else { json!({"$ref": "suite.json"}) };
    let description = json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "jsonSchemaDialect": draft.uri,
        "components": {"schemas": {"S": component}}
    });
    let resolver = |name: &str| match (name, remote(name)) {
        ("suite.json", _) => Ok(Source::new("suite.json", schema.to_string())),
        (_, Some(path)) => Ok(Source::new(name, std::fs::read_to_string(path).map_err(|e| e.to_string())?)),
        _ => Err(Unreadable::remote()),
    };
    let (contract, faults) = load(&Source::new("t.json", description.to_string()), &resolver);
    let contract = contract.ok_or_else(|| {
        let said: Vec<String> = faults.sorted().into_iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
        said.join("; ")
    })?;
    let component = contract.component_schema("S").ok_or("there is no such component")?;
    Ok(contract.validator(&component, Direction::Response))
}

/// What was run and what was missed, with the name of each miss.
#[derive(Default)]
struct Figures {
    cases: usize,
    missed: Vec<String>,
    /// Where the light validator was not sure.
    unsure: usize,
    /// Where it said something else.
    contradicted: Vec<String>,
}

impl Figures {
    /// Asks the light validator for its opinion of a value.
    fn second_opinion(&mut self, light: Option<&LightValidator>, value: &Value, full: bool, name: &str) {
        let bytes = serde_json::to_vec_pretty(value).expect("JSON");
        match light.map(|light| light.is_valid(&bytes, &mut Tape::new())) {
            Some(Some(valid)) if valid == full => {}
            Some(None) => self.unsure += 1,
            other => self.contradicted.push(format!("{name}: {other:?} where {full}: {value}")),
        }
    }
}

fn run(way: Way, draft: &Draft, name: &str, path: &Path, figures: &mut Figures) {
    let groups = json_of(path).and_then(|v| v.as_array().cloned()).expect("a list of groups");
    let formats = name.starts_with("optional/format");
    for group in groups {
        let described = |v: &Value| v["description"].as_str().unwrap_or_default().to_owned();
        let schema = &group["schema"];
        let validator = match way {
            Way::Door => by_door(schema, draft, formats),
            Way::Contract => by_contract(schema, draft),
        };
        let light = validator.as_ref().ok().and_then(Validator::light);
        for test in group["tests"].as_array().expect("tests") {
            figures.cases += 1;
            let wanted = test["valid"].as_bool().expect("a verdict");
            let value = &test["data"];
            if let Some(full) = validator.as_ref().ok().filter(|v| v.fault().is_none()) {
                figures.second_opinion(light.as_ref(), value, full.is_valid(value), &format!("{name}: {}", described(&group)));
            }
            let found = match &validator {
                Err(why) => format!("refused: {why}"),
                Ok(validator) => match (validator.fault(), validator.is_valid(value), validator.violations(value).is_empty()) {
                    (Some(why), ..) => format!("not compiled: {why}"),
                    (None, quick, full) if quick != full => "the quick answer and the full one differ".to_owned(),
                    (None, quick, _) if quick == wanted => continue,
                    (None, quick, _) => format!("valid: {quick}"),
                },
            };
            figures.missed.push(format!("{name}: {}: {}: {found}", described(&group), described(test)));
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "the figures are what a reader of the test wants")]
fn the_suite_is_passed_but_for_what_is_listed() {
    if !corpus().is_dir() {
        eprintln!("skipped: {} is absent", corpus().display());
        return;
    }
    let mut unexpected = Vec::new();
    eprintln!("{:<9} {:<14} {:<9} {:>6} {:>6} {:>6}", "way", "draft", "part", "cases", "passed", "missed");
    for way in [Way::Door, Way::Contract] {
        for draft in DRAFTS {
            let mut found = Vec::new();
            files(&corpus().join(draft.folder), "", &mut found);
            let mut parts: BTreeMap<&str, Figures> = BTreeMap::new();
            for (name, path) in &found {
                let part = match name.as_str() {
                    n if n.starts_with("optional/format") => "formats",
                    n if n.starts_with("optional/") => "optional",
                    _ => "required",
                };
                run(way, draft, name, path, parts.entry(part).or_default());
            }
            for (part, figures) in &parts {
                let (cases, missed) = (figures.cases, figures.missed.len());
                let way_name = format!("{way:?}");
                eprintln!("{way_name:<9} {:<14} {part:<9} {cases:>6} {:>6} {missed:>6}", draft.folder, cases - missed);
            }
            for (part, figures) in &mut parts {
                assert!(figures.unsure * 100 < figures.cases * 3, "{part}: {} of {} unsure", figures.unsure, figures.cases);
                unexpected.extend(figures.contradicted.drain(..).map(|c| format!("{way:?} {} {c}", draft.folder)));
            }
            let mut missed: Vec<String> = parts.into_values().flat_map(|f| f.missed).collect();
            for (_, _, prefix, count, reason) in KNOWN.iter().filter(|k| (k.0, k.1) == (way, draft.folder)) {
                let before = missed.len();
                missed.retain(|m| !m.starts_with(prefix));
                if before - missed.len() != *count {
                    let now = before - missed.len();
                    unexpected.push(format!("{way:?} {} {prefix}: {now} and not {count} missed ({reason})", draft.folder));
                }
            }
            unexpected.extend(missed.into_iter().map(|m| format!("{way:?} {} {m}", draft.folder)));
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}
