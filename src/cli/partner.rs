//! `proofmark partner` as typed, and what is shown while it serves.
//!
//! Mirrors flags and prints. Decides nothing about what they mean.

use crate::app::partner::{Settings, serve};
use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, UNUSABLE, interruption};
use crate::partner::faults::{self, Fault};
use crate::partner::profile::Profile;
use std::path::PathBuf;

/// Arguments of `partner`.
#[derive(Debug, clap::Args)]
pub(super) struct PartnerArgs {
    /// Address to listen on; port 0 for any
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    bind: String,
    /// What is agreed on with the platform: laas, laas-hmac, standard-webhooks, standard-webhooks-ed25519, http-signatures or mtls
    #[arg(long, value_name = "NAME", default_value = "laas", value_parser = Profile::parse)]
    profile: Profile,
    /// What signatures are verified by: whsec_..., for Ed25519 whpk_...; the published example where a secret is shared and none is given
    #[arg(long, value_name = "VALUE", env = "PROOFMARK_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// What deliveries have to bear in `Authorization`, such as `Bearer abc`
    #[arg(long, value_name = "VALUE", env = "PROOFMARK_AUTHORIZATION", hide_env_values = true)]
    authorization: Option<String>,
    /// After a notification about a signature, ask for it below this URL
    #[arg(long, value_name = "URL")]
    follow_up: Option<String>,
    /// Misbehave in this way (repeatable)
    #[arg(long, value_name = "NAME", value_parser = Fault::parse)]
    fault: Vec<Fault>,
    /// How late `--fault slow-event` answers
    #[arg(long, value_name = "TIME", value_parser = Nanos::parse)]
    slow_by: Option<Nanos>,
    /// List the faults, each with the row of the certification that it makes fail, and exit
    #[arg(long)]
    list_faults: bool,
    /// Speak TLS 1.3, with a certificate made for the occasion; the profile mtls always does
    #[arg(long)]
    tls: bool,
    /// Folder for what the platform needs for TLS: ca.pem, and with mtls client.pem and client-key.pem
    #[arg(long, value_name = "DIR", default_value = "partner-pki")]
    pki: PathBuf,
}

/// Serves until it is stopped.
pub(super) async fn run(args: PartnerArgs, terminal: &Terminal) -> u8 {
    if args.list_faults {
        terminal.show(&fault_table());
        return CONFORMS;
    }
    let settings = Settings {
        address: args.bind,
        profile: args.profile,
        secret: args.secret.map(Secret::new),
        authorization: args.authorization.map(Secret::new),
        faults: args.fault,
        follow_up: args.follow_up,
        slow_by: args.slow_by,
        tls: args.tls,
        pki: args.pki,
    };
    let stop = interruption();
    let serving = match serve(settings, stop.clone()).await {
        Err(fault) => return unusable(&fault, terminal),
        Ok(serving) => serving,
    };
    let url = &serving.running.url;
    let read_back = serving.running.read_back();
    let beside = match &serving.beside[..] {
        [] => String::new(),
        names => format!(" (with {} as here)", names.join(" and ")),
    };
    terminal.show(&format!(
        "partner at {url}; deliveries go to {url}/notifications; Ctrl-C stops it\nwhat became of a delivery: {read_back}\n\
         certify it: {}{beside}\n",
        serving.command
    ));
    stop.cancelled().await;
    serving.running.finished().await;
    CONFORMS
}

fn unusable(fault: &Diagnostic, terminal: &Terminal) -> u8 {
    terminal.diagnostics(std::slice::from_ref(fault));
    UNUSABLE
}

fn fault_table() -> String {
    let name = faults::ALL.iter().map(|fault| fault.name.len()).max().unwrap_or(0);
    faults::ALL.iter().map(|fault| format!("{:>3}  {:name$}  {}\n", fault.row, fault.name, fault.what)).collect()
}
