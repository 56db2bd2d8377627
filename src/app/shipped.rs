//! What travels inside the binary: specs, suites, environments, plans and certification profiles.
//!
//! Text by name, nothing else: it is read through the same doors as a user's own files.

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        /// Name and text of every shipped file.
        pub const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $name)))),+];
    };
}

shipped! {
    "specs/laas-contract-signature.yaml",
    "specs/laas-notifications.yaml",
    "specs/notification-api.yaml",
    "suites/certification/http-signatures.yaml",
    "suites/certification/laas-hmac.yaml",
    "suites/certification/laas.yaml",
    "suites/certification/mtls.yaml",
    "suites/certification/shared-secret.yaml",
    "suites/certification/standard-webhooks-ed25519.yaml",
    "suites/certification/standard-webhooks.yaml",
    "suites/certification/template.example.yaml",
    "suites/environments/live.example.yaml",
    "suites/environments/sandbox.yaml",
    "suites/laas-contract-signature/laas-contract-signature.yaml",
    "suites/laas-notifications/laas-notifications.yaml",
    "suites/load/contract-signature.yaml",
    "suites/load/notification-api.yaml",
    "suites/load/notifications.yaml",
    "suites/monitor/contract-signature.yaml",
    "suites/monitor/notification-api.yaml",
    "suites/monitor/notifications.yaml",
    "suites/notification-api/notification-api.yaml",
}

/// The text of a shipped file.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// Where the certification profiles lie.
const PROFILES: &str = "suites/certification/";

/// The names of the shipped suites, in the order they are run.
#[must_use]
pub fn suites() -> Vec<&'static str> {
    let others = ["suites/environments/", PROFILES, LOAD_PLANS, MONITOR_PLANS];
    let other = |name: &str| others.iter().any(|folder| name.starts_with(folder));
    FILES.iter().map(|(name, _)| *name).filter(|n| n.starts_with("suites/") && !other(n)).collect()
}

/// Where the load plans lie.
const LOAD_PLANS: &str = "suites/load/";

/// The names of the shipped load plans, in the order of their names.
#[must_use]
pub fn load_plans() -> Vec<&'static str> {
    FILES.iter().filter_map(|(name, _)| name.strip_prefix(LOAD_PLANS)?.strip_suffix(".yaml")).collect()
}

/// The file of a shipped load plan.
#[must_use]
pub fn load_plan(name: &str) -> Option<String> {
    let file = format!("{LOAD_PLANS}{name}.yaml");
    text(&file).map(|_| file)
}

/// Where the monitor plans lie.
const MONITOR_PLANS: &str = "suites/monitor/";

/// The names of the shipped monitor plans, in the order of their names.
#[must_use]
pub fn monitor_plans() -> Vec<&'static str> {
    FILES.iter().filter_map(|(name, _)| name.strip_prefix(MONITOR_PLANS)?.strip_suffix(".yaml")).collect()
}

/// The file of a shipped monitor plan.
#[must_use]
pub fn monitor_plan(name: &str) -> Option<String> {
    let file = format!("{MONITOR_PLANS}{name}.yaml");
    text(&file).map(|_| file)
}

/// The names of the shipped certification profiles, `laas` first, the one to copy from last.
#[must_use]
pub fn profiles() -> Vec<&'static str> {
    let stem = |name: &'static str| name.strip_prefix(PROFILES)?.strip_suffix(".yaml");
    let mut names: Vec<&str> = FILES.iter().filter_map(|(name, _)| stem(name)).collect();
    names.sort_by_key(|name| (*name != "laas", name.contains(".example"), *name));
    names
}

/// The file of a shipped certification profile.
#[must_use]
pub fn profile(name: &str) -> Option<String> {
    let file = format!("{PROFILES}{name}.yaml");
    text(&file).map(|_| file)
}

#[cfg(test)]
mod tests {
    use super::{FILES, load_plans, monitor_plan, monitor_plans, profiles, suites, text};
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn everything_in_the_folders_is_shipped() {
        fn walk(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
            for entry in std::fs::read_dir(folder).expect("folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else if path.extension().is_some_and(|e| e == "yaml") {
                    found.insert(path.strip_prefix(root).expect("below root").display().to_string());
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeSet::new();
        walk(&root.join("specs"), root, &mut found);
        walk(&root.join("suites"), root, &mut found);
        assert_eq!(FILES.iter().map(|(n, _)| (*n).to_owned()).collect::<BTreeSet<_>>(), found);
    }

    #[test]
    fn profiles_and_plans_are_no_suites() {
        assert_eq!(suites().len(), 3);
        assert_eq!(monitor_plans(), ["contract-signature", "notification-api", "notifications"]);
        assert_eq!(monitor_plans(), load_plans());
        assert!(monitor_plan("notifications").is_some_and(|file| text(&file).is_some_and(|text| text.contains("\nmonitor: "))));
        assert_eq!(monitor_plan("nothing"), None);
        let names = profiles();
        assert_eq!((names.first(), names.last()), (Some(&"laas"), Some(&"template.example")));
        assert!(names.contains(&"standard-webhooks"));
    }
}
