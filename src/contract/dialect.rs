//! The dialects of JSON Schema that a schema may be written in, and how each names schemas and refers to them.
//!
//! Names and small facts. Lowers nothing and reads no document.

/// What the keywords of a schema mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::contract) enum Dialect {
    /// The Schema Object of OpenAPI 3.0.
    OpenApi30,
    Draft4,
    Draft6,
    Draft7,
    Draft201909,
    /// Also the dialects of OpenAPI 3.1 and 3.2, which add keywords that no other dialect has.
    Draft202012,
}

impl Dialect {
    /// The dialect that a URI of `$schema` or `jsonSchemaDialect` names.
    pub(in crate::contract) fn named(uri: &str) -> Option<Self> {
        let uri = uri.trim_end_matches('#');
        let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
        Some(match rest {
            "json-schema.org/draft-04/schema" => Self::Draft4,
            "json-schema.org/draft-06/schema" => Self::Draft6,
            "json-schema.org/draft-07/schema" => Self::Draft7,
            "json-schema.org/draft/2019-09/schema" => Self::Draft201909,
            "json-schema.org/draft/2020-12/schema" | "json-schema.org/schema" => Self::Draft202012,
            _ if rest.starts_with("spec.openapis.org/oas/3.") && rest.contains("/dialect/") => Self::Draft202012,
            _ => return None,
        })
    }

    /// The keyword that gives a schema its URI, where there is one.
    pub(in crate::contract) fn id(self) -> Option<&'static str> {
        match self {
            Self::OpenApi30 => None,
            Self::Draft4 => Some("id"),
            _ => Some("$id"),
        }
    }

    /// Whether what stands beside `$ref` counts.
    pub(in crate::contract) fn reference_has_siblings(self) -> bool {
        self >= Self::Draft201909
    }

    /// The URI under which the crate behind the door knows it.
    pub(in crate::contract) fn uri(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema#",
            Self::Draft6 => "http://json-schema.org/draft-06/schema#",
            Self::Draft7 => "http://json-schema.org/draft-07/schema#",
            Self::Draft201909 => "https://json-schema.org/draft/2019-09/schema",
            Self::OpenApi30 | Self::Draft202012 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// What a keyword of a schema holds, as far as schemas inside of it are concerned.
    pub(in crate::contract) fn holds(self, keyword: &str) -> Holds {
        use Dialect::{Draft6, Draft7, Draft201909, Draft202012, OpenApi30};
        match keyword {
            "properties" => Holds::ByName,
            "not" | "additionalProperties" => Holds::One,
            "allOf" | "anyOf" | "oneOf" => Holds::Many,
            "items" if matches!(self, OpenApi30 | Draft202012) => Holds::One,
            "items" => Holds::OneOrMany,
            "patternProperties" if self != OpenApi30 => Holds::ByName,
            "definitions" if self != OpenApi30 => Holds::ByName,
            "$defs" if self >= Draft201909 => Holds::ByName,
            "dependentSchemas" if self >= Draft201909 => Holds::ByName,
            // Kept alive by the later drafts for the schemas of their predecessors.
            "dependencies" if self != OpenApi30 => Holds::ByName,
            "additionalItems" if !matches!(self, OpenApi30 | Draft202012) => Holds::One,
            "contains" | "propertyNames" if self >= Draft6 => Holds::One,
            "if" | "then" | "else" if self >= Draft7 => Holds::One,
            "unevaluatedItems" | "unevaluatedProperties" | "contentSchema" if self >= Draft201909 => Holds::One,
            "prefixItems" if self == Draft202012 => Holds::Many,
            _ => Holds::Nothing,
        }
    }
}

/// Where the schemas are in what a keyword holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::contract) enum Holds {
    /// It holds no schema.
    Nothing,
    /// It is a schema.
    One,
    /// It is a list of schemas.
    Many,
    /// It is a schema or a list of them.
    OneOrMany,
    /// It is an object of schemas; in `dependencies` also of lists of names.
    ByName,
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Holds};

    #[test]
    fn dialects_are_known_by_their_uris() {
        assert_eq!(Dialect::named("http://json-schema.org/draft-04/schema#"), Some(Dialect::Draft4));
        assert_eq!(Dialect::named("https://json-schema.org/draft/2019-09/schema"), Some(Dialect::Draft201909));
        assert_eq!(Dialect::named("https://spec.openapis.org/oas/3.1/dialect/base"), Some(Dialect::Draft202012));
        assert_eq!(Dialect::named("https://spec.openapis.org/oas/3.2/dialect/2025-09-17"), Some(Dialect::Draft202012));
        assert_eq!(Dialect::named("https://example.com/my-dialect"), None);
        for dialect in [Dialect::Draft4, Dialect::Draft6, Dialect::Draft7, Dialect::Draft201909, Dialect::Draft202012] {
            assert_eq!(Dialect::named(dialect.uri()), Some(dialect));
        }
    }

    #[test]
    fn keywords_hold_schemas_from_the_dialect_on_that_brought_them() {
        assert_eq!(Dialect::Draft4.holds("if"), Holds::Nothing);
        assert_eq!(Dialect::Draft7.holds("if"), Holds::One);
        assert_eq!((Dialect::Draft7.holds("items"), Dialect::Draft202012.holds("items")), (Holds::OneOrMany, Holds::One));
        assert_eq!(Dialect::Draft202012.holds("enum"), Holds::Nothing);
    }
}
