//! Options that several commands have in common, as typed.
//!
//! Mirrors flags and their help. Resolves nothing.

use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How specs are read.
#[derive(Debug, ClapArgs)]
pub(super) struct SpecArgs {
    /// Apply this OpenAPI overlay (repeatable, in this order): to the spec it extends, else to every spec
    #[arg(long, value_name = "FILE")]
    pub(super) overlay: Vec<String>,
    /// Folder that referenced files must lie in; by default the current one, or the spec's own outside of it
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// Fetch documents that are named or referred to by an http or https URL
    #[arg(long)]
    pub(super) allow_remote: bool,
}
