//! The record as one self-contained page.
//!
//! No external address, a strict content-security policy; readable in light and dark, on paper and on a narrow screen. All of it is
//! there without the script, which sorts, filters, zooms and copies. Never lets what a server sent be more than text.

mod calls;
mod cases;
pub mod certification;
pub mod comparison;
mod found;
mod kept;
mod lifecycle;
pub mod load;
mod message;
pub mod monitor;
mod page;
mod parts;
mod prose;
mod requirements;
#[cfg(test)]
mod sound;
mod svg;
pub mod trend;
mod view;

use crate::record::RunRecord;
use crate::report::visible;
use askama::Template as _;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The page's style sheet.
const STYLE: &str = include_str!("templates/report.css");

/// The script of every page; it and the style sheet are the only active content that the policy allows.
const SCRIPT: &str = concat!(
    include_str!("templates/items.js"),
    include_str!("templates/time.js"),
    include_str!("templates/tables.js"),
    include_str!("templates/copy.js")
);

/// The record as one HTML page.
///
/// # Panics
/// Never: the page is written to memory.
#[must_use]
pub fn render(record: &RunRecord) -> String {
    let page = page::Page { view: view::Run::of(record), record, policy: policy(STYLE), style: STYLE };
    let html = page.render().expect("written to memory");
    // Over the whole page, so that no field can be forgotten.
    visible::block(&html).into_owned()
}

/// Nothing is loaded; the style sheet and the script are named by their digests.
fn policy(style: &str) -> String {
    format!("{}; script-src {}", still(style), hashed(SCRIPT))
}

/// Nothing is loaded and nothing runs.
pub(in crate::report) fn still(style: &str) -> String {
    format!("default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'", hashed(style))
}

fn hashed(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::{STYLE, render};
    use crate::base::pointer::Pointer;
    use crate::record::fixture;
    use crate::report::html::sound;

    #[test]
    fn what_a_server_sent_is_only_text() {
        let mut outcome = fixture::failing();
        let evil = format!("\"'><img src=x onerror=alert(1)>{}", fixture::HOSTILE);
        outcome.target.clone_from(&evil);
        for case in &mut outcome.cases {
            case.title.clone_from(&evil);
            case.id.push_str(&evil);
            case.suite.clone_from(&evil);
            for step in &mut case.steps {
                step.reason = Some(evil.clone());
                for finding in &mut step.findings {
                    finding.actual.clone_from(&evil);
                    finding.instance = Some(Pointer::from_escaped(evil.clone()));
                }
            }
        }
        for exchange in &mut outcome.exchanges {
            exchange.operation = Some(evil.clone());
            exchange.request.url.push_str(&evil);
            if let Ok(response) = &mut exchange.result {
                response.headers.push(evil.clone(), evil.clone());
                response.body = evil.clone().into();
            }
        }
        let html = render(&fixture::record(&outcome));
        sound::only_text(&html);
    }

    #[test]
    fn self_contained_under_a_strict_policy() {
        sound::self_contained(&render(&fixture::record(&fixture::failing())), STYLE);
    }

    #[test]
    fn every_link_has_its_target_and_every_element_its_end() {
        for outcome in [fixture::failing(), fixture::passing(), fixture::unusable(), fixture::skipping()] {
            sound::whole(&render(&fixture::record(&outcome)));
        }
    }

    #[test]
    fn messages_are_shown_where_something_was_found_and_rows_of_a_case_together() {
        let mut outcome = fixture::passing();
        for row in ["a", "b"] {
            let mut case = outcome.cases[0].clone();
            case.title = format!("told apart ({row})");
            case.id = format!("laas-contract-signature/told-apart[{row}]");
            outcome.cases.push(case);
        }
        let html = render(&fixture::record(&outcome));
        let html = html.split("<section id=\"cases\">").nth(1).expect("the cases");
        assert_eq!((html.matches("told apart").count(), html.matches("<th colspan=\"3\">").count()), (1, 2), "{html}");
        assert!(!html.contains("class=\"exchange\"") && html.contains("<td>201</td><td>10ms</td>"), "{html}");
        let html = render(&fixture::record(&fixture::failing()));
        for id in ["x3", "x4", "x5", "x6"] {
            assert!(html.contains(&format!("<details class=\"exchange\" id=\"{id}\"")), "{id}");
        }
        assert_eq!(html.matches("class=\"exchange\"").count(), 4, "{html}");
    }

    #[test]
    fn says_the_verdict_first_and_what_is_missing() {
        let html = render(&fixture::record(&fixture::failing()));
        let verdict = html.find("does not conform: 3 findings in 2 cases").expect("the verdict");
        assert!(html.find("<h2").is_some_and(|heading| verdict < heading));
        for part in ["createSignature 400", "envelope SIGNATURE_ONGOING -&#62; SIGNATURE_COMPLETE", "<mark>", "$TOKEN", "66.66%"]
        {
            assert!(html.contains(part), "{part}");
        }
    }
}
