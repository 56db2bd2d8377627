//! The shipped specs load without a word, and every example in them conforms to its own schema.
//!
//! Reads the files of `specs/`; sends nothing.

use crate::base::source::Source;
use crate::contract::model::{Direction, MediaType, Operation};
use crate::contract::{Contract, load};
use std::sync::Arc;

const NAMES: [&str; 3] = ["laas-contract-signature", "laas-notifications", "notification-api"];

fn shipped(name: &str) -> Contract {
    let path = format!("{}/specs/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a shipped spec");
    let (contract, faults) = load(&Source::new(format!("{name}.yaml"), text), &|_| Err("no other file".to_owned().into()));
    let faults = faults.sorted();
    assert!(faults.is_empty(), "{}", faults.iter().map(|f| f.render(false)).collect::<Vec<_>>().join("\n"));
    contract.expect("a contract")
}

fn conform(contract: &Contract, media: &MediaType, direction: Direction, what: &str) -> usize {
    let Some(schema) = &media.schema else { return 0 };
    for (name, example) in &media.examples {
        let violations = contract.validator(schema, direction).violations(example);
        assert!(violations.is_empty(), "{what} {name}: {violations:?}");
    }
    media.examples.len()
}

fn examples_of(contract: &Contract, operation: &Arc<Operation>) -> usize {
    let mut count = 0;
    for parameter in &operation.parameters {
        let schema = parameter.schema.as_ref().expect("a schema");
        let example = parameter.example.as_ref().expect("an example");
        let violations = contract.validator(schema, Direction::Request).violations(example);
        assert!(violations.is_empty(), "{} {}: {violations:?}", operation.id, parameter.name);
        count += 1;
    }
    for media in operation.body.iter().flat_map(|b| &b.media) {
        count += conform(contract, media, Direction::Request, &operation.id);
    }
    for response in &operation.responses {
        for media in &response.media {
            count += conform(contract, media, Direction::Response, &format!("{} {}", operation.id, response.pattern));
        }
    }
    count + operation.callbacks.iter().map(|c| examples_of(contract, &c.operation)).sum::<usize>()
}

#[test]
fn they_load_compile_and_their_examples_conform() {
    for name in NAMES {
        let contract = shipped(name);
        assert!(contract.compile_all().is_empty(), "{:?}", contract.compile_all().sorted());
        assert!(contract.lint().is_empty(), "{:?}", contract.lint().sorted());
        let count: usize = contract.operations.iter().map(|o| examples_of(&contract, o)).sum();
        assert!(count > 10, "{name} has only {count} examples");
    }
}

#[test]
fn operations_and_callbacks_are_found() {
    let signature = shipped("laas-contract-signature");
    assert_eq!(signature.base_path(), "/contract-signature/v1");
    assert_eq!(signature.operation("POST /signatures").map(|o| o.id.as_str()), Some("createSignature"));
    let found = signature.route("get", "/signatures/SIG%2D1").expect("a match");
    assert_eq!((found.operation.id.as_str(), &found.path_params[0].1[..]), ("getSignature", "SIG-1"));
    assert_eq!(signature.methods_at("/signatures"), ["POST"]);
    assert_eq!(
        signature.operations.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(),
        ["createSignature", "getSignature", "getProposal"]
    );
    let created = signature.operation("createSignature").and_then(|o| o.response_for(201)).expect("201");
    assert_eq!(created.headers.iter().map(|h| (h.name.as_str(), h.required)).collect::<Vec<_>>(), [("Location", true)]);

    let notifications = shipped("laas-notifications");
    let callback = notifications.callback("registerCallback.notification").expect("the callback");
    assert_eq!((callback.suffix(), callback.operation.id.as_str()), ("/notifications", "PostNotification"));
    assert_eq!(callback.operation.method, "POST");
    assert!(callback.operation.security.is_empty());
    assert_eq!(callback.operation.response_for(204).map(|r| r.pattern.to_string()).as_deref(), Some("2XX"));

    let subscriptions = shipped("notification-api");
    assert!(subscriptions.operation("retrieveNotifications").is_some_and(|o| o.read_once));
    assert!(subscriptions.operations.iter().filter(|o| o.read_once).count() == 1);
}

#[test]
fn components_are_found_inside_of_answers() {
    let contract = shipped("notification-api");
    let page = contract.component_schema("RetrievedPage").expect("a component");
    let patterns = contract.occurrences(&page, "NotificationItem");
    assert_eq!(patterns.iter().map(ToString::to_string).collect::<Vec<_>>(), ["/results/*"]);
    let value = serde_json::json!({"results": [{"a": 1}, {"a": 2}]});
    let places: Vec<_> = patterns[0].select(&value).iter().map(|(at, _)| at.to_string()).collect();
    assert_eq!(places, ["/results/0", "/results/1"]);
    let error = contract.component_schema("NotFoundError").expect("a component");
    assert_eq!(contract.enum_at(&error, "code"), Some(vec!["NOT000006".to_owned()]));
    assert_eq!(contract.occurrences(&page, "Subscription"), []);
}

#[test]
fn violations_lead_back_to_the_spec() {
    let contract = shipped("laas-contract-signature");
    let schema = contract.component_schema("Signature").expect("a component");
    let violations = contract.validator(&schema, Direction::Response).violations(&serde_json::json!({"id": 1}));
    let wrong = violations.iter().find(|v| v.keyword == "type").expect("a wrong type");
    let place = contract.violation_place(wrong).expect("a place");
    assert_eq!(place.source.line_at(place.span.start).trim(), "type: string");
}
