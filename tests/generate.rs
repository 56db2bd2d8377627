//! Values from schemas written by others: nearly every schema gets a valid one, and every valid sample is valid.
//!
//! The specs are not part of the repository: see `tests/corpus.rs`. Never opens a connection.

#![expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]

use proofmark::base::seed::Seed;
use proofmark::base::source::Source;
use proofmark::contract::model::{Direction, SchemaRef};
use proofmark::contract::{Contract, Unreadable, load};
use proofmark::generate::{Generated, SampleKind, Wish, samples, value};
use std::path::{Path, PathBuf};

fn wish() -> Wish {
    Wish { seed: Seed(7), now: "2026-01-28T08:00:00Z".parse().expect("a moment"), most: 20 }
}

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("PROOFMARK_CORPUS").map_or_else(beside, PathBuf::from);
    if root.join("valid").is_dir() {
        return Some(root);
    }
    println!("skipped: no specs at {}", root.display());
    None
}

fn read(file: &Path) -> Option<Contract> {
    let text = String::from_utf8_lossy(&std::fs::read(file).expect("a file")).into_owned();
    let folder = file.parent().expect("a folder").to_path_buf();
    let resolver = move |path: &str| {
        if path.contains("://") {
            return Err(Unreadable::remote());
        }
        let text = std::fs::read_to_string(folder.join(path));
        text.map(|t| Source::new(path, t)).map_err(|e| e.to_string().into())
    };
    load(&Source::new(file.display().to_string(), text), &resolver).0
}

/// Samples of kinds that are valid and yet refused.
fn refused(contract: &Contract, schema: &SchemaRef, direction: Direction, made: &Generated) -> Vec<String> {
    let validator = contract.validator(schema, direction);
    let valid = |kind: &SampleKind| matches!(kind, SampleKind::Event | SampleKind::Boundary(_) | SampleKind::OptionalAbsent(_));
    let wrong = made.samples.iter().filter(|s| valid(&s.kind) && !validator.is_valid(&s.value));
    wrong.map(|s| format!("{schema} {}: {}", s.label, s.value)).collect()
}

#[test]
fn nearly_every_schema_of_the_corpus_gets_a_value() {
    let Some(root) = corpus() else { return };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root.join("valid")).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    let only = std::env::var("ONLY").unwrap_or_default();
    let (mut count, mut found, mut full, mut wrong) = (0, 0, 0, Vec::new());
    for file in files.iter().filter(|f| f.display().to_string().contains(&only)) {
        let Some(contract) = read(file) else { continue };
        for name in contract.component_names() {
            let Some(schema) = contract.component_schema(name) else { continue };
            if contract.validator(&schema, Direction::Response).fault().is_some() {
                continue;
            }
            count += 1;
            let begun = std::time::Instant::now();
            let a = value(&contract, &schema, Direction::Response, false, &wish());
            let took_a = begun.elapsed();
            let b = value(&contract, &schema, Direction::Response, true, &wish());
            let took = begun.elapsed();
            if took.as_millis() > 1000 {
                println!("SLOW {} {name} {took_a:?} {took:?}", file.display());
            }
            found += usize::from(a.is_some() || b.is_some());
            full += usize::from(a.is_some() && b.is_some());
            if a.is_none() || b.is_none() {
                println!("NONE {} {name} min {} full {}", file.file_name().unwrap().display(), a.is_some(), b.is_some());
            }
            if count % 20 == 0 {
                let begun = std::time::Instant::now();
                let made = samples(&contract, &schema, Direction::Response, &wish());
                if begun.elapsed().as_millis() > 1000 {
                    println!("SLOW SAMPLES {} {name} {:?} {}", file.display(), begun.elapsed(), made.samples.len());
                }
                wrong.extend(refused(&contract, &schema, Direction::Response, &made));
            }
        }
    }
    println!("{found} of {count} schemas, {full} both ways");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
