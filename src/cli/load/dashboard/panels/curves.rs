//! Rates and times of the last seconds, a curve each: its name, the last figure, the past, the largest figure of what is shown.
//!
//! Pure, and draws no axis: the rates asked for and achieved share a scale, every other curve has its own.

use crate::base::units::{Nanos, Rate};
use crate::cli::load::dashboard::paint::Paint;
use crate::cli::load::dashboard::state::{FOLLOWED, Second, State};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Sparkline;

/// A curve: its values of the last seconds, in thousandths of its unit.
struct Curve {
    name: &'static str,
    last: String,
    top: String,
    most: u64,
    values: Vec<Option<u64>>,
}

/// How many lines the curves take: two each where there is room.
pub(in crate::cli::load::dashboard) fn height(state: &State, room: u16) -> u16 {
    let count = if is_open(state) { 6 } else { 4 };
    if room >= count * 2 { count * 2 } else { count }
}

fn is_open(state: &State) -> bool {
    state.opening.as_ref().is_none_or(|o| o.open)
}

/// Draws the curves.
pub(in crate::cli::load::dashboard) fn draw(state: &State, paint: Paint, frame: &mut Frame<'_>, area: Rect) {
    let [_, _, plot, _] = columns(area);
    let shown = state.seconds.len().min(usize::from(plot.width));
    let seconds: Vec<&Second> = state.seconds.iter().skip(state.seconds.len() - shown).collect();
    let curves = curves(&seconds, is_open(state));
    let count = u16::try_from(curves.len()).unwrap_or(u16::MAX).max(1);
    let tall = (area.height / count).max(1);
    for (curve, y) in curves.into_iter().zip((area.y..area.bottom()).step_by(usize::from(tall))) {
        let row = Rect { y, height: tall.min(area.bottom() - y), ..area };
        let [name, last, plot, top] = columns(row);
        // A figure stands on the line that its curve stands on.
        let lowest = |column: Rect| Rect { y: column.bottom() - 1, height: 1, ..column };
        frame.render_widget(Line::styled(curve.name, paint.dim()), lowest(name));
        frame.render_widget(Line::styled(curve.last, paint.bold()).right_aligned(), lowest(last));
        frame.render_widget(Line::styled(curve.top, paint.dim()).right_aligned(), lowest(top));
        let plot = Rect { width: plot.width.min(u16::try_from(shown).unwrap_or(u16::MAX)), ..plot };
        let line = Sparkline::default().data(curve.values).max(curve.most.max(1)).style(paint.curve());
        frame.render_widget(line.absent_value_symbol(" "), plot);
    }
}

fn columns(area: Rect) -> [Rect; 4] {
    Layout::horizontal([Constraint::Length(9), Constraint::Length(9), Constraint::Fill(1), Constraint::Length(14)])
        .spacing(1)
        .areas(area)
}

fn curves(seconds: &[&Second], open: bool) -> Vec<Curve> {
    let rates = |name, of: fn(&Second) -> Option<Rate>| {
        let values = seconds.iter().map(|s| of(s).map(|rate| thousandths(rate.0))).collect();
        curve(name, values, |v| Rate(v as f64 / 1e3).to_string())
    };
    let mut all = Vec::new();
    if open {
        let (mut asked, mut achieved) = (rates("asked", Second::asked), rates("achieved", Second::achieved));
        let most = asked.most.max(achieved.most);
        (asked.most, achieved.most) = (most, most);
        all.extend([asked, achieved]);
    }
    all.push(rates("answers", Second::answers));
    for (i, (name, _)) in FOLLOWED.into_iter().enumerate() {
        let values = seconds.iter().map(|s| s.times.map(|times| times[i].0)).collect();
        all.push(curve(name, values, |v| Nanos(v).to_string()));
    }
    all
}

fn curve(name: &'static str, values: Vec<Option<u64>>, show: impl Fn(u64) -> String) -> Curve {
    let most = values.iter().flatten().max().copied();
    Curve {
        name,
        last: values.last().copied().flatten().map_or_else(|| "–".to_owned(), &show),
        top: most.map(|most| format!("max {}", show(most))).unwrap_or_default(),
        most: most.unwrap_or_default(),
        values,
    }
}

fn thousandths(rate: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is not negative, and the cast saturates")]
    let whole = (rate * 1e3).round() as u64;
    whole
}
