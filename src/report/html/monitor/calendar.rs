//! The days of a watch: a row for each of a few, months of many.
//!
//! Lays the record's dates out and sorts their shares into a few steps to be painted. Never computes a figure.

use crate::base::units::Nanos;
use crate::base::units::Share;
use crate::record::monitor::shape::{DateRecord, FiguresRecord, SubjectRecord};
use crate::record::monitor::words::share;
use crate::report::html::monitor::bar::{Bar, described};
use jiff::civil::Date;

/// Days that have a row each, at most.
const ROWS: usize = 14;
const WEEK: usize = 7;

/// The steps by which days are painted: the class, the least share in millionths, and what it is called.
pub(super) const STEPS: [(&str, u32, &str); 5] = [
    ("full", 1_000_000, "100%"),
    ("high", 999_000, "99.9% and more"),
    ("fair", 990_000, "99% and more"),
    ("low", 950_000, "95% and more"),
    ("worst", 0, "below 95%"),
];

/// The days of a subject.
pub(super) enum Days<'a> {
    /// A row for each day.
    Rows(Vec<Row<'a>>),
    /// Months of weeks.
    Months(Vec<Month>),
}

/// A day with its bar.
pub(super) struct Row<'a> {
    /// `Sat 28 Mar 2026`.
    pub(super) date: String,
    pub(super) class: &'static str,
    pub(super) share: String,
    pub(super) figures: &'a FiguresRecord,
    pub(super) bar: Bar,
}

/// A month of a calendar.
pub(super) struct Month {
    /// `March 2026`.
    pub(super) title: String,
    pub(super) weeks: Vec<Vec<Cell>>,
}

/// A place in the calendar.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    /// The day of the month; empty where the month has none there.
    pub(super) day: String,
    /// The step; empty for a day that is no part of the run.
    pub(super) class: &'static str,
    /// Something of it is not known.
    pub(super) holes: bool,
    /// The share, or the word that stands for it.
    pub(super) short: String,
    /// All of it in words.
    pub(super) long: String,
}

impl<'a> Days<'a> {
    pub(super) fn of(subject: &'a SubjectRecord) -> Self {
        if subject.dates.len() <= ROWS {
            return Self::Rows(subject.dates.iter().map(row).collect());
        }
        let dates = subject.dates.iter().filter_map(|d| Some((d.date.parse::<Date>().ok()?, d)));
        let dates: Vec<(Date, &DateRecord)> = dates.collect();
        let months = dates.chunk_by(|(a, _), (b, _)| (a.year(), a.month()) == (b.year(), b.month()));
        Self::Months(months.map(month).collect())
    }
}

/// `Sat 28 Mar 2026`; the text itself where it is no date.
fn named(date: &str) -> String {
    date.parse::<Date>().map_or_else(|_| date.to_owned(), |date| date.strftime("%a %-d %b %Y").to_string())
}

fn row(date: &DateRecord) -> Row<'_> {
    let f = &date.figures;
    Row { date: named(&date.date), class: step(f), share: short(f), figures: f, bar: Bar::of(f) }
}

fn month(dates: &[(Date, &DateRecord)]) -> Month {
    let Some((first, _)) = dates.first() else { return Month { title: String::new(), weeks: Vec::new() } };
    let before = usize::try_from(first.first_of_month().weekday().to_monday_zero_offset()).unwrap_or(0);
    let mut cells = vec![Cell::default(); before];
    cells.extend((1..=first.days_in_month()).map(|day| {
        let found = dates.iter().find(|(date, _)| date.day() == day);
        found.map_or_else(|| Cell { day: day.to_string(), ..Cell::default() }, |(_, date)| cell(day, date))
    }));
    cells.resize(cells.len().next_multiple_of(WEEK), Cell::default());
    Month { title: first.strftime("%B %Y").to_string(), weeks: cells.chunks(WEEK).map(<[Cell]>::to_vec).collect() }
}

fn cell(day: i8, date: &DateRecord) -> Cell {
    let f = &date.figures;
    let what = match (f.eligible_ns, described(f)) {
        (0, _) => "outside the window".to_owned(),
        (_, parts) => format!("{} available; of {} in the window {parts}", share(f.availability), Nanos(f.eligible_ns)),
    };
    Cell {
        day: day.to_string(),
        class: step(f),
        holes: f.no_data_ns > 0 && f.availability.is_some(),
        short: short(f),
        long: format!("{}: {what}", named(&date.date)),
    }
}

/// The step that a day is painted by.
fn step(f: &FiguresRecord) -> &'static str {
    match (f.eligible_ns, f.availability) {
        (0, _) => "closed",
        (_, None) => "unknown",
        (_, Some(share)) => STEPS.into_iter().find(|(_, least, _)| share >= *least).map_or("worst", |(class, ..)| class),
    }
}

/// The share to two digits behind the point, cut and not rounded; the word that stands for it where there is none.
fn short(f: &FiguresRecord) -> String {
    match (f.eligible_ns, f.availability) {
        (0, _) => "closed".to_owned(),
        (_, None) => "no data".to_owned(),
        (_, Some(millionths)) => Share(millionths / 100).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Days, named, short, step};
    use crate::record::monitor::shape::FiguresRecord;
    use crate::report::monitor::fixture::long;

    #[test]
    fn a_day_is_painted_by_the_share_that_it_has_and_never_as_whole_where_it_is_not() {
        let of = |availability| FiguresRecord { eligible_ns: 1, availability, ..FiguresRecord::default() };
        for (millionths, class, shown) in [
            (1_000_000, "full", "100%"),
            (999_999, "high", "99.99%"),
            (999_000, "high", "99.90%"),
            (998_999, "fair", "99.89%"),
            (950_000, "low", "95%"),
            (949_999, "worst", "94.99%"),
            (0, "worst", "0%"),
        ] {
            assert_eq!((step(&of(Some(millionths))), short(&of(Some(millionths))).as_str()), (class, shown));
        }
        assert_eq!((step(&of(None)), short(&of(None)).as_str()), ("unknown", "no data"));
        let closed = FiguresRecord::default();
        assert_eq!((step(&closed), short(&closed).as_str()), ("closed", "closed"));
    }

    #[test]
    fn months_begin_with_monday_and_hold_every_day_once() {
        let record = long(50, &["listPets"]);
        let Days::Months(months) = Days::of(&record.all) else { panic!("many days are months") };
        assert_eq!(months.iter().map(|m| m.title.as_str()).collect::<Vec<_>>(), ["January 2026", "February 2026", "March 2026"]);
        // 2026-02-01 is a Sunday.
        let days = |at: usize| months[at].weeks.iter().flatten().map(|c| c.day.as_str()).collect::<Vec<_>>();
        assert_eq!((&days(1)[..8], days(1).len()), (&["", "", "", "", "", "", "1", "2"][..], 35));
        let in_run = months.iter().flat_map(|m| m.weeks.iter().flatten()).filter(|c| !c.class.is_empty());
        assert_eq!(in_run.count(), 50);
        let cell = months[0].weeks[3].iter().find(|c| c.day == "22").expect("a day");
        assert_eq!(cell.long, "Thu 22 Jan 2026: 94.8275% available; of 14.5h in the window 13.75h up, 45min down");
        assert!(matches!(Days::of(&long(14, &["listPets"]).all), Days::Rows(rows) if rows.len() == 14));
    }

    #[test]
    fn what_is_no_date_is_shown_as_it_is() {
        assert_eq!((named("2026-03-29").as_str(), named("soon").as_str()), ("Sun 29 Mar 2026", "soon"));
    }
}
