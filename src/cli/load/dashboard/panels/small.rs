//! What is left of the dashboard on a terminal with little room: figures without curves.
//!
//! Pure. The most important comes first, since the rest may be cut off.

use crate::cli::load::dashboard::draw::time;
use crate::cli::load::dashboard::paint::Paint;
use crate::cli::load::dashboard::panels::shown;
use crate::cli::load::dashboard::state::{Ending, Second, State};
use crate::record::load::words::grouped;
use crate::report::visible;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};

/// Draws it.
pub(in crate::cli::load::dashboard) fn draw(state: &State, paint: Paint, frame: &mut Frame<'_>, area: Rect) {
    let all = state.row("all", None);
    let entry = |name: &str, value: String, style| {
        Line::from(vec![Span::styled(format!("{name:<10}"), paint.dim()), Span::styled(value, style)])
    };
    let plain = ratatui::style::Style::new();
    let last = state.seconds.back();
    let rate = |of: fn(&Second) -> Option<crate::base::units::Rate>| {
        last.and_then(of).map_or_else(|| "–".to_owned(), |rate| rate.to_string())
    };
    let [p50, p90, p99] = all.times.map_or([None; 3], |times| times.map(Some));
    let title = state.opening.as_ref().map(|o| visible::line(&o.title).into_owned()).unwrap_or_default();
    let (judged, received) = state.judged();
    let asked = match state.opening.as_ref().is_none_or(|o| o.open) {
        true => format!("{} of {}", rate(Second::achieved), rate(Second::asked)),
        false => rate(Second::answers),
    };
    let mut lines = vec![
        Line::styled(title, paint.bold()),
        time(state, paint, area.width),
        entry("rate", asked, plain),
        entry("p50", shown(p50), plain),
        entry("p90 p99", format!("{} {}", shown(p90), shown(p99)), plain),
        entry("answers", grouped(all.answers), plain),
        entry(
            "errors",
            format!("{}, wrong {}", grouped(all.errors), grouped(all.wrong)),
            paint.bad_if(all.errors + all.wrong > 0),
        ),
        entry("judged", format!("{} of {}", grouped(judged.validated), grouped(received)), plain),
        entry("in flight", grouped(state.now.in_flight), plain),
    ];
    if let Some(step) = state.steps.back() {
        let held = if step.held { "holds" } else { "breaks" };
        lines.insert(2, entry("last step", format!("{} {held}", step.rate), plain));
    }
    let foot = if state.ending == Ending::Not { "q ends the load" } else { "ending" };
    let room = usize::from(area.height);
    lines.truncate(room.saturating_sub(1).max(1));
    if room > lines.len() {
        lines.push(Line::styled(foot, paint.dim()));
    }
    frame.render_widget(Text::from(lines), area);
}
