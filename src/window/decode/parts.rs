//! Reads the parts of a window: hours, holidays, exceptions, planned maintenance.
//!
//! Says what contradicts itself. Never looks at two parts together.

use crate::base::source::{Place, Span};
use crate::base::tree::{Data, Node};
use crate::window::decode::reader::{Fields, Reader};
use crate::window::spec::{Exception, FileName, Holiday, Open, Planned};
use crate::window::wall::{Hours, Moment};
use crate::window::week::{self, Line, Week};
use crate::window::zone::Zone;
use jiff::civil::Date;
use std::collections::HashMap;
use std::ops::Range;

/// Things that were written already, and where.
type Seen = HashMap<String, Place>;

impl Reader<'_> {
    /// `always`, or weekly hours.
    pub(super) fn open(&mut self, node: &Node) -> Option<Open> {
        if node.as_str() == Some("always") {
            return Some(Open::Always);
        }
        self.week(node).map(Open::Week)
    }

    /// Weekly hours: one text or several.
    fn week(&mut self, node: &Node) -> Option<Week> {
        let items = match &node.data {
            Data::String(_) => std::slice::from_ref(node),
            _ => self.list(node, "weekly hours"),
        };
        if node.items().is_some_and(<[Node]>::is_empty) {
            let hint = Some("write hours such as \"Mon-Sun 07:30-22:00\", or `always`".to_owned());
            self.fault("window/empty", node.span, "no hours are given, so it would never be open", hint);
        }
        let mut lines = Vec::new();
        for item in items {
            let Some(text) = self.text(item, "hours such as \"Mon-Sun 07:30-22:00\"") else { continue };
            match Line::parse(text) {
                Ok(line) => lines.push((line, item)),
                Err(wrongs) => self.wrongs("window/hours", item, wrongs),
            }
        }
        let (lines, nodes): (Vec<Line>, Vec<&Node>) = lines.into_iter().unzip();
        let is_complete = !items.is_empty() && lines.len() == items.len();
        match Week::new(lines) {
            Ok(week) => is_complete.then_some(week),
            Err(overlaps) => {
                for overlap in overlaps {
                    let [first, second] = [overlap.first, overlap.second].map(|at| (nodes[at.entry], at.start..at.end));
                    self.overlapping(first, second);
                }
                None
            }
        }
    }

    fn overlapping(&mut self, first: (&Node, Range<usize>), second: (&Node, Range<usize>)) {
        let shown = |(node, at): &(&Node, Range<usize>)| node.as_str().and_then(|t| t.get(at.clone())).unwrap_or("").to_owned();
        let message = format!("`{}` overlaps `{}`", shown(&second), shown(&first));
        let (first, second) = (self.within(first.0, first.1), self.within(second.0, second.1));
        self.clash("window/overlap", message, first, second, "every minute of a week is written at most once");
    }

    /// The hours of one date, which name no days.
    fn hours(&mut self, node: &Node) -> Option<Vec<Hours>> {
        let items = match &node.data {
            Data::String(_) => std::slice::from_ref(node),
            _ => self.list(node, "the hours of a date"),
        };
        if node.items().is_some_and(<[Node]>::is_empty) {
            self.fault("window/empty", node.span, "no hours are given", Some("write `closed: true`".to_owned()));
        }
        let mut read: Vec<(Hours, &Node, Range<usize>)> = Vec::new();
        let mut is_complete = !items.is_empty();
        for item in items {
            let text = self.text(item, "hours such as \"07:30-16:00\"");
            match text.map(week::hours) {
                Some(Ok(hours)) => read.extend(hours.into_iter().map(|(hours, at)| (hours, item, at))),
                Some(Err(mut wrongs)) => {
                    is_complete = false;
                    if text.is_some_and(|text| text.starts_with(char::is_alphabetic)) {
                        let hint = "the hours of a date name no days: write 07:30-16:00, or 00:00-24:00 for all of it";
                        wrongs.iter_mut().for_each(|wrong| wrong.hint = Some(hint.to_owned()));
                    }
                    self.wrongs("window/hours", item, wrongs);
                }
                None => is_complete = false,
            }
        }
        let all: Vec<Hours> = read.iter().map(|(hours, ..)| *hours).collect();
        for (first, second) in week::overlaps_of_a_day(&all) {
            let [first, second] = [&read[first], &read[second]].map(|(_, node, at)| (*node, at.clone()));
            self.overlapping(first, second);
            is_complete = false;
        }
        is_complete.then_some(all)
    }

    /// Dates, and files of whole days.
    pub(super) fn holidays(&mut self, node: &Node) -> Vec<Holiday> {
        let (mut read, mut seen) = (Vec::new(), Seen::new());
        for item in self.list(node, "holidays") {
            let Some(text) = self.text(item, "a date such as 2026-12-25, or an iCalendar file") else { continue };
            if !self.is_new(&mut seen, text.to_owned(), item.span, &format!("`{text}`")) {
                continue;
            }
            if is_file(text) {
                read.push(Holiday::File(self.file(text, item.span)));
            } else if let Some(date) = self.date_of(text, item.span, "write it as 2026-12-25, or name an .ics file") {
                read.push(Holiday::Date(date));
            }
        }
        read
    }

    /// Dates with other hours.
    pub(super) fn exceptions(&mut self, node: &Node) -> Vec<Exception> {
        let mut read: Vec<(Exception, Span)> = Vec::new();
        for item in self.list(node, "exceptions") {
            if let Some(exception) = self.exception(item) {
                read.push((exception, item.span));
            }
        }
        read.sort_by_key(|(exception, span)| (exception.from, *span));
        for pair in read.windows(2) {
            let [(before, at), (after, here)] = pair else { continue };
            if after.from <= before.to {
                let (first, second) = (self.place((*at).min(*here)), self.place((*at).max(*here)));
                let message = format!("two exceptions hold on {}", after.from);
                self.clash("window/overlap", message, first, second, "say once what holds on a date");
            }
        }
        read.into_iter().map(|(exception, _)| exception).collect()
    }

    fn exception(&mut self, node: &Node) -> Option<Exception> {
        let mut fields = self.object(node, "an exception")?;
        let dates = self.dates(&mut fields);
        let open = self.exceptional_hours(&mut fields);
        fields.finish(self);
        let (from, to) = dates?;
        Some(Exception { from, to, open: open? })
    }

    /// `date`, or `from` and `to`, both included.
    fn dates(&mut self, fields: &mut Fields<'_>) -> Option<(Date, Date)> {
        let nodes = ["date", "from", "to"].map(|key| fields.take(key));
        let [date, from, to] = nodes.map(|node| node.map(|node| self.date(node)));
        let hint = "write `date`, or both `from` and `to`";
        match (date, from, to) {
            (Some(date), None, None) => date.map(|date| (date, date)),
            (None, Some(from), Some(to)) => {
                let (first, last) = from.zip(to)?;
                if first > last {
                    let hint = Some("both dates are included".to_owned());
                    let span = nodes[2].map_or(fields.span, |node| node.span);
                    self.fault("window/order", span, format!("{last} comes before {first}"), hint);
                    return None;
                }
                Some((first, last))
            }
            (Some(_), ..) => {
                self.fault("window/value", fields.span, "an exception has one date or a range of them", Some(hint.to_owned()));
                None
            }
            (None, from, to) => {
                let missing = match (from, to) {
                    (Some(_), None) => "to",
                    (None, Some(_)) => "from",
                    _ => "date",
                };
                fields.missing(self, missing, hint);
                None
            }
        }
    }

    /// `open` or `closed`.
    fn exceptional_hours(&mut self, fields: &mut Fields<'_>) -> Option<Vec<Hours>> {
        let open = fields.take("open").map(|node| self.hours(node));
        let closed = fields.take("closed").map(|node| self.only_true(node).map(|()| Vec::new()));
        match (open, closed) {
            (Some(hours), None) | (None, Some(hours)) => hours,
            (Some(_), Some(_)) => {
                let hint = Some("leave one of them out".to_owned());
                self.fault("window/value", fields.span, "a date is either open or closed", hint);
                None
            }
            (None, None) => {
                fields.missing(self, "open", "write `open: [\"07:30-16:00\"]`, or `closed: true`");
                None
            }
        }
    }

    /// Planned maintenance.
    pub(super) fn maintenance(&mut self, node: &Node, zone: Option<&Zone>) -> Vec<Planned> {
        let (mut read, mut seen) = (Vec::new(), Seen::new());
        for item in self.list(node, "maintenance") {
            let planned = match &item.data {
                Data::Object(_) => self.planned(item, zone),
                _ => self.maintenance_file(item),
            };
            let Some(planned) = planned else { continue };
            let key = match &planned {
                Planned::File(file) => file.name.clone(),
                Planned::Weekly(week) => week.to_string(),
                Planned::Between(from, to) => format!("{from:?} {to:?}"),
            };
            let shown = item.as_str().map_or_else(|| "the same maintenance".to_owned(), |text| format!("`{text}`"));
            if self.is_new(&mut seen, key, item.span, &shown) {
                read.push(planned);
            }
        }
        read
    }

    fn maintenance_file(&mut self, node: &Node) -> Option<Planned> {
        let text = self.text(node, "an iCalendar file, or a mapping with `from` and `to` or `weekly`")?;
        if is_file(text) {
            return Some(Planned::File(self.file(text, node.span)));
        }
        let hint = "name an .ics file, or write {from: 2026-11-30T02:00, to: 2026-11-30T04:00} or {weekly: \"Sun 02:00-04:00\"}";
        self.fault("window/value", node.span, format!("`{text}` is no iCalendar file"), Some(hint.to_owned()));
        None
    }

    fn planned(&mut self, node: &Node, zone: Option<&Zone>) -> Option<Planned> {
        let mut fields = self.object(node, "a maintenance")?;
        let [from, to, weekly] = ["from", "to", "weekly"].map(|key| fields.take(key));
        let planned = match (from, to, weekly) {
            (None, None, Some(weekly)) => self.week(weekly).map(Planned::Weekly),
            (Some(from), Some(to), None) => self.between(from, to, zone),
            (None, None, None) => {
                fields.missing(self, "from", "write `from` and `to`, or `weekly`");
                None
            }
            (from, to, weekly) => {
                for node in [from, to].into_iter().flatten() {
                    self.moment(node);
                }
                match weekly {
                    Some(weekly) => {
                        self.week(weekly);
                        let hint = Some("write two entries".to_owned());
                        self.fault("window/value", fields.span, "a maintenance is either weekly or once", hint);
                    }
                    None => fields.missing(
                        self,
                        if from.is_none() { "from" } else { "to" },
                        "a maintenance has a beginning and an end",
                    ),
                }
                None
            }
        };
        fields.finish(self);
        planned
    }

    fn between(&mut self, from: &Node, to: &Node, zone: Option<&Zone>) -> Option<Planned> {
        let (first, last) = (self.moment(from), self.moment(to));
        let (first, last) = first.zip(last)?;
        let in_order = match (first, last, zone) {
            (Moment::Wall(first), Moment::Wall(last), _) if first >= last => false,
            (first, last, Some(zone)) => first.at(zone) < last.at(zone),
            (Moment::Instant(first), Moment::Instant(last), None) => first < last,
            _ => true,
        };
        if in_order {
            return Some(Planned::Between(first, last));
        }
        let (first, last) = (from.as_str().unwrap_or_default(), to.as_str().unwrap_or_default());
        let hint = Some("the end is the first instant after the maintenance".to_owned());
        self.fault("window/order", to.span, format!("nothing lies between {first} and {last}"), hint);
        None
    }

    fn moment(&mut self, node: &Node) -> Option<Moment> {
        let text = self.text(node, "a date with a time")?;
        let hint =
            "write 2026-11-30T02:00 for a time in the window's zone, 2026-11-30T02:00Z or 2026-11-30T02:00+01:00 for an instant";
        Moment::parse(text).map_err(|message| self.fault("window/value", node.span, message, Some(hint.to_owned()))).ok()
    }

    fn date(&mut self, node: &Node) -> Option<Date> {
        let text = self.text(node, "a date such as 2026-12-24")?;
        self.date_of(text, node.span, "write it as 2026-12-25")
    }

    fn date_of(&mut self, text: &str, span: Span, hint: &str) -> Option<Date> {
        // The calendar's own check, of nothing but year, month and day.
        let is_plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let date = text.parse().ok().filter(|_| is_plain);
        if date.is_none() {
            self.fault("window/value", span, format!("`{text}` is no date"), Some(hint.to_owned()));
        }
        date
    }

    fn file(&self, name: &str, span: Span) -> FileName {
        FileName { name: name.to_owned(), place: self.place(span) }
    }

    /// Says what is written a second time.
    fn is_new(&mut self, seen: &mut Seen, key: String, span: Span, shown: &str) -> bool {
        let place = self.place(span);
        if let Some(first) = seen.get(&key).cloned() {
            self.clash("window/duplicate", format!("{shown} is written twice"), first, place, "leave one of them out");
            return false;
        }
        seen.insert(key, place);
        true
    }
}

/// Whether a text names an iCalendar file.
fn is_file(text: &str) -> bool {
    std::path::Path::new(text).extension().is_some_and(|e| e.eq_ignore_ascii_case("ics"))
}
