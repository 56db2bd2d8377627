//! Reads what is left of a record's file that ends in the middle, or is damaged there.
//!
//! Keeps whole items alone, up to where the text stops to be JSON. What is left is never a success: nobody knows what was lost.

use crate::record::certification::words;
use crate::record::certification::{CertificationRecord, shape::CertificationResult};
use crate::record::figures;
use crate::record::shape::{RunRecord, RunResult};
use serde_json::{Value, json};

/// What is left of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The record, as far as it goes.
    pub value: Value,
    /// Where it stops, in bytes.
    pub at: usize,
}

/// What is left of a record's text; `None` where nothing is, or where the text is whole.
#[must_use]
pub fn rest(text: &str) -> Option<Rest> {
    let fault = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let before: usize = text.split_inclusive('\n').take(fault.line().saturating_sub(1)).map(str::len).sum();
    let end = (before + fault.column()).min(text.len());
    let (at, closing) = last_item(&text.as_bytes()[..end])?;
    let value = serde_json::from_str(&format!("{}{closing}", &text[..at])).ok()?;
    Some(Rest { value, at })
}

/// Where the last whole member of the record, or item of one of its lists, ends, and what closes the text there.
fn last_item(bytes: &[u8]) -> Option<(usize, String)> {
    const DEEPEST: usize = 2;
    let (mut open, mut last, mut at): (Vec<u8>, _, _) = (Vec::new(), None, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => {
                open.pop();
            }
            b',' if open.len() <= DEEPEST && !open.is_empty() => {
                last = Some((at, open.iter().rev().map(|b| char::from(*b)).collect()));
            }
            _ => {}
        }
        at += 1;
    }
    last
}

/// The run that is left; `None` where too little is.
#[must_use]
pub fn run(rest: Rest) -> Option<RunRecord> {
    let mut record: RunRecord = serde_json::from_value(rest.value).ok()?;
    record.notes.push(format!("it had said: {}", record.sentence));
    record.planned = Some(record.planned.unwrap_or(record.totals.cases).max(record.cases.len()));
    record.interrupted = true;
    record.verdict = RunResult::Interrupted;
    figures::compute(&mut record);
    Some(record)
}

/// The certification that is left; `None` where too little is.
#[must_use]
pub fn certification(mut rest: Rest) -> Option<CertificationRecord> {
    for list in ["modules", "exchanges"] {
        if rest.value[list].is_null() {
            rest.value[list] = json!([]);
        }
    }
    let mut record: CertificationRecord = serde_json::from_value(rest.value).ok()?;
    record.notes.push(format!("it had said: {}", record.sentence));
    record.interrupted = true;
    record.verdict = CertificationResult::Interrupted;
    words::complete(&mut record);
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::{certification, rest, run};
    use crate::record::certification::{fixture as certifications, store as certified};
    use crate::record::shape::RunResult;
    use crate::record::{fixture, store};

    #[test]
    fn a_run_that_is_cut_anywhere_behind_its_head_is_kept_up_to_there_and_never_conforms() {
        let record = fixture::record(&fixture::passing());
        let text = store::json(&record);
        assert_eq!(rest(&text), None);
        let head = text.find("\n\"cases\":").expect("cases");
        let mut kept = 0;
        for cut in (head..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let left = run(rest(&text[..cut]).expect("something is left")).expect("a run");
            assert_eq!((left.verdict, left.planned), (RunResult::Interrupted, Some(record.cases.len())), "cut at {cut}");
            assert!(left.cases.len() >= kept && left.cases.iter().zip(&record.cases).all(|(a, b)| a == b), "cut at {cut}");
            kept = left.cases.len();
        }
        assert_eq!(kept, record.cases.len());
        for cut in 0..40 {
            assert!(rest(&text[..cut]).and_then(run).is_none(), "cut at {cut}");
        }
    }

    #[test]
    fn a_byte_that_is_wrong_takes_what_follows_with_it() {
        let record = fixture::record(&fixture::failing());
        let text = store::json(&record);
        let second = text.match_indices("\n{\"id\":").nth(1).expect("a second item").0;
        let damaged = format!("{}#{}", &text[..second + 1], &text[second + 2..]);
        let left = run(rest(&damaged).expect("something is left")).expect("a run");
        assert_eq!((left.cases.len(), left.exchanges.len()), (1, 0));
    }

    #[test]
    fn a_certification_that_is_cut_is_kept_up_to_there() {
        let record = certifications::record(&certifications::passing());
        let text = certified::file(&record);
        let end = text.rfind("{\"row\":").expect("a module");
        let left = certification(rest(&text[..end + 20]).expect("something is left")).expect("a certification");
        assert_eq!((left.modules.len(), left.interrupted), (record.modules.len() - 1, true));
    }
}
