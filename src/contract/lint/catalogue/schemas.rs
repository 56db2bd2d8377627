//! Rules about the keywords of one schema.
//!
//! Data only.

use crate::base::diagnostic::Severity::Warning;
use crate::contract::lint::rule::{Rule, Sample::Schema};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "lint/required-property",
        severity: Warning,
        title: "a required property that is described nowhere",
        why: "Most likely a slip of spelling, or a property that was renamed. Everything that speaks of the same value is looked through: `allOf`, `oneOf`, `anyOf`, references. Left alone are schemas that say themselves that there may be more (`additionalProperties`, `patternProperties`), those that describe no property at all, and `required` within `not`.",
        bad: Schema(
            "type: object\nrequired:\n  - id\n  - adress # <-\nproperties:\n  id: {type: string}\n  address: {type: string}",
        ),
        good: Schema(
            "type: object\nrequired:\n  - id\n  - address\nproperties:\n  id: {type: string}\n  address: {type: string}",
        ),
    },
    Rule {
        id: "lint/enum-type",
        severity: Warning,
        title: "a listed value is not of the type of the schema",
        why: "Such a value can never be sent: `type` refuses it. The usual reasons are a number or a boolean that YAML reads where text was meant, and `null` without saying that it is allowed.",
        bad: Schema("type: string\nenum:\n  - '1.0'\n  - 2.0 # <-"),
        good: Schema("type: string\nenum:\n  - '1.0'\n  - '2.0'"),
    },
    Rule {
        id: "lint/enum-duplicate",
        severity: Warning,
        title: "a value is listed twice",
        why: "The second mention has no effect, and often another value was meant.",
        bad: Schema("type: string\nenum:\n  - OPEN\n  - CLOSED\n  - OPEN # <-"),
        good: Schema("type: string\nenum:\n  - OPEN\n  - CLOSED"),
    },
    Rule {
        id: "lint/bounds",
        severity: Warning,
        title: "nothing lies between two bounds",
        why: "No value conforms. Bounds that are simply the wrong way round are said on loading (`contract/schema`).",
        bad: Schema("type: integer\nminimum: 10 # <-\nexclusiveMaximum: 10"),
        good: Schema("type: integer\nminimum: 10\nexclusiveMaximum: 11"),
    },
    Rule {
        id: "lint/format",
        severity: Warning,
        title: "a format that looks like a slip for a registered one",
        why: "A format that nobody knows checks nothing, and no tool complains. Names that are like none of the OpenAPI Format Registry are left alone: they may be one's own.",
        bad: Schema("type: string\nformat: datetime # <-"),
        good: Schema("type: string\nformat: date-time"),
    },
    Rule {
        id: "lint/format-type",
        severity: Warning,
        title: "a format of another type",
        why: "A format says something about values of certain types only (OpenAPI Format Registry); about others it says nothing.",
        bad: Schema("type: integer\nformat: date-time # <-"),
        good: Schema("type: string\nformat: date-time"),
    },
    Rule {
        id: "lint/no-effect",
        severity: Warning,
        title: "a keyword that says nothing about values of this type",
        why: "The author meant a bound, and there is none: `minimum` does not limit the length of text.",
        bad: Schema("type: string\nmaximum: 10 # <-"),
        good: Schema("type: string\nmaxLength: 10"),
    },
    Rule {
        id: "lint/array-items",
        severity: Warning,
        title: "an array whose items are not described",
        why: "Nothing that it holds is ever judged. In OpenAPI 3.0 this is said on loading (`contract/schema`).",
        bad: Schema("type: array # <-"),
        good: Schema("type: array\nitems: {type: string}"),
    },
    Rule {
        id: "lint/pattern-dialect",
        severity: Warning,
        title: "a pattern uses what ECMA-262 does not know",
        why: "Patterns of JSON Schema are written in the dialect of ECMA-262. Flags in the pattern, `\\A`, `\\z`, `[[:alpha:]]`, possessive quantifiers and the like mean something else to other readers, or make them fail.",
        bad: Schema("type: string\npattern: '(?i)^[a-z]+$' # <-"),
        good: Schema("type: string\npattern: '^[A-Za-z]+$'"),
    },
    Rule {
        id: "lint/pattern-delimiters",
        severity: Warning,
        title: "a pattern between slashes",
        why: "The slashes that a program puts around a pattern are part of the pattern here, so that it matches next to nothing.",
        bad: Schema("type: string\npattern: '/^[a-z]+$/' # <-"),
        good: Schema("type: string\npattern: '^[a-z]+$'"),
    },
    Rule {
        id: "lint/pattern-anchor",
        severity: Warning,
        title: "a pattern that counts its letters and is anchored on one side only",
        why: "A pattern matches anywhere in a value: `^[0-9]{4}` allows `12345`. Prefixes such as `^https://` are left alone, patterns without an anchor too.",
        bad: Schema("type: string\npattern: '^[0-9]{4}' # <-"),
        good: Schema("type: string\npattern: '^[0-9]{4}$'"),
    },
    Rule {
        id: "lint/pattern-backtracking",
        severity: Warning,
        title: "a repetition within a repetition",
        why: "Engines that go back (those of JavaScript, Java, Python) take exponentially long to refuse text such as `aaaaaaaaaaaaaaaaaaaaaaaa!`. Whoever can send such text can stop a server.",
        bad: Schema("type: string\npattern: '^([a-z]+)+$' # <-"),
        good: Schema("type: string\npattern: '^[a-z]+$'"),
    },
];
