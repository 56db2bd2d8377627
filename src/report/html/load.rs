//! A load as one self-contained page.
//!
//! No external address, a strict content-security policy, as every page of this room. Never lets what a server sent be more
//! than text.

pub(in crate::report::html) mod chart;
mod curves;
pub(in crate::report::html) mod page;
pub(in crate::report::html) mod parts;
mod view;

use crate::record::load::LoadRecord;
use crate::report::html::policy;
use crate::report::visible;
use askama::Template as _;

/// The page's style sheet: that of every report, and what only charts and loads have.
const STYLE: &str = concat!(
    include_str!("../templates/report.css"),
    include_str!("../templates/certification.css"),
    include_str!("../templates/load.css")
);

/// The record as one HTML page.
///
/// # Panics
/// Never: the page is written to memory.
#[must_use]
pub fn render(record: &LoadRecord) -> String {
    let page = page::Page { view: view::View::of(record), record, policy: policy(STYLE), style: STYLE };
    let html = page.render().expect("written to memory");
    // Over the whole page, so that no field can be forgotten.
    visible::block(&html).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{STYLE, render};
    use crate::model::load::LoadOutcome;
    use crate::record::fixture::HOSTILE;
    use crate::record::load::fixture;
    use crate::report::html::sound;

    fn all() -> [LoadOutcome; 6] {
        [
            fixture::passing(),
            fixture::failing(),
            fixture::invalid(),
            fixture::searched(),
            fixture::unusable(),
            fixture::interrupted(),
        ]
    }

    #[test]
    fn what_a_server_sent_is_only_text() {
        let mut outcome = fixture::failing();
        let evil = format!("\"'><img src=x onerror=alert(1)>{HOSTILE}");
        let opening = &mut outcome.opening;
        for text in [&mut opening.title, &mut opening.target, &mut opening.environment, &mut opening.transport] {
            text.clone_from(&evil);
        }
        opening.operations[0].clone_from(&evil);
        opening.stages[1].2.clone_from(&evil);
        opening.scenarios[0].0.clone_from(&evil);
        outcome.slos[0].title.clone_from(&evil);
        outcome.slos[0].actual.clone_from(&evil);
        outcome.callbacks[0].title.clone_from(&evil);
        outcome.health.remarks.push(evil.clone());
        outcome.aborted = Some(evil.clone());
        for failure in &mut outcome.failures {
            failure.operation.clone_from(&evil);
            failure.errors.push(evil.clone());
            failure.exchange.request.url.push_str(&evil);
            if let Ok(response) = &mut failure.exchange.result {
                response.headers.push(evil.clone(), evil.clone());
                response.body = evil.clone().into();
            }
        }
        let html = render(&fixture::record(&outcome));
        sound::only_text(&html);
    }

    #[test]
    fn self_contained_under_a_strict_policy() {
        for outcome in all() {
            sound::self_contained(&render(&fixture::record(&outcome)), STYLE);
        }
    }

    #[test]
    fn every_link_has_its_target_and_every_element_its_end() {
        for outcome in all() {
            sound::whole(&render(&fixture::record(&outcome)));
        }
    }

    #[test]
    fn says_first_whether_the_measurement_is_one_of_the_target() {
        let html = render(&fixture::record(&fixture::invalid()));
        let place = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text} is not there"));
        let validity = place("the generator did not keep up, so this is not the target&#39;s");
        let verdict = place("<h1>invalid: the generator could have held 140/s, and was asked for more</h1>");
        assert!(validity < verdict && verdict < place("<h2>What spoiled the measurement</h2>"), "{html}");
        assert!(place("id=\"faults\"") < place("id=\"slos\"") && !html.contains(">PASS<"), "{html}");
    }

    #[test]
    fn shows_what_the_record_says() {
        let html = render(&fixture::record(&fixture::failing()));
        for part in [
            "validated 1,612 of 1,612 received: exact",
            "-348.25%",
            ">warm-up</text>",
            ">200/s, second shift</text>",
            ">99.9%</text>",
            "no answer in time<span class=\"quiet\"> × 1",
            "createSignature -&#62; registerCallback.notification",
            "1,234 further ones",
            "$TOKEN",
            "<mark>",
        ] {
            assert!(html.contains(part), "{part}");
        }
        // Over all operations, and each of them; throughput, response time, errors, lag, processor, concurrency; a callback's latency.
        assert_eq!(html.matches("<svg class=\"plotted\"").count(), 3 + 6 + 1);
        assert_eq!(html.matches("<figure class=\"chart plot\">").count(), 3 + 6 + 1);
        let searched = render(&fixture::record(&fixture::searched()));
        assert!(searched.contains("<circle class=\"bad\"") && searched.contains("no longer at 850/s"), "{searched}");
    }
}
