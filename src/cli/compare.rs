//! `proofmark diff`: arguments as typed, what is shown, the exit code.
//!
//! Never reads a file and never compares.

use crate::app::diff;
use crate::cli::args::DiffArgs;
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, FAILS, UNUSABLE, rights};

pub(super) fn run(args: &DiffArgs, terminal: &Terminal) -> u8 {
    let mut mistakes = Vec::new();
    let format = args.format.parse::<diff::Format>().map_err(|mistake| mistakes.push(mistake)).unwrap_or_default();
    let rights = rights(&args.specs, &mut mistakes);
    if !mistakes.is_empty() {
        terminal.diagnostics(&mistakes);
        return UNUSABLE;
    }
    let settings = diff::Settings {
        old: args.old.clone(),
        new: args.new.clone(),
        overlays: args.specs.overlay.clone(),
        rights,
        format,
        breaking_only: args.breaking_only,
        open_enums: args.open_enums,
        color: terminal.color(),
    };
    match diff::diff(&settings) {
        Err(faults) => {
            terminal.diagnostics(&faults);
            UNUSABLE
        }
        Ok(compared) => {
            terminal.show(&compared.text);
            if compared.fails { FAILS } else { CONFORMS }
        }
    }
}
