//! Lines on two scales.
//!
//! Places points, marks and bands in the chart's own units. Never computes a figure of the record.

use crate::report::html::svg::coordinate;
use std::fmt::Write as _;

/// Width of the chart in its own units.
pub(in crate::report::html) const WIDTH: f64 = 720.0;
/// Its height.
pub(in crate::report::html) const HEIGHT: f64 = 272.0;
/// Where the scales lie.
pub(in crate::report::html) const LEFT: f64 = 84.0;
pub(in crate::report::html) const RIGHT: f64 = 680.0;
pub(in crate::report::html) const TOP: f64 = 28.0;
pub(in crate::report::html) const BOTTOM: f64 = 236.0;

/// About the width of a character of a band's name.
const CHARACTER: f64 = 9.5;

/// The looks that lines are told apart by.
const LOOKS: [&str; 6] = ["line-a", "line-b", "line-c", "line-d", "line-e", "line-f"];

/// A scale between two ends, even or by powers of ten.
#[derive(Clone, Copy, Debug)]
pub(in crate::report::html) struct Scale {
    from: f64,
    to: f64,
    decades: bool,
    begin: f64,
    end: f64,
}

impl Scale {
    /// From nothing to the next short number above `largest`.
    pub(in crate::report::html) fn upright(largest: f64) -> Self {
        Self { from: 0.0, to: rounded_up(largest), decades: false, begin: BOTTOM, end: TOP }
    }

    /// Upright, around what is shown with a little room: for what differs by little, which from nothing on would not be seen.
    pub(in crate::report::html) fn around(smallest: f64, largest: f64) -> Self {
        let room = ((largest - smallest) * 0.15).max(largest.abs() * 0.01).max(f64::MIN_POSITIVE);
        Self { from: smallest - room, to: largest + room, decades: false, begin: BOTTOM, end: TOP }
    }

    /// Upright by powers of ten, around what is shown.
    pub(in crate::report::html) fn decades(smallest: f64, largest: f64) -> Self {
        let from = smallest.max(1.0).log10().floor();
        let to = largest.max(2.0).log10().ceil().max(from + 1.0);
        Self { from, to, decades: true, begin: BOTTOM, end: TOP }
    }

    /// Upright for times: by powers of ten where they differ by more than one, else from nothing on.
    pub(in crate::report::html) fn of_times(smallest: f64, largest: f64) -> Self {
        if largest > smallest.max(1.0) * 10.0 { Self::decades(smallest, largest) } else { Self::upright(largest) }
    }

    /// Whether it goes by powers of ten.
    pub(in crate::report::html) fn is_by_powers(self) -> bool {
        self.decades
    }

    /// Level, from nothing to `largest`.
    pub(in crate::report::html) fn level(largest: f64) -> Self {
        Self { from: 0.0, to: largest.max(f64::MIN_POSITIVE), decades: false, begin: LEFT, end: RIGHT }
    }

    /// Where a value lies; beyond the ends at the nearer one.
    pub(in crate::report::html) fn place(self, value: f64) -> f64 {
        let value = if self.decades { value.max(f64::MIN_POSITIVE).log10() } else { value };
        let share = ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        self.begin + share * (self.end - self.begin)
    }

    /// The values that are marked: quarters, or each power of ten.
    pub(in crate::report::html) fn marks(self) -> Vec<f64> {
        if !self.decades {
            return (0..=4).map(|i| self.from + (self.to - self.from) * f64::from(i) / 4.0).collect();
        }
        #[expect(clippy::cast_possible_truncation, reason = "powers of ten of what a u64 can hold")]
        let (from, to) = (self.from as i32, self.to as i32);
        (from..=to).map(|power| 10_f64.powi(power)).collect()
    }
}

/// The next of 1, 2, 4 and 8 times a power of ten, so that quarters of it are short numbers.
fn rounded_up(largest: f64) -> f64 {
    let mut power = 1.0;
    loop {
        for step in [1.0, 2.0, 4.0, 8.0] {
            if power * step >= largest || power > 1e18 {
                return power * step;
            }
        }
        power *= 10.0;
    }
}

/// A mark on a scale.
pub(in crate::report::html) struct Mark {
    pub(in crate::report::html) at: String,
    pub(in crate::report::html) text: String,
}

/// A stretch of time that is set apart.
pub(in crate::report::html) struct Band {
    pub(in crate::report::html) x: String,
    pub(in crate::report::html) width: String,
    pub(in crate::report::html) label: String,
    pub(in crate::report::html) class: &'static str,
}

/// A line and what it shows.
pub(in crate::report::html) struct Line {
    pub(in crate::report::html) class: &'static str,
    pub(in crate::report::html) label: String,
    pub(in crate::report::html) path: String,
}

/// A point by itself.
pub(in crate::report::html) struct Dot {
    pub(in crate::report::html) x: String,
    pub(in crate::report::html) y: String,
    pub(in crate::report::html) class: &'static str,
}

