//! `proofmark schema` as it is typed.
//!
//! Prints a schema that travels inside the binary. Validates nothing.

use crate::app::schemas;
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, UNUSABLE};
use clap::Args as ClapArgs;

/// Arguments of `schema`.
#[derive(Debug, ClapArgs)]
pub(super) struct SchemaArgs {
    /// suite, environment, load, monitor, profile, expected-failures or record
    #[arg(value_name = "WHAT")]
    what: String,
    /// Of a record: run, load, certification, monitor or comparison; any of them where none is named
    #[arg(value_name = "KIND")]
    kind: Option<String>,
}

/// Runs the command and gives its exit code.
pub(super) fn run(args: &SchemaArgs, terminal: &Terminal) -> u8 {
    match schemas::schema(&args.what, args.kind.as_deref()) {
        Ok(text) => {
            terminal.show(&text);
            CONFORMS
        }
        Err(fault) => {
            terminal.diagnostics(&[fault]);
            UNUSABLE
        }
    }
}
