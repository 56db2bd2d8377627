//! Holds the rules of the linter to their own examples, `docs/lint.md` to the rules, and real specs to bounded findings.
//!
//! Reads texts only; never measures time and sends nothing.

#![expect(clippy::print_stdout, reason = "says what was skipped, and the counts when asked for")]

use proofmark::base::diagnostic::{Diagnostic, Severity};
use proofmark::base::source::Source;
use proofmark::contract::lint::{FAMILIES, LOADING, Sample, rules};
use proofmark::contract::{Contract, Resolver, load};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The contract, and what was said on loading.
fn loaded(name: &str, text: &str, resolver: &Resolver<'_>) -> (Option<Contract>, Vec<Diagnostic>) {
    let (contract, faults) = load(&Source::new(name, text), resolver);
    (contract, faults.into_iter().collect())
}

fn nowhere(_: &str) -> Result<std::sync::Arc<Source>, proofmark::contract::Unreadable> {
    Err("no other file".to_owned().into())
}

fn shown(found: &Diagnostic) -> String {
    let place = found.place.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{place} {}: {} ({})", found.code, found.message, found.hint.as_deref().unwrap_or_default())
}

/// Everything that is said of a sample: on loading and by the rules.
fn said(sample: Sample) -> Vec<Diagnostic> {
    let text = sample.document();
    let (contract, mut all) = loaded("t.yaml", &text, &nowhere);
    let contract = contract.unwrap_or_else(|| panic!("{text}\n{:#?}", all.iter().map(shown).collect::<Vec<_>>()));
    all.extend(contract.lint());
    all
}

#[test]
fn every_rule_finds_what_its_bad_example_marks_and_nothing_in_the_good_one() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let text = rule.bad.document();
        let marked: Vec<usize> = text.lines().enumerate().filter(|(_, l)| l.ends_with("# <-")).map(|(i, _)| i + 1).collect();
        let found = said(rule.bad);
        let lines: Vec<usize> = found.iter().filter_map(|d| d.place.as_ref().map(|p| p.line_column().0)).collect();
        let codes: BTreeSet<&str> = found.iter().map(|d| d.code).collect();
        if marked.len() != 1 || lines != marked || codes != BTreeSet::from([rule.id]) || found[0].severity != rule.severity {
            wrong.push(format!("bad {} {marked:?}: {:#?}", rule.id, found.iter().map(shown).collect::<Vec<_>>()));
        }
        if found.iter().any(|d| d.hint.is_none()) {
            wrong.push(format!("{} says not what to do", rule.id));
        }
        let found = said(rule.good);
        if !found.is_empty() {
            wrong.push(format!("good {}: {:#?}", rule.id, found.iter().map(shown).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ids_are_unique_and_every_code_used_is_described() {
    let ids: Vec<&str> = rules().map(|r| r.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let described: BTreeSet<String> = ids.iter().copied().chain(LOADING.iter().map(|l| l.code)).map(str::to_owned).collect();
    let mut used = BTreeSet::new();
    let mut folders = vec![root().join("src/contract"), root().join("src/base/tree")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with("catalogue") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == "rs") && !path.to_string_lossy().ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).expect("a file");
                let text = text.split("mod tests {").next().unwrap_or_default();
                for prefix in ["\"contract/", "\"lint/", "\"overlay/", "\"syntax/"] {
                    used.extend(
                        text.match_indices(prefix).filter_map(|(at, _)| text[at + 1..].split('"').next().map(str::to_owned)),
                    );
                }
            }
        }
    }
    used.retain(|code| !code.contains(|c: char| c == '{' || c.is_whitespace()));
    assert_eq!(used.difference(&described).collect::<Vec<_>>(), Vec::<&String>::new(), "codes without a description");
    assert_eq!(described.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "described codes that nothing uses");
}

#[test]
fn every_code_of_loading_is_said_of_its_example() {
    for loading in LOADING {
        let Some(sample) = loading.sample else { continue };
        // Two examples go beyond the part that they stand in.
        let text = sample.document().replace("\n  components:", "\ncomponents:");
        let (_, found) = loaded("t.yaml", &text, &nowhere);
        let found: Vec<String> = found.iter().map(shown).collect();
        assert!(found.iter().any(|f| f.contains(&format!(" {}: ", loading.code))), "{} {text}{found:#?}", loading.code);
    }
}

