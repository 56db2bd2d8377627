//! Holds the loads of two sides against each other.
//!
//! Says which runs count and how they lie beside each other, and puts the record together. Reads no file and renders nothing.

use crate::base::seed::Seed;
use crate::record::compare::decide::{decide, verdict};
use crate::record::compare::figures::{Sides, operations};
use crate::record::compare::ground::grounds;
use crate::record::compare::shape::{
    ComparisonRecord, Design, FORMAT, Figure, LoadComparison, MarginRecord, RunRef, SideRecord, VERSION,
};
use crate::record::compare::values::left_out;
use crate::record::compare::words;
use crate::record::figures::counted;
use crate::record::fingerprint::Fingerprint;
use crate::record::load::LoadRecord;
use crate::record::load::shape::LoadResult;

/// A stored load and where it lies.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where.
    pub path: String,
    /// The load.
    pub record: LoadRecord,
    /// The pair it was made for, from 1; `None` where it was made by itself.
    pub pair: Option<u32>,
}

/// How loads are to be compared.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The figures that decide, each with its margin.
    pub margins: Vec<(Figure, f64)>,
    /// Pairs asked for, where runs were made for this comparison.
    pub pairs: Option<u32>,
    /// The seed of what is drawn.
    pub seed: Seed,
    /// True where it was stopped before its end.
    pub interrupted: bool,
    /// What is to be said that the runs themselves do not say.
    pub unsaid: Vec<String>,
    /// The tool's version.
    pub tool_version: String,
    /// The command as typed, redacted.
    pub command: Option<String>,
}

/// The margins that hold where none are asked for: a median that is 5% slower is one that matters, and one request in a hundred too.
pub const MARGINS: [(Figure, f64); 2] = [(Figure::P50, 0.05), (Figure::Errors, 0.01)];

/// The loads of two sides, compared; `None` where a side has none.
#[must_use]
pub fn loads(mut baseline: Vec<Run>, mut candidate: Vec<Run>, asked: &Asked) -> Option<ComparisonRecord> {
    baseline.sort_by_key(|r| r.record.began);
    candidate.sort_by_key(|r| r.record.began);
    let (first, other) = (&baseline.first()?.record, &candidate.first()?.record);
    let (design, used) = designed(&baseline, &candidate);
    let sides = Sides { design, baseline: chosen(&baseline, &used.0), candidate: chosen(&candidate, &used.1) };
    let mut unsaid = asked.unsaid.clone();
    if design == Design::Unpaired && sides.used() > 1 {
        let why = "the sides were not run in turns: what changed on the machine between them looks like a change of the target";
        unsaid.push(why.to_owned());
    }
    for (name, runs) in [("baseline", &sides.baseline), ("candidate", &sides.candidate)] {
        let failed = runs.iter().filter(|r| r.verdict == LoadResult::Fails).count();
        if failed > 0 {
            unsaid.push(format!("{failed} of {} of the {name} do not conform by themselves", counted(runs.len(), "run")));
        }
    }
    let figures: Vec<Figure> = asked.margins.iter().map(|(f, _)| *f).collect();
    let load = LoadComparison {
        design,
        described: described(design, sides.used(), asked.pairs),
        asked: asked.pairs,
        used: sides.used(),
        seed: asked.seed.0,
        margins: asked.margins.iter().map(|(figure, margin)| MarginRecord { figure: *figure, margin: *margin }).collect(),
        operations: decide(operations(&sides, &figures), &sides, &asked.margins, asked.seed),
    };
    let runs = || baseline.iter().chain(&candidate);
    let mut record = ComparisonRecord {
        format: FORMAT.to_owned(),
        version: VERSION,
        tool_version: asked.tool_version.clone(),
        command: asked.command.clone(),
        began: runs().map(|r| r.record.began).min()?,
        ended: runs().map(|r| r.record.ended).max()?,
        title: first.title.clone(),
        verdict: verdict(&load.operations, asked.interrupted),
        sentence: String::new(),
        grounds: grounds(&Fingerprint::of_load(first), &Fingerprint::of_load(other)),
        baseline: side(&baseline, &used.0),
        candidate: side(&candidate, &used.1),
        load: None,
        conformance: None,
        redactions: Vec::new(),
        unsaid,
    };
    record.sentence = words::loads(&record, &load);
    record.load = Some(load);
    Some(record)
}

/// For each run of a side the pair it counts in, or its number where there are no pairs; `None` where it is left out.
type Used = (Vec<Option<u32>>, Vec<Option<u32>>);

