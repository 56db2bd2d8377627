//! Alternatives, explained by the nearest one or by what decides among them.
//!
//! Compares what is wrong with each; decides nothing about validity.

use crate::base::pointer::Pointer;
use crate::schema::explain::{Explainer, located};
use crate::schema::tangle::ONE_OF;
use crate::schema::violation::Violation;
use crate::schema::words::{article, excerpt, kind_of, type_names};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

/// The alternatives that a value fits none of.
struct Alternatives {
    /// Where they are listed.
    list: Option<(usize, Pointer)>,
    /// How deep in the explained value the value is that they are for.
    depth: usize,
    /// What is said when there is nothing better to say.
    told: Violation,
}

impl Explainer<'_> {
    /// Alternatives that were only asked whether they fit: now each says what is wrong, one level deep.
    pub(in crate::schema) fn tangled(&self, error: &ValidationError<'_>, keyword: &str, found: &mut Vec<Violation>) {
        let own = if keyword == ONE_OF { "oneOf" } else { "anyOf" };
        let mut violation = self.violation(error, own);
        violation.schema = violation.schema.parent().unwrap_or_default().push(own);
        let Some((document, pointer, set)) = located(error).zip(self.set).map(|((d, p), set)| (d, p, set)) else {
            return found.push(violation);
        };
        let list = pointer.parent().unwrap_or_default().push(own);
        let count = set.keyword(document, &list).and_then(|all| all.as_array().map(Vec::len)).unwrap_or_default();
        let branches: Vec<_> = (0..count).map(|i| set.validator(document, &list.push(i))).collect();
        let instance = error.instance().as_ref();
        let told = branches.iter().map(|branch| match branch.explaining(Some(set)) {
            Ok(schema) if branch.schema.as_ref().is_ok_and(|s| !s.is_valid(instance)) => schema.iter_errors(instance).collect(),
            _ => Vec::new(),
        });
        let context: Vec<Vec<ValidationError<'_>>> = told.collect();
        let fits: Vec<String> =
            context.iter().enumerate().filter(|(_, e)| e.is_empty()).map(|(i, _)| (i + 1).to_string()).collect();
        if !fits.is_empty() {
            violation.message = format!("fits alternatives {}, but must fit exactly one", fits.join(" and "));
            violation.expected = "exactly one alternative".to_owned();
            return found.push(violation);
        }
        violation.instance = Pointer::root();
        let below = Explainer::new(instance, self.set);
        let before = found.len();
        let here = Alternatives { list: Some((document, list)), depth: 0, told: violation };
        below.choose(&here, &context, found);
        let base = error.instance_path().as_str();
        for violation in &mut found[before..] {
            violation.instance = Pointer::from_escaped(format!("{base}{}", violation.instance));
        }
    }

    pub(in crate::schema) fn alternatives(
        &self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        found: &mut Vec<Violation>,
    ) {
        let keyword = error.kind().keyword();
        let told = self.violation(error, keyword);
        let depth = depth_of(error.instance_path());
        self.choose(&Alternatives { list: located(error), depth, told }, context, found);
    }

    fn choose(&self, here: &Alternatives, context: &[Vec<ValidationError<'_>>], found: &mut Vec<Violation>) {
        if let [only] = context {
            return only.iter().for_each(|e| self.one(e, found));
        }
        let (depth, count) = (here.depth, context.len());
        let nearest = context.iter().enumerate().min_by_key(|(_, branch)| distance(branch, depth));
        let chosen = nearest.filter(|(_, b)| !b.is_empty() && distance(b, depth) < WRONG_TYPE);
        if let Some(violation) = self.deciding(here, context) {
            return found.push(violation);
        }
        let Some((number, branch)) = chosen else {
            return found.push(Self::none_fits(here, context, self.root));
        };
        let before = found.len();
        branch.iter().for_each(|e| self.one(e, found));
        let number = number + 1;
        let which = match self.branch_name(here, number - 1) {
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
    fn deciding(&self, here: &Alternatives, context: &[Vec<ValidationError<'_>>]) -> Option<Violation> {
        let tags = |branch: &[ValidationError<'_>]| -> Vec<(String, Vec<Value>)> {
            let tag = |e: &ValidationError<'_>| {
                let wanted = match e.kind() {
                    Kind::Constant { expected_value } => vec![expected_value.as_ref().clone()],
                    Kind::Enum { options } => options.as_array().cloned().unwrap_or_default(),
                    _ => return None,
                };
                (depth_of(e.instance_path()) <= here.depth + 1).then(|| (e.instance_path().to_string(), wanted))
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
        let mut violation = here.told.clone();
        violation.instance = Pointer::from_escaped(at);
        violation.message = format!("must be one of {list}, which decides among the {} alternatives", context.len());
        violation.expected = format!("one of {list}");
        violation.actual = self.root.pointer(violation.instance.as_str()).map(excerpt).unwrap_or_default();
        Some(violation)
    }

    fn none_fits(here: &Alternatives, context: &[Vec<ValidationError<'_>>], root: &Value) -> Violation {
        let count = context.len();
        let mut kinds: Vec<String> = Vec::new();
        let all_types = context.iter().all(|branch| {
            let kind = branch.iter().find_map(|e| match e.kind() {
                Kind::Type { kind } if depth_of(e.instance_path()) == here.depth => Some(type_names(kind)),
                _ => None,
            });
            kind.map(|kind| kinds.push(kind)).is_some()
        });
        let mut violation = here.told.clone();
        violation.message = format!("fits none of the {count} alternatives");
        violation.expected = format!("one of {count} alternatives");
        if all_types {
            kinds.sort();
            kinds.dedup();
            violation.expected = kinds.join(" or ");
            let found = root.pointer(here.told.instance.as_str()).map_or_else(String::new, |value| article(kind_of(value)));
            violation.message.push_str(&format!(": must be {}, but is {found}", violation.expected));
        }
        violation
    }

    /// The name of the component that an alternative refers to.
    fn branch_name(&self, here: &Alternatives, number: usize) -> Option<String> {
        let (document, list) = here.list.as_ref()?;
        self.set?.name_behind(*document, list, number)
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
fn distance(branch: &[ValidationError<'_>], depth: usize) -> usize {
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
