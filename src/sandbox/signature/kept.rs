//! What is kept of a signature, and how it is read back.
//!
//! One row an envelope; its script is that of its contract and is looked up again. What a fault alone remembers is not kept.

use super::{Envelope, Signed, Status, script_of};
use crate::sandbox::faults::Faults;
use crate::sandbox::kept::Row;
use serde::{Deserialize, Serialize};
use std::cell::Cell;

/// An envelope as it is kept.
#[derive(Serialize, Deserialize)]
pub(in crate::sandbox) struct EnvelopeRow {
    partner: Option<String>,
    contract: String,
    created: String,
    expires: String,
    status: String,
    signatories: Vec<(String, String)>,
    done: usize,
}

impl Envelope {
    pub(in crate::sandbox) fn row(&self) -> EnvelopeRow {
        EnvelopeRow {
            partner: self.partner.clone(),
            contract: self.contract.clone(),
            created: self.created.to_string(),
            expires: self.expires.to_string(),
            status: self.status.text().to_owned(),
            signatories: self.signatories.iter().map(|(id, signed)| (id.clone(), signed.text().to_owned())).collect(),
            done: self.done,
        }
    }

    /// The envelope of a row, and its contract.
    ///
    /// # Errors
    /// A fragment that names the row.
    pub(in crate::sandbox) fn restored(row: &Row) -> Result<(String, Self), String> {
        let kept: EnvelopeRow = row.read()?;
        let plan = script_of(&kept.contract, &Faults::default()).map_err(|_| row.unreadable("there is no such contract"))?;
        let status = Status::ALL.iter().find(|s| s.text() == kept.status);
        let mut signatories = Vec::new();
        for (id, signed) in kept.signatories {
            let known = Signed::ALL.iter().find(|s| s.text() == signed);
            signatories.push((id, *known.ok_or_else(|| row.unreadable("a signatory has no known status"))?));
        }
        let envelope = Self {
            id: row.key.clone(),
            partner: kept.partner,
            contract: kept.contract.clone(),
            created: row.instant(&kept.created)?,
            expires: row.instant(&kept.expires)?,
            status: *status.ok_or_else(|| row.unreadable("it has no known status"))?,
            signatories,
            script: plan.script,
            done: kept.done,
            read_final: Cell::new(false),
        };
        Ok((kept.contract, envelope))
    }
}
