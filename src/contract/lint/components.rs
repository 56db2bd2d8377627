//! Components that nothing leads to.
//!
//! Only those of the first file are judged: what another file holds may be there for others.

use super::report::Report;
use super::survey::{At, SECTIONS, Survey};

pub(super) fn check(survey: &Survey<'_>, report: &mut Report<'_>) {
    // A document without operations is there to be referred to.
    if survey.operations.is_empty() {
        return;
    }
    let Some(components) = survey.root.child("components") else { return };
    for section in SECTIONS {
        for (name, component) in components.child(section).iter().flat_map(At::named) {
            let by_anchor = component.has("$dynamicAnchor") || component.has("$anchor") || component.has("$id");
            if !survey.is_used(&component.loc) && !by_anchor {
                let hint = match *section {
                    "securitySchemes" => "name it in a `security` requirement, or take it away".to_owned(),
                    section => {
                        let written = match (survey.contract.openapi.starts_with('2'), section) {
                            (true, "schemas") => "definitions".to_owned(),
                            (true, section) => section.to_owned(),
                            (false, section) => format!("components/{section}"),
                        };
                        format!("refer to it by `$ref: '#/{written}/{name}'`, or take it away")
                    }
                };
                let message = if survey.mentioned.contains(&component.loc) {
                    format!("only what is not used itself leads to `{name}`")
                } else {
                    format!("nothing leads to `{name}`")
                };
                report.key("lint/unused-component", &component.loc, message, hint);
            }
        }
    }
}
