//! Answers as the sandbox makes them: JSON bodies, and refusals in the error shape of each API.
//!
//! Shapes and headers only. Decides nothing about who may do what.

use crate::model::http::Response;
use crate::sandbox::faults::{Fault, Faults};
use bytes::Bytes;
use serde_json::{Value, json};

/// Which error shape and realm an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// The push and signature APIs, the control API, and every unknown path: `{type, message}`.
    Laas,
    /// The pull API: `{code, description}`.
    Pull,
}

impl Api {
    fn realm(self) -> &'static str {
        match self {
            Self::Laas => "laas",
            Self::Pull => "notification",
        }
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The status.
    pub(super) status: u16,
    /// The type of the LaaS catalogue; the pull API goes by status.
    pub(super) code: &'static str,
    /// A sentence for people.
    pub(super) message: String,
    /// The challenge, where there is one.
    pub(super) challenge: Option<Challenge>,
    /// The methods that are allowed, where the method is the reason.
    pub(super) allow: Option<String>,
}

/// The parameters of a Bearer challenge beside the realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// The error of RFC 6750 section 3.1, only where a token was sent.
    pub(super) error: Option<&'static str>,
    /// The scope that would do.
    pub(super) scope: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), challenge: None, allow: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_PARAMETER", message)
    }

    pub(super) fn challenged(mut self, error: Option<&'static str>, scope: Option<&'static str>) -> Self {
        self.challenge = Some(Challenge { error, scope });
        self
    }

    /// The answer in the shape of `api`.
    pub(super) fn response(&self, api: Api, faults: &Faults) -> Response {
        let mut answer = json_response(self.status, &self.body(api, faults));
        if let Some(challenge) = self.challenge.and_then(|c| self.challenge_text(c, api, faults)) {
            answer.headers.push("www-authenticate", challenge);
        }
        if let Some(allow) = self.allow.as_ref().filter(|_| !faults.has(Fault::AllowMissing)) {
            answer.headers.push("allow", allow);
        }
        if self.status == 404 && api == Api::Laas && self.code != "UNKNOWN_PARTNER" && faults.has(Fault::ProblemJson) {
            answer.headers.set("content-type", "application/problem+json");
        }
        answer
    }

    fn body(&self, api: Api, faults: &Faults) -> Value {
        let mut message = self.message.clone();
        if self.code == "UNKNOWN_SIGNATURE" && faults.has(Fault::LeaksStackTrace) {
            message = "java.lang.NullPointerException\n\tat com.example.laas.SignatureService.find(SignatureService.java:42)\n\tat com.example.laas.SignatureController.get(SignatureController.java:17)".to_owned();
        }
        if self.code == "UNKNOWN_PARTNER" && faults.has(Fault::LeaksPath) {
            message = "cannot open /opt/app/laas/data/partners.db: no such partner".to_owned();
        }
        match api {
            Api::Pull if self.code == "UNKNOWN_SUBSCRIPTION" && faults.has(Fault::EnvelopeDrift) => {
                json!({"error_code": "NOT000006", "message": "Not found", "description": message})
            }
            Api::Pull => json!({"code": pull_code(self.status), "description": message}),
            Api::Laas if self.code == "UNKNOWN_SIGNATURE" && faults.has(Fault::ErrorAsText) => json!(message),
            Api::Laas if self.code == "UNKNOWN_PARTNER" && faults.has(Fault::NestedError) => {
                json!({"error": {"type": self.code, "message": message}})
            }
            Api::Laas => json!({"type": self.code_shown(faults), "message": message}),
        }
    }

    fn code_shown(&self, faults: &Faults) -> &'static str {
        match self.code {
            "UNKNOWN_SIGNATURE" if faults.has(Fault::UndocumentedCode) => "SIGNATURE_NOT_FOUND",
            "UNKNOWN_PROPOSAL" if faults.has(Fault::ForeignCode) => "UNKNOWN_CONTRACT",
            "BANK_INFORMATION_UNDEFINED" if faults.has(Fault::BankAsSignatories) => "SIGNATORIES_UNDEFINED",
            "MISSING_VALUE" if faults.has(Fault::MissingAsInvalid) => "INVALID_PARAMETER",
            "NO_CALLBACK_REGISTERED" if faults.has(Fault::NoCallbackAsNoPartner) => "UNKNOWN_PARTNER",
            code => code,
        }
    }

    fn challenge_text(&self, challenge: Challenge, api: Api, faults: &Faults) -> Option<String> {
        if self.status == 401 && faults.has(Fault::ChallengeMissing) {
            return None;
        }
        if self.status == 401 && faults.has(Fault::ChallengeBasic) {
            return Some(format!("Basic realm=\"{}\"", api.realm()));
        }
        let mut parts = Vec::new();
        if !faults.has(Fault::ChallengeWithoutRealm) {
            parts.push(format!("realm=\"{}\"", api.realm()));
        }
        let error = match challenge.error {
            None if faults.has(Fault::NoTokenWithErrorCode) => Some("invalid_token"),
            Some("invalid_token") if faults.has(Fault::BadTokenWithoutErrorCode) => None,
            error => error,
        };
        parts.extend(error.map(|e| format!("error=\"{e}\"")));
        parts.extend(challenge.scope.map(|s| format!("scope=\"{s}\"")));
        if parts.is_empty() {
            // RFC 9110 section 11.6.1 wants a parameter or nothing at all after the scheme.
            return Some("Bearer charset=\"UTF-8\"".to_owned());
        }
        Some(format!("Bearer {}", parts.join(", ")))
    }
}

