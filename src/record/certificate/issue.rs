//! Issues certificates.
//!
//! Refuses one for anything less than a whole profile that was run to its end without a failure. Never writes a file.

use crate::base::canonical::canonical;
use crate::base::ed25519::{PublicKey, SigningKey};
use crate::base::units::Nanos;
use crate::record::certificate::shape::{
    ALGORITHM, Body, CANONICALIZATION, Delivery, Document, Endpoint, FORMAT, FurtherDocument, Key, Profile, Requirement, Run,
    Signature, Spec, Tls, Tool, VERSION,
};
use crate::record::certification::shape::{CertificationRecord, CertificationResult, ModuleRecord, ResultRecord, StatusRecord};
use crate::record::certification::store;
use crate::record::digest::sha256;
use crate::record::make::after;
use crate::record::shape::DocumentRecord;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use std::fmt;

/// The usual name of a certificate's file.
pub const FILE: &str = "certificate.json";

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// What it says.
    pub document: Document,
    /// Its file, byte for byte.
    pub file: Vec<u8>,
}

/// Why no certificate is issued: every reason, as lower-case fragments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Vec<String>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

/// Issues the certificate of a certification, `now`, for as long as the profile says (`valid_for`). Its digest of the run is that of the
/// record as [`store::write`] writes it.
///
/// # Errors
/// Where a required module was not finished, any failed or was announced to fail, modules were left out or were not run.
pub fn issue(record: &CertificationRecord, valid_for: Nanos, key: &SigningKey, now: Timestamp) -> Result<Certificate, Refused> {
    let reasons = obstacles(record);
    if !reasons.is_empty() {
        return Err(Refused(reasons));
    }
    let body = body(record, valid_for, now)
        .ok_or_else(|| Refused(vec!["the record does not name the profile and the spec by their digests".to_owned()]))?;
    sign(body, key).map_err(|why| Refused(vec![why]))
}

/// Everything that keeps a certificate from being issued.
fn obstacles(record: &CertificationRecord) -> Vec<String> {
    let mut reasons = Vec::new();
    if record.interrupted {
        reasons.push("the certification was interrupted".to_owned());
    }
    reasons.extend(record.unusable.clone());
    if !record.left_out.is_empty() {
        reasons.push(format!("left out on request: {}", record.left_out.join(", ")));
    }
    if record.modules.is_empty() || record.modules.len() < record.planned {
        reasons.push(format!("{} of {} modules were run", record.modules.len(), record.planned));
    }
    reasons.extend(record.modules.iter().filter_map(obstacle));
    if reasons.is_empty() && record.verdict != CertificationResult::Certified {
        reasons.push(record.sentence.clone());
    }
    reasons
}

fn obstacle(module: &ModuleRecord) -> Option<String> {
    let label = module.label();
    match (&module.expected, module.status, module.result) {
        (Some(expected), ..) if expected.came => Some(format!("{label} failed, as announced ({})", expected.reason)),
        (Some(expected), ..) => Some(format!("the failure of {label} had been announced ({})", expected.reason)),
        (None, _, ResultRecord::Failed) => Some(format!("{label} failed")),
        (None, StatusRecord::Finished, ResultRecord::Skipped) if module.required => {
            Some(format!("{label} was not judged{}", module.reason().map(|r| format!(" ({r})")).unwrap_or_default()))
        }
        (None, StatusRecord::Finished, _) => None,
        (None, ..) => Some(format!("{label} did not come to its end")),
    }
}

fn body(record: &CertificationRecord, valid_for: Nanos, now: Timestamp) -> Option<Body> {
    let profile = record.documents.iter().find(|d| d.kind == "profile")?;
    let spec = record.documents.iter().find(|d| d.kind == "spec")?;
    let further = |d: &&DocumentRecord| !std::ptr::eq(*d, profile) && !std::ptr::eq(*d, spec);
    let issued = whole_seconds(now);
    Some(Body {
        endpoint: Endpoint {
            registered: record.registered.clone(),
            deliveries: record
                .endpoints
                .iter()
                .map(|e| Delivery { operation: e.operation.clone(), url: e.url.clone() })
                .collect(),
            tls: record.tls.as_ref().map(|t| Tls { version: t.version.clone(), fingerprints: t.chain.clone() }),
        },
        profile: Profile {
            name: record.profile.name.clone(),
            title: record.profile.title.clone(),
            sha256: profile.sha256.clone(),
        },
        spec: Spec { title: record.spec.title.clone(), version: record.spec.version.clone(), sha256: spec.sha256.clone() },
        documents: record
            .documents
            .iter()
            .filter(further)
            .map(|d| FurtherDocument { kind: d.kind.clone(), name: d.name.clone(), sha256: d.sha256.clone() })
            .collect(),
        tool: Tool { name: "proofmark".to_owned(), version: record.tool_version.clone() },
        run: Run {
            began: whole_seconds(record.began),
            ended: whole_seconds(record.ended),
            sha256: sha256(store::file(record).as_bytes()),
        },
        issued,
        expires: whole_seconds(after(issued, valid_for.0)),
        requirements: record.by_row().into_iter().flat_map(requirements).collect(),
        summary: record.sentence.clone(),
    })
}

fn whole_seconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}

