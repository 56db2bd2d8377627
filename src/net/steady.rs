//! A client for requests that are sent again and again: each is encoded once, and goes over a connection that is kept.
//!
//! Sends the fields that the client sends, reads answers as the probe does, and names failures as both do. Never sends a request a second
//! time: where a server ends a kept connection just as it is used, there is no answer.

use crate::base::units::Nanos;
use crate::model::exchange::{Timing, TransportError, TransportErrorKind as Kind};
use crate::model::http::{Request, Response};
use crate::net::address::on_wire;
use crate::net::client::{ClientOptions, Sent, prepare};
use crate::net::probe::{Dial, DialOptions, Line, TlsOptions, TlsVersions, encode_request, failed};
use jiff::Timestamp;
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
        prepare(&request, &options.addresses)?;
        let wire = on_wire(&request).map_err(|why| failed(Kind::Forbidden, why))?;
        if request.headers.get("transfer-encoding").is_some() {
            return Err(failed(Kind::Protocol, "a request that is repeated says the length of its body".to_owned()));
        }
        let mut sent = Request::new(&request.method, format!("{}{}", wire.before_target(), wire.target));
        for (name, value) in request.headers.iter() {
            sent.headers.push(name.to_ascii_lowercase(), value);
        }
        if request.headers.get("user-agent").is_none() {
            sent.headers.push("user-agent", options.user_agent.as_str());
        }
        sent.body = request.body.clone();
        Ok(Self { origin: wire.origin.to_string(), bytes: encode_request(&sent), request })
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }
}

/// What waits to be used again, the one that was used last before the others.
struct Shelf<T>(Vec<(T, Instant)>);

impl<T> Shelf<T> {
    fn put(&mut self, item: T, now: Instant) {
        self.clear_out(now);
        self.0.push((item, now));
    }

    fn take(&mut self, now: Instant) -> Option<T> {
        self.clear_out(now);
        self.0.pop().map(|(item, _)| item)
    }

    /// Lets go of what has waited too long; those that wait longest come first.
    fn clear_out(&mut self, now: Instant) {
        let gone = self.0.partition_point(|(_, since)| now.duration_since(*since) >= IDLE);
        self.0.drain(..gone);
    }
}

/// The client.
pub struct SteadyClient {
    options: ClientOptions,
    dial: Dial,
    /// By origin.
    idle: Mutex<HashMap<String, Shelf<Line>>>,
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
        let shelf = idle.get_mut(origin)?;
        let now = Instant::now();
        std::iter::from_fn(|| shelf.take(now)).find_map(|mut line| line.is_quiet().then_some(line))
    }

    fn keep(&self, origin: &str, line: Line) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match idle.get_mut(origin) {
            Some(shelf) => shelf.put(line, now),
            None => drop(idle.insert(origin.to_owned(), Shelf(vec![(line, now)]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{IDLE, Shelf};
    use std::time::{Duration, Instant};

    #[test]
    fn the_last_one_comes_first_and_none_waits_longer_than_it_may() {
        let (mut shelf, began) = (Shelf(Vec::new()), Instant::now());
        let after = |seconds: u64| began + Duration::from_secs(seconds);
        (0..3).for_each(|second| shelf.put(second, after(second)));
        assert_eq!(shelf.take(after(2)), Some(2));
        shelf.put(2, after(3));
        // The first has waited for all the time that it may, however often others were used.
        assert_eq!(shelf.0.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((shelf.take(after(3) + IDLE), shelf.0.len()), (None, 0));
    }
}
