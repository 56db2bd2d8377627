//! Monitor plans, whole and broken, through the front door.
//!
//! Whole texts in, plans or diagnostics out; never looks into the decoder.

mod broken;

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::base::units::{Nanos, Rate, Share};
use crate::model::availability::{DownRule, Level};
use crate::suite::ast::monitor::{ALERT_NAMES, AlertHow, AlertState, MonitorPlan, ProbeLimits};
use crate::suite::ast::step::OperationRef;
use crate::suite::{load_monitor, parse_down, parse_target};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

pub(in crate::suite::decode) const WHOLE: &str = include_str!("../../../../tests/fixtures/monitor-all-features.yaml");

/// A plan whose operations are down by the minute, and of which little is said.
pub(in crate::suite::decode) const MINUTES: &str = r"
monitor: by the minute
spec: openapi.yaml
probes: [{call: getSignature, every: 10s}]
down: {bad_minutes: 50%}
";

const CHECKS: [&str; 1] = ["body.expected"];

const S: u64 = 1_000_000_000;

/// What is read of a text, and the diagnostics, each as `line:column code message | hint`.
pub(in crate::suite::decode) fn plan(text: &str) -> (Option<MonitorPlan>, Vec<String>) {
    let (plan, faults) = load_monitor(&Source::new("plan.yaml", text), &CHECKS);
    let shown = |d: Diagnostic| {
        let (line, column) = d.place.map_or((0, 0), |p| p.line_column());
        format!("{line}:{column} {} {} | {}", d.code, d.message, d.hint.unwrap_or_default())
    };
    (plan, faults.into_iter().map(shown).collect())
}

/// The plans that the document shows; a part of one in a plan that has nothing else.
pub(in crate::suite::decode) fn documented() -> Vec<String> {
    let document = include_str!("../../../../docs/monitor.md");
    let blocks = document.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let (plans, parts): (Vec<&str>, Vec<&str>) = blocks.partition(|block| block.contains("\nmonitor: "));
    assert!(!plans.is_empty() && !parts.is_empty());
    let head = "monitor: m\nspec: s.yaml\nprobes: [{call: a, every: 10s}]\n";
    plans.into_iter().map(str::to_owned).chain(parts.into_iter().map(|part| format!("{head}{part}"))).collect()
}

fn good(text: &str) -> MonitorPlan {
    match plan(text) {
        (Some(plan), faults) if faults.is_empty() => plan,
        (_, faults) => panic!("{faults:#?}"),
    }
}

fn level(text: &str) -> Level {
    Level::parse(text).unwrap()
}

#[test]
fn the_plan_with_every_feature_loads_without_a_word() {
    let plan = good(WHOLE);
    assert_eq!((plan.title.value.as_str(), plan.whole), ("every feature of the language", true));
    assert_eq!(
        plan.suite.as_ref().map(|s| (s.value.as_str(), plan.place(s.span).to_string())),
        Some(("suite-all-features.yaml", "plan.yaml:4:8".to_owned()))
    );
    let captured: Vec<&str> =
        plan.before.iter().flat_map(|b| b.value.send.capture.iter()).map(|c| c.name.value.as_str()).collect();
    assert_eq!((captured, plan.spec.is_none()), (vec!["first"], true));
    let times: Vec<_> = plan.probes.iter().map(|p| (p.every.value, p.jitter.value, p.most_jitter(), p.longest())).collect();
    let of = |every, jitter, most, longest| (Nanos(every), Share(jitter), Nanos(most), Nanos(longest));
    assert_eq!(
        times,
        [
            of(6 * S, 0, 0, 6 * S),
            of(5 * S, 5_000, 5 * S / 2, 5 * S / 2),
            of(6 * S, 1_000, 6 * S / 10, 54 * S / 10),
            of(6 * S, 1_000, 6 * S / 10, 54 * S / 10),
        ]
    );
    let first = &plan.probes[0];
    let lengths = (first.timeout.as_ref().map(|t| t.value), first.slow.as_ref().map(|s| s.value));
    assert_eq!(lengths, (Some(Nanos(2 * S)), Some(Nanos(750_000_000))));
    let names: Vec<Option<&str>> = plan.probes.iter().map(|p| p.name.as_ref().map(|n| n.value.as_str())).collect();
    assert_eq!(names, [None, Some("the first proposal"), None, Some("raw")]);
    assert!(matches!(&plan.probes[1].call.operation, OperationRef::Route { path, .. } if path == "/proposals/{proposalId}"));
    assert_eq!(plan.down.value, DownRule::EBA);
    assert_eq!((plan.limits.rate, plan.limits.concurrency), (Rate(10.0), Some(16)));
    assert_eq!(plan.length.as_ref().map(|l| l.value), Some(Nanos(90 * 86_400 * S)));
}

