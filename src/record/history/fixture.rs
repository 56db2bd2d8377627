//! A history made by hand, for the tests of the history and its reports.
//!
//! Every time and value is fixed. Never used outside tests.

use crate::base::seed::{Rng, Seed};
use crate::record::fingerprint::RunKind;
use crate::record::history::entry::{Entry, RunEntry, Unit};
use crate::record::history::figures::rounded;
use crate::record::history::trend::{TrendRecord, Wish, make};
use crate::record::load::fixture as loads;
use crate::record::load::shape::{LoadRecord, LoadResult};
use crate::record::shape::{BuildRecord, FactRecord};
use crate::record::{fixture as runs, load};
use jiff::{SignedDuration, Timestamp};

/// The run with which the times of `createSignature` rise.
pub(crate) const RISES: usize = 15;
/// A run that its generator spoiled.
pub(crate) const SPOILED: usize = 8;
/// A run that was slow, and alone in it.
pub(crate) const SPIKE: usize = 5;
/// Runs on the machine of today.
pub(crate) const RUNS: usize = 24;
/// Runs on the machine before it.
pub(crate) const EARLIER: usize = 6;

fn began(day: usize) -> Timestamp {
    let first: Timestamp = "2026-10-30T20:05:12Z".parse().expect("an instant");
    let days = i64::try_from(day).expect("a few days");
    first.checked_add(SignedDuration::from_hours(24 * days)).expect("an instant")
}

pub(crate) fn machine(processor: &str) -> Vec<FactRecord> {
    [
        ("processors", "4"),
        ("processor", processor),
        ("memory", "16 GiB"),
        ("kernel", "6.1.0-18-amd64"),
        ("host", "bench-1"),
        ("system", "linux x86_64"),
    ]
    .map(|(name, value)| FactRecord { name: name.to_owned(), value: value.to_owned() })
    .to_vec()
}

/// One load of the nightly plan.
pub(crate) fn load(day: usize) -> LoadRecord {
    let mut record = loads::record(&loads::passing());
    record.began = began(day);
    record.seed = 1_000 + day as u64;
    record.target = "https://staging.example.com".to_owned();
    record.machine = machine(if day < EARLIER { "Example 8000" } else { "Example 9000" });
    record.build = Some(BuildRecord { profile: "release".to_owned(), described: None });
    if day >= EARLIER + RISES {
        record.tool_version = "0.2.0".to_owned();
        record.documents[2].sha256 = crate::record::digest::sha256(b"a newer spec");
    }
    if day == EARLIER + SPOILED {
        record.verdict = LoadResult::Invalid;
    }
    record
}

fn noise(rng: &mut Rng) -> f64 {
    // Around nought, between minus one and one, mostly in the middle.
    let uniform = |rng: &mut Rng| (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    uniform(rng) + uniform(rng) - 1.0
}

/// The history of a nightly load, newest first: on a machine and then on another, with a spike, a spoiled run, and a rise.
pub(crate) fn nightly() -> Vec<Entry> {
    let mut entries: Vec<Entry> = (0..EARLIER + RUNS)
        .map(|day| {
            let mut entry = Entry::of_load(&load(day));
            entry.run.folder = Some(format!("{}-load", entry.run.began.strftime("%Y-%m-%dT%H%M%SZ")));
            let mut rng = Seed(7).derive(&day.to_string()).rng();
            let today = day.checked_sub(EARLIER);
            for figure in entry.figures.iter_mut().filter(|f| f.unit == Unit::Micros) {
                let mut factor = 1.0 + 0.06 * noise(&mut rng);
                if today.is_none() {
                    factor *= 1.8;
                }
                if figure.operation != "getSignature" && today.is_some_and(|day| day >= RISES) {
                    factor *= 1.35;
                }
                if today == Some(SPIKE) || today == Some(SPOILED) {
                    factor *= 4.0;
                }
                figure.value = rounded((figure.value * factor).round()).expect("a number");
            }
            entry
        })
        .collect();
    entries.reverse();
    entries
}

/// The trend over it.
pub(crate) fn trend() -> TrendRecord {
    let page = |run: &RunEntry| run.folder.as_ref().map(|folder| format!("{folder}/report.html"));
    make(&nightly(), &wish(RunKind::Load, &page))
}

pub(crate) fn wish<'a>(kind: RunKind, page: &'a dyn Fn(&RunEntry) -> Option<String>) -> Wish<'a> {
    Wish { kind, operation: None, figures: &[], last: 50, history: "reports/history.db".to_owned(), tool_version: "0.2.0", page }
}

/// One run of each kind that there is a fixture of.
pub(crate) fn mixed() -> Vec<Entry> {
    let certification = crate::record::certification::fixture::record(&crate::record::certification::fixture::passing());
    vec![
        Entry::of_run(&runs::record(&runs::failing())),
        Entry::of_load(&load(3)),
        Entry::of_load(&load::fixture::record(&loads::invalid())),
        Entry::of_certification(&certification),
    ]
}
