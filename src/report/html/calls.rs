//! Exchanges in a line each.
//!
//! Joins lines that are alike, such as the calls of a poll, into one with a count. Never shows a body.

use crate::base::units::Nanos;
use crate::record::shape::{ExchangeRecord, Way};
use std::borrow::Cow;

/// Lines of one step shown at most.
const ROWS: usize = 30;

/// Characters of a URL shown at most.
const URL: usize = 200;

/// Exchanges that are alike, in one line.
pub(super) struct CallRow<'a> {
    pub(super) first: &'a str,
    pub(super) received: bool,
    pub(super) method: &'a str,
    pub(super) path: Cow<'a, str>,
    pub(super) status: Cow<'a, str>,
    pub(super) failed: bool,
    pub(super) times: usize,
    longest: u64,
}

impl<'a> CallRow<'a> {
    fn of(exchange: &'a ExchangeRecord) -> Self {
        let status = match (&exchange.response, &exchange.failure) {
            (Some(response), _) => Cow::Owned(response.status.to_string()),
            (None, Some(failure)) => Cow::Borrowed(failure.as_str()),
            (None, None) => Cow::Borrowed("no answer"),
        };
        CallRow {
            first: &exchange.id,
            received: exchange.way == Way::Inbound,
            method: &exchange.request.method,
            path: path(&exchange.request.url),
            status,
            failed: exchange.response.is_none(),
            times: 1,
            longest: exchange.took_ns,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.received, self.method, &self.path, &self.status) == (other.received, other.method, &other.path, &other.status)
    }

    /// The time of the exchange, or the longest of several; deliveries have none of their own.
    pub(super) fn time(&self) -> String {
        match (self.received, self.times) {
            (true, _) => String::new(),
            (false, 1) => Nanos(self.longest).to_string(),
            (false, _) => format!("≤ {}", Nanos(self.longest)),
        }
    }
}

/// The path and query of a URL; all of it when it has no host.
fn path(url: &str) -> Cow<'_, str> {
    let path = url.find("://").map_or(url, |i| url[i + 3..].find('/').map_or("/", |slash| &url[i + 3 + slash..]));
    match path.char_indices().nth(URL) {
        Some((end, _)) => Cow::Owned(format!("{}…", &path[..end])),
        None => Cow::Borrowed(path),
    }
}

/// The exchanges in lines; those alike are joined when they follow each other, or wherever they are when `order` does not matter.
pub(super) fn folded<'a>(exchanges: &[&'a ExchangeRecord], order: bool) -> Vec<CallRow<'a>> {
    let mut rows: Vec<CallRow<'a>> = Vec::new();
    for exchange in exchanges {
        let row = CallRow::of(exchange);
        let from = if order { rows.len().saturating_sub(1) } else { rows.len().saturating_sub(ROWS) };
        match rows[from..].iter_mut().find(|r| r.is_like(&row)) {
            Some(like) => {
                like.times += 1;
                like.longest = like.longest.max(row.longest);
            }
            None => rows.push(row),
        }
    }
    rows
}

/// The lines that are shown, and how many exchanges the others stand for.
pub(super) fn limited(mut rows: Vec<CallRow<'_>>) -> (Vec<CallRow<'_>>, usize) {
    let more = rows.iter().skip(ROWS).map(|r| r.times).sum();
    rows.truncate(ROWS);
    (rows, more)
}

#[cfg(test)]
mod tests {
    use super::{folded, limited, path};
    use crate::record::fixture;
    use crate::record::shape::ExchangeRecord;

    #[test]
    fn calls_that_are_alike_share_a_line() {
        let record = fixture::record(&fixture::failing());
        let of = |ids: &[usize]| -> Vec<&ExchangeRecord> { ids.iter().map(|i| &record.exchanges[*i]).collect() };
        let shown = |ids: &[usize], order| -> Vec<(usize, String)> {
            folded(&of(ids), order).iter().map(|r| (r.times, r.time())).collect()
        };
        let sequence = [1, 1, 1, 2, 1];
        assert_eq!(shown(&sequence, true), [(3, "≤ 20ms".into()), (1, "30ms".into()), (1, "20ms".into())]);
        assert_eq!(shown(&sequence, false), [(4, "≤ 20ms".into()), (1, "30ms".into())]);
        let many: Vec<usize> = (0..80).map(|i| 1 + i % 2).collect();
        let (rows, more) = limited(folded(&of(&many), true));
        assert_eq!((rows.len(), more), (30, 50));
    }

    #[test]
    fn a_line_names_the_path() {
        assert_eq!(path("http://127.0.0.1:80/a?b=c"), "/a?b=c");
        assert_eq!((path("https://host").as_ref(), path("/hook").as_ref()), ("/", "/hook"));
        assert_eq!(path(&"é".repeat(300)).chars().count(), 201);
    }
}
