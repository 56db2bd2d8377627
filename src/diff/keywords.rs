//! What two shapes differ in that concerns the value itself: types, numbers, texts, conditions.
//!
//! Looks at keywords one by one; never at members or items.

use crate::diff::schemas::{Comparer, Effect, Local};
use crate::diff::shape::{Bound, Condition, Counts, Sense, Shape, Types, order};
use serde_json::{Number, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;

type Pair<'s> = (&'s Shape, &'s Shape);

pub(super) fn compare(comparer: &Comparer<'_>, a: &Shape, b: &Shape) -> Local {
    let mut local = Local::default();
    let pair = (a, b);
    types(pair, &mut local);
    values(pair, &mut local);
    let common = a.types.and(b.types);
    if common.meets(Types::NUMBER) {
        range(pair, &mut local);
        multiples(pair, &mut local);
    }
    if common.meets(Types::STRING) {
        open_values(pair, &mut local);
        let rules = ("diff/length-narrowed", "diff/length-widened");
        counts("length", rules, (a.length, b.length), pair, &["minLength", "maxLength"], &mut local);
        patterns(pair, &mut local);
        formats(pair, &mut local);
    }
    if common.meets(Types::ARRAY) {
        let rules = ("diff/item-count-narrowed", "diff/item-count-widened");
        counts("number of items", rules, (a.count, b.count), pair, &["minItems", "maxItems"], &mut local);
        match (a.unique, b.unique) {
            (false, true) => {
                let message = "items must now differ from one another".to_owned();
                local.note("diff/unique-items-added", Effect::NARROWER, message, pair, &["uniqueItems"]);
            }
            (true, false) => {
                local.note("diff/unique-items-dropped", Effect::WIDER, "items may now repeat".to_owned(), pair, &["uniqueItems"]);
            }
            _ => {}
        }
    }
    conditions(comparer, pair, &mut local);
    defaults(pair, &mut local);
    local
}

fn types((a, b): Pair<'_>, local: &mut Local) {
    let pair = (a, b);
    let keywords = ["type", "nullable", "oneOf", "anyOf"];
    let had = a.types.meets(Types::NULL);
    let has = b.types.meets(Types::NULL);
    // Null alone is told apart, unless null was all there was.
    let both = a.types != Types::NULL && b.types != Types::NULL;
    let (old, new) = if both { (a.types.without(Types::NULL), b.types.without(Types::NULL)) } else { (a.types, b.types) };
    let message = || format!("the type was {old}, and is now {new}");
    match (old.within(new), new.within(old)) {
        (true, true) => {}
        (true, false) => local.note("diff/type-widened", Effect::WIDER, message(), pair, &keywords),
        (false, true) => local.note("diff/type-narrowed", Effect::NARROWER, message(), pair, &keywords),
        (false, false) => local.note("diff/type-changed", Effect::CROSSED, message(), pair, &keywords),
    }
    let loose = old != new && (old == Types::ALL.without(Types::NULL) || new == Types::ALL.without(Types::NULL));
    match (had, has) {
        (false, true) if both && !loose => {
            local.note("diff/null-added", Effect::WIDER, "null is now possible".to_owned(), pair, &keywords);
        }
        (true, false) if both && !loose => {
            local.note("diff/null-removed", Effect::NARROWER, "null is no longer possible".to_owned(), pair, &keywords);
        }
        (false, true) if both => local.silent = local.silent.and(Effect::WIDER),
        (true, false) if both => local.silent = local.silent.and(Effect::NARROWER),
        _ => {}
    }
}

/// Lists that do not make up the whole schema.
fn values((a, b): Pair<'_>, local: &mut Local) {
    let keywords = ["enum", "const"];
    match (&a.values, &b.values) {
        (None, Some(new)) => {
            let message = format!("only listed values are possible now: {}", list(new));
            local.note("diff/enum-added", Effect::NARROWER, message, (a, b), &keywords);
        }
        (Some(old), None) => {
            let message = format!("values other than {} are possible now", list(old));
            local.note("diff/enum-dropped", Effect::WIDER, message, (a, b), &keywords);
        }
        (Some(old), Some(new)) => {
            let open = a.is_open || b.is_open;
            value_changes(old, new, open, (a, b), local);
        }
        (None, None) => {}
    }
}

/// Values that came and values that went.
pub(super) fn value_changes(old: &[Value], new: &[Value], open: bool, pair: Pair<'_>, local: &mut Local) {
    let keywords = ["enum", "const", "nullable", "oneOf", "anyOf"];
    for value in new.iter().filter(|v| !old.contains(v)) {
        let (rule, message) = match (value, open) {
            (Value::Null, _) => ("diff/null-added", "null is now possible".to_owned()),
            (_, true) => ("diff/open-enum-value-added", format!("{} was added", show(value))),
            (_, false) => ("diff/enum-value-added", format!("{} was added", show(value))),
        };
        local.note(rule, Effect::WIDER, message, pair, &keywords);
    }
    for value in old.iter().filter(|v| !new.contains(v)) {
        let (rule, message) = match value {
            Value::Null => ("diff/null-removed", "null is no longer possible".to_owned()),
            _ => ("diff/enum-value-removed", format!("{} was removed", show(value))),
        };
        local.note(rule, Effect::NARROWER, message, pair, &keywords);
    }
}

fn open_values((a, b): Pair<'_>, local: &mut Local) {
    let (Some(old), Some(new)) = (&a.open_values, &b.open_values) else { return };
    for value in new.iter().filter(|v| !old.contains(v)) {
        let message = format!("{} was added", show(value));
        local.note("diff/open-enum-value-added", Effect::NONE, message, (a, b), &["x-extensible-enum"]);
    }
    for value in old.iter().filter(|v| !new.contains(v)) {
        let message = format!("{} was removed", show(value));
        local.note("diff/open-enum-value-removed", Effect::NONE, message, (a, b), &["x-extensible-enum"]);
    }
}

fn range((a, b): Pair<'_>, local: &mut Local) {
    let lower = way(a.lower.as_ref(), b.lower.as_ref(), Bound::by_lower);
    let upper = way(a.upper.as_ref(), b.upper.as_ref(), Bound::by_upper);
    // All numbers that JSON carries safely are 64-bit ones (RFC 8259 section 6): to say so, or not, tells a partner nothing.
    let vast = |bound: Option<&Bound>| bound.is_none_or(|b| [Some(i64::MIN), Some(i64::MAX)].contains(&b.value.as_i64()));
    if vast(a.lower.as_ref()) && vast(b.lower.as_ref()) && vast(a.upper.as_ref()) && vast(b.upper.as_ref()) {
        local.silent = local.silent.and(lower).and(upper);
        return;
    }
    let message = format!("the range was {}, and is now {}", show_range(a), show_range(b));
    let keywords = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"];
    local.note_way(("diff/range-narrowed", "diff/range-widened"), lower.and(upper), message, (a, b), &keywords);
}

fn way(old: Option<&Bound>, new: Option<&Bound>, by: fn(&Bound, &Bound) -> Ordering) -> Effect {
    match (old, new) {
        (None, None) => Effect::NONE,
        (None, Some(_)) => Effect::NARROWER,
        (Some(_), None) => Effect::WIDER,
        (Some(old), Some(new)) => match by(old, new) {
            Ordering::Less => Effect::NARROWER,
            Ordering::Equal => Effect::NONE,
            Ordering::Greater => Effect::WIDER,
        },
    }
}

fn show_range(shape: &Shape) -> String {
    let lower = shape.lower.as_ref().map(|b| format!("{} {}", if b.exclusive { "above" } else { "from" }, b.value));
    let upper = shape.upper.as_ref().map(|b| format!("{} {}", if b.exclusive { "below" } else { "up to" }, b.value));
    match (lower, upper) {
        (None, None) => "not limited".to_owned(),
        (lower, upper) => [lower, upper].into_iter().flatten().collect::<Vec<_>>().join(" "),
    }
}

fn multiples((a, b): Pair<'_>, local: &mut Local) {
    let implied = |one: &Number, by: &[Number]| by.iter().any(|other| divides(one, other));
    let narrower = b.multiples.iter().any(|m| !implied(m, &a.multiples));
    let wider = a.multiples.iter().any(|m| !implied(m, &b.multiples));
    let effect = match (narrower, wider) {
        (false, false) => return,
        (true, false) => Effect::NARROWER,
        (false, true) => Effect::WIDER,
        (true, true) => Effect::CROSSED,
    };
    let show = |shape: &Shape| match shape.multiples.as_slice() {
        [] => "anything".to_owned(),
        some => some.iter().map(|m| format!("a multiple of {m}")).collect::<Vec<_>>().join(" and "),
    };
    let message = format!("it was {}, and is now {}", show(a), show(b));
    local.note_way(("diff/multiple-of-narrowed", "diff/multiple-of-widened"), effect, message, (a, b), &["multipleOf"]);
}

/// True when every multiple of `other` is one of `one`.
fn divides(one: &Number, other: &Number) -> bool {
    if order(one, other) == Ordering::Equal {
        return true;
    }
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one != 0 && other % one == 0,
        _ => one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| {
            let times = other / one;
            times.fract() == 0.0 && times.abs() < 1e15
        }),
    }
}

