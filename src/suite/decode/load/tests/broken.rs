//! Broken load plans: every rule with its message, its place and its hint.
//!
//! Whole texts in, diagnostics out; never looks into the decoder.

use super::plan;

/// Asserts what is said of a text, line by line: `line:column code message | hint`.
fn check(text: &str, expected: &[&str]) {
    assert_eq!(plan(text).1, expected, "{text}");
}

/// The same, of a sound plan of a suite with one more line, which is the fifth.
fn check_line(line: &str, expected: &[&str]) {
    let plan = "load: l\nsuite: s.yaml\nscenarios: [{case: a}]\narrival: {model: open, stages: [{rate: 1/s, for: 10s}]}\n";
    check(&format!("{plan}{line}\n"), expected);
}

/// The same, of a plan whose fourth line is its arrival.
fn check_arrival(arrival: &str, expected: &[&str]) {
    check(&format!("load: l\nspec: s.yaml\nscenarios: [{{call: a}}]\narrival: {arrival}\n"), expected);
}

/// The same, of a plan whose third line is its only scenario.
fn check_scenario(scenario: &str, expected: &[&str]) {
    check(
        &format!(
            "load: l\nsuite: s.yaml\nscenarios: [{scenario}]\narrival: {{model: open, stages: [{{rate: 1/s, for: 10s}}]}}\n"
        ),
        expected,
    );
}

#[test]
fn a_plan_is_whole() {
    check(
        "name: x\n",
        &[
            "1:1 load/unknown-key unknown key `name` in a load plan | known: `load`, `suite`, `spec`, `before`, `scenarios`, `arrival`, `transport`, `validate`, `callbacks`, `slo`, `abort`",
            "1:1 load/missing-key a load plan needs `arrival` | ",
            "1:1 load/missing-key a load plan needs `load` | ",
            "1:1 load/missing-key a load plan needs `scenarios` | ",
            "1:1 load/missing-key a load plan needs `suite` or `spec` | name the suite whose cases are used, or the spec whose operations are called",
        ],
    );
    check("- x\n", &["1:1 load/kind expected a mapping for a load plan, found a list | "]);
    check_line("slos: {}", &["5:1 load/unknown-key unknown key `slos` in a load plan | did you mean `slo`?"]);
    check_line(
        "spec: x.yaml",
        &["5:1 load/contradiction a load plan has `suite` or `spec` | leave `spec` out: the suite names its own"],
    );
    assert!(plan("load: [\n").1[0].contains("syntax/yaml"));
}

#[test]
fn a_scenario_is_a_case_or_a_call() {
    check_scenario("", &["3:12 load/value `scenarios` is empty | write one scenario at least"]);
    check_scenario(
        "{call: a, case: b}",
        &["3:23 load/contradiction a scenario is a `case` or a `call` | make them two scenarios"],
    );
    check_scenario("{csae: b}", &["3:14 load/unknown-key unknown key `csae` in a scenario | did you mean `case`?"]);
    check_scenario(
        "{weight: 1}",
        &[
            "3:13 load/missing-key a scenario needs `case` or `call` | name a case of the suite, or an operation: {case: ...} or {call: ...}",
        ],
    );
    check_scenario(
        "{case: a, weight: 0, row: 0, path: {}}",
        &[
            "3:31 load/value expected a whole number of at least 1, found 0 | ",
            "3:39 load/value expected a whole number of at least 1, found 0 | ",
            "3:42 load/unknown-key unknown key `path` in a scenario of a case | known: `case`, `call`, `weight`, `data`, `row`",
        ],
    );
    check(
        "load: l\nspec: s.yaml\nscenarios: [{case: a}]\narrival: {model: open, stages: [{rate: 1/s, for: 10s}]}\n",
        &["3:20 load/contradiction a case is one of a suite, and the plan names none | write `suite` instead of `spec`"],
    );
}

