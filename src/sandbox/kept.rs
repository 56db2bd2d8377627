//! What of the state is kept over the end of the process: rows by kind and key, and the marks of those that have changed.
//!
//! Pure: the state marks what it changes and tells the rows, the store writes them. Knows no file, and marks nothing where nothing
//! is kept.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// Something kept, as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) key: String,
    /// JSON.
    pub(super) value: String,
}

/// A row that is to be written (`Some`) or dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) kind: &'static str,
    pub(super) key: String,
    pub(super) value: Option<String>,
}

impl Change {
    /// The row of that kind and key as it now is; without a value it is dropped.
    pub(super) fn of<T: Serialize>(kind: &'static str, key: impl Into<String>, value: Option<&T>) -> Self {
        // The shapes kept are structs of texts and numbers, which always become JSON.
        let value = value.map(|value| serde_json::to_string(value).unwrap_or_default());
        Self { kind, key: key.into(), value }
    }
}

impl Row {
    /// Its value, read.
    ///
    /// # Errors
    /// A fragment that names the row.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_str(&self.value).map_err(|error| self.unreadable(&error.to_string()))
    }

    /// An instant among its members.
    pub(super) fn instant(&self, text: &str) -> Result<Timestamp, String> {
        text.parse().map_err(|_| self.unreadable(&format!("`{text}` is no instant")))
    }

    /// Its key as a number.
    pub(super) fn number(&self) -> Result<u64, String> {
        self.key.parse().map_err(|_| self.unreadable("its key is no number"))
    }

    /// The message of a row that cannot be read.
    pub(super) fn unreadable(&self, why: &str) -> String {
        format!("the {} `{}` cannot be read: {why}", self.kind, self.key)
    }
}

/// The rows of one kind.
pub(super) fn of_kind<'a>(rows: &'a [Row], kind: &'static str) -> impl Iterator<Item = &'a Row> {
    rows.iter().filter(move |row| row.kind == kind)
}

/// Keys of what has changed; until it is switched on it holds nothing and costs nothing.
#[derive(Debug)]
pub(super) struct Marks<K>(Option<BTreeSet<K>>);

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Ord> Marks<K> {
    /// Begins to hold.
    pub(super) fn switch_on(&mut self) {
        self.0.get_or_insert_default();
    }

    pub(super) fn mark(&mut self, key: impl FnOnce() -> K) {
        if let Some(marked) = &mut self.0 {
            marked.insert(key());
        }
    }

    pub(super) fn mark_all(&mut self, keys: impl IntoIterator<Item = K>) {
        if let Some(marked) = &mut self.0 {
            marked.extend(keys);
        }
    }

    /// What was marked since the last time, in order.
    pub(super) fn drain(&mut self) -> BTreeSet<K> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
