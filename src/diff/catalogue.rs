//! Every rule of the comparison: what it says, what it asks of a partner, and why.
//!
//! A static table. Finds no change by itself; `docs/diff.md` is written from it.

use crate::diff::change::{Flow, Impact};
use Impact::{Breaking, Compatible, Unsure};

/// What a rule asks of a partner, and why.
pub type Ask = (Impact, &'static str);

/// When a rule asks what.
#[derive(Clone, Copy, Debug)]
pub enum Applies {
    /// It concerns no message, or both ways alike.
    Always(Ask),
    /// It depends on who sends the message.
    ByFlow {
        /// What the partner sends.
        sent: Ask,
        /// What the partner receives.
        received: Ask,
    },
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its id, such as `diff/property-removed`.
    pub id: &'static str,
    /// What happened, in a few words.
    pub says: &'static str,
    /// What it asks.
    pub applies: Applies,
}

impl Rule {
    /// What the rule asks where the message goes `flow`.
    #[must_use]
    pub fn ask(&self, flow: Option<Flow>) -> Ask {
        match (self.applies, flow) {
            (Applies::Always(ask), _) => ask,
            (Applies::ByFlow { sent, .. }, Some(Flow::Sent)) => sent,
            (Applies::ByFlow { received, .. }, _) => received,
        }
    }
}

/// A rule by its id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id)
}

const REFUSED: &str = "what a partner may send today would be refused";
const STILL_ACCEPTED: &str = "everything that was accepted still is";
const PROMISED: &str = "everything that may come was promised before";
const RULED_OUT: &str = "a partner may receive what the old contract ruled out";
const NOT_ASKED: &str = "a partner need not use it";
const IGNORED: &str = "a minor version may add fields: partners ignore what they do not know";
const GONE: &str = "a partner that reads it finds nothing in its place";
const UNHEARD: &str = "what a partner asks for with it is no longer done, or is refused";
const LOOK: &str = "the two cannot be compared by rule: somebody has to look";

const fn always(id: &'static str, says: &'static str, impact: Impact, why: &'static str) -> Rule {
    Rule { id, says, applies: Applies::Always((impact, why)) }
}

const fn by_flow(id: &'static str, says: &'static str, sent: Ask, received: Ask) -> Rule {
    Rule { id, says, applies: Applies::ByFlow { sent, received } }
}

const fn narrows(id: &'static str, says: &'static str) -> Rule {
    by_flow(id, says, (Breaking, REFUSED), (Compatible, PROMISED))
}

const fn widens(id: &'static str, says: &'static str) -> Rule {
    by_flow(id, says, (Compatible, STILL_ACCEPTED), (Breaking, RULED_OUT))
}

const fn crosses(id: &'static str, says: &'static str) -> Rule {
    by_flow(id, says, (Breaking, REFUSED), (Breaking, RULED_OUT))
}

