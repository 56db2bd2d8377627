//! Puts up what a plan is executed against: embedded sandboxes or a target, listeners, the client.
//!
//! Opens sockets and tries the target once. Executes nothing.

use crate::app::files;
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::seed::Seed;
use crate::callback::scheme::Verification;
use crate::check::inbound::Signed;
use crate::model::exchange::TransportErrorKind;
use crate::model::http::Request;
use crate::model::redact::Redactor;
use crate::model::signing::{SignatureScheme, WebhookAlgorithm};
use crate::net::address::parse_origin;
use crate::net::client::{Client, ClientOptions};
use crate::net::inbox::Inbox;
use crate::net::server::bind;
use crate::request::origins::Origins;
use crate::run::world::{Lane, Listener, World};
use crate::sandbox::faults::Fault;
use crate::sandbox::{self, SandboxOptions};
use crate::suite::ast::environment::{Environment, Identity, ListenerSpec, TargetSpec};
use crate::window::hours::Hours;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// How long the first connection to a target may take.
const REACH: Duration = Duration::from_millis(2_500);

/// Why a plan cannot be executed.
pub(super) enum Unready {
    /// An input is wrong: exit 2.
    Input(Box<Diagnostic>),
    /// The target cannot be reached: exit 3.
    Target(String),
}

/// How long the first answer of a target may take.
const ANSWER: Duration = Duration::from_secs(5);

/// How the world is to be.
pub(super) struct Wish {
    pub(super) seed: Seed,
    pub(super) jobs: usize,
    pub(super) faults: Vec<Fault>,
    pub(super) hours: Hours,
}

