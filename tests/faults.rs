//! Every check can fail: each fault of the sandbox makes exactly the check it is for find something.
//!
//! Walks the whole table through the binary, over every shipped suite. A check without a fault is a defect.

mod support;

use proofmark::check::catalogue;
use proofmark::sandbox::faults;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Bench, findings};

#[test]
fn every_check_has_a_fault_and_every_fault_a_check() {
    let checks: BTreeSet<&str> = catalogue::ALL.iter().map(|c| c.id.0).collect();
    let caught: BTreeSet<&str> = faults::ALL.iter().map(|f| f.check).collect();
    assert_eq!(checks, caught);
}

#[test]
fn each_fault_makes_exactly_its_check_fail() {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    // The runs mostly wait, so more of them than there are cores go side by side.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(fault) = faults::ALL.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = walk(fault) {
                        wrong.lock().expect("no thread panics with it").push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panics with it");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), faults::ALL.len(), wrong.join("\n"));
}

fn walk(fault: &faults::FaultInfo) -> Result<(), String> {
    let bench = Bench::new();
    let ran = bench.run(&["check", "-q", "--fault", fault.name]);
    if ran.code != 1 {
        return Err(format!("{}: exit {} ({})", fault.name, ran.code, ran.err.trim()));
    }
    let found = findings(&bench.record());
    let checks: BTreeSet<&str> = found.iter().map(|(check, _)| check.as_str()).collect();
    if checks != BTreeSet::from([fault.check]) {
        return Err(format!("{}: expected {}, found {found:?}", fault.name, fault.check));
    }
    Ok(())
}
