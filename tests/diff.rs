//! Holds the comparison of contracts to pairs of small specs, one rule each, and to what validators say.
//!
//! Compares and renders; never sends anything.

use proofmark::base::source::Source;
use proofmark::contract::model::Direction;
use proofmark::contract::{Contract, Unreadable, load};
use proofmark::diff::catalogue::{Applies, RULES, Rule};
use proofmark::diff::{Comparison, Impact, Policy, Relation, Verdict, diff, diff_with, relation};
use proofmark::report::diff::{json, markdown, text};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn fixtures() -> PathBuf {
    root().join("tests/fixtures/diff")
}

/// A contract from text that has no fault.
fn contract(name: &str, text: &str) -> Contract {
    let (contract, faults) = load(&Source::new(name, text), &|_| Err("no other file".to_owned().into()));
    contract.unwrap_or_else(|| panic!("{name}: {:?}", faults.sorted()))
}

/// A contract from a file, with the files beside it; `None` where it cannot be loaded.
fn try_load(path: &Path) -> Option<Contract> {
    let text = std::fs::read_to_string(path).ok()?;
    let folder = path.parent()?.to_owned();
    let resolver = move |name: &str| -> Result<Arc<Source>, Unreadable> {
        if name.contains("://") {
            return Err(Unreadable::remote());
        }
        std::fs::read_to_string(folder.join(name)).map(|text| Source::new(name, text)).map_err(|e| e.to_string().into())
    };
    let name = path.file_name()?.to_string_lossy().into_owned();
    load(&Source::new(name, text), &resolver).0
}

fn loaded(path: &Path) -> Contract {
    try_load(path).unwrap_or_else(|| panic!("{} does not load", path.display()))
}

/// `old` or `new` of a fixture, in whatever form it is written.
fn side(folder: &Path, name: &str) -> Contract {
    let path = ["yaml", "json"].map(|e| folder.join(format!("{name}.{e}"))).into_iter().find(|p| p.exists());
    loaded(&path.unwrap_or_else(|| panic!("{} has no {name}", folder.display())))
}

fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(fixtures()).expect("the fixtures");
    let mut all: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()).collect();
    all.sort();
    all
}

fn compared(folder: &Path) -> Comparison {
    let policy = Policy { open_enums: folder.ends_with("policy-open-enums") };
    diff_with(&side(folder, "old"), &side(folder, "new"), policy)
}

/// Run with `PROOFMARK_FIXTURES=write` to write what is found anew; then read the difference.
#[test]
fn every_pair_gives_what_is_expected() {
    let mut wrong = Vec::new();
    let folders = folders();
    for folder in &folders {
        let found = text::render(&compared(folder), text::Options::default());
        let path = folder.join("expected.txt");
        if std::env::var_os("PROOFMARK_FIXTURES").is_some() {
            std::fs::write(&path, &found).expect("the file is written");
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(folders.len() >= 40, "{} pairs", folders.len());
}

#[test]
fn every_rule_has_a_pair_that_triggers_it_and_nothing_else() {
    for rule in RULES {
        let name = rule.id.trim_start_matches("diff/");
        let folder = fixtures().join(name);
        let rules: Vec<&str> = compared(&folder).changes.iter().map(|c| c.rule).collect();
        assert!(!rules.is_empty() && rules.iter().all(|r| *r == rule.id), "{name}: {rules:?}");
    }
}

#[test]
fn what_is_written_otherwise_and_means_the_same_is_the_same() {
    let same: Vec<PathBuf> =
        folders().into_iter().filter(|f| f.file_name().is_some_and(|n| n.to_string_lossy().starts_with("same-"))).collect();
    assert!(same.len() >= 8, "{} pairs", same.len());
    for folder in same {
        let (forth, back) = (compared(&folder), diff(&side(&folder, "new"), &side(&folder, "old")));
        assert_eq!(forth.verdict, Verdict::Same, "{}: {:#?}", folder.display(), forth.changes);
        assert_eq!(back.verdict, Verdict::Same, "{}, back: {:#?}", folder.display(), back.changes);
    }
}

fn specs(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path()));
    let mut all: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "yaml" || e == "json")).collect();
    all.sort();
    all
}

