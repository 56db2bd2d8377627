//! Certification profiles and lists of expected failures, whole, merged and broken.
//!
//! Files and variables come from the test; nothing is looked up on disk.

use super::shown;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::base::units::Nanos;
use crate::model::certification::ModuleId;
use crate::model::signing::{HttpAlgorithm, SignatureScheme, WebhookAlgorithm};
use crate::suite::ast::profile::{Profile, Statuses, TlsVersion};
use crate::suite::{load_expected_failures, load_profile};
use proptest::prelude::{ProptestConfig, prop_assert, proptest};

/// A base with a little of everything.
const BASE: &str = r#"profile: base
spec: ../specs/a.yaml
callbacks: [one]
values: {"$request.body#/id": "1", "$request.body#/x": "2"}
secrets: {hook: "${env.SECRET}"}
delivery: {headers: {X-A: a, X-B: b}}
signature: {scheme: standard-webhooks, algorithm: v1a, secret: "${secret.hook}", tolerance: 1m}
authorization: {value: "Bearer ${env.TOKEN}"}
tls: {minimum: "1.3", ca: ca.pem}
limits: {answer: 20s, samples: 7}
read_back: {url: "http://127.0.0.1:1/${delivery.id}", headers: {X-Key: "${env.TOKEN}"}, count: $.count}
modules:
  valid-delivery: {requirement: callback/a, source: A, accept: 2XX}
  handshake: {requirement: callback/b, source: B, accept: [2XX, 405], warn: [4XX]}
  response-time: {requirement: callback/c, source: C, within: 3s}
"#;

pub(super) const WHOLE: &str = include_str!("../../../../tests/fixtures/profile-all-features.yaml");

pub(super) const FAILURES: &str =
    "expected-failures:\n- {module: handshake, reason: a proxy answers, until: 2027-01-31}\n- {module: methods, reason: known}\n";

/// A profile with these files beside it.
fn with_files(text: &str, files: &[(&str, &str)]) -> (Option<Profile>, Vec<String>) {
    let env = |name: &str| match name {
        "SECRET" => Some("whsk_s3cret".to_owned()),
        "TOKEN" => Some("t0k3n".to_owned()),
        _ => None,
    };
    let bases = |_: &Source, name: &str| match files.iter().find(|(n, _)| *n == name) {
        Some((name, text)) => Ok(Source::new(*name, *text)),
        None => Err(Diagnostic::error("input/unreadable", "no such file").hint("did you mean `base`?")),
    };
    let (profile, faults) = load_profile(&Source::new("own.yaml", text), &bases, &env);
    let named = faults.into_iter().map(|d| {
        let file = d.place.as_ref().map_or("", |p| p.source.name()).to_owned();
        let mut one = crate::base::diagnostic::Diagnostics::new();
        one.push(d);
        format!("{}{}", if file == "own.yaml" { String::new() } else { format!("{file}:") }, shown(one).concat())
    });
    (profile, named.collect())
}

fn good(text: &str) -> Profile {
    match with_files(text, &[("base", BASE)]) {
        (Some(profile), faults) if faults.is_empty() => profile,
        (_, faults) => panic!("{faults:#?}"),
    }
}

/// What is said of a profile that extends the base.
pub(super) fn faults(text: &str) -> Vec<String> {
    with_files(text, &[("base", BASE)]).1
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(faults(text), expected, "{text}");
}

#[test]
fn the_profile_with_every_key_is_read() {
    let laas = include_str!("../../../../suites/certification/laas.yaml");
    let (profile, faults) = with_files(WHOLE, &[("base", laas)]);
    assert_eq!(faults, Vec::<String>::new());
    let profile = profile.expect("a profile");
    assert_eq!(profile.modules.len(), ModuleId::ALL.len() - 4);
    assert_eq!(profile.delivery.headers, [("X-Sender".to_owned(), "proofmark".to_owned())]);
    let sent: Vec<&str> = profile.read_back.iter().flat_map(|r| &r.headers).map(|(_, value)| value.expose().as_str()).collect();
    assert_eq!(sent, ["t0k3n", "${delivery.id}"]);
    assert_eq!(profile.module(ModuleId::Oversize).expect("the module").size, Some(4 << 20));
    assert_eq!(profile.valid_for, Nanos(30 * 86_400 * 1_000_000_000));
}

