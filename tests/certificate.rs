//! Issues a certificate through the library and verifies it as a person does: with the binary, and with Node alone.
//!
//! Changes bytes and clocks; never calls an endpoint.

mod support;

use proofmark::base::ed25519::SigningKey;
use proofmark::base::units::Nanos;
use proofmark::record::certificate::{Certificate, issue, verify};
use proofmark::record::certification::shape::{CertificationResult, ResultRecord};
use proofmark::record::certification::{CertificationRecord, store};
use std::path::Path;
use std::process::Command;
use support::{Bench, Ran};

const ISSUED: &str = "2026-11-22T02:40:00Z";
const IN_TIME: &str = "2026-12-01T00:00:00Z";
const EXPIRED: &str = "2026-12-22T02:40:00Z";

/// The stored certification without what failed: one that a certificate may be issued for.
fn record() -> CertificationRecord {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/certification-v1.json");
    let mut record = store::read(&path).expect("the fixture");
    record.modules.retain(|m| m.result != ResultRecord::Failed && m.expected.is_none());
    record.planned = record.modules.len();
    record.verdict = CertificationResult::Certified;
    record
}

fn issued(key: &SigningKey) -> Certificate {
    issue(&record(), Nanos(30 * 86_400 * 1_000_000_000), key, ISSUED.parse().expect("an instant")).expect("it is issued")
}

