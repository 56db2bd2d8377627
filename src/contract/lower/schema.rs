//! Lowers Schema Objects of OpenAPI 3.0 and 3.1 to JSON Schema 2020-12, once for requests and once for responses.
//!
//! Keeps every pointer, so that a violation leads back to the spec. Compiles nothing and reports nothing.

use crate::base::pointer::Pointer;
use crate::base::tree::{Data, Node};
use crate::contract::files::{Files, Loc};
use crate::contract::grammar::{Version, Word, keyword};
use crate::contract::model::Direction;
use crate::schema::reference;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashSet};

/// For each file, a document that holds its schemas where they stand, and nothing else.
pub(in crate::contract) fn documents(
    files: &Files,
    version: Version,
    roots: &[Loc],
    direction: Direction,
) -> Vec<(String, Value)> {
    let lowering = Lowering { files, version, hidden: if direction == Direction::Request { "readOnly" } else { "writeOnly" } };
    let mut roots = roots.to_vec();
    roots.sort_by_key(|r| (r.file, r.pointer.as_str().len()));
    roots.dedup();
    let names = files.list.iter().map(|f| f.document.source.name().to_owned());
    let mut documents: Vec<(String, Value)> = names.map(|name| (name, Value::Object(Map::new()))).collect();
    for root in &roots {
        let document = &mut documents[root.file].1;
        if root.pointer.as_str().is_empty() || document.pointer(root.pointer.as_str()).is_none() {
            insert(document, &root.pointer, lowering.schema(root));
        }
    }
    documents
}

/// Puts a value where a pointer says, making objects on the way; inside of what is already there, nothing is replaced.
fn insert(document: &mut Value, pointer: &Pointer, value: Value) {
    let mut place = document;
    for token in pointer.tokens() {
        place = match place {
            Value::Object(members) => members.entry(token).or_insert_with(|| Value::Object(Map::new())),
            Value::Array(items) => match token.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                Some(item) => item,
                None => return,
            },
            _ => return,
        };
    }
    *place = value;
}

struct Lowering<'a> {
    files: &'a Files,
    version: Version,
    /// `readOnly` or `writeOnly`: what has no place in this direction.
    hidden: &'static str,
}

/// The values that choose an alternative, and the reference to it.
type Branch = (Vec<String>, String);

