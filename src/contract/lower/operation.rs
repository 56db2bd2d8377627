//! Lowers operations, parameters, bodies, responses, callbacks and security.
//!
//! Takes the decoded structure and the files it came from. Never looks into a schema, except for its example.

use crate::base::tree::Node;
use crate::contract::decode::{AT, unmark};
use crate::contract::files::{Files, Loc};
use crate::contract::model::{
    Callback, HeaderSpec, In, MediaType, Operation, Parameter, RequestBody, ResponseSpec, SchemaRef, SecurityAlternative,
    SecurityKind, SecurityNeed, SecurityScheme, StatusPattern, Style,
};
use crate::contract::route::PathTemplate;
use openapiv3::{
    APIKeyLocation, HeaderStyle, ParameterSchemaOrContent as Format, PathStyle, QueryStyle, ReferenceOr, StatusCode,
};
use serde_json::Value;
use std::sync::Arc;

/// Callbacks within callbacks beyond this depth are left away.
const DEEPEST_CALLBACK: usize = 8;

pub(in crate::contract) struct Lowering<'a> {
    pub(in crate::contract) files: &'a Files,
    pub(in crate::contract) security: Vec<openapiv3::SecurityRequirement>,
}

impl Lowering<'_> {
    pub(in crate::contract) fn path_item(&self, path: &str, item: &openapiv3::PathItem, depth: usize) -> Vec<Arc<Operation>> {
        // In the order written, which the decoded form does not keep.
        let mut operations: Vec<_> = item.iter().map(|(method, o)| self.operation(method, path, item, o, depth)).collect();
        operations.sort_by_key(|o| o.place.span);
        operations.into_iter().map(Arc::new).collect()
    }

    fn operation(
        &self,
        method: &str,
        path: &str,
        item: &openapiv3::PathItem,
        operation: &openapiv3::Operation,
        depth: usize,
    ) -> Operation {
        let method = method.to_ascii_uppercase();
        let mut parameters: Vec<Parameter> = Vec::new();
        for parameter in item.parameters.iter().chain(&operation.parameters).filter_map(ReferenceOr::as_item) {
            let parameter = self.parameter(parameter);
            match parameters.iter_mut().find(|p| p.name == parameter.name && p.location == parameter.location) {
                Some(earlier) => *earlier = parameter,
                None => parameters.push(parameter),
            }
        }
        // Ignored by the specification, since other parts of it say what these fields are.
        parameters.retain(|p| {
            p.location != In::Header
                || !["accept", "content-type", "authorization"].contains(&p.name.to_ascii_lowercase().as_str())
        });
        let mut callbacks = Vec::new();
        if depth < DEEPEST_CALLBACK {
            for (name, callback) in &operation.callbacks {
                for (expression, item) in callback {
                    let suffix = expression.rfind('}').map_or(expression.as_str(), |end| &expression[end + 1..]);
                    let path = if suffix.is_empty() { "/" } else { suffix };
                    callbacks.extend(self.path_item(path, item, depth + 1).into_iter().map(|operation| Callback {
                        name: name.clone(),
                        expression: expression.clone(),
                        operation,
                    }));
                }
            }
        }
        let security = operation.security.as_ref().unwrap_or(&self.security);
        Operation {
            id: operation.operation_id.clone().unwrap_or_else(|| format!("{method} {path}")),
            path: PathTemplate::new(path),
            summary: operation.summary.clone(),
            tags: operation.tags.clone(),
            parameters,
            body: operation
                .request_body
                .as_ref()
                .and_then(ReferenceOr::as_item)
                .map(|body| RequestBody { required: body.required, media: self.media(&body.content) }),
            responses: self.responses(&operation.responses),
            callbacks,
            security: security.iter().map(alternative).collect(),
            servers: Vec::new(),
            read_once: operation.extensions.get("x-read-once") == Some(&Value::Bool(true)),
            deprecated: operation.deprecated,
            extensions: Vec::new(),
            place: self.files.key_place(&at(&operation.extensions)),
            method,
        }
    }

    fn parameter(&self, parameter: &openapiv3::Parameter) -> Parameter {
        let (location, style, allow_reserved) = match parameter {
            openapiv3::Parameter::Query { style, allow_reserved, .. } => {
                let style = match style {
                    QueryStyle::Form => Style::Form,
                    QueryStyle::SpaceDelimited => Style::SpaceDelimited,
                    QueryStyle::PipeDelimited => Style::PipeDelimited,
                    QueryStyle::DeepObject => Style::DeepObject,
                };
                (In::Query, style, *allow_reserved)
            }
            openapiv3::Parameter::Header { style: HeaderStyle::Simple, .. } => (In::Header, Style::Simple, false),
            openapiv3::Parameter::Path { style, .. } => {
                let style = match style {
                    PathStyle::Matrix => Style::Matrix,
                    PathStyle::Label => Style::Label,
                    PathStyle::Simple => Style::Simple,
                };
                (In::Path, style, false)
            }
            openapiv3::Parameter::Cookie { .. } => (In::Cookie, Style::Form, false),
        };
        let data = parameter.parameter_data_ref();
        let (schema, content) = self.format(&data.format);
        let media_example = match &data.format {
            Format::Content(content) => self.media(content).into_iter().find_map(|m| m.example),
            Format::Schema(_) => None,
        };
        let example = data.example.clone().or_else(|| first(&data.examples)).or(media_example);
        Parameter {
            name: data.name.clone(),
            location,
            required: data.required || location == In::Path,
            style,
            explode: data.explode.unwrap_or(style == Style::Form),
            allow_reserved,
            example: example.or_else(|| self.schema_example(schema.as_ref()?)),
            schema,
            content,
        }
    }

    fn format(&self, format: &Format) -> (Option<SchemaRef>, Option<String>) {
        match format {
            Format::Schema(schema) => (place_of(schema), None),
            Format::Content(content) => match content.first() {
                Some((name, media)) => (media.schema.as_ref().and_then(place_of), Some(name.clone())),
                None => (None, None),
            },
        }
    }

    fn media(&self, content: &openapiv3::Content) -> Vec<MediaType> {
        let lower = |(name, media): (&String, &openapiv3::MediaType)| {
            let schema = media.schema.as_ref().and_then(place_of);
            let examples = media.examples.iter().filter_map(|(n, e)| Some((n.clone(), e.as_item()?.value.clone()?)));
            let examples: Vec<(String, Value)> = examples.collect();
            let example = media.example.clone().or_else(|| examples.first().map(|(_, v)| v.clone()));
            let example = example.or_else(|| self.schema_example(schema.as_ref()?));
            MediaType { name: name.clone(), schema, item_schema: None, encoding: Vec::new(), example, examples }
        };
        content.iter().map(lower).collect()
    }

    /// What the schema itself gives as an example or default, references followed.
    fn schema_example(&self, schema: &SchemaRef) -> Option<Value> {
        let own = |node: &Node| {
            let listed = node.get("examples").and_then(Node::items).and_then(<[Node]>::first);
            node.get("example").or(listed).or_else(|| node.get("default")).map(Node::to_value)
        };
        own(self.files.node(schema)?).or_else(|| own(self.files.node(&self.files.follow(schema)?)?))
    }

    fn responses(&self, responses: &openapiv3::Responses) -> Vec<ResponseSpec> {
        let documented = responses.responses.iter().map(|(code, response)| {
            let pattern = match code {
                StatusCode::Code(status) => StatusPattern::Exact(*status),
                StatusCode::Range(first) => StatusPattern::Range(u8::try_from(*first).unwrap_or_default()),
            };
            (pattern, response)
        });
        let default = responses.default.iter().map(|response| (StatusPattern::Default, response));
        documented.chain(default).filter_map(|(pattern, response)| Some(self.response(pattern, response.as_item()?))).collect()
    }

    fn response(&self, pattern: StatusPattern, response: &openapiv3::Response) -> ResponseSpec {
        let headers = response.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        let headers = headers.filter_map(|(name, header)| {
            let header = header.as_item()?;
            let (schema, content) = self.format(&header.format);
            let explode = header.extensions.get("x-explode") == Some(&Value::Bool(true));
            Some(HeaderSpec { name: name.clone(), required: header.required, explode, schema, content })
        });
        ResponseSpec {
            pattern,
            description: response.description.clone(),
            headers: headers.collect(),
            media: self.media(&response.content),
            links: Vec::new(),
            place: self.files.key_place(&at(&response.extensions)),
        }
    }

    pub(in crate::contract) fn security_schemes(&self, components: Option<&openapiv3::Components>) -> Vec<SecurityScheme> {
        let decoded = components.into_iter().flat_map(|c| &c.security_schemes).filter_map(|(name, scheme)| {
            let kind = match scheme.as_item()? {
                openapiv3::SecurityScheme::APIKey { location, name, .. } => SecurityKind::ApiKey {
                    location: match location {
                        APIKeyLocation::Query => In::Query,
                        APIKeyLocation::Header => In::Header,
                        APIKeyLocation::Cookie => In::Cookie,
                    },
                    field: name.clone(),
                },
                openapiv3::SecurityScheme::HTTP { scheme, .. } => SecurityKind::Http { scheme: scheme.to_ascii_lowercase() },
                openapiv3::SecurityScheme::OAuth2 { flows, .. } => oauth2(flows),
                openapiv3::SecurityScheme::OpenIDConnect { open_id_connect_url, .. } => {
                    SecurityKind::OpenIdConnect { url: open_id_connect_url.clone() }
                }
            };
            Some(SecurityScheme { name: name.clone(), kind })
        });
        let mut schemes: Vec<SecurityScheme> = decoded.collect();
        let section = Loc::new(0, crate::base::pointer::Pointer::from_escaped("/components/securitySchemes"));
        let written = self.files.node(&section).and_then(Node::members).unwrap_or_default();
        schemes.extend(written.iter().filter_map(|(key, _)| {
            let scheme = self.files.node(&self.files.follow(&section.push(&key.text))?)?;
            let is_mutual = scheme.get("type").and_then(Node::as_str) == Some("mutualTLS");
            is_mutual.then(|| SecurityScheme { name: key.text.clone(), kind: SecurityKind::MutualTls })
        }));
        schemes
    }
}

