//! The frame of a watch's page.
//!
//! Checked when it is compiled, and every value in it is escaped. Never decides what is shown.

use crate::record::monitor::MonitorRecord;
use crate::report::html::kept::Kept;
use crate::report::html::load::page::{at, count, us};
use crate::report::html::monitor::calendar::STEPS;
use crate::report::html::monitor::parts::{Calendar, Failure, Strip};
use crate::report::html::monitor::view::View;
use crate::report::html::page::nanos;
use crate::report::html::parts::Head;
use askama::Template;

/// The whole page.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{{ Head { title: view.headline, of: record.name, policy: policy, style: style }|safe }}
<body>
<header class="verdict {{ view.tone }}">
<p class="brand">Proofmark monitor</p>
<h1>{{ view.headline }}</h1>
<p class="target">{{ record.name }}, {{ record.target }}</p>
{% if !view.rest.is_empty() %}<ul class="said exact">{% for part in view.rest %}<li>{{ part }}</li>{% endfor %}</ul>{% endif %}
<div class="headline"><p class="big"><b>{{ view.figure.share }}</b> available inside the window, of the time observed</p>
<p class="beside">{% if let Some(bounds) = view.figure.bounds %}{{ bounds }}, since nothing is known of {{ self::nanos(view.figure.figures.no_data_ns) }}; {% endif %}raw, with planned maintenance left in: {{ view.figure.raw }}</p>
{% if view.figure.figures.eligible_ns > 0 %}{{ Strip { bar: view.figure.bar, alone: true }|safe }}
<ul class="key"><li><i class="up"></i>up {{ self::nanos(view.figure.figures.up_ns) }}</li><li><i class="degraded"></i>degraded {{ self::nanos(view.figure.figures.degraded_ns) }}</li><li><i class="down"></i>down {{ self::nanos(view.figure.figures.down_ns) }}</li><li><i class="unknown"></i>no data {{ self::nanos(view.figure.figures.no_data_ns) }}</li><li class="quiet">of {{ self::nanos(view.figure.figures.eligible_ns) }} in the window</li></ul>{% endif %}</div>
<dl class="facts">
<div><dt>Window</dt><dd>{{ record.window }}</dd></div>
<div><dt>Down is</dt><dd>{{ record.rule }}</dd></div>
<div><dt>Watched</dt><dd>{{ view.watched }}</dd></div>
<div><dt>Environment</dt><dd>{{ record.environment }}</dd></div>
<div><dt>Version</dt><dd>{{ record.tool_version }}</dd></div>
</dl>
</header>
<main>
<ul class="tiles">
<li><b>{{ self::nanos(record.took_ns) }}</b> watched</li>
<li><b>{{ self::nanos(view.figure.figures.eligible_ns) }}</b> in the window</li>
<li class="{% if view.figure.figures.down_ns > 0 %}bad{% endif %}"><b>{{ self::nanos(view.figure.figures.down_ns) }}</b> down</li>
<li class="{% if view.figure.figures.no_data_ns > 0 %}open{% endif %}"><b>{{ self::nanos(view.figure.figures.no_data_ns) }}</b> without data</li>
<li><b>{{ record.incidents.len() }}</b> {% if record.incidents.len() == 1 %}outage{% else %}outages{% endif %}, counted or not</li>
<li><b>{{ self::count(record.all.probes.total) }}</b> probes in the window, {{ self::count(record.all.probes.down) }} failed</li>
</ul>
<nav aria-label="Parts of the report"><ul class="jump">
{% if !view.targets.is_empty() %}<li><a href="#targets">Targets</a></li>{% endif %}
{% if !record.all.dates.is_empty() %}<li><a href="#days">Days</a></li>{% endif %}
<li><a href="#operations">Operations</a></li>
{% if !record.all.hours.is_empty() %}<li><a href="#when">Weekdays and hours</a></li>{% endif %}
{% if !view.outages.is_empty() %}<li><a href="#outages">Outages</a></li>{% endif %}
<li><a href="#sessions">Sessions</a></li>
<li><a href="#meaning">What the figures mean</a></li>
<li><a href="#origin">What was run</a></li>
</ul></nav>

