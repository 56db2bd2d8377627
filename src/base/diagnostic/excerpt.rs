//! The one line that a diagnostic shows, and what of it is underlined.
//!
//! Narrows what is too much to look at: an object of many lines to its key, a line of a whole minified file to what stands
//! around the place. Never changes what a diagnostic says.

use crate::base::source::{Place, Source, Span};

/// The most characters of a line that are shown.
const WIDTH: usize = 112;
/// How much of a long line is shown before the place, where there is enough behind it.
const LEAD: usize = 32;
/// A collection written on one line is underlined whole up to this many bytes.
const WHOLE: usize = 64;
/// What stands for the text that was left out.
const CUT: &str = "...";

/// A line of a source, cut to a bearable width, with a range of bytes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the line, from 1.
    pub line: usize,
    /// The column of the place in the whole line, from 1, in characters.
    pub column: usize,
    /// The text, without its line break.
    pub text: String,
    /// First byte of `text` that is meant.
    pub start: usize,
    /// One past the last byte of `text` that is meant.
    pub end: usize,
}

/// What of a place is worth underlining: at most one line, and of a whole object its key.
#[must_use]
pub fn focus(place: &Place) -> Span {
    let text = place.source.text();
    let start = floor_boundary(text, place.span.start as usize);
    let end = floor_boundary(text, place.span.end as usize).max(start);
    let marked = &text[start..end];
    let is_collection = marked.starts_with(['{', '[']);
    if (marked.trim_end().contains('\n') || (is_collection && marked.len() > WHOLE))
        && let Some(key) = key_before(text, start)
    {
        return key;
    }
    let end = marked.find(['\n', '\r']).map_or(end, |at| start + at);
    if is_collection && end - start > WHOLE {
        return Span::new(start, start + 1);
    }
    Span::new(start, end)
}

/// The key whose value begins at `start`, where the two stand side by side.
fn key_before(text: &str, start: usize) -> Option<Span> {
    let before = text[..start].trim_end().strip_suffix(':')?.trim_end_matches([' ', '\t']);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = &before[line_start..];
    let from = match line.chars().next_back()? {
        quote @ ('"' | '\'') => line[..line.len() - 1].rfind(quote)?,
        _ => {
            let mut from = line.len() - line.trim_start_matches([' ', '\t']).len();
            while let Some(rest) = line[from..].strip_prefix("- ") {
                from = line.len() - rest.trim_start_matches(' ').len();
            }
            // In a collection on one line the key begins behind what stands before it.
            for opening in [": {", ", ", ": ["] {
                from = line.rfind(opening).map_or(from, |at| from.max(at + opening.len()));
            }
            from + usize::from(line[from..].starts_with(['{', '[']))
        }
    };
    (from < line.len()).then(|| Span::new(line_start + from, before.len()))
}

/// The line of a span, cut around it.
#[must_use]
pub fn excerpt(source: &Source, span: Span) -> Excerpt {
    let text = source.text();
    let start = floor_boundary(text, span.start as usize);
    let (line, column) = source.line_column(span.start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = floor_boundary(text, span.end as usize).clamp(start, line_end);
    let whole = text[line_start..line_end].trim_end_matches('\r');
    let (start, end) = ((start - line_start).min(whole.len()), (end - line_start).min(whole.len()));
    if whole.chars().nth(WIDTH).is_none() {
        return Excerpt { line, column, text: whole.to_owned(), start, end };
    }
    let marked = whole[start..].chars().take(WIDTH).count().min(whole[start..end].chars().take(WIDTH).count());
    let behind = whole[end..].chars().take(WIDTH).count();
    let lead = LEAD.max(WIDTH.saturating_sub(marked + behind));
    let from = whole[..start].char_indices().rev().take(lead).last().map_or(start, |(at, _)| at);
    let to = whole[from..].char_indices().nth(WIDTH).map_or(whole.len(), |(at, _)| from + at);
    let (left, right) = (if from > 0 { CUT } else { "" }, if to < whole.len() { CUT } else { "" });
    Excerpt {
        line,
        column,
        text: format!("{left}{}{right}", &whole[from..to]),
        start: left.len() + start - from,
        end: left.len() + end.min(to) - from,
    }
}

fn floor_boundary(text: &str, mut offset: usize) -> usize {
    offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, excerpt, focus};
    use crate::base::source::{Place, Source, Span};

    fn focused(text: &str, marked: &str) -> String {
        let source = Source::new("x", text);
        let start = text.find(marked).expect("the text");
        let span = focus(&Place::new(&source, Span::new(start, start + marked.len())));
        text[span.start as usize..span.end as usize].to_owned()
    }

    #[test]
    fn of_an_object_of_many_lines_only_the_key_is_meant() {
        let yaml = "paths:\n  /pets/{id}:\n    get:\n      tags:\n      - a\n      - b\n    post: x\n";
        assert_eq!(focused(yaml, "get:\n      tags:\n      - a\n      - b\n    post: x\n"), "/pets/{id}");
        assert_eq!(focused(yaml, "- a\n      - b\n"), "tags");
        assert_eq!(focused("{\"a\": {\n  \"b c\": [\n 1\n]\n}}", "[\n 1\n]"), "\"b c\"");
        assert_eq!(focused("- name: x\n  in: y\n- z", "name: x\n  in: y\n"), "name: x");
        assert_eq!(focused("a: 1\nb: 2\n", "a: 1\nb: 2\n"), "a: 1");
        assert_eq!(focused("one: {x: 1}", "{x: 1}"), "{x: 1}");
        let long = format!("{{first: {{a: 1, other: {{b: {}}}}}}}", "x".repeat(90));
        assert_eq!(focused(&long, &format!("{{b: {}}}", "x".repeat(90))), "other");
        assert_eq!(focused("- first: |\n    a\n    b\n", "|\n    a\n    b\n"), "first");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{{\"a\":\"{}\",\"bäd\":1,\"z\":\"{}\"}}", "ö".repeat(5000), "y".repeat(5000));
        let source = Source::new("x.json", text.clone());
        let start = text.find("\"bäd\"").expect("the key");
        let shown = excerpt(&source, Span::new(start, start + "\"bäd\"".len()));
        assert_eq!(&shown.text[shown.start..shown.end], "\"bäd\"");
        assert!(shown.text.starts_with("...ö") && shown.text.ends_with("y..."), "{}", shown.text);
        assert_eq!(shown.text.chars().count(), WIDTH + 6);
        assert_eq!((shown.line, shown.column), (1, 5009));
        let last = excerpt(&source, Span::new(text.len() - 1, text.len()));
        assert_eq!(&last.text[last.start..last.end], "}");
        assert!(!last.text.ends_with("..."));
        let all = excerpt(&source, Span::new(0, text.len()));
        assert_eq!((all.start, &all.text[..4]), (0, "{\"a\""));
        assert!(all.end <= all.text.len());
    }

    #[test]
    fn no_range_is_outside_of_the_line() {
        for text in ["", "\n", "a\r\nbß\r\n", "ß"] {
            let source = Source::new("x", text);
            for start in 0..=text.len() + 1 {
                for end in start..=text.len() + 2 {
                    let shown = excerpt(&source, Span::new(start, end));
                    assert!(shown.text.get(shown.start..shown.end).is_some(), "{text:?} {start}..{end}: {shown:?}");
                    let _ = focus(&Place::new(&source, Span::new(start, end)));
                }
            }
        }
    }
}
