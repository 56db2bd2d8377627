//! The journeys of one event loop: what each sends next, and what it takes from its answers.
//!
//! Writes prepared requests, remembers, polls, repeats. Waits for nothing; the engine does.

use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::check::catalogue::BODY_EXPECTED;
use crate::check::expected::{Means, body_matches};
use crate::check::found::Judgement;
use crate::check::subject::{Fill, finding};
use crate::engine::{Answer, Ask, Judged, Next, Workload};
use crate::load::failures::Failures;
use crate::load::judge::{Judge, Judging, in_full};
use crate::load::script::{Act, Script, Scripts, Sending, Source};
use crate::load::tokens::Tokens;
use crate::load::triggers::Triggers;
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing};
use crate::model::http::{Request, Response};
use crate::model::load::LoadError;
use crate::net::lean::header_fields;
use crate::plan::PlannedSend;
use crate::request::capture::captured;
use crate::request::maker::Maker;
use crate::request::prepared::Prepared;
use crate::request::prepared::slot::{Held, SlotValue, Unfit};
use crate::request::prepared::slow::Once;
use crate::schema::SchemaSet;
use crate::suite::ast::load::Pick;
use crate::suite::template::{Scope, descend};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Judges by a schema written in a suite.
pub(super) fn by_schema(schema: &Value, value: &Value) -> Result<(), String> {
    SchemaSet::inline(schema)?.violations(value).into_iter().next().map_or(Ok(()), |violation| Err(violation.message))
}

/// One journey.
pub(super) struct Journey {
    script: usize,
    /// The act it is at.
    at: usize,
    n: u64,
    row: usize,
    scenario: usize,
    /// By slot, what it remembered; empty until it remembers something.
    held: Vec<Option<Held>>,
    remembered: BTreeMap<String, Value>,
    /// How often the act was repeated, and until when it is polled.
    repeated: u32,
    polled_until: Option<Nanos>,
    pause: Nanos,
    unique: Option<String>,
}

/// What one event loop does.
pub(super) struct Journeys {
    known: Known,
    judge: Judge,
    failures: Failures,
    triggers: Triggers,
    tokens: Arc<Tokens>,
    version: u64,
}

/// What requests are made of, apart from the journey itself.
struct Known {
    scripts: Arc<Scripts>,
    /// By slot, the token that stands there.
    current: Vec<Option<Held>>,
    tokens: BTreeMap<String, Held>,
    /// Wall time at the start of the run.
    began: Timestamp,
}

impl Journeys {
    pub(super) fn new(
        scripts: &Arc<Scripts>,
        tokens: &Arc<Tokens>,
        failures: Failures,
        triggers: Triggers,
        worker: usize,
    ) -> Self {
        let seed = scripts.world.seed.derive(&format!("worker {worker}"));
        let known = Known {
            scripts: Arc::clone(scripts),
            current: vec![None; scripts.slots.names().len()],
            tokens: BTreeMap::new(),
            began: scripts.world.clock.now(),
        };
        let judge = Judge::new(scripts.rules.iter().cloned(), scripts.planned.load.validate, seed);
        let mut journeys = Self { known, judge, failures, triggers, tokens: Arc::clone(tokens), version: 0 };
        journeys.take_tokens();
        journeys
    }

    fn take_tokens(&mut self) {
        let Some(tokens) = self.tokens.changed(&mut self.version) else { return };
        for (slot, name) in self.known.scripts.slots.names().iter().enumerate() {
            let identity = name.strip_prefix("auth.").and_then(|rest| rest.strip_suffix(".token"));
            self.known.current[slot] = identity.and_then(|i| tokens.get(i).cloned());
        }
        self.known.tokens = tokens;
    }
}

impl Scripts {
    /// Which script and row the `n`-th journey has; `None` where every scenario's rows are used up.
    fn choose(&self, n: u64) -> Option<(usize, usize, usize)> {
        let (first, own) = self.turns.of(n);
        let count = self.scenarios.len();
        (0..count).find_map(|step| {
            let scenario = (first + step) % count;
            let own = if step == 0 { own } else { n };
            let found = &self.scenarios[scenario];
            let row = match &found.rows {
                None => 0,
                Some((rows, _, Pick::Sequential)) => own % rows.len() as u64,
                Some((rows, _, Pick::Random)) => Seed(self.world.seed.derive("rows").0 ^ n).rng().next_u64() % rows.len() as u64,
                Some((rows, _, Pick::Unique)) if step == 0 && own < rows.len() as u64 => own,
                Some((_, _, Pick::Unique)) => return None,
            };
            let script = found.scripts[usize::try_from(own % found.scripts.len() as u64).ok()?];
            Some((scenario, script, usize::try_from(row).ok()?))
        })
    }
}

