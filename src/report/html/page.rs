//! The page's frame.
//!
//! Checked when it is compiled, and every value in it is escaped. Never decides what is shown.

use crate::base::units::{Nanos, Share};
use crate::record::RunRecord;
use crate::record::shape::{Level, OperationFigures, Way};
use crate::report::html::cases::Entry;
use crate::report::html::kept::Kept;
use crate::report::html::parts::{Calls, Case, Delivered, Finding, FoundLine, Head, Missing, Prose, Quiet, Requirement, ToCase};
use crate::report::html::view::Run;
use askama::Template;
use jiff::Timestamp;

/// The whole page.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{{ Head { title: record.sentence, of: record.target, policy: policy, style: style }|safe }}
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
<nav aria-label="Parts of the report"><ul class="jump">
{% if !view.causes.is_empty() %}<li><a href="#findings">Findings</a></li>{% endif %}
{% if !record.suites.is_empty() %}<li><a href="#suites">Suites</a></li>{% endif %}
{% if !record.coverage.is_empty() %}<li><a href="#coverage">Coverage</a></li>{% endif %}
{% if !view.requirements.is_empty() %}<li><a href="#requirements">Requirements</a></li>{% endif %}
{% if !view.lifecycles.is_empty() %}<li><a href="#lifecycles">Lifecycles</a></li>{% endif %}
{% if record.deliveries.is_some() %}<li><a href="#deliveries">Deliveries</a></li>{% endif %}
{% if !view.suites.is_empty() %}<li><a href="#cases">Cases</a></li>{% endif %}
{% if !record.operations.is_empty() %}<li><a href="#operations">Operations</a></li>{% endif %}
<li><a href="#origin">What was run</a></li>
</ul></nav>

{% if !view.causes.is_empty() %}<section id="findings"><h2>Findings by cause</h2>
<div data-filter="Findings by cause" data-facets="level check operation">
{% for cause in view.causes %}<article class="cause {{ self::level(cause.cause.level) }}" data-item data-level="{{ cause.cause.level.word() }}" data-check="{{ cause.cause.check }}"{% if let Some(operation) = cause.cause.operation %} data-operation="{{ operation }}"{% endif %}>
<h3><span class="pill {{ self::level(cause.cause.level) }}">{{ cause.cause.level.word() }}</span> {{ Prose::of(cause.first.message)|safe }}</h3>
<p class="meta">{{ cause.count }} of <code>{{ cause.cause.check }}</code>{% if let Some(operation) = cause.cause.operation %} on <code>{{ operation }}</code>{% endif %}, {% if cause.cause.count > 1 %}first{% endif %} in {% if cause.linked %}<a href="#{{ cause.first.id }}">{{ cause.case.title }}</a>{% else %}{{ cause.case.title }}{% endif %}</p>
{{ Finding { finding: cause.first }|safe }}
{% if !cause.rest.is_empty() || cause.more.is_some() %}<details class="rest"{% if cause.rest.len() < 6 %} open{% endif %}><summary>{{ cause.rest_count }}</summary><ul>{% for link in cause.rest %}<li><a href="#{{ link.id }}">{{ link.case }}</a>{% if !link.received.is_empty() %} <span class="quiet">received</span> {{ Prose::of(link.received)|safe }}{% endif %}</li>{% endfor %}{% if let Some(more) = cause.more %}<li class="quiet">{{ more }}</li>{% endif %}</ul></details>{% endif %}
</article>
{% endfor %}</div>{% if view.causes_more > 0 %}<p class="meta">{{ view.causes_more }} more causes have no card on this page; their findings are in the table below.</p>{% endif %}</section>{% endif %}

