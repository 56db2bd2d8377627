//! What `${...}` holds while a case runs.
//!
//! Looks names up in what the case captured, its row, the target and the environment. Fetches nothing: tokens are there already.

use crate::suite::template::{Scope, Template, TemplateValue, Unresolved, descend};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The names of a case.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Names that never change: `unique`, `base`, `target`, `run.seed`, `row`, `listener`, `auth`.
    pub fixed: Map<String, Value>,
    /// What was captured, collected or set.
    pub remembered: BTreeMap<String, Value>,
    /// The index of the repetition, where there is one.
    pub repeat: Option<u32>,
}

impl Names {
    /// The same names within one repetition.
    #[must_use]
    pub fn repeated(&self, index: u32) -> Self {
        Self { repeat: Some(index), ..self.clone() }
    }
}

impl Scope for Names {
    fn lookup(&self, name: &str) -> Option<Value> {
        if name == "repeat.index" {
            return self.repeat.map(Value::from);
        }
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        let value = self.remembered.get(first).or_else(|| self.fixed.get(first))?;
        descend(value, rest).cloned()
    }
}

/// A value with its templates resolved.
///
/// # Errors
/// A lower-case fragment with the first name that holds nothing.
pub fn resolve(value: &TemplateValue, names: &dyn Scope) -> Result<Value, String> {
    value.resolve(names).map_err(|u| unresolved(&u))
}

/// A text with its templates resolved.
///
/// # Errors
/// A lower-case fragment with the first name that holds nothing.
pub fn text(template: &Template, names: &dyn Scope) -> Result<String, String> {
    template.resolve_text(names).map_err(|u| unresolved(&u))
}

fn unresolved(name: &Unresolved) -> String {
    format!("`${{{}}}` holds nothing", name.expression)
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::suite::template::Scope;
    use serde_json::json;

    #[test]
    fn remembered_values_win_and_members_are_reached() {
        let mut names = Names::default();
        names.fixed.insert("row".into(), json!({"qty": 3}));
        names.fixed.insert("id".into(), json!("fixed"));
        names.remembered.insert("id".into(), json!({"a": [1, 2]}));
        assert_eq!(names.lookup("row.qty"), Some(json!(3)));
        assert_eq!(names.lookup("id.a.1"), Some(json!(2)));
        assert_eq!(names.lookup("repeat.index"), None);
        assert_eq!(names.repeated(4).lookup("repeat.index"), Some(json!(4)));
        assert_eq!(names.lookup("missing"), None);
    }
}
