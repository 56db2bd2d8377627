//! Our deliveries as others verify them: a receiver built on the published Standard Webhooks library passes.
//!
//! The library is of another language and another hand, installed by `./test` from its registry. Never replaced by our own.

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use support::{Bench, python};

/// Published with Standard Webhooks.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Receiver(Child);

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_receiver_on_the_published_library_is_certified() {
    let Some(python) = python() else { return };
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop/standard_webhooks.py");
    let mut child = Command::new(python)
        .arg(script)
        .arg(SECRET)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the receiver starts");
    let mut url = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut url).expect("its address");
    let _receiver = Receiver(child);
    let bench = Bench::new();
    let ran = bench.run(&["certify", url.trim(), "--profile", "standard-webhooks", "--secret", SECRET]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(bench.record()["verdict"], "certified", "{}", ran.out);
    // With another key nothing is accepted: the library does verify.
    let other = Bench::new();
    let ran = other.run(&[
        "certify",
        url.trim(),
        "--profile",
        "standard-webhooks",
        "--secret",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    ]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("row 1 valid-delivery"), "{}", ran.out);
}
