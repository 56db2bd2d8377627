//! Trends over a history made by hand.
//!
//! Looks at records, never at what a writer makes of them.

use super::{TrendRecord, Wish, heights, make};
use crate::record::fingerprint::RunKind;
use crate::record::history::change::FEWEST;
use crate::record::history::entry::{Entry, RunEntry};
use crate::record::history::fixture::{EARLIER, RISES, RUNS, SPIKE, SPOILED, mixed, nightly, trend, wish};
use crate::record::history::trend::shape::{BetterRecord, FigureRecord};

fn of<'a>(trend: &'a TrendRecord, name: &str, operation: &str) -> &'a FigureRecord {
    let found = trend.tracks[0].figures.iter().find(|f| f.name == name && f.operation == operation);
    found.unwrap_or_else(|| panic!("{name} of `{operation}` is shown"))
}

#[test]
fn a_rise_is_found_with_the_run_it_came_with_and_what_else_changed_there() {
    let trend = trend();
    let figure = of(&trend, "p99", "createSignature");
    let [change] = &figure.changes[..] else { panic!("one change: {:?}", figure.changes) };
    let track = &trend.tracks[0];
    assert_eq!((change.at, change.run.as_str(), change.after_run), (RISES, track.runs[RISES].id.as_str(), RISES - 1));
    assert_eq!((change.worse, figure.better), (Some(true), BetterRecord::Less));
    assert!(change.by.is_some_and(|by| (0.25..0.45).contains(&by)) && change.p <= trend.method.level, "{change:?}");
    let told = change.beside.join("; ");
    assert!(told.contains("tool: 0.1.0, and 0.2.0") && told.contains("spec digest: "), "{told}");
    assert_eq!(figure.levels.iter().map(|l| (l.from, l.to)).collect::<Vec<_>>(), [(0, RISES), (RISES, RUNS)]);
    assert!(of(&trend, "p99", "getSignature").changes.is_empty(), "what did not change is not said to have");
    assert!(trend.sentence.contains("became worse over 24 runs") && trend.sentence.contains("2026-11-20"), "{}", trend.sentence);
}

#[test]
fn other_machines_are_a_track_of_their_own_and_say_why() {
    let trend = trend();
    let lengths: Vec<_> = trend.tracks.iter().map(|t| t.runs.len()).collect();
    assert_eq!(lengths, [RUNS, EARLIER]);
    assert_eq!(trend.tracks[0].apart, [""; 0]);
    assert_eq!(trend.tracks[1].apart, ["processor: Example 8000, and Example 9000"]);
    let few = &trend.tracks[1].figures[0];
    assert!(few.changes.is_empty() && few.counted < FEWEST);
    assert_eq!(few.unsaid.as_deref(), Some("6 comparable runs: at least 10 are needed to say whether it changed"));
    assert_eq!(trend.method.too_few, trend.tracks[1].figures.len());
}

#[test]
fn a_spoiled_run_is_shown_and_counts_for_nothing() {
    let trend = trend();
    let track = &trend.tracks[0];
    assert_eq!(track.runs[SPOILED].left_out.as_deref(), Some("its generator did not keep up"));
    let figure = of(&trend, "p99", "");
    let point = figure.points[SPOILED].expect("it is shown");
    assert!(!point.counts && figure.counted == RUNS - 1, "{point:?}");
    assert!(figure.points[SPIKE].expect("a point").counts, "a slow run counts");
    assert_eq!(figure.highest, figure.points.iter().flatten().map(|p| p.value).reduce(f64::max));
    let (latest, median) = (figure.latest.expect("a value"), figure.median.expect("a value"));
    assert!(latest > 0.0 && median > 0.0 && figure.latest == figure.points[RUNS - 1].map(|p| p.value));
}

#[test]
fn what_is_asked_for_is_what_is_shown() {
    let page = |_: &RunEntry| None;
    let entries = nightly();
    let names = |wish: &Wish<'_>| -> Vec<(String, String)> {
        let track = make(&entries, wish).tracks.swap_remove(0);
        track.figures.into_iter().map(|f| (f.name, f.operation)).collect()
    };
    let usual = wish(RunKind::Load, &page);
    let shown = names(&usual);
    let pair = |name: &str, operation: &str| (name.to_owned(), operation.to_owned());
    assert_eq!(shown[..3], [pair("p50", ""), pair("p99", ""), pair("p99", "createSignature")], "{shown:?}");
    assert!(shown.iter().all(|(name, _)| name != "service.p99"), "{shown:?}");
    let asked = ["service.p99".to_owned()];
    let service = names(&Wish { figures: &asked, ..usual.clone() });
    assert_eq!(service, [pair("service.p99", ""), pair("service.p99", "createSignature"), pair("service.p99", "getSignature")]);
    let one = names(&Wish { operation: Some("getSignature"), ..usual.clone() });
    assert!(one.len() > 8 && one.iter().all(|(_, operation)| operation == "getSignature"), "{one:?}");
    let all = ["all".to_owned()];
    assert!(names(&Wish { figures: &all, ..usual.clone() }).len() > shown.len() + service.len());
    let few = make(&entries, &Wish { last: 12, ..usual });
    assert_eq!((few.tracks[0].runs.len(), few.tracks[0].older), (12, RUNS - 12));
    assert_eq!(few.tracks[0].runs[11].id, entries[0].run.id, "the newest ones");
}

#[test]
fn kinds_are_not_mixed_and_nothing_is_said_of_nothing() {
    let page = |_: &RunEntry| None;
    let entries: Vec<Entry> = mixed();
    let checks = make(&entries, &wish(RunKind::Check, &page));
    assert_eq!((checks.tracks.len(), checks.tracks[0].runs.len()), (1, 1));
    assert_eq!(checks.sentence, "too few comparable runs to say what changed over 1 run");
    let none = make(&entries, &wish(RunKind::Monitor, &page));
    assert_eq!((none.tracks.len(), none.sentence.as_str()), (0, "no runs of kind `monitor`"));
}

#[test]
fn bars_stand_between_the_smallest_and_the_largest() {
    let trend = trend();
    let figure = of(&trend, "p99", "");
    let all = heights(figure, usize::MAX);
    assert_eq!(all.len(), RUNS);
    assert_eq!((all.iter().flatten().min(), all.iter().flatten().max()), (Some(&0), Some(&7)));
    assert_eq!(heights(figure, 3), heights(figure, 3)[..]);
    assert_eq!(heights(figure, 3).len(), 3);
    let mut level = figure.clone();
    level.points.iter_mut().flatten().for_each(|p| p.value = 5.0);
    level.points[2] = None;
    assert_eq!(heights(&level, 4), [Some(3); 4]);
    assert_eq!(heights(&level, RUNS)[2], None);
}
