//! A client for requests that are sent again and again: each is encoded once, and goes over a connection that is kept.
//!
//! Sends the fields that the client sends, reads answers as the probe does, and names failures as both do. Never sends a request a second
//! time: where a server ends a kept connection just as it is used, there is no answer.

use crate::base::units::Nanos;
use crate::model::exchange::{Timing, TransportError, TransportErrorKind as Kind};
use crate::model::http::{Request, Response};
use crate::net::address::on_wire;
use crate::net::client::{ClientOptions, Sent, prepare};
use crate::net::probe::{Dial, DialOptions, Line, TlsOptions, TlsVersions, failed};
use crate::net::wire::field;
use jiff::Timestamp;
use reqwest::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Many servers end idle connections after five seconds; ours are gone before.
const IDLE: Duration = Duration::from_secs(3);

/// A request as the bytes of HTTP/1.1.
#[derive(Clone, Debug)]
pub struct Encoded {
    request: Request,
    /// Scheme, host and port.
    origin: String,
    bytes: Vec<u8>,
}

impl Encoded {
    /// Encodes a request to an absolute URL.
    ///
    /// # Errors
    /// Why the client would not send it: `Forbidden` of its URL, `Protocol` of its method and its fields.
    pub fn of(request: Request, options: &ClientOptions) -> Result<Self, TransportError> {
        let prepared = prepare(&request, &options.addresses)?;
        let wire = on_wire(&request).map_err(|why| failed(Kind::Forbidden, why))?;
        let headers = prepared.headers();
        if headers.contains_key(TRANSFER_ENCODING) {
            return Err(failed(Kind::Protocol, "a request that is repeated says the length of its body".to_owned()));
        }
        let mut bytes = Vec::with_capacity(512 + request.body.len());
        bytes.extend_from_slice(format!("{} {} HTTP/1.1\r\n", request.method, wire.target).as_bytes());
        if !headers.contains_key(HOST) {
            field(&mut bytes, "host", &wire.host);
        }
        for (name, value) in headers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                bytes.extend_from_slice(part);
            }
        }
        for (name, value) in [("accept", "*/*"), ("user-agent", options.user_agent.as_str())] {
            if !headers.contains_key(name) {
                field(&mut bytes, name, value);
            }
        }
        if !request.body.is_empty() && !headers.contains_key(CONTENT_LENGTH) {
            field(&mut bytes, "content-length", &request.body.len().to_string());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&request.body);
        Ok(Self { origin: wire.origin.to_string(), request, bytes })
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }
}

/// A connection that waits for its next request.
struct Idle {
    line: Line,
    since: Instant,
}

/// The client.
pub struct SteadyClient {
    options: ClientOptions,
    dial: Dial,
    /// By origin, the one that was used last behind the others.
    idle: Mutex<HashMap<String, Vec<Idle>>>,
}

impl SteadyClient {
    /// A client with these options.
    #[must_use]
    pub fn new(options: ClientOptions) -> Self {
        let tls = TlsOptions {
            ca_pem: options.ca_pem.clone(),
            identity_pem: options.identity_pem.clone(),
            versions: if options.only_tls13 { TlsVersions::Only13 } else { TlsVersions::Any },
            trust_anyone: options.trust_anyone,
        };
        let (connect_timeout, addresses) = (options.connect_timeout, options.addresses.clone());
        Self { options, dial: Dial::resuming(DialOptions { connect_timeout, addresses, tls }), idle: Mutex::default() }
    }

    /// How it connects and what it adds.
    #[must_use]
    pub fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// Sends a request, over a connection left from an earlier one where there is one.
    pub async fn send(&self, request: &Encoded, timeout: Duration) -> Sent {
        let (began, started) = (Timestamp::now(), Instant::now());
        let mut remote = None;
        let result = match tokio::time::timeout(timeout, self.exchange(request, &mut remote)).await {
            Ok(result) => result,
            Err(_) => Err(failed(Kind::ReadTimeout, format!("waited {}", Nanos::from_duration(timeout)))),
        };
        Sent { result, timing: Timing { began, service: Nanos::from_duration(started.elapsed()) }, remote }
    }

    async fn exchange(&self, request: &Encoded, remote: &mut Option<SocketAddr>) -> Result<Response, TransportError> {
        let mut line = match self.kept(&request.origin) {
            Some(line) => line,
            // Seldom gone through: every request under way would hold the room for it.
            None => Box::pin(self.dial.connect(&request.request.url)).await?,
        };
        *remote = Some(line.remote());
        let answer = line.exchange(&request.bytes, &request.request.method, self.options.max_body).await?;
        if answer.reusable {
            self.keep(&request.origin, line);
        }
        Ok(answer.response)
    }

    /// A connection on which nothing came since its last answer.
    fn kept(&self, origin: &str) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.get_mut(origin)?;
        while let Some(Idle { mut line, since }) = waiting.pop() {
            if since.elapsed() >= IDLE {
                // Those before it wait longer still.
                waiting.clear();
                return None;
            }
            if line.is_quiet() {
                return Some(line);
            }
        }
        None
    }

    fn keep(&self, origin: &str, line: Line) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match idle.get_mut(origin) {
            Some(waiting) => waiting.push(Idle { line, since: now }),
            None => drop(idle.insert(origin.to_owned(), vec![Idle { line, since: now }])),
        }
    }
}