/// Whether the runs lie in pairs, and which of them count. Those that were made for a comparison say so themselves; others are pairs
/// where the sides took turns, so that each two that follow each other are of both.
fn designed(baseline: &[Run], candidate: &[Run]) -> (Design, Used) {
    let sound = |r: &Run| left_out(&r.record).is_none();
    if baseline.iter().chain(candidate).all(|r| r.pair.is_some()) {
        let has = |runs: &[Run], pair: u32| runs.iter().any(|r| r.pair == Some(pair) && sound(r));
        let count = |ours: &[Run], theirs: &[Run]| -> Vec<Option<u32>> {
            ours.iter().map(|r| r.pair.filter(|p| sound(r) && has(theirs, *p))).collect()
        };
        return (Design::Paired, (count(baseline, candidate), count(candidate, baseline)));
    }
    let of = |side: bool, runs: &[Run]| -> Vec<(jiff::Timestamp, bool, usize)> {
        runs.iter().enumerate().filter(|(_, r)| sound(r)).map(|(i, r)| (r.record.began, side, i)).collect()
    };
    let mut order = [of(false, baseline), of(true, candidate)].concat();
    order.sort_unstable();
    let turns = order.len() > 2 && order.len().is_multiple_of(2) && order.chunks(2).all(|two| two[0].1 != two[1].1);
    let mut used = (vec![None; baseline.len()], vec![None; candidate.len()]);
    let mut numbers = [0_u32; 2];
    for (at, (_, side, i)) in order.iter().enumerate() {
        let number = &mut numbers[usize::from(*side)];
        *number = if turns { u32::try_from(at / 2).unwrap_or(u32::MAX) + 1 } else { *number + 1 };
        if *side { used.1[*i] = Some(*number) } else { used.0[*i] = Some(*number) }
    }
    (if turns { Design::Paired } else { Design::Unpaired }, used)
}

/// The runs that count, in the order of their numbers.
fn chosen<'a>(runs: &'a [Run], used: &[Option<u32>]) -> Vec<&'a LoadRecord> {
    let mut chosen: Vec<(u32, &LoadRecord)> =
        runs.iter().zip(used).filter_map(|(r, pair)| pair.map(|p| (p, &r.record))).collect();
    chosen.sort_by_key(|(number, _)| *number);
    chosen.into_iter().map(|(_, record)| record).collect()
}

fn described(design: Design, used: u32, asked: Option<u32>) -> String {
    match (design, asked) {
        (Design::Paired, Some(asked)) if asked != used => {
            format!("{used} of {} of runs, the sides in turns", counted(asked as usize, "pair"))
        }
        (Design::Paired, _) => format!("{} of runs, the sides in turns", counted(used as usize, "pair")),
        (Design::Unpaired, _) => format!("{} of the smaller side, each side by itself", counted(used as usize, "run")),
    }
}

fn side(runs: &[Run], used: &[Option<u32>]) -> SideRecord {
    let run = |(run, used): (&Run, &Option<u32>)| RunRef {
        path: run.path.clone(),
        began: run.record.began,
        sentence: run.record.sentence.clone(),
        pair: *used,
        left_out: match used {
            Some(_) => None,
            None => Some(left_out(&run.record).unwrap_or_else(|| "the other run of its pair is left out".to_owned())),
        },
        load: Some(run.record.verdict),
        validity: Some(run.record.validity.result),
        run: None,
    };
    let target = runs.first().map(|r| r.record.target.clone()).unwrap_or_default();
    SideRecord { target, runs: runs.iter().zip(used).map(run).collect() }
}

#[cfg(test)]
mod tests {
    use super::{Asked, MARGINS, Run, loads};
    use crate::record::compare::fixture::{asked, interleaved, run, stored};
    use crate::record::compare::shape::{ComparisonResult, Design, Figure, FigureResult, Seen};
    use proptest::prelude::*;

    fn verdict(baseline: &[u64], candidate: &[u64]) -> ComparisonResult {
        let (a, b) = interleaved(baseline, candidate);
        loads(a, b, &asked()).expect("both sides have runs").verdict
    }

    #[test]
    fn far_slower_is_a_regression_alike_is_none_and_two_pairs_say_nothing() {
        let baseline = [2_000, 2_010, 1_990, 2_005, 1_995];
        assert_eq!(verdict(&baseline, &[2_400, 2_420, 2_390, 2_410, 2_395]), ComparisonResult::Regressed);
        assert_eq!(verdict(&baseline, &[2_005, 1_995, 2_000, 2_010, 1_985]), ComparisonResult::NotRegressed);
        assert_eq!(verdict(&baseline, &[1_600, 1_610, 1_605, 1_590, 1_595]), ComparisonResult::NotRegressed);
        assert_eq!(verdict(&baseline, &[1_700, 2_500, 1_800, 2_400, 2_100]), ComparisonResult::Inconclusive);
        assert_eq!(verdict(&baseline[..2], &[9_000, 9_100]), ComparisonResult::Inconclusive);
        assert_eq!(verdict(&baseline[..1], &[9_000]), ComparisonResult::Inconclusive);
    }

