//! The loaded contract: finding operations, routing requests, validating against its schemas.
//!
//! Answers questions about one spec. Never sends anything, and judges no exchange.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::Place;
use crate::base::tree::Node;
use crate::contract::files::Files;
use crate::contract::model::{Callback, Direction, Match, Operation, SchemaRef, SecurityScheme, Server};
use crate::contract::occur::{self, PathPattern};
use crate::contract::router::Router;
use crate::schema::{LightValidator, SchemaSet, Validator, Violation};
use crate::window::spec::WindowSpec;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// One API as its spec describes it.
pub struct Contract {
    /// The title.
    pub title: String,
    /// The version of the API.
    pub version: String,
    /// The version of OpenAPI that it is written in.
    pub openapi: String,
    /// The servers; the one at `/` when none is named.
    pub servers: Vec<Server>,
    /// Every operation, in the order of the paths.
    pub operations: Vec<Arc<Operation>>,
    /// What the API sends on its own (`webhooks`).
    pub webhooks: Vec<Callback>,
    /// The declared security schemes.
    pub security_schemes: Vec<SecurityScheme>,
    /// When it says that it is available (`x-availability`); `None` where it says nothing.
    pub availability: Option<WindowSpec>,
    /// The `x-` fields of the document, as written.
    pub extensions: Vec<(String, Value)>,
    pub(in crate::contract) base_path: String,
    /// Positions in `operations`.
    pub(in crate::contract) router: Router,
    pub(in crate::contract) files: Arc<Files>,
    pub(in crate::contract) request: SchemaSet,
    pub(in crate::contract) response: SchemaSet,
    pub(in crate::contract) schemas: Vec<SchemaRef>,
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contract({} {})", self.title, self.version)
    }
}

impl Contract {
    /// The path of the first server, without a slash at its end.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// The name of the file it was loaded from.
    #[must_use]
    pub fn source_name(&self) -> &str {
        self.files.list.first().map_or("", |f| f.document.source.name())
    }

