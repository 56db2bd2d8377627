//! References: what they name must exist and be of the right kind, and files they lead to are read once.
//!
//! Follows no chain beyond what is needed to see a circle.

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::distance::did_you_mean;
use crate::base::source::Place;
use crate::base::tree::{self, Budget, Node};
use crate::contract::check::{At, Checker};
use crate::contract::files::{Loc, carried};
use crate::contract::grammar::{Kind, Version};
use std::collections::HashSet;

/// Files beyond this number are not read.
const MOST_FILES: usize = 1_000;

impl Checker<'_> {
    /// A Reference Object: what it names must exist and be of the right kind. Gives the place that it names.
    pub(in crate::contract) fn reference(
        &mut self,
        reference: &Node,
        holder: &Node,
        at: &At<'_>,
        kind: Kind,
        wanted: &'static str,
    ) -> Option<Loc> {
        let place = self.spot(at, reference.span);
        let Some(text) = reference.as_str() else {
            if let Some((key, _)) = holder.entry("$ref") {
                self.wrong_kind(reference, &at.key(key), "a string");
            }
            return None;
        };
        let loc = at.loc();
        if !self.read_for(&loc, text, &place) {
            return None;
        }
        match self.files.resolve(&loc, text) {
            Err(unresolved) => {
                self.error("contract/unresolved-ref", unresolved.message, place, unresolved.hint);
                None
            }
            Ok(target) => {
                if let Some(section) = section(&target).filter(|s| *s != home(wanted) && !s.starts_with("x-")) {
                    let message = format!("`{text}` names one of the {section}, where a {wanted} is wanted");
                    self.error("contract/wrong-ref", message, place, None);
                    return None;
                }
                match self.chain(&loc, &target) {
                    Chain::Ends => self.enqueue(target.clone(), kind),
                    Chain::Circle => {
                        self.error("contract/circular-ref", format!("`{text}` leads back to itself"), place, None);
                        return None;
                    }
                    Chain::Known => return None,
                }
                Some(target)
            }
        }
    }

    /// Has something checked that a reference leads to.
    fn enqueue(&mut self, target: Loc, kind: Kind) {
        if self.queued.insert(target.clone()) {
            if matches!(kind, Kind::Schema) {
                self.met.targets.push(target.clone());
            }
            self.queue.push((target, kind));
        }
    }

    /// Has a schema checked that no `$ref` leads to.
    pub(in crate::contract) fn also(&mut self, schema: Loc) {
        self.enqueue(schema, Kind::Schema);
    }

    /// Where a chain of references leads; each place is passed once in the life of the checker.
    fn chain(&mut self, from: &Loc, target: &Loc) -> Chain {
        let mut passed = HashSet::from([from.clone()]);
        let mut at = target.clone();
        let found = loop {
            match self.chains.get(&at) {
                Some(true) => break Chain::Ends,
                Some(false) => break Chain::Known,
                None => {}
            }
            if !passed.insert(at.clone()) {
                break Chain::Circle;
            }
            // A schema may say more beside its reference; `document` looks for circles of those.
            let Some(reference) = self.files.node(&at).and_then(|n| n.get("$ref")).and_then(Node::as_str) else {
                break Chain::Ends;
            };
            match self.files.resolve(&at, reference) {
                Ok(next) => at = next,
                Err(_) => break Chain::Ends,
            }
        };
        let ends = matches!(found, Chain::Ends);
        self.chains.extend(passed.into_iter().map(|loc| (loc, ends)));
        found
    }

    /// Fields of a path item that what it refers to has as well.
    pub(in crate::contract) fn fields_given_twice(&mut self, node: &Node, at: &At<'_>, target: &Loc) {
        let Some(other) = self.files.node(target) else { return };
        let own = node.members().unwrap_or_default().iter().filter(|(k, _)| k.text != "$ref" && !k.text.starts_with("x-"));
        let twice: Vec<_> = own.filter(|(k, _)| other.get(&k.text).is_some()).map(|(k, _)| (k.text.clone(), k.span)).collect();
        for (name, span) in twice {
            let place = self.spot(at, span);
            let hint = Some("keep one of them: which of the two counts is not defined".to_owned());
            self.warn("contract/ref-sibling", format!("`{name}` stands beside `$ref` and in what it names"), place, hint);
        }
    }

    /// What stands beside `$ref` in a Reference Object and has no effect.
    pub(in crate::contract) fn ignored_siblings(&mut self, node: &Node, at: &At<'_>) {
        let texts = self.version >= Version::V31;
        let counts = |name: &str| name == "$ref" || name.starts_with("x-") || texts && matches!(name, "summary" | "description");
        self.siblings(node, at, counts);
    }

    pub(in crate::contract) fn siblings(&mut self, node: &Node, at: &At<'_>, counts: impl Fn(&str) -> bool) {
        let ignored = node.members().unwrap_or_default().iter().filter(|(k, _)| !counts(&k.text)).map(|(k, _)| k);
        let ignored: Vec<_> = ignored.collect();
        let Some(first) = ignored.first() else { return };
        let names = ignored.iter().map(|k| format!("`{}`", k.text)).collect::<Vec<_>>().join(", ");
        let (verb, them) = if ignored.len() == 1 { ("is", "it") } else { ("are", "them") };
        let place = self.spot(at, first.span);
        let hint = match self.version {
            Version::V30 => format!("write {them} where the reference leads to, or wrap the reference in an `allOf` in a schema"),
            _ => format!("write {them} where the reference leads to; only `summary` and `description` count here"),
        };
        self.warn("contract/ref-sibling", format!("{names} beside `$ref` {verb} ignored"), place, Some(hint));
    }

    /// Reads the file that a reference names; says so where it cannot be read, once for each file.
    pub(in crate::contract) fn read_for(&mut self, holder: &Loc, reference: &str, place: &Place) -> bool {
        let Some(path) = self.files.path_of(holder, reference) else { return true };
        if self.files.list.iter().any(|f| f.path == path) {
            return true;
        }
        if !self.unread.contains_key(&path) {
            match self.read(&path, place) {
                Ok(()) => return true,
                Err(fault) => {
                    self.unread.insert(path.clone(), fault);
                }
            }
        }
        let Some(fault) = self.unread.get(&path).cloned().flatten() else { return false };
        if holder.file == 0 && section(holder).is_some() {
            // A component may be of no use to anyone: that is known at the end.
            self.met.absent.push((holder.clone(), fault.at(place.clone())));
        } else {
            self.faults.push(fault);
            self.unread.insert(path, None);
        }
        false
    }

    fn read(&mut self, path: &str, place: &Place) -> Result<(), Option<Diagnostic>> {
        let read = if self.files.list.len() >= MOST_FILES {
            Err(format!("more than {MOST_FILES} files").into())
        } else {
            carried(path).map_or_else(|| (self.resolver)(path), Ok)
        };
        match read {
            Ok(source) => match tree::parse(&source, Budget::default()) {
                Ok(document) => {
                    self.files.add(path.to_owned(), document);
                    Ok(())
                }
                Err(faults) => {
                    self.faults.extend(faults);
                    Err(None)
                }
            },
            Err(why) => {
                let message = format!("`{path}` cannot be read: {}", why.reason);
                Err(Some(Diagnostic::error("contract/unreadable-ref", message).at(place.clone()).maybe_hint(why.hint)))
            }
        }
    }

    /// Components that cannot be read are a fault where something uses them.
    pub(in crate::contract) fn absent_components(&mut self, used: &HashSet<String>) {
        let mut gone = HashSet::new();
        for (component, fault) in std::mem::take(&mut self.met.absent) {
            let name = component.pointer.tokens().last().unwrap_or_default();
            let is_scheme = component.pointer.as_str().starts_with("/components/securitySchemes/");
            if self.queued.contains(&component) || is_scheme && used.contains(&name) {
                self.faults.push(fault);
            } else {
                gone.insert(component);
                let message = format!("{}; nothing uses it", fault.message);
                self.faults.push(Diagnostic { severity: Severity::Warning, message, ..fault });
            }
        }
        if !gone.is_empty() {
            self.schemas.retain(|s| !gone.contains(s));
        }
    }

    /// The hint to a name that is not among `known`, unless those are too many to compare.
    pub(in crate::contract) fn near<'n>(&self, typed: &str, known: impl IntoIterator<Item = &'n str> + Clone) -> Option<String> {
        if known.clone().into_iter().nth(super::MOST_NAMES).is_some() { None } else { did_you_mean(typed, known) }
    }
}

/// Where references that follow each other lead.
enum Chain {
    Ends,
    Circle,
    /// Into a circle that was reported before.
    Known,
}

/// The section of `components` that a place stands in.
fn section(loc: &Loc) -> Option<String> {
    let rest = loc.pointer.as_str().strip_prefix("/components/")?;
    let (section, name) = rest.split_once('/')?;
    (!name.contains('/')).then(|| section.to_owned())
}

/// The section of `components` in which objects of that name live.
fn home(object: &str) -> &'static str {
    match object {
        "Response Object" => "responses",
        "Parameter Object" => "parameters",
        "Example Object" => "examples",
        "Request Body Object" => "requestBodies",
        "Header Object" => "headers",
        "Security Scheme Object" => "securitySchemes",
        "Link Object" => "links",
        "Callback Object" => "callbacks",
        "Path Item Object" => "pathItems",
        "Media Type Object" => "mediaTypes",
        _ => "schemas",
    }
}
