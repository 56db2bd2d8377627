//! The index in a file, and the lines that are handed on.
//!
//! Writes into temporary folders alone, and never looks at real runs.

use crate::record::fingerprint::RunKind;
use crate::record::history::entry::{Entry, FigureEntry, Unit};
use crate::record::history::figures::rounded;
use crate::record::history::fixture::{mixed, nightly};
use crate::record::history::lines;
use crate::record::history::session::Fault;
use crate::record::history::{Filter, Index, Source};
use jiff::Timestamp;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

fn at() -> Timestamp {
    "2026-11-21T20:05:12Z".parse().expect("an instant")
}

fn made(path: &Path) -> Index {
    let opened = Index::open_or_make(&Source::File(path.to_owned()), at()).unwrap_or_else(|f| panic!("{f:?}"));
    assert!(opened.aside.is_none());
    opened.index
}

/// Newest first, as an index tells them.
fn ordered(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| (b.run.began, &b.run.id).cmp(&(a.run.began, &a.run.id)));
    entries
}

#[test]
fn what_is_put_down_is_told_newest_first_and_putting_it_down_again_changes_nothing() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("history.db");
    let mut index = made(&path);
    let entries = nightly();
    index.put(&entries).expect("they are put down");
    index.put(&entries[3..5]).expect("again");
    drop(index);
    let mut index = Index::open(&Source::File(path)).expect("it is there");
    assert_eq!(index.count(), Ok(entries.len()));
    assert_eq!(index.entries(&Filter::default()), Ok(entries.clone()));
    let newest = index.runs(&Filter { newest: Some(2), ..Filter::default() }).expect("runs");
    assert_eq!(newest.iter().map(|r| &r.id).collect::<Vec<_>>(), [&entries[0].run.id, &entries[1].run.id]);
    let since = Filter { since: Some(entries[4].run.began), ..Filter::default() };
    assert_eq!(index.runs(&since).map(|r| r.len()), Ok(5));
    assert_eq!(index.runs(&Filter { kind: Some(RunKind::Check), ..Filter::default() }), Ok(Vec::new()));
    index.remove(&[entries[0].run.id.clone(), "none".to_owned()]).expect("it is taken out");
    assert_eq!(index.entries(&Filter::default()), Ok(entries[1..].to_vec()));
}

#[test]
fn a_run_that_went_on_is_put_down_anew_and_keeps_its_folder() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut index = made(&dir.path().join("history.db"));
    let mut entry = nightly().swap_remove(0);
    index.put(std::slice::from_ref(&entry)).expect("it is put down");
    let folder = entry.run.folder.take();
    entry.run.verdict = "fails".to_owned();
    entry.figures.truncate(3);
    index.put(std::slice::from_ref(&entry)).expect("it is put down");
    entry.run.folder = folder;
    assert_eq!(index.entries(&Filter::default()), Ok(vec![entry]));
}

#[test]
fn a_broken_file_is_set_aside_and_another_programs_is_left_alone() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("history.db");
    let source = Source::File(path.clone());
    fs::write(&path, "this never was a database, and is longer than the head of one would be by far".repeat(20)).expect("a file");
    assert!(matches!(Index::open(&source), Err(Fault::Broken(_))), "reading says so and changes nothing");
    assert!(path.exists());
    let opened = Index::open_or_make(&source, at()).unwrap_or_else(|f| panic!("{f:?}"));
    let (aside, _) = opened.aside.expect("it was set aside");
    assert!(opened.is_new && aside.ends_with("history.db.broken-2026-11-21T200512Z"), "{}", aside.display());
    assert!(fs::read_to_string(&aside).expect("it is kept").starts_with("this never was"));
    drop(opened.index);

    // A second one in the same second.
    fs::write(&path, [7; 9000]).expect("a file");
    let opened = Index::open_or_make(&source, at()).unwrap_or_else(|f| panic!("{f:?}"));
    assert!(opened.aside.is_some_and(|(aside, _)| aside.ends_with("history.db.broken-2026-11-21T200512Z-2")));
    drop(opened.index);

    let other = dir.path().join("other.db");
    let connection = rusqlite::Connection::open(&other).expect("a database");
    connection.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").expect("a table");
    drop(connection);
    let before = fs::read(&other).expect("its bytes");
    let refused = Index::open_or_make(&Source::File(other.clone()), at()).err();
    assert_eq!(refused, Some(Fault::Foreign));
    assert_eq!(fs::read(&other).expect("its bytes"), before);
}

#[test]
fn damage_in_the_middle_of_a_file_is_noticed_before_anything_is_written() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("history.db");
    made(&path).put(&nightly()).expect("they are put down");
    let mut bytes = fs::read(&path).expect("its bytes");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&path, bytes).expect("it is damaged");
    let opened = Index::open_or_make(&Source::File(path), at()).unwrap_or_else(|f| panic!("{f:?}"));
    assert!(opened.aside.is_some() && opened.is_new);
}

#[test]
fn a_newer_version_is_refused_and_nothing_in_it_changes() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("history.db");
    made(&path).put(&mixed()).expect("they are put down");
    let connection = rusqlite::Connection::open(&path).expect("a database");
    connection.execute("UPDATE proofmark_meta SET value = '2' WHERE name = 'version'", []).expect("it is newer");
    drop(connection);
    let before = fs::read(&path).expect("its bytes");
    let source = Source::File(path.clone());
    for refused in [Index::open(&source).err(), Index::open_or_make(&source, at()).err()] {
        let told = refused.expect("it is newer").told("history.db");
        assert_eq!(told.code, "history/newer");
        assert_eq!(told.message, "`history.db` has version 2 of the history, and this build reads up to version 1");
    }
    assert_eq!(fs::read(&path).expect("its bytes"), before);
}

