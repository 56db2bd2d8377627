//! Figures of the history in words.
//!
//! One way of saying a value, for every writer. Computes nothing.

use crate::base::units::Rate;
use crate::record::history::entry::Unit;
use crate::record::load::words::{grouped, time};
use std::borrow::Cow;

/// A value as a reader takes it in. A margin has a sign.
#[must_use]
pub fn value(name: &str, unit: Unit, value: f64) -> String {
    match unit {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are not negative, and `as` saturates")]
        Unit::Micros => time(Some(value.round() as u64)),
        Unit::PerSecond => Rate(value).to_string(),
        Unit::Share if name == "margin" => signed(value),
        Unit::Share => percent(value),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts are not negative, and `as` saturates"
        )]
        Unit::Count => grouped(value.round() as u64),
    }
}

/// By how much something changed, with its sign: `+38%`; over tenfold `12×`.
#[must_use]
pub fn change(share: f64) -> String {
    if share >= 9.0 { format!("{:.0}×", share + 1.0) } else { signed(share) }
}

/// A figure's name for a reader.
#[must_use]
pub fn title(name: &str) -> Cow<'_, str> {
    match name {
        "p50" | "p90" | "p99" | "p99.9" => Cow::Owned(format!("response time {name}")),
        "max" => Cow::Borrowed("longest response time"),
        "rate" => Cow::Borrowed("answers a second"),
        "errors" => Cow::Borrowed("share of errors"),
        "margin" => Cow::Borrowed("margin of the SLO"),
        "took" => Cow::Borrowed("time taken"),
        "lag.p99" => Cow::Borrowed("lag p99"),
        name => match name.split_once('.') {
            Some(("service", rest)) => Cow::Owned(format!("service time {rest}")),
            Some(("delivery", rest)) => Cow::Owned(format!("delivery {rest}")),
            Some(("coverage", rest)) => Cow::Owned(format!("coverage of {rest}")),
            Some(("gates", rest)) => Cow::Owned(format!("gates {rest}")),
            _ => Cow::Borrowed(name),
        },
    }
}

fn signed(share: f64) -> String {
    let text = percent(share);
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// Never rounded up to all, or down to nothing.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent.abs() {
        size if size >= 100.0 => 0,
        size if size >= 99.0 => 4,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let mut text = format!("{percent:.digits$}");
    // What is nearly all, or nearly nothing, needs as many digits as tell it from that.
    for digits in digits + 1..=6 {
        let shown: f64 = text.parse().unwrap_or(percent);
        let is_all = (shown == 100.0) != (percent == 100.0);
        let is_nothing = (shown == 0.0) != (percent == 0.0);
        if !is_all && !is_nothing {
            break;
        }
        text = format!("{percent:.digits$}");
    }
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0%".to_owned() } else { text + "%" }
}

#[cfg(test)]
mod tests {
    use super::{change, title, value};
    use crate::record::history::entry::Unit;

    #[test]
    fn values_are_said_in_their_unit() {
        for (name, unit, number, said) in [
            ("p99", Unit::Micros, 8447.0, "8.45ms"),
            ("rate", Unit::PerSecond, 39.27, "39.27/s"),
            ("errors", Unit::Share, 0.0, "0%"),
            ("errors", Unit::Share, 0.001_3, "0.13%"),
            ("errors", Unit::Share, 0.000_004, "0.0004%"),
            ("availability", Unit::Share, 0.999_95, "99.995%"),
            ("availability", Unit::Share, 0.999_999, "99.9999%"),
            ("availability", Unit::Share, 1.0, "100%"),
            ("coverage.statuses", Unit::Share, 0.5, "50%"),
            ("margin", Unit::Share, -3.4825, "-348%"),
            ("margin", Unit::Share, 0.9256, "+92.6%"),
            ("cases", Unit::Count, 1234.0, "1,234"),
        ] {
            assert_eq!(value(name, unit, number), said, "{name} {number}");
        }
        assert_eq!((change(0.38).as_str(), change(-0.051).as_str(), change(11.0).as_str()), ("+38%", "-5.1%", "12×"));
        assert_eq!((title("p99").as_ref(), title("coverage.statuses").as_ref()), ("response time p99", "coverage of statuses"));
    }
}
