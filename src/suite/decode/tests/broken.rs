//! Broken suites: every rule with its message, its place and its hint.
//!
//! Whole texts in, diagnostics out; never looks into the decoder.

use super::suite;

/// Asserts what is said of a text, line by line: `line:column code message | hint`.
pub(super) fn check(text: &str, expected: &[&str]) {
    assert_eq!(suite(text).1, expected, "{text}");
}

#[test]
fn an_unknown_key_is_offered_its_neighbour() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  stpes: []
"#,
        &[r#"5:3 suite/unknown-key unknown key `stpes` in a case | did you mean `steps`?"#],
    );
}

#[test]
fn missing_keys_are_named() {
    check(
        r#"suite: t
cases:
- steps:
  - call: x
"#,
        &[r#"1:1 suite/missing-key a suite needs `spec` | "#, r#"3:3 suite/missing-key a case needs `name` | "#],
    );
}

#[test]
fn wrong_kinds_are_named_with_what_was_found() {
    check(
        r#"suite: 12
spec: s.yaml
cases: none
"#,
        &[
            r#"1:8 suite/kind expected text, found a number | quote it: "12""#,
            r#"3:8 suite/kind expected a list for `cases`, found text | "#,
        ],
    );
}

#[test]
fn a_step_does_one_thing() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - call: x
    await: partner
"#,
        &[r#"7:5 suite/step a step does one thing, and `call` and `await` are two | make them two steps"#],
    );
}

#[test]
fn a_step_does_something() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - name: x
  - {cal: x}
"#,
        &[
            r#"6:5 suite/step a step that does nothing | begin with one of `call`, `request`, `control`, `listener`, `await`, `set`, `assert`, `parallel`"#,
            r#"7:6 suite/unknown-key unknown key `cal` in a step | did you mean `call`?"#,
        ],
    );
}

#[test]
fn steps_are_not_empty() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps: []
"#,
        &[r#"5:10 suite/value `steps` is empty | write one step at least"#],
    );
}

#[test]
fn cases_are_not_empty() {
    check(
        r#"suite: t
spec: s.yaml
cases: []
"#,
        &[r#"3:8 suite/value `cases` is empty | write one case at least"#],
    );
}

#[test]
fn names_of_cases_are_unique() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- {name: a, steps: [{call: x}]}
- {name: a, steps: [{call: x}]}
"#,
        &[r#"5:10 suite/duplicate-case a second case is named `a` | the first one is on line 4"#],
    );
}

#[test]
fn a_template_names_what_an_earlier_step_left() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - call: x
    capture: {order: $.id}
  - call: y
    body: {id: "is ${oder.x}", n: "${zzz}"}
"#,
        &[
            r#"9:20 suite/undefined `oder` is not remembered by any earlier step | did you mean `order`?"#,
            r#"9:36 suite/undefined `zzz` is not remembered by any earlier step | capture, collect or set it in an earlier step"#,
        ],
    );
}

#[test]
fn a_step_does_not_see_its_own_capture() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - call: x
    body: {id: "${id}"}
    capture: {id: $.id}
"#,
        &[r#"7:17 suite/undefined `id` is not remembered by any earlier step | capture, collect or set it in an earlier step"#],
    );
}

#[test]
fn steps_at_the_same_time_do_not_see_each_other() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - parallel:
    - {call: x, capture: {one: $.id}}
    - {call: y, body: "${one}"}
  - {call: z, body: "${one}"}
"#,
        &[r#"8:24 suite/undefined `one` is not remembered by any earlier step | capture, collect or set it in an earlier step"#],
    );
}

#[test]
fn rows_have_the_same_members_and_templates_use_them() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  each: [{status: 1}, {staus: 2}]
  steps:
  - {call: x, body: ["${row.other}", "${row.status}"]}
- name: b
  steps: [{call: x, body: "${row.x}"}]
"#,
        &[
            r#"5:10 suite/row this row has no `staus`, which another row has | no other row has `status`"#,
            r#"5:23 suite/row this row has no `status`, which another row has | no other row has `staus`"#,
            r#"7:23 suite/undefined no row has `other` | known: `status`, `staus`"#,
            r#"9:28 suite/undefined `row.x` in a case without rows | write the rows in `each`"#,
        ],
    );
}

#[test]
fn rows_are_known_before_anything_is() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  each: [{n: "x ${unique}"}]
  steps: [{call: x}]
"#,
        &[r#"5:17 suite/row a row cannot use `unique` | put the template where the row is used: "${row.name}-${unique}""#],
    );
}

#[test]
fn built_in_names_are_complete_and_taken() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - set: {a: "${repeat.index}", b: "${run.sed}", c: "${listener.partner}", d: "${auth.p.secret}"}
  - {call: x, capture: {row: $.x, a.b: $.y}}
"#,
        &[
            r#"6:15 suite/undefined `repeat.index` is nothing | only a step with `repeat` has it"#,
            r#"6:37 suite/undefined `run.sed` is nothing | did you mean `run.seed`?"#,
            r#"6:54 suite/undefined `listener.partner` is nothing | write `${listener.NAME.url}` or `${listener.NAME.dead_url}`"#,
            r#"6:80 suite/undefined `auth.p.secret` is nothing | write `${auth.NAME.client_id}`, `${auth.NAME.client_secret}` or `${auth.NAME.token}`"#,
            r#"7:25 suite/reserved-name `row` is taken | templates have a value of that name by themselves; choose another"#,
            r#"7:35 suite/value `a.b` cannot be a name | a name is letters, digits, `_` and `-`"#,
        ],
    );
}

#[test]
fn templates_are_placed_at_their_column() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - call: x
    body:
      a: "é ${a b}"
      b: 'x ${'
      c: "${env.HOME}"
      d: "\t ${x:-y}"
