//! How the generator fares, on the left; on the right what went wrong, what a search tried, and what is worth a line.
//!
//! Pure. Gives each kind of news its lines in turn, so that none drives the others off the screen.

use crate::cli::load::dashboard::paint::Paint;
use crate::cli::load::dashboard::panels::{cut, shown};
use crate::cli::load::dashboard::state::State;
use crate::model::load::SearchStep;
use crate::record::load::words::grouped;
use crate::report::visible;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};

/// The width of what is said of the generator.
const LEFT: u16 = 34;

/// Draws both.
pub(in crate::cli::load::dashboard) fn draw(state: &State, paint: Paint, frame: &mut Frame<'_>, area: Rect) {
    let [left, right] = Layout::horizontal([Constraint::Length(LEFT), Constraint::Fill(1)]).spacing(2).areas(area);
    frame.render_widget(Text::from(generator(state, paint)), left);
    let lines = news(state, paint, usize::from(right.height), usize::from(right.width));
    frame.render_widget(Text::from(lines), right);
}

fn generator(state: &State, paint: Paint) -> Vec<Line<'static>> {
    let now = state.now;
    let entry = |name: &str, value: String| Line::from(vec![Span::styled(format!("{name:<13}"), paint.dim()), Span::raw(value)]);
    let (judged, received) = state.judged();
    let share = |of: Option<crate::base::units::Share>| of.map_or_else(|| "–".to_owned(), |of| of.to_string());
    let asked = state.opening.as_ref().map(|o| format!(" ({})", o.validate)).unwrap_or_default();
    let mut lines = vec![
        entry("judged", format!("{} of {}{asked}", grouped(judged.validated), grouped(received))),
        entry("in flight", format!("{} on {} connections", grouped(now.in_flight), grouped(now.open))),
        entry("lag p99", format!("{}, own {}", shown(now.lag), shown(now.lateness))),
        entry("processor", format!("{}, waited {}", share(now.processor), share(now.waited))),
    ];
    if !state.callbacks.is_empty() {
        let sum = |of: fn(&crate::model::load::CallbackFigures) -> u64| state.callbacks.iter().map(of).sum::<u64>();
        let (triggered, delivered, lost) = (sum(|c| c.triggered), sum(|c| c.delivered), sum(|c| c.lost));
        lines.push(entry("callbacks", format!("{} of {}", grouped(delivered), grouped(triggered))));
        if lost > 0 {
            let lost = Span::styled(format!("{:<13}{} lost", "", grouped(lost)), paint.bad());
            lines.push(Line::from(lost));
        }
    }
    if state.is_exhausted() {
        lines.push(Line::styled("no port or descriptor was left", paint.bad()));
    }
    lines
}

/// What happened, in at most `room` lines.
fn news(state: &State, paint: Paint, room: usize, width: usize) -> Vec<Line<'static>> {
    let line = |text: String, style| Line::styled(cut(&text, width), style);
    let troubles: Vec<Line<'_>> =
        state.troubles().into_iter().map(|(title, n)| line(format!("{}× {title}", grouped(n)), paint.bad())).collect();
    let failures: Vec<Line<'_>> =
        state.failures.iter().map(|f| line(format!("wrong: {}", visible::line(f)), paint.bad())).collect();
    let steps: Vec<Line<'_>> = state.steps.iter().map(|s| line(tried(s), step_style(s, paint))).collect();
    let notes: Vec<Line<'_>> = state.notes.iter().map(|n| line(visible::line(n).into_owned(), paint.doubtful())).collect();
    let shares = allot([troubles.len(), failures.len(), steps.len(), notes.len()], room);
    let first = |all: Vec<Line<'static>>, most| all.into_iter().take(most);
    let latest = |all: Vec<Line<'static>>, most: usize| {
        let skipped = all.len().saturating_sub(most);
        all.into_iter().skip(skipped)
    };
    let mut lines: Vec<Line<'static>> = first(troubles, shares[0]).collect();
    lines.extend(first(failures, shares[1]));
    lines.extend(latest(steps, shares[2]));
    lines.extend(latest(notes, shares[3]));
    lines
}

fn tried(step: &SearchStep) -> String {
    let times = format!("p50 {}  p99 {}", shown(step.p50), shown(step.p99));
    match (step.held, step.confirms) {
        (true, false) => format!("{} holds  {times}", step.rate),
        (true, true) => format!("{} holds again  {times}", step.rate),
        (false, _) => format!("{} breaks: {}", step.rate, visible::line(&step.broken.join("; "))),
    }
}

fn step_style(step: &SearchStep, paint: Paint) -> ratatui::style::Style {
    if step.held { paint.good() } else { paint.doubtful() }
}

/// Shares lines out, one each in turn, until all have what they want or no line is left.
fn allot<const N: usize>(wanted: [usize; N], room: usize) -> [usize; N] {
    let mut given = [0; N];
    let mut left = room;
    while left > 0 && given.iter().zip(&wanted).any(|(g, w)| g < w) {
        for (given, wanted) in given.iter_mut().zip(&wanted) {
            if left > 0 && *given < *wanted {
                *given += 1;
                left -= 1;
            }
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::allot;
    use proptest::prelude::*;

    #[test]
    fn nobody_is_driven_off() {
        assert_eq!(allot([10, 1, 0, 10], 6), [3, 1, 0, 2]);
        assert_eq!(allot([1, 1, 1, 1], 2), [1, 1, 0, 0]);
    }

    proptest! {
        #[test]
        fn lines_are_neither_wasted_nor_exceeded(wanted in prop::array::uniform4(0usize..50), room in 0usize..60) {
            let given = allot(wanted, room);
            prop_assert!(given.iter().zip(&wanted).all(|(g, w)| g <= w));
            prop_assert_eq!(given.iter().sum::<usize>(), room.min(wanted.iter().sum()));
        }
    }
}