/// Every rule, by what it is about.
pub static RULES: &[Rule] = &[
    // The API as a whole.
    always("diff/base-path-changed", "the base path changed", Breaking, "every URL that a partner has configured is wrong"),
    always(
        "diff/server-removed",
        "a server is no longer named",
        Unsure,
        "a host is configuration: only its users know whether it stays",
    ),
    always("diff/server-added", "a server was added", Compatible, NOT_ASKED),
    always("diff/token-url-changed", "the token endpoint changed", Breaking, "partners fetch tokens where they were told to"),
    // Operations.
    always("diff/operation-added", "an operation was added", Compatible, NOT_ASKED),
    always(
        "diff/operation-removed",
        "an operation was removed",
        Breaking,
        "its callers get 404 or 405; a deprecation before does not change that",
    ),
    always(
        "diff/operation-deprecated",
        "an operation was marked as going away",
        Compatible,
        "it still works, and partners are told in time",
    ),
    always(
        "diff/operation-id-changed",
        "the `operationId` changed",
        Unsure,
        "nothing changes on the wire, but suites and generated code name it",
    ),
    always(
        "diff/read-once-added",
        "the answer is now gone once it was read",
        Breaking,
        "a partner that repeats a lost call loses data",
    ),
    // Parameters.
    by_flow("diff/parameter-added", "an optional parameter was added", (Compatible, NOT_ASKED), (Compatible, IGNORED)),
    by_flow("diff/required-parameter-added", "a required parameter was added", (Breaking, REFUSED), (Compatible, IGNORED)),
    by_flow("diff/parameter-removed", "a parameter was removed", (Breaking, UNHEARD), (Breaking, GONE)),
    narrows("diff/parameter-became-required", "a parameter became required"),
    widens("diff/parameter-became-optional", "a parameter became optional"),
    crosses("diff/parameter-style-changed", "a parameter is written differently on the wire"),
    crosses("diff/parameter-moved", "a parameter travels elsewhere"),
    // Bodies.
    by_flow("diff/body-added", "an optional body was added", (Compatible, NOT_ASKED), (Compatible, IGNORED)),
    by_flow("diff/required-body-added", "a required body was added", (Breaking, REFUSED), (Compatible, IGNORED)),
    by_flow("diff/body-removed", "the body was removed", (Breaking, UNHEARD), (Breaking, GONE)),
    narrows("diff/body-became-required", "the body became required"),
    widens("diff/body-became-optional", "the body became optional"),
    by_flow(
        "diff/media-type-added",
        "a media type was added",
        (Compatible, NOT_ASKED),
        (Compatible, "a partner gets it on asking for it"),
    ),
    by_flow(
        "diff/media-type-removed",
        "a media type was removed",
        (Breaking, REFUSED),
        (Breaking, "a partner that asks for it no longer gets it"),
    ),
    always(
        "diff/delivery-media-type-added",
        "deliveries may have a further media type",
        Breaking,
        "nobody asks the partner which one it reads",
    ),
    always(
        "diff/delivery-media-type-removed",
        "deliveries no longer have a media type",
        Compatible,
        "what still comes was promised before",
    ),
    // Responses.
    by_flow(
        "diff/success-added",
        "a further status may mean success",
        (Compatible, "a partner may keep to the others"),
        (
            Unsure,
            "a partner reads an unknown status as the first of its class (RFC 9110 section 15), but 202 is not yet done and 204 has no body",
        ),
    ),
    by_flow(
        "diff/success-removed",
        "no success status of before is left",
        (Breaking, "the answer that a partner gives is no longer an acknowledgement"),
        (Breaking, "a partner waits for a status that no longer comes"),
    ),
    by_flow(
        "diff/success-narrowed",
        "one of several success statuses was removed",
        (Breaking, "a partner may be answering just this one"),
        (Compatible, PROMISED),
    ),
    by_flow(
        "diff/error-added",
        "a further error is documented",
        (Compatible, "a partner need not answer it"),
        (Compatible, "a partner reads an unknown status as the first of its class (RFC 9110 section 15)"),
    ),
    by_flow(
        "diff/error-removed",
        "an error is no longer documented",
        (Compatible, "an error is a failed delivery, documented or not"),
        (Compatible, PROMISED),
    ),
    by_flow(
        "diff/response-body-added",
        "a body is described where there was none",
        (Breaking, "a partner answers without one"),
        (Compatible, IGNORED),
    ),
    by_flow(
        "diff/response-body-removed",
        "no body is described any more",
        (Compatible, "the platform ignores what it does not read"),
        (Breaking, GONE),
    ),
    by_flow("diff/header-added", "an optional header was added", (Compatible, NOT_ASKED), (Compatible, IGNORED)),
    by_flow("diff/required-header-added", "a required header was added", (Breaking, REFUSED), (Compatible, IGNORED)),
    by_flow("diff/header-removed", "a header was removed", (Breaking, UNHEARD), (Breaking, GONE)),
    narrows("diff/header-became-required", "a header became required"),
    widens("diff/header-became-optional", "a header became optional"),
    // Access.
    by_flow(
        "diff/security-added",
        "there is a further way to be let in",
        (Compatible, NOT_ASKED),
        (Breaking, "a partner that checks for the ways of before refuses it"),
    ),
    by_flow(
        "diff/security-removed",
        "a way to be let in is gone",
        (Breaking, "a partner that uses it is refused"),
        (Compatible, PROMISED),
    ),
    by_flow(
        "diff/security-strengthened",
        "a way to be let in wants more than before",
        (Breaking, "a partner needs another scheme or scope"),
        (Compatible, "a partner may go on checking what it checks"),
    ),
    // Callbacks and webhooks.
    always("diff/callback-added", "a callback was added", Compatible, "it comes only to a partner that gives an address for it"),
    always(
        "diff/callback-added-to-known-address",
        "a callback was added to an address that is given already",
        Breaking,
        "the partner's endpoint is called with what it does not implement",
    ),
    always("diff/callback-removed", "a callback was removed", Breaking, "a partner waits for a delivery that no longer comes"),
    always(
        "diff/callback-address-changed",
        "a callback goes to another address",
        Breaking,
        "the partner listens where it was told to",
    ),
    always("diff/webhook-added", "a webhook was added", Compatible, "it comes only to a partner that subscribes to it"),
    always("diff/webhook-removed", "a webhook was removed", Breaking, "a partner waits for a delivery that no longer comes"),
    // Types and values.
    narrows("diff/type-narrowed", "fewer types are possible"),
    widens("diff/type-widened", "more types are possible"),
    crosses("diff/type-changed", "other types are possible"),
    widens("diff/null-added", "null is possible"),
    narrows("diff/null-removed", "null is no longer possible"),
    by_flow(
        "diff/enum-value-added",
        "a value was added to a closed list",
        (Compatible, STILL_ACCEPTED),
        (Breaking, "the list was closed: a partner may have no branch for another value; `x-extensible-enum` declares it open"),
    ),
    narrows("diff/enum-value-removed", "a value was removed from a list"),
    narrows("diff/enum-added", "the values are now a closed list"),
    widens("diff/enum-dropped", "the values are no longer a closed list"),
    by_flow(
        "diff/open-enum-value-added",
        "a value was added to an open list",
        (Compatible, STILL_ACCEPTED),
        (Compatible, "the list was declared open: partners expect others"),
    ),
    by_flow(
        "diff/open-enum-value-removed",
        "a value was removed from an open list",
        (Unsure, "an open list refuses nothing, but the value may mean nothing any more"),
        (Compatible, PROMISED),
    ),
    narrows("diff/range-narrowed", "the range of numbers is narrower"),
    widens("diff/range-widened", "the range of numbers is wider"),
    narrows("diff/multiple-of-narrowed", "fewer multiples are possible"),
    widens("diff/multiple-of-widened", "more multiples are possible"),
    narrows("diff/length-narrowed", "fewer lengths of text are possible"),
    widens("diff/length-widened", "more lengths of text are possible"),
    narrows("diff/pattern-added", "a pattern was added"),
    widens("diff/pattern-dropped", "a pattern was dropped"),
    by_flow("diff/pattern-changed", "a pattern was changed", (Unsure, LOOK), (Unsure, LOOK)),
    narrows("diff/format-narrowed", "the format is stricter"),
    widens("diff/format-widened", "the format is laxer"),
    crosses("diff/format-changed", "the format is another one"),
    by_flow("diff/format-note-changed", "a format that nothing checks was changed", (Unsure, LOOK), (Unsure, LOOK)),
    crosses("diff/encoding-changed", "the text is encoded differently"),
    // Arrays.
    narrows("diff/item-count-narrowed", "fewer numbers of items are possible"),
    widens("diff/item-count-widened", "more numbers of items are possible"),
    narrows("diff/unique-items-added", "items may no longer repeat"),
    widens("diff/unique-items-dropped", "items may repeat"),
    // Objects.
    by_flow("diff/property-added", "an optional property was added", (Compatible, NOT_ASKED), (Compatible, IGNORED)),
    by_flow("diff/required-property-added", "a required property was added", (Breaking, REFUSED), (Compatible, IGNORED)),
    by_flow(
        "diff/property-added-to-closed",
        "a property was added where others were ruled out",
        (Compatible, NOT_ASKED),
        (Breaking, "`additionalProperties: false` promised that nothing else comes"),
    ),
    by_flow("diff/property-removed", "a property was removed", (Breaking, UNHEARD), (Breaking, GONE)),
    by_flow("diff/property-became-one-way", "a property became `readOnly` or `writeOnly`", (Breaking, UNHEARD), (Breaking, GONE)),
    narrows("diff/property-became-required", "a property became required"),
    widens("diff/property-became-optional", "a property became optional"),
    by_flow(
        "diff/property-deprecated",
        "a property was marked as going away",
        (Compatible, "it still works, and partners are told in time"),
        (Compatible, "it still comes, and partners are told in time"),
    ),
    narrows("diff/additional-properties-closed", "other properties are ruled out"),
    by_flow(
        "diff/additional-properties-opened",
        "other properties are no longer ruled out",
        (Compatible, STILL_ACCEPTED),
        (Compatible, IGNORED),
    ),
    by_flow("diff/pattern-properties-changed", "properties by pattern were changed", (Unsure, LOOK), (Unsure, LOOK)),
    narrows("diff/property-count-narrowed", "fewer numbers of properties are possible"),
    widens("diff/property-count-widened", "more numbers of properties are possible"),
    narrows("diff/dependent-required-added", "a property now demands another"),
    widens("diff/dependent-required-dropped", "a property no longer demands another"),
    // Composition.
    widens("diff/alternative-added", "an alternative was added"),
    narrows("diff/alternative-removed", "an alternative was removed"),
    narrows("diff/condition-added", "a condition was added"),
    widens("diff/condition-dropped", "a condition was dropped"),
    by_flow("diff/condition-changed", "a condition was changed", (Unsure, LOOK), (Unsure, LOOK)),
    by_flow("diff/not-compared", "the schema is too tangled to compare", (Unsure, LOOK), (Unsure, LOOK)),
    // What is assumed where nothing is sent.
    by_flow("diff/default-added", "a default was added", (Compatible, "it says what happened before"), (Compatible, PROMISED)),
    by_flow(
        "diff/default-changed",
        "a default was changed or dropped",
        (Unsure, "a partner that leaves the value away may get another result"),
        (Compatible, "a default binds only who sends"),
    ),
];
