//! Lengths of time side by side as a bar.
//!
//! Places its parts in the bar's own units, so that none that is there is too small to be seen. Never computes a figure of the record.

use crate::base::units::Nanos;
use crate::record::monitor::shape::FiguresRecord;

/// The width of the whole bar.
pub(super) const WIDTH: u64 = 1_000;
/// The least width of what is there.
const LEAST: u64 = 8;

/// A part of a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What it is, as a class of the style sheet.
    pub(super) class: &'static str,
    pub(super) x: u64,
    pub(super) width: u64,
}

/// A bar that is ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) parts: Vec<Part>,
    /// What it shows, in words.
    pub(super) described: String,
}

impl Bar {
    /// Eligible time by what it was; nothing where there is none.
    pub(super) fn of(f: &FiguresRecord) -> Self {
        let lengths = [("up", f.up_ns), ("degraded", f.degraded_ns), ("down", f.down_ns), ("unknown", f.no_data_ns)];
        Self { parts: parts(&lengths, f.eligible_ns), described: described(f) }
    }

    /// What was lost of eligible time, beside the most that was lost of any.
    pub(super) fn lost(f: &FiguresRecord, most: u64) -> Self {
        let lengths = [("down", f.down_ns), ("unknown", f.no_data_ns), ("degraded", f.degraded_ns)];
        Self { parts: parts(&lengths, most), described: described(f) }
    }

    /// A budget and what of it is spent; where more was spent than there was, how far the budget reached.
    pub(super) fn budget(whole: u64, spent: u64) -> Self {
        let described = format!("{} of {} spent", Nanos(spent), Nanos(whole));
        let parts = match spent <= whole {
            true => parts(&[("spent", spent)], whole),
            false => parts(&[("spent", whole), ("over", spent - whole)], spent),
        };
        Self { parts, described }
    }
}

/// `19h up, 5min degraded, 30min down, 30min without data`; what is not there is left out.
pub(super) fn described(f: &FiguresRecord) -> String {
    let lengths = [(f.up_ns, "up"), (f.degraded_ns, "degraded"), (f.down_ns, "down"), (f.no_data_ns, "without data")];
    let said: Vec<String> = lengths.iter().filter(|(ns, _)| *ns > 0).map(|(ns, what)| format!("{} {what}", Nanos(*ns))).collect();
    said.join(", ")
}

/// The parts one after another; the widest gives way to those that would not be seen.
fn parts(lengths: &[(&'static str, u64)], whole: u64) -> Vec<Part> {
    let there = lengths.iter().filter(|(_, ns)| *ns > 0);
    let scaled = |ns: u64| u128::from(ns) * u128::from(WIDTH) / u128::from(whole.max(1));
    let mut parts: Vec<Part> =
        there.map(|(class, ns)| Part { class, x: 0, width: u64::try_from(scaled(*ns)).unwrap_or(WIDTH).max(LEAST) }).collect();
    let all: u64 = parts.iter().map(|p| p.width).sum();
    // Of a whole bar what was rounded down is given to the widest part, or what was too much taken from it.
    let is_whole = lengths.iter().map(|(_, ns)| u128::from(*ns)).sum::<u128>() >= u128::from(whole);
    if let Some(widest) = parts.iter_mut().max_by_key(|p| p.width)
        && (is_whole || all > WIDTH)
    {
        widest.width = (widest.width + WIDTH).saturating_sub(all);
    }
    let mut x = 0;
    for part in &mut parts {
        part.x = x;
        x += part.width;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Bar, LEAST, WIDTH};
    use crate::record::monitor::shape::FiguresRecord;
    use proptest::prelude::*;

    fn figures([up_ns, degraded_ns, down_ns, no_data_ns]: [u64; 4]) -> FiguresRecord {
        let eligible_ns = up_ns + degraded_ns + down_ns + no_data_ns;
        FiguresRecord { eligible_ns, up_ns, degraded_ns, down_ns, no_data_ns, ..FiguresRecord::default() }
    }

    fn widths(bar: &Bar) -> Vec<(&'static str, u64)> {
        bar.parts.iter().map(|p| (p.class, p.width)).collect()
    }

    #[test]
    fn what_is_there_is_seen_and_the_budget_that_is_overdrawn_shows_how_far_it_reached() {
        let minute = 60_000_000_000;
        assert_eq!(widths(&Bar::of(&figures([869 * minute, 0, minute, 0]))), [("up", 992), ("down", 8)]);
        assert_eq!(widths(&Bar::of(&FiguresRecord::default())), []);
        assert_eq!(widths(&Bar::budget(100, 25)), [("spent", 250)]);
        assert_eq!(widths(&Bar::budget(100, 100)), [("spent", 1_000)]);
        assert_eq!(widths(&Bar::budget(100, 400)), [("spent", 250), ("over", 750)]);
        assert_eq!(widths(&Bar::budget(0, 5)), [("over", 1_000)]);
        assert_eq!(widths(&Bar::lost(&figures([5, 10, 20, 0]), 60)), [("down", 333), ("degraded", 166)]);
        assert_eq!(Bar::of(&figures([0, minute, 2 * minute, 0])).described, "60s degraded, 2min down");
    }

    proptest! {
        #[test]
        fn the_parts_fill_the_bar_and_none_overlaps(lengths in prop::array::uniform4(prop_oneof![Just(0), 1u64..5, 1u64..1 << 60])) {
            let bar = Bar::of(&figures(lengths));
            let mut x = 0;
            for part in &bar.parts {
                prop_assert_eq!(part.x, x);
                prop_assert!(part.width >= LEAST);
                x += part.width;
            }
            prop_assert_eq!(x, if bar.parts.is_empty() { 0 } else { WIDTH });
            prop_assert_eq!(bar.parts.len(), lengths.iter().filter(|ns| **ns > 0).count());
        }
    }
}
