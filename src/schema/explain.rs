//! Turns the errors of the JSON Schema crate into violations that a person can act on.
//!
//! Words and pointers only; decides nothing about validity.

use crate::base::pointer::Pointer;
use crate::schema::content::CONTENT;
use crate::schema::set::Inner;
use crate::schema::source::{place, place_in_defs};
use crate::schema::violation::Violation;
use crate::schema::words::{article, excerpt, is_dependent, kind_of, type_names, words};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

pub(in crate::schema) struct Explainer<'a> {
    root: &'a Value,
    set: Option<&'a Inner>,
}

impl<'a> Explainer<'a> {
    pub(in crate::schema) fn new(root: &'a Value, set: Option<&'a Inner>) -> Self {
        Self { root, set }
    }

    pub(in crate::schema) fn explain<'e>(&self, errors: impl Iterator<Item = ValidationError<'e>>) -> Vec<Violation> {
        let mut found = Vec::new();
        for error in errors {
            self.one(&error, &mut found);
        }
        secondary(&mut found);
        let mut seen = std::collections::HashSet::new();
        found.retain(|v: &Violation| seen.insert((v.instance.clone(), v.document.clone(), v.schema.clone(), v.message.clone())));
        found.sort_by(|a, b| a.instance.cmp(&b.instance));
        found
    }

    fn one(&self, error: &ValidationError<'_>, found: &mut Vec<Violation>) {
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => self.alternatives(error, context, found),
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    let mut violation = self.violation(error, error.kind().keyword());
                    violation.message = format!("property `{name}` is not allowed");
                    violation.expected = "no other property".to_owned();
                    violation.actual = format!("`{name}`");
                    found.push(violation);
                }
            }
            Kind::PropertyNames { error: inner } => {
                let mut violation = self.violation(error, "propertyNames");
                violation.message = format!("the property name {} {}", excerpt(inner.instance()), words(inner).0);
                violation.expected = words(inner).1;
                violation.actual = excerpt(inner.instance());
                found.push(violation);
            }
            // What a text holds: the message begins with the keyword that says so.
            Kind::Custom { keyword, message } if keyword == CONTENT => {
                let (keyword, message) = message.split_once(' ').unwrap_or((CONTENT, message));
                let mut violation = self.violation(error, keyword);
                violation.schema = violation.schema.parent().unwrap_or_default().push(keyword);
                violation.message = message.to_owned();
                violation.expected = format!("what `{keyword}` says");
                found.push(violation);
            }
            Kind::Not { schema } if schema.get("$comment").and_then(Value::as_str).is_some_and(|c| c.ends_with("Only")) => {
                let keyword = if schema["$comment"] == "readOnly" { "readOnly" } else { "writeOnly" };
                let mut violation = self.violation(error, keyword);
                violation.schema = violation.schema.parent().unwrap_or_default().push(keyword);
                let way = if keyword == "readOnly" { "a request" } else { "a response" };
                violation.message = format!("must not be in {way}, because it is {keyword}");
                violation.expected = "absent".to_owned();
                found.push(violation);
            }
            kind => {
                let violation = self.violation(error, kind.keyword());
                found.push(violation);
            }
        }
    }

    fn violation(&self, error: &ValidationError<'_>, keyword: &str) -> Violation {
        let (mut message, expected) = words(error);
        if let Kind::Required { property } = error.kind()
            && is_dependent(error)
            && let Some(cause) = self.cause(error, property)
        {
            message = format!("property `{}` is missing, and is needed beside `{cause}`", property.as_str().unwrap_or_default());
        }
        message.push_str(condition(error.schema_path().as_str()));
        let (document, mut schema) = self.schema_place(error);
        if is_dependent(error) {
            schema = keyword_of_dependence(schema);
        }
        Violation {
            instance: Pointer::from_escaped(error.instance_path().to_string()),
            document,
            schema,
            keyword: keyword.to_owned(),
            message,
            expected,
            actual: match error.kind() {
                Kind::Required { .. } => "absent".to_owned(),
                _ => excerpt(error.instance()),
            },
        }
    }

    fn schema_place(&self, error: &ValidationError<'_>) -> (String, Pointer) {
        let own = || (String::new(), Pointer::from_escaped(error.schema_path().to_string()));
        let Some(((document, pointer), set)) = located(error).zip(self.set) else { return own() };
        (set.name(document), set.written(document, &pointer))
    }

    fn alternatives(&self, error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>], found: &mut Vec<Violation>) {
        if let [only] = context {
            return only.iter().for_each(|e| self.one(e, found));
        }
        let depth = depth_of(error.instance_path());
        let count = context.len();
        let nearest = context.iter().enumerate().min_by_key(|(_, branch)| distance(branch, depth));
        let chosen = nearest.filter(|(_, b)| !b.is_empty() && distance(b, depth) < WRONG_TYPE);
        if let Some(violation) = self.deciding(error, context, depth) {
            return found.push(violation);
        }
        let Some((number, branch)) = chosen else {
            return found.push(self.none_fits(error, context, depth));
        };
        let before = found.len();
        branch.iter().for_each(|e| self.one(e, found));
        let number = number + 1;
        let which = match self.branch_name(error, number - 1) {
            Some(name) => format!(" (closest is `{name}`, alternative {number} of {count})"),
            None => format!(" (closest is alternative {number} of {count})"),
        };
        for violation in &mut found[before..] {
            if !violation.message.contains(" (closest is ") {
                violation.message.push_str(&which);
            }
        }
    }

    /// When every alternative wants another value of the same property, that property decides and nothing else is worth a word.
    fn deciding(
        &self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        depth: usize,
    ) -> Option<Violation> {
        let tags = |branch: &[ValidationError<'static>]| -> Vec<(String, Vec<Value>)> {
            let tag = |e: &ValidationError<'static>| {
                let wanted = match e.kind() {
                    Kind::Constant { expected_value } => vec![expected_value.as_ref().clone()],
                    Kind::Enum { options } => options.as_array().cloned().unwrap_or_default(),
                    _ => return None,
                };
                (depth_of(e.instance_path()) <= depth + 1).then(|| (e.instance_path().to_string(), wanted))
            };
            branch.iter().filter_map(tag).collect()
        };
        let mut branches = context.iter().map(|branch| tags(branch));
        let mut shared = branches.next()?;
        for branch in branches {
            shared.retain_mut(|(at, wanted)| match branch.iter().find(|(other, _)| other == at) {
                Some((_, more)) => {
                    wanted.extend(more.iter().cloned());
                    true
                }
                None => false,
            });
        }
        let (at, mut wanted) = shared.into_iter().next()?;
        let mut once: Vec<Value> = Vec::new();
        wanted.retain(|value| {
            !once.contains(value) && {
                once.push(value.clone());
                true
            }
        });
        let list = wanted.iter().map(excerpt).collect::<Vec<_>>().join(", ");
        let mut violation = self.violation(error, error.kind().keyword());
        violation.instance = Pointer::from_escaped(at);
        violation.message = format!("must be one of {list}, which decides among the {} alternatives", context.len());
        violation.expected = format!("one of {list}");
        violation.actual = self.root.pointer(violation.instance.as_str()).map(excerpt).unwrap_or_default();
        Some(violation)
    }

    fn none_fits(&self, error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>], depth: usize) -> Violation {
        let count = context.len();
        let mut kinds: Vec<String> = Vec::new();
        let all_types = context.iter().all(|branch| {
            let kind = branch.iter().find_map(|e| match e.kind() {
                Kind::Type { kind } if depth_of(e.instance_path()) == depth => Some(type_names(kind)),
                _ => None,
            });
            kind.map(|kind| kinds.push(kind)).is_some()
        });
        let mut violation = self.violation(error, error.kind().keyword());
        violation.message = format!("fits none of the {count} alternatives");
        violation.expected = format!("one of {count} alternatives");
        if all_types {
            kinds.sort();
            kinds.dedup();
            violation.expected = kinds.join(" or ");
            let found = article(kind_of(error.instance()));
            violation.message.push_str(&format!(": must be {}, but is {found}", violation.expected));
        }
        violation
    }

    /// The property that is there and makes another one required.
    fn cause(&self, error: &ValidationError<'_>, missing: &Value) -> Option<String> {
        let (document, pointer) = located(error)?;
        let pointer = keyword_of_dependence(pointer);
        let rules = self.set?.keyword(document, &pointer)?;
        let there = error.instance();
        let asks = |names: &Value| names.as_array().is_some_and(|names| names.contains(missing));
        rules.as_object()?.iter().find(|(name, names)| there.get(name).is_some() && asks(names)).map(|(name, _)| name.clone())
    }

    /// The name of the component that an alternative refers to.
    fn branch_name(&self, error: &ValidationError<'_>, number: usize) -> Option<String> {
        let (document, pointer) = located(error)?;
        self.set?.name_behind(document, &pointer, number)
    }
}

