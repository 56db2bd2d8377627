//! The objects of OpenAPI 3.0 and 3.1 as a table: which fields each has, and of what kind.
//!
//! Data only, after the tables of the specification; checks and decoding walk it.

use crate::contract::grammar::Kind::{Any, Bool, ListOf, MapOf, Number, Obj, OrRef, Schema, Text, TextList};

/// The version of OpenAPI a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::contract) enum Version {
    V30,
    V31,
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
    OneOf(&'static [&'static str]),
    Schema,
    Obj(&'static Object),
    /// An object or a Reference Object.
    OrRef(&'static Object),
    ListOf(&'static Kind),
    MapOf(&'static Kind),
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

const URL: Kind = Kind::Formatted("uri-reference");

const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, since: Version::V30 }
}

const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true, since: Version::V30 }
}

const fn newer(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, since: Version::V31 }
}

const fn object(name: &'static str, fields: &'static [Field]) -> Object {
    Object { name, fields, keys: Keys::Named, other: Any, extensible: true }
}

pub(in crate::contract) static DOCUMENT: Object = object(
    "OpenAPI Object",
    &[
        must("openapi", Text),
        must("info", Obj(&INFO)),
        newer("jsonSchemaDialect", Text),
        may("servers", ListOf(&Obj(&SERVER))),
        may("paths", Obj(&PATHS)),
        newer("webhooks", MapOf(&OrRef(&PATH_ITEM))),
        may("components", Obj(&COMPONENTS)),
        may("security", ListOf(&Obj(&SECURITY_REQUIREMENT))),
        may("tags", ListOf(&Obj(&TAG))),
        may("externalDocs", Obj(&EXTERNAL_DOCS)),
    ],
);

static INFO: Object = object(
    "Info Object",
    &[
        must("title", Text),
        newer("summary", Text),
        may("description", Text),
        may("termsOfService", URL),
        may("contact", Obj(&CONTACT)),
        may("license", Obj(&LICENSE)),
        must("version", Text),
    ],
);

static CONTACT: Object = object("Contact Object", &[may("name", Text), may("url", URL), may("email", Kind::Formatted("email"))]);

static LICENSE: Object = object("License Object", &[must("name", Text), newer("identifier", Text), may("url", URL)]);

static SERVER: Object =
    object("Server Object", &[must("url", Text), may("description", Text), may("variables", MapOf(&Obj(&SERVER_VARIABLE)))]);

static SERVER_VARIABLE: Object =
    object("Server Variable Object", &[may("enum", TextList), must("default", Text), may("description", Text)]);

static COMPONENTS: Object = object(
    "Components Object",
    &[
        may("schemas", MapOf(&Schema)),
        may("responses", MapOf(&OrRef(&RESPONSE))),
        may("parameters", MapOf(&OrRef(&PARAMETER))),
        may("examples", MapOf(&OrRef(&EXAMPLE))),
        may("requestBodies", MapOf(&OrRef(&REQUEST_BODY))),
        may("headers", MapOf(&OrRef(&HEADER))),
        may("securitySchemes", MapOf(&OrRef(&SECURITY_SCHEME))),
        may("links", MapOf(&OrRef(&LINK))),
        may("callbacks", MapOf(&OrRef(&CALLBACK))),
        newer("pathItems", MapOf(&OrRef(&PATH_ITEM))),
    ],
);

static PATHS: Object = Object { name: "Paths Object", fields: &[], keys: Keys::Path, other: OrRef(&PATH_ITEM), extensible: true };

pub(in crate::contract) static PATH_ITEM: Object = object(
    "Path Item Object",
    &[
        may("$ref", Text),
        may("summary", Text),
        may("description", Text),
        may("get", Obj(&OPERATION)),
        may("put", Obj(&OPERATION)),
        may("post", Obj(&OPERATION)),
        may("delete", Obj(&OPERATION)),
        may("options", Obj(&OPERATION)),
        may("head", Obj(&OPERATION)),
        may("patch", Obj(&OPERATION)),
        may("trace", Obj(&OPERATION)),
        may("servers", ListOf(&Obj(&SERVER))),
        may("parameters", ListOf(&OrRef(&PARAMETER))),
    ],
);

pub(in crate::contract) static OPERATION: Object = object(
    "Operation Object",
    &[
        may("tags", TextList),
        may("summary", Text),
        may("description", Text),
        may("externalDocs", Obj(&EXTERNAL_DOCS)),
        may("operationId", Text),
        may("parameters", ListOf(&OrRef(&PARAMETER))),
        may("requestBody", OrRef(&REQUEST_BODY)),
        may("responses", Obj(&RESPONSES)),
        may("callbacks", MapOf(&OrRef(&CALLBACK))),
        may("deprecated", Bool),
        may("security", ListOf(&Obj(&SECURITY_REQUIREMENT))),
        may("servers", ListOf(&Obj(&SERVER))),
    ],
);

static EXTERNAL_DOCS: Object = object("External Documentation Object", &[may("description", Text), must("url", URL)]);

const STYLES: Kind = Kind::OneOf(&["matrix", "label", "form", "simple", "spaceDelimited", "pipeDelimited", "deepObject"]);

pub(in crate::contract) static PARAMETER: Object = object(
    "Parameter Object",
    &[
        must("name", Text),
        must("in", Kind::OneOf(&["path", "query", "header", "cookie"])),
        may("description", Text),
        may("required", Bool),
        may("deprecated", Bool),
        may("allowEmptyValue", Bool),
        may("style", STYLES),
        may("explode", Bool),
        may("allowReserved", Bool),
        may("schema", Schema),
        may("example", Any),
        may("examples", MapOf(&OrRef(&EXAMPLE))),
        may("content", MapOf(&Obj(&MEDIA_TYPE))),
    ],
);

