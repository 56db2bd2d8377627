use super::{Generated, SampleKind, Wish, samples, value};
use crate::base::seed::Seed;
use crate::base::source::Source;
use crate::contract::model::{Direction, SchemaRef};
use crate::contract::{Contract, load};
use std::collections::BTreeSet;

fn contract(text: &str) -> Contract {
    let (contract, faults) = load(&Source::new("t.yaml", text), &|_| Err("no other file".to_owned().into()));
    contract.unwrap_or_else(|| panic!("{:?}", faults.sorted()))
}

fn wish(seed: u64) -> Wish {
    Wish { seed: Seed(seed), now: "2026-01-28T08:00:00Z".parse().expect("a moment"), most: 200 }
}

fn notifications() -> (Contract, SchemaRef) {
    let contract = contract(include_str!("../../specs/laas-notifications.yaml"));
    let schema = contract.component_schema("Notification").expect("the component");
    (contract, schema)
}

fn labels(made: &Generated, wanted: fn(&SampleKind) -> bool) -> Vec<&str> {
    made.samples.iter().filter(|s| wanted(&s.kind)).map(|s| s.label.as_str()).collect()
}

#[test]
fn every_listed_pair_of_the_notifications_is_an_event() {
    let (contract, schema) = notifications();
    let made = samples(&contract, &schema, Direction::Request, &wish(1));
    for s in &made.samples {
        eprintln!("{:?} {} {}", s.kind, s.label, s.value.to_string().chars().take(300).collect::<String>());
    }
    assert_eq!(
        labels(&made, |k| *k == SampleKind::Event),
        [
            "QUOTATION UPDATED",
            "QUOTATION EXPIRED",
            "QUOTATION CANCELLED",
            "CUSTOMER",
            "PROPOSAL DECISION_REACHED",
            "PREPARED_CONTRACT UPDATED",
            "PREPARED_CONTRACT EXPIRED",
            "PREPARED_CONTRACT CANCELLED",
            "SIGNATURE INITIATED",
            "SIGNATURE IN_PROGRESS",
            "SIGNATURE IN_ERROR",
            "SIGNATURE EXPIRED",
            "SIGNATURE REFUSED",
            "SIGNATURE CANCELLED",
            "SIGNATURE COMPLETE",
            "CONTRACT ACTIVATED",
            "CONTRACT CANCELLED",
        ]
    );
    assert!(made.missed.is_empty(), "{:?}", made.missed);
}