/// A chart that is ready to be drawn.
pub(in crate::report::html) struct Chart {
    pub(in crate::report::html) title: String,
    pub(in crate::report::html) about: String,
    pub(in crate::report::html) lines: Vec<Line>,
    pub(in crate::report::html) dots: Vec<Dot>,
    pub(in crate::report::html) bands: Vec<Band>,
    pub(in crate::report::html) level: Vec<Mark>,
    pub(in crate::report::html) upright: Vec<Mark>,
    pub(in crate::report::html) described: String,
    /// Where the level scale ends, where it is one of time that begins with the run.
    pub(in crate::report::html) end_ns: Option<u64>,
    x: Scale,
    y: Scale,
}

impl Chart {
    pub(in crate::report::html) fn new(title: &str, about: &str, x: Scale, y: Scale, said: impl Fn(f64) -> String) -> Self {
        let upright = y.marks().into_iter().map(|v| Mark { at: coordinate(y.place(v)), text: said(v) }).collect();
        Self {
            title: title.to_owned(),
            about: about.to_owned(),
            lines: Vec::new(),
            dots: Vec::new(),
            bands: Vec::new(),
            level: Vec::new(),
            upright,
            described: title.to_owned(),
            end_ns: None,
            x,
            y,
        }
    }

    /// Marks a value of the level scale.
    pub(in crate::report::html) fn mark(&mut self, value: f64, text: String) {
        self.level.push(Mark { at: coordinate(self.x.place(value)), text });
    }

    /// Sets a stretch of the level scale apart; a name that it has no room for is left out.
    pub(in crate::report::html) fn band(&mut self, from: f64, to: f64, label: &str, class: &'static str) {
        let (begin, end) = (self.x.place(from), self.x.place(to));
        if end > begin {
            let fits = label.chars().count() as f64 * CHARACTER <= end - begin;
            let label = if fits { label.to_owned() } else { String::new() };
            self.bands.push(Band { x: coordinate(begin), width: coordinate(end - begin), label, class });
        }
    }

    /// Draws a line; it is broken where there is no value.
    pub(in crate::report::html) fn line(&mut self, label: &str, points: impl IntoIterator<Item = (f64, Option<f64>)>) {
        let class = LOOKS[self.lines.len() % LOOKS.len()];
        let mut path = String::new();
        let mut drawn = 0;
        for (x, value) in points {
            let Some(value) = value else {
                alone(&mut path, drawn);
                drawn = 0;
                continue;
            };
            let command = if drawn == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{} {}", coordinate(self.x.place(x)), coordinate(self.y.place(value)));
            drawn += 1;
        }
        alone(&mut path, drawn);
        self.lines.push(Line { class, label: label.to_owned(), path });
    }

    /// Draws a point by itself.
    pub(in crate::report::html) fn dot(&mut self, x: f64, y: f64, class: &'static str) {
        self.dots.push(Dot { x: coordinate(self.x.place(x)), y: coordinate(self.y.place(y)), class });
    }
}

/// A stretch of one point is a dot.
fn alone(path: &mut String, drawn: usize) {
    if drawn == 1 {
        path.push_str("h0");
    }
}

#[cfg(test)]
mod tests {
    use super::{BOTTOM, Chart, LEFT, RIGHT, Scale, TOP};

    #[test]
    fn scales_have_short_marks_and_hold_what_they_show() {
        assert_eq!(Scale::upright(143.0).marks(), [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(Scale::decades(1_200.0, 48_000.0).marks(), [1_000.0, 10_000.0, 100_000.0]);
        assert_eq!(Scale::decades(0.0, 0.0).marks(), [1.0, 10.0]);
        let scale = Scale::upright(143.0);
        assert_eq!((scale.place(0.0), scale.place(200.0), scale.place(1e9)), (BOTTOM, TOP, TOP));
        assert_eq!((Scale::level(10.0).place(0.0), Scale::level(10.0).place(10.0)), (LEFT, RIGHT));
        assert!(Scale::upright(f64::MAX).place(1.0).is_finite() && Scale::level(0.0).place(0.0).is_finite());
    }

    #[test]
    fn a_line_is_broken_where_nothing_is_known_and_a_lone_point_is_a_dot() {
        let mut chart = Chart::new("t", "", Scale::level(4.0), Scale::upright(4.0), |v| v.to_string());
        let points = [(0.0, Some(0.0)), (1.0, Some(4.0)), (2.0, None), (3.0, Some(2.0)), (4.0, None)];
        chart.line("a", points);
        assert_eq!(chart.lines[0].path, "M84 236L233 28M531 132h0");
        chart.band(0.0, 2.0, "w", "warm");
        assert_eq!((chart.bands[0].x.as_str(), chart.bands[0].width.as_str()), ("84", "298"));
        chart.band(2.0, 2.0, "w", "warm");
        chart.band(3.0, 4.0, "a name beyond its room", "warm");
        assert_eq!(chart.bands.iter().map(|b| b.label.as_str()).collect::<Vec<_>>(), ["w", ""]);
    }
}
