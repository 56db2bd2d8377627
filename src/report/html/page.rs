//! The page's templates.
//!
//! Checked when they are compiled, and every value in them is escaped. Never decides what is shown.

use crate::base::units::{Nanos, Share};
use crate::record::RunRecord;
use crate::record::shape::{FindingRecord, Level, OperationFigures, Way};
use crate::report::html::view::{ExchangeView, MessageView, Run, pieces};
use askama::Template;
use jiff::Timestamp;

/// The whole page.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{ record.sentence }} - {{ record.target }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<header class="verdict {{ view.tone }}">
<p class="brand">Proofmark</p>
<h1>{{ record.sentence }}</h1>
<p class="target">{{ record.target }}</p>
<dl class="facts">
<div><dt>Environment</dt><dd>{{ record.environment }}</dd></div>
<div><dt>Began</dt><dd>{{ self::at(record.began) }}</dd></div>
<div><dt>Took</dt><dd>{{ self::nanos(record.took_ns) }}</dd></div>
<div><dt>Seed</dt><dd>{{ record.seed }}</dd></div>
<div><dt>Exchanges</dt><dd>{{ record.totals.exchanges }}</dd></div>
<div><dt>Version</dt><dd>{{ record.tool_version }}</dd></div>
</dl>
</header>
<main>
{% if record.totals.cases > 0 %}<ul class="tiles">
<li><b>{{ record.totals.cases }}</b> {% if record.totals.cases == 1 %}case{% else %}cases{% endif %}</li>
<li class="{% if record.totals.passed > 0 %}good{% endif %}"><b>{{ record.totals.passed }}</b> passed</li>
<li class="{% if record.totals.failed > 0 %}bad{% endif %}"><b>{{ record.totals.failed }}</b> failed</li>
<li class="{% if record.totals.errors > 0 %}bad{% endif %}"><b>{{ record.totals.errors }}</b> not carried out</li>
<li class="{% if record.totals.skipped > 0 %}open{% endif %}"><b>{{ record.totals.skipped }}</b> skipped</li>
{% if record.totals.review > 0 %}<li class="open"><b>{{ record.totals.review }}</b> to review</li>{% endif %}
{% if record.totals.not_applicable > 0 %}<li><b>{{ record.totals.not_applicable }}</b> not applicable</li>{% endif %}
{% if record.totals.warnings > 0 %}<li class="open"><b>{{ record.totals.warnings }}</b> {% if record.totals.warnings == 1 %}warning{% else %}warnings{% endif %}</li>{% endif %}
</ul>{% endif %}

{% if !record.suites.is_empty() %}<section id="suites"><h2>Suites</h2>
<div class="wide"><table>
<thead><tr><th>Suite</th><th>Verdict</th><th class="n">Cases</th><th class="n">Passed</th><th class="n">Failed</th><th class="n">Not carried out</th><th class="n">Skipped</th><th class="n">Time</th></tr></thead>
<tbody>{% for suite in view.suites %}
<tr><td>{{ suite.figures.title }}</td><td><span class="pill {{ suite.tone }}">{{ suite.figures.outcome.word() }}</span></td><td class="n">{{ suite.figures.totals.cases }}</td><td class="n">{{ suite.figures.totals.passed }}</td><td class="n">{{ suite.figures.totals.failed }}</td><td class="n">{{ suite.figures.totals.errors }}</td><td class="n">{{ suite.figures.totals.skipped }}</td><td class="n">{{ self::nanos(suite.figures.took_ns) }}</td></tr>{% endfor %}
</tbody></table></div></section>{% endif %}

{% if !view.gates.is_empty() %}<section id="gates"><h2>Gates</h2>
<div class="wide"><table>
<thead><tr><th>Suite</th><th>Demands</th><th>Found</th><th>Verdict</th></tr></thead>
<tbody>{% for gate in view.gates %}
<tr><td>{{ gate.gate.suite }}</td><td>{{ gate.gate.title }}</td><td>{{ gate.gate.actual }}</td><td><span class="pill {{ gate.tone }}">{{ gate.gate.outcome.word() }}</span></td></tr>{% endfor %}
</tbody></table></div></section>{% endif %}

