//! The frame of a certification's page.
//!
//! Checked when it is compiled, and every value in it is escaped. Never decides what is shown.

use crate::record::certification::CertificationRecord;
use crate::report::html::certification::chart::{LEFT, WIDTH};
use crate::report::html::certification::view::View;
use crate::report::html::kept::Kept;
use crate::report::html::page::nanos;
use crate::report::html::parts::{Calls, Exchange, Finding, Head, Prose};
use askama::Template;
use jiff::Timestamp;

/// The whole page.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{{ Head { title: view.headline, of: record.registered, policy: policy, style: style }|safe }}
<body>
<header class="verdict {{ view.tone }}">
<p class="brand">Proofmark certification</p>
<h1>{{ view.headline }}</h1>
<p class="target">{{ record.registered }}</p>
{% if !view.rest.is_empty() %}<ul class="said">{% for part in view.rest %}<li>{{ part }}</li>{% endfor %}</ul>{% endif %}
<dl class="facts">
<div><dt>Profile</dt><dd>{{ record.profile.name }}</dd></div>
<div><dt>Spec</dt><dd>{{ record.spec.title }} {{ record.spec.version }}</dd></div>
{% if let Some(tls) = record.tls %}<div><dt>TLS</dt><dd>{{ tls.version }}</dd></div>{% endif %}
<div><dt>Began</dt><dd>{{ self::at(record.began) }}</dd></div>
<div><dt>Took</dt><dd>{{ self::nanos(record.took_ns) }}</dd></div>
<div><dt>Seed</dt><dd>{{ record.seed }}</dd></div>
<div><dt>Exchanges</dt><dd>{{ record.totals.exchanges }}</dd></div>
<div><dt>Version</dt><dd>{{ record.tool_version }}</dd></div>
</dl>
</header>
<main>
{% if record.totals.modules > 0 %}<ul class="tiles">
<li><b>{{ record.totals.modules }}</b> {% if record.totals.modules == 1 %}module{% else %}modules{% endif %}</li>
<li class="{% if record.totals.passed > 0 %}good{% endif %}"><b>{{ record.totals.passed }}</b> passed</li>
<li class="{% if record.totals.failed > 0 %}bad{% endif %}"><b>{{ record.totals.failed }}</b> failed</li>
{% if record.totals.passed_unexpectedly > 0 %}<li class="bad"><b>{{ record.totals.passed_unexpectedly }}</b> did not fail as announced</li>{% endif %}
{% if record.totals.failed_as_expected > 0 %}<li class="open"><b>{{ record.totals.failed_as_expected }}</b> failed as announced</li>{% endif %}
{% if record.totals.warned > 0 %}<li class="open"><b>{{ record.totals.warned }}</b> with a warning</li>{% endif %}
{% if record.totals.review > 0 %}<li class="open"><b>{{ record.totals.review }}</b> to review</li>{% endif %}
{% if record.totals.skipped > 0 %}<li class="open"><b>{{ record.totals.skipped }}</b> not judged</li>{% endif %}
{% if record.totals.not_applicable > 0 %}<li><b>{{ record.totals.not_applicable }}</b> not applicable</li>{% endif %}
</ul>{% endif %}
<nav aria-label="Parts of the report"><ul class="jump">
{% if !view.found.is_empty() %}<li><a href="#findings">Findings</a></li>{% endif %}
{% if !view.review.is_empty() %}<li><a href="#review">To review</a></li>{% endif %}
{% if !view.rows.is_empty() %}<li><a href="#requirements">Requirements</a></li>{% endif %}
{% if !view.times.is_empty() %}<li><a href="#times">Response times</a></li>{% endif %}
{% if !view.modules.is_empty() %}<li><a href="#modules">Exchanges</a></li>{% endif %}
<li><a href="#origin">What was run</a></li>
</ul></nav>

{% if !view.found.is_empty() %}<section id="findings"><h2>Findings</h2>
<div data-filter="Findings" data-facets="level module">{% for found in view.found %}<article class="cause {{ found.tone }}" id="{{ found.finding.id }}" data-item data-level="{{ found.word }}" data-module="{{ found.module.key }}">
<h3><span class="pill {{ found.tone }}">{{ found.word }}</span> {{ Prose::of(found.finding.message)|safe }}</h3>
<p class="meta"><a href="#row-{{ found.module.key }}">{{ found.module.label() }}</a>, <code>{{ found.finding.check }}</code>{% if let Some(id) = found.elsewhere %}, in <a href="#{{ id }}">{{ id }}</a>{% endif %}</p>
{{ Finding { finding: found.finding }|safe }}
{% if !found.others.is_empty() %}<p class="meta">Likewise:</p><ul>{% for other in found.others %}<li id="{{ other.id }}">{{ Prose::of(other.message)|safe }}{% if let Some(id) = other.exchange %} <span class="quiet">{{ id }}</span>{% endif %}</li>{% endfor %}</ul>{% endif %}
{% if let Some(exchange) = found.exchange %}{{ Exchange { view: exchange }|safe }}{% endif %}
</article>
{% endfor %}</div></section>{% endif %}

