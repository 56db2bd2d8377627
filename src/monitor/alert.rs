//! What is told to whoever wants to know: that an operation is down, that it no longer is, that nothing is known of it, that a budget is
//! spent too fast.
//!
//! Pure: says what is to be told and tells nobody. Never tells of the same outage, or of the same haste, twice.

use crate::base::units::Nanos;
use crate::model::availability::{MonitorEvent, State, Target};
use crate::monitor::budget::{AlertRule, Urgency};
use crate::suite::ast::monitor::{ALERT_NAMES, AlertState};
use crate::window::spans::Stretch;
use jiff::Timestamp;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The probe's name, or `all`.
    pub operation: String,
    /// What it is about.
    pub state: AlertState,
    /// When that is known.
    pub at: Timestamp,
    /// Since when it is so, or was so.
    pub since: Timestamp,
    /// A sentence that says all of it.
    pub text: String,
}

impl Alert {
    /// What the names of [`ALERT_NAMES`] mean in it, in that order; the others are names of the watch.
    #[must_use]
    pub fn values(&self, monitor: &str, environment: &str) -> [(&'static str, String); 7] {
        let [operation, state, at, since, text, of, within] = ALERT_NAMES;
        [
            (operation, self.operation.clone()),
            (state, self.state.word().to_owned()),
            (at, self.at.to_string()),
            (since, self.since.to_string()),
            (text, self.text.clone()),
            (of, monitor.to_owned()),
            (within, environment.to_owned()),
        ]
    }
}

/// Turns what happens into what is told.
#[derive(Clone, Debug)]
pub struct Teller {
    names: Vec<String>,
    targets: Vec<Target>,
    /// By operation, since when it is down, where that was told.
    down: Vec<Option<Timestamp>>,
    /// By target, what was told of its haste and still is so.
    burning: Vec<Vec<AlertRule>>,
}

impl Teller {
    /// Tells of these operations, by the names of their probes, and of these targets. `down` says by operation since when it is down as
    /// an earlier session has told already.
    #[must_use]
    pub fn new(names: Vec<String>, targets: Vec<Target>, mut down: Vec<Option<Timestamp>>) -> Self {
        down.resize(names.len(), None);
        let burning = vec![Vec::new(); targets.len()];
        Self { names, targets, down, burning }
    }

    /// What there is to tell of an event, known at an instant. `counts` says whether any of a stretch of time of an operation counts: of
    /// what is not known of closed hours nobody is told.
    pub fn heard(&mut self, event: &MonitorEvent<'_>, at: Timestamp, counts: impl Fn(usize, Stretch) -> bool) -> Option<Alert> {
        match *event {
            MonitorEvent::IncidentBegan { operation, from } => {
                let name = self.names.get(operation)?.clone();
                let down = self.down.get_mut(operation)?;
                if down.is_some() {
                    return None;
                }
                *down = Some(from);
                let outside = Stretch::new(from, at).filter(|so_far| !counts(operation, *so_far));
                let note = outside.map_or("", |_| ", outside its window");
                let text = format!("{name} is down since {from}{note}");
                Some(Alert { operation: name, state: AlertState::Down, at, since: from, text })
            }
            MonitorEvent::Changed { operation, at, after: State::Up | State::Degraded, .. } => {
                let name = self.names.get(operation)?.clone();
                let since = self.down.get_mut(operation)?.take()?;
                let took = Stretch::new(since, at).map_or(Nanos(0), |down| down.length());
                let text = format!("{name} is no longer down: it was for {took} since {since}");
                Some(Alert { operation: name, state: AlertState::Up, at, since, text })
            }
            MonitorEvent::Gap { operation, from, to } => {
                let name = self.names.get(operation)?.clone();
                let gap = Stretch::new(from, to).filter(|gap| counts(operation, *gap))?;
                let text = format!("nothing is known of {name} for {} from {from} to {to}", gap.length());
                Some(Alert { operation: name, state: AlertState::Gap, at, since: from, text })
            }
            _ => None,
        }
    }

    /// What there is to tell of a target, whose alerts are due at an instant: the most urgent of those that were not due before.
    pub fn looked(&mut self, target: usize, due: &[AlertRule], at: Timestamp) -> Option<Alert> {
        let (meant, burning) = (self.targets.get(target)?, self.burning.get_mut(target)?);
        let new = due.iter().find(|rule| !burning.contains(rule)).copied();
        *burning = due.to_vec();
        let rule = new?;
        let name = meant.operation.and_then(|index| self.names.get(index)).map_or("all", String::as_str).to_owned();
        let asks = match rule.urgency {
            Urgency::Page => "somebody should look now",
            Urgency::Ticket => "somebody should look within days",
        };
        let rate = format!("{}.{}", rule.tenths / 10, rule.tenths % 10);
        let text = format!(
            "the budget of {} for {name} is being spent more than {rate} times too fast, over {} and still over {}: {asks}",
            meant.availability, rule.long, rule.short
        );
        let since = crate::monitor::figures::earlier(at, rule.long);
        Some(Alert { operation: name, state: AlertState::Burn, at, since, text })
    }
}

#[cfg(test)]
mod tests {
    use super::Teller;
    use crate::model::availability::{Level, MonitorEvent, State, Target};
    use crate::monitor::budget::ALERTS;
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second")
    }

