//! Finds templates that name what no earlier step leaves behind.
//!
//! Looks at names alone; what they hold is known only when the case runs.

use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::suite::ast::case::{Case, Each};
use crate::suite::ast::step::{Repeat, Step, StepKind};
use crate::suite::decode::{Decoder, Family};

/// Names that are there without being captured.
const PLAIN: [&str; 3] = ["base", "target", "unique"];

/// The members of a row, where the case has rows.
enum Members<'c> {
    None,
    /// Rows that could not be read.
    Unknown,
    Named(Vec<&'c str>),
}

impl Decoder<'_> {
    /// Reports every template of a case that names nothing.
    pub(super) fn check_names(&mut self, case: &Case) {
        let members = match &case.each {
            None => Members::None,
            Some(Each::Rows(rows)) if rows.is_empty() => Members::Unknown,
            Some(Each::Rows(rows)) => {
                Members::Named(rows.iter().flat_map(|row| row.value.iter().map(|(name, _)| name.as_str())).collect())
            }
            Some(Each::Operations { .. }) => Members::Named(vec!["operation"]),
        };
        let mut known: Vec<String> = self.lost_names.clone();
        self.check_steps(&case.steps, &members, &mut known, false);
    }

    fn check_steps(&mut self, steps: &[Step], members: &Members<'_>, known: &mut Vec<String>, parallel: bool) {
        let mut left_behind: Vec<String> = Vec::new();
        for step in steps {
            let repeated = repeat_of(step).is_some();
            match &step.kind {
                // A value of `set` may use the ones above it.
                StepKind::Set(values) => {
                    let before = known.len();
                    for (name, value) in values {
                        for (used, span) in value.variables() {
                            self.check_name(used, span, members, known, repeated);
                        }
                        known.push(name.value.clone());
                    }
                    let defined = if parallel { known.split_off(before) } else { Vec::new() };
                    left_behind.extend(defined);
                    continue;
                }
                // Steps that run at the same time do not see what the others remember.
                StepKind::Parallel(inner) => {
                    let mut inside = known.clone();
                    self.check_steps(inner, members, &mut inside, true);
                    left_behind.extend(inside.split_off(known.len()));
                }
                _ => {}
            }
            for (used, span) in step.variables() {
                self.check_name(used, span, members, known, repeated);
            }
            left_behind.extend(step.defines().into_iter().map(|name| name.value.clone()));
            if !parallel {
                known.append(&mut left_behind);
            }
        }
        known.append(&mut left_behind);
    }

    fn check_name(&mut self, name: &str, span: Span, members: &Members<'_>, known: &[String], repeated: bool) {
        let mut parts = name.split('.');
        let root = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        if self.check_builtin(name, span) {
            return;
        }
        let undefined = |this: &mut Self, message: String, hint: Option<String>| {
            this.error("suite/undefined", span, message, hint);
        };
        match (root, rest.as_slice()) {
            ("repeat", ["index"]) if repeated => {}
            ("repeat", _) => {
                let hint = if repeated { "did you mean `repeat.index`?" } else { "only a step with `repeat` has it" };
                undefined(self, format!("`{name}` is nothing"), Some(hint.to_owned()));
            }
            ("row", rest) => match (members, rest.first()) {
                (Members::Named(names), Some(member)) if names.contains(member) => {}
                (Members::None, _) => {
                    undefined(self, format!("`{name}` in a case without rows"), Some("write the rows in `each`".to_owned()));
                }
                (Members::Unknown, _) => {}
                (Members::Named(names), None) => {
                    let hint = names.first().map(|name| format!("name one of its members, such as `row.{name}`"));
                    undefined(self, "a row is not a value".to_owned(), hint);
                }
                (Members::Named(names), Some(member)) => {
                    undefined(self, format!("no row has `{member}`"), did_you_mean(member, names.iter().copied()));
                }
            },
            (root, _) if known.iter().any(|k| k == root) => {}
            (root, _) => {
                let builtins = ["base", "target", "unique", "row", "repeat", "run", "listener", "auth"];
                let near = crate::base::distance::nearest(root, known.iter().map(String::as_str).chain(builtins));
                let hint = near.map_or_else(
                    || "capture, collect or set it in an earlier step".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                undefined(self, format!("`{root}` is not remembered by any earlier step"), Some(hint));
            }
        }
    }

    /// Whether a name belongs to those that are there whatever the file says; one of them that is not whole is reported.
    pub(super) fn check_builtin(&mut self, name: &str, span: Span) -> bool {
        let mut parts = name.split('.');
        let root = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        let hint = match (root, rest.as_slice()) {
            // Said already, where the template was read.
            ("env" | "secret", _) | ("run", ["seed"]) => return true,
            ("listener", [_, "url" | "dead_url"]) | ("auth", [_, "client_id" | "client_secret" | "token"]) => return true,
            (root, []) if PLAIN.contains(&root) => return true,
            ("run", _) => "did you mean `run.seed`?",
            ("listener", _) => "write `${listener.NAME.url}` or `${listener.NAME.dead_url}`",
            ("auth", _) => "write `${auth.NAME.client_id}`, `${auth.NAME.client_secret}` or `${auth.NAME.token}`",
            _ => return false,
        };
        let code = match self.family {
            Family::Load => "load/undefined",
            Family::Monitor => "monitor/undefined",
            _ => "suite/undefined",
        };
        self.error(code, span, format!("`{name}` is nothing"), Some(hint.to_owned()));
        true
    }
}

fn repeat_of(step: &Step) -> Option<Repeat> {
    match &step.kind {
        StepKind::Call(call) => call.send.repeat,
        StepKind::Request(request) => request.send.repeat,
        StepKind::Control(control) => control.repeat,
        _ => None,
    }
}
