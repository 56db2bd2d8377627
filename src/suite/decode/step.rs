//! Reads steps.
//!
//! Checks that a step does one thing; never knows which operations, identities or listeners there are.

use crate::base::distance::nearest;
use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::base::units::Nanos;
use crate::suite::ast::Spanned;
use crate::suite::ast::step::{
    AssertStep, AwaitStep, CallStep, ControlAction, ControlStep, Count, ListenerAnswer, ListenerStep, OperationRef, Payload,
    Poll, Repeat, RequestStep, Sending, Step, StepKind,
};
use crate::suite::decode::expect::step_key_hint;
use crate::suite::decode::matcher::Over;
use crate::suite::decode::{Decoder, Fields, Rule};
use crate::suite::template::{Part, Template, TemplateKind, TemplateValue};

/// The keys that say what a step does.
const ACTIONS: [&str; 8] = ["call", "request", "control", "listener", "await", "set", "assert", "parallel"];

/// What messages call a step of each action.
const STEP_WORDS: [&str; 8] = [
    "a `call` step",
    "a `request` step",
    "a `control` step",
    "a `listener` step",
    "an `await` step",
    "a `set` step",
    "an `assert` step",
    "a `parallel` step",
];

/// How long an `await` lasts where it does not say.
const WITHIN: Nanos = Nanos(5_000_000_000);

/// How long an `await` looks for a surplus where there is control, and it does not say.
const QUIET: Nanos = Nanos(150_000_000);

