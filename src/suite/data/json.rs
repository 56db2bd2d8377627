//! Reads rows of JSON lines: one object a line, all with the same members.
//!
//! Values keep their types. Lines of nothing but spaces are no rows.

use crate::base::distance::did_you_mean;
use crate::suite::data::Table;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

pub(super) fn read(table: &mut Table) {
    let source = Arc::clone(&table.source);
    let mut next = 0;
    for line in source.text().split_inclusive('\n') {
        let (start, end) = (next, next + line.trim_end_matches(['\n', '\r']).len());
        next += line.len();
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() {
            continue;
        }
        if !table.count(start, end) {
            return;
        }
        row(table, line, start, end);
    }
}

fn row(table: &mut Table, line: &str, start: usize, end: usize) {
    let mut reader = serde_json::Deserializer::from_str(line);
    let members = reader.deserialize_any(Members).and_then(|members| reader.end().map(|()| members));
    let mut members = match members {
        Ok(members) => members,
        Err(error) => {
            let hint = "each line is a whole object: {\"id\": \"a-1\", \"quantity\": 2}".to_owned();
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            return table.fault("data/json", start, end, format!("this line is no JSON object: {reason}"), Some(hint));
        }
    };
    if let Some(twice) = members.iter().enumerate().find(|(i, (name, _))| members[..*i].iter().any(|(n, _)| n == name)) {
        let message = format!("`{}` is written twice in this row", twice.1.0);
        return table.fault("data/column", start, end, message, None);
    }
    if table.columns.is_empty() {
        if members.is_empty() {
            return table.fault("data/column", start, end, "a row without any value", None);
        }
        table.columns = members.iter().map(|(name, _)| name.clone()).collect();
    }
    let columns = std::mem::take(&mut table.columns);
    if let Some((name, _)) = members.iter().find(|(name, _)| !columns.contains(name)) {
        let hint = did_you_mean(name, columns.iter().map(String::as_str));
        table.fault("data/ragged", start, end, format!("the first row has no `{name}`"), hint);
    } else if let Some(name) = columns.iter().find(|column| !members.iter().any(|(name, _)| name == *column)) {
        table.fault("data/ragged", start, end, format!("this row has no `{name}`, which the first row has"), None);
    } else {
        members.sort_by_key(|(name, _)| columns.iter().position(|column| column == name));
        table.values.extend(members.into_iter().map(|(_, value)| value));
    }
    table.columns = columns;
}

/// The members of an object as they are written: a map would hide a name that is written twice.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
