//! Whether runs stand on the same ground: what keeps them from being compared, and what is only told beside.
//!
//! Works on fingerprints alone. Never takes the targets into account: that they differ is what a comparison is for.

use crate::record::compare::shape::GroundRecord;
use crate::record::fingerprint::{Difference, Fingerprint, RunKind, Weight};

/// What two sides may differ in: where the request goes, and as whom.
const SUBJECT: [&str; 3] = ["target", "environment", "endpoint"];
/// What a fingerprint only notes, and times hang on all the same where runs were made apart: another machine of a pool has other
/// neighbours, and another kernel or spec is another load.
const STRICT: [&str; 3] = ["host", "kernel", "spec digest"];
/// What no reader of a comparison asks for.
const HIDDEN: [&str; 2] = ["seed", "command"];

/// What keeps two runs from being compared.
#[must_use]
pub fn apart(baseline: &Fingerprint, candidate: &Fingerprint) -> Vec<Difference> {
    let strict = baseline.kind == RunKind::Load;
    let mut differences = baseline.differences(candidate);
    differences.retain(|difference| {
        !SUBJECT.contains(&difference.name.as_str())
            && match difference.weight {
                Weight::Subject => true,
                // Where a case is judged does not change what is found.
                Weight::Machine => strict,
                Weight::Noted => strict && STRICT.contains(&difference.name.as_str()),
            }
    });
    differences
}

/// Everything both stand on, what differs first.
#[must_use]
pub fn grounds(baseline: &Fingerprint, candidate: &Fingerprint) -> Vec<GroundRecord> {
    let told = |side: &Fingerprint, name: &str| side.value(name).filter(|v| !v.is_empty()).unwrap_or("–").to_owned();
    let only_theirs = candidate.parts.iter().filter(|p| !baseline.parts.iter().any(|ours| ours.name == p.name));
    let mut rows: Vec<GroundRecord> = baseline
        .parts
        .iter()
        .chain(only_theirs)
        .filter(|part| !HIDDEN.contains(&part.name.as_str()))
        .map(|part| {
            let (ours, theirs) = (told(baseline, &part.name), told(candidate, &part.name));
            GroundRecord { name: part.name.clone(), same: ours == theirs, baseline: ours, candidate: theirs }
        })
        .filter(|row| !(row.same && row.baseline == "–"))
        .collect();
    // Stable: what is the same, and what is not, stay in their order.
    rows.sort_by_key(|row| row.same);
    rows
}

#[cfg(test)]
mod tests {
    use super::{apart, grounds};
    use crate::record::fingerprint::Fingerprint;
    use crate::record::load::fixture;
    use crate::record::shape::FactRecord;

    #[test]
    fn another_target_is_compared_and_another_machine_is_not() {
        let record = fixture::record(&fixture::passing());
        let mut other = record.clone();
        other.target = "https://staging.example.com".to_owned();
        other.environment = "staging".to_owned();
        let print = Fingerprint::of_load;
        assert_eq!(apart(&print(&record), &print(&other)), []);
        let rows = grounds(&print(&record), &print(&other));
        assert_eq!((rows[0].name.as_str(), rows[0].same, rows[2].same), ("target", false, true), "{rows:?}");
        let fact = |name: &str, value: &str| FactRecord { name: name.to_owned(), value: value.to_owned() };
        other.machine = vec![fact("processors", "64"), fact("kernel", "Linux 6.1.0"), fact("host", "elsewhere")];
        other.documents[2].sha256 = "0".repeat(64);
        let names: Vec<String> = apart(&print(&record), &print(&other)).into_iter().map(|d| d.name).collect();
        assert_eq!(names, ["spec digest", "processors", "host"]);
    }
}