#[test]
fn a_call_is_sent_once_and_leaves_nothing_behind() {
    check_scenario(
        "{call: a, repeat: {times: 2}, capture: {id: $.id}, row: 1, status: 200}",
        &[
            "3:23 load/contradiction a scenario of a call has no `repeat` | give it more `weight`",
            "3:43 load/contradiction a scenario of a call has no `capture` | nothing comes after the call; write a case in the suite, and name that: {case: ...}",
            "3:64 load/unknown-key unknown key `row` in a scenario of a call | `row` goes with `case`",
            "3:72 load/unknown-key unknown key `status` in a scenario of a call | `status` belongs under `expect`",
        ],
    );
    check_scenario(
        "{call: a, expect: {as: body.expectd, status: 700, body: {a: 1}}}",
        &[
            "3:36 suite/unknown-check unknown check `body.expectd` | did you mean `body.expected`?",
            "3:58 load/value `700` is not a status such as 201 or 2XX | a status is 201, [200, 204] or 2XX",
            "3:70 load/path `a` is not a JSONPath | a path begins with `$`: `$.a`",
        ],
    );
}

#[test]
fn names_are_of_data_or_there_by_themselves() {
    check_scenario(
        r#"{call: a, path: {id: "${data.id}", x: "${row.x}", y: "${env.Y}", z: "${repeat.index}", s: "${run.sed}"}}"#,
        &[
            "3:35 load/undefined `data.id` in a scenario without data | name the file with the rows: `data: rows.csv`",
            "3:52 load/undefined `row.x` is nothing in a load plan | known: `data.COLUMN`, `base`, `target`, `unique`, `run.seed`, `listener.NAME.url`, `auth.NAME.token`",
            "3:67 load/template a load plan cannot read `env.Y` | read it in the environment file, as an identity or a listener, and name that here",
            "3:82 load/undefined `repeat.index` is nothing in a load plan | known: `data.COLUMN`, `base`, `target`, `unique`, `run.seed`, `listener.NAME.url`, `auth.NAME.token`",
            "3:104 load/undefined `run.sed` is nothing | did you mean `run.seed`?",
        ],
    );
    check_scenario(
        r#"{call: a, data: x.csv, body: ["${data}", "${unqiue}", "${data.a:-b}"]}"#,
        &[
            "3:44 load/undefined a row is not a value | name one of its columns, such as `data.id`",
            "3:55 load/undefined `unqiue` is nothing in a load plan | did you mean `unique`?",
            "3:68 load/template a template of a load plan has no default | only `${env.NAME:-default}` in an environment file has one",
        ],
    );
}

#[test]
fn data_is_a_file_of_rows() {
    check_scenario(
        "{call: a, data: ids.json}",
        &["3:29 load/value `ids.json` is no data file: its name ends in .csv, .jsonl or .ndjson | "],
    );
    check_scenario(
        "{call: a, data: {pick: uniqe, files: x}}",
        &[
            "3:36 load/value unknown pick `uniqe` | did you mean `unique`?",
            "3:43 load/unknown-key unknown key `files` in `data` | did you mean `file`?",
        ],
    );
    check_scenario(
        "{case: a, row: 1, data: x.csv}",
        &[
            "3:23 load/contradiction `row` and `data` are two sources of rows | the rows of `data` take the place of the rows of `each`",
        ],
    );
}

#[test]
fn arrival_has_a_model_and_its_keys() {
    check_arrival("{stages: []}", &["4:10 load/missing-key `arrival` needs `model` | "]);
    check_arrival("{model: opn}", &["4:18 load/value unknown model of arrival `opn` | did you mean `open`?"]);
    check_arrival(
        "{model: open, stages: [], think: 1s, up: 2, stepp: 1s}",
        &[
            "4:32 load/value `stages` is empty | write one stage at least",
            "4:36 load/unknown-key unknown key `think` in `arrival` | `think` goes with the model `closed`",
            "4:47 load/unknown-key unknown key `up` in `arrival` | `up` goes with the model `search`",
            "4:54 load/unknown-key unknown key `stepp` in `arrival` | known: `model`, `stages`",
        ],
    );
    check_arrival("{model: poisson}", &["4:10 load/missing-key `arrival` needs `stages` | "]);
}

