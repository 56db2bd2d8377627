//! Reads figures and their bounds: `p95 < 300ms`, in a plan or on a command line.
//!
//! Checks that a bound has the unit of its figure and can be kept; never measures, and never judges a run.

use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::base::units::{Nanos, Rate, Share};
use crate::suite::ast::Spanned;
use crate::suite::ast::load::{Bound, Comparison, Metric, Slo};
use crate::suite::decode::plans::LONGEST;
use std::ops::Range;

/// Figures that have a name of their own, and quantiles as they are mostly written; the usual ones first.
const NAMES: [&str; 16] = [
    "p50",
    "p90",
    "p95",
    "p99",
    "p99.9",
    "max",
    "mean",
    "errors",
    "invalid",
    "achieved_rate",
    "throughput",
    "validated",
    "service_p99",
    "lag_p99",
    "callback_p99",
    "callback_loss",
];

/// Why a text is no bound of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The bytes of the text that are meant.
    pub(super) at: Range<usize>,
    /// A lower-case fragment.
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

/// What is wrong with one piece of a text, and what to do about it.
pub(super) type Fault = (String, Option<String>);

/// What the length of time behind a bound means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// `over 10s`: every window of that length keeps the bound; may be left out.
    Over,
    /// `for 10s`: the run ends when it has been so for that long; must be there.
    For,
}

impl Clause {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::For => "for",
        }
    }
}

/// Reads `METRIC OP BOUND [of OPERATION] [over DURATION]`, as it is written on a command line; `operation` is the one meant
/// where the text names none.
///
/// # Errors
/// A lower-case fragment that says what is wrong with the text.
pub(crate) fn parse_slo(text: &str, operation: Option<&str>) -> Result<Slo, String> {
    let fallback = operation.map(|name| Spanned::new(name.to_owned(), Span::default()));
    sentence(text, Clause::Over, fallback, &|_| Span::default()).map_err(|wrong| match wrong.hint {
        Some(hint) => format!("{}: {hint}", wrong.message),
        None => wrong.message,
    })
}

/// The sentence that a bound is, in the words in which it was written.
pub(super) fn said(metric: Metric, bound: &str, operation: Option<&str>, window: Option<(Clause, &str)>) -> String {
    let bound: Vec<&str> = words(bound).into_iter().map(|word| &bound[word]).collect();
    let mut text = format!("{metric} {}", bound.join(" "));
    if let Some(operation) = operation {
        text.push_str(&format!(" of {operation}"));
    }
    if let Some((clause, window)) = window {
        text.push_str(&format!(" {} {window}", clause.word()));
    }
    text
}

/// `METRIC OP BOUND [of OPERATION] CLAUSE DURATION`; `fallback` is the operation meant where the text names
/// none, and `span_of` places a range of the text.
pub(super) fn sentence(
    text: &str,
    clause: Clause,
    fallback: Option<Spanned<String>>,
    span_of: &dyn Fn(Range<usize>) -> Span,
) -> Result<Slo, Wrong> {
    let words = words(text);
    let whole = || 0..text.len();
    let wrong = |at: Range<usize>| move |(message, hint): Fault| Wrong { at: at.clone(), message, hint };
    let shape = || format!("write METRIC OP BOUND, such as `p95 < 300ms{}`", if clause == Clause::For { " for 10s" } else { "" });
    let Some((name, rest)) = words.split_first() else {
        return Err(Wrong { at: whole(), message: "nothing is said here".to_owned(), hint: Some(shape()) });
    };
    let metric = metric(&text[name.clone()]).map_err(wrong(name.clone()))?;
    let is_keyword = |word: &Range<usize>| matches!(&text[word.clone()], "of" | "over" | "for");
    let end = rest.iter().position(is_keyword).unwrap_or(rest.len());
    let (bound_words, clauses) = rest.split_at(end);
    let (Some(first), Some(last)) = (bound_words.first(), bound_words.last()) else {
        return Err(Wrong { at: whole(), message: format!("`{metric}` has no bound"), hint: Some(shape()) });
    };
    let at = first.start..last.end;
    let (comparison, bound) = bound(metric, &text[at.clone()]).map_err(wrong(at.clone()))?;
    let (operation, window) = self::clauses(text, clauses, clause)?;
    if clause == Clause::For && window.is_none() {
        let hint = format!("say for how long: `{} for 10s`", text.trim());
        return Err(Wrong { at: whole(), message: "one bad moment is no reason to end a run".to_owned(), hint: Some(hint) });
    }
    let operation = operation.map(|at| Spanned::new(text[at.clone()].to_owned(), span_of(at))).or(fallback);
    let written = window.as_ref().map(|(_, at)| (clause, &text[at.clone()]));
    let text = said(metric, &text[at], operation.as_ref().map(|o| o.value.as_str()), written);
    Ok(Slo { metric, comparison, bound, operation, window: window.map(|(window, _)| window), text, span: span_of(whole()) })
}

