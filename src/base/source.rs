//! Source text and places in it.
//!
//! Keeps a text with the name it is shown under and turns byte offsets into lines and columns. Never reads a file.

use std::fmt;
use std::sync::Arc;

/// A half-open range of byte offsets in one source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte of the range.
    pub start: u32,
    /// One past the last byte of the range.
    pub end: u32,
}

impl Span {
    /// The range `start..end` in bytes.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
    }
}

/// A text with the name a user knows it by.
#[derive(PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<u32>,
    /// Where every character is one byte, a column needs no counting, and a line may be very long.
    is_ascii: bool,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.name, self.text.len())
    }
}

impl Source {
    /// Wraps `text`, to be shown under `name` (a path as the user typed it, or `<inline>`).
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts
            .extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX)));
        let is_ascii = text.is_ascii();
        Arc::new(Self { name: name.into(), text, line_starts, is_ascii })
    }

    /// The name the text is shown under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; the column counts characters, as editors do.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.line_starts[line] as usize;
        let end = (offset as usize).min(self.text.len());
        if self.is_ascii {
            return (line + 1, end.saturating_sub(start) + 1);
        }
        let column = self.text.get(start..end).map_or(end.saturating_sub(start), |s| s.chars().count());
        (line + 1, column + 1)
    }

    /// The line that holds `offset`, without its line break.
    #[must_use]
    pub fn line_at(&self, offset: u32) -> &str {
        let (line, _) = self.line_column(offset);
        let start = self.line_starts[line - 1] as usize;
        let end = self.line_starts.get(line).map_or(self.text.len(), |e| *e as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }
}

/// A span in a known source.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The text the span points into.
    pub source: Arc<Source>,
    /// The range of bytes meant.
    pub span: Span,
}

impl Place {
    /// A place in `source`.
    #[must_use]
    pub fn new(source: &Arc<Source>, span: Span) -> Self {
        Self { source: Arc::clone(source), span }
    }

    /// Line and column of the start, both from 1.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        self.source.line_column(self.span.start)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.name())
    }
}

/// A place in a file in the words of a person, without the text it points into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The name of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Spot {
    /// Reads `file:line:column`, as a place is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        Some(Self { file: parts.next().filter(|file| !file.is_empty())?.to_owned(), line, column })
    }
}

impl From<&Place> for Spot {
    fn from(place: &Place) -> Self {
        let (line, column) = place.line_column();
        Self { file: place.source.name().to_owned(), line, column }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Source, Span, Spot};

    #[test]
    fn spots_are_read_as_places_are_written() {
        let source = Source::new("C:/a b:c.yaml", "x: 1\ny: 2");
        let place = Place::new(&source, Span::new(8, 9));
        assert_eq!(Spot::parse(&place.to_string()), Some(Spot::from(&place)));
        assert_eq!(Spot::from(&place), Spot { file: "C:/a b:c.yaml".to_owned(), line: 2, column: 4 });
        for wrong in ["", "a", "a:1", ":1:2", "a:b:1", "a:1:-2"] {
            assert_eq!(Spot::parse(wrong), None);
        }
    }

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let source = Source::new("x.yaml", "a: é1\nb: 2\r\nc");
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(5), (1, 5));
        assert_eq!(source.line_column(7), (2, 1));
        assert_eq!(source.line_at(8), "b: 2");
        assert_eq!(source.line_column(99), (3, 2));
        let ascii = Source::new("x.yaml", "a: e1\nb: 2");
        assert_eq!([0, 3, 6, 7, 99].map(|at| ascii.line_column(at)), [(1, 1), (1, 4), (2, 1), (2, 2), (2, 5)]);
    }
}
