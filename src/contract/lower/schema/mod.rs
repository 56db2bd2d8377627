//! Lowers Schema Objects to JSON Schema, each when it is first asked for, once for requests and once for responses.
//!
//! Keeps every pointer, so that a violation leads back to the spec. Compiles nothing and reports nothing.

mod discriminator;
mod hidden;
mod keywords;
mod numbers;
mod units;

use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::dialect::Dialect;
use crate::contract::files::{Files, Loc};
use crate::contract::lower::schema::discriminator::Families;
use crate::contract::lower::schema::keywords::Lowering;
use crate::contract::model::Direction;
use crate::schema::{Lowered, Source, Unit};
use std::sync::{Arc, OnceLock};

/// The schemas of a contract in one direction.
pub(in crate::contract) struct Schemas {
    files: Arc<Files>,
    /// `readOnly` or `writeOnly`: what has no place in this direction.
    hidden: &'static str,
    families: OnceLock<Families>,
}

/// What a set of schemas is made from; nothing is lowered yet.
pub(in crate::contract) fn source(files: &Arc<Files>, direction: Direction) -> Arc<dyn Source> {
    let hidden = if direction == Direction::Request { "readOnly" } else { "writeOnly" };
    Arc::new(Schemas { files: Arc::clone(files), hidden, families: OnceLock::new() })
}

impl Source for Schemas {
    fn name(&self, document: usize) -> String {
        self.files.list.get(document).map_or_else(String::new, |f| f.document.source.name().to_owned())
    }

    fn unit(&self, document: usize, pointer: &Pointer) -> (Unit, Pointer) {
        self.unit_of(&Loc::new(document, pointer.clone()))
    }

    fn lower(&self, unit: &Unit) -> Lowered {
        Lowering::new(self, unit).whole()
    }

    /// Rules that a discriminator or a format became stand in an `allOf` that nobody wrote.
    fn written(&self, document: usize, pointer: &Pointer) -> Pointer {
        let mut at = Loc::new(document, Pointer::root());
        let Some(mut node) = self.node(&at) else { return pointer.clone() };
        for token in pointer.tokens() {
            let added = token == "allOf" || at.pointer.tokens().last().is_some_and(|last| last == "allOf");
            match node.child(&token) {
                Some(child) => {
                    node = child;
                    at = at.push(&token);
                }
                None if added => {
                    if node.items().is_some() {
                        at.pointer = at.pointer.parent().unwrap_or_default();
                    }
                    let owner = self.node(&at);
                    let has = |key: &str| owner.is_some_and(|node| node.get(key).is_some());
                    let keyword = ["discriminator", "format"].into_iter().find(|key| has(key));
                    return keyword.map_or(at.pointer.clone(), |keyword| at.pointer.push(keyword));
                }
                None => return pointer.clone(),
            }
        }
        pointer.clone()
    }
}

impl Schemas {
    fn node(&self, loc: &Loc) -> Option<&Node> {
        self.files.node(loc)
    }

    /// Which of the alternatives, parents or children a schema is, by discriminator.
    fn families(&self) -> &Families {
        self.families.get_or_init(|| Families::new(&self.files))
    }

    fn dialect(&self, loc: &Loc) -> Dialect {
        self.files.dialect(loc)
    }
}

#[cfg(test)]
mod discriminator_tests;
#[cfg(test)]
mod tests;