    fn changed(before: Option<State>, after: State, second: i64) -> MonitorEvent<'static> {
        MonitorEvent::Changed { operation: 0, at: at(second), before, after }
    }

    fn told(teller: &mut Teller, events: &[MonitorEvent<'_>], second: i64) -> Vec<String> {
        events.iter().filter_map(|event| teller.heard(event, at(second), |_, gap| gap.from >= at(0))).map(|a| a.text).collect()
    }

    #[test]
    fn an_outage_is_told_once_and_its_end_once() {
        let mut teller = Teller::new(vec!["getOrder".to_owned()], Vec::new(), Vec::new());
        let began = MonitorEvent::IncidentBegan { operation: 0, from: at(10) };
        let down = [changed(Some(State::Up), State::Down, 12), began];
        assert_eq!(told(&mut teller, &down, 12), ["getOrder is down since 1970-01-01T00:00:10Z"]);
        // Nobody watched for a while, and it still is down: that is no other outage, and none that ended.
        let ended = MonitorEvent::IncidentEnded { operation: 0, from: at(10), to: at(20), failed: 3 };
        let gap = MonitorEvent::Gap { operation: 0, from: at(20), to: at(90) };
        let again = MonitorEvent::IncidentBegan { operation: 0, from: at(90) };
        let resumed = [ended, gap, changed(None, State::Down, 90), again];
        let text = "nothing is known of getOrder for 70s from 1970-01-01T00:00:20Z to 1970-01-01T00:01:30Z";
        assert_eq!(told(&mut teller, &resumed, 90), [text]);
        let up = [changed(Some(State::Down), State::Degraded, 100)];
        assert_eq!(told(&mut teller, &up, 100), ["getOrder is no longer down: it was for 90s since 1970-01-01T00:00:10Z"]);
        assert!(told(&mut teller, &[changed(Some(State::Degraded), State::Up, 110)], 110).is_empty());
    }

    #[test]
    fn what_an_earlier_session_told_is_not_told_again() {
        let mut teller = Teller::new(vec!["a".to_owned()], Vec::new(), vec![Some(at(5))]);
        assert!(told(&mut teller, &[MonitorEvent::IncidentBegan { operation: 0, from: at(50) }], 50).is_empty());
        let up = [changed(None, State::Up, 65)];
        assert_eq!(told(&mut teller, &up, 65), ["a is no longer down: it was for 60s since 1970-01-01T00:00:05Z"]);
    }

    #[test]
    fn closed_hours_are_no_gap_and_said_of_an_outage() {
        let mut teller = Teller::new(vec!["a".to_owned()], Vec::new(), Vec::new());
        let closed = MonitorEvent::Gap { operation: 0, from: at(-60), to: at(-30) };
        assert!(told(&mut teller, &[closed], -30).is_empty());
        let down = [MonitorEvent::IncidentBegan { operation: 0, from: at(-20) }];
        assert_eq!(told(&mut teller, &down, -10), ["a is down since 1969-12-31T23:59:40Z, outside its window"]);
    }

    #[test]
    fn haste_is_told_when_it_begins_and_when_it_becomes_another() {
        let target = Target { availability: Level::parse("99.9%").expect("a level"), operation: None, over: None };
        let mut teller = Teller::new(vec!["a".to_owned()], vec![target], Vec::new());
        let alert = teller.looked(0, &ALERTS[..1], at(7_200)).expect("it is new");
        assert_eq!((alert.operation.as_str(), alert.since), ("all", at(3_600)));
        let text = "the budget of 99.9% for all is being spent more than 14.4 times too fast, over 60min and still over 5min: \
                    somebody should look now";
        assert_eq!(alert.text, text);
        assert_eq!(teller.looked(0, &ALERTS[..1], at(7_260)), None);
        assert!(teller.looked(0, &ALERTS[..2], at(7_320)).is_some_and(|alert| alert.text.contains("6.0 times")));
        assert_eq!(teller.looked(0, &[], at(7_380)), None);
        assert!(teller.looked(0, &ALERTS[..1], at(7_440)).is_some(), "it had ended");
    }
}
