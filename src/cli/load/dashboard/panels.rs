//! The parts of the dashboard, each drawn into the area that it is given.
//!
//! Pure; decides nothing about the layout of the whole.

pub(super) mod below;
pub(super) mod curves;
pub(super) mod operations;
pub(super) mod small;

use crate::base::units::Nanos;

/// A time, or a dash where there is none.
fn shown(time: Option<Nanos>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| time.to_string())
}

/// At most `most` characters, the cut shown.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    if most > 0 {
        cut.push('…');
    }
    cut
}
