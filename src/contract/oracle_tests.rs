//! The OpenAPI crate as a second opinion: what it reads in a 3.0 document is what this room reads.
//!
//! Compares structure only; schemas never pass through the crate.

use crate::base::source::Source;
use crate::contract::model::{In, Operation, Parameter, StatusPattern, Style};
use crate::contract::{Contract, load};
use openapiv3::{CookieStyle, OpenAPI, ParameterSchemaOrContent, PathStyle, QueryStyle, ReferenceOr, StatusCode};

/// What the shipped document has not.
const EVERY_STYLE: &str = r##"
openapi: 3.0.3
info: {title: Styles, version: '1'}
servers: [{url: 'https://{region}.example.com/{v}', variables: {region: {default: eu, enum: [eu, us]}, v: {default: v2}}}]
security: [{key: []}]
paths:
  /a/{simple}/{label}/{matrix}:
    parameters:
      - {name: simple, in: path, required: true, schema: {type: string}}
      - {name: label, in: path, required: true, style: label, explode: true, schema: {type: string}}
      - {name: matrix, in: path, required: true, style: matrix, schema: {type: string}}
      - {name: shared, in: query, deprecated: true, schema: {type: string}}
    get:
      operationId: get
      tags: [one, two]
      deprecated: true
      security: [{}, {key: []}, {oauth: [read], oidc: []}]
      parameters:
        - {name: shared, in: query, required: true, schema: {type: integer}}
        - {name: spaced, in: query, style: spaceDelimited, explode: false, schema: {type: array, items: {type: string}}}
        - {name: piped, in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}}
        - {name: deep, in: query, style: deepObject, explode: true, schema: {type: object}}
        - {name: open, in: query, allowReserved: true, explode: false, schema: {type: string}}
        - {name: content, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: X-Header, in: header, explode: true, example: {a: 1}, schema: {type: object}}
        - $ref: '#/components/parameters/Cookie'
      responses:
        default: {description: other}
        '200': {description: ok, headers: {X-Left: {required: true, schema: {type: integer}}}, content: {application/json: {schema: {}}, text/*: {example: hi}}}
        4XX: {$ref: '#/components/responses/Refused'}
    put:
      requestBody: {$ref: '#/components/requestBodies/Body'}
      responses: {'204': {description: done}}
    delete: {security: [], responses: {'204': {description: gone}}}
components:
  parameters: {Cookie: {name: session, in: cookie, required: true, schema: {type: string}}}
  requestBodies: {Body: {required: true, content: {application/x-www-form-urlencoded: {schema: {type: object}}}}}
  responses: {Refused: {description: refused, content: {application/problem+json: {schema: {type: object}}}}}
  securitySchemes:
    key: {type: apiKey, in: cookie, name: k}
    basic: {type: http, scheme: Basic}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://example.com/.well-known/openid-configuration'}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {read: r, write: w}}}}
"##;

#[test]
fn both_read_the_same_structure() {
    for text in [EVERY_STYLE, include_str!("../../specs/notification-api.yaml")] {
        let document: OpenAPI = serde_yaml::from_str(text).expect("the crate reads it");
        let (contract, faults) = load(&Source::new("t.yaml", text), &|_| Err("no other file".to_owned().into()));
        let contract = contract.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
        compare(&document, &contract);
    }
}

fn compare(document: &OpenAPI, contract: &Contract) {
    assert_eq!((&document.info.title, &document.info.version), (&contract.title, &contract.version));
    let servers: Vec<&String> = document.servers.iter().map(|s| &s.url).collect();
    assert_eq!(servers, contract.servers.iter().map(|s| &s.url).collect::<Vec<_>>());
    let components = document.components.clone().unwrap_or_default();
    assert_eq!(components.security_schemes.len(), contract.security_schemes.len());
    let mut count = 0;
    for (path, item) in &document.paths.paths {
        let item = item.as_item().expect("written in place");
        for (method, theirs) in item.iter() {
            count += 1;
            let ours = contract.operation(&format!("{method} {path}")).expect("the operation");
            assert_eq!(theirs.operation_id.as_ref().unwrap_or(&ours.id), &ours.id);
            assert_eq!((&theirs.summary, &theirs.tags, theirs.deprecated), (&ours.summary, &ours.tags, ours.deprecated));
            let demanded = theirs.security.as_ref().or(document.security.as_ref()).map_or(0, Vec::len);
            assert_eq!(demanded, ours.security.len(), "{}", ours.id);
            let mut names = Vec::new();
            for parameter in item.parameters.iter().chain(&theirs.parameters) {
                let parameter = resolved(parameter, &components.parameters);
                let data = parameter.parameter_data_ref();
                names.push(data.name.as_str());
                let written = theirs.parameters.iter().map(|p| resolved(p, &components.parameters).parameter_data_ref());
                let data = written.rev().find(|d| d.name == data.name).unwrap_or(data);
                same_parameter(data, parameter, ours);
            }
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), ours.parameters.len(), "{}", ours.id);
            let body = theirs.request_body.as_ref().map(|b| resolved(b, &components.request_bodies));
            let media = |content: &openapiv3::Content| content.keys().cloned().collect::<Vec<_>>();
            assert_eq!(
                body.map(|b| (b.required, media(&b.content))),
                ours.body.as_ref().map(|b| (b.required, b.media.iter().map(|m| m.name.clone()).collect()))
            );
            let mut statuses: Vec<(StatusPattern, &openapiv3::Response)> = Vec::new();
            for (code, response) in &theirs.responses.responses {
                let pattern = match code {
                    StatusCode::Code(code) => StatusPattern::Exact(*code),
                    StatusCode::Range(first) => StatusPattern::Range(u8::try_from(*first).expect("a digit")),
                };
                statuses.push((pattern, resolved(response, &components.responses)));
            }
            statuses
                .extend(theirs.responses.default.iter().map(|r| (StatusPattern::Default, resolved(r, &components.responses))));
            assert_eq!(statuses.len(), ours.responses.len());
            for ((pattern, response), own) in statuses.iter().zip(&ours.responses) {
                assert_eq!((*pattern, &response.description), (own.pattern, &own.description));
                assert_eq!(media(&response.content), own.media.iter().map(|m| m.name.clone()).collect::<Vec<_>>());
                assert_eq!(response.headers.len(), own.headers.len(), "{}", ours.id);
            }
        }
    }
    assert_eq!(count, contract.operations.len());
}

fn resolved<'a, T>(written: &'a ReferenceOr<T>, components: impl IntoIterator<Item = (&'a String, &'a ReferenceOr<T>)>) -> &'a T {
    match written {
        ReferenceOr::Item(item) => item,
        ReferenceOr::Reference { reference } => {
            let name = reference.rsplit('/').next().expect("a name");
            let found = components.into_iter().find(|(own, _)| *own == name);
            found.and_then(|(_, item)| item.as_item()).expect("a component written in place")
        }
    }
}

fn same_parameter(data: &openapiv3::ParameterData, parameter: &openapiv3::Parameter, ours: &Operation) {
    let (location, style) = match parameter {
        openapiv3::Parameter::Query { style: QueryStyle::Form, .. } => (In::Query, Style::Form),
        openapiv3::Parameter::Query { style: QueryStyle::SpaceDelimited, .. } => (In::Query, Style::SpaceDelimited),
        openapiv3::Parameter::Query { style: QueryStyle::PipeDelimited, .. } => (In::Query, Style::PipeDelimited),
        openapiv3::Parameter::Query { style: QueryStyle::DeepObject, .. } => (In::Query, Style::DeepObject),
        openapiv3::Parameter::Header { .. } => (In::Header, Style::Simple),
        openapiv3::Parameter::Path { style: PathStyle::Simple, .. } => (In::Path, Style::Simple),
        openapiv3::Parameter::Path { style: PathStyle::Label, .. } => (In::Path, Style::Label),
        openapiv3::Parameter::Path { style: PathStyle::Matrix, .. } => (In::Path, Style::Matrix),
        openapiv3::Parameter::Cookie { style: CookieStyle::Form, .. } => (In::Cookie, Style::Form),
    };
    let own: &Parameter = ours.parameter(location, &data.name).unwrap_or_else(|| panic!("{} {}", ours.id, data.name));
    assert_eq!((own.style, own.required), (style, data.required || location == In::Path), "{}", data.name);
    assert_eq!(own.explode, data.explode.unwrap_or(style == Style::Form), "{}", data.name);
    if let openapiv3::Parameter::Query { allow_reserved, .. } = parameter {
        assert_eq!(own.allow_reserved, *allow_reserved, "{}", data.name);
    }
    let content = match &data.format {
        ParameterSchemaOrContent::Content(content) => content.keys().next().cloned(),
        ParameterSchemaOrContent::Schema(_) => None,
    };
    assert_eq!(own.content, content, "{}", data.name);
    assert!(data.example.is_none() || data.example == own.example, "{}", data.name);
}
