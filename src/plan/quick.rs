//! A load plan without a file: one operation of a spec, called again and again.
//!
//! Takes what it needs from the spec's examples, and where there are none makes values that its schemas allow. Sends nothing.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::base::seed::Seed;
use crate::base::source::{Source, Span};
use crate::contract::Contract;
use crate::contract::model::{Direction, In, Operation, Parameter};
use crate::generate::{Wish, value};
use crate::suite::ast::expect::Expect;
use crate::suite::ast::load::{Arrival, LoadPlan, Scenario, ScenarioKind, Slo, Transport, Validate};
use crate::suite::ast::step::{AuthChoice, CallStep, OperationRef, Parameters, Payload, Sending};
use crate::suite::ast::{Spanned, Suite};
use crate::suite::template::{Template, TemplateValue};
use jiff::Timestamp;
use std::sync::Arc;

/// What was typed instead of a plan.
#[derive(Clone, Debug)]
pub struct Quick {
    /// The spec, as it was named.
    pub spec: String,
    /// The operation.
    pub operation: String,
    /// Who calls; nobody when `None`.
    pub identity: Option<String>,
    /// When calls begin.
    pub arrival: Arrival,
    /// How they are carried.
    pub transport: Transport,
    /// Which answers are judged.
    pub validate: Validate,
    /// What must hold.
    pub slos: Vec<Slo>,
}

/// A suite that says nothing beyond the spec.
#[must_use]
pub fn suite(spec: &str) -> Suite {
    Suite {
        source: Source::new("the command line", ""),
        title: "load".to_owned(),
        spec: Spanned::new(spec.to_owned(), Span::default()),
        also: Vec::new(),
        requires: Vec::new(),
        auth: None,
        errors: None,
        events: None,
        lifecycles: Vec::new(),
        invariants: Vec::new(),
        requirements: Vec::new(),
        cases: Vec::new(),
        gate: crate::suite::ast::catalogue::Gate::default(),
    }
}

/// The plan that was meant.
///
/// # Errors
/// When the spec has no such operation, or something it needs cannot be made.
pub fn plan(quick: &Quick, contract: &Contract, seed: Seed, now: Timestamp) -> Result<LoadPlan, Diagnostics> {
    let mut faults = Diagnostics::new();
    let words = Words { unknown: "load/unknown-operation", no_value: "load/no-value", instead: "a load plan" };
    let mut filler = Filler { contract, wish: Wish { seed, now, most: 1 }, words, faults: &mut faults };
    let made = filler.named(&quick.operation, quick.identity.as_deref());
    let Some((operation, call)) = made.filter(|_| !faults.has_errors()) else { return Err(faults) };
    let span = Span::default();
    Ok(LoadPlan {
        source: Source::new("the command line", ""),
        title: Spanned::new(operation.id.clone(), span),
        suite: None,
        spec: Some(Spanned::new(quick.spec.clone(), span)),
        before: Vec::new(),
        scenarios: vec![Scenario { what: ScenarioKind::Call(Box::new(call)), weight: 1, data: None, span }],
        arrival: quick.arrival.clone(),
        transport: quick.transport.clone(),
        validate: quick.validate,
        callbacks: Vec::new(),
        slos: quick.slos.clone(),
        aborts: Vec::new(),
    })
}

/// How it is said what is wrong.
pub(super) struct Words {
    /// The code where there is no such operation.
    pub(super) unknown: &'static str,
    /// The code where something cannot be made.
    pub(super) no_value: &'static str,
    /// What can be written instead.
    pub(super) instead: &'static str,
}

/// Makes calls of operations that are named alone.
pub(super) struct Filler<'a> {
    pub(super) contract: &'a Contract,
    pub(super) wish: Wish,
    pub(super) words: Words,
    pub(super) faults: &'a mut Diagnostics,
}

