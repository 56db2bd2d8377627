//! Broken steps: every rule with its message, its place and its hint.
//!
//! Whole texts in, diagnostics out; never looks into the decoder.

use super::broken::check;

#[test]
fn statuses_are_statuses_and_stand_under_expect() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {call: x, expect: {status: 2xx}}
  - {call: x, expect: {status: [200, 999]}}
  - {call: x, status: 200}
"#,
        &[
            r#"6:32 suite/value `2xx` is not a status such as 201 or 2XX | a status is 201, [200, 204] or 2XX"#,
            r#"7:32 suite/value `999` is not a status such as 201 or 2XX | a status is 201, [200, 204] or 2XX"#,
            r#"8:15 suite/unknown-key unknown key `status` in a `call` step | `status` belongs under `expect`"#,
        ],
    );
}

#[test]
fn paths_are_placed_where_they_go_wrong() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - call: x
    expect:
      body:
        status: 1
        $.a[: 2
        "$.a[?@.b == '${x}']": 3
"#,
        &[
            r#"9:9 suite/path `status` is not a JSONPath | a path begins with `$`: `$.status`"#,
            r#"10:11 suite/path `$.a[` is not a JSONPath | paths are JSONPath (RFC 9535): $.results[*].id, $['a name'], $.list[?@.kind == 'X']"#,
            r#"11:23 suite/path a path cannot hold a template | select more, and compare with a matcher: {"$.results[*].id": {contains: "${id}"}}"#,
        ],
    );
}

#[test]
fn operators_and_operands_are_checked() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - call: x
    expect:
      body:
        $.a: {gte: 1, lessThan: 2}
        $.b: {match: x}
        $.c: {exists: yes}
        $.d: {matches: "a("}
        $.e: {lt: "3"}
        $.f: {gt: 2026-01-01T00:00:00Z}
        $.g: {before: tomorrow}
        $.h: {type: int}
        $.i: {in: a}
        $.j: {distinct: false}
        $.k: {instant: {plus: 1s}}
        $.l: {schema: {type: strin}}
"#,
        &[
            r#"9:23 suite/operator unknown operator `lessThan` | did you mean `lt`?"#,
            r#"10:15 suite/operator unknown operator `match` | did you mean `matches`? a mapping to compare with is written `eq: {match: ...}`"#,
            r#"11:23 suite/kind expected true or false, found text | in YAML 1.2 this is text; write true"#,
            r#"12:24 suite/regex not a regular expression: unclosed group | "#,
            r#"13:19 suite/kind expected a number, found text | numbers are compared with `lt`, `lte`, `gt`, `gte`; instants with `before` and `after`"#,
            r#"14:19 suite/kind expected a number, found text | instants are compared with `before` and `after`"#,
            r#"15:23 suite/value "tomorrow" is not an instant | an instant has a date, a time and an offset: 2026-01-31T12:00:00Z"#,
            r#"16:21 suite/value unknown type `int` | known: `null`, `boolean`, `integer`, `number`, `string`, `array`, `object`"#,
            r#"17:19 suite/kind expected a list for `in`, found text | "#,
            r#"18:25 suite/value only `true` has a meaning here | leave the key out instead"#,
            r#"19:24 suite/missing-key `instant` needs `of` | "#,
            r#"20:23 suite/schema not a JSON Schema: "strin" is not valid under any of the schemas listed in the 'anyOf' keyword (at /properties/type/anyOf) | "#,
        ],
    );
}

#[test]
fn a_list_for_each_value_is_doubted() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {call: x, expect: {body: {"$.a[*]": [1, 2]}}}
"#,
        &[
            r#"6:41 suite/list-for-each each value that `$.a[*]` selects is compared with the whole list | to accept any of them write {in: [...]}; to compare a list, select the list itself"#,
        ],
    );
}

#[test]
fn times_are_compared_with_durations() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {call: x, expect: {time: {lt: 2}}}
  - {call: x, expect: {time: {matches: x}}}
  - {call: x, expect: {time: {lt: 2 seconds}}}
"#,
        &[
            r#"6:35 suite/value `2` is not a duration | a duration has a unit: 250ms, 10s, 5m, PT2M"#,
            r#"7:31 suite/operator `matches` does not judge a time | a time is compared with `lt`, `lte`, `gt`, `gte`, `eq` or `ne`"#,
            r#"8:35 suite/value `2 seconds` is not a duration such as 250ms, 10s, 5m or PT2M | "#,
        ],
    );
}

