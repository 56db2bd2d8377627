//! Every format of every kind: samples that are committed, names, and refusals.
//!
//! Knows no layout; the writers' own tests do.

use super::{Format, Record, Rendered, render};
use crate::record::certification::fixture as certifications;
use crate::record::fixture as runs;
use crate::record::load::fixture as loads;
use crate::record::monitor::fixture as watches;
use crate::record::sheet::Kind;
use std::collections::BTreeMap;
use std::path::Path;

/// Run with `PROOFMARK_SAMPLES=write` to write the samples anew.
fn held(folder: &str, record: Record<'_>) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples").join(folder);
    let write = std::env::var_os("PROOFMARK_SAMPLES").is_some_and(|v| v == "write");
    for format in Format::of(record.kind()) {
        let path = dir.join(format.file(record.kind()));
        let files = match render(format, record) {
            Rendered::File(text) => vec![(path.clone(), text)],
            Rendered::Folder(files) => files.into_iter().map(|(name, text)| (path.join(name), text)).collect(),
        };
        if write {
            if format.is_folder() && path.exists() {
                std::fs::remove_dir_all(&path).expect("the folder is emptied");
            }
            for (path, text) in &files {
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
                std::fs::write(path, text).expect("the sample is written");
            }
        }
        if format.is_folder() {
            let there = std::fs::read_dir(&path).expect("the folder is there").count();
            assert_eq!(there, files.len(), "{} has what is rendered", path.display());
        }
        for (path, text) in files {
            let sample = std::fs::read_to_string(&path).expect("the sample is there");
            assert!(sample == text, "{} is not what is rendered", path.display());
        }
    }
}

#[test]
fn the_samples_are_what_is_rendered() {
    held("", Record::from(&runs::record(&runs::failing())));
    held("load", Record::from(&loads::record(&loads::failing())));
    held("certification", Record::from(&certifications::record(&certifications::failing())));
    held("monitor", Record::from(&watches::failing()));
}

#[test]
fn names_are_read_back_and_mistakes_are_answered() {
    for format in Format::ALL {
        assert_eq!(format.name().parse::<Format>(), Ok(format));
        assert!(!format.kinds().is_empty());
    }
    let wrong = Format::parse(Kind::Run, "htlm").expect_err("no such format");
    assert_eq!(wrong.hint.as_deref(), Some("did you mean `html`?"));
    assert_eq!(Format::of(Kind::Watch).count(), 12);
}

#[test]
fn a_format_of_other_kinds_is_refused_with_those_that_have_it() {
    let refused = |kind, name| {
        let refused = Format::parse(kind, name).expect_err("not of this kind");
        assert_eq!(refused.code, "report/kind");
        refused.message
    };
    assert_eq!(refused(Kind::Load, "wfc"), "a load cannot be shown as `wfc`: only a run can");
    assert_eq!(refused(Kind::Run, "openslo"), "a run cannot be shown as `openslo`: only a watch can");
    assert_eq!(refused(Kind::Watch, "har"), "a watch cannot be shown as `har`: only a run, a load and a certification can");
    for kind in Kind::ALL {
        for format in Format::ALL {
            let parsed = Format::parse(kind, format.name());
            assert_eq!(parsed.is_ok(), format.kinds().contains(&kind), "{kind:?} {format}");
        }
    }
}

#[test]
fn files_of_a_kind_have_names_of_their_own() {
    for kind in Kind::ALL {
        let names: BTreeMap<&str, Format> = Format::of(kind).map(|f| (f.file(kind), f)).collect();
        assert_eq!(names.len(), Format::of(kind).count());
    }
}
