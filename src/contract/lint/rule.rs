//! What a rule is: its id, how much it matters, why it is there, and an example of each kind.
//!
//! Data only; applies no rule.

use crate::base::diagnostic::Severity;

/// One rule of the linter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The code of its findings, such as `lint/example`.
    pub id: &'static str,
    /// How much a finding matters.
    pub severity: Severity,
    /// What it finds, in one line.
    pub title: &'static str,
    /// Why that matters, and what is left alone.
    pub why: &'static str,
    /// What it finds fault with; the line of the one finding ends in `# <-`.
    pub bad: Sample,
    /// The same, mended.
    pub good: Sample,
}

/// Rules of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// The heading.
    pub name: &'static str,
    /// Its rules.
    pub rules: &'static [Rule],
}

/// A spec, or the part of one that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// A whole document.
    Whole(&'static str),
    /// What stands under `paths`.
    Paths(&'static str),
    /// Schemas under `components/schemas`; `T` is the body of the one response.
    Schemas(&'static str),
    /// The same in OpenAPI 3.0.
    Schemas30(&'static str),
    /// What `T` is made of.
    Schema(&'static str),
}

impl Sample {
    /// The part that is shown.
    #[must_use]
    pub fn text(&self) -> &'static str {
        match self {
            Self::Whole(text) | Self::Paths(text) | Self::Schemas(text) | Self::Schemas30(text) | Self::Schema(text) => {
                text.trim_matches('\n')
            }
        }
    }

    /// Where the part stands in a document.
    #[must_use]
    pub fn stands_under(&self) -> &'static str {
        match self {
            Self::Whole(_) => "",
            Self::Paths(_) => "paths",
            Self::Schemas(_) | Self::Schemas30(_) => "components/schemas",
            Self::Schema(_) => "a schema",
        }
    }

    /// The document that it is a part of.
    #[must_use]
    pub fn document(&self) -> String {
        let head = |version: &str| format!("openapi: {version}\ninfo: {{title: t, version: '1'}}\n");
        let around = |version: &str, schemas: &str| {
            format!(
                "{}paths:\n  /t:\n    get:\n      operationId: t\n      responses:\n        '200': {{description: d, content: {{application/json: {{schema: {{$ref: '#/components/schemas/T'}}}}}}}}\ncomponents:\n  schemas:\n{schemas}\n",
                head(version)
            )
        };
        let text = self.text();
        match self {
            Self::Whole(_) => text.to_owned(),
            Self::Paths(_) => format!("{}paths:\n{}\n", head("3.1.1"), indented(text, 2)),
            Self::Schemas(_) => around("3.1.1", &indented(text, 4)),
            Self::Schemas30(_) => around("3.0.3", &indented(text, 4)),
            Self::Schema(_) => around("3.1.1", &format!("    T:\n{}", indented(text, 6))),
        }
    }
}

fn indented(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    text.lines().map(|l| if l.is_empty() { String::new() } else { format!("{margin}{l}") }).collect::<Vec<_>>().join("\n")
}
