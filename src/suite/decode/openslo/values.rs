//! Lengths and shares as OpenSLO writes them.
//!
//! Exact: never rounds a share, and never takes a month for so many days.

use crate::base::tree::{Data, Node};
use crate::base::units::Nanos;
use crate::model::availability::Level;
use crate::suite::ast::Spanned;
use crate::suite::decode::{Decoder, Rule};

pub(super) const MINUTE: u64 = 60_000_000_000;

impl Decoder<'_> {
    /// A length as a whole number and a letter.
    pub(super) fn shorthand(&mut self, node: &Node) -> Option<Nanos> {
        let text = self.text(node)?;
        let unit = text.value.chars().last().unwrap_or_default();
        let number = text.value.strip_suffix(unit).filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let number = number.and_then(|n| n.parse::<u64>().ok()).filter(|n| *n > 0);
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            'w' => 7 * 24 * 60,
            'M' | 'Q' | 'Y' if number.is_some() => {
                let message = format!("`{}` has no length of its own: months differ", text.value);
                self.error("openslo/unsupported", node.span, message, Some("write it in days, such as `30d`".to_owned()));
                return None;
            }
            _ => 0,
        };
        let nanos = number.and_then(|n| n.checked_mul(minutes)?.checked_mul(MINUTE)).filter(|n| *n > 0).map(Nanos);
        if nanos.is_none() {
            let hint = "a whole number and one letter: `5m`, `12h`, `30d`, `4w`".to_owned();
            self.fault(Rule::Value, node.span, format!("`{}` is no duration of OpenSLO", text.value), Some(hint));
        }
        nanos
    }

    /// A share of time; `shift` places from being per cent.
    pub(super) fn stated_level(&mut self, node: &Node, key: &str, shift: usize) -> Option<Spanned<Level>> {
        let Data::Number(number) = &node.data else {
            self.wrong_kind(node, "a number", None);
            return None;
        };
        let whole = if shift == 0 { "100" } else { "1" };
        // The shortest decimal number that means it is the one that was written.
        let digits = number.as_f64().map(|n| n.to_string()).unwrap_or_default();
        let (before, behind) = digits.split_once('.').unwrap_or((&digits, ""));
        let behind = format!("{behind:0<shift$}");
        let (moved, rest) = behind.split_at(shift);
        let rest = if rest.is_empty() { "0" } else { rest };
        let level = Level::parse(&format!("{before}{moved}.{rest}%"));
        match level {
            Ok(level) if level < Level::ALL => Some(Spanned::new(level, node.span)),
            Err(why) if why.contains("digits") => {
                let places = 4 + shift;
                let message = format!("`{key}` has more than {places} digits behind the point, found {number}");
                self.fault(Rule::Value, node.span, message, None);
                None
            }
            Ok(_) | Err(_) => {
                let message = format!("`{key}` is at least 0 and below {whole}, found {number}");
                let hint = (shift > 0 && number.as_f64().is_some_and(|n| n > 1.0 && n < 100.0))
                    .then(|| "`targetPercent` is in per cent".to_owned());
                self.fault(Rule::Value, node.span, message, hint);
                None
            }
        }
    }
}
