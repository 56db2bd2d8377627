//! Reads cases and their rows.
//!
//! Checks names, rows and citations within the suite; never expands a row.

use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::suite::ast::Spanned;
use crate::suite::ast::case::{Capability, Case, Each, Isolation, Row};
use crate::suite::decode::{Decoder, Rule};
use crate::suite::template::Part;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

impl Decoder<'_> {
    pub(super) fn cases(&mut self, node: &Node) -> Vec<Case> {
        let items = self.list(node, "`cases`");
        if items.is_empty() && node.items().is_some() {
            self.fault(Rule::Value, node.span, "`cases` is empty", Some("write one case at least".to_owned()));
        }
        let mut cases: Vec<Case> = items.iter().filter_map(|item| self.case(item)).collect();
        self.unique_names(&mut cases);
        cases
    }

    fn case(&mut self, node: &Node) -> Option<Case> {
        let mut fields = self.object(node, "a case")?;
        let name = fields.require(self, "name").and_then(|n| self.text(n));
        let tags = fields.take("tags").map(|n| self.texts(n)).unwrap_or_default();
        let requires = fields.take("requires").map(|n| self.requires(n)).unwrap_or_default();
        let requirement = fields.take("requirement").map(|n| self.texts(n)).unwrap_or_default();
        let required = fields.take("required").and_then(|n| self.boolean(n)).unwrap_or(true);
        let isolations = [Isolation::Shared, Isolation::Exclusive];
        let declared_isolation = fields.take("isolation").and_then(|n| self.word(n, "isolation", &isolations, isolation_key));
        // Rows that cannot be read stay rows, so that `${row.name}` is not reported too.
        let each = fields.take("each").map(|n| self.each(n).unwrap_or_else(|| Each::Rows(Vec::new())));
        let steps = fields.require(self, "steps").map(|n| self.steps(n, "`steps`"));
        fields.finish(self);
        let slug = name.as_ref().map(|n| slug(&n.value)).unwrap_or_default();
        let case = Case {
            name: name?,
            slug,
            tags,
            requires,
            requirement,
            required,
            declared_isolation,
            each,
            steps: steps?,
            span: node.span,
        };
        self.check_names(&case);
        self.lost_names.clear();
        Some(case)
    }

    /// What the environment must offer.
    pub(super) fn requires(&mut self, node: &Node) -> Vec<Spanned<Capability>> {
        let items = if node.items().is_some() { self.list(node, "`requires`") } else { std::slice::from_ref(node) };
        items
            .iter()
            .filter_map(|n| self.word(n, "capability", &Capability::ALL, Capability::key).map(|c| Spanned::new(c, n.span)))
            .collect()
    }

    fn unique_names(&mut self, cases: &mut [Case]) {
        let mut first: HashMap<String, Span> = HashMap::new();
        let mut slugs: HashSet<String> = HashSet::new();
        for case in cases {
            if let Some(earlier) = first.get(&case.name.value) {
                let hint = format!("the first one is on line {}", self.source.line_column(earlier.start).0);
                let message = format!("a second case is named `{}`", case.name.value);
                self.error("suite/duplicate-case", case.name.span, message, Some(hint));
            } else {
                first.insert(case.name.value.clone(), case.name.span);
            }
            let plain = case.slug.clone();
            let mut number = 1;
            while !slugs.insert(case.slug.clone()) {
                number += 1;
                case.slug = format!("{plain}-{number}");
            }
        }
    }

    fn each(&mut self, node: &Node) -> Option<Each> {
        if matches!(node.data, Data::Object(_)) {
            return self.each_operation(node);
        }
        let items = self.list(node, "`each`");
        if items.is_empty() {
            if node.items().is_some() {
                self.fault(Rule::Value, node.span, "`each` is empty", Some("write one row at least".to_owned()));
            }
            return None;
        }
        let rows: Vec<_> = items.iter().filter_map(|item| self.row(item)).collect();
        self.same_members(&rows);
        Some(Each::Rows(rows))
    }

    fn row(&mut self, node: &Node) -> Option<Spanned<Row>> {
        let Data::Object(members) = &node.data else {
            let hint = "a row is a mapping: {status: 404}; its members are `${row.status}`";
            self.wrong_kind(node, "a mapping for a row", Some(hint));
            return None;
        };
        let row = members.iter().map(|(key, node)| (key.text.clone(), self.row_value(node))).collect();
        Some(Spanned::new(row, node.span))
    }

    /// A value of a row: `$${` stands for `${`, and templates are refused, since a row is known before anything is.
    fn row_value(&mut self, node: &Node) -> Value {
        match &node.data {
            Data::String(text) => {
                self.lint_secret(None, text, node.span);
                let Some(template) = self.template_of(text, node.span) else { return Value::Null };
                if let Some(Part::Variable { name, span, .. }) =
                    template.parts.iter().find(|p| matches!(p, Part::Variable { .. }))
                {
                    let hint = "put the template where the row is used: \"${row.name}-${unique}\"";
                    self.error("suite/row", *span, format!("a row cannot use `{name}`"), Some(hint.to_owned()));
                }
                Value::String(template.as_literal().unwrap_or_default().to_owned())
            }
            Data::Array(items) => Value::Array(items.iter().map(|n| self.row_value(n)).collect()),
            Data::Object(members) => {
                Value::Object(members.iter().map(|(k, n)| (k.text.clone(), self.row_value(n))).collect::<Map<_, _>>())
            }
            _ => node.to_value(),
        }
    }

    /// A member that one row has, every row has: else `${row.name}` would hold nothing in some of them.
    fn same_members(&mut self, rows: &[Spanned<Row>]) {
        let mut all: Vec<&str> = Vec::new();
        for (name, _) in rows.iter().flat_map(|row| &row.value) {
            if !all.contains(&name.as_str()) {
                all.push(name);
            }
        }
        for row in rows {
            let missing: Vec<&str> = all.iter().copied().filter(|name| !row.value.iter().any(|(n, _)| n == name)).collect();
            if let Some(name) = missing.first() {
                let hint = match row.value.iter().map(|(n, _)| n.as_str()).find(|n| all_but_one_lack(rows, n)) {
                    Some(odd) => format!("no other row has `{odd}`"),
                    None => format!("give it a value, `{name}: null` for none"),
                };
                self.error("suite/row", row.span, format!("this row has no `{name}`, which another row has"), Some(hint));
            }
        }
    }

    fn each_operation(&mut self, node: &Node) -> Option<Each> {
        let mut fields = self.object(node, "`each`")?;
        let operations = fields.require(self, "operations");
        let except = fields.entry("except").map(|(key, n)| (key.span, self.texts(n)));
        fields.finish(self);
        let only = match &operations?.data {
            Data::String(text) if text == "all" => None,
            Data::Array(_) => Some(self.texts(operations?)),
            _ => {
                self.wrong_kind(operations?, "`all` or a list of operationIds", None);
                return None;
            }
        };
        if let (Some(_), Some((span, _))) = (&only, &except) {
            let hint = "leave out of the list what is not wanted".to_owned();
            self.error("suite/contradiction", *span, "`except` goes with `operations: all`", Some(hint));
        }
        Some(Each::Operations { only, except: except.map(|(_, names)| names).unwrap_or_default(), span: node.span })
    }

    /// The requirements that cases and steps cite must be declared.
    pub(super) fn check_citation(&mut self, id: &Spanned<String>, declared: &[&str]) {
        if declared.contains(&id.value.as_str()) {
            return;
        }
        let hint = did_you_mean(&id.value, declared.iter().copied())
            .or_else(|| Some("declare it under `requirements`, with its source".to_owned()));
        self.error("suite/unknown-requirement", id.span, format!("requirement `{}` is not declared", id.value), hint);
    }
}

fn all_but_one_lack(rows: &[Spanned<Row>], name: &str) -> bool {
    rows.len() > 1 && rows.iter().filter(|row| row.value.iter().any(|(n, _)| n == name)).count() == 1
}

fn isolation_key(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Shared => "shared",
        Isolation::Exclusive => "exclusive",
    }
}

/// Letters and digits in lower case, everything between as one dash.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() && c != '\'' {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "case".to_owned() } else { slug.to_owned() }
}
