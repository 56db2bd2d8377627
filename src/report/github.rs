//! Findings as workflow commands, which GitHub shows beside the lines of a change; the commands' own escapes.
//!
//! As many as GitHub shows of one step, the rest summed up. Never lets a text begin a command of its own.

use crate::base::source::Spot;
use crate::record::figures::counted;
use crate::record::shape::{FindingRecord, Level, Outcome};
use crate::record::sheet::{Sheet, Test};
use crate::report::{prose, visible};
use std::fmt::Write as _;

/// What GitHub shows of each level in one step.
const SHOWN: usize = 10;

/// One annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    spot: Option<Spot>,
    title: String,
    message: String,
    times: usize,
}

/// The findings as workflow commands.
#[must_use]
pub fn render(sheet: &Sheet<'_>) -> String {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for (_, test) in sheet.tests() {
        for (spot, found) in placed(test) {
            let list = if found.level == Level::Error && test.outcome.is_bad() { &mut errors } else { &mut warnings };
            note(list, spot, &format!("{}: {}", found.check, test.title), &said(found));
        }
        if test.outcome.is_bad() && test.errors().next().is_none() {
            let word = if test.outcome == Outcome::Error { "could not be judged" } else { "failed" };
            let title = format!("{word}: {}", test.title);
            note(&mut errors, test.spot.clone(), &title, test.message.as_deref().unwrap_or(word));
        }
    }
    let mut out = String::new();
    for (level, notes) in [("error", &errors), ("warning", &warnings)] {
        notes.iter().take(SHOWN).for_each(|note| command(&mut out, level, note));
    }
    let mut sum = sheet.sentence.to_owned();
    let hidden = |notes: &[Note]| notes.len().saturating_sub(SHOWN);
    let more: Vec<String> = [(hidden(&errors), "error"), (hidden(&warnings), "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| format!("{} more", counted(count, noun)))
        .collect();
    if !more.is_empty() {
        let _ = write!(sum, "\n{} in the report: GitHub shows {SHOWN} of each", more.join(" and "));
    }
    let title = format!("proofmark {}", sheet.kind.name());
    command(&mut out, "notice", &Note { spot: None, title, message: sum, times: 1 });
    out
}

/// The findings of a test with the place that each belongs to: the step's, else the test's.
fn placed<'t, 'r>(test: &'t Test<'r>) -> Vec<(Option<Spot>, &'t FindingRecord)>
where
    'r: 't,
{
    if test.parts.is_empty() {
        let spec = |f: &FindingRecord| f.spec.clone().map(Spot::from);
        return test.findings.iter().map(|f| (test.spot.clone().or_else(|| spec(f)), *f)).collect();
    }
    test.parts.iter().flat_map(|p| p.findings.iter().map(|f| (p.spot.clone().or_else(|| test.spot.clone()), f))).collect()
}

fn said(finding: &FindingRecord) -> String {
    let mut text = format!("{}\n{}", finding.message, prose::contrast(finding));
    let _ = write!(text, "\n{} ({})", finding.requirement.id, finding.requirement.source);
    if let Some(spec) = &finding.spec {
        let _ = write!(text, "\nspec: {}:{}:{}", spec.file, spec.line, spec.column);
    }
    text
}

fn note(list: &mut Vec<Note>, spot: Option<Spot>, title: &str, message: &str) {
    match list.iter_mut().find(|n| n.spot == spot && n.title == title && n.message == message) {
        Some(same) => same.times += 1,
        None => list.push(Note { spot, title: title.to_owned(), message: message.to_owned(), times: 1 }),
    }
}

fn command(out: &mut String, level: &str, note: &Note) {
    let mut properties = Vec::new();
    // What travels inside the binary is no file of the change.
    if let Some(spot) = note.spot.as_ref().filter(|s| !s.file.starts_with("shipped:")) {
        let file = spot.file.strip_prefix("./").unwrap_or(&spot.file);
        properties.push(format!("file={}", property(&visible::line(file))));
        properties.push(format!("line={},col={}", spot.line, spot.column));
    }
    let times = if note.times > 1 { format!(" ({} times)", note.times) } else { String::new() };
    properties.push(format!("title={}", property(&visible::line(&format!("{}{times}", note.title)))));
    let _ = writeln!(out, "::{level} {}::{}", properties.join(","), data(&visible::block(&note.message)));
}

/// Text behind a command.
pub(in crate::report) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as the value of a property.
pub(in crate::report) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{SHOWN, property, render};
    use crate::record::fixture::{self, HOSTILE};
    use crate::record::sheet::run;

    #[test]
    fn commands_beside_the_lines_and_a_sum() {
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        insta::assert_snapshot!(render(&run(&fixture::record(&fixture::failing()))));
    }

    #[test]
    fn no_more_than_github_shows_and_no_text_is_a_command() {
        let mut outcome = fixture::failing();
        let failed = outcome.cases[1].clone();
        for number in 0..40 {
            let mut case = failed.clone();
            case.id = format!("more/{number}");
            case.title = format!("more {number}\n::error::{HOSTILE}");
            case.steps[0].findings[0].message = "x\r\n::set-output name=a::b".to_owned();
            outcome.cases.push(case);
        }
        let text = render(&run(&fixture::record(&outcome)));
        let of = |start: &str| text.lines().filter(|l| l.starts_with(start)).count();
        assert_eq!((of("::error "), of("::warning "), of("::notice ")), (SHOWN, 1, 1), "{text}");
        assert_eq!(text.lines().count(), SHOWN + 2, "{text}");
        assert!(text.contains("more in the report: GitHub shows 10 of each"), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
    }
}
