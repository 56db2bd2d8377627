//! The parts of a watch's page: a bar, the days of a subject, a failed probe.
//!
//! Checked when they are compiled, and every value in them is escaped. Never decides what is shown.

use crate::report::html::monitor::bar::{Bar, WIDTH};
use crate::report::html::monitor::calendar::Days;
use crate::report::html::monitor::view::FailureView;
use crate::report::html::page::nanos;
use askama::Template;

/// A bar; `alone` where no text beside it says the same.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<svg class="strip" viewBox="0 0 {{ self::WIDTH }} 20" preserveAspectRatio="none"{% if alone %} role="img" aria-label="{{ bar.described }}"{% else %} aria-hidden="true"{% endif %}><rect class="track" width="{{ self::WIDTH }}" height="20"/>{% for part in bar.parts %}{% if part.class == "unknown" %}<path class="unknown" d="M{{ part.x }} 10h{{ part.width }}"/>{% else if part.class == "up" %}<rect class="up" x="{{ part.x }}" y="6" width="{{ part.width }}" height="8"/>{% else if part.class == "degraded" %}<rect class="degraded" x="{{ part.x }}" y="3" width="{{ part.width }}" height="14"/>{% else %}<rect class="{{ part.class }}" x="{{ part.x }}" width="{{ part.width }}" height="20"/>{% endif %}{% endfor %}</svg>"##
)]
pub(super) struct Strip<'a> {
    pub(super) bar: &'a Bar,
    pub(super) alone: bool,
}

/// The days of a subject.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{% match days %}{% when Days::Rows(rows) %}<div class="wide"><table class="days">
<thead><tr><th>Day</th><th class="drawn">In the window</th><th class="n">Available</th><th class="n">Window</th><th class="n">Down</th><th class="n">Degraded</th><th class="n">No data</th></tr></thead>
<tbody>{% for row in rows %}<tr><th scope="row">{{ row.date }}</th><td class="drawn">{% if row.class != "closed" %}{{ Strip { bar: row.bar, alone: false }|safe }}{% endif %}</td><td class="n step {{ row.class }}">{{ row.share }}</td><td class="n">{{ self::nanos(row.figures.eligible_ns) }}</td><td class="n{% if row.figures.down_ns > 0 %} bad{% endif %}">{{ self::nanos(row.figures.down_ns) }}</td><td class="n">{{ self::nanos(row.figures.degraded_ns) }}</td><td class="n">{{ self::nanos(row.figures.no_data_ns) }}</td></tr>
{% endfor %}</tbody></table></div>{% when Days::Months(months) %}<div class="months">{% for month in months %}<table class="month"><caption>{{ month.title }}</caption>
<thead><tr><th scope="col">Mon</th><th scope="col">Tue</th><th scope="col">Wed</th><th scope="col">Thu</th><th scope="col">Fri</th><th scope="col">Sat</th><th scope="col">Sun</th></tr></thead>
<tbody>{% for week in month.weeks %}<tr>{% for cell in week %}{% if cell.class.is_empty() %}<td>{% if !cell.day.is_empty() %}<span class="date">{{ cell.day }}</span>{% endif %}</td>{% else %}<td class="day {{ cell.class }}{% if cell.holes %} holes{% endif %}" title="{{ cell.long }}"><span class="date">{{ cell.day }}</span><span class="share">{{ cell.short }}</span></td>{% endif %}{% endfor %}</tr>
{% endfor %}</tbody></table>
{% endfor %}</div>{% endmatch %}"##
)]
pub(super) struct Calendar<'a> {
    pub(super) days: &'a Days<'a>,
}

/// A failed probe.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<p class="failure"><span class="label">{{ name }} failed probe</span> {{ view.due }}, {{ view.reason }} after {{ self::nanos(view.failure.took_ns) }}</p>{% if !view.failure.detail.is_empty() %}<pre>{{ view.failure.detail }}</pre>{% endif %}"##
)]
pub(super) struct Failure<'a> {
    pub(super) name: &'static str,
    pub(super) view: &'a FailureView<'a>,
}
