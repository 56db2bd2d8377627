//! Reads matchers.
//!
//! Tells operators from literals and checks operands that are written out; never compares a value.

use crate::base::distance::{did_you_mean, nearest};
use crate::base::source::Span;
use crate::base::tree::{Data, Key, Node};
use crate::base::units::Nanos;
use crate::schema::SchemaSet;
use crate::suite::ast::Spanned;
use crate::suite::ast::expect::{BodyExpectation, HeaderExpectation};
use crate::suite::decode::{Decoder, Rule};
use crate::suite::matcher::{Comparison, InstantOperand, JsonType, Matcher, Operator, Pattern};
use crate::suite::template::{TemplateKind, TemplateValue};
use regex::Regex;
use serde_json::Value;

/// Every operator, in the order of the documentation.
const OPERATORS: [&str; 23] = [
    "eq",
    "ne",
    "lt",
    "lte",
    "gt",
    "gte",
    "matches",
    "type",
    "in",
    "contains",
    "length",
    "exists",
    "any",
    "all",
    "none",
    "distinct",
    "ascending",
    "descending",
    "before",
    "after",
    "instant",
    "schema",
    "not",
];

/// Operators that judge a length of time.
const TIME_OPERATORS: [&str; 7] = ["eq", "ne", "lt", "lte", "gt", "gte", "not"];

/// What authors of other tools write, and what it is called here.
const ELSEWHERE: [(&str, &str); 14] = [
    ("equals", "eq"),
    ("equal", "eq"),
    ("match", "matches"),
    ("regex", "matches"),
    ("pattern", "matches"),
    ("lessThan", "lt"),
    ("greaterThan", "gt"),
    ("ge", "gte"),
    ("le", "lte"),
    ("len", "length"),
    ("unique", "distinct"),
    ("includes", "contains"),
    ("oneOf", "in"),
    ("one_of", "in"),
];

const TYPES: [JsonType; 7] =
    [JsonType::Null, JsonType::Boolean, JsonType::Integer, JsonType::Number, JsonType::String, JsonType::Array, JsonType::Object];

/// What a matcher is over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Values,
    Time,
}

