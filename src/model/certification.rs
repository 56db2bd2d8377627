//! What a certification consists of: modules, where they stand, and what came of them.
//!
//! A module's status (how far it got) is apart from its result (what was found). Sends nothing and knows no stored shape.

use crate::base::units::Nanos;
use crate::model::check::{CheckId, Requirement};
use crate::model::exchange::{Exchange, ExchangeId};
use crate::model::finding::Finding;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

macro_rules! modules {
    ($($(#[$doc:meta])* $variant:ident = $row:literal, $key:literal, $check:literal, $title:literal;)+) => {
        /// The modules of a certification, in the order they are run; each stands for one row of what an endpoint is certified on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ModuleId { $($(#[$doc])* $variant,)+ }

        impl ModuleId {
            /// Every module, in the order they are run.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name on the command line and in a profile.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// Its row in the table of requirements; 0 for what is asked for on the command line only.
            #[must_use]
            pub fn row(self) -> u8 {
                match self { $(Self::$variant => $row,)+ }
            }

            /// The check that its findings bear.
            #[must_use]
            pub fn check(self) -> CheckId {
                match self { $(Self::$variant => CheckId($check),)+ }
            }

            /// What it asks, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

modules! {
    /// The connection's security.
    Tls = 20, "tls", "endpoint.tls", "TLS version, chain, host name and client certificate";
    /// Every event is accepted.
    ValidDelivery = 1, "valid-delivery", "endpoint.valid_delivery", "a valid delivery of every event";
    /// An unknown further field does no harm.
    UnknownField = 11, "unknown-field", "endpoint.unknown_field", "a field that the spec does not know";
    /// An unknown value of a known field does no harm.
    UnknownValue = 12, "unknown-value", "endpoint.unknown_value", "an event or entity that the spec does not know";
    /// An absent optional field does no harm.
    OptionalAbsent = 13, "optional-absent", "endpoint.optional_absent", "optional fields absent";
    /// The same delivery twice.
    DuplicateDelivery = 3, "duplicate-delivery", "endpoint.duplicate_delivery", "the same delivery twice";
    /// The same delivery several times at once.
    ConcurrentDuplicates = 4, "concurrent-duplicates", "endpoint.concurrent_duplicates", "the same delivery several times at once";
    /// The younger event first.
    OutOfOrder = 5, "out-of-order", "endpoint.out_of_order", "the younger event before the older one";
    /// A replay hours later.
    DelayedReplay = 6, "delayed-replay", "endpoint.delayed_replay", "a replay hours after the event";
    /// A wrong signature is refused.
    SignatureRefused = 7, "signature-refused", "endpoint.signature_refused", "a tampered, foreign, cut or missing signature";
    /// An old or premature attempt is refused.
    AttemptTime = 8, "attempt-time", "endpoint.attempt_time", "an attempt time too far from now";
    /// One of several signatures is enough.
    KeyRotation = 9, "key-rotation", "endpoint.key_rotation", "several signatures while a key is exchanged";
    /// The raw bytes are what is signed.
    RawBytes = 10, "raw-bytes", "endpoint.raw_bytes", "other white space and key order, rightly signed";
    /// A missing or wrong credential is refused.
    Authorization = 21, "authorization", "endpoint.authorization", "missing or wrong credentials";
    /// What is no valid delivery is refused.
    InvalidBody = 14, "invalid-body", "endpoint.invalid_body", "a required field missing, malformed JSON, no body";
    /// A wrong media type is refused.
    ContentType = 15, "content-type", "endpoint.content_type", "a wrong Content-Type";
    /// Other methods are refused.
    Methods = 16, "methods", "endpoint.methods", "methods other than the one documented";
    /// The handshake of CloudEvents.
    Handshake = 17, "handshake", "endpoint.handshake", "the OPTIONS handshake";
    /// JSON that trips parsers.
    HostileJson = 24, "hostile-json", "endpoint.hostile_json", "deep JSON, duplicate keys, a byte order mark, invalid UTF-8";
    /// A body larger than anyone sends.
    Oversize = 22, "oversize", "endpoint.oversize", "an oversize body";
    /// Many deliveries at once.
    Overload = 19, "overload", "endpoint.overload", "a burst of deliveries";
    /// A delivery that does not end.
    PartialBody = 23, "partial-body", "endpoint.partial_body", "a body that never ends";
    /// Deliveries at a rate.
    DeliveryRate = 0, "delivery-rate", "endpoint.delivery_rate", "deliveries at a rate";
    /// Answers come in time.
    ResponseTime = 2, "response-time", "endpoint.response_time", "the response time";
    /// Nobody is sent elsewhere.
    Redirect = 18, "redirect", "endpoint.redirect", "no redirect";
    /// Errors tell nothing about the inside.
    ErrorBodies = 25, "error-bodies", "endpoint.error_bodies", "no inner workings in error bodies";
}

impl ModuleId {
    /// The module of a name.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|module| module.key() == key)
    }
}

impl fmt::Display for ModuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// How far a module got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleStatus {
    /// Planned.
    Created,
    /// Under way.
    Running,
    /// Under way, and waiting for something that takes its time.
    Waiting,
    /// Stopped before its end, or made outside the window so that nothing can be judged by it: it is run again by who goes on.
    Interrupted,
    /// At its end.
    Finished,
}

/// What a module, or one condition of it, found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModuleResult {
    /// Does not apply to this endpoint or profile.
    NotApplicable,
    /// Found right.
    Passed,
    /// HTTP cannot show it: a person must look.
    Review,
    /// Found odd, and no more.
    Warning,
    /// Not judged, with a reason.
    Skipped,
    /// Found wrong.
    Failed,
}

impl ModuleResult {
    /// The result over both: the one later in the declaration. Commutative and associative.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "NOT APPLICABLE",
            Self::Passed => "PASSED",
            Self::Review => "REVIEW",
            Self::Warning => "WARNING",
            Self::Skipped => "SKIPPED",
            Self::Failed => "FAILED",
        }
    }
}