#[test]
#[expect(clippy::print_stdout, reason = "says that it was skipped")]
fn every_contract_is_the_same_as_itself() {
    let shipped = specs(&root().join("specs"));
    assert_eq!(shipped.len(), 3);
    let corpus =
        std::env::var_os("PROOFMARK_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from).join("valid");
    let others = specs(&corpus);
    if others.is_empty() {
        println!("skipped: no corpus at {}", corpus.display());
    }
    for path in shipped.iter().chain(&others) {
        let Some(contract) = try_load(path) else { continue };
        let again = loaded(path);
        let found = diff(&contract, &again);
        assert_eq!(found.verdict, Verdict::Same, "{}: {:#?}", path.display(), found.changes);
    }
}

#[test]
fn a_shipped_spec_with_a_new_version_and_a_removed_status_is_told_once() {
    let path = root().join("specs/laas-contract-signature.yaml");
    let text = std::fs::read_to_string(&path).expect("a shipped spec");
    let old = contract("old.yaml", &text);
    let changed = text.replacen("        - SIGNATURE_ONGOING\n", "", 1);
    assert_ne!(text, changed);
    let found = diff(&old, &contract("new.yaml", &changed));
    assert!(found.changes.iter().all(|c| c.rule == "diff/enum-value-removed"), "{:#?}", found.changes);
    assert_eq!((found.changes.len(), found.verdict), (1, Verdict::Compatible), "{:#?}", found.changes);
    assert!(!found.changes[0].also.is_empty(), "the component is shared");
}

#[test]
fn a_comparison_is_shown_as_markdown_and_json() {
    let found = compared(&fixtures().join("shared-component"));
    let shown: Value = serde_json::from_str(&json::render(&found)).expect("JSON");
    let change = &shown["changes"][0];
    assert_eq!((shown["verdict"].as_str(), shown["breaking"].as_u64()), (Some("breaking under the same major"), Some(1)));
    assert_eq!(change["rule"], "diff/enum-value-added");
    assert_eq!((change["old"]["file"].as_str(), change["flow"].as_str()), (Some("old.yaml"), Some("received")));
    assert_eq!(change["also"][0]["subject"], "GET /things/{id}");
    let page = markdown::render(&found);
    assert!(page.starts_with("## ❌ Things 1.0.0 → 1.0.0: breaking under the same major"), "{page}");
    assert!(page.contains("### Breaking") && page.contains("also GET /things/{id}"), "{page}");
    let hostile = contract("old.yaml", "openapi: 3.1.0\ninfo: {title: \"<img> \\e[31m|\", version: '1'}\npaths: {}\n");
    let found =
        diff(&hostile, &contract("new.yaml", "openapi: 3.1.0\ninfo: {title: \"<img> \\e[31m|\", version: '1'}\npaths: {}\n"));
    assert!(!markdown::render(&found).contains("<img>") && !text::render(&found, text::Options::default()).contains('\u{1b}'));
}

/// Run with `PROOFMARK_DOCS=write` to write the page anew.
#[test]
fn every_rule_is_described() {
    let mut page = String::from(
        "# Rules of `proofmark diff`\n\n\
         A minor version asks nothing of a partner, so the direction decides: what a partner sends may be widened and not narrowed, what it\n\
         receives may be narrowed and not widened, except that it ignores fields it does not know. What a callback or webhook carries is\n\
         received, and the answer to it is sent. Schemas are compared as sets of values in a normal form: references followed, `allOf` merged,\n\
         `oneOf` and `anyOf` matched branch by branch, `nullable` and `type: [..., \"null\"]` alike; a renamed component, a reordered list or a\n\
         rewrite from 3.0 to 3.1 is no change.\n\n\
         `unsure` is what the contracts alone do not decide. A comparison with something breaking in it fails where the major version of\n\
         `info.version` was not raised.\n\n\
         Each rule has a pair of specs of its name in `tests/fixtures/diff` that triggers it and nothing else. Written by a test from the\n\
         code: `PROOFMARK_DOCS=write cargo test --test diff`.\n\n\
         | rule | when | what a partner sends | what a partner receives |\n|---|---|---|---|\n",
    );
    let ask = |(impact, why): (Impact, &str)| {
        format!("{}: {why}", if impact == Impact::Breaking { "**breaking**" } else { impact.word() })
    };
    for Rule { id, says, applies } in RULES {
        let _ = match *applies {
            Applies::Always(one) => writeln!(page, "| `{id}` | {says} | {} | |", ask(one)),
            Applies::ByFlow { sent, received } => writeln!(page, "| `{id}` | {says} | {} | {} |", ask(sent), ask(received)),
        };
    }
    let path = root().join("docs/diff.md");
    if std::env::var_os("PROOFMARK_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == page, "docs/diff.md is not what the rules say");
}

/// Schemas that use few keywords and few values, so that two of them often have something to do with one another.
fn schema() -> impl Strategy<Value = Value> {
    let keywords = prop::collection::vec(0..FRAGMENTS.len(), 0..4);
    let leaf = keywords.prop_map(|picked| {
        let mut schema = json!({});
        picked.into_iter().for_each(|i| graft(&mut schema, i));
        schema
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            (inner.clone(), inner.clone(), 0..8usize).prop_map(|(a, b, bits)| {
                let mut schema = json!({"properties": {"a": a, "b": b}});
                if bits & 1 != 0 {
                    schema["type"] = json!("object");
                }
                if bits & 2 != 0 {
                    schema["required"] = json!(["a"]);
                }
                if bits & 4 != 0 {
                    schema["additionalProperties"] = json!(false);
                }
                schema
            }),
            inner.clone().prop_map(|a| json!({"type": "array", "items": a})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"prefixItems": [a], "items": b})),
            several().prop_map(|all| json!({"allOf": all})),
            several().prop_map(|all| json!({"anyOf": all})),
            several().prop_map(|all| json!({"oneOf": all})),
            inner.clone().prop_map(|a| json!({"not": a})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"if": a, "then": b})),
            inner.clone().prop_map(|a| json!({"contains": a})),
            (inner.clone(), inner).prop_map(|(a, b)| {
                json!({"allOf": [{"properties": {"a": a}}, {"patternProperties": {"^[bc]": b}}], "unevaluatedProperties": false})
            }),
        ]
    })
}

