//! A certificate as text for a terminal.
//!
//! What it covers, and each requirement in a line. Never says whether it holds: who verified it does.

use crate::record::certificate::shape::{Document, Requirement};
use crate::record::certification::shape::ResultRecord;
use crate::report::certification::text::style;
use crate::report::text::{BOLD, DIM, Page, shown};

/// The certificate as text.
#[must_use]
pub fn render(document: &Document, color: bool) -> String {
    let mut page = Page { text: String::new(), color };
    let body = &document.certificate;
    let registered = page.paint(BOLD, &shown(&body.endpoint.registered));
    page.line(&format!("certificate of {registered}"));
    page.gap();
    page.entry(2, "profile", &format!("{}: {}", shown(&body.profile.name), shown(&body.profile.title)));
    digest(&mut page, &body.profile.sha256);
    page.entry(2, "spec", &format!("{} {}", shown(&body.spec.title), shown(&body.spec.version)));
    digest(&mut page, &body.spec.sha256);
    for further in &body.documents {
        page.entry(2, &shown(&further.kind), &shown(&further.name));
        digest(&mut page, &further.sha256);
    }
    for delivery in &body.endpoint.deliveries {
        page.entry(2, "delivers to", &format!("{} ({})", shown(&delivery.url), shown(&delivery.operation)));
    }
    match &body.endpoint.tls {
        Some(tls) => {
            page.entry(2, "TLS", &shown(&tls.version));
            for (i, fingerprint) in tls.fingerprints.iter().enumerate() {
                let whose = if i == 0 { "endpoint" } else { "issuer" };
                page.entry(2, "", &format!("{whose:<8} {}", dim(&page, &format!("sha256 {}", shown(fingerprint)))));
            }
        }
        None => page.entry(2, "TLS", "none"),
    }
    page.entry(2, "issued", &format!("{} by {} {}", body.issued, shown(&body.tool.name), shown(&body.tool.version)));
    page.entry(2, "expires", &body.expires.to_string());
    page.entry(2, "run", &format!("{} to {}", body.run.began, body.run.ended));
    digest(&mut page, &body.run.sha256);
    page.entry(2, "signed by", &shown(&document.signature.key.id));
    page.gap();
    requirements(&mut page, &body.requirements);
    page.text
}

fn dim(page: &Page, text: &str) -> String {
    page.paint(DIM, text)
}

fn digest(page: &mut Page, sha256: &str) {
    let text = dim(page, &format!("sha256 {}", shown(sha256)));
    page.entry(2, "", &text);
}

fn requirements(page: &mut Page, requirements: &[Requirement]) {
    let width = |of: fn(&Requirement) -> &str| requirements.iter().map(|r| shown(of(r)).chars().count()).max().unwrap_or(0);
    let (module, result) = (width(|r| &r.module), requirements.iter().map(|r| word(r).len()).max().unwrap_or(0));
    let mut last = None;
    for requirement in requirements {
        let first = last.replace(&requirement.module) != Some(&requirement.module);
        let row = if requirement.row == 0 || !first { String::new() } else { requirement.row.to_string() };
        let name = if first { shown(&requirement.module) } else { String::new() };
        let painted = match ResultRecord::parse(&requirement.result) {
            Some(known) => page.paint(style(known), &format!("{:<result$}", word(requirement))),
            None => format!("{:<result$}", word(requirement)),
        };
        let source = dim(page, &format!("{} ({})", shown(&requirement.id), shown(&requirement.source)));
        page.line(&format!("  {row:>3}  {name:<module$}  {painted}  {}", shown(&requirement.title)));
        page.line(&format!("  {:3}  {:module$}  {:result$}  {source}", "", "", ""));
        if let Some(reason) = &requirement.reason {
            page.line(&format!("  {:3}  {:module$}  {:result$}  {}", "", "", "", shown(reason)));
        }
    }
    page.gap();
}

fn word(requirement: &Requirement) -> String {
    ResultRecord::parse(&requirement.result).map_or_else(|| shown(&requirement.result), |known| known.word().to_owned())
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::certificate::fixture;

    #[test]
    fn a_certificate_says_what_it_covers() {
        insta::assert_snapshot!(render(&fixture::certificate().document, false));
    }

    #[test]
    fn colour_only_adds_escapes() {
        let document = fixture::certificate().document;
        let colored = render(&document, true);
        assert!(colored.contains("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), render(&document, false));
    }
}
