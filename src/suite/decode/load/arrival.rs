//! Reads when journeys begin.
//!
//! Checks stages one by one and together; never computes when anything is due.

use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::base::units::{Nanos, Rate, Share};
use crate::suite::ast::load::{Arrival, RateStage, Search, Think, UserStage};
use crate::suite::decode::{Decoder, Fields, Rule};

/// How a model of arrival is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Model {
    Open,
    Poisson,
    Closed,
    Search,
}

/// Keys of `arrival` with the models they belong to.
const OF_MODELS: [(&str, &str); 8] = [
    ("stages", "the models `open`, `poisson` and `closed`"),
    ("think", "the model `closed`"),
    ("from", "the model `search`"),
    ("most", "the model `search`"),
    ("up", "the model `search`"),
    ("step", "the model `search`"),
    ("precision", "the model `search`"),
    ("confirm", "the model `search`"),
];

/// No rate above this is tried, where a search does not say.
const MOST: Rate = Rate(100_000.0);

/// How long a rate is held for, where a search does not say.
const STEP: Nanos = Nanos(5_000_000_000);

/// How close the bounds come, where a search does not say.
const PRECISION: Share = Share(500);

/// No more users than this.
const USERS: u32 = 1_000_000;

impl Decoder<'_> {
    pub(super) fn arrival(&mut self, node: &Node) -> Option<Arrival> {
        let mut fields = self.object(node, "`arrival`")?;
        let models = [Model::Open, Model::Poisson, Model::Closed, Model::Search];
        let model = fields.require(self, "model").and_then(|n| self.word(n, "model of arrival", &models, model_key));
        let Some(model) = model else {
            // Which keys belong here is not known; a key that nobody knows may be the slip that `model` is missing by.
            for (key, _) in OF_MODELS {
                let _ = fields.take(key);
            }
            fields.finish(self);
            return None;
        };
        let arrival = match model {
            Model::Open | Model::Poisson => {
                let stages = fields.require(self, "stages").and_then(|n| self.stages(n, Self::rate_stage, |s| s.warmup));
                stages.map(|stages| Arrival::Open { poisson: model == Model::Poisson, stages })
            }
            Model::Closed => {
                let stages = fields.require(self, "stages").and_then(|n| self.stages(n, Self::user_stage, |s| s.warmup));
                let think = fields.take("think").map_or(Some(Think::default()), |n| self.think(n));
                stages.zip(think).map(|(stages, think)| Arrival::Closed { stages, think })
            }
            Model::Search => self.search(&mut fields, node.span).map(Arrival::Search),
        };
        fields.finish_with(self, |key| {
            let (_, models) = OF_MODELS.iter().find(|(name, _)| *name == key)?;
            Some(format!("`{key}` goes with {models}"))
        });
        arrival
    }

    /// Stages that are not empty, and of which one is measured.
    fn stages<T>(
        &mut self,
        node: &Node,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
        is_warmup: impl Fn(&T) -> bool,
    ) -> Option<Vec<T>> {
        let items = self.list(node, "`stages`");
        if items.is_empty() {
            if node.items().is_some() {
                self.fault(Rule::Value, node.span, "`stages` is empty", Some("write one stage at least".to_owned()));
            }
            return None;
        }
        let stages: Vec<T> = items.iter().filter_map(|item| read(self, item)).collect();
        // A stage that cannot be read may be the one that is measured.
        if stages.len() < items.len() {
            return None;
        }
        if stages.iter().all(is_warmup) {
            let hint = "add a stage without `warmup: true`".to_owned();
            self.error("load/nothing-measured", node.span, "every stage is a warm-up, and nothing is measured", Some(hint));
            return None;
        }
        Some(stages)
    }

    fn rate_stage(&mut self, node: &Node) -> Option<RateStage> {
        let mut fields = self.object(node, "a stage")?;
        let spike = fields.entry("spike");
        let rate = if spike.is_some() { fields.take("rate") } else { fields.require(self, "rate") };
        let to = fields.entry("to");
        let during = fields.require(self, "for").and_then(|n| self.length(n));
        let warmup = fields.take("warmup").map_or(Some(false), |n| self.boolean(n));
        fields.finish_with(self, |key| match key {
            "users" | "ramp" => Some(format!("`{key}` goes with the model `closed`")),
            _ => None,
        });
        if let (Some((key, _)), true) = (spike, rate.is_some()) {
            let hint = "a spike is a stage of its own: {spike: 500/s, for: 5s}".to_owned();
            self.error("load/contradiction", key.span, "a stage has `rate` or `spike`", Some(hint));
            return None;
        }
        if let (Some(_), Some((key, _))) = (spike, to) {
            let hint = "a rate that changes is {rate: 50/s, to: 200/s, for: 1m}".to_owned();
            self.error("load/contradiction", key.span, "a spike is held, and goes nowhere", Some(hint));
            return None;
        }
        let from = rate.or(spike.map(|(_, n)| n)).and_then(|n| self.rate(n));
        let to = to.map_or(from, |(_, n)| self.rate(n));
        Some(RateStage { from: from?, to: to?, during: during?, warmup: warmup?, span: node.span })
    }

    fn user_stage(&mut self, node: &Node) -> Option<UserStage> {
        let mut fields = self.object(node, "a stage")?;
        let users = fields.require(self, "users").and_then(|n| self.number_up_to(n, 1, USERS));
        let during = fields.require(self, "for").and_then(|n| self.length(n));
        let ramp_node = fields.take("ramp");
        let ramp = ramp_node.map_or(Some(Nanos(0)), |n| self.bounded_length(n));
        let warmup = fields.take("warmup").map_or(Some(false), |n| self.boolean(n));
        fields.finish_with(self, |key| match key {
            "rate" | "to" | "spike" => Some(format!("`{key}` goes with the models `open` and `poisson`")),
            _ => None,
        });
        let stage = UserStage { users: users?, ramp: ramp?, during: during?, warmup: warmup?, span: node.span };
        if let Some(node) = ramp_node.filter(|_| stage.ramp > stage.during) {
            self.fault(Rule::Value, node.span, format!("a ramp of {} in a stage of {}", stage.ramp, stage.during), None);
            return None;
        }
        Some(stage)
    }

    /// A pause, or the shortest and the longest.
    fn think(&mut self, node: &Node) -> Option<Think> {
        if !matches!(node.data, Data::Object(_)) {
            let pause = self.bounded_length(node)?;
            return Some(Think { min: pause, max: pause });
        }
        let mut fields = self.object(node, "`think`")?;
        let min = fields.require(self, "min").and_then(|n| self.bounded_length(n));
        let max = fields.require(self, "max").and_then(|n| self.bounded_length(n));
        fields.finish(self);
        let think = Think { min: min?, max: max? };
        if think.max < think.min {
            self.fault(Rule::Value, node.span, "`max` is less than `min`", None);
            return None;
        }
        Some(think)
    }

    fn search(&mut self, fields: &mut Fields<'_>, span: Span) -> Option<Search> {
        let from = fields.require(self, "from").and_then(|n| self.rate(n));
        let most_node = fields.take("most");
        let most = most_node.map_or(Some(MOST), |n| self.rate(n));
        let up = fields.take("up").map_or(Some(2.0), |n| self.factor(n));
        let step = fields.take("step").map_or(Some(STEP), |n| self.length(n));
        let precision = fields.take("precision").map_or(Some(PRECISION), |n| self.precision(n));
        let confirm = fields.take("confirm").map_or(Some(3), |n| self.number_up_to(n, 1, 1_000));
        let search = Search { from: from?, most: most?, up: up?, step: step?, precision: precision?, confirm: confirm?, span };
        if search.most < search.from {
            let at = most_node.map_or(span, |n| n.span);
            self.fault(Rule::Value, at, format!("`most` is {}, less than `from`", search.most), None);
            return None;
        }
        Some(search)
    }

    /// What a rate that held is multiplied by.
    fn factor(&mut self, node: &Node) -> Option<f64> {
        let Data::Number(number) = &node.data else {
            self.wrong_kind(node, "a number", None);
            return None;
        };
        let factor = number.as_f64().filter(|factor| *factor > 1.0 && *factor <= 100.0);
        if factor.is_none() {
            let message = format!("expected a number above 1 and at most 100, found {number}");
            self.fault(Rule::Value, node.span, message, Some("each rate is so many times the last one that held".to_owned()));
        }
        factor
    }

    fn precision(&mut self, node: &Node) -> Option<Share> {
        let share = self.share(node)?;
        if share == Share(0) || share >= Share::ALL {
            self.fault(Rule::Value, node.span, "a precision lies between 0% and 100%", None);
            return None;
        }
        Some(share)
    }
}

fn model_key(model: Model) -> &'static str {
    match model {
        Model::Open => "open",
        Model::Poisson => "poisson",
        Model::Closed => "closed",
        Model::Search => "search",
    }
}