{% if !view.announced.is_empty() %}<section id="announced"><h2>Announced failures</h2>
<ul class="looks">{% for (module, expected) in view.announced %}
<li{% if !expected.came %} class="bad"{% endif %}><p><a href="#row-{{ module.key }}">{{ module.label() }}</a> {% if expected.came %}<span class="pill open">failed as announced</span>{% else %}<span class="pill bad">did not fail</span>{% endif %}</p><p>{{ Prose::of(expected.reason)|safe }}</p></li>{% endfor %}
</ul></section>{% endif %}

{% if !view.review.is_empty() %}<section id="review"><h2>For a person to look at</h2>
<ul class="looks">{% for (module, condition) in view.review %}
<li><p><b>{{ condition.title }}</b> <a href="#row-{{ module.key }}">{{ module.label() }}</a></p>{% if let Some(reason) = condition.reason %}<p>{{ Prose::of(reason)|safe }}</p>{% endif %}<p class="meta">{{ condition.requirement.id }}, {{ condition.requirement.source }}</p></li>{% endfor %}
</ul></section>{% endif %}

{% if !view.rows.is_empty() %}<section id="requirements"><h2>Requirements by row</h2>
<div class="wide" tabindex="0" role="group" aria-label="Requirements"><table class="rows">
<thead><tr><th class="n">Row</th><th>Module</th><th>Requirement</th><th>Found</th></tr></thead>
{% for row in view.rows %}<tbody id="row-{{ row.module.key }}">
<tr><td class="n" rowspan="{{ row.span() }}">{% if row.module.row > 0 %}{{ row.module.row }}{% endif %}</td><td rowspan="{{ row.span() }}"><span class="asks">{{ row.module.title }}</span><code class="quiet">{{ row.module.key }}</code>{% if !row.module.required %} <span class="quiet">optional</span>{% endif %}<br><span class="pill {{ row.tone }}">{{ row.word }}</span></td>
{% for view in row.conditions %}{% if !loop.first %}<tr>{% endif %}<td>{{ view.condition.title }}{% if let Some(reason) = view.condition.reason %}<p class="why">{{ Prose::of(reason)|safe }}</p>{% endif %}<small class="quiet">{{ view.condition.requirement.id }}, {{ view.condition.requirement.source }}</small></td><td>{% if let Some(id) = view.finding %}<a class="pill {{ view.tone }}" href="#{{ id }}">{{ view.condition.result.word() }}</a>{% else %}<span class="pill {{ view.tone }}">{{ view.condition.result.word() }}</span>{% endif %}</td></tr>
{% endfor %}{% if row.conditions.is_empty() %}<td class="quiet" colspan="2">{% for note in row.module.notes %}{{ note }} {% endfor %}</td></tr>
{% endif %}</tbody>{% endfor %}</table></div></section>{% endif %}

{% if !view.times.is_empty() %}<section id="times"><h2>Response times</h2>
{% for (module, latency, chart) in view.times %}<figure class="chart"><figcaption>{{ module.title }} <span class="quiet">{{ latency.count }} answers</span></figcaption>
<svg viewBox="0 0 720 {{ chart.height }}" role="img" aria-label="{{ chart.described }}">
{% for mark in chart.marks %}<line class="grid" x1="{{ mark.x }}" x2="{{ mark.x }}" y1="0" y2="{{ chart.bottom }}"/><text class="mark" x="{{ mark.x }}" y="{{ chart.height - 6 }}">{{ mark.time }}</text>
{% endfor %}{% for bar in chart.bars %}<text class="name" x="{{ self::LEFT - 10 }}" y="{{ bar.text_y }}">{{ bar.label }}</text><rect class="track" x="{{ self::LEFT }}" y="{{ bar.y }}" width="{{ self::WIDTH }}" height="20" rx="2"/><rect class="time-bar" x="{{ self::LEFT }}" y="{{ bar.y }}" width="{{ bar.width }}" height="20" rx="2"/><text class="value" x="{{ bar.end }}" y="{{ bar.text_y }}">{{ bar.time }}</text>
{% endfor %}</svg>
<div class="scroll" tabindex="0" role="group" aria-label="Response times in figures"><table>
<thead><tr><th class="n">Answers</th><th class="n">Half within</th><th class="n">90% within</th><th class="n">99% within</th><th class="n">Longest</th></tr></thead>
<tbody><tr><td class="n">{{ latency.count }}</td><td class="n">{{ self::nanos(latency.p50_ns) }}</td><td class="n">{{ self::nanos(latency.p90_ns) }}</td><td class="n">{{ self::nanos(latency.p99_ns) }}</td><td class="n">{{ self::nanos(latency.max_ns) }}</td></tr></tbody>
</table></div></figure>
{% endfor %}<p class="meta">Times are service times: from the start of sending to the last byte of the answer.</p></section>{% endif %}

