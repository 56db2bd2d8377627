//! The dashboard as it is laid out on a terminal of any size.
//!
//! A pure function of the state. Counts nothing and touches no terminal.

use crate::base::units::Nanos;
use crate::cli::load::dashboard::paint::Paint;
use crate::cli::load::dashboard::panels::{below, curves, operations, small};
use crate::cli::load::dashboard::state::{Ending, State};
use crate::model::load::Phase;
use crate::report::visible;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// Less than this, and only the figures themselves are shown.
const LEAST: (u16, u16) = (64, 18);
/// Lines of the lowest part, at the least.
const BELOW: u16 = 6;

/// Draws the whole of it.
pub(super) fn draw(state: &State, paint: Paint, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return small::draw(state, paint, frame, area);
    }
    let area = Rect { x: area.x + 1, width: area.width - 2, ..area };
    let rows = state.rows();
    let others = 2 + 1 + 1 + 1 + 1 + BELOW + 1 + u16::try_from(rows.len() + 1).unwrap_or(u16::MAX).min(12);
    let curved = curves::height(state, area.height.saturating_sub(others));
    let room = area.height.saturating_sub(2 + 1 + 1 + curved + 1 + 1 + BELOW + 1);
    let listed = u16::try_from(rows.len() + 1).unwrap_or(u16::MAX).min(room.max(3));
    let [head, progress, _, figures, _, table, _, rest, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(curved),
        Constraint::Length(1),
        Constraint::Length(listed),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    heading(state, paint, frame, head);
    frame.render_widget(time(state, paint, progress.width), progress);
    curves::draw(state, paint, frame, figures);
    operations::draw(&rows, state, paint, frame, table);
    below::draw(state, paint, frame, rest);
    frame.render_widget(Line::styled(footing(state), paint.dim()), foot);
}

fn heading(state: &State, paint: Paint, frame: &mut Frame<'_>, area: Rect) {
    let Some(opening) = &state.opening else { return };
    let title = visible::line(&opening.title);
    let lines = vec![
        Line::from(vec![Span::raw("load "), Span::styled(title.into_owned(), paint.bold())]),
        Line::styled(format!("{} · {}", visible::line(&opening.target), visible::line(&opening.transport)), paint.dim()),
    ];
    frame.render_widget(ratatui::text::Text::from(lines), area);
}

/// What is going on, in a word or two.
pub(super) fn doing(state: &State) -> &'static str {
    match (state.ending, state.phase) {
        (Ending::Over, _) => "over",
        (Ending::Asked, _) => "ending",
        (Ending::Not, None) => "beginning",
        (Ending::Not, Some(Phase::Warmup)) => "warm-up",
        (Ending::Not, Some(Phase::Measured)) => "measuring",
        (Ending::Not, Some(Phase::Drain)) => "waiting for the rest",
    }
}

/// How far it has come: as a bar where the end is known.
pub(super) fn time(state: &State, paint: Paint, width: u16) -> Line<'static> {
    let elapsed = clock(state.elapsed);
    let doing = doing(state);
    let Some((part, opening)) = state.part().zip(state.opening.as_ref()) else {
        let steps = state.steps.len();
        let tried = if steps > 0 { format!("  {steps} rates tried") } else { String::new() };
        return Line::from(vec![Span::styled(elapsed, paint.bold()), Span::raw(format!("  {doing}{tried}"))]);
    };
    let before = format!("{elapsed} of {}  ", clock(opening.planned));
    let after = format!("  {doing}");
    let cells = usize::from(width).saturating_sub(before.chars().count() + after.chars().count()).min(50);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a width, 0 to 1")]
    let full = (part * cells as f64).round() as usize;
    Line::from(vec![
        Span::raw(before),
        Span::styled("█".repeat(full), paint.good()),
        Span::styled("░".repeat(cells - full), paint.dim()),
        Span::raw(after),
    ])
}

fn footing(state: &State) -> &'static str {
    match state.ending {
        Ending::Not => "q ends the load; what was measured is reported",
        Ending::Asked => "answers under way are waited for; Ctrl-C again ends without a report",
        Ending::Over => "writing the report",
    }
}

/// A length of time as a clock shows it.
fn clock(time: Nanos) -> String {
    let seconds = (time.0 + 500_000_000) / 1_000_000_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::{clock, draw};
    use crate::base::units::Nanos;
    use crate::cli::load::dashboard::paint::Paint;
    use crate::cli::load::dashboard::script;
    use crate::cli::load::dashboard::state::{Ending, State};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn drawn(state: &State, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(state, Paint { color: false }, frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn a_load_that_goes_on() {
        let state = script::journeys();
        for (width, height) in [(100, 30), (80, 24), (40, 10)] {
            insta::assert_snapshot!(format!("journeys_{width}x{height}"), drawn(&state, width, height));
        }
    }

    #[test]
    fn a_search() {
        let state = script::search();
        for (width, height) in [(100, 30), (40, 10)] {
            insta::assert_snapshot!(format!("search_{width}x{height}"), drawn(&state, width, height));
        }
    }

    #[test]
    fn users_who_wait_and_a_load_that_is_ended() {
        let mut state = script::users();
        state.ending = Ending::Asked;
        insta::assert_snapshot!(drawn(&state, 80, 24));
    }

    #[test]
    fn before_anything_is_known() {
        insta::assert_snapshot!(drawn(&State::default(), 80, 24));
    }

    #[test]
    fn colour_is_in_the_styles_alone() {
        let state = script::journeys();
        let mut buffers = Vec::new();
        for color in [true, false] {
            let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
            terminal.draw(|frame| draw(&state, Paint { color }, frame)).unwrap();
            buffers.push(terminal.backend().buffer().clone());
        }
        let colored = |i: usize| buffers[i].content.iter().any(|c| c.fg != ratatui::style::Color::Reset);
        assert!(colored(0) && !colored(1));
        assert!(buffers[0].content.iter().zip(&buffers[1].content).all(|(a, b)| a.symbol() == b.symbol()));
    }

    #[test]
    fn clocks() {
        for (seconds, shown) in [(0.0, "0:00"), (59.6, "1:00"), (3_600.0, "1:00:00"), (7_265.4, "2:01:05")] {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
            let time = Nanos((seconds * 1e9) as u64);
            assert_eq!(clock(time), shown);
        }
    }

    #[test]
    fn any_size_will_do() {
        let states = [State::default(), script::journeys(), script::search(), script::users()];
        for state in &states {
            for width in [1, 2, 9, 40, 63, 64, 65, 80, 137, 220] {
                for height in [1, 2, 3, 10, 17, 18, 19, 24, 35, 70] {
                    assert_eq!(drawn(state, width, height).lines().count(), usize::from(height));
                }
            }
        }
    }
}
