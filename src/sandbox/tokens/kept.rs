//! What is kept of access tokens, so that a client need not fetch a new one, and how it is read back.
//!
//! Rows and nothing else. Clients and their secrets are configuration and never kept.

use super::{Grant, Tokens};
use crate::sandbox::kept::{Change, Row, of_kind};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct TokenRow {
    client: String,
    partner: Option<String>,
    scopes: Vec<String>,
    expires: String,
}

impl Tokens {
    /// Tells what has changed since the last time.
    pub(in crate::sandbox) fn changes(&mut self, changes: &mut Vec<Change>) {
        for token in self.marks.drain() {
            let row = self.issued.get(&token).map(|grant| TokenRow {
                client: grant.client.clone(),
                partner: grant.partner.clone(),
                scopes: grant.scopes.clone(),
                expires: grant.expires.to_string(),
            });
            changes.push(Change::of("token", token, row.as_ref()));
        }
    }

    /// Takes up what was kept.
    ///
    /// # Errors
    /// A fragment that names the row that cannot be read.
    pub(in crate::sandbox) fn restore(&mut self, rows: &[Row]) -> Result<(), String> {
        self.marks.switch_on();
        for row in of_kind(rows, "token") {
            let TokenRow { client, partner, scopes, expires } = row.read()?;
            let grant = Grant { client, partner, scopes, expires: row.instant(&expires)? };
            self.issued.insert(row.key.clone(), grant);
        }
        Ok(())
    }
}
