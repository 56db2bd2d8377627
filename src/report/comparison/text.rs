//! A comparison as text for a terminal.
//!
//! What was compared with what, a row for each figure, how sure the verdict is, what cannot be said, and the verdict in words as the last
//! line. Never prints, and never lets a server's characters reach the terminal as commands.

use crate::record::compare::ComparisonRecord;
use crate::record::compare::shape::{ConformanceComparison, LoadComparison, SideRecord};
use crate::record::compare::words::{certainty, percent};
use crate::record::figures::counted;
use crate::report::comparison::{cells, figure_as, finding_as, told, verdict_as};
use crate::report::text::table::{Column, table};
use crate::report::text::{BOLD, DIM, Options, Page, Verbosity, shown, style};

/// Findings shown at most, unless every one is asked for.
const SHOWN: usize = 40;

/// The record as text for a terminal.
#[must_use]
pub fn render(record: &ComparisonRecord, options: &Options) -> String {
    let mut page = Page { text: String::new(), color: options.color };
    let quiet = options.verbosity == Verbosity::Quiet;
    if !quiet {
        opening(&mut page, record, options.verbosity == Verbosity::Verbose);
    }
    if let Some(load) = &record.load {
        if !quiet {
            figures(&mut page, load);
        }
        decided(&mut page, load, quiet);
    }
    if let Some(conformance) = &record.conformance {
        findings(&mut page, conformance, options.verbosity);
        if !quiet {
            around(&mut page, conformance);
        }
    }
    if !record.unsaid.is_empty() {
        page.gap();
        for (i, line) in record.unsaid.iter().enumerate() {
            page.entry(0, if i == 0 { "unsaid" } else { "" }, &shown(line));
        }
    }
    if !quiet {
        page.gap();
        page.hidden(&record.redactions, options.verbosity);
        page.written(options);
    }
    page.gap();
    let sentence = page.paint(style(verdict_as(record.verdict)), &shown(&record.sentence));
    page.line(&sentence);
    page.text
}

fn opening(page: &mut Page, record: &ComparisonRecord, every: bool) {
    let title = page.paint(BOLD, &shown(&record.title));
    page.line(&format!("compare {title}"));
    side(page, "baseline", &record.baseline, every);
    side(page, "candidate", &record.candidate, every);
    if let Some(load) = &record.load {
        page.entry(2, "runs", &shown(&load.described));
    }
    for ground in record.grounds.iter().filter(|g| every || !g.same) {
        let values = if ground.same {
            shown(&ground.baseline)
        } else {
            format!("{}, and {}", shown(&ground.baseline), shown(&ground.candidate))
        };
        page.entry(2, &shown(&ground.name), &values);
    }
}

fn side(page: &mut Page, name: &str, side: &SideRecord, every: bool) {
    let runs = counted(side.runs.len(), "run");
    page.entry(2, name, &format!("{} {}", shown(&side.target), page.paint(DIM, &format!("({runs})"))));
    for run in side.runs.iter().filter(|r| every || r.left_out.is_some()) {
        let why = run.left_out.as_ref().map_or_else(|| shown(&run.sentence), |why| format!("left out: {}", shown(why)));
        page.entry(2, "", &format!("{} {why}", shown(&run.path)));
    }
}

fn figures(page: &mut Page, load: &LoadComparison) {
    page.gap();
    let columns = [
        Column::left("operation"),
        Column::left("figure"),
        Column::right("baseline"),
        Column::right("candidate"),
        Column::right("change"),
        Column::right("95% interval"),
        Column::right("margin"),
        Column::left("verdict"),
    ];
    let mut rows = Vec::new();
    for operation in &load.operations {
        for (i, figure) in operation.figures.iter().enumerate() {
            let mut row = vec![if i == 0 { shown(&operation.operation) } else { String::new() }, figure.figure.name().to_owned()];
            row.extend(cells(figure));
            row.push(told(figure).to_owned());
            rows.push(row);
        }
    }
    table(page, &columns, &rows);
    for operation in &load.operations {
        for figure in operation.figures.iter().filter(|f| f.decides.is_none()) {
            if let Some(why) = &figure.refused {
                let line = format!("  {} {}: {}", shown(&operation.operation), figure.figure.name(), shown(why));
                page.line(&page.paint(DIM, &line));
            }
        }
    }
}

fn decided(page: &mut Page, load: &LoadComparison, quiet: bool) {
    for operation in &load.operations {
        for figure in &operation.figures {
            let Some(decided) = &figure.decides else { continue };
            let outcome = figure_as(decided.outcome);
            if quiet && outcome == crate::record::shape::Outcome::Pass {
                continue;
            }
            page.gap();
            let word = page.paint(style(outcome), decided.outcome.word());
            let what = format!("{} {}", shown(&operation.operation), figure.figure.name());
            page.line(&format!("{word}  {what}  {}", shown(&decided.sentence)));
            for line in certainty(figure.figure, decided) {
                page.entry(2, "", &line);
            }
            if let Some(p) = decided.p.filter(|_| !quiet) {
                let line = format!(
                    "p of a change beyond {}: {p:.4} (one-sided, by Holm over all that decides)",
                    percent(decided.margin)
                );
                page.entry(2, "", &line);
            }
        }
    }
}