impl Lowering<'_> {
    fn schema(&self, loc: &Loc) -> Value {
        let Some(node) = self.files.node(loc) else { return Value::Bool(true) };
        let Some(members) = node.members() else { return node.to_value() };
        if let (Version::V30, Some(text)) = (self.version, node.get("$ref").and_then(Node::as_str)) {
            return json!({"$ref": self.target(loc, text)});
        }
        let mut lowered = Map::new();
        for (key, child) in members {
            let name = key.text.as_str();
            let Some(known) = keyword(name).filter(|k| k.is_in(self.version)) else { continue };
            let at = loc.push(name);
            if let Some(value) = self.keyword(name, known.word, child, &at) {
                lowered.insert(name.to_owned(), value);
            }
        }
        self.hide(loc, node, &mut lowered);
        numeric_format(&mut lowered);
        if self.version == Version::V30 {
            exclusive_bounds(&mut lowered);
            nullable(node, &mut lowered);
        }
        if let Some(text) = node.get("$dynamicRef").and_then(Node::as_str) {
            append(&mut lowered, "allOf", [json!({"$ref": self.target(loc, text)})]);
        }
        self.discriminator(loc, node, &mut lowered);
        Value::Object(lowered)
    }

    fn keyword(&self, name: &str, word: Word, node: &Node, at: &Loc) -> Option<Value> {
        match word {
            Word::One | Word::OneOrBool => (name != "contentSchema").then(|| self.schema(at)),
            Word::Many => Some(Value::Array((0..node.items()?.len()).map(|i| self.schema(&at.push(i))).collect())),
            Word::ByName | Word::ByPattern => {
                let members = node.members()?.iter();
                Some(Value::Object(members.map(|(k, _)| (k.text.clone(), self.schema(&at.push(&k.text)))).collect()))
            }
            Word::Reference => {
                let loc = Loc::new(at.file, at.pointer.parent()?);
                Some(Value::String(self.target(&loc, node.as_str()?)))
            }
            Word::Plain(_) if !matches!(name, "format" | "multipleOf" | "maximum" | "minimum" | "uniqueItems" | "const") => None,
            Word::Plain(_) => match node.as_str() {
                // Says how a value travels, or what it is for, and nothing about its text.
                Some("binary" | "password") if name == "format" => None,
                _ => Some(node.to_value()),
            },
            Word::Values | Word::Names => {
                // The crate refuses repetitions, and they mean nothing.
                let mut once: Vec<Value> = Vec::new();
                for value in node.items()?.iter().map(Node::to_value) {
                    if !once.contains(&value) {
                        once.push(value);
                    }
                }
                Some(Value::Array(once))
            }
            Word::Count | Word::Type | Word::Pattern | Word::Exclusive | Word::NamesByName => Some(node.to_value()),
        }
    }

    fn target(&self, loc: &Loc, text: &str) -> String {
        match self.files.resolve(loc, text) {
            Ok(target) => reference(target.file, &target.pointer),
            Err(_) => text.to_owned(),
        }
    }

    /// Properties that this direction does not carry must be absent, and are required of nobody.
    fn hide(&self, loc: &Loc, node: &Node, lowered: &mut Map<String, Value>) {
        if ["properties", "required", "allOf"].iter().all(|key| node.get(key).is_none()) {
            return;
        }
        let mut names = BTreeSet::new();
        self.hidden_names(loc, &mut HashSet::new(), &mut names);
        if names.is_empty() {
            return;
        }
        if let Some(Value::Object(properties)) = lowered.get_mut("properties") {
            for (key, _) in node.get("properties").and_then(Node::members).unwrap_or_default() {
                if self.is_hidden(&loc.push("properties").push(&key.text), &mut HashSet::new()) {
                    properties.insert(key.text.clone(), json!({"not": {"$comment": self.hidden}}));
                }
            }
        }
        prune(lowered, &names);
    }

    fn hidden_names(&self, loc: &Loc, seen: &mut HashSet<Loc>, names: &mut BTreeSet<String>) {
        let Some(node) = self.files.node(loc).filter(|_| seen.insert(loc.clone())) else { return };
        for (key, _) in node.get("properties").and_then(Node::members).unwrap_or_default() {
            if self.is_hidden(&loc.push("properties").push(&key.text), &mut HashSet::new()) {
                names.insert(key.text.clone());
            }
        }
        if let Some(text) = node.get("$ref").and_then(Node::as_str)
            && let Ok(target) = self.files.resolve(loc, text)
        {
            self.hidden_names(&target, seen, names);
        }
        for i in 0..node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len) {
            self.hidden_names(&loc.push("allOf").push(i), seen, names);
        }
    }

    fn is_hidden(&self, loc: &Loc, seen: &mut HashSet<Loc>) -> bool {
        let Some(node) = self.files.node(loc).filter(|_| seen.insert(loc.clone())) else { return false };
        let reference = node.get("$ref").and_then(Node::as_str);
        let own = self.version >= Version::V31 || reference.is_none();
        if own && matches!(node.get(self.hidden).map(|n| &n.data), Some(Data::Bool(true))) {
            return true;
        }
        if let Some(text) = reference
            && self.files.resolve(loc, text).is_ok_and(|target| self.is_hidden(&target, seen))
        {
            return true;
        }
        let all = node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len);
        (0..all).any(|i| self.is_hidden(&loc.push("allOf").push(i), seen))
    }

    /// Alternatives that all are references, told apart by a property: the property decides which one applies.
    ///
    /// On a schema without alternatives the discriminator is a hint for readers and validates nothing.
    fn discriminator(&self, loc: &Loc, node: &Node, lowered: &mut Map<String, Value>) {
        let Some((property, branches)) = self.branches(loc, node) else { return };
        let names: Vec<&String> = branches.iter().flat_map(|(names, _)| names).collect();
        let property = property.as_str();
        let mut rules = vec![json!({"type": "object", "required": [property], "properties": {property: {"enum": names}}})];
        rules.extend(branches.iter().map(|(names, target)| {
            json!({
                "if": {"type": "object", "required": [property], "properties": {property: {"enum": names}}},
                "then": {"$ref": target}
            })
        }));
        lowered.remove("oneOf");
        lowered.remove("anyOf");
        append(lowered, "allOf", rules);
    }

    /// The discriminating property, and for each alternative the values that choose it.
    fn branches(&self, loc: &Loc, node: &Node) -> Option<(String, Vec<Branch>)> {
        let discriminator = node.get("discriminator")?;
        let property = discriminator.get("propertyName")?.as_str()?.to_owned();
        let key = match (node.get("oneOf"), node.get("anyOf")) {
            (Some(_), None) => "oneOf",
            (None, Some(_)) => "anyOf",
            _ => return None,
        };
        let mapping = discriminator.get("mapping").and_then(Node::members).unwrap_or_default();
        let mut mapped: Vec<(String, Loc)> = Vec::new();
        for (name, target) in mapping {
            mapped.push((name.text.clone(), self.mapped(loc, target.as_str()?)?));
        }
        let mut branches = Vec::new();
        for (i, branch) in node.get(key)?.items()?.iter().enumerate() {
            let text = branch.get("$ref")?.as_str()?;
            let target = self.files.resolve(&loc.push(key).push(i), text).ok()?;
            let mut names: Vec<String> = mapped.iter().filter(|(_, t)| *t == target).map(|(n, _)| n.clone()).collect();
            if names.is_empty() {
                names.push(target.component()?);
            }
            branches.push((names, reference(target.file, &target.pointer)));
        }
        Some((property, branches))
    }

    /// What a value of `mapping` names: a component by its name, or any schema by reference.
    fn mapped(&self, loc: &Loc, text: &str) -> Option<Loc> {
        let component = Loc::new(0, Pointer::root().push("components").push("schemas").push(text));
        if self.files.node(&component).is_some() { Some(component) } else { self.files.resolve(loc, text).ok() }
    }
}