fn requirements(module: &ModuleRecord) -> impl Iterator<Item = Requirement> {
    module.conditions.iter().map(|c| Requirement {
        id: c.requirement.id.clone(),
        source: c.requirement.source.clone(),
        row: module.row,
        module: module.key.clone(),
        title: c.title.clone(),
        result: c.result.key().to_owned(),
        reason: c.reason.clone(),
    })
}

/// Signs what is certified.
fn sign(certificate: Body, key: &SigningKey) -> Result<Certificate, String> {
    let public = key.public();
    let mut document = Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        certificate,
        signature: Signature {
            algorithm: ALGORITHM.to_owned(),
            canonicalization: CANONICALIZATION.to_owned(),
            key: Key { id: key_id(&public), public: URL_SAFE_NO_PAD.encode(public.raw()) },
            value: String::new(),
        },
    };
    let signature = key.sign(&signed(&document)?);
    document.signature.value = URL_SAFE_NO_PAD.encode(signature);
    let file = file(&document)?;
    Ok(Certificate { document, file })
}

/// The bytes that are signed: the canonical form of the document without `signature.value`.
pub(super) fn signed(document: &Document) -> Result<Vec<u8>, String> {
    let mut document = document.clone();
    document.signature.value.clear();
    serde_json::to_value(&document).map_err(|e| e.to_string()).and_then(|value| canonical(&value))
}

/// The bytes of the document's file: its canonical form and one line break.
pub(super) fn file(document: &Document) -> Result<Vec<u8>, String> {
    let mut bytes = serde_json::to_value(document).map_err(|e| e.to_string()).and_then(|value| canonical(&value))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The id of a key: its thumbprint by RFC 7638, as RFC 8037 has it for Ed25519.
#[must_use]
pub fn key_id(key: &PublicKey) -> String {
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(key.raw()));
    URL_SAFE_NO_PAD.encode(digest(&SHA256, jwk.as_bytes()))
}

/// The 32 bytes of a key in base64url without padding.
#[must_use]
pub fn key_text(key: &PublicKey) -> String {
    URL_SAFE_NO_PAD.encode(key.raw())
}

#[cfg(test)]
mod tests {
    use super::{issue, key_id};
    use crate::base::ed25519::{PublicKey, SigningKey};
    use crate::base::units::Nanos;
    use crate::model::certification::{ModuleId, ModuleStatus};
    use crate::model::redact::Redactor;
    use crate::record::certification::{fixture, make, store};
    use crate::record::digest::sha256;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    const YEAR: Nanos = Nanos(365 * 86_400 * 1_000_000_000);

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    #[test]
    fn a_certificate_says_what_the_record_says() {
        let mut record = fixture::record(&fixture::passing());
        record.planned = 3;
        let issued = issue(&record, YEAR, &key(), "2026-11-22T02:40:00.75Z".parse().expect("an instant")).expect("it is issued");
        let body = &issued.document.certificate;
        assert_eq!(
            (body.issued.to_string(), body.expires.to_string()),
            ("2026-11-22T02:40:00Z".into(), "2027-11-22T02:40:00Z".into())
        );
        assert_eq!(body.requirements.len(), 5);
        assert_eq!((body.requirements[2].row, body.requirements[2].module.as_str()), (7, "signature-refused"));
        assert_eq!(body.endpoint.tls.as_ref().map(|t| t.fingerprints[0].as_str()), Some("3f".repeat(32).as_str()));
        assert_eq!(body.profile.sha256, record.documents[0].sha256);
        let dir = tempfile::tempdir().expect("a temporary folder");
        let written = store::write(dir.path(), &record).expect("it is written");
        assert_eq!(body.run.sha256, sha256(&std::fs::read(written).expect("it is there")));
    }

    #[test]
    fn what_is_not_whole_is_refused_and_the_reasons_name_the_modules() {
        let now = "2026-11-22T02:40:00Z".parse().expect("an instant");
        let refused = |record: &_| issue(record, YEAR, &key(), now).expect_err("it is refused").0;
        assert_eq!(
            refused(&fixture::record(&fixture::failing())),
            [
                "row 7 signature-refused failed",
                "the failure of row 15 content-type had been announced (the gateway ignores it until spring)",
                "row 17 handshake failed, as announced (the gateway answers OPTIONS itself)",
                "row 25 error-bodies failed",
            ]
        );
        assert_eq!(
            refused(&fixture::record(&fixture::unjudged())),
            ["4 of 12 modules were run", "row 21 authorization was not judged (the profile's credential is not set)"]
        );
        assert_eq!(
            refused(&fixture::record(&fixture::interrupted())),
            ["the certification was interrupted", "3 of 12 modules were run"]
        );
        let mut stopped = fixture::passing();
        stopped.modules[1].status = ModuleStatus::Interrupted;
        let facts = crate::record::certification::CertificationFacts {
            left_out: vec![ModuleId::Overload, ModuleId::PartialBody],
            planned: 3,
            ..fixture::facts()
        };
        assert_eq!(
            refused(&make(&stopped, &Redactor::default(), &facts)),
            ["left out on request: overload, partial-body", "row 7 signature-refused did not come to its end"]
        );
    }

    #[test]
    fn the_id_of_a_key_is_its_thumbprint() {
        // RFC 8037 appendix A.3.
        let raw = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("base64url");
        let key = PublicKey::from_raw(&raw).expect("a key");
        assert_eq!(key_id(&key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
