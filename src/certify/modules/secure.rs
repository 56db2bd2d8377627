//! The connection and the credential: who is let in, and over what.
//!
//! Looks at what the endpoint agrees to. Sends no credential over a connection that is not trusted.

use crate::certify::deliver::Draft;
use crate::certify::stage::{Run, Stage};
use crate::certify::tally::Tally;
use crate::check::endpoint::{self, Judged};
use crate::model::exchange::{Exchange, TransportErrorKind};
use crate::model::http::Request;
use crate::net::address::{is_loopback_target, parse_origin};
use crate::net::probe::{DialOptions, OldTls, TlsOptions, agrees_to, dial, encode_request, identity_of_nobody};
use crate::suite::ast::profile::TlsVersion;
use std::sync::Arc;
use std::time::Instant;

/// What came of the first look at the endpoint.
pub(in crate::certify) enum Preflight {
    /// Somebody is there.
    Reached,
    /// Nobody is; holds why.
    Unreachable(String),
}

/// Connects once: whether anybody is there, and what is known of its TLS.
pub(in crate::certify) async fn preflight(stage: &mut Stage<'_>) -> Preflight {
    let Some(url) = stage.plan.endpoints.first().map(|e| e.url.clone()) else {
        return Preflight::Unreachable("there is nothing to certify".to_owned());
    };
    let anyone = TlsOptions { trust_anyone: true, ..stage.world.dial.tls.clone() };
    let options = DialOptions { tls: anyone, ..stage.world.dial.clone() };
    match dial(&url, &options).await {
        Ok(line) => {
            stage.tls = line.tls().cloned();
            let distrusted = stage.tls.as_ref().is_some_and(|tls| tls.distrust.is_some());
            if distrusted && stage.plan.profile.authorization.is_some() {
                stage.give_up("its TLS certificate is not trusted, and the profile's credential is not shown to anybody else");
            } else if distrusted {
                stage.trust_anyone();
            }
            Preflight::Reached
        }
        Err(error) if error.kind == TransportErrorKind::Tls => {
            // Its own module tells it; nothing else can be judged.
            stage.give_up(&error.to_string());
            Preflight::Reached
        }
        Err(error) => Preflight::Unreachable(format!("{url}: {error}")),
    }
}

/// TLS version, chain, host name and client certificate.
pub(super) async fn tls(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    for url in run.stage.plan.endpoints.iter().map(|e| &e.url).collect::<std::collections::BTreeSet<_>>() {
        let secure = parse_origin(url).is_ok_and(|origin| origin.scheme == "https");
        if !secure && is_loopback_target(url) && !run.stage.plan.profile.tls.mutual {
            return Tally::not_applicable("plain http, which is allowed on this machine only");
        }
        if !secure {
            tally.add(run.asked("the URL").error("the endpoint does not speak TLS", "https", "http", None));
            return tally;
        }
        one(run, url, &mut tally).await;
    }
    tally
}

async fn one(run: &Run<'_>, url: &str, tally: &mut Tally) {
    let floor = run.stage.plan.profile.tls.minimum;
    let words = |version: TlsVersion| match version {
        TlsVersion::V1_2 => "TLS 1.2",
        TlsVersion::V1_3 => "TLS 1.3",
    };
    let anyone = TlsOptions { trust_anyone: true, ..run.stage.world.dial.tls.clone() };
    let options = DialOptions { tls: anyone, ..run.stage.world.dial.clone() };
    let line = match dial(url, &options).await {
        Ok(line) => line,
        Err(error) => {
            tally.add(run.asked("TLS").error("TLS is not agreed", format!("{} or newer", words(floor)), error.to_string(), None));
            return;
        }
    };
    let Some(facts) = line.tls() else { return };
    tally.note(format!("{} with {}", facts.version, facts.cipher));
    tally.notes.extend(facts.chain.first().map(|own| format!("its certificate's SHA-256 is {own}")));
    tally.add(match &facts.distrust {
        None => Judged::passed(),
        Some(why) => run.asked("TLS").error("the certificate is not trusted", "a trusted chain for this host", why.clone(), None),
    });
    if floor == TlsVersion::V1_3 && facts.version == "TLSv1.2" {
        tally.add(run.asked("TLS").error("no version is agreed that is new enough", words(floor), "TLS 1.2", None));
    }
    for (old, name) in [(OldTls::Tls10, "TLS 1.0"), (OldTls::Tls11, "TLS 1.1"), (OldTls::Tls12, "TLS 1.2")] {
        if old == OldTls::Tls12 && (floor == TlsVersion::V1_2 || facts.version == "TLSv1.2") {
            continue;
        }
        match agrees_to(url, &options, old).await {
            Ok(true) => {
                let message = format!("{name} is agreed to, which is older than {}", words(floor));
                let judged = run.asked("TLS").error(message, format!("{name} refused"), "agreed to", None);
                // RFC 8996 forbids 1.0 and 1.1 to everybody; 1.2 beside what the platform speaks does it no harm.
                tally.add(if old == OldTls::Tls12 { judged.lenient() } else { judged });
            }
            Ok(false) => tally.add(Judged::passed()),
            // An endpoint that says nothing sensible to an old greeting has not agreed to it.
            Err(error) => tally.note(format!("{name}: {error}")),
        }
    }
    if run.stage.plan.profile.tls.mutual {
        mutual(run, url, tally).await;
    }
}

