//! The objects of Swagger 2.0 as a table: which fields each has, and of what kind.
//!
//! Data only, after the tables of the specification; the check walks it.

use crate::contract::swagger::table::Kind::{Any, Bool, Count, ListOf, MapOf, Number, Obj, OneOf, OrRef, Pattern, Schema, Text};

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Any,
    Text,
    Bool,
    Number,
    /// A whole number that is not negative.
    Count,
    /// A regular expression.
    Pattern,
    /// A media type.
    Media,
    OneOf(&'static [&'static str]),
    Schema,
    Parameter,
    Obj(&'static Object),
    /// An object or a reference to one.
    OrRef(&'static Object),
    ListOf(&'static Kind),
    MapOf(&'static Kind),
}

/// One field of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// What the keys of an object that is a map must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    Named,
    Path,
    Status,
}

/// One kind of object.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) keys: Keys,
    pub(super) other: Kind,
}

const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false }
}

const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true }
}

const fn object(name: &'static str, fields: &'static [Field]) -> Object {
    Object { name, fields, keys: Keys::Named, other: Any }
}

pub(super) const SCHEMES: &[&str] = &["http", "https", "ws", "wss"];
pub(super) const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch"];
const TYPES: &[&str] = &["string", "number", "integer", "boolean", "array"];
const TYPES_IN_FORM: &[&str] = &["string", "number", "integer", "boolean", "array", "file"];
const FORMATS: &[&str] = &["csv", "ssv", "tsv", "pipes"];
const FORMATS_IN_QUERY: &[&str] = &["csv", "ssv", "tsv", "pipes", "multi"];

pub(super) static DOCUMENT: Object = object(
    "Swagger Object",
    &[
        // Looked at before: many write the number.
        must("swagger", Any),
        must("info", Obj(&INFO)),
        may("host", Text),
        may("basePath", Text),
        may("schemes", ListOf(&OneOf(SCHEMES))),
        may("consumes", ListOf(&Kind::Media)),
        may("produces", ListOf(&Kind::Media)),
        must("paths", Obj(&PATHS)),
        may("definitions", MapOf(&Schema)),
        may("parameters", MapOf(&Kind::Parameter)),
        may("responses", MapOf(&OrRef(&RESPONSE))),
        may("securityDefinitions", MapOf(&Obj(&SECURITY_SCHEME))),
        may("security", ListOf(&MapOf(&ListOf(&Text)))),
        may("tags", ListOf(&Obj(&TAG))),
        may("externalDocs", Obj(&EXTERNAL_DOCS)),
    ],
);

static INFO: Object = object(
    "Info Object",
    &[
        must("title", Text),
        must("version", Text),
        may("description", Text),
        may("termsOfService", Text),
        may("contact", Obj(&CONTACT)),
        may("license", Obj(&LICENSE)),
    ],
);

static CONTACT: Object = object("Contact Object", &[may("name", Text), may("url", Text), may("email", Text)]);
static LICENSE: Object = object("License Object", &[must("name", Text), may("url", Text)]);
static TAG: Object =
    object("Tag Object", &[must("name", Text), may("description", Text), may("externalDocs", Obj(&EXTERNAL_DOCS))]);
static EXTERNAL_DOCS: Object = object("External Documentation Object", &[must("url", Text), may("description", Text)]);

static PATHS: Object = Object { name: "Paths Object", fields: &[], keys: Keys::Path, other: OrRef(&PATH_ITEM) };

pub(super) static PATH_ITEM: Object = object(
    "Path Item Object",
    &[
        may("$ref", Text),
        may("get", Obj(&OPERATION)),
        may("put", Obj(&OPERATION)),
        may("post", Obj(&OPERATION)),
        may("delete", Obj(&OPERATION)),
        may("options", Obj(&OPERATION)),
        may("head", Obj(&OPERATION)),
        may("patch", Obj(&OPERATION)),
        may("parameters", ListOf(&Kind::Parameter)),
    ],
);

pub(super) static OPERATION: Object = object(
    "Operation Object",
    &[
        may("tags", ListOf(&Text)),
        may("summary", Text),
        may("description", Text),
        may("externalDocs", Obj(&EXTERNAL_DOCS)),
        may("operationId", Text),
        may("consumes", ListOf(&Kind::Media)),
        may("produces", ListOf(&Kind::Media)),
        may("parameters", ListOf(&Kind::Parameter)),
        must("responses", Obj(&RESPONSES)),
        may("schemes", ListOf(&OneOf(SCHEMES))),
        may("deprecated", Bool),
        may("security", ListOf(&MapOf(&ListOf(&Text)))),
    ],
);

static RESPONSES: Object = Object { name: "Responses Object", fields: &[], keys: Keys::Status, other: OrRef(&RESPONSE) };

pub(super) static RESPONSE: Object = object(
    "Response Object",
    &[must("description", Text), may("schema", Schema), may("headers", MapOf(&Obj(&HEADER))), may("examples", MapOf(&Any))],
);

