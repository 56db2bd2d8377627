//! A partner's endpoint is certified: a right one in every profile, a wrong one by exactly the row that it gets wrong.
//!
//! Both sides are processes of the binary, on loopback. Never waits for a time where there is a condition.

mod support;

use proofmark::model::certification::ModuleId;
use proofmark::partner::faults::{self, FaultInfo, Needs};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Bench, Partner, Ran};

const PUBLISHED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CREDENTIAL: &str = "Bearer partner-credential-1";

/// Certifies a partner and gives what came of it.
fn certify(bench: &Bench, partner: &Partner, more: &[&str]) -> Ran {
    let mut args = vec!["certify", &partner.url];
    args.extend(partner.options.iter().map(String::as_str));
    args.extend(more);
    let mut command = bench.command(&args);
    command.env_remove("PROOFMARK_SECRET").env_remove("PROOFMARK_SIGNING_KEY");
    command.envs(partner.secret.iter().map(|secret| ("PROOFMARK_SECRET", secret)));
    command.envs(partner.authorization.iter().map(|value| ("PROOFMARK_AUTHORIZATION", value)));
    Ran::of(&command.output().expect("the binary runs"))
}

fn modules<'a>(record: &'a Value, result: &str) -> Vec<&'a Value> {
    let all = record["modules"].as_array().expect("modules");
    all.iter().filter(|m| m["result"] == result).collect()
}

fn rows(modules: &[&Value]) -> BTreeSet<u64> {
    modules.iter().map(|m| m["row"].as_u64().expect("a row")).collect()
}

