//! What is left of runs that ended badly, through the binary: killed at any point, cut or damaged files, full disks, records of newer
//! versions, bodies that mean harm. There is a report all the same, it is never a success, and nothing crashes.
//!
//! Serves its own small API and writes into temporary folders. Never asserts a time, and sleeps nowhere.

#[path = "support/orders.rs"]
mod orders;
mod support;

use orders::Orders;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use support::{BINARY, Bench, Partner, Ran, Sandbox, read_json};

const SUITE: &str = "suite: Orders
spec: spec.yaml
cases:
  - name: made
    steps: [{call: createOrder, body: {item: pen}, expect: {status: 201}}]
  - name: read
    each: [{id: o1}, {id: o2}, {id: o3}]
    steps: [{call: getOrder, path: {id: \"${row.id}\"}, expect: {status: 200}}]
";

fn bench(url: &str) -> Bench {
    let bench = orders::bench(url);
    bench.write("suite.yaml", SUITE);
    bench
}

const CHECK: [&str; 5] = ["check", "suite.yaml", "--env", "env.yaml", "-q"];

fn show(bench: &Bench, path: &Path, more: &[&str]) -> Ran {
    bench.run(&[&["report", "show", &path.display().to_string()], more].concat())
}

/// Some of what a file may be cut to: each end of a line, its neighbours, and places in between.
fn cuts(text: &[u8], most: usize) -> Vec<usize> {
    let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').flat_map(|(at, _)| [at, at + 1, at + 2]);
    let mut all: Vec<usize> = ends.chain((0..12).map(|i| text.len() * i / 12)).filter(|at| *at < text.len()).collect();
    all.sort_unstable();
    all.dedup();
    let step = all.len().div_ceil(most).max(1);
    all.into_iter().step_by(step).collect()
}

/// Nothing crashed: it was shown and is no success, or it was refused with a reason.
fn is_sound(ran: &Ran, what: &str) {
    assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
    match ran.code {
        2 => assert!(ran.err.contains("error") && ran.out.is_empty(), "{what}: {}{}", ran.out, ran.err),
        130 => assert!(ran.out.contains("interrupted"), "{what}: {}", ran.out),
        code => panic!("{what}: {code} {}{}", ran.out, ran.err),
    }
}

#[test]
fn a_journal_that_is_cut_anywhere_is_shown_up_to_there() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    assert_eq!(bench.run(&CHECK).code, 0);
    let folder = bench.run_folder();
    let (journal, record) = (folder.join("journal.jsonl"), folder.join("record.json"));
    let whole = std::fs::read(&journal).expect("a journal");
    std::fs::remove_file(&record).expect("it is taken away");
    let first = whole.iter().position(|b| *b == b'\n').expect("a line");
    let mut cases = 0;
    for cut in cuts(&whole, 24) {
        std::fs::write(&journal, &whole[..cut]).expect("it is cut");
        let ran = show(&bench, &folder, &["--format", "json"]);
        if cut <= first {
            assert!(ran.code == 2 || cut == first, "cut at {cut}: {}", ran.err);
            continue;
        }
        let record: Value = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("cut at {cut}: {e}: {}", ran.err));
        assert_eq!((ran.code, record["verdict"].as_str()), (130, Some("interrupted")), "cut at {cut}");
        let told = record["cases"].as_array().expect("cases").len();
        assert!(told >= cases, "cut at {cut}");
        cases = told;
    }
    assert!(cases >= 3);
    // A byte that is wrong takes its line with it, and nothing else.
    let lines: Vec<usize> = whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
    for end in &lines[1..lines.len() - 1] {
        let mut damaged = whole.clone();
        damaged[end - 1] = b'#';
        std::fs::write(&journal, &damaged).expect("it is damaged");
        let ran = show(&bench, &folder, &[]);
        is_sound(&ran, "damaged");
        assert!(ran.code == 130 && ran.out.contains("is damaged and left out"), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn a_record_that_is_cut_or_damaged_is_made_of_its_journal_or_of_what_is_left() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    assert_eq!(bench.run(&CHECK).code, 0);
    let folder = bench.run_folder();
    let record = folder.join("record.json");
    let whole = std::fs::read(&record).expect("a record");
    for cut in cuts(&whole, 10) {
        std::fs::write(&record, &whole[..cut]).expect("it is cut");
        let ran = show(&bench, &folder, &[]);
        assert!(ran.code == 130 && ran.out.contains("made of the journal beside it"), "cut at {cut}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("4 cases"), "cut at {cut}: {}", ran.out);
    }
    std::fs::remove_file(folder.join("journal.jsonl")).expect("it is taken away");
    let mut saved = 0;
    for cut in cuts(&whole, 40) {
        std::fs::write(&record, &whole[..cut]).expect("it is cut");
        let ran = show(&bench, &record, &[]);
        is_sound(&ran, &format!("cut at {cut}"));
        saved += usize::from(ran.code == 130);
    }
    assert!(saved >= 5, "{saved} of them could be shown");
    for bytes in [&b""[..], b"{", b"\xff\xfe\x00", b"{\"format\":\"proofmark.run\",\"version\":1}", b"[[[[", b"null", b"\n\n"] {
        std::fs::write(&record, bytes).expect("it is written");
        let ran = show(&bench, &record, &[]);
        assert_eq!(ran.code, 2, "{bytes:?}: {}{}", ran.out, ran.err);
        is_sound(&ran, "nothing of ours");
    }
    std::fs::write(&record, "[".repeat(200_000)).expect("it is written");
    is_sound(&show(&bench, &record, &[]), "deep");
}

#[test]
fn what_a_newer_version_has_written_is_refused_and_never_taken_for_damage() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bench = Bench::new();
    for file in [
        "tests/fixtures/record-v1.json",
        "tests/fixtures/load-v1.json",
        "tests/fixtures/certification-v1.json",
        "tests/fixtures/comparison-v1.json",
        "reports/samples/monitor/report.json",
    ] {
        let text = std::fs::read_to_string(root.join(file)).expect("a record");
        bench.write(
            "newer.json",
            &text.replacen("\"version\":1", "\"version\":99", 1).replacen("\"version\": 1", "\"version\": 99", 1),
        );
        let ran = show(&bench, Path::new("newer.json"), &[]);
        assert_eq!(ran.code, 2, "{file}: {}", ran.out);
        assert!(ran.err.contains("version 99") && ran.err.contains("or a newer one"), "{file}: {}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn what_a_full_disk_has_no_room_for_is_told_all_the_same() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    // Writing beyond this many blocks fails, as it does where no room is left.
    let limited = |blocks: &str, args: &[&str]| {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, BINARY]).args(args).current_dir(bench.folder.path()).env("PROOFMARK_HISTORY", "none");
        Ran::of(&command.output().expect("it runs"))
    };
    assert_eq!(bench.run(&CHECK).code, 0);
    let folder = bench.run_folder();
    let journal = std::fs::read(folder.join("journal.jsonl")).expect("a journal");
    let opening = journal.iter().position(|b| *b == b'\n').expect("a line") + 1;
    let record = std::fs::metadata(folder.join("record.json")).expect("a record").len();
    // A shell counts blocks of 512 bytes or of 1024.
    for bytes in [opening as u64 + 1024, record - 1024] {
        let ran = limited(&(bytes / 1024).to_string(), &CHECK);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        assert_eq!(ran.code, 2, "a run that is not kept is no success: {}{}", ran.out, ran.err);
        assert!(
            ran.err.contains("cannot write") && (ran.out.contains("conforms") || ran.out.is_empty()),
            "{}{}",
            ran.out,
            ran.err
        );
        assert!(!ran.err.contains("nothing was sent"), "{}", ran.err);
    }
    let ran = limited(&(record / 512 - 2).to_string(), &CHECK);
    assert!(ran.code == 0 || ran.out.contains("conforms"), "{}{}", ran.out, ran.err);
    let ran = bench.run(&[&CHECK[..], &["--report", "html=/dev/full"]].concat());
    assert!(ran.code == 2 && ran.out.contains("conforms") && ran.err.contains("report/unwritable"), "{}{}", ran.out, ran.err);
    // A history that cannot be written is a warning, and the verdict stays.
    let ran = bench.run(&[&CHECK[..], &["--out", "other"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    std::fs::create_dir_all(bench.path("third/history.db")).expect("a folder in its place");
    let ran = bench.run(&[&CHECK[..], &["--out", "third"]].concat());
    assert!(ran.code == 0 && ran.err.contains("history"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_check_that_is_killed_at_any_point_is_shown_up_to_there() {
    let sandbox = Sandbox::start(&[]);
    let bench = Bench::new();
    for (round, wanted) in [1_usize, 5, 40, 120].into_iter().enumerate() {
        let out = format!("out{round}");
        let mut child = bench
            .command(&["check", "-q", "--target", &sandbox.url, "--env", "sandbox", "--out", &out, "--seed", "7"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let folder = loop {
            let found = folders(&bench.path(&out)).into_iter().next();
            if let Some(folder) = found
                && std::fs::read(folder.join("journal.jsonl")).is_ok_and(|j| j.iter().filter(|b| **b == b'\n').count() >= wanted)
            {
                break folder;
            }
            assert!(child.try_wait().expect("its state").is_none(), "it ended before it was killed");
            std::thread::yield_now();
        };
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        assert!(!folder.join("record.json").exists());
        let journal = std::fs::read_to_string(folder.join("journal.jsonl")).expect("a journal");
        let whole: Vec<&str> = journal.split_inclusive('\n').filter(|line| line.ends_with('\n')).collect();
        let ended = whole.iter().filter(|line| line.starts_with("{\"event\":\"case-finished\"")).count();
        let exchanged = whole.iter().filter(|line| line.starts_with("{\"event\":\"exchanged\"")).count();
        let ran = show(&bench, &folder, &["--format", "json"]);
        assert_eq!(ran.code, 130, "{}", ran.err);
        let record: Value = serde_json::from_str(&ran.out).expect("JSON");
        assert!(record["cases"].as_array().expect("cases").len() <= ended && (ended == 0) == (record["totals"]["cases"] == 0));
        assert_eq!(record["exchanges"].as_array().map(Vec::len), Some(exchanged));
        for format in ["text", "html", "junit", "sarif", "har"] {
            assert_eq!(show(&bench, &folder, &["--format", format]).code, 130, "{format}");
        }
    }
}

fn folders(path: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(path).map(|all| all.flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect()).unwrap_or_default()
}

#[test]
fn a_load_that_is_killed_is_shown_with_every_whole_line_of_its_journal() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let arrival = "arrival: {model: closed, stages: [{users: 1, for: 10m}], think: 5ms}";
    orders::write_plan(&bench, &["scenarios: [{call: getOrder, path: {id: o1}}]", arrival]);
    let mut child = bench
        .command(&["load", "plan.yaml", "--env", "env.yaml"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let journal = loop {
        let found = folders(&bench.path("reports")).first().map(|folder| folder.join("journal.jsonl"));
        let text = found.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        if text.matches("\"event\":\"interval\"").count() >= 2 {
            break found.expect("a journal");
        }
        assert!(child.try_wait().expect("its state").is_none(), "it ended before it was killed");
        std::thread::yield_now();
    };
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    let whole = std::fs::read(&journal).expect("a journal");
    let folder = journal.parent().expect("its folder");
    let ran = show(&bench, folder, &["--format", "json"]);
    assert_eq!(ran.code, 130, "{}", ran.err);
    let record: Value = serde_json::from_str(&ran.out).expect("JSON");
    let intervals = String::from_utf8_lossy(&whole).matches("\"event\":\"interval\"").count();
    assert!(record["series"].as_array().is_some_and(|s| !s.is_empty() && s.len() <= intervals), "{}", record["series"]);
    for cut in cuts(&whole, 10) {
        std::fs::write(&journal, &whole[..cut]).expect("it is cut");
        is_sound(&show(&bench, folder, &[]), &format!("cut at {cut}"));
    }
}

/// What a body may hold that means harm to whoever looks at it.
const HARM: &str = "{\"id\":\"<script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}gnp.exe\u{2066}\",\"count\":\"\\u001b[2J\\u001b]0;owned\\u0007\\u0000`${jndi:ldap://x}`\",\"more\":\"]]>&#0;--><!--|\\r\\n::error::x\"}";

/// Fifty million characters in one text.
static LONG: LazyLock<String> = LazyLock::new(|| format!("{{\"id\":\"{}\"}}", "x".repeat(50_000_000)));
/// Nearly as much as is read, on one line, so that it is judged and cut.
static LINE: LazyLock<String> = LazyLock::new(|| format!("{{\"id\":[\"{}\"]}}", "a\u{202e}".repeat(1_500_000)));

#[test]
fn a_body_that_means_harm_is_text_in_every_report() {
    let orders = Orders::start(|_| (200, HARM));
    let bench = bench(&orders.url);
    let ran = bench.run(&CHECK);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    harmless("terminal", &ran.out);
    let folder = bench.run_folder();
    for format in ["text", "html", "junit", "markdown", "sarif", "ctrf", "tap", "github", "csv", "wfc"] {
        let shown = show(&bench, &folder, &["--format", format]);
        assert_eq!(shown.code, 1, "{format}: {}", shown.err);
        harmless(format, &shown.out);
    }
    let html = std::fs::read_to_string(folder.join("report.html")).expect("a page");
    assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "it is there as text");
    assert_eq!(
        html.matches("<script").count(),
        html.matches("<script type=\"module\">").count(),
        "a page has its own script alone"
    );
    assert!(!html.contains("<img"), "a page has no image");
    let annotations = show(&bench, &folder, &["--format", "github"]).out;
    assert!(annotations.lines().all(|line| line.starts_with("::")) && !annotations.contains("\n::error::x"), "{annotations}");
}

fn harmless(what: &str, text: &str) {
    let harm = |c: &char| {
        (c.is_control() && !matches!(c, '\n' | '\t' | '\r')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(text.chars().find(harm), None, "{what}");
}

#[test]
fn a_body_of_fifty_megabytes_is_a_report_of_ordinary_size() {
    for body in [|_: &orders::Came| (200, LONG.as_str()), |_: &orders::Came| (200, LINE.as_str())] {
        let orders = Orders::start(body);
        let bench = bench(&orders.url);
        let ran = bench.run(&["check", "suite.yaml", "--env", "env.yaml", "-q", "--only", "made"]);
        assert!(ran.code == 1 && !ran.err.contains("panicked"), "{}{}", ran.out, ran.err);
        let folder = bench.run_folder();
        for entry in std::fs::read_dir(&folder).expect("the folder").flatten() {
            assert!(entry.metadata().expect("its size").len() < 4_000_000, "{}", entry.path().display());
        }
        assert!(read_json(&folder.join("record.json"))["cases"][0]["outcome"] != "pass");
        harmless("terminal", &ran.out);
    }
}

/// A verdict that is known is told, whatever could not be written of it; and it is no success.
#[test]
fn a_verdict_outlives_a_report_that_cannot_be_written() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let partner = Partner::start(bench.folder.path(), &["--profile", "laas"]);
    let full = ["--report", "html=/dev/full"];
    let told = |args: &[&str], verdict: &str| {
        let ran = bench.run(&[args, &full].concat());
        assert!(ran.code == 2 && ran.out.contains(verdict), "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("report/unwritable") && !ran.err.contains("nothing was sent"), "{}", ran.err);
    };
    told(&["certify", &partner.url, "--only", "valid-delivery"], "keeps all 1 requirement");
    bench.write("watch.yaml", "monitor: orders\nspec: spec.yaml\nprobes: [{call: getOrder, path: {id: o1}, every: 1s}]\n");
    told(&["monitor", "watch.yaml", "--env", "env.yaml", "--for", "2s"], "available");
    assert_eq!(bench.run(&[&CHECK[..], &["--out", "one"]].concat()).code, 0);
    assert_eq!(bench.run(&[&CHECK[..], &["--out", "two"]].concat()).code, 0);
    let folder = |out: &str| folders(&bench.path(out)).remove(0).display().to_string();
    told(&["report", "compare", &folder("one"), &folder("two")], "none on either side");
}