/// One requirement, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionOutcome {
    /// What it stands on.
    pub requirement: Requirement,
    /// What it asks, in a few words.
    pub title: String,
    /// What was found.
    pub result: ModuleResult,
    /// Why it was not judged, does not apply or has to be looked at; or what proves it.
    pub reason: Option<String>,
}

/// Response times of a module's deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// Answers measured.
    pub count: u64,
    /// Half of them did not take longer.
    pub p50: Nanos,
    /// 90 in 100 did not take longer.
    pub p90: Nanos,
    /// 99 in 100 did not take longer.
    pub p99: Nanos,
    /// The longest.
    pub max: Nanos,
}

/// Whether a failure had been announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It had, with this reason, and it came.
    Failure(String),
    /// It had, with this reason, and the module did not fail.
    UnexpectedPass(String),
}

/// What became of one module.
#[derive(Clone, Debug)]
pub struct ModuleOutcome {
    /// Which one.
    pub id: ModuleId,
    /// Whether a certificate needs it.
    pub required: bool,
    /// How far it got.
    pub status: ModuleStatus,
    /// The worst result of its conditions.
    pub result: ModuleResult,
    /// Its conditions.
    pub conditions: Vec<ConditionOutcome>,
    /// What was found, errors and warnings.
    pub findings: Vec<Finding>,
    /// What was measured or seen, in short sentences.
    pub notes: Vec<String>,
    /// The exchanges it made.
    pub exchanges: Vec<ExchangeId>,
    /// Response times, where it is about them.
    pub latency: Option<Latency>,
    /// Whether the failure had been announced.
    pub expected: Option<Expected>,
    /// When it began.
    pub began: Timestamp,
    /// Wall time it took.
    pub took: Nanos,
    /// Of which it waited, knowing that it would have to.
    pub waited: Nanos,
}

/// What is known of an endpoint's TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// The version agreed, such as `TLSv1.3`.
    pub version: String,
    /// The cipher suite agreed.
    pub cipher: String,
    /// The SHA-256 of each certificate sent, the endpoint's own first, as lower-case hexadecimal.
    pub chain: Vec<String>,
    /// Why the chain is not trusted, when it is not.
    pub distrust: Option<String>,
}

