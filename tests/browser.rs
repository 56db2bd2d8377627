//! Opens every kind of page in headless Chromium, and uses it as a reader does.
//!
//! Looks at what the browser complains about, at what keeps people from reading, and at whether the tools of a page do what they say.
//! What a page tells is tested where it is made.

mod support;

#[path = "support/large.rs"]
mod large;

use proofmark::record::monitor;
use proofmark::report::{self, Format};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{Bench, modules};

fn chromium() -> Option<String> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success()));
    match (found, std::env::var("PROOFMARK_BROWSER").as_deref()) {
        (Some(name), _) => Some(name.to_owned()),
        (None, Ok("required")) => panic!("no Chromium on this machine; ./test installs it"),
        (None, _) => {
            let _ = writeln!(std::io::stderr(), "skipped: no Chromium on this machine; ./test installs it");
            None
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page to look at, and which checks to make of it; all where none are named.
struct Page {
    name: &'static str,
    path: PathBuf,
    checks: &'static [&'static str],
}

impl Page {
    fn sample(name: &'static str, path: &str) -> Self {
        Self { name, path: root().join("reports/samples").join(path), checks: &[] }
    }

    fn written(bench: &Bench, name: &'static str, html: &str) -> Self {
        bench.write(&format!("{name}.html"), html);
        Self { name, path: bench.path(&format!("{name}.html")), checks: &[] }
    }
}

/// What is looked at on a page that is made of the same parts as others, and long.
const USED: [&str; 6] = ["console", "request", "narrow", "filter", "script", "print"];

/// What was found of a page.
struct Looked {
    name: String,
    complaints: Vec<(String, String)>,
    tried: Value,
}

impl Looked {
    /// How often something was tried.
    fn tried(&self, what: &str) -> u64 {
        self.tried[what].as_u64().unwrap_or(0)
    }
}

/// Looks at pages with one browser; `None` where there is none and nobody demands it.
fn look(pages: &[Page]) -> Option<Vec<Looked>> {
    let (chromium, modules) = (chromium()?, modules(&["playwright-core", "axe-core"])?);
    let mut node = Command::new("node")
        .arg(root().join("tests/interop/pages.mjs"))
        .args([modules.as_os_str(), chromium.as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node runs");
    let of = |p: &Page| {
        let checks = if p.checks.is_empty() { Value::Null } else { json!(p.checks) };
        json!({"name": p.name, "path": p.path, "checks": checks})
    };
    // With a folder in it, pictures of the pages and what they are on paper are left there.
    let job = json!({"pages": pages.iter().map(of).collect::<Vec<_>>(), "shots": std::env::var("PROOFMARK_SHOTS").ok()});
    node.stdin.take().expect("its input").write_all(job.to_string().as_bytes()).expect("the job is told");
    let output = node.wait_with_output().expect("it ends");
    assert!(output.status.success(), "Node ends with {}", output.status);
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let looked = |answer: &Value| Looked {
        name: text(&answer["name"]),
        complaints: answer["complaints"]
            .as_array()
            .expect("complaints")
            .iter()
            .map(|c| (text(&c["check"]), text(&c["said"])))
            .collect(),
        tried: answer["tried"].clone(),
    };
    Some(answers.iter().map(looked).collect())
}

/// The page of a record, by the binary.
fn shown(bench: &Bench, record: &Path) -> String {
    let shown = bench.run(&["report", "show", &record.display().to_string(), "--format", "html"]);
    assert!(shown.err.is_empty() && shown.out.ends_with("</html>\n"), "{}", shown.err);
    shown.out
}

/// Puts what a hostile server might send behind every text of a record that is not a word of its format.
fn poison(value: &mut Value, under: &str) {
    const TEXTS: [&str; 15] = [
        "target",
        "environment",
        "title",
        "suite",
        "message",
        "expected",
        "actual",
        "url",
        "text",
        "value",
        "reason",
        "operation",
        "source",
        "sentence",
        "name",
    ];
    match value {
        Value::String(text) if TEXTS.contains(&under) => {
            text.push_str("\"'><img src=x onerror=alert(1)></script><script>alert(1)</script>\u{202e}\u{1b}[2J");
        }
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, under)),
        Value::Object(members) => members.iter_mut().for_each(|(key, member)| poison(member, key)),
        _ => {}
    }
}

fn hostile(bench: &Bench, sample: &str) -> String {
    let mut record = support::read_json(&root().join("reports/samples").join(sample));
    poison(&mut record, "");
    bench.write("hostile.json", &record.to_string());
    shown(bench, &bench.path("hostile.json"))
}

#[test]
fn every_page_can_be_read_and_used_by_everyone() {
    let bench = Bench::new();
    let quarter = monitor::file::read(&root().join("reports/samples/monitor/quarter.json")).expect("a record");
    let large = report::render(Format::Html, &large::record(800, 400)).text();
    let pages = [
        Page::sample("check", "report.html"),
        Page::sample("load", "load/report.html"),
        Page::sample("certification", "certification/report.html"),
        Page::sample("certificate", "certification/certificate.html"),
        Page::sample("monitor", "monitor/report.html"),
        Page::sample("comparison of loads", "comparison/load/report.html"),
        Page::sample("comparison of checks", "comparison/check/report.html"),
        Page::sample("trend", "trend/trend.html"),
        Page::written(&bench, "quarter", &report::render(Format::Html, &quarter).text()),
        Page::written(&bench, "hostile check", &hostile(&bench, "report.json")),
        Page::written(&bench, "hostile load", &hostile(&bench, "load/report.json")),
        Page { checks: &USED, ..Page::written(&bench, "large check", &large) },
    ];
    let Some(all) = look(&pages) else { return };
    let wrong: Vec<_> = all.iter().filter(|l| !l.complaints.is_empty()).map(|l| (&l.name, &l.complaints)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // What a page has is used: commands are copied, tables sorted, lists filtered, charts looked into.
    let used = |name: &str, what: &str| all.iter().find(|l| l.name == name).map_or(0, |l| l.tried(what));
    for (name, what, least) in [
        ("check", "copy", 10),
        ("check", "filter", 2),
        ("check", "sort", 10),
        ("load", "zoom", 6),
        ("load", "sort", 30),
        ("load", "copy", 5),
        ("certification", "filter", 2),
        ("trend", "sort", 20),
        ("large check", "filter", 3),
    ] {
        assert!(used(name, what) >= least, "{name}: {what} was tried {} times", used(name, what));
    }
}

/// A page that is broken in one way each.
fn broken(bench: &Bench) -> Vec<(Page, &'static str)> {
    let sample = |path: &str| std::fs::read_to_string(root().join("reports/samples").join(path)).expect("a sample");
    let (check, load) = (sample("report.html"), sample("load/report.html"));
    // The policy names the digests of style and script, and would keep a changed one out.
    let lax = |html: &str| {
        let (before, rest) = html.split_once("<meta http-equiv=\"Content-Security-Policy\"").expect("a policy");
        format!("{before}{}", rest.split_once('>').expect("its end").1)
    };
    let changed = |html: &str, from: &str, to: &str| {
        assert!(html.contains(from), "{from} is not there");
        lax(html).replace(from, to)
    };
    let all: [(&'static str, &'static [&'static str], String); 14] = [
        ("a script that the policy forbids", &["console"], check.replace("</body>", "<script>alert(1)</script></body>")),
        ("something loaded", &["request"], lax(&check).replace("</body>", "<img src=\"other.png\" alt=\"\"></body>")),
        ("no language", &["axe"], check.replace("<html lang=\"en\">", "<html>")),
        ("pale text", &["axe"], changed(&check, "--quiet: #5c636b", "--quiet: #b9bec4")),
        ("wider than a telephone", &["narrow"], check.replace("</main>", "<svg width=\"900\" height=\"9\"></svg></main>")),
        ("text for scripts alone", &["script"], check.replace("</main>", "<p hidden>more</p></main>")),
        ("a filter that filters nothing", &["filter"], changed(&check, "item.text().includes(part)", "item.text()")),
        ("a filter that miscounts", &["filter"], changed(&check, "count(left.length)", "count(1)")),
        ("a sort without order", &["sort"], changed(&check, "rows.sort(", "void (")),
        ("a sort that does not say so", &["sort"], changed(&check, "th.setAttribute('aria-sort'", "th.setAttribute('data-sort'")),
        ("a zoom that does nothing", &["zoom"], changed(&load, "inner.setAttribute('viewBox'", "inner.setAttribute('data-box'")),
        ("a copy of something else", &["copy"], changed(&check, "copied(command.textContent)", "copied('curl')")),
        (
            "a table wider than paper",
            &["print"],
            check.replace("</main>", "<table><tr><td><svg width=\"900\" height=\"9\"></svg></td></tr></table></main>"),
        ),
        ("rows cut by the end of a page", &["print"], changed(&check, ".steps .step, tr, summary", ".steps .step, summary")),
    ];
    let page = |(at, (name, checks, html)): (usize, (&'static str, &'static [&'static str], String))| {
        bench.write(&format!("broken-{at}.html"), &html);
        (Page { name, path: bench.path(&format!("broken-{at}.html")), checks }, checks[0])
    };
    all.into_iter().enumerate().map(page).collect()
}

#[test]
fn every_check_of_a_page_can_fail() {
    let bench = Bench::new();
    let (pages, checks): (Vec<Page>, Vec<&str>) = broken(&bench).into_iter().unzip();
    let Some(all) = look(&pages) else { return };
    for (looked, check) in all.iter().zip(checks) {
        assert!(looked.complaints.iter().any(|(c, _)| c == check), "{} is not seen", looked.name);
    }
}

#[test]
fn a_way_that_a_lifecycle_does_not_allow_is_drawn() {
    let bench = Bench::new();
    let ran = bench.run(&["check", "-q", "--fault", "final-reopens", "--only", "laas-contract-signature"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let html = std::fs::read_to_string(bench.run_folder().join("report.html")).expect("a page");
    assert!(
        html.contains("<g class=\"way-wrong\">") && html.contains("<g class=\"way-seen\">"),
        "{}",
        bench.run_folder().display()
    );
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