impl Journey {
    fn script<'s>(&self, scripts: &'s Scripts) -> &'s Script {
        &scripts.scripts[self.script]
    }

    fn sending<'s>(&self, scripts: &'s Scripts) -> Option<&'s Sending> {
        match self.script(scripts).acts.get(self.at)? {
            Act::Send(sending) => Some(sending),
            Act::Set(_) => None,
        }
    }

    fn remember(&mut self, scripts: &Scripts, name: &str, value: Value) {
        let names = scripts.slots.names();
        if self.held.is_empty() {
            self.held = vec![None; names.len()];
        }
        for (slot, known) in names.iter().enumerate() {
            let rest = known.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('.'));
            if let Some(rest) = rest {
                self.held[slot] = descend(&value, rest).map(Held::of);
            }
        }
        self.remembered.insert(name.to_owned(), value);
    }

    /// On to the next act.
    fn advance(&mut self) {
        self.at += 1;
        (self.repeated, self.polled_until, self.pause) = (0, None, Nanos(0));
    }

    /// Nothing more is done of it.
    fn end(&mut self) {
        self.at = usize::MAX;
    }
}

/// The names of one journey.
struct JourneyScope<'a> {
    known: &'a Known,
    journey: &'a Journey,
}

impl Scope for JourneyScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        let scripts = &self.known.scripts;
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        if let Some(value) = self.journey.remembered.get(first) {
            return descend(value, rest).cloned();
        }
        match (first, rest) {
            ("unique", "") => return Some(Value::String(unique(scripts, self.journey.n))),
            ("repeat", "index") => return Some(Value::from(self.journey.repeated)),
            ("data" | "row", column) => {
                if let Some((_, rows, _)) = &scripts.scenarios[self.journey.scenario].rows {
                    return rows.row(self.journey.row).get(rows.column(column)?).cloned();
                }
            }
            ("auth", rest) => {
                let token = rest.strip_suffix(".token").and_then(|identity| self.known.tokens.get(identity));
                if let Some(Held::Text(token)) = token {
                    return Some(Value::String(token.clone()));
                }
            }
            _ => {}
        }
        self.journey.script(scripts).fixed.lookup(name)
    }
}

/// A text that no other journey has, of this run or another.
fn unique(scripts: &Scripts, n: u64) -> String {
    format!("u{:016x}", Seed(scripts.world.salt ^ n).rng().next_u64())
}

impl Known {
    fn maker<'s>(&'s self, script: &'s Script) -> Maker<'s> {
        let (planned, world) = (&self.scripts.planned, &self.scripts.world);
        Maker {
            planned: &planned.plan.suites[script.case.suite],
            origins: &world.origins,
            environment: &world.environment,
            seed: world.seed,
            case: &script.case.id,
        }
    }

    /// The value of a slot for a journey.
    fn value_of<'v>(&'v self, slot: usize, journey: &'v Journey) -> SlotValue<'v> {
        let of = |held: Option<&'v Held>| held.map_or(SlotValue::Missing, Held::borrow);
        match &journey.script(&self.scripts).sources[slot] {
            Source::Token(_) => of(self.current[slot].as_ref()),
            Source::Data(column) => {
                let rows = self.scripts.scenarios[journey.scenario].rows.as_ref();
                of(rows.and_then(|(rows, _, _)| rows.get(journey.row)?.get(*column)))
            }
            Source::Unique => journey.unique.as_deref().map_or(SlotValue::Missing, SlotValue::Text),
            Source::Journey => of(journey.held.get(slot).and_then(Option::as_ref)),
        }
    }

    /// The request of the act a journey is at, made by hand.
    fn made(&self, journey: &Journey) -> Result<Once, String> {
        let script = journey.script(&self.scripts);
        let sending = journey.sending(&self.scripts).ok_or("there is nothing to send")?;
        let scope = JourneyScope { known: self, journey };
        Once::make(&self.maker(script), sending.send(script), &scope)
    }