{% if !view.targets.is_empty() %}<section id="targets"><h2>Targets</h2>
<div class="wide"><table class="goals">
<thead><tr><th>Target</th><th>Verdict</th><th class="n">Available</th><th class="drawn">Error budget</th><th>Burn rate over the last</th></tr></thead>
<tbody>{% for view in view.targets %}
<tr><th scope="row">{{ view.target.title }}</th><td><span class="pill {{ view.tone }}">{{ view.word }}</span></td><td class="n"><b>{{ view.share }}</b>{% if let Some(bounds) = view.bounds %}<small>{{ bounds }}</small>{% endif %}</td><td class="drawn">{{ Strip { bar: view.bar, alone: false }|safe }}<span class="{% if view.target.left_ns < 0 %}bad{% endif %}">{{ view.left }}</span><small>{{ self::nanos(view.target.spent_ns) }} of {{ self::nanos(view.target.budget_ns) }} spent</small></td><td><ul class="burns">{% for (over, rate) in view.burns %}<li><span class="quiet">{{ over }}</span> <b>{{ rate }}</b></li>{% endfor %}</ul></td></tr>{% if !view.target.alerts.is_empty() %}
<tr class="alerts"><td colspan="5">{% for alert in view.target.alerts %}<span>{{ alert.title }}</span>{% endfor %}</td></tr>{% endif %}{% endfor %}
</tbody></table></div>
<p class="meta">What stands below the share are its bounds, where not all is known. The budget is the time that a target allows to be down. A burn rate of 1 spends all of it over the whole period; {% if record.gaps.is_empty() %}it is taken over eligible time.{% else %}it is taken over eligible time that was observed.{% endif %}</p></section>{% endif %}

{% if !record.all.dates.is_empty() %}<section id="days"><h2>Days</h2>
{% if self::is_calendar(view) %}<ul class="key levels">{% for (class, _, title) in STEPS %}<li><i class="{{ class }}"></i>{{ title }}</li>{% endfor %}<li><i class="unknown"></i>no data</li><li><i class="fair holes"></i>partly without data</li><li><i class="closed"></i>closed: outside the window</li></ul>{% endif %}
{{ Calendar { days: view.days }|safe }}
{% for (subject, days) in view.of_each %}<details class="plain each"><summary>{{ subject.operation }}</summary>{{ Calendar { days: days }|safe }}</details>
{% endfor %}{% if self::is_calendar(view) %}<details class="plain each"><summary>In figures</summary><div class="scroll" tabindex="0" role="group" aria-label="Days in figures"><table class="figures">
<thead><tr><th>Date</th><th class="n">Available</th><th class="n">At least</th><th class="n">At most</th><th class="n">Window</th><th class="n">Down</th><th class="n">Degraded</th><th class="n">No data</th></tr></thead>
<tbody>{% for date in record.all.dates %}<tr><td>{{ date.date }}</td><td class="n">{{ self::share(date.figures.availability) }}</td><td class="n">{{ self::share(date.figures.at_least) }}</td><td class="n">{{ self::share(date.figures.at_most) }}</td><td class="n">{{ self::nanos(date.figures.eligible_ns) }}</td><td class="n">{{ self::nanos(date.figures.down_ns) }}</td><td class="n">{{ self::nanos(date.figures.degraded_ns) }}</td><td class="n">{{ self::nanos(date.figures.no_data_ns) }}</td></tr>
{% endfor %}</tbody></table></div></details>{% endif %}
<p class="meta">Dates are those of {{ record.zone }}, all operations as one, planned maintenance excluded. Shares are of the time observed and are cut, not rounded: 100% is said of all alone.</p></section>{% endif %}