static REQUEST_BODY: Object =
    object("Request Body Object", &[may("description", Text), must("content", MapOf(&Obj(&MEDIA_TYPE))), may("required", Bool)]);

static MEDIA_TYPE: Object = object(
    "Media Type Object",
    &[
        may("schema", Schema),
        may("example", Any),
        may("examples", MapOf(&OrRef(&EXAMPLE))),
        may("encoding", MapOf(&Obj(&ENCODING))),
    ],
);

static ENCODING: Object = object(
    "Encoding Object",
    &[
        may("contentType", Text),
        may("headers", MapOf(&OrRef(&HEADER))),
        may("style", STYLES),
        may("explode", Bool),
        may("allowReserved", Bool),
    ],
);

static RESPONSES: Object =
    Object { name: "Responses Object", fields: &[], keys: Keys::Status, other: OrRef(&RESPONSE), extensible: true };

static RESPONSE: Object = object(
    "Response Object",
    &[
        must("description", Text),
        may("headers", MapOf(&OrRef(&HEADER))),
        may("content", MapOf(&Obj(&MEDIA_TYPE))),
        may("links", MapOf(&OrRef(&LINK))),
    ],
);

static CALLBACK: Object =
    Object { name: "Callback Object", fields: &[], keys: Keys::Free, other: OrRef(&PATH_ITEM), extensible: true };

static EXAMPLE: Object =
    object("Example Object", &[may("summary", Text), may("description", Text), may("value", Any), may("externalValue", Text)]);

static LINK: Object = object(
    "Link Object",
    &[
        may("operationRef", Text),
        may("operationId", Text),
        may("parameters", MapOf(&Any)),
        may("requestBody", Any),
        may("description", Text),
        may("server", Obj(&SERVER)),
    ],
);

pub(in crate::contract) static HEADER: Object = object(
    "Header Object",
    &[
        may("description", Text),
        may("required", Bool),
        may("deprecated", Bool),
        may("allowEmptyValue", Bool),
        may("style", Kind::OneOf(&["simple"])),
        may("explode", Bool),
        may("allowReserved", Bool),
        may("schema", Schema),
        may("example", Any),
        may("examples", MapOf(&OrRef(&EXAMPLE))),
        may("content", MapOf(&Obj(&MEDIA_TYPE))),
    ],
);

static TAG: Object =
    object("Tag Object", &[must("name", Text), may("description", Text), may("externalDocs", Obj(&EXTERNAL_DOCS))]);

pub(in crate::contract) static SECURITY_SCHEME: Object = object(
    "Security Scheme Object",
    &[
        must("type", Kind::OneOf(&["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"])),
        may("description", Text),
        may("name", Text),
        may("in", Kind::OneOf(&["query", "header", "cookie"])),
        may("scheme", Text),
        may("bearerFormat", Text),
        may("flows", Obj(&FLOWS)),
        may("openIdConnectUrl", URL),
    ],
);

static FLOWS: Object = object(
    "OAuth Flows Object",
    &[
        may("implicit", Obj(&IMPLICIT_FLOW)),
        may("password", Obj(&TOKEN_FLOW)),
        may("clientCredentials", Obj(&TOKEN_FLOW)),
        may("authorizationCode", Obj(&CODE_FLOW)),
    ],
);

static IMPLICIT_FLOW: Object =
    object("OAuth Flow Object", &[must("authorizationUrl", URL), may("refreshUrl", URL), must("scopes", MapOf(&Text))]);

static TOKEN_FLOW: Object =
    object("OAuth Flow Object", &[must("tokenUrl", URL), may("refreshUrl", URL), must("scopes", MapOf(&Text))]);

static CODE_FLOW: Object = object(
    "OAuth Flow Object",
    &[must("authorizationUrl", URL), must("tokenUrl", URL), may("refreshUrl", URL), must("scopes", MapOf(&Text))],
);

pub(in crate::contract) static SECURITY_REQUIREMENT: Object =
    Object { name: "Security Requirement Object", fields: &[], keys: Keys::Free, other: TextList, extensible: false };

static DISCRIMINATOR: Object = object("Discriminator Object", &[must("propertyName", Text), may("mapping", MapOf(&Text))]);

static XML: Object = object(
    "XML Object",
    &[may("name", Text), may("namespace", Text), may("prefix", Text), may("attribute", Bool), may("wrapped", Bool)],
);

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

/// One keyword: its name, what it holds, and whether 3.0 and 3.1 know it.
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

/// The keyword of that name, whichever version knows it.
pub(in crate::contract) fn keyword(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|k| k.name == name)
}

impl Keyword {
    pub(in crate::contract) fn is_in(&self, version: Version) -> bool {
        match version {
            Version::V30 => self.in_30,
            Version::V31 => self.in_31,
        }
    }
}

impl Kind {
    /// What is wanted, for a message.
    pub(in crate::contract) fn wanted(self) -> String {
        match self {
            Any => "any value".to_owned(),
            Text | Self::Formatted(_) => "a string".to_owned(),
            Bool => "a boolean".to_owned(),
            Number => "a number".to_owned(),
            TextList => "a list of strings".to_owned(),
            Self::OneOf(all) => format!("one of {}", all.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ")),
            Schema => "a Schema Object".to_owned(),
            Obj(object) | OrRef(object) => {
                format!("{} {}", if object.name.starts_with(['A', 'E', 'I', 'O', 'X']) { "an" } else { "a" }, object.name)
            }
            ListOf(_) => "a list".to_owned(),
            MapOf(_) => "an object".to_owned(),
        }
    }
}