impl Filler<'_> {
    /// The operation of an id, or of a method and a path, and the call of it, without what cannot be made.
    pub(super) fn named(&mut self, name: &str, identity: Option<&str>) -> Option<(Arc<Operation>, CallStep)> {
        let Some(operation) = self.contract.operation(name).cloned() else {
            let known = self.contract.operations.iter().map(|o| o.id.as_str());
            let message = format!("{} has no operation `{name}`", self.contract.title);
            self.faults.push(Diagnostic::error(self.words.unknown, message).maybe_hint(did_you_mean(name, known)));
            return None;
        };
        let call = self.call(&operation, identity);
        Some((operation, call))
    }

    fn call(&mut self, operation: &Operation, identity: Option<&str>) -> CallStep {
        let span = Span::default();
        let of = |location| move |p: &&Parameter| p.location == location && (p.required || location == In::Path);
        let parameters = |location| operation.parameters.iter().filter(of(location)).cloned().collect::<Vec<_>>();
        let path = self.parameters(operation, &parameters(In::Path));
        let query = self.parameters(operation, &parameters(In::Query));
        let headers = self.parameters(operation, &parameters(In::Header));
        let cookies = self.parameters(operation, &parameters(In::Cookie));
        let payload = self.body(operation);
        let auth = identity.map_or(AuthChoice::None, |name| AuthChoice::Identity(Template::literal(name, span)));
        CallStep {
            operation: OperationRef::Id(Spanned::new(operation.id.clone(), span)),
            path,
            given_examples: true,
            send: Sending {
                query,
                headers,
                cookies,
                payload,
                auth: Some(Spanned::new(auth, span)),
                repeat: None,
                poll: None,
                expect: Expect::default(),
                capture: Vec::new(),
                collect: Vec::new(),
            },
        }
    }

    /// Values of the parameters that the spec gives no example of.
    fn parameters(&mut self, operation: &Operation, all: &[Parameter]) -> Parameters {
        let mut made = Vec::new();
        for parameter in all.iter().filter(|p| p.example.is_none()) {
            let found = parameter.schema.as_ref().and_then(|s| value(self.contract, s, Direction::Request, true, &self.wish));
            match found {
                Some(found) => {
                    let name = Spanned::new(parameter.name.clone(), Span::default());
                    made.push((name, TemplateValue::literal(found, Span::default())));
                }
                None => self.cannot(operation, &format!("the parameter `{}`", parameter.name)),
            }
        }
        made
    }

    /// A body, where one is required and the spec gives no example of it.
    fn body(&mut self, operation: &Operation) -> Option<Payload> {
        let body = operation.body.as_ref().filter(|b| b.required)?;
        if body.media.iter().any(|m| m.example.is_some() || !m.examples.is_empty()) {
            return None;
        }
        let made = body.media.iter().find_map(|media| {
            let value = value(self.contract, media.schema.as_ref()?, Direction::Request, true, &self.wish)?;
            Some((media, value))
        });
        let Some((media, value)) = made else {
            self.cannot(operation, "the body");
            return None;
        };
        Some(Payload::Value {
            value: TemplateValue::literal(value, Span::default()),
            content_type: Some(Template::literal(media.name.as_str(), Span::default())),
        })
    }

    fn cannot(&mut self, operation: &Operation, what: &str) {
        self.faults.push(
            Diagnostic::error(self.words.no_value, format!("no value can be made for {what} of {}", operation.id))
                .hint(format!("give the spec an example of it, or write {}", self.words.instead)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Quick, plan, suite};
    use crate::base::seed::Seed;
    use crate::base::source::Source;
    use crate::contract::load;
    use crate::suite::ast::load::{Arrival, ScenarioKind, Think, Transport, Validate};
    use crate::suite::ast::step::{AuthChoice, Payload};
    use jiff::Timestamp;

    const SPEC: &str = r#"openapi: 3.1.0
info: {title: Things, version: "1"}
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, pattern: "^t[0-9]{4}$"}}]
    get:
      operationId: readThing
      parameters:
        - {name: size, in: query, required: true, schema: {type: integer, minimum: 7, maximum: 7}}
        - {name: shown, in: query, required: true, example: all, schema: {type: string}}
        - {name: page, in: query, schema: {type: integer}}
      responses: {"200": {description: it}}
    put:
      operationId: setThing
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [n], properties: {n: {const: 3}}}}}}
      responses: {"204": {description: set}}
  /void:
    get:
      operationId: readVoid
      parameters: [{name: size, in: query, required: true, schema: {not: {}}}]
      responses: {"200": {description: nothing}}
    put:
      operationId: setVoid
      requestBody: {required: true, content: {application/json: {schema: {not: {}}}}}
      responses: {"204": {description: set}}
