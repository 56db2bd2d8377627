//! Broken monitor plans: every rule with its message, its place and its hint.
//!
//! Whole texts in, diagnostics out; never looks into the decoder.

use super::plan;

/// Asserts what is said of a text, line by line: `line:column code message | hint`.
fn check(text: &str, expected: &[&str]) {
    assert_eq!(plan(text).1, expected, "{text}");
}

/// The same, of a sound plan with one more line, which is the fourth.
fn check_line(line: &str, expected: &[&str]) {
    check(&format!("monitor: m\nspec: s.yaml\nprobes: [{{call: a, every: 10s}}]\n{line}\n"), expected);
}

/// The same, of a plan whose third line is its only probe.
fn check_probe(probe: &str, expected: &[&str]) {
    check(&format!("monitor: m\nspec: s.yaml\nprobes: [{probe}]\n"), expected);
}

#[test]
fn a_plan_is_whole() {
    check(
        "name: x\n",
        &[
            "1:1 monitor/unknown-key unknown key `name` in a monitor plan | known: `monitor`, `suite`, `spec`, `before`, `every`, `probes`, `down`, `targets`, `alerts`, `limits`, `for`",
            "1:1 monitor/missing-key a monitor plan needs `monitor` | ",
            "1:1 monitor/missing-key a monitor plan needs `probes` | ",
            "1:1 monitor/missing-key a monitor plan needs `suite` or `spec` | name the suite whose identity and error codes are used, or the spec whose operations are called",
        ],
    );
    check("- x\n", &["1:1 monitor/kind expected a mapping for a monitor plan, found a list | "]);
    check_line("target: []", &["4:1 monitor/unknown-key unknown key `target` in a monitor plan | did you mean `targets`?"]);
    check_line("slow: 1s", &["4:1 monitor/unknown-key unknown key `slow` in a monitor plan | `slow` stands in a probe"]);
    check_line(
        "scenarios: []",
        &[
            "4:1 monitor/unknown-key unknown key `scenarios` in a monitor plan | a plan with scenarios is a load plan: it begins with `load`",
        ],
    );
    check_line(
        "suite: x.yaml",
        &["2:1 monitor/contradiction a monitor plan has `suite` or `spec` | leave `spec` out: the suite names its own"],
    );
    check_line("for: 400d", &["4:6 monitor/value nothing in a monitor plan lasts longer than 366d | "]);
    assert!(plan("monitor: [\n").1[0].contains("syntax/yaml"));
}

#[test]
fn a_probe_is_a_call() {
    check_probe("", &["3:9 monitor/value `probes` is empty | write one probe at least"]);
    let hint = "name an operation: {call: getThing, every: 30s}";
    check_probe("{every: 10s}", &[&format!("3:10 monitor/missing-key a probe needs `call` | {hint}")]);
    check_probe("{case: a, every: 10s}", &[&format!("3:11 monitor/contradiction a probe is a `call`, not a `case` | {hint}")]);
    check_probe(
        "{assert: a, every: 10s}",
        &[&format!("3:11 monitor/contradiction a probe is a `call`, not a `assert` | {hint}")],
    );
    check_probe("{cal: a, every: 10s}", &["3:11 monitor/unknown-key unknown key `cal` in a probe | did you mean `call`?"]);
    check_probe(
        "{call: a, every: 10s, await: b, as: partner, weight: 2, status: 200}",
        &[
            "3:32 monitor/unknown-key unknown key `await` in a probe | a probe is a call and nothing else",
            "3:42 monitor/unknown-key unknown key `as` in a probe | who calls is said by `auth`",
            "3:55 monitor/unknown-key unknown key `weight` in a probe | `weight` goes with load plans",
            "3:66 monitor/unknown-key unknown key `status` in a probe | `status` belongs under `expect`",
        ],
    );
    check_probe(
        "{call: a, every: 10s, repeat: {times: 2}, capture: {id: $.id}, collect: {ids: $.id}}",
        &[
            "3:32 monitor/contradiction a probe has no `repeat` | say how often it is made: `every`",
            "3:52 monitor/contradiction a probe has no `capture` | nothing comes after a probe; capture in a call of `before`",
            "3:73 monitor/contradiction a probe has no `collect` | nothing comes after a probe; collect in a call of `before`",
        ],
    );
    check_probe(
        "{call: a, every: 10s, poll: {every: 1s, within: 2s, until: {$.a: 1}}}",
        &["3:32 monitor/contradiction a probe has no `poll` | a probe is one request: say in `expect` what its answer must be"],
    );
    check_probe(
        "{call: a, every: 10s, name: ' a'}",
        &["3:38 monitor/value this cannot be the name of a probe | one line, with nothing blank at its ends"],
    );
    check_line("probes_: 1", &["4:1 monitor/unknown-key unknown key `probes_` in a monitor plan | did you mean `probes`?"]);
}

