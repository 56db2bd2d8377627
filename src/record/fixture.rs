//! Runs made by hand, for the tests of records and reports.
//!
//! Every time, number and text is fixed. Never used outside tests.

use crate::base::diagnostic::Severity;
use crate::base::pointer::Pointer;
use crate::base::source::{Place, Source, Span};
use crate::base::units::Nanos;
use crate::model::check::{CheckId, Requirement};
use crate::model::coverage::{Coverage, Dimension, DimensionCoverage};
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing, TransportError, TransportErrorKind};
use crate::model::finding::Finding;
use crate::model::http::{Request, Response};
use crate::model::outcome::{CaseOutcome, GateOutcome, RunOutcome, StepOutcome, Verdict};
use crate::model::redact::Redactor;
use crate::record::digest::document;
use crate::record::make::{Facts, make};
use crate::record::shape::RunRecord;
use jiff::{SignedDuration, Timestamp};

const BASE: &str = "http://127.0.0.1:8080/laas-contract-signature/v1";
const SIGNATURE: &str = "LaaS contract signature";
const PULL: &str = "Notification API (pull)";
/// What a hostile server might answer.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[2J\u{202e}evil";

pub(crate) fn facts() -> Facts {
    Facts {
        tool_version: "0.1.0".to_owned(),
        command: ["proofmark", "check", "--seed", "42"].map(str::to_owned).to_vec(),
        rerun_options: ["--seed", "42"].map(str::to_owned).to_vec(),
        documents: vec![
            document("spec", "specs/laas-contract-signature.yaml", b"openapi: 3.1.0"),
            document("suite", "suites/laas-contract-signature.yaml", b"suite: LaaS contract signature"),
        ],
        ..Facts::default()
    }
}

pub(crate) fn record(outcome: &RunOutcome) -> RunRecord {
    make(outcome, &Redactor::default(), &facts())
}

fn began() -> Timestamp {
    "2026-11-21T20:05:12Z".parse().expect("an instant")
}

fn ms(n: u64) -> Nanos {
    Nanos(n * 1_000_000)
}

fn empty() -> RunOutcome {
    RunOutcome {
        began: began(),
        took: ms(1_840),
        target: "the embedded sandbox at http://127.0.0.1:8080".to_owned(),
        environment: "sandbox".to_owned(),
        seed: 42,
        interrupted: false,
        unusable: None,
        cases: Vec::new(),
        exchanges: Vec::new(),
        coverage: Vec::new(),
        gates: Vec::new(),
    }
}

fn call(id: u64, operation: &str, method: &str, path: &str, body: &str, status: u16, answer: &str) -> Exchange {
    let mut request = Request::new(method, format!("{BASE}{path}"));
    request.headers.push("Authorization", "Bearer ey-token-of-the-run");
    if !body.is_empty() {
        request.headers.push("content-type", "application/json");
        request.body = body.to_owned().into();
    }
    let mut response = Response::new(status);
    response.headers.push("content-type", "application/json");
    response.body = answer.to_owned().into();
    Exchange {
        id: ExchangeId(id),
        direction: Direction::Outbound,
        operation: Some(operation.to_owned()),
        request,
        result: Ok(response),
        timing: Timing {
            began: began().checked_add(SignedDuration::from_millis(i64::try_from(id * 100).expect("small"))).expect("in range"),
            service: ms(10 * id),
        },
    }
}

fn place(suite: &str, line: usize) -> Option<Place> {
    let name = if suite == PULL { "suites/notification-api.yaml" } else { "suites/laas-contract-signature.yaml" };
    let text = "\n".repeat(line - 1) + "  - name: x\n";
    Some(Place::new(&Source::new(name, text), Span::new(line + 3, line + 7)))
}

fn step(suite: &str, title: &str, line: usize, verdict: Verdict, exchanges: &[u64]) -> StepOutcome {
    StepOutcome {
        title: title.to_owned(),
        place: place(suite, line),
        verdict,
        reason: None,
        findings: Vec::new(),
        exchanges: exchanges.iter().map(|n| ExchangeId(*n)).collect(),
    }
}

fn case(suite: &str, slug: &str, title: &str, line: usize, steps: Vec<StepOutcome>) -> CaseOutcome {
    let file = if suite == PULL { "notification-api" } else { "laas-contract-signature" };
    CaseOutcome {
        id: format!("{file}/{slug}"),
        suite: suite.to_owned(),
        title: title.to_owned(),
        place: place(suite, line),
        tags: vec!["smoke".to_owned()],
        required: true,
        requirements: vec!["laas-signature/envelop-status".to_owned()],
        verdict: steps.iter().fold(Verdict::NotApplicable, |v, s| v.and(s.verdict)),
        reason: None,
        steps,
        took: ms(120),
    }
}