#[test]
fn stages_of_rates_are_whole() {
    check_arrival(
        "{model: open, stages: [{rate: 50, for: 30}, {for: 1s}, {rate: 0/s}, {rate: 1/s, for: 0s}, {raet: 1/s, for: 400d}]}",
        &[
            "4:40 load/kind expected a rate, found a number | a rate has a unit: 200/s, 0.5/s, 600/m",
            "4:49 load/kind expected a duration, found a number | a duration has a unit: 250ms, 10s, 5m, PT2M",
            "4:54 load/missing-key a stage needs `rate` | ",
            "4:65 load/missing-key a stage needs `for` | ",
            "4:72 load/value `0/s` is no rate above zero | ",
            "4:95 load/value this lasts no time at all | ",
            "4:101 load/unknown-key unknown key `raet` in a stage | did you mean `rate`?",
            "4:117 load/value nothing in a load plan lasts longer than 366d | ",
        ],
    );
    check_arrival(
        "{model: open, stages: [{rate: 1/s, spike: 2/s, for: 1s}, {spike: 2/s, to: 3/s, for: 1s}, {users: 1, rate: 20000000/s, for: 1s}]}",
        &[
            "4:45 load/contradiction a stage has `rate` or `spike` | a spike is a stage of its own: {spike: 500/s, for: 5s}",
            "4:80 load/contradiction a spike is held, and goes nowhere | a rate that changes is {rate: 50/s, to: 200/s, for: 1m}",
            "4:100 load/unknown-key unknown key `users` in a stage | `users` goes with the model `closed`",
            "4:116 load/value `20000000/s` is out of range | at most 10000000/s",
        ],
    );
    check_arrival(
        "{model: open, stages: [{rate: 1/s, for: 1s, warmup: true}]}",
        &["4:32 load/nothing-measured every stage is a warm-up, and nothing is measured | add a stage without `warmup: true`"],
    );
}

#[test]
fn stages_of_users_are_whole() {
    check_arrival(
        "{model: closed, stages: [{users: 0, for: 1s}, {users: 2, for: 1s, ramp: 2s}, {users: 1000001, for: 1s, rate: 1/s}], think: {min: 2s, max: 1s}}",
        &[
            "4:43 load/value expected a whole number of at least 1, found 0 | ",
            "4:82 load/value a ramp of 2s in a stage of 1s | ",
            "4:95 load/value expected at most 1000000, found 1000001 | ",
            "4:113 load/unknown-key unknown key `rate` in a stage | `rate` goes with the models `open` and `poisson`",
            "4:133 load/value `max` is less than `min` | ",
        ],
    );
    check_arrival(
        "{model: closed, stages: [{users: 1, for: 1s, warmup: yes}], think: {min: 2s}}",
        &[
            "4:63 load/kind expected true or false, found text | in YAML 1.2 this is text; write true",
            "4:77 load/missing-key `think` needs `max` | ",
        ],
    );
}

#[test]
fn a_search_has_bounds_that_can_be_searched() {
    let slo = "slo: {p99: \"< 1s\"}";
    let hint = "say what a rate must keep: slo: {p99: \"< 300ms\", achieved_rate: \">= 98%\"}";
    check_arrival("{model: search, from: 1/s}", &[&format!("4:10 load/missing-key a search needs `slo` | {hint}")]);
    check_arrival(&format!("{{model: search}}\n{slo}"), &["4:10 load/missing-key `arrival` needs `from` | "]);
    check_arrival(
        &format!("{{model: search, from: 10/s, most: 5/s}}\n{slo}"),
        &["4:44 load/value `most` is 5/s, less than `from` | "],
    );
    check_arrival(
        &format!("{{model: search, from: 1/s, up: 1, step: 0s, precision: 0%, confirm: 0, stages: []}}\n{slo}"),
        &[
            "4:41 load/value expected a number above 1 and at most 100, found 1 | each rate is so many times the last one that held",
            "4:50 load/value this lasts no time at all | ",
            "4:65 load/value a precision lies between 0% and 100% | ",
            "4:78 load/value expected a whole number of at least 1, found 0 | ",
            "4:81 load/unknown-key unknown key `stages` in `arrival` | `stages` goes with the models `open`, `poisson` and `closed`",
        ],
    );
}

