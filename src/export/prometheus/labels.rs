//! What a metric is of: operation, phase, what came of a request.
//!
//! Labels of a small closed choice each, except for names out of the plan. Counts nothing.

use crate::model::load::Class;
use prometheus_client::encoding::{EncodeLabel as _, EncodeLabelSet, LabelSetEncoder};
use std::fmt;

/// An operation, in the warm-up or in what is measured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Of {
    pub(super) operation: String,
    pub(super) warmup: bool,
}

impl EncodeLabelSet for Of {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        ("operation", self.operation.as_str()).encode(encoder.encode_label())?;
        ("phase", if self.warmup { "warmup" } else { "measured" }).encode(encoder.encode_label())
    }
}

/// What came of requests: a status class, or an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ended {
    pub(super) of: Of,
    pub(super) class: Class,
}

impl EncodeLabelSet for Ended {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        self.of.encode(encoder)?;
        match self.class {
            Class::Status(class) => ("status", format!("{class}xx")).encode(encoder.encode_label()),
            Class::Error(error) => ("error", error.word()).encode(encoder.encode_label()),
        }
    }
}

/// What became of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Callback {
    Triggered,
    Delivered,
    Lost,
    Duplicate,
    OutOfOrder,
    Unexpected,
    Invalid,
}

impl Callback {
    fn word(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Delivered => "delivered",
            Self::Lost => "lost",
            Self::Duplicate => "duplicate",
            Self::OutOfOrder => "out_of_order",
            Self::Unexpected => "unexpected",
            Self::Invalid => "invalid",
        }
    }
}

/// Deliveries of one callback.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Deliveries {
    pub(super) callback: String,
    pub(super) result: Callback,
}

impl EncodeLabelSet for Deliveries {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        ("callback", self.callback.as_str()).encode(encoder.encode_label())?;
        ("result", self.result.word()).encode(encoder.encode_label())
    }
}

/// The load itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    pub(super) title: String,
    pub(super) target: String,
    pub(super) environment: String,
    pub(super) seed: String,
}

impl EncodeLabelSet for Plan {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        for (name, value) in
            [("title", &self.title), ("target", &self.target), ("environment", &self.environment), ("seed", &self.seed)]
        {
            (name, value.as_str()).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}
