//! Writes the record of a run as long as is asked for, to look at its page and to measure what that costs.
//!
//! Usage: `cargo run --release --example large_run -- EXCHANGES FINDINGS FOLDER`

use std::error::Error;
use std::path::Path;

#[path = "../tests/support/large.rs"]
mod large;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [exchanges, findings, folder] = arguments.as_slice() else { return Err("give EXCHANGES FINDINGS FOLDER".into()) };
    let record = large::record(exchanges.parse()?, findings.parse()?);
    std::fs::create_dir_all(folder)?;
    proofmark::record::write(Path::new(folder), &record).map_err(|fault| fault.message)?;
    Ok(())
}