<section id="operations"><h2>Operations</h2>
<div class="wide" tabindex="0" role="group" aria-label="Operations"><table class="figures watched">
<thead><tr><th>Operation</th><th class="n">Available</th><th class="n">Bounds</th><th class="n">Raw</th><th class="n">Down</th><th class="n">Degraded</th><th class="n">No data</th><th class="n">Probes</th><th class="n">Failed</th><th>Not up</th><th class="n">p50</th><th class="n">p99</th></tr></thead>
<tbody>{% for row in view.rows %}
<tr><td>{{ row.subject.operation }}</td><td data-label="Available" class="n"><b>{{ row.available }}</b></td><td data-label="Bounds" class="n">{% if row.subject.excluded.no_data_ns > 0 %}<span class="bound">{{ row.at_least }} to</span> <span class="bound">{{ row.at_most }}</span>{% else %}<span class="quiet">none</span>{% endif %}</td><td data-label="Raw" class="n">{{ row.raw }}</td><td data-label="Down" class="n{% if row.subject.excluded.down_ns > 0 %} bad{% endif %}">{{ self::nanos(row.subject.excluded.down_ns) }}</td><td data-label="Degraded" class="n">{{ self::nanos(row.subject.excluded.degraded_ns) }}</td><td data-label="No data" class="n">{{ self::nanos(row.subject.excluded.no_data_ns) }}</td><td data-label="Probes" class="n">{{ self::count(row.subject.probes.total) }}</td><td data-label="Failed" class="n">{{ self::count(row.subject.probes.down) }}</td><td data-label="Not up">{% for (why, n) in row.causes %}<span class="cause-of">{{ why }}<span class="quiet"> × {{ n }}</span></span>{% endfor %}</td><td data-label="p50" class="n">{{ self::us(row.subject.response_time.p50) }}</td><td data-label="p99" class="n">{{ self::us(row.subject.response_time.p99) }}</td></tr>{% endfor %}
</tbody></table></div>
<p class="meta">Bounds take what is not known for down, and for up. Probes and their times are those that were due in the window; why probes were not up is told of all of them.{% if record.all.probes_outside.total > 0 %} {{ self::count(record.all.probes_outside.total) }} further probes were due outside, of which {{ self::count(record.all.probes_outside.down) }} failed: that is information, and no part of any share.{% endif %}{% if record.all.late_probes > 0 %} {{ self::count(record.all.late_probes) }} probes said nothing, since the clock was set back.{% endif %}</p></section>

{% if !record.all.hours.is_empty() %}<section id="when"><h2>Weekdays and hours</h2>
<ul class="key"><li><i class="down"></i>down</li><li><i class="unknown"></i>no data</li><li><i class="degraded"></i>degraded</li></ul>
<div class="pair">{% for (title, rows) in view.lost %}<div class="wide"><table class="lost">
<thead><tr><th>{{ title }}</th><th class="drawn">Lost</th><th class="n">Down</th><th class="n">Available</th></tr></thead>
<tbody>{% for row in rows %}{% if let Some((figures, share, bar)) = row.figures %}<tr><th scope="row">{{ row.name }}</th><td class="drawn">{{ Strip { bar: bar, alone: true }|safe }}</td><td class="n{% if figures.down_ns > 0 %} bad{% endif %}">{% if figures.down_ns > 0 %}{{ self::nanos(figures.down_ns) }}{% else %}–{% endif %}</td><td class="n">{{ share }}</td></tr>
{% else %}<tr class="closed"><th scope="row">{{ row.name }}</th><td class="drawn" colspan="3">outside the window</td></tr>
{% endif %}{% endfor %}</tbody></table></div>{% endfor %}</div>
<p class="meta">Over the whole run, by clocks in {{ record.zone }}, all operations as one. A bar shows what was lost beside the most that was lost on any weekday, or in any hour.</p></section>{% endif %}

{% if !view.outages.is_empty() %}<section id="outages"><h2>Outages</h2>
<p class="meta lead">The latest first.{% if view.not_shown > 0 %} {{ view.not_shown }} earlier ones are in the record alone.{% endif %}</p>
{% for outage in view.outages %}<article class="cause {{ outage.tone }}">
<h3>{% if outage.incident.open %}<span class="pill bad">still down</span> {% endif %}{{ outage.incident.operation }} <span class="quiet">down for</span> {{ self::nanos(outage.incident.down_ns) }}</h3>
<p class="meta">{{ outage.span }}, {{ outage.failed }} failed{% if let Some(excused) = outage.excused %}; <b>{{ excused }}</b>{% endif %}</p>
{% if let Some(failure) = outage.first %}{{ Failure { name: "First", view: failure }|safe }}{% endif %}{% if let Some(failure) = outage.last %}{{ Failure { name: "Last", view: failure }|safe }}{% endif %}
</article>
{% endfor %}{% if !view.earlier.is_empty() %}<details class="plain each"><summary>{{ view.earlier.len() }} earlier</summary><div class="scroll" tabindex="0" role="group" aria-label="Earlier outages"><table class="figures">
<thead><tr><th>Operation</th><th>From, to</th><th class="n">Down</th><th class="n">Counts</th><th class="n">Failed</th><th>First failure</th></tr></thead>
<tbody>{% for outage in view.earlier %}<tr><td>{{ outage.incident.operation }}</td><td>{{ outage.span }}</td><td class="n">{{ self::nanos(outage.incident.down_ns) }}</td><td class="n{% if outage.incident.counted_ns > 0 %} bad{% endif %}">{{ self::nanos(outage.incident.counted_ns) }}</td><td class="n">{{ self::count(outage.incident.failed) }}</td><td>{% if let Some(failure) = outage.first %}{{ failure.reason }}{% endif %}</td></tr>
{% endfor %}</tbody></table></div></details>{% endif %}</section>{% endif %}

