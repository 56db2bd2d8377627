//! What does not conform, as data.
//!
//! Holds no validator and no type of the JSON Schema crate; judges nothing.

use crate::base::pointer::Pointer;

/// One way in which a value does not conform to its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the value.
    pub instance: Pointer,
    /// The name of the document that holds the schema; empty for an inline schema.
    pub document: String,
    /// The keyword's place in that document, references followed.
    pub schema: Pointer,
    /// The keyword, such as `required`.
    pub keyword: String,
    /// A lower-case fragment for a person.
    pub message: String,
    /// What the schema wants, in short.
    pub expected: String,
    /// What was found, in short.
    pub actual: String,
}

impl Violation {
    pub(in crate::schema) fn uncompiled(fault: &str) -> Self {
        Self {
            instance: Pointer::root(),
            document: String::new(),
            schema: Pointer::root(),
            keyword: "$ref".to_owned(),
            message: format!("nothing can conform, because the schema is unusable: {fault}"),
            expected: "a usable schema".to_owned(),
            actual: fault.to_owned(),
        }
    }
}
