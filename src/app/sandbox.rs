//! `proofmark sandbox`: serves the three APIs until it is stopped.
//!
//! Wires configuration, socket and sandbox. Never prints.

use crate::app::files;
use crate::base::diagnostic::Diagnostic;
use crate::net::server::bind;
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::faults::Fault;
use crate::sandbox::{RunningSandbox, SandboxOptions, start};
use tokio_util::sync::CancellationToken;

/// Starts a sandbox at `address` (`127.0.0.1:0` for any port).
///
/// # Errors
/// A diagnostic when the configuration is wrong or the address cannot be bound.
pub async fn serve(
    address: &str,
    config: Option<&str>,
    faults: Vec<Fault>,
    stop: CancellationToken,
) -> Result<RunningSandbox, Diagnostic> {
    let config = match config {
        None => SandboxConfig::default(),
        Some(name) => SandboxConfig::from_yaml(files::read(name)?.text())
            .map_err(|why| Diagnostic::error("sandbox/config", format!("{name}: {why}")))?,
    };
    let listener = bind(address).await.map_err(|why| Diagnostic::error("sandbox/bind", why))?;
    start(listener, SandboxOptions { config, faults, ..SandboxOptions::default() }, stop)
        .await
        .map_err(|why| Diagnostic::error("sandbox/start", why))
}