{% if !view.causes.is_empty() %}<section id="findings"><h2>Findings by cause</h2>
{% for cause in view.causes %}<article class="cause {{ self::level(cause.cause.level) }}">
<h3><span class="pill {{ self::level(cause.cause.level) }}">{{ cause.cause.level.word() }}</span> {{ Prose { text: cause.first.message.as_str() }|safe }}</h3>
<p class="meta">{{ cause.count }} of <code>{{ cause.cause.check }}</code>{% if let Some(operation) = cause.cause.operation %} on <code>{{ operation }}</code>{% endif %}</p>
{{ Finding { finding: cause.first }|safe }}
<p class="meta">{% for link in cause.cases %}{% if loop.first %}In {% else %}, {% endif %}<a href="#{{ link.anchor }}">{{ link.case.title }}</a>{% endfor %}{% if let Some(more) = cause.more_cases %}, {{ more }}{% endif %}{% if cause.cause.count > 1 %}: {% for id in cause.findings %}{% if !loop.first %}, {% endif %}<a href="#{{ id }}">{{ id }}</a>{% endfor %}{% if let Some(more) = cause.more_findings %} {{ more }}{% endif %}{% endif %}</p>
</article>
{% endfor %}</section>{% endif %}

{% if !view.stuck.is_empty() %}<section id="stuck"><h2>Not carried out</h2>
<div class="wide"><table>
<thead><tr><th>Case</th><th>Reason</th></tr></thead>
<tbody>{% for stuck in view.stuck %}
<tr><td><a href="#{{ stuck.link.anchor }}">{{ stuck.link.case.title }}</a></td><td>{{ stuck.reason }}</td></tr>{% endfor %}
</tbody></table></div></section>{% endif %}

{% if !view.skipped.is_empty() %}<section id="skipped"><h2>Skipped</h2>
{% for group in view.skipped %}<details class="plain"><summary><span class="pill open">{{ group.count }}</span> {{ group.reason }}</summary>
<ul>{% for link in group.cases %}<li><a href="#{{ link.anchor }}">{{ link.case.title }}</a>{% if !link.case.required %} (not required){% endif %}</li>{% endfor %}</ul>
</details>
{% endfor %}</section>{% endif %}

{% if !record.coverage.is_empty() %}<section id="coverage"><h2>Coverage</h2>
{% for coverage in record.coverage %}<h3>{{ coverage.suite }} <small>{{ coverage.spec }}</small></h3>
<div class="wide"><table class="coverage">
<thead><tr><th>Of</th><th class="n">Share</th><th class="n">Seen</th><th>Not seen</th></tr></thead>
<tbody>{% for dimension in coverage.dimensions %}
<tr><td>{{ dimension.title }}</td>
<td class="n">{% if let Some(share) = dimension.share %}{{ self::share(*share) }}<svg class="bar" viewBox="0 0 10000 400" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="10000" height="400"/><rect class="fill" width="{{ share }}" height="400"/></svg>{% endif %}</td>
<td class="n">{{ dimension.seen }} of {{ dimension.known }}</td>
<td>{% if dimension.missing.is_empty() %}<span class="quiet">nothing</span>{% else if dimension.missing.len() > 12 %}<details><summary>{{ dimension.missing.len() }} items</summary>{{ Missing { items: dimension.missing.as_slice() }|safe }}</details>{% else %}{{ Missing { items: dimension.missing.as_slice() }|safe }}{% endif %}</td></tr>{% endfor %}
</tbody></table></div>
{% endfor %}</section>{% endif %}

{% if !view.suites.is_empty() %}<section id="cases"><h2>Cases</h2>
<fieldset class="filter"><legend>Show</legend>
<label><input type="radio" name="show" id="show-all" checked> all</label>
<label><input type="radio" name="show" id="show-bad"> failed</label>
<label><input type="radio" name="show" id="show-open"> skipped and to review</label>
<label><input type="radio" name="show" id="show-good"> passed</label>
</fieldset>
{% for suite in view.suites %}<div class="suite"><h3>{{ suite.figures.title }}</h3>
{% for case in suite.cases %}<details class="case {{ case.tone }}" id="{{ case.anchor }}"{% if case.case.outcome.is_bad() %} open{% endif %}>
<summary><span class="pill {{ case.tone }}">{{ case.case.outcome.word() }}</span> <span class="title">{{ case.case.title }}</span> <span class="time">{{ self::nanos(case.case.took_ns) }}</span></summary>
<div class="inside">
{% if let Some(reason) = case.case.reason %}<p class="reason">{{ reason }}</p>{% endif %}
<ol class="steps">{% for step in case.steps %}
<li class="{{ step.tone }}"><p class="step"><span class="dot {{ step.tone }}">{{ step.step.outcome.word() }}</span> {{ step.step.title }}</p>
{% if let Some(reason) = step.step.reason %}<p class="reason">{{ reason }}</p>{% endif %}
{% for finding in step.findings %}<div class="found {{ self::level(finding.finding.level) }}" id="{{ finding.finding.id }}">
<p><b>{{ Prose { text: finding.finding.message.as_str() }|safe }}</b> <code>{{ finding.finding.check }}</code>{% if let Some(id) = finding.exchange %} in <a href="#{{ id }}">{{ id }}</a>{% endif %}</p>
{{ Sides { finding: finding.finding }|safe }}
</div>{% endfor %}
{% for exchange in step.exchanges %}{{ Exchange { view: exchange }|safe }}{% endfor %}
{% for id in step.earlier %}<p class="meta">Also <a href="#{{ id }}">{{ id }}</a>, shown above.</p>{% endfor %}
</li>{% endfor %}
</ol>
<dl class="origin">
{% if let Some(place) = case.case.place %}<div><dt>Written at</dt><dd><code>{{ place }}</code></dd></div>{% endif %}
{% if !case.case.requirements.is_empty() %}<div><dt>Stands for</dt><dd>{% for id in case.case.requirements %}<code>{{ id }}</code> {% endfor %}</dd></div>{% endif %}
{% if !case.case.tags.is_empty() %}<div><dt>Tags</dt><dd>{% for tag in case.case.tags %}<code>{{ tag }}</code> {% endfor %}</dd></div>{% endif %}
<div><dt>Run again</dt><dd><code>{{ case.case.rerun }}</code></dd></div>
</dl>
</div></details>
{% endfor %}</div>
{% endfor %}</section>{% endif %}

