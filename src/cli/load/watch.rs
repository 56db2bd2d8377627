//! Which way a load is shown while it runs: a dashboard, lines, or not at all.
//!
//! Decides and hands on. Shows nothing itself.

use crate::cli::load::dashboard::Dashboard;
use crate::cli::load::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::model::load::{LoadEvent, LoadObserver};
use tokio_util::sync::CancellationToken;

/// Shows a load while it runs.
pub(super) enum Watch {
    /// In lines, or not at all where it is to be quiet.
    Lines(Progress),
    /// On a screen of its own.
    Dashboard(Box<Dashboard>),
}

impl Watch {
    /// What suits the terminal and what was asked for. A key on the dashboard cancels `stop`.
    pub(super) fn new(terminal: &Terminal, plain: bool, quiet: bool, stop: &CancellationToken) -> Self {
        // A terminal that cannot move its cursor gets whole lines.
        let able = terminal.shows_progress() && std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
        if able && !plain && !quiet {
            Self::Dashboard(Box::new(Dashboard::new(terminal.error_color(), stop.clone())))
        } else {
            Self::Lines(Progress::new(able, quiet))
        }
    }

    /// Takes away what is not to stay.
    pub(super) fn close(&self) {
        match self {
            Self::Lines(lines) => lines.clear(),
            Self::Dashboard(dashboard) => dashboard.close(),
        }
    }
}

impl LoadObserver for Watch {
    fn observe(&self, event: LoadEvent<'_>) {
        match self {
            Self::Lines(lines) => lines.observe(event),
            Self::Dashboard(dashboard) => dashboard.observe(event),
        }
    }
}
