//! Certifications made by hand, for the tests of records, certificates and reports.
//!
//! Every time, number and text is fixed. Never used outside tests.

use crate::base::diagnostic::Severity;
use crate::base::pointer::Pointer;
use crate::base::units::Nanos;
use crate::model::certification::{
    CertificationOutcome, ConditionOutcome, Expected, Latency, ModuleId, ModuleOutcome, ModuleResult, ModuleStatus, TlsFacts,
};
use crate::model::check::Requirement;
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing, TransportError, TransportErrorKind};
use crate::model::finding::Finding;
use crate::model::http::{Request, Response};
use crate::model::redact::Redactor;
use crate::record::certification::shape::{ProfileRecord, SpecRecord};
use crate::record::certification::{CertificationFacts, CertificationOpening, CertificationRecord, make};
use crate::record::digest::document;
use crate::record::fixture::HOSTILE;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

const URL: &str = "https://partner.example/hooks/notifications";

pub(crate) fn facts() -> CertificationFacts {
    CertificationFacts {
        tool_version: "0.1.0".to_owned(),
        command: ["proofmark", "certify", "https://partner.example/hooks", "--seed", "42"].map(str::to_owned).to_vec(),
        profile: ProfileRecord {
            name: "laas-callback".to_owned(),
            title: "LaaS notifications, callback of a partner".to_owned(),
        },
        spec: SpecRecord { title: "LaaS Notifications".to_owned(), version: "1.1.0".to_owned() },
        documents: vec![
            document("profile", "suites/certification/laas-callback.yaml", b"profile: laas-callback"),
            document("spec", "specs/laas-notifications.yaml", b"openapi: 3.1.0"),
        ],
        left_out: Vec::new(),
        planned: 12,
        ..CertificationFacts::default()
    }
}

pub(crate) fn opening(outcome: &CertificationOutcome) -> CertificationOpening {
    CertificationOpening {
        began: outcome.began,
        registered: outcome.registered.clone(),
        endpoints: outcome.endpoints.clone(),
        seed: outcome.seed,
        required: outcome.modules.iter().filter(|m| m.required).map(|m| m.id).collect(),
    }
}

pub(crate) fn record(outcome: &CertificationOutcome) -> CertificationRecord {
    make(outcome, &Redactor::default(), &facts())
}

fn began() -> Timestamp {
    "2026-11-21T20:05:12Z".parse().expect("an instant")
}

fn later(ms: i64) -> Timestamp {
    began().checked_add(SignedDuration::from_millis(ms)).expect("in range")
}

fn ms(n: u64) -> Nanos {
    Nanos(n * 1_000_000)
}

fn empty() -> CertificationOutcome {
    CertificationOutcome {
        began: began(),
        took: ms(41_900),
        registered: "https://partner.example/hooks".to_owned(),
        endpoints: vec![("PostNotification".to_owned(), URL.to_owned())],
        tls: Some(TlsFacts {
            version: "TLSv1.3".to_owned(),
            cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
            chain: vec!["3f".repeat(32), "a1".repeat(32)],
            distrust: None,
        }),
        seed: 42,
        interrupted: false,
        unusable: None,
        modules: Vec::new(),
        exchanges: Vec::new(),
    }
}

fn delivery(id: u64, status: u16, answer: &str) -> Exchange {
    let mut request = Request::new("POST", URL);
    for (name, value) in [
        ("content-type", "application/json"),
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", "1795291512"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("authorization", "Bearer [redacted]"),
    ] {
        request.headers.push(name, value);
    }
    request.body = r#"{"entity":"SIGNATURE","event":"COMPLETE","timestamp":"2026-11-21T20:05:12Z","id":"S-1"}"#.into();
    let mut response = Response::new(status);
    response.headers.push("content-type", "application/json");
    response.body = answer.to_owned().into();
    Exchange {
        id: ExchangeId(id),
        direction: Direction::Outbound,
        operation: Some("PostNotification".to_owned()),
        request,
        result: Ok(response),
        timing: Timing { began: later(i64::try_from(id * 100).expect("small")), service: ms(10 * id) },
    }
}

fn condition(id: &str, source: &str, title: &str, result: ModuleResult, reason: Option<&str>) -> ConditionOutcome {
    ConditionOutcome {
        requirement: Requirement { id: id.to_owned(), source: source.to_owned() },
        title: title.to_owned(),
        result,
        reason: reason.map(str::to_owned),
    }
}

fn module(id: ModuleId, conditions: Vec<ConditionOutcome>, exchanges: &[u64]) -> ModuleOutcome {
    let at = ModuleId::ALL.iter().position(|m| *m == id).unwrap_or(0);
    ModuleOutcome {
        id,
        required: true,
        status: ModuleStatus::Finished,
        result: conditions.iter().fold(ModuleResult::NotApplicable, |r, c| r.and(c.result)),
        conditions,
        findings: Vec::new(),
        notes: Vec::new(),
        exchanges: exchanges.iter().map(|n| ExchangeId(*n)).collect(),
        latency: None,
        expected: None,
        began: later(i64::try_from(at).expect("small") * 1_000),
        took: ms(120),
        waited: Nanos(0),
    }
}

