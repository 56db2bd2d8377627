//! What is kept of the whole state, and how a state is taken up again after the process has ended.
//!
//! Gathers the rows of every part in one list, so that what one request changed can be written as one. Opens no file.

use super::{Due, State};
use crate::sandbox::clock::SandboxClock;
use crate::sandbox::faults::Fault;
use crate::sandbox::kept::{Change, Row, of_kind};
use crate::sandbox::push::Attempt;
use crate::sandbox::signature::Envelope;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What of this state can change.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Due(Timestamp, u64),
    Envelope(String),
}

/// What is kept in one row each, with the value it was last told with.
pub(super) type Singles = BTreeMap<(&'static str, String), Option<String>>;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum DueRow {
    Signature { at: String, signature: String },
    Replay { at: String, partner: String, notification: u64, number: u32 },
}

/// The numbering, which goes on also after a reset.
#[derive(Serialize, Deserialize)]
struct NumberingRow {
    next: u64,
}

impl State {
    /// Takes up what was kept, and from now on tells what changes.
    ///
    /// # Errors
    /// A fragment that names the row that cannot be read.
    pub(in crate::sandbox) fn restore(&mut self, rows: &[Row]) -> Result<(), String> {
        self.marks.switch_on();
        self.singles.get_or_insert_default();
        self.push.restore(rows)?;
        self.pull.restore(rows)?;
        self.tokens.restore(rows)?;
        for row in of_kind(rows, "clock") {
            self.clock = SandboxClock::restored(row.read()?);
        }
        for row in of_kind(rows, "numbering").filter(|row| row.key == "signatures") {
            self.next_signature = row.read::<NumberingRow>()?.next;
        }
        for row in of_kind(rows, "faults") {
            for name in row.read::<Vec<String>>()? {
                let fault = Fault::parse(&name).map_err(|why| row.unreadable(&why))?;
                self.faults.switch(fault, true);
            }
        }
        let mut envelopes = Vec::new();
        for row in of_kind(rows, "envelope") {
            let number = row.key.strip_prefix("SIG-").and_then(|n| n.parse::<u64>().ok());
            envelopes.push((number.ok_or_else(|| row.unreadable("its key bears no number"))?, Envelope::restored(row)?));
        }
        // Where a contract was launched twice, the younger signature is the one that counts.
        envelopes.sort_unstable_by_key(|(number, _)| *number);
        for (_, (contract, envelope)) in envelopes {
            self.launched.insert(contract, envelope.id.clone());
            self.envelopes.insert(envelope.id.clone(), envelope);
        }
        for row in of_kind(rows, "due") {
            let number = row.number()?;
            let (at, due) = match row.read()? {
                DueRow::Signature { at, signature } => (at, Due::Signature(signature)),
                DueRow::Replay { at, partner, notification, number } => (at, Due::Replay { partner, notification, number }),
            };
            self.due.insert((row.instant(&at)?, number), due);
            self.next_due = self.next_due.max(number);
        }
        Ok(())
    }

    /// The attempts that were under way when the process ended, in the order they began.
    pub(in crate::sandbox) fn interrupted(&self) -> Vec<Attempt> {
        self.push.interrupted(&self.faults)
    }

    /// What has changed since the last time; nothing where nothing is kept.
    pub(in crate::sandbox) fn changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        let Some(mut singles) = self.singles.take() else { return changes };
        for single in self.singles() {
            let told = singles.entry((single.kind, single.key.clone())).or_default();
            if *told != single.value {
                told.clone_from(&single.value);
                changes.push(single);
            }
        }
        self.singles = Some(singles);
        for key in self.marks.drain() {
            changes.push(match key {
                Key::Due(at, number) => {
                    Change::of("due", number.to_string(), self.due.get(&(at, number)).map(|due| due_row(at, due)).as_ref())
                }
                Key::Envelope(id) => {
                    let row = self.envelopes.get(&id).map(Envelope::row);
                    Change::of("envelope", id, row.as_ref())
                }
            });
        }
        self.push.changes(&mut changes);
        self.pull.changes(&mut changes);
        self.tokens.changes(&mut changes);
        changes
    }

    fn singles(&self) -> [Change; 5] {
        // What was asked for at the start is asked for anew at the next; kept is what was switched on since.
        let faults: Vec<&str> = self.faults.names().into_iter().filter(|name| !self.given.contains(name)).collect();
        [
            self.push.numbering(),
            self.pull.numbering(),
            Change::of("numbering", "signatures", Some(&NumberingRow { next: self.next_signature })),
            Change::of("clock", "", Some(&self.clock.row())),
            Change::of("faults", "", Some(&faults)),
        ]
    }
}

fn due_row(at: Timestamp, due: &Due) -> DueRow {
    let at = at.to_string();
    match due.clone() {
        Due::Signature(signature) => DueRow::Signature { at, signature },
        Due::Replay { partner, notification, number } => DueRow::Replay { at, partner, notification, number },
    }
}
