//! Sees notifications come again: not before they are due, not later, and the same as before.
//!
//! Moves the clock where there is control, else waits. What a replay must be is for `check` to say.

use crate::base::units::Nanos;
use crate::check::delivery::{self, Context};
use crate::model::exchange::Exchange;
use crate::plan::PlannedAwait;
use crate::run::case::{CaseRun, Did};
use crate::run::mailbox::Arrived;
use crate::suite::ast::expect::Redelivery;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long before a replay's time the clock is stopped to see that it has not come; half of the time where that is shorter.
const BEFORE: Nanos = Nanos(5_000_000_000);
/// How long after a replay's time it must have come.
const AFTER: Nanos = Nanos(2_000_000_000);

/// Long enough for what is already on its way.
const A_MOMENT: Duration = Duration::from_millis(150);
/// A little more than a second of real time.
const A_SECOND: Duration = Duration::from_millis(1_020);

/// A notification whose replay is waited for, and the attempts of it that were there before.
struct Due {
    key: String,
    attempts: Vec<Arc<Arrived>>,
}

impl Due {
    fn first(&self) -> &Exchange {
        &self.attempts[0].exchange
    }
}

impl CaseRun {
    /// Sees every notification come again, not before and not later than it is due.
    pub(super) async fn redelivery(&self, wait: &PlannedAwait, context: Context<'_>, redelivery: &Redelivery, did: &mut Did) {
        let keys: BTreeSet<String> = self.matching(wait).0.iter().map(|a| a.key.clone()).collect();
        if keys.is_empty() {
            return did.judgement.cannot("no notification came, so none can come again");
        }
        for round in 0..redelivery.times {
            if let Err(reason) = self.round(wait, context, redelivery, &keys, round, did).await {
                return did.judgement.cannot(reason);
            }
            if !did.judgement.is_clean() {
                return;
            }
        }
        if redelivery.last {
            let due = self.due(wait, &keys);
            if let Err(reason) = self.until(wait, Nanos(2 * redelivery.after.0), did).await {
                return did.judgement.cannot(reason);
            }
            self.quiet(wait).await;
            if let Some(more) = self.beyond(wait, &due) {
                let expected = format!("nothing after {} replays", redelivery.times);
                did.judgement.findings.push(delivery::after_last(context, &more.exchange, expected));
            }
        }
    }

    async fn round(
        &self,
        wait: &PlannedAwait,
        context: Context<'_>,
        redelivery: &Redelivery,
        keys: &BTreeSet<String>,
        round: u32,
        did: &mut Did,
    ) -> Result<(), String> {
        let due = self.due(wait, keys);
        let newer: Vec<&str> = redelivery.newer.iter().map(|s| s.value.as_str()).collect();
        let before = BEFORE.0.min(redelivery.after.0 / 2);
        // The round before ended that long after its replay was due.
        let ahead = if round == 0 { 0 } else { AFTER.0 };
        self.until(wait, Nanos(redelivery.after.0.saturating_sub(before + ahead)), did).await?;
        // Times of attempts are told in whole seconds: where they are compared, the next one must be able to differ.
        self.listen_for(wait, if newer.is_empty() { wait.step.quiet.duration().min(A_MOMENT) } else { A_SECOND }).await;
        if let Some(early) = self.beyond(wait, &due) {
            let expected = format!("not before {}", redelivery.after);
            did.judgement.findings.push(delivery::off_schedule(context, &early.exchange, expected, "earlier"));
            return Ok(());
        }
        self.until(wait, Nanos(before + AFTER.0), did).await?;
        let deadline = Instant::now() + wait.step.within.duration();
        while Instant::now() < deadline
            && !due.iter().all(|d| self.again(wait, d).is_some())
            && self.renamed(wait, &due).is_none()
        {
            self.next_arrival(&wait.step.listener.value, deadline).await;
        }
        let same: Vec<&str> = redelivery.same.iter().map(|s| s.value.as_str()).collect();
        let mut late = Vec::new();
        for one in &due {
            if let Some(again) = self.again(wait, one) {
                let last = one.attempts.last().map_or(one.first(), |a| &a.exchange);
                did.judgement.findings.extend(delivery::newer(context, last, &again.exchange, &newer));
                let replay = delivery::replay(context, one.first(), &again.exchange, &same, redelivery.identical_body);
                did.judgement.findings.extend(replay);
            } else if let Some(other) = self.renamed(wait, &due).filter(|a| a.exchange.request.body == one.first().request.body) {
                did.judgement.findings.extend(delivery::replay(context, one.first(), &other.exchange, &["webhook-id"], false));
            } else {
                late.push(one);
            }
        }
        if !late.is_empty() {
            self.overdue(wait, context, redelivery.after, &late, did).await;
        }
        Ok(())
    }