    fn request_of(&self, journey: &Journey) -> Option<Request> {
        let sending = journey.sending(&self.scripts)?;
        if let Prepared::Ready(ready) = &sending.prepared
            && let Ok(request) = ready.parts(|slot| self.value_of(slot, journey))
        {
            return Some(request);
        }
        self.made(journey).ok().map(|once| once.parts())
    }

    /// Writes the request of the act a journey is at.
    fn write(&self, journey: &Journey, sending: &Sending, out: &mut Vec<u8>) -> Result<(), String> {
        if let Prepared::Ready(ready) = &sending.prepared {
            match ready.write(|slot| self.value_of(slot, journey), out) {
                Ok(()) => return Ok(()),
                Err(Unfit::Missing(slot)) => return Err(format!("`${{{}}}` holds nothing", self.scripts.slots.names()[slot])),
                Err(Unfit::Odd(_) | Unfit::Empty) => {}
            }
        }
        self.made(journey).map(|once| once.write(out))
    }

    fn exchange(&self, journey: &Journey, sending: &Sending, answer: &Answer<'_>) -> Option<Exchange> {
        Some(Exchange {
            id: ExchangeId(0),
            direction: Direction::Outbound,
            operation: Some(self.scripts.planned.operations[sending.operation].clone()),
            request: self.request_of(journey)?,
            result: Ok(response_of(answer)),
            timing: Timing { began: self.began + answer.sent.duration(), service: answer.service },
        })
    }

    /// Whether a polled body is as it is to become.
    fn became(&self, journey: &Journey, send: &PlannedSend, answer: &Answer<'_>) -> bool {
        let Some(poll) = &send.poll else { return true };
        let body: Option<Value> = serde_json::from_slice(answer.body).ok();
        let scope = JourneyScope { known: self, journey };
        body_matches(body.as_ref(), &poll.until, Means { scope: &scope, schemas: &by_schema })
    }
}

impl Workload for Journeys {
    type Journey = Journey;

    fn begin(&mut self, n: u64) -> Option<Journey> {
        let scripts = &*self.known.scripts;
        let (scenario, script, row) = scripts.choose(n)?;
        Some(Journey {
            script,
            at: 0,
            n,
            row,
            scenario,
            held: Vec::new(),
            remembered: BTreeMap::new(),
            repeated: 0,
            polled_until: None,
            pause: Nanos(0),
            unique: scripts.scripts[script].needs_unique.then(|| unique(scripts, n)),
        })
    }

    fn endpoint(&self, journey: &Journey) -> usize {
        let acts = self.known.scripts.scripts[journey.script].acts.get(journey.at..).unwrap_or_default();
        acts.iter()
            .find_map(|act| match act {
                Act::Send(sending) => Some(sending.endpoint),
                Act::Set(_) => None,
            })
            .unwrap_or_default()
    }

    fn next(&mut self, journey: &mut Journey, now: Nanos, out: &mut Vec<u8>) -> Next {
        let Self { known, failures, .. } = self;
        let scripts = &*known.scripts;
        loop {
            if journey.pause > Nanos(0) {
                return Next::Wait(std::mem::take(&mut journey.pause));
            }
            match scripts.scripts[journey.script].acts.get(journey.at) {
                None => return Next::Done,
                Some(Act::Set(values)) => {
                    for (name, value) in values {
                        let resolved = value.resolve(&JourneyScope { known, journey });
                        if let Ok(value) = resolved {
                            journey.remember(scripts, name, value);
                        }
                    }
                    journey.advance();
                }
                Some(Act::Send(sending)) => {
                    if let (None, Some(poll)) = (journey.polled_until, &sending.send(journey.script(scripts)).poll) {
                        journey.polled_until = Some(Nanos(now.0 + poll.within.0));
                    }
                    return match known.write(journey, sending, out) {
                        Ok(()) => Next::Send(Ask { operation: sending.operation, head: sending.head, fresh: sending.fresh }),
                        Err(why) => {
                            failures.unsendable(sending.operation, &why);
                            Next::Unsendable(sending.operation)
                        }
                    };
                }
            }
        }
    }

    fn request(&mut self, journey: &mut Journey) -> Option<Request> {
        self.known.request_of(journey)
    }

