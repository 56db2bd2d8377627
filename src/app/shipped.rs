//! What travels inside the binary: specs, suites and environments.
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
    "suites/environments/live.example.yaml",
    "suites/environments/sandbox.yaml",
    "suites/laas-contract-signature/laas-contract-signature.yaml",
    "suites/laas-notifications/laas-notifications.yaml",
    "suites/notification-api/notification-api.yaml",
}

/// The text of a shipped file.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// The names of the shipped suites, in the order they are run.
#[must_use]
pub fn suites() -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).filter(|n| n.starts_with("suites/") && !n.starts_with("suites/environments/")).collect()
}

#[cfg(test)]
mod tests {
    use super::FILES;
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
}
