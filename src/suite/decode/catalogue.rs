//! Reads what a suite declares once: error codes, events, lifecycles, invariants, requirements, the gate.
//!
//! Checks declarations against each other; never against a contract.

use crate::base::diagnostic::Severity;
use crate::base::distance::did_you_mean;
use crate::base::tree::{Data, Key, Node};
use crate::base::units::Share;
use crate::model::coverage::Dimension;
use crate::suite::ast::Spanned;
use crate::suite::ast::catalogue::{
    CallbackRef, ErrorCatalogue, ErrorCode, ErrorRule, EventCatalogue, Gate, Invariant, InvariantRule, Lifecycle, OperationSet,
    RequirementDecl,
};
use crate::suite::decode::{Decoder, Rule};

impl Decoder<'_> {
    pub(super) fn errors(&mut self, node: &Node) -> Option<ErrorCatalogue> {
        let mut fields = self.object(node, "`errors`")?;
        let at = fields.require(self, "at").and_then(|n| self.path(n));
        let mut codes = Vec::new();
        if let Some(node) = fields.require(self, "codes") {
            for (key, rules) in self.entries(node, "`codes`") {
                let nodes = rules.items().unwrap_or(std::slice::from_ref(rules));
                let rules: Vec<ErrorRule> = nodes.iter().filter_map(|n| self.error_rule(n)).collect();
                if nodes.is_empty() {
                    self.fault(Rule::Value, key.span, format!("`{}` has no status", key.text), None);
                }
                codes.push(ErrorCode { code: Spanned::new(key.text.clone(), key.span), rules });
            }
        }
        fields.finish(self);
        Some(ErrorCatalogue { at: at?, codes })
    }

    fn error_rule(&mut self, node: &Node) -> Option<ErrorRule> {
        let mut fields = self.object(node, "an error code")?;
        let status = fields.require(self, "status").and_then(|n| self.status_set(n));
        let operations = fields.require(self, "operations").and_then(|n| self.operation_set(n));
        fields.finish(self);
        Some(ErrorRule { status: status?, operations: operations?, span: node.span })
    }

    fn operation_set(&mut self, node: &Node) -> Option<OperationSet> {
        match &node.data {
            Data::String(text) if text == "all" => Some(OperationSet::All),
            Data::Array(_) | Data::String(_) => Some(OperationSet::Named(self.texts(node))),
            _ => {
                self.wrong_kind(node, "`all` or a list of operationIds", None);
                None
            }
        }
    }

    /// `operationId.name`.
    pub(super) fn callback(&mut self, node: &Node) -> Option<CallbackRef> {
        let text = self.text(node)?;
        match text.value.split_once('.') {
            Some((operation, name)) if !operation.is_empty() && !name.is_empty() => {
                Some(CallbackRef { operation: operation.to_owned(), name: name.to_owned(), span: text.span })
            }
            _ => {
                let hint = "name the operation that declares it too: `registerCallback.notification`";
                self.fault(Rule::Value, text.span, format!("`{}` is not a callback", text.value), Some(hint.to_owned()));
                None
            }
        }
    }

    pub(super) fn events(&mut self, node: &Node) -> Option<EventCatalogue> {
        let mut fields = self.object(node, "`events`")?;
        let callback = fields.require(self, "callback").and_then(|n| self.callback(n));
        let by = fields.require(self, "by").map(|n| self.paths(n));
        let known = fields.require(self, "known");
        fields.finish(self);
        let by = by?;
        let mut events = Vec::new();
        for item in known.map(|n| self.list(n, "`known`")).unwrap_or_default() {
            let parts: Vec<_> = item.items().map_or_else(|| vec![item.to_value()], |i| i.iter().map(Node::to_value).collect());
            if parts.len() == by.len() {
                events.push(Spanned::new(parts, item.span));
            } else {
                let message = format!("this event has length {}, and `by` has {}", parts.len(), by.len());
                self.fault(Rule::Value, item.span, message, None);
            }
        }
        Some(EventCatalogue { callback: callback?, by, known: events })
    }

    /// The lifecycles, and the invariants among them.
    pub(super) fn lifecycles(&mut self, node: &Node) -> (Vec<Lifecycle>, Vec<Invariant>) {
        let entries = self.entries(node, "`lifecycles`");
        let is_lifecycle = |(key, _): &&(Key, Node)| key.text != "invariants";
        let lifecycles: Vec<_> = entries.iter().filter(is_lifecycle).filter_map(|(key, n)| self.lifecycle(key, n)).collect();
        let mut invariants = Vec::new();
        if let Some(node) = node.get("invariants") {
            for item in self.list(node, "`invariants`") {
                invariants.extend(self.invariant(item, &lifecycles));
            }
        }
        (lifecycles, invariants)
    }

    fn lifecycle(&mut self, key: &Key, node: &Node) -> Option<Lifecycle> {
        let mut fields = self.object(node, "a lifecycle")?;
        let of = fields.require(self, "of").and_then(|n| self.text(n));
        let when = fields.take("when").map(|n| self.body(n, "`when`")).unwrap_or_default();
        let id = fields.require(self, "id").and_then(|n| self.path(n));
        let scope = fields.take("scope").and_then(|n| self.path(n));
        let state = fields.require(self, "state").and_then(|n| self.path(n));
        let initial = fields.require(self, "initial").map(|n| self.texts(n)).unwrap_or_default();
        let mut transitions = Vec::new();
        if let Some(node) = fields.require(self, "transitions") {
            for (from, to) in self.entries(node, "`transitions`") {
                transitions.push((Spanned::new(from.text.clone(), from.span), self.texts(to)));
            }
        }
        let finals = fields.take("final").map(|n| self.texts(n)).unwrap_or_default();
        fields.finish(self);
        let name = Spanned::new(key.text.clone(), key.span);
        let lifecycle =
            Lifecycle { name, of: of?, when, id: id?, scope, state: state?, initial, transitions, finals, span: node.span };
        self.check_states(&lifecycle);
        Some(lifecycle)
    }

    /// Every state must be left by a transition or be final, and not both.
    fn check_states(&mut self, lifecycle: &Lifecycle) {
        let from: Vec<&str> = lifecycle.transitions.iter().map(|(from, _)| from.value.as_str()).collect();
        let finals: Vec<&str> = lifecycle.finals.iter().map(|s| s.value.as_str()).collect();
        for (state, next) in &lifecycle.transitions {
            if finals.contains(&state.value.as_str()) && !next.is_empty() {
                let message = format!("`{}` is final, and something follows it", state.value);
                self.error("suite/lifecycle", state.span, message, None);
            }
        }
        let targets: Vec<&Spanned<String>> = lifecycle.transitions.iter().flat_map(|(_, to)| to).collect();
        let reached =
            |state: &str| targets.iter().any(|t| t.value == state) || lifecycle.initial.iter().any(|s| s.value == state);
        let known = |state: &str| from.contains(&state) || finals.contains(&state);
        let all = from.iter().chain(&finals).copied();
        // Without a list of final states, a state that nothing follows is one.
        let must_be_known = |state: &Spanned<String>| !finals.is_empty() && !known(&state.value);
        for state in targets.iter().copied().chain(&lifecycle.initial).filter(|s| must_be_known(s)) {
            let hint = crate::base::distance::nearest(&state.value, all.clone()).map_or_else(
                || "list it under `final`, or say what follows it".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("nothing follows `{}`, and it is not final", state.value);
            self.error("suite/lifecycle", state.span, message, Some(hint));
        }
        let states = lifecycle.transitions.iter().map(|(from, _)| from).chain(&lifecycle.finals);
        for state in states.filter(|s| !reached(&s.value)) {
            self.warning("suite/lifecycle", state.span, format!("nothing leads to `{}`", state.value), None);
        }
    }

    fn invariant(&mut self, node: &Node, lifecycles: &[Lifecycle]) -> Option<Invariant> {
        let mut fields = self.object(node, "an invariant")?;
        let name = fields.require(self, "name").and_then(|n| self.text(n));
        let source = fields.take("source").and_then(|n| self.text(n)).map(|t| t.value);
        let requirement = fields.take("requirement").and_then(|n| self.text(n));
        let on = fields.require(self, "on").and_then(|n| self.text(n));
        let when = fields.take("when").map(|n| self.body(n, "`when`")).unwrap_or_default();
        let id = fields.entry("id").map(|(key, n)| (key.span, self.path(n)));
        let then = fields.entry("then").map(|(key, n)| (key.span, self.body(n, "`then`")));
        let unchanged = fields.entry("unchanged").map(|(_, n)| self.paths(n));
        fields.finish(self);
        let on = on?;
        let rule = match (then, unchanged) {
            (Some((_, body)), None) => {
                if let Some((span, _)) = id {
                    self.error("suite/contradiction", span, "`id` goes with `unchanged`", None);
                }
                InvariantRule::Then(body)
            }
            (None, Some(paths)) => {
                let lifecycle = lifecycles.iter().find(|l| l.of.value == on.value);
                let scope = lifecycle.and_then(|l| l.scope.clone());
                let id = match id {
                    Some((_, id)) => id,
                    None => {
                        let inherited = lifecycle.map(|l| l.id.clone());
                        if inherited.is_none() {
                            let hint = "say what tells one object from another: `id: $.id`".to_owned();
                            self.fault(Rule::MissingKey, node.span, "an invariant with `unchanged` needs `id`", Some(hint));
                        }
                        inherited
                    }
                };
                InvariantRule::Unchanged { id: id?, scope, paths }
            }
            (Some((span, _)), Some(_)) => {
                self.error(
                    "suite/contradiction",
                    span,
                    "an invariant has `then` or `unchanged`",
                    Some("make them two".to_owned()),
                );
                return None;
            }
            (None, None) => {
                self.fault(Rule::MissingKey, node.span, "an invariant needs `then` or `unchanged`", None);
                return None;
            }
        };
        Some(Invariant { name: name?, source, requirement, on, when, rule, span: node.span })
    }

    pub(super) fn requirements(&mut self, node: &Node) -> Vec<RequirementDecl> {
        let mut requirements = Vec::new();
        for (key, node) in self.entries(node, "`requirements`") {
            let Some(mut fields) = self.object(node, "a requirement") else { continue };
            let source = fields.require(self, "source").and_then(|n| self.text(n));
            let text = fields.require(self, "text").and_then(|n| self.text(n));
            fields.finish(self);
            // Declared all the same, so that one missing text does not make every citation unknown.
            requirements.push(RequirementDecl {
                id: Spanned::new(key.text.clone(), key.span),
                source: source.map(|s| s.value).unwrap_or_default(),
                text: text.map(|t| t.value).unwrap_or_default(),
            });
        }
        requirements
    }

    pub(super) fn gate(&mut self, node: &Node) -> Gate {
        let Some(mut fields) = self.object(node, "`gate`") else { return Gate::default() };
        let mut coverage = Vec::new();
        if let Some(node) = fields.take("coverage") {
            for (key, share) in self.entries(node, "`coverage`") {
                let dimension = Dimension::ALL.into_iter().find(|d| d.key() == key.text);
                if dimension.is_none() {
                    let hint = did_you_mean(&key.text, Dimension::ALL.map(Dimension::key));
                    self.fault(Rule::UnknownKey, key.span, format!("unknown key `{}` in `coverage`", key.text), hint);
                }
                let share = self.share(share);
                coverage.extend(dimension.zip(share).map(|(d, s)| (Spanned::new(d, key.span), s)));
            }
        }
        let severities = [Severity::Error, Severity::Warning];
        let fail_on = match fields.take("fail_on") {
            None => vec![Severity::Error],
            Some(node) => {
                let items = node.items().unwrap_or(std::slice::from_ref(node));
                items.iter().filter_map(|n| self.word(n, "severity", &severities, severity_key)).collect()
            }
        };
        fields.finish(self);
        Gate { coverage, fail_on }
    }

    pub(super) fn share(&mut self, node: &Node) -> Option<Share> {
        let hint = "a share is written 100% or 99.5%";
        let Data::String(text) = &node.data else {
            self.wrong_kind(node, "a share", Some(hint));
            return None;
        };
        match Share::parse(text) {
            Ok(share) => Some(share),
            Err(message) => {
                self.fault(Rule::Value, node.span, message, None);
                None
            }
        }
    }
}

fn severity_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