{% if !view.modules.is_empty() %}<section id="modules"><h2>Exchanges by module</h2>
<p class="meta lead">Messages are shown in full where something was found; <code>record.json</code> beside this page has all of them.</p>
<div class="list" data-filter="Exchanges by module" data-facets="outcome">
{% for entry in view.modules %}<details class="case {{ entry.tone }}" data-item data-outcome="{{ entry.word }}"><summary><span class="pill {{ entry.tone }}">{{ entry.word }}</span><span class="title">{{ entry.module.label() }} <span class="quiet">{{ entry.module.exchanges.len() }} {% if entry.module.exchanges.len() == 1 %}exchange{% else %}exchanges{% endif %}</span></span><span class="time">{{ self::nanos(entry.module.took_ns) }}</span></summary>
<div class="inside">{% if !entry.module.notes.is_empty() %}<ul class="notes">{% for note in entry.module.notes %}<li>{{ note }}</li>{% endfor %}</ul>{% endif %}
{% if entry.module.waited_ns > 0 %}<p class="meta">of which {{ self::nanos(entry.module.waited_ns) }} were spent waiting, as the module has to</p>{% endif %}
{% if !entry.calls.is_empty() %}<table class="calls">{% for row in entry.calls %}<tr>{{ Calls { row: row }|safe }}</tr>{% endfor %}</table>{% if entry.more > 0 %}<p class="meta">and {{ entry.more }} more in the record</p>{% endif %}{% else %}<p class="meta">It made no exchange of its own.</p>{% endif %}
</div></details>
{% endfor %}{% if !view.others.is_empty() %}<details class="case"><summary><span class="pill">OTHERS</span><span class="title">of no module that came to its end</span><span class="time"></span></summary>
<div class="inside"><table class="calls">{% for row in view.others %}<tr>{{ Calls { row: row }|safe }}</tr>{% endfor %}</table></div></details>{% endif %}
</div></section>{% endif %}

{{ Kept::of(record.redactions, record.notes)|safe }}<section id="origin"><h2>What was run</h2>
<dl class="origin">
{% if let Some(command) = record.command %}<div><dt>Command</dt><dd class="code"><code class="command">{{ command }}</code></dd></div>{% endif %}
<div><dt>Began, ended</dt><dd>{{ self::at(record.began) }}, {{ self::at(record.ended) }}</dd></div>
<div><dt>Profile</dt><dd>{{ record.profile.name }}: {{ record.profile.title }}</dd></div>
{% if !record.left_out.is_empty() %}<div><dt>Left out</dt><dd>{% for key in record.left_out %}<code>{{ key }}</code> {% endfor %}</dd></div>{% endif %}
{% for delivery in record.endpoints %}<div><dt>Delivers to</dt><dd><code>{{ delivery.url }}</code> <span class="quiet">{{ delivery.operation }}</span></dd></div>
{% endfor %}{% if let Some(tls) = record.tls %}<div><dt>TLS</dt><dd>{{ tls.version }}, {{ tls.cipher }}{% if let Some(distrust) = tls.distrust %}<p class="reason">{{ distrust }}</p>{% endif %}{% for fingerprint in tls.chain %}<br><code class="quiet">sha256 {{ fingerprint }}</code>{% endfor %}</dd></div>{% endif %}
{% for document in record.documents %}<div><dt>{{ document.kind }}</dt><dd><code>{{ document.name }}</code><br><code class="quiet">sha256 {{ document.sha256 }}</code></dd></div>
{% endfor %}</dl></section>
</main>
</body>
</html>
"##
)]
pub(super) struct Page<'a> {
    pub(super) view: View<'a>,
    pub(super) record: &'a CertificationRecord,
    pub(super) policy: String,
    pub(super) style: &'static str,
}

fn at(instant: impl std::borrow::Borrow<Timestamp>) -> String {
    instant.borrow().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
