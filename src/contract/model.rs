//! The contract as the rest of the house sees it: operations, parameters, bodies, responses, callbacks.
//!
//! One vocabulary for OpenAPI 3.0 and 3.1, everything already resolved. Reads no document, validates nothing by itself
//! and knows no HTTP library.

use crate::base::pointer::Pointer;
use crate::base::source::Place;
use crate::contract::route::PathTemplate;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Names one Schema Object of a contract: the file it stands in and its pointer there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaRef {
    pub(in crate::contract) file: usize,
    pub(in crate::contract) pointer: Pointer,
}

impl SchemaRef {
    /// Where the schema stands in its own file.
    #[must_use]
    pub fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// The component's name, when it is one of `#/components/schemas`.
    #[must_use]
    pub fn component(&self) -> Option<String> {
        let tokens: Vec<String> = self.pointer.tokens().collect();
        match tokens.as_slice() {
            [components, schemas, name] if components == "components" && schemas == "schemas" => Some(name.clone()),
            _ => None,
        }
    }
}

impl fmt::Display for SchemaRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.pointer)
    }
}

/// Which way a body goes: `readOnly` and `writeOnly` depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server: `readOnly` properties have no place in it.
    Request,
    /// From the server to the client: `writeOnly` properties have no place in it.
    Response,
}

/// One operation: a method on a path, or what a callback sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The `operationId`, or `METHOD /path` where there is none.
    pub id: String,
    /// Upper-case.
    pub method: String,
    /// The path below the base path; for a callback, the suffix of its expression.
    pub path: PathTemplate,
    /// The one-line summary.
    pub summary: Option<String>,
    /// The tags, in order.
    pub tags: Vec<String>,
    /// Parameters of the path item and of the operation, the latter winning.
    pub parameters: Vec<Parameter>,
    /// The request body, if one is described.
    pub body: Option<RequestBody>,
    /// The documented responses, in order.
    pub responses: Vec<ResponseSpec>,
    /// What the operation makes the server send later.
    pub callbacks: Vec<Callback>,
    /// Any one of these suffices; empty when nothing is demanded.
    pub security: Vec<SecurityAlternative>,
    /// Servers that the operation or its path names for itself; empty where those of the document apply.
    pub servers: Vec<Server>,
    /// The answer is gone once it was read (`x-read-once`): never repeat the call.
    pub read_once: bool,
    /// Marked as going away.
    pub deprecated: bool,
    /// The `x-` fields, as written.
    pub extensions: Vec<(String, Value)>,
    /// Where the operation is described.
    pub place: Place,
}

impl Operation {
    /// The response documented for a status: exact, then its range, then `default`.
    #[must_use]
    pub fn response_for(&self, status: u16) -> Option<&ResponseSpec> {
        let find = |wanted: StatusPattern| self.responses.iter().find(|r| r.pattern == wanted);
        find(StatusPattern::Exact(status))
            .or_else(|| find(StatusPattern::Range(u8::try_from(status / 100).ok()?)))
            .or_else(|| find(StatusPattern::Default))
    }

    /// A parameter by its place and name; header names compare without case.
    #[must_use]
    pub fn parameter(&self, location: In, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| {
            p.location == location && if location == In::Header { p.name.eq_ignore_ascii_case(name) } else { p.name == name }
        })
    }
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum In {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// The whole query as one value (3.2).
    QueryString,
    /// In a header field.
    Header,
    /// In the `Cookie` field.
    Cookie,
}

impl fmt::Display for In {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::QueryString => "querystring",
            Self::Header => "header",
            Self::Cookie => "cookie",
        })
    }
}

/// How a parameter's value is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// `;color=blue`
    Matrix,
    /// `.blue`
    Label,
    /// `blue`
    Simple,
    /// `color=blue`
    Form,
    /// `color=blue%20black`
    SpaceDelimited,
    /// `color=blue%7Cblack`
    PipeDelimited,
    /// `color[R]=100`
    DeepObject,
    /// `color=blue; size=2`, nothing percent-encoded (3.2).
    Cookie,
}

