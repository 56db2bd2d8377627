//! What a reader of figures wants to know of the machine they come from.
//!
//! Reads what the system tells. What it does not tell is left out.

use crate::base::units::Nanos;
use crate::engine::Processor;
use crate::record::shape::BuildRecord;

/// Name and value, in the order to show them.
pub(super) fn facts() -> Vec<(String, String)> {
    let processor = Processor::look();
    let read = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned()).filter(|t| !t.is_empty());
    let model = read("/proc/cpuinfo").and_then(|text| {
        let line = text.lines().find(|l| l.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let mut facts = vec![("processors".to_owned(), processor.count.to_string())];
    let memory = read("/proc/meminfo").and_then(|text| memory(&text));
    let optional = [
        ("processor", model),
        ("memory", memory),
        ("kernel", read("/proc/sys/kernel/osrelease")),
        ("host", read("/proc/sys/kernel/hostname")),
        ("file descriptors", processor.descriptors.map(|n| n.to_string())),
        ("local ports", processor.ports.map(|n| n.to_string())),
    ];
    facts.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    facts.push(("system".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)));
    facts
}

/// How much memory there is, to whole gibibytes, so that a kernel that keeps a little more for itself is no other machine.
fn memory(text: &str) -> Option<String> {
    let line = text.lines().find(|l| l.starts_with("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(format!("{} GiB", ((kibibytes + (1 << 19)) >> 20).max(1)))
}

/// How this program was built. What the sources call themselves is told to the build in `PROOFMARK_DESCRIBE`, as by
/// `PROOFMARK_DESCRIBE=$(git describe --always --dirty) cargo build --release`.
pub(super) fn build() -> BuildRecord {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let described = option_env!("PROOFMARK_DESCRIBE").filter(|text| !text.is_empty());
    BuildRecord { profile: profile.to_owned(), described: described.map(str::to_owned) }
}

/// How long the machine has been up, which nobody sets; nothing where it does not tell.
pub(super) fn uptime() -> Nanos {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = text.split_whitespace().next().unwrap_or_default();
    Nanos::parse(&format!("{seconds}s")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::memory;

    #[test]
    fn memory_is_told_to_whole_gibibytes() {
        for (kibibytes, told) in [(8_130_000, "8 GiB"), (8_120_000, "8 GiB"), (500_000, "1 GiB"), (16_384_000, "16 GiB")] {
            assert_eq!(memory(&format!("MemTotal:  {kibibytes} kB\nMemFree: 1 kB\n")).as_deref(), Some(told));
        }
        assert_eq!(memory("MemFree: 1 kB\n"), None);
        assert_eq!(memory("MemTotal: many kB\n"), None);
    }
}
