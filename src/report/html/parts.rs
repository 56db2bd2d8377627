//! The page's parts: its head, a case, a finding, an exchange.
//!
//! Checked when they are compiled, and every value in them is escaped. Never decides what is shown.

use crate::record::shape::{DeliveryFigures, FindingRecord, Outcome, Way};
use crate::report::html::SCRIPT;
use crate::report::html::calls::CallRow;
use crate::report::html::cases::{CaseView, QuietView};
use crate::report::html::found::FoundRow;
use crate::report::html::message::{ExchangeView, MessageView};
use crate::report::html::page::{level, moment, nanos};
use crate::report::html::prose::{Kind, Piece, beside, pieces};
use crate::report::html::requirements::RequirementView;
use crate::report::html::view::CaseLink;
use askama::Template;

/// What every page begins with: its policy, its title, its style, its script.
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
<title>{{ title }} - {{ of }}</title>
<style>{{ style|safe }}</style>
<script type="module">{{ self::SCRIPT|safe }}</script>
</head>"##
)]
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    pub(super) of: &'a str,
    pub(super) policy: &'a str,
    pub(super) style: &'static str,
}

/// A case with findings, or one that could not be carried out.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<details class="case {{ view.tone }}" id="{{ view.anchor }}" data-item data-outcome="{{ view.case.outcome.word() }}"{% if view.open %} open{% endif %}>
<summary><span class="pill {{ view.tone }}">{{ view.case.outcome.word() }}</span><span class="title">{{ view.case.title }}</span><span class="time">{{ self::nanos(view.case.took_ns) }}</span></summary>
<div class="inside">
{% if let Some(reason) = view.case.reason %}<p class="reason">{{ reason }}</p>{% endif %}
<ol class="steps">{% for step in view.steps %}
<li class="{{ step.tone }}"><p class="step"><span class="dot {{ step.tone }}">{{ step.step.outcome.word() }}</span> {{ step.step.title }}</p>
{% if let Some(reason) = step.step.reason %}<p class="reason">{{ reason }}</p>{% endif %}
{% for finding in step.findings %}<div class="found {{ self::level(finding.finding.level) }}" id="{{ finding.finding.id }}">
<p><b>{{ Prose::of(finding.finding.message)|safe }}</b> <code>{{ finding.finding.check }}</code>{% if let Some(id) = finding.exchange %} in {% if finding.linked %}<a href="#{{ id }}">{{ id }}</a>{% else %}{{ id }}{% endif %}{% endif %}</p>
{{ Sides { finding: finding.finding, excerpt: false }|safe }}
</div>{% endfor %}{% if step.findings_more > 0 %}<p class="meta">and {{ step.findings_more }} more findings of this step in the record</p>{% endif %}
{% for exchange in step.full %}{{ Exchange { view: exchange }|safe }}{% endfor %}
{% if !step.calls.is_empty() %}<table class="calls">{% for row in step.calls %}<tr>{{ Calls { row: row }|safe }}</tr>{% endfor %}</table>{% if step.more > 0 %}<p class="meta">and {{ step.more }} more in the record</p>{% endif %}{% endif %}
</li>{% endfor %}
</ol>{% if view.more > 0 %}<p class="meta">and {{ view.more }} more steps in the record</p>{% endif %}
<dl class="origin">
{% if let Some(place) = view.case.place %}<div><dt>Written at</dt><dd><code>{{ place }}</code></dd></div>{% endif %}
{% if !view.case.requirements.is_empty() %}<div><dt>Stands for</dt><dd>{% for id in view.case.requirements %}<code>{{ id }}</code> {% endfor %}</dd></div>{% endif %}
{% if !view.case.tags.is_empty() %}<div><dt>Tags</dt><dd>{% for tag in view.case.tags %}<code>{{ tag }}</code> {% endfor %}</dd></div>{% endif %}
<div><dt>Run again</dt><dd class="code"><code class="command">{{ view.case.rerun }}</code></dd></div>
</dl>
</div></details>"##
)]
pub(super) struct Case<'a> {
    pub(super) view: &'a CaseView<'a>,
}