/// A folder with keys, a certificate and its record.
fn bench() -> (Bench, Certificate) {
    let bench = Bench::new();
    let made = bench.run(&["keygen"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let pem = std::fs::read_to_string(bench.path("proofmark-signing.key")).expect("a private key");
    let certificate = issued(&SigningKey::from_pkcs8_pem(&pem).expect("a key"));
    std::fs::write(bench.path("certificate.json"), &certificate.file).expect("it is written");
    store::write(bench.folder.path(), &record()).expect("it is written");
    (bench, certificate)
}

fn verified(bench: &Bench, more: &[&str]) -> Ran {
    bench.run(&[&["verify", "certificate.json"], more].concat())
}

#[test]
fn a_certificate_holds_for_the_key_that_signed_it_in_its_time_and_for_its_record() {
    let (bench, certificate) = bench();
    let with = ["--key", "proofmark-signing.pub", "--at", IN_TIME];
    let valid = verified(&bench, &[&with[..], &["--report", "."]].concat());
    assert_eq!((valid.code, valid.err.as_str()), (0, ""), "{}", valid.out);
    for said in ["https://partner.example/hooks", "laas-callback", "signature", ISSUED, "valid until 2026-12-22T02:40:00Z: "] {
        assert!(valid.out.contains(said), "{said}: {}", valid.out);
    }
    let text = &certificate.document.signature.key.public;
    assert_eq!(verified(&bench, &["--key", text, "--at", IN_TIME, "-q"]).code, 0);

    let unknown = verified(&bench, &["--at", IN_TIME]);
    assert_eq!(unknown.code, 3, "{}", unknown.out);
    assert!(unknown.out.contains("nobody said whose key signed it"), "{}", unknown.out);
    let expired = verified(&bench, &["--key", "proofmark-signing.pub", "--at", EXPIRED, "-q"]);
    assert_eq!((expired.code, expired.out.as_str()), (1, "not valid: it expired at 2026-12-22T02:40:00Z\n"));
    let early = verified(&bench, &["--key", "proofmark-signing.pub", "--at", "2026-11-22T02:39:59Z", "-q"]);
    assert_eq!((early.code, early.out.as_str()), (1, "not valid: it holds only from 2026-11-22T02:40:00Z\n"));

    assert_eq!(bench.run(&["keygen", "--out", "other.key"]).code, 0);
    let other = verified(&bench, &["--key", "other.pub", "--at", IN_TIME]);
    assert_eq!((other.code, other.out.starts_with("not valid: another key signed it: ")), (1, true), "{}", other.out);

    let mut changed = record();
    changed.seed += 1;
    store::write(bench.folder.path(), &changed).expect("it is written");
    let changed = verified(&bench, &[&with[..], &["--report", "record.json", "-q"]].concat());
    assert_eq!(
        (changed.code, changed.out.as_str()),
        (1, "not valid: the record is not the one that the certificate was issued for\n")
    );
}

#[test]
fn inputs_that_cannot_be_used_are_said() {
    let (bench, _) = bench();
    for (args, said) in [
        (&["verify", "missing.json"][..], "cannot read `missing.json`"),
        (&["verify", "record.json"], "it is a `proofmark.certification`, not a `proofmark.certificate`"),
        (&["verify", "certificate.json", "--key", "proofmark-signing.key"], "is a private key"),
        (&["verify", "certificate.json", "--key", "nonsense"], "neither a file nor a public key"),
        (&["verify", "certificate.json", "--at", "tomorrow"], "is not an instant"),
        (&["verify", "certificate.json", "--report", "missing"], "cannot read `missing`"),
        (&["keygen"], "is there already"),
    ] {
        let ran = bench.run(args);
        assert_eq!((ran.code, ran.err.contains(said)), (2, true), "{args:?}: {}{}", ran.out, ran.err);
    }
    let keys = bench.run(&["keygen", "--webhook"]);
    let lines: Vec<&str> = keys.out.lines().filter(|l| l.starts_with("wh")).collect();
    assert_eq!((keys.code, lines.len()), (0, 3), "{}", keys.out);
    assert!(lines[0].starts_with("whsec_") && lines[1].starts_with("whsk_") && lines[2].starts_with("whpk_"), "{lines:?}");
}

#[test]
fn every_single_byte_counts() {
    let key = SigningKey::from_seed(&[1; 32]);
    let bytes = issued(&key).file;
    let at = IN_TIME.parse().expect("an instant");
    assert!(verify(&bytes, Some(&key.public()), at).is_ok_and(|v| v.untimely.is_none()));
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 1 << (position % 7);
        assert!(verify(&changed, Some(&key.public()), at).is_err(), "byte {position} of {}", bytes.len());
    }
}

#[test]
fn a_changed_byte_is_refused_by_the_command() {
    let (bench, certificate) = bench();
    let text = String::from_utf8(certificate.file.clone()).expect("text");
    let of = |what: &str| text.find(what).expect("it is there") + 1;
    for position in [of("partner.example"), of("passed"), of("issued"), of("\"value\":\"") + 12, text.len() - 1, 0] {
        let mut changed = certificate.file.clone();
        changed[position] ^= 1;
        std::fs::write(bench.path("certificate.json"), &changed).expect("it is written");
        let refused = verified(&bench, &["--key", "proofmark-signing.pub", "--at", IN_TIME]);
        assert_eq!((refused.code, refused.err.as_str()), (1, ""), "byte {position}: {}", refused.out);
        assert!(refused.out.starts_with("not valid: it was changed after it was signed: "), "{}", refused.out);
    }
}

/// The example of the documentation, run with Node alone.
#[test]
fn node_verifies_it_without_proofmark() {
    let node = Command::new("node").arg("--version").output().is_ok_and(|o| o.status.success());
    if !node {
        use std::io::Write as _;
        assert!(std::env::var("PROOFMARK_NODE").as_deref() != Ok("required"), "no Node on this machine; ./test installs it");
        let _ = writeln!(std::io::stderr(), "skipped: no Node on this machine; ./test installs it");
        return;
    }
    let (bench, certificate) = bench();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verify-certificate.mjs");
    let lines = std::fs::read_to_string(&script).expect("the example").lines().count();
    assert!(lines <= 30, "{lines} lines are not an example any more");
    let run = |at: &str| {
        let mut command = Command::new("node");
        let args = ["certificate.json", "proofmark-signing.pub", at].into_iter().filter(|a| !a.is_empty());
        command.arg(&script).args(args).current_dir(bench.folder.path());
        Ran::of(&command.output().expect("Node runs"))
    };
    let valid = run(IN_TIME);
    assert_eq!((valid.code, valid.err.as_str()), (0, ""), "{}", valid.out);
    assert_eq!(valid.out, "valid until 2026-12-22T02:40:00Z: https://partner.example/hooks, profile laas-callback\n");
    for at in [EXPIRED, "2026-11-22T02:39:59Z", "never"] {
        let refused = run(at);
        assert_eq!((refused.code, refused.err.starts_with("not valid: it holds from ")), (1, true), "{}", refused.err);
    }
    let text = String::from_utf8(certificate.file.clone()).expect("text");
    let last = text.rfind("\"},\"version\"").expect("the signature's end") - 1;
    for position in [0, text.find("passed").expect("a result"), text.find("partner").expect("the URL"), last, text.len() - 1] {
        let mut changed = certificate.file.clone();
        changed[position] ^= 1;
        std::fs::write(bench.path("certificate.json"), &changed).expect("it is written");
        let refused = run(IN_TIME);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "byte {position}: {}", refused.err);
    }
}
