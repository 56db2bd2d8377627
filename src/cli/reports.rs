//! `--report FORMAT=PATH` as it is typed, and reports at the standard output.
//!
//! Refuses what cannot be written as asked before anything is sent. Writes no file.

use crate::app::report::Stored;
use crate::app::reports::{OUTPUT, Report};
use crate::base::diagnostic::Diagnostic;
use crate::cli::UNUSABLE;
use crate::cli::options::ReportArgs;
use crate::cli::terminal::Terminal;
use crate::record::sheet::Kind;
use crate::report::{Format, Record, render};

/// Reports as typed: FORMAT=PATH, each path once.
pub(super) fn reports(kind: Kind, asked: &ReportArgs, mistakes: &mut Vec<Diagnostic>) -> Vec<Report> {
    if asked.share && asked.report.is_empty() {
        let mistake = Diagnostic::error("usage/report", "`--share` says how reports are written, and none is asked for");
        mistakes.push(mistake.hint("such as --share --report html=out/report.html; the run's own folder keeps everything"));
    }
    parsed(kind, asked, mistakes)
}

/// The same where something is shown in any case.
pub(super) fn parsed(kind: Kind, asked: &ReportArgs, mistakes: &mut Vec<Diagnostic>) -> Vec<Report> {
    let mut reports: Vec<Report> = Vec::new();
    let usage = |message: String| Diagnostic::error("usage/report", message);
    for typed in &asked.report {
        let Some((format, path)) = typed.split_once('=').filter(|(_, path)| !path.is_empty()) else {
            let mistake = usage(format!("`--report {typed}` is not FORMAT=PATH"));
            mistakes.push(mistake.hint("such as --report junit=out/junit.xml"));
            continue;
        };
        match Format::parse(kind, format) {
            Err(mistake) => mistakes.push(mistake),
            Ok(format) if format.is_folder() && path == OUTPUT => {
                mistakes.push(usage(format!("`{format}` is a folder of files, which `-` cannot take")));
            }
            Ok(_) if reports.iter().any(|known| known.path.as_os_str() == path) => {
                let what = if path == OUTPUT { "the standard output".to_owned() } else { format!("`{path}`") };
                mistakes.push(usage(format!("two reports would be written to {what}")).hint("give each a path of its own"));
            }
            Ok(format) => reports.push(Report { format, path: path.into(), shared: asked.share }),
        }
    }
    reports
}

/// Shows what a reader wants to see. Where a report is to be at the standard output, that has it alone, and the reader is told beside.
pub(super) fn show<'r>(terminal: &Terminal, asked: &[Report], record: impl Into<Record<'r>>, text: &str) {
    let Some(report) = asked.iter().find(|report| report.is_output()) else {
        terminal.show(text);
        return;
    };
    terminal.tell(text);
    let record = record.into();
    match report.shared.then(|| Stored::shared(record)).transpose() {
        Ok(shared) => terminal.show(&render(report.format, shared.as_ref().map_or(record, Stored::record)).text()),
        // Better nothing than what was not to be shared.
        Err(fault) => terminal.diagnostics(&[fault]),
    }
}

/// Says what could not be written, and that it is no success; `None` where everything was.
pub(super) fn kept(terminal: &Terminal, faults: &[Diagnostic]) -> Option<u8> {
    if faults.is_empty() {
        return None;
    }
    terminal.tell_each(faults);
    Some(UNUSABLE)
}

/// Whether colours are wanted where the text for a reader goes.
pub(super) fn color(terminal: &Terminal, asked: &[Report]) -> bool {
    if asked.iter().any(Report::is_output) { terminal.error_color() } else { terminal.color() }
}

#[cfg(test)]
mod tests {
    use super::reports;
    use crate::cli::options::ReportArgs;
    use crate::record::sheet::Kind;

    fn mistakes(kind: Kind, typed: &[&str]) -> Vec<String> {
        let mut mistakes = Vec::new();
        let report = typed.iter().map(|t| (*t).to_owned()).collect();
        reports(kind, &ReportArgs { report, share: false }, &mut mistakes);
        mistakes.into_iter().map(|m| m.message).collect()
    }

    #[test]
    fn sharing_is_of_reports_that_are_asked_for() {
        let mut mistakes = Vec::new();
        reports(Kind::Run, &ReportArgs { report: Vec::new(), share: true }, &mut mistakes);
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        let asked = ReportArgs { report: vec!["html=a.html".to_owned()], share: true };
        assert!(reports(Kind::Run, &asked, &mut mistakes).iter().all(|report| report.shared) && mistakes.len() == 1);
    }

    #[test]
    fn what_cannot_be_written_is_said_at_once() {
        assert!(mistakes(Kind::Run, &["junit=a.xml", "sarif=-", "allure=results", "html=b=c.html"]).is_empty());
        assert_eq!(
            mistakes(Kind::Load, &["junit", "tap=", "tpa=x", "wfc=x", "allure=-", "tap=x", "ctrf=x", "tap=-", "csv=-"]),
            [
                "`--report junit` is not FORMAT=PATH",
                "`--report tap=` is not FORMAT=PATH",
                "unknown report format `tpa`",
                "a load cannot be shown as `wfc`: only a run can",
                "`allure` is a folder of files, which `-` cannot take",
                "two reports would be written to `x`",
                "two reports would be written to the standard output",
            ]
        );
    }
}
