//! Which schemas are lowered together, and which by themselves.
//!
//! Decides about places only. Lowers nothing.

use crate::base::pointer::Pointer;
use crate::contract::dialect::{Dialect, Holds};
use crate::contract::files::Loc;
use crate::contract::lower::schema::Schemas;
use crate::schema::{Resource, Unit};

impl Schemas {
    /// The unit that a schema belongs to, and where in it.
    pub(super) fn unit_of(&self, loc: &Loc) -> (Unit, Pointer) {
        let dialect = self.dialect(loc);
        let alone = |resource| {
            let unit = Unit { document: loc.file, pointer: loc.pointer.clone(), dialect: dialect.uri(), resource, plain: false };
            (unit, Pointer::root())
        };
        if !self.files.is_dynamic() || dialect < Dialect::Draft201909 {
            return alone(Resource::Shared);
        }
        let root = &self.files.resource(loc).at;
        if !self.files.is_schema_resource(root) || self.dialect(root) != dialect || !self.is_reached(root, loc) {
            return alone(Resource::Document);
        }
        let unit = Unit {
            document: root.file,
            pointer: root.pointer.clone(),
            dialect: dialect.uri(),
            resource: Resource::Own,
            plain: false,
        };
        (unit, Pointer::from_escaped(&loc.pointer.as_str()[root.pointer.as_str().len()..]))
    }

    /// Whether a place below a schema is reached through keywords alone, so that it is there when the schema is lowered.
    fn is_reached(&self, root: &Loc, loc: &Loc) -> bool {
        let Some(mut node) = self.node(root) else { return false };
        let dialect = self.dialect(root);
        let below = Pointer::from_escaped(&loc.pointer.as_str()[root.pointer.as_str().len()..]);
        let tokens: Vec<String> = below.tokens().collect();
        let mut rest = tokens.as_slice();
        while let [keyword, deeper @ ..] = rest {
            let Some(held) = node.get(keyword) else { return false };
            let one = match dialect.holds(keyword) {
                Holds::Nothing => return false,
                Holds::One => true,
                Holds::OneOrMany => held.items().is_none(),
                Holds::Many | Holds::ByName => false,
            };
            (node, rest) = match (one, deeper) {
                (true, deeper) => (held, deeper),
                (false, [name, deeper @ ..]) => match held.child(name) {
                    Some(child) => (child, deeper),
                    None => return false,
                },
                (false, []) => return false,
            };
        }
        true
    }
}