pub(super) fn counts(
    what: &str,
    rules: (&'static str, &'static str),
    (old, new): (Counts, Counts),
    pair: Pair<'_>,
    keywords: &[&str],
    local: &mut Local,
) {
    let narrower = new.least > old.least || new.most.is_some_and(|n| old.most.is_none_or(|o| n < o));
    let wider = new.least < old.least || old.most.is_some_and(|o| new.most.is_none_or(|n| n > o));
    let effect = match (narrower, wider) {
        (false, false) => return,
        (true, false) => Effect::NARROWER,
        (false, true) => Effect::WIDER,
        (true, true) => Effect::CROSSED,
    };
    let show = |c: Counts| match (c.least, c.most) {
        (0, None) => "not limited".to_owned(),
        (0, Some(most)) => format!("at most {most}"),
        (least, None) => format!("at least {least}"),
        (least, Some(most)) if least == most => format!("just {least}"),
        (least, Some(most)) => format!("{least} to {most}"),
    };
    local.note_way(rules, effect, format!("the {what} was {}, and is now {}", show(old), show(new)), pair, keywords);
}

fn patterns((a, b): Pair<'_>, local: &mut Local) {
    let came: Vec<&String> = b.patterns.difference(&a.patterns).collect();
    let went: Vec<&String> = a.patterns.difference(&b.patterns).collect();
    let show = |all: &[&String]| all.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(" and ");
    match (came.is_empty(), went.is_empty()) {
        (true, true) => {}
        (false, true) => {
            let message = format!("the text must now match {}", show(&came));
            local.note("diff/pattern-added", Effect::NARROWER, message, (a, b), &["pattern"]);
        }
        (true, false) => {
            let message = format!("the text need no longer match {}", show(&went));
            local.note("diff/pattern-dropped", Effect::WIDER, message, (a, b), &["pattern"]);
        }
        (false, false) => {
            let message = format!("the text had to match {}, and must now match {}", show(&went), show(&came));
            local.note("diff/pattern-changed", Effect::UNKNOWN, message, (a, b), &["pattern"]);
        }
    }
}

