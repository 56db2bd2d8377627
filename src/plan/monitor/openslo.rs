//! What OpenSLO files ask of a watch, beside what its plan promises.
//!
//! Finds the probes that are meant, and says what cannot be found. Reads no file.

use crate::base::diagnostic::Diagnostic;
use crate::model::availability::Target;
use crate::plan::monitor::{PlannedMonitor, PlannedProbe, only, too_short};
use crate::suite::ast::openslo::ReadTarget;

impl PlannedMonitor {
    /// Also watches for these targets. What is wrong with them comes back, all of it; those are left out.
    pub fn promise(&mut self, asked: &[ReadTarget]) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for read in asked {
            match bound(read, &self.probes) {
                Ok(target) if self.targets.contains(&target) => {
                    let fault =
                        Diagnostic::error("monitor/duplicate-target", format!("`{}` is promised already", read.name.value));
                    faults.push(fault.at(read.place.clone()).hint("leave one of them out"));
                }
                Ok(target) => self.targets.push(target),
                Err(fault) => faults.push(fault.at(read.place.clone())),
            }
        }
        faults
    }
}

fn bound(read: &ReadTarget, probes: &[PlannedProbe]) -> Result<Target, Diagnostic> {
    let operation = read.operation.as_ref().map(|name| probe_of(&name.value, probes)).transpose()?;
    let meant = operation.map_or(probes, |index| &probes[index..=index]);
    let slowest = meant.iter().map(|probe| probe.every).max().unwrap_or_default();
    if let Some(fault) = read.over.and_then(|over| too_short(over, slowest)) {
        return Err(fault.hint("such as `duration: 30d`"));
    }
    Ok(Target { availability: read.availability.value, operation, over: read.over })
}

/// The probe of this name, or the only one that calls the operation of this name.
fn probe_of(name: &str, probes: &[PlannedProbe]) -> Result<usize, Diagnostic> {
    if let Some(index) = probes.iter().position(|probe| probe.name == name) {
        return Ok(index);
    }
    let names: Vec<&str> = probes.iter().map(|probe| probe.name.as_str()).collect();
    let of: Vec<(usize, &str)> =
        (0..probes.len()).filter(|at| probes[*at].operation.id == name).map(|at| (at, names[at])).collect();
    only(name, &of, names)
}
