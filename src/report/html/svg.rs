//! Numbers of drawings.
//!
//! Writes places in a drawing's own units, as short as they can be. Places nothing.

/// A place, to a tenth of a unit.
pub(super) fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