#[test]
fn what_is_left_out_is_taken_from_the_base() {
    let profile = good("profile: own\nextends: base\n");
    assert_eq!((profile.name.value.as_str(), profile.title.as_str()), ("own", "own"));
    assert_eq!(profile.place(profile.spec.span).to_string(), "base:2:7");
    assert_eq!(profile.place(profile.callbacks[0].span).to_string(), "base:3:13");
    assert_eq!(profile.place(profile.tls.ca.as_ref().expect("a file").span).to_string(), "base:9:27");
    let signature = profile.signature.as_ref().expect("a signature");
    assert_eq!(signature.scheme, SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a));
    assert_eq!(signature.secret.as_ref().map(|s| s.expose().as_str()), Some("whsk_s3cret"));
    assert_eq!((profile.tls.minimum, profile.tls.mutual), (TlsVersion::V1_3, false));
    let read_back = profile.read_back.as_ref().expect("a place to read back from");
    assert_eq!(read_back.url.value, "http://127.0.0.1:1/${delivery.id}");
    assert_eq!(profile.place(read_back.count.as_ref().expect("a path").span).to_string(), "base:11:96");
    assert_eq!(profile.modules.len(), 3);
    // Nothing of these is shown.
    let secrets: Vec<String> = profile.secrets().into_iter().map(|s| s.expose().clone()).collect();
    assert_eq!(secrets, ["whsk_s3cret", "Bearer t0k3n", "t0k3n"]);
    assert!(!format!("{profile:?}").contains("t0k3n"));
}

#[test]
fn keys_of_the_extending_profile_win_one_by_one() {
    let profile = good(
        r#"profile: own
title: Mine
extends: base
values: {"$request.body#/id": "9"}
delivery: {id_header: none, headers: {x-a: z}}
signature: {tolerance: 2m}
authorization: {header: X-Auth}
tls: {mutual: true}
limits: {answer: 40s}
read_back: {latest: $.event}
modules:
  handshake: off
  valid-delivery: {accept: [204], required: false}
  overload: {requirement: callback/d, source: D, accept: 2XX}
"#,
    );
    let values: Vec<(&str, &str)> = profile.values.iter().map(|(k, v)| (k.value.as_str(), v.as_str())).collect();
    assert_eq!(values, [("$request.body#/id", "9"), ("$request.body#/x", "2")]);
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(profile.delivery.headers, [own("x-a", "z"), own("X-B", "b")]);
    assert_eq!(
        (profile.delivery.id_header.as_deref(), profile.delivery.time_header.as_deref()),
        (None, Some("webhook-timestamp"))
    );
    let signature = profile.signature.as_ref().expect("a signature");
    assert_eq!(signature.scheme, SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a));
    assert_eq!(signature.tolerance, Nanos(120_000_000_000));
    let authorization = profile.authorization.as_ref().expect("a credential");
    assert_eq!((authorization.header.as_str(), authorization.value.is_some()), ("X-Auth", true));
    assert_eq!((profile.tls.minimum, profile.tls.mutual), (TlsVersion::V1_3, true));
    assert_eq!((profile.limits.answer, profile.limits.samples), (Nanos(40_000_000_000), 7));
    let read_back = profile.read_back.as_ref().expect("a place to read back from");
    assert!(read_back.count.is_some() && read_back.latest.is_some());
    assert!(profile.module(ModuleId::Handshake).is_none());
    let valid = profile.module(ModuleId::ValidDelivery).expect("the module");
    assert_eq!((valid.required, valid.requirement.id.as_str()), (false, "callback/a"));
    assert_eq!(valid.accept, [Statuses::One(204)]);
    let overload = profile.module(ModuleId::Overload).expect("the module");
    assert_eq!((overload.count, overload.within), (Some(50), Some(Nanos(30_000_000_000))));
}