fn finding(id: ModuleId, requirement: (&str, &str), message: &str, sides: (&str, &str), exchange: u64) -> Finding {
    Finding {
        check: id.check(),
        requirement: Requirement { id: requirement.0.to_owned(), source: requirement.1.to_owned() },
        severity: Severity::Error,
        message: message.to_owned(),
        operation: Some("PostNotification".to_owned()),
        header: None,
        instance: None,
        schema: None,
        expected: sides.0.to_owned(),
        actual: sides.1.to_owned(),
        exchange: Some(ExchangeId(exchange)),
    }
}

const WEBHOOKS: &str = "Standard Webhooks, Verifying webhook authenticity";

fn tls() -> ModuleOutcome {
    let conditions = vec![
        condition("platform/tls-1.3", "assumed", "TLS 1.3 is spoken", ModuleResult::Passed, None),
        condition("rfc9525/host-name", "RFC 9525 section 6", "the certificate names the host", ModuleResult::Passed, None),
    ];
    let mut module = module(ModuleId::Tls, conditions, &[]);
    module.notes = vec!["TLSv1.3 with TLS13_AES_256_GCM_SHA384, 2 certificates sent".to_owned()];
    module
}

fn valid() -> ModuleOutcome {
    let conditions = vec![condition(
        "laas/post-notification",
        "LaaS Notifications 1.1.0, PostNotification",
        "a valid delivery is acknowledged with 2xx",
        ModuleResult::Passed,
        Some("2 events of 1 kind were delivered"),
    )];
    module(ModuleId::ValidDelivery, conditions, &[1, 2])
}

fn response_time() -> ModuleOutcome {
    let conditions = vec![condition(
        "standard-webhooks/timeout",
        "Standard Webhooks, Deliverability and reliability",
        "an answer comes within 10s",
        ModuleResult::Passed,
        None,
    )];
    let mut module = module(ModuleId::ResponseTime, conditions, &[]);
    module.latency = Some(Latency { count: 214, p50: ms(12), p90: ms(31), p99: ms(88), max: ms(143) });
    module
}

fn signatures(result: ModuleResult) -> ModuleOutcome {
    let of = |id, title, result| condition(id, WEBHOOKS, title, result, None);
    let conditions = vec![
        of("standard-webhooks/tampered", "a changed body is refused", result),
        of("standard-webhooks/wrong-key", "a foreign key is refused", ModuleResult::Passed),
        of("standard-webhooks/missing", "a delivery without a signature is refused", result),
    ];
    module(ModuleId::SignatureRefused, conditions, &[5, 6])
}

/// Everything in order.
pub(crate) fn passing() -> CertificationOutcome {
    CertificationOutcome {
        modules: vec![valid(), module_without_exchanges(signatures(ModuleResult::Passed)), response_time()],
        exchanges: [1, 2].map(|id| Arc::new(delivery(id, 204, ""))).to_vec(),
        ..empty()
    }
}

/// Everything that a certificate may cover: passed, warned of, to be looked at, not applicable, an optional module not judged.
pub(crate) fn certifiable() -> CertificationOutcome {
    let modules = vec![
        tls(),
        valid(),
        unknown_value(),
        optional_absent(),
        duplicates(),
        module_without_exchanges(signatures(ModuleResult::Passed)),
        raw_bytes(),
        authorization(),
        response_time(),
    ];
    CertificationOutcome { modules, exchanges: exchanges()[..4].to_vec(), ..empty() }
}

fn module_without_exchanges(module: ModuleOutcome) -> ModuleOutcome {
    ModuleOutcome { exchanges: Vec::new(), ..module }
}

/// A module of every result, an announced failure that came and one that did not.
pub(crate) fn failing() -> CertificationOutcome {
    CertificationOutcome {
        modules: vec![
            tls(),
            valid(),
            unknown_value(),
            optional_absent(),
            duplicates(),
            signature_refused(),
            raw_bytes(),
            authorization(),
            content_type(),
            handshake(),
            response_time(),
            error_bodies(),
        ],
        exchanges: exchanges(),
        ..empty()
    }
}