/// A branch whose very type differs was not meant.
const WRONG_TYPE: usize = 1_000_000;

/// A branch that another value of a property chooses.
const WRONG_TAG: usize = 10_000;

fn depth_of(path: &jsonschema::paths::Location) -> usize {
    path.as_str().bytes().filter(|b| *b == b'/').count()
}

/// How far a value is from a branch: a wrong type outweighs a wrong tag, and a wrong tag outweighs anything else. What is wrong
/// deep inside shows that all above it is right.
fn distance(branch: &[ValidationError<'static>], depth: usize) -> usize {
    branch
        .iter()
        .map(|error| {
            let below = depth_of(error.instance_path()).saturating_sub(depth);
            match (error.kind(), below) {
                (Kind::Type { .. } | Kind::FalseSchema, 0) => WRONG_TYPE,
                (Kind::Constant { .. } | Kind::Enum { .. }, 0 | 1) => WRONG_TAG,
                (Kind::AnyOf { context } | Kind::OneOfNotValid { context }, 0) => {
                    context.iter().map(|b| distance(b, depth)).min().unwrap_or(1)
                }
                (Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected }, 0) => {
                    90 * unexpected.len()
                }
                (_, 0) => 100,
                (_, 1) => 80,
                _ => 60 / below.min(6),
            }
        })
        .fold(0, usize::saturating_add)
}