#[test]
fn none_undoes_and_another_scheme_or_spec_starts_anew() {
    let profile = good("profile: own\nextends: base\nsignature: none\nauthorization: none\nread_back: none\n");
    assert!(profile.signature.is_none() && profile.authorization.is_none() && profile.read_back.is_none());
    let profile =
        good("profile: own\nextends: base\nspec: b\nsignature: {scheme: http-message-signatures, algorithm: ed25519}\n");
    assert!(profile.callbacks.is_empty() && profile.values.is_empty());
    let signature = profile.signature.expect("a signature");
    assert!(signature.secret.is_some());
    let SignatureScheme::HttpMessage(http) = signature.scheme else { panic!("{:?}", signature.scheme) };
    assert_eq!((http.algorithm, http.label.as_str()), (HttpAlgorithm::Ed25519, "sig1"));
    let covered = ["@method", "@target-uri", "content-type", "content-digest", "webhook-id", "webhook-timestamp"];
    assert_eq!(http.components, covered);
}

#[test]
fn a_module_that_was_switched_off_comes_back_as_it_was() {
    let middle = "profile: middle\nextends: base\nmodules: {handshake: off}\n";
    let files = [("base", BASE), ("middle", middle)];
    let (profile, faults) = with_files("profile: own\nextends: middle\nmodules: {handshake: on}\n", &files);
    assert_eq!(faults, Vec::<String>::new());
    let profile = profile.expect("a profile");
    assert_eq!(profile.bases.iter().map(|b| b.name()).collect::<Vec<_>>(), ["middle", "base"]);
    assert_eq!(profile.module(ModuleId::Handshake).expect("the module").requirement.source, "B");
    assert_eq!(profile.place(profile.spec.span).to_string(), "base:2:7");
}

#[test]
fn the_command_line_may_give_what_no_variable_does() {
    let profile = good(
        r#"profile: own
extends: base
secrets: {hook: "${env.NOPE}"}
signature: {secret: "${secret.hook}"}
authorization: {value: "Bearer ${env.NOPE}"}
tls: {ca: "${env.NOPE}", certificate: "${env.NOPE}", key: "${env.NOPE}"}
"#,
    );
    assert!(profile.signature.expect("a signature").secret.is_none());
    assert!(profile.authorization.expect("a credential").value.is_none());
    assert!(profile.tls.ca.is_none() && profile.tls.certificate.is_none());
    check(
        "profile: own\nextends: base\nsecrets: {a: \"${env.NOPE}\"}\ndelivery: {origin: \"${env.NOPE}\", headers: {X-A: \"${secret.a}\"}}\n",
        &[
            "4:21 profile/missing-variable the environment variable `NOPE` is not set | set it, or give a default: ${env.NOPE:-value}",
            "4:51 profile/missing-variable the secret `a` has no value | set the environment variable that it is read from",
        ],
    );
}

#[test]
fn bases_are_found_and_do_not_go_round() {
    check(
        "profile: own\nextends: bse\n",
        &["2:10 profile/base the profile `bse` cannot be extended: no such file | did you mean `base`?"],
    );
    check("profile: own\nextends: [base]\n", &["2:10 profile/kind expected text, found a list | "]);
    let round = [("a", "profile: a\nextends: b\n"), ("b", "profile: b\nextends: a\n"), ("self", "profile: s\nextends: self\n")];
    assert_eq!(
        with_files("profile: own\nextends: a\n", &round).1,
        ["b:2:10 profile/circle the profiles extend each other: a > b > a | "]
    );
    assert_eq!(
        with_files("profile: own\nextends: self\n", &round).1,
        ["self:2:10 profile/circle a profile cannot extend itself | "]
    );
    assert_eq!(
        with_files("profile: own\nextends: a\ntitel: x\n", &[("a", "profile: a\n  b: [\n")]).1.len(),
        2,
        "what the base lacks is not missed, and what is wrong here is said"
    );
}

