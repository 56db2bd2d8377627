//! The frame of a load's page.
//!
//! Checked when it is compiled, and every value in it is escaped. Never decides what is shown.

use crate::base::units::{Rate, Share};
use crate::record::load::LoadRecord;
use crate::record::load::words;
use crate::report::html::kept::Kept;
use crate::report::html::load::parts::{Operation, Plot, Times};
use crate::report::html::load::view::View;
use crate::report::html::page::nanos;
use crate::report::html::parts::{Exchange, Finding, Head, Prose};
use askama::Template;
use jiff::Timestamp;
use std::borrow::Borrow;

/// The whole page.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{{ Head { title: view.headline, of: record.title, policy: policy, style: style }|safe }}
<body>
<header class="verdict {{ view.tone }}">
<p class="brand">Proofmark load</p>
<p class="sound"><span class="pill {{ view.validity }}">{{ record.validity.result.word() }}</span> {{ record.validity.sentence }}</p>
<h1>{{ view.headline }}</h1>
<p class="target">{{ record.title }}, {{ record.target }}</p>
{% if !view.rest.is_empty() %}<ul class="said">{% for part in view.rest %}<li>{{ part }}</li>{% endfor %}</ul>{% endif %}
<dl class="facts">
<div><dt>Environment</dt><dd>{{ record.environment }}</dd></div>
<div><dt>Began</dt><dd>{{ self::at(record.began) }}</dd></div>
<div><dt>Took</dt><dd>{{ self::nanos(record.took_ns) }}</dd></div>
<div><dt>Measured</dt><dd>{{ self::nanos(record.load.arrival.measured_ns) }}</dd></div>
<div><dt>Seed</dt><dd>{{ record.seed }}</dd></div>
<div><dt>Version</dt><dd>{{ record.tool_version }}</dd></div>
</dl>
</header>
<main>
<ul class="tiles">
<li><b>{{ self::count(record.load.total.count) }}</b> {% if record.load.total.count == 1 %}answer{% else %}answers{% endif %}</li>
<li class="{% if record.load.total.unanswered > 0 %}bad{% endif %}"><b>{{ self::count(record.load.total.unanswered) }}</b> without an answer</li>
<li class="{% if record.load.total.invalid > 0 %}bad{% endif %}"><b>{{ self::count(record.load.total.invalid) }}</b> wrong</li>
{% if let Some(rate) = record.load.arrival.achieved %}<li><b>{{ self::rate(*rate) }}</b> begun{% if let Some(asked) = record.load.arrival.asked %} of {{ self::rate(*asked) }}{% endif %}</li>{% endif %}
{% if let Some(rate) = record.load.arrival.throughput %}<li><b>{{ self::rate(*rate) }}</b> answers</li>{% endif %}
<li><b>{{ self::us(record.load.total.response_time.p50) }}</b> half within</li>
<li><b>{{ self::us(record.load.total.response_time.p99) }}</b> 99% within</li>
</ul>
<p class="meta">{{ record.load.validation.sentence }}</p>
<nav aria-label="Parts of the report"><ul class="jump">
{% if !view.slos.is_empty() %}<li><a href="#slos">SLOs</a></li>{% endif %}
{% if !view.distributions.is_empty() %}<li><a href="#distribution">Distribution</a></li>{% endif %}
{% if !view.series.is_empty() %}<li><a href="#time">Over time</a></li>{% endif %}
<li><a href="#operations">Operations</a></li>
{% if record.health.is_some() %}<li><a href="#generator">Generator</a></li>{% endif %}
<li><a href="#connections">Connections</a></li>
{% if !view.callbacks.is_empty() %}<li><a href="#callbacks">Callbacks</a></li>{% endif %}
{% if record.search.is_some() %}<li><a href="#search">Search</a></li>{% endif %}
{% if !view.failures.is_empty() %}<li><a href="#failures">Failures</a></li>{% endif %}
<li><a href="#origin">What was run</a></li>
</ul></nav>

{% if let Some(health) = record.health %}{% if !health.faults.is_empty() %}<section id="faults"><h2>What spoiled the measurement</h2>
<ul class="looks">{% for fault in health.faults %}
<li class="bad"><p><b>{{ fault.name }}</b> {{ Prose::of(fault.seen)|safe }}</p><p>{{ Prose::of(fault.hint)|safe }}</p></li>{% endfor %}
</ul>{% if let Some(rate) = health.could_hold %}<p class="meta">The generator could have held {{ self::rate(*rate) }}.</p>{% endif %}</section>{% endif %}{% endif %}

