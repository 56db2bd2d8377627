//! Whole runs against a small server: what is sent, what is remembered, what is found.
//!
//! Waits for conditions alone. Judges no timing.

use crate::model::coverage::Dimension;
use crate::model::outcome::RunVerdict;
use crate::run::bench::{Manner, case, run, run_until};
use tokio_util::sync::CancellationToken;

async fn ends(steps: &str, wanted: &str) {
    let ran = run(&case(steps), Manner::default()).await;
    assert_eq!(ran.cases(), [format!("c: {wanted}")], "{steps}");
}

#[tokio::test]
async fn what_is_captured_and_collected_is_remembered_with_its_type() {
    ends(
        r#"{call: createThing, body: {id: x}, capture: {where: {header: Location}, code: {status: true}, id: $.id}}
        {assert: "${code} ${where} ${id}", is: "201 /things/v1/things/t1 x"}
        {call: readThing, path: {id: a}, repeat: {times: 3}, capture: {last: $.count}, collect: {all: "$.count"}}
        {assert: "${last}", is: 3}
        {assert: "${all}", is: [1, 2, 3]}
        {call: readThing, path: {id: "b${repeat.index}"}, repeat: {times: 3, concurrently: true}, collect: {all: $.id}}
        {assert: "${all}", is: [1, 2, 3, b0, b1, b2]}
        {parallel: [{call: readThing, path: {id: p}, collect: {ps: $.id}}, {call: readThing, path: {id: p}, collect: {ps: $.id}}]}
        {assert: "${ps}", is: [p, p]}"#,
        "Pass",
    )
    .await;
    ends("{call: readThing, path: {id: a}, capture: {no: $.nothing}}", "Fail body.expected").await;
    ends("{assert: \"${unique}\", is: {matches: '^u[0-9a-f]{16}$'}}", "Pass").await;
    let lost = r#"{call: readThing, path: {id: a}, capture: {all: $}}
        {call: readThing, path: {id: "${all.missing}"}}"#;
    ends(lost, "Error (`${all.missing}` holds nothing)").await;
}

#[tokio::test]
async fn a_step_that_is_not_right_ends_its_case_and_a_parallel_one_ends_with_all() {
    let steps = r#"{parallel: [{call: readThing, path: {id: a}, expect: {status: 404}}, {call: readThing, path: {id: b}}]}
        {call: listThings}"#;
    let ran = run(&case(steps), Manner::default()).await;
    assert_eq!(ran.cases(), ["c: Fail status.expected"]);
    assert_eq!((ran.times("GET /things/v1/things/b"), ran.times("GET /things/v1/things")), (1, 0));
}

#[tokio::test]
async fn polling_ends_when_the_body_matches_or_the_time_is_up() {
    let poll = |id: &str| {
        format!("{{call: readThing, path: {{id: {id}}}, poll: {{every: 5ms, within: 60ms, until: {{$.state: DONE}}}}}}")
    };
    let ran = run(&case(&poll("turns")), Manner::default()).await;
    assert_eq!(ran.times("GET /things/v1/things/turns"), 3);
    assert_eq!(ran.cases(), ["c: Pass"]);
    ends(&poll("never"), "Fail body.expected").await;
}

#[tokio::test]
async fn what_is_read_once_is_asked_for_once_even_when_its_answer_is_lost() {
    let ran = run(&case("{call: drain, query: {size: 0}}"), Manner::default()).await;
    assert_eq!((ran.cases(), ran.times("GET /things/v1/drain")), (vec!["c: Fail transport.answered".to_owned()], 1));
}

#[tokio::test]
async fn tokens_are_fetched_once_and_anew_after_the_clock_moved() {
    let read = |id: &str, token: u8| {
        format!("{{call: readThing, path: {{id: {id}}}, auth: partner, expect: {{body: {{$.owner: Bearer token-{token}}}}}}}")
    };
    let steps = format!("{}\n{}\n{{control: advance, with: {{by: PT1M}}}}\n{}", read("a", 1), read("b", 1), read("c", 2));
    let ran = run(&case(&steps), Manner::default()).await;
    assert_eq!((ran.cases(), ran.times("POST /token")), (vec!["c: Pass".to_owned()], 2));
}

#[tokio::test]
async fn credentials_go_to_the_target_alone_and_never_over_a_header_of_the_step() {
    let own = "{call: readThing, path: {id: a}, auth: partner, headers: {Authorization: mine}, expect: {body: {$.owner: mine}}}";
    ends(own, "Pass").await;
    let whole = "{request: \"GET ${target}/things/v1/things/a\", auth: partner, expect: {body: {$.state: ODD}}}";
    ends(whole, "Fail body.expected").await;
    let ran = run(&case("{request: \"GET ${listener.partner.url}\", auth: partner}"), Manner::default()).await;
    assert!(ran.cases()[0].contains("Error") && ran.cases()[0].contains("is not the target"), "{:?}", ran.cases());
    assert!(ran.outcome.exchanges.iter().all(|x| x.operation.is_none() && x.request.headers.get("authorization").is_none()));
}

#[tokio::test]
async fn what_needs_control_is_skipped_without_it_and_an_error_when_refused() {
    let steps = case("{control: advance, with: {by: PT1M}}");
    let without = run(&steps, Manner { no_control: true, ..Manner::default() }).await;
    assert_eq!(without.cases(), ["c: Skipped (the environment offers no control)"]);
    assert_eq!((without.outcome.verdict(), without.log.len()), (RunVerdict::NotJudged, 0));
    let refused = run(&steps, Manner { no_reset: true, ..Manner::default() }).await;
    assert_eq!(refused.cases(), ["c: Error (the environment's control answered 503 to POST /_control/reset: )"]);
    assert_eq!(refused.outcome.cases[0].steps[0].exchanges.len(), 1, "shown by the exchange");
}

