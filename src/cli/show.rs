//! `proofmark report show`: a stored record in a format, and in others beside it.
//!
//! Exits as what is shown did. Runs nothing.

use crate::app::report::{self, Stored};
use crate::app::reports::write_only;
use crate::base::diagnostic::Diagnostic;
use crate::cli::args::ShowArgs;
use crate::cli::reports::{self, parsed};
use crate::cli::terminal::Terminal;
use crate::cli::{UNUSABLE, certified, code, comparison, loaded, verbosity, watched};
use crate::report::text::Options;
use crate::report::{Format, render, words};

/// Runs the command and gives its exit code.
pub(super) fn run(args: &ShowArgs, terminal: &Terminal) -> u8 {
    let mut mistakes = Vec::new();
    let stored = match report::read_or_save(&args.run) {
        Ok(stored) => stored,
        Err(fault) => {
            mistakes.extend(args.format.parse::<Format>().err());
            mistakes.push(fault);
            terminal.diagnostics(&mistakes);
            return UNUSABLE;
        }
    };
    let record = stored.record();
    let asked = parsed(record.kind(), &args.reports, &mut mistakes);
    let format = Format::parse(record.kind(), &args.format).map_err(|mistake| mistakes.push(mistake)).unwrap_or(Format::Text);
    if format.is_folder() {
        let mistake = Diagnostic::error("report/folder", format!("`{format}` is a folder of files, and cannot be shown"));
        mistakes.push(mistake.hint(format!("--report {format}=FOLDER writes it")));
    }
    if mistakes.is_empty() {
        mistakes.extend(write_only(record, &asked).err().unwrap_or_default());
    }
    if !mistakes.is_empty() {
        terminal.diagnostics(&mistakes);
        return UNUSABLE;
    }
    let shared = match args.reports.share.then(|| Stored::shared(record)).transpose() {
        Ok(shared) => shared,
        Err(fault) => {
            terminal.diagnostics(&[fault]);
            return UNUSABLE;
        }
    };
    let record = shared.as_ref().map_or(record, Stored::record);
    let color = reports::color(terminal, &asked);
    let options = Options { color, verbosity: verbosity(args.quiet, args.verbose), ..Options::default() };
    let text = if format == Format::Text { words(record, &options) } else { render(format, record).text() };
    reports::show(terminal, &asked, record, &text);
    match &stored {
        Stored::Run(record) => code(record.verdict),
        Stored::Certification(record) => certified(record.verdict),
        Stored::Load(record) => loaded(record.verdict),
        Stored::Watch(record) => watched(record.verdict),
        Stored::Comparison(record) => comparison::code(record.verdict),
    }
}