"#;

    /// The call that is made of what was typed, or every mistake with its hint.
    fn made(operation: &str, identity: Option<&str>) -> Result<Box<crate::suite::ast::step::CallStep>, Vec<String>> {
        let contract = load(&Source::new("things.yaml", SPEC), &|_| Err("no other file".to_owned().into())).0.unwrap();
        let quick = Quick {
            spec: "things.yaml".to_owned(),
            operation: operation.to_owned(),
            identity: identity.map(str::to_owned),
            arrival: Arrival::Closed { stages: Vec::new(), think: Think::default() },
            transport: Transport::default(),
            validate: Validate::All,
            slos: Vec::new(),
        };
        let shown = |faults: crate::base::diagnostic::Diagnostics| {
            faults
                .sorted()
                .iter()
                .map(|d| format!("{}: {} ({})", d.code, d.message, d.hint.clone().unwrap_or_default()))
                .collect()
        };
        let plan = plan(&quick, &contract, Seed(1), Timestamp::UNIX_EPOCH).map_err(|faults| -> Vec<String> { shown(faults) })?;
        assert_eq!((plan.scenarios.len(), plan.spec.as_ref().map(|s| s.value.as_str())), (1, Some("things.yaml")));
        match plan.scenarios.into_iter().next().map(|s| s.what) {
            Some(ScenarioKind::Call(call)) => Ok(call),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_required_and_has_no_example_is_made() {
        for named in ["readThing", "GET /things/{id}", "get /things/{id}"] {
            let call = made(named, None).unwrap();
            let names = |all: &crate::suite::ast::step::Parameters| all.iter().map(|(n, _)| n.value.clone()).collect::<Vec<_>>();
            assert_eq!((names(&call.path), names(&call.send.query)), (vec!["id".to_owned()], vec!["size".to_owned()]), "{named}");
            let id = call.path[0].1.as_literal().unwrap().as_str().unwrap().to_owned();
            assert!(id.len() == 5 && id.starts_with('t'), "{id}");
            assert_eq!(call.send.query[0].1.as_literal(), Some(&serde_json::json!(7)));
            assert!(call.given_examples);
            assert!(matches!(call.send.auth.as_ref().map(|a| &a.value), Some(AuthChoice::None)));
        }
        let call = made("setThing", Some("partner")).unwrap();
        match &call.send.payload {
            Some(Payload::Value { value, .. }) => assert_eq!(value.as_literal().map(|v| v["n"].clone()), Some(3.into())),
            other => panic!("{other:?}"),
        }
        assert!(matches!(call.send.auth.as_ref().map(|a| &a.value), Some(AuthChoice::Identity(_))));
    }

    #[test]
    fn what_is_not_there_or_cannot_be_made_is_said() {
        let fault = |operation| made(operation, None).err().unwrap_or_default().join("; ");
        assert_eq!(fault("readTing"), "load/unknown-operation: Things has no operation `readTing` (did you mean `readThing`?)");
        assert!(fault("GET /thing").starts_with("load/unknown-operation"));
        let hint = "(give the spec an example of it, or write a load plan)";
        assert_eq!(fault("readVoid"), format!("load/no-value: no value can be made for the parameter `size` of readVoid {hint}"));
        assert_eq!(fault("setVoid"), format!("load/no-value: no value can be made for the body of setVoid {hint}"));
    }

    #[test]
    fn its_suite_says_nothing_beyond_the_spec() {
        let suite = suite("things.yaml");
        assert!(suite.cases.is_empty() && suite.errors.is_none() && suite.lifecycles.is_empty() && suite.requires.is_empty());
    }
}
