//! What a reader of figures wants to know of the machine they come from.
//!
//! Reads what the system tells. What it does not tell is left out.

use crate::base::units::Nanos;
use crate::engine::Processor;

/// Name and value, in the order to show them.
pub(super) fn facts() -> Vec<(String, String)> {
    let processor = Processor::look();
    let read = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned()).filter(|t| !t.is_empty());
    let model = read("/proc/cpuinfo").and_then(|text| {
        let line = text.lines().find(|l| l.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let mut facts = vec![("processors".to_owned(), processor.count.to_string())];
    let optional = [
        ("processor", model),
        ("kernel", read("/proc/sys/kernel/osrelease")),
        ("file descriptors", processor.descriptors.map(|n| n.to_string())),
        ("local ports", processor.ports.map(|n| n.to_string())),
    ];
    facts.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    facts.push(("system".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)));
    facts
}

/// How long the machine has been up, which nobody sets; nothing where it does not tell.
pub(super) fn uptime() -> Nanos {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = text.split_whitespace().next().unwrap_or_default();
    Nanos::parse(&format!("{seconds}s")).unwrap_or_default()
}
