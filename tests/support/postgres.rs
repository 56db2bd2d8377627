//! A PostgreSQL server of the test's own.
//!
//! Lives in a temporary folder, as somebody without rights, and ends with the test. Never uses a cluster that is there already.

#![allow(unreachable_pub, reason = "a module of the tests")]

use proofmark::net::pki::{Authority, Validity};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The password of the one role.
pub const PASSWORD: &str = "pa55-of-the-test";

/// A running server.
pub struct Server {
    child: Child,
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

/// Where the programs of a server are: in the search path, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let known = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|e| e.path().join("bin"));
    let found = std::env::split_paths(&paths).chain(known).find(|folder| {
        let folder = std::fs::canonicalize(folder.join("initdb")).ok().and_then(|p| p.parent().map(Path::to_owned));
        folder.is_some_and(|folder| folder.join("postgres").exists())
    });
    if let Some(folder) = found {
        return std::fs::canonicalize(folder.join("initdb")).ok()?.parent().map(Path::to_owned);
    }
    let required = std::env::var_os("PROOFMARK_INTEROP").is_some_and(|v| v == "required");
    assert!(!required, "no PostgreSQL server on this machine; `./test` installs it");
    let _ = writeln!(std::io::stderr(), "skipped: no PostgreSQL server on this machine; `./test` installs it");
    None
}

impl Server {
    /// Starts one; `None` where there is none on this machine and nobody demands it.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        // Sockets have short names.
        let folder = tempfile::Builder::new().prefix("pm-pg").tempdir_in("/tmp").expect("a temporary folder");
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD).expect("a password");
        if rustix::process::geteuid().is_root() {
            done(Command::new("chown").args(["-R", "postgres:"]).arg(folder.path()));
        }
        let data = folder.path().join("data");
        done(
            demoted(&programs.join("initdb"))
                .args(["--username=team", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync", "--pwfile"])
                .arg(&password)
                .arg("-D")
                .arg(&data),
        );
        certified(folder.path(), &data);
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let mut child = demoted(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "ssl=on"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains("ready to accept connections"));
        assert!(ready, "the server ended before it was ready");
        // Its log has to be read, or it waits for somebody to do so.
        std::thread::spawn(move || lines.for_each(drop));
        let server = Self { child, folder, programs, port };
        for name in ["team", "other"] {
            server.sql("postgres", &format!("CREATE DATABASE {name}"));
        }
        Some(server)
    }

    /// The URL of a database, over the network.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://team:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database, over the socket.
    pub fn socket_url(&self, database: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://team:{PASSWORD}@{folder}:{}/{database}", self.port)
    }

    /// The authority that vouches for the server.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Carries a statement out, by the server's own program.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "team", "-d", database])
            .args(["-p", &self.port.to_string(), "-c", statement])
            .env("PGPASSWORD", PASSWORD);
        done(&mut psql)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // At once, and without leaving anything behind.
        let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::QUIT);
        let _ = self.child.wait();
    }
}

/// A program, run as somebody without rights where we have them all: the server refuses to be run by root.
fn demoted(program: &Path) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // Whoever it runs as need not be allowed to look at the folder that the test runs in.
    command.current_dir("/tmp");
    command
}

/// Runs a command to its end and gives what it said.
fn done(command: &mut Command) -> String {
    let output = command.current_dir("/tmp").output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A certificate for the server, and the authority that issued it.
fn certified(folder: &Path, data: &Path) {
    let validity = Validity::current(jiff::Timestamp::now());
    let authority = Authority::new("the authority of the test", validity).expect("an authority");
    let identity = authority.server(&["127.0.0.1"], Some(validity)).expect("a certificate");
    std::fs::write(folder.join("ca.pem"), authority.pem()).expect("the authority");
    std::fs::write(data.join("server.crt"), &identity.certificate_pem).expect("the certificate");
    let key = data.join("server.key");
    std::fs::write(&key, identity.key_pem.expose()).expect("the key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("its rights");
    if rustix::process::geteuid().is_root() {
        done(Command::new("chown").arg("postgres:").arg(&key).arg(data.join("server.crt")));
    }
}
