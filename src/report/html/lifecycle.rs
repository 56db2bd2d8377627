//! Lifecycles as graphs: states, and the ways between them that were seen, not seen, or seen and not allowed.
//!
//! Places what coverage and findings name. Never decides what is allowed.

use crate::record::RunRecord;
use crate::record::shape::{CoverageRecord, DimensionRecord};
use crate::report::html::svg::coordinate;
use askama::Template;
use std::collections::{BTreeMap, BTreeSet};

/// Height of a state, and from one row to the next.
const BOX: f64 = 30.0;
const ROW: f64 = 62.0;
/// Room between columns, and around the graph.
const GAP: f64 = 72.0;
const EDGE: f64 = 14.0;
/// About the width of a character, and what surrounds a name.
const CHARACTER: f64 = 8.2;
const PADDING: f64 = 24.0;
/// States of a graph that can still be read.
const STATES: usize = 40;

/// What became of a way from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Seen,
    Unseen,
    Wrong,
}

impl Way {
    fn class(self) -> &'static str {
        match self {
            Self::Seen => "way-seen",
            Self::Unseen => "way-unseen",
            Self::Wrong => "way-wrong",
        }
    }
}

/// A lifecycle as it is told: states in the order in which they are met, and the ways between them.
struct Told<'a> {
    name: &'a str,
    states: Vec<&'a str>,
    ways: Vec<(usize, usize, Way)>,
}

/// A lifecycle that is ready to be drawn.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<figure class="chart lifecycle"><figcaption>{{ title }} <span class="quiet">{{ suite }}</span></figcaption>
<p class="legend"><span class="key way-seen"><svg viewBox="0 0 26 8" aria-hidden="true"><path d="M1 4H25"/></svg>seen</span> <span class="key way-unseen"><svg viewBox="0 0 26 8" aria-hidden="true"><path d="M1 4H25"/></svg>not seen</span>{% if has_wrong %} <span class="key way-wrong"><svg viewBox="0 0 26 8" aria-hidden="true"><path d="M1 4H25"/></svg>seen, and not allowed</span>{% endif %}</p>
<div class="scroll" tabindex="0" role="group" aria-label="Lifecycle {{ title }} of {{ suite }}"><svg class="states" viewBox="0 0 {{ width }} {{ height }}" width="{{ width }}" height="{{ height }}" role="img" aria-label="{{ described }}">
{% for edge in edges %}<g class="{{ edge.class }}"><path d="{{ edge.path }}"/><path class="tip" d="{{ edge.tip }}"/></g>
{% endfor %}{% for state in states %}<rect x="{{ state.x }}" y="{{ state.y }}" width="{{ state.width }}" height="{{ self::BOX }}" rx="5"/><text x="{{ state.middle }}" y="{{ state.base }}">{{ state.name }}</text>
{% endfor %}</svg></div></figure>"##
)]
pub(super) struct Graph {
    title: String,
    suite: String,
    width: String,
    height: String,
    described: String,
    has_wrong: bool,
    states: Vec<State>,
    edges: Vec<Edge>,
}

struct State {
    name: String,
    x: String,
    y: String,
    width: String,
    middle: String,
    base: String,
}

struct Edge {
    class: &'static str,
    path: String,
    tip: String,
}

/// The graphs of every lifecycle that a suite declares.
pub(super) fn graphs(record: &RunRecord) -> Vec<Graph> {
    let wrong = wrong(record);
    let of = |coverage: &CoverageRecord| {
        let transitions = coverage.dimensions.iter().find(|d| d.key == "transitions");
        let told = transitions.map(|d| told(d, &wrong)).unwrap_or_default();
        told.into_iter().filter(|t| t.states.len() <= STATES).map(|t| draw(&t, &coverage.suite)).collect::<Vec<_>>()
    };
    record.coverage.iter().flat_map(of).collect()
}

/// `envelope: SENT -> SIGNED` in its parts.
fn parts(transition: &str) -> Option<(&str, &str, &str)> {
    let (left, to) = transition.split_once(" -> ")?;
    let (name, from) = left.split_once(": ").or_else(|| left.rsplit_once(' '))?;
    Some((name, from, to))
}

/// The ways that findings say were gone and may not be.
fn wrong(record: &RunRecord) -> Vec<(&str, &str, &str)> {
    let findings = record.cases.iter().flat_map(|c| c.findings()).filter(|f| f.check == "lifecycle.transition");
    let parts = findings.filter_map(|f| {
        let (name, rest) = f.message.strip_prefix("lifecycle ")?.split_once(" does not go from ")?;
        let (from, to) = rest.split_once(" to ")?;
        Some((name, from, to))
    });
    parts.collect()
}

