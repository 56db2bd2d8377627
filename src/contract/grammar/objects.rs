//! The objects of OpenAPI as a table: which fields each has, and of what kind.
//!
//! Data only, after the tables of the specification; checks and decoding walk it.

use crate::contract::grammar::Kind::{self, Any, Bool, ListOf, MapOf, Obj, OrRef, Schema, Text, TextList};
use crate::contract::grammar::{Choice, Field, Keys, Object, Version};

const URL: Kind = Kind::Formatted("uri-reference");

const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, since: Version::V30 }
}

const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true, since: Version::V30 }
}

const fn since_31(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, since: Version::V31 }
}

const fn since_32(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, since: Version::V32 }
}

const fn object(name: &'static str, fields: &'static [Field]) -> Object {
    Object { name, fields, keys: Keys::Named, other: Any, extensible: true }
}

const fn text(text: &'static str) -> Choice {
    Choice { text, since: Version::V30 }
}

const fn text_31(text: &'static str) -> Choice {
    Choice { text, since: Version::V31 }
}

const fn text_32(text: &'static str) -> Choice {
    Choice { text, since: Version::V32 }
}

pub(in crate::contract) static DOCUMENT: Object = object(
    "OpenAPI Object",
    &[
        must("openapi", Text),
        since_32("$self", URL),
        must("info", Obj(&INFO)),
        since_31("jsonSchemaDialect", Text),
        may("servers", ListOf(&Obj(&SERVER))),
        may("paths", Obj(&PATHS)),
        since_31("webhooks", MapOf(&OrRef(&PATH_ITEM))),
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
        since_31("summary", Text),
        may("description", Text),
        may("termsOfService", URL),
        may("contact", Obj(&CONTACT)),
        may("license", Obj(&LICENSE)),
        must("version", Text),
    ],
);

static CONTACT: Object = object("Contact Object", &[may("name", Text), may("url", URL), may("email", Kind::Formatted("email"))]);

static LICENSE: Object = object("License Object", &[must("name", Text), since_31("identifier", Text), may("url", URL)]);

static SERVER: Object = object(
    "Server Object",
    &[must("url", Text), may("description", Text), since_32("name", Text), may("variables", MapOf(&Obj(&SERVER_VARIABLE)))],
);

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
        since_31("pathItems", MapOf(&OrRef(&PATH_ITEM))),
        since_32("mediaTypes", MapOf(&OrRef(&MEDIA_TYPE))),
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
        since_32("query", Obj(&OPERATION)),
        since_32("additionalOperations", MapOf(&Obj(&OPERATION))),
        may("servers", ListOf(&Obj(&SERVER))),
        may("parameters", ListOf(&OrRef(&PARAMETER))),
    ],
);

