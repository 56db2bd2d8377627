//! Reads when an operation counts as down: in a plan or on a command line.
//!
//! Checks the rule by itself: never whether probes are made often enough for it, which is looked at where both are known.

use crate::base::distance::did_you_mean;
use crate::base::tree::{Data, Node};
use crate::base::units::{Nanos, Share};
use crate::model::availability::DownRule;
use crate::suite::decode::monitor::{Fault, said};
use crate::suite::decode::plans::LONGEST;
use crate::suite::decode::{Decoder, Rule};

/// No rule asks for more failed probes in a row.
const MOST_FAILURES: u32 = 1_000;

/// Reads `any`, `eba`, `3 within 90s` or `bad_minutes 50%`.
///
/// # Errors
/// A lower-case fragment that says what is wrong with the text.
pub(crate) fn parse_down(text: &str) -> Result<DownRule, String> {
    rule(text).map_err(said)
}

fn rule(text: &str) -> Result<DownRule, Fault> {
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["any"] => Ok(DownRule::AnyFailed),
        ["eba"] => Ok(DownRule::EBA),
        ["bad_minutes", share] => minutes(Share::parse(share).map_err(|message| (message, None))?),
        [failures, "within", within] => {
            let wrong = || (format!("`{failures}` is no number of failed probes"), Some("such as `3 within 90s`".to_owned()));
            let failures = failures.parse().ok().filter(|n| (1..=MOST_FAILURES).contains(n)).ok_or_else(wrong)?;
            let within = Nanos::parse(within).map_err(|message| (message, None))?;
            if within == Nanos(0) || within > LONGEST {
                return Err((format!("`{text}` says no time in which probes fail"), Some("such as `3 within 90s`".to_owned())));
            }
            Ok(DownRule::Consecutive { failures, within })
        }
        _ => {
            let near = did_you_mean(text, ["any", "eba", "bad_minutes"]).filter(|hint| hint.starts_with("did"));
            let all = "`any`, `eba`, `3 within 90s` or `bad_minutes 50%`".to_owned();
            Err((format!("`{text}` does not say when an operation is down"), near.or(Some(all))))
        }
    }
}

fn minutes(share: Share) -> Result<DownRule, Fault> {
    if share == Share(0) {
        let hint = "it is the least share of failed probes that makes a minute bad, such as 50%".to_owned();
        return Err(("with `bad_minutes` of 0% nothing has to fail".to_owned(), Some(hint)));
    }
    Ok(DownRule::BadMinutes { share })
}

impl Decoder<'_> {
    /// `any`, `eba`, a sentence, `{failures: 3, within: 90s}` or `{bad_minutes: 50%}`.
    pub(super) fn down(&mut self, node: &Node) -> Option<DownRule> {
        let read = if let Data::Object(_) = &node.data {
            let mut fields = self.object(node, "`down`")?;
            let bad = fields.entry("bad_minutes");
            let (failures, within) = (fields.entry("failures"), fields.entry("within"));
            if let Some((_, share)) = bad {
                for (key, _) in [failures, within].into_iter().flatten() {
                    let message = format!("`{}` belongs to a rule of its own", key.text);
                    self.contradiction(key.span, message, "either {failures: 3, within: 90s} or {bad_minutes: 50%}");
                }
                fields.finish(self);
                minutes(self.share(share)?)
            } else {
                let failures = fields.require(self, "failures").and_then(|n| self.number_up_to(n, 1, MOST_FAILURES));
                let within = fields.require(self, "within").and_then(|n| self.length(n));
                fields.finish(self);
                Ok(DownRule::Consecutive { failures: failures?, within: within? })
            }
        } else {
            rule(&self.text(node)?.value)
        };
        match read {
            Ok(rule) => Some(rule),
            Err((message, hint)) => {
                self.fault(Rule::Value, node.span, message, hint);
                None
            }
        }
    }
}
