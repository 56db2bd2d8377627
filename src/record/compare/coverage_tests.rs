//! Which interval holds what it promises for so few pairs: a simulation of those that come into question, and of the verdicts on them.
//!
//! Seeded, so that it says the same everywhere; its table is that of `docs/comparison.md`. Never used outside tests.

use crate::base::seed::{Rng, Seed};
use crate::record::compare::stats::{Estimate, ONE_SIDE, moments};
use crate::record::compare::student;
use std::f64::consts::PI;
use std::fmt::Write as _;
use std::path::Path;

/// Comparisons that are simulated of each kind.
const COMPARISONS: usize = 1_000;
/// Samples drawn from each, for the methods that draw.
const RESAMPLES: usize = 399;
/// The spread of one run's logarithm, as runs on a quiet machine have it.
const SPREAD: f64 = 0.03;

/// How the logarithms of runs are spread.
#[derive(Clone, Copy, Debug)]
enum Law {
    /// As chance adds up.
    Normal,
    /// With outliers: Student's distribution with three degrees of freedom.
    Heavy,
    /// Every tenth run, of either side, is slowed by a third.
    Hiccups,
    /// Every tenth run of the candidate is: part of its effect, and skewed.
    Skewed,
}

const LAWS: [(Law, &str); 4] = [
    (Law::Normal, "normal"),
    (Law::Heavy, "heavy tails"),
    (Law::Hiccups, "a run in ten slowed by a third"),
    (Law::Skewed, "of the candidate alone"),
];

fn uniform(rng: &mut Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

fn gauss(rng: &mut Rng) -> f64 {
    (-2.0 * uniform(rng).ln()).sqrt() * (2.0 * PI * uniform(rng)).cos()
}

impl Law {
    /// The effect of a pair whose true one is none, but for what the law itself adds: [`Self::truth`].
    fn effect(self, rng: &mut Rng) -> f64 {
        let slowed = |rng: &mut Rng| if uniform(rng) < 0.1 { 0.3 } else { 0.0 };
        let run = |rng: &mut Rng| SPREAD * gauss(rng);
        match self {
            Self::Normal => run(rng) - run(rng),
            Self::Heavy => {
                let squares: f64 = (0..3).map(|_| gauss(rng).powi(2)).sum();
                SPREAD * gauss(rng) / (squares / 3.0).sqrt()
            }
            Self::Hiccups => run(rng) + slowed(rng) - run(rng) - slowed(rng),
            Self::Skewed => run(rng) + slowed(rng) - run(rng),
        }
    }

    fn truth(self) -> f64 {
        match self {
            Self::Skewed => 0.03,
            Self::Normal | Self::Heavy | Self::Hiccups => 0.0,
        }
    }
}

const METHODS: [&str; 5] = ["Student's t", "percentile bootstrap", "BCa bootstrap", "bootstrap-t", "sign flips, inverted"];

/// What does not change from comparison to comparison.
struct Table {
    /// The critical value of Student's distribution for so many pairs.
    t: f64,
    /// Where each share of the samples lies in the normal distribution.
    normal: Vec<f64>,
}

impl Table {
    fn of(pairs: usize) -> Self {
        let share = |k: usize| (k as f64).clamp(0.5, RESAMPLES as f64 - 0.5) / RESAMPLES as f64;
        Self { t: critical(pairs), normal: (0..=RESAMPLES).map(|k| of_normal(share(k))).collect() }
    }
}

fn critical(pairs: usize) -> f64 {
    student::quantile(1.0 - ONE_SIDE, pairs as f64 - 1.0)
}

/// Where a share of the normal distribution ends.
fn of_normal(share: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if student::normal(middle) < share { low = middle } else { high = middle }
    }
    low
}