static OPERATION: Object = object(
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

pub(in crate::contract::grammar) static EXTERNAL_DOCS: Object =
    object("External Documentation Object", &[may("description", Text), must("url", URL)]);

const STYLES: Kind = Kind::OneOf(&[
    text("matrix"),
    text("label"),
    text("form"),
    text("simple"),
    text("spaceDelimited"),
    text("pipeDelimited"),
    text("deepObject"),
    text_32("cookie"),
]);

static PARAMETER: Object = object(
    "Parameter Object",
    &[
        must("name", Text),
        must("in", Kind::OneOf(&[text("path"), text("query"), text("header"), text("cookie"), text_32("querystring")])),
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
        may("content", MapOf(&OrRef(&MEDIA_TYPE))),
    ],
);

static REQUEST_BODY: Object = object(
    "Request Body Object",
    &[may("description", Text), must("content", MapOf(&OrRef(&MEDIA_TYPE))), may("required", Bool)],
);

pub(in crate::contract) static MEDIA_TYPE: Object = object(
    "Media Type Object",
    &[
        since_32("description", Text),
        may("schema", Schema),
        since_32("itemSchema", Schema),
        may("example", Any),
        may("examples", MapOf(&OrRef(&EXAMPLE))),
        may("encoding", MapOf(&Obj(&ENCODING))),
        since_32("prefixEncoding", ListOf(&Obj(&ENCODING))),
        since_32("itemEncoding", Obj(&ENCODING)),
    ],
);

const ENCODING_STYLES: Kind = Kind::OneOf(&[text("form"), text("spaceDelimited"), text("pipeDelimited"), text("deepObject")]);

static ENCODING: Object = object(
    "Encoding Object",
    &[
        may("contentType", Text),
        may("headers", MapOf(&OrRef(&HEADER))),
        may("style", ENCODING_STYLES),
        may("explode", Bool),
        may("allowReserved", Bool),
        since_32("encoding", MapOf(&Obj(&ENCODING))),
        since_32("prefixEncoding", ListOf(&Obj(&ENCODING))),
        since_32("itemEncoding", Obj(&ENCODING)),
    ],
);

static RESPONSES: Object =
    Object { name: "Responses Object", fields: &[], keys: Keys::Status, other: OrRef(&RESPONSE), extensible: true };

pub(in crate::contract) static RESPONSE: Object = object(
    "Response Object",
    &[
        since_32("summary", Text),
        may("description", Text),
        may("headers", MapOf(&OrRef(&HEADER))),
        may("content", MapOf(&OrRef(&MEDIA_TYPE))),
        may("links", MapOf(&OrRef(&LINK))),
    ],
);

static CALLBACK: Object =
    Object { name: "Callback Object", fields: &[], keys: Keys::Free, other: OrRef(&PATH_ITEM), extensible: true };

static EXAMPLE: Object = object(
    "Example Object",
    &[
        may("summary", Text),
        may("description", Text),
        since_32("dataValue", Any),
        since_32("serializedValue", Text),
        may("value", Any),
        may("externalValue", URL),
    ],
);

static LINK: Object = object(
    "Link Object",
    &[
        may("operationRef", URL),
        may("operationId", Text),
        may("parameters", MapOf(&Any)),
        may("requestBody", Any),
        may("description", Text),
        may("server", Obj(&SERVER)),
    ],
);

static HEADER: Object = object(
    "Header Object",
    &[
        may("description", Text),
        may("required", Bool),
        may("deprecated", Bool),
        may("allowEmptyValue", Bool),
        may("style", Kind::OneOf(&[text("simple")])),
        may("explode", Bool),
        may("allowReserved", Bool),
        may("schema", Schema),
        may("example", Any),
        may("examples", MapOf(&OrRef(&EXAMPLE))),
        may("content", MapOf(&OrRef(&MEDIA_TYPE))),
    ],
);

static TAG: Object = object(
    "Tag Object",
    &[
        must("name", Text),
        since_32("summary", Text),
        may("description", Text),
        may("externalDocs", Obj(&EXTERNAL_DOCS)),
        since_32("parent", Text),
        since_32("kind", Text),
    ],
);

static SECURITY_SCHEME: Object = object(
    "Security Scheme Object",
    &[
        must("type", Kind::OneOf(&[text("apiKey"), text("http"), text("oauth2"), text("openIdConnect"), text_31("mutualTLS")])),
        may("description", Text),
        may("name", Text),
        may("in", Kind::OneOf(&[text("query"), text("header"), text("cookie")])),
        may("scheme", Text),
        may("bearerFormat", Text),
        may("flows", Obj(&FLOWS)),
        may("openIdConnectUrl", URL),
        since_32("oauth2MetadataUrl", URL),
        since_32("deprecated", Bool),
    ],
);

static FLOWS: Object = object(
    "OAuth Flows Object",
    &[
        may("implicit", Obj(&IMPLICIT_FLOW)),
        may("password", Obj(&TOKEN_FLOW)),
        may("clientCredentials", Obj(&TOKEN_FLOW)),
        may("authorizationCode", Obj(&CODE_FLOW)),
        since_32("deviceAuthorization", Obj(&DEVICE_FLOW)),
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

static DEVICE_FLOW: Object = object(
    "OAuth Flow Object",
    &[must("deviceAuthorizationUrl", URL), must("tokenUrl", URL), may("refreshUrl", URL), must("scopes", MapOf(&Text))],
);

static SECURITY_REQUIREMENT: Object =
    Object { name: "Security Requirement Object", fields: &[], keys: Keys::Free, other: TextList, extensible: false };

pub(in crate::contract::grammar) static DISCRIMINATOR: Object =
    object("Discriminator Object", &[must("propertyName", Text), may("mapping", MapOf(&Text)), since_32("defaultMapping", Text)]);

pub(in crate::contract::grammar) static XML: Object = object(
    "XML Object",
    &[
        since_32("nodeType", Kind::OneOf(&[text("element"), text("attribute"), text("text"), text("cdata"), text("none")])),
        may("name", Text),
        may("namespace", Text),
        may("prefix", Text),
        may("attribute", Bool),
        may("wrapped", Bool),
    ],
);