/// Everything a certification produced.
#[derive(Clone, Debug)]
pub struct CertificationOutcome {
    /// When it began.
    pub began: Timestamp,
    /// Wall time it took.
    pub took: Nanos,
    /// The URL given: what the partner would register.
    pub registered: String,
    /// The URLs that deliveries went to, by callback operation.
    pub endpoints: Vec<(String, String)>,
    /// What is known of its TLS, where it speaks it.
    pub tls: Option<TlsFacts>,
    /// The seed.
    pub seed: u64,
    /// True when it was stopped before its end.
    pub interrupted: bool,
    /// Why nothing could be judged, when that is so.
    pub unusable: Option<String>,
    /// The modules, in the order they were run.
    pub modules: Vec<ModuleOutcome>,
    /// Every exchange, in order of number.
    pub exchanges: Vec<Arc<Exchange>>,
}

/// The verdict over a certification; the exit code follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificationVerdict {
    /// Every required module finished, none failed: a certificate may be issued.
    Certified,
    /// Nothing failed unannounced, but not everything a certificate needs was run or passed.
    Conforms,
    /// A module failed, or one whose failure was announced did not.
    Fails,
    /// A required module was not judged.
    NotJudged,
    /// Stopped before the end.
    Interrupted,
}

impl CertificationOutcome {
    /// The verdict. `complete` is false where modules were left out on request, so that no certificate may come of it.
    #[must_use]
    pub fn verdict(&self, complete: bool) -> CertificationVerdict {
        let fails = |m: &ModuleOutcome| match (&m.expected, m.result) {
            (Some(Expected::Failure(_)), _) => false,
            (Some(Expected::UnexpectedPass(_)), _) => true,
            (None, result) => result == ModuleResult::Failed,
        };
        let unjudged = |m: &ModuleOutcome| m.required && m.result == ModuleResult::Skipped;
        if self.interrupted {
            CertificationVerdict::Interrupted
        } else if self.modules.iter().any(fails) {
            CertificationVerdict::Fails
        } else if self.unusable.is_some() || self.modules.is_empty() || self.modules.iter().any(unjudged) {
            CertificationVerdict::NotJudged
        } else if complete && self.modules.iter().all(|m| m.status == ModuleStatus::Finished && m.expected.is_none()) {
            CertificationVerdict::Certified
        } else {
            CertificationVerdict::Conforms
        }
    }
}

/// One thing that happened during a certification.
#[derive(Clone, Copy, Debug)]
pub enum CertificationEvent<'a> {
    /// It begins with these modules.
    Started {
        /// Modules to be run.
        modules: &'a [ModuleId],
    },
    /// A module begins.
    ModuleStarted {
        /// Which one.
        id: ModuleId,
    },
    /// A module waits for something that takes its time.
    Waiting {
        /// Which one.
        id: ModuleId,
        /// What it waits for.
        what: &'a str,
        /// For how long at most.
        at_most: Nanos,
    },
    /// The endpoint's TLS was looked at.
    TlsSeen {
        /// What is known of it.
        facts: &'a TlsFacts,
    },
    /// An exchange ended; it has not been judged yet.
    Exchanged {
        /// The module that caused it.
        module: ModuleId,
        /// The exchange.
        exchange: &'a Exchange,
    },
    /// A module ended.
    ModuleFinished {
        /// What became of it.
        outcome: &'a ModuleOutcome,
    },
    /// The certification ended or was stopped.
    Finished,
}

/// Listens to a certification.
pub trait CertificationObserver: Send + Sync {
    /// Called in order, before the certification goes on.
    fn observe(&self, event: CertificationEvent<'_>);
}

#[cfg(test)]
mod tests {
    use super::{ModuleId, ModuleResult};
    use std::collections::BTreeSet;

    #[test]
    fn every_row_has_one_module() {
        let rows: BTreeSet<u8> = ModuleId::ALL.iter().map(|m| m.row()).collect();
        assert_eq!(rows, (0..=25).collect());
        assert_eq!(rows.len(), ModuleId::ALL.len());
        for module in ModuleId::ALL {
            assert_eq!(ModuleId::parse(module.key()), Some(*module));
            assert_eq!(module.check().0, format!("endpoint.{}", module.key().replace('-', "_")));
        }
    }

    #[test]
    fn the_worse_result_wins() {
        assert_eq!(ModuleResult::Passed.and(ModuleResult::NotApplicable), ModuleResult::Passed);
        assert_eq!(ModuleResult::Skipped.and(ModuleResult::Warning), ModuleResult::Skipped);
        assert_eq!(ModuleResult::Failed.and(ModuleResult::Skipped), ModuleResult::Failed);
    }
}