/// The interval by each method; `None` where it has no end.
fn intervals(effects: &[f64], table: &Table, rng: &mut Rng) -> [Option<(f64, f64)>; 5] {
    let n = effects.len();
    let estimate = Estimate::paired(effects, 0.0).expect("pairs");
    let mut means = Vec::with_capacity(RESAMPLES);
    let mut pivots = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let value = effects[(rng.next_u64() % n as u64) as usize];
            sum += value;
            squares += value * value;
        }
        let mean = sum / n as f64;
        means.push(mean);
        let variance = ((squares - sum * mean) / (n as f64 - 1.0)).max(0.0);
        pivots.push((mean - estimate.mean) / (variance / n as f64).sqrt().max(1e-12));
    }
    means.sort_by(f64::total_cmp);
    pivots.sort_by(f64::total_cmp);
    let at = |sorted: &[f64], share: f64| sorted[((share * (RESAMPLES + 1) as f64) as usize).clamp(1, RESAMPLES) - 1];
    let percentile = (at(&means, ONE_SIDE), at(&means, 1.0 - ONE_SIDE));
    let studentized =
        (estimate.mean - at(&pivots, 1.0 - ONE_SIDE) * estimate.error, estimate.mean - at(&pivots, ONE_SIDE) * estimate.error);
    [
        Some((estimate.mean - table.t * estimate.error, estimate.mean + table.t * estimate.error)),
        Some(percentile),
        Some(corrected(effects, &means, estimate.mean, table, at)),
        Some(studentized),
        flipped(effects, rng),
    ]
}

/// Efron's bias-corrected and accelerated interval.
fn corrected(effects: &[f64], means: &[f64], mean: f64, table: &Table, at: impl Fn(&[f64], f64) -> f64) -> (f64, f64) {
    let bias = table.normal[means.iter().filter(|m| **m < mean).count()];
    let cubes: f64 = effects.iter().map(|e| (e - mean).powi(3)).sum();
    let squares: f64 = effects.iter().map(|e| (e - mean).powi(2)).sum();
    let bent = if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 };
    let end = |z: f64| at(means, student::normal(bias + (bias + z) / (1.0 - bent * (bias + z))));
    (end(-1.959_963_984_540_054), end(1.959_963_984_540_054))
}