#[test]
fn transport_is_checked_by_form() {
    check_line(
        "transport: {http: 3, connections: 0, source_addresses: [localhost, \"127.0.0.2:80\"], timeout: 0s, workers: 2000, spn: 1us}",
        &[
            "5:19 load/value `3` is no version of HTTP that is spoken here | write `http: \"1.1\"` or `http: \"2\"`",
            "5:35 load/value expected a whole number of at least 1, found 0 | ",
            "5:57 load/value `localhost` is not an IP address | write an address of this machine, without a port: 127.0.0.2",
            "5:68 load/value `127.0.0.2:80` is not an IP address | write an address of this machine, without a port: 127.0.0.2",
            "5:94 load/value this lasts no time at all | ",
            "5:107 load/value expected at most 1024, found 2000 | ",
            "5:113 load/unknown-key unknown key `spn` in `transport` | did you mean `spin`?",
        ],
    );
    check_line(
        "transport: {streams: 10, source_addresses: 127.0.0.2}",
        &[
            "5:13 load/contradiction `streams` goes with HTTP/2 | HTTP/1.1 has one request at a time on a connection; write `http: \"2\"`",
            "5:44 load/kind expected a list for `source_addresses`, found text | ",
        ],
    );
}

#[test]
fn judging_is_all_none_or_a_sample() {
    check_line("validate: some", &["5:11 load/value `some` is none of `all`, `none` and `sample 10%` | "]);
    check_line("validate: sample 10", &["5:11 load/value `10` is not a share such as 90% or 99.5% | "]);
    check_line("validate: {sample: 0%}", &["5:11 load/value a sample of 0% judges nothing; write `none` if that is meant | "]);
    check_line("validate: {smple: 10%}", &["5:12 load/unknown-key unknown key `smple` in `validate` | did you mean `sample`?"]);
}

#[test]
fn bounds_fit_their_figures() {
    check_line(
        "slo: {p95: \"< 5%\", p9x: \"< 1s\", max: 300, errors: [], getA: {p99: \"< 1\", erors: \"< 1%\"}, mean: {is: \"< 1s\", ovr: 1s}}",
        &[
            "5:12 load/value `p95` is a time, and `5%` is a share | such as `< 300ms`",
            "5:20 load/unknown-key unknown metric `p9x` | did you mean `p90`?",
            "5:38 load/kind expected a bound, found a number | a bound compares, and has a unit: \"< 300ms\", \">= 98%\"",
            "5:51 load/value `errors` has no bound | ",
            "5:67 load/value `1` is not a duration such as 250ms, 10s, 5m or PT2M | such as `< 300ms`",
            "5:74 load/unknown-key unknown metric `erors` | did you mean `errors`?",
            "5:109 load/unknown-key unknown key `ovr` in a bound | did you mean `over`?",
        ],
    );
    check_line("slo: {}", &["5:6 load/value `slo` is empty | such as {p95: \"< 300ms\", errors: \"< 0.1%\"}"]);
    check_line(
        "slo: {p95: {over: 10s}, p99: {is: \"< 1s\", over: 10ms}, max: {is: \"< 1s\", over: 11s}}",
        &[
            "5:12 load/missing-key a bound needs `is` | ",
            "5:49 load/value `10ms` is no length to look at | at least 1s: figures are kept for each second",
            "5:56 load/contradiction a window of 11s does not fit into the 10s that are measured | ",
        ],
    );
}