#[test]
fn faults_stand_in_the_file_that_has_them() {
    let base = BASE.replace("algorithm: v1a", "algorithm: ed25519").replace("accept: 2XX", "accpt: 2XX");
    assert_eq!(
        with_files("profile: own\nextends: base\nlimits: {answer: 2s}\nmodule: {}\n", &[("base", &base)]).1,
        [
            "base:7:40 profile/value `standard-webhooks` does not sign by `ed25519` | known: `v1`, `v1a`",
            "base:13:56 profile/unknown-key unknown key `accpt` in a module | did you mean `accept`?",
            "3:18 profile/value an answer is waited for 2s, and `response-time` allows it 3s | `limits: {answer: ...}` has to be longer, so that lateness can be told from silence",
            "4:1 profile/unknown-key unknown key `module` in a profile | did you mean `modules`?",
        ]
    );
}

#[test]
fn what_no_base_gives_is_missed() {
    check(
        "title: x\n",
        &[
            "1:1 profile/missing-key a profile needs `modules` | write them, or extend a profile that has them: `extends: laas`",
            "1:1 profile/missing-key a profile needs `profile` | ",
            "1:1 profile/missing-key a profile needs `spec` | the name of a shipped spec, or a path relative to the profile",
        ],
    );
    check(
        "profile: own\nextends: base\nsignature: none\nmodules:\n  methods: on\n  duplicate-delivery: {accept: [2XX], effect: {source: x}}\n",
        &[
            "5:3 profile/missing-key `methods` needs `requirement`, `source`, `accept` | write it here, or extend a profile that has it",
            "6:3 profile/missing-key `duplicate-delivery` needs `requirement`, `source`, `requirement` and `source` of `effect` | write it here, or extend a profile that has it",
        ],
    );
}

#[test]
fn modules_take_the_keys_that_mean_something_to_them() {
    check(
        r#"profile: own
extends: base
modules:
  handshke: off
  handshake: no
  valid-delivery: {methods: [GET], effect: {}, count: 3, warn: [2xx, 42, 409, 409]}
  response-time: {accept: [2XX], within: 0s}
  redirect: false
  delayed-replay: {ages: []}
  oversize: {size: 2MB}
  methods: {methods: [get]}
  content-type: {media_types: text}
  concurrent-duplicates: {count: 1}
"#,
        &[
            "4:3 profile/unknown-module unknown module `handshke` | did you mean `handshake`?",
            "5:14 profile/kind expected `on`, `off` or a mapping, found text | ",
            "6:20 profile/unknown-key unknown key `methods` in a module | `methods` means something to `methods` only",
            "6:36 profile/unknown-key unknown key `effect` in a module | `effect` means something to `duplicate-delivery`, `concurrent-duplicates`, `out-of-order`, `delayed-replay` only",
            "6:48 profile/unknown-key unknown key `count` in a module | `count` means something to `concurrent-duplicates`, `hostile-json`, `overload` only",
            "6:65 profile/value `2xx` is not a status | a status is 409, a class 4XX",
            "6:70 profile/value `42` is not a status | a status is 409, a class 4XX",
            "6:79 profile/value `409` is written twice | ",
            "7:19 profile/unknown-key unknown key `accept` in a module | `response-time` is not judged by statuses",
            "7:42 profile/value a duration of nothing | ",
            "8:13 profile/kind expected `on`, `off` or a mapping, found true or false | write `redirect: off`",
            "9:26 profile/value this list is empty | leave the key out, or switch the module off",
            "10:20 profile/value `2MB` is not a size such as 512B, 64KiB or 2MiB | ",
            "11:23 profile/value `get` is not a method | write `GET`",
            "12:31 profile/value `text` is not a media type | such as text/plain",
            "13:34 profile/value expected a whole number of at least 2, found 1 | ",
        ],
    );
}

