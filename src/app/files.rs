//! Finds and reads input files: from disk, or from what travels inside the binary.
//!
//! Gives sources under the name a user knows them by. Decodes nothing.

use crate::app::kind::Kind;
use crate::app::shipped;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::{Place, Source, Span};
use crate::net::fetch;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::string::FromUtf8Error;
use std::sync::Arc;

/// The prefix under which shipped files are named: `shipped:specs/notification-api.yaml`.
pub const SHIPPED: &str = "shipped:";

/// The name that stands for the standard input.
pub const STDIN: &str = "-";

/// The largest input file that is read, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// Folders within folders that are walked.
const MOST_DEPTH: usize = 32;

/// Reads a file, shipped, on disk or from the standard input.
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
    if name == STDIN {
        return stdin();
    }
    let unreadable = |error: &std::io::Error| {
        let what = match error.kind() {
            ErrorKind::NotFound => "no such file".to_owned(),
            ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        let hint = if error.kind() == ErrorKind::NotFound { near(name) } else { None };
        Diagnostic::error("input/unreadable", format!("cannot read `{name}`: {what}")).maybe_hint(hint)
    };
    let metadata = std::fs::metadata(name).map_err(|e| unreadable(&e))?;
    // Before it is opened: opening a pipe waits for its other end.
    if let Some(what) = special(metadata.file_type()) {
        return Err(Diagnostic::error("input/unreadable", format!("cannot read `{name}`: it is {what}, not a file"))
            .maybe_hint((what != "a folder").then(|| "`-` reads the standard input".to_owned())));
    }
    if metadata.len() > MOST_BYTES {
        return Err(too_large(name));
    }
    let file = std::fs::File::open(name).map_err(|e| unreadable(&e))?;
    match bounded(file).map_err(|e| unreadable(&e))? {
        Some(bytes) => decode(name, bytes),
        None => Err(too_large(name)),
    }
}

fn stdin() -> Result<Arc<Source>, Diagnostic> {
    match bounded(std::io::stdin().lock()) {
        Err(error) => Err(Diagnostic::error("input/unreadable", format!("cannot read the standard input: {error}"))),
        Ok(None) => Err(too_large("<stdin>")),
        Ok(Some(bytes)) => decode("<stdin>", bytes),
    }
}

/// Everything there is to read, unless it is too much; a file may grow while it is read.
fn bounded(reader: impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= MOST_BYTES).then_some(bytes))
}

fn too_large(name: &str) -> Diagnostic {
    Diagnostic::error("input/too-large", format!("`{name}` is larger than the {} MiB that are read", MOST_BYTES >> 20))
}

/// What a thing is that is no file.
fn special(kind: std::fs::FileType) -> Option<&'static str> {
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    None
}

/// The text of a document that came as bytes.
///
/// # Errors
/// A diagnostic that points at the first byte which is no text.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Arc<Source>, Diagnostic> {
    let wide = match bytes.get(..2) {
        Some([0xff, 0xfe]) => Some("UTF-16 (little endian)"),
        Some([0xfe, 0xff]) => Some("UTF-16 (big endian)"),
        Some([0, _] | [_, 0]) => Some("UTF-16 or UTF-32"),
        _ => None,
    };
    if let Some(encoding) = wide {
        return Err(Diagnostic::error("input/encoding", format!("`{name}` is written in {encoding}, and only UTF-8 is read"))
            .hint("save the file as UTF-8"));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Err(not_utf8(name, &error)),
    };
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if let Some(at) = text.find('\0') {
        let source = Source::new(name, text);
        return Err(Diagnostic::error("input/encoding", format!("`{name}` holds a NUL byte, so it is no text"))
            .at(Place::new(&source, Span::new(at, at + 1))));
    }
    Ok(Source::new(name, text))
}