#[test]
fn names_are_captured_before_or_there_by_themselves() {
    check_probe(
        r#"{call: a, every: 10s, path: {id: "${id}", x: "${listener.p.url}", y: "${env.Y}", s: "${run.sed}", z: "${unique:-x}"}}"#,
        &[
            "3:44 monitor/undefined `id` is nothing in a monitor plan | known: `base`, `target`, `unique`, `run.seed`, `auth.NAME.token`",
            "3:56 monitor/undefined `listener.p.url` is nothing in a monitor plan | nothing is received while an API is watched",
            "3:80 monitor/template a monitor plan cannot read `env.Y` | read it in the environment file, as an identity or a listener, and name that here",
            "3:95 monitor/undefined `run.sed` is nothing | did you mean `run.seed`?",
            "3:112 monitor/template a template of a monitor plan has no default | only `${env.NAME:-default}` in an environment file has one",
        ],
    );
    let before = |calls: &str, id: &str| {
        format!("monitor: m\nspec: s.yaml\nbefore: [{calls}]\nprobes: [{{call: a, every: 10s, path: {{id: \"${{{id}}}\"}}}}]\n")
    };
    check(&before("{call: make, capture: {thing: $.id}}", "thing.id"), &[]);
    check(
        &before("{call: make, capture: {thing: $.id}}", "thin"),
        &["4:44 monitor/undefined `thin` is nothing in a monitor plan | did you mean `thing`?"],
    );
    // One fault does not make others.
    check(
        &before("{call: make, capture: {thing: id}}", "thing"),
        &["3:40 monitor/path `id` is not a JSONPath | a path begins with `$`: `$.id`"],
    );
    check(
        &before(
            "{capture: {thing: $.id}}, {call: make, repeat: {times: 2}, poll: {every: 1s, within: 2s, until: {$.a: 1}}}",
            "thing",
        ),
        &[
            "3:10 monitor/missing-key a call of `before` needs `call` | ",
            "3:49 monitor/contradiction a call of `before` has no `repeat` | write the call as often as it is made",
            "3:69 monitor/contradiction a call of `before` has no `poll` | what has to be waited for cannot be brought about here",
            "3:69 suite/contradiction a step is either repeated or polled | poll in a step of its own",
        ],
    );
}

#[test]
fn probes_say_how_often_and_leave_time_between() {
    let hint = "write it here, or once above the probes for all of them: `every: 30s`";
    check_probe("{call: a}", &[&format!("3:10 monitor/missing-key a probe needs `every` | {hint}")]);
    check_probe(
        "{call: a, every: 30}",
        &["3:27 monitor/kind expected a duration, found a number | a duration has a unit: 250ms, 10s, 5m, PT2M"],
    );
    // Of a default that cannot be read it is said once.
    check(
        "monitor: m\nspec: s.yaml\nevery: 0s\nprobes: [{call: a}, {call: b}]\n",
        &["3:8 monitor/value this lasts no time at all | "],
    );
    check(
        "monitor: m\nspec: s.yaml\nevery: 500ms\nprobes: [{call: a}, {call: b}]\n",
        &["3:8 monitor/value a probe each 500ms is a load | at most one a second: `every: 1s`"],
    );
    check_probe(
        "{call: a, every: 10s, jitter: 51%, timeout: 10s}, {call: b, every: 10s, timeout: 9100ms}, {call: c, every: 1s, jitter: 1s, slow: 0s}",
        &[
            "3:40 monitor/value a jitter of 51% makes turns of probes uncertain | at most 50% of `every`",
            "3:91 monitor/contradiction a timeout of 9.1s, and the next probe may be due after 9s | at most `every` without its jitter: `timeout: 9s`",
            "3:129 monitor/value `1s` is not a share such as 90% or 99.5% | ",
            "3:139 monitor/value this lasts no time at all | ",
        ],
    );
    check_probe("{call: a, every: 10s, jitter: 50%, timeout: 5s}, {call: b, every: 10s, jitter: 0%, timeout: 10s}", &[]);
    check_line(
        "for: 9s",
        &["4:6 monitor/contradiction a run of 9s has no place for a probe each 10s | run longer, or probe more often"],
    );
}

