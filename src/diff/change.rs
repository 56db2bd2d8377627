//! What a comparison of two contracts says: the changes, what each asks of a partner, and the verdict.
//!
//! Plain data. Compares nothing and renders nothing.

use crate::base::source::Place;
use std::fmt;

/// What a change asks of a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// A partner that followed the old contract is wrong under the new one, or does not get what it was promised.
    Breaking,
    /// The contracts alone do not tell: somebody has to look.
    Unsure,
    /// Nothing is asked of a partner.
    Compatible,
}

impl Impact {
    /// One lower-case word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Unsure => "unsure",
            Self::Compatible => "compatible",
        }
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Which way a message goes, seen by the partner. What a callback carries is received; its answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// From the partner to the platform.
    Sent,
    /// From the platform to the partner.
    Received,
}

impl Flow {
    /// The other way.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Sent => Self::Received,
            Self::Received => Self::Sent,
        }
    }

    /// One lower-case word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }
}

/// One change between two contracts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The rule that it falls under, such as `diff/property-removed`.
    pub rule: &'static str,
    /// What it asks of a partner.
    pub impact: Impact,
    /// The operation, callback or webhook: `POST /signatures`; `the API` for what concerns all of it.
    pub subject: String,
    /// Where in it, in words: `response 200 application/json, $.signatories[].status`. Empty for the whole of it.
    pub path: String,
    /// Which way the message concerned goes, where one is.
    pub flow: Option<Flow>,
    /// What changed.
    pub message: String,
    /// Why that is breaking, or why it is not.
    pub why: &'static str,
    /// Where the old contract says it.
    pub old: Option<Place>,
    /// Where the new contract says it.
    pub new: Option<Place>,
    /// Where else the very same change shows, since a shared component was changed: subject and path.
    pub also: Vec<(String, String)>,
}

/// What a whole comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Something breaks, and the major version does not say so.
    BreakingUnderSameMajor,
    /// Something breaks, and the major version was raised.
    BreakingMajorRaised,
    /// Something changed, and nothing of it is known to break.
    Compatible,
    /// Nothing changed that a partner could see.
    Same,
}

impl Verdict {
    /// A lower-case phrase.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::BreakingUnderSameMajor => "breaking under the same major",
            Self::BreakingMajorRaised => "breaking, major raised",
            Self::Compatible => "compatible",
            Self::Same => "same",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.phrase())
    }
}

/// Two contracts compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The title of the new contract.
    pub title: String,
    /// The version of the old contract, as written.
    pub old_version: String,
    /// The version of the new contract, as written.
    pub new_version: String,
    /// What was taken from the versions where they do not speak for themselves.
    pub version_note: Option<&'static str>,
    /// By operation in the order of the new contract, then by place.
    pub changes: Vec<Change>,
    /// What it comes to.
    pub verdict: Verdict,
}

impl Comparison {
    /// How many changes have an impact; one that shows in several places counts once.
    #[must_use]
    pub fn count(&self, impact: Impact) -> usize {
        self.changes.iter().filter(|c| c.impact == impact).count()
    }

    /// The worst impact among the changes.
    #[must_use]
    pub fn worst(&self) -> Option<Impact> {
        self.changes.iter().map(|c| c.impact).min()
    }
}

/// What a partner is bound to tolerate, beyond what the contracts say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The documentation tells partners to expect values that an `enum` does not list yet: such lists are open for what is received,
    /// as if each bore `x-extensible-enum`.
    pub open_enums: bool,
}
