//! Parameters and bodies, one side against the other.
//!
//! Serves operations and deliveries alike: the scene says who sends. Never looks into a schema itself.

use crate::base::source::Place;
use crate::contract::Contract;
use crate::contract::media::MediaName;
use crate::contract::model::{In, MediaType, Operation, Parameter, SchemaRef};
use crate::diff::change::Flow;
use crate::diff::gather::{Gather, Scene};
use crate::diff::shape::Types;

pub(super) fn parameters(gather: &mut Gather<'_>, scene: &Scene, old: &Operation, new: &Operation) {
    let places: Vec<(String, String)> =
        old.path.params().zip(new.path.params()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    let same = |a: &Parameter, b: &Parameter| {
        a.location == b.location
            && match a.location {
                In::Path => a.name == b.name || places.iter().any(|(x, y)| *x == a.name && *y == b.name),
                In::Header => a.name.eq_ignore_ascii_case(&b.name),
                In::QueryString => true,
                _ => a.name == b.name,
            }
    };
    for after in &new.parameters {
        let scene = scene.at(format!("{} parameter `{}`", after.location, after.name));
        let place = Some(place(gather.new, after.schema.as_ref(), &new.place));
        match old.parameters.iter().find(|before| same(before, after)) {
            Some(before) => parameter(gather, &scene, (old, before), (new, after)),
            None => {
                let named = old.parameters.iter().find(|b| b.name.eq_ignore_ascii_case(&after.name));
                let from = named.filter(|b| !new.parameters.iter().any(|other| same(b, other)));
                if let Some(before) = from {
                    let message = format!("it travelled in the {}, and now does in the {}", before.location, after.location);
                    let old_place = Some(self::place(gather.old, before.schema.as_ref(), &old.place));
                    gather.note(&scene, "diff/parameter-moved", message, old_place, place);
                } else if after.required {
                    gather.note(&scene, "diff/required-parameter-added", "it was added, required", None, place);
                } else {
                    gather.note(&scene, "diff/parameter-added", "it was added, optional", None, place);
                }
            }
        }
    }
    for before in &old.parameters {
        let moved = || {
            new.parameters
                .iter()
                .any(|a| a.name.eq_ignore_ascii_case(&before.name) && !old.parameters.iter().any(|other| same(other, a)))
        };
        if !new.parameters.iter().any(|after| same(before, after)) && !moved() {
            let scene = scene.at(format!("{} parameter `{}`", before.location, before.name));
            let place = Some(place(gather.old, before.schema.as_ref(), &old.place));
            gather.note(&scene, "diff/parameter-removed", "it was removed", place, Some(new.place.clone()));
        }
    }
}

/// Where a parameter or header stands: around its schema, where it has one of its own.
pub(super) fn place(contract: &Contract, schema: Option<&SchemaRef>, else_at: &Place) -> Place {
    schema.and_then(|s| contract.schema_parent(s)).map_or_else(|| else_at.clone(), |at| contract.schema_place(&at))
}

fn parameter(gather: &mut Gather<'_>, scene: &Scene, old: (&Operation, &Parameter), new: (&Operation, &Parameter)) {
    let (before, after) = (old.1, new.1);
    let places =
        (place(gather.old, before.schema.as_ref(), &old.0.place), place(gather.new, after.schema.as_ref(), &new.0.place));
    let rule = match (before.required, after.required) {
        (false, true) => Some(("diff/parameter-became-required", "it became required")),
        (true, false) => Some(("diff/parameter-became-optional", "it became optional")),
        _ => None,
    };
    if let Some((rule, message)) = rule {
        gather.note(scene, rule, message, Some(places.0.clone()), Some(places.1.clone()));
    }
    let parts = before.schema.as_ref().is_none_or(|s| has_parts(gather, scene, s, true))
        || after.schema.as_ref().is_none_or(|s| has_parts(gather, scene, s, false));
    let written = before.style != after.style && (parts || before.location == In::Path);
    let exploded = before.explode != after.explode && parts;
    let encoded = before.allow_reserved && !after.allow_reserved;
    let described = before.content.as_deref().map(essence) != after.content.as_deref().map(essence);
    if written || exploded || encoded || described {
        let show = |p: &Parameter| match &p.content {
            Some(media) => format!("`{media}`"),
            None => format!(
                "{:?}{}{}",
                p.style,
                if p.explode { " exploded" } else { "" },
                if p.allow_reserved { " with reserved characters" } else { "" }
            )
            .to_lowercase(),
        };
        let message = format!("it was written as {}, and is now written as {}", show(before), show(after));
        gather.note(scene, "diff/parameter-style-changed", message, Some(places.0.clone()), Some(places.1.clone()));
    }
    gather.schemas(scene, before.schema.as_ref(), after.schema.as_ref(), (&places.0, &places.1));
}

/// True when the value may be an array or object, so that how its parts are joined matters.
fn has_parts(gather: &mut Gather<'_>, scene: &Scene, schema: &SchemaRef, old: bool) -> bool {
    let comparer = gather.comparer(scene);
    let reader = if old { &comparer.old } else { &comparer.new };
    let all = reader.expand(&reader.demand(schema));
    all.shapes.iter().any(|s| s.types.meets(Types::ARRAY.or(Types::OBJECT)))
}

pub(super) fn body(gather: &mut Gather<'_>, scene: &Scene, old: &Operation, new: &Operation) {
    let scene = scene.at("body");
    let at = |media: &[MediaType], contract: &Contract, else_at: &Place| {
        place(contract, media.iter().find_map(|m| m.schema.as_ref()), else_at)
    };
    match (&old.body, &new.body) {
        (None, None) => {}
        (None, Some(after)) => {
            let place = Some(at(&after.media, gather.new, &new.place));
            let (rule, message) = match after.required {
                true => ("diff/required-body-added", "a body was added, required"),
                false => ("diff/body-added", "a body was added, optional"),
            };
            gather.note(&scene, rule, message, Some(old.place.clone()), place);
        }
        (Some(before), None) => {
            let place = Some(at(&before.media, gather.old, &old.place));
            gather.note(&scene, "diff/body-removed", "the body was removed", place, Some(new.place.clone()));
        }
        (Some(before), Some(after)) => {
            let rule = match (before.required, after.required) {
                (false, true) => Some(("diff/body-became-required", "the body became required")),
                (true, false) => Some(("diff/body-became-optional", "the body became optional")),
                _ => None,
            };
            let places = (at(&before.media, gather.old, &old.place), at(&after.media, gather.new, &new.place));
            if let Some((rule, message)) = rule {
                gather.note(&scene, rule, message, Some(places.0.clone()), Some(places.1.clone()));
            }
            let delivered = scene.flow == Some(Flow::Received);
            let rules = if delivered {
                ("diff/delivery-media-type-added", "diff/delivery-media-type-removed")
            } else {
                ("diff/media-type-added", "diff/media-type-removed")
            };
            media(gather, &scene, (&before.media, &places.0), (&after.media, &places.1), rules);
        }
    }
}

/// A media type without its parameters.
pub(super) fn essence(name: &str) -> String {
    name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether one name, parameters aside, is the other or a range around it.
fn covers(range: &str, name: &str) -> bool {
    let read = |text| MediaName::parse(&essence(text));
    read(range).zip(read(name)).is_some_and(|(range, name)| range.covers(&name))
}

/// Media types of a body, paired by name or by range.
pub(super) fn media(
    gather: &mut Gather<'_>,
    scene: &Scene,
    (old, old_place): (&[MediaType], &Place),
    (new, new_place): (&[MediaType], &Place),
    rules: (&'static str, &'static str),
) {
    let mut met = vec![false; new.len()];
    for before in old {
        let name = essence(&before.name);
        let equal = new.iter().position(|m| essence(&m.name) == name);
        let around = || new.iter().position(|m| covers(&m.name, &name));
        let within = || new.iter().position(|m| !m.name.contains('*') && covers(&name, &m.name));
        let narrowed = equal.is_none() && around().is_none();
        let Some(index) = equal.or_else(around).or_else(within) else {
            let place = place(gather.old, before.schema.as_ref(), old_place);
            gather.note(scene, rules.1, format!("`{}` is no longer possible", before.name), Some(place), Some(new_place.clone()));
            continue;
        };
        met[index] = true;
        let after = &new[index];
        if narrowed && scene.flow == Some(Flow::Sent) {
            let message = format!("`{}` is no longer possible, only `{}`", before.name, after.name);
            gather.note(scene, rules.1, message, Some(old_place.clone()), Some(new_place.clone()));
        }
        let scene = scene.at(format!("{} {}", scene.path, after.name));
        if !just_bytes(gather, &scene, before, after) {
            let places =
                (place(gather.old, before.schema.as_ref(), old_place), place(gather.new, after.schema.as_ref(), new_place));
            gather.schemas(&scene, before.schema.as_ref(), after.schema.as_ref(), (&places.0, &places.1));
            if before.item_schema.is_some() || after.item_schema.is_some() {
                let scene = scene.at(format!("{}, each item", scene.path));
                gather.schemas(&scene, before.item_schema.as_ref(), after.item_schema.as_ref(), (&places.0, &places.1));
            }
        }
    }
    for after in new.iter().zip(&met).filter(|(_, met)| !**met).map(|(after, _)| after) {
        if !old.iter().any(|m| covers(&m.name, &after.name)) {
            let place = place(gather.new, after.schema.as_ref(), new_place);
            gather.note(scene, rules.0, format!("`{}` was added", after.name), Some(old_place.clone()), Some(place));
        }
    }
}

/// 3.0 says `format: binary` where 3.1 leaves the schema away.
fn just_bytes(gather: &mut Gather<'_>, scene: &Scene, old: &MediaType, new: &MediaType) -> bool {
    let mut bytes = |schema: Option<&SchemaRef>, old: bool| {
        let comparer = gather.comparer(scene);
        let reader = if old { &comparer.old } else { &comparer.new };
        let terms = schema.map(|s| reader.demand(s)).unwrap_or_default();
        let all = reader.expand(&terms);
        terms.is_empty() || all.shapes.iter().all(|s| s.encoding.as_deref() == Some("bytes"))
    };
    let name = essence(&new.name);
    let textual = name.ends_with("json") || name.starts_with("text/") || name.contains("form") || name.ends_with("xml");
    !textual && bytes(old.schema.as_ref(), true) && bytes(new.schema.as_ref(), false)
}