/// Takes names out of `required`, also in the schemas of `allOf` that are written in place.
fn prune(lowered: &mut Map<String, Value>, names: &BTreeSet<String>) {
    if let Some(Value::Array(required)) = lowered.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|n| names.contains(n)));
    }
    for member in lowered.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(member) = member {
            prune(member, names);
        }
    }
}

fn append(lowered: &mut Map<String, Value>, key: &str, more: impl IntoIterator<Item = Value>) {
    if let Value::Array(items) = lowered.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
        items.extend(more);
    }
}

/// `int32` and `int64` are bounds; the crate asserts formats on strings only.
fn numeric_format(lowered: &mut Map<String, Value>) {
    let bounds = match lowered.get("format").and_then(Value::as_str) {
        Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        Some("int64") => Some((i64::MIN, i64::MAX)),
        Some("float" | "double") => None,
        _ => return,
    };
    lowered.remove("format");
    if let Some((least, most)) = bounds {
        append(lowered, "allOf", [json!({"minimum": least, "maximum": most})]);
    }
}

/// In 3.0 `exclusiveMinimum: true` makes `minimum` exclusive.
fn exclusive_bounds(lowered: &mut Map<String, Value>) {
    for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if lowered.remove(exclusive) == Some(Value::Bool(true))
            && let Some(limit) = lowered.remove(inclusive)
        {
            lowered.insert(exclusive.to_owned(), limit);
        }
    }
}