#[test]
fn values_are_checked_where_they_stand() {
    check(
        r#"profile: own
extends: base
callbacks: []
values: {id: "1"}
delivery: {id_header: "a b", headers: {Content-Length: "3"}, orign: x}
authorization: {header: host}
tls: {minimum: 1.2, mutual: yes, key: k.pem}
limits: {body: 1024, samples: 0}
read_back: {url: "example.org/${delivery.idd}", count: count}
valid_for: 1
modules: {}
"#,
        &[
            "3:12 profile/value `callbacks` is empty | write `callbacks: all`, or leave the key out",
            "4:10 profile/value `id` is no runtime expression | as in the spec, without the braces: `$request.body#/id`",
            "5:23 profile/value `a b` is not the name of a header field | a name of letters, digits and `-`",
            "5:40 profile/value `Content-Length` cannot be set | the connection decides what it says",
            "5:62 profile/unknown-key unknown key `orign` in `delivery` | did you mean `origin`?",
            "6:25 profile/value `host` cannot be set | the connection decides what it says",
            "7:16 profile/kind expected text, found a number | quote it: \"1.2\"",
            "7:29 profile/kind expected true or false, found text | in YAML 1.2 this is text; write true",
            "7:34 profile/missing-key a client's key needs its `certificate` | ",
            "8:16 profile/kind expected a size, found a number | a size has a unit: 512B, 64KiB, 2MiB",
            "8:31 profile/value expected a whole number of at least 1, found 0 | ",
            "9:31 profile/template `delivery.idd` is nothing here | here stand `${delivery.id}`, `${entity.id}`, `${env.NAME}`, `${env.NAME:-default}` and `${secret.NAME}`",
            "9:56 profile/path `count` is not a JSONPath | a path begins with `$`: `$.count`",
            "10:12 profile/kind expected a duration, found a number | a duration has a unit: 250ms, 10s, 5m, PT2M",
        ],
    );
}

#[test]
fn signatures_have_the_keys_of_their_scheme() {
    check(
        r#"profile: own
extends: base
signature: {scheme: http-message-signatures, algorithm: v1, header: X, components: ["@methd", Date, "@path", "@path"]}
"#,
        &[
            "3:46 profile/value `http-message-signatures` does not sign by `v1` | known: `hmac-sha256`, `ed25519`",
            "3:61 profile/value `http-message-signatures` has no `header` | it belongs to `scheme: shared-secret`",
            "3:85 profile/value unknown component `@methd` | did you mean `@method`?",
            "3:95 profile/value `Date` is not a component | a header field's name in lower case, or a derived component such as `@method`",
            "3:110 profile/value `@path` is covered twice | ",
        ],
    );
    check(
        "profile: own\nextends: base\nsignature: {scheme: shared-secret, label: a, algorithm: v1}\n",
        &[
            "3:12 profile/missing-key `signature` needs `header` | the header field whose value is the secret",
            "3:36 profile/value `shared-secret` has no `label` | it belongs to `scheme: http-message-signatures`",
            "3:46 profile/value `shared-secret` does not sign by `v1` | leave it out",
        ],
    );
    check(
        "profile: own\nextends: base\nsignature: {scheme: http-message-signatures, components: [\"@method\"]}\n",
        &[
            "3:46 profile/uncovered-body the signature does not cover the body, so a changed one would be accepted | add `content-digest` to `components`",
        ],
    );
    let alone = BASE.replace("scheme: standard-webhooks, algorithm: v1a, ", "");
    let hint = "one of `standard-webhooks`, `http-message-signatures`, `shared-secret`";
    assert_eq!(with_files(&alone, &[]).1, [format!("7:12 profile/missing-key `signature` needs `scheme` | {hint}")]);
}

#[test]
fn literal_secrets_are_warned_of() {
    check(
        r#"profile: own
extends: base
secrets: {a: abc}
signature: {secret: abc}
authorization: {value: "Bearer abc"}
delivery: {headers: {x-key: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}}
read_back: {headers: {Authorization: "Basic abcdef"}}
"#,
        &[
            "3:14 profile/literal-secret this looks like a secret written out | read it from a variable: \"${env.NAME}\"",
            "4:21 profile/literal-secret this looks like a secret written out | read it from a variable: \"${env.NAME}\"",
            "5:24 profile/literal-secret this looks like a secret written out | read it from a variable: \"${env.NAME}\"",
            "6:29 profile/literal-secret this looks like a secret written out | read it from a variable: \"${env.NAME}\"",
            "7:38 profile/literal-secret this looks like a secret written out | read it from a variable: \"${env.NAME}\"",
        ],
    );
}

