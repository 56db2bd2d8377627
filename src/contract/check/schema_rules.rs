//! What the keywords of one schema must not say together, and what a discriminator demands of the schemas around it.
//!
//! Looks at one schema and at what it names; circles are looked for in `document`.

use crate::base::distance::nearest;
use crate::base::pointer::Pointer;
use crate::base::tree::{Data, Node};
use crate::contract::check::{At, Checker};
use crate::contract::files::Loc;
use crate::contract::grammar::Version;
use std::sync::Arc;

/// Pairs of bounds of which the first must not be above the second.
const BOUNDS: &[(&str, &str)] = &[
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minimum", "maximum"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
];

impl Checker<'_> {
    pub(in crate::contract) fn schema_rules(&mut self, node: &Node, at: &At<'_>) {
        let is_true = |key: &str| matches!(node.get(key).map(|n| &n.data), Some(Data::Bool(true)));
        if is_true("readOnly")
            && let Some((key, _)) = node.entry("writeOnly").filter(|_| is_true("writeOnly"))
        {
            let place = self.spot(at, key.span);
            self.error("contract/schema", "a property cannot be both `readOnly` and `writeOnly`", place, None);
        }
        for (least, most) in BOUNDS {
            let number = |key| match node.get(key).map(|n| &n.data) {
                Some(Data::Number(n)) => n.as_f64(),
                _ => None,
            };
            if let (Some(low), Some(high)) = (number(least), number(most))
                && low > high
                && let Some((key, _)) = node.entry(least)
            {
                let place = self.spot(at, key.span);
                self.warn("contract/schema", format!("`{least}` is greater than `{most}`, so nothing conforms"), place, None);
            }
        }
        if let Some((key, discriminator)) = node.entry("discriminator") {
            self.discriminator(node, discriminator, &at.key(key));
        }
        self.xml(node, at);
        if self.version == Version::V30 {
            self.rules_30(node, at, is_true("nullable"));
        }
    }

    fn rules_30(&mut self, node: &Node, at: &At<'_>, nullable: bool) {
        let array = node.entry("type").filter(|(_, t)| t.as_str() == Some("array"));
        if let Some((key, _)) = array.filter(|_| node.get("items").is_none()) {
            let place = self.spot(at, key.span);
            let hint = Some("write `items: {}` where any item is allowed".to_owned());
            self.warn("contract/schema", "an array without `items`", place, hint);
        }
        let Some((key, _)) = node.entry("nullable").filter(|_| nullable) else { return };
        let place = self.spot(at, key.span);
        if node.get("type").is_none() {
            let hint = Some("write `type` beside it".to_owned());
            self.warn("contract/nullable", "`nullable` has no effect without `type` beside it", place, hint);
        } else if let Some(items) = node.get("enum").and_then(Node::items)
            && !items.iter().any(|i| i.data == Data::Null)
        {
            let hint = Some("add null to the `enum`".to_owned());
            self.warn("contract/nullable", "`nullable` has no effect, because the `enum` does not list null", place, hint);
        }
    }

    fn xml(&mut self, node: &Node, at: &At<'_>) {
        let Some((key, xml)) = node.entry("xml") else { return };
        let at = at.key(key);
        if xml.get("nodeType").is_some() {
            for field in ["attribute", "wrapped"] {
                if let Some((key, _)) = xml.entry(field) {
                    let place = self.spot(&at, key.span);
                    let hint = Some(format!("`nodeType` says it all: leave `{field}` away"));
                    self.error("contract/exclusive", format!("`nodeType` and `{field}` exclude each other"), place, hint);
                }
            }
        }
        if let Some((key, _)) = xml.entry("wrapped")
            && let Some(kind) = node.get("type").and_then(Node::as_str).filter(|t| *t != "array")
        {
            let place = self.spot(&at, key.span);
            self.warn("contract/schema", format!("`wrapped` has no effect on a schema of type `{kind}`"), place, None);
        }
    }

    fn discriminator(&mut self, schema: &Node, node: &Node, at: &At<'_>) {
        let composed = ["oneOf", "anyOf", "allOf"].iter().any(|k| schema.get(k).is_some());
        if !composed && let Some(holder) = at.up() {
            self.met.parents.push(holder.loc());
        }
        for (key, target) in node.get("mapping").and_then(Node::members).unwrap_or_default() {
            self.mapped(&key.text, target, at);
        }
        if let Some(target) = node.get("defaultMapping") {
            self.mapped("defaultMapping", target, at);
        }
        self.discriminating_property(schema, node, at);
    }

    /// A value of a discriminator's `mapping` names a component or refers to a schema.
    fn mapped(&mut self, key: &str, target: &Node, at: &At<'_>) {
        let Some(text) = target.as_str() else { return };
        let components = Loc::new(0, Pointer::from_escaped("/components/schemas"));
        let own = Loc::new(0, components.pointer.push(text));
        if self.files.node(&own).is_some() {
            return self.also(own);
        }
        let place = self.spot(at, target.span);
        if !text.contains(['/', '#', '.']) {
            let document = Arc::clone(&self.files.list[0].document);
            let names = document.at(&components.pointer).and_then(Node::members).unwrap_or_default();
            let hint = self.near(text, names.iter().map(|(k, _)| k.text.as_str()));
            let message = format!("`{key}` is mapped to `{text}`, and there is no such schema");
            // A slip is a fault; a name that is like no other may be meant for a reader.
            return match hint.as_deref().is_some_and(|h| h.starts_with("did you mean")) {
                true => self.error("contract/unresolved-ref", message, place, hint),
                false => self.warn("contract/unresolved-ref", message, place, hint),
            };
        }
        let holder = at.loc();
        if self.read_for(&holder, text, &place) {
            match self.files.resolve(&holder, text) {
                Ok(target) => self.also(target),
                Err(unresolved) => self.error("contract/unresolved-ref", unresolved.message, place, unresolved.hint),
            }
        }
    }

    /// The alternatives that are named must have the property that tells them apart.
    fn discriminating_property(&mut self, schema: &Node, node: &Node, at: &At<'_>) {
        let Some(property) = node.get("propertyName").filter(|p| p.as_str().is_some()) else { return };
        let name = property.as_str().unwrap_or_default();
        let Some(holder) = at.up() else { return };
        let mut without = Vec::new();
        let mut optional = !is_required(schema, name);
        let mut alternatives = 0;
        for (index, choice) in ["oneOf", "anyOf"].iter().filter_map(|k| schema.get(k)?.items()).flatten().enumerate() {
            let Some(reference) = choice.get("$ref").and_then(Node::as_str) else { continue };
            let Some(target) = self.files.resolve(&holder.loc(), reference).ok().and_then(|t| self.files.follow(&t)) else {
                continue;
            };
            let Some(found) = self.files.node(&target) else { continue };
            alternatives = index + 1;
            let open = ["allOf", "oneOf", "anyOf", "$ref", "$dynamicRef"].iter().any(|k| found.get(k).is_some());
            let members = found.get("properties").and_then(Node::members).unwrap_or_default();
            if !open && !members.is_empty() && !members.iter().any(|(k, _)| k.text == name) {
                without
                    .push((reference.to_owned(), nearest(name, members.iter().map(|(k, _)| k.text.as_str())).map(str::to_owned)));
            } else if open || is_required(found, name) {
                optional = false;
            }
        }
        let place = self.spot(at, property.span);
        if let [(first, near), ..] = without.as_slice() {
            let hint = near.as_ref().map(|n| format!("did you mean `{n}`?"));
            let more = if without.len() > 1 { format!(" and {} more", without.len() - 1) } else { String::new() };
            let message = format!("the schema `{first}`{more} has no property `{name}` to be told apart by");
            self.warn("contract/discriminator", message, place, hint);
        } else if alternatives > 0 && optional && node.get("defaultMapping").is_none() {
            let hint = if self.version >= Version::V32 {
                "name it in `required`, or give a `defaultMapping`"
            } else {
                "name it in `required`"
            };
            let message = format!("the property `{name}` tells the schemas apart, but none of them requires it");
            self.warn("contract/discriminator", message, place, Some(hint.to_owned()));
        }
    }
}

fn is_required(schema: &Node, name: &str) -> bool {
    schema.get("required").and_then(Node::items).is_some_and(|all| all.iter().any(|n| n.as_str() == Some(name)))
}
