//! The grammar of OpenAPI 3.0, 3.1 and 3.2: which objects there are, which fields each has, and of what kind.
//!
//! Data only, after the tables of the specification; checks and lowering walk it.

mod keywords;
mod objects;

pub(in crate::contract) use keywords::{KEYWORDS, Word, keyword};
pub(in crate::contract) use objects::{DOCUMENT, MEDIA_TYPE, PATH_ITEM, RESPONSE};

use std::fmt;

/// The version of OpenAPI a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::contract) enum Version {
    V30,
    V31,
    V32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V30 => "OpenAPI 3.0",
            Self::V31 => "OpenAPI 3.1",
            Self::V32 => "OpenAPI 3.2",
        })
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(in crate::contract) enum Kind {
    Any,
    Text,
    /// Text of a format that is asserted.
    Formatted(&'static str),
    Bool,
    Number,
    TextList,
    /// One of these texts.
    OneOf(&'static [Choice]),
    Schema,
    Obj(&'static Object),
    /// An object or a Reference Object.
    OrRef(&'static Object),
    ListOf(&'static Kind),
    MapOf(&'static Kind),
}

/// One of the texts that a field may hold.
#[derive(Clone, Copy, Debug)]
pub(in crate::contract) struct Choice {
    pub(in crate::contract) text: &'static str,
    pub(in crate::contract) since: Version,
}

/// One field of an object.
#[derive(Clone, Copy, Debug)]
pub(in crate::contract) struct Field {
    pub(in crate::contract) name: &'static str,
    pub(in crate::contract) kind: Kind,
    pub(in crate::contract) required: bool,
    pub(in crate::contract) since: Version,
}

/// What the keys of an object that is a map must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::contract) enum Keys {
    /// Only the named fields.
    Named,
    /// A path that begins with a slash.
    Path,
    /// A status, a range of them, or `default`.
    Status,
    /// Anything.
    Free,
}

/// One kind of object.
#[derive(Debug)]
pub(in crate::contract) struct Object {
    pub(in crate::contract) name: &'static str,
    pub(in crate::contract) fields: &'static [Field],
    /// What other keys may be, and what they hold.
    pub(in crate::contract) keys: Keys,
    pub(in crate::contract) other: Kind,
    /// `x-` fields are allowed.
    pub(in crate::contract) extensible: bool,
}

impl Object {
    /// With its article, for a message.
    pub(in crate::contract) fn a(&self) -> String {
        format!("{} {}", if self.name.starts_with(['A', 'E', 'I', 'O', 'X']) { "an" } else { "a" }, self.name)
    }
}

impl Kind {
    /// What is wanted, for a message.
    pub(in crate::contract) fn wanted(self, version: Version) -> String {
        match self {
            Self::Any => "any value".to_owned(),
            Self::Text | Self::Formatted(_) => "a string".to_owned(),
            Self::Bool => "a boolean".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::TextList => "a list of strings".to_owned(),
            Self::OneOf(all) => {
                let known = all.iter().filter(|c| c.since <= version);
                format!("one of {}", known.map(|c| format!("`{}`", c.text)).collect::<Vec<_>>().join(", "))
            }
            Self::Schema if version == Version::V30 => "a Schema Object".to_owned(),
            Self::Schema => "a Schema Object or a boolean".to_owned(),
            Self::Obj(object) | Self::OrRef(object) => object.a(),
            Self::ListOf(_) => "a list".to_owned(),
            Self::MapOf(_) => "an object".to_owned(),
        }
    }
}