/// Cases without findings, a line for each exchange.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<details class="case {{ view.tone }}" data-item data-outcome="{{ view.first().outcome.word() }}"{% if !view.is_folded() %} id="{{ view.rows[0].anchor }}"{% endif %}><summary><span class="pill {{ view.tone }}">{{ view.first().outcome.word() }}</span><span class="title">{% if view.is_folded() %}{{ view.title }} <span class="quiet">× {{ view.rows.len() }}</span>{% else %}{{ view.first().title }}{% endif %}</span><span class="time">{{ view.took() }}</span></summary>
<div class="inside">{% if let Some(reason) = view.first().reason %}<p class="reason">{{ reason }}</p>{% endif %}<table class="calls">{% for row in view.rows %}{% if view.is_folded() %}<tr class="row" id="{{ row.anchor }}"><th colspan="3">{{ row.label }}</th><td>{{ self::nanos(row.case.took_ns) }}</td></tr>{% endif %}
{% for step in row.steps %}{% if step.calls.is_empty() %}<tr><td>{{ step.step.title }}{% if step.step.outcome != Outcome::Pass %} <span class="dot">{{ step.step.outcome.word() }}</span>{% endif %}</td><td></td><td></td><td></td></tr>
{% endif %}{% for call in step.calls %}<tr><td>{% if loop.first %}{{ step.step.title }}{% endif %}</td>{{ Calls { row: call }|safe }}</tr>
{% endfor %}{% if step.more > 0 %}<tr><td></td><td>and {{ step.more }} more in the record</td><td></td><td></td></tr>{% endif %}{% endfor %}{% endfor %}</table>
<p class="meta">{% if let Some(place) = view.first().place %}<code>{{ place }}</code>{% endif %}{% for id in view.first().requirements %}, <code>{{ id }}</code>{% endfor %}</p></div></details>"##
)]
pub(super) struct Quiet<'a> {
    pub(super) view: &'a QuietView<'a>,
}

/// A row of what was delivered.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<tr><td>{% if total %}All{% else if row.operation.contains(' ') %}{{ row.operation }}{% else %}<code>{{ row.operation }}</code>{% endif %}</td><td class="n">{{ row.sent }}</td><td class="n">{{ row.notifications }}</td><td class="n">{{ row.acknowledged }}</td><td class="n">{{ row.replayed }}</td><td class="n">{{ row.lost }}</td><td class="n">{{ row.duplicates }}</td><td class="n">{{ row.out_of_order }}</td><td>{% if row.open %}<span class="pill open">not all</span> {% endif %}{{ row.provoked }}</td></tr>"##
)]
pub(super) struct Delivered<'a> {
    pub(super) row: &'a DeliveryFigures,
    pub(super) total: bool,
}

/// Three cells: what was called, what came, how long it took.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<td><i>{{ row.first }}</i> {% if row.received %}<i>received</i> {% endif %}<b>{{ row.method }}</b> {{ row.path }}{% if row.times > 1 %} <i>× {{ row.times }}</i>{% endif %}</td><td{% if row.failed %} class="failed"{% endif %}>{{ row.status }}</td><td>{{ row.time() }}</td>"##
)]
pub(super) struct Calls<'a> {
    pub(super) row: &'a CallRow<'a>,
}

/// A finding in full.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<p class="requirement"><b>{{ finding.requirement.id }}</b> <span class="quiet">{{ finding.requirement.source }}</span></p>
{{ Sides { finding: finding, excerpt: true }|safe }}
{% if let Some(curl) = finding.curl %}<div class="code"><div class="code"><pre class="curl">{{ curl }}</pre></div></div>{% endif %}"##
)]
pub(super) struct Finding<'a> {
    pub(super) finding: &'a FindingRecord,
}

/// Expected and received, side by side.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<div class="sides"><div><p class="label">Expected</p><p class="value">{{ Prose::beside(finding.expected, finding.actual)|safe }}</p>{% if let Some(schema) = finding.schema %}<p class="meta">by <code>{{ schema }}</code> of the spec</p>{% endif %}{% if let Some(spot) = finding.spec %}<p class="meta"><code>{{ spot.file }}:{{ spot.line }}</code></p>{% endif %}</div><div><p class="label">Received</p><p class="value">{{ Prose::beside(finding.actual, finding.expected)|safe }}</p>{% if let Some(instance) = finding.instance %}<p class="meta">{% if instance.is_empty() %}at the body as a whole{% else %}at <code><mark>{{ instance }}</mark></code> of the body{% endif %}</p>{% endif %}{% if excerpt && !finding.excerpt.is_empty() %}<pre class="excerpt">{% for line in finding.excerpt %}<span class="no">{{ line.number }}</span>{% if line.marked %}<mark>{{ line.text }}</mark>{% else %}{{ line.text }}{% endif %}
{% endfor %}</pre>{% endif %}</div></div>"##
)]
pub(super) struct Sides<'a> {
    pub(super) finding: &'a FindingRecord,
    /// Whether the lines of the body around the offending part stand beside what was expected.
    pub(super) excerpt: bool,
}

/// Text with its quoted parts as code, or with the part marked that sets it apart.
#[derive(Template)]
#[template(
    ext = "html",
    source = "{% for piece in pieces %}{% match piece.kind %}{% when Kind::Code %}<code>{{ piece.text }}</code>{% when Kind::Marked %}<mark>{{ piece.text }}</mark>{% when Kind::Plain %}{{ piece.text }}{% endmatch %}{% endfor %}"
)]
pub(super) struct Prose<'a> {
    pieces: Vec<Piece<'a>>,
}