"#,
        &[
            r#"8:13 suite/template `a b` is not a name: ` ` cannot stand in one | a name is letters, digits, `_` and `-`, with `.` to go into a value: `${order.items.0}`"#,
            r#"9:13 suite/template a template is not closed | close it with `}`, or write `$${` for the two characters themselves"#,
            r#"10:11 suite/template a suite cannot read `env.HOME` | read it in the environment file, as an identity or a listener, and name that here"#,
            r#"11:14 suite/template a template of a suite has no default | only `${env.NAME:-default}` in an environment file has one"#,
            r#"11:14 suite/undefined `x` is not remembered by any earlier step | capture, collect or set it in an earlier step"#,
        ],
    );
}

#[test]
fn cited_requirements_are_declared() {
    check(
        r#"suite: t
spec: s.yaml
requirements: {once: {source: s, text: t}}
cases:
- name: a
  requirement: onc
  steps:
  - {call: x, expect: {requirement: twice}}
"#,
        &[
            r#"6:16 suite/unknown-requirement requirement `onc` is not declared | did you mean `once`?"#,
            r#"8:37 suite/unknown-requirement requirement `twice` is not declared | known: `once`"#,
        ],
    );
}

#[test]
fn checks_are_of_the_closed_list() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {call: x, expect: {as: delivery.exactly_onc}}
"#,
        &[r#"6:28 suite/unknown-check unknown check `delivery.exactly_onc` | did you mean `delivery.exactly_once`?"#],
    );
}

#[test]
fn error_codes_are_in_the_catalogue() {
    check(
        r#"suite: t
spec: s.yaml
errors: {at: $.type, codes: {UNKNOWN: {status: 404, operations: all}}}
cases:
- name: a
  steps:
  - {call: x, expect: {error: UNKNOWM}}
"#,
        &[r#"7:31 suite/unknown-code error code `UNKNOWM` is not in the catalogue | did you mean `UNKNOWN`?"#],
    );
}

#[test]
fn lifecycles_and_invariants_are_whole() {
    check(
        r#"suite: t
spec: s.yaml
lifecycles:
  l:
    of: S
    id: $.id
    state: $.s
    initial: [OPEN]
    transitions: {OPEN: [DONE, FAILD]}
    final: [DONE, FAILED]
  invariants:
  - {name: i, on: T, unchanged: $.x}
  - {name: j, on: T}
cases:
- name: a
  steps:
  - call: x
"#,
        &[
            r#"9:32 suite/lifecycle nothing follows `FAILD`, and it is not final | did you mean `FAILED`?"#,
            r#"10:19 suite/lifecycle nothing leads to `FAILED` | "#,
            r#"12:5 suite/missing-key an invariant with `unchanged` needs `id` | say what tells one object from another: `id: $.id`"#,
            r#"13:5 suite/missing-key an invariant needs `then` or `unchanged` | "#,
        ],
    );
}

#[test]
fn events_are_as_long_as_by() {
    check(
        r#"suite: t
spec: s.yaml
events: {callback: a.b, by: [$.a, $.b], known: [[A, B], [A]]}
cases:
- name: a
  steps:
  - call: x
"#,
        &[r#"3:57 suite/value this event has length 1, and `by` has 2 | "#],
    );
}

#[test]
fn gates_demand_shares_of_known_things() {
    check(
        r#"suite: t
spec: s.yaml
gate: {coverage: {status: 100%, events: 100, callbacks: 120%}, fail_on: [eror]}
cases:
- name: a
  steps:
  - call: x
"#,
        &[
            r#"3:19 suite/unknown-key unknown key `status` in `coverage` | did you mean `statuses`?"#,
            r#"3:41 suite/kind expected a share, found a number | a share is written 100% or 99.5%"#,
            r#"3:57 suite/value `120%` is not between 0% and 100% | "#,
            r#"3:74 suite/value unknown severity `eror` | did you mean `error`?"#,
        ],
    );
}

#[test]
fn secrets_written_out_are_warned_of() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {call: x, headers: {Authorization: "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdef"}}
  - {request: POST /t, form: {client_secret: laas-secret}}
"#,
        &[
            r#"6:40 suite/literal-secret this looks like a secret written out | keep it in the environment file, read from a variable, and name the identity here"#,
            r#"7:46 suite/literal-secret this looks like a secret written out | keep it in the environment file, read from a variable, and name the identity here"#,
        ],
    );
}

#[test]
fn all_faults_come_at_once() {
    check(
        r#"suite: t
spce: s.yaml
cases:
- name: a
  steps: [{call: x, exepct: {}}]
- nam: b
  steps: []
"#,
        &[
            r#"2:1 suite/unknown-key unknown key `spce` in a suite | did you mean `spec`?"#,
            r#"5:21 suite/unknown-key unknown key `exepct` in a `call` step | did you mean `expect`?"#,
            r#"6:3 suite/unknown-key unknown key `nam` in a case | did you mean `name`?"#,
            r#"7:10 suite/value `steps` is empty | write one step at least"#,
        ],
    );
}

#[test]
fn mappings_are_asked_for() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {call: x, path: [1]}
  - {assert: 3, is: 3}
  - {set: 3}
"#,
        &[
            r#"6:21 suite/kind expected a mapping for `path`, found a list | "#,
            r#"7:14 suite/constant-assert this judges a value that never changes | name a remembered value: "${ids}""#,
            r#"8:11 suite/kind expected a mapping for `set`, found a number | "#,
        ],
    );
}

#[test]
fn a_template_in_a_folded_text_is_found() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - call: x
    body: |
      line
      and ${nope}
"#,
        &[r#"9:11 suite/undefined `nope` is not remembered by any earlier step | capture, collect or set it in an earlier step"#],
    );
}
