//! A figure over runs: points, the levels between changes, and the changes.
//!
//! Places what it is given in the chart's own units. Never computes a figure of the record.

use crate::record::history::entry::Unit;
use crate::record::history::trend::shape::{FigureRecord, TrackRecord};
use crate::record::history::words;
use crate::report::html::svg::coordinate;
use crate::report::trend::said;
use std::fmt::Write as _;

/// Width of the chart in its own units.
pub(super) const WIDTH: f64 = 720.0;
/// Its height.
pub(super) const HEIGHT: f64 = 250.0;
/// Where the scales lie.
pub(super) const LEFT: f64 = 92.0;
pub(super) const RIGHT: f64 = 696.0;
pub(super) const TOP: f64 = 30.0;
pub(super) const BOTTOM: f64 = 214.0;
/// Runs whose dates are written at most.
const DATES: usize = 5;

/// A mark on a scale.
pub(super) struct Mark {
    pub(super) at: String,
    pub(super) text: String,
}

/// A run.
pub(super) struct Dot {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) class: &'static str,
    pub(super) link: Option<String>,
    pub(super) told: String,
}

/// The level between two changes.
pub(super) struct Level {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) y: String,
}

/// A change.
pub(super) struct Cut {
    pub(super) x: String,
    pub(super) class: &'static str,
    pub(super) label: String,
}

/// A chart that is ready to be drawn.
pub(super) struct Chart {
    pub(super) described: String,
    pub(super) path: String,
    pub(super) dots: Vec<Dot>,
    pub(super) levels: Vec<Level>,
    pub(super) cuts: Vec<Cut>,
    pub(super) upright: Vec<Mark>,
    pub(super) level: Vec<Mark>,
}

impl Chart {
    /// Whether a run leads to its page: a drawing with links is no single image.
    pub(super) fn has_links(&self) -> bool {
        self.dots.iter().any(|dot| dot.link.is_some())
    }

    pub(super) fn of(track: &TrackRecord, figure: &FigureRecord) -> Self {
        let value = |value| words::value(&figure.name, figure.unit, value);
        let scale = Scale::of(figure);
        let x = |at: f64| match track.runs.len() {
            0 | 1 => f64::midpoint(LEFT, RIGHT),
            runs => LEFT + (at + 0.5) / runs as f64 * (RIGHT - LEFT),
        };
        let mut chart = Self {
            described: described(track, figure),
            path: String::new(),
            dots: Vec::new(),
            levels: Vec::new(),
            cuts: Vec::new(),
            upright: scale.marks().into_iter().map(|v| Mark { at: coordinate(scale.place(v)), text: value(v) }).collect(),
            level: dates(track).into_iter().map(|(at, text)| Mark { at: coordinate(x(at as f64)), text }).collect(),
        };
        for (at, (run, point)) in track.runs.iter().zip(&figure.points).enumerate() {
            let Some(point) = point else { continue };
            let (x, y) = (coordinate(x(at as f64)), coordinate(scale.place(point.value)));
            if point.counts {
                let _ = write!(chart.path, "{}{x} {y}", if chart.path.is_empty() { 'M' } else { 'L' });
            }
            let why = if point.counts { "" } else { ", counts for nothing" };
            chart.dots.push(Dot {
                x,
                y,
                class: if point.counts { "run" } else { "left-out" },
                link: run.page.as_deref().map(super::view::link),
                told: format!("{}: {}, {}{why}", run.began.strftime("%Y-%m-%d %H:%M"), value(point.value), run.verdict),
            });
        }
        for level in &figure.levels {
            chart.levels.push(Level {
                from: coordinate(x(level.from as f64 - 0.5)),
                to: coordinate(x(level.to as f64 - 0.5)),
                y: coordinate(scale.place(level.value)),
            });
        }
        for change in &figure.changes {
            chart.cuts.push(Cut {
                x: coordinate(x(change.at as f64 - 0.5)),
                class: match change.worse {
                    Some(true) => "bad",
                    Some(false) => "good",
                    None => "open",
                },
                label: change.by.map_or_else(|| value(change.after), words::change),
            });
        }
        chart
    }
}

fn described(track: &TrackRecord, figure: &FigureRecord) -> String {
    let value = |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), |v| words::value(&figure.name, figure.unit, v));
    let mut text = format!(
        "{} over {} runs: from {} to {}, the latest {}, half within {}",
        words::title(&figure.name),
        track.runs.len(),
        value(figure.lowest),
        value(figure.highest),
        value(figure.latest),
        value(figure.median)
    );
    for change in &figure.changes {
        let _ = write!(text, "; {}", said(track, figure, change));
    }
    text
}