#[test]
fn what_is_not_there_is_not_made_by_reading() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("history.db");
    assert_eq!(Index::open(&Source::File(path.clone())).err(), Some(Fault::Missing));
    assert!(!path.exists());
}

#[test]
fn a_locked_file_is_waited_for_and_then_said_to_be_locked() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("history.db");
    let mut index = made(&path);
    let connection = rusqlite::Connection::open(&path).expect("a database");
    connection.execute_batch("BEGIN EXCLUSIVE").expect("it is locked");
    assert_eq!(index.put(&mixed()), Err(Fault::Locked));
    connection.execute_batch("COMMIT").expect("it is free");
    assert_eq!(index.put(&mixed()), Ok(()));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_a_fault_and_not_a_panic() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let source = Source::File(dir.path().join("missing").join("history.db"));
    let refused = Index::open_or_make(&source, at()).err().expect("there is no such folder");
    assert!(matches!(refused, Fault::Unwritable(_)), "{refused:?}");
    assert_eq!(refused.told("x").code, "history/unwritable");
}

#[test]
fn lines_that_cannot_be_taken_are_said_and_the_others_are_taken() {
    let entries = mixed();
    let written = lines::write(&entries);
    let mut told: Vec<String> = written.lines().map(str::to_owned).collect();
    assert_eq!(told.len(), entries.len());
    told.insert(1, told[0].replacen("\"version\":1", "\"version\":2", 1));
    told.insert(2, String::new());
    told.insert(3, "{\"format\":\"other\",\"version\":1}".to_owned());
    told.insert(4, "[]".to_owned());
    let cut = told.last().expect("a line").len() / 2;
    let text = told.join("\n") + "\n" + &written.lines().next().expect("a line")[..cut.min(200)];
    let (read, faults) = lines::read(&text, "team.jsonl");
    assert_eq!(ordered(read), ordered(entries));
    let faults: Vec<_> = faults.iter().map(|f| (f.code, f.message.as_str())).collect();
    assert_eq!(
        faults,
        [
            ("history/newer", "line 2 of `team.jsonl` has version 2, this build reads up to version 1, and it was left out"),
            ("history/line", "line 4 of `team.jsonl` is a `other`, and was left out"),
            ("history/line", "line 5 of `team.jsonl` is no run of a history, and was left out"),
            ("history/cut", "line 9 of `team.jsonl` is cut short, and was left out"),
        ]
    );
}

/// Made once: the histograms of a load take their time.
static MIXED: LazyLock<Vec<Entry>> = LazyLock::new(mixed);

fn texts() -> impl Strategy<Value = String> {
    // No control characters: what is stored was made of records, which hold none but in texts of others.
    "[ -~äß→\u{1f600}\"\\\\]{0,12}"
}

prop_compose! {
    fn figure()(name in texts(), operation in texts(), unit in 0..Unit::ALL.len(), value in any::<f64>(), samples in any::<Option<u32>>())
        -> FigureEntry {
        let value = rounded(value).unwrap_or_default();
        FigureEntry { name, operation, unit: Unit::ALL[unit], value, samples: samples.map(u64::from) }
    }
}

prop_compose! {
    fn entry()(
        of in 0..4_usize,
        ns in 0..4_000_000_000_000_000_000_i64,
        figures in prop::collection::vec(figure(), 0..80),
        (title, target, sentence, verdict) in (texts(), texts(), texts(), texts()),
        took_ns in 0..i64::MAX,
    ) -> Entry {
        let mut entry = MIXED[of].clone();
        entry.run.began = Timestamp::from_nanosecond(ns.into()).expect("an instant");
        entry.run.id = format!("{ns}-{}", entry.run.kind);
        entry.run.title = title;
        entry.run.target = target;
        entry.run.sentence = sentence;
        entry.run.verdict = verdict;
        entry.run.took_ns = u64::try_from(took_ns).expect("not negative");
        entry.figures = figures;
        entry.figures.sort_by(|a, b| (&a.operation, &a.name).cmp(&(&b.operation, &b.name)));
        entry.figures.dedup_by(|a, b| a.operation == b.operation && a.name == b.name);
        entry
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_exported_is_what_is_imported(entries in prop::collection::vec(entry(), 0..6)) {
        let mut entries = ordered(entries);
        entries.dedup_by(|a, b| a.run.id == b.run.id);
        let text = lines::write(&entries);
        let (read, faults) = lines::read(&text, "x");
        prop_assert!(faults.is_empty(), "{faults:?}");
        prop_assert_eq!(&ordered(read.clone()), &entries);
        prop_assert_eq!(&lines::write(&read), &text, "and exported again it is the same");

        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut index = made(&dir.path().join("history.db"));
        for _ in 0..2 {
            index.put(&read).expect("it is imported");
            let kept = index.entries(&Filter::default()).expect("it is told");
            prop_assert_eq!(&kept, &entries, "importing it twice is importing it once");
            prop_assert_eq!(&lines::write(&kept), &text);
        }
    }

    #[test]
    fn a_line_cut_anywhere_costs_that_line_alone(cut in 1..400_usize) {
        let text = lines::write(&MIXED);
        let end = (0..=text.len() - cut).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let kept = &text[..end];
        let (read, faults) = lines::read(kept, "x");
        let whole = kept.matches('\n').count();
        prop_assert!(read.len() >= whole && read.len() + faults.len() >= whole);
        prop_assert_eq!(faults.len(), usize::from(cut > 1), "{:?}", faults);
    }
}