{% if !view.slos.is_empty() %}<section id="slos"><h2>SLOs</h2>
<div class="wide" tabindex="0" role="group" aria-label="SLOs"><table class="slos">
<thead><tr><th>SLO</th><th>Verdict</th><th class="n">Measured</th><th class="n">Margin</th></tr></thead>
<tbody>{% for view in view.slos %}
<tr><td>{{ view.slo.title }}</td><td><span class="pill {{ view.tone }}">{{ view.word }}</span></td><td class="n">{{ view.slo.actual }}</td><td class="n {{ view.tone }}">{{ view.margin }}</td></tr>{% endfor %}
</tbody></table></div>
<p class="meta">The margin is how far the measured value is from its bound, in per cent of the bound: positive where the SLO holds with room.</p></section>{% endif %}

{% if !view.distributions.is_empty() %}<section id="distribution"><h2>Distribution of times</h2>
{% for (operation, chart) in view.distributions %}<figure class="chart plot">{{ Plot { chart: chart }|safe }}
<div class="scroll" tabindex="0" role="group" aria-label="Percentiles of {{ operation.operation }}"><table class="figures fixed">
{{ Times { rows: Times::of(operation) }|safe }}
</table></div></figure>
{% endfor %}<p class="meta">Response time counts from the intended start of a request, so that waiting behind a slow one is part of it; service time counts from sending. The lag is what lies between. All are times of answers; requests without one are under errors.</p></section>{% endif %}