/// Where the operation is named behind a bound, and which length of time is.
type Clauses = (Option<Range<usize>>, Option<(Nanos, Range<usize>)>);

fn clauses(text: &str, mut words: &[Range<usize>], clause: Clause) -> Result<Clauses, Wrong> {
    let (mut operation, mut length) = (None, None);
    while let [keyword, value, more @ ..] = words {
        match &text[keyword.clone()] {
            "of" if operation.is_none() && length.is_none() => operation = Some(value.clone()),
            word if word == clause.word() && length.is_none() => {
                let read = window(&text[value.clone()]);
                let read = read.map_err(|(message, hint)| Wrong { at: value.clone(), message, hint })?;
                length = Some((read, value.clone()));
            }
            _ => break,
        }
        words = more;
    }
    match words.first() {
        None => Ok((operation, length)),
        Some(word) => Err(Wrong {
            at: word.clone(),
            message: format!("`{}` has no place here", &text[word.clone()]),
            hint: Some(format!("write METRIC OP BOUND, then `of OPERATION`, then `{} DURATION`", clause.word())),
        }),
    }
}

/// The words of a text; an operator is a word of its own, spaces around it or not.
fn words(text: &str) -> Vec<Range<usize>> {
    let kind = |c: char| match c {
        '<' | '>' | '=' => Some(true),
        c if c.is_whitespace() => None,
        _ => Some(false),
    };
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (at, c) in text.char_indices() {
        let now = kind(c);
        match words.last_mut() {
            Some(word) if now.is_some() && now == last => word.end = at + c.len_utf8(),
            _ if now.is_some() => words.push(at..at + c.len_utf8()),
            _ => {}
        }
        last = now;
    }
    words
}

/// A figure that has quantiles.
type OfQuantile = fn(u32) -> Metric;

/// The figure of a name.
pub(super) fn metric(name: &str) -> Result<Metric, Fault> {
    let quantiles: [(&str, OfQuantile); 4] =
        [("p", Metric::Response), ("service_p", Metric::Service), ("lag_p", Metric::Lag), ("callback_p", Metric::Callback)];
    for (prefix, metric) in quantiles {
        if let Some(number) = name.strip_prefix(prefix)
            && number.starts_with(|c: char| c.is_ascii_digit())
            && number.chars().all(|c| c.is_ascii_digit() || c == '.')
        {
            return quantile(name, number).map(metric);
        }
    }
    Ok(match name {
        "max" => Metric::ResponseMax,
        "mean" => Metric::ResponseMean,
        "errors" => Metric::Errors,
        "invalid" => Metric::Invalid,
        "achieved_rate" => Metric::AchievedRate,
        "throughput" => Metric::Throughput,
        "validated" => Metric::Validated,
        "callback_loss" => Metric::CallbackLoss,
        _ => return Err((format!("unknown metric `{name}`"), did_you_mean(name, NAMES))),
    })
}

/// `99.9` in hundredths of a per cent.
fn quantile(name: &str, number: &str) -> Result<u32, Fault> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let wrong = || (format!("there is no `{name}`"), Some("a percentile lies above p0, and p100 is the last".to_owned()));
    if part.is_empty() || part.contains('.') {
        return Err(wrong());
    }
    let digits = part.trim_end_matches('0');
    if digits.len() > 2 {
        return Err((format!("`{name}` is finer than figures are kept"), Some("the finest is p99.99".to_owned())));
    }
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let part: u32 = format!("{digits:0<2}").parse().map_err(|_| wrong())?;
    let quantile = whole.checked_mul(100).and_then(|whole| whole.checked_add(part));
    quantile.filter(|quantile| (1..=10_000).contains(quantile)).ok_or_else(wrong)
}

