//! The frame of a trend's page.
//!
//! Checked when it is compiled, and every value in it is escaped. Never decides what is shown.

use crate::record::history::entry::Unit;
use crate::record::history::{TrendRecord, words};
use crate::report::html::parts::Head;
use crate::report::html::trend::chart::{BOTTOM, Chart, HEIGHT, LEFT, RIGHT, TOP, WIDTH};
use crate::report::html::trend::view::View;
use askama::Template;
use jiff::Timestamp;
use std::borrow::Borrow;

/// The whole page.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{{ Head { title: record.sentence, of: record.history, policy: policy, style: style }|safe }}
<body>
<header class="verdict {{ view.tone }}">
<p class="brand">Proofmark trend</p>
<h1>{{ record.sentence }}</h1>
<p class="target">Runs of kind {{ record.kind }} in {{ record.history }}</p>
<dl class="facts">
<div><dt>Figures looked at</dt><dd>{{ record.method.looked_at }}</dd></div>
<div><dt>With too few runs</dt><dd>{{ record.method.too_few }}</dd></div>
<div><dt>False alarms</dt><dd>at most {{ self::percent(record.method.level) }} of figures that did not change</dd></div>
<div><dt>A change lasts</dt><dd>{{ record.method.lasting }} runs or more</dd></div>
<div><dt>Version</dt><dd>{{ record.tool_version }}</dd></div>
</dl>
</header>
<main>
{% if view.tracks.len() > 1 %}<nav aria-label="Runs that may be compared"><ul class="jump">{% for track in view.tracks %}
<li><a href="#{{ track.anchor }}">{{ track.track.title }}{% if !track.track.apart.is_empty() %}, apart{% endif %}</a></li>{% endfor %}
</ul></nav>{% endif %}
{% for track in view.tracks %}<section id="{{ track.anchor }}"><h2>{{ track.track.title }}</h2>
<p class="lead meta">{{ track.track.target }}{% if !track.track.environment.is_empty() %}, environment {{ track.track.environment }}{% endif %}; {{ track.track.runs.len() }} {% if track.track.runs.len() == 1 %}run{% else %}runs{% endif %}{% if track.track.older > 0 %}, {{ track.track.older }} older not shown{% endif %}</p>
{% if !track.track.apart.is_empty() %}<div class="unseen"><p>These runs are kept apart from those above: times and counts of one may not be compared with those of the other.</p>
<ul class="notes">{% for apart in track.track.apart %}<li>{{ apart }}</li>{% endfor %}</ul></div>{% endif %}
{% if !track.figures.is_empty() %}<div class="wide summary" tabindex="0" role="group" aria-label="Figures of {{ track.track.title }}"><table class="figures">
<thead><tr><th>Figure</th><th>Of</th><th class="n">Latest</th><th class="n">Median</th><th>Change</th></tr></thead>
<tbody>{% for figure in track.figures %}
<tr><td><a href="#{{ figure.anchor }}">{{ figure.title }}</a></td><td>{% if figure.figure.operation.is_empty() %}all{% else %}{{ figure.figure.operation }}{% endif %}</td><td class="n">{{ figure.latest }}</td><td class="n">{{ figure.median }}</td><td>{% for change in figure.changes %}<span class="pill {{ change.tone }}">{{ change.said }}</span> {% endfor %}{% if let Some(why) = figure.figure.unsaid %}<span class="quiet">{{ why }}</span>{% else %}{% if figure.changes.is_empty() %}<span class="quiet">none</span>{% endif %}{% endif %}</td></tr>{% endfor %}
</tbody></table></div>{% endif %}
<div class="plots">{% for figure in track.figures %}<figure class="chart plot" id="{{ figure.anchor }}"><figcaption>{{ figure.title }}{% if !figure.figure.operation.is_empty() %} <span class="quiet">of {{ figure.figure.operation }}</span>{% endif %}</figcaption>
{{ Plot { chart: figure.chart }|safe }}
{% for change in figure.changes %}<p class="meta"><span class="pill {{ change.tone }}">{{ change.said }}</span> <span class="quiet">p = {{ change.p }}</span>{% if !change.beside.is_empty() %}; with it changed {% for beside in change.beside %}{% if !loop.first %}; {% endif %}<code>{{ beside }}</code>{% endfor %}{% endif %}</p>
{% endfor %}{% if let Some(why) = figure.figure.unsaid %}<p class="meta">{{ why }}</p>{% endif %}
<details class="rest"><summary>In figures</summary><div class="scroll" tabindex="0" role="group" aria-label="{{ figure.title }} in figures"><table class="figures">
<thead><tr><th>Run</th><th>Began</th><th>Verdict</th><th class="n">Value</th><th class="n">Samples</th><th>Note</th></tr></thead>
<tbody>{% for row in figure.rows %}<tr><td>{% if let Some(link) = row.link %}<a href="{{ link }}">{{ row.name }}</a>{% else %}{{ row.name }}{% endif %}</td><td class="n">{{ self::minute(row.run.began) }}</td><td><span class="pill {{ row.tone }}">{{ row.run.verdict }}</span></td><td class="n">{{ row.value }}</td><td class="n">{{ row.samples }}</td><td>{{ row.note }}</td></tr>
{% endfor %}</tbody></table></div></details></figure>
{% endfor %}</div>
<details class="plain held"><summary>What these runs share, as {{ track.track.fingerprint }}</summary><dl class="origin shared">{% for part in track.kept %}
<div><dt>{{ part.name }}</dt><dd>{% if let Some(value) = part.value %}{{ value }}{% else %}<span class="quiet">not known</span>{% endif %}</dd></div>{% endfor %}
</dl></details></section>
{% endfor %}
<section id="origin"><h2>How to read it</h2>
<p class="meta">A point is a run. A hollow one counts for nothing: its run was spoiled or stopped, or was made on another machine than the newest one. A level line is the median between two changes. A change is said where a split of the runs is stronger than in all but {{ self::percent(record.method.level) }} of {{ record.method.permutations }} random orders of the same runs (seed {{ record.method.seed }}), on both sides of it lie {{ record.method.lasting }} runs or more, and there are at least {{ record.method.fewest }}. What changed with it is what else was not as in the run before; it may be the cause, and need not.</p></section>
</main>
</body>
</html>
"##
)]
pub(super) struct Page<'a> {
    pub(super) view: View<'a>,
    pub(super) record: &'a TrendRecord,
    pub(super) policy: String,
    pub(super) style: &'static str,
}

