//! Environments, whole and broken.
//!
//! The process environment is never read: variables come from the test.

use super::shown;
use crate::base::source::Source;
use crate::base::units::Nanos;
use crate::suite::ast::environment::{Environment, Identity, TargetSpec};
use crate::suite::load_environment;
use crate::window::spec::Outside;

fn environment(text: &str) -> (Option<Environment>, Vec<String>) {
    let env = |name: &str| match name {
        "TOKEN" => Some("t0k3n".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let (environment, faults) = load_environment(&Source::new("env.yaml", text), &env);
    (environment, shown(faults))
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(environment(text).1, expected, "{text}");
}

pub(super) const WHOLE: &str = r#"
environment: sandbox
target: https://api.example.org/
secrets: {client_secret: "${env.LAAS_CLIENT_SECRET:-laas-secret}", token: "${env.TOKEN}", webhook: "${env.EMPTY:-whsec_x}"}
auth:
  partner: {oauth2: {token_url: /auth/oauth/v2/token, client_id: laas-partner, client_secret: "${secret.client_secret}", scope: oob}}
  fixed: {bearer: "${secret.token}"}
  key: {header: {name: X-Key, value: "k-${env.TOKEN}"}}
  both: {basic: {username: me, password: "${secret.token}"}, api_key: "${env.TOKEN}"}
  keys: {api_key: {appId: "${env.TOKEN}", appKey: "${secret.token}"}}
listeners:
  partner: {bind: 127.0.0.1:0, public_url: auto, signature: {standard_webhooks: "${secret.webhook}", tolerance: 1m}}
  plain: {public_url: https://partner.example.org/hooks/}
control: {base: /_control/, headers: {X-Control: "${env.TOKEN}"}}
limits: {timeout: 3s}
tls: {ca: ca.crt, client: client.pem}
allow_load: [API.example.org, "${env.LOAD_HOST:-10.0.0.7}:8443", "[2001:db8:0::1]:443", "::1"]
history: "postgres://perf:${secret.token}@db.example.org/perf"
redact: {headers: [X-Customer], pointers: ["/people/*/iban"], patterns: {iban: "FR[0-9]{10}"}, entropy: false, keep: [X-Cursor, /paging]}
window:
  zone: Europe/Paris
  open: ["Mon-Sun 07:30-22:00"]
  holidays: [2026-12-25, holidays.ics]
  exceptions: [{date: 2026-12-24, open: ["07:30-16:00"]}, {from: 2026-12-28, to: 2026-12-30, closed: true}]
  maintenance: [maintenance.ics, {from: "2026-11-30T02:00", to: "2026-11-30T04:00"}, {weekly: "Sun 02:00-04:00"}]
  outside: wait
  apis: {signatures: {open: always}}
  operations: {getSignature: {maintenance: []}}
"#;

#[test]
fn a_whole_environment_is_resolved() {
    let (environment, faults) = environment(WHOLE);
    assert_eq!(faults, Vec::<String>::new());
    let environment = environment.unwrap();
    assert!(matches!(&environment.target, TargetSpec::Url(url) if url.value == "https://api.example.org"));
    let Some(Identity::OAuth2 { client_secret, scope, .. }) = environment.identity("partner") else { panic!() };
    assert_eq!((client_secret.expose().as_str(), scope.as_deref()), ("laas-secret", Some("oob")));
    let Some(Identity::Header { value, .. }) = environment.identity("key") else { panic!() };
    assert_eq!(value.expose(), "k-t0k3n");
    let parts = |name: &str| -> Vec<String> {
        let shown = |identity: &&Identity| match identity {
            Identity::Basic { username, .. } => format!("basic {username}"),
            Identity::ApiKey { scheme, .. } => format!("key {}", scheme.as_deref().unwrap_or("of the operation")),
            other => panic!("{other:?}"),
        };
        environment.identity(name).expect("an identity").parts().iter().map(shown).collect()
    };
    assert_eq!(
        (parts("both"), parts("keys")),
        (vec!["basic me".to_owned(), "key of the operation".to_owned()], vec!["key appId".to_owned(), "key appKey".to_owned()])
    );
    let partner = environment.listener("partner").unwrap();
    assert!(partner.public_url.is_none());
    let signature = partner.signature.as_ref().unwrap();
    // An empty variable is as good as none.
    assert_eq!((signature.standard_webhooks.expose().as_str(), signature.tolerance), ("whsec_x", Nanos(60_000_000_000)));
    let plain = environment.listener("plain").unwrap();
    assert_eq!(
        (plain.bind.value.as_str(), plain.public_url.as_ref().map(|u| u.value.as_str())),
        ("127.0.0.1:0", Some("https://partner.example.org/hooks"))
    );
    assert_eq!(environment.control.as_ref().map(|c| c.base.value.as_str()), Some("/_control"));
    assert_eq!(environment.limits.timeout, Nanos(3_000_000_000));
    let window = environment.window.expect("a window");
    assert_eq!((window.outside, window.general.zone.name()), (Outside::Wait, "Europe/Paris"));
    assert_eq!(window.files().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["holidays.ics", "maintenance.ics"]);
}

#[test]
fn a_history_may_hold_a_password_which_is_hidden_and_warned_of_where_it_is_written_out() {
    let whole = environment(WHOLE).0.unwrap();
    let url = "postgres://perf:t0k3n@db.example.org/perf";
    assert_eq!(whole.history.as_ref().map(|h| h.expose().as_str()), Some(url));
    assert!(whole.secrets().iter().any(|secret| secret.expose() == url));
    let file = environment("environment: e\ntarget: embedded\nhistory: team.db\n");
    assert_eq!((file.1, file.0.unwrap().secrets().len()), (Vec::new(), 0));
    let told = environment("environment: e\ntarget: embedded\nhistory: postgres://perf:pl4in@db/perf\n").1;
    assert!(told.len() == 1 && told[0].contains("3:10") && !told[0].contains("pl4in"), "{told:?}");
    check("environment: e\ntarget: embedded\nhistory: [a]\n", &["3:10 environment/kind expected text, found a list | "]);
}

#[test]
fn what_is_to_be_hidden_is_read_and_mistakes_in_it_are_said() {
    let whole = environment(WHOLE).0.unwrap().redact;
    let shown: Vec<String> = whole.pointers.iter().chain(&whole.kept_pointers).map(ToString::to_string).collect();
    assert_eq!(shown, ["/people/*/iban", "/paging"]);
    assert_eq!(
        (whole.headers, whole.kept_headers, whole.entropy),
        (vec!["x-customer".to_owned()], vec!["x-cursor".to_owned()], false)
    );
    assert_eq!((whole.patterns[0].0.as_str(), whole.patterns[0].1.as_str()), ("iban", "FR[0-9]{10}"));
    assert!(environment("environment: e\ntarget: embedded\n").0.unwrap().redact.entropy, "where nothing is said");
    check(
        "environment: e\ntarget: embedded\nredact: {headers: {}, pointers: [iban], patterns: {a: \"(\", b: \"x*\"}, entropy: yes, entrpy: 1}\n",
        &[
            "3:19 environment/kind expected text, found a mapping | ",
            "3:34 environment/value `iban` is not a JSON Pointer | such as /applicant/iban, or /people/*/email for each of a list",
            "3:55 environment/regex not a regular expression: unclosed group | ",
            "3:63 environment/value `x*` also matches where there is nothing | what may match nothing says nothing of what is hidden",
            "3:79 environment/kind expected true or false, found text | in YAML 1.2 this is text; write true",
            "3:84 environment/unknown-key unknown key `entrpy` in `redact` | did you mean `entropy`?",
        ],
    );
}

#[test]
fn hosts_consent_to_load_one_by_one() {
    let environment = environment(WHOLE).0.unwrap();
    let read: Vec<_> = environment.allow_load.iter().map(|h| (h.host.as_str(), h.port)).collect();
    assert_eq!(read, [("api.example.org", None), ("10.0.0.7", Some(8443)), ("2001:db8::1", Some(443)), ("::1", None)]);
    for (host, port, allowed) in [
        ("api.example.org", 1, true),
        ("Api.Example.Org.", 443, true),
        ("x.api.example.org", 443, false),
        ("example.org", 443, false),
        ("10.0.0.7", 8443, true),
        ("10.0.0.7", 443, false),
        ("[2001:db8::0:1]", 443, true),
        ("2001:db8::1", 80, false),
        ("[::1]", 80, true),
        ("", 80, false),
    ] {
        assert_eq!(environment.allows_load(host, port), allowed, "{host} {port}");
    }
    check(
        r#"
environment: e
target: embedded
allow_load: [https://me@api.example.org:8443/v1, "*.example.org", api.example.org/v1, "a:0", "a:+1", "[::1", "[1.2.3.4]:1", "", -a, 12]
"#,
        &[
            "4:14 environment/value `https://me@api.example.org:8443/v1` is not a host with or without a port | write the host alone: api.example.org:8443",
            "4:50 environment/value `*.example.org` is not a host with or without a port | name every host: who may be put under load is never guessed",
            "4:67 environment/value `api.example.org/v1` is not a host with or without a port | write a host such as api.example.org, or with a port: api.example.org:8443",
            "4:87 environment/value `a:0` is not a host with or without a port | a port is a number from 1 to 65535",
            "4:94 environment/value `a:+1` is not a host with or without a port | a port is a number from 1 to 65535",
            "4:102 environment/value `[::1` is not a host with or without a port | write a host such as api.example.org, or with a port: api.example.org:8443",
            "4:110 environment/value `[1.2.3.4]:1` is not a host with or without a port | write a host such as api.example.org, or with a port: api.example.org:8443",
            "4:125 environment/value `` is not a host with or without a port | write a host such as api.example.org, or with a port: api.example.org:8443",
            "4:129 environment/value `-a` is not a host with or without a port | write a host such as api.example.org, or with a port: api.example.org:8443",
            "4:133 environment/kind expected text, found a number | quote it: \"12\"",
        ],
    );
    check(
        "environment: e\ntarget: embedded\nallow_load: api.example.org\n",
        &["3:13 environment/kind expected a list for `allow_load`, found text | "],
    );
}

#[test]
fn secrets_are_listed_once_and_never_shown() {
    let environment = environment(WHOLE).0.unwrap();
    let secrets: Vec<String> = environment.secrets().into_iter().map(|s| s.expose().clone()).collect();
    assert_eq!(secrets, ["laas-secret", "t0k3n", "whsec_x", "k-t0k3n", "postgres://perf:t0k3n@db.example.org/perf"]);
    let debugged = format!("{environment:?}").replace(&format!("{:?}", environment.source), "");
    assert!(secrets.iter().all(|secret| !debugged.contains(secret.as_str())), "{debugged}");
}

#[test]
fn targets_are_embedded_one_url_or_one_for_each_spec() {
    assert!(matches!(environment("environment: e\ntarget: embedded\n").0.unwrap().target, TargetSpec::Embedded));
    let text = "environment: e\ntarget: {default: \"http://127.0.0.1:1/\", notification-api: \"http://127.0.0.1:2\"}\n";
    let TargetSpec::BySpec(urls) = environment(text).0.unwrap().target else { panic!() };
    let urls: Vec<_> = urls.iter().map(|(name, url)| (name.as_str(), url.value.as_str())).collect();
    assert_eq!(urls, [("default", "http://127.0.0.1:1"), ("notification-api", "http://127.0.0.1:2")]);
    check(
        "environment: e\ntarget: embeded\n",
        &["2:9 environment/value `embeded` is not a URL of http | did you mean `embedded`?"],
    );
}

#[test]
fn variables_and_secrets_that_are_not_there_are_placed_and_said_once() {
    check(
        r#"
environment: e
target: embedded
secrets: {a: "x ${env.NOPE}", b: "${env.EMPTY}"}
auth: {p: {bearer: "${secret.a}"}, q: {bearer: "${secret.c}"}, r: {bearer: "${token}"}}
"#,
        &[
            "4:17 environment/missing-variable the environment variable `NOPE` is not set | set it, or give a default: ${env.NOPE:-value}",
            "4:35 environment/missing-variable the environment variable `EMPTY` is not set | set it, or give a default: ${env.EMPTY:-value}",
            "5:49 environment/unknown-secret no secret `c` is declared | did you mean `a`?",
            "5:77 environment/template `token` is nothing here | an environment reads `${env.NAME}`, `${env.NAME:-default}` and `${secret.NAME}`",
        ],
    );
}

#[test]
fn literal_secrets_are_warned_of() {
    check(
        "environment: e\ntarget: embedded\nauth: {p: {bearer: abc}, none: {bearer: \"${env.TOKEN}\"}}\n",
        &[
            "3:20 environment/literal-secret this looks like a secret written out | read it from a variable: \"${env.NAME}\"",
            "3:26 environment/reserved-name `none` is taken | in a suite `auth: none` means no identity; choose another name",
        ],
    );
}

#[test]
fn shapes_are_checked() {
    check(
        r#"
environment: e
target: embedded
auth:
  a: {oauth2: {token_url: token, client_id: c, client_secret: "${env.TOKEN}"}}
  b: {bearer: "${env.TOKEN}", basic: {username: x, password: "${env.TOKEN}"}}
listeners: {p: {bind: 127.0.0.1, signature: {standard: x}}}
control: _control
limits: {timeout: 10, rate: 50/s}
tsl: {}
"#,
        &[
            "5:27 environment/value `token` is not a token URL | write a path of the target, or a URL",
            "6:6 environment/value a request has one Authorization only | one of {oauth2: ...}, {bearer: ...}, {basic: ...}, and beside it {header: ...}, {api_key: ...}",
            "7:23 environment/value `127.0.0.1` is not an address and a port | write 127.0.0.1:0 for any free port",
            "7:45 environment/missing-key `signature` needs `standard_webhooks` | ",
            "7:46 environment/unknown-key unknown key `standard` in `signature` | known: `standard_webhooks`, `tolerance`",
            "8:10 environment/value `_control` is not a control API | write a path of the target such as /_control, or a URL",
            "9:19 environment/kind expected a duration, found a number | a duration has a unit: 250ms, 10s, 5m, PT2M",
            "9:23 environment/unknown-key unknown key `rate` in `limits` | known: `timeout`",
            "10:1 environment/unknown-key unknown key `tsl` in an environment | did you mean `tls`?",
        ],
    );
}
