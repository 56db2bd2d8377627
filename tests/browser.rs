//! Opens a report in headless Chromium.
//!
//! Looks only at what the browser complains about; what the page says is tested where it is made.

mod support;

use proofmark::record::monitor;
use proofmark::report::{self, Format};
use std::path::Path;
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

/// Opens a page; what it holds, and what the browser complained about.
fn opened(chromium: &str, bench: &Bench, page: &Path) -> (String, Vec<String>) {
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
    let log = String::from_utf8_lossy(&output.stderr);
    let complaints = log.lines().filter(|l| l.contains("CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), complaints)
}

#[test]
fn the_page_opens_without_a_word_on_the_console() {
    let Some(chromium) = chromium() else { return };
    let bench = Bench::new();
    let ran = bench.run(&["check", "-q", "--fault", "error-envelope-drift", "--only", "notification-api"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let (dom, complaints) = opened(&chromium, &bench, &bench.run_folder().join("report.html"));
    assert!(dom.contains("error_code.envelope") && dom.contains("</html>"), "the page is there");
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn the_pages_of_a_certification_and_a_certificate_do_so_too() {
    let Some(chromium) = chromium() else { return };
    let bench = Bench::new();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/certification-v1.json");
    let shown = bench.run(&["report", "show", &stored.display().to_string(), "--format", "html"]);
    assert_eq!((shown.code, shown.err.as_str()), (1, ""));
    bench.write("certification.html", &shown.out);
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/certification");
    for (page, holds) in [
        (bench.path("certification.html"), "standard-webhooks/tampered"),
        (samples.join("certificate.html"), "How to verify it"),
        (samples.join("badge.svg"), "certified until"),
    ] {
        let (dom, complaints) = opened(&chromium, &bench, &page);
        assert!(dom.contains(holds), "{} is there", page.display());
        assert!(complaints.is_empty(), "{}: {complaints:?}", page.display());
    }
}

#[test]
fn the_page_of_a_load_does_so_too() {
    let Some(chromium) = chromium() else { return };
    let bench = Bench::new();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load-v1.json");
    let shown = bench.run(&["report", "show", &stored.display().to_string(), "--format", "html"]);
    assert_eq!((shown.code, shown.err.as_str()), (1, ""));
    bench.write("load.html", &shown.out);
    let (dom, complaints) = opened(&chromium, &bench, &bench.path("load.html"));
    assert!(dom.contains("Distribution of times") && dom.contains("</html>"), "the page is there");
    assert_eq!(dom.matches("<svg class=\"plotted\"").count(), 10, "every chart is drawn");
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn the_pages_of_watches_do_so_too() {
    let Some(chromium) = chromium() else { return };
    let bench = Bench::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/monitor");
    for (stored, holds, days) in [("report.json", "class=\"days\"", 2), ("quarter.json", "<caption>April 2026</caption>", 90)] {
        let record = monitor::file::read(&samples.join(stored)).expect("a record");
        bench.write("watch.html", &report::render(Format::Html, &record).text());
        let (dom, complaints) = opened(&chromium, &bench, &bench.path("watch.html"));
        assert!(dom.contains(holds) && dom.contains("What the figures mean") && dom.contains("</html>"), "{stored} is there");
        let all = dom.split("<details").next().unwrap_or_default();
        assert_eq!(
            all.matches("class=\"day ").count() + all.matches("<th scope=\"row\">S").count(),
            days,
            "{stored} has every day"
        );
        assert!(complaints.is_empty(), "{stored}: {complaints:?}");
    }
}

#[test]
fn the_pages_of_comparisons_do_so_too() {
    let Some(chromium) = chromium() else { return };
    let bench = Bench::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/comparison");
    for (kind, holds) in [("load", "<svg class=\"forest\""), ("check", "What became of it")] {
        let (dom, complaints) = opened(&chromium, &bench, &samples.join(kind).join("report.html"));
        assert!(dom.contains(holds) && dom.contains("</html>"), "{kind} is there");
        assert!(complaints.is_empty(), "{kind}: {complaints:?}");
    }
}
