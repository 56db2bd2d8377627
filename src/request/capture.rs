//! Takes out of an answer what a step remembers.
//!
//! Only reads. What is missing is for the caller to judge.

use crate::model::http::Response;
use crate::suite::ast::expect::{Capture, CaptureFrom};
use serde_json::Value;

/// What a capture finds in an answer; `None` where there is nothing of it.
#[must_use]
pub fn captured(capture: &Capture, response: &Response) -> Option<Value> {
    match &capture.from {
        CaptureFrom::Status => Some(Value::from(response.status)),
        CaptureFrom::Header(name) => response.headers.get(&name.value).map(|v| Value::String(v.to_owned())),
        CaptureFrom::Body(path) => {
            let body: Value = serde_json::from_slice(&response.body).ok()?;
            path.select(&body).first().map(|(_, v)| (*v).clone())
        }
    }
}
