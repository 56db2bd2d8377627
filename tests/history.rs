//! The history of runs from end to end, through the binary: put down at the end of runs, listed, shown, pruned, handed on, and made anew
//! whatever happens to it.
//!
//! Serves its own sandbox and writes into temporary folders. Never asserts a time.

mod support;

use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::{Bench, Ran, Sandbox};

/// A check of one case, against the embedded sandbox.
const CHECK: [&str; 4] = ["check", "-q", "--only", "launched once and only once"];

fn check(bench: &Bench, seed: u32) -> Ran {
    let seed = seed.to_string();
    let ran = bench.run(&[&CHECK[..], &["--seed", &seed]].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    ran
}

fn list(bench: &Bench) -> Vec<String> {
    let ran = bench.run(&["report", "list"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out.lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

fn folders(bench: &Bench) -> Vec<String> {
    let entries = std::fs::read_dir(bench.path("reports")).expect("the reports").flatten();
    let mut names: Vec<String> =
        entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn database(bench: &Bench) -> PathBuf {
    bench.path("reports").join("history.db")
}

fn broken(bench: &Bench) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(bench.path("reports")).expect("the reports").flatten().map(|e| e.path());
    entries.filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().contains(".broken-"))).collect()
}

#[test]
fn three_loads_are_listed_shown_and_pruned() {
    let bench = Bench::new();
    let sandbox = Sandbox::start(&[]);
    let url = sandbox.url.as_str();
    for seed in ["1", "2", "3"] {
        let ran = bench.run(&[
            "load",
            "--spec",
            "notification-api",
            "--op",
            "createSubscription",
            "--auth",
            "admin",
            "--target",
            url,
            "--rate",
            "40/s",
            "--for",
            "1s",
            "--seed",
            seed,
        ]);
        // Whether this machine keeps up beside everything else it does is not what is tried here.
        assert!(ran.code == 0 || ran.out.contains("INVALID"), "{}{}", ran.out, ran.err);
    }
    let listed = list(&bench);
    assert_eq!(listed.len(), 3, "{listed:?}");
    let names: Vec<String> = listed.iter().filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect();
    let mut newest_first = folders(&bench);
    newest_first.reverse();
    assert_eq!(names, newest_first);
    assert!(listed.iter().all(|l| l.contains(" load ") && l.contains(url)), "{listed:?}");

    let trend = bench.run(&["report", "trend"]);
    assert_eq!((trend.code, trend.err.as_str()), (0, ""));
    for part in ["3 runs, ", "p99", "rate", "too few comparable runs to say what changed over 3 runs"] {
        assert!(trend.out.contains(part), "{part}: {}", trend.out);
    }
    let json = bench.run(&["report", "trend", "--kind", "load", "--figure", "p99", "--figure", "lag.p99", "--format", "json"]);
    let record: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let track = &record["tracks"][0];
    assert_eq!((record["format"].as_str(), record["tracks"].as_array().map(Vec::len)), (Some("proofmark.trend"), Some(1)));
    assert_eq!((track["runs"].as_array().map(Vec::len), track["target"].as_str()), (Some(3), Some(url)));
    let page = track["runs"][0]["page"].as_str().expect("a page");
    assert!(bench.path("reports").join(page).is_file(), "{page}");
    let stored = support::read_json(&bench.path("reports").join(&newest_first[0]).join("record.json"));
    let total = track["figures"].as_array().expect("figures").iter().find(|f| f["name"] == "p99" && f["operation"] == "");
    let value = total.expect("p99")["points"][2]["value"].as_f64();
    assert_eq!(value, stored["load"]["total"]["response_time"]["p99"].as_f64(), "the figure is that of the record");
    let html = bench.run(&["report", "trend", "--format", "html"]);
    assert!(html.code == 0 && html.out.contains("<svg class=\"plotted\"") && html.out.contains(page), "{}", html.err);
    let csv = bench.run(&["report", "trend", "--format", "csv", "--operation", "createSubscription", "--figure", "p50"]);
    assert_eq!((csv.code, csv.out.lines().count()), (0, 4), "{}", csv.out);
    let none = bench.run(&["report", "trend", "--figure", "p98"]);
    assert!(none.code == 2 && none.err.contains("history/unknown-figure") && none.err.contains("did you mean"), "{}", none.err);
    let empty = bench.run(&["report", "trend", "--kind", "check"]);
    assert!(empty.code == 2 && empty.err.contains("history/empty"), "{}", empty.err);
    let later = bench.run(&["report", "list", "--since", "2999-01-01"]);
    assert_eq!((later.code, later.out.as_str()), (0, "no runs\n"));

    std::fs::create_dir(bench.path("reports/notes")).expect("a folder of somebody's own");
    std::fs::rename(bench.path("reports").join(&newest_first[2]), bench.path("reports/baseline")).expect("it is renamed");
    let dry = bench.run(&["report", "prune", "--keep", "1", "--dry-run"]);
    assert!(dry.code == 0 && dry.out.contains("would be taken away: ") && dry.out.contains("left: "), "{}{}", dry.out, dry.err);
    assert_eq!(folders(&bench).len(), 4, "nothing is gone");
    let pruned = bench.run(&["report", "prune", "--keep", "1"]);
    assert_eq!(pruned.code, 0, "{}{}", pruned.out, pruned.err);
    assert!(pruned.out.ends_with("1 run taken away, 1 kept\n"), "{}", pruned.out);
    assert_eq!(folders(&bench), [newest_first[0].as_str(), "baseline", "notes"]);
    let left = list_with_warnings(&bench);
    assert!(
        left.iter().any(|l| l.starts_with(&newest_first[0])) && !left.iter().any(|l| l.starts_with(&newest_first[1])),
        "{left:?}"
    );
    let indexed = bench.run(&["report", "index"]);
    assert_eq!((indexed.code, indexed.out.as_str()), (0, "2 runs in reports/history.db\n"), "{}", indexed.err);
    assert_eq!(list(&bench).len(), 2);
    let all = bench.run(&["report", "prune", "--older-than", "0s"]);
    assert!(all.out.ends_with("1 run taken away, 0 kept\n"), "{}{}", all.out, all.err);
}

/// What is listed, where something is worth a warning.
fn list_with_warnings(bench: &Bench) -> Vec<String> {
    let ran = bench.run(&["report", "list"]);
    assert!(ran.code == 0 && ran.err.contains("history/incomplete"), "{}", ran.err);
    ran.out.lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn what_is_in_use_is_left() {
    let bench = Bench::new();
    check(&bench, 1);
    check(&bench, 2);
    let held = bench.path("reports").join(&folders(&bench)[0]).join("journal.jsonl");
    let file = std::fs::File::open(&held).expect("a journal");
    file.try_lock().expect("nobody has it");
    let pruned = bench.run(&["report", "prune", "--keep", "0"]);
    assert!(pruned.code == 0 && pruned.out.contains("in use, left: "), "{}{}", pruned.out, pruned.err);
    assert!(pruned.out.ends_with("1 run taken away, 1 kept\n"), "{}", pruned.out);
    drop(file);
    assert_eq!(list(&bench).len(), 1);
    let wrong = bench.run(&["report", "prune"]);
    assert!(wrong.code == 2 && wrong.err.contains("--keep") && wrong.err.contains("--older-than"), "{}", wrong.err);
}

#[test]
fn runs_that_end_at_the_same_time_are_all_put_down() {
    let bench = Bench::new();
    let started: Vec<_> = (0..4)
        .map(|seed: u32| {
            let seed = seed.to_string();
            let mut command = bench.command(&[&CHECK[..], &["--seed", &seed]].concat());
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
        })
        .collect();
    for child in started {
        let ran = Ran::of(&child.wait_with_output().expect("it ends"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    }
    assert_eq!(list(&bench).len(), 4);
    assert!(broken(&bench).is_empty());
}

#[test]
fn a_broken_history_is_set_aside_and_made_anew() {
    let bench = Bench::new();
    check(&bench, 1);
    std::fs::write(database(&bench), "no database, and too long to be taken for an empty one".repeat(100)).expect("it is broken");
    let shown = bench.run(&["report", "list"]);
    assert!(shown.code == 0 && shown.err.contains("history/broken"), "{}", shown.err);
    assert_eq!(shown.out.lines().count(), 2, "the run folders are shown instead: {}", shown.out);
    assert_eq!(broken(&bench).len(), 0, "looking changes nothing");
    let ran = check(&bench, 2);
    assert!(ran.err.contains("history/set-aside") && ran.err.contains("history.db.broken-"), "{}", ran.err);
    let [aside] = &broken(&bench)[..] else { panic!("one is set aside") };
    assert!(std::fs::read_to_string(aside).expect("it is kept").starts_with("no database"));
    assert_eq!(list(&bench).len(), 2, "what ran before is in it again");
    assert_eq!(check(&bench, 3).err, "");
}

#[test]
fn a_history_that_cannot_be_written_costs_a_warning_and_no_verdict() {
    let bench = Bench::new();
    std::fs::create_dir_all(database(&bench)).expect("a folder in its place");
    let ran = check(&bench, 1);
    assert!(ran.err.contains("warning[history/unwritable]") && ran.out.ends_with("conforms\n"), "{}{}", ran.out, ran.err);
    std::fs::remove_dir(database(&bench)).expect("it goes");
    check(&bench, 2);
    assert_eq!(list(&bench).len(), 2, "a new one takes in what ran before it");
    let kept = bench.command(&CHECK).env("PROOFMARK_HISTORY", bench.path("missing/x.db")).output().expect("it runs");
    assert!(Ran::of(&kept).code == 0 && Ran::of(&kept).err.contains("history/unwritable"), "{}", Ran::of(&kept).err);
    let readonly = read_only(&bench);
    assert!(readonly.code == 0, "{}", readonly.err);
    // Whoever may write everything is kept from nothing.
    assert!(readonly.err.contains("history/unwritable") || rustix::process::geteuid().is_root(), "{}", readonly.err);
}

fn read_only(bench: &Bench) -> Ran {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |bits| std::fs::set_permissions(database(bench), std::fs::Permissions::from_mode(bits)).expect("its rights");
    mode(0o444);
    let ran = check(bench, 4);
    mode(0o644);
    ran
}

#[test]
fn a_locked_history_is_waited_for_and_then_costs_a_warning() {
    let bench = Bench::new();
    check(&bench, 1);
    let connection = Connection::open(database(&bench)).expect("a database");
    connection.execute_batch("BEGIN EXCLUSIVE").expect("it is locked");
    let ran = check(&bench, 2);
    assert!(ran.err.contains("warning[history/locked]"), "{}", ran.err);
    connection.execute_batch("ROLLBACK").expect("it is free");
    let left_out = bench.run(&["report", "list"]);
    assert!(left_out.err.contains("history/incomplete") && left_out.out.lines().count() == 2, "{}", left_out.err);
    assert_eq!(bench.run(&["report", "index"]).out, "2 runs in reports/history.db\n");
    assert_eq!(list(&bench).len(), 2);
}

#[test]
fn a_newer_history_is_refused_with_a_hint_and_nothing_in_it_changes() {
    let bench = Bench::new();
    check(&bench, 1);
    let connection = Connection::open(database(&bench)).expect("a database");
    connection.execute("UPDATE proofmark_meta SET value = '7' WHERE name = 'version'", []).expect("it is newer");
    drop(connection);
    let before = std::fs::read(database(&bench)).expect("its bytes");
    let ran = check(&bench, 2);
    assert!(ran.err.contains("warning[history/newer]"), "{}", ran.err);
    for args in [&["report", "list"][..], &["report", "trend"], &["report", "index"], &["report", "prune", "--keep", "0"]] {
        let refused = bench.run(args);
        let said = refused.err.contains("history/newer") && refused.err.contains("version 7") && refused.err.contains("help:");
        assert!(refused.code == 2 && said, "{args:?}: {}", refused.err);
    }
    assert_eq!(std::fs::read(database(&bench)).expect("its bytes"), before);
    assert_eq!(folders(&bench).len(), 2, "nothing was pruned");
}

#[test]
fn a_torn_record_is_said_and_the_others_are_taken_in() {
    let bench = Bench::new();
    for seed in 1..4 {
        check(&bench, seed);
    }
    let torn = bench.path("reports").join(&folders(&bench)[1]).join("record.json");
    let text = std::fs::read_to_string(&torn).expect("a record");
    std::fs::write(&torn, &text[..text.len() / 2]).expect("it is torn");
    std::fs::remove_file(database(&bench)).expect("the index goes");
    let indexed = bench.run(&["report", "index"]);
    assert_eq!((indexed.code, indexed.out.as_str()), (0, "2 runs in reports/history.db\n"));
    assert!(indexed.err.contains("record/unreadable") && indexed.err.contains(&folders(&bench)[1]), "{}", indexed.err);
    let pruned = bench.run(&["report", "prune", "--keep", "0"]);
    assert!(pruned.out.contains("is damaged") && pruned.out.ends_with("2 runs taken away, 0 kept\n"), "{}", pruned.out);
    assert!(torn.exists(), "what cannot be read is not taken away");
    let nowhere = bench.run(&["report", "index", "missing"]);
    assert!(nowhere.code == 2 && nowhere.err.contains("usage/folder"), "{}", nowhere.err);
}

#[test]
fn a_history_is_handed_on_once_and_its_lines_are_read_one_by_one() {
    let (here, there) = (Bench::new(), Bench::new());
    check(&here, 1);
    check(&here, 2);
    check(&there, 3);
    let file = here.path("team.jsonl");
    let exported = here.run(&["report", "export", file.to_str().expect("a path")]);
    assert!(exported.code == 0 && exported.out.starts_with("2 runs of reports/history.db"), "{}{}", exported.out, exported.err);
    for _ in 0..2 {
        let imported = there.run(&["report", "import", file.to_str().expect("a path")]);
        assert_eq!((imported.code, imported.out.as_str()), (0, "2 runs taken into reports/history.db\n"), "{}", imported.err);
        assert_eq!(list(&there).len(), 3);
    }
    let lines = std::fs::read_to_string(&file).expect("lines");
    let again = there.run(&["report", "export", "--kind", "check"]);
    assert!(lines.lines().all(|line| again.out.lines().any(|other| other == line)), "they are what they were");
    assert_eq!(there.run(&["report", "index"]).out, "1 run in reports/history.db\n");
    assert_eq!(list(&there).len(), 3, "what was imported has no folder and stays");

    let cut = format!("{lines}{}", &lines[..lines.len() / 3]);
    there.write("cut.jsonl", &cut.replacen("\"version\":1", "\"version\":9", 1));
    let partly = there.run(&["report", "import", "cut.jsonl"]);
    assert_eq!((partly.code, partly.out.as_str()), (1, "1 run taken into reports/history.db\n"), "{}", partly.err);
    assert!(partly.err.contains("line 1 of `cut.jsonl` has version 9"), "{}", partly.err);
    assert!(partly.err.contains("line 3 of `cut.jsonl` is cut short"), "{}", partly.err);
    let missing = there.run(&["report", "import", "none.jsonl"]);
    assert!(missing.code == 2 && missing.err.contains("history/unreadable"), "{}", missing.err);
}

#[test]
fn where_it_is_kept_is_said_by_the_variable_the_environment_or_nobody() {
    let bench = Bench::new();
    let with =
        |value: &str, args: &[&str]| Ran::of(&bench.command(args).env("PROOFMARK_HISTORY", value).output().expect("it runs"));
    assert_eq!(with("none", &CHECK).code, 0);
    assert!(!database(&bench).exists());
    assert_eq!(with("elsewhere.db", &CHECK).code, 0);
    assert!(!database(&bench).exists() && bench.path("elsewhere.db").exists());
    let listed = bench.run(&["report", "list", "--history", "elsewhere.db"]);
    assert_eq!(listed.out.lines().count(), 2, "{}{}", listed.out, listed.err);
    let environment = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/environments/sandbox.yaml"));
    let environment = environment.expect("the shipped environment") + "\nhistory: ${env.WHERE:-third.db}\n";
    bench.write("e.yaml", &environment);
    let ran = bench.run(&[&CHECK[..], &["--env", "e.yaml"]].concat());
    assert!(ran.code == 0 && bench.path("third.db").exists(), "{}{}", ran.out, ran.err);
    let listed = bench.run(&["report", "list", "--env", "e.yaml"]);
    assert_eq!(listed.out.lines().count(), 2, "{}{}", listed.out, listed.err);
    let unknown = with("mysql://me:s3cret@db/x", &["report", "list"]);
    assert!(unknown.code == 2 && unknown.err.contains("history/unknown") && !unknown.err.contains("s3cret"), "{}", unknown.err);
}

#[test]
fn a_password_is_never_shown() {
    let bench = Bench::new();
    let url = "postgres://me:s3cret@127.0.0.1:1/perf";
    let ran = Ran::of(&bench.command(&CHECK).env("PROOFMARK_HISTORY", url).output().expect("it runs"));
    assert!(ran.code == 0 && ran.err.contains("warning[history/un"), "{}", ran.err);
    let listed = bench.run(&["report", "list", "--history", url]);
    assert!(listed.code == 2 && listed.err.contains("postgres://me@127.0.0.1:1/perf"), "{}", listed.err);
    let help = Ran::of(&bench.command(&["report", "trend", "--help"]).env("PROOFMARK_HISTORY", url).output().expect("it runs"));
    let mut said = format!("{}{}{}{}{}", ran.out, ran.err, listed.out, listed.err, help.out);
    for file in ["record.json", "journal.jsonl", "report.html", "junit.xml"] {
        said.push_str(&std::fs::read_to_string(bench.run_folder().join(file)).expect("a file of the run"));
    }
    assert!(!said.contains("s3cret"));
}

#[test]
fn the_commands_of_the_document_do_what_it_says() {
    let bench = Bench::new();
    check(&bench, 1);
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/history.md")).expect("the document");
    let mut commands = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("$ proofmark ")) {
        let ran = bench.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{line}: {}", ran.out);
        commands += 1;
    }
    assert_eq!(commands, 3);
    for command in ["trend", "list", "index", "prune", "export", "import"] {
        assert!(text.contains(&format!("`report {command}")), "{command}");
        let help = bench.run(&["report", command, "--help"]);
        assert!(help.code == 0 && help.out.contains("Exit codes:"), "{command}");
        let options = help.out.split_whitespace().filter(|w| w.starts_with("--")).map(|w| w.trim_end_matches([',', '.']));
        for option in options.filter(|o| !["--help", "--version", "--color"].contains(o)) {
            assert!(text.contains(option), "{option} of {command} is in the document");
        }
    }
}
