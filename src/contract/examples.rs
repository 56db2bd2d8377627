//! Validates the examples of a spec against the schemas that they stand beside.
//!
//! Says where an example is wrong. Never changes what the contract means.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::api::Contract;
use crate::contract::files::Loc;
use crate::contract::model::Direction;

pub(in crate::contract) fn check(contract: &Contract) -> Diagnostics {
    let mut faults = Diagnostics::new();
    for schema in &contract.schemas {
        let direction = direction(&schema.pointer);
        for example in beside(contract, schema) {
            let Some(node) = contract.files.node(&example) else { continue };
            for violation in contract.validator(schema, direction).violations(&node.to_value()) {
                let at = Loc::new(example.file, Pointer::from_escaped(format!("{}{}", example.pointer, violation.instance)));
                let mut fault =
                    Diagnostic::error("contract/example", format!("the example does not conform: {}", violation.message))
                        .at(contract.files.place(&at));
                if let Some(place) = contract.violation_place(&violation) {
                    fault = fault.hint(format!("`{}` stands at {place}", violation.keyword));
                }
                faults.push(fault);
            }
        }
    }
    faults
}

/// Which way the values of a schema travel, by the place where it is written.
fn direction(pointer: &Pointer) -> Direction {
    let is_request = |t: String| matches!(t.as_str(), "requestBody" | "requestBodies" | "parameters");
    if pointer.tokens().any(is_request) { Direction::Request } else { Direction::Response }
}

/// The examples of the object that holds a schema under `schema`, or the schema's own when it is a component.
fn beside(contract: &Contract, schema: &Loc) -> Vec<Loc> {
    let Some(parent) = schema.pointer.parent() else { return Vec::new() };
    let holder = if schema.component().is_some() {
        schema.clone()
    } else if schema.pointer.tokens().last().is_some_and(|t| t == "schema") {
        Loc::new(schema.file, parent)
    } else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let node = contract.files.node(&holder);
    if node.is_some_and(|n| n.get("example").is_some()) {
        found.push(holder.push("example"));
    }
    let examples = holder.push("examples");
    for (key, _) in node.and_then(|n| n.get("examples")).and_then(Node::members).unwrap_or_default() {
        if let Some(target) = contract.files.follow(&examples.push(&key.text)) {
            found.push(target.push("value"));
        }
    }
    let listed = node.and_then(|n| n.get("examples")).and_then(Node::items).map_or(0, <[Node]>::len);
    found.extend((0..listed).map(|i| examples.push(i)));
    found
}

#[cfg(test)]
mod tests {
    use crate::contract::load::tests::contract;

    #[test]
    fn examples_that_do_not_conform_are_placed() {
        let contract = contract(
            "openapi: 3.1.0
info: {title: t, version: '1'}
components:
  examples:
    Shared: {value: {n: two}}
    Elsewhere: {externalValue: 'https://example.com/x.json'}
  schemas:
    Item: {type: object, properties: {n: {type: integer}}, examples: [{n: 1}, {n: one}]}
  responses:
    Ok:
      description: ok
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Item'}
          examples:
            good: {value: {n: 2}}
            shared: {$ref: '#/components/examples/Shared'}
            elsewhere: {$ref: '#/components/examples/Elsewhere'}
",
        );
        let shown: Vec<String> = contract
            .check_examples()
            .into_iter()
            .map(|d| format!("{} {} ({})", d.place.expect("a place"), d.message, d.hint.unwrap_or_default()))
            .collect();
        let expected = "the example does not conform: must be an integer, but is a string (`type` stands at t.yaml:8:43)";
        assert_eq!(shown, [format!("t.yaml:5:25 {expected}"), format!("t.yaml:8:83 {expected}")]);
    }
}
