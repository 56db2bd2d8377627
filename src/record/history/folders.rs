//! The run folders of a folder: which there are, which are in use, and taking them away.
//!
//! Knows a run's folder by its name and by what lies in it, both. Never takes away anything else, and follows no link.

use crate::base::diagnostic::Diagnostic;
use crate::record::fingerprint::RunKind;
use crate::record::store::{self, cannot};
use crate::record::{certification, journal, load, monitor};
use jiff::Timestamp;
use serde::Deserialize;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// What may be locked while a run goes on.
const LOCKED: [&str; 2] = [journal::FILE, monitor::LOCK];

/// A folder that may hold a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    /// Where it is.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// When the run in it began and of which kind it is, where it has the name that a run gives its folder.
    pub named: Option<(Timestamp, RunKind)>,
}

/// The folders in `out` that hold what a run writes, sorted by name.
///
/// # Errors
/// When `out` cannot be read; where there is none, there are none in it.
pub fn list(out: &Path) -> Result<Vec<RunFolder>, Diagnostic> {
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot("read", out, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| cannot("read", out, &error))?;
        // A link may lead anywhere; what it leads to is not of this folder.
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str() else { continue };
        if [store::FILE, journal::FILE, monitor::HEADER].iter().any(|file| path.join(file).exists()) {
            found.push(RunFolder { named: named(name), name: name.to_owned(), path });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// What the name of a run's folder says: `2026-11-21T200512Z-load`, `2026-11-21T200512Z-load-2`.
fn named(name: &str) -> Option<(Timestamp, RunKind)> {
    let (time, rest) = name.split_at_checked("2026-11-21T200512Z".len())?;
    let began = jiff::fmt::strtime::parse("%Y-%m-%dT%H%M%SZ", time).ok()?.to_datetime().ok()?;
    let began = began.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    let mut words = rest.strip_prefix('-')?.split('-');
    let kind = match words.next()? {
        "check" => RunKind::Check,
        "load" => RunKind::Load,
        "certify" => RunKind::Certification,
        "monitor" => RunKind::Monitor,
        "listen" => RunKind::Listen,
        _ => return None,
    };
    let number = words.next().is_none_or(|n| n.parse::<u32>().is_ok_and(|n| n > 1));
    (number && words.next().is_none()).then_some((began, kind))
}

/// Whether what lies in a folder was written by a run.
#[must_use]
pub fn holds_a_run(path: &Path) -> bool {
    #[derive(Deserialize)]
    struct Head {
        format: String,
    }
    const FORMATS: [&str; 4] =
        [crate::record::shape::FORMAT, load::shape::FORMAT, certification::shape::FORMAT, monitor::shape::FORMAT];
    let ours = |format: &str| FORMATS.contains(&format);
    if let Ok(text) = fs::read_to_string(path.join(store::FILE)) {
        return serde_json::from_str::<Head>(&text).is_ok_and(|head| ours(&head.format));
    }
    monitor::is_watch(path) || begins_a_journal(&path.join(journal::FILE)).is_some_and(|format| ours(&format))
}

/// The format that the first line of a journal names.
fn begins_a_journal(path: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Opened {
        event: String,
        format: Option<String>,
        record: Option<Inner>,
    }
    #[derive(Deserialize)]
    struct Inner {
        format: String,
    }
    let mut line = String::new();
    BufReader::new(File::open(path).ok()?).read_line(&mut line).ok()?;
    let opened: Opened = serde_json::from_str(&line).ok()?;
    if opened.event == "opened" { opened.format.or(opened.record.map(|r| r.format)) } else { None }
}

/// A run's folder that nobody has, kept from others until it is dropped.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    _files: Vec<File>,
}

/// Takes a run's folder for oneself; none where a run still has it.
///
/// # Errors
/// When what may be locked in it cannot be opened.
pub fn hold(path: &Path) -> Result<Option<Held>, Diagnostic> {
    let mut files = Vec::new();
    for name in LOCKED {
        let locked = path.join(name);
        let file = match OpenOptions::new().read(true).open(&locked) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(cannot("read", &locked, &error)),
        };
        match file.try_lock() {
            Ok(()) => files.push(file),
            Err(TryLockError::WouldBlock) => return Ok(None),
            // Where files cannot be locked, no run has locked one.
            Err(TryLockError::Error(_)) => {}
        }
    }
    Ok(Some(Held { path: path.to_owned(), _files: files }))
}

