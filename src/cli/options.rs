//! Options that several commands have in common, as typed.
//!
//! Mirrors flags and their help. Resolves nothing.

use clap::{Args as ClapArgs, ValueEnum};
use jiff::{Timestamp, Zoned};
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

impl SpecArgs {
    /// Whether any of it was typed.
    pub(super) fn is_typed(&self) -> bool {
        self.allow_remote || self.root.is_some() || !self.overlay.is_empty()
    }
}

/// The reports that are asked for.
#[derive(Debug, ClapArgs)]
pub(super) struct ReportArgs {
    /// Also write a report: text, html, json, junit, markdown, sarif, ctrf, tap, ... (repeatable); `-` is the standard output
    #[arg(long, value_name = "FORMAT=PATH")]
    pub(super) report: Vec<String>,
    /// Write those reports so that they may be handed on: without bodies, stand-ins for hosts and query values
    #[arg(long)]
    pub(super) share: bool,
}

/// How availability is looked at.
#[derive(Debug, ClapArgs)]
pub(super) struct WindowArgs {
    /// Rehearse: look at availability as if it were this instant now, such as 2026-10-25T22:00:00+01:00
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(super) at: Option<Timestamp>,
}

/// An instant as typed: with an offset, `Z`, or a zone in brackets.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Ok(zoned.timestamp());
    }
    text.parse::<Timestamp>().map_err(|_| {
        format!(
            "`{text}` is no instant such as 2026-10-25T22:00:00+01:00, 2026-10-25T21:00:00Z or 2026-10-25T22:00[Europe/Paris]"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn instants_are_read_with_an_offset_or_a_zone() {
        let shown = |text: &str| instant(text).map(|at| at.to_string());
        assert_eq!(shown("2026-10-25T22:00:00+01:00"), Ok("2026-10-25T21:00:00Z".to_owned()));
        assert_eq!(shown("2026-10-25T22:00[Europe/Paris]"), Ok("2026-10-25T21:00:00Z".to_owned()));
        assert_eq!(shown("2016-12-31T23:59:60Z"), Ok("2016-12-31T23:59:59Z".to_owned()));
        for wrong in ["2026-10-25T22:00:00", "22:00", "tomorrow", ""] {
            assert!(shown(wrong).is_err_and(|why| why.contains(wrong)));
        }
    }
}
