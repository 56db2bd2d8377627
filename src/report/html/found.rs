//! Every finding in one table: the first ones as rows, the others as data for the script to page through.
//!
//! Bounded in what is laid out, whole in what is there. Never shows a message in full.

use crate::record::RunRecord;
use crate::record::shape::{CaseRecord, FindingRecord, Level};
use crate::report::html::cases::Shown;
use crate::report::html::view::brief;
use crate::report::visible;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

/// Findings from which on a table is of use: a few are read by their causes.
const FEW: usize = 10;
/// Rows that are there without the script.
const ROWS: usize = 100;

/// The table.
pub(super) struct AllFound<'a> {
    pub(super) rows: Vec<FoundRow<'a>>,
    pub(super) total: usize,
    /// The rows that are left, as JSON that ends no element.
    pub(super) rest: Option<String>,
}

/// A finding in a row.
pub(super) struct FoundRow<'a> {
    pub(super) finding: &'a FindingRecord,
    pub(super) case: &'a str,
    pub(super) received: Cow<'a, str>,
    pub(super) linked: bool,
}

impl<'a> AllFound<'a> {
    /// `None` where there are few.
    pub(super) fn of(record: &'a RunRecord, shown: &Shown<'a>) -> Option<Self> {
        let all = || record.cases.iter().flat_map(|case| case.findings().map(move |finding| (case, finding)));
        let total = all().count();
        let row = |(case, finding): (&'a CaseRecord, &'a FindingRecord)| FoundRow {
            finding,
            case: &case.title,
            received: brief(&finding.actual),
            linked: shown.findings.contains(finding.id.as_str()),
        };
        (total > FEW).then(|| AllFound {
            rows: all().take(ROWS).map(row).collect(),
            total,
            rest: (total > ROWS).then(|| rest(all().skip(ROWS))),
        })
    }
}

/// `{"texts": [..], "rows": [[id, level, ..]]}`: a number stands for a text of the list.
fn rest<'a>(all: impl Iterator<Item = (&'a CaseRecord, &'a FindingRecord)>) -> String {
    let mut texts = Texts::default();
    let mut rows = String::new();
    for (case, finding) in all {
        let cells = [
            texts.of(finding.level.word()),
            texts.of(&finding.message),
            texts.of(&finding.check),
            texts.of(finding.operation.as_deref().unwrap_or_default()),
            texts.of(&case.title),
            texts.of(finding.instance.as_deref().unwrap_or_default()),
            texts.of(&brief(&finding.actual)),
        ];
        let separator = if rows.is_empty() { "" } else { ",\n" };
        let _ = write!(rows, "{separator}[{}", quoted(&finding.id));
        cells.iter().for_each(|cell| {
            let _ = write!(rows, ",{cell}");
        });
        rows.push(']');
    }
    format!("{{\"texts\":[{}],\n\"rows\":[{rows}]}}", texts.list)
}

/// Texts that are told once.
#[derive(Default)]
struct Texts {
    known: HashMap<String, usize>,
    list: String,
}

impl Texts {
    fn of(&mut self, text: &str) -> usize {
        if let Some(number) = self.known.get(text) {
            return *number;
        }
        let number = self.known.len();
        if number > 0 {
            self.list.push(',');
        }
        self.list.push_str(&quoted(text));
        self.known.insert(text.to_owned(), number);
        number
    }
}

/// A JSON string without a character that acts, or that begins an element.
fn quoted(text: &str) -> String {
    serde_json::Value::from(visible::block(text).as_ref()).to_string().replace('<', "\\u003c")
}

impl FoundRow<'_> {
    /// The class of its level's colour.
    pub(super) fn tone(&self) -> &'static str {
        match self.finding.level {
            Level::Error => "bad",
            Level::Warning => "open",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AllFound, quoted};
    use crate::record::fixture;
    use crate::report::html::cases::Builder;
    use serde_json::Value;

    #[test]
    fn all_are_there_as_rows_or_as_data() {
        let mut record = fixture::record(&fixture::failing());
        let finding = record.cases[1].steps[0].findings[0].clone();
        assert!(AllFound::of(&record, &Builder::of(&record).shown()).is_none());
        record.cases[1].steps[0].findings = (0..500)
            .map(|n| {
                let mut finding = finding.clone();
                finding.id = format!("f{n}");
                finding.actual = format!("</script>{}", n % 3);
                finding
            })
            .collect();
        let table = AllFound::of(&record, &Builder::of(&record).shown()).expect("a table");
        let rest = table.rest.expect("data");
        assert!(!rest.contains('<'), "{rest}");
        let data: Value = serde_json::from_str(&rest).expect("JSON");
        let (rows, texts) = (data["rows"].as_array().expect("rows"), data["texts"].as_array().expect("texts"));
        assert_eq!((table.rows.len() + rows.len(), table.total), (503, 503));
        assert!(texts.len() < 30 && texts.iter().any(|t| t == "</script>2"), "{texts:?}");
        assert_eq!((rows[0][0].as_str(), rows[0].as_array().map(Vec::len)), (Some("f100"), Some(8)));
    }

    #[test]
    fn what_would_act_is_told_before_it_is_quoted() {
        assert_eq!(quoted("a\u{202e}\"<b"), "\"a\\\\u{202e}\\\"\\u003cb\"");
    }
}