const FRAGMENTS: [&str; 29] = [
    r#"{"type": "string"}"#,
    r#"{"type": "integer"}"#,
    r#"{"type": "number"}"#,
    r#"{"type": "object"}"#,
    r#"{"type": ["string", "null"]}"#,
    r#"{"type": ["integer", "array"]}"#,
    r#"{"minimum": 1}"#,
    r#"{"minimum": 2.5}"#,
    r#"{"exclusiveMinimum": 0}"#,
    r#"{"maximum": 3}"#,
    r#"{"multipleOf": 1}"#,
    r#"{"multipleOf": 2}"#,
    r#"{"minLength": 1}"#,
    r#"{"maxLength": 2}"#,
    r#"{"pattern": "^a"}"#,
    r#"{"enum": ["a", "b", 1, null]}"#,
    r#"{"enum": ["a", 1]}"#,
    r#"{"const": "a"}"#,
    r#"{"enum": [true, false, 2]}"#,
    r#"{"required": ["a"]}"#,
    r#"{"required": ["a", "b"]}"#,
    r#"{"additionalProperties": false}"#,
    r#"{"additionalProperties": {"type": "integer"}}"#,
    r#"{"minProperties": 1}"#,
    r#"{"maxItems": 1}"#,
    r#"{"uniqueItems": true}"#,
    r#"{"propertyNames": {"maxLength": 1}}"#,
    r#"{"dependentRequired": {"a": ["b"]}}"#,
    r#"{"type": "boolean"}"#,
];

fn graft(schema: &mut Value, fragment: usize) {
    let fragment: Value = serde_json::from_str(FRAGMENTS[fragment]).expect("a fragment");
    if let (Some(schema), Value::Object(members)) = (schema.as_object_mut(), fragment) {
        schema.extend(members);
    }
}

