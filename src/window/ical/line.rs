//! Content lines: unfolded, with the way back to the place of every character (RFC 5545, section 3.1).
//!
//! Knows no property by its name.

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::window::ical::faults::shown;
use std::borrow::Cow;
use std::ops::Range;

/// One logical line, its folds taken out.
#[derive(Debug)]
pub(super) struct Line<'a> {
    text: Cow<'a, str>,
    /// Where it begins in the source.
    at: usize,
    /// Of every folded piece: where it begins in `text`, and where in the source.
    folds: Vec<(usize, usize)>,
}

impl Line<'_> {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where a range of the unfolded text stands in the source.
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        let place = |before: usize, at: usize| match before.checked_sub(1).and_then(|last| self.folds.get(last)) {
            Some((start, offset)) => offset + at - start,
            None => self.at + at,
        };
        let start = self.folds.partition_point(|(start, _)| *start <= range.start);
        let end = self.folds.partition_point(|(start, _)| *start < range.end);
        Span::new(place(start, range.start), place(end.max(start), range.end.max(range.start)))
    }

    pub(super) fn whole(&self) -> Span {
        self.span(&(0..self.text.len()))
    }
}

/// The logical lines of a text; empty ones are passed over.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 } }
    }

    fn physical(&mut self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let at = self.at;
        let length = rest.find('\n').unwrap_or(rest.len());
        self.at = at + length + 1;
        Some((at, rest[..length].trim_end_matches('\r')))
    }

    fn is_folded(&self) -> bool {
        self.text.get(self.at..).is_some_and(|rest| rest.starts_with([' ', '\t']))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let (at, first) = loop {
            let (at, line) = self.physical()?;
            if !line.is_empty() {
                break (at, line);
            }
        };
        let mut line = Line { text: Cow::Borrowed(first), at, folds: Vec::new() };
        while self.is_folded() {
            let Some((at, more)) = self.physical() else { break };
            line.folds.push((line.text.len(), at + 1));
            line.text.to_mut().push_str(&more[1..]);
        }
        Some(line)
    }
}

/// A line as name, parameters and value.
#[derive(Debug)]
pub(super) struct Content<'a> {
    line: Line<'a>,
    name: usize,
    colon: usize,
}

/// A parameter of a content line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Param<'l> {
    pub(super) name: &'l str,
    /// The value, its quotes taken off.
    pub(super) value: &'l str,
    /// Where the whole of it stands in the line.
    pub(super) at: Range<usize>,
}

impl<'a> Content<'a> {
    /// Finds name and value.
    ///
    /// # Errors
    /// The place of the fault and the fault, where the line is not made as content lines are.
    pub(super) fn read(line: Line<'a>) -> Result<Self, (Span, Diagnostic)> {
        let text = line.text();
        let name = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(text.len());
        let rest = &text[name..];
        let fault = |message: String, hint: &str| Err((line.whole(), Diagnostic::error("calendar/syntax", message).hint(hint)));
        if name == 0 || !rest.starts_with([':', ';']) {
            let hint =
                "a line is NAME:value or NAME;PARAMETER=value:value; one that goes on with the line before begins with a space";
            return fault(format!("{} is no property", shown(text)), hint);
        }
        let mut quoted = false;
        let colon = rest.bytes().position(|b| {
            quoted ^= b == b'"';
            b == b':' && !quoted
        });
        match colon {
            Some(colon) => Ok(Self { name, colon: name + colon, line }),
            None if quoted => fault(format!("a quote of {} is not closed", shown(text)), "close it before the colon"),
            None => fault(format!("{} has no value", shown(text)), "the value stands behind a colon"),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.line.text()[..self.name]
    }

    pub(super) fn value(&self) -> &str {
        &self.line.text()[self.colon + 1..]
    }

    /// The parameters in order; of one that is not `NAME=value` its place in the line.
    pub(super) fn params(&self) -> impl Iterator<Item = Result<Param<'_>, Range<usize>>> {
        let text = &self.line.text()[..self.colon];
        let mut at = self.name;
        std::iter::from_fn(move || {
            let start = at + 1;
            let rest = text.get(start..)?;
            let mut quoted = false;
            let length = rest.bytes().position(|b| {
                quoted ^= b == b'"';
                b == b';' && !quoted
            });
            let range = start..start + length.unwrap_or(rest.len());
            at = range.end;
            let Some((name, value)) = text[range.clone()].split_once('=').filter(|(name, _)| !name.is_empty()) else {
                return Some(Err(range));
            };
            let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
            Some(Ok(Param { name, value, at: range }))
        })
    }

