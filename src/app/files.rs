//! Finds and reads input files: from disk, or from what travels inside the binary.
//!
//! Gives sources under the name a user knows them by. Decodes nothing.

use crate::app::shipped;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The prefix under which shipped files are named: `shipped:specs/notification-api.yaml`.
pub const SHIPPED: &str = "shipped:";

/// The largest input file that is read, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// Reads a file, shipped or on disk.
///
/// # Errors
/// A diagnostic without place that names the file.
pub fn read(name: &str) -> Result<Arc<Source>, Diagnostic> {
    if let Some(inside) = name.strip_prefix(SHIPPED) {
        return shipped::text(inside).map(|text| Source::new(name, text)).ok_or_else(|| {
            Diagnostic::error("input/missing", format!("nothing is shipped under `{inside}`"))
                .hint("`proofmark check` without a suite runs everything that is shipped")
        });
    }
    let unreadable = |error: &std::io::Error| {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            std::io::ErrorKind::IsADirectory => "is a directory".to_owned(),
            _ => error.to_string(),
        };
        let hint = if error.kind() == std::io::ErrorKind::NotFound { near(name) } else { None };
        Diagnostic::error("input/unreadable", format!("cannot read `{name}`: {what}")).maybe_hint(hint)
    };
    let size = std::fs::metadata(name).map_err(|e| unreadable(&e))?.len();
    if size > MOST_BYTES {
        return Err(Diagnostic::error(
            "input/too-large",
            format!("`{name}` has {size} bytes, more than the {MOST_BYTES} that are read"),
        ));
    }
    let bytes = std::fs::read(name).map_err(|e| unreadable(&e))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
            Err(Diagnostic::error("input/encoding", format!("`{name}` is not UTF-8: line {line} holds a byte that is no text"))
                .hint("save the file as UTF-8"))
        }
    }
}

/// A file of the same folder whose name is near, as a hint.
fn near(name: &str) -> Option<String> {
    let path = Path::new(name);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> =
        std::fs::read_dir(folder).ok()?.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let typed = path.file_name()?.to_string_lossy().into_owned();
    let found = crate::base::distance::nearest(&typed, names.iter().map(String::as_str))?;
    Some(format!("did you mean `{}`?", folder.join(found).display()))
}

/// A file named relative to another.
#[must_use]
pub fn beside(base: &str, relative: &str) -> String {
    if relative.starts_with(SHIPPED) || Path::new(relative).is_absolute() {
        return relative.to_owned();
    }
    let (prefix, inside) = base.strip_prefix(SHIPPED).map_or(("", base), |inside| (SHIPPED, inside));
    let folder = Path::new(inside).parent().unwrap_or(Path::new(""));
    let mut joined = PathBuf::new();
    for part in folder.join(relative).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(joined.components().next_back(), Some(Component::Normal(_))) => {
                joined.pop();
            }
            other => joined.push(other),
        }
    }
    format!("{prefix}{}", joined.display())
}

/// The suite files a user means: a file, or every suite below a folder, in order.
///
/// # Errors
/// A diagnostic when the path is not there or holds no suite.
pub fn suites(typed: &str) -> Result<Vec<String>, Diagnostic> {
    if typed.starts_with(SHIPPED) || !Path::new(typed).is_dir() {
        return Ok(vec![typed.to_owned()]);
    }
    let mut found = Vec::new();
    walk(Path::new(typed), &mut found);
    found.sort();
    if found.is_empty() {
        return Err(Diagnostic::error("input/no-suite", format!("no suite below `{typed}`"))
            .hint("a suite is a YAML file with a top-level `suite:` key"));
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml")
            && std::fs::read_to_string(&path).is_ok_and(|text| text.lines().any(|l| l.starts_with("suite:")))
        {
            found.push(path.display().to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{beside, read, suites};

    #[test]
    fn paths_beside_another_file() {
        for (base, relative, expected) in [
            ("suites/a/x.yaml", "../../specs/s.yaml", "specs/s.yaml"),
            ("shipped:suites/a/x.yaml", "../../specs/s.yaml", "shipped:specs/s.yaml"),
            ("x.yaml", "../s.yaml", "../s.yaml"),
            ("x.yaml", "/abs/s.yaml", "/abs/s.yaml"),
        ] {
            assert_eq!(beside(base, relative), expected, "{base} {relative}");
        }
    }

    #[test]
    fn a_missing_file_is_named_with_what_was_meant() {
        let fault = read("Cargo.tomll").expect_err("no such file");
        assert_eq!(fault.message, "cannot read `Cargo.tomll`: no such file");
        assert_eq!(fault.hint.as_deref(), Some("did you mean `./Cargo.toml`?"));
    }

    #[test]
    fn a_folder_stands_for_the_suites_below_it() {
        let found = suites("suites").expect("shipped suites");
        assert!(found.iter().all(|f| !f.contains("environments")), "{found:?}");
        assert!(!found.is_empty());
    }
}