fn skipped(suite: &str, slug: &str, title: &str, line: usize) -> CaseOutcome {
    CaseOutcome {
        verdict: Verdict::Skipped,
        reason: Some("the environment offers no control".to_owned()),
        took: Nanos(0),
        ..case(suite, slug, title, line, vec![step(suite, "control advance", line + 2, Verdict::Skipped, &[])])
    }
}

fn finding(
    check: &'static str,
    requirement: (&str, &str),
    message: &str,
    expected: &str,
    actual: &str,
    exchange: u64,
) -> Finding {
    Finding {
        check: CheckId(check),
        requirement: Requirement { id: requirement.0.to_owned(), source: requirement.1.to_owned() },
        severity: Severity::Error,
        message: message.to_owned(),
        operation: Some("createSignature".to_owned()),
        header: None,
        instance: None,
        schema: None,
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        exchange: Some(ExchangeId(exchange)),
    }
}

fn dimension(dimension: Dimension, known: &[&str], seen: &[&str]) -> DimensionCoverage {
    let set = |items: &[&str]| items.iter().map(|i| (*i).to_owned()).collect();
    DimensionCoverage { dimension, known: set(known), seen: set(seen) }
}

fn signature_coverage(seen: &[&str]) -> Coverage {
    Coverage {
        suite: SIGNATURE.to_owned(),
        spec: "LaaS Contract Signature 1.0.1".to_owned(),
        dimensions: vec![
            dimension(Dimension::Operations, &["createSignature", "getSignature"], &["createSignature", "getSignature"]),
            dimension(Dimension::Statuses, &["createSignature 201", "createSignature 400", "getSignature 200"], seen),
            dimension(Dimension::Transitions, &["envelope SIGNATURE_ONGOING -> SIGNATURE_COMPLETE"], &[]),
        ],
    }
}

fn gate(verdict: Verdict, actual: &str) -> GateOutcome {
    GateOutcome { title: "statuses covered >= 100%".to_owned(), suite: SIGNATURE.to_owned(), verdict, actual: actual.to_owned() }
}

const CREATED: &str = r#"{"id":"S-1","status":"SIGNATURE_ONGOING","signatories":[{"status":"SIGNATURE_PENDING"}]}"#;