#[test]
fn a_step_has_one_body_and_one_way_to_be_repeated() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {call: x, raw: x, body: y}
  - {call: x, content_type: text/plain}
  - {call: x, form: {a: b}}
  - {call: x, repeat: {times: 0}, poll: {every: 1s, within: 1s}}
"#,
        &[
            r#"6:23 suite/contradiction `raw` and `body` are two bodies | keep one of them"#,
            r#"7:15 suite/contradiction `content_type` goes with `body` or `raw` | it says what the body is: write the body too"#,
            r#"8:15 suite/unknown-key unknown key `form` in a `call` step | known: `name`, `note`, `call`, `path`, `given`, `query`, `headers`, `cookies`, `body`, `raw`, `content_type`, `auth`, and 5 more"#,
            r#"9:31 suite/value expected a whole number of at least 1, found 0 | "#,
            r#"9:41 suite/missing-key `poll` needs `until` | "#,
        ],
    );
}

#[test]
fn requests_have_a_method_and_a_path() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - request: get /x
  - request: /x
  - request: GET x
  - call: two words
"#,
        &[
            r#"6:14 suite/value `get` is not a method | write it in capitals: GET"#,
            r#"7:14 suite/value `/x` is not a method and a path | write a method and a path: GET ${base}/signatures/1"#,
            r#"8:18 suite/value a path begins with `/` or `${base}` | write a method and a path: GET ${base}/signatures/1"#,
            r#"9:11 suite/value `two words` names no operation | write an operationId, or a method and a path of the spec: POST /signatures"#,
        ],
    );
}

#[test]
fn auth_identifies_in_one_way() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {call: x, auth: {bearer: a, basic: b}}
  - {call: x, auth: {token: a}}
  - {call: x, auth: 3}
"#,
        &[
            r#"6:21 suite/value `auth` identifies in exactly one way | one of {bearer: ...}, {header: ...}, {basic: ...}"#,
            r#"7:21 suite/value `auth` identifies in exactly one way | one of {bearer: ...}, {header: ...}, {basic: ...}"#,
            r#"7:22 suite/unknown-key unknown key `token` in `auth` | known: `bearer`, `header`, `basic`"#,
            r#"8:21 suite/kind expected the name of an identity, `none` or a mapping, found a number | `auth: partner`, `auth: none`, or {bearer: ...}, {header: ...}, {basic: ...}"#,
        ],
    );
}

#[test]
fn control_actions_get_what_they_need() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - control: advanse
  - control: advance
  - {control: advance, with: {to: PT1H}}
  - {control: advance, with: {by: 5}}
  - {control: faults, with: {late: yes}}
  - {control: reset, with: {a: 1}}
"#,
        &[
            r#"6:14 suite/value unknown control action `advanse` | did you mean `advance`?"#,
            r#"7:14 suite/missing-key `advance` needs `with` | write with: {by: ...}"#,
            r#"8:30 suite/missing-key `with` needs `by` | "#,
            r#"8:31 suite/unknown-key unknown key `to` in `with` | known: `by`"#,
            r#"9:35 suite/kind expected a duration, found a number | a duration has a unit: 250ms, 10s, 5m, PT2M"#,
            r#"10:36 suite/value a fault is `on` or `off` | "#,
            r#"11:29 suite/unknown-key unknown key `a` in `with` | "#,
        ],
    );
}

#[test]
fn awaits_are_complete() {
    check(
        r#"suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - await: partner
  - {await: p, callback: notification}
  - {await: p, callback: a.b, count: {min: 3, max: 2}, expect: {status: 204, redelivery: {times: 1, body: same}}}
  - {await: p, callback: a.b, respond: [42], capture: {s: {status: true}}}
"#,
        &[
            r#"6:5 suite/missing-key an `await` step needs `callback` | "#,
            r#"7:26 suite/value `notification` is not a callback | name the operation that declares it too: `registerCallback.notification`"#,
            r#"8:38 suite/value `max` is less than `min` | "#,
            r#"8:65 suite/unknown-key unknown key `status` in `expect` | a delivery has no `status` to expect; what the listener answers is `respond`"#,
            r#"8:90 suite/missing-key `redelivery` needs `after` | "#,
            r#"8:107 suite/value a body that comes again can only be `identical` | write `body: identical`, or leave it out"#,
            r#"9:41 suite/value `42` is not an answer of a listener | an answer is a status such as 503, `close`, or {status: 204, after: 1500ms}"#,
            r#"9:68 suite/value a delivery has no status to capture | "#,
        ],
    );
}