/// The runs whose dates are written: the first, the last, and some between them.
fn dates(track: &TrackRecord) -> Vec<(usize, String)> {
    let last = track.runs.len().saturating_sub(1);
    let steps = DATES.min(track.runs.len()).saturating_sub(1).max(1);
    let mut chosen: Vec<usize> = (0..=steps).map(|step| last * step / steps).collect();
    chosen.dedup();
    let date = |at: usize| track.runs.get(at).map(|run| (at, run.began.strftime("%m-%d").to_string()));
    chosen.into_iter().filter_map(date).collect()
}

/// An upright scale with four even steps.
#[derive(Clone, Copy, Debug)]
struct Scale {
    from: f64,
    to: f64,
}

impl Scale {
    fn of(figure: &FigureRecord) -> Self {
        let (lowest, highest) = (figure.lowest.unwrap_or_default(), figure.highest.unwrap_or_default());
        match figure.unit {
            // What is nearly all of something is looked at from above.
            Unit::Share if lowest > 0.5 && highest <= 1.0 => Self { from: 1.0 - short((1.0 - lowest).max(0.01)), to: 1.0 },
            Unit::Share => Self { from: below(lowest), to: short(highest.max(0.01)) },
            Unit::Micros | Unit::PerSecond | Unit::Count => Self { from: below(lowest), to: short(highest.max(1.0)) },
        }
    }

    fn place(self, value: f64) -> f64 {
        BOTTOM - ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0) * (BOTTOM - TOP)
    }

    fn marks(self) -> Vec<f64> {
        (0..=4).map(|i| self.from + (self.to - self.from) * f64::from(i) / 4.0).collect()
    }
}

fn below(lowest: f64) -> f64 {
    if lowest < 0.0 { -short(-lowest) } else { 0.0 }
}

/// The next of 1, 2, 4 and 8 times a power of ten.
fn short(value: f64) -> f64 {
    let mut power = 10_f64.powi(-9);
    loop {
        for step in [1.0, 2.0, 4.0, 8.0] {
            if power * step >= value * (1.0 - 1e-9) || power > 1e18 {
                return power * step;
            }
        }
        power *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::{BOTTOM, Chart, Scale, TOP};
    use crate::record::history::entry::Unit;
    use crate::record::history::fixture;

    fn scale(unit: Unit, lowest: f64, highest: f64) -> Scale {
        let mut figure = fixture::trend().tracks[0].figures[0].clone();
        (figure.unit, figure.lowest, figure.highest) = (unit, Some(lowest), Some(highest));
        Scale::of(&figure)
    }

    #[test]
    fn scales_hold_what_they_show() {
        for (unit, lowest, highest) in [
            (Unit::Micros, 4_000.0, 1.6e6),
            (Unit::Share, 0.999, 1.0),
            (Unit::Share, -3.5, 0.9),
            (Unit::Share, 0.0, 0.0),
            (Unit::Count, 0.0, 0.0),
            (Unit::PerSecond, 0.0, 1e30),
        ] {
            let scale = scale(unit, lowest, highest);
            assert!(scale.from <= lowest && scale.from < scale.to, "{scale:?}");
            assert!((TOP..=BOTTOM).contains(&scale.place(lowest)) && (TOP..=BOTTOM).contains(&scale.place(highest)));
            assert_eq!(scale.marks().len(), 5);
        }
        assert_eq!(scale(Unit::Share, -3.5, 0.9).from, -4.0);
        assert!((scale(Unit::Share, 0.999, 1.0).from - 0.99).abs() < 1e-9);
    }

    #[test]
    fn every_run_is_a_dot_and_every_change_a_cut() {
        let trend = fixture::trend();
        let track = &trend.tracks[0];
        for figure in &track.figures {
            let chart = Chart::of(track, figure);
            assert_eq!(chart.dots.len(), figure.points.iter().flatten().count());
            assert_eq!(chart.cuts.len(), figure.changes.len());
            assert_eq!(chart.levels.len(), figure.changes.len() + 1);
            assert_eq!(chart.path.matches(['M', 'L']).count(), figure.counted);
            assert_eq!(chart.dots.iter().filter(|d| d.class == "left-out").count(), 1);
        }
    }
}
