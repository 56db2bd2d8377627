//! Schemas of another dialect than the document's: draft 4, 6, 7 or 2019-09 of JSON Schema inside OpenAPI.
//!
//! Reads the files they refer to and checks that references lead somewhere. What else is wrong with them shows when they are
//! compiled. Judges no value.

use crate::base::tree::{Data, Node};
use crate::contract::check::{At, Checker};
use crate::contract::dialect::{Dialect, Holds};
use crate::contract::grammar::Version;

impl Checker<'_> {
    /// Whether a schema is written in a dialect whose keywords the tables of this document do not describe.
    pub(in crate::contract) fn is_foreign(&self, at: &At<'_>) -> bool {
        // Almost no document has any: its places need not be written out to know it.
        let dialect = self.files.only_dialect(at.file).unwrap_or_else(|| self.files.dialect(&at.loc()));
        match dialect {
            Dialect::OpenApi30 => false,
            Dialect::Draft202012 => self.version == Version::V30,
            _ => true,
        }
    }

    pub(in crate::contract) fn foreign_schema(&mut self, node: &Node, at: &At<'_>) {
        let dialect = self.files.dialect(&at.loc());
        let members = match &node.data {
            Data::Object(members) => members,
            Data::Bool(_) if dialect != Dialect::Draft4 => return,
            _ => return self.wrong_kind(node, at, "a schema"),
        };
        let reference = node.entry("$ref").filter(|(_, to)| to.as_str().is_some());
        for (key, child) in members {
            let name = key.text.as_str();
            let below = at.key(key);
            match dialect.holds(name) {
                _ if matches!(name, "$ref" | "$recursiveRef" | "$dynamicRef") && child.as_str().is_some() => {
                    self.schema_reference(child, node, at);
                }
                // Beside a reference, nothing else is read up to draft 7.
                _ if reference.is_some() && !dialect.reference_has_siblings() => {}
                Holds::One | Holds::OneOrMany if child.items().is_none() => self.foreign_below(child, &below),
                Holds::Many | Holds::OneOrMany => {
                    child.items().unwrap_or_default().iter().enumerate().for_each(|(i, c)| self.foreign_below(c, &below.item(i)));
                }
                Holds::ByName => {
                    for (name, child) in child.members().unwrap_or_default() {
                        if name_of_schema(child) {
                            self.foreign_below(child, &below.key(name));
                        }
                    }
                }
                Holds::One | Holds::Nothing => {}
            }
        }
    }

    fn foreign_below(&mut self, node: &Node, at: &At<'_>) {
        // `additionalProperties` and `additionalItems` were booleans before schemas were.
        if !matches!(node.data, Data::Bool(_)) {
            self.schema(node, at);
        }
    }
}

/// `dependencies` holds lists of names beside schemas.
fn name_of_schema(node: &Node) -> bool {
    node.items().is_none()
}