    fn answered(&mut self, journey: &mut Journey, answer: &Answer<'_>) -> Judged {
        let Self { known, judge, failures, triggers, .. } = self;
        let scripts = &*known.scripts;
        let Some(sending) = journey.sending(scripts) else { return Judged::Not };
        let Judging { judged, wrong } = judge.judge(sending.rules, answer, |rules| {
            let exchange = known.exchange(journey, sending, answer)?;
            let scope = JourneyScope { known, journey };
            let judgement = in_full(rules, &exchange, Means { scope: &scope, schemas: &by_schema });
            Some((exchange, judgement))
        });
        if let Some(wrong) = wrong {
            failures.tell(sending.operation, wrong.0, wrong.1);
        }
        if judged == Judged::Wrong {
            journey.end();
            return judged;
        }
        let trigger = (200..300).contains(&answer.status) && !sending.triggers.is_empty();
        if trigger {
            triggers.answered(&scripts.planned.callbacks, &sending.triggers, answer);
        }
        let send = sending.send(journey.script(scripts));
        if let Some(poll) = send.poll.as_ref().filter(|_| !known.became(journey, send, answer)) {
            if journey.polled_until.is_none_or(|until| answer.at < until) {
                journey.pause = poll.every;
                return judged;
            }
            let what = "the body did not become what it was polled for in time".to_owned();
            let missing = [(what, "what `until` says, within the time".to_owned())];
            return known.lacking(journey, sending, answer, &missing, failures, judged);
        }
        let missing = known.take(journey, send, answer);
        if !missing.is_empty() {
            return known.lacking(journey, sending, answer, &missing, failures, judged);
        }
        journey.repeated += 1;
        if send.repeat.is_none_or(|r| journey.repeated >= r.times) {
            journey.advance();
        } else if scripts.slots.index("repeat.index").is_some() {
            let index = serde_json::json!({ "index": journey.repeated });
            journey.remember(scripts, "repeat", index);
        }
        judged
    }

    fn failed(&mut self, journey: &mut Journey, _: LoadError) {
        journey.end();
    }

    fn tick(&mut self) {
        self.take_tokens();
        self.failures.flush();
        self.triggers.flush();
    }
}

/// A message, and what was expected instead.
type Lacking = (String, String);

impl Known {
    /// Takes from an answer what the journey remembers of it; what of it is not there.
    fn take(&self, journey: &mut Journey, send: &PlannedSend, answer: &Answer<'_>) -> Vec<Lacking> {
        let mut missing = Vec::new();
        if !send.capture.is_empty() {
            let response = response_of(answer);
            for capture in &send.capture {
                match captured(capture, &response) {
                    Some(value) => journey.remember(&self.scripts, &capture.name.value, value),
                    None => {
                        missing
                            .push((format!("nothing to remember as `{}`", capture.name.value), "a value to remember".to_owned()));
                    }
                }
            }
        }
        if !send.collect.is_empty() {
            let body: Value = serde_json::from_slice(answer.body).unwrap_or_default();
            for collect in &send.collect {
                let found: Vec<Value> = collect.path.select(&body).into_iter().map(|(_, v)| v.clone()).collect();
                journey.remember(&self.scripts, &collect.name.value, Value::Array(found));
            }
        }
        missing
    }

    /// An answer that the contract allows and the journey cannot go on with: it is wrong as far as answers are judged at all.
    fn lacking(
        &self,
        journey: &mut Journey,
        sending: &Sending,
        answer: &Answer<'_>,
        missing: &[Lacking],
        failures: &mut Failures,
        judged: Judged,
    ) -> Judged {
        if let Some(exchange) = self.exchange(journey, sending, answer) {
            let operation = self.scripts.rules[sending.rules].operation.as_deref();
            let mut judgement = Judgement::default();
            judgement.findings.extend(missing.iter().map(|(message, expected)| {
                finding(BODY_EXPECTED, message.as_str(), expected.as_str(), "absent").about(&exchange, operation)
            }));
            failures.tell(sending.operation, exchange, judgement);
        }
        journey.end();
        if judged == Judged::Not { judged } else { Judged::Wrong }
    }
}

fn response_of(answer: &Answer<'_>) -> Response {
    let fields = if answer.head.is_empty() { answer.fields.to_vec() } else { header_fields(answer.head) };
    Response { status: answer.status, headers: fields.into_iter().collect(), body: Bytes::copy_from_slice(answer.body) }
}
