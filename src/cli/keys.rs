//! `proofmark keygen` and `proofmark verify`: arguments as typed, what is shown, the exit code.
//!
//! Makes no key and judges no certificate itself.

use crate::app::keygen;
use crate::app::verify::{self, Found, Holds, Settings};
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::callback::standard::new_webhook_keys;
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, FAILS, NOT_JUDGED, UNUSABLE};
use crate::report::certificate::text;
use clap::Args as ClapArgs;
use jiff::Timestamp;
use std::path::PathBuf;

/// The exit codes of `verify`.
pub(super) const VERIFY_EXIT_CODES: &str = "Exit codes:
  0    valid: signed by the key given, unchanged, and in its time
  1    not valid: changed, signed by another key, or not in its time
  2    wrong usage, or an input that cannot be used
  3    whole, but no key was given, so who signed it is not known";

/// Arguments of `keygen`.
#[derive(Debug, ClapArgs)]
pub(super) struct KeygenArgs {
    /// Folder or file for the private key; the public key is written beside it (.pub)
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Write nothing, print fresh keys for deliveries: whsec_ (v1), whsk_ and whpk_ (v1a)
    #[arg(long, conflicts_with = "out")]
    webhook: bool,
}

/// Arguments of `verify`.
#[derive(Debug, ClapArgs)]
pub(super) struct VerifyArgs {
    /// The certificate
    #[arg(value_name = "CERTIFICATE")]
    certificate: PathBuf,
    /// The issuer's public key: a file (PEM), or the key itself in base64url
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Ask about this instant instead of now, such as 2027-01-31T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    at: Option<String>,
    /// Also check that it was issued for this certification: its folder, or its record.json
    #[arg(long, value_name = "RUN")]
    report: Option<PathBuf>,
    /// Only the verdict
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn generate(args: &KeygenArgs, terminal: &Terminal) -> u8 {
    if args.webhook {
        let keys = new_webhook_keys();
        terminal.show(&format!(
            "{}\n  the secret that sender and receiver share (v1)\n{}\n  the key that the sender signs with (v1a)\n{}\n  the key that receivers verify with (v1a)\n",
            keys.secret.expose(),
            keys.private.expose(),
            keys.public
        ));
        return CONFORMS;
    }
    match keygen::keygen(args.out.as_deref()) {
        Err(fault) => {
            terminal.diagnostics(&[fault]);
            UNUSABLE
        }
        Ok(made) => {
            let (private, public) = (made.private.display(), made.public.display());
            terminal.show(&format!(
                "private key  {private} (keep it to yourself)\npublic key   {public}\n             {}\nkey id       {}\n",
                made.key, made.id
            ));
            CONFORMS
        }
    }
}

pub(super) fn verify(args: &VerifyArgs, terminal: &Terminal) -> u8 {
    let at = match args.at.as_deref().map(instant).transpose() {
        Ok(at) => at.unwrap_or_else(|| SystemClock.now()),
        Err(mistake) => {
            terminal.diagnostics(&[mistake]);
            return UNUSABLE;
        }
    };
    let settings = Settings { certificate: args.certificate.clone(), key: args.key.clone(), at, report: args.report.clone() };
    match verify::check(&settings) {
        Err(faults) => {
            terminal.diagnostics(&faults);
            UNUSABLE
        }
        Ok(found) => {
            terminal.show(&shown(&found, args.quiet, terminal.color()));
            match found.holds {
                Holds::Yes => CONFORMS,
                Holds::No => FAILS,
                Holds::Unknown => NOT_JUDGED,
            }
        }
    }
}

fn shown(found: &Found, quiet: bool, color: bool) -> String {
    let covers = found.verified.as_ref().filter(|_| !quiet);
    let covers = covers.map(|v| text::render(&v.document, color)).unwrap_or_default();
    let (paint, reset) = match (color, found.holds) {
        (false, _) => ("", ""),
        (true, Holds::Yes) => ("\u{1b}[1;32m", "\u{1b}[0m"),
        (true, Holds::No) => ("\u{1b}[1;31m", "\u{1b}[0m"),
        (true, Holds::Unknown) => ("\u{1b}[1;33m", "\u{1b}[0m"),
    };
    format!("{covers}{paint}{}{reset}\n", crate::report::visible::line(&found.sentence))
}

fn instant(text: &str) -> Result<Timestamp, Diagnostic> {
    text.parse().map_err(|_| {
        Diagnostic::error("usage/instant", format!("`--at {text}` is not an instant"))
            .hint("such as 2027-01-31T00:00:00Z or 2027-01-31T01:00:00+01:00")
    })
}