/// The exact sign-flip test, inverted: its ends are means of parts of the effects (Hartigan's typical values).
fn flipped(effects: &[f64], rng: &mut Rng) -> Option<(f64, f64)> {
    let n = effects.len();
    let whole = n <= 10;
    let parts = if whole { (1_usize << n) - 1 } else { RESAMPLES };
    let outside = (ONE_SIDE * (parts + 1) as f64) as usize;
    if outside == 0 {
        return None;
    }
    let mut means: Vec<f64> = (1..=parts)
        .map(|part| {
            let bits = if whole { part as u64 } else { rng.next_u64() | 1 << (rng.next_u64() % n as u64) };
            let chosen: Vec<f64> = (0..n).filter(|i| bits >> i & 1 == 1).map(|i| effects[i]).collect();
            chosen.iter().sum::<f64>() / chosen.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    Some((means[outside - 1], means[parts - outside]))
}

/// How many of 100 intervals hold the truth, and how wide they are beside Student's.
fn coverage(law: Law, pairs: usize) -> [Option<(f64, f64)>; 5] {
    let (mut rng, table) = (Seed(20_261_129).derive(&format!("{law:?} {pairs}")).rng(), Table::of(pairs));
    let (mut held, mut width, mut ended) = ([0_usize; 5], [0.0_f64; 5], [true; 5]);
    for _ in 0..COMPARISONS {
        let effects: Vec<f64> = (0..pairs).map(|_| law.effect(&mut rng)).collect();
        for (i, found) in intervals(&effects, &table, &mut rng).into_iter().enumerate() {
            match found {
                Some((low, high)) => {
                    held[i] += usize::from(low <= law.truth() && law.truth() <= high);
                    width[i] += high - low;
                }
                None => ended[i] = false,
            }
        }
    }
    let mut i = 0;
    held.map(|held| {
        let found = ended[i].then(|| (100.0 * held as f64 / COMPARISONS as f64, width[i] / width[0]));
        i += 1;
        found
    })
}

#[test]
fn the_interval_that_is_used_holds_what_it_promises_where_others_do_not() {
    let mut table = format!("| runs are spread | pairs | {} |\n|---|--:|{}\n", METHODS.join(" | "), "--:|".repeat(METHODS.len()));
    for (law, name) in LAWS {
        for pairs in [5, 10, 20] {
            let found = coverage(law, pairs);
            let cells = found.map(|f| f.map_or("no end".to_owned(), |(held, width)| format!("{held:.1} ({width:.2})")));
            let _ = writeln!(table, "| {name} | {pairs} | {} |", cells.join(" | "));
            let [student, percentile, accelerated, ..] = found.map(|f| f.map_or(f64::NAN, |(held, _)| held));
            // Three standard errors of the simulation itself are 2.1.
            let least = if matches!(law, Law::Skewed) { 75.0 } else { 92.9 };
            assert!(student >= least, "{name}, {pairs} pairs: {student}");
            if pairs == 5 {
                assert!(percentile < 91.0 && accelerated < 91.0, "{name}: {percentile} {accelerated}");
            }
        }
    }
    in_the_docs("coverage", &table);
}

/// How often runs are called regressed, not regressed and nothing, of a hundred comparisons with a margin of 5%.
fn verdicts(law: Law, pairs: usize, slower: f64) -> [f64; 3] {
    let mut rng = Seed(5).derive(&format!("{law:?} {pairs} {slower}")).rng();
    let (margin, t) = (1.05_f64.ln(), critical(pairs));
    let mut counts = [0_usize; 3];
    for _ in 0..COMPARISONS {
        let effects: Vec<f64> = (0..pairs).map(|_| (1.0 + slower).ln() - law.truth() + law.effect(&mut rng)).collect();
        let e = Estimate::paired(&effects, 0.0).expect("pairs");
        let (low, high) = (e.mean - t * e.error, e.mean + t * e.error);
        counts[if low > margin {
            0
        } else if high < margin {
            1
        } else {
            2
        }] += 1;
    }
    counts.map(|count| 100.0 * count as f64 / COMPARISONS as f64)
}

#[test]
fn a_verdict_is_wrong_as_seldom_as_it_says() {
    let mut table =
        String::from("| truly slower by | pairs | regressed | not regressed | inconclusive |\n|--:|--:|--:|--:|--:|\n");
    for slower in [0.0, 0.02, 0.05, 0.10] {
        for pairs in [5, 10, 20] {
            let [regressed, not, open] = verdicts(Law::Normal, pairs, slower);
            let _ = writeln!(table, "| {:.0}% | {pairs} | {regressed:.1} | {not:.1} | {open:.1} |", slower * 100.0);
            // Of a hundred, 2.5 may be wrong; three standard errors of the simulation are 1.5.
            assert!(slower > 0.05 || regressed <= 4.0, "{slower} {pairs}: {regressed}");
            assert!(slower < 0.05 || not <= 4.0, "{slower} {pairs}: {not}");
        }
    }
    for law in [Law::Heavy, Law::Hiccups] {
        assert!(verdicts(law, 5, 0.0)[0] <= 4.0 && verdicts(law, 5, 0.05)[0] <= 4.0, "{law:?}");
    }
    in_the_docs("verdicts", &table);
}

#[test]
fn what_is_said_to_be_seen_is_seen_four_times_in_five() {
    let mut rng = Seed(11).derive("power").rng();
    let margin = 1.05_f64.ln();
    let t = student::quantile(1.0 - ONE_SIDE, 7.0);
    // The true spread is known here: the estimate is made with it, so that what is tried is the distance alone.
    let error = SPREAD * 2.0_f64.sqrt() / 8.0_f64.sqrt();
    let true_effect = Estimate { mean: 0.0, error, df: 7.0 }.detectable(margin, 1);
    let seen = (0..COMPARISONS).filter(|_| {
        let effects: Vec<f64> = (0..8).map(|_| true_effect + Law::Normal.effect(&mut rng)).collect();
        let (mean, spread) = moments(&effects).expect("eight");
        mean - t * spread / 8.0_f64.sqrt() > margin
    });
    let seen = seen.count() as f64 / COMPARISONS as f64;
    assert!((0.76..=0.84).contains(&seen), "{seen}");
}

/// The table stands in the document between its marks. `PROOFMARK_DOCS=write` writes it.
fn in_the_docs(name: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/comparison.md");
    let text = std::fs::read_to_string(&path).expect("the document");
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let from = text.find(&begin).expect("the mark") + begin.len();
    let to = text.find(&end).expect("the other mark");
    if std::env::var("PROOFMARK_DOCS").as_deref() == Ok("write") && &text[from..to] != table {
        std::fs::write(&path, format!("{}{table}{}", &text[..from], &text[to..])).expect("it is written");
        return;
    }
    assert_eq!(&text[from..to], table, "run it again with PROOFMARK_DOCS=write");
}