/// A schema with one of the schemas in it changed: a keyword more, one less, or the order of a list.
fn changed(schema: &Value, spot: usize, how: usize) -> Value {
    fn visit(value: &mut Value, left: &mut usize, how: usize) -> bool {
        let Some(members) = value.as_object_mut() else { return false };
        if *left == 0 {
            match how.checked_sub(FRAGMENTS.len()) {
                None => graft(value, how),
                Some(0) => {
                    for list in ["oneOf", "anyOf", "allOf"] {
                        if let Some(items) = members.get_mut(list).and_then(Value::as_array_mut) {
                            items.reverse();
                        }
                    }
                }
                Some(n) => {
                    let key = members.keys().nth(n % members.len().max(1)).cloned();
                    key.map(|k| members.remove(&k));
                }
            }
            return true;
        }
        *left -= 1;
        for (key, member) in members.iter_mut() {
            let done = match (key.as_str(), member) {
                ("properties" | "patternProperties", Value::Object(named)) => named.values_mut().any(|m| visit(m, left, how)),
                ("allOf" | "oneOf" | "anyOf" | "prefixItems", Value::Array(all)) => all.iter_mut().any(|m| visit(m, left, how)),
                ("items" | "not" | "if" | "then" | "contains", one) => visit(one, left, how),
                _ => false,
            };
            if done {
                return true;
            }
        }
        false
    }
    let mut schema = schema.clone();
    visit(&mut schema, &mut { spot }, how);
    schema
}

/// Every value that the keywords above tell apart, small ones within small ones.
fn samples() -> Vec<Value> {
    let simple = [json!(null), json!(true), json!(0), json!(1), json!(2), json!(2.5), json!(3), json!(-4), json!("")];
    let texts = [json!("a"), json!("b"), json!("ab"), json!("abc")];
    let flat: Vec<Value> = simple.into_iter().chain(texts).chain([json!([]), json!({}), json!({"a": 1}), json!(["a"])]).collect();
    let mut all = flat.clone();
    for one in &flat {
        all.extend([json!([one]), json!({"a": one}), json!({"b": one}), json!({"c": one}), json!({"long": one})]);
        for two in &flat {
            all.extend([json!([one, two]), json!({"a": one, "b": two})]);
        }
    }
    all
}

/// `PROOFMARK_CASES` says how many pairs are tried.
#[test]
fn what_is_called_kept_is_kept() {
    let samples = samples();
    let decided = std::cell::Cell::new((0, 0, 0));
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let pairs = (schema(), 0..6usize, 0..FRAGMENTS.len() + 4, 0..4usize, schema());
    let cases = std::env::var("PROOFMARK_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES);
    for _ in 0..cases {
        let (old, spot, how, again, other) = pairs.new_tree(&mut runner).expect("a tree").current();
        let new = if again == 3 { other } else { changed(&old, spot, how) };
        let document = json!({
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "paths": {},
            "components": {"schemas": {"Old": old, "New": new}}
        });
        let contract = contract("t.json", &document.to_string());
        let [old, new] = ["Old", "New"].map(|name| contract.component_schema(name).expect("a component"));
        let found = relation((&contract, &old), (&contract, &new), Direction::Response);
        let (old, new) = (contract.validator(&old, Direction::Response), contract.validator(&new, Direction::Response));
        for value in &samples {
            let (before, after) = (old.is_valid(value), new.is_valid(value));
            let lost = before && !after && matches!(found, Relation::Same | Relation::Wider);
            let came = after && !before && matches!(found, Relation::Same | Relation::Narrower);
            assert!(
                !lost && !came,
                "{found:?}, but {value} was {before} and is {after}: {:#}",
                document["components"]["schemas"]
            );
        }
        let (same, way, open) = decided.get();
        decided.set(match found {
            Relation::Same => (same + 1, way, open),
            Relation::Narrower | Relation::Wider => (same, way + 1, open),
            Relation::Incomparable | Relation::Unknown => (same, way, open + 1),
        });
    }
    let (same, way, open) = decided.get();
    assert!(same > cases / 10 && way > cases / 10, "{same} same, {way} one way, {open} open");
}

const CASES: usize = 600;
