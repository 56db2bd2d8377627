//! Reads which deliveries a load triggers and awaits.
//!
//! Checks forms; never knows which operations, callbacks and listeners there are.

use crate::base::tree::Node;
use crate::suite::ast::load::CallbackLoad;
use crate::suite::decode::{Decoder, Rule};
use crate::suite::path::Path;

impl Decoder<'_> {
    pub(super) fn load_callbacks(&mut self, node: &Node) -> Option<Vec<CallbackLoad>> {
        let items = self.list(node, "`callbacks`");
        let callbacks: Vec<_> = items.iter().filter_map(|item| self.load_callback(item)).collect();
        (callbacks.len() == items.len() && node.items().is_some()).then_some(callbacks)
    }

    fn load_callback(&mut self, node: &Node) -> Option<CallbackLoad> {
        let mut fields = self.object(node, "a callback")?;
        let trigger = fields.require(self, "trigger").and_then(|n| self.text(n));
        let id = fields.require(self, "id").and_then(|n| self.identifier(n));
        let listener = fields.require(self, "listener").and_then(|n| self.text(n));
        let callback = fields.require(self, "callback").and_then(|n| self.callback(n));
        let spec = fields.take("spec").map_or(Some(None), |n| self.text(n).map(Some));
        let matching = fields.take("match").map(|n| self.body(n, "`match`")).unwrap_or_default();
        let delivered_id = fields.require(self, "delivered_id").and_then(|n| self.identifier(n));
        let within = fields.require(self, "within").and_then(|n| self.length(n));
        fields.finish(self);
        for (name, span) in matching.iter().flat_map(|(_, matcher)| matcher.variables()) {
            self.check_plan_name(name, span, None);
        }
        Some(CallbackLoad {
            trigger: trigger?,
            id: id?,
            listener: listener?,
            callback: callback?,
            spec: spec?,
            matching,
            delivered_id: delivered_id?,
            within: within?,
            span: node.span,
        })
    }

    /// A path that selects one value: by more than one, no delivery belongs to one answer.
    fn identifier(&mut self, node: &Node) -> Option<Path> {
        let path = self.path(node)?;
        if !path.is_singular() {
            let hint = "name one value, such as `$.id`".to_owned();
            self.fault(Rule::Value, node.span, format!("`{path}` may select several values"), Some(hint));
            return None;
        }
        Some(path)
    }
}