/// Formats that are checked.
const CHECKED: [&str; 19] = [
    "date",
    "date-time",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "iri",
    "uri-reference",
    "iri-reference",
    "uri-template",
    "uuid",
    "json-pointer",
    "relative-json-pointer",
    "regex",
];

/// Formats of which the first allows nothing that the second does not.
const WITHIN: [(&str, &str); 7] = [
    ("email", "idn-email"),
    ("hostname", "idn-hostname"),
    ("uri", "iri"),
    ("uri", "uri-reference"),
    ("uri", "iri-reference"),
    ("iri", "iri-reference"),
    ("uri-reference", "iri-reference"),
];

fn formats((a, b): Pair<'_>, local: &mut Local) {
    let keywords = ["format", "contentEncoding", "contentMediaType"];
    let pair = (a, b);
    if a.encoding != b.encoding {
        let show = |e: &Option<String>| e.as_ref().map_or_else(|| "plain text".to_owned(), |e| format!("`{e}`"));
        let message = format!("the text was {}, and is now {}", show(&a.encoding), show(&b.encoding));
        local.note("diff/encoding-changed", Effect::UNKNOWN, message, pair, &keywords);
    }
    if a.formats == b.formats {
        return;
    }
    let show = |all: &BTreeSet<String>| match all.len() {
        0 => "none".to_owned(),
        _ => all.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(" and "),
    };
    let message = format!("the format was {}, and is now {}", show(&a.formats), show(&b.formats));
    let checked = |all: &BTreeSet<String>| all.iter().all(|f| CHECKED.contains(&f.as_str()));
    if !checked(&a.formats) || !checked(&b.formats) {
        local.note("diff/format-note-changed", Effect::UNKNOWN, message, pair, &keywords);
        return;
    }
    let implied = |one: &String, by: &BTreeSet<String>| {
        by.contains(one) || by.iter().any(|other| WITHIN.contains(&(other.as_str(), one.as_str())))
    };
    let narrower = b.formats.iter().any(|f| !implied(f, &a.formats));
    let wider = a.formats.iter().any(|f| !implied(f, &b.formats));
    match (narrower, wider) {
        (true, false) => local.note("diff/format-narrowed", Effect::NARROWER, message, pair, &keywords),
        (false, true) => local.note("diff/format-widened", Effect::WIDER, message, pair, &keywords),
        _ => local.note("diff/format-changed", Effect::CROSSED, message, pair, &keywords),
    }
}