impl Decoder<'_> {
    /// Matchers by path.
    pub(super) fn body(&mut self, node: &Node, what: &str) -> BodyExpectation {
        let mut body = Vec::new();
        for (key, node) in self.entries(node, what) {
            let path = self.path_of(&key.text, key.span);
            let matcher = self.matcher(node, Over::Values);
            if let (Some(path), Some(matcher)) = (path, matcher) {
                let list = matcher.operators.iter().find_map(|o| match o {
                    Operator::Eq(v) if v.as_literal().is_some_and(Value::is_array) => Some(v.span),
                    _ => None,
                });
                if let (false, Some(span)) = (path.is_singular(), list) {
                    let hint = "to accept any of them write {in: [...]}; to compare a list, select the list itself";
                    let message = format!("each value that `{path}` selects is compared with the whole list");
                    self.warning("suite/list-for-each", span, message, Some(hint.to_owned()));
                }
                body.push((path, matcher));
            }
        }
        body
    }

    /// Matchers by header.
    pub(super) fn headers(&mut self, node: &Node) -> HeaderExpectation {
        let mut headers = Vec::new();
        for (key, node) in self.entries(node, "`headers`") {
            if let Some(matcher) = self.matcher(node, Over::Values) {
                headers.push((Spanned::new(key.text.clone(), key.span), matcher));
            }
        }
        headers
    }

    /// A matcher: a literal, or a mapping of operators.
    pub(super) fn matcher(&mut self, node: &Node, over: Over) -> Option<Matcher> {
        let Data::Object(members) = &node.data else { return self.literal(node, over) };
        let is_operator = |key: &Key| OPERATORS.contains(&key.text.as_str());
        let known = members.iter().filter(|(key, _)| is_operator(key)).count();
        if known == 0 {
            return self.literal_mapping(node, members, over);
        }
        let mut sound = true;
        for (key, _) in members.iter().filter(|(key, _)| !is_operator(key)) {
            sound = false;
            let hint = operator_like(&key.text).map_or_else(
                || "a mapping is either operators or a literal; a literal beside operators is written `eq: {...}`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.error("suite/operator", key.span, format!("unknown operator `{}`", key.text), Some(hint));
        }
        let mut operators = Vec::new();
        for (key, operand) in members.iter().filter(|(key, _)| is_operator(key)) {
            match self.operator(key, operand, over) {
                Some(operator) => operators.push(operator),
                None => sound = false,
            }
        }
        sound.then_some(Matcher { operators, span: node.span })
    }

    fn literal(&mut self, node: &Node, over: Over) -> Option<Matcher> {
        let value = self.value(node);
        self.check_time(&value, over)?;
        Some(Matcher::equals(value))
    }

    fn literal_mapping(&mut self, node: &Node, members: &[(Key, Node)], over: Over) -> Option<Matcher> {
        if let [(key, _)] = members
            && let Some(near) = operator_like(&key.text)
        {
            let hint = format!("did you mean `{near}`? a mapping to compare with is written `eq: {{{}: ...}}`", key.text);
            self.error("suite/operator", key.span, format!("unknown operator `{}`", key.text), Some(hint));
            return None;
        }
        if over == Over::Time {
            let hint = did_you_mean(members.first().map_or("", |(k, _)| k.text.as_str()), TIME_OPERATORS);
            self.error("suite/operator", node.span, "a time is compared with `lt`, `lte`, `gt`, `gte`, `eq` or `ne`", hint);
            return None;
        }
        Some(Matcher::equals(self.value(node)))
    }

    fn operator(&mut self, key: &Key, node: &Node, over: Over) -> Option<Operator> {
        if over == Over::Time && !TIME_OPERATORS.contains(&key.text.as_str()) {
            let hint = "a time is compared with `lt`, `lte`, `gt`, `gte`, `eq` or `ne`";
            self.error("suite/operator", key.span, format!("`{}` does not judge a time", key.text), Some(hint.to_owned()));
            return None;
        }
        let inner = |this: &mut Self| this.matcher(node, over).map(Box::new);
        Some(match key.text.as_str() {
            "eq" => Operator::Eq(self.equality(node, over)?),
            "ne" => Operator::Ne(self.equality(node, over)?),
            "lt" => Operator::Compare(Comparison::Lt, self.comparable(node, over)?),
            "lte" => Operator::Compare(Comparison::Lte, self.comparable(node, over)?),
            "gt" => Operator::Compare(Comparison::Gt, self.comparable(node, over)?),
            "gte" => Operator::Compare(Comparison::Gte, self.comparable(node, over)?),
            "matches" => Operator::Matches(self.pattern(node)?),
            "type" => Operator::Type(self.word(node, "type", &TYPES, type_key)?),
            "in" => Operator::In(self.alternatives(node)?),
            "contains" => Operator::Contains(inner(self)?),
            "length" => Operator::Length(inner(self)?),
            "exists" => Operator::Exists(self.boolean(node)?),
            "any" => Operator::Any(inner(self)?),
            "all" => Operator::All(inner(self)?),
            "none" => Operator::None(inner(self)?),
            "distinct" => self.only_true(node).map(|()| Operator::Distinct)?,
            "ascending" => self.only_true(node).map(|()| Operator::Ordered { descending: false })?,
            "descending" => self.only_true(node).map(|()| Operator::Ordered { descending: true })?,
            "before" => Operator::Before(self.instant(node)?),
            "after" => Operator::After(self.instant(node)?),
            "instant" => Operator::Instant(Box::new(self.moved_instant(node)?)),
            "schema" => Operator::Schema(self.schema(node)?),
            // The caller asks for known operators alone, and this is the last of them.
            _ => Operator::Not(inner(self)?),
        })
    }

    fn equality(&mut self, node: &Node, over: Over) -> Option<TemplateValue> {
        let value = self.value(node);
        self.check_time(&value, over)?;
        Some(value)
    }

    fn check_time(&mut self, value: &TemplateValue, over: Over) -> Option<()> {
        match (over, value.as_literal()) {
            (Over::Time, Some(literal)) => self.check_duration(literal, value.span),
            _ => Some(()),
        }
    }

    fn check_duration(&mut self, literal: &Value, span: Span) -> Option<()> {
        let hint = "a duration has a unit: 250ms, 10s, 5m, PT2M";
        match literal.as_str().map(Nanos::parse) {
            Some(Ok(_)) => return Some(()),
            Some(Err(message)) => self.fault(Rule::Value, span, message, None),
            None => self.fault(Rule::Value, span, format!("`{literal}` is not a duration"), Some(hint.to_owned())),
        }
        None
    }

    fn comparable(&mut self, node: &Node, over: Over) -> Option<TemplateValue> {
        let value = self.equality(node, over)?;
        match (over, value.as_literal()) {
            (Over::Values, Some(literal)) if !literal.is_number() => {
                let hint = match literal.as_str().map(|text| text.parse::<jiff::Timestamp>().is_ok()) {
                    Some(true) => "instants are compared with `before` and `after`",
                    _ => "numbers are compared with `lt`, `lte`, `gt`, `gte`; instants with `before` and `after`",
                };
                self.wrong_kind(node, "a number", Some(hint));
                None
            }
            _ => Some(value),
        }
    }

    fn pattern(&mut self, node: &Node) -> Option<Pattern> {
        let text = self.text(node)?;
        let template = self.template_of(&text.value, node.span)?;
        let Some(literal) = template.as_literal() else {
            return Some(Pattern::Template(TemplateValue { kind: TemplateKind::Template(template), span: node.span }));
        };
        match Regex::new(literal) {
            Ok(regex) => Some(Pattern::Fixed(regex)),
            Err(error) => {
                let reason = match &error {
                    regex::Error::Syntax(text) => {
                        text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
                    }
                    other => other.to_string(),
                };
                self.error("suite/regex", node.span, format!("not a regular expression: {reason}"), None);
                None
            }
        }
    }

    fn alternatives(&mut self, node: &Node) -> Option<TemplateValue> {
        let value = self.value(node);
        match &value.kind {
            TemplateKind::Literal(Value::Array(_)) | TemplateKind::Array(_) | TemplateKind::Template(_) => Some(value),
            _ => {
                self.wrong_kind(node, "a list for `in`", None);
                None
            }
        }
    }

    fn instant(&mut self, node: &Node) -> Option<TemplateValue> {
        let value = self.value(node);
        match value.as_literal() {
            None => Some(value),
            Some(Value::String(text)) if text.parse::<jiff::Timestamp>().is_ok() => Some(value),
            Some(literal) => {
                let hint = "an instant has a date, a time and an offset: 2026-01-31T12:00:00Z";
                self.fault(Rule::Value, node.span, format!("{literal} is not an instant"), Some(hint.to_owned()));
                None
            }
        }
    }

    fn moved_instant(&mut self, node: &Node) -> Option<InstantOperand> {
        let mut fields = self.object(node, "`instant`")?;
        let of = fields.require(self, "of").and_then(|n| self.instant(n));
        let mut parts = ["plus", "minus", "within"].map(|key| fields.take(key));
        fields.finish(self);
        let mut sound = true;
        let [plus, minus, within] = parts.each_mut().map(|part| {
            let value = self.value((*part)?);
            if let Some(literal) = value.as_literal() {
                sound &= self.check_duration(literal, value.span).is_some();
            }
            Some(value)
        });
        Some(InstantOperand { of: of.filter(|_| sound)?, plus, minus, within })
    }

    fn schema(&mut self, node: &Node) -> Option<Value> {
        match &node.data {
            Data::Object(_) | Data::Bool(_) => {
                let schema = node.to_value();
                if let Err(message) = SchemaSet::inline(&schema) {
                    self.error("suite/schema", node.span, format!("not a JSON Schema: {message}"), None);
                    return None;
                }
                Some(schema)
            }
            _ => {
                self.wrong_kind(node, "a JSON Schema", None);
                None
            }
        }
    }
}

fn type_key(json_type: JsonType) -> &'static str {
    match json_type {
        JsonType::Null => "null",
        JsonType::Boolean => "boolean",
        JsonType::Integer => "integer",
        JsonType::Number => "number",
        JsonType::String => "string",
        JsonType::Array => "array",
        JsonType::Object => "object",
    }
}

/// The operator that a key which is none was probably meant to be.
fn operator_like(key: &str) -> Option<&'static str> {
    if let Some((_, here)) = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == key) {
        return Some(here);
    }
    // Short keys are too near to everything: `id` is not a mistake for `in`.
    (key.chars().count() >= 4).then(|| nearest(key, OPERATORS.into_iter().filter(|o| o.len() >= 4))).flatten()
}
