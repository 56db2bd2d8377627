//! Bodies without what a record must not hold, and what an environment wants hidden at places in them.
//!
//! JSON is treated value by value, so that what is hidden can be told by its place. Never judges a body.

use crate::base::secret::Secret;
use crate::model::exchange::Exchange;
use crate::model::redact::rules::Place;
use crate::model::redact::{REDACTED, Redactor, rule};
use crate::record::scrub::json::{Editor, Kind, Step, rewrite};
use crate::record::scrub::{Hits, Side, names, text_telling};
use crate::record::shape::BodyRecord;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// How much of a body a record keeps, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;

/// A body without secrets, up to [`BODY_LIMIT`].
#[must_use]
pub fn body(redactor: &Redactor, media_type: Option<&str>, bytes: &[u8], side: Side, hits: &mut Hits) -> BodyRecord {
    let length = bytes.len();
    if length == 0 {
        return BodyRecord::default();
    }
    let place = format!("{} body", side.word());
    let Ok(text) = std::str::from_utf8(bytes) else {
        return binary(redactor, bytes, &place, hits);
    };
    // Redacted before it is cut: a secret cut in half would no longer be found.
    kept(length, scrubbed(redactor, media_type, text, &place, hits))
}

fn kept(length: usize, mut text: String) -> BodyRecord {
    let cut = text.len() > BODY_LIMIT;
    truncate(&mut text, BODY_LIMIT);
    BodyRecord { length, text: Some(text), base64: None, cut }
}

fn binary(redactor: &Redactor, bytes: &[u8], place: &str, hits: &mut Hits) -> BodyRecord {
    let length = bytes.len();
    let lossy = String::from_utf8_lossy(bytes);
    let redacted = redactor.text_telling(&lossy, false, &mut |rule| hits.add(place, rule));
    if redacted != lossy {
        return kept(length, redacted);
    }
    let shown = &bytes[..length.min(BODY_LIMIT)];
    BodyRecord { length, text: None, base64: Some(STANDARD.encode(shown)), cut: length > BODY_LIMIT }
}

/// Cuts `text` to at most `limit` bytes without cutting a character.
fn truncate(text: &mut String, limit: usize) {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

fn scrubbed(redactor: &Redactor, media_type: Option<&str>, text: &str, place: &str, hits: &mut Hits) -> String {
    if let Some(text) = rewrite(text, &mut Hider { redactor, place, hits }) {
        return text;
    }
    let pointers = &redactor.rules().pointers;
    if media_type == Some("application/x-www-form-urlencoded") {
        let whole = redactor.text_telling(text, true, &mut |rule| hits.add(place, rule));
        let named = |name: &str| names::is_credential(name) || pointers.iter().any(|p| p.name() == Some(name));
        return names::form(&whole, &named, &mut |name| hits.add(&format!("{place} field {name}"), rule::NAME));
    }
    let shown = text_telling(redactor, text, &mut |rule| hits.add(place, rule));
    match mentioned(pointers, &shown) {
        // Places of what is no JSON, or breaks off, are not known: what follows the name of one may be its value.
        Some(at) if &shown[at..] != REDACTED => {
            hits.add(place, rule::POINTER);
            format!("{}{REDACTED}", &shown[..at])
        }
        _ => shown,
    }
}

/// Where a text first mentions the name of a hidden place; its beginning where one has no name.
fn mentioned(pointers: &[Place], text: &str) -> Option<usize> {
    let after = |place: &Place| match place.name() {
        Some(name) => text.find(&format!("\"{name}\"")).map(|at| at + name.len() + 2),
        None => text.trim_start().starts_with(['{', '[']).then_some(0),
    };
    pointers.iter().filter_map(after).min()
}

/// Hides values of a JSON document, each by the first rule that asks for it.
struct Hider<'a> {
    redactor: &'a Redactor,
    place: &'a str,
    hits: &'a mut Hits,
}

