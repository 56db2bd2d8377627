//! How figures went over runs: what may be compared, where levels changed, and what else changed there.
//!
//! Takes runs as the history holds them. What may not be compared is kept apart and said, and a run that was spoiled counts for nothing.
//! Reads no file and asks no clock.

mod make;
pub mod shape;
#[cfg(test)]
mod tests;

pub use make::{Wish, make};
pub use shape::TrendRecord;

use crate::record::history::trend::shape::FigureRecord;

/// The heights that a row of bars has.
pub const HEIGHTS: u8 = 8;

/// The last `most` points of a figure as heights from 0 to 7, between the smallest and the largest of those that count; nothing where a run
/// has none.
#[must_use]
pub fn heights(figure: &FigureRecord, most: usize) -> Vec<Option<u8>> {
    let shown = &figure.points[figure.points.len().saturating_sub(most)..];
    let counted = shown.iter().flatten().any(|point| point.counts);
    let values = || shown.iter().flatten().filter(|point| point.counts || !counted).map(|point| point.value);
    let (lowest, highest) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let range = highest - lowest;
    // What differs by less than a thousandth is one level to the eye.
    let flat = range <= highest.abs().max(lowest.abs()) * 1e-3;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between nought and seven")]
    let height = |value: f64| {
        if flat { HEIGHTS / 2 - 1 } else { (((value - lowest) / range).clamp(0.0, 1.0) * f64::from(HEIGHTS - 1)).round() as u8 }
    };
    shown.iter().map(|point| point.map(|point| height(point.value))).collect()
}

/// The text of a trend's file.
#[must_use]
pub fn file(record: &TrendRecord) -> String {
    crate::record::store::laid_out(record) + "\n"
}