/// In 3.0 `nullable: true` adds null to the `type` beside it, and changes nothing else.
fn nullable(node: &Node, lowered: &mut Map<String, Value>) {
    if matches!(node.get("nullable").map(|n| &n.data), Some(Data::Bool(true)))
        && let Some(kind) = lowered.get_mut("type")
    {
        *kind = json!([kind.clone(), "null"]);
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::load::tests::contract;
    use crate::contract::model::Direction;
    use serde_json::{Value, json};

    struct Case {
        contract: crate::contract::Contract,
    }

    impl Case {
        fn new(version: &str, schemas: &str) -> Self {
            let text =
                format!("openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}");
            Self { contract: contract(&text) }
        }

        fn shown(&self, name: &str, direction: Direction, value: &Value) -> Vec<String> {
            let validator = self.contract.validator(&self.contract.component_schema(name).expect("a component"), direction);
            assert_eq!(validator.fault(), None);
            let violations = validator.violations(value);
            assert_eq!(validator.is_valid(value), violations.is_empty());
            violations.iter().map(|v| format!("{} {} {}", v.instance, v.schema, v.message)).collect()
        }

        fn accepts(&self, name: &str, value: &Value) -> bool {
            self.shown(name, Direction::Response, value).is_empty()
        }
    }

    #[test]
    fn nullable_adds_null_to_the_type_and_changes_nothing_else() {
        let case = Case::new(
            "3.0.3",
            "    A: {type: string, nullable: true}\n    B: {type: string, nullable: true, enum: [x]}\n    C: {type: string, nullable: true, enum: [x, null]}\n    D: {nullable: true, allOf: [{$ref: '#/components/schemas/E'}]}\n    E: {type: string}\n    F: {allOf: [{$ref: '#/components/schemas/A'}], minLength: 2}\n",
        );
        let null: Vec<bool> = ["A", "B", "C", "D", "E", "F"].iter().map(|n| case.accepts(n, &Value::Null)).collect();
        assert_eq!(null, [true, false, true, false, false, true]);
        assert!(case.accepts("F", &json!("ab")) && !case.accepts("F", &json!("a")));
    }

    #[test]
    fn bounds_and_numeric_formats_are_lowered() {
        let case = Case::new(
            "3.0.3",
            "    A: {type: number, minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: false}\n    I: {type: integer, format: int32}\n    L: {type: integer, format: int64}\n    D: {type: number, format: double}\n    B: {type: string, format: binary}\n    Y: {type: string, format: byte}\n",
        );
        assert_eq!([json!(1), json!(1.5), json!(3), json!(4)].map(|v| case.accepts("A", &v)), [false, true, true, false]);
        assert_eq!(
            [json!(2_147_483_647), json!(2_147_483_648_i64), json!(-2_147_483_649_i64)].map(|v| case.accepts("I", &v)),
            [true, false, false]
        );
        assert_eq!([json!(i64::MAX), json!(u64::MAX)].map(|v| case.accepts("L", &v)), [true, false]);
        assert!(case.accepts("D", &json!(1e300)) && case.accepts("B", &json!("\u{1}")));
        assert!(case.accepts("Y", &json!("aGk=")) && !case.accepts("Y", &json!("*")));
    }

    #[test]
    fn siblings_of_a_reference_count_since_31() {
        let schemas =
            "    A: {type: object, properties: {b: {$ref: '#/components/schemas/B', maxLength: 2}}}\n    B: {type: string}\n";
        let long = json!({"b": "abc"});
        assert!(Case::new("3.0.3", schemas).accepts("A", &long));
        assert!(!Case::new("3.1.0", schemas).accepts("A", &long));
    }

    #[test]
    fn each_direction_carries_its_own_properties() {
        let schemas = "    User:\n      type: object\n      required: [id, name, password]\n      properties:\n        id: {type: string, readOnly: true}\n        name: {type: string}\n        password: {$ref: '#/components/schemas/Secret'}\n    Secret: {type: string, writeOnly: true}\n    Admin:\n      allOf: [{$ref: '#/components/schemas/User'}, {type: object, required: [id, level, password]}]\n      properties: {level: {type: integer}}\n";
        for version in ["3.0.3", "3.1.0"] {
            let case = Case::new(version, schemas);
            let sent = json!({"name": "n", "password": "p", "level": 1});
            let answered = json!({"id": "i", "name": "n", "level": 1});
            for name in ["User", "Admin"] {
                assert_eq!(case.shown(name, Direction::Request, &sent), Vec::<String>::new());
                assert_eq!(case.shown(name, Direction::Response, &answered), Vec::<String>::new());
            }
            assert_eq!(
                case.shown("User", Direction::Request, &json!({"id": "i", "name": "n", "password": "p"})),
                ["/id /components/schemas/User/properties/id/readOnly must not be in a request, because it is readOnly"]
            );
            assert_eq!(
                case.shown("User", Direction::Response, &sent),
                [
                    " /components/schemas/User/required property `id` is missing",
                    "/password /components/schemas/User/properties/password/writeOnly must not be in a response, because it is writeOnly",
                ]
            );
        }
    }

    #[test]
    fn a_discriminator_chooses_the_alternative() {
        let schemas = "    Pet:\n      discriminator: {propertyName: kind, mapping: {dog: '#/components/schemas/Dog', puppy: Dog}}\n      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]\n    Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}\n    Dog: {type: object, required: [kind, bark], properties: {kind: {type: string}, bark: {type: boolean}}}\n    Base:\n      type: object\n      discriminator: {propertyName: kind}\n      properties: {kind: {type: string}}\n    Derived: {allOf: [{$ref: '#/components/schemas/Base'}], required: [kind]}\n";
        for version in ["3.0.3", "3.1.0"] {
            let case = Case::new(version, schemas);
            let shown = |value: Value| case.shown("Pet", Direction::Response, &value);
            for good in [json!({"kind": "Cat"}), json!({"kind": "dog", "bark": true}), json!({"kind": "puppy", "bark": false})] {
                assert_eq!(shown(good), Vec::<String>::new());
            }
            assert_eq!(
                shown(json!({"kind": "Cat", "lives": "nine"})),
                ["/lives /components/schemas/Cat/properties/lives/type must be an integer, but is a string"]
            );
            assert_eq!(shown(json!({"kind": "puppy"})), [" /components/schemas/Dog/required property `bark` is missing"]);
            let unknown = shown(json!({"kind": "Dog", "bark": true}));
            assert!(unknown.len() == 1 && unknown[0].contains("must be one of \"Cat\", \"dog\", \"puppy\""), "{unknown:?}");
            assert!(shown(json!({}))[0].contains("property `kind` is missing"));
            assert_eq!(shown(json!(5)).len(), 1);
            assert!(case.accepts("Derived", &json!({"kind": "anything"})));
        }
    }

    #[test]
    fn json_schema_2020_12_is_understood() {
        let case = Case::new(
            "3.1.0",
            "    A:\n      $id: 'https://example.com/a'\n      type: [object, 'null']\n      $defs: {item: {$anchor: item, const: 7}}\n      properties: {x: {$ref: '#item'}, y: {$ref: '#/$defs/item'}, z: {$ref: 'https://example.com/a#/$defs/item'}, t: {$dynamicRef: '#node'}}\n      patternProperties: {'^p_': {type: integer}}\n      unevaluatedProperties: false\n    T: {$dynamicAnchor: node, type: array, items: {$dynamicRef: '#node'}}\n    N: false\n",
        );
        assert!(case.accepts("A", &Value::Null));
        assert!(case.accepts("A", &json!({"x": 7, "y": 7, "z": 7, "p_1": 1, "t": [[], [[]]]})));
        for bad in [json!({"x": 1}), json!({"y": 1}), json!({"z": 1}), json!({"p_1": ""}), json!({"q": 1}), json!({"t": [1]})] {
            assert!(!case.accepts("A", &bad), "{bad}");
        }
        assert_eq!(case.shown("N", Direction::Response, &json!(1)), [" /components/schemas/N must not be there"]);
    }
}
