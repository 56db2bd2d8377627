//! Opens a report in headless Chromium.
//!
//! Looks only at what the browser complains about; what the page says is tested where it is made.

mod support;

use std::process::Command;
use support::Bench;

fn chromium() -> Option<String> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success()));
    match (found, std::env::var("PROOFMARK_BROWSER").as_deref()) {
        (Some(name), _) => Some(name.to_owned()),
        (None, Ok("required")) => panic!("no Chromium on this machine; ./test installs it"),
        (None, _) => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "skipped: no Chromium on this machine; ./test installs it");
            None
        }
    }
}

#[test]
fn the_page_opens_without_a_word_on_the_console() {
    let Some(chromium) = chromium() else { return };
    let bench = Bench::new();
    let ran = bench.run(&["check", "-q", "--fault", "error-envelope-drift", "--only", "notification-api"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let page = bench.run_folder().join("report.html");
    let output = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args(["--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--log-level=0", "--dump-dom"])
        .arg(format!("--user-data-dir={}", bench.path("profile").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("Chromium runs");
    let dom = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(dom.contains("error_code.envelope") && dom.contains("</html>"), "the page is there");
    let complaints: Vec<&str> = log.lines().filter(|l| l.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}
