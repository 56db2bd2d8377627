//! How deliveries are answered: the k-th attempt of one delivery gets the k-th answer, and the last one repeats.
//!
//! Answers as told, whatever the checks say. Never waits: how long to wait is a part of the answer.

use crate::base::units::Nanos;
use crate::model::http::Response;
use std::time::Duration;

/// One answer as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// This status, without a body.
    Status(u16),
    /// The connection dropped without an answer.
    Drop,
}

/// The answers to the attempts of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    answers: Vec<Told>,
    delay: Nanos,
}

/// What is answered to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The response; `None` to drop the connection.
    pub response: Option<Response>,
    /// How long it is held back.
    pub after: Duration,
}

impl Answer {
    /// A response at once.
    #[must_use]
    pub fn now(response: Response) -> Self {
        Self { response: Some(response), after: Duration::ZERO }
    }
}

impl Script {
    /// The answers in order, behind `drops` attempts that get none; 204 where none is told.
    #[must_use]
    pub fn new(drops: usize, answers: Vec<Told>, delay: Nanos) -> Self {
        let told = if answers.is_empty() { vec![Told::Status(204)] } else { answers };
        Self { answers: std::iter::repeat_n(Told::Drop, drops).chain(told).collect(), delay }
    }

    /// Reads `503,503,204`, where `drop` stands for no answer.
    ///
    /// # Errors
    /// A lower-case fragment that names the part which is no answer.
    pub fn parse(text: &str) -> Result<Vec<Told>, String> {
        let one = |part: &str| match part.trim() {
            "drop" => Ok(Told::Drop),
            part => match part.parse::<u16>() {
                Ok(status @ 200..=599) if part.len() == 3 => Ok(Told::Status(status)),
                _ => Err(format!("`{part}` is neither a status from 200 to 599 nor `drop`")),
            },
        };
        text.split(',').map(one).collect()
    }

    /// The answer to an attempt, counted from 1.
    #[must_use]
    pub fn answer(&self, attempt: usize) -> Answer {
        let told = self.answers.get(attempt.saturating_sub(1)).or(self.answers.last());
        let response = match told {
            Some(Told::Drop) => None,
            Some(Told::Status(status)) => Some(Response::new(*status)),
            None => Some(Response::new(204)),
        };
        Answer { response, after: self.delay() }
    }

    /// How long every answer is held back.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.delay.duration()
    }
}

#[cfg(test)]
mod tests {
    use super::{Script, Told};
    use crate::base::units::Nanos;

    fn statuses(script: &Script, attempts: usize) -> Vec<u16> {
        (1..=attempts).map(|n| script.answer(n).response.map_or(0, |r| r.status)).collect()
    }

    #[test]
    fn the_kth_attempt_gets_the_kth_answer_and_the_last_repeats() {
        let told = Script::parse("503, drop,204").unwrap();
        assert_eq!(told, [Told::Status(503), Told::Drop, Told::Status(204)]);
        assert_eq!(statuses(&Script::new(1, told, Nanos(0)), 6), [0, 503, 0, 204, 204, 204]);
        assert_eq!(statuses(&Script::new(2, Vec::new(), Nanos(0)), 4), [0, 0, 204, 204]);
        assert_eq!(Script::new(0, Vec::new(), Nanos(5_000_000)).answer(1).after.as_millis(), 5);
    }

    #[test]
    fn what_is_no_answer_is_named() {
        for (text, part) in [("", "``"), ("204,", "``"), ("99", "`99`"), ("204,600", "`600`"), ("+204", "`+204`"), ("ok", "`ok`")]
        {
            let why = Script::parse(text).unwrap_err();
            assert!(why.starts_with(part), "{text}: {why}");
        }
    }
}
