//! What is known of a watch when it is begun, as its folder's first file.
//!
//! Written once, whole or not at all. Never changes while the watch goes on, however often that is resumed.

use crate::base::diagnostic::Diagnostic;
use crate::base::units::{Nanos, Share};
use crate::model::availability::DownRule;
use crate::monitor::ledger::Following;
use crate::record::monitor::names::{HEADER, write_durable};
use crate::record::shape::instant;
use crate::record::store::cannot;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What `format` says in the files of a watch's folder.
pub(super) const FORMAT: &str = "proofmark.monitor-store";
/// The version this build writes.
pub(super) const VERSION: u32 = 1;

/// An operation that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The operationId.
    pub name: String,
    /// How often a probe is due.
    pub interval: Nanos,
    /// How long the word of a probe holds at the most, see [`crate::monitor::tracker::reach`].
    pub reach: Nanos,
}

/// What is known of a watch when it is begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The plan's title.
    pub name: String,
    /// The target as a reader would name it, redacted by the store.
    pub target: String,
    /// The environment's name.
    pub environment: String,
    /// When it was begun.
    pub began: Timestamp,
    /// The operations, which probes name by index.
    pub operations: Vec<Watched>,
    /// When they count as down.
    pub rule: DownRule,
    /// The seed.
    pub seed: u64,
    /// The version of the tool that began it.
    pub tool_version: String,
    /// The window as it was stated, as a reader would say it.
    pub window: String,
    /// The version of the time zone database by which the window was read.
    pub zone_database: String,
    /// The command that began it, word by word, redacted by the store; empty where it is not known.
    pub command: Vec<String>,
}

impl Header {
    /// How the operations are followed.
    pub(super) fn following(&self) -> Vec<Following> {
        self.operations.iter().map(|o| Following { rule: self.rule, reach: o.reach }).collect()
    }

    /// Whether what was stored under one can be continued under the other: what decides the states is the same.
    fn continues(&self, stored: &Self) -> bool {
        self.operations == stored.operations && self.rule == stored.rule && self.target == stored.target
    }
}

/// Begins a watch in a folder: writes the header, or finds the one that is there to be of the same watch. Gives the one that holds.
///
/// # Errors
/// When it cannot be read or written, or is of another watch.
pub(super) fn begin(dir: &Path, header: &Header) -> Result<Header, Diagnostic> {
    let path = dir.join(HEADER);
    if !path.exists() {
        let file = HeaderFile::of(header);
        let text = serde_json::to_string_pretty(&file).map_err(|e| cannot("write", &path, &e.into()))?;
        write_durable(&path, &(text + "\n"))?;
        return Ok(header.clone());
    }
    let stored = read(dir)?;
    if !header.continues(&stored) {
        let message = format!("`{}` has another watch, of another target, other operations, intervals or rule", dir.display());
        return Err(
            Diagnostic::error("monitor/other-run", message).hint("give the plan that it was begun with, or another folder")
        );
    }
    Ok(stored)
}

/// The header of the watch in a folder.
///
/// # Errors
/// When it cannot be read, is none, or was written by a newer version.
pub(super) fn read(dir: &Path) -> Result<Header, Diagnostic> {
    let path = dir.join(HEADER);
    let text = std::fs::read_to_string(&path).map_err(|e| cannot("read", &path, &e))?;
    check(&text, &path)?;
    let file: HeaderFile = serde_json::from_str(&text).map_err(|e| damaged(&path, &e.to_string()))?;
    Ok(file.header())
}

/// Refuses a text that is no file of a watch or was written by a newer version.
///
/// # Errors
/// When it is so.
pub(super) fn check(text: &str, path: &Path) -> Result<(), Diagnostic> {
    #[derive(Deserialize)]
    struct Head {
        format: String,
        version: u32,
    }
    let head: Head = serde_json::from_str(text).map_err(|e| damaged(path, &e.to_string()))?;
    if head.format != FORMAT {
        let message = format!("`{}` is a `{}`, not a `{FORMAT}`", path.display(), head.format);
        return Err(Diagnostic::error("record/format", message));
    }
    if head.version > VERSION {
        let message = format!("`{}` has version {}, and this build reads up to version {VERSION}", path.display(), head.version);
        return Err(Diagnostic::error("record/newer", message).hint("use the proofmark that wrote it, or a newer one"));
    }
    Ok(())
}

/// What is said of a file that cannot be what its name says.
pub(super) fn damaged(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::error("record/unreadable", format!("`{}` is damaged: {why}", path.display()))
        .hint("where it cannot be had again, take it away: what it told is then not known")
}

#[derive(Serialize, Deserialize)]
struct HeaderFile {
    format: String,
    version: u32,
    name: String,
    target: String,
    environment: String,
    #[serde(with = "instant")]
    began: Timestamp,
    operations: Vec<OperationLine>,
    rule: RuleLine,
    seed: u64,
    tool_version: String,
    window: String,
    zone_database: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    command: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct OperationLine {
    name: String,
    interval_ns: u64,
    reach_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case")]
enum RuleLine {
    AnyFailed,
    Consecutive {
        failures: u32,
        within_ns: u64,
    },
    /// The share in hundredths of a per cent.
    BadMinutes {
        share: u32,
    },
}

impl HeaderFile {
    fn of(header: &Header) -> Self {
        let operation = |o: &Watched| OperationLine { name: o.name.clone(), interval_ns: o.interval.0, reach_ns: o.reach.0 };
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            name: header.name.clone(),
            target: header.target.clone(),
            environment: header.environment.clone(),
            began: header.began,
            operations: header.operations.iter().map(operation).collect(),
            rule: match header.rule {
                DownRule::AnyFailed => RuleLine::AnyFailed,
                DownRule::Consecutive { failures, within } => RuleLine::Consecutive { failures, within_ns: within.0 },
                DownRule::BadMinutes { share } => RuleLine::BadMinutes { share: share.0 },
            },
            seed: header.seed,
            tool_version: header.tool_version.clone(),
            window: header.window.clone(),
            zone_database: header.zone_database.clone(),
            command: header.command.clone(),
        }
    }

    fn header(self) -> Header {
        let operation = |o: OperationLine| Watched { name: o.name, interval: Nanos(o.interval_ns), reach: Nanos(o.reach_ns) };
        Header {
            name: self.name,
            target: self.target,
            environment: self.environment,
            began: self.began,
            operations: self.operations.into_iter().map(operation).collect(),
            rule: match self.rule {
                RuleLine::AnyFailed => DownRule::AnyFailed,
                RuleLine::Consecutive { failures, within_ns } => DownRule::Consecutive { failures, within: Nanos(within_ns) },
                RuleLine::BadMinutes { share } => DownRule::BadMinutes { share: Share(share) },
            },
            seed: self.seed,
            tool_version: self.tool_version,
            window: self.window,
            zone_database: self.zone_database,
            command: self.command,
        }
    }
}