{% if let Some(found) = view.found %}<section id="found"><h2>All findings</h2>
<div class="wide" tabindex="0" role="group" aria-label="All findings"><table id="all-findings" class="figures found-table">
<thead><tr><th data-as="link">Finding</th><th data-as="pill" data-facet>Level</th><th>What is wrong</th><th data-as="code" data-facet>Check</th><th data-as="code" data-facet>Operation</th><th>Case</th><th data-as="code">At</th><th>Received</th></tr></thead>
<tbody>{% for row in found.rows %}
{{ FoundLine { row: row }|safe }}{% endfor %}
</tbody></table></div>{% if let Some(rest) = found.rest %}
<script type="application/json" data-rows="all-findings">{{ rest|safe }}</script>
<p class="meta">Of {{ found.total }} findings, a browser without scripts and a print show the first {{ found.rows.len() }}; <code>record.json</code> beside this page has all of them in full.</p>{% endif %}</section>{% endif %}

{% if !view.stuck.is_empty() %}<section id="stuck"><h2>Not carried out</h2>
<div class="wide" tabindex="0" role="group" aria-label="Cases not carried out"><table>
<thead><tr><th>Case</th><th>Reason</th></tr></thead>
<tbody>{% for stuck in view.stuck %}
<tr><td>{{ ToCase { link: stuck.link }|safe }}</td><td>{{ stuck.reason }}</td></tr>{% endfor %}
</tbody></table></div>{% if view.stuck_more > 0 %}<p class="meta">and {{ view.stuck_more }} more in <code>record.json</code></p>{% endif %}</section>{% endif %}

{% if !view.unmet.is_empty() %}<section id="gates"><h2>Gates not met</h2>
<div class="wide" tabindex="0" role="group" aria-label="Gates not met"><table class="gates">
<thead><tr><th>Suite</th><th>Demands</th><th>Found</th><th>Verdict</th></tr></thead>
<tbody>{% for gate in view.unmet %}
<tr><td>{{ gate.gate.suite }}</td><td>{{ gate.gate.title }}</td><td>{{ gate.gate.actual }}</td><td><span class="pill {{ gate.tone }}">{{ gate.gate.outcome.word() }}</span></td></tr>{% endfor %}
</tbody></table></div></section>{% endif %}

{% if !view.skipped.is_empty() %}<section id="skipped"><h2>Skipped</h2>
{% for group in view.skipped %}<details class="plain"><summary><span class="pill open">{{ group.count }}</span> {{ group.reason }}</summary>
<ul>{% for link in group.cases %}<li>{{ ToCase { link: link }|safe }}{% if !link.case.required %} (not required){% endif %}</li>{% endfor %}{% if group.more > 0 %}<li class="quiet">and {{ group.more }} more in <code>record.json</code></li>{% endif %}</ul>
</details>
{% endfor %}</section>{% endif %}

{% if !record.suites.is_empty() %}<section id="suites"><h2>Suites</h2>
<div class="wide" tabindex="0" role="group" aria-label="Suites"><table>
<thead><tr><th>Suite</th><th>Verdict</th><th class="n">Cases</th><th class="n">Passed</th><th class="n">Failed</th><th class="n">Not carried out</th><th class="n">Skipped</th><th class="n">Time, summed over cases</th></tr></thead>
<tbody>{% for suite in view.suites %}
<tr><td>{{ suite.figures.title }}</td><td><span class="pill {{ suite.tone }}">{{ suite.figures.outcome.word() }}</span></td><td class="n">{{ suite.figures.totals.cases }}</td><td class="n">{{ suite.figures.totals.passed }}</td><td class="n">{{ suite.figures.totals.failed }}</td><td class="n">{{ suite.figures.totals.errors }}</td><td class="n">{{ suite.figures.totals.skipped }}</td><td class="n">{{ self::nanos(suite.figures.took_ns) }}</td></tr>{% endfor %}
</tbody></table></div></section>{% endif %}