impl Hider<'_> {
    /// Where a part stands, items of lists as `*`; names have gone through the redactor as well.
    fn at(&self, path: &[Step]) -> String {
        let mut at = format!("{} ", self.place);
        for step in path {
            at.push('/');
            match step {
                Step::Member(name) => at.push_str(&self.redactor.text(name).replace('~', "~0").replace('/', "~1")),
                Step::Item(_) => at.push('*'),
            }
        }
        at.trim_end().to_owned()
    }
}

impl Editor for Hider<'_> {
    fn value(&mut self, path: &[Step], raw: &str) -> Option<String> {
        if matches!(raw, "null" | "\"\"" | "\"[redacted]\"") {
            return None;
        }
        let rule = if is_any(&self.redactor.rules().pointers, path, Place::is) {
            rule::POINTER
        } else if raw.starts_with('"') && matches!(path.last(), Some(Step::Member(name)) if names::is_credential(name)) {
            rule::NAME
        } else {
            return None;
        };
        self.hits.add(&self.at(path), rule);
        Some(format!("\"{REDACTED}\""))
    }

    fn inside(&mut self, path: &[Step], raw: &str, kind: Kind) -> Option<String> {
        let random = kind != Kind::Number && !is_any(&self.redactor.rules().kept_pointers, path, Place::holds);
        // Escapes could hide a value from a search.
        let plain: Option<String> = if raw.contains('\\') { serde_json::from_str(&format!("\"{raw}\"")).ok() } else { None };
        let mut rules = Vec::new();
        let shown = self.redactor.text_telling(plain.as_deref().unwrap_or(raw), random, &mut |rule| rules.push(rule.to_owned()));
        if rules.is_empty() {
            return None;
        }
        let at = self.at(path);
        rules.iter().for_each(|rule| self.hits.add(&at, rule));
        let quoted = Value::from(shown).to_string();
        Some(quoted[1..quoted.len() - 1].to_owned())
    }
}

fn is_any(places: &[Place], path: &[Step], test: fn(&Place, &[String]) -> bool) -> bool {
    if places.is_empty() {
        return false;
    }
    let names: Vec<String> = path.iter().map(Step::named).collect();
    places.iter().any(|place| test(place, &names))
}

/// Has the redactor hide, wherever it is repeated, what an exchange has at the places that are to be hidden: a finding may quote it.
pub fn learn(redactor: &mut Redactor, exchange: &Exchange) {
    if redactor.rules().pointers.is_empty() {
        return;
    }
    let mut learner = Learner { pointers: redactor.rules().pointers.clone(), values: Vec::new() };
    let bodies = [Some(&exchange.request.body), exchange.response().map(|response| &response.body)];
    for text in bodies.into_iter().flatten().filter_map(|body| std::str::from_utf8(body).ok()) {
        rewrite(text, &mut learner);
    }
    learner.values.into_iter().for_each(|value| redactor.learn(value));
}

struct Learner {
    pointers: Vec<Place>,
    values: Vec<Secret<String>>,
}

impl Learner {
    /// A number of few digits stands for much else.
    const DIGITS: usize = 6;

    fn take(&mut self, value: &Value) {
        match value {
            Value::String(text) if text != REDACTED => self.values.push(Secret::new(text.clone())),
            Value::Number(number) if number.to_string().len() >= Self::DIGITS => {
                self.values.push(Secret::new(number.to_string()));
            }
            Value::Array(items) => items.iter().for_each(|item| self.take(item)),
            Value::Object(members) => members.values().for_each(|member| self.take(member)),
            _ => {}
        }
    }
}

impl Editor for Learner {
    fn value(&mut self, path: &[Step], raw: &str) -> Option<String> {
        if is_any(&self.pointers, path, Place::is)
            && let Ok(value) = serde_json::from_str(raw)
        {
            self.take(&value);
        }
        None
    }

    fn inside(&mut self, _: &[Step], _: &str, _: Kind) -> Option<String> {
        None
    }
}
