//! Responses by status: which came, which went, and what changed in those that stayed.
//!
//! Serves operations and deliveries alike. Never looks into a schema itself.

use crate::contract::model::{HeaderSpec, Operation, ResponseSpec, StatusPattern};
use crate::diff::gather::{Gather, Scene};
use crate::diff::messages::{essence, media, place};

pub(super) fn compare(gather: &mut Gather<'_>, scene: &Scene, old: &Operation, new: &Operation) {
    for after in &new.responses {
        let scene = scene.at(format!("response {}", after.pattern));
        match old.responses.iter().find(|b| b.pattern == after.pattern).or_else(|| covering(old, after.pattern)) {
            Some(before) => response(gather, &scene, before, after),
            None => {
                let (rule, what) = match is_success(new, after.pattern) {
                    true => ("diff/success-added", "success"),
                    false => ("diff/error-added", "error"),
                };
                let message = format!("{} was added as {what}", after.pattern);
                gather.note(&scene, rule, message, Some(old.place.clone()), Some(after.place.clone()));
            }
        }
    }
    for before in &old.responses {
        if new.responses.iter().any(|a| a.pattern == before.pattern) {
            continue;
        }
        let scene = scene.at(format!("response {}", before.pattern));
        if let Some(after) = covering(new, before.pattern) {
            // Told already where the status is documented by range on both sides.
            response(gather, &scene, before, after);
            continue;
        }
        let places = (Some(before.place.clone()), Some(new.place.clone()));
        if !is_success(old, before.pattern) {
            gather.note(&scene, "diff/error-removed", format!("{} was removed", before.pattern), places.0, places.1);
            continue;
        }
        let kept = new.responses.iter().filter(|a| is_success(new, a.pattern));
        let kept = kept.filter(|a| old.responses.iter().any(|b| is_success(old, b.pattern) && covers(b.pattern, a.pattern)));
        let (rule, rest) = match kept.count() {
            0 => ("diff/success-removed", ""),
            _ => ("diff/success-narrowed", "; other success statuses of before are left"),
        };
        gather.note(&scene, rule, format!("{} was removed{rest}", before.pattern), places.0, places.1);
    }
}

fn is_class(pattern: StatusPattern, classes: &[u8]) -> bool {
    match pattern {
        StatusPattern::Exact(status) => classes.iter().any(|c| status / 100 == u16::from(*c)),
        StatusPattern::Range(first) => classes.contains(&first),
        StatusPattern::Default => false,
    }
}

/// What a caller may wait for; `default` counts where nothing else says success.
fn is_success(operation: &Operation, pattern: StatusPattern) -> bool {
    match pattern {
        StatusPattern::Default => !operation.responses.iter().any(|r| is_class(r.pattern, &[2, 3])),
        _ => is_class(pattern, &[1, 2, 3]),
    }
}

fn covers(wide: StatusPattern, narrow: StatusPattern) -> bool {
    match (wide, narrow) {
        (a, b) if a == b => true,
        (StatusPattern::Range(first), StatusPattern::Exact(status)) => status / 100 == u16::from(first),
        (StatusPattern::Default, _) => true,
        _ => false,
    }
}

/// The range or `default` under which a status was documented.
fn covering(operation: &Operation, pattern: StatusPattern) -> Option<&ResponseSpec> {
    let wide = operation.responses.iter().filter(|r| r.pattern != pattern && covers(r.pattern, pattern));
    let mut wide: Vec<&ResponseSpec> = wide
        .filter(|r| r.pattern != StatusPattern::Default || is_success(operation, r.pattern) || !is_class(pattern, &[1, 2, 3]))
        .collect();
    wide.sort_by_key(|r| r.pattern == StatusPattern::Default);
    wide.first().copied()
}

fn response(gather: &mut Gather<'_>, scene: &Scene, old: &ResponseSpec, new: &ResponseSpec) {
    headers(gather, scene, old, new);
    let places = (Some(old.place.clone()), Some(new.place.clone()));
    match (old.media.is_empty(), new.media.is_empty()) {
        (true, true) => {}
        (true, false) => {
            gather.note(scene, "diff/response-body-added", "a body is described now", places.0, places.1);
        }
        (false, true) => {
            gather.note(scene, "diff/response-body-removed", "no body is described any more", places.0, places.1);
        }
        (false, false) => {
            let rules = ("diff/media-type-added", "diff/media-type-removed");
            media(gather, scene, (&old.media, &old.place), (&new.media, &new.place), rules);
        }
    }
}

fn headers(gather: &mut Gather<'_>, scene: &Scene, old: &ResponseSpec, new: &ResponseSpec) {
    for after in &new.headers {
        let scene = scene.at(format!("{} header `{}`", scene.path, after.name));
        match old.headers.iter().find(|b| b.name.eq_ignore_ascii_case(&after.name)) {
            Some(before) => header(gather, &scene, (old, before), (new, after)),
            None => {
                let place = place(gather.new, after.schema.as_ref(), &new.place);
                let (rule, message) = match after.required {
                    true => ("diff/required-header-added", "it was added, required"),
                    false => ("diff/header-added", "it was added, optional"),
                };
                gather.note(&scene, rule, message, Some(old.place.clone()), Some(place));
            }
        }
    }
    for before in old.headers.iter().filter(|b| !new.headers.iter().any(|a| a.name.eq_ignore_ascii_case(&b.name))) {
        let scene = scene.at(format!("{} header `{}`", scene.path, before.name));
        let place = place(gather.old, before.schema.as_ref(), &old.place);
        gather.note(&scene, "diff/header-removed", "it was removed", Some(place), Some(new.place.clone()));
    }
}

fn header(gather: &mut Gather<'_>, scene: &Scene, old: (&ResponseSpec, &HeaderSpec), new: (&ResponseSpec, &HeaderSpec)) {
    let (before, after) = (old.1, new.1);
    let places =
        (place(gather.old, before.schema.as_ref(), &old.0.place), place(gather.new, after.schema.as_ref(), &new.0.place));
    let rule = match (before.required, after.required) {
        (false, true) => Some(("diff/header-became-required", "it became required")),
        (true, false) => Some(("diff/header-became-optional", "it became optional")),
        _ => None,
    };
    if let Some((rule, message)) = rule {
        gather.note(scene, rule, message, Some(places.0.clone()), Some(places.1.clone()));
    }
    if before.content.as_deref().map(essence) == after.content.as_deref().map(essence) {
        gather.schemas(scene, before.schema.as_ref(), after.schema.as_ref(), (&places.0, &places.1));
    } else {
        let message = "its value is written in another media type";
        gather.note(scene, "diff/encoding-changed", message, Some(places.0), Some(places.1));
    }
}