fn exchanges() -> Vec<Arc<Exchange>> {
    let mut options = delivery(7, 200, &format!("at Hook.handle(Hook.java:42) stack-secret {HOSTILE}"));
    options.request.method = "OPTIONS".to_owned();
    let mut cut = delivery(6, 0, "");
    cut.result = Err(TransportError { kind: TransportErrorKind::Reset, detail: "after 12 of 64 bytes".to_owned() });
    vec![
        delivery(1, 204, ""),
        delivery(2, 204, ""),
        delivery(3, 422, r#"{"error":"unknown event"}"#),
        delivery(4, 204, ""),
        delivery(5, 200, r#"{"status":"accepted","id":"msg_1"}"#),
        cut,
        options,
    ]
    .into_iter()
    .map(Arc::new)
    .collect()
}

fn unknown_value() -> ModuleOutcome {
    let rule = ("laas/minor-versions", "LaaS Notifications 1.1.0, Key Features");
    let conditions =
        vec![condition(rule.0, rule.1, "an event that the spec does not know is acknowledged", ModuleResult::Warning, None)];
    let mut module = module(ModuleId::UnknownValue, conditions, &[3]);
    module.findings = vec![Finding {
        severity: Severity::Warning,
        instance: Some(Pointer::from_escaped("/error")),
        ..finding(ModuleId::UnknownValue, rule, "a delivery of an unknown event is refused", ("2xx", "422"), 3)
    }];
    module
}

fn optional_absent() -> ModuleOutcome {
    let reason = Some("the spec has no optional field");
    let of = condition("laas/optional", "assumed", "a delivery without them breaks nothing", ModuleResult::NotApplicable, reason);
    module(ModuleId::OptionalAbsent, vec![of], &[])
}

fn duplicates() -> ModuleOutcome {
    let source = "LaaS Notifications 1.1.0, Key Features";
    let conditions = vec![
        condition("laas/replays", source, "the same delivery is acknowledged again", ModuleResult::Passed, None),
        condition(
            "laas/replays-effect",
            source,
            "the second delivery has no effect",
            ModuleResult::Review,
            Some("HTTP cannot show it: look that msg_1 took effect once"),
        ),
    ];
    module(ModuleId::DuplicateDelivery, conditions, &[4])
}

fn signature_refused() -> ModuleOutcome {
    let mut module = signatures(ModuleResult::Failed);
    module.findings = vec![
        Finding {
            instance: Some(Pointer::from_escaped("/status")),
            ..finding(
                ModuleId::SignatureRefused,
                ("standard-webhooks/tampered", WEBHOOKS),
                "a changed body is acknowledged",
                ("401 or 403", "200"),
                5,
            )
        },
        finding(
            ModuleId::SignatureRefused,
            ("standard-webhooks/missing", WEBHOOKS),
            "a delivery without a signature is not answered",
            ("401 or 403", "no answer: the connection was cut before the answer was whole"),
            6,
        ),
    ];
    module
}

fn raw_bytes() -> ModuleOutcome {
    let title = "other white space, rightly signed, is acknowledged";
    module(ModuleId::RawBytes, vec![condition("standard-webhooks/raw", WEBHOOKS, title, ModuleResult::Passed, None)], &[])
}

fn authorization() -> ModuleOutcome {
    let reason = Some("the profile's credential is not set");
    let title = "a missing credential is refused";
    let of = condition("rfc6750/challenge", "RFC 6750 section 3", title, ModuleResult::Skipped, reason);
    ModuleOutcome { required: false, ..module(ModuleId::Authorization, vec![of], &[]) }
}

fn content_type() -> ModuleOutcome {
    let title = "a wrong Content-Type is refused";
    let of = condition("rfc9110/415", "RFC 9110 section 15.5.16", title, ModuleResult::Passed, None);
    let expected = Some(Expected::UnexpectedPass("the gateway ignores it until spring".to_owned()));
    ModuleOutcome { expected, ..module(ModuleId::ContentType, vec![of], &[]) }
}

fn handshake() -> ModuleOutcome {
    let rule = ("cloudevents/handshake", "CloudEvents http-webhook 4");
    let of = condition(rule.0, rule.1, "OPTIONS is answered with the handshake or 405", ModuleResult::Failed, None);
    let mut module = module(ModuleId::Handshake, vec![of], &[7]);
    module.findings =
        vec![finding(ModuleId::Handshake, rule, "OPTIONS is answered without the handshake's fields", ("405", "200"), 7)];
    module.expected = Some(Expected::Failure("the gateway answers OPTIONS itself".to_owned()));
    module
}

fn error_bodies() -> ModuleOutcome {
    let rule = ("owasp/error-handling", "OWASP Error Handling Cheat Sheet");
    let of = condition(rule.0, rule.1, "no stack trace and no internal path", ModuleResult::Failed, None);
    let mut module = module(ModuleId::ErrorBodies, vec![of], &[7]);
    module.waited = ms(40);
    module.findings = vec![finding(
        ModuleId::ErrorBodies,
        rule,
        "an error body shows a stack trace",
        ("no inner workings", &format!("`at Hook.handle(Hook.java:42)` {HOSTILE}")),
        7,
    )];
    module
}

/// A required module that was not judged.
pub(crate) fn unjudged() -> CertificationOutcome {
    let mut outcome = passing();
    outcome.modules.push(ModuleOutcome { required: true, ..authorization() });
    outcome
}

/// Stopped in the middle.
pub(crate) fn interrupted() -> CertificationOutcome {
    CertificationOutcome { interrupted: true, ..passing() }
}

/// An endpoint that does not answer.
pub(crate) fn unusable() -> CertificationOutcome {
    let unusable = Some("https://partner.example/hooks does not answer: connection refused".to_owned());
    CertificationOutcome { unusable, tls: None, ..empty() }
}