#[test]
fn all_probes_together_stay_within_the_limit() {
    let probes: Vec<String> = (0..51).map(|n| format!("{{call: a{n}, every: 1s}}")).collect();
    let hint = "probe less often, or allow it where the target can bear it: `limits: {rate: 51/s}`";
    check_probe(
        &probes.join(", "),
        &[&format!("3:28 monitor/rate the probes make 51/s together, and 50/s are allowed | {hint}")],
    );
    check_probe(&probes[..50].join(", "), &[]);
    check(
        "monitor: m\nspec: s.yaml\nevery: 4s\nprobes: [{call: a}, {call: b}]\nlimits: {rate: 20/m}\n",
        &[
            "5:9 monitor/rate the probes make 0.5/s together, and 0.33/s are allowed | probe less often, or allow it where the target can bear it: `limits: {rate: 1/s}`",
        ],
    );
    // Three thirds are one.
    check("monitor: m\nspec: s.yaml\nevery: 3s\nprobes: [{call: a}, {call: b}, {call: c}]\nlimits: {rate: 1/s}\n", &[]);
    check_line(
        "limits: {rate: 1001/s, concurrency: 0, timeout: 1s}",
        &[
            "4:16 monitor/value 1001/s is more than watching takes | at most 1000/s; what asks for more is a load",
            "4:37 monitor/value expected a whole number of at least 1, found 0 | ",
            "4:40 monitor/unknown-key unknown key `timeout` in `limits` | `timeout` stands in a probe, or in the environment",
        ],
    );
}

#[test]
fn a_rule_of_being_down_is_one_and_can_be_fulfilled() {
    check_line("down: anny", &["4:7 monitor/value `anny` does not say when an operation is down | did you mean `any`?"]);
    check_line(
        "down: {}",
        &["4:7 monitor/missing-key `down` needs `failures` | ", "4:7 monitor/missing-key `down` needs `within` | "],
    );
    check_line(
        "down: {failures: 0, within: 0s, failure: 1}",
        &[
            "4:18 monitor/value expected a whole number of at least 1, found 0 | ",
            "4:29 monitor/value this lasts no time at all | ",
            "4:33 monitor/unknown-key unknown key `failure` in `down` | did you mean `failures`?",
        ],
    );
    check_line(
        "down: {within: 90s, bad_minutes: 0%}",
        &[
            "4:7 monitor/value with `bad_minutes` of 0% nothing has to fail | it is the least share of failed probes that makes a minute bad, such as 50%",
            "4:8 monitor/contradiction `within` belongs to a rule of its own | either {failures: 3, within: 90s} or {bad_minutes: 50%}",
        ],
    );
    check_line(
        "down: eba",
        &[
            "3:27 monitor/never-down nothing is ever down: 5 probes each 10s take at least 40s, and must fail within 30s | every: 6s",
        ],
    );
    check_line(
        "down: {failures: 9, within: 8s}",
        &[
            "3:27 monitor/never-down nothing is ever down: 9 probes each 10s take at least 80s, and must fail within 8s | at most one probe is made each second: `within: 9s` at least",
        ],
    );
    let minutes = |every: &str, jitter: &str| {
        format!("monitor: m\nspec: s.yaml\nprobes: [{{call: a, every: {every}, jitter: {jitter}}}]\ndown: {{bad_minutes: 50%}}\n")
    };
    check(&minutes("1m", "0%"), &[]);
    check(
        &minutes("1m", "10%"),
        &[
            "3:27 monitor/never-down up to 66s lie between two probes, so there are minutes without one | a rule of minutes needs several probes in each: `every: 10s`",
        ],
    );
}

#[test]
fn targets_are_shares_of_what_is_watched() {
    check_line(
        "targets: []",
        &["4:10 monitor/value `targets` is empty | such as [\"99.9%\"]; without the key nothing is promised"],
    );
    check_line(
        "targets: [99.9, 99.99999%, {availability: 0%, over: 0s, off: a}, 99% off a, {operation: a}]",
        &[
            "4:11 monitor/kind expected a target, found a number | a level has its unit: \"99.9%\"",
            "4:17 monitor/value `99.99999%` has more than four digits behind the point | ",
            "4:43 monitor/value nothing can miss a target of 0% | say what is promised, such as 99.9%",
            "4:53 monitor/value this lasts no time at all | ",
            "4:57 monitor/unknown-key unknown key `off` in a target | known: `availability`, `operation`, `over`",
            "4:70 monitor/value `off` has no place here | write LEVEL, then `of OPERATION`, then `over DURATION`: \"99.95% of getSignature over 30d\"",
            "4:77 monitor/missing-key a target needs `availability` | ",
        ],
    );
    check_line(
        "targets: [100%]",
        &[
            "4:11 monitor/no-budget 100% is missed by a single moment of being down, and has no budget | promise what can be kept and measured, such as 99.99%",
        ],
    );
    check_line(
        "targets: [99% over 8d, {availability: 99%, over: 7d}]\nfor: 7d",
        &["4:20 monitor/contradiction 8d do not fit into a run of 7d | without `over` a target is about the whole run"],
    );
}

