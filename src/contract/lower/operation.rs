//! Lowers path items, operations, callbacks and what stands around them.
//!
//! What a message looks like is lowered in `message`, security and servers in `surroundings`. Takes checked documents and never
//! reports anything.

use crate::contract::lower::message::Messages;
use crate::contract::lower::spot::{Spot, Walk};
use crate::contract::lower::surroundings;
use crate::contract::model::{Callback, In, Operation, Parameter, SecurityAlternative};
use crate::contract::route::PathTemplate;
use serde_json::Value;
use std::sync::Arc;

/// Callbacks within callbacks beyond this depth are left away.
const DEEPEST_CALLBACK: usize = 8;

/// The methods that are fields of a path item.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

pub(in crate::contract) struct Operations<'w, 'a> {
    walk: &'w Walk<'a>,
    messages: Messages<'w, 'a>,
    /// What the document demands where an operation says nothing else.
    security: Vec<SecurityAlternative>,
}

impl<'w, 'a> Operations<'w, 'a> {
    pub(in crate::contract) fn new(walk: &'w Walk<'a>, document: &Spot<'a>) -> Self {
        Self { walk, messages: Messages::new(walk), security: surroundings::security(document).unwrap_or_default() }
    }

    /// Every operation of `paths`, in order.
    pub(in crate::contract) fn paths(&self, document: &Spot<'a>) -> Vec<Arc<Operation>> {
        let paths = document.get("paths");
        let items = paths.iter().flat_map(Spot::members).filter(|(path, _)| path.starts_with('/'));
        items.flat_map(|(path, item)| self.path_item(path, &item, 0)).collect()
    }

    /// What the API sends on its own.
    pub(in crate::contract) fn webhooks(&self, document: &Spot<'a>) -> Vec<Callback> {
        let webhooks = document.get("webhooks");
        let items = webhooks.iter().flat_map(Spot::members);
        let operations = items.flat_map(|(name, item)| self.path_item("/", &item, 1).into_iter().map(move |o| (name, o)));
        operations.map(|(name, operation)| Callback { name: name.to_owned(), expression: String::new(), operation }).collect()
    }

    /// The operations of a path item in the order written; those beside a `$ref` join the ones behind it.
    fn path_item(&self, path: &str, item: &Spot<'a>, depth: usize) -> Vec<Arc<Operation>> {
        let behind = item.node.get("$ref").and_then(|_| self.walk.follow(item.clone()));
        let mut operations: Vec<Operation> = Vec::new();
        for item in std::iter::once(item).chain(&behind) {
            let named = METHODS.iter().filter_map(|method| Some((method.to_ascii_uppercase(), item.get(method)?)));
            let others = item.get("additionalOperations");
            let others = others.iter().flat_map(Spot::members).map(|(method, operation)| (method.to_owned(), operation));
            for (method, operation) in named.chain(others).filter(|(_, o)| o.node.members().is_some()) {
                if !operations.iter().any(|o| o.method == method) {
                    operations.push(self.operation(method, path, item, &operation, depth));
                }
            }
        }
        operations.sort_by_key(|o| o.place.span);
        operations.into_iter().map(Arc::new).collect()
    }

    fn operation(&self, method: String, path: &str, item: &Spot<'a>, operation: &Spot<'a>, depth: usize) -> Operation {
        let own = surroundings::security(operation);
        let extensions = operation.extensions();
        let mut servers = surroundings::servers(operation);
        if servers.is_empty() {
            servers = surroundings::servers(item);
        }
        Operation {
            id: operation.text("operationId").map_or_else(|| format!("{method} {path}"), str::to_owned),
            path: PathTemplate::new(path),
            summary: operation.text("summary").map(str::to_owned),
            tags: operation.texts("tags"),
            parameters: self.parameters(item, operation),
            body: operation
                .get("requestBody")
                .and_then(|body| self.walk.follow(body))
                .map(|body| self.messages.request_body(&body)),
            responses: operation.get("responses").map(|r| self.messages.responses(&r)).unwrap_or_default(),
            callbacks: if depth < DEEPEST_CALLBACK { self.callbacks(operation, depth) } else { Vec::new() },
            security: own.unwrap_or_else(|| self.security.clone()),
            servers,
            read_once: extensions.iter().any(|(name, value)| name == "x-read-once" && *value == Value::Bool(true)),
            deprecated: operation.flag("deprecated") == Some(true),
            extensions,
            place: self.walk.place(operation),
            method,
        }
    }

    /// Those of the path item and of the operation, the latter winning.
    fn parameters(&self, item: &Spot<'a>, operation: &Spot<'a>) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = Vec::new();
        let written = item.items("parameters").into_iter().chain(operation.items("parameters"));
        for parameter in written.filter_map(|p| self.walk.follow(p)).filter_map(|p| self.messages.parameter(&p)) {
            match parameters.iter_mut().find(|p| p.name == parameter.name && p.location == parameter.location) {
                Some(earlier) => *earlier = parameter,
                None => parameters.push(parameter),
            }
        }
        // Ignored by the specification, since other parts of it say what these fields are.
        let ignored = |name: &str| ["accept", "content-type", "authorization"].iter().any(|i| i.eq_ignore_ascii_case(name));
        parameters.retain(|p| p.location != In::Header || !ignored(&p.name));
        parameters
    }

    fn callbacks(&self, operation: &Spot<'a>, depth: usize) -> Vec<Callback> {
        let mut callbacks = Vec::new();
        for (name, callback) in self.walk.each(operation, "callbacks") {
            for (expression, item) in callback.members() {
                let suffix = expression.rfind('}').map_or(expression, |end| &expression[end + 1..]);
                let path = if suffix.is_empty() { "/" } else { suffix };
                callbacks.extend(self.path_item(path, &item, depth + 1).into_iter().map(|operation| Callback {
                    name: name.to_owned(),
                    expression: expression.to_owned(),
                    operation,
                }));
            }
        }
        callbacks
    }
}
