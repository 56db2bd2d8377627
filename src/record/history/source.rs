//! Where a history is kept: a file, or a server that a team shares.
//!
//! Tells them apart by how they are written, and shows a server without its password. Opens nothing.

use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use std::fmt;
use std::path::{Path, PathBuf};

/// The index's name in the folder of run folders.
pub const FILE: &str = "history.db";

/// Where a history is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL server.
    Server(Server),
}

/// A PostgreSQL server, by its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    url: Secret<String>,
    shown: String,
}

impl Server {
    /// The URL, password and all, for whoever connects.
    #[must_use]
    pub fn url(&self) -> &Secret<String> {
        &self.url
    }
}

impl Source {
    /// That of a folder of run folders, where nothing else is said.
    #[must_use]
    pub fn of_folder(out: &Path) -> Self {
        Self::File(out.join(FILE))
    }

    /// A file's path, or a URL of PostgreSQL.
    ///
    /// # Errors
    /// When it is the URL of anything else.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let Some((scheme, rest)) = text.split_once("://") else { return Ok(Self::File(PathBuf::from(text))) };
        match scheme {
            "postgres" | "postgresql" => {
                Ok(Self::Server(Server { url: Secret::new(text.to_owned()), shown: shown(scheme, rest) }))
            }
            "file" => Ok(Self::File(PathBuf::from(rest))),
            "sqlite" => Ok(Self::File(PathBuf::from(rest))),
            // The rest may hold a password.
            other => Err(Diagnostic::error("history/unknown", format!("a history cannot be kept at `{other}://`"))
                .hint("name a file such as reports/history.db, or a server: postgres://user@host/database")),
        }
    }

    /// The file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(_) => None,
        }
    }

    /// What of it must never be shown: the URL as a whole, and the password in it, as written and as meant.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret<String>> {
        let Self::Server(server) = self else { return Vec::new() };
        let url = server.url.expose();
        let mut all = vec![url.clone()];
        let authority = url.split_once("://").map_or("", |(_, rest)| authority(rest).0);
        let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
        let parameter = url.split(['?', '&']).skip(1).find_map(|p| p.strip_prefix("password="));
        for password in [password, parameter].into_iter().flatten().filter(|p| !p.is_empty()) {
            all.extend([password.to_owned(), unescaped(password)]);
        }
        all.into_iter().map(Secret::new).collect()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(server) => f.write_str(&server.shown),
        }
    }
}

/// The authority of what follows `://`, and the rest.
fn authority(rest: &str) -> (&str, &str) {
    // A password that was not escaped may hold a slash or a question mark: the last `@` ends it wherever it stands.
    let from = rest.rfind('@').map_or(0, |at| at + 1);
    let end = rest[from..].find(['/', '?', '#']).map_or(rest.len(), |at| from + at);
    rest.split_at(end)
}

/// Without password, and without parameters, among which one may be.
fn shown(scheme: &str, rest: &str) -> String {
    let (authority, path) = authority(rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (user.split(':').next().unwrap_or_default(), host),
        None => ("", authority),
    };
    let at = if user.is_empty() { "" } else { "@" };
    format!("{scheme}://{user}{at}{host}{path}")
}

/// A text with its `%41` resolved, as far as it has any.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn a_server_is_shown_without_its_password() {
        for (url, shown) in [
            ("postgres://me:s3cret@db.example:5433/perf?sslmode=require", "postgres://me@db.example:5433/perf"),
            ("postgresql://me@db.example/perf", "postgresql://me@db.example/perf"),
            ("postgres://db.example", "postgres://db.example"),
            ("postgres:///perf?host=/run/pg&user=me&password=s3cret", "postgres:///perf"),
            ("postgres://me:s3/c?r#e:t@db.example/perf", "postgres://me@db.example/perf"),
            ("postgres://:s3cret@db.example/perf", "postgres://db.example/perf"),
            ("postgres://me:s3%40cret@db.example/perf", "postgres://me@db.example/perf"),
        ] {
            let source = Source::parse(url).expect("a server");
            assert_eq!(source.to_string(), shown);
            assert!(!format!("{source:?}{source}").contains("s3"), "{source:?}");
            assert!(source.file().is_none());
        }
        let secrets = |url: &str| -> Vec<String> {
            let source = Source::parse(url).expect("a server");
            source.secrets().iter().map(|s| s.expose().clone()).skip(1).collect()
        };
        assert_eq!(secrets("postgres://me:s3%40cret@db.example/perf"), ["s3%40cret", "s3@cret"]);
        assert_eq!(secrets("postgres:///perf?user=me&password=s3cret"), ["s3cret", "s3cret"]);
        assert_eq!(secrets("postgres://me@db.example"), [""; 0]);
    }

    #[test]
    fn anything_else_is_a_file_or_refused() {
        for file in ["reports/history.db", "/a/b.db", "C:\\a\\b.db"] {
            assert_eq!(Source::parse(file).expect("a file").to_string(), file);
        }
        let refused = Source::parse("mysql://me:s3cret@db/perf").expect_err("another database");
        assert!(refused.code == "history/unknown" && !refused.message.contains("s3cret"), "{refused:?}");
    }
}
