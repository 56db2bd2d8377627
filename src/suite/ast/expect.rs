//! What a step expects beyond what the spec says, and what it remembers.
//!
//! Expectations as written. Judges nothing: the checks of the floor above do.

use crate::base::source::Span;
use crate::base::units::Nanos;
use crate::suite::ast::Spanned;
use crate::suite::matcher::Matcher;
use crate::suite::path::Path;
use crate::suite::template::{Scope, Template, TemplateValue, Unresolved};
use serde_json::Value;
use std::fmt;

/// Matchers over what paths select in a body.
pub type BodyExpectation = Vec<(Path, Matcher)>;

/// Matchers over headers.
pub type HeaderExpectation = Vec<(Spanned<String>, Matcher)>;

/// One status or a class of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusPattern {
    /// One status.
    Exact(u16),
    /// A class by its first digit: `2XX`.
    Class(u8),
}

impl StatusPattern {
    /// Reads `201` or `2XX`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 3 || !matches!(bytes[0], b'1'..=b'5') {
            return None;
        }
        if &bytes[1..] == b"XX" {
            return Some(Self::Class(bytes[0] - b'0'));
        }
        text.parse().ok().map(Self::Exact)
    }

    /// True when the status is one of those meant.
    #[must_use]
    pub fn contains(self, status: u16) -> bool {
        match self {
            Self::Exact(exact) => exact == status,
            Self::Class(digit) => status / 100 == u16::from(digit),
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(status) => write!(f, "{status}"),
            Self::Class(digit) => write!(f, "{digit}XX"),
        }
    }
}

/// Statuses, any of which will do; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet(pub Vec<StatusPattern>);

impl StatusSet {
    /// True when the status is one of them.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|p| p.contains(status))
    }

    /// The set that a value names: a number, a text or a list of them.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the value.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        let one = |v: &Value| {
            let text = v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            StatusPattern::parse(&text).ok_or_else(|| format!("`{text}` is not a status such as 201 or 2XX"))
        };
        match value {
            Value::Array(items) if items.is_empty() => Err("a list of statuses must name one".to_owned()),
            Value::Array(items) => items.iter().map(one).collect::<Result<_, _>>().map(Self),
            other => one(other).map(|p| Self(vec![p])),
        }
    }
}

impl fmt::Display for StatusSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pattern) in self.0.iter().enumerate() {
            match index {
                0 => {}
                _ if index + 1 == self.0.len() => f.write_str(" or ")?,
                _ => f.write_str(", ")?,
            }
            write!(f, "{pattern}")?;
        }
        Ok(())
    }
}

/// The statuses a step expects: written out, or taken from a value such as a row's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedStatus {
    /// Written out.
    Fixed(StatusSet),
    /// A template whose value names them.
    Template(Template),
}

/// Why an expected value could not be worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// A name that holds nothing.
    Unresolved(Unresolved),
    /// A value that cannot be used here.
    Unusable {
        /// A lower-case fragment.
        message: String,
        /// Where the template stands.
        span: Span,
    },
}

impl ExpectedStatus {
    /// The statuses meant.
    ///
    /// # Errors
    /// When the template names nothing, or something that is not a status.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<StatusSet, Unbound> {
        match self {
            Self::Fixed(set) => Ok(set.clone()),
            Self::Template(template) => {
                let value = template.resolve(scope).map_err(Unbound::Unresolved)?;
                StatusSet::from_value(&value).map_err(|message| Unbound::Unusable { message, span: template.span })
            }
        }
    }
}

/// Which refusal of RFC 6750 is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denied {
    /// No token: 401 and a challenge without an error code.
    NoToken,
    /// A malformed Authorization: 400 `invalid_request`.
    MalformedToken,
    /// A token that is not valid: 401 `invalid_token`.
    InvalidToken,
    /// A token of another scope: 403 `insufficient_scope`.
    InsufficientScope,
    /// Another client's object: 403 or 404.
    OtherClient,
}