#[test]
fn alerts_say_what_of_and_how() {
    check_line(
        "alerts: [{on: down}, {command: [a]}, {on: [], command: []}, {on: [dwon, up, up], webhook: {}, comand: []}]",
        &[
            "4:10 monitor/missing-key an alert needs `command` or `webhook` | say how: {command: [notify-send, \"${text}\"]} or {webhook: {url: https://...}}",
            "4:22 monitor/missing-key an alert needs `on` | ",
            "4:43 monitor/value `on` is empty | name what is told: [down, up]",
            "4:56 monitor/value `command` is empty | name a program: [notify-send, \"${text}\"]",
            "4:67 monitor/value unknown state `dwon` | did you mean `down`?",
            "4:77 monitor/value `up` is there twice | ",
            "4:91 monitor/missing-key a webhook needs `url` | ",
            "4:95 monitor/unknown-key unknown key `comand` in an alert | did you mean `command`?",
        ],
    );
    check_line(
        "alerts: [{on: burn, command: [a], webhook: {url: 'https://a'}}]",
        &[
            "4:15 monitor/contradiction no budget can burn where nothing is promised | say what is, under `targets`",
            "4:35 monitor/contradiction an alert has `command` or `webhook` | make them two alerts",
        ],
    );
    check_line(
        r#"alerts: [{on: down, command: notify-send it fails}, {on: down, command: ["${operation}", a]}]"#,
        &[
            "4:30 monitor/kind expected a list for `command`, found text | no shell reads it: write the program and each argument, [notify-send, it, fails]",
            "4:74 monitor/value this names no program | write its name or path; what changes stands in the arguments",
        ],
    );
    check_line(
        r#"alerts: [{on: down, command: [a, "${secret.a}", "${env.A}", "${stat}", "${text:-x}", "${base}"]}]"#,
        &[
            "4:35 monitor/template a command cannot be given `secret.a` | whoever is on this machine sees what a command is given; let the program read it",
            "4:50 monitor/template a command cannot be given `env.A` | whoever is on this machine sees what a command is given; let the program read it",
            "4:62 monitor/undefined `stat` is nothing in an alert | did you mean `state`?",
            "4:73 monitor/template `text` has no default | an alert always knows it",
            "4:87 monitor/undefined `base` is nothing in an alert | known: `operation`, `state`, `at`, `since`, `text`, `monitor`, `environment`",
        ],
    );
}

#[test]
fn webhooks_are_urls_with_secrets_of_the_environment() {
    let hint = "write it as https://ops.example.com/hook";
    check_line(
        "alerts: [{on: up, webhook: {url: ops.example.com}}, {on: up, webhook: {url: 'https://'}}, {on: up, webhook: {url: 'http:///a'}}]",
        &[
            &format!("4:34 monitor/value `ops.example.com` is not a URL of http | {hint}"),
            &format!("4:77 monitor/value `https://` is not a URL of http | {hint}"),
            &format!("4:115 monitor/value `http:///a` is not a URL of http | {hint}"),
        ],
    );
    let only = "a webhook reads `${secret.NAME}`, declared under `secrets` of the environment";
    check_line(
        r#"alerts: [{on: up, webhook: {url: "https://a/${state}/${secret.a.b}", secret: "${env.A}"}}]"#,
        &[
            &format!("4:45 monitor/template `state` is nothing here | {only}"),
            &format!("4:54 monitor/template `secret.a.b` is nothing here | {only}"),
            &format!("4:79 monitor/template `env.A` is nothing here | {only}"),
        ],
    );
    check_line(
        "alerts: [{on: up, webhook: {url: 'https://${secret.host}/', secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}}]",
        &[
            "4:69 monitor/literal-secret this looks like a secret written out | declare it under `secrets` of the environment, and write \"${secret.NAME}\"",
        ],
    );
    check_line("alerts: [{on: up, webhook: {url: '${secret.hook}'}}]", &[]);
}
