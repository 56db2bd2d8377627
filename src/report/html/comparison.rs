//! A comparison as one self-contained page.
//!
//! No external address, a strict content-security policy, as every page of this room. Never lets what a server sent be more
//! than text.

mod forest;
mod page;
mod view;

use crate::record::compare::ComparisonRecord;
use crate::report::html::policy;
use crate::report::visible;
use askama::Template as _;

/// The page's style sheet: that of every report, of charts, and what only comparisons have.
const STYLE: &str = concat!(
    include_str!("../templates/report.css"),
    include_str!("../templates/certification.css"),
    include_str!("../templates/load.css"),
    include_str!("../templates/comparison.css")
);

/// The record as one HTML page.
///
/// # Panics
/// Never: the page is written to memory.
#[must_use]
pub fn render(record: &ComparisonRecord) -> String {
    let page = page::Page { view: view::View::of(record), record, policy: policy(STYLE), style: STYLE };
    let html = page.render().expect("written to memory");
    // Over the whole page, so that no field can be forgotten.
    visible::block(&html).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{STYLE, render};
    use crate::record::compare::ComparisonRecord;
    use crate::record::compare::fixture;
    use crate::record::fixture::HOSTILE;
    use crate::report::html::sound;

    fn all() -> [ComparisonRecord; 6] {
        [fixture::regressed(), fixture::alike(), fixture::open(), fixture::single(), fixture::broken(), fixture::mended()]
    }

    #[test]
    fn what_a_server_sent_is_only_text() {
        let evil = format!("\"'><img src=x onerror=alert(1)>{HOSTILE}");
        let mut loads = fixture::regressed();
        for text in [&mut loads.title, &mut loads.sentence, &mut loads.baseline.target, &mut loads.candidate.target] {
            text.clone_from(&evil);
        }
        loads.grounds[0].baseline.clone_from(&evil);
        loads.unsaid.push(evil.clone());
        for run in &mut loads.candidate.runs {
            run.path.clone_from(&evil);
            run.left_out = Some(evil.clone());
        }
        for operation in &mut loads.load.as_mut().expect("loads").operations {
            operation.operation.clone_from(&evil);
        }
        let mut suites = fixture::broken();
        let conformance = suites.conformance.as_mut().expect("findings");
        conformance.cases_added.push(evil.clone());
        for found in &mut conformance.findings {
            for text in [&mut found.message, &mut found.title, &mut found.case, &mut found.check] {
                text.clone_from(&evil);
            }
        }
        sound::only_text(&render(&loads));
        sound::only_text(&render(&suites));
    }

    #[test]
    fn self_contained_under_a_strict_policy() {
        for record in all() {
            sound::self_contained(&render(&record), STYLE);
        }
    }

    #[test]
    fn every_link_has_its_target_and_every_element_its_end() {
        for record in all() {
            sound::whole(&render(&record));
        }
    }

    #[test]
    fn says_the_verdict_first_and_shows_each_effect_with_its_interval() {
        let html = render(&fixture::regressed());
        let place = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text} is not there: {html}"));
        assert!(place("<h1>regressed: p50 of createSignature") < place("<h2>Effects</h2>"));
        assert!(place("<h2>Effects</h2>") < place("<h2>Percentiles</h2>") && place("id=\"order\"") < place("id=\"ground\""));
        // Two operations and both together: effects, curves, and the median of the two in order.
        assert_eq!(html.matches("<svg class=\"forest\"").count(), 3);
        assert_eq!(html.matches("<svg class=\"plotted\"").count(), 3 + 2);
        assert!(html.contains("four times in five") && html.contains("http://127.0.0.1:8081"), "{html}");
        let open = render(&fixture::open());
        assert!(open.contains("id=\"unsaid\"") && open.contains("no valid run of the candidate in 3 tries"), "{open}");
        let broken = render(&fixture::broken());
        assert!(broken.contains("<h2>Findings</h2>") && !broken.contains("<h2>Effects</h2>"), "{broken}");
    }
}
