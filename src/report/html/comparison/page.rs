//! The frame of a comparison's page.
//!
//! Checked when it is compiled, and every value in it is escaped. Never decides what is shown.

use crate::record::compare::ComparisonRecord;
use crate::report::html::comparison::view::View;
use crate::report::html::kept::Kept;
use crate::report::html::load::page::{at, count};
use crate::report::html::load::parts::Plot;
use crate::report::html::parts::{Head, Prose};
use askama::Template;

/// The whole page.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{{ Head { title: view.headline, of: record.title, policy: policy, style: style }|safe }}
<body>
<header class="verdict {{ view.tone }}">
<p class="brand">Proofmark comparison</p>
<p class="sound"><span class="pill {{ view.tone }}">{{ record.verdict.word() }}</span>{% if let Some(load) = record.load %} {{ load.described }}{% endif %}</p>
<h1>{{ view.headline }}</h1>
<p class="target">{{ record.title }}</p>
{% if !view.rest.is_empty() %}<ul class="said">{% for part in view.rest %}<li>{{ part }}</li>{% endfor %}</ul>{% endif %}
<dl class="facts">
<div><dt>Baseline</dt><dd>{{ record.baseline.target }}</dd></div>
<div><dt>Candidate</dt><dd>{{ record.candidate.target }}</dd></div>
<div><dt>First run</dt><dd>{{ self::at(record.began) }}</dd></div>
<div><dt>Last run ended</dt><dd>{{ self::at(record.ended) }}</dd></div>
<div><dt>Version</dt><dd>{{ record.tool_version }}</dd></div>
</dl>
</header>
<main>
<nav aria-label="Parts of the report"><ul class="jump">
{% if !view.operations.is_empty() %}<li><a href="#effects">Effects</a></li>{% endif %}
{% if !view.sure.is_empty() %}<li><a href="#sure">How sure</a></li>{% endif %}
{% if record.conformance.is_some() %}<li><a href="#findings">Findings</a></li>{% endif %}
{% if !record.unsaid.is_empty() %}<li><a href="#unsaid">What cannot be said</a></li>{% endif %}
{% if !view.curves.is_empty() %}<li><a href="#percentiles">Percentiles</a></li>{% endif %}
{% if !view.order.is_empty() %}<li><a href="#order">In order</a></li>{% endif %}
<li><a href="#runs">Runs</a></li>
<li><a href="#ground">What was compared</a></li>
</ul></nav>

{% if !view.operations.is_empty() %}<section id="effects"><h2>Effects</h2>
{% for view in view.operations %}<figure class="chart effects"><figcaption>{{ view.operation.operation }} <span class="quiet">{{ self::count(view.operation.baseline_answers) }} answers of the baseline, {{ self::count(view.operation.candidate_answers) }} of the candidate</span></figcaption>
{% if let Some(forest) = view.forest %}{{ forest|safe }}{% endif %}
<div class="scroll" tabindex="0" role="group" aria-label="Figures of {{ view.operation.operation }}"><table class="figures">
<thead><tr><th>Figure</th><th class="n">Baseline</th><th class="n">Candidate</th><th class="n">Change</th><th class="n">95% interval</th><th class="n">Margin</th><th>Verdict</th></tr></thead>
<tbody>{% for row in view.rows %}<tr><td>{{ row.figure.figure.name() }}</td>{% if let Some(why) = row.figure.refused %}<td colspan="5" class="quiet">{{ why }}</td>{% else %}{% for cell in row.cells %}<td class="n">{{ cell }}</td>{% endfor %}{% endif %}<td>{% if row.figure.decides.is_some() %}<span class="pill {{ row.tone }}">{{ row.word }}</span>{% else %}<span class="quiet">{{ row.word }}</span>{% endif %}</td></tr>
{% endfor %}</tbody></table></div></figure>
{% endfor %}<p class="meta">Every run gives one value of a figure, and the change is that of these values: requests within a run share its luck, and are no evidence by themselves. A line is the 95% interval of the change, the shaded band the margin of what decides. It regressed where the whole interval lies beyond the margin, by Holm's rule over all that decides; it did not where the whole interval lies below it; else nobody knows. Errors are compared as a difference of shares.</p></section>{% endif %}

{% if !view.sure.is_empty() %}<section id="sure"><h2>How sure</h2>
<ul class="looks">{% for (operation, figure, said) in view.sure %}<li><p><b>{{ operation.operation }} {{ figure.figure.name() }}</b></p>{% for line in said %}<p>{{ line }}</p>{% endfor %}</li>
{% endfor %}</ul><p class="meta">All of it is of the runs at hand: at another spread it would be another figure.</p></section>{% endif %}

