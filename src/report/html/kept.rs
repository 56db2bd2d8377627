//! What a page does not show because the record does not hold it, and what is to be known of the record itself.
//!
//! Checked when it is compiled, and every value in it is escaped. Never knows what was hidden.

use crate::record::redactions::{dropped, hidden};
use crate::record::shape::RedactionRecord;
use crate::record::share::RULE;
use askama::Template;

/// The section; nothing where nothing was hidden and nothing is to be said.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{% if !notes.is_empty() || hidden.is_some() || dropped.is_some() %}<section id="kept"><h2>What this record does not hold</h2>
{% for note in notes %}<p>{{ note }}</p>
{% endfor %}{% if let Some(told) = dropped %}<p>Made for sharing. {{ self::capital(told) }}.</p>
{% endif %}{% if let Some(told) = hidden %}<details class="plain"><summary>{{ told }}</summary>
<div class="wide" tabindex="0" role="group" aria-label="What was hidden"><table>
<thead><tr><th>Where</th><th>By which rule</th><th class="n">Values</th></tr></thead>
<tbody>{% for row in rows %}
<tr><td>{{ row.place }}</td><td><code>{{ row.rule }}</code></td><td class="n">{{ row.count }}</td></tr>{% endfor %}
</tbody></table></div></details>
{% endif %}</section>

{% endif %}"##
)]
pub(super) struct Kept<'a> {
    notes: &'a [String],
    hidden: Option<String>,
    dropped: Option<String>,
    rows: Vec<&'a RedactionRecord>,
}

impl<'a> Kept<'a> {
    /// Of what was hidden alone.
    pub(super) fn only(redactions: &'a [RedactionRecord]) -> Self {
        Self::of(redactions, &[])
    }

    /// Of what was hidden, and of notes that the page shows nowhere else.
    pub(super) fn of(redactions: &'a [RedactionRecord], notes: &'a [String]) -> Self {
        Self {
            notes,
            hidden: hidden(redactions),
            dropped: dropped(redactions),
            rows: redactions.iter().filter(|redaction| redaction.rule != RULE).collect(),
        }
    }
}

fn capital(text: impl AsRef<str>) -> String {
    let mut letters = text.as_ref().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Kept;
    use crate::record::shape::RedactionRecord;
    use askama::Template as _;

    #[test]
    fn what_a_server_named_is_only_text_and_nothing_is_said_of_nothing() {
        let of = |place: &str, rule: &str| RedactionRecord { place: place.to_owned(), rule: rule.to_owned(), count: 2 };
        let rows = [of("response body /<script>", "entropy"), of("bodies", "share")];
        let html = Kept::of(&rows, &["<b>".to_owned()]).render().expect("written to memory");
        assert!(!html.contains("<script>") && !html.contains("<b>") && html.contains("2 by entropy"), "{html}");
        assert!(html.contains("Left out or replaced: bodies (2)."), "{html}");
        assert_eq!(Kept::of(&[], &[]).render().expect("written to memory"), "");
    }
}
