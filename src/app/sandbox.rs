//! `proofmark sandbox`: serves the three APIs until it is stopped.
//!
//! Wires configuration, store, socket and sandbox. Never prints.

use crate::app::files;
use crate::base::diagnostic::Diagnostic;
use crate::net::server::bind;
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::faults::Fault;
use crate::sandbox::store::Store;
use crate::sandbox::{RunningSandbox, SandboxOptions, resume, start};
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Starts a sandbox at `address` (`127.0.0.1:0` for any port); with a store it takes up what was kept there.
///
/// # Errors
/// A diagnostic when the configuration is wrong, the store cannot be used, or the address cannot be bound.
pub async fn serve(
    address: &str,
    config: Option<&str>,
    faults: Vec<Fault>,
    store: Option<&Path>,
    stop: CancellationToken,
) -> Result<RunningSandbox, Diagnostic> {
    let config = match config {
        None => SandboxConfig::default(),
        Some(name) => SandboxConfig::from_yaml(files::read(name)?.text())
            .map_err(|why| Diagnostic::error("sandbox/config", format!("{name}: {why}")))?,
    };
    let store = store.map(Store::open).transpose()?;
    let listener = bind(address).await.map_err(|why| Diagnostic::error("sandbox/bind", why))?;
    let options = SandboxOptions { config, faults, ..SandboxOptions::default() };
    match store {
        Some(store) => resume(listener, options, store, stop).await,
        None => start(listener, options, stop).await.map_err(|why| Diagnostic::error("sandbox/start", why)),
    }
}