#[test]
fn figures_have_a_value_in_the_plan() {
    check_line(
        "validate: none\nslo: {validated: exact, invalid: \"< 1%\"}",
        &[
            "6:7 load/contradiction `validated` of answers that are not judged | write `validate: all`, or a sample",
            "6:25 load/contradiction `invalid` of answers that are not judged | write `validate: all`, or a sample",
        ],
    );
    check_line(
        "validate: sample 10%\nslo: {validated: exact, callback_loss: \"<= 0%\"}",
        &[
            "6:7 load/contradiction only 10% of the answers are judged | write `validate: all`, or ask for less",
            "6:25 load/contradiction `callback_loss` where no delivery is awaited | list what is awaited under `callbacks`",
        ],
    );
    check_arrival(
        "{model: closed, stages: [{users: 1, for: 10s}]}\nslo: {achieved_rate: \">= 98%\"}\nabort: {when: \"achieved_rate < 50% for 5s\"}",
        &[
            "5:7 load/contradiction nothing is due where users wait for their answers | `achieved_rate` goes with the models `open`, `poisson` and `search`",
            "6:16 load/contradiction nothing is due where users wait for their answers | `achieved_rate` goes with the models `open`, `poisson` and `search`",
        ],
    );
}

#[test]
fn aborts_say_for_how_long() {
    check_line(
        "abort: {when: [errors > 5%, erors > 5% for 1s, errors > 5s for 1s, p99 > 1s over 10s, p99 > 1s for 10ms, 'p99 > 1s of  a for 1s x']}",
        &[
            "5:16 load/value one bad moment is no reason to end a run | say for how long: `errors > 5% for 10s`",
            "5:29 load/value unknown metric `erors` | did you mean `errors`?",
            "5:55 load/value `errors` is a share, and `5s` is a time | such as `< 0.1%`",
            "5:77 load/value `over` has no place here | write METRIC OP BOUND, then `of OPERATION`, then `for DURATION`",
            "5:100 load/value `10ms` is no length to look at | at least 1s: figures are kept for each second",
            "5:129 load/value `x` has no place here | write METRIC OP BOUND, then `of OPERATION`, then `for DURATION`",
        ],
    );
    check_line("abort: errors > 5% for 10s", &["5:8 load/kind expected a mapping for `abort`, found text | "]);
    check_line("abort: {}", &["5:8 load/missing-key `abort` needs `when` | "]);
}

#[test]
fn bounds_in_the_wrong_direction_are_warned_of() {
    check_line(
        "slo: {p95: \"> 300ms\", achieved_rate: \"< 98%\", throughput: \"< 9/s\"}\nabort: {when: [errors < 5% for 10s, throughput < 1/s for 5s]}",
        &[
            "5:7 load/direction `p95 > 300ms` holds only while things are bad | an SLO says what must hold at the end",
            "5:23 load/direction `achieved_rate < 98%` holds only while things are bad | an SLO says what must hold at the end",
            "6:16 load/direction `errors < 5% for 10s` ends the run while all is well | an abort says what must not go on",
        ],
    );
}

#[test]
fn callbacks_are_whole() {
    check_line(
        "callbacks:\n- {trigger: a, id: '$.ids[*]', listener: p, callback: notification, match: {$.a: '${data.x}'}, delivered: $.id}",
        &[
            "6:3 load/missing-key a callback needs `within` | ",
            "6:20 load/value `$.ids[*]` may select several values | name one value, such as `$.id`",
            "6:55 load/value `notification` is not a callback | name the operation that declares it too: `registerCallback.notification`",
            "6:83 load/undefined `data.x` is nothing in a load plan | known: `base`, `target`, `unique`, `run.seed`, `listener.NAME.url`, `auth.NAME.token`",
            "6:96 load/unknown-key unknown key `delivered` in a callback | did you mean `delivered_id`?",
        ],
    );
    check_line("callbacks: {}", &["5:12 load/kind expected a list for `callbacks`, found a mapping | "]);
}
