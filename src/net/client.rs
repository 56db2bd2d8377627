//! The HTTP client: sends one request once and says what came of it.
//!
//! Follows no redirect, uses no proxy, keeps no cookie, decompresses nothing. Adds `host`, `content-length`, `user-agent` and
//! `accept: */*` where they are not given, nothing else. Never sends a request a second time and never judges an answer.

use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::model::exchange::{Timing, TransportError, TransportErrorKind};
use crate::model::http::{Headers, Request, Response};
use crate::net::address::parse_origin;
use crate::net::fault::{Forbidden, classify};
use crate::net::ranges::refusal;
use bytes::BytesMut;
use jiff::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::{Certificate, Identity, Method, Url, redirect, retry};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Which addresses may be called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AddressRule {
    /// Every address.
    #[default]
    Any,
    /// Public addresses, and these hosts (names or addresses as a URL has them) wherever they lead.
    PublicOr(Vec<String>),
}

impl AddressRule {
    fn exempts(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::PublicOr(hosts) => {
                hosts.iter().any(|allowed| allowed.trim_matches(['[', ']']).eq_ignore_ascii_case(host.trim_end_matches('.')))
            }
        }
    }

    /// Refuses a host when any of its addresses is special, so that a mixed answer cannot pass.
    pub(super) fn check(&self, host: &str, addresses: impl IntoIterator<Item = IpAddr>) -> Result<(), String> {
        if self.exempts(host) {
            return Ok(());
        }
        match addresses.into_iter().find_map(|ip| Some((ip, refusal(ip)?))) {
            Some((ip, why)) => Err(format!("`{host}` leads to {ip}, {why}")),
            None => Ok(()),
        }
    }
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// The largest response body that is read.
    pub max_body: usize,
    /// Certificates to trust instead of the machine's, as PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// A client certificate with its key, as PEM.
    pub identity_pem: Option<Secret<Vec<u8>>>,
    /// The `user-agent` of requests that have none.
    pub user_agent: String,
    /// Which addresses may be called.
    pub addresses: AddressRule,
    /// Go on although the chain is not trusted; what is wrong with it is for the probe to say.
    pub trust_anyone: bool,
    /// Refuse TLS before 1.3.
    pub only_tls13: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            max_body: 8 * 1024 * 1024,
            ca_pem: None,
            identity_pem: None,
            user_agent: concat!("proofmark/", env!("CARGO_PKG_VERSION")).to_owned(),
            addresses: AddressRule::Any,
            trust_anyone: false,
            only_tls13: false,
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The answer, or why there is none.
    pub result: Result<Response, TransportError>,
    /// When it began and how long it took.
    pub timing: Timing,
    /// The address that was called, where a connection was made.
    pub remote: Option<SocketAddr>,
}

/// A client; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    plain: Connections,
    /// Made when it is first needed: reading the machine's certificates takes time, and a machine may have none.
    secure: Arc<OnceLock<Result<Connections, String>>>,
    options: Arc<ClientOptions>,
    addresses: Arc<AddressRule>,
}

#[derive(Clone, Debug)]
struct Connections {
    pooled: reqwest::Client,
    single: reqwest::Client,
}

impl Connections {
    fn new(options: &ClientOptions, addresses: &Arc<AddressRule>, secure: bool) -> Result<Self, String> {
        Ok(Self { pooled: build(options, addresses, true, secure)?, single: build(options, addresses, false, secure)? })
    }

    fn of(&self, kept: bool) -> &reqwest::Client {
        if kept { &self.pooled } else { &self.single }
    }
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// A lower-case fragment that says which certificate or key cannot be used.
    pub fn new(options: &ClientOptions) -> Result<Self, String> {
        let addresses = Arc::new(options.addresses.clone());
        let client = Self {
            plain: Connections::new(options, &addresses, false)?,
            secure: Arc::default(),
            options: Arc::new(options.clone()),
            addresses,
        };
        if options.ca_pem.is_some() || options.identity_pem.is_some() {
            // What was given by hand is looked at now, so that a mistake in it is told before anything is sent.
            client.secure().map_err(|error| error.detail)?;
        }
        Ok(client)
    }

