//! A trend as one self-contained page.
//!
//! No script, no external address, a strict content-security policy, as every page of this room; its only links lead to the pages of runs
//! in the folder beside it. Never lets a text of others be more than text.

mod chart;
mod page;
mod view;

use crate::record::history::TrendRecord;
use crate::report::html::policy;
use crate::report::visible;
use askama::Template as _;

/// The page's style sheet: that of every report, of charts, and what only trends have.
const STYLE: &str = concat!(
    include_str!("../templates/report.css"),
    include_str!("../templates/certification.css"),
    include_str!("../templates/load.css"),
    include_str!("../templates/trend.css")
);

/// The trend as one HTML page.
///
/// # Panics
/// Never: the page is written to memory.
#[must_use]
pub fn render(record: &TrendRecord) -> String {
    let page = page::Page { view: view::View::of(record), record, policy: policy(STYLE), style: STYLE };
    let html = page.render().expect("written to memory");
    // Over the whole page, so that no field can be forgotten.
    visible::block(&html).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{STYLE, render};
    use crate::record::fingerprint::RunKind;
    use crate::record::fixture::HOSTILE;
    use crate::record::history::fixture;
    use crate::record::history::trend::make;
    use crate::record::history::{RunEntry, TrendRecord};
    use crate::report::html::sound;

    fn all() -> Vec<TrendRecord> {
        let page = |_: &RunEntry| None;
        let kinds = [RunKind::Check, RunKind::Certification, RunKind::Monitor];
        let mut all: Vec<TrendRecord> =
            kinds.into_iter().map(|kind| make(&fixture::mixed(), &fixture::wish(kind, &page))).collect();
        all.push(fixture::trend());
        all
    }

    #[test]
    fn texts_of_others_are_only_text() {
        let mut trend = fixture::trend();
        let evil = format!("\"'><img src=x onerror=alert(1)>{HOSTILE}");
        trend.sentence.clone_from(&evil);
        trend.history.clone_from(&evil);
        let track = &mut trend.tracks[0];
        for text in [&mut track.title, &mut track.target, &mut track.environment, &mut track.fingerprint] {
            text.clone_from(&evil);
        }
        track.apart.push(evil.clone());
        track.parts[0].value = Some(evil.clone());
        for run in &mut track.runs {
            run.page = Some(format!("javascript:{evil}/report.html"));
            run.folder = Some(evil.clone());
            run.verdict.clone_from(&evil);
            run.changed.push(evil.clone());
        }
        for figure in &mut track.figures {
            figure.operation.clone_from(&evil);
            figure.changes.iter_mut().for_each(|change| change.beside.push(evil.clone()));
        }
        let html = render(&trend);
        sound::only_text(&html);
        assert!(!html.contains("href=\"javascript:") && html.contains("href=\"./javascript%3A"), "{html}");
    }

    #[test]
    fn self_contained_under_a_strict_policy() {
        for trend in all() {
            sound::self_contained(&render(&trend), STYLE);
        }
    }

    #[test]
    fn every_link_has_its_target_and_every_element_its_end() {
        for trend in all() {
            sound::whole(&render(&trend));
        }
    }

    #[test]
    fn shows_each_figure_as_a_chart_with_a_table_under_it_changes_marked_and_runs_linked() {
        let trend = fixture::trend();
        let html = render(&trend);
        let figures: usize = trend.tracks.iter().map(|t| t.figures.len()).sum();
        assert_eq!(html.matches("<svg class=\"plotted\"").count(), figures);
        assert_eq!(html.matches("<summary>In figures</summary>").count(), figures);
        let changes: usize = trend.tracks.iter().flat_map(|t| &t.figures).map(|f| f.changes.len()).sum();
        assert_eq!(html.matches("<line class=\"cut ").count(), changes);
        assert!(html.contains("href=\"./2026-11-20T200512Z-load/report.html\""), "{html}");
        assert!(html.contains("kept apart") && html.contains("processor: Example 8000, and Example 9000"), "{html}");
        assert!(html.contains("its generator did not keep up") && html.contains("class=\"left-out\""), "{html}");
        assert!(html.contains("spec digest"), "what else changed there");
    }
}