impl Decoder<'_> {
    /// The steps of a list that must not be empty.
    pub(super) fn steps(&mut self, node: &Node, what: &str) -> Vec<Step> {
        let items = self.list(node, what);
        if items.is_empty() && node.items().is_some() {
            self.fault(Rule::Value, node.span, format!("{what} is empty"), Some("write one step at least".to_owned()));
        }
        let mut steps = Vec::new();
        for item in items {
            match self.step(item) {
                Some(step) => steps.push(step),
                None => self.lose(item),
            }
        }
        steps
    }

    /// Keeps the names that a step which cannot be read would have left behind.
    fn lose(&mut self, node: &Node) {
        for members in ["capture", "collect", "set"].into_iter().filter_map(|key| node.get(key)?.members()) {
            self.lost_names.extend(members.iter().map(|(key, _)| key.text.clone()));
        }
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let mut fields = self.object(node, "a step")?;
        let action = self.action(&fields)?;
        fields.what = ACTIONS.iter().zip(STEP_WORDS).find(|(a, _)| **a == action).map_or(fields.what, |(_, words)| words);
        let name = fields.take("name").and_then(|n| self.text(n)).map(|t| t.value);
        let note = fields.take("note").and_then(|n| self.text(n)).map(|t| t.value);
        let subject = fields.take(action)?;
        let kind = match action {
            "call" => self.call(subject, &mut fields).map(|c| StepKind::Call(Box::new(c))),
            "request" => self.request(subject, &mut fields).map(|r| StepKind::Request(Box::new(r))),
            "control" => self.control(subject, &mut fields).map(|c| StepKind::Control(Box::new(c))),
            "listener" => self.listener(subject, &mut fields).map(StepKind::Listener),
            "await" => self.awaiting(subject, &mut fields).map(|a| StepKind::Await(Box::new(a))),
            "set" => Some(StepKind::Set(self.set(subject))),
            "assert" => self.assertion(subject, &mut fields).map(|a| StepKind::Assert(Box::new(a))),
            _ => Some(StepKind::Parallel(self.steps(subject, "`parallel`"))),
        };
        let title_hint = self.title(action, subject, node);
        fields.finish_with(self, |key| if ACTIONS.contains(&key) { None } else { step_key_hint(key, "step") });
        Some(Step { kind: kind?, name, note, title_hint, span: node.span })
    }

    /// The one key that says what the step does.
    fn action(&mut self, fields: &Fields<'_>) -> Option<&'static str> {
        let found: Vec<_> =
            fields.keys().filter_map(|key| ACTIONS.into_iter().find(|a| *a == key.text).map(|a| (a, key.span))).collect();
        match found.as_slice() {
            [(action, _)] => Some(action),
            [(first, _), (second, span), ..] => {
                let message = format!("a step does one thing, and `{first}` and `{second}` are two");
                self.error("suite/step", *span, message, Some("make them two steps".to_owned()));
                None
            }
            [] => {
                let near = fields.keys().find_map(|key| nearest(&key.text, ACTIONS).map(|action| (key, action)));
                match near {
                    Some((key, action)) => self.fault(
                        Rule::UnknownKey,
                        key.span,
                        format!("unknown key `{}` in a step", key.text),
                        Some(format!("did you mean `{action}`?")),
                    ),
                    None => {
                        let hint = format!("begin with one of `{}`", ACTIONS.join("`, `"));
                        self.error("suite/step", fields.span, "a step that does nothing", Some(hint));
                    }
                }
                None
            }
        }
    }

    fn title(&self, action: &str, subject: &Node, node: &Node) -> String {
        let named = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
        match (action, &subject.data) {
            ("await", Data::String(listener)) => format!("await {listener}: {}", named("callback")),
            ("parallel", Data::Array(steps)) => format!("{} steps at the same time", steps.len()),
            ("set", Data::Object(members)) => {
                let names: Vec<&str> = members.iter().map(|(key, _)| key.text.as_str()).collect();
                format!("set {}", names.join(", "))
            }
            (_, Data::String(text)) => format!("{action} {}", text.split_whitespace().collect::<Vec<_>>().join(" ")),
            _ => action.to_owned(),
        }
    }

    pub(super) fn call(&mut self, subject: &Node, fields: &mut Fields<'_>) -> Option<CallStep> {
        let operation = self.operation(subject);
        let path = fields.take("path").map(|n| self.parameters(n, "`path`")).unwrap_or_default();
        let given_examples = match fields.take("given") {
            None => false,
            Some(given) if given.as_str() == Some("examples") => true,
            Some(given) => {
                self.fault(Rule::Value, given.span, "what is given can only be `examples`", None);
                false
            }
        };
        let send = self.sending(fields, subject.span, false);
        Some(CallStep { operation: operation?, path, given_examples, send })
    }

    fn operation(&mut self, node: &Node) -> Option<OperationRef> {
        let template = self.template(node)?;
        let Some(text) = template.as_literal() else { return Some(OperationRef::Template(template)) };
        let operation = OperationRef::parse(text.trim(), node.span);
        if let OperationRef::Id(id) = &operation
            && (id.value.is_empty() || id.value.contains(char::is_whitespace))
        {
            let hint = "write an operationId, or a method and a path of the spec: POST /signatures";
            self.fault(Rule::Value, node.span, format!("`{}` names no operation", id.value), Some(hint.to_owned()));
            return None;
        }
        Some(operation)
    }

    fn request(&mut self, subject: &Node, fields: &mut Fields<'_>) -> Option<RequestStep> {
        let line = self.request_line(subject);
        let send = self.sending(fields, subject.span, true);
        let (method, target) = line?;
        Some(RequestStep { method, target, send })
    }

    fn request_line(&mut self, node: &Node) -> Option<(Template, Template)> {
        let hint = || Some("write a method and a path: GET ${base}/signatures/1".to_owned());
        let text = self.text(node)?.value;
        let Some((method, target)) = text.trim().split_once(char::is_whitespace) else {
            self.fault(Rule::Value, node.span, format!("`{text}` is not a method and a path"), hint());
            return None;
        };
        let target = target.trim_start();
        let at = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        let piece = |this: &mut Self, part: &str| {
            let start = this.offset(node.span, &text, at(part));
            let end = this.offset(node.span, &text, at(part) + part.len());
            this.template_of(part, Span::new(start, end.max(start)))
        };
        let (method, target) = (piece(self, method)?, piece(self, target)?);
        if let Some(word) = method.as_literal()
            && (word.is_empty() || !word.chars().all(|c| c.is_ascii_uppercase() || c == '-'))
        {
            let upper = word.to_ascii_uppercase();
            self.fault(
                Rule::Value,
                method.span,
                format!("`{word}` is not a method"),
                Some(format!("write it in capitals: {upper}")),
            );
            return None;
        }
        let rooted = matches!(target.parts.first(), Some(Part::Variable { .. }))
            || matches!(target.parts.first(), Some(Part::Text(text)) if text.starts_with('/'));
        if !rooted {
            self.fault(Rule::Value, target.span, "a path begins with `/` or `${base}`", hint());
            return None;
        }
        Some((method, target))
    }

    /// `repeat` or `poll`.
    fn repetition(&mut self, fields: &mut Fields<'_>) -> (Option<Repeat>, Option<Poll>) {
        let repeat = fields.entry("repeat").and_then(|(_, n)| self.repeat(n));
        let poll = fields.entry("poll");
        if let (Some((key, _)), Some(_)) = (poll, &repeat) {
            let hint = "poll in a step of its own".to_owned();
            self.error("suite/contradiction", key.span, "a step is either repeated or polled", Some(hint));
        }
        (repeat, poll.and_then(|(_, n)| self.poll(n)))
    }

    /// What `call` and `request` share.
    fn sending(&mut self, fields: &mut Fields<'_>, step: Span, form_allowed: bool) -> Sending {
        let query = fields.take("query").map(|n| self.parameters(n, "`query`")).unwrap_or_default();
        let headers = fields.take("headers").map(|n| self.parameters(n, "`headers`")).unwrap_or_default();
        let cookies = fields.take("cookies").map(|n| self.parameters(n, "`cookies`")).unwrap_or_default();
        let payload = self.payload(fields, form_allowed);
        let auth = fields.take("auth").and_then(|n| self.auth(n));
        let (repeat, poll) = self.repetition(fields);
        let expect = fields.take("expect");
        let expect = self.expect(expect, step);
        let capture = fields.take("capture");
        let capture = self.captures(capture, true);
        let collect = fields.take("collect");
        let collect = self.collects(collect);
        Sending { query, headers, cookies, payload, auth, repeat, poll, expect, capture, collect }
    }

    fn payload(&mut self, fields: &mut Fields<'_>, form_allowed: bool) -> Option<Payload> {
        let (body, raw) = (fields.entry("body"), fields.entry("raw"));
        let form = if form_allowed { fields.entry("form") } else { None };
        let content_type = fields.entry("content_type");
        let mut written: Vec<_> = [body, raw, form].into_iter().flatten().map(|(key, _)| key).collect();
        written.sort_by_key(|key| key.span.start);
        if let [first, second, ..] = written.as_slice() {
            let message = format!("`{}` and `{}` are two bodies", first.text, second.text);
            self.error("suite/contradiction", second.span, message, Some("keep one of them".to_owned()));
        }
        if let (Some((key, _)), None, None) = (content_type, raw, body) {
            let hint = "it says what the body is: write the body too".to_owned();
            self.error("suite/contradiction", key.span, "`content_type` goes with `body` or `raw`", Some(hint));
        }
        let content_type = content_type.and_then(|(_, n)| self.template(n));
        if let Some((_, node)) = body {
            return Some(Payload::Value { value: self.value(node), content_type });
        }
        if let Some((_, node)) = raw {
            return self.template(node).map(|text| Payload::Raw { text, content_type });
        }
        form.map(|(_, node)| Payload::Form(self.parameters(node, "`form`")))
    }

    fn repeat(&mut self, node: &Node) -> Option<Repeat> {
        let mut fields = self.object(node, "`repeat`")?;
        let times = fields.require(self, "times").and_then(|n| self.number(n, 1));
        let concurrently = fields.take("concurrently").map_or(Some(false), |n| self.boolean(n));
        fields.finish(self);
        Some(Repeat { times: times?, concurrently: concurrently?, span: node.span })
    }

    fn poll(&mut self, node: &Node) -> Option<Poll> {
        let mut fields = self.object(node, "`poll`")?;
        let every = fields.require(self, "every").and_then(|n| self.duration(n));
        let within = fields.require(self, "within").and_then(|n| self.duration(n));
        let until = fields.require(self, "until").map(|n| self.body(n, "`until`"));
        fields.finish(self);
        Some(Poll { every: every?, within: within?, until: until?, span: node.span })
    }

    fn control(&mut self, subject: &Node, fields: &mut Fields<'_>) -> Option<ControlStep> {
        let action = self.word(subject, "control action", &ControlAction::ALL, ControlAction::key);
        let with = fields.take("with");
        if let Some(action) = action {
            self.control_keys(action, with, subject.span);
        }
        let with = with.map(|n| self.parameters(n, "`with`")).unwrap_or_default();
        let (repeat, poll) = self.repetition(fields);
        if let (Some(poll), Some(action)) = (&poll, action)
            && !matches!(action, ControlAction::Clock | ControlAction::Deliveries)
        {
            let hint = "`clock` and `deliveries` only read".to_owned();
            self.error("suite/contradiction", poll.span, "an action that changes something is not polled", Some(hint));
        }
        let expect = fields.take("expect");
        let expect = self.expect(expect, subject.span);
        let capture = fields.take("capture");
        let capture = self.captures(capture, true);
        let collect = fields.take("collect");
        let collect = self.collects(collect);
        Some(ControlStep { action: Spanned::new(action?, subject.span), with, repeat, poll, expect, capture, collect })
    }

    /// What an action is given: which keys it needs, and whether it takes others.
    fn control_keys(&mut self, action: ControlAction, with: Option<&Node>, subject: Span) {
        let (needed, open): (&'static [&'static str], bool) = match action {
            ControlAction::Advance => (&["by"], false),
            ControlAction::SetClock => (&["to"], false),
            ControlAction::Clock | ControlAction::Reset => (&[], false),
            ControlAction::Event => (&[], true),
            ControlAction::Notification => (&["partnerId", "entity", "event"], true),
            ControlAction::Deliveries => (&["partnerId"], false),
            ControlAction::Allow => (&["host"], false),
            ControlAction::Faults => (&[], true),
        };
        let Some(with) = with else {
            if !needed.is_empty() || open {
                let hint = match needed {
                    [] => "write what it is given under `with`".to_owned(),
                    needed => format!("write with: {{{}: ...}}", needed.join(": ..., ")),
                };
                self.fault(Rule::MissingKey, subject, format!("`{}` needs `with`", action.key()), Some(hint));
            }
            return;
        };
        let Some(mut fields) = self.object(with, "`with`") else { return };
        for key in needed {
            fields.require(self, key);
        }
        match (action, with.get("by"), with.members()) {
            (ControlAction::Advance, Some(by), _) if by.as_str().is_none_or(|text| !text.contains("${")) => {
                self.duration(by);
            }
            (ControlAction::Faults, _, Some(members)) => {
                for (_, state) in members {
                    if !state.as_str().is_some_and(|text| matches!(text, "on" | "off") || text.contains("${")) {
                        self.fault(Rule::Value, state.span, "a fault is `on` or `off`", None);
                    }
                }
            }
            _ => {}
        }
        if !open {
            fields.finish(self);
        }
    }

    fn listener(&mut self, subject: &Node, fields: &mut Fields<'_>) -> Option<ListenerStep> {
        let listener = self.text(subject);
        let respond = fields.require(self, "respond").map(|n| self.answers(n));
        Some(ListenerStep { listener: listener?, respond: respond? })
    }

    fn answers(&mut self, node: &Node) -> Vec<ListenerAnswer> {
        let items = if node.items().is_some() { self.list(node, "`respond`") } else { std::slice::from_ref(node) };
        if items.is_empty() {
            self.fault(Rule::Value, node.span, "`respond` is empty", Some("write one answer at least".to_owned()));
        }
        items.iter().filter_map(|item| self.answer(item)).collect()
    }

    fn answer(&mut self, node: &Node) -> Option<ListenerAnswer> {
        let Data::Object(_) = &node.data else {
            return Some(ListenerAnswer { status: self.answer_status(node)?, after: Nanos(0), span: node.span });
        };
        let mut fields = self.object(node, "an answer of a listener")?;
        let status = fields.require(self, "status").and_then(|n| self.answer_status(n));
        let after = fields.take("after").map_or(Some(Nanos(0)), |n| self.duration(n));
        fields.finish(self);
        Some(ListenerAnswer { status: status?, after: after?, span: node.span })
    }

    /// A status to answer with, or `None` inside for `close`.
    fn answer_status(&mut self, node: &Node) -> Option<Option<u16>> {
        match &node.data {
            Data::String(text) if text == "close" => Some(None),
            Data::Number(n) if n.as_u64().is_some_and(|n| (200..600).contains(&n)) => {
                Some(n.as_u64().and_then(|n| u16::try_from(n).ok()))
            }
            _ => {
                let hint = "an answer is a status such as 503, `close`, or {status: 204, after: 1500ms}";
                let found = self.raw(node.span).lines().next().unwrap_or_default().to_owned();
                self.fault(Rule::Value, node.span, format!("`{found}` is not an answer of a listener"), Some(hint.to_owned()));
                None
            }
        }
    }

    fn awaiting(&mut self, subject: &Node, fields: &mut Fields<'_>) -> Option<AwaitStep> {
        let listener = self.text(subject);
        let callback = fields.require(self, "callback").and_then(|n| self.callback(n));
        let spec = fields.take("spec").and_then(|n| self.text(n));
        let matching = fields.take("match").map(|n| self.body(n, "`match`")).unwrap_or_default();
        let count = fields.take("count").map_or(Some(Count { min: 1, max: None, span: subject.span }), |n| self.count(n));
        let within = fields.take("within").map_or(Some(WITHIN), |n| self.duration(n));
        let quiet = fields.take("quiet").map_or(Some(QUIET), |n| self.duration(n));
        let respond = fields.take("respond").map(|n| self.answers(n)).unwrap_or_default();
        let expect = fields.take("expect");
        let expect = self.await_expect(expect, subject.span);
        let capture = fields.take("capture");
        let capture = self.captures(capture, false);
        let collect = fields.take("collect");
        let collect = self.collects(collect);
        Some(AwaitStep {
            listener: listener?,
            callback: callback?,
            spec,
            matching,
            count: count?,
            within: within?,
            quiet: quiet?,
            respond,
            expect,
            capture,
            collect,
        })
    }

    fn count(&mut self, node: &Node) -> Option<Count> {
        if !matches!(node.data, Data::Object(_)) {
            let exact = self.number(node, 0)?;
            return Some(Count { min: exact, max: Some(exact), span: node.span });
        }
        let mut fields = self.object(node, "`count`")?;
        let max_node = fields.take("max");
        let max = max_node.map(|n| self.number(n, 0));
        // Nothing at all never passes for "at most two"; it must be asked for.
        let default = u32::from(max != Some(Some(0)));
        let min = fields.take("min").map_or(Some(default), |n| self.number(n, 0));
        fields.finish(self);
        let count = Count { min: min?, max: max.map_or(Some(None), |m| m.map(Some))?, span: node.span };
        if count.max.is_some_and(|max| max < count.min) {
            self.fault(Rule::Value, node.span, "`max` is less than `min`", None);
            return None;
        }
        Some(count)
    }

    fn set(&mut self, subject: &Node) -> Vec<(Spanned<String>, TemplateValue)> {
        let entries = self.entries(subject, "`set`");
        entries.iter().map(|(key, node)| (self.variable_name(key), self.value(node))).collect()
    }

    fn assertion(&mut self, subject: &Node, fields: &mut Fields<'_>) -> Option<AssertStep> {
        let value = self.value(subject);
        if matches!(value.kind, TemplateKind::Literal(_)) {
            let hint = "name a remembered value: \"${ids}\"".to_owned();
            self.warning("suite/constant-assert", subject.span, "this judges a value that never changes", Some(hint));
        }
        let is = fields.require(self, "is").and_then(|n| self.matcher(n, Over::Values));
        let as_check = self.as_check(fields);
        let requirement = fields.take("requirement").and_then(|n| self.text(n));
        Some(AssertStep { value, is: is?, as_check, requirement })
    }
}