impl Held {
    /// Takes the folder away with everything in it.
    ///
    /// # Errors
    /// When something in it cannot be taken away.
    pub fn remove(self) -> Result<(), Diagnostic> {
        fs::remove_dir_all(&self.path).map_err(|error| cannot("take away", &self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::{hold, holds_a_run, list, named};
    use crate::record::fingerprint::RunKind;
    use crate::record::load::{self, fixture as loads};
    use crate::record::{fixture as runs, store};
    use std::fs;

    #[test]
    fn a_run_gives_its_folder_a_name() {
        let told = |name: &str| named(name).map(|(began, kind)| (began.to_string(), kind));
        assert_eq!(told("2026-11-21T200512Z-load"), Some(("2026-11-21T20:05:12Z".to_owned(), RunKind::Load)));
        assert_eq!(told("2026-11-21T200512Z-certify-12").map(|t| t.1), Some(RunKind::Certification));
        for other in [
            "baseline",
            "2026-11-21T200512Z",
            "2026-11-21T200512Z-loads",
            "2026-11-21T200512Z-load-1",
            "2026-11-21T200512Z-load-x",
            "2026-11-21T200512Z-load-2-3",
            "2026-13-21T200512Z-load",
            "x2026-11-21T200512Z-load",
            "2026-11-21T200512Z-load.bak",
            "日本語日本語日本語日本語",
        ] {
            assert_eq!(told(other), None, "{other}");
        }
    }

    #[test]
    fn only_folders_with_what_a_run_writes_are_listed_and_links_are_not_followed() {
        let out = tempfile::tempdir().expect("a temporary folder");
        let made = |name: &str| {
            let dir = out.path().join(name);
            fs::create_dir(&dir).expect("a folder");
            dir
        };
        let run = made("2026-11-21T200512Z-check");
        store::write(&run, &runs::record(&runs::passing())).expect("a record");
        let renamed = made("baseline");
        load::store::write(&renamed, &loads::record(&loads::passing())).expect("a record");
        let torn = made("2026-11-22T200512Z-check");
        fs::write(torn.join(store::FILE), "{\"format\":\"proofmark.run\",\"ver").expect("a torn record");
        let foreign = made("2026-11-23T200512Z-check");
        fs::write(foreign.join(store::FILE), "{\"format\":\"other\"}").expect("another's record");
        made("notes");
        fs::write(out.path().join("record.json"), "{}").expect("a file");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&run, out.path().join("2026-11-24T200512Z-check")).expect("a link");
        let listed = list(out.path()).expect("they are listed");
        let told: Vec<_> = listed.iter().map(|f| (f.name.as_str(), f.named.is_some(), holds_a_run(&f.path))).collect();
        assert_eq!(
            told,
            [
                ("2026-11-21T200512Z-check", true, true),
                ("2026-11-22T200512Z-check", true, false),
                ("2026-11-23T200512Z-check", true, false),
                ("baseline", false, true)
            ]
        );
        assert_eq!(list(&out.path().join("none")), Ok(Vec::new()));
    }

    #[cfg(unix)]
    #[test]
    fn what_a_run_has_cannot_be_held() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let journal = load::Journal::create(dir.path(), &loads::facts(), Default::default()).expect("a journal");
        assert!(holds_a_run(dir.path()), "its journal tells what it is");
        assert!(hold(dir.path()).expect("it can be read").is_none(), "its journal is open");
        drop(journal);
        let held = hold(dir.path()).expect("it can be read").expect("nobody has it");
        assert!(hold(dir.path()).expect("it can be read").is_none(), "one at a time");
        held.remove().expect("it goes");
        assert!(!dir.path().exists());
    }
}