/// Everything in order.
pub(crate) fn passing() -> RunOutcome {
    let create = step(SIGNATURE, "call createSignature", 41, Verdict::Pass, &[1]);
    let get = step(SIGNATURE, "call getSignature", 44, Verdict::Pass, &[2]);
    RunOutcome {
        cases: vec![case(SIGNATURE, "everyone-signs[1]", "everyone signs [contract: SBX-COMPLETE]", 39, vec![create, get])],
        exchanges: vec![
            call(1, "createSignature", "POST", "/signatures", r#"{"contractId":"SBX-COMPLETE"}"#, 201, CREATED),
            call(2, "getSignature", "GET", "/signatures/S-1", "", 200, CREATED),
        ],
        coverage: vec![signature_coverage(&["createSignature 201", "createSignature 400", "getSignature 200"])],
        gates: vec![gate(Verdict::Pass, "100%, 3 of 3")],
        ..empty()
    }
}

/// Findings of several kinds, a case that could not be carried out, skipped cases, a gate that does not hold.
pub(crate) fn failing() -> RunOutcome {
    let mut run = passing();
    run.cases[0].steps.push(step(SIGNATURE, "await partner", 47, Verdict::Pass, &[7]));
    run.cases.push(no_signatories());
    run.cases.push(drifted());
    run.cases.push(unreachable());
    run.cases.push(skipped(SIGNATURE, "expires", "the envelope expires after 120 days", 80));
    run.cases.push(skipped(PULL, "gone-after-6-hours", "a notification is gone after 6 hours", 60));
    run.cases.push(warned());
    run.exchanges.extend(failing_exchanges());
    run.coverage = vec![signature_coverage(&["createSignature 201", "getSignature 200"])];
    run.gates = vec![gate(Verdict::Fail, "66.66%, 2 of 3")];
    run
}

fn failing_exchanges() -> Vec<Exchange> {
    let no_signatories = r#"{"contractId":"SBX-NO-SIGNATORIES"}"#;
    let hostile = format!(r#"{{"type":"NO_SIGNATORIES","detail":{}}}"#, serde_json::Value::from(HOSTILE));
    let drift = r#"{"error_code":"NOT000006","message":"not found","description":"no such subscription","trace":[1,2.50,1e400]}"#;
    let mut busy = call(5, "retrieve", "GET", "/subscriptions/1/notifications", "", 429, "");
    if let Ok(response) = &mut busy.result {
        response.headers.push("x-note", HOSTILE);
    }
    let mut refused = call(6, "createSignature", "POST", "/signatures", "{}", 0, "");
    refused.result = Err(TransportError { kind: TransportErrorKind::Reset, detail: "after 512 of 2048 bytes".to_owned() });
    vec![
        call(3, "createSignature", "POST", "/signatures", no_signatories, 400, &hostile),
        call(4, "deleteSubscription", "DELETE", "/subscriptions/missing", "", 404, drift),
        busy,
        refused,
        delivery(),
        token(),
    ]
}

fn delivery() -> Exchange {
    let notification = r#"{"entity":"SIGNATURE","event":"COMPLETE","timestamp":"2026-11-21T20:05:12Z","id":"S-1"}"#;
    let mut delivery = call(7, "PostNotification", "POST", "", notification, 204, "");
    delivery.direction = Direction::Inbound;
    delivery.request.url = "/notifications".to_owned();
    delivery.request.headers = [
        ("content-type", "application/json"),
        ("webhook-id", "msg_1"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ]
    .into_iter()
    .collect();
    delivery
}

fn token() -> Exchange {
    let answer = r#"{"access_token":"ey-token-of-the-run","token_type":"Bearer","expires_in":3600,"scope":"oob"}"#;
    let mut token =
        call(8, "", "POST", "", "grant_type=client_credentials&client_id=laas-partner&client_secret=laas-secret", 200, answer);
    token.operation = None;
    token.request.url = "http://127.0.0.1:8080/auth/oauth/v2/token".to_owned();
    token.request.headers = [("content-type", "application/x-www-form-urlencoded")].into_iter().collect();
    token
}

fn no_signatories() -> CaseOutcome {
    let mut create = step(SIGNATURE, "call createSignature", 52, Verdict::Fail, &[3]);
    create.findings = vec![Finding {
        header: None,
        instance: Some(Pointer::from_escaped("/type")),
        ..finding(
            "error_code.value",
            ("laas-signature/functional-errors", "LaaS Contract Signature 1.0.1, Functional errors"),
            "the error code is not the documented one",
            "`SIGNATORIES_UNDEFINED`",
            "`NO_SIGNATORIES`",
            3,
        )
    }];
    case(SIGNATURE, "no-signatories", "no signatories", 50, vec![create])
}

fn drifted() -> CaseOutcome {
    let mut delete = step(PULL, "call deleteSubscription", 33, Verdict::Fail, &[4]);
    let schema = Pointer::from_escaped("/components/schemas/Error/required");
    let missing = |expected: &str, actual: &str, instance: &str| Finding {
        operation: Some("deleteSubscription".to_owned()),
        header: None,
        instance: Some(Pointer::from_escaped(instance)),
        schema: Some(schema.clone()),
        ..finding(
            "body.schema",
            ("onewelcome/error-body", "OneWelcome Notification API, Delete a subscription"),
            "the body is not as its schema says",
            expected,
            actual,
            4,
        )
    };
    delete.findings = vec![
        missing("a member `code`", "members `error_code`, `message`, `description`, `trace`", ""),
        missing("a string", "an array of 3 items", "/trace"),
    ];
    case(PULL, "delete-unknown", "delete an unknown subscription", 31, vec![delete])
}

fn unreachable() -> CaseOutcome {
    let mut create = step(SIGNATURE, "call createSignature", 61, Verdict::Error, &[6]);
    create.reason = Some("the connection was cut before the answer was whole: after 512 of 2048 bytes".to_owned());
    let never = step(SIGNATURE, "call getSignature", 64, Verdict::Skipped, &[]);
    let mut case = case(SIGNATURE, "no-bank", "no bank information", 58, vec![create, never]);
    case.verdict = Verdict::Error;
    case
}

fn warned() -> CaseOutcome {
    let mut retrieve = step(PULL, "call retrieve", 71, Verdict::Pass, &[5]);
    retrieve.findings = vec![Finding {
        severity: Severity::Warning,
        operation: Some("retrieve".to_owned()),
        ..finding(
            "semantics.retry_after",
            ("rfc9110/retry-after", "RFC 9110 section 10.2.3"),
            "429 without Retry-After",
            "a `Retry-After` header",
            "none",
            5,
        )
    }];
    case(PULL, "busy", "a busy server says when to come back", 69, vec![retrieve])
}

/// Required cases that were not carried out.
pub(crate) fn skipping() -> RunOutcome {
    let mut run = passing();
    run.cases.push(skipped(SIGNATURE, "expires", "the envelope expires after 120 days", 80));
    run.cases.push(skipped(SIGNATURE, "cancelled", "the platform cancels", 90));
    run.gates = vec![gate(Verdict::Skipped, "not judged: required cases were skipped")];
    run
}

/// Stopped in the middle.
pub(crate) fn interrupted() -> RunOutcome {
    RunOutcome { interrupted: true, gates: Vec::new(), ..passing() }
}

/// A target that does not answer.
pub(crate) fn unusable() -> RunOutcome {
    RunOutcome {
        target: "https://uat.example.com".to_owned(),
        environment: "uat".to_owned(),
        unusable: Some("https://uat.example.com does not answer: connection refused".to_owned()),
        ..empty()
    }
}