/// The fields that describe a simple value: of parameters, items and headers alike.
macro_rules! simple {
    ($types:expr, $formats:expr; $($before:expr),*) => {
        &[
            $($before,)*
            must("type", OneOf($types)),
            may("format", Text),
            may("items", Obj(&ITEMS)),
            may("collectionFormat", OneOf($formats)),
            may("default", Any),
            may("maximum", Number),
            may("exclusiveMaximum", Bool),
            may("minimum", Number),
            may("exclusiveMinimum", Bool),
            may("maxLength", Count),
            may("minLength", Count),
            may("pattern", Pattern),
            may("maxItems", Count),
            may("minItems", Count),
            may("uniqueItems", Bool),
            may("enum", ListOf(&Any)),
            may("multipleOf", Number),
        ]
    };
}

/// Names of the fields that a simple value shares with a schema.
pub(super) const VALUE_FIELDS: &[&str] = &[
    "type",
    "format",
    "items",
    "default",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "enum",
    "multipleOf",
];

static ITEMS: Object = object("Items Object", simple!(TYPES, FORMATS;));
static HEADER: Object = object("Header Object", simple!(TYPES, FORMATS; may("description", Text)));

const NAME: Field = must("name", Text);
const DESCRIPTION: Field = may("description", Text);
const REQUIRED: Field = may("required", Bool);
const EMPTY: Field = may("allowEmptyValue", Bool);

pub(super) const LOCATIONS: &[&str] = &["query", "header", "path", "formData", "body"];
pub(super) static BODY_PARAMETER: Object =
    object("body parameter", &[NAME, must("in", OneOf(LOCATIONS)), DESCRIPTION, REQUIRED, must("schema", Schema)]);
pub(super) static QUERY_PARAMETER: Object =
    object("query parameter", simple!(TYPES, FORMATS_IN_QUERY; NAME, must("in", OneOf(LOCATIONS)), DESCRIPTION, REQUIRED, EMPTY));
pub(super) static FORM_PARAMETER: Object = object(
    "formData parameter",
    simple!(TYPES_IN_FORM, FORMATS_IN_QUERY; NAME, must("in", OneOf(LOCATIONS)), DESCRIPTION, REQUIRED, EMPTY),
);
pub(super) static PLAIN_PARAMETER: Object =
    object("path or header parameter", simple!(TYPES, FORMATS; NAME, must("in", OneOf(LOCATIONS)), DESCRIPTION, REQUIRED));

pub(super) static SECURITY_SCHEME: Object = object(
    "Security Scheme Object",
    &[
        must("type", OneOf(&["basic", "apiKey", "oauth2"])),
        may("description", Text),
        may("name", Text),
        may("in", OneOf(&["query", "header"])),
        may("flow", OneOf(&["implicit", "password", "application", "accessCode"])),
        may("authorizationUrl", Text),
        may("tokenUrl", Text),
        may("scopes", MapOf(&Text)),
    ],
);

static XML: Object = object(
    "XML Object",
    &[may("name", Text), may("namespace", Text), may("prefix", Text), may("attribute", Bool), may("wrapped", Bool)],
);

pub(super) static SCHEMA: Object = object(
    "Schema Object",
    &[
        may("$ref", Text),
        may("format", Text),
        may("title", Text),
        may("description", Text),
        may("default", Any),
        may("multipleOf", Number),
        may("maximum", Number),
        may("exclusiveMaximum", Bool),
        may("minimum", Number),
        may("exclusiveMinimum", Bool),
        may("maxLength", Count),
        may("minLength", Count),
        may("pattern", Pattern),
        may("maxItems", Count),
        may("minItems", Count),
        may("uniqueItems", Bool),
        may("maxProperties", Count),
        may("minProperties", Count),
        may("required", ListOf(&Text)),
        may("enum", ListOf(&Any)),
        may("type", Any),
        may("items", Schema),
        may("allOf", ListOf(&Schema)),
        may("properties", MapOf(&Schema)),
        may("additionalProperties", Any),
        may("discriminator", Text),
        may("readOnly", Bool),
        may("xml", Obj(&XML)),
        may("externalDocs", Obj(&EXTERNAL_DOCS)),
        may("example", Any),
    ],
);

/// Keywords of schemas that later versions know.
pub(super) const LATER_KEYWORDS: &[&str] = &["oneOf", "anyOf", "not", "nullable", "writeOnly", "deprecated"];
pub(super) const SCHEMA_TYPES: &[&str] = &["string", "number", "integer", "boolean", "array", "object", "null"];

impl Kind {
    /// What is wanted, for a message.
    pub(super) fn wanted(self) -> String {
        match self {
            Any => "any value".to_owned(),
            Text | Pattern => "a string".to_owned(),
            Kind::Media => "a media type".to_owned(),
            Bool => "a boolean".to_owned(),
            Number => "a number".to_owned(),
            Count => "a whole number that is not negative".to_owned(),
            OneOf(all) => format!("one of {}", all.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ")),
            Schema => "a Schema Object".to_owned(),
            Kind::Parameter => "a Parameter Object".to_owned(),
            Obj(object) | OrRef(object) => {
                format!("{} {}", if object.name.starts_with(['A', 'E', 'I', 'O', 'X']) { "an" } else { "a" }, object.name)
            }
            ListOf(_) => "a list".to_owned(),
            MapOf(_) => "an object".to_owned(),
        }
    }
}