<section id="sessions"><h2>Sessions</h2>
<div class="wide" tabindex="0" role="group" aria-label="Sessions"><table class="figures">
<thead><tr><th>Watched from</th><th>To</th><th>It ended</th></tr></thead>
<tbody>{% for [from, to, end] in view.sessions %}<tr><td>{{ from }}</td><td>{{ to }}</td><td>{{ end }}</td></tr>
{% endfor %}{% if view.sessions.is_empty() %}<tr><td colspan="3">nobody watched</td></tr>{% endif %}</tbody></table></div>
{% if !view.gaps.is_empty() %}<div class="wide gaps" tabindex="0" role="group" aria-label="Gaps"><table class="figures">
<thead><tr><th>Nobody watched</th><th class="n">For</th></tr></thead>
<tbody>{% for [span, length] in view.gaps %}<tr><td>{{ span }}</td><td class="n">{{ length }}</td></tr>
{% endfor %}</tbody></table></div>{% endif %}
{% if !view.jumps.is_empty() %}<p class="meta">The clock of the machine that watched was set:</p><ul class="notes">{% for jump in view.jumps %}<li>{{ jump }}</li>{% endfor %}</ul>{% endif %}</section>

<section id="meaning"><h2>What the figures mean</h2>
<dl class="origin meaning">
<div><dt>Window</dt><dd>The hours in which the API is stated to be available, by clocks in the zone that states them. What is down outside of them is no fault, and counts nowhere.</dd></div>
<div><dt>Eligible time</dt><dd>The part of the watch that is in the window and not in planned maintenance. Every share is of eligible time.</dd></div>
<div><dt>Down</dt><dd>When it is: {{ record.rule }}. It lasts until a probe succeeds. Degraded is slower or otherwise not as it should be, and is available.</dd></div>
<div><dt>Available</dt><dd>What was not down, of the eligible time that was observed.</dd></div>
<div><dt>No data</dt><dd>Eligible time of which no probe tells: it is not up, and it is not down. “At least” takes all of it for down, “at most” for up. A target holds only where it would hold at least, and is missed only where it would be missed at most.</dd></div>
<div><dt>Raw</dt><dd>The same share with planned maintenance left in, beside the other so that both can be seen.</dd></div>
<div><dt>All operations</dt><dd>As one: down where any of them is, known where all of them are.</dd></div>
</dl></section>

{{ Kept::only(record.redactions)|safe }}<section id="origin"><h2>What was run</h2>
<dl class="origin">
{% if let Some(command) = record.command %}<div><dt>Command</dt><dd class="code"><code class="command">{{ command }}</code></dd></div>{% endif %}
<div><dt>Began, ended</dt><dd>{{ self::at(record.began) }}, {{ self::at(record.ended) }}</dd></div>
<div><dt>Seed</dt><dd>{{ record.seed }}</dd></div>
<div><dt>Time zones</dt><dd>{{ record.zone_database }}</dd></div>
{% for subject in record.operations %}{% if let Some(interval) = subject.interval_ns %}<div><dt>Probes</dt><dd>{{ subject.operation }} every {{ self::nanos(*interval) }}</dd></div>
{% endif %}{% endfor %}{% for fact in record.machine %}<div><dt>{{ fact.name }}</dt><dd>{{ fact.value }}</dd></div>
{% endfor %}{% for document in record.documents %}<div><dt>{{ document.kind }}</dt><dd><code>{{ document.name }}</code><br><code class="quiet">sha256 {{ document.sha256 }}</code></dd></div>
{% endfor %}</dl>
{% if !record.notes.is_empty() %}<ul class="notes">{% for note in record.notes %}<li>{{ note }}</li>{% endfor %}</ul>{% endif %}</section>
</main>
</body>
</html>
"##
)]
pub(super) struct Page<'a> {
    pub(super) view: View<'a>,
    pub(super) record: &'a MonitorRecord,
    pub(super) policy: String,
    pub(super) style: &'static str,
}

fn share(millionths: impl std::borrow::Borrow<Option<u32>>) -> String {
    crate::record::monitor::words::share(*millionths.borrow())
}

/// Whether days are months with keys, or rows that say everything.
fn is_calendar(view: &View<'_>) -> bool {
    matches!(view.days, crate::report::html::monitor::calendar::Days::Months(_))
}
