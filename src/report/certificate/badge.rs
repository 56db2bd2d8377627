//! A certificate as a badge: one small SVG that can be shown beside an endpoint's documentation.
//!
//! Brings its own background, so that it reads the same on light and on dark, and no font. Never says more than the certificate does,
//! and proves nothing.

use crate::record::certificate::shape::Document;
use crate::report::visible;
use askama::Template;

/// Pixels of a character at most, as wide as the widest usual fonts draw them on average.
const CHARACTER: usize = 7;
/// Pixels around a text.
const AROUND: usize = 9;
/// Characters of the profile's name that are shown.
const NAME: usize = 40;

/// The badge.
#[derive(Template)]
#[template(
    ext = "svg",
    escape = "html",
    source = r##"<svg xmlns="http://www.w3.org/2000/svg" width="{{ width }}" height="22" viewBox="0 0 {{ width }} 22" role="img" aria-labelledby="t d">
<title id="t">{{ title }}</title>
<desc id="d">{{ described }}</desc>
<clipPath id="r"><rect width="{{ width }}" height="22" rx="4"/></clipPath>
<g clip-path="url(#r)"><rect width="{{ left }}" height="22" fill="#3b4149"/><rect x="{{ left }}" width="{{ right }}" height="22" fill="#1b6b3a"/></g>
<rect x=".5" y=".5" width="{{ width - 1 }}" height="21" rx="3.5" fill="none" stroke="#ffffff" stroke-opacity=".18"/>
<g fill="#ffffff" font-family="system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Verdana,'DejaVu Sans',sans-serif" font-size="11" text-anchor="middle">
<text x="{{ left / 2 }}" y="15" textLength="{{ left - 2 * AROUND }}" lengthAdjust="spacingAndGlyphs">{{ name }}</text>
<text x="{{ left + right / 2 }}" y="15" textLength="{{ right - 2 * AROUND }}" lengthAdjust="spacingAndGlyphs">{{ said }}</text>
</g>
</svg>
"##
)]
struct Badge {
    title: String,
    described: String,
    name: String,
    said: String,
    width: usize,
    left: usize,
    right: usize,
}

/// The certificate as an SVG badge.
///
/// # Panics
/// Never: the badge is written to memory.
#[must_use]
pub fn render(document: &Document) -> String {
    let body = &document.certificate;
    let line = |text: &str| visible::line(text).into_owned();
    let expires = body.expires.strftime("%Y-%m-%d").to_string();
    let name = match line(&body.profile.name) {
        name if name.chars().count() > NAME => name.chars().take(NAME - 1).chain(['…']).collect(),
        name => name,
    };
    let said = format!("certified until {expires}");
    let width = |text: &str| even(text.chars().count() * CHARACTER * 9 / 10 + 2 * AROUND);
    let (left, right) = (width(&name), width(&said));
    let badge = Badge {
        title: format!("{}: certified until {expires}", line(&body.profile.name)),
        described: format!("{}, issued {}", line(&body.endpoint.registered), body.issued.strftime("%Y-%m-%d")),
        name,
        said,
        width: left + right,
        left,
        right,
    };
    badge.render().expect("written to memory")
}

/// The next even number, so that the middle of a part is a whole pixel.
fn even(pixels: usize) -> usize {
    pixels + pixels % 2
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::certificate::fixture;
    use crate::record::fixture::HOSTILE;

    #[test]
    fn says_the_profile_and_until_when() {
        let svg = render(&fixture::certificate().document);
        assert!(svg.contains("<title id=\"t\">laas-callback: certified until 2027-11-22</title>"), "{svg}");
        assert!(!svg.contains("href") && !svg.contains("@font-face") && !svg.contains("<style"), "{svg}");
    }

    #[test]
    fn well_formed_whatever_a_profile_is_called() {
        let mut document = fixture::certificate().document;
        document.certificate.profile.name = format!("\"'&<text>{HOSTILE}{}", "x".repeat(200));
        document.certificate.endpoint.registered = HOSTILE.to_owned();
        let svg = render(&document);
        assert_eq!((svg.matches("<text").count(), svg.matches("<script").count()), (2, 0), "{svg}");
        assert!(svg.chars().all(|c| c == '\n' || !c.is_control()), "{svg}");
    }
}