fn findings(page: &mut Page, conformance: &ConformanceComparison, verbosity: Verbosity) {
    let new = |f: &&crate::record::compare::shape::FindingChange| {
        verbosity != Verbosity::Quiet || f.status == crate::record::compare::shape::FindingStatus::New
    };
    let most = if verbosity == Verbosity::Verbose { usize::MAX } else { SHOWN };
    let all: Vec<_> = conformance.findings.iter().filter(new).collect();
    if !all.is_empty() {
        page.gap();
    }
    for found in all.iter().take(most) {
        let word = page.paint(style(finding_as(found.status, found.level)), found.status.word());
        let check = page.paint(DIM, &format!("[{}]", shown(&found.check)));
        let operation = found.operation.as_ref().map(|o| format!(" {}", shown(o))).unwrap_or_default();
        page.line(&format!("{word}  {}:{operation} {} {check}", shown(&found.title), shown(&found.message)));
        let seen = format!("{} before, {} now", counted(found.baseline, "run"), counted(found.candidate, "run"));
        page.entry(2, "case", &format!("{} ({seen})", shown(&found.case)));
        if let Some(schema) = &found.schema {
            page.entry(2, "schema", &shown(schema));
        }
    }
    if all.len() > most {
        page.line(&format!("and {} more", all.len() - most));
    }
}

fn around(page: &mut Page, conformance: &ConformanceComparison) {
    page.gap();
    let counts: Vec<String> =
        conformance.counts.iter().filter(|c| c.count > 0).map(|c| format!("{} {}", c.count, c.status.word())).collect();
    page.entry(0, "findings", &if counts.is_empty() { "none on either side".to_owned() } else { counts.join(", ") });
    for (name, cases) in [("added", &conformance.cases_added), ("removed", &conformance.cases_removed)] {
        for (i, case) in cases.iter().enumerate() {
            page.entry(0, if i == 0 { name } else { "" }, &shown(case));
        }
    }
    for change in &conformance.coverage {
        let (was, is) = (change.baseline, change.candidate);
        let head = format!("{} {}: {}/{} to {}/{}", shown(&change.suite), shown(&change.title), was.0, was.1, is.0, is.1);
        page.entry(0, "coverage", &head);
        for (what, items) in [("lost", &change.lost), ("gained", &change.gained)] {
            if !items.is_empty() {
                page.entry(0, "", &format!("{what} {}", items.iter().map(|i| shown(i)).collect::<Vec<_>>().join(", ")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::compare::ComparisonRecord;
    use crate::record::compare::fixture;
    use crate::record::fixture::HOSTILE;
    use crate::report::text::{Options, Verbosity};

    fn shown(record: &ComparisonRecord) -> String {
        render(record, &Options::default())
    }

    #[test]
    fn each_as_a_reader_sees_it() {
        for (name, record) in [
            ("regressed", fixture::regressed()),
            ("alike", fixture::alike()),
            ("open", fixture::open()),
            ("single", fixture::single()),
            ("broken", fixture::broken()),
            ("mended", fixture::mended()),
        ] {
            insta::assert_snapshot!(name, shown(&record));
        }
    }

    #[test]
    fn quiet_says_what_does_not_hold() {
        let options = Options { verbosity: Verbosity::Quiet, ..Options::default() };
        let quiet = render(&fixture::regressed(), &options);
        assert!(quiet.starts_with("REGRESSED") && !quiet.contains("NOT REGRESSED") && !quiet.contains("baseline  "), "{quiet}");
        assert_eq!(render(&fixture::alike(), &options).lines().count(), 1);
    }

    #[test]
    fn no_escape_of_a_server_reaches_the_terminal_and_colour_only_adds_escapes() {
        let mut loads = fixture::regressed();
        loads.title.push_str(HOSTILE);
        loads.baseline.target.push_str(HOSTILE);
        loads.baseline.runs[0].path.push_str(HOSTILE);
        loads.grounds[0].candidate.push_str(HOSTILE);
        loads.unsaid.push(HOSTILE.to_owned());
        loads.load.as_mut().expect("loads").operations[0].operation.push_str(HOSTILE);
        let mut suites = fixture::broken();
        for found in &mut suites.conformance.as_mut().expect("findings").findings {
            found.message.push_str(HOSTILE);
            found.case.push_str(HOSTILE);
        }
        for record in [loads, suites] {
            let options = Options { verbosity: Verbosity::Verbose, ..Options::default() };
            let text = render(&record, &options);
            assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text}");
            let colored = render(&record, &Options { color: true, ..options });
            assert_eq!(anstream::adapter::strip_str(&colored).to_string(), text);
        }
    }
}
