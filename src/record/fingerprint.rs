//! What a stored run was run on and against, so that only like is held against like.
//!
//! Taken from what a record holds, each part with what it decides. Reads no file, asks no machine, and never takes something that is not
//! known for something that is equal.

mod parts;
#[cfg(test)]
mod tests;

use crate::record::certification::CertificationRecord;
use crate::record::digest::sha256;
use crate::record::load::LoadRecord;
use crate::record::monitor::MonitorRecord;
use crate::record::shape::RunRecord;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of run a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// Suites run against a target.
    Check,
    /// A load.
    Load,
    /// A certification of an endpoint.
    Certification,
    /// A watch.
    Monitor,
    /// Callbacks received.
    Listen,
}

impl RunKind {
    /// Every kind, in the order they are offered.
    pub const ALL: [Self; 5] = [Self::Check, Self::Load, Self::Certification, Self::Monitor, Self::Listen];

    /// Its name, as it is stored and asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Load => "load",
            Self::Certification => "certification",
            Self::Monitor => "monitor",
            Self::Listen => "listen",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for RunKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a part of a fingerprint decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// What was asked of whom: where it differs, nothing is comparable.
    Subject,
    /// What it was asked from: where it differs, times and rates are not comparable.
    Machine,
    /// What is worth saying beside a change, and keeps nothing apart.
    Noted,
}

/// One part of a fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is: `processor`, `target`.
    pub name: String,
    /// Its value; nothing where the record does not hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What it decides.
    pub weight: Weight,
}

/// What two fingerprints do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The part's name.
    pub name: String,
    /// What the part decides.
    pub weight: Weight,
    /// The value of the one that was asked; nothing where it is not known.
    pub ours: Option<String>,
    /// The value of the other.
    pub theirs: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |value: &Option<String>| value.clone().unwrap_or_else(|| "not known".to_owned());
        write!(f, "{}: {}, and {}", self.name, told(&self.ours), told(&self.theirs))
    }
}

/// What is to be compared of two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    /// Times and rates, which the machine decides as well.
    Times,
    /// Counts and shares of what was judged. Those of a load hang on the machine too, as they come of being slow.
    Counts,
}

/// What a run was run on and against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The kind of run.
    pub kind: RunKind,
    /// Its parts, in the order to show them; each name once.
    pub parts: Vec<Part>,
}

impl Fingerprint {
    /// That of a run of suites, or of a receiver of callbacks.
    #[must_use]
    pub fn of_run(record: &RunRecord) -> Self {
        parts::of_run(record)
    }

    /// That of a load.
    #[must_use]
    pub fn of_load(record: &LoadRecord) -> Self {
        parts::of_load(record)
    }

    /// That of a certification.
    #[must_use]
    pub fn of_certification(record: &CertificationRecord) -> Self {
        parts::of_certification(record)
    }

    /// That of a watch.
    #[must_use]
    pub fn of_monitor(record: &MonitorRecord) -> Self {
        parts::of_monitor(record)
    }

    /// The value of a part, where it is known.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|part| part.name == name)?.value.as_deref()
    }

    /// Whether everything of two runs may be compared, times and rates included.
    ///
    /// # Errors
    /// What keeps them apart. What is known of neither keeps nothing apart; what is known of one alone does.
    pub fn comparable(&self, other: &Self) -> Result<(), Vec<Difference>> {
        self.comparable_in(Of::Times, other)
    }

    /// Whether so much of two runs may be compared.
    ///
    /// # Errors
    /// As [`Self::comparable`].
    pub fn comparable_in(&self, of: Of, other: &Self) -> Result<(), Vec<Difference>> {
        let mut apart = self.differences(other);
        apart.retain(|difference| decides(self.kind, of, difference.weight));
        if apart.is_empty() { Ok(()) } else { Err(apart) }
    }

    /// Everything in which two runs differ, also what keeps nothing apart.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        if self.kind != other.kind {
            let told = |kind: RunKind| Some(kind.name().to_owned());
            let (ours, theirs) = (told(self.kind), told(other.kind));
            return vec![Difference { name: KIND.to_owned(), weight: Weight::Subject, ours, theirs }];
        }
        let theirs = other.parts.iter().filter(|part| !self.parts.iter().any(|ours| ours.name == part.name));
        self.parts
            .iter()
            .chain(theirs)
            .filter_map(|part| {
                let of = |side: &Self| side.value(&part.name).map(str::to_owned);
                let (ours, theirs) = (of(self), of(other));
                (ours != theirs).then(|| Difference { name: part.name.clone(), weight: part.weight, ours, theirs })
            })
            .collect()
    }

    /// A digest over the parts that decide: equal for two runs that are comparable, and for no others.
    #[must_use]
    pub fn digest(&self, of: Of) -> String {
        let mut parts: Vec<(&str, &str)> = self
            .parts
            .iter()
            .filter(|part| decides(self.kind, of, part.weight))
            .filter_map(|part| Some((part.name.as_str(), part.value.as_deref()?)))
            .collect();
        parts.sort_unstable();
        // Lengths keep one part from passing for two.
        let field = |text: &str| format!("{}:{text}", text.len());
        let told: String = parts.iter().map(|(name, value)| field(name) + &field(value)).collect();
        let mut digest = sha256((field(self.kind.name()) + &told).as_bytes());
        digest.truncate(DIGEST);
        digest
    }
}

/// The name under which two kinds differ.
const KIND: &str = "kind";
/// Digits of a digest: enough to tell runs apart, and few enough to be read aloud.
const DIGEST: usize = 16;

fn decides(kind: RunKind, of: Of, weight: Weight) -> bool {
    match weight {
        Weight::Subject => true,
        Weight::Machine => of == Of::Times || kind == RunKind::Load,
        Weight::Noted => false,
    }
}