#[test]
fn targets_are_said_in_parts_or_in_a_sentence() {
    let plan = good(WHOLE);
    let shown: Vec<String> = plan.targets.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["99.9%", "99.95% of GET /proposals/{proposalId} over 30d", "99.999% of getSignature over 7d"]);
    let place = |index: usize| plan.targets[index].operation.as_ref().map(|o| plan.place(o.span).to_string());
    assert_eq!(place(1).as_deref(), Some("plan.yaml:41:16"));
    assert_eq!(plan.targets[1].over.as_ref().map(|o| plan.place(o.span).to_string()).as_deref(), Some("plan.yaml:41:49"));
    assert_eq!(plan.targets[2].availability, level("99.999%"));
}

#[test]
fn alerts_keep_their_templates() {
    let plan = good(WHOLE);
    let states: Vec<&[AlertState]> = plan.alerts.iter().map(|a| a.on.as_slice()).collect();
    assert_eq!(states, [&[AlertState::Down, AlertState::Up][..], &[AlertState::Burn], &[AlertState::Gap]]);
    let AlertHow::Command(arguments) = &plan.alerts[0].how else { panic!("{:?}", plan.alerts[0]) };
    let names: Vec<&str> = arguments.iter().flat_map(|a| a.variables()).map(|(name, _)| name).collect();
    assert_eq!((arguments.len(), names), (3, vec!["monitor", "operation", "state", "since"]));
    let AlertHow::Webhook { url, secret: Some(secret) } = &plan.alerts[1].how else { panic!("{:?}", plan.alerts[1]) };
    let names: Vec<&str> = url.variables().chain(secret.variables()).map(|(name, _)| name).collect();
    assert_eq!(names, ["secret.path", "secret.ops"]);
    assert!(matches!(&plan.alerts[2].how, AlertHow::Webhook { secret: None, .. }));
    let all: Vec<String> = ALERT_NAMES.iter().map(|name| format!("'${{{name}}}'")).collect();
    good(&format!("{MINUTES}alerts: [{{on: [down, up, gap], command: [echo, {}]}}]\n", all.join(", ")));
}

#[test]
fn little_has_to_be_said() {
    let plan = good(MINUTES);
    assert_eq!(plan.down.value, DownRule::BadMinutes { share: Share(5_000) });
    assert_eq!((plan.limits, plan.limits.rate), (ProbeLimits::default(), Rate(50.0)));
    assert!(plan.length.is_none() && plan.targets.is_empty() && plan.alerts.is_empty() && plan.before.is_empty());
    assert_eq!((plan.probes[0].jitter.value, plan.probes[0].timeout.is_none()), (Share(1_000), true));
    let every = MINUTES.replace(
        "probes: [{call: getSignature, every: 10s}]\ndown: {bad_minutes: 50%}",
        "every: 20s\nprobes: [{call: a}, {call: b, every: 5s}]",
    );
    let plan = good(&every);
    assert_eq!(plan.probes.iter().map(|p| p.every.value).collect::<Vec<_>>(), [Nanos(20 * S), Nanos(5 * S)]);
    assert_eq!(plan.down.value, DownRule::AnyFailed);
}

