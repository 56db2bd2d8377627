//! Deliveries: from a sample to a request that the platform would send.
//!
//! Dates, identifies and signs. Sends nothing.

use crate::callback::standard::{ID, TIMESTAMP};
use crate::certify::stage::Stage;
use crate::model::http::Request;
use crate::model::signing::SignatureScheme;
use crate::plan::certification::{Endpoint, SigningPlan};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value;

/// A delivery before it is signed; clones are attempts of the same one.
#[derive(Clone, Debug)]
pub(super) struct Draft<'p> {
    pub(super) endpoint: &'p Endpoint,
    /// Its identifier, the same in every attempt.
    pub(super) id: String,
    /// The raw body.
    pub(super) body: Bytes,
    /// The media type; `None` sends none.
    pub(super) media_type: Option<String>,
    /// The method.
    pub(super) method: String,
}

impl<'p> Draft<'p> {
    /// A new delivery of this value, its event dated now.
    pub(super) fn new(stage: &Stage<'_>, endpoint: &'p Endpoint, value: &Value) -> Self {
        let mut value = value.clone();
        date(&mut value, stage.world.clock.now());
        rename(stage, endpoint, &mut value);
        Self::exactly(stage, endpoint, value.to_string())
    }

    /// A new delivery of these bytes.
    pub(super) fn exactly(stage: &Stage<'_>, endpoint: &'p Endpoint, body: impl Into<Bytes>) -> Self {
        Self {
            endpoint,
            id: stage.fresh_id(),
            body: body.into(),
            media_type: Some(endpoint.media_type.clone()),
            method: endpoint.operation.method.clone(),
        }
    }

    /// The request without identifier, time and signature, but with the credential.
    pub(super) fn bare(&self, stage: &Stage<'_>) -> Request {
        let profile = &stage.plan.profile;
        let mut request = Request::new(self.method.clone(), self.endpoint.url.clone());
        if let Some(media_type) = &self.media_type {
            request.headers.push("content-type", media_type.clone());
        }
        for (name, value) in profile.delivery.headers.iter().chain(&self.endpoint.headers) {
            request.headers.push(name.clone(), value.clone());
        }
        if let Some(authorization) = &profile.authorization
            && let Some(value) = &authorization.value
        {
            request.headers.set(authorization.header.clone(), value.expose().clone());
        }
        request.body = self.body.clone();
        request
    }

    /// The request with identifier and time of the attempt, unsigned.
    pub(super) fn addressed(&self, stage: &Stage<'_>, at: Timestamp) -> Request {
        let delivery = &stage.plan.profile.delivery;
        let mut request = self.bare(stage);
        if let Some(name) = &delivery.id_header {
            request.headers.set(name.clone(), self.id.clone());
        }
        if let Some(name) = &delivery.time_header {
            request.headers.set(name.clone(), at.as_second().to_string());
        }
        request
    }

    /// The request as the platform would send it; `None` where the profile signs and there is no key.
    pub(super) fn sealed(&self, stage: &Stage<'_>, at: Timestamp) -> Option<Request> {
        let mut request = self.addressed(stage, at);
        match &stage.plan.signing {
            SigningPlan::Unsigned => {}
            SigningPlan::Signed(signing) => {
                signing.sign(&mut request, &self.id, at);
                unname(&mut request, stage);
            }
            SigningPlan::KeyMissing(_) => return None,
        }
        Some(request)
    }
}

/// Gives what a delivery is about an identifier of its own, of the same form, so that one module's events are no news of another's:
/// the digits at the end of `id` are other ones, as many.
pub(super) fn rename(stage: &Stage<'_>, endpoint: &Endpoint, value: &mut Value) {
    if !endpoint.may_rename {
        return;
    }
    let Some(id) = value.get("id").and_then(Value::as_str) else { return };
    let stem = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = id.len() - stem.len();
    if (3..=18).contains(&digits) {
        let least = 10_u64.pow(u32::try_from(digits).unwrap_or(3) - 1);
        let renamed = format!("{stem}{}", least + stage.fresh_number() % (least * 9));
        value["id"] = Value::from(renamed);
    }
}

/// Signing names the delivery and its time as Standard Webhooks does; a profile of another scheme may have other names, or none.
fn unname(request: &mut Request, stage: &Stage<'_>) {
    let profile = &stage.plan.profile;
    let Some(signature) = &profile.signature else { return };
    let covered: &[String] = match &signature.scheme {
        SignatureScheme::StandardWebhooks(_) => return,
        SignatureScheme::HttpMessage(message) => &message.components,
        SignatureScheme::SharedSecret { .. } => &[],
    };
    let own = |name: &str| {
        let headers = [&profile.delivery.id_header, &profile.delivery.time_header];
        headers.into_iter().flatten().chain(covered).any(|h| h.eq_ignore_ascii_case(name))
    };
    for name in [ID, TIMESTAMP] {
        if !own(name) {
            request.headers.remove(name);
        }
    }
}

/// Sets every date-time in a value: an endpoint may refuse events that are years old.
pub(super) fn date(value: &mut Value, at: Timestamp) {
    match value {
        Value::String(text) if is_date_time(text) => {
            let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
            *text = whole.display_with_offset(Offset::UTC).to_string().replace("+00:00", "Z");
        }
        Value::Array(items) => items.iter_mut().for_each(|item| date(item, at)),
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| date(member, at)),
        _ => {}
    }
}

fn is_date_time(text: &str) -> bool {
    text.len() >= 20 && text.as_bytes().get(10).is_some_and(|b| matches!(b, b'T' | b't')) && text.parse::<Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::date;
    use serde_json::json;

    #[test]
    fn every_date_time_is_set_and_nothing_else() {
        let mut value = json!({"timestamp": "2020-01-01T00:00:00+02:00", "day": "2020-01-01", "n": 1, "in": [{"at": "2020-01-01T00:00:00.5Z"}]});
        date(&mut value, "2026-11-22T10:00:00.123Z".parse().unwrap());
        let now = "2026-11-22T10:00:00Z";
        assert_eq!(value, json!({"timestamp": now, "day": "2020-01-01", "n": 1, "in": [{"at": now}]}));
    }
}
