//! Where changes are gathered: their impact by rule and direction, and each shared one told once.
//!
//! Keeps the comparers of schemas over all operations, since components are shared. Finds no change outside of schemas.

use crate::base::source::Place;
use crate::contract::Contract;
use crate::contract::model::{Direction, SchemaRef};
use crate::diff::catalogue;
use crate::diff::change::{Change, Flow, Policy};
use crate::diff::expand::Reader;
use crate::diff::schemas::Comparer;
use crate::diff::shape::{Terms, tidy};
use std::collections::HashMap;

/// Where a change stands: the subject, the path within it, and who sends.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// The operation's position in the new contract; removed ones come last.
    pub(super) order: usize,
    pub(super) subject: String,
    pub(super) path: String,
    pub(super) flow: Option<Flow>,
    pub(super) wire: Direction,
}

impl Scene {
    /// The same scene, one part further in.
    pub(super) fn at(&self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self.clone() }
    }

    /// What an operation's request goes through; deliveries turn it round.
    pub(super) fn toward(&self, wire: Direction) -> Self {
        let turned = if wire == self.wire { self.flow } else { self.flow.map(Flow::reversed) };
        Self { wire, flow: turned, ..self.clone() }
    }
}

pub(super) struct Gather<'a> {
    pub(super) old: &'a Contract,
    pub(super) new: &'a Contract,
    policy: Policy,
    comparers: Vec<Comparer<'a>>,
    changes: Vec<(usize, Change)>,
}

type Key = (&'static str, Option<Flow>, String, Option<String>, Option<String>);

impl<'a> Gather<'a> {
    pub(super) fn new(old: &'a Contract, new: &'a Contract, policy: Policy) -> Self {
        Self { old, new, policy, comparers: Vec::new(), changes: Vec::new() }
    }

    pub(super) fn note(
        &mut self,
        scene: &Scene,
        rule: &'static str,
        message: impl Into<String>,
        old: Option<Place>,
        new: Option<Place>,
    ) {
        let rule = match rule {
            "diff/enum-value-added" if self.policy.open_enums && scene.flow == Some(Flow::Received) => {
                "diff/open-enum-value-added"
            }
            rule => rule,
        };
        let (impact, why) = catalogue::rule(rule).expect("every rule is in the table").ask(scene.flow);
        let change = Change {
            rule,
            impact,
            subject: scene.subject.clone(),
            path: scene.path.clone(),
            flow: scene.flow,
            message: message.into(),
            why,
            old,
            new,
            also: Vec::new(),
        };
        self.changes.push((scene.order, change));
    }

    /// Everything that changed in the values that one schema describes.
    pub(super) fn schemas(&mut self, scene: &Scene, old: Option<&SchemaRef>, new: Option<&SchemaRef>, around: (&Place, &Place)) {
        let comparer = self.comparer(scene);
        let demand = |reader: &Reader<'_>, schema: Option<&SchemaRef>| -> Terms {
            tidy(schema.map(|s| reader.demand(s)).unwrap_or_default())
        };
        let walk = comparer.walk(&demand(&comparer.old, old), &demand(&comparer.new, new));
        let inside = |path: &str| match (scene.path.is_empty(), path.is_empty()) {
            (true, _) => format!("${path}"),
            (false, true) if scene.path.contains("parameter") || scene.path.contains("header") => scene.path.clone(),
            (false, _) => format!("{}, ${path}", scene.path),
        };
        for difference in walk.differences {
            let old = difference.old.map_or_else(|| around.0.clone(), |at| self.old.schema_place(&at));
            let new = difference.new.map_or_else(|| around.1.clone(), |at| self.new.schema_place(&at));
            self.note(&scene.at(inside(&difference.path)), difference.rule, difference.message, Some(old), Some(new));
        }
    }

    /// The comparer for messages of this kind, kept for all operations.
    pub(super) fn comparer(&mut self, scene: &Scene) -> &Comparer<'a> {
        let flow = scene.flow.unwrap_or(Flow::Received);
        let known = self.comparers.iter().position(|c| c.flow == flow && c.new.wire == scene.wire);
        let index = known.unwrap_or_else(|| {
            let (old, new) = (Reader::new(self.old, scene.wire), Reader::new(self.new, scene.wire));
            self.comparers.push(Comparer::new(old, new, flow));
            self.comparers.len() - 1
        });
        &self.comparers[index]
    }

    /// The changes in order, each shared one once.
    pub(super) fn finish(mut self) -> Vec<Change> {
        let place = |place: &Option<Place>| place.as_ref().map(|p| (p.source.name().to_owned(), p.span));
        self.changes.sort_by_cached_key(|(order, c)| (*order, place(&c.new).or_else(|| place(&c.old))));
        let mut told: HashMap<Key, usize> = HashMap::new();
        let mut changes: Vec<Change> = Vec::new();
        for (_, change) in self.changes {
            let shown = |place: &Option<Place>| place.as_ref().map(ToString::to_string);
            let key = (change.rule, change.flow, change.message.clone(), shown(&change.old), shown(&change.new));
            match told.get(&key) {
                Some(first) if changes[*first].subject == change.subject && changes[*first].path == change.path => {}
                Some(first) => changes[*first].also.push((change.subject, change.path)),
                None => {
                    told.insert(key, changes.len());
                    changes.push(change);
                }
            }
        }
        changes
    }
}