{% if !record.operations.is_empty() %}<section id="operations"><h2>Operations</h2>
<div class="wide"><table>
<thead><tr><th>Operation</th><th class="n">Calls</th><th>Answers</th><th class="n">Median</th><th class="n">99%</th><th class="n">Longest</th></tr></thead>
<tbody>{% for operation in record.operations %}
<tr><td><code>{{ operation.operation }}</code>{% if self::received(operation) %} <span class="quiet">received</span>{% endif %}</td><td class="n">{{ operation.calls }}</td><td>{% for status in operation.statuses %}<span class="status">{{ status.status }}<span class="quiet"> × {{ status.count }}</span></span> {% endfor %}{% if operation.unanswered > 0 %}<span class="status">none<span class="quiet"> × {{ operation.unanswered }}</span></span>{% endif %}</td><td class="n">{{ self::maybe(operation.p50_ns) }}</td><td class="n">{{ self::maybe(operation.p99_ns) }}</td><td class="n">{{ self::maybe(operation.max_ns) }}</td></tr>{% endfor %}
</tbody></table></div>
<p class="meta">Times are service times: from the start of sending to the last byte of the answer.</p></section>{% endif %}

{% if !view.others.is_empty() %}<section id="others"><h2>Other exchanges</h2>
<p class="meta">Made for the run as a whole, such as fetching tokens, or not yet part of a finished case.</p>
{% for exchange in view.others %}{{ Exchange { view: exchange }|safe }}{% endfor %}</section>{% endif %}

<section id="origin"><h2>What was run</h2>
<dl class="origin">
{% if let Some(command) = record.command %}<div><dt>Command</dt><dd><code>{{ command }}</code></dd></div>{% endif %}
<div><dt>Began, ended</dt><dd>{{ self::at(record.began) }}, {{ self::at(record.ended) }}</dd></div>
{% for document in record.documents %}<div><dt>{{ document.kind }}</dt><dd><code>{{ document.name }}</code><br><code class="quiet">sha256 {{ document.sha256 }}</code></dd></div>
{% endfor %}</dl></section>
</main>
</body>
</html>
"##
)]
pub(super) struct Page<'a> {
    pub(super) view: Run<'a>,
    pub(super) record: &'a RunRecord,
    pub(super) policy: String,
    pub(super) style: &'static str,
}

/// A finding in full.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<p class="requirement"><b>{{ finding.requirement.id }}</b> <span class="quiet">{{ finding.requirement.source }}</span></p>
{{ Sides { finding: finding }|safe }}
{% if !finding.excerpt.is_empty() %}<pre class="excerpt">{% for line in finding.excerpt %}<span class="no">{{ line.number }}</span>{% if line.marked %}<mark>{{ line.text }}</mark>{% else %}{{ line.text }}{% endif %}
{% endfor %}</pre>{% endif %}
{% if let Some(curl) = finding.curl %}<pre class="curl">{{ curl }}</pre>{% endif %}"##
)]
pub(super) struct Finding<'a> {
    pub(super) finding: &'a FindingRecord,
}