#[test]
fn rules_are_read_from_one_line() {
    for (text, rule) in [
        ("any", DownRule::AnyFailed),
        ("eba", DownRule::EBA),
        ("5 within 30s", DownRule::EBA),
        (" 3  within 90s ", DownRule::Consecutive { failures: 3, within: Nanos(90 * S) }),
        ("bad_minutes 12.5%", DownRule::BadMinutes { share: Share(1_250) }),
    ] {
        assert_eq!(parse_down(text), Ok(rule), "{text}");
        let read = good(&MINUTES.replace("{bad_minutes: 50%}", &format!("'{text}'")).replace("every: 10s", "every: 5s"));
        assert_eq!(read.down.value, rule, "{text}");
    }
    for (text, why) in [
        ("", "does not say when"),
        ("anny", "did you mean `any`?"),
        ("3 in 90s", "does not say when"),
        ("0 within 90s", "`0` is no number of failed probes"),
        ("1001 within 90s", "`1001` is no number of failed probes"),
        ("3 within 0s", "says no time"),
        ("3 within 400d", "says no time"),
        ("3 within 90", "is not a duration"),
        ("bad_minutes 0%", "nothing has to fail"),
        ("bad_minutes 101%", "is not between"),
    ] {
        let refused = parse_down(text).expect_err(text);
        assert!(refused.contains(why), "{text}: {refused}");
    }
}

#[test]
fn targets_are_read_from_one_line() {
    let parts = |text: &str| {
        let target = parse_target(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        (target.availability, target.operation.map(|o| o.value), target.over.map(|o| o.value))
    };
    assert_eq!(parts("99.9%"), (level("99.9%"), None, None));
    assert_eq!(parts("99.9 % over 30d"), (level("99.9%"), None, Some(Nanos(30 * 86_400 * S))));
    assert_eq!(parts(" 100% of  GET /a  over PT2H "), (Level::ALL, Some("GET /a".to_owned()), Some(Nanos(7_200 * S))));
    for (text, why) in [
        ("", "nothing is promised here"),
        ("99.9", "is not a share"),
        ("0%", "nothing can miss"),
        ("99% of", "`of` names no operation"),
        ("99% of over 30d", "`of` names no operation"),
        ("99% over 30", "is not a duration"),
        ("99% over 0s", "lasts no time"),
        ("99% over 400d", "lasts longer than"),
        ("99% over 30d of a", "`of` has no place here"),
        ("99% for 30d", "`for` has no place here"),
    ] {
        let refused = parse_target(text).expect_err(text);
        assert!(refused.contains(why), "{text}: {refused}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is cut out, loading ends and every diagnostic can be shown.
    #[test]
    fn a_plan_with_a_hole_never_stops_the_program(start in 0_usize..1_760, length in 1_usize..40) {
        let cut: String = WHOLE.chars().enumerate().filter(|(i, _)| *i < start || *i >= start + length).map(|(_, c)| c).collect();
        let (plan, faults) = load_monitor(&Source::new("plan.yaml", cut), &CHECKS);
        prop_assert!(plan.is_some() || faults.has_errors());
        for fault in faults {
            prop_assert!(!fault.render(false).is_empty());
        }
    }

    /// A rule is refused exactly where so many probes cannot be due within its time.
    #[test]
    fn a_rule_is_refused_exactly_where_nothing_can_fulfil_it(failures in 1_u64..8, within in 1_u64..200, every in 1_u64..40) {
        let text = MINUTES.replace("10s", &format!("{every}s")).replace("{bad_minutes: 50%}", &format!("{{failures: {failures}, within: {within}s}}"));
        let refused = plan(&text).1.iter().any(|fault| fault.contains("monitor/never-down"));
        prop_assert_eq!(refused, (failures - 1) * every >= within);
    }

    /// A target that is shown is read as the same.
    #[test]
    fn a_target_is_read_as_it_is_shown(millionths in 1_u32..=1_000_000, days in 0_u64..=30, of in proptest::option::of("[a-z]{1,8}")) {
        let over = if days == 0 { String::new() } else { format!(" over {days}d") };
        let text = format!("{}{}{over}", Level::new(millionths).unwrap(), of.map(|o| format!(" of x{o}")).unwrap_or_default());
        let target = parse_target(&text).unwrap();
        prop_assert_eq!(parse_target(&target.to_string()), Ok(target));
    }
}
