//! The history handed on: one run a line, as JSON.
//!
//! Takes what it can read and says, line by line, what it cannot. Never takes half a run.

use crate::base::diagnostic::Diagnostic;
use crate::record::history::entry::Entry;
use crate::record::history::figures::rounded;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

/// What `format` says in every line.
pub const FORMAT: &str = "proofmark.history";
/// The version of the lines that this build writes.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Line<'a> {
    format: &'static str,
    version: u32,
    #[serde(flatten)]
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// The lines of runs, oldest first, so that what is exported again grows at its end.
///
/// # Panics
/// Never: a run has text keys only.
#[must_use]
pub fn write(entries: &[Entry]) -> String {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| (a.run.began, &a.run.id).cmp(&(b.run.began, &b.run.id)));
    let line = |entry| serde_json::to_string(&Line { format: FORMAT, version: VERSION, entry }).expect("text keys only") + "\n";
    sorted.into_iter().map(line).collect()
}

/// The runs of lines that are known as `name`, and what could not be taken.
#[must_use]
pub fn read(text: &str, name: &str) -> (Vec<Entry>, Vec<Diagnostic>) {
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (number, line) in text.split_inclusive('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match parse(line) {
            Ok(entry) => entries.push(entry),
            Err((code, why, hint)) => {
                let message = format!("line {} of `{name}` {why}", number + 1);
                faults.push(Diagnostic::warning(code, message).maybe_hint(hint));
            }
        }
    }
    (entries, faults)
}

type Refused = (&'static str, String, Option<String>);

fn parse(line: &str) -> Result<Entry, Refused> {
    let damaged = |error: serde_json::Error| -> Refused {
        // A writer that was stopped leaves a line without its end.
        match error.classify() {
            Category::Eof => ("history/cut", "is cut short, and was left out".to_owned(), Some("export it again".to_owned())),
            Category::Syntax | Category::Io => ("history/line", "is not JSON, and was left out".to_owned(), None),
            Category::Data => ("history/line", "is no run of a history, and was left out".to_owned(), None),
        }
    };
    let head: Head = serde_json::from_str(line).map_err(damaged)?;
    if head.format != FORMAT {
        return Err(("history/line", format!("is a `{}`, and was left out", head.format), None));
    }
    if head.version > VERSION {
        let why = format!("has version {}, this build reads up to version {VERSION}, and it was left out", head.version);
        return Err(("history/newer", why, Some("import it with the proofmark that wrote it, or a newer one".to_owned())));
    }
    let mut entry: Entry = serde_json::from_str(line).map_err(damaged)?;
    for figure in &mut entry.figures {
        let Some(value) = rounded(figure.value) else {
            return Err(("history/line", format!("has a value of `{}` that is no number, and was left out", figure.name), None));
        };
        figure.value = value;
    }
    entry.figures.sort_by(|a, b| (&a.operation, &a.name).cmp(&(&b.operation, &b.name)));
    entry.figures.dedup_by(|a, b| a.operation == b.operation && a.name == b.name);
    Ok(entry)
}

/// Writes lines into a file, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write_file(path: &std::path::Path, text: &str) -> Result<(), Diagnostic> {
    crate::record::store::write_whole(path, text).map(|_| ())
}
