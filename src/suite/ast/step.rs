//! The steps of a case, each kind with what it needs.
//!
//! Nothing here is sent or looked up: operations, identities and listeners are names with a place.

use crate::base::source::Span;
use crate::base::units::Nanos;
use crate::suite::ast::Spanned;
use crate::suite::ast::catalogue::CallbackRef;
use crate::suite::ast::expect::{AwaitExpect, BodyExpectation, Capture, Collect, Expect};
use crate::suite::matcher::Matcher;
use crate::suite::template::{Template, TemplateValue};

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Its name in the report, where one is written.
    pub name: Option<String>,
    /// A remark of the author.
    pub note: Option<String>,
    /// What it does in a few words, for a report where no name is written: `call createSignature`.
    pub title_hint: String,
    /// The whole step.
    pub span: Span,
}

impl Step {
    /// The name written, else the hint.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.title_hint)
    }
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Calls an operation of the spec.
    Call(Box<CallStep>),
    /// Sends to a path of the target.
    Request(Box<RequestStep>),
    /// Uses the environment's control.
    Control(Box<ControlStep>),
    /// Sets how a listener answers from now on.
    Listener(ListenerStep),
    /// Waits for deliveries at a listener.
    Await(Box<AwaitStep>),
    /// Remembers values.
    Set(Vec<(Spanned<String>, TemplateValue)>),
    /// Judges a remembered value.
    Assert(Box<AssertStep>),
    /// Runs steps at the same time.
    Parallel(Vec<Step>),
}

/// Which operation is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationRef {
    /// By its operationId.
    Id(Spanned<String>),
    /// By method and path of the spec: `POST /signatures`.
    Route {
        /// In capitals.
        method: String,
        /// As the spec writes it.
        path: String,
        /// Where it is named.
        span: Span,
    },
    /// By a template, such as `${row.operation}`; its text is one of the other two forms.
    Template(Template),
}

impl OperationRef {
    /// Where the operation is named.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Id(id) => id.span,
            Self::Route { span, .. } => *span,
            Self::Template(template) => template.span,
        }
    }

    /// The reference that a text without templates makes.
    #[must_use]
    pub fn parse(text: &str, span: Span) -> Self {
        match text.split_once(' ') {
            Some((method, path)) if path.trim_start().starts_with('/') => {
                Self::Route { method: method.to_ascii_uppercase(), path: path.trim().to_owned(), span }
            }
            _ => Self::Id(Spanned::new(text.to_owned(), span)),
        }
    }
}

/// Named parameters with their values.
pub type Parameters = Vec<(Spanned<String>, TemplateValue)>;

/// What is sent as the body.
#[derive(Clone, Debug)]
pub enum Payload {
    /// A value, written as the media type of the operation's body.
    Value {
        /// The value.
        value: TemplateValue,
        /// Which of the documented media types; JSON where there is one, else the first, when `None`.
        content_type: Option<Template>,
    },
    /// Text as it is.
    Raw {
        /// The text.
        text: Template,
        /// Its media type; none is sent when `None`.
        content_type: Option<Template>,
    },
    /// A mapping, urlencoded.
    Form(Parameters),
}

/// How a call identifies its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthChoice {
    /// Not at all.
    None,
    /// By an identity of the environment. A template whose text is `none` means not at all.
    Identity(Template),
    /// By this bearer token.
    Bearer(Template),
    /// By this Authorization header as it is written.
    Header(Template),
    /// By client id and secret of an identity, as HTTP Basic.
    Basic(Template),
}

/// How often a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// So many times.
    pub times: u32,
    /// At the same time.
    pub concurrently: bool,
    /// Where it is asked for.
    pub span: Span,
}

/// Repeats a call until the body matches.
#[derive(Clone, Debug)]
pub struct Poll {
    /// The pause between.
    pub every: Nanos,
    /// Given up after.
    pub within: Nanos,
    /// What the body must match.
    pub until: BodyExpectation,
    /// Where it is asked for.
    pub span: Span,
}

/// What `call` and `request` share.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Query parameters.
    pub query: Parameters,
    /// Headers.
    pub headers: Parameters,
    /// Cookies.
    pub cookies: Parameters,
    /// The body.
    pub payload: Option<Payload>,
    /// The identity; the suite's when `None`.
    pub auth: Option<Spanned<AuthChoice>>,
    /// How often.
    pub repeat: Option<Repeat>,
    /// Until when.
    pub poll: Option<Poll>,
    /// What the answer is expected to be.
    pub expect: Expect,
    /// What is remembered of it.
    pub capture: Vec<Capture>,
    /// What is remembered of it as lists.
    pub collect: Vec<Collect>,
}

