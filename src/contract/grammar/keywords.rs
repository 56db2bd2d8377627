//! The keywords of a Schema Object as a table: what each holds, and which versions know it.
//!
//! Data only; checks and lowering walk it.

use crate::contract::grammar::Kind::{self, Any, Bool, ListOf, Number, Obj, Text};
use crate::contract::grammar::Version;
use crate::contract::grammar::objects::{DISCRIMINATOR, EXTERNAL_DOCS, XML};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a keyword of a Schema Object holds.
#[derive(Clone, Copy, Debug)]
pub(in crate::contract) enum Word {
    /// Something that is no schema.
    Plain(Kind),
    /// A length or a count.
    Count,
    /// `type`: one name, or since 3.1 a list of them.
    Type,
    /// A regular expression.
    Pattern,
    /// A list that is not empty.
    Values,
    /// Texts that all differ.
    Names,
    /// A boolean in 3.0, a number since.
    Exclusive,
    /// A reference to a schema.
    Reference,
    /// One schema.
    One,
    /// A schema, or a boolean.
    OneOrBool,
    /// A list of schemas.
    Many,
    /// Schemas by name.
    ByName,
    /// Schemas by regular expression.
    ByPattern,
    /// Lists of texts by name.
    NamesByName,
}

/// One keyword: its name, what it holds, and whether 3.0 and the later versions know it.
pub(in crate::contract) struct Keyword {
    pub(in crate::contract) name: &'static str,
    pub(in crate::contract) word: Word,
    pub(in crate::contract) in_30: bool,
    pub(in crate::contract) in_31: bool,
}

const fn both(name: &'static str, word: Word) -> Keyword {
    Keyword { name, word, in_30: true, in_31: true }
}

const fn only_30(name: &'static str, word: Word) -> Keyword {
    Keyword { name, word, in_30: true, in_31: false }
}

const fn only_31(name: &'static str, word: Word) -> Keyword {
    Keyword { name, word, in_30: false, in_31: true }
}

/// Every keyword of a Schema Object.
pub(in crate::contract) static KEYWORDS: &[Keyword] = &[
    both("$ref", Word::Reference),
    both("title", Word::Plain(Text)),
    both("description", Word::Plain(Text)),
    both("type", Word::Type),
    both("format", Word::Plain(Text)),
    both("enum", Word::Values),
    both("default", Word::Plain(Any)),
    both("example", Word::Plain(Any)),
    both("multipleOf", Word::Plain(Number)),
    both("maximum", Word::Plain(Number)),
    both("exclusiveMaximum", Word::Exclusive),
    both("minimum", Word::Plain(Number)),
    both("exclusiveMinimum", Word::Exclusive),
    both("maxLength", Word::Count),
    both("minLength", Word::Count),
    both("pattern", Word::Pattern),
    both("maxItems", Word::Count),
    both("minItems", Word::Count),
    both("uniqueItems", Word::Plain(Bool)),
    both("maxProperties", Word::Count),
    both("minProperties", Word::Count),
    both("required", Word::Names),
    both("properties", Word::ByName),
    both("additionalProperties", Word::OneOrBool),
    both("items", Word::One),
    both("allOf", Word::Many),
    both("oneOf", Word::Many),
    both("anyOf", Word::Many),
    both("not", Word::One),
    both("readOnly", Word::Plain(Bool)),
    both("writeOnly", Word::Plain(Bool)),
    both("deprecated", Word::Plain(Bool)),
    both("discriminator", Word::Plain(Obj(&DISCRIMINATOR))),
    both("xml", Word::Plain(Obj(&XML))),
    both("externalDocs", Word::Plain(Obj(&EXTERNAL_DOCS))),
    only_30("nullable", Word::Plain(Bool)),
    only_31("$id", Word::Plain(Text)),
    only_31("$schema", Word::Plain(Text)),
    only_31("$anchor", Word::Plain(Text)),
    only_31("$dynamicRef", Word::Reference),
    only_31("$dynamicAnchor", Word::Plain(Text)),
    only_31("$vocabulary", Word::Plain(Any)),
    only_31("$comment", Word::Plain(Text)),
    only_31("$defs", Word::ByName),
    only_31("definitions", Word::ByName),
    only_31("const", Word::Plain(Any)),
    only_31("examples", Word::Plain(ListOf(&Any))),
    only_31("if", Word::One),
    only_31("then", Word::One),
    only_31("else", Word::One),
    only_31("dependentSchemas", Word::ByName),
    only_31("dependentRequired", Word::NamesByName),
    only_31("prefixItems", Word::Many),
    only_31("contains", Word::One),
    only_31("minContains", Word::Count),
    only_31("maxContains", Word::Count),
    only_31("patternProperties", Word::ByPattern),
    only_31("propertyNames", Word::One),
    only_31("unevaluatedItems", Word::One),
    only_31("unevaluatedProperties", Word::One),
    only_31("contentEncoding", Word::Plain(Text)),
    only_31("contentMediaType", Word::Plain(Text)),
    only_31("contentSchema", Word::One),
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Keyword>> =
    LazyLock::new(|| KEYWORDS.iter().map(|k| (k.name, k)).collect());

/// The keyword of that name, whichever version knows it.
pub(in crate::contract) fn keyword(name: &str) -> Option<&'static Keyword> {
    BY_NAME.get(name).copied()
}

impl Keyword {
    pub(in crate::contract) fn is_in(&self, version: Version) -> bool {
        match version {
            Version::V30 => self.in_30,
            Version::V31 | Version::V32 => self.in_31,
        }
    }
}