/// An endpoint that authenticates the platform by its certificate refuses everybody else.
async fn mutual(run: &Run<'_>, url: &str, tally: &mut Tally) {
    if run.stage.world.dial.tls.identity_pem.is_none() {
        tally.add(Judged::skipped("the profile's client certificate is not given: name it with --cert and --cert-key"));
    }
    let nobody = match identity_of_nobody(run.now()) {
        Ok(nobody) => nobody,
        Err(why) => {
            tally.add(Judged::skipped(why));
            return;
        }
    };
    for (what, identity) in [
        ("a delivery without a client certificate", None),
        ("a delivery with a client certificate that nobody issued", Some(nobody)),
    ] {
        let tls = TlsOptions { identity_pem: identity, trust_anyone: true, ..run.stage.world.dial.tls.clone() };
        let options = DialOptions { tls, ..run.stage.world.dial.clone() };
        let Some((endpoint, sample)) = run.stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) else { continue };
        let draft = Draft::new(run.stage, endpoint, &sample.value);
        let now = run.now();
        let mut request = draft.sealed(run.stage, now).unwrap_or_else(|| draft.addressed(run.stage, now));
        url.clone_into(&mut request.url);
        let exchange = by_hand(run, &endpoint.name, request, &options).await;
        tally.add(match &exchange.result {
            // Refused in the handshake, or by closing the connection after it.
            Err(error)
                if matches!(error.kind, TransportErrorKind::Tls | TransportErrorKind::Reset | TransportErrorKind::Refused) =>
            {
                Judged::passed()
            }
            Err(error) if error.kind == TransportErrorKind::Cancelled => Judged::skipped("interrupted"),
            Err(error) => run.asked(what).error(format!("{what} was not refused"), "refused", error.to_string(), Some(&exchange)),
            Ok(response) if run.spec.accept.iter().any(|s| s.covers(response.status)) => Judged::passed(),
            Ok(response) => {
                let message = format!("{what} was answered {}", response.status);
                let expected = format!("refused in the handshake, or {}", endpoint::statuses(&run.spec.accept));
                run.asked(what).error(message, expected, endpoint::shown(response), Some(&exchange))
            }
        });
    }
}

/// One request over a connection of its own kind.
async fn by_hand(run: &Run<'_>, operation: &str, request: Request, options: &DialOptions) -> Arc<Exchange> {
    let (began, started) = (run.now(), Instant::now());
    let limits = &run.stage.plan.profile.limits;
    let result = async {
        let mut line = dial(&request.url, options).await?;
        line.write(&encode_request(&request)).await?;
        let most = usize::try_from(limits.body).unwrap_or(usize::MAX);
        line.read_response(&request.method, most, limits.answer.duration()).await
    }
    .await;
    run.keep(operation, request, result, began, started.elapsed())
}

/// Missing or wrong credentials.
pub(super) async fn authorization(run: &Run<'_>) -> Tally {
    let Some(authorization) = &run.stage.plan.profile.authorization else {
        return Tally::not_applicable("this profile bears no credential");
    };
    let mut tally = Tally::new();
    let right = authorization.value.as_ref().map(|v| v.expose().clone()).unwrap_or_default();
    for endpoint in &run.stage.plan.endpoints {
        let Some(sample) = endpoint.first() else { continue };
        for (what, value) in [
            ("a delivery without a credential", None),
            ("a delivery with a wrong credential", Some(wrong(&right))),
            (
                "a delivery with an empty credential",
                Some(right.split(' ').next().filter(|_| right.contains(' ')).unwrap_or("").to_owned()),
            ),
        ] {
            let draft = Draft::new(run.stage, endpoint, &sample.value);
            let Some(mut request) = draft.sealed(run.stage, run.now()) else { continue };
            match value {
                None => request.headers.remove(&authorization.header),
                Some(value) => request.headers.set(authorization.header.clone(), value),
            }
            let exchange = run.send(&endpoint.name, request).await;
            tally.add(endpoint::status(&run.asked(what), &exchange));
        }
    }
    tally
}

/// Another credential of the same form: the last letters changed.
fn wrong(right: &str) -> String {
    let (scheme, credential) = right.rsplit_once(' ').map_or(("", right), |(s, c)| (s, c));
    let turned: String = credential
        .chars()
        .map(|c| match c {
            'a'..='y' | 'A'..='Y' | '0'..='8' => char::from_u32(u32::from(c) + 1).unwrap_or('a'),
            'z' => 'a',
            'Z' => 'A',
            '9' => '0',
            other => other,
        })
        .collect();
    let turned = if turned == credential { format!("{credential}x") } else { turned };
    if scheme.is_empty() { turned } else { format!("{scheme} {turned}") }
}

#[cfg(test)]
mod tests {
    use super::wrong;

    #[test]
    fn a_wrong_credential_has_the_form_of_the_right_one() {
        assert_eq!(wrong("Bearer abc-9"), "Bearer bcd-0");
        assert_eq!(wrong("--"), "--x");
        assert_eq!(wrong(""), "x");
    }
}