fn not_utf8(name: &str, error: &FromUtf8Error) -> Diagnostic {
    let at = error.utf8_error().valid_up_to();
    let wrong = error.utf8_error().error_len().unwrap_or(error.as_bytes().len() - at).min(4);
    let hex: Vec<String> = error.as_bytes()[at..at + wrong].iter().map(|b| format!("0x{b:02x}")).collect();
    // The wrong byte becomes a sign of its own where the line is shown.
    let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
    let bytes = if wrong == 1 { "the byte" } else { "the bytes" };
    Diagnostic::error("input/encoding", format!("`{name}` is not UTF-8: {bytes} {} cannot stand here", hex.join(" ")))
        .at(Place::new(&source, Span::new(at, at + 3)))
        .hint("save the file as UTF-8")
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

/// Whether a name is a URL.
#[must_use]
pub fn is_url(name: &str) -> bool {
    name.split_once("://").is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// A file named relative to another, both of which may be URLs.
#[must_use]
pub fn beside(base: &str, relative: &str) -> String {
    if is_url(relative) {
        return relative.to_owned();
    }
    if is_url(base) {
        return fetch::join(base, relative).unwrap_or_else(|| relative.to_owned());
    }
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
    let is_suite = |name: &String| std::fs::read_to_string(name).is_ok_and(|text| Kind::of(&text) == Some(Kind::Suite));
    let found: Vec<String> = documents(Path::new(typed)).into_iter().filter(is_suite).collect();
    if found.is_empty() {
        return Err(Diagnostic::error("input/no-suite", format!("no suite below `{typed}`"))
            .hint("a suite is a YAML file with a top-level `suite:` key"));
    }
    Ok(found)
}

/// The YAML and JSON files below a folder, in order; what is hidden and what links elsewhere is left out.
#[must_use]
pub fn documents(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    walk(folder, 0, &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let hidden = name.as_encoded_bytes().starts_with(b".") || name == "node_modules";
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !hidden && depth < MOST_DEPTH {
            walk(&path, depth + 1, found);
        } else if !kind.is_dir()
            && path.is_file()
            && path.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e.eq_ignore_ascii_case(known)))
        {
            let name = path.strip_prefix(".").unwrap_or(&path).display().to_string();
            found.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{beside, decode, read, suites};

    #[test]
    fn paths_beside_another_file() {
        for (base, relative, expected) in [
            ("suites/a/x.yaml", "../../specs/s.yaml", "specs/s.yaml"),
            ("shipped:suites/a/x.yaml", "../../specs/s.yaml", "shipped:specs/s.yaml"),
            ("x.yaml", "../s.yaml", "../s.yaml"),
            ("x.yaml", "/abs/s.yaml", "/abs/s.yaml"),
            ("x.yaml", "https://a.example/b.yaml", "https://a.example/b.yaml"),
            ("https://a.example/x/b.yaml", "../c.yaml", "https://a.example/c.yaml"),
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
    fn what_is_no_text_is_pointed_at() {
        let fault = |bytes: &[u8]| {
            let fault = decode("x.yaml", bytes.to_vec()).expect_err("no text");
            (fault.message, fault.place.map(|p| p.to_string()))
        };
        for (bytes, message, place) in [
            (&b"a: 1\nb: \xfcber\n"[..], "`x.yaml` is not UTF-8: the byte 0xfc cannot stand here", Some("x.yaml:2:4")),
            (b"a: \xe2\x82", "`x.yaml` is not UTF-8: the bytes 0xe2 0x82 cannot stand here", Some("x.yaml:1:4")),
            (b"a: 1\n\0", "`x.yaml` holds a NUL byte, so it is no text", Some("x.yaml:2:1")),
            (b"\xff\xfea\0", "`x.yaml` is written in UTF-16 (little endian), and only UTF-8 is read", None),
            (b"\xfe\xff\0a", "`x.yaml` is written in UTF-16 (big endian), and only UTF-8 is read", None),
            (b"a\0:\0", "`x.yaml` is written in UTF-16 or UTF-32, and only UTF-8 is read", None),
        ] {
            assert_eq!(fault(bytes), (message.to_owned(), place.map(str::to_owned)));
        }
        assert_eq!(decode("x", b"\xef\xbb\xbfa: 1".to_vec()).expect("text").text(), "a: 1");
    }

    #[test]
    fn only_files_are_read() {
        let folder = read("src").expect_err("a folder");
        assert_eq!(folder.message, "cannot read `src`: it is a folder, not a file");
        #[cfg(unix)]
        assert_eq!(read("/dev/zero").expect_err("a device").message, "cannot read `/dev/zero`: it is a device, not a file");
    }

    #[test]
    fn a_folder_stands_for_the_suites_below_it() {
        let found = suites("suites").expect("shipped suites");
        assert!(found.iter().all(|f| !f.contains("environments")), "{found:?}");
        assert!(!found.is_empty());
    }
}