impl Denied {
    /// Every refusal.
    pub const ALL: [Self; 5] =
        [Self::NoToken, Self::MalformedToken, Self::InvalidToken, Self::InsufficientScope, Self::OtherClient];

    /// The word in a suite.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::MalformedToken => "malformed_token",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::OtherClient => "other_client",
        }
    }

    /// The refusal that a word names.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.key() == key)
    }
}

/// The refusal a step expects: written out, or taken from a value such as a row's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedDenied {
    /// Written out.
    Fixed(Denied),
    /// A template whose value names it.
    Template(Template),
}

impl ExpectedDenied {
    /// The refusal meant.
    ///
    /// # Errors
    /// When the template names nothing, or something that is not a refusal.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<Denied, Unbound> {
        match self {
            Self::Fixed(denied) => Ok(*denied),
            Self::Template(template) => {
                let text = template.resolve_text(scope).map_err(Unbound::Unresolved)?;
                Denied::from_key(&text)
                    .ok_or_else(|| Unbound::Unusable { message: format!("`{text}` is not a refusal"), span: template.span })
            }
        }
    }
}

/// What an answer is expected to be, beyond what the spec says.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// Its status.
    pub status: Option<Spanned<ExpectedStatus>>,
    /// The code of the catalogue it bears.
    pub error: Option<Template>,
    /// The refusal it is.
    pub denied: Option<Spanned<ExpectedDenied>>,
    /// Its headers.
    pub headers: HeaderExpectation,
    /// Its body.
    pub body: BodyExpectation,
    /// True: it has no body; false: it has one.
    pub empty: Option<Spanned<bool>>,
    /// The time from sending to the last byte.
    pub time: Option<Matcher>,
    /// The check that findings of body, headers and status are filed under.
    pub as_check: Option<Spanned<String>>,
    /// The requirement that findings of the step cite.
    pub requirement: Option<Spanned<String>>,
    /// The whole expectation; of the step where none is written.
    pub span: Span,
}

/// What deliveries are expected to be, beyond what the spec says.
#[derive(Clone, Debug, Default)]
pub struct AwaitExpect {
    /// Headers of each notification.
    pub headers: HeaderExpectation,
    /// Body of each notification.
    pub body: BodyExpectation,
    /// Over the notifications, in order of arrival, the values of this path ascend.
    pub order: Option<Path>,
    /// The values of a path in order of arrival are exactly these.
    pub sequence: Option<(Path, Vec<TemplateValue>)>,
    /// How many attempts of each were made so far.
    pub attempts: Option<Matcher>,
    /// Each comes again.
    pub redelivery: Option<Redelivery>,
    /// The check that findings are filed under.
    pub as_check: Option<Spanned<String>>,
    /// The requirement that findings of the step cite.
    pub requirement: Option<Spanned<String>>,
    /// The whole expectation; of the step where none is written.
    pub span: Span,
}

/// A notification that comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redelivery {
    /// Not before and not later than this after the attempt before.
    pub after: Nanos,
    /// How often it comes again.
    pub times: u32,
    /// Headers that stay the same.
    pub same: Vec<Spanned<String>>,
    /// Headers that hold a greater number than in the attempt before.
    pub newer: Vec<Spanned<String>>,
    /// The body stays the same, byte for byte.
    pub identical_body: bool,
    /// Nothing comes after these.
    pub last: bool,
    /// The whole expectation.
    pub span: Span,
}

/// One value remembered.
#[derive(Clone, Debug)]
pub struct Capture {
    /// Under this name.
    pub name: Spanned<String>,
    /// From here.
    pub from: CaptureFrom,
}

/// Where a remembered value comes from.
#[derive(Clone, Debug)]
pub enum CaptureFrom {
    /// The one value a path selects in the body.
    Body(Path),
    /// A header.
    Header(Spanned<String>),
    /// The status.
    Status,
}

/// All values a path selects, remembered as a list.
#[derive(Clone, Debug)]
pub struct Collect {
    /// Under this name.
    pub name: Spanned<String>,
    /// From here.
    pub path: Path,
}
