//! `--report FORMAT=PATH` as it is typed, and reports at the standard output.
//!
//! Refuses what cannot be written as asked before anything is sent. Writes no file.

use crate::app::reports::{OUTPUT, Report};
use crate::base::diagnostic::Diagnostic;
use crate::cli::terminal::Terminal;
use crate::record::sheet::Kind;
use crate::report::{Format, Record, render};

/// Reports as typed: FORMAT=PATH, each path once.
pub(super) fn reports(kind: Kind, typed: &[String], mistakes: &mut Vec<Diagnostic>) -> Vec<Report> {
    let mut reports: Vec<Report> = Vec::new();
    let usage = |message: String| Diagnostic::error("usage/report", message);
    for typed in typed {
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
            Ok(_) if reports.iter().any(|(_, known)| known.as_os_str() == path) => {
                let what = if path == OUTPUT { "the standard output".to_owned() } else { format!("`{path}`") };
                mistakes.push(usage(format!("two reports would be written to {what}")).hint("give each a path of its own"));
            }
            Ok(format) => reports.push((format, path.into())),
        }
    }
    reports
}

/// Shows what a reader wants to see. Where a report is to be at the standard output, that has it alone, and the reader is told beside.
pub(super) fn show<'r>(terminal: &Terminal, asked: &[Report], record: impl Into<Record<'r>>, text: &str) {
    match asked.iter().find(|(_, path)| path.as_os_str() == OUTPUT) {
        None => terminal.show(text),
        Some((format, _)) => {
            terminal.tell(text);
            terminal.show(&render(*format, record).text());
        }
    }
}

/// Whether colours are wanted where the text for a reader goes.
pub(super) fn color(terminal: &Terminal, asked: &[Report]) -> bool {
    let beside = asked.iter().any(|(_, path)| path.as_os_str() == OUTPUT);
    if beside { terminal.error_color() } else { terminal.color() }
}

#[cfg(test)]
mod tests {
    use super::reports;
    use crate::record::sheet::Kind;

    fn mistakes(kind: Kind, typed: &[&str]) -> Vec<String> {
        let mut mistakes = Vec::new();
        let typed: Vec<String> = typed.iter().map(|t| (*t).to_owned()).collect();
        reports(kind, &typed, &mut mistakes);
        mistakes.into_iter().map(|m| m.message).collect()
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