/// `< 300ms`, in the unit of the metric; `exact` is all of what can be judged.
pub(super) fn bound(metric: Metric, text: &str) -> Result<(Comparison, Bound), Fault> {
    let text = text.trim();
    if text == "exact" {
        return match metric {
            Metric::Validated => Ok((Comparison::AtLeast, Bound::Share(Share::ALL))),
            _ => Err((format!("`{metric}` cannot be `exact`"), Some("only `validated` can".to_owned()))),
        };
    }
    let split = text.find(|c| !matches!(c, '<' | '>' | '=')).unwrap_or(text.len());
    let (operator, value) = (&text[..split], text[split..].trim());
    let comparison = match operator {
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">" => Comparison::More,
        ">=" => Comparison::AtLeast,
        "" => {
            let hint = format!("write `<`, `<=`, `>` or `>=` before it: `{} {text}`", usual(metric));
            return Err((format!("`{text}` does not say how it bounds `{metric}`"), Some(hint)));
        }
        other => return Err((format!("`{other}` is no comparison"), Some("one of `<`, `<=`, `>`, `>=`".to_owned()))),
    };
    let bound = quantity(metric, value)?;
    let never = match (comparison, bound) {
        (Comparison::Less, Bound::Time(Nanos(0)) | Bound::Share(Share(0))) => Some("nothing is less than that; write `<=`"),
        (Comparison::More, Bound::Share(Share::ALL)) => Some("nothing is more than that; write `>=`"),
        _ => None,
    };
    match never {
        Some(hint) => Err((format!("`{metric} {text}` can never hold"), Some(hint.to_owned()))),
        None => Ok((comparison, bound)),
    }
}

fn quantity(metric: Metric, value: &str) -> Result<Bound, Fault> {
    let (time, share, rate) = (Nanos::parse(value), Share::parse(value), Rate::parse(value));
    let unit = metric.unit();
    match (unit, &time, &share, &rate) {
        ("a time", Ok(time), _, _) => return Ok(Bound::Time(*time)),
        ("a share", _, Ok(share), _) => return exact_share(value, *share),
        ("a rate", _, _, Ok(rate)) => return Ok(Bound::Rate(*rate)),
        _ => {}
    }
    let example = match metric {
        Metric::AchievedRate => "it is the share of what was due that was sent: `>= 98%`",
        Metric::Throughput => "such as `>= 200/s`",
        Metric::Validated => "such as `exact` or `>= 50%`",
        _ if unit == "a share" => "such as `< 0.1%`",
        _ => "such as `< 300ms`",
    };
    let found = match (&time, &share, &rate) {
        (Ok(_), ..) => "a time",
        (_, Ok(_), _) => "a share",
        (.., Ok(_)) => "a rate",
        _ if value.is_empty() => return Err((format!("`{metric}` has no bound"), Some(example.to_owned()))),
        (Err(time), Err(share), Err(rate)) => {
            let reason = match unit {
                "a time" => time,
                "a share" => share,
                _ => rate,
            };
            return Err((reason.clone(), Some(example.to_owned())));
        }
    };
    Err((format!("`{metric}` is {unit}, and `{value}` is {found}"), Some(example.to_owned())))
}

/// A share that is written finer than it is kept would be another one.
fn exact_share(value: &str, share: Share) -> Result<Bound, Fault> {
    let digits = value.trim_end_matches('%').trim().split_once('.').map_or("", |(_, part)| part.trim_end_matches('0'));
    if digits.len() > 2 || value.contains(['e', 'E']) {
        let hint = "write hundredths of a per cent at most: `0.01%`".to_owned();
        return Err((format!("`{value}` is finer than shares are kept"), Some(hint)));
    }
    Ok(Bound::Share(share))
}

/// A length of time that a bound holds over: figures are kept for each second.
pub(super) fn window(text: &str) -> Result<Nanos, Fault> {
    let window = Nanos::parse(text).map_err(|message| (message, None))?;
    if window.0 < 1_000_000_000 || window > LONGEST {
        return Err((
            format!("`{text}` is no length to look at"),
            Some("at least 1s: figures are kept for each second".to_owned()),
        ));
    }
    Ok(window)
}

/// The comparison that a bound of a figure mostly has.
fn usual(metric: Metric) -> Comparison {
    if better_high(metric) == Some(true) { Comparison::AtLeast } else { Comparison::Less }
}

/// Whether high values of a figure are the good ones; `None` where that depends.
pub(super) fn better_high(metric: Metric) -> Option<bool> {
    match metric {
        Metric::AchievedRate | Metric::Validated => Some(true),
        Metric::Throughput => None,
        Metric::Response(_)
        | Metric::ResponseMax
        | Metric::ResponseMean
        | Metric::Service(_)
        | Metric::Lag(_)
        | Metric::Callback(_)
        | Metric::Errors
        | Metric::Invalid
        | Metric::CallbackLoss => Some(false),
    }
}