/// Calls an operation of the spec.
#[derive(Clone, Debug)]
pub struct CallStep {
    /// Which.
    pub operation: OperationRef,
    /// Path parameters.
    pub path: Parameters,
    /// What the step does not give and the operation requires is taken from the spec's examples.
    pub given_examples: bool,
    /// What is sent with it, and what is expected.
    pub send: Sending,
}

/// Sends to a path of the target.
#[derive(Clone, Debug)]
pub struct RequestStep {
    /// The method.
    pub method: Template,
    /// Path and query, sent as they are.
    pub target: Template,
    /// What is sent with it, and what is expected.
    pub send: Sending,
}

/// An action of the environment's control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ControlAction {
    /// Moves the clock on.
    Advance,
    /// Sets the clock.
    SetClock,
    /// Reads the clock.
    Clock,
    /// Makes an event of the pull API.
    Event,
    /// Makes a notification of the push API.
    Notification,
    /// Lists delivery attempts.
    Deliveries,
    /// Adds a host to the allow-list.
    Allow,
    /// Switches named faults.
    Faults,
    /// Drops all data.
    Reset,
}

impl ControlAction {
    /// Every action.
    pub const ALL: [Self; 9] = [
        Self::Advance,
        Self::SetClock,
        Self::Clock,
        Self::Event,
        Self::Notification,
        Self::Deliveries,
        Self::Allow,
        Self::Faults,
        Self::Reset,
    ];

    /// The word in a suite.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Advance => "advance",
            Self::SetClock => "set_clock",
            Self::Clock => "clock",
            Self::Event => "event",
            Self::Notification => "notification",
            Self::Deliveries => "deliveries",
            Self::Allow => "allow",
            Self::Faults => "faults",
            Self::Reset => "reset",
        }
    }

    /// True when another case on the same target would notice.
    #[must_use]
    pub fn disturbs_others(self) -> bool {
        match self {
            Self::Advance | Self::SetClock | Self::Allow | Self::Faults | Self::Reset => true,
            Self::Clock | Self::Event | Self::Notification | Self::Deliveries => false,
        }
    }
}

/// Uses the environment's control.
#[derive(Clone, Debug)]
pub struct ControlStep {
    /// Which action.
    pub action: Spanned<ControlAction>,
    /// What it is given.
    pub with: Parameters,
    /// How often.
    pub repeat: Option<Repeat>,
    /// Until when, for an action that only reads.
    pub poll: Option<Poll>,
    /// What its answer is expected to be.
    pub expect: Expect,
    /// What is remembered of it.
    pub capture: Vec<Capture>,
    /// What is remembered of it as lists.
    pub collect: Vec<Collect>,
}

/// What a listener answers to one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerAnswer {
    /// The status; the connection is dropped when `None`.
    pub status: Option<u16>,
    /// Waits so long before answering.
    pub after: Nanos,
    /// Where it is written.
    pub span: Span,
}

/// Sets how a listener answers from now on.
#[derive(Clone, Debug)]
pub struct ListenerStep {
    /// Which listener.
    pub listener: Spanned<String>,
    /// The answers to the attempts of one notification; the last one repeats. Never empty.
    pub respond: Vec<ListenerAnswer>,
}

/// How many notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: Option<u32>,
    /// Where it is written; of the step where it is not.
    pub span: Span,
}

/// Waits for deliveries at a listener.
#[derive(Clone, Debug)]
pub struct AwaitStep {
    /// Which listener.
    pub listener: Spanned<String>,
    /// The callback whose schema judges every delivery.
    pub callback: CallbackRef,
    /// The document that describes the callback; the suite's own when `None`.
    pub spec: Option<Spanned<String>>,
    /// Which deliveries are meant; all when empty.
    pub matching: BodyExpectation,
    /// How many notifications.
    pub count: Count,
    /// How long, of real time.
    pub within: Nanos,
    /// Where there is control, so long after the last is enough to see a surplus.
    pub quiet: Nanos,
    /// The answers to the attempts of one notification, from the start of the case; as the listener is set when empty.
    pub respond: Vec<ListenerAnswer>,
    /// What the deliveries are expected to be.
    pub expect: AwaitExpect,
    /// What is remembered of the first notification.
    pub capture: Vec<Capture>,
    /// What is remembered of all of them as lists.
    pub collect: Vec<Collect>,
}

/// Judges a remembered value.
#[derive(Clone, Debug)]
pub struct AssertStep {
    /// The value.
    pub value: TemplateValue,
    /// What it must match.
    pub is: Matcher,
    /// The check that a finding is filed under.
    pub as_check: Option<Spanned<String>>,
    /// The requirement that a finding cites.
    pub requirement: Option<Spanned<String>>,
}