fn conditions(comparer: &Comparer<'_>, pair: Pair<'_>, local: &mut Local) {
    let (a, b) = pair;
    let mut left: Vec<&Condition> = b.conditions.iter().collect();
    for old in &a.conditions {
        let same = left.iter().position(|new| old.name == new.name && effect_of(comparer, old, new) == Effect::NONE);
        let found = same.or_else(|| left.iter().position(|new| old.name == new.name));
        let Some(found) = found else {
            let message = format!("`{}` was dropped", old.name);
            local.note("diff/condition-dropped", Effect::WIDER, message, pair, &["not"]);
            continue;
        };
        let new = left.remove(found);
        let effect = effect_of(comparer, old, new);
        let message = || format!("`{}` was changed", old.name);
        if new.schemas.is_empty() {
            local.note("diff/not-compared", Effect::UNKNOWN, "there are too many alternatives".to_owned(), pair, &[]);
        } else if effect == Effect::NONE {
        } else if effect.keeps_old() {
            local.note("diff/condition-dropped", effect, format!("{}: it allows more now", message()), pair, &["not"]);
        } else if effect.keeps_new() {
            local.note("diff/condition-added", effect, format!("{}: it allows less now", message()), pair, &["not"]);
        } else {
            local.note("diff/condition-changed", effect, message(), pair, &["not"]);
        }
    }
    for new in left {
        let message = format!("`{}` was added", new.name);
        local.note("diff/condition-added", Effect::NARROWER, message, pair, &["not"]);
    }
}

fn effect_of(comparer: &Comparer<'_>, old: &Condition, new: &Condition) -> Effect {
    if old.text != new.text || old.schemas.len() != new.schemas.len() {
        return Effect::UNKNOWN;
    }
    let pairs = old.schemas.iter().zip(&new.schemas);
    let effect = pairs.fold(Effect::NONE, |all, (a, b)| all.and(comparer.relation(a, b, 500)));
    match old.sense {
        _ if effect == Effect::NONE => Effect::NONE,
        Sense::Same => effect,
        Sense::Opposite => effect.opposite(),
        Sense::Mixed => Effect::UNKNOWN,
    }
}

fn defaults(pair: Pair<'_>, local: &mut Local) {
    let (a, b) = pair;
    let (rule, message) = match (&a.default, &b.default) {
        (None, Some(new)) => ("diff/default-added", format!("the default is now {}", show(new))),
        (Some(old), None) => ("diff/default-changed", format!("the default {} was dropped", show(old))),
        (Some(old), Some(new)) if old != new => {
            ("diff/default-changed", format!("the default was {}, and is now {}", show(old), show(new)))
        }
        _ => return,
    };
    local.note(rule, Effect::NONE, message, pair, &["default"]);
}

/// A value as JSON, shortened.
pub(super) fn show(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

fn list(values: &[Value]) -> String {
    let shown: Vec<String> = values.iter().take(8).map(show).collect();
    let more = if values.len() > shown.len() { format!(" and {} more", values.len() - shown.len()) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
