//! The runs of a history, a line each.
//!
//! Newest first, as they come. Never prints, and never lets a text of others reach the terminal as commands.

use crate::base::units::Nanos;
use crate::record::history::RunEntry;
use crate::report::text::table::{Column, table};
use crate::report::text::{Page, shown};

/// The runs as a table.
#[must_use]
pub fn render(runs: &[RunEntry], color: bool) -> String {
    let mut page = Page { text: String::new(), color };
    if runs.is_empty() {
        page.line("no runs");
        return page.text;
    }
    let columns = [
        Column::left("run"),
        Column::left("kind"),
        Column::left("began"),
        Column::right("took"),
        Column::left("verdict"),
        Column::left("what"),
        Column::left("target"),
    ];
    let rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    table(&mut page, &columns, &rows);
    page.text
}

fn row(run: &RunEntry) -> Vec<String> {
    vec![
        shown(run.folder.as_deref().unwrap_or(&run.id)),
        run.kind.to_string(),
        run.began.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Nanos(run.took_ns).to_string(),
        shown(&run.verdict),
        shown(&run.title),
        shown(&run.target),
    ]
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture::HOSTILE;
    use crate::record::history::fixture;

    #[test]
    fn what_a_reader_sees() {
        let mut runs: Vec<_> = fixture::mixed().into_iter().map(|entry| entry.run).collect();
        runs[0].folder = Some("2026-11-21T200512Z-check".to_owned());
        insta::assert_snapshot!(render(&runs, false));
        assert_eq!(render(&[], false), "no runs\n");
    }

    #[test]
    fn texts_of_others_reach_no_terminal_as_commands() {
        let mut runs: Vec<_> = fixture::mixed().into_iter().map(|entry| entry.run).collect();
        let run = &mut runs[0];
        for text in [&mut run.title, &mut run.target, &mut run.verdict] {
            text.push_str(HOSTILE);
        }
        run.folder = Some(HOSTILE.to_owned());
        assert!(render(&runs, false).chars().all(|c| c == '\n' || !c.is_control()));
    }
}