/// Expected and received, side by side.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<div class="sides"><div><span class="label">Expected</span>{{ Prose { text: finding.expected.as_str() }|safe }}</div><div><span class="label">Received</span>{{ Prose { text: finding.actual.as_str() }|safe }}</div></div>
{% if let Some(instance) = finding.instance %}<p class="meta">{% if instance.is_empty() %}At the body as a whole{% else %}At <code>{{ instance }}</code> of the body{% endif %}{% if let Some(schema) = finding.schema %}, by <code>{{ schema }}</code> of the spec{% endif %}</p>{% endif %}"##
)]
pub(super) struct Sides<'a> {
    pub(super) finding: &'a FindingRecord,
}

/// Text with its quoted parts as code.
#[derive(Template)]
#[template(
    ext = "html",
    source = "{% for piece in self::pieces(text) %}{% if piece.code %}<code>{{ piece.text }}</code>{% else %}{{ piece.text }}{% endif %}{% endfor %}"
)]
pub(super) struct Prose<'a> {
    pub(super) text: &'a str,
}

/// A list of what was not seen.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<ul class="missing">{% for item in items %}<li><code>{{ item }}</code></li>{% endfor %}</ul>"##
)]
pub(super) struct Missing<'a> {
    pub(super) items: &'a [String],
}

/// An exchange in full.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<details class="exchange" id="{{ view.exchange.id }}"{% if view.open %} open{% endif %}>
<summary><span class="no">{{ view.exchange.id }}</span> {% if is_received() %}<span class="quiet">received</span> {% endif %}<b>{{ view.exchange.request.method }}</b> <span class="url">{{ view.exchange.request.url }}</span> {% if let Some(response) = view.exchange.response %}<span class="status">{{ response.status }}</span>{% else %}<span class="status">no answer</span>{% endif %} <span class="time">{{ self::nanos(view.exchange.took_ns) }}</span></summary>
<div class="inside"><div class="messages">
<div class="message"><h4>{% if is_received() %}Received{% else %}Sent{% endif %} <small>{{ self::moment(view.exchange.began) }}</small></h4>
<pre class="head"><b>{{ view.exchange.request.method }} {{ view.exchange.request.url }}</b>
{{ Message { view: view.request }|safe }}</div>
<div class="message"><h4>{% if is_received() %}Answered by the listener{% else %}Answer{% endif %} <small>after {{ self::nanos(view.exchange.took_ns) }}</small></h4>
{% if let (Some(response), Some(message)) = (&view.exchange.response, &view.response) %}<pre class="head"><b>{{ response.status }}</b>
{{ Message { view: message }|safe }}{% endif %}{% if let Some(failure) = view.exchange.failure %}<p class="reason">{{ failure }}</p>{% endif %}</div>
</div>
{% if let Some(curl) = view.curl %}<pre class="curl">{{ curl }}</pre>{% endif %}
</div></details>"##
)]
pub(super) struct Exchange<'a> {
    pub(super) view: &'a ExchangeView<'a>,
}

impl Exchange<'_> {
    fn is_received(&self) -> bool {
        self.view.exchange.way == Way::Inbound
    }
}

/// The fields and the body of a message, inside an open `pre`.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{% for field in view.headers %}<span class="quiet">{{ field.name }}:</span> {{ field.value }}
{% endfor %}</pre>{% if !view.lines.is_empty() %}<pre class="body">{% for line in view.lines %}{% if line.marked %}<mark>{{ line.text }}</mark>{% else %}{{ line.text }}{% endif %}
{% endfor %}</pre>{% endif %}{% if let Some(note) = view.note %}<p class="meta">{{ note }}</p>{% endif %}"##
)]
pub(super) struct Message<'a> {
    pub(super) view: &'a MessageView<'a>,
}

fn nanos(nanos: impl std::borrow::Borrow<u64>) -> Nanos {
    Nanos(*nanos.borrow())
}

fn share(share: impl std::borrow::Borrow<u32>) -> Share {
    Share(*share.borrow())
}

fn maybe(time: impl std::borrow::Borrow<Option<u64>>) -> String {
    time.borrow().map_or_else(|| "-".to_owned(), |n| Nanos(n).to_string())
}

fn at(instant: impl std::borrow::Borrow<Timestamp>) -> String {
    instant.borrow().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn moment(instant: impl std::borrow::Borrow<Timestamp>) -> String {
    instant.borrow().strftime("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}

fn level(level: impl std::borrow::Borrow<Level>) -> &'static str {
    match level.borrow() {
        Level::Error => "bad",
        Level::Warning => "open",
    }
}

fn received(operation: &OperationFigures) -> bool {
    operation.way == Way::Inbound
}
