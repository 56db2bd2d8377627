//! A certification as one self-contained page.
//!
//! No external address, a strict content-security policy, as every page of this room. Never lets what an endpoint sent be more
//! than text.

mod chart;
mod page;
mod view;

use crate::record::certification::CertificationRecord;
use crate::report::html::policy;
use crate::report::visible;
use askama::Template as _;

/// The page's style sheet: that of every report, and what only a certification has.
const STYLE: &str = concat!(include_str!("../templates/report.css"), include_str!("../templates/certification.css"));

/// The record as one HTML page.
///
/// # Panics
/// Never: the page is written to memory.
#[must_use]
pub fn render(record: &CertificationRecord) -> String {
    let page = page::Page { view: view::View::of(record), record, policy: policy(STYLE), style: STYLE };
    let html = page.render().expect("written to memory");
    // Over the whole page, so that no field can be forgotten.
    visible::block(&html).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{STYLE, render};
    use crate::record::certification::fixture;
    use crate::record::fixture::HOSTILE;
    use crate::report::html::sound;

    #[test]
    fn what_an_endpoint_sent_is_only_text() {
        let mut outcome = fixture::failing();
        let evil = format!("\"'><img src=x onerror=alert(1)>{HOSTILE}");
        outcome.registered.clone_from(&evil);
        for module in &mut outcome.modules {
            module.notes.push(evil.clone());
            for condition in &mut module.conditions {
                condition.title.clone_from(&evil);
                condition.reason = Some(evil.clone());
                condition.requirement.source.clone_from(&evil);
            }
            for finding in &mut module.findings {
                finding.message.clone_from(&evil);
                finding.actual.clone_from(&evil);
            }
        }
        let mut facts = fixture::facts();
        facts.profile.title.clone_from(&evil);
        facts.spec.title.clone_from(&evil);
        let record = crate::record::certification::make(&outcome, &crate::model::redact::Redactor::default(), &facts);
        let html = render(&record);
        sound::only_text(&html);
    }

    #[test]
    fn self_contained_under_a_strict_policy() {
        sound::self_contained(&render(&fixture::record(&fixture::failing())), STYLE);
    }

    #[test]
    fn every_link_has_its_target_and_every_element_its_end() {
        for outcome in [
            fixture::failing(),
            fixture::passing(),
            fixture::certifiable(),
            fixture::unusable(),
            fixture::unjudged(),
            fixture::interrupted(),
        ] {
            sound::whole(&render(&fixture::record(&outcome)));
        }
    }

    #[test]
    fn says_the_verdict_first_then_every_requirement_with_its_source() {
        let record = fixture::record(&fixture::failing());
        let html = render(&record);
        let verdict = html.find("<h1>the endpoint keeps 6 of 11 requirements, with 1 warning</h1>").expect("the verdict");
        assert!(html.find("<h2").is_some_and(|heading| verdict < heading));
        for condition in record.modules.iter().flat_map(|m| &m.conditions) {
            assert!(html.contains(&condition.requirement.id) && html.contains(&condition.requirement.source), "{condition:?}");
        }
        for part in
            ["$TOKEN", "<mark>", "HTTP cannot show it", "failed as announced", "the gateway answers OPTIONS itself", "143ms"]
        {
            assert!(html.contains(part), "{part}");
        }
    }
}
