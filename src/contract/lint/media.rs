//! Media types that cannot be told apart, or that nothing can match.
//!
//! Looks at names only; what a body holds is not looked at here.

use super::report::Report;
use super::survey::{At, Survey};
use crate::contract::files::Loc;
use crate::contract::media::is_token;
use std::collections::{HashMap, HashSet};

pub(super) fn check(survey: &Survey<'_>, report: &mut Report<'_>) {
    let mut seen: HashSet<Loc> = HashSet::new();
    for operation in &survey.operations {
        let responses = operation.responses.iter().map(|r| &r.at);
        for owner in operation.body.iter().chain(responses) {
            if seen.insert(owner.loc.clone()) {
                names(owner, report);
            }
        }
    }
}

fn names(owner: &At<'_>, report: &mut Report<'_>) {
    let Some(content) = owner.child("content") else { return };
    let mut first: HashMap<String, (&str, Loc)> = HashMap::new();
    for (name, media) in content.named() {
        let Some(normal) = normal(name) else { continue };
        if normal.split_once('/').is_some_and(|(_, subtype)| subtype.contains('*') && !subtype.starts_with("*;")) {
            let hint = "only a whole subtype can be `*`: write `application/*`, or each type by itself";
            report.key("lint/media-type", &media.loc, format!("no body can be of the type `{name}`"), hint);
            continue;
        }
        if let Some((earlier, loc)) = first.get(&normal) {
            let message = format!("`{name}` and `{earlier}` are the same media type");
            let hint = format!("`{earlier}` stands on {}; keep one of them", report.line(&media.loc, loc));
            report.key("lint/duplicate-media-type", &media.loc, message, hint);
        } else {
            first.insert(normal, (name, media.loc));
        }
    }
}

/// The name with what makes no difference taken out; `None` when it is no media type and no range of them.
fn normal(name: &str) -> Option<String> {
    let mut parts = name.split(';');
    let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    if !is_token(kind) || !is_token(subtype) || (kind.contains('*') && essence != "*/*") {
        return None;
    }
    let is_json = subtype == "json" || subtype.ends_with("+json");
    let mut kept: Vec<String> = Vec::new();
    for parameter in parts {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim().trim_matches('"'));
        // JSON is always UTF-8, and UTF-8 is what text without a charset is taken for.
        let plain = key == "charset" && (is_json || value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8"));
        if !plain && !key.is_empty() {
            kept.push(format!("{key}={value}"));
        }
    }
    kept.sort();
    Some(format!("{essence};{}", kept.join(";")))
}
