//! What every page has to be: text where somebody else wrote it, self-contained, and whole.
//!
//! Only for tests. Never looks at what a page says.

use crate::report::html::SCRIPT;

/// Elements that have an end.
const ELEMENTS: [&str; 29] = [
    "section",
    "details",
    "summary",
    "table",
    "caption",
    "thead",
    "tbody",
    "figure",
    "figcaption",
    "div",
    "header",
    "main",
    "pre",
    "ol",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "article",
    "tr",
    "td",
    "th",
    "a",
    "span",
    "svg",
    "g",
    "p",
    "text",
];

/// The page but for its script, which is there once.
fn inert(html: &str) -> String {
    let script = format!("<script type=\"module\">{SCRIPT}</script>");
    assert_eq!(html.matches(&script).count(), 1, "the digest is of exactly this script");
    html.replace(&script, "")
}

/// Rows that are data beside a table, in which nothing ends the element.
const ROWS: &str = "<script type=\"application/json\" data-rows=";

/// Hostile text that was put into a record acts nowhere and is shown.
pub(super) fn only_text(html: &str) {
    let html = inert(html).replace(ROWS, "");
    assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    assert!(html.contains("&#60;script&#62;") && html.contains("\\u{1b}[2J\\u{202e}evil"), "{html}");
    assert!(html.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{html}");
}

/// Nothing is loaded, nothing runs but the one script, and the policy says so.
pub(super) fn self_contained(html: &str, style: &str) {
    let html = inert(html);
    assert!(html.contains("default-src &#39;none&#39;; style-src &#39;sha256-"), "{html}");
    assert!(html.contains("; script-src &#39;sha256-") && !html.contains("&#39;unsafe"), "{html}");
    assert!(html.contains(&format!("<style>{style}</style>")), "the digest is of exactly this text");
    let inside_tag = |at: usize| html[..at].rfind('<') > html[..at].rfind('>');
    for active in ["src=", "href=\"h", "url(", "@import", "<link", "style=\"", " on"] {
        assert_eq!(html.match_indices(active).find(|(at, _)| inside_tag(*at)), None, "{active}");
    }
    assert!(!html.contains("NaN") && !html.contains("inf\"") && !html.contains("inf "), "every point has a place");
}

/// Every link has its target and every element its end.
pub(super) fn whole(html: &str) {
    let html = inert(html);
    for link in html.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap_or_default();
        assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
    for element in ELEMENTS {
        let begins = html.matches(&format!("<{element}>")).count() + html.matches(&format!("<{element} ")).count();
        assert_eq!(begins, html.matches(&format!("</{element}>")).count(), "{element}");
    }
}