/// One parameter of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name as it is sent.
    pub name: String,
    /// Where it travels.
    pub location: In,
    /// Always true in a path.
    pub required: bool,
    /// How the value is written out.
    pub style: Style,
    /// Whether each item or member is written by itself.
    pub explode: bool,
    /// Reserved characters travel as they are (query only).
    pub allow_reserved: bool,
    /// The schema, either of the parameter itself or of its content.
    pub schema: Option<SchemaRef>,
    /// The media type, where the value is described by `content`.
    pub content: Option<String>,
    /// The first of: `example`, `examples`, the schema's own example or default.
    pub example: Option<Value>,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestBody {
    /// Whether there must be one.
    pub required: bool,
    /// The media types it may have, in order.
    pub media: Vec<MediaType>,
}

/// One media type of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaType {
    /// As written; may be a range such as `text/*`.
    pub name: String,
    /// What a body of this type must look like.
    pub schema: Option<SchemaRef>,
    /// What each item of a streamed body must look like (3.2).
    pub item_schema: Option<SchemaRef>,
    /// How the parts of a form are written, by property.
    pub encoding: Vec<Encoding>,
    /// How the first parts of a multipart body without names are written, by position (3.2).
    pub prefix_encoding: Vec<Encoding>,
    /// How the parts behind those are written (3.2).
    pub item_encoding: Option<Encoding>,
    /// The first of: `example`, `examples`, the schema's own example.
    pub example: Option<Value>,
    /// The named examples, `example` not among them.
    pub examples: Vec<(String, Value)>,
}

/// How one property of a form or multipart body is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding {
    /// The property; empty where the position decides.
    pub property: String,
    /// The media types a part may have, as written; empty when the schema's type decides.
    pub content_type: Vec<String>,
    /// Header fields of a part.
    pub headers: Vec<HeaderSpec>,
    /// How the value is written in a form; `None` when its media type decides.
    pub style: Option<Style>,
    /// Whether each item or member is written by itself.
    pub explode: bool,
    /// Reserved characters travel as they are.
    pub allow_reserved: bool,
}

/// A server as written, with its variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The URL, possibly with `{variables}` and possibly relative to where the document came from.
    pub url: String,
    /// Name, default and the values listed (none when any will do).
    pub variables: Vec<ServerVariable>,
}

impl Server {
    /// The URL with its variables at their defaults.
    #[must_use]
    pub fn default_url(&self) -> String {
        self.variables.iter().fold(self.url.clone(), |url, v| url.replace(&format!("{{{}}}", v.name), &v.default))
    }

    /// The path of [`Server::default_url`], without a slash at its end.
    #[must_use]
    pub fn base_path(&self) -> String {
        let url = self.default_url();
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
            None => &url,
        };
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
    }
}

/// One variable of a server's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerVariable {
    /// The name in braces.
    pub name: String,
    /// What it is where nobody says otherwise.
    pub default: String,
    /// What it may be; empty when anything.
    pub values: Vec<String>,
}

/// What may be called next with what an answer holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its key.
    pub name: String,
    /// The `operationId`, or the `operationRef` as written.
    pub operation: LinkTarget,
    /// Runtime expressions or constants, by parameter.
    pub parameters: Vec<(String, Value)>,
    /// The runtime expression or constant for the body.
    pub body: Option<Value>,
}

/// Which operation a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// An operation of this contract, by `operationId`.
    Id(String),
    /// A reference that names an operation of this contract: method and path.
    Here {
        /// Upper-case.
        method: String,
        /// As the document writes it.
        path: String,
    },
    /// A reference that leads elsewhere.
    Elsewhere(String),
}

/// One documented response.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseSpec {
    /// For which statuses.
    pub pattern: StatusPattern,
    /// What it means.
    pub description: String,
    /// The header fields described.
    pub headers: Vec<HeaderSpec>,
    /// The media types of the body; empty when no body is described.
    pub media: Vec<MediaType>,
    /// What may be called next.
    pub links: Vec<Link>,
    /// Where the response is described.
    pub place: Place,
}

