//! The parts of a load's page: a chart, a table of percentiles.
//!
//! Checked when they are compiled, and every value in them is escaped. Never decides what is shown.

use crate::record::load::figures::{OperationRecord, TimesRecord};
use crate::record::load::words;
use crate::report::html::load::chart::{BOTTOM, Chart, HEIGHT, LEFT, RIGHT, TOP, WIDTH};
use crate::report::html::load::page::{count, us};
use askama::Template;

/// A chart with what its lines stand for.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<figcaption>{{ chart.title }}{% if !chart.about.is_empty() %} <span class="quiet">{{ chart.about }}</span>{% endif %}</figcaption>
{% if chart.lines.len() > 1 %}<p class="legend">{% for line in chart.lines %}<span class="key {{ line.class }}"><svg viewBox="0 0 26 8" aria-hidden="true"><path d="M1 4H25"/></svg>{{ line.label }}</span> {% endfor %}</p>{% endif %}
<svg class="plotted" viewBox="0 0 {{ self::WIDTH }} {{ self::HEIGHT }}" role="img" aria-label="{{ chart.described }}"{% if let Some(end) = chart.end_ns %} data-end="{{ end }}"{% endif %}>
{% for mark in chart.upright %}<line class="grid" x1="{{ self::LEFT }}" x2="{{ self::RIGHT }}" y1="{{ mark.at }}" y2="{{ mark.at }}"/><text class="upright" x="{{ self::LEFT - 8.0 }}" y="{{ mark.at }}" dy="5">{{ mark.text }}</text>
{% endfor %}<g class="level">{% for mark in chart.level %}<line class="grid" x1="{{ mark.at }}" x2="{{ mark.at }}" y1="{{ self::BOTTOM }}" y2="{{ self::BOTTOM + 5.0 }}"/><text class="mark" x="{{ mark.at }}" y="{{ self::HEIGHT - 12.0 }}">{{ mark.text }}</text>
{% endfor %}</g><svg class="inner" x="{{ self::LEFT }}" y="0" width="{{ self::RIGHT - self::LEFT }}" height="{{ self::HEIGHT }}" viewBox="{{ self::LEFT }} 0 {{ self::RIGHT - self::LEFT }} {{ self::HEIGHT }}" preserveAspectRatio="none">{% for band in chart.bands %}<rect class="{{ band.class }}" x="{{ band.x }}" y="{{ self::TOP }}" width="{{ band.width }}" height="{{ self::BOTTOM - self::TOP }}"/>
{% endfor %}{% for line in chart.lines %}<path class="{{ line.class }}" d="{{ line.path }}"/>
{% endfor %}{% for dot in chart.dots %}<circle class="{{ dot.class }}" cx="{{ dot.x }}" cy="{{ dot.y }}" r="4.5"/>
{% endfor %}</svg>{% for band in chart.bands %}{% if !band.label.is_empty() %}<text class="band {{ band.class }}" x="{{ band.x }}" y="{% if band.class == "stage" %}{{ self::TOP - 9.0 }}{% else %}{{ self::TOP + 18.0 }}{% endif %}">{{ band.label }}</text>{% endif %}
{% endfor %}</svg>"##
)]
pub(in crate::report::html) struct Plot<'a> {
    pub(in crate::report::html) chart: &'a Chart,
}

/// A row of the table of operations.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<tr><td>{{ row.operation }}</td><td class="n">{{ self::count(row.count) }}</td><td class="n">{{ self::count(row.validated) }}</td><td class="n{% if row.invalid > 0 %} bad{% endif %}">{{ self::count(row.invalid) }}</td><td>{% for (class, n) in row.statuses %}<span class="status">{{ class }}<span class="quiet"> × {{ self::count(*n) }}</span></span> {% endfor %}{% for (class, n) in row.errors %}<span class="status bad">{{ words::error(class) }}<span class="quiet"> × {{ self::count(*n) }}</span></span> {% endfor %}</td><td class="n">{{ self::us(row.response_time.p50) }}</td><td class="n">{{ self::us(row.response_time.p90) }}</td><td class="n">{{ self::us(row.response_time.p99) }}</td><td class="n">{{ self::us(row.response_time.p99_9) }}</td><td class="n">{{ self::us(row.response_time.max) }}</td><td class="n">{{ self::us(row.service_time.p99) }}</td><td class="n">{{ self::us(row.lag.p99) }}</td></tr>"##
)]
pub(in crate::report::html) struct Operation<'a> {
    pub(in crate::report::html) row: &'a OperationRecord,
}

/// The inside of a table of percentiles.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<thead><tr><th>Time</th><th class="n">Samples</th><th class="n">Shortest</th><th class="n">p50</th><th class="n">p90</th><th class="n">p95</th><th class="n">p99</th><th class="n">p99.9</th><th class="n">p99.99</th><th class="n">Longest</th></tr></thead>
<tbody>{% for (name, times) in rows %}<tr><td>{{ name }}</td><td class="n">{{ self::count(times.samples) }}</td><td class="n">{{ self::us(times.min) }}</td><td class="n">{{ self::us(times.p50) }}</td><td class="n">{{ self::us(times.p90) }}</td><td class="n">{{ self::us(times.p95) }}</td><td class="n">{{ self::us(times.p99) }}</td><td class="n">{{ self::us(times.p99_9) }}</td><td class="n">{{ self::us(times.p99_99) }}</td><td class="n">{{ self::us(times.max) }}{% if times.beyond > 0 %} <span class="quiet">{{ self::count(times.beyond) }} beyond an hour</span>{% endif %}</td></tr>
{% endfor %}</tbody>"##
)]
pub(in crate::report::html) struct Times<'a> {
    pub(in crate::report::html) rows: Vec<(&'static str, &'a TimesRecord)>,
}

impl<'a> Times<'a> {
    /// The three times of an operation.
    pub(in crate::report::html) fn of(operation: &'a OperationRecord) -> Vec<(&'static str, &'a TimesRecord)> {
        vec![("response", &operation.response_time), ("service", &operation.service_time), ("lag", &operation.lag)]
    }

    /// One time.
    pub(in crate::report::html) fn one(name: &'static str, times: &'a TimesRecord) -> Vec<(&'static str, &'a TimesRecord)> {
        vec![(name, times)]
    }
}