fn told<'a>(dimension: &'a DimensionRecord, wrong: &[(&'a str, &'a str, &'a str)]) -> Vec<Told<'a>> {
    let mut all: Vec<Told<'a>> = Vec::new();
    let seen = dimension.items.iter().filter_map(|i| parts(i)).map(|p| (p, Way::Seen));
    let unseen = dimension.missing.iter().filter_map(|i| parts(i)).map(|p| (p, Way::Unseen));
    for ((name, from, to), way) in seen.chain(unseen) {
        if !all.iter().any(|t| t.name == name) {
            all.push(Told { name, states: Vec::new(), ways: Vec::new() });
        }
        if let Some(told) = all.iter_mut().find(|t| t.name == name) {
            told.add(from, to, way);
        }
    }
    for (name, from, to) in wrong {
        if let Some(told) = all.iter_mut().find(|t| t.name == *name) {
            told.add(from, to, Way::Wrong);
        }
    }
    all
}

impl<'a> Told<'a> {
    fn state(&mut self, name: &'a str) -> usize {
        self.states.iter().position(|s| *s == name).unwrap_or_else(|| {
            self.states.push(name);
            self.states.len() - 1
        })
    }

    fn add(&mut self, from: &'a str, to: &'a str, way: Way) {
        let (from, to) = (self.state(from), self.state(to));
        if !self.ways.iter().any(|(f, t, _)| (*f, *t) == (from, to)) {
            self.ways.push((from, to, way));
        }
    }

    /// The column of each state: behind all that lead to it, but for ways that go back.
    fn columns(&self) -> Vec<usize> {
        let onward = self.onward();
        let mut columns = vec![0; self.states.len()];
        for _ in 0..columns.len() {
            for (from, to) in &onward {
                columns[*to] = columns[*to].max(columns[*from] + 1);
            }
        }
        columns
    }

    /// The allowed ways without those that lead back to where they came from.
    fn onward(&self) -> Vec<(usize, usize)> {
        let leads_to = |state: usize| self.ways.iter().any(|(f, t, w)| *t == state && f != t && *w != Way::Wrong);
        let (later, first): (Vec<usize>, Vec<usize>) = (0..self.states.len()).partition(|state| leads_to(*state));
        let mut walk = Walk { ways: &self.ways, path: Vec::new(), done: BTreeSet::new(), onward: Vec::new() };
        first.into_iter().chain(later).for_each(|state| walk.from(state));
        walk.onward
    }

    fn described(&self) -> String {
        let of = |way: Way| {
            let ways = self.ways.iter().filter(|w| w.2 == way);
            ways.map(|(f, t, _)| format!("{} to {}", self.states[*f], self.states[*t])).collect::<Vec<_>>().join(", ")
        };
        let kinds = [("seen", Way::Seen), ("not seen", Way::Unseen), ("seen and not allowed", Way::Wrong)];
        let said = kinds.map(|(word, way)| (word, of(way)));
        said.into_iter().filter(|(_, w)| !w.is_empty()).map(|(word, w)| format!("{word}: {w}")).collect::<Vec<_>>().join("; ")
    }
}

/// A walk along the ways, each state once.
struct Walk<'w> {
    ways: &'w [(usize, usize, Way)],
    path: Vec<usize>,
    done: BTreeSet<usize>,
    onward: Vec<(usize, usize)>,
}

impl Walk<'_> {
    fn from(&mut self, state: usize) {
        if !self.done.insert(state) {
            return;
        }
        self.path.push(state);
        for (from, to, way) in self.ways {
            if *from == state && *way != Way::Wrong && !self.path.contains(to) {
                self.onward.push((state, *to));
                self.from(*to);
            }
        }
        self.path.pop();
    }
}

/// Where a state lies.
#[derive(Clone, Copy)]
struct Place {
    column: usize,
    x: f64,
    y: f64,
    width: f64,
}

fn places(told: &Told<'_>) -> Vec<Place> {
    let columns = told.columns();
    let width_of = |name: &str| name.chars().count() as f64 * CHARACTER + PADDING;
    let mut widest: BTreeMap<usize, f64> = BTreeMap::new();
    for (state, column) in columns.iter().enumerate() {
        let widest = widest.entry(*column).or_default();
        *widest = widest.max(width_of(told.states[state]));
    }
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    let place = |(state, column): (usize, &usize)| {
        let row = rows.entry(*column).or_default();
        let y = EDGE + *row as f64 * ROW;
        *row += 1;
        let before: f64 = widest.range(..column).map(|(_, w)| w + GAP).sum();
        Place { column: *column, x: EDGE + before, y, width: width_of(told.states[state]) }
    };
    columns.iter().enumerate().map(place).collect()
}

