//! Which names the templates of a step use, and which names it leaves behind.
//!
//! Lists them; never decides whether they are defined: the decoder does.

use crate::base::source::Span;
use crate::suite::ast::Spanned;
use crate::suite::ast::expect::{
    AwaitExpect, BodyExpectation, Capture, Collect, Expect, ExpectedDenied, ExpectedStatus, HeaderExpectation,
};
use crate::suite::ast::step::{AuthChoice, CallStep, OperationRef, Parameters, Payload, Sending, Step, StepKind};
use crate::suite::matcher::Matcher;
use crate::suite::template::{Template, TemplateValue};

/// A name with its place.
pub type Use<'a> = (&'a str, Span);

impl Step {
    /// The names that templates of this step use, each with its place; those of inner steps are left out.
    #[must_use]
    pub fn variables(&self) -> Vec<Use<'_>> {
        let mut uses = Uses(Vec::new());
        match &self.kind {
            StepKind::Call(call) => uses.call(call),
            StepKind::Request(request) => {
                uses.template(&request.method);
                uses.template(&request.target);
                uses.sending(&request.send);
            }
            StepKind::Control(control) => {
                uses.parameters(&control.with);
                uses.expect(&control.expect);
            }
            StepKind::Await(awaiting) => {
                uses.body(&awaiting.matching);
                uses.await_expect(&awaiting.expect);
            }
            StepKind::Set(values) => uses.parameters(values),
            StepKind::Assert(assert) => {
                uses.value(&assert.value);
                uses.matcher(&assert.is);
            }
            StepKind::Listener(_) | StepKind::Parallel(_) => {}
        }
        uses.0
    }

    /// The names that this step leaves behind, each with its place; those of inner steps are left out.
    #[must_use]
    pub fn defines(&self) -> Vec<&Spanned<String>> {
        let (capture, collect): (&[Capture], &[Collect]) = match &self.kind {
            StepKind::Call(call) => (&call.send.capture, &call.send.collect),
            StepKind::Request(request) => (&request.send.capture, &request.send.collect),
            StepKind::Control(control) => (&control.capture, &control.collect),
            StepKind::Await(awaiting) => (&awaiting.capture, &awaiting.collect),
            StepKind::Set(values) => return values.iter().map(|(name, _)| name).collect(),
            StepKind::Listener(_) | StepKind::Assert(_) | StepKind::Parallel(_) => (&[], &[]),
        };
        capture.iter().map(|c| &c.name).chain(collect.iter().map(|c| &c.name)).collect()
    }
}

impl CallStep {
    /// The names that its templates use, each with its place.
    #[must_use]
    pub fn variables(&self) -> Vec<Use<'_>> {
        let mut uses = Uses(Vec::new());
        uses.call(self);
        uses.0
    }
}

struct Uses<'a>(Vec<Use<'a>>);

impl<'a> Uses<'a> {
    fn template(&mut self, template: &'a Template) {
        self.0.extend(template.variables());
    }

    fn value(&mut self, value: &'a TemplateValue) {
        self.0.extend(value.variables());
    }

    fn matcher(&mut self, matcher: &'a Matcher) {
        self.0.extend(matcher.variables());
    }

    fn parameters(&mut self, parameters: &'a Parameters) {
        parameters.iter().for_each(|(_, value)| self.value(value));
    }

    fn body(&mut self, body: &'a BodyExpectation) {
        body.iter().for_each(|(_, matcher)| self.matcher(matcher));
    }

    fn headers(&mut self, headers: &'a HeaderExpectation) {
        headers.iter().for_each(|(_, matcher)| self.matcher(matcher));
    }

    fn call(&mut self, call: &'a CallStep) {
        if let OperationRef::Template(template) = &call.operation {
            self.template(template);
        }
        self.parameters(&call.path);
        self.sending(&call.send);
    }

    fn sending(&mut self, send: &'a Sending) {
        self.parameters(&send.query);
        self.parameters(&send.headers);
        self.parameters(&send.cookies);
        match &send.payload {
            Some(Payload::Value { value, content_type }) => {
                self.value(value);
                content_type.iter().for_each(|t| self.template(t));
            }
            Some(Payload::Raw { text, content_type }) => {
                self.template(text);
                content_type.iter().for_each(|t| self.template(t));
            }
            Some(Payload::Form(form)) => self.parameters(form),
            None => {}
        }
        match send.auth.as_ref().map(|a| &a.value) {
            Some(AuthChoice::Identity(t) | AuthChoice::Bearer(t) | AuthChoice::Header(t) | AuthChoice::Basic(t)) => {
                self.template(t);
            }
            Some(AuthChoice::None) | None => {}
        }
        if let Some(poll) = &send.poll {
            self.body(&poll.until);
        }
        self.expect(&send.expect);
    }

    fn expect(&mut self, expect: &'a Expect) {
        if let Some(ExpectedStatus::Template(template)) = expect.status.as_ref().map(|s| &s.value) {
            self.template(template);
        }
        if let Some(ExpectedDenied::Template(template)) = expect.denied.as_ref().map(|d| &d.value) {
            self.template(template);
        }
        expect.error.iter().for_each(|t| self.template(t));
        self.headers(&expect.headers);
        self.body(&expect.body);
        expect.time.iter().for_each(|m| self.matcher(m));
    }

    fn await_expect(&mut self, expect: &'a AwaitExpect) {
        self.headers(&expect.headers);
        self.body(&expect.body);
        if let Some((_, values)) = &expect.sequence {
            values.iter().for_each(|v| self.value(v));
        }
        expect.attempts.iter().for_each(|m| self.matcher(m));
    }
}