fn pull_code(status: u16) -> &'static str {
    match status {
        401 => "NOT000002",
        403 => "NOT000003",
        405 => "NOT000004",
        404 => "NOT000006",
        _ => "NOT000001",
    }
}

/// The refusal of a method; HEAD goes wherever GET goes.
pub(super) fn method_not_allowed<'a>(allowed: impl Iterator<Item = &'a str>, refused: &str, misnamed: bool) -> Refusal {
    let mut methods: Vec<&str> = allowed.flat_map(|m| if m == "GET" { vec!["GET", "HEAD"] } else { vec![m] }).collect();
    if misnamed {
        methods = vec![refused];
    }
    let mut refusal = Refusal::new(405, "METHOD_NOT_ALLOWED", "The method is not allowed here.");
    refusal.allow = Some(methods.join(", "));
    refusal
}

/// A JSON answer.
pub(super) fn json_response(status: u16, body: &Value) -> Response {
    let mut answer = Response::new(status);
    answer.headers.push("content-type", "application/json");
    answer.body = Bytes::from(body.to_string());
    answer
}

#[cfg(test)]
mod tests {
    use super::{Api, Refusal};
    use crate::sandbox::faults::{Fault, Faults};

    #[test]
    fn each_api_has_its_error_shape() {
        let mut refusal = Refusal::new(404, "UNKNOWN_SIGNATURE", "There is no such signature.");
        let body = |refusal: &Refusal, api, faults| String::from_utf8_lossy(&refusal.response(api, &faults).body).into_owned();
        let none = Faults::default;
        assert_eq!(body(&refusal, Api::Laas, none()), r#"{"type":"UNKNOWN_SIGNATURE","message":"There is no such signature."}"#);
        assert_eq!(body(&refusal, Api::Pull, none()), r#"{"code":"NOT000006","description":"There is no such signature."}"#);
        refusal.code = "UNKNOWN_SUBSCRIPTION";
        assert!(body(&refusal, Api::Pull, Faults::new(&[Fault::EnvelopeDrift])).contains("error_code"));
    }

    #[test]
    fn a_challenge_names_an_error_only_where_a_token_was_sent() {
        let header = |error, faults| {
            let refusal = Refusal::new(401, "UNAUTHORIZED", "").challenged(error, None);
            refusal.response(Api::Laas, &faults).headers.get("www-authenticate").map(str::to_owned)
        };
        assert_eq!(header(None, Faults::default()).as_deref(), Some("Bearer realm=\"laas\""));
        assert_eq!(
            header(Some("invalid_token"), Faults::default()).as_deref(),
            Some("Bearer realm=\"laas\", error=\"invalid_token\"")
        );
        assert_eq!(header(None, Faults::new(&[Fault::ChallengeMissing])), None);
    }
}
