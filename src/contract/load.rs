//! From source text to a contract.
//!
//! Reads the first file and those it refers to through the caller's resolver, gathers every fault, and lowers what is left.
//! Never opens a file and never stops at the first fault.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::pointer::Pointer;
use crate::base::source::Source;
use crate::base::tree::{self, Budget};
use crate::contract::Contract;
use crate::contract::check::Checker;
use crate::contract::document;
use crate::contract::files::{Files, Loc};
use crate::contract::grammar::{DOCUMENT, Kind};
use crate::contract::lower::operation::Operations;
use crate::contract::lower::{operation, schema, surroundings};
use crate::contract::model::{Direction, Server};
use crate::contract::router::Router;
use crate::contract::swagger;
use crate::contract::version::version;
use crate::schema::SchemaSet;
use std::sync::Arc;

/// Gives the text of a file named relative to the folder of the first one, or of an absolute URL, if it cares to.
pub type Resolver<'a> = dyn Fn(&str) -> Result<Arc<Source>, Unreadable> + 'a;

/// Why a document that a reference names is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// A lower-case fragment.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<String> for Unreadable {
    fn from(reason: String) -> Self {
        Self { reason, hint: None }
    }
}

impl Unreadable {
    /// What every resolver says of a URL that it was not allowed to fetch.
    #[must_use]
    pub fn remote() -> Self {
        Self {
            reason: "only files are read, never a URL".to_owned(),
            hint: Some("keep a copy beside the spec and refer to that".to_owned()),
        }
    }
}

/// Loads a contract. With an error among the diagnostics there is no contract; warnings do not prevent it.
#[must_use]
pub fn load(source: &Arc<Source>, resolver: &Resolver<'_>) -> (Option<Contract>, Diagnostics) {
    let mut document = match tree::parse(source, Budget::default()) {
        Ok(document) => document,
        Err(faults) => return (None, faults),
    };
    let mut converted = None;
    let mut faults = Diagnostics::new();
    if swagger::is_swagger(&document) {
        let (done, found) = swagger::convert(document, resolver);
        let Some(done) = done else { return (None, found) };
        faults = found;
        document = done.document;
        converted = Some(done.from);
    }
    let version = match version(&document) {
        Ok(version) => version,
        Err(fault) => return (None, one(fault)),
    };
    let mut checker = Checker::new(document, version, resolver);
    checker.run(Loc::new(0, Pointer::root()), Kind::Obj(&DOCUMENT));
    document::check(&mut checker);
    let Checker { files, schemas, faults: found, .. } = checker;
    faults.extend(found);
    if faults.has_errors() {
        return (None, faults);
    }
    match lower(files, schemas) {
        Ok(mut contract) => {
            if let Some(from) = converted {
                contract.openapi = format!("{from} (converted)");
            }
            (Some(contract), faults)
        }
        Err(fault) => {
            faults.push(fault);
            (None, faults)
        }
    }
}

fn one(fault: Diagnostic) -> Diagnostics {
    let mut faults = Diagnostics::new();
    faults.push(fault);
    faults
}

fn lower(files: Files, schemas: Vec<Loc>) -> Result<Contract, Diagnostic> {
    let whole = files.place(&Loc::new(0, Pointer::root().push("openapi")));
    let unusable = |reason: String| Diagnostic::error("contract/unusable", reason).at(whole.clone());
    let files = Arc::new(files);
    let request = SchemaSet::new(schema::source(&files, Direction::Request));
    let response = SchemaSet::new(schema::source(&files, Direction::Response));
    let document = operation::root(&files).ok_or_else(|| unusable("the document is empty".to_owned()))?;
    let lowering = Operations::new(&files, &document);
    let (operations, webhooks) = (lowering.paths(&document), lowering.webhooks(&document));
    let (title, api_version) = surroundings::info(&document);
    let mut servers = surroundings::servers(&document);
    if servers.is_empty() {
        servers.push(Server { url: "/".to_owned(), variables: Vec::new() });
    }
    Ok(Contract {
        title,
        version: api_version,
        openapi: document.text("openapi").unwrap_or_default().to_owned(),
        base_path: servers[0].base_path(),
        servers,
        router: Router::new(operations.iter().map(|o| &o.path)),
        operations,
        webhooks,
        security_schemes: surroundings::security_schemes(&files, &document),
        request,
        response,
        schemas,
        files,
    })
}