/// The document and the place of the keyword that an error is of.
fn located(error: &ValidationError<'_>) -> Option<(usize, Pointer)> {
    match error.absolute_keyword_location() {
        Some(uri) => place(uri.as_str()),
        None => place_in_defs(error.schema_path().as_str()),
    }
}

/// Why a branch of `if` applies, when an error is in one.
fn condition(schema_path: &str) -> &'static str {
    let at = |key: &str| schema_path.rfind(key).map_or(0, |i| i + 1);
    match (at("/then/"), at("/else/"), at("/properties/")) {
        (then, other, _) if then > other => ", because what `if` describes is so",
        (then, other, _) if other > then => ", because what `if` describes is not so",
        _ => "",
    }
}

/// A property that is wrong in itself counts as not evaluated as well; that it is wrong is enough to know.
fn secondary(found: &mut Vec<Violation>) {
    let wrong: std::collections::HashSet<Pointer> = found.iter().map(|v| v.instance.clone()).collect();
    found.retain(|violation| {
        let name = violation.actual.strip_prefix('`').and_then(|a| a.strip_suffix('`'));
        let below = name.filter(|_| violation.keyword == "unevaluatedProperties").map(|n| violation.instance.push(n));
        !below.is_some_and(|below| {
            wrong.iter().any(|w| w.as_str().strip_prefix(below.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/')))
        })
    });
}

/// The place of `dependentRequired`, without a count behind it.
fn keyword_of_dependence(pointer: Pointer) -> Pointer {
    let counted = pointer.tokens().last().is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()));
    if counted { pointer.parent().unwrap_or_default() } else { pointer }
}