{% if !record.coverage.is_empty() || !view.held.is_empty() %}<section id="coverage"><h2>Coverage</h2>
{% if !record.coverage.is_empty() %}<div class="wide" tabindex="0" role="group" aria-label="Coverage"><table class="coverage">
<thead><tr><th>Suite</th>{% for title in view.coverage.titles %}<th class="n">{{ title }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in view.coverage.rows %}
<tr><td>{{ row.coverage.suite }}{% if row.coverage.spec != row.coverage.suite %}<br><small class="quiet">{{ row.coverage.spec }}</small>{% endif %}</td>{% for cell in row.cells %}<td class="n">{% if let Some(dimension) = cell %}{% if let Some(share) = dimension.share %}<b{% if !dimension.missing.is_empty() %} class="open"{% endif %}>{{ self::share(*share) }}</b> <span class="quiet">{{ dimension.seen }}/{{ dimension.known }}</span><svg class="bar{% if !dimension.missing.is_empty() %} open{% endif %}" viewBox="0 0 10000 400" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="10000" height="400"/><rect class="fill" width="{{ share }}" height="400"/></svg>{% endif %}{% else %}<span class="quiet">–</span>{% endif %}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></div>{% endif %}
{% for (coverage, dimension) in view.coverage.missing %}<div class="unseen"><p><b>{{ coverage.suite }}</b>: {{ dimension.missing.len() }} of {{ dimension.known }} {{ dimension.title }} not seen</p>
{% if dimension.missing.len() > 12 %}<details><summary>Which</summary>{{ Missing { items: dimension.missing.as_slice() }|safe }}</details>{% else %}{{ Missing { items: dimension.missing.as_slice() }|safe }}{% endif %}</div>
{% endfor %}{% if !view.held.is_empty() %}<details class="plain held"><summary>{{ record.totals.gates_held }} of {{ record.totals.gates }} gates hold</summary>
<div class="scroll" tabindex="0" role="group" aria-label="Gates that hold"><table>
<thead><tr><th>Suite</th><th>Demands</th><th>Found</th></tr></thead>
<tbody>{% for gate in view.held %}
<tr><td>{{ gate.gate.suite }}</td><td>{{ gate.gate.title }}</td><td>{{ gate.gate.actual }}</td></tr>{% endfor %}
</tbody></table></div></details>{% endif %}
</section>{% endif %}

{% if !view.requirements.is_empty() %}<section id="requirements"><h2>Requirements and their cases</h2>
<div class="wide" tabindex="0" role="group" aria-label="Requirements"><table class="matrix">
<thead><tr><th>Requirement</th><th data-facet>Suite</th><th data-facet>Verdict</th><th data-fixed>Cases</th></tr></thead>
<tbody>{% for row in view.requirements %}
{{ Requirement { row: row }|safe }}{% endfor %}
</tbody></table></div>
<p class="meta">✓ passed, ✗ failed, ! not carried out, – skipped, ? to review, · not applicable. Each sign leads to its case.</p></section>{% endif %}

{% if !view.lifecycles.is_empty() %}<section id="lifecycles"><h2>Lifecycles</h2>
{% for graph in view.lifecycles %}{{ graph|safe }}
{% endfor %}</section>{% endif %}

{% if let Some(deliveries) = record.deliveries %}<section id="deliveries"><h2>Deliveries</h2>
<div class="wide" tabindex="0" role="group" aria-label="Deliveries"><table>
<thead><tr><th>Callback</th><th class="n">Sent</th><th class="n">Notifications</th><th class="n">Acknowledged</th><th class="n">Replayed</th><th class="n">Lost</th><th class="n">Duplicates</th><th class="n">Out of order</th><th>Provoked by the cases</th></tr></thead>
<tbody>{% for row in deliveries.rows %}
{{ Delivered { row: row, total: false }|safe }}{% endfor %}</tbody>
{% if deliveries.rows.len() > 1 %}<tfoot>{{ Delivered { row: &deliveries.total, total: true }|safe }}</tfoot>{% endif %}
</table></div>
<p class="meta">Every attempt that was sent is the first of its notification, a replay after a failure, or a duplicate after an acknowledgement. Lost is what was never acknowledged; out of order, what first came after a younger event of the same entity. {% if let Some(listed) = deliveries.listed %}The platform's own list has {{ listed }} of the notifications.{% else %}The platform shows no list of its own, so what never arrived is not known.{% endif %}</p></section>{% endif %}