{% if let Some(conformance) = record.conformance %}<section id="findings"><h2>Findings</h2>
<ul class="tiles">{% for kind in conformance.counts %}<li><b>{{ kind.count }}</b> {{ kind.status.word() }}</li>{% endfor %}</ul>
{% if view.findings.is_empty() %}<p class="meta">Nothing was found on either side.</p>{% else %}<div class="wide" tabindex="0" role="group" aria-label="Findings"><table class="changes">
<thead><tr><th>What became of it</th><th>Finding</th><th>Case</th><th class="n">Runs before</th><th class="n">Runs now</th></tr></thead>
<tbody>{% for (found, tone) in view.findings %}<tr><td><span class="pill {{ tone }}">{{ found.status.word() }}</span></td><td>{{ Prose::of(found.message)|safe }}<br><small class="quiet"><code>{{ found.check }}</code>{% if let Some(operation) = found.operation %} on <code>{{ operation }}</code>{% endif %}{% if let Some(schema) = found.schema %}, <code>{{ schema }}</code>{% endif %}</small></td><td>{{ found.title }}<br><small class="quiet"><code>{{ found.case }}</code></small></td><td class="n">{{ found.baseline }}</td><td class="n">{{ found.candidate }}</td></tr>
{% endfor %}</tbody></table></div>{% endif %}
{% if !conformance.cases_added.is_empty() %}<h3>Cases added</h3><ul class="notes">{% for case in conformance.cases_added %}<li><code>{{ case }}</code></li>{% endfor %}</ul>{% endif %}
{% if !conformance.cases_removed.is_empty() %}<h3>Cases removed</h3><ul class="notes">{% for case in conformance.cases_removed %}<li><code>{{ case }}</code></li>{% endfor %}</ul>{% endif %}
{% if !conformance.coverage.is_empty() %}<h3>Coverage</h3><div class="wide" tabindex="0" role="group" aria-label="Coverage"><table>
<thead><tr><th>Suite</th><th>Of</th><th class="n">Before</th><th class="n">Now</th><th>Lost</th><th>Gained</th></tr></thead>
<tbody>{% for change in conformance.coverage %}<tr><td>{{ change.suite }}</td><td>{{ change.title }}</td><td class="n">{{ change.baseline.0 }}/{{ change.baseline.1 }}</td><td class="n">{{ change.candidate.0 }}/{{ change.candidate.1 }}</td><td>{{ change.lost.join(", ") }}</td><td>{{ change.gained.join(", ") }}</td></tr>
{% endfor %}</tbody></table></div>{% endif %}
<p class="meta">A finding is the same where its check, its operation, its place in the schema and its case are. What is not judged any more is not fixed.</p></section>{% endif %}

{% if !record.unsaid.is_empty() %}<section id="unsaid"><h2>What cannot be said</h2>
<ul class="notes">{% for line in record.unsaid %}<li>{{ line }}</li>{% endfor %}</ul></section>{% endif %}

{% if !view.curves.is_empty() %}<section id="percentiles"><h2>Percentiles</h2>
{% for (operation, chart) in view.curves %}<figure class="chart plot" aria-label="{{ operation.operation }}">{{ Plot { chart: chart }|safe }}</figure>
{% endfor %}</section>{% endif %}

{% if !view.order.is_empty() %}<section id="order"><h2>In order</h2>
<div class="plots">{% for chart in view.order %}<figure class="chart plot ordered">{{ Plot { chart: chart }|safe }}</figure>
{% endfor %}</div><p class="meta">Where both sides go up and down together, the machine or the network did; pairs take that out. The scale does not begin at nothing.</p></section>{% endif %}

<section id="runs"><h2>Runs</h2>
<div class="wide" tabindex="0" role="group" aria-label="Runs"><table class="runs">
<thead><tr><th>Side</th><th class="n">Pair</th><th>Began</th><th>By itself</th><th>Stored</th></tr></thead>
<tbody>{% for (side, run) in view.runs %}<tr><td>{{ side }}</td><td class="n">{% if let Some(pair) = run.pair %}{{ pair }}{% endif %}</td><td>{{ self::at(run.began) }}</td><td>{% if let Some(why) = run.left_out %}<span class="pill open">left out</span> {{ why }}{% else %}{{ run.sentence }}{% endif %}</td><td><code>{{ run.path }}</code></td></tr>
{% endfor %}</tbody></table></div></section>

{{ Kept::only(record.redactions)|safe }}<section id="ground"><h2>What was compared with what</h2>
{% if !view.differing.is_empty() %}<div class="wide" tabindex="0" role="group" aria-label="What differs"><table>
<thead><tr><th>Differs</th><th>Baseline</th><th>Candidate</th></tr></thead>
<tbody>{% for row in view.differing %}<tr><td>{{ row.name }}</td><td>{{ row.baseline }}</td><td>{{ row.candidate }}</td></tr>
{% endfor %}</tbody></table></div>{% endif %}
<dl class="origin">{% for row in view.shared %}<div><dt>{{ row.name }}</dt><dd>{{ row.baseline }}</dd></div>
{% endfor %}{% if let Some(command) = record.command %}<div><dt>Command</dt><dd class="code"><code class="command">{{ command }}</code></dd></div>{% endif %}
{% if let Some(load) = record.load %}<div><dt>Seed</dt><dd>{{ load.seed }}</dd></div>{% endif %}</dl></section>
</main>
</body>
</html>
"##
)]
pub(super) struct Page<'a> {
    pub(super) view: View<'a>,
    pub(super) record: &'a ComparisonRecord,
    pub(super) policy: String,
    pub(super) style: &'static str,
}
