//! Reads what a user names and what a document refers to, within what the user allowed.
//!
//! Keeps references inside of a root folder and off the network unless a flag says otherwise. Never decides what a document means.

use crate::app::files;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::contract::Unreadable;
use crate::net::fetch::fetch;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What references may read.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    /// The folder that files must lie in. Without one: the current folder for a spec below it, else the spec's own.
    pub root: Option<PathBuf>,
    /// Whether URLs are fetched.
    pub remote: bool,
}

/// Reads files and, where that is allowed, URLs; each URL once.
#[derive(Debug, Default)]
pub struct Reader {
    rights: Rights,
    fetched: Mutex<HashMap<String, Result<Arc<Source>, Unreadable>>>,
}

impl Reader {
    /// A reader with these rights.
    #[must_use]
    pub fn new(rights: Rights) -> Self {
        Self { rights, fetched: Mutex::default() }
    }

    /// What a user named: a file anywhere, something shipped, or a URL.
    ///
    /// # Errors
    /// A diagnostic that names it.
    pub fn open(&self, name: &str) -> Result<Arc<Source>, Diagnostic> {
        if !files::is_url(name) {
            return files::read(name);
        }
        self.remote(name).map_err(|why| {
            Diagnostic::error("input/unreadable", format!("cannot read `{name}`: {}", why.reason)).maybe_hint(why.hint)
        })
    }

    /// What the document `base` refers to as `reference`.
    ///
    /// # Errors
    /// Why it is not read.
    pub fn referred(&self, base: &str, reference: &str) -> Result<Arc<Source>, Unreadable> {
        let name = files::beside(base, reference);
        if files::is_url(&name) {
            return self.remote(&name);
        }
        if !name.starts_with(files::SHIPPED) {
            self.inside(base, &name)?;
        }
        files::read(&name).map_err(|fault| {
            // The reference stands before the reason; how it was understood is what a reader lacks.
            let reason = match fault.message.strip_prefix(&format!("cannot read `{name}`: ")) {
                Some("no such file") => format!("there is no `{name}`"),
                Some(reason) => reason.to_owned(),
                None => fault.message,
            };
            Unreadable { reason, hint: fault.hint }
        })
    }

    /// Refuses a file outside of the root, links resolved.
    fn inside(&self, base: &str, name: &str) -> Result<(), Unreadable> {
        // What is not there is told by the reading.
        let Ok(file) = std::fs::canonicalize(name) else { return Ok(()) };
        let (root, shown) = self.root(base);
        if root.is_some_and(|root| file.starts_with(root)) {
            return Ok(());
        }
        Err(Unreadable {
            reason: format!("`{name}` lies outside of {shown}"),
            hint: Some("`--root DIR` allows references to every file below DIR".to_owned()),
        })
    }

    /// The folder that references of `base` stay in, and how to name it.
    fn root(&self, base: &str) -> (Option<PathBuf>, String) {
        let canonical = |path: &Path| std::fs::canonicalize(path).ok();
        if let Some(root) = &self.rights.root {
            return (canonical(root), format!("the root `{}`", root.display()));
        }
        let here = canonical(Path::new("."));
        let folder = Path::new(base).parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match canonical(folder) {
            Some(own) if here.as_ref().is_none_or(|here| !own.starts_with(here)) => {
                (Some(own), format!("`{}`, the folder of the document", folder.display()))
            }
            _ => (here, "the current folder".to_owned()),
        }
    }

    fn remote(&self, url: &str) -> Result<Arc<Source>, Unreadable> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let hint = Some("write the path of a file, relative to the document".to_owned());
            return Err(Unreadable { reason: "only files, http and https are read".to_owned(), hint });
        }
        if !self.rights.remote {
            return Err(Unreadable {
                reason: "URLs are not read unless that is allowed".to_owned(),
                hint: Some("`--allow-remote` fetches it; or keep a copy beside the document and refer to that".to_owned()),
            });
        }
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.entry(url.to_owned()).or_insert_with(|| download(url)).clone()
    }
}

/// Fetches on a thread of its own, so that it may be called from inside and outside of a runtime.
fn download(url: &str) -> Result<Arc<Source>, Unreadable> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        runtime.block_on(fetch(url))
    };
    let bytes = std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|_| Err("fetching it failed".to_owned()))?;
    files::decode(url, bytes.to_vec()).map_err(|fault| Unreadable { reason: fault.message, hint: fault.hint })
}

#[cfg(test)]
mod tests {
    use super::{Reader, Rights};

    fn write(path: &std::path::Path, text: &str) -> String {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
        path.display().to_string()
    }

    #[test]
    fn references_stay_below_the_root() {
        let folder = tempfile::tempdir().expect("a folder");
        let spec = write(&folder.path().join("api/v1/spec.yaml"), "a: 1");
        write(&folder.path().join("api/v1/parts/p.yaml"), "p: 1");
        write(&folder.path().join("common.yaml"), "c: 1");
        let strict = Reader::default();
        assert_eq!(strict.referred(&spec, "parts/p.yaml").expect("below").text(), "p: 1");
        let refused = strict.referred(&spec, "../../common.yaml").expect_err("above");
        assert!(
            refused.reason.contains("lies outside of") && refused.reason.contains("the folder of the document"),
            "{refused:?}"
        );
        assert!(strict.referred(&spec, "parts/q.yaml").expect_err("nothing there").reason.starts_with("there is no `"));
        let wide = Reader::new(Rights { root: Some(folder.path().to_owned()), remote: false });
        assert_eq!(wide.referred(&spec, "../../common.yaml").expect("below the root").text(), "c: 1");
        let hosts = wide.referred(&spec, "/etc/hosts").expect_err("outside");
        assert!(hosts.hint.expect("a hint").contains("--root"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc/hosts", folder.path().join("api/v1/link.yaml")).expect("a link");
            assert!(strict.referred(&spec, "link.yaml").expect_err("leads outside").reason.contains("outside"));
        }
    }

    #[test]
    fn urls_need_a_word() {
        let strict = Reader::default();
        for url in ["http://127.0.0.1:1/x.yaml", "https://a.example/x.yaml"] {
            assert!(strict.referred("spec.yaml", url).expect_err(url).hint.expect("a hint").contains("--allow-remote"));
        }
        let open = Reader::new(Rights { root: None, remote: true });
        assert!(open.referred("spec.yaml", "file:///etc/hosts").expect_err("no http").reason.contains("http and https"));
        assert!(open.referred("spec.yaml", "http://127.0.0.1:1/x.yaml").expect_err("nobody").reason.contains("refused"));
    }
}