/// A case that has these numbers told and then awaits.
fn telling(numbers: &str, wait: &str) -> String {
    case(&format!(
        "{{call: createThing, body: {{url: \"${{listener.partner.url}}\", tell: {numbers}}}, capture: {{made: $}}}}\n{{await: partner, callback: createThing.told, within: 80ms, quiet: 10ms, {wait}}}"
    ))
}

#[tokio::test]
async fn deliveries_are_counted_ordered_and_judged() {
    let rows = [
        ("[1, 2]", "count: 2, expect: {order: $.n, sequence: {$.n: [1, 2]}, attempts: 1}", "Pass"),
        ("[1]", "match: {$.n: 1}, capture: {n: $.n}", "Pass"),
        ("[]", "count: 1", "Fail delivery.arrived"),
        ("[2]", "match: {$.n: 1}", "Fail delivery.arrived"),
        ("[1, 2]", "count: 1", "Fail delivery.surplus"),
        ("[1]", "count: {max: 0, min: 0}", "Fail delivery.surplus"),
        ("[2, 1]", "count: 2, expect: {order: $.n}", "Fail delivery.order"),
        ("[2, 1]", "count: 2, expect: {sequence: {$.n: [1, 2]}}", "Fail delivery.order"),
        ("[1]", "expect: {body: {$.n: 2}}", "Fail body.expected"),
        ("[1]", "expect: {attempts: 2}", "Fail delivery.arrived"),
        ("[one]", "count: 1", "Fail body.schema"),
        ("[1]", "match: {$.n: \"${made.none}\"}, count: {max: 0, min: 0}", "Error (`${made.none}` holds nothing)"),
    ];
    for (numbers, wait, wanted) in rows {
        let ran = run(&telling(numbers, wait), Manner::default()).await;
        assert_eq!(ran.cases(), [format!("c: {wanted}")], "{numbers} {wait}");
    }
}

#[tokio::test]
async fn what_nobody_waited_for_is_judged_once_all_the_same() {
    let awaiting = "{await: partner, callback: createThing.asked, within: 30ms, quiet: 10ms, count: {max: 0, min: 0}}";
    let told = "{await: partner, callback: createThing.told, within: 30ms}";
    let create = "{call: createThing, body: {url: \"${listener.partner.url}\", tell: [one]}}";
    // The first step waits for another callback; the delivery is judged by its own.
    let ran = run(&case(&format!("{create}\n{awaiting}\n{told}")), Manner::default()).await;
    assert_eq!(ran.cases(), ["c: Fail body.schema"]);
    let unawaited = format!("{told}\n{create}").replace("within: 30ms", "within: 30ms, count: {min: 0}");
    let swept = run(&case(&unawaited), Manner::default()).await;
    assert_eq!(swept.cases(), ["c: Fail body.schema"]);
}

#[tokio::test]
async fn a_replay_comes_at_its_time_or_is_found_early_late_or_missing() {
    let wait = "expect: {redelivery: {after: PT1H, same: [webhook-id], body: identical}}";
    for (after, wanted) in [
        (Some(3600), "Pass"),
        (Some(1800), "Fail delivery.schedule"),
        (Some(5400), "Fail delivery.schedule delivery.schedule"),
        (None, "Fail delivery.arrived delivery.arrived"),
    ] {
        let ran = run(&telling("[1, 2]", wait), Manner { replay_after: after, ..Manner::default() }).await;
        assert_eq!(ran.cases(), [format!("c: {wanted}")], "{after:?}");
    }
}

#[tokio::test]
async fn a_target_that_is_gone_is_not_asked_again_and_again() {
    let lines: String = (0..9).map(|i| format!("- {{name: c{i}, steps: [{{call: listThings}}]}}\n")).collect();
    let ran = run(&format!("cases:\n{lines}"), Manner { dies_after: Some(1), ..Manner::default() }).await;
    let verdicts = ran.cases();
    assert_eq!(verdicts.iter().filter(|c| c.contains("Pass")).count(), 1, "{verdicts:?}");
    assert_eq!(verdicts.iter().filter(|c| c.contains("Fail transport.answered")).count(), 3, "{verdicts:?}");
    assert_eq!(verdicts.iter().filter(|c| c.contains("Error (the target no longer answers")).count(), 5, "{verdicts:?}");
}

#[tokio::test]
async fn a_stopped_run_ends_at_once_and_keeps_what_it_found() {
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    let lines =
        case("{call: listThings}\n{call: readThing, path: {id: a}, poll: {every: 1ms, within: 10m, until: {$.state: DONE}}}");
    let running = run_until(&lines, Manner::default(), stop);
    let ran = tokio::join!(running, async move {
        tokio::task::yield_now().await;
        stopper.cancel();
    })
    .0;
    assert!(ran.outcome.interrupted);
    assert_eq!(ran.outcome.verdict(), RunVerdict::Interrupted);
    assert!(ran.cases()[0].starts_with("c: Skipped (the run was stopped"), "{:?}", ran.cases());
}

#[tokio::test]
async fn coverage_counts_what_was_answered_by_the_pattern_that_documents_it() {
    let ran = run(&case("{call: createThing, body: {id: a}}\n{request: \"HEAD ${base}/things\"}"), Manner::default()).await;
    let seen = |dimension| {
        let found = ran.outcome.coverage[0].dimensions.iter().find(|d| d.dimension == dimension).unwrap();
        found.seen.iter().cloned().collect::<Vec<_>>()
    };
    assert_eq!(seen(Dimension::Operations), ["createThing"]);
    assert_eq!(seen(Dimension::Statuses), ["createThing 201"]);
}
