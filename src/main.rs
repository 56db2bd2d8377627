//! The `proofmark` binary.
//!
//! Hands over to `cli` and exits with its code. Holds nothing else.

fn main() -> std::process::ExitCode {
    proofmark::cli::main()
}