    #[test]
    fn a_figure_says_how_sure_it_is() {
        let (a, b) = interleaved(&[2_000, 2_010, 1_990, 2_005, 1_995], &[2_400, 2_420, 2_390, 2_410, 2_395]);
        let record = loads(a, b, &asked()).expect("a comparison");
        let load = record.load.as_ref().expect("loads");
        let p50 = &load.operations[0].figures[0];
        let (change, (low, high)) = (p50.change.expect("a change"), p50.interval.expect("an interval"));
        assert!((0.19..0.21).contains(&change) && low < change && change < high, "{change} {low} {high}");
        assert_eq!((p50.seen, p50.changes.len(), load.design), (Seen::Worse, 5, Design::Paired));
        let decided = p50.decides.as_ref().expect("it decides");
        assert_eq!((decided.outcome, decided.margin, decided.pairs_needed), (FigureResult::Regressed, 0.05, None));
        assert!(decided.detectable > Some(0.05) && decided.detectable < Some(0.1), "{decided:?}");
        let null = decided.null.as_ref().expect("two pairs of each side");
        assert_eq!((null.pairs, null.ways, null.called), (4, 16, 0));
        assert!(record.sentence.starts_with("regressed: p50 of createSignature +"), "{}", record.sentence);
        let refused = &load.operations[0].figures[2];
        assert_eq!((refused.figure, refused.change), (Figure::P99, None));
        assert!(refused.refused.as_ref().is_some_and(|w| w.contains("1,000")), "{refused:?}");
    }

    #[test]
    fn a_run_that_measured_nothing_takes_its_pair_with_it() {
        let (mut a, b) = interleaved(&[2_000; 5], &[2_000; 5]);
        a[1].record.validity.result = crate::record::load::shape::Validity::Invalid;
        let record = loads(a, b, &asked()).expect("a comparison");
        assert_eq!(
            record.load.as_ref().map(|l| (l.used, l.described.as_str())),
            Some((4, "4 of 5 pairs of runs, the sides in turns"))
        );
        let why = |run: &crate::record::compare::shape::RunRef| run.left_out.clone().unwrap_or_default();
        assert!(why(&record.baseline.runs[1]).starts_with("INVALID"));
        assert_eq!(why(&record.candidate.runs[1]), "the other run of its pair is left out");
        assert_eq!(record.candidate.runs[2].pair, Some(3));
    }

    #[test]
    fn stored_runs_are_pairs_where_the_sides_took_turns() {
        let design = |a: Vec<Run>, b: Vec<Run>| loads(a, b, &asked()).and_then(|r| r.load).map(|l| (l.design, l.used));
        let of = |at: &[u64]| at.iter().map(|at| stored(run(*at, 2_000 + at))).collect::<Vec<_>>();
        assert_eq!(design(of(&[0, 3, 4]), of(&[1, 2, 5])), Some((Design::Paired, 3)));
        assert_eq!(design(of(&[0, 1, 2]), of(&[3, 4, 5, 6])), Some((Design::Unpaired, 3)));
        assert_eq!(design(of(&[0]), of(&[1])), Some((Design::Unpaired, 1)));
        let apart = loads(of(&[0, 1, 2]), of(&[3, 4, 5]), &asked()).expect("a comparison");
        assert!(apart.unsaid[0].contains("not run in turns"), "{:?}", apart.unsaid);
    }

    #[test]
    fn nothing_is_compared_with_nothing() {
        assert!(loads(Vec::new(), vec![run(0, 1_000)], &asked()).is_none());
        assert_eq!(Asked { margins: MARGINS.to_vec(), ..asked() }.margins, MARGINS);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_order_of_the_sides_turns_every_change(times in prop::collection::vec((500u64..5_000, 500u64..5_000), 3..7)) {
            let (a, b): (Vec<u64>, Vec<u64>) = times.into_iter().unzip();
            let figure = |a: &[u64], b: &[u64]| {
                let (a, b) = interleaved(a, b);
                let load = loads(a, b, &asked()).and_then(|r| r.load).expect("a comparison");
                load.operations[0].figures[0].clone()
            };
            let (there, back) = (figure(&a, &b), figure(&b, &a));
            let product = (1.0 + there.change.expect("a change")) * (1.0 + back.change.expect("a change"));
            prop_assert!((product - 1.0).abs() < 1e-4, "{product}");
            let turned = match there.seen { Seen::Worse => Seen::Better, Seen::Better => Seen::Worse, Seen::Unclear => Seen::Unclear };
            prop_assert_eq!(back.seen, turned);
        }
    }
}
