//! A callback endpoint that behaves as it should, or in one way as it should not.
//!
//! An independent implementation of the receiver's side. Never imports the contract model, checks, suites, plans or the certifier.

mod answers;
mod face;
pub mod faults;
mod follow;
mod memory;
mod notification;
pub mod profile;
mod secure;
mod signatures;

#[cfg(test)]
mod tests;

pub use secure::Pki;

use crate::base::clock::{Clock, SystemClock};
use crate::base::secret::Secret;
use crate::net::server::{Early, Heard, Limits, Shell, handler, serve_shell, serve_tls};
use crate::partner::face::{Face, MAX_BODY};
use crate::partner::faults::{Fault, Faults, Needs};
use crate::partner::follow::Follow;
use crate::partner::profile::Profile;
use crate::partner::signatures::Signatures;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The path of the URL that a partner registers.
const REGISTERED: &str = "/callback";

/// How long things take; shorter ones are for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How late the answer of `slow-event` is.
    pub slow_by: Duration,
    /// How long a body may take to arrive.
    pub partial: Duration,
    /// How long a fault looks at what comes at the same time.
    pub race: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { slow_by: Duration::from_secs(11), partial: Duration::from_secs(5), race: Duration::from_millis(150) }
    }
}

/// How a partner is to be.
#[derive(Clone)]
pub struct PartnerOptions {
    /// What it has agreed on with its sender.
    pub profile: Profile,
    /// What signatures are verified by: `whsec_` for HMAC; `whpk_`, or the sender's own `whsk_`, for Ed25519.
    pub secret: Option<Secret<String>>,
    /// A header and the value that every delivery has to bear in it.
    pub authorization: Option<(String, Secret<String>)>,
    /// Speak TLS; the profile `mtls` always does.
    pub tls: bool,
    /// The faults that are on.
    pub faults: Vec<Fault>,
    /// Where the entity of a signature's notification is asked for.
    pub follow_up: Option<String>,
    /// How long things take.
    pub pace: Pace,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
}

impl Default for PartnerOptions {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            secret: None,
            authorization: None,
            tls: false,
            faults: Vec::new(),
            follow_up: None,
            pace: Pace::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// A partner that serves until its token is cancelled.
#[derive(Debug)]
pub struct RunningPartner {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What it would register: deliveries go to `/notifications` below.
    pub url: String,
    /// What its sender needs for TLS.
    pub pki: Option<Pki>,
    task: JoinHandle<()>,
}

impl RunningPartner {
    /// The URL that tells what became of a delivery, with `{id}` for its `webhook-id`.
    #[must_use]
    pub fn read_back(&self) -> String {
        format!("{}/effects/{{id}}", self.url.trim_end_matches(REGISTERED))
    }

    /// Waits until it has stopped and its connections have ended.
    pub async fn finished(self) {
        // It fails only if the task was cancelled or panicked, and then it has ended too.
        let _ = self.task.await;
    }
}

/// Starts a partner on `listener`, until `stop`.
///
/// # Errors
/// A lower-case fragment that says what cannot be read, made, or go together.
pub async fn start(listener: TcpListener, options: PartnerOptions, stop: CancellationToken) -> Result<RunningPartner, String> {
    let addr = listener.local_addr().map_err(|error| format!("the listener has no address: {error}"))?;
    let faults = Faults::new(&options.faults);
    let mutual = options.profile == Profile::Mtls;
    let tls = options.tls || mutual;
    let signatures = Signatures::new(options.profile, options.secret.as_ref())?;
    fits(&faults, signatures.is_some(), &options)?;
    let scheme = if tls { "https" } else { "http" };
    let mut face = Face::new(faults.clone(), Arc::clone(&options.clock), options.pace);
    face.signatures = signatures;
    face.authorization = options.authorization;
    face.follow = options.follow_up.as_deref().map(Follow::new).transpose()?;
    face.scheme = scheme;
    let face = Arc::new(face);
    let shell = Shell {
        early: faults.has(Fault::PartialBlocks).then(one_at_a_time),
        limits: limits(&faults, options.pace),
        ..Shell::new(handler(move |request, _| Arc::clone(&face).reply(request)))
    };
    let ip = addr.ip();
    let shown = if ip.is_unspecified() { "127.0.0.1".to_owned() } else { ip.to_string() };
    let host = if shown.contains(':') { format!("[{shown}]") } else { shown.clone() };
    let url = format!("{scheme}://{host}:{}{REGISTERED}", addr.port());
    if !tls {
        let task = tokio::spawn(serve_shell(listener, shell, stop));
        return Ok(RunningPartner { addr, url, pki: None, task });
    }
    let (server, pki) = secure::make(mutual, &shown, &faults, options.clock.now())?;
    let task = tokio::spawn(async move {
        // What was made a moment ago can be used.
        let _ = serve_tls(listener, shell, &server, stop).await;
    });
    Ok(RunningPartner { addr, url, pki: Some(pki), task })
}

/// Whether every fault could show at all.
fn fits(faults: &Faults, signs: bool, options: &PartnerOptions) -> Result<(), String> {
    let mutual = options.profile == Profile::Mtls;
    for fault in faults.iter() {
        let needs = fault.info().needs;
        let met = match needs {
            Needs::Nothing => true,
            Needs::Signature => signs,
            Needs::Authorization => options.authorization.is_some(),
            Needs::Tls => options.tls || mutual,
            Needs::ClientCertificate => mutual,
        };
        if !met {
            return Err(format!("the fault `{fault}` needs {}", needs.words()));
        }
    }
    Ok(())
}

fn limits(faults: &Faults, pace: Pace) -> Limits {
    let patient = faults.any(&[Fault::PartialNeverEnds, Fault::PartialBlocks]);
    let greedy = faults.any(&[Fault::OversizeServerError, Fault::OversizeKills]);
    Limits {
        max_body: if greedy { 64 * MAX_BODY } else { MAX_BODY },
        receive: if patient { Duration::from_secs(24 * 3600) } else { pace.partial },
        grace: Duration::from_millis(500),
        ..Limits::default()
    }
}

/// Reads no body before the one before it is done with.
fn one_at_a_time() -> Early {
    let lock = Arc::new(Mutex::new(()));
    Arc::new(move |_, _| {
        let lock = Arc::clone(&lock);
        Box::pin(async move { Heard::Go(Some(Box::new(lock.lock_owned().await))) })
    })
}
