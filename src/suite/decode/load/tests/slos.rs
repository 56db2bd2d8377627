//! Bounds as they are written on a command line, and the names of figures.
//!
//! Texts in, bounds or reasons out; never reads a plan.

use crate::base::units::{Nanos, Rate, Share};
use crate::suite::ast::load::{Bound, Comparison, Metric, Validate};
use crate::suite::decode::load::slo::metric;
use crate::suite::{parse_slo, parse_validate};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::{Just, Strategy};

#[test]
fn a_sentence_is_read_with_or_without_spaces() {
    for (text, said) in [("p95 < 300ms", "p95 < 300ms"), ("p95<300ms", "p95 < 300ms"), (" p95  <300 ms ", "p95 < 300 ms")] {
        let slo = parse_slo(text, None).unwrap_or_else(|message| panic!("{text}: {message}"));
        assert_eq!((slo.metric, slo.comparison), (Metric::Response(9_500), Comparison::Less));
        assert_eq!((slo.bound, slo.window, slo.operation), (Bound::Time(Nanos(300_000_000)), None, None));
        assert_eq!(slo.text, said);
    }
    let slo = parse_slo("errors <= 0.05% of createSignature over 10s", Some("getSignature")).expect("a bound");
    assert_eq!(slo.operation.map(|o| o.value).as_deref(), Some("createSignature"));
    assert_eq!((slo.bound, slo.window), (Bound::Share(Share(5)), Some(Nanos(10_000_000_000))));
    let slo = parse_slo("throughput >= 600/m", Some("getSignature")).expect("a bound");
    assert_eq!((slo.bound, slo.text.as_str()), (Bound::Rate(Rate(10.0)), "throughput >= 600/m of getSignature"));
    assert_eq!(parse_slo("validated exact", None).map(|s| s.text).as_deref(), Ok("validated exact"));
}

#[test]
fn what_is_no_bound_says_why() {
    for (text, message) in [
        ("", "nothing is said here: write METRIC OP BOUND, such as `p95 < 300ms`"),
        ("p95", "`p95` has no bound: write METRIC OP BOUND, such as `p95 < 300ms`"),
        ("p95 <", "`p95` has no bound: such as `< 300ms`"),
        ("p95 300ms", "`300ms` does not say how it bounds `p95`: write `<`, `<=`, `>` or `>=` before it: `< 300ms`"),
        ("validated 98%", "`98%` does not say how it bounds `validated`: write `<`, `<=`, `>` or `>=` before it: `>= 98%`"),
        ("p95 == 300ms", "`==` is no comparison: one of `<`, `<=`, `>`, `>=`"),
        ("P95 < 300ms", "unknown metric `P95`: did you mean `p95`?"),
        ("p0 < 300ms", "there is no `p0`: a percentile lies above p0, and p100 is the last"),
        ("p101 < 300ms", "there is no `p101`: a percentile lies above p0, and p100 is the last"),
        ("p99999999999 < 1s", "there is no `p99999999999`: a percentile lies above p0, and p100 is the last"),
        ("p9.9.9 < 1s", "there is no `p9.9.9`: a percentile lies above p0, and p100 is the last"),
        ("lag_p99.999 < 1s", "`lag_p99.999` is finer than figures are kept: the finest is p99.99"),
        ("p95 < 5%", "`p95` is a time, and `5%` is a share: such as `< 300ms`"),
        ("p95 < 300", "`300` is not a duration such as 250ms, 10s, 5m or PT2M: such as `< 300ms`"),
        ("errors < 10/s", "`errors` is a share, and `10/s` is a rate: such as `< 0.1%`"),
        (
            "achieved_rate >= 200/s",
            "`achieved_rate` is a share, and `200/s` is a rate: it is the share of what was due that was sent: `>= 98%`",
        ),
        ("throughput >= 98%", "`throughput` is a rate, and `98%` is a share: such as `>= 200/s`"),
        ("errors < 0.001%", "`0.001%` is finer than shares are kept: write hundredths of a per cent at most: `0.01%`"),
        ("errors < 0%", "`errors < 0%` can never hold: nothing is less than that; write `<=`"),
        ("validated > 100%", "`validated > 100%` can never hold: nothing is more than that; write `>=`"),
        ("errors exact", "`errors` cannot be `exact`: only `validated` can"),
        ("p95 < 1s over 10ms", "`10ms` is no length to look at: at least 1s: figures are kept for each second"),
        ("p95 < 1s for 10s", "`for` has no place here: write METRIC OP BOUND, then `of OPERATION`, then `over DURATION`"),
        ("p95 < 1s of", "`of` has no place here: write METRIC OP BOUND, then `of OPERATION`, then `over DURATION`"),
    ] {
        assert_eq!(parse_slo(text, None), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn which_answers_are_judged_is_one_of_three() {
    for (text, validate) in [
        ("all", Validate::All),
        (" none", Validate::None),
        ("sample 10%", Validate::Sample(Share(1_000))),
        ("sample=0.5%", Validate::Sample(Share(50))),
        ("sample: 100%", Validate::All),
    ] {
        assert_eq!(parse_validate(text), Ok(validate), "{text}");
    }
    for text in ["", "some", "sample", "sample10%", "sample 10", "sample 0%", "sample 101%"] {
        assert!(parse_validate(text).is_err(), "{text}");
    }
}

fn metrics() -> impl Strategy<Value = Metric> {
    let quantile = || 1_u32..=10_000;
    prop_oneof![
        quantile().prop_map(Metric::Response),
        quantile().prop_map(Metric::Service),
        quantile().prop_map(Metric::Lag),
        quantile().prop_map(Metric::Callback),
        Just(Metric::ResponseMax),
        Just(Metric::ResponseMean),
        Just(Metric::Errors),
        Just(Metric::Invalid),
        Just(Metric::AchievedRate),
        Just(Metric::Throughput),
        Just(Metric::Validated),
        Just(Metric::CallbackLoss),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// A figure is read by the name it is shown under.
    #[test]
    fn figures_are_read_by_their_names(figure in metrics()) {
        prop_assert_eq!(metric(&figure.to_string()), Ok(figure));
    }

    /// The text of a bound says the bound again.
    #[test]
    fn a_bound_is_read_from_its_text(figure in metrics(), number in 1_u32..9_999, high in any::<bool>(), window in 1_u32..100, operation in "[a-z]{1,9}") {
        let bound = match figure.unit() {
            "a time" => format!("{number}ms"),
            "a share" => format!("{}.{:02}%", number / 100, number % 100),
            _ => format!("{number}/s"),
        };
        let text = format!("{figure} {} {bound} of x{operation} over {window}s", if high { ">" } else { "<=" });
        let slo = parse_slo(&text, None).expect("a bound");
        prop_assert_eq!(&slo.text, &text);
        prop_assert_eq!(parse_slo(&slo.text, None), Ok(slo.clone()));
        prop_assert!(slo.comparison.wants_more() == high);
    }

    /// Whatever is typed, there is an answer.
    #[test]
    fn no_text_stops_the_program(text in "[p9. <>=%soferxact\u{e9}0/]{0,30}") {
        prop_assert!(parse_slo(&text, None).map_or_else(|message| !message.is_empty(), |slo| !slo.text.is_empty()));
    }
}