#[test]
fn the_right_partner_is_certified_in_every_profile() {
    let profiles = ["laas", "laas-hmac", "standard-webhooks", "standard-webhooks-ed25519", "http-signatures", "mtls"];
    std::thread::scope(|scope| {
        for profile in profiles {
            scope.spawn(move || {
                let bench = Bench::new();
                let mut args = vec!["--profile", profile];
                // The published private key of RFC 9421 appendix B.1.4 would do as well: any 32 bytes are a key.
                let secret = match profile {
                    "standard-webhooks-ed25519" => Some("whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
                    "laas" | "mtls" => None,
                    _ => Some(PUBLISHED),
                };
                args.extend(secret.iter().flat_map(|s| ["--secret", s]));
                let partner = Partner::start(bench.folder.path(), &args);
                let ran = certify(&bench, &partner, &[]);
                assert_eq!(ran.code, 0, "{profile}: {}{}", ran.out, ran.err);
                let record = bench.record();
                let findings: Vec<_> = record["modules"]
                    .as_array()
                    .expect("modules")
                    .iter()
                    .flat_map(|m| m["findings"].as_array().expect("findings"))
                    .collect();
                assert!(findings.is_empty(), "{profile}: {findings:#?}");
                assert_eq!(record["verdict"], "certified", "{profile}: {}", ran.out);
                // What HTTP cannot show is left to a person, and nothing else is.
                assert_eq!(rows(&modules(&record, "review")), BTreeSet::from([3, 4, 5, 6]), "{profile}");
                let folder = bench.run_folder();
                for file in ["certificate.json", "certificate.pub", "certificate.html", "badge.svg", "report.html", "junit.xml"] {
                    assert!(folder.join(file).exists(), "{profile}: {file}");
                }
                if let Some(secret) = secret {
                    let text = std::fs::read_to_string(folder.join("record.json")).expect("a record");
                    let bare = secret.trim_start_matches("whsec_").trim_start_matches("whsk_");
                    assert!(!text.contains(bare), "{profile}: the record shows the key");
                }
            });
        }
    });
}

#[test]
fn a_read_back_proves_what_http_cannot_show() {
    let bench = Bench::new();
    let partner = Partner::start(bench.folder.path(), &["--profile", "laas"]);
    let url = partner.read_back.replace("{id}", "${delivery.id}");
    bench.write(
        "mine.yaml",
        &format!(
            "profile: mine\ntitle: with a read-back\nextends: laas\nread_back:\n  url: \"{url}\"\n  count: $.count\n  \
             latest: $.latest\n  within: 5s\n"
        ),
    );
    let ran = Ran::of(&bench.command(&["certify", &partner.url, "--profile", "mine.yaml"]).output().expect("it runs"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let record = bench.record();
    assert!(modules(&record, "review").is_empty(), "{}", ran.out);
    let proven =
        record["modules"].as_array().expect("modules").iter().filter(|m| [3, 4, 5, 6].contains(&m["row"].as_u64().unwrap_or(0)));
    for module in proven {
        let effect = &module["conditions"][1];
        assert_eq!(effect["result"], "passed", "{effect}");
        assert!(effect["reason"].as_str().expect("a reason").starts_with("read back"), "{effect}");
    }
}

#[test]
fn a_follow_up_proves_it_as_well() {
    let bench = Bench::new();
    // A port of our own for the APIs that the partner asks; it is free again when the socket is dropped.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").to_string();
    let partner = Partner::start(bench.folder.path(), &["--profile", "laas", "--follow-up", &format!("http://{free}")]);
    let ran = certify(&bench, &partner, &["--follow-up", &free]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let record = bench.record();
    assert!(modules(&record, "review").is_empty(), "{}", ran.out);
}

#[test]
fn every_row_has_a_fault() {
    let rows: BTreeSet<u8> = faults::ALL.iter().map(|f| f.row).filter(|row| *row > 0).collect();
    assert_eq!(rows, ModuleId::ALL.iter().map(|m| m.row()).filter(|row| *row > 0).collect());
}

#[test]
fn each_fault_makes_exactly_its_row_fail() {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    // The certifications mostly wait, so more of them than there are cores go side by side.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(fault) = faults::ALL.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = walk(fault) {
                        wrong.lock().expect("no thread panics with it").push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panics with it");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), faults::ALL.len(), wrong.join("\n"));
}

fn walk(fault: &FaultInfo) -> Result<(), String> {
    let bench = Bench::new();
    let mut setup = vec!["--fault", fault.name];
    match fault.needs {
        Needs::Nothing => {}
        Needs::Signature => setup.extend(["--profile", "laas-hmac", "--secret", PUBLISHED]),
        Needs::Authorization => setup.extend(["--authorization", CREDENTIAL]),
        Needs::Tls => setup.push("--tls"),
        Needs::ClientCertificate => setup.extend(["--profile", "mtls"]),
    }
    let mut partner = Partner::start(bench.folder.path(), &setup);
    // The credential comes from the environment.
    if let Some(at) = partner.options.iter().position(|o| o == "--authorization") {
        partner.options.drain(at..at + 2);
    }
    let ran = certify(&bench, &partner, &[]);
    if ran.code == 2 {
        return Err(format!("{}: {}", fault.name, ran.err));
    }
    let record = bench.record();
    let failed = modules(&record, "failed");
    let named = failed.iter().map(|m| format!("{}: {}", m["key"], m["findings"])).collect::<Vec<_>>().join("; ");
    if fault.row == 0 {
        // Bad input: nothing can be judged any more, the run comes to its end, and nothing is certified.
        return match ran.code {
            1 | 3 if !bench.run_folder().join("certificate.json").exists() => Ok(()),
            code => Err(format!("{}: exit {code} ({}{})", fault.name, ran.out, ran.err)),
        };
    }
    if ran.code != 1 || rows(&failed) != BTreeSet::from([u64::from(fault.row)]) {
        return Err(format!("{}: row {}, exit {}, failed {named} ({})", fault.name, fault.row, ran.code, ran.err));
    }
    let key = failed[0]["key"].as_str().expect("a key");
    if !ran.out.contains(&format!("row {} {key}", fault.row)) {
        return Err(format!("{}: the output does not name row {} {key}: {}", fault.name, fault.row, ran.out));
    }
    Ok(())
}
