//! Schemas of Swagger 2.0, and the simple values that parameters, items and headers describe without one.
//!
//! Rewrites what OpenAPI 3.0 says differently. Validates nothing.

use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::contract::swagger::convert::{Converter, Members, Section, text};
use crate::contract::swagger::table::VALUE_FIELDS;

impl Converter<'_> {
    pub(super) fn schema(&mut self, node: &Node, file: usize) -> Node {
        if !self.charge(1) {
            return Members::default().done(node.span);
        }
        let Some(members) = node.members() else { return node.clone() };
        let nullable = node.get("x-nullable").filter(|n| n.data == Data::Bool(true)).map(|n| n.span);
        let mut out = Members::default();
        if let Some((key, reference)) = node.entry("$ref") {
            let target = reference.as_str().and_then(|r| self.target(file, r));
            if let Some(target) = target {
                let reference_to = self.reference(Section::Schemas, &target);
                out.put("$ref", key.span, text(reference_to, reference.span));
            }
            let schema = out.done(node.span);
            return if let Some(span) = nullable { or_null(schema, span) } else { schema };
        }
        for (key, child) in members {
            let name = key.text.as_str();
            let child = match (name, &child.data) {
                ("x-nullable" | "$schema" | "id" | "definitions", _) => continue,
                ("properties", Data::Object(properties)) => {
                    let mut all = Members::default();
                    for (property, schema) in properties {
                        let schema = self.schema(schema, file);
                        all.put(&property.text, property.span, schema);
                    }
                    all.done(child.span)
                }
                ("allOf", Data::Array(items)) => {
                    let items = items.iter().map(|item| self.schema(item, file)).collect();
                    Node { data: Data::Array(items), span: child.span }
                }
                ("items" | "additionalProperties", _) => self.schema(child, file),
                ("discriminator", Data::String(_)) => {
                    let mut discriminator = Members::default();
                    discriminator.put("propertyName", key.span, child.clone());
                    discriminator.done(child.span)
                }
                ("type", _) => {
                    self.types(child, key.span, nullable, node.get("items").is_some(), &mut out);
                    continue;
                }
                ("enum", Data::Array(items)) if nullable.is_some() && !items.iter().any(|i| i.data == Data::Null) => {
                    let mut list = self.copy(child);
                    if let (Data::Array(items), Some(span)) = (&mut list.data, nullable) {
                        items.push(Node { data: Data::Null, span });
                    }
                    list
                }
                _ => self.copy(child),
            };
            out.put(name, key.span, child);
        }
        match nullable {
            // Without a type, `nullable` says nothing: only where something else forbids null is it worth a word.
            Some(span) if node.get("type").is_none() && node.get("allOf").is_some() => or_null(out.done(node.span), span),
            _ => out.done(node.span),
        }
    }

    /// One type, with null beside it where that is allowed; several become alternatives.
    fn types(&mut self, node: &Node, key: Span, nullable: Option<Span>, has_items: bool, out: &mut Members) {
        let listed: Vec<&Node> = node.items().map_or_else(|| vec![node], |items| items.iter().collect());
        let null = listed.iter().find(|n| n.as_str() == Some("null")).map(|n| n.span).or(nullable);
        let named: Vec<&Node> = listed.into_iter().filter(|n| n.as_str() != Some("null")).collect();
        let put = |out: &mut Members, ty: &Node| {
            if ty.as_str() == Some("file") {
                out.put("type", key, text("string", ty.span));
                out.put("format", key, text("binary", ty.span));
            } else {
                out.put("type", key, ty.clone());
            }
            if let Some(span) = null {
                out.put("nullable", span, Node { data: Data::Bool(true), span });
            }
        };
        match named.as_slice() {
            [] => {
                let only = null_only(node.span);
                out.0.extend(if let Data::Object(members) = only.data { members } else { Vec::new() });
            }
            [one] => put(out, one),
            several => {
                let alternatives = several.iter().map(|ty| {
                    let mut one = Members::default();
                    put(&mut one, ty);
                    if ty.as_str() == Some("array") && !has_items {
                        one.put("items", ty.span, Members::default().done(ty.span));
                    }
                    one.done(ty.span)
                });
                let alternatives = alternatives.collect();
                out.put("anyOf", key, Node { data: Data::Array(alternatives), span: node.span });
            }
        }
    }

    /// The schema of a simple value. `as_text` where no style writes the list that it is.
    pub(super) fn value_schema(&mut self, node: &Node, as_text: bool) -> Members {
        let mut out = Members::default();
        let nullable = node.get("x-nullable").filter(|n| n.data == Data::Bool(true)).map(|n| n.span);
        for (key, child) in node.members().unwrap_or_default() {
            let name = key.text.as_str();
            if !(VALUE_FIELDS.contains(&name) || name == "example") || !self.charge(1) {
                continue;
            }
            match name {
                "type" if as_text => out.put("type", key.span, text("string", child.span)),
                _ if as_text => {}
                "type" => self.types(child, key.span, nullable, true, &mut out),
                "items" => {
                    if let Some((key, format)) = child.entry("collectionFormat").filter(|(_, f)| f.as_str() != Some("csv")) {
                        let message = "lists within lists have no separator of their own in OpenAPI 3";
                        let hint = format!("`{}` is left away", format.as_str().unwrap_or_default());
                        self.checked.warn("contract/collection-format", message, key.span, Some(hint));
                    }
                    let items = self.value_schema(child, false).done(child.span);
                    out.put("items", key.span, items);
                }
                _ => {
                    let copy = self.copy(child);
                    out.put(name, key.span, copy);
                }
            }
        }
        out
    }
}

/// The schema, or null.
fn or_null(schema: Node, span: Span) -> Node {
    let whole = schema.span;
    let mut out = Members::default();
    out.put("anyOf", span, Node { data: Data::Array(vec![schema, null_only(span)]), span });
    out.done(whole)
}

/// A schema of OpenAPI 3.0 to which null alone conforms.
fn null_only(span: Span) -> Node {
    let mut out = Members::default();
    out.put("type", span, text("object", span));
    out.put("nullable", span, Node { data: Data::Bool(true), span });
    out.put("enum", span, Node { data: Data::Array(vec![Node { data: Data::Null, span }]), span });
    out.done(span)
}
