//! A certificate as one page, to be read and to be printed on A4.
//!
//! No script, no external address, a strict content-security policy. Never says that it holds: a page proves nothing, the signed file
//! does.

use crate::record::certificate::shape::{Document, Requirement};
use crate::record::certification::shape::ResultRecord;
use crate::report::html::still;
use crate::report::visible;
use askama::Template;
use jiff::Timestamp;

/// The page's style sheet.
const STYLE: &str = include_str!("../templates/certificate.css");

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
<title>Certificate of {{ document.certificate.endpoint.registered }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<main class="sheet">
<header>
<p class="brand">Proofmark certificate</p>
<h1>{{ document.certificate.endpoint.registered }}</h1>
<p class="summary">{{ document.certificate.summary }}</p>
</header>
<div class="term"><p><span class="label">Issued</span><b>{{ self::day(document.certificate.issued) }}</b><span class="quiet">{{ self::time(document.certificate.issued) }}</span></p><p><span class="label">Expires</span><b>{{ self::day(document.certificate.expires) }}</b><span class="quiet">{{ self::time(document.certificate.expires) }}</span></p></div>
<dl>
<div><dt>Profile</dt><dd>{{ document.certificate.profile.title }} <span class="quiet">{{ document.certificate.profile.name }}</span><code class="digest">sha256 {{ document.certificate.profile.sha256 }}</code></dd></div>
<div><dt>Spec</dt><dd>{{ document.certificate.spec.title }} {{ document.certificate.spec.version }}<code class="digest">sha256 {{ document.certificate.spec.sha256 }}</code></dd></div>
{% for further in document.certificate.documents %}<div><dt>{{ further.kind }}</dt><dd>{{ further.name }}<code class="digest">sha256 {{ further.sha256 }}</code></dd></div>
{% endfor %}{% for delivery in document.certificate.endpoint.deliveries %}<div><dt>Delivers to</dt><dd>{{ delivery.url }} <span class="quiet">{{ delivery.operation }}</span></dd></div>
{% endfor %}{% match document.certificate.endpoint.tls %}{% when Some(tls) %}<div><dt>TLS</dt><dd>{{ tls.version }}{% for fingerprint in tls.fingerprints %}<code class="digest">{% if loop.first %}endpoint{% else %}issuer{% endif %} sha256 {{ fingerprint }}</code>{% endfor %}</dd></div>{% when None %}<div><dt>TLS</dt><dd>none</dd></div>{% endmatch %}
<div><dt>Certification</dt><dd>{{ self::day(document.certificate.run.ended) }} {{ self::time(document.certificate.run.ended) }}, {{ document.certificate.tool.name }} {{ document.certificate.tool.version }}<code class="digest">record sha256 {{ document.certificate.run.sha256 }}</code></dd></div>
<div><dt>Signed by</dt><dd><code>{{ document.signature.key.id }}</code><span class="quiet digest">{{ document.signature.algorithm }}, canonical form of {{ document.signature.canonicalization }}</span></dd></div>
</dl>
<h2>What was found</h2>
<table>
<thead><tr><th class="n">Row</th><th>Requirement</th><th>Found</th></tr></thead>
<tbody>{% for line in lines %}
<tr{% if line.more %} class="more"{% endif %}><td class="n">{{ line.row }}</td><td>{{ line.requirement.title }}<small>{{ line.requirement.id }}, {{ line.requirement.source }}</small>{% if let Some(reason) = line.requirement.reason %}<small>{{ reason }}</small>{% endif %}</td><td class="result {{ line.tone }}">{{ line.word }}</td></tr>{% endfor %}
</tbody></table>
<section class="how"><h2>How to verify it</h2>
<p>This page proves nothing: the signed file it was made from does. Get the public key from who issued the certificate, compare its id with the one above, and run:</p>
<pre>proofmark verify certificate.json --key proofmark-signing.pub</pre>
<p>Without Proofmark: the signature is Ed25519 over the canonical form (RFC 8785) of the file without <code>signature.value</code>.</p>
</section>
</main>
</body>
</html>
"##
)]
struct Page<'a> {
    document: &'a Document,
    lines: Vec<Line<'a>>,
    policy: String,
    style: &'static str,
}

/// A requirement in the table.
struct Line<'a> {
    requirement: &'a Requirement,
    /// Its row, said once.
    row: String,
    /// True for a further requirement of the module above.
    more: bool,
    tone: &'static str,
    word: String,
}

/// The certificate as one HTML page.
///
/// # Panics
/// Never: the page is written to memory.
#[must_use]
pub fn render(document: &Document) -> String {
    let mut last = None;
    let lines = document.certificate.requirements.iter().map(|requirement| {
        let first = last.replace(&requirement.module) != Some(&requirement.module);
        let row = if first && requirement.row > 0 { requirement.row.to_string() } else { String::new() };
        let known = ResultRecord::parse(&requirement.result);
        let tone = match known {
            Some(ResultRecord::Passed) => "good",
            Some(ResultRecord::Warning | ResultRecord::Review | ResultRecord::Failed) => "open",
            Some(ResultRecord::Skipped | ResultRecord::NotApplicable) | None => "none",
        };
        Line {
            requirement,
            row,
            more: !first,
            tone,
            word: known.map_or_else(|| requirement.result.clone(), |r| r.word().to_owned()),
        }
    });
    let page = Page { document, lines: lines.collect(), policy: still(STYLE), style: STYLE };
    let html = page.render().expect("written to memory");
    // Over the whole page, so that no field can be forgotten.
    visible::block(&html).into_owned()
}

fn day(instant: impl std::borrow::Borrow<Timestamp>) -> String {
    instant.borrow().strftime("%-d %B %Y").to_string()
}

fn time(instant: impl std::borrow::Borrow<Timestamp>) -> String {
    instant.borrow().strftime("%H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::{STYLE, render};
    use crate::record::certificate::fixture;
    use crate::record::fixture::HOSTILE;

    #[test]
    fn says_everything_that_the_certificate_says() {
        let document = fixture::certificate().document;
        let html = render(&document);
        let body = &document.certificate;
        let tls = body.endpoint.tls.as_ref().expect("TLS");
        for said in [&body.profile.sha256, &body.spec.sha256, &body.run.sha256, &tls.fingerprints[0], &document.signature.key.id]
        {
            assert!(html.contains(said.as_str()), "{said}");
        }
        assert_eq!(html.matches("<td class=\"result ").count(), body.requirements.len());
        assert!(html.contains("<b>22 November 2027</b>"), "{html}");
        assert!(html.contains(&format!("<style>{STYLE}</style>")), "the digest is of exactly this text");
        for active in ["src=", "href=", "url(", "@import", "<link", "style=\""] {
            assert!(!html.contains(active), "{active}");
        }
    }

    #[test]
    fn what_it_says_is_only_text() {
        let mut document = fixture::certificate().document;
        document.certificate.endpoint.registered = format!("</title>{HOSTILE}");
        document.certificate.requirements[0].reason = Some(HOSTILE.to_owned());
        let html = render(&document);
        assert!(!html.contains("<script") && html.contains("\\u{202e}evil"), "{html}");
        assert_eq!(html.matches("</title>").count(), 1);
    }
}