/// One header field of a response.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderSpec {
    /// The field's name.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// Whether members of an object are written `k=v`.
    pub explode: bool,
    /// What its value must look like.
    pub schema: Option<SchemaRef>,
    /// The media type, where the value is described by `content`.
    pub content: Option<String>,
}

/// Which statuses a response is documented for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusPattern {
    /// One status.
    Exact(u16),
    /// A hundred of them, by the first digit.
    Range(u8),
    /// Every other one.
    Default,
}

impl StatusPattern {
    /// Reads `404`, `4XX` or `default`; nothing else, so `2xX` and `99` are refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        let first = text.chars().next().filter(|c| ('1'..='5').contains(c))?;
        if text.len() != 3 {
            return None;
        }
        if &text[1..] == "XX" {
            return u8::try_from(first.to_digit(10)?).ok().map(Self::Range);
        }
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok().map(Self::Exact)).flatten()
    }

    /// True when `status` falls under the pattern.
    #[must_use]
    pub fn covers(self, status: u16) -> bool {
        match self {
            Self::Exact(own) => own == status,
            Self::Range(first) => status / 100 == u16::from(first),
            Self::Default => true,
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(status) => write!(f, "{status}"),
            Self::Range(first) => write!(f, "{first}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A request that an operation makes the server send later.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// The callback's key.
    pub name: String,
    /// The runtime expression that gives the URL, such as `{$request.body#/url}/notifications`.
    pub expression: String,
    /// What is sent there.
    pub operation: Arc<Operation>,
}

impl Callback {
    /// The literal text after the last expression: `/notifications`.
    #[must_use]
    pub fn suffix(&self) -> &str {
        self.expression.rfind('}').map_or(self.expression.as_str(), |end| &self.expression[end + 1..])
    }
}

/// Schemes that together give access.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityAlternative(pub Vec<SecurityNeed>);

impl SecurityAlternative {
    /// True for `{}`: access without any scheme.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.is_empty()
    }
}

/// One scheme with the scopes wanted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityNeed {
    /// The scheme's name under `components/securitySchemes`.
    pub scheme: String,
    /// The scopes or roles.
    pub scopes: Vec<String>,
}

/// A declared security scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityScheme {
    /// Its name.
    pub name: String,
    /// How it works.
    pub kind: SecurityKind,
}

/// How a security scheme works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityKind {
    /// A key in a header, the query or a cookie.
    ApiKey {
        /// Where the key travels.
        location: In,
        /// The name of the field.
        field: String,
    },
    /// An `Authorization` scheme such as `bearer`, lower-case.
    Http {
        /// The scheme's name.
        scheme: String,
    },
    /// OAuth 2.
    OAuth2 {
        /// The token endpoint, where a flow has one.
        token_url: Option<String>,
        /// Every scope of every flow.
        scopes: Vec<String>,
    },
    /// OpenID Connect discovery.
    OpenIdConnect {
        /// The discovery document.
        url: String,
    },
    /// A client certificate.
    MutualTls,
}

/// An operation found for a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The operation.
    pub operation: Arc<Operation>,
    /// The path parameters, percent-decoded.
    pub path_params: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::StatusPattern;

    #[test]
    fn status_patterns_are_exact_ranges_or_default() {
        for text in ["404", "4XX", "default", "100", "599"] {
            assert_eq!(StatusPattern::parse(text).map(|p| p.to_string()).as_deref(), Some(text));
        }
        for text in ["2xX", "2xx", "XXX", "99", "600", "6XX", "4X4", "", "2é", "20é", "Default", "+20"] {
            assert_eq!(StatusPattern::parse(text), None, "{text}");
        }
        assert!(StatusPattern::Range(4).covers(404) && !StatusPattern::Range(4).covers(500));
    }
}