    /// What did not come in time may come late, which is another fault than never.
    async fn overdue(&self, wait: &PlannedAwait, context: Context<'_>, after: Nanos, late: &[&Due], did: &mut Did) {
        if self.lane().control.is_some() && self.until(wait, after, did).await.is_ok() {
            self.quiet(wait).await;
        }
        for one in late {
            did.judgement.findings.push(if self.again(wait, one).is_some() {
                delivery::off_schedule(context, one.first(), format!("after {after}"), "later")
            } else {
                delivery::no_replay(context, one.first(), format!("a replay after {after}"))
            });
        }
    }

    /// Lets time pass: by moving the clock where there is control, else by waiting.
    async fn until(&self, wait: &PlannedAwait, by: Nanos, did: &mut Did) -> Result<(), String> {
        if self.lane().control.is_some() {
            did.exchanges.push(self.advance(by).await?);
        } else {
            let deadline = Instant::now() + by.duration();
            while Instant::now() < deadline {
                self.next_arrival(&wait.step.listener.value, deadline).await;
            }
        }
        Ok(())
    }

    /// Gives what may already be on its way the time to arrive.
    async fn quiet(&self, wait: &PlannedAwait) {
        self.listen_for(wait, wait.step.quiet.duration().min(A_MOMENT)).await;
    }

    async fn listen_for(&self, wait: &PlannedAwait, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.next_arrival(&wait.step.listener.value, until).await;
        }
    }

    /// The attempts so far of these notifications, in order of arrival.
    fn due(&self, wait: &PlannedAwait, keys: &BTreeSet<String>) -> Vec<Due> {
        let mut found: Vec<Due> = Vec::new();
        for attempt in self.attempts(&wait.step.listener.value).into_iter().filter(|a| keys.contains(&a.key)) {
            match found.iter_mut().find(|d| d.key == attempt.key) {
                Some(due) => due.attempts.push(attempt),
                None => found.push(Due { key: attempt.key.clone(), attempts: vec![attempt] }),
            }
        }
        found
    }

    /// The first attempt of a notification beyond those that were there before.
    fn again(&self, wait: &PlannedAwait, due: &Due) -> Option<Arc<Arrived>> {
        self.attempts(&wait.step.listener.value).into_iter().filter(|a| a.key == due.key).nth(due.attempts.len())
    }

    /// An attempt beyond those that were there before, under a known key or a new one of the same body.
    fn beyond(&self, wait: &PlannedAwait, due: &[Due]) -> Option<Arc<Arrived>> {
        due.iter().find_map(|d| self.again(wait, d)).or_else(|| self.renamed(wait, due))
    }

    /// An attempt that repeats the body of a known notification under another identifier.
    fn renamed(&self, wait: &PlannedAwait, due: &[Due]) -> Option<Arc<Arrived>> {
        let known = |a: &Arrived| due.iter().any(|d| d.key == a.key);
        let repeats = |a: &Arrived| due.iter().any(|d| d.first().request.body == a.exchange.request.body);
        self.matching(wait).0.into_iter().find(|a| !known(a) && repeats(a))
    }
}
