//! The light validators against the full ones, on values that are valid and values that are wrong in one way.
//!
//! Every schema of the shipped specs, both ways, and a share of those of the specs beside the checkout where there are any. Opens no
//! connection.

#![expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]

use proofmark::app::shipped;
use proofmark::base::seed::Seed;
use proofmark::base::source::Source;
use proofmark::contract::model::{Direction, SchemaRef};
use proofmark::contract::{Contract, Unreadable, load};
use proofmark::generate::{Wish, samples, value};
use proofmark::schema::Tape;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// One schema in this many of the specs beside the checkout.
const EVERY: usize = 25;

#[derive(Default)]
struct Figures {
    valid: usize,
    invalid: usize,
    unsure: usize,
    contradicted: Vec<String>,
}

impl Figures {
    /// Both verdicts on one value, as written in two ways.
    fn compare(&mut self, contract: &Contract, schema: &SchemaRef, direction: Direction, value: &Value, tape: &mut Tape) {
        let full = contract.validator(schema, direction);
        let light = contract.light_validator(schema, direction);
        assert_eq!(light.is_some(), full.fault().is_none(), "{schema}");
        let Some(light) = light else { return };
        for bytes in [serde_json::to_vec(value), serde_json::to_vec_pretty(value)].map(|bytes| bytes.expect("JSON")) {
            let verdict = full.is_valid(value);
            match light.is_valid(&bytes, tape) {
                Some(found) if found == verdict => *(if found { &mut self.valid } else { &mut self.invalid }) += 1,
                Some(_) => self.contradicted.push(format!("{} {schema}: not {verdict}: {value}", contract.title)),
                None => self.unsure += 1,
            }
        }
    }

    fn schema(&mut self, contract: &Contract, schema: &SchemaRef, seed: u64, tape: &mut Tape) {
        let wish = Wish { seed: Seed(seed), now: "2026-01-28T08:00:00Z".parse().expect("a moment"), most: 8 };
        for direction in [Direction::Request, Direction::Response] {
            let made = [false, true].into_iter().filter_map(|full| value(contract, schema, direction, full, &wish));
            let sampled = samples(contract, schema, direction, &wish).samples.into_iter().map(|s| s.value);
            for value in made.chain(sampled) {
                self.compare(contract, schema, direction, &value, tape);
                for damaged in damages(&value) {
                    self.compare(contract, schema, direction, &damaged, tape);
                }
            }
        }
    }

    fn check(&self, least: usize) {
        println!("{} valid, {} invalid, {} unsure", self.valid, self.invalid, self.unsure);
        assert!(self.contradicted.is_empty(), "{}", self.contradicted.join("\n"));
        assert!(self.valid > least && self.invalid > least, "{} and {}", self.valid, self.invalid);
        assert_eq!(self.unsure, 0, "nothing here is unusual");
    }
}

/// The value with one thing changed, for each thing in it.
fn damages(value: &Value) -> Vec<Value> {
    let others = [json!(null), json!(-1.5), json!("\u{e9}\n\""), json!(["a", "a"]), json!({"x": {}})];
    let mut found = Vec::new();
    let paths = match value {
        Value::Object(members) => members.keys().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect(),
        Value::Array(items) => (0..items.len()).map(|i| format!("/{i}")).collect(),
        _ => vec![String::new()],
    };
    for (i, path) in paths.iter().enumerate() {
        let mut damaged = value.clone();
        if let Some(place) = damaged.pointer_mut(path) {
            *place = others[i % others.len()].clone();
        }
        found.push(damaged);
    }
    found
}

fn shipped_contracts() -> Vec<Contract> {
    let specs = shipped::FILES.iter().filter(|(name, _)| name.starts_with("specs/"));
    specs
        .map(|(name, _)| {
            let source = Source::new(*name, shipped::text(name).expect("a shipped file"));
            load(&source, &|file| Err(format!("{file} is not there").into())).0.expect("a contract")
        })
        .collect()
}

#[test]
fn light_and_full_verdicts_agree_on_the_shipped_specs() {
    let (mut figures, mut tape) = (Figures::default(), Tape::new());
    for contract in shipped_contracts() {
        for schema in contract.schemas() {
            figures.schema(&contract, schema, 7, &mut tape);
        }
    }
    figures.check(1_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn light_and_full_verdicts_agree_whatever_the_seed(seed in any::<u64>(), which in any::<prop::sample::Index>()) {
        let contracts = shipped_contracts();
        let contract = which.get(&contracts);
        let schema = which.get(contract.schemas());
        let mut figures = Figures::default();
        figures.schema(contract, schema, seed, &mut Tape::new());
        prop_assert!(figures.contradicted.is_empty(), "{}", figures.contradicted.join("\n"));
        prop_assert_eq!(figures.unsure, 0);
    }
}

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("PROOFMARK_CORPUS").map_or_else(beside, PathBuf::from).join("valid");
    if root.is_dir() {
        return Some(root);
    }
    println!("skipped: no specs at {}", root.display());
    None
}

fn read(file: &Path) -> Option<Contract> {
    let text = String::from_utf8_lossy(&std::fs::read(file).ok()?).into_owned();
    let folder = file.parent()?.to_path_buf();
    let resolver = move |path: &str| {
        if path.contains("://") {
            return Err(Unreadable::remote());
        }
        let text = std::fs::read_to_string(folder.join(path));
        text.map(|t| Source::new(path, t)).map_err(|e| e.to_string().into())
    };
    load(&Source::new("spec", text), &resolver).0
}

#[test]
fn light_and_full_verdicts_agree_on_real_specs() {
    let Some(root) = corpus() else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(&root).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    let (mut figures, mut tape, mut count) = (Figures::default(), Tape::new(), 0);
    for file in files {
        let Some(contract) = read(&file) else { continue };
        for component in contract.component_names() {
            count += 1;
            let schema = contract.component_schema(component).filter(|_| count % EVERY == 0);
            if let Some(schema) = schema.filter(|s| contract.validator(s, Direction::Response).fault().is_none()) {
                figures.schema(&contract, &schema, 7, &mut tape);
            }
        }
    }
    figures.check(2_000);
}
