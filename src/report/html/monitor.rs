//! A watch as one self-contained page.
//!
//! No external address, a strict content-security policy, as every page of this room. Never lets what a server sent be more
//! than text.

mod bar;
mod calendar;
mod page;
mod parts;
mod view;

use crate::record::monitor::MonitorRecord;
use crate::report::html::policy;
use crate::report::visible;
use askama::Template as _;

/// The page's style sheet: that of every report and of the tables of loads, and what only watches have.
const STYLE: &str = concat!(
    include_str!("../templates/report.css"),
    include_str!("../templates/certification.css"),
    include_str!("../templates/load.css"),
    include_str!("../templates/monitor.css")
);

/// The record as one HTML page.
///
/// # Panics
/// Never: the page is written to memory.
#[must_use]
pub fn render(record: &MonitorRecord) -> String {
    let page = page::Page { view: view::View::of(record), record, policy: policy(STYLE), style: STYLE };
    let html = page.render().expect("written to memory");
    // Over the whole page, so that no field can be forgotten.
    visible::block(&html).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{STYLE, render};
    use crate::record::fixture::HOSTILE;
    use crate::record::monitor::{MonitorRecord, fixture};
    use crate::report::html::sound;
    use crate::report::monitor::fixture::{hostile, long, quarter};

    fn all() -> [MonitorRecord; 5] {
        [fixture::failing(), fixture::empty(), quarter(), long(1, &["listPets"]), long(15, &["listPets", "showPet"])]
    }

    #[test]
    fn what_a_server_sent_is_only_text() {
        let html = render(&hostile(&format!("\"'><img src=x onerror=alert(1)>{HOSTILE}")));
        sound::only_text(&html);
    }

    #[test]
    fn self_contained_under_a_strict_policy() {
        all().iter().for_each(|record| sound::self_contained(&render(record), STYLE));
    }

    #[test]
    fn every_link_has_its_target_and_every_element_its_end() {
        all().iter().for_each(|record| sound::whole(&render(record)));
    }

    #[test]
    fn shows_what_the_record_says() {
        let html = render(&fixture::failing());
        for part in [
            "<h1>2 of 3 targets are missed: all operations available for at least 99.9% of the run, and it was at most 97.5%</h1>",
            "<b>97.4358%</b>",
            "between 95% and 97.5% of eligible time",
            "96.7479%",
            "28.8min overdrawn",
            "25.64",
            "07:30-22:00 Europe/Paris",
            "2026-03-28 10:00:00 to 10:20:00 +01:00",
            "GET /pets: 503 at 2026-03-28T09:00:00Z",
            "counts for 10min: the rest is planned maintenance",
            "does not count: outside the window",
            "2026-03-28 15:00:00 to 15:30:00 +01:00",
        ] {
            assert!(html.contains(part), "{part}");
        }
    }

    #[test]
    fn every_day_of_a_quarter_is_in_the_calendar() {
        let html = render(&quarter());
        let calendar = html.split("id=\"days\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("the calendar");
        let first = calendar.split("<details").next().expect("the one of all");
        assert_eq!((first.matches("<caption>").count(), first.matches("class=\"day ").count()), (4, 90));
        // A holiday, and days of which nothing or not all is known.
        let of = |class: &str| first.matches(&format!("class=\"day {class}")).count();
        assert_eq!((of("closed"), of("unknown"), of("worst")), (1, 1, 3), "{first}");
        assert!(first.contains(">closed<") && first.contains(">no data<"), "{first}");
        assert_eq!(first.matches(" holes\" title").count(), 2, "{first}");
    }

    #[test]
    fn a_short_watch_has_a_row_for_each_day() {
        let html = render(&fixture::failing());
        assert!(!html.contains("<caption>") && html.contains("Sat 28 Mar 2026") && html.contains("Sun 29 Mar 2026"), "{html}");
    }

    #[test]
    fn an_empty_watch_says_so_and_shows_no_share() {
        let html = render(&fixture::empty());
        assert!(html.contains("<h1>inconclusive: no time of the run is inside the window</h1>"), "{html}");
        assert!(!html.contains('%') || !html.split("</style>").nth(1).expect("the page").contains('%'), "{html}");
    }
}
