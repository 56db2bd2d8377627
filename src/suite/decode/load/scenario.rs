//! Reads what a load does again and again, and where its data comes from.
//!
//! Checks that a scenario does one thing; never opens a data file, and never looks a case up.

use crate::base::distance::nearest;
use crate::base::tree::{Data, Node};
use crate::suite::ast::Spanned;
use crate::suite::ast::load::{DataSpec, Pick, Scenario, ScenarioKind};
use crate::suite::ast::step::CallStep;
use crate::suite::decode::expect::step_key_hint;
use crate::suite::decode::{Decoder, Fields, Rule};

/// What a step of a suite may do and a scenario of one call may not, with what to do instead.
const NOT_OF_A_CALL: [(&str, &str); 4] = [
    ("repeat", "give it more `weight`"),
    ("poll", "poll in a case of the suite, and name that: {case: ...}"),
    ("capture", "nothing comes after the call; write a case in the suite, and name that: {case: ...}"),
    ("collect", "nothing comes after the call; write a case in the suite, and name that: {case: ...}"),
];

impl Decoder<'_> {
    pub(super) fn scenarios(&mut self, node: &Node) -> Vec<Scenario> {
        let items = self.list(node, "`scenarios`");
        if items.is_empty() && node.items().is_some() {
            self.fault(Rule::Value, node.span, "`scenarios` is empty", Some("write one scenario at least".to_owned()));
        }
        items.iter().filter_map(|item| self.scenario(item)).collect()
    }

    fn scenario(&mut self, node: &Node) -> Option<Scenario> {
        let mut fields = self.object(node, "a scenario")?;
        let (case, call) = (fields.entry("case"), fields.entry("call"));
        if let (Some((first, _)), Some((second, _))) = (case, call) {
            let span = if first.span.start < second.span.start { second.span } else { first.span };
            let hint = "make them two scenarios".to_owned();
            self.error("load/contradiction", span, "a scenario is a `case` or a `call`", Some(hint));
            return None;
        }
        let weight = fields.take("weight").map_or(Some(1), |n| self.number(n, 1));
        let data_node = fields.entry("data");
        let data = data_node.map_or(Some(None), |(_, n)| self.data(n).map(Some));
        let what = match (case, call) {
            (Some((_, subject)), _) => {
                fields.what = "a scenario of a case";
                let row = fields.entry("row");
                if let (Some((key, _)), Some(_)) = (row, data_node) {
                    let hint = "the rows of `data` take the place of the rows of `each`".to_owned();
                    self.error("load/contradiction", key.span, "`row` and `data` are two sources of rows", Some(hint));
                }
                let row = row.map_or(Some(None), |(_, n)| self.number(n, 1).map(Some));
                let name = self.text(subject);
                name.zip(row).map(|(name, row)| ScenarioKind::Case { name, row })
            }
            (None, Some((_, subject))) => {
                fields.what = "a scenario of a call";
                self.load_call(subject, &mut fields, data_node.is_some()).map(|call| ScenarioKind::Call(Box::new(call)))
            }
            (None, None) => {
                self.scenario_of_nothing(&fields);
                return None;
            }
        };
        fields.finish_with(self, |key| match key {
            "row" => Some("`row` goes with `case`".to_owned()),
            key => step_key_hint(key, "step"),
        });
        Some(Scenario { what: what?, weight: weight?, data: data?, span: node.span })
    }

    fn scenario_of_nothing(&mut self, fields: &Fields<'_>) {
        let near = fields.keys().find_map(|key| nearest(&key.text, ["case", "call"]).map(|near| (key, near)));
        match near {
            Some((key, near)) => self.fault(
                Rule::UnknownKey,
                key.span,
                format!("unknown key `{}` in a scenario", key.text),
                Some(format!("did you mean `{near}`?")),
            ),
            None => {
                let hint = "name a case of the suite, or an operation: {case: ...} or {call: ...}".to_owned();
                self.fault(Rule::MissingKey, fields.span, "a scenario needs `case` or `call`", Some(hint));
            }
        }
    }

    fn load_call(&mut self, subject: &Node, fields: &mut Fields<'_>, has_data: bool) -> Option<CallStep> {
        self.refuse(fields, "a scenario of a call", &NOT_OF_A_CALL);
        let call = self.call(subject, fields)?;
        for (name, span) in call.variables() {
            self.check_plan_name(name, span, Some(has_data));
        }
        Some(call)
    }

    /// A file of rows, by its name or with the way they are picked.
    fn data(&mut self, node: &Node) -> Option<DataSpec> {
        if !matches!(node.data, Data::Object(_)) {
            return Some(DataSpec { file: self.data_file(node)?, pick: Pick::default() });
        }
        let mut fields = self.object(node, "`data`")?;
        let file = fields.require(self, "file").and_then(|n| self.data_file(n));
        let picks = [Pick::Sequential, Pick::Random, Pick::Unique];
        let pick = fields.take("pick").map_or(Some(Pick::default()), |n| self.word(n, "pick", &picks, pick_key));
        fields.finish(self);
        Some(DataSpec { file: file?, pick: pick? })
    }

    fn data_file(&mut self, node: &Node) -> Option<Spanned<String>> {
        let file = self.text(node)?;
        if let Err(message) = crate::suite::data::Format::of(&file.value) {
            self.fault(Rule::Value, node.span, message, None);
            return None;
        }
        Some(file)
    }
}

fn pick_key(pick: Pick) -> &'static str {
    match pick {
        Pick::Sequential => "sequential",
        Pick::Random => "random",
        Pick::Unique => "unique",
    }
}