    /// An operation by its `operationId`, or as `POST /signatures`.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Arc<Operation>> {
        let id = id.trim();
        self.operations.iter().find(|o| o.id == id).or_else(|| {
            let (method, path) = id.split_once(char::is_whitespace)?;
            self.operations.iter().find(|o| o.method.eq_ignore_ascii_case(method) && o.path.as_str() == path.trim())
        })
    }

    /// A callback as `registerCallback.notification`: the operation that causes it and its key.
    #[must_use]
    pub fn callback(&self, name: &str) -> Option<&Callback> {
        let (operation, key) = name.rsplit_once('.')?;
        self.operation(operation)?.callbacks.iter().find(|c| c.name == key)
    }

    /// Every callback with the operation that causes it.
    pub fn callbacks(&self) -> impl Iterator<Item = (&Arc<Operation>, &Callback)> {
        self.operations.iter().flat_map(|o| o.callbacks.iter().map(move |c| (o, c)))
    }

    /// The operation that a request is for; `path` is below the base path and without a query. The path is chosen first, a
    /// concrete one before a templated one, segment by segment; a method that it lacks is not looked for elsewhere.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Option<Match> {
        let found = self.router.find(path);
        let mut candidates = found.into_iter().map(|i| &self.operations[i]);
        let operation = candidates.find(|o| o.method.eq_ignore_ascii_case(method))?;
        Some(Match { operation: Arc::clone(operation), path_params: operation.path.matches(path)? })
    }

    /// The methods documented for a path, in order; empty when no template matches it.
    #[must_use]
    pub fn methods_at(&self, path: &str) -> Vec<&str> {
        self.router.find(path).into_iter().map(|i| self.operations[i].method.as_str()).collect()
    }

    /// A schema of `#/components/schemas`.
    #[must_use]
    pub fn component_schema(&self, name: &str) -> Option<SchemaRef> {
        let schema = self.components().push(name);
        self.files.node(&schema).map(|_| schema)
    }

    /// The names under `#/components/schemas`, in order.
    #[must_use]
    pub fn component_names(&self) -> Vec<&str> {
        let node = self.files.node(&self.components());
        node.and_then(|n| n.members()).unwrap_or_default().iter().map(|(k, _)| k.text.as_str()).collect()
    }

    fn components(&self) -> SchemaRef {
        SchemaRef { file: 0, pointer: crate::base::pointer::Pointer::root().push("components").push("schemas") }
    }

    /// A schema as it was written, references unresolved.
    #[must_use]
    pub fn schema_value(&self, schema: &SchemaRef) -> Option<Value> {
        self.files.node(schema).map(Node::to_value)
    }

    /// A schema as it stands in its document, with places; references unresolved.
    #[must_use]
    pub fn schema_node(&self, schema: &SchemaRef) -> Option<&Node> {
        self.files.node(schema)
    }

    /// What stands below a schema: a member by name or an item by number.
    #[must_use]
    pub fn schema_child(&self, schema: &SchemaRef, token: impl fmt::Display) -> SchemaRef {
        schema.push(token)
    }

    /// What a schema stands in, such as the parameter that it belongs to.
    #[must_use]
    pub fn schema_parent(&self, schema: &SchemaRef) -> Option<SchemaRef> {
        Some(SchemaRef { file: schema.file, pointer: schema.pointer.parent()? })
    }

    /// What a reference written in a schema names.
    #[must_use]
    pub fn resolve(&self, schema: &SchemaRef, reference: &str) -> Option<SchemaRef> {
        self.files.resolve(schema, reference).ok()
    }

    /// True where schemas are in the dialect of OpenAPI 3.0: `nullable`, boolean `exclusiveMinimum`, nothing beside `$ref`.
    #[must_use]
    pub fn is_30(&self) -> bool {
        self.openapi.starts_with("3.0") || self.openapi.starts_with('2')
    }

    /// Where a schema is written.
    #[must_use]
    pub fn schema_place(&self, schema: &SchemaRef) -> Place {
        self.files.place(schema)
    }

    /// Where the keyword stands that a violation of one of this contract's schemas names.
    #[must_use]
    pub fn violation_place(&self, violation: &Violation) -> Option<Place> {
        let file = self.files.list.iter().position(|f| f.document.source.name() == violation.document)?;
        Some(self.files.key_place(&SchemaRef { file, pointer: violation.schema.clone() }))
    }

    /// Where instances of the component occur in an instance of `schema`. The walk is bounded: a reference is followed once
    /// on a branch, and what lies behind 64 of them is not found.
    #[must_use]
    pub fn occurrences(&self, schema: &SchemaRef, component: &str) -> Vec<PathPattern> {
        self.component_schema(component).map(|target| occur::occurrences(&self.files, schema, &target)).unwrap_or_default()
    }

    /// The values that the schema of member `member` lists, looked up through `$ref` and `allOf`; the narrowest list wins.
    #[must_use]
    pub fn enum_at(&self, schema: &SchemaRef, member: &str) -> Option<Vec<String>> {
        occur::enum_at(&self.files, schema, member)
    }

    /// The validator of a schema; compiled on first use and kept. Whoever judges often keeps the clone.
    #[must_use]
    pub fn validator(&self, schema: &SchemaRef, direction: Direction) -> Validator {
        let set = match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        };
        set.validator(schema.file, &schema.pointer)
    }

    /// The same for answers as they arrive, which are judged without being built. `None` where the schema is unusable.
    #[must_use]
    pub fn light_validator(&self, schema: &SchemaRef, direction: Direction) -> Option<LightValidator> {
        self.validator(schema, direction).light()
    }

    /// Every Schema Object that stands by itself: components, bodies, parameters, headers.
    #[must_use]
    pub fn schemas(&self) -> &[SchemaRef] {
        &self.schemas
    }

    /// Compiles every schema both ways, and says which ones cannot be.
    #[must_use]
    pub fn compile_all(&self) -> Diagnostics {
        let mut faults = Diagnostics::new();
        for schema in &self.schemas {
            for direction in [Direction::Request, Direction::Response] {
                if let Some(fault) = self.validator(schema, direction).fault() {
                    let message = format!("the schema cannot be compiled: {fault}");
                    faults.push(Diagnostic::error("contract/schema", message).at(self.files.place(schema)));
                }
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::Contract;
    use crate::contract::load::tests::contract;
    use serde_json::json;

    #[test]
    fn contracts_are_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Contract>();
        shared::<crate::schema::Validator>();
    }

    #[test]
    fn concrete_paths_win_and_methods_are_those_of_the_best_template() {
        let operation = "{responses: {'200': {description: d}}}";
        let id = "parameters: [{name: id, in: path, required: true, schema: {}}]";
        let contract = contract(&format!(
            "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  /a/{{id}}:\n    {id}\n    delete: {operation}\n    get: {operation}\n  /a/mine:\n    get: {operation}\n  /a/{{id}}/b:\n    {id}\n    get: {operation}\n"
        ));
        let routed = |method, path| contract.route(method, path).map(|m| m.operation.id.clone());
        assert_eq!(routed("GET", "/a/mine").as_deref(), Some("GET /a/mine"));
        assert_eq!(routed("get", "/a/other").as_deref(), Some("GET /a/{id}"));
        assert_eq!(routed("DELETE", "/a/mine"), None);
        assert_eq!(routed("DELETE", "/a/1").as_deref(), Some("DELETE /a/{id}"));
        assert_eq!(routed("POST", "/a/mine"), None);
        assert_eq!(routed("GET", "/a/x/b").as_deref(), Some("GET /a/{id}/b"));
        assert_eq!(contract.methods_at("/a/1"), ["DELETE", "GET"]);
        assert_eq!(contract.methods_at("/a/mine"), ["GET"]);
        assert!(contract.methods_at("/nowhere").is_empty());
        assert!(contract.operation("get /a/mine").is_some() && contract.operation("nothing").is_none());
    }

    #[test]
    fn headers_are_read_through_references() {
        let contract = contract(
            "openapi: 3.1.0
info: {title: t, version: '1'}
components:
  schemas:
    Count: {type: integer}
    Counts: {allOf: [{type: array}, {items: {$ref: '#/components/schemas/Count'}}]}
    Maybe: {anyOf: [{type: boolean}, {$ref: '#/components/schemas/Count'}, {type: string}]}
",
        );
        let read = |name: &str, text: &str| {
            let schema = contract.component_schema(name).expect("a component");
            contract.decode_field(text, false, Some(&schema), None).expect("a value")
        };
        assert_eq!(read("Count", "7"), json!(7));
        assert_eq!(read("Counts", "7,8,x"), json!([7, 8, "x"]));
        assert_eq!([read("Maybe", "true"), read("Maybe", "7"), read("Maybe", "x")], [json!(true), json!(7), json!("x")]);
    }
}
