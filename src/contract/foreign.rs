//! Schemas of another dialect than the document's: draft 4, 6, 7 or 2019-09 of JSON Schema inside OpenAPI.
//!
//! Reads the files they refer to and checks that references lead somewhere. What else is wrong with them shows when they are
//! compiled. Judges no value.

use crate::base::tree::{Data, Node};
use crate::contract::check::Checker;
use crate::contract::dialect::{Dialect, Holds};
use crate::contract::files::Loc;
use crate::contract::grammar::{Kind, Version};

impl Checker<'_> {
    /// Whether a schema is written in a dialect whose keywords the tables of this document do not describe.
    pub(in crate::contract) fn is_foreign(&self, loc: &Loc) -> bool {
        match self.files.dialect(loc) {
            Dialect::OpenApi30 => false,
            Dialect::Draft202012 => self.version == Version::V30,
            _ => true,
        }
    }

    pub(in crate::contract) fn foreign_schema(&mut self, node: &Node, loc: &Loc) {
        let dialect = self.files.dialect(loc);
        let members = match &node.data {
            Data::Object(members) => members,
            Data::Bool(_) if dialect != Dialect::Draft4 => return,
            _ => return self.wrong_kind(node, loc, "a schema"),
        };
        let reference = node.entry("$ref").filter(|(_, to)| to.as_str().is_some());
        for (key, child) in members {
            let name = key.text.as_str();
            let at = loc.push(name);
            match dialect.holds(name) {
                _ if matches!(name, "$ref" | "$recursiveRef" | "$dynamicRef") && child.as_str().is_some() => {
                    self.reference(child, loc, Kind::Schema, "Schema Object");
                }
                // Beside a reference, nothing else is read up to draft 7.
                _ if reference.is_some() && !dialect.reference_has_siblings() => {}
                Holds::One | Holds::OneOrMany if child.items().is_none() => self.foreign_below(child, &at),
                Holds::Many | Holds::OneOrMany => {
                    child.items().unwrap_or_default().iter().enumerate().for_each(|(i, c)| self.foreign_below(c, &at.push(i)));
                }
                Holds::ByName => {
                    for (name, child) in child.members().unwrap_or_default() {
                        if name_of_schema(child) {
                            self.foreign_below(child, &at.push(&name.text));
                        }
                    }
                }
                Holds::One | Holds::Nothing => {}
            }
        }
    }

    fn foreign_below(&mut self, node: &Node, loc: &Loc) {
        // `additionalProperties` and `additionalItems` were booleans before schemas were.
        if !matches!(node.data, Data::Bool(_)) {
            self.schema(node, loc);
        }
    }
}

/// `dependencies` holds lists of names beside schemas.
fn name_of_schema(node: &Node) -> bool {
    node.items().is_none()
}