    fn secure(&self) -> Result<&Connections, TransportError> {
        let made = self.secure.get_or_init(|| Connections::new(&self.options, &self.addresses, true));
        made.as_ref().map_err(|why| failed(TransportErrorKind::Tls, why.clone()))
    }

    /// Sends a request, over a connection left from an earlier one where there is one.
    ///
    /// A server may end such a connection just as it is used: then there is no answer. Where that would be taken for a
    /// fault of the server, use [`Client::send_once`].
    pub async fn send(&self, request: &Request, timeout: Duration) -> Sent {
        self.perform(true, request, timeout).await
    }

    /// Sends a request over a connection of its own.
    pub async fn send_once(&self, request: &Request, timeout: Duration) -> Sent {
        self.perform(false, request, timeout).await
    }

    async fn perform(&self, kept: bool, request: &Request, timeout: Duration) -> Sent {
        let began = Timestamp::now();
        let started = Instant::now();
        let mut remote = None;
        let result = match prepare(request, &self.addresses) {
            Err(error) => Err(error),
            Ok(prepared) => match tokio::time::timeout(timeout, self.receive(kept, prepared, &mut remote)).await {
                Ok(result) => result,
                Err(_) => Err(failed(TransportErrorKind::ReadTimeout, format!("waited {}", Nanos::from_duration(timeout)))),
            },
        };
        Sent { result, timing: Timing { began, service: Nanos::from_duration(started.elapsed()) }, remote }
    }

    async fn receive(
        &self,
        kept: bool,
        request: reqwest::Request,
        remote: &mut Option<SocketAddr>,
    ) -> Result<Response, TransportError> {
        let secure = request.url().scheme() == "https";
        let client = if secure { self.secure()?.of(kept) } else { self.plain.of(kept) };
        let failure = |error: reqwest::Error| classify(&error, secure);
        let mut answer = client.execute(request).await.map_err(failure)?;
        *remote = answer.remote_addr();
        let headers: Headers =
            answer.headers().iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
        let mut response = Response { status: answer.status().as_u16(), headers, body: bytes::Bytes::new() };
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failure)? {
            if chunk.len() > self.options.max_body.saturating_sub(body.len()) {
                return Err(failed(TransportErrorKind::TooLarge, format!("over {} bytes", self.options.max_body)));
            }
            body.extend_from_slice(&chunk);
        }
        response.body = body.freeze();
        Ok(response)
    }
}

/// The request as it is sent, where it may be: its URL under the address rule as far as it names an address, and nothing in it that would
/// be changed on the way.
pub(super) fn prepare(request: &Request, addresses: &AddressRule) -> Result<reqwest::Request, TransportError> {
    let forbidden = |why| failed(TransportErrorKind::Forbidden, why);
    let unsendable = |why| failed(TransportErrorKind::Protocol, why);
    let origin = parse_origin(&request.url).map_err(forbidden)?;
    addresses.check(&origin.host, origin.ip()).map_err(forbidden)?;
    let url = Url::parse(&request.url).map_err(|error| forbidden(error.to_string()))?;
    if let Some(why) = unfaithful(request, &url) {
        return Err(forbidden(format!("the URL {why}")));
    }
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| unsendable(format!("the method `{}` cannot be sent", request.method)))?;
    let mut prepared = reqwest::Request::new(method, url);
    for (name, value) in request.headers.iter() {
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| unsendable(format!("the header name `{name}` cannot be sent")))?;
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| unsendable(format!("the value of the header `{name}` cannot be sent")))?;
        prepared.headers_mut().append(header, value);
    }
    // An empty body is said to be empty where the method gives bodies a meaning (RFC 9110 section 8.6).
    let said = prepared.headers().contains_key(CONTENT_LENGTH);
    if request.body.is_empty() && !said && matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        prepared.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    *prepared.body_mut() = Some(request.body.clone().into());
    Ok(prepared)
}

