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
