//! `x-proofmark-lint: {ignore: [rule, ...]}`: what an author has looked at and wants to keep, at that object and below it.
//!
//! Takes findings away, and says which of these wishes had no effect. Finds nothing else.

use super::catalogue::{rule, rules};
use super::report::Report;
use crate::base::diagnostic::Diagnostics;
use crate::base::distance::did_you_mean;
use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::files::Loc;

const KEY: &str = "x-proofmark-lint";

/// One rule that is to be silent at and below a place.
struct Wish {
    written: Loc,
    below: Loc,
    code: String,
    used: bool,
}

pub(super) fn apply(mut report: Report<'_>) -> Diagnostics {
    let mut wishes = Vec::new();
    for (file, read) in report.files.list.iter().enumerate() {
        if read.document.source.text().contains(KEY) {
            let mut path = Vec::new();
            gather(file, &read.document.root, &mut path, &mut wishes);
        }
    }
    report.found.retain(|(loc, finding)| {
        let mut kept = true;
        for wish in wishes.iter_mut().filter(|w| w.code == finding.code && covers(&w.below, loc)) {
            wish.used = true;
            kept = false;
        }
        kept
    });
    for wish in wishes.iter().filter(|w| !w.used) {
        if rule(&wish.code).is_some() {
            let message = format!("nothing is found here that `{}` would silence", wish.code);
            report.value("lint/ignore", &wish.written, message, "take it away");
        } else {
            let hint = did_you_mean(&wish.code, rules().map(|r| r.id).collect::<Vec<_>>());
            report.value("lint/ignore", &wish.written, format!("there is no rule `{}`", wish.code), hint);
        }
    }
    let mut all = Diagnostics::new();
    report.found.into_iter().for_each(|(_, finding)| all.push(finding));
    all
}

fn covers(below: &Loc, loc: &Loc) -> bool {
    let rest = loc.pointer.as_str().strip_prefix(below.pointer.as_str());
    below.file == loc.file && rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
}

fn gather<'a>(file: usize, node: &'a Node, path: &mut Vec<Step<'a>>, wishes: &mut Vec<Wish>) {
    for (key, child) in node.members().unwrap_or_default() {
        if key.text == KEY {
            let pointer = path.iter().fold(Pointer::root(), |at, step| match step {
                Step::Key(key) => at.push(key),
                Step::Item(i) => at.push(i),
            });
            let below = Loc::new(file, pointer);
            let list = below.push(KEY).push("ignore");
            for (i, item) in child.get("ignore").and_then(Node::items).unwrap_or_default().iter().enumerate() {
                let text = item.as_str().unwrap_or_default();
                let code = if text.contains('/') { text.to_owned() } else { format!("lint/{text}") };
                wishes.push(Wish { written: list.push(i), below: below.clone(), code, used: false });
            }
        }
        path.push(Step::Key(&key.text));
        gather(file, child, path, wishes);
        path.pop();
    }
    for (i, child) in node.items().unwrap_or_default().iter().enumerate() {
        path.push(Step::Item(i));
        gather(file, child, path, wishes);
        path.pop();
    }
}

enum Step<'a> {
    Key(&'a str),
    Item(usize),
}