#[cfg(test)]
pub(in crate::contract) mod tests {
    use super::load;
    use crate::base::source::Source;
    use crate::contract::Contract;

    /// A contract from text that has no fault; warnings are allowed.
    pub(in crate::contract) fn contract(text: &str) -> Contract {
        let (contract, faults) = load(&Source::new("t.yaml", text), &|_| Err("no other file".to_owned().into()));
        contract.unwrap_or_else(|| panic!("{:?}", faults.sorted()))
    }

    /// Every diagnostic as `line:column code: message (hint)`.
    pub(in crate::contract) fn faults(text: &str) -> Vec<String> {
        let resolver =
            |name: &str| Err(if name.contains("://") { super::Unreadable::remote() } else { "no other file".to_owned().into() });
        let (contract, faults) = load(&Source::new("t.yaml", text), &resolver);
        assert_eq!(contract.is_none(), faults.has_errors());
        let show = |d: crate::base::diagnostic::Diagnostic| {
            let (line, column) = d.place.expect("a place").line_column();
            let hint = d.hint.map(|h| format!(" ({h})")).unwrap_or_default();
            format!("{line}:{column} {}: {}{hint}", d.code, d.message)
        };
        faults.into_iter().map(show).collect()
    }

    #[test]
    fn other_files_are_read_once_and_validated_against() {
        let files = |name: &str| match name {
            "parts/schemas.yaml" => Ok(Source::new(
                "parts/schemas.yaml",
                "Pet: {type: object, required: [kind], properties: {kind: {$ref: '../kinds.yaml'}, next: {$ref: '#/Pet'}}}\n",
            )),
            "kinds.yaml" => Ok(Source::new("kinds.yaml", "type: string\nenum: [cat, dog]\n")),
            "parts/responses.json" => Ok(Source::new(
                "parts/responses.json",
                r##"{"Gone": {"description": "gone", "content": {"application/json": {"schema": {"$ref": "schemas.yaml#/Pet"}}}}}"##,
            )),
            other => Err(format!("no {other}").into()),
        };
        let text = "openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /pets:
    get:
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: './parts/schemas.yaml#/Pet'}}}}
        '410': {$ref: 'parts/responses.json#/Gone'}
";
        let (contract, faults) = load(&Source::new("specs/t.yaml", text), &files);
        assert!(faults.is_empty(), "{:?}", faults.sorted());
        let contract = contract.expect("a contract");
        let operation = contract.operation("GET /pets").expect("the operation");
        for status in [200, 410] {
            let schema = operation.response_for(status).and_then(|r| r.media[0].schema.clone()).expect("a schema");
            let validator = contract.validator(&schema, crate::contract::model::Direction::Response);
            assert_eq!(validator.fault(), None);
            let found = validator.violations(&serde_json::json!({"kind": "cat", "next": {"kind": "cow"}}));
            assert_eq!(found.len(), 1, "{found:?}");
            let place = contract.violation_place(&found[0]).map(|p| p.to_string());
            assert_eq!((found[0].instance.as_str(), place.as_deref()), ("/next/kind", Some("kinds.yaml:2:1")));
        }
    }

    #[test]
    fn versions_that_are_not_read_are_named() {
        assert_eq!(faults("swagger: '1.2'\n"), ["1:10 contract/version: Swagger `1.2` is not read (known: `swagger: \"2.0\"`)"]);
        assert!(faults("openapi: 4.0.0\n")[0].starts_with("1:10 contract/version: OpenAPI `4.0.0` is not read"));
        assert!(faults("openapi: 3.1\n")[0].starts_with("1:1 contract/wrong-type: `openapi` must be a string"));
        assert!(faults("opneapi: 3.1.0\n")[0].starts_with("1:1 contract/no-openapi:"));
        assert!(faults("[]\n")[0].contains("an OpenAPI document is an object"));
    }

    #[test]
    fn servers_give_the_base_path() {
        let base = |servers: &str| {
            contract(&format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\n{servers}")).base_path().to_owned()
        };
        assert_eq!(base(""), "");
        assert_eq!(base("servers: [{url: 'https://example.com/a/b/'}]"), "/a/b");
        assert_eq!(base("servers: [{url: 'https://example.com'}]"), "");
        assert_eq!(base("servers: [{url: v1}]"), "/v1");
        assert_eq!(base("servers: [{url: 'https://{host}/{v}', variables: {host: {default: h}, v: {default: v2}}}]"), "/v2");
    }
}