impl<'a> Prose<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { pieces: pieces(text) }
    }

    pub(super) fn beside(text: &'a str, other: &str) -> Self {
        Self { pieces: beside(text, other) }
    }
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
<summary><span class="no">{{ view.exchange.id }}</span><span>{% if is_received() %}<span class="quiet">received</span> {% endif %}<b>{{ view.exchange.request.method }}</b> <span class="url">{{ view.exchange.request.url }}</span></span><span class="status">{% if let Some(response) = view.exchange.response %}{{ response.status }}{% else %}no answer{% endif %}{% if !is_received() %} <span class="quiet">{{ self::nanos(view.exchange.took_ns) }}</span>{% endif %}</span></summary>
<div class="inside"><div class="messages">
<div class="message"><h4>{% if is_received() %}Received{% else %}Sent{% endif %} <small>{{ self::moment(view.exchange.began) }}</small></h4>
<pre class="head"><b>{{ view.exchange.request.method }} {{ view.exchange.request.url }}</b>
{{ Message { view: view.request }|safe }}</div>
<div class="message"><h4>{% if is_received() %}Answered by the listener{% else %}Answer <small>after {{ self::nanos(view.exchange.took_ns) }}</small>{% endif %}</h4>
{% if let (Some(response), Some(message)) = (&view.exchange.response, &view.response) %}<pre class="head">{% if message.status %}<mark>{{ response.status }}</mark>{% else %}<b>{{ response.status }}</b>{% endif %}
{{ Message { view: message }|safe }}{% endif %}{% if let Some(failure) = view.exchange.failure %}<p class="reason">{{ failure }}</p>{% endif %}</div>
</div>
{% if let Some(curl) = view.curl %}<div class="code"><div class="code"><pre class="curl">{{ curl }}</pre></div></div>{% endif %}
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
    source = r##"{% for field in view.headers %}{% if field.marked %}<mark>{{ field.header.name }}: {{ field.header.value }}</mark>{% else %}<span class="quiet">{{ field.header.name }}:</span> {{ field.header.value }}{% endif %}
{% endfor %}</pre>{% if !view.lines.is_empty() %}<pre class="body">{% for line in view.lines %}{% if line.marked %}<mark>{{ line.text }}</mark>{% else %}{{ line.text }}{% endif %}
{% endfor %}</pre>{% endif %}{% if let Some(note) = view.note %}<p class="meta">{{ note }}</p>{% endif %}"##
)]
pub(super) struct Message<'a> {
    pub(super) view: &'a MessageView<'a>,
}

/// A requirement with the cases that stand for it.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<tr><td><code>{{ row.id }}</code>{% if let Some(source) = row.source %}<small class="quiet">{{ source }}</small>{% endif %}</td><td>{% if let Some(suite) = row.suite %}{{ suite }}{% endif %}</td><td>{% if let Some(id) = row.finding %}<a class="pill {{ row.tone }}" href="#{{ id }}">{{ row.word }}</a>{% else %}<span class="pill {{ row.tone }}">{{ row.word }}</span>{% endif %}</td><td>{% if !row.cases.is_empty() %}<ul class="marks">{% for case in row.cases %}<li>{% if let Some(anchor) = case.anchor %}<a class="{{ case.tone }}" href="#{{ anchor }}" title="{{ case.title }}" aria-label="{{ case.word }}: {{ case.title }}">{{ case.sign }}</a>{% else %}<span class="{{ case.tone }}" title="{{ case.title }}">{{ case.sign }}</span>{% endif %}</li>{% endfor %}{% if row.more > 0 %}<li class="quiet">and {{ row.more }} more</li>{% endif %}</ul>{% endif %}</td></tr>"##
)]
pub(super) struct Requirement<'a> {
    pub(super) row: &'a RequirementView<'a>,
}

/// A finding in the table of all.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<tr><td>{% if row.linked %}<a href="#{{ row.finding.id }}">{{ row.finding.id }}</a>{% else %}{{ row.finding.id }}{% endif %}</td><td><span class="pill {{ row.tone() }}">{{ row.finding.level.word() }}</span></td><td>{{ row.finding.message }}</td><td><code>{{ row.finding.check }}</code></td><td>{% if let Some(operation) = row.finding.operation %}<code>{{ operation }}</code>{% endif %}</td><td>{{ row.case }}</td><td>{% if let Some(instance) = row.finding.instance %}<code>{{ instance }}</code>{% endif %}</td><td>{{ row.received }}</td></tr>"##
)]
pub(super) struct FoundLine<'a> {
    pub(super) row: &'a FoundRow<'a>,
}

/// A link to a case, or its title alone where the page does not show it.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{% if let Some(anchor) = link.anchor %}<a href="#{{ anchor }}">{{ link.case.title }}</a>{% else %}{{ link.case.title }}{% endif %}"##
)]
pub(super) struct ToCase<'a> {
    pub(super) link: &'a CaseLink<'a>,
}