fn oauth2(flows: &openapiv3::OAuth2Flows) -> SecurityKind {
    let mut scopes: Vec<String> = Vec::new();
    let all = flows.client_credentials.iter().flat_map(|f| f.scopes.keys());
    let all = all.chain(flows.authorization_code.iter().flat_map(|f| f.scopes.keys()));
    let all = all.chain(flows.password.iter().flat_map(|f| f.scopes.keys()));
    for scope in all.chain(flows.implicit.iter().flat_map(|f| f.scopes.keys())) {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    let token_url = flows.client_credentials.as_ref().map(|f| f.token_url.clone());
    let token_url = token_url.or_else(|| flows.authorization_code.as_ref().map(|f| f.token_url.clone()));
    SecurityKind::OAuth2 { token_url: token_url.or_else(|| flows.password.as_ref().map(|f| f.token_url.clone())), scopes }
}

fn alternative(requirement: &openapiv3::SecurityRequirement) -> SecurityAlternative {
    let need = |(scheme, scopes): (&String, &Vec<String>)| SecurityNeed { scheme: scheme.clone(), scopes: scopes.clone() };
    SecurityAlternative(requirement.iter().map(need).collect())
}

fn place_of(schema: &ReferenceOr<openapiv3::Schema>) -> Option<SchemaRef> {
    match schema {
        ReferenceOr::Reference { reference } => unmark(reference),
        ReferenceOr::Item(_) => None,
    }
}

fn first<'a>(examples: impl IntoIterator<Item = (&'a String, &'a ReferenceOr<openapiv3::Example>)>) -> Option<Value> {
    examples.into_iter().find_map(|(_, example)| example.as_item()?.value.clone())
}

/// Where an object was written; decoding gave every one of them the mark.
fn at<'a>(extensions: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Loc {
    let marked = extensions.into_iter().find(|(name, _)| *name == AT).and_then(|(_, mark)| unmark(mark.as_str()?));
    marked.unwrap_or_else(|| Loc::new(0, crate::base::pointer::Pointer::root()))
}

/// The URL of a server with its variables replaced by their defaults.
pub(in crate::contract) fn server_url(server: &openapiv3::Server) -> String {
    let mut url = server.url.clone();
    for (name, variable) in server.variables.iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), &variable.default);
    }
    url
}

/// The path of a server's URL, without a slash at its end.
pub(in crate::contract) fn path_of(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
        None => url,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}