fn failed(kind: TransportErrorKind, detail: String) -> TransportError {
    TransportError { kind, detail }
}

/// Why a URL would not be sent as it is written: the URL standard removes or moves these without a word.
pub(super) fn unfaithful(request: &Request, url: &Url) -> Option<&'static str> {
    let is_dots = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if request.url.contains(char::is_control) {
        Some("has control characters")
    } else if request.path().contains('\\') {
        Some("has a backslash in its path")
    } else if request.path().split('/').any(is_dots) {
        Some("has `.` or `..` as a segment of its path, which would be resolved")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("has a user name or password, which belong into a header")
    } else {
        None
    }
}

fn build(options: &ClientOptions, addresses: &Arc<AddressRule>, pooled: bool, secure: bool) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .referer(false)
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(options.connect_timeout)
        .user_agent(options.user_agent.as_str())
        // Many servers end idle connections after five seconds; ours are gone before.
        .pool_idle_timeout(Duration::from_secs(3))
        .pool_max_idle_per_host(if pooled { usize::MAX } else { 0 })
        .dns_resolver(Guarded(Arc::clone(addresses)));
    builder = if secure { with_tls(builder, options)? } else { builder.tls_certs_only([]) };
    builder.build().map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("the HTTP client cannot be set up: {error} {cause}").trim_end().to_owned()
    })
}

/// The certificates to trust and to show.
fn with_tls(mut builder: reqwest::ClientBuilder, options: &ClientOptions) -> Result<reqwest::ClientBuilder, String> {
    if let Some(pem) = &options.ca_pem {
        let certificates =
            Certificate::from_pem_bundle(pem).map_err(|error| format!("the CA certificates cannot be read: {error}"))?;
        if certificates.is_empty() {
            return Err("the CA file holds no certificate".to_owned());
        }
        builder = builder.tls_certs_only(certificates);
    }
    if let Some(pem) = &options.identity_pem {
        let identity = Identity::from_pem(pem.expose())
            .map_err(|_| "the client certificate and its key cannot be read as PEM".to_owned())?;
        builder = builder.identity(identity);
    }
    if options.only_tls13 {
        builder = builder.tls_version_min(reqwest::tls::Version::TLS_1_3);
    }
    Ok(builder.tls_danger_accept_invalid_certs(options.trust_anyone))
}

/// Resolves names under the address rule; what it returns is what is connected to, so a name cannot change in between.
struct Guarded(Arc<AddressRule>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let rule = Arc::clone(&self.0);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            rule.check(name.as_str(), addresses.iter().map(SocketAddr::ip)).map_err(Forbidden)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::AddressRule;
    use std::net::IpAddr;

    #[test]
    fn one_special_address_among_public_ones_refuses_the_name() {
        let ips = |all: &[&str]| all.iter().map(|ip| ip.parse::<IpAddr>().unwrap()).collect::<Vec<_>>();
        let rule = AddressRule::PublicOr(vec!["allowed.example".to_owned()]);
        assert_eq!(rule.check("a.example", ips(&["8.8.8.8", "2606:4700::1"])), Ok(()));
        for (special, why) in [("10.0.0.1", "a private address"), ("::ffff:8.8.8.8", "an IPv4-mapped address")] {
            let refused = format!("`a.example` leads to {special}, {why}");
            assert_eq!(rule.check("a.example", ips(&["8.8.8.8", special])), Err(refused.clone()));
            assert_eq!(rule.check("a.example", ips(&[special, "8.8.8.8"])), Err(refused));
            assert_eq!(rule.check("Allowed.example.", ips(&[special])), Ok(()));
            assert_eq!(AddressRule::Any.check("a.example", ips(&[special])), Ok(()));
        }
    }
}