#[test]
fn fields_that_are_written_anyway_are_not_further_ones() {
    check(
        "profile: own\nextends: base\ndelivery: {headers: {Webhook-Signature: a, authorization: \"${env.TOKEN}\", Content-Type: text/x}}\n",
        &[
            "3:22 profile/value `Webhook-Signature` is written by `signature` already | leave it out of `headers`",
            "3:44 profile/value `authorization` is written by `authorization` already | leave it out of `headers`",
            "3:75 profile/value `Content-Type` is written by the spec's media type already | leave it out of `headers`",
        ],
    );
}

#[test]
fn an_attempt_is_old_only_beyond_the_tolerance() {
    let module = "attempt-time: {requirement: callback/t, source: T, accept: [401], ages: [6m, 30s]}";
    check(
        &format!("profile: own\nextends: base\nmodules:\n  {module}\n"),
        &[
            "4:80 profile/value an attempt 30s from now is within the tolerance of 60s | an age has to be beyond `tolerance` of `signature`",
        ],
    );
    assert_eq!(good(&format!("profile: own\nextends: base\nsignature: none\nmodules:\n  {module}\n")).modules.len(), 4);
}

#[test]
fn expected_failures_say_why() {
    let load = |text: &str| {
        let (failures, faults) = load_expected_failures(&Source::new("known.yaml", text));
        (failures, shown(faults))
    };
    let (failures, faults) = load(FAILURES);
    assert_eq!(faults, Vec::<String>::new());
    let found: Vec<_> = failures.iter().map(|f| (f.module.value, f.reason.as_str(), f.until.map(|d| d.to_string()))).collect();
    assert_eq!(
        found,
        [(ModuleId::Handshake, "a proxy answers", Some("2027-01-31".to_owned())), (ModuleId::Methods, "known", None)]
    );
    let (_, faults) = load(
        "expected-failures:\n- {module: handshake, reason: a}\n- {module: handshake, reason: b}\n- {module: handshak, reason: \" \", until: 2027-02-30}\n- {modul: methods, until: soon}\n",
    );
    assert_eq!(
        faults,
        [
            "3:12 expected-failures/duplicate `handshake` is listed twice | the first one is on line 2",
            "4:12 expected-failures/unknown-module unknown module `handshak` | did you mean `handshake`?",
            "4:30 expected-failures/value a reason says something | say why it fails, and who works on it",
            "4:42 expected-failures/value `2027-02-30` is not a day | write it as 2027-01-31",
            "5:3 expected-failures/missing-key an expected failure needs `reason` | ",
            "5:4 expected-failures/unknown-key unknown key `modul` in an expected failure | did you mean `module`?",
            "5:27 expected-failures/value `soon` is not a day | write it as 2027-01-31",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is written over a part of a profile or of its base, every fault has a place in one of them, and nothing breaks.
    #[test]
    fn damaged_profiles_are_told_at_their_place(at in 0_usize..2000, length in 0_usize..40, with in "[\\PC\n]{0,12}", own in proptest::bool::ANY) {
        let damaged = |text: &str| {
            let from = (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
            let to = (0..=(from + length).min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(from).max(from);
            format!("{}{with}{}", &text[..from], &text[to..])
        };
        let (whole, base) = if own { (damaged(WHOLE), BASE.to_owned()) } else { (WHOLE.to_owned(), damaged(BASE)) };
        let (profile, faults) = with_files(&whole, &[("base", &base)]);
        prop_assert!(profile.is_some() || !faults.is_empty());
        prop_assert!(faults.iter().all(|f| !f.starts_with("0:0")), "{faults:?}");
    }
}
