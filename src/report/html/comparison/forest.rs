//! Effects with their intervals, one below the other.
//!
//! Places what the record says in the chart's own units. Never computes a figure.

use crate::record::compare::shape::{Figure, FigureComparison, OperationComparison};
use crate::record::compare::words::{change, interval};
use crate::report::comparison::{figure_as, is_seen, told};
use crate::report::html::svg::coordinate;
use crate::report::html::view::tone;
use askama::Template;

/// Width of the chart in its own units.
const WIDTH: f64 = 720.0;
/// Where the scale begins and ends.
const LEFT: f64 = 112.0;
const RIGHT: f64 = 700.0;
/// Where the first row lies, and how far the next one.
const TOP: f64 = 30.0;
const ROW: f64 = 34.0;
/// The widest scale: what reaches beyond is cut there.
const MOST: f64 = 1.0;

/// A row of the chart.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) y: String,
    /// Where the interval begins and ends; nothing of a single run.
    pub(super) line: Option<(String, String)>,
    pub(super) dot: String,
    /// Where the margin begins, and how wide it is on both sides of no change.
    pub(super) band: Option<(String, String)>,
    pub(super) top: String,
}

/// Effects that are ready to be drawn.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<svg class="forest" viewBox="0 0 {{ self::WIDTH }} {{ height }}" role="img" aria-label="{{ described }}">
{% for row in rows %}{% if let Some((x, width)) = row.band %}<rect class="margin" x="{{ x }}" y="{{ row.top }}" width="{{ width }}" height="26"/>{% endif %}{% endfor %}
{% for (at, text) in marks %}<line class="{% if text == "+0%" %}zero{% else %}grid{% endif %}" x1="{{ at }}" x2="{{ at }}" y1="14" y2="{{ bottom }}"/><text class="mark" x="{{ at }}" y="{{ foot }}">{{ text }}</text>
{% endfor %}{% for row in rows %}<g class="{{ row.class }}"><text class="name" x="{{ self::LEFT - 14.0 }}" y="{{ row.y }}" dy="5">{{ row.name }}</text>{% if let Some((low, high)) = row.line %}<line class="span" x1="{{ low }}" x2="{{ high }}" y1="{{ row.y }}" y2="{{ row.y }}"/>{% endif %}<circle cx="{{ row.dot }}" cy="{{ row.y }}" r="5.5"/></g>
{% endfor %}</svg>"##
)]
pub(super) struct Forest {
    pub(super) rows: Vec<Row>,
    pub(super) marks: Vec<(String, String)>,
    pub(super) height: String,
    pub(super) bottom: String,
    pub(super) foot: String,
    pub(super) described: String,
}

impl Forest {
    /// Every figure of an operation that is a ratio; `None` where nothing is known of any.
    pub(super) fn of(operation: &OperationComparison) -> Option<Self> {
        // A difference of shares of errors is on another scale, and stands in the table.
        let shown: Vec<&FigureComparison> =
            operation.figures.iter().filter(|f| f.figure != Figure::Errors && f.change.is_some()).collect();
        let ends = |f: &FigureComparison| {
            let (low, high) = f.interval.unwrap_or_default();
            let margin = f.decides.as_ref().map_or(0.0, |d| d.margin * 1.5);
            [low.abs(), high.abs(), f.change.unwrap_or(0.0).abs(), margin].into_iter().fold(0.0, f64::max)
        };
        let reach = round_up(shown.iter().map(|f| ends(f)).fold(0.01, f64::max).min(MOST));
        let place = |value: f64| coordinate(LEFT + (value.clamp(-reach, reach) + reach) / (2.0 * reach) * (RIGHT - LEFT));
        let row = |(i, f): (usize, &&FigureComparison)| {
            let y = TOP + i as f64 * ROW;
            Row {
                name: f.figure.name(),
                class: class(f),
                y: coordinate(y),
                line: f.interval.map(|(low, high)| (place(low), place(high))),
                dot: place(f.change.unwrap_or(0.0)),
                band: f.decides.as_ref().map(|d| {
                    let half = d.margin.min(reach) / (2.0 * reach) * (RIGHT - LEFT);
                    (place(-d.margin), coordinate(2.0 * half))
                }),
                top: coordinate(y - 13.0),
            }
        };
        let rows: Vec<Row> = shown.iter().enumerate().map(row).collect();
        let bottom = TOP + (rows.len() as f64 - 0.4) * ROW;
        let said = |f: &&FigureComparison| {
            let within = f.interval.map(|i| format!(" ({})", interval(i))).unwrap_or_default();
            format!("{} {}{within}, {}", f.figure.name(), f.change.map(change).unwrap_or_default(), told(f))
        };
        let described = shown.iter().map(said).collect::<Vec<_>>().join("; ");
        (!rows.is_empty()).then(|| Self {
            marks: [-1.0, -0.5, 0.0, 0.5, 1.0].map(|share| (place(share * reach), change(share * reach))).to_vec(),
            height: coordinate(bottom + 26.0),
            bottom: coordinate(bottom),
            foot: coordinate(bottom + 20.0),
            described: format!("changes with their 95% intervals: {described}"),
            rows,
        })
    }
}

/// Its outcome where it decides; else only that it went one way.
fn class(figure: &FigureComparison) -> &'static str {
    match &figure.decides {
        Some(decided) => tone(figure_as(decided.outcome)),
        None if is_seen(figure) => "seen",
        None => "none",
    }
}

/// The next of 1, 2, 4 and 8 times a power of ten, so that halves of it are short.
fn round_up(value: f64) -> f64 {
    let mut power = 1e-4;
    loop {
        for step in [1.0, 2.0, 4.0, 8.0] {
            if power * step >= value * 0.999 || power > 1e3 {
                return power * step;
            }
        }
        power *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::{Forest, round_up};
    use crate::record::compare::fixture;

    #[test]
    fn what_is_worse_lies_on_the_right_and_its_line_holds_its_dot() {
        let record = fixture::regressed();
        let operations = &record.load.as_ref().expect("loads").operations;
        let forest = Forest::of(&operations[0]).expect("effects");
        assert_eq!(forest.rows.iter().map(|r| (r.name, r.class)).collect::<Vec<_>>()[0], ("p50", "bad"));
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let zero = number(&forest.marks[2].0);
        for row in &forest.rows {
            let (low, high) = row.line.as_ref().expect("an interval");
            let (low, dot, high) = (number(low), number(&row.dot), number(high));
            assert!(zero < low && low <= dot && dot <= high, "{}: {low} {dot} {high}", row.name);
        }
        assert_eq!(forest.marks[2].1, "+0%");
        assert!(Forest::of(&fixture::single().load.expect("loads").operations[0]).is_some_and(|f| f.rows[0].line.is_none()));
        assert_eq!([0.013, 0.2, 0.51, 1.0].map(round_up), [0.02, 0.2, 0.8, 1.0]);
    }
}