fn draw(told: &Told<'_>, suite: &str) -> Graph {
    let places = places(told);
    let right = places.iter().map(|p| p.x + p.width).fold(0.0, f64::max);
    let bottom = places.iter().map(|p| p.y + BOX).fold(0.0, f64::max);
    let edge = |(from, to, way): &(usize, usize, Way)| edge(places[*from], places[*to], way.class());
    let state = |(name, p): (&&str, &Place)| State {
        name: (*name).to_owned(),
        x: coordinate(p.x),
        y: coordinate(p.y),
        width: coordinate(p.width),
        middle: coordinate(p.x + p.width / 2.0),
        base: coordinate(p.y + BOX / 2.0 + 4.5),
    };
    Graph {
        title: told.name.to_owned(),
        suite: suite.to_owned(),
        width: coordinate(right + EDGE),
        height: coordinate(bottom + 2.0 * EDGE + 8.0),
        described: format!("lifecycle {}: {}", told.name, told.described()),
        has_wrong: told.ways.iter().any(|w| w.2 == Way::Wrong),
        states: told.states.iter().zip(&places).map(state).collect(),
        edges: told.ways.iter().map(edge).collect(),
    }
}

/// Onwards from side to side; back, to the same column or to itself below the boxes.
fn edge(from: Place, to: Place, class: &'static str) -> Edge {
    let c = coordinate;
    if to.column > from.column {
        let (x1, y1) = (from.x + from.width, from.y + BOX / 2.0);
        let (x2, y2) = (to.x - 7.0, to.y + BOX / 2.0);
        let bend = (x2 - x1) / 2.0;
        return Edge {
            class,
            path: format!("M{} {}C{} {} {} {} {} {}", c(x1), c(y1), c(x1 + bend), c(y1), c(x2 - bend), c(y2), c(x2), c(y2)),
            tip: format!("M{} {}l-8 -4.5v9z", c(x2 + 7.0), c(y2)),
        };
    }
    let (x1, y1) = (from.x + from.width * 0.6, from.y + BOX);
    let (x2, y2) = (to.x + to.width * 0.4, to.y + BOX + 7.0);
    let low = y1.max(y2) + 18.0;
    Edge {
        class,
        path: format!("M{} {}C{} {} {} {} {} {}", c(x1), c(y1), c(x1), c(low), c(x2), c(low), c(x2), c(y2)),
        tip: format!("M{} {}l-4.5 8h9z", c(x2), c(y2 - 7.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::{graphs, parts, told};
    use crate::record::fixture;
    use crate::record::shape::DimensionRecord;

    #[test]
    fn states_stand_in_columns_by_their_distance_from_the_first() {
        let dimension = DimensionRecord {
            key: "transitions".to_owned(),
            title: "transitions".to_owned(),
            seen: 2,
            known: 4,
            share: None,
            items: ["door: OPEN -> CLOSED", "door: CLOSED -> OPEN"].map(str::to_owned).to_vec(),
            missing: ["door: CLOSED -> LOCKED", "lamp: ON -> OFF"].map(str::to_owned).to_vec(),
        };
        let all = told(&dimension, &[("door", "LOCKED", "OPEN"), ("window", "A", "B")]);
        assert_eq!(all.iter().map(|t| t.name).collect::<Vec<_>>(), ["door", "lamp"]);
        assert_eq!((all[0].states.as_slice(), all[0].columns()), (&["OPEN", "CLOSED", "LOCKED"][..], vec![0, 1, 2]));
        assert_eq!(
            all[0].described(),
            "seen: OPEN to CLOSED, CLOSED to OPEN; not seen: CLOSED to LOCKED; seen and not allowed: LOCKED to OPEN"
        );
        assert_eq!(parts("envelope A -> B"), Some(("envelope", "A", "B")));
        assert_eq!(parts("no way"), None);
    }

    #[test]
    fn a_lifecycle_of_a_run_is_drawn_with_its_ways() {
        let graphs = graphs(&fixture::record(&fixture::failing()));
        assert_eq!(graphs.len(), 1);
        assert_eq!((graphs[0].states.len(), graphs[0].edges.len(), graphs[0].edges[0].class), (2, 1, "way-unseen"));
        assert_eq!(graphs[0].described, "lifecycle envelope: not seen: SIGNATURE_ONGOING to SIGNATURE_COMPLETE");
    }
}
