//! The forms in which values come to be validated: built by `serde_json`, or lying on a tape.
//!
//! Says how each is compiled for and asked; a schema is the same in both. Reads no JSON.

use crate::schema::options::{Options, options_of};
use crate::schema::set::Inner;
use crate::schema::tape::Taped;
use crate::schema::validator::Compiled;
use jsonschema::json::{Json, Node, SerdeJson};
use serde_json::Value;

/// One form of values.
pub(in crate::schema) trait Form: Json {
    /// How schemas of a set are compiled for it.
    fn options(set: &Inner) -> &Options<'static, Self>;

    /// Whether a value fits a schema of the set.
    fn fits(compiled: &Compiled, set: &Inner, value: Self::Node<'_>) -> bool;
}

impl Form for SerdeJson {
    fn options(set: &Inner) -> &Options<'static, Self> {
        set.options.get_or_init(|| options_of(&set.own))
    }

    fn fits(compiled: &Compiled, _set: &Inner, value: &Value) -> bool {
        compiled.schema.as_ref().is_ok_and(|schema| schema.is_valid(value))
    }
}

impl Form for Taped {
    fn options(set: &Inner) -> &Options<'static, Self> {
        set.light_options.get_or_init(|| options_of(&set.own))
    }

    fn fits(compiled: &Compiled, set: &Inner, value: Self::Node<'_>) -> bool {
        match compiled.light(Some(set)) {
            Some(schema) => schema.is_valid(value),
            None => SerdeJson::fits(compiled, set, &value.to_value()),
        }
    }
}