/// Puts everything up; it stays up until `stop`.
pub(super) async fn open(environment: Environment, wish: Wish, stop: &CancellationToken) -> Result<World, Unready> {
    let client = Client::new(&client_options(&environment)?).map_err(|why| input("input/tls", &why))?;
    let (lanes, target) = match origins(&environment.target) {
        None => (embedded(&environment, &wish, stop).await?, "embedded sandbox".to_owned()),
        Some((origins, target)) => (vec![reachable(&environment, origins).await?], target),
    };
    if !wish.faults.is_empty() && environment.target != TargetSpec::Embedded {
        return Err(input(
            "input/fault",
            "`--fault` belongs to the embedded sandbox; start another one with `proofmark sandbox --fault NAME`",
        ));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut listeners = BTreeMap::new();
    for spec in &environment.listeners {
        listeners.insert(spec.name.value.clone(), listen(&environment, spec, &clock, stop).await?);
    }
    let environment = Arc::new(environment);
    Ok(World { lanes, target, environment, listeners, client, clock, hours: wish.hours, seed: wish.seed, jobs: wish.jobs })
}

fn input(code: &'static str, why: &str) -> Unready {
    Unready::Input(Box::new(Diagnostic::error(code, why)))
}

pub(super) fn client_options(environment: &Environment) -> Result<ClientOptions, Unready> {
    let read = |name: &crate::suite::ast::Spanned<String>| {
        let path = files::beside(environment.source.name(), &name.value);
        std::fs::read(&path).map_err(|error| {
            Unready::Input(Box::new(
                Diagnostic::error("input/unreadable", format!("cannot read `{path}`: {error}")).at(environment.place(name.span)),
            ))
        })
    };
    let ca_pem = environment.tls.ca.as_ref().map(read).transpose()?;
    let identity_pem = environment.tls.client.as_ref().map(read).transpose()?.map(Secret::new);
    Ok(ClientOptions { ca_pem, identity_pem, ..ClientOptions::default() })
}

async fn embedded(environment: &Environment, wish: &Wish, stop: &CancellationToken) -> Result<Vec<Lane>, Unready> {
    let mut lanes = Vec::new();
    for _ in 0..=wish.jobs.max(1) {
        let listener = bind("127.0.0.1:0").await.map_err(|why| input("sandbox/bind", &why))?;
        let options = SandboxOptions { faults: wish.faults.clone(), ..SandboxOptions::default() };
        let running = sandbox::start(listener, options, stop.child_token()).await.map_err(|why| input("sandbox/start", &why))?;
        let origin = format!("http://{}", running.addr);
        lanes.push(Lane::new(Origins::all_at(origin.clone()), control(environment, &origin)));
    }
    Ok(lanes)
}

/// What a target shows of the control that the environment speaks of.
pub(super) enum ControlFound {
    /// Something answers there, or there is nothing to ask.
    Yes,
    /// The target answers that it knows nothing of it.
    No,
    /// The target takes connections and gives no HTTP answer.
    Silence(String),
}

/// Asks the target for its control once.
pub(super) async fn find_control(environment: &Environment) -> ControlFound {
    let TargetSpec::Url(url) = &environment.target else { return ControlFound::Yes };
    let Some(base) = control(environment, url.value.trim_end_matches('/')) else { return ControlFound::Yes };
    let Some(client) = client_options(environment).ok().and_then(|options| Client::new(&options).ok()) else {
        return ControlFound::Yes;
    };
    let patience = ANSWER.min(environment.limits.timeout.duration());
    match client.send_once(&Request::new("GET", format!("{base}/clock")), patience).await.result {
        Ok(answer) if matches!(answer.status, 404 | 405 | 501) => ControlFound::No,
        Err(error) if matches!(error.kind, TransportErrorKind::ReadTimeout | TransportErrorKind::Protocol) => {
            ControlFound::Silence(format!("{} takes connections and does not answer: {error}", url.value))
        }
        Ok(_) | Err(_) => ControlFound::Yes,
    }
}

fn control(environment: &Environment, origin: &str) -> Option<String> {
    let base = environment.control.as_ref()?.base.value.trim_end_matches('/');
    Some(if base.contains("://") { base.to_owned() } else { format!("{origin}{base}") })
}

/// A lane at a target that accepts a connection.
async fn reachable(environment: &Environment, origins: Origins) -> Result<Lane, Unready> {
    reach(&origins).await?;
    let control = control(environment, &origins.default);
    Ok(Lane::new(origins, control))
}

/// Every origin accepts a connection.
pub(super) async fn reach(origins: &Origins) -> Result<(), Unready> {
    let urls: std::collections::BTreeSet<&str> = origins.all().collect();
    for url in urls {
        let origin = parse_origin(url).map_err(|why| input("input/target", &format!("`{url}` is not a target: {why}")))?;
        let tried = tokio::time::timeout(REACH, TcpStream::connect((origin.host.trim_matches(['[', ']']), origin.port))).await;
        let why = match tried {
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => match error.kind() {
                std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
                _ => error.to_string(),
            },
            Err(_) => format!("no connection within {:.1} s", REACH.as_secs_f64()),
        };
        return Err(Unready::Target(format!("{url} cannot be reached: {why}")));
    }
    Ok(())
}

/// Origins of a target that is reached by URL, and how a reader would name it; `None` of the embedded one.
pub(super) fn origins(target: &TargetSpec) -> Option<(Origins, String)> {
    match target {
        TargetSpec::Embedded => None,
        TargetSpec::Url(url) => Some((Origins::all_at(url.value.trim_end_matches('/')), url.value.clone())),
        TargetSpec::BySpec(urls) => {
            let by_spec: BTreeMap<String, String> =
                urls.iter().map(|(k, u)| (k.clone(), u.value.trim_end_matches('/').to_owned())).collect();
            let default = by_spec.get("default").or_else(|| by_spec.values().next()).cloned().unwrap_or_default();
            let shown: std::collections::BTreeSet<String> = by_spec.values().cloned().collect();
            Some((Origins { default, by_spec }, shown.into_iter().collect::<Vec<_>>().join(", ")))
        }
    }
}

async fn listen(
    environment: &Environment,
    spec: &ListenerSpec,
    clock: &Arc<dyn Clock>,
    stop: &CancellationToken,
) -> Result<Listener, Unready> {
    let at = |code, why: String| Unready::Input(Box::new(Diagnostic::error(code, why).at(environment.place(spec.bind.span))));
    let listener = bind(&spec.bind.value).await.map_err(|why| at("input/listener", why))?;
    let public = spec.public_url.as_ref().map(|u| u.value.as_str());
    let (inbox, _serving) =
        Inbox::start(listener, public, Arc::clone(clock), stop.child_token()).map_err(|why| at("input/listener", why))?;
    let signed = signed(spec).map_err(|why| at("input/secret", why))?;
    Ok(Listener { inbox, signed })
}

/// What deliveries to a listener are signed with, where they are.
pub(super) fn signed(spec: &ListenerSpec) -> Result<Option<Signed>, String> {
    let Some(signature) = &spec.signature else { return Ok(None) };
    let scheme = SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1);
    let verification = Verification::new(&scheme, &signature.standard_webhooks)?;
    Ok(Some(Signed { verification, tolerance: signature.tolerance }))
}

/// What hides all that an environment wants hidden.
pub(super) fn redactor(environment: &Environment) -> Redactor {
    Redactor::with(secrets(environment), environment.redact.clone())
}

/// Every value of an environment that must not be shown, with what HTTP Basic makes of them.
fn secrets(environment: &Environment) -> Vec<Secret<String>> {
    use base64::Engine as _;
    let mut all = environment.secrets();
    for identity in environment.auth.iter().flat_map(|(_, identity)| identity.parts()) {
        if let Identity::OAuth2 { client_id: name, client_secret: secret, .. }
        | Identity::Basic { username: name, password: secret } = identity
        {
            all.push(Secret::new(base64::engine::general_purpose::STANDARD.encode(format!("{name}:{}", secret.expose()))));
        }
    }
    all
}