{% if !view.suites.is_empty() %}<section id="cases"><h2>Cases</h2>
<p class="meta lead">Messages are shown in full where something was found; <code>record.json</code> beside this page has all of them.</p>
<fieldset class="filter"><legend>Show</legend>
<label><input type="radio" name="show" id="show-all" checked> all</label>
<label><input type="radio" name="show" id="show-bad"> failed</label>
<label><input type="radio" name="show" id="show-open"> skipped and to review</label>
<label><input type="radio" name="show" id="show-good"> passed</label>
</fieldset>
<div id="case-list" data-filter="Cases" data-facets="outcome">{% for suite in view.suites %}<div class="suite"><h3>{{ suite.figures.title }} <span class="pill {{ suite.tone }}">{{ suite.figures.outcome.word() }}</span></h3>
<div class="list">
{% for entry in suite.entries %}{% match entry %}{% when Entry::Case(case) %}{{ Case { view: case }|safe }}{% when Entry::Quiet(quiet) %}{{ Quiet { view: quiet }|safe }}{% endmatch %}
{% endfor %}</div>{% if suite.left_out > 0 %}<p class="meta left-out">{{ suite.left_out }} more cases of this suite are not on this page, which shows those with findings first: <code>record.json</code> beside it has all of them, and <code>proofmark report show RUN --format csv</code> lists them.</p>{% endif %}</div>
{% endfor %}</div></section>{% endif %}

{% if !record.operations.is_empty() %}<section id="operations"><h2>Operations</h2>
<div class="wide" tabindex="0" role="group" aria-label="Operations"><table>
<thead><tr><th>Operation</th><th class="n">Calls</th><th>Answers</th><th class="n">Median</th><th class="n">99%</th><th class="n">Longest</th></tr></thead>
<tbody>{% for operation in record.operations %}
<tr><td><code>{{ operation.operation }}</code>{% if self::received(operation) %} <span class="quiet">received</span>{% endif %}</td><td class="n">{{ operation.calls }}</td><td>{% for status in operation.statuses %}<span class="status">{{ status.status }}<span class="quiet"> × {{ status.count }}</span></span> {% endfor %}{% if operation.unanswered > 0 %}<span class="status">none<span class="quiet"> × {{ operation.unanswered }}</span></span>{% endif %}</td><td class="n">{{ self::maybe(operation.p50_ns) }}</td><td class="n">{{ self::maybe(operation.p99_ns) }}</td><td class="n">{{ self::maybe(operation.max_ns) }}</td></tr>{% endfor %}
</tbody></table></div>
<p class="meta">Times are service times: from the start of sending to the last byte of the answer.</p></section>{% endif %}

{% if !view.others.is_empty() %}<section id="others"><h2>Other exchanges</h2>
<details class="plain"><summary>{{ view.others_count }} for the run as a whole, such as fetching tokens, or not yet part of a finished case</summary>
<table class="calls">{% for row in view.others %}<tr><td></td>{{ Calls { row: row }|safe }}</tr>{% endfor %}</table>{% if view.others_more > 0 %}<p class="meta">and {{ view.others_more }} more in <code>record.json</code></p>{% endif %}</details></section>{% endif %}

{{ Kept::of(record.redactions, record.notes)|safe }}<section id="origin"><h2>What was run</h2>
<dl class="origin">
{% if let Some(command) = record.command %}<div><dt>Command</dt><dd class="code"><code class="command">{{ command }}</code></dd></div>{% endif %}
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

pub(super) fn nanos(nanos: impl std::borrow::Borrow<u64>) -> Nanos {
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

pub(super) fn moment(instant: impl std::borrow::Borrow<Timestamp>) -> String {
    instant.borrow().strftime("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}

pub(super) fn level(level: impl std::borrow::Borrow<Level>) -> &'static str {
    match level.borrow() {
        Level::Error => "bad",
        Level::Warning => "open",
    }
}

fn received(operation: &OperationFigures) -> bool {
    operation.way == Way::Inbound
}
