//! The step that waits for deliveries at the case's own URLs.
//!
//! Waits until what is due is there and hands it to `check`. Decides nothing about right and wrong.

use crate::base::pointer::Pointer;
use crate::check::delivery::{self, Context, Notification};
use crate::check::expected::{self, Means};
use crate::check::subject::{Body, Subject};
use crate::model::http::Response;
use crate::plan::{PlannedAwait, PlannedStep};
use crate::request::names::resolve;
use crate::run::case::{CaseRun, Did, by_schema};
use crate::run::mailbox::{Arrived, is_for};
use crate::suite::matcher::MatchFault;
use crate::suite::template::Scope;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

impl CaseRun {
    /// Those that an `await` means, in order of arrival, and how many others there are.
    pub(super) fn matching(&self, wait: &PlannedAwait) -> (Vec<Arc<Arrived>>, usize) {
        let names = self.names();
        let means = Means { scope: &names, schemas: &by_schema };
        let all = self.attempts(&wait.step.listener.value);
        let before = all.len();
        let meant: Vec<_> = all
            .into_iter()
            .filter(|a| {
                is_for(&wait.operation, &a.exchange) && expected::body_matches(a.body.as_ref(), &wait.step.matching, means)
            })
            .collect();
        let others = before - meant.len();
        (meant, others)
    }

    pub(super) async fn await_step(&self, step: &PlannedStep, wait: &PlannedAwait) -> Did {
        let mut did = Did::default();
        let name = &wait.step.listener.value;
        let context = Context { operation: Some(&wait.operation), cited: step.cited.as_ref() };
        let names = self.names();
        let used = wait.step.matching.iter().flat_map(|(_, matcher)| matcher.variables());
        if let Some((unknown, _)) = used.into_iter().find(|(name, _)| names.lookup(name).is_none()) {
            // Nothing would match, which must not pass for nothing having come.
            return Did::cannot(format!("`${{{unknown}}}` holds nothing"));
        }
        let deadline = Instant::now() + wait.step.within.duration();
        self.pull(name);
        while Instant::now() < deadline && !self.arrived(wait) {
            self.next_arrival(name, deadline).await;
        }
        if wait.step.count.max.is_some() {
            self.settle(name, wait, deadline).await;
        }
        self.judge_new(name, &mut did);
        let (meant, others) = self.matching(wait);
        let notifications = delivery::group(meant.iter().map(|a| &*a.exchange));
        let before = did.judgement.findings.len();
        if notifications.len() < wait.step.count.min as usize {
            let mut missing = delivery::missing(context, wait.step.count.min, notifications.len(), wait.step.within, others);
            missing.exchange = did.exchanges.last().copied();
            did.judgement.findings.push(missing);
        }
        if let Some(most) = wait.step.count.max {
            did.judgement.findings.extend(delivery::surplus(context, most, &notifications));
        }
        if did.judgement.findings.len() == before {
            self.judge_notifications(wait, context, &notifications, &mut did);
        }
        if let Some(first) = notifications.first().and_then(|n| n.attempts.first())
            && did.judgement.is_clean()
        {
            self.take_delivery(&wait.step.capture, first, &mut did);
        }
        for collect in &wait.step.collect {
            let found = notifications
                .iter()
                .filter_map(Notification::body)
                .flat_map(|b| collect.path.select(&b).into_iter().map(|(_, v)| v.clone()).collect::<Vec<_>>())
                .collect();
            self.collect(&collect.name.value, found);
        }
        if let Some(redelivery) = &wait.step.expect.redelivery
            && did.judgement.is_clean()
        {
            self.redelivery(wait, context, redelivery, &mut did).await;
            self.judge_new(name, &mut did);
        }
        did
    }

    fn arrived(&self, wait: &PlannedAwait) -> bool {
        let (meant, _) = self.matching(wait);
        let notifications = delivery::group(meant.iter().map(|a| &*a.exchange));
        // With nothing to come, the wait for a surplus is what remains.
        if notifications.len() < wait.step.count.min as usize {
            return false;
        }
        let Some(attempts) = &wait.step.expect.attempts else { return true };
        let names = self.names();
        notifications.iter().all(|n| {
            let made = json!(n.attempts.len());
            attempts.test(&[(Pointer::root(), &made)], true, &names, &by_schema).is_ok()
        })
    }

    /// Waits out the time in which a surplus would come.
    async fn settle(&self, name: &str, wait: &PlannedAwait, deadline: Instant) {
        let controlled = self.lane().control.is_some();
        let end = |seen: Instant| if controlled { seen + wait.step.quiet.duration() } else { deadline };
        let mut until = end(Instant::now());
        let mut count = self.attempts(name).len();
        loop {
            self.next_arrival(name, until).await;
            let now = self.attempts(name).len();
            if now > count {
                count = now;
                until = end(Instant::now()).min(deadline);
            }
            if Instant::now() >= until {
                return;
            }
        }
    }

    fn judge_notifications(&self, wait: &PlannedAwait, context: Context<'_>, notifications: &[Notification<'_>], did: &mut Did) {
        let names = self.names();
        let means = Means { scope: &names, schemas: &by_schema };
        let expect = &wait.step.expect;
        let (header_check, body_check) = expected::ids(expect.as_check.as_ref());
        let response = Response::new(0);
        for notification in notifications {
            let Some(first) = notification.attempts.first() else { continue };
            let body = Body::read(&first.request.headers, &first.request.body);
            let subject = Subject {
                exchange: first,
                request: &first.request,
                response: &response,
                body: &body,
                operation: context.operation,
                cited: context.cited,
            };
            expected::headers(&subject, &first.request.headers, &expect.headers, header_check, means, &mut did.judgement);
            expected::body(&subject, body.json(), &expect.body, body_check, means, &mut did.judgement);
            if let Some(attempts) = &expect.attempts {
                let judged = |made: usize| attempts.test(&[(Pointer::root(), &json!(made))], true, means.scope, means.schemas);
                let made = notification.attempts.len();
                if let Err(fault) = judged(made) {
                    let wanted = match fault {
                        MatchFault::Mismatch(mismatch) => mismatch.expected,
                        other => expected::match_fault(&other),
                    };
                    // More attempts would have done: then some are missing, else there are too many.
                    let fewest = (made + 1..made + 16).find(|n| judged(*n).is_ok()).unwrap_or(made);
                    did.judgement.findings.extend(delivery::wrong_attempts(context, notification, wanted, fewest));
                }
            }
        }
        if let Some(path) = &expect.order {
            did.judgement.findings.extend(delivery::order(context, path, notifications));
        }
        if let Some((path, values)) = &expect.sequence {
            match values.iter().map(|v| resolve(v, &names)).collect::<Result<Vec<_>, _>>() {
                Ok(wanted) => did.judgement.findings.extend(delivery::sequence(context, path, &wanted, notifications)),
                Err(reason) => did.judgement.cannot(reason),
            }
        }
    }
}