{% if !view.series.is_empty() %}<section id="time"><h2>Over time</h2>
<div class="plots">{% for view in view.series %}<figure class="chart plot">{{ Plot { chart: view.chart }|safe }}
<details class="rest"><summary>In figures</summary><div class="scroll" tabindex="0" role="group" aria-label="{{ view.chart.title }} in figures"><table class="figures">
<thead><tr><th>From</th><th>Part</th>{% for name in view.head %}<th class="n">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for (point, cells) in view.rows %}<tr><td>{{ self::nanos(point.at_ns) }}</td><td>{{ point.phase.word() }}</td>{% for cell in cells %}<td class="n">{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div></details></figure>
{% endfor %}</div><p class="meta">A point stands for a second. Where a load is long, it stands for more of them, and its times are those of the worst.</p></section>{% endif %}

<section id="operations"><h2>Operations</h2>
<div class="wide" tabindex="0" role="group" aria-label="Operations"><table class="figures ops">
<thead><tr><th>Operation</th><th class="n">Answers</th><th class="n">Validated</th><th class="n">Wrong</th><th>Statuses and errors</th><th class="n">p50</th><th class="n">p90</th><th class="n">p99</th><th class="n">p99.9</th><th class="n">Longest</th><th class="n">Service p99</th><th class="n">Lag p99</th></tr></thead>
<tbody>{% for row in view.rows %}
{{ Operation { row: row }|safe }}{% endfor %}
</tbody>{% if let Some(total) = view.total %}<tfoot>{{ Operation { row: total }|safe }}</tfoot>{% endif %}</table></div>
<p class="meta">{{ self::count(record.load.arrival.due) }} starts fell due, {{ self::count(record.load.arrival.sent) }} requests were sent, {{ self::count(record.load.arrival.missed) }} starts were missed, {{ self::count(record.load.arrival.unfinished) }} requests were under way at the end.{% if let Some(warmup) = record.load.warmup %} The warm-up of {{ self::nanos(warmup.length_ns) }} with {{ self::count(warmup.received) }} answers is no part of the figures.{% endif %}</p></section>

{% if let Some(health) = record.health %}<section id="generator"><h2>Generator</h2>
<dl class="origin">
{% if let Some(ns) = health.lag_p99_ns %}<div><dt>Lag</dt><dd>99% of the requests left within {{ self::nanos(*ns) }} of their intended start{% if let Some(max) = health.lag_max_ns %}, all within {{ self::nanos(*max) }}{% endif %}</dd></div>{% endif %}
{% if let Some(ns) = health.own_lag_p99_ns %}<div><dt>Its own lag</dt><dd>99% within {{ self::nanos(*ns) }} where a connection was free</dd></div>{% endif %}
<div><dt>Missed starts</dt><dd>{{ self::count(health.missed) }}</dd></div>
{% if let Some(peak) = health.cpu_peak %}<div><dt>Processor</dt><dd>at most {{ self::share(*peak) }} over a second{% if let Some(mean) = health.cpu_mean %}, {{ self::share(*mean) }} in the mean{% endif %}{% if let Some(wait) = health.run_queue %}; waited for it {{ self::share(*wait) }} of the time{% endif %}</dd></div>{% endif %}
{% if let Some(ns) = record.load.arrival.cpu_per_request_ns %}<div><dt>Per request</dt><dd>{{ self::nanos(*ns) }} of processor time</dd></div>{% endif %}
<div><dt>Event loops</dt><dd>{{ health.workers }}</dd></div>
{% if let Some(n) = health.descriptors %}<div><dt>Descriptors</dt><dd>{{ self::count(*n) }} may be open</dd></div>{% endif %}
{% if let Some(n) = health.ports %}<div><dt>Local ports</dt><dd>{{ self::count(*n) }}</dd></div>{% endif %}
{% for fact in record.machine %}<div><dt>{{ fact.name }}</dt><dd>{{ fact.value }}</dd></div>
{% endfor %}</dl>
{% if !health.remarks.is_empty() %}<ul class="notes">{% for remark in health.remarks %}<li>{{ remark }}</li>{% endfor %}</ul>{% endif %}</section>{% endif %}

<section id="connections"><h2>Connections</h2>
<p class="lead">{{ self::count(record.connections.opened) }} opened, {{ self::count(record.connections.reopened) }} of them in place of one that the server ended, {{ self::count(record.connections.resumed) }} TLS sessions resumed.</p>
{% if !view.connections.is_empty() %}<div class="wide" tabindex="0" role="group" aria-label="Times of connections"><table class="figures fixed">
{{ Times { rows: view.connections.clone() }|safe }}
</table></div>{% endif %}</section>

{% if !view.callbacks.is_empty() %}<section id="callbacks"><h2>Callbacks</h2>
<div class="wide" tabindex="0" role="group" aria-label="Callbacks"><table class="figures">
<thead><tr><th>Callback</th><th class="n">Triggered</th><th class="n">Delivered</th><th class="n">Lost</th><th class="n">Open</th><th class="n">Duplicates</th><th class="n">Out of order</th><th class="n">Unexpected</th><th class="n">Validated</th><th class="n">Wrong</th></tr></thead>
<tbody>{% for (row, _) in view.callbacks %}
<tr><td>{{ row.title }}</td><td class="n">{{ self::count(row.triggered) }}</td><td class="n">{{ self::count(row.delivered) }}</td><td class="n{% if row.lost > 0 %} bad{% endif %}">{{ self::count(row.lost) }}</td><td class="n">{{ self::count(row.open) }}</td><td class="n">{{ self::count(row.duplicates) }}</td><td class="n">{{ self::count(row.out_of_order) }}</td><td class="n">{{ self::count(row.unexpected) }}</td><td class="n">{{ self::count(row.validated) }}</td><td class="n{% if row.invalid > 0 %} bad{% endif %}">{{ self::count(row.invalid) }}</td></tr>{% endfor %}
</tbody></table></div>
{% for (row, chart) in view.callbacks %}{% if let Some(chart) = chart %}<figure class="chart plot">{{ Plot { chart: chart }|safe }}
<div class="scroll" tabindex="0" role="group" aria-label="Latency of {{ row.title }}"><table class="figures fixed">
{{ Times { rows: Times::one("latency", row.latency) }|safe }}
</table></div></figure>{% endif %}{% endfor %}
<p class="meta">Lost is what had not come within the limit; open is what was still within it when the run ended.</p></section>{% endif %}

{% if let Some(search) = record.search %}<section id="search"><h2>Search for the capacity</h2>
<p class="found-rate">{{ search.sentence }}</p>
{% if let Some(chart) = view.search %}<figure class="chart plot">{{ Plot { chart: chart }|safe }}</figure>{% endif %}
<div class="wide" tabindex="0" role="group" aria-label="Steps of the search"><table class="figures">
<thead><tr><th class="n">Asked</th><th class="n">Achieved</th><th class="n">p50</th><th class="n">p99</th><th>SLOs</th></tr></thead>
<tbody>{% for step in search.steps %}
<tr><td class="n">{{ self::rate(step.rate) }}</td><td class="n">{{ self::rate(step.achieved) }}</td><td class="n">{{ self::us(step.p50) }}</td><td class="n">{{ self::us(step.p99) }}</td><td><span class="pill {% if step.held %}good{% else if step.spoiled %}open{% else %}bad{% endif %}">{{ words::step(step) }}</span>{% if step.confirms %} <span class="quiet">again</span>{% endif %} {% for broken in step.broken %}{{ broken }}{% if !loop.last %}, {% endif %}{% endfor %}</td></tr>{% endfor %}
</tbody></table></div></section>{% endif %}

{% if !view.failures.is_empty() %}<section id="failures"><h2>Failing answers</h2>
<p class="meta lead">The first of each kind.{% if record.failures_not_kept > 0 %} {{ self::count(record.failures_not_kept) }} further ones of these kinds or others were counted and not kept.{% endif %}</p>
<div data-filter="Failing answers" data-facets="operation">{% for view in view.failures %}<article class="cause bad" data-item data-operation="{{ view.failure.operation }}">
{% for finding in view.failure.findings %}<h3><span class="pill bad">wrong</span> {{ Prose::of(finding.message)|safe }}</h3>
<p class="meta"><code>{{ finding.check }}</code> on <code>{{ view.failure.operation }}</code></p>
{{ Finding { finding: finding }|safe }}
{% endfor %}{% for error in view.failure.errors %}<h3><span class="pill open">not judged</span> {{ Prose::of(error)|safe }}</h3>
<p class="meta">on <code>{{ view.failure.operation }}</code></p>
{% endfor %}{{ Exchange { view: view.exchange }|safe }}
</article>
{% endfor %}</div></section>{% endif %}

{{ Kept::only(record.redactions)|safe }}<section id="origin"><h2>What was run</h2>
<dl class="origin">
{% if let Some(command) = record.command %}<div><dt>Command</dt><dd class="code"><code class="command">{{ command }}</code></dd></div>{% endif %}
<div><dt>Began, ended</dt><dd>{{ self::at(record.began) }}, {{ self::at(record.ended) }}</dd></div>
<div><dt>Carried by</dt><dd>{{ record.transport }}</dd></div>
<div><dt>Starts</dt><dd>{% if record.open %}due by the clock{% else %}due when the one before has ended{% endif %}{% for stage in record.stages %}<br>{{ stage.title }} for {{ self::nanos(stage.length_ns) }}{% endfor %}</dd></div>
{% if let Some(window) = record.window %}<div><dt>Window</dt><dd>{{ window }}</dd></div>
{% endif %}{% if !record.scenarios.is_empty() %}<div><dt>Scenarios</dt><dd>{% for scenario in record.scenarios %}{% if !loop.first %}<br>{% endif %}{{ scenario.title }} <span class="quiet">weight {{ scenario.weight }}</span>{% endfor %}</dd></div>{% endif %}
<div><dt>Judged</dt><dd>{{ record.validate }}</dd></div>
{% for document in record.documents %}<div><dt>{{ document.kind }}</dt><dd><code>{{ document.name }}</code><br><code class="quiet">sha256 {{ document.sha256 }}</code></dd></div>
{% endfor %}</dl>
{% if !record.notes.is_empty() %}<ul class="notes">{% for note in record.notes %}<li>{{ note }}</li>{% endfor %}</ul>{% endif %}</section>
</main>
</body>
</html>
"##
)]
pub(super) struct Page<'a> {
    pub(super) view: View<'a>,
    pub(super) record: &'a LoadRecord,
    pub(super) policy: String,
    pub(super) style: &'static str,
}

pub(in crate::report::html) fn at(instant: impl Borrow<Timestamp>) -> String {
    instant.borrow().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

pub(in crate::report::html) fn count(count: impl Borrow<u64>) -> String {
    words::grouped(*count.borrow())
}

pub(in crate::report::html) fn us(time: impl Borrow<Option<u64>>) -> String {
    words::time(*time.borrow())
}

fn rate(rate: impl Borrow<f64>) -> Rate {
    Rate(*rate.borrow())
}

fn share(share: impl Borrow<u32>) -> Share {
    Share(*share.borrow())
}