/// A figure over runs.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<svg class="plotted" viewBox="0 0 {{ self::WIDTH }} {{ self::HEIGHT }}" role="{% if chart.has_links() %}group{% else %}img{% endif %}" aria-label="{{ chart.described }}">
{% for mark in chart.upright %}<line class="grid" x1="{{ self::LEFT }}" x2="{{ self::RIGHT }}" y1="{{ mark.at }}" y2="{{ mark.at }}"/><text class="upright" x="{{ self::LEFT - 8.0 }}" y="{{ mark.at }}" dy="5">{{ mark.text }}</text>
{% endfor %}{% for mark in chart.level %}<line class="grid" x1="{{ mark.at }}" x2="{{ mark.at }}" y1="{{ self::BOTTOM }}" y2="{{ self::BOTTOM + 5.0 }}"/><text class="mark" x="{{ mark.at }}" y="{{ self::HEIGHT - 12.0 }}">{{ mark.text }}</text>
{% endfor %}{% for cut in chart.cuts %}<line class="cut {{ cut.class }}" x1="{{ cut.x }}" x2="{{ cut.x }}" y1="{{ self::TOP - 8.0 }}" y2="{{ self::BOTTOM }}"/><text class="cut {{ cut.class }}" x="{{ cut.x }}" y="{{ self::TOP - 13.0 }}">{{ cut.label }}</text>
{% endfor %}<path class="line-a" d="{{ chart.path }}"/>
{% for level in chart.levels %}<line class="median" x1="{{ level.from }}" x2="{{ level.to }}" y1="{{ level.y }}" y2="{{ level.y }}"/>
{% endfor %}{% for dot in chart.dots %}{% if let Some(link) = dot.link %}<a href="{{ link }}"><circle class="{{ dot.class }}" cx="{{ dot.x }}" cy="{{ dot.y }}" r="4"><title>{{ dot.told }}</title></circle></a>{% else %}<circle class="{{ dot.class }}" cx="{{ dot.x }}" cy="{{ dot.y }}" r="4"><title>{{ dot.told }}</title></circle>{% endif %}
{% endfor %}</svg>"##
)]
pub(super) struct Plot<'a> {
    pub(super) chart: &'a Chart,
}

fn percent(share: impl Borrow<f64>) -> String {
    words::value("", Unit::Share, *share.borrow())
}

fn minute(at: impl Borrow<Timestamp>) -> String {
    at.borrow().strftime("%Y-%m-%d %H:%M").to_string()
}
