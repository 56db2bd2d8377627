//! From source text to a contract.
//!
//! Reads the first file and those it refers to through the caller's resolver, gathers every fault, and lowers what is left.
//! Never opens a file and never stops at the first fault.

use crate::base::diagnostic::Diagnostics;
use crate::base::pointer::Pointer;
use crate::base::source::Source;
use crate::base::tree::{self, Budget, Document};
use crate::contract::Contract;
use crate::contract::check::Checker;
use crate::contract::document;
use crate::contract::files::{Files, Loc};
use crate::contract::grammar::{DOCUMENT, Kind};
use crate::contract::lower::operation::Operations;
use crate::contract::lower::spot::Walk;
use crate::contract::lower::{schema, surroundings};
use crate::contract::model::{Direction, Server};
use crate::contract::overlay::{self, Overlay};
use crate::contract::resolver::Resolver;
use crate::contract::router::Router;
use crate::contract::swagger;
use crate::contract::version::version;
use crate::schema::SchemaSet;
use crate::window::decode::availability;
use std::sync::Arc;

/// What is done to a document on the way.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Overlay documents, applied in this order before anything is looked at.
    pub overlays: Vec<Arc<Source>>,
}

/// Loads a contract. With an error among the diagnostics there is no contract; warnings do not prevent it.
#[must_use]
pub fn load(source: &Arc<Source>, resolver: &Resolver<'_>) -> (Option<Contract>, Diagnostics) {
    load_with(source, &Options::default(), resolver)
}

/// Loads a contract from a document that is changed on the way.
#[must_use]
pub fn load_with(source: &Arc<Source>, options: &Options, resolver: &Resolver<'_>) -> (Option<Contract>, Diagnostics) {
    let mut faults = Diagnostics::new();
    let contract = read(source, options, resolver, &mut faults);
    (contract.filter(|_| !faults.has_errors()), faults)
}

fn read(source: &Arc<Source>, options: &Options, resolver: &Resolver<'_>, faults: &mut Diagnostics) -> Option<Contract> {
    let mut document = parsed(source, faults)?;
    if !options.overlays.is_empty() {
        document = overlaid(document, &options.overlays, faults)?;
    }
    let mut converted = None;
    if swagger::is_swagger(&document) {
        let (done, found) = swagger::convert(document, resolver);
        faults.extend(found);
        let done = done?;
        document = done.document;
        converted = Some(format!("{} (converted)", done.from));
    }
    let version = version(&document).map_err(|fault| faults.push(fault)).ok()?;
    let mut checker = Checker::new(document, version, resolver);
    checker.run(Loc::new(0, Pointer::root()), Kind::Obj(&DOCUMENT));
    document::check(&mut checker);
    let Checker { files, schemas, faults: found, .. } = checker;
    faults.extend(found);
    if faults.has_errors() {
        return None;
    }
    let mut contract = lower(files, schemas, faults)?;
    if faults.has_errors() {
        return None;
    }
    contract.openapi = converted.unwrap_or(contract.openapi);
    Some(contract)
}

fn parsed(source: &Arc<Source>, faults: &mut Diagnostics) -> Option<Document> {
    tree::parse(source, Budget::default()).map_err(|found| faults.extend(found)).ok()
}

/// The document as the overlays leave it; every fault of every overlay is found.
fn overlaid(document: Document, overlays: &[Arc<Source>], faults: &mut Diagnostics) -> Option<Document> {
    let mut checked = Vec::new();
    for source in overlays {
        let Some(overlay) = parsed(source, faults) else { continue };
        let (overlay, found) = Overlay::read(&overlay);
        faults.extend(found);
        checked.extend(overlay);
    }
    if faults.has_errors() {
        return None;
    }
    let (document, found) = overlay::apply(document, &checked);
    faults.extend(found);
    (!faults.has_errors()).then_some(document)
}

/// What a checked document means.
fn lower(files: Files, schemas: Vec<Loc>, faults: &mut Diagnostics) -> Option<Contract> {
    let files = Arc::new(files);
    let request = SchemaSet::new(schema::source(&files, Direction::Request));
    let response = SchemaSet::new(schema::source(&files, Direction::Response));
    let walk = Walk::new(&files);
    let document = walk.root()?;
    let lowering = Operations::new(&walk, &document);
    let (operations, webhooks) = (lowering.paths(&document), lowering.webhooks(&document));
    let (title, api_version) = surroundings::info(&document);
    let first = files.list.first().map(|file| &file.document);
    let stated = first.and_then(|document| Some((document.root.get("x-availability")?, document)));
    let availability = stated.and_then(|(node, document)| availability(node, &**document, faults));
    let mut servers = surroundings::servers(&document);
    if servers.is_empty() {
        servers.push(Server { url: "/".to_owned(), variables: Vec::new() });
    }
    Some(Contract {
        title,
        version: api_version,
        openapi: document.text("openapi").unwrap_or_default().to_owned(),
        base_path: servers[0].base_path(),
        servers,
        router: Router::new(operations.iter().map(|o| &o.path)),
        operations,
        webhooks,
        availability,
        extensions: document.extensions(),
        security_schemes: surroundings::security_schemes(&walk, &document),
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
    use crate::contract::{Contract, Unreadable};

    /// A contract from text that has no fault; warnings are allowed.
    pub(in crate::contract) fn contract(text: &str) -> Contract {
        let (contract, faults) = load(&Source::new("t.yaml", text), &|_| Err("no other file".to_owned().into()));
        contract.unwrap_or_else(|| panic!("{:?}", faults.sorted()))
    }

    /// Every diagnostic as `line:column code: message (hint)`.
    pub(in crate::contract) fn faults(text: &str) -> Vec<String> {
        let resolver =
            |name: &str| Err(if name.contains("://") { Unreadable::remote() } else { "no other file".to_owned().into() });
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
    fn overlays_change_the_document_before_it_is_looked_at() {
        let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {'200': {description: d}}}}}\n";
        let overlay = |actions: &str| {
            Source::new("o.yaml", format!("overlay: 1.0.0\ninfo: {{title: o, version: '1'}}\nactions:\n{actions}"))
        };
        let load = |overlays: Vec<std::sync::Arc<Source>>| {
            let options = super::Options { overlays };
            let (contract, faults) =
                super::load_with(&Source::new("t.yaml", text), &options, &|_| Err("no other file".to_owned().into()));
            let shown: Vec<String> = faults.into_iter().map(|d| format!("{} {}", d.place.expect("a place"), d.message)).collect();
            (contract, shown)
        };
        let renamed = overlay("  - {target: $.info, update: {title: new}}\n");
        let (contract, faults) = load(vec![renamed.clone()]);
        assert_eq!((contract.map(|c| c.title).as_deref(), faults.len()), (Some("new"), 0), "{faults:?}");
        // What the overlay brought in is found in the overlay.
        let (contract, faults) = load(vec![renamed, overlay("  - target: $.paths\n    update:\n      b: {}\n")]);
        assert!(contract.is_none());
        assert_eq!(faults, ["o.yaml:6:7 the path `b` must begin with a slash"]);
    }

    #[test]
    fn json_is_read_under_any_name() {
        let text = "\u{feff}{\n\t\"openapi\": \"3.1.0\", \"info\": {\"title\": \"\\ud83d\\ude00\", \"version\": \"1\"},\n\t\"components\": {}\n}\n";
        assert_eq!(contract(text).title, "\u{1f600}");
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
