//! The intervals of a load as an HdrHistogram interval log (`.hlog`, version 1.3), for the tools of others.
//!
//! Written from the journal, one interval at a time. Values are whole microseconds; the log's own `Interval_Max` is in seconds, since the
//! format divides it by a million. Never holds more than one interval, and computes no percentile.

use crate::base::diagnostic::Diagnostic;
use crate::model::histogram::Histogram;
use crate::model::load::{Class, Figures, Interval, LoadOpening, Phase};
use crate::record::load::journal;
use crate::record::store::cannot;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The log's name in its load's folder.
pub const FILE: &str = "load.hlog";

/// What the format divides the longest value of an interval by.
const MAX_UNIT: f64 = 1_000_000.0;

/// Writes the log of the journal in `dir` beside it, and gives its path.
///
/// Each operation has three histograms an interval, of its answers: the tags `OPERATION.response`, `OPERATION.service` and
/// `OPERATION.lag`. What counts as measured and nothing else has these tags, so that the intervals of a tag add up to the figures of the
/// report; those of the warm-up end in `.warmup`.
///
/// # Errors
/// When the journal cannot be read or the log cannot be written.
pub fn write(dir: &Path) -> Result<PathBuf, Diagnostic> {
    let path = dir.join(FILE);
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let failed = |error: &io::Error| cannot("write", &partial, error);
    let file = File::create(&partial).map_err(|e| failed(&e))?;
    let mut log = Log { out: BufWriter::new(file), tags: Vec::new() };
    journal::intervals(dir, |told| match told {
        journal::Piece::Opening(opening) => log.begin(opening).map_err(|e| e.to_string()),
        journal::Piece::Interval(interval) => log.interval(interval).map_err(|e| e.to_string()),
    })?;
    log.out.flush().map_err(|e| failed(&e))?;
    std::fs::rename(&partial, &path).map_err(|e| cannot("write", &path, &e))?;
    Ok(path)
}

/// A name as a tag or a file bears it: without what separates fields, words, lines or folders.
#[must_use]
pub fn tag(operation: &str) -> String {
    operation.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

struct Log<W> {
    out: W,
    tags: Vec<String>,
}

impl<W: Write> Log<W> {
    fn begin(&mut self, opening: &LoadOpening) -> io::Result<()> {
        self.tags = opening.operations.iter().map(|o| tag(o)).collect();
        let seconds = opening.began.as_millisecond() as f64 / 1e3;
        writeln!(self.out, "#[Logged by proofmark: values in microseconds, Interval_Max in seconds]")?;
        writeln!(self.out, "#[Histogram log format version 1.3]")?;
        writeln!(self.out, "#[StartTime: {seconds:.3} (seconds since epoch), {}]", opening.began)?;
        writeln!(self.out, "#[BaseTime: {seconds:.3} (seconds since epoch)]")?;
        writeln!(self.out, "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"")
    }

    fn interval(&mut self, interval: &Interval) -> io::Result<()> {
        let suffix = if interval.phase == Phase::Warmup { ".warmup" } else { "" };
        for (index, tag) in self.tags.iter().enumerate() {
            let mut answers = Figures::default();
            let cells = interval.cells.iter().filter(|c| c.operation == index && matches!(c.class, Class::Status(_)));
            cells.for_each(|c| answers.merge(&c.figures));
            for (kind, histogram) in [("response", &answers.response), ("service", &answers.service), ("lag", &answers.lag)] {
                if !histogram.is_empty() {
                    line(&mut self.out, &format!("{tag}.{kind}{suffix}"), interval, histogram)?;
                }
            }
        }
        Ok(())
    }
}

fn line(out: &mut impl Write, tag: &str, interval: &Interval, histogram: &Histogram) -> io::Result<()> {
    let max = histogram.max().map_or(0, |max| max.0 / 1_000) as f64 / MAX_UNIT;
    let (at, length) = (interval.at.0 as f64 / 1e9, interval.length.0 as f64 / 1e9);
    writeln!(out, "Tag={tag},{at:.3},{length:.3},{max:.3},{}", STANDARD.encode(histogram.to_v2_deflate()))
}

#[cfg(test)]
mod tests {
    use super::{tag, write};
    use crate::model::histogram::Histogram;
    use crate::model::redact::Redactor;
    use crate::record::load::{Journal, fixture};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn the_intervals_of_a_tag_add_up_to_what_the_record_says() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outcome = fixture::passing();
        let journal = Journal::create(dir.path(), &fixture::facts(), Redactor::default()).expect("it is begun");
        fixture::observe(&outcome, &journal);
        let text = std::fs::read_to_string(write(dir.path()).expect("it is written")).expect("it is there");
        let head: Vec<&str> = text.lines().take(5).collect();
        assert_eq!(head[2], "#[StartTime: 1795291512.000 (seconds since epoch), 2026-11-21T20:05:12Z]");
        assert!(head[4].starts_with("\"StartTimestamp\""), "{head:?}");
        let mut response = Histogram::new();
        for line in text.lines().filter(|l| l.starts_with("Tag=getSignature.response,")) {
            let payload = line.rsplit(',').next().expect("a payload");
            assert!(payload.starts_with("HISTFA"), "the head of a compressed V2 histogram: {payload}");
            response.merge(&Histogram::from_v2_deflate(&STANDARD.decode(payload).expect("base64")).expect("a histogram"));
        }
        let whole = outcome.measured.answers(Some(1)).response;
        assert_eq!(response.buckets().collect::<Vec<_>>(), whole.buckets().collect::<Vec<_>>());
        assert!(text.contains("\nTag=createSignature.lag.warmup,1.000,1.000,0.000,"), "{text}");
        assert!(text.contains("\nTag=createSignature.response,7.000,1.000,1.601,"), "{text}");
    }

    #[test]
    fn a_tag_has_nothing_that_separates() {
        assert_eq!(tag("GET /a,b/{id}\n"), "GET__a_b__id__");
    }
}