#[test]
fn the_rules_are_described() {
    let mut text = String::from(
        "# Rules\n\nWhat `proofmark lint` finds in a spec that loads, and what is said on loading it. Written by a test from the code:\n`PROOFMARK_DOCS=write cargo test --test lint_docs`.\n\nA finding that one has looked at and wants to keep is silenced where it stands: `x-proofmark-lint: {ignore: [unused-component]}` in any\nobject of the spec keeps that rule silent at the object and below it. A wish that silences nothing is a finding itself.\n\nAn error is wrong for sure, or makes judging impossible. Everything else is a warning.\n",
    );
    for family in FAMILIES {
        let _ = write!(text, "\n## {}\n\n| rule | severity | finds |\n|---|---|---|\n", family.name);
        for rule in family.rules {
            let anchor = rule.id.replace('/', "");
            let _ = writeln!(text, "| [`{}`](#{anchor}) | {} | {} |", rule.id, severity(rule.severity), rule.title);
        }
    }
    for family in FAMILIES {
        for rule in family.rules {
            let _ = write!(
                text,
                "\n### {}\n\n{}\n\nBad ({}):\n\n{}\nGood:\n\n{}",
                rule.id,
                rule.why,
                place(rule.bad),
                block(rule.bad),
                block(rule.good)
            );
        }
    }
    text.push_str("\n## Said on loading\n\nThese come first: a spec with an error among them is not judged any further.\n\n| code | says | example |\n|---|---|---|\n");
    let mut loading: Vec<_> = LOADING.iter().collect();
    loading.sort_by_key(|l| l.code);
    for loading in loading {
        let example = loading
            .sample
            .map(|s| format!("<pre>{}</pre>", s.text().replace('|', "\\|").replace('<', "&lt;").replace('\n', "<br>")))
            .unwrap_or_default();
        let _ = writeln!(text, "| `{}` | {} | {example} |", loading.code, loading.title);
    }
    let path = root().join("docs/lint.md");
    if std::env::var("PROOFMARK_DOCS").as_deref() == Ok("write") {
        std::fs::write(&path, &text).expect("a written document");
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == text,
        "docs/lint.md is old: run it again with PROOFMARK_DOCS=write"
    );
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn place(sample: Sample) -> String {
    match sample.stands_under() {
        "" => "the whole document".to_owned(),
        "a schema" => "a schema".to_owned(),
        part => format!("under `{part}`"),
    }
}

fn block(sample: Sample) -> String {
    format!("```yaml\n{}\n```\n", sample.text().trim_end())
}

#[test]
fn the_shipped_specs_are_clean() {
    for entry in std::fs::read_dir(root().join("specs")).expect("the specs").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a spec");
        let (contract, mut found) = loaded(&entry.path().to_string_lossy(), &text, &nowhere);
        found.extend(contract.expect("it loads").lint());
        assert!(found.is_empty(), "{:#?}", found.iter().map(shown).collect::<Vec<_>>());
    }
}

/// Specs written by others: beside the checkout, or nowhere.
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("PROOFMARK_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    folder.join("valid").is_dir().then_some(folder)
}

#[test]
fn specs_of_others_are_linted_without_a_crash() {
    let Some(corpus) = corpus() else {
        println!("skipped: no corpus of specs");
        return;
    };
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut linted = 0;
    let folders = ["valid", "invalid", "hostile"].map(|folder| std::fs::read_dir(corpus.join(folder)));
    let mut files: Vec<PathBuf> = folders.into_iter().flatten().flatten().flatten().map(|e| e.path()).collect();
    files.sort();
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let resolver = |wanted: &str| {
            let read =
                std::fs::read_to_string(folder.join(wanted)).map_err(|e| proofmark::contract::Unreadable::from(e.to_string()))?;
            Ok(Source::new(wanted, read))
        };
        let (contract, _) = loaded(&name, &text, &resolver);
        let Some(contract) = contract else { continue };
        linted += 1;
        let only = std::env::var("PROOFMARK_LINT_SHOW").ok();
        for found in contract.lint() {
            assert!(found.place.is_some(), "{name}: {}", shown(&found));
            if only.as_deref().is_some_and(|o| o == "all" || found.code.ends_with(o)) {
                println!("{}", shown(&found));
            }
            *counts.entry(found.code).or_default() += 1;
        }
    }
    println!("{linted} specs: {counts:#?}");
    assert!(linted > 0);
}