    /// The parameter of a name, written in whatever case.
    pub(super) fn param(&self, name: &str) -> Option<Param<'_>> {
        self.params().flatten().find(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// Where a range of the value stands in the source.
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        let from = self.colon + 1;
        self.line.span(&(from + range.start..from + range.end))
    }

    /// Where a range of the whole line stands in the source.
    pub(super) fn line_span(&self, range: &Range<usize>) -> Span {
        self.line.span(range)
    }

    /// Where the whole line stands in the source.
    pub(super) fn whole(&self) -> Span {
        self.line.whole()
    }

    /// The parts of the value between commas, as places in it.
    pub(super) fn items(&self) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        self.value().split(',').map(move |item| {
            let range = at..at + item.len();
            at = range.end + 1;
            range
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Lines};
    use crate::base::source::{Place, Source};

    fn texts(text: &str) -> Vec<String> {
        Lines::new(text).map(|l| l.text().to_owned()).collect()
    }

    #[test]
    fn lines_are_unfolded_whatever_ends_them() {
        assert_eq!(texts("\u{feff}A:1\r\n 2\r\n\t3\r\n\r\nB:x\n  y\n"), ["A:123", "B:x y"]);
        assert_eq!(texts(""), [""; 0]);
        assert_eq!(texts("\n \nA:1"), [" ", "A:1"]);
    }

    #[test]
    fn a_place_behind_a_fold_is_found_again() {
        let source = Source::new("a.ics", "X:1\r\nDTSTART;TZID=Euro\r\n pe/Par\r\n is:2026é,7\r\n");
        let line = Lines::new(source.text()).nth(1).expect("a line");
        let content = Content::read(line).expect("name and value");
        let zone = content.param("tzid").expect("the zone");
        assert_eq!((zone.value, content.value()), ("Europe/Paris", "2026é,7"));
        let of = |span| Place::new(&source, span).line_column();
        assert_eq!(of(content.line_span(&zone.at)), (2, 9));
        let items: Vec<_> = content.items().collect();
        assert_eq!(items.iter().map(|r| &content.value()[r.clone()]).collect::<Vec<_>>(), ["2026é", "7"]);
        assert_eq!(of(content.span(&items[1])), (4, 11));
    }

    #[test]
    fn quotes_hide_what_would_end_a_parameter() {
        let read = |text: &str| {
            let content = Content::read(Lines::new(text).next().expect("a line")).map_err(|(_, fault)| fault.message)?;
            Ok::<_, String>((
                content.params().map(|p| p.map(|p| (p.name.to_owned(), p.value.to_owned()))).collect::<Vec<_>>(),
                content.value().to_owned(),
            ))
        };
        let pair = |a: &str, b: &str| Ok((a.to_owned(), b.to_owned()));
        let expected = vec![pair("TZID", "(UTC+01:00) Paris; Berlin"), pair("VALUE", "DATE")];
        assert_eq!(read("DTSTART;TZID=\"(UTC+01:00) Paris; Berlin\";VALUE=DATE:a:b"), Ok((expected, "a:b".to_owned())));
        assert_eq!(read("A;B:c").map(|(params, _)| params), Ok(vec![Err(2..3)]));
        assert_eq!(read("A;:c").map(|(params, _)| params), Ok(vec![Err(2..2)]));
        for wrong in ["A", "A;B=\"c:d", ":x", "A B:c", "é:1", "A;B=c", " A:1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
