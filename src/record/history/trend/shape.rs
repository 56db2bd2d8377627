//! The shape of a trend, version 1.
//!
//! Plain data, computed already, for writers and for other programs. Never holds more than the history holds.

use crate::record::fingerprint::{Part, RunKind};
use crate::record::history::entry::Unit;
use crate::record::shape::instant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What `format` says in a trend.
pub const FORMAT: &str = "proofmark.trend";
/// The version this build writes.
pub const VERSION: u32 = 1;

/// How figures went over runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendRecord {
    /// Always [`FORMAT`].
    pub format: String,
    /// The shape's version.
    pub version: u32,
    /// The version of the tool that made it.
    pub tool_version: String,
    /// Where the history is kept, without a password.
    pub history: String,
    /// The kind of runs.
    pub kind: RunKind,
    /// What it came to, in words.
    pub sentence: String,
    /// How changes were looked for.
    pub method: MethodRecord,
    /// Runs that may be compared with each other, the newest first; those of another track may not.
    pub tracks: Vec<TrackRecord>,
}

/// How changes were looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodRecord {
    /// How often a figure that did not change is said to have changed, at most.
    pub level: f64,
    /// The permutations that each split was held against.
    pub permutations: u32,
    /// The seed they were drawn from.
    pub seed: u64,
    /// Runs that a level has to last for.
    pub lasting: usize,
    /// Comparable runs below which nothing is said.
    pub fewest: usize,
    /// Figures that had enough of them.
    pub looked_at: usize,
    /// Figures that had too few.
    pub too_few: usize,
}

/// Runs that may be compared with each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackRecord {
    /// What was run.
    pub title: String,
    /// The target as a reader would name it.
    pub target: String,
    /// The environment's name.
    pub environment: String,
    /// The digest over what its runs share.
    pub fingerprint: String,
    /// What its newest run was run on and against.
    pub parts: Vec<Part>,
    /// What keeps it apart from the first track.
    pub apart: Vec<String>,
    /// Its runs, oldest first.
    pub runs: Vec<TrackRun>,
    /// Older runs of it that are beyond what was asked for.
    pub older: usize,
    /// Its figures.
    pub figures: Vec<FigureRecord>,
}

/// A run of a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackRun {
    /// Its id.
    pub id: String,
    /// The name of its folder, where it is known.
    pub folder: Option<String>,
    /// Its page, from the folder that the history lies in, where it is there.
    pub page: Option<String>,
    /// When it began.
    #[serde(with = "instant")]
    pub began: Timestamp,
    /// Its verdict.
    pub verdict: String,
    /// Its verdict in words.
    pub sentence: String,
    /// Why its figures count for nothing, where they do.
    pub left_out: Option<String>,
    /// What is not as it was in the run before, and keeps nothing apart.
    pub changed: Vec<String>,
}

/// A figure over the runs of a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureRecord {
    /// Its name.
    pub name: String,
    /// What it is of; empty for all operations together.
    pub operation: String,
    /// What its values are in.
    pub unit: Unit,
    /// Which values are better.
    pub better: BetterRecord,
    /// A point for each run, nothing where the run has none.
    pub points: Vec<Option<PointRecord>>,
    /// Points that count.
    pub counted: usize,
    /// The newest value that counts.
    pub latest: Option<f64>,
    /// The median of those that count.
    pub median: Option<f64>,
    /// The smallest of all points.
    pub lowest: Option<f64>,
    /// The largest of all points.
    pub highest: Option<f64>,
    /// Where its level changed.
    pub changes: Vec<ChangeRecord>,
    /// Its levels: between changes, the median of the points that count.
    pub levels: Vec<LevelRecord>,
    /// Why nothing is said of changes, where that is so.
    pub unsaid: Option<String>,
}

/// Which values are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BetterRecord {
    /// Smaller ones.
    Less,
    /// Larger ones.
    More,
    /// Neither.
    Neither,
}

/// A value of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointRecord {
    /// The value.
    pub value: f64,
    /// The samples it is made of, where it is made of samples.
    pub samples: Option<u64>,
    /// Whether it counts: its run does, and may be compared with the newest in this.
    pub counts: bool,
}

/// A level between two changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelRecord {
    /// Its first run, by index.
    pub from: usize,
    /// The run after its last.
    pub to: usize,
    /// The median of its points that count.
    pub value: f64,
}

/// A change of level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// The first run of the new level, by index.
    pub at: usize,
    /// Its id.
    pub run: String,
    /// The last run of the old level that counts, by index.
    pub after_run: usize,
    /// The median before, back to the change before it.
    pub before: f64,
    /// The median from then on, up to the change after it.
    pub after: f64,
    /// By which share of the value before; nothing where that was nought.
    pub by: Option<f64>,
    /// Whether it is for the worse; nothing where neither is better.
    pub worse: Option<bool>,
    /// The share of permutations that show as strong a split.
    pub p: f64,
    /// What else was not as in the run before.
    pub beside: Vec<String>,
}
