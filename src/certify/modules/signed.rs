//! Signatures: wrong ones have to be refused, right ones in every form accepted.
//!
//! Makes requests that only somebody without the key would send, and ones that only a careless receiver refuses. Decides no
//! status.

use crate::callback::scheme::Signing;
use crate::certify::deliver::Draft;
use crate::certify::stage::Run;
use crate::certify::tally::Tally;
use crate::check::endpoint;
use crate::generate::SampleKind;
use crate::model::http::Request;
use crate::model::signing::{SignatureScheme, WebhookAlgorithm};
use crate::plan::certification::{Endpoint, SigningPlan};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

const UNSIGNED: &str = "this profile does not sign deliveries";

/// A tampered body, a foreign key, a truncated or a missing signature.
pub(super) async fn signature_refused(run: &Run<'_>) -> Tally {
    let SigningPlan::Signed(signing) = &run.stage.plan.signing else { return Tally::not_applicable(UNSIGNED) };
    let Some(scheme) = run.stage.plan.profile.signature.as_ref().map(|s| &s.scheme) else {
        return Tally::not_applicable(UNSIGNED);
    };
    let mut tally = Tally::new();
    for endpoint in &run.stage.plan.endpoints {
        for (what, of_body, forge) in FORGERIES {
            // A secret in a header vouches for who sends, not for what.
            if of_body && matches!(scheme, SignatureScheme::SharedSecret { .. }) {
                continue;
            }
            let Some(value) = endpoint.first().map(|s| &s.value) else { continue };
            let draft = Draft::new(run.stage, endpoint, value);
            let forged = forge(&Forger { run, signing, scheme, draft, other: other(endpoint, value) });
            let exchange = run.send(&endpoint.name, forged).await;
            tally.add(endpoint::status(&run.asked(what), &exchange));
        }
    }
    tally
}

/// What a forger has: a delivery, another body, and no key.
struct Forger<'a> {
    run: &'a Run<'a>,
    signing: &'a Signing,
    scheme: &'a SignatureScheme,
    draft: Draft<'a>,
    other: Bytes,
}

impl Forger<'_> {
    fn now(&self) -> Timestamp {
        self.run.now()
    }

    fn signed(&self) -> Request {
        let mut request = self.draft.addressed(self.run.stage, self.now());
        self.signing.sign(&mut request, &self.draft.id, self.now());
        request
    }
}

type Forge = fn(&Forger<'_>) -> Request;

/// What is sent, whether only a signature over the body shows it, and how it is made.
const FORGERIES: [(&str, bool, Forge); 8] = [
    ("a delivery whose body was changed after it was signed", true, |f| {
        let mut request = f.signed();
        request.body = f.other.clone();
        request
    }),
    ("a delivery whose identifier was changed after it was signed", true, |f| {
        let mut request = f.signed();
        if let Some(name) = &f.run.stage.plan.profile.delivery.id_header {
            request.headers.set(name.clone(), f.run.stage.fresh_id());
            return request;
        }
        request.body = f.other.clone();
        request
    }),
    ("a delivery whose body was changed together with its digest", true, |f| {
        // What does not need the key is made anew for the other body; the signature stays.
        let mut request = f.signed();
        let mut again = Draft { body: f.other.clone(), ..f.draft.clone() }.addressed(f.run.stage, f.now());
        f.signing.sign(&mut again, &f.draft.id, f.now());
        for name in f.signing.fields() {
            again.headers.remove(&name);
            for value in request.headers.all(&name).map(str::to_owned).collect::<Vec<_>>() {
                again.headers.push(name.clone(), value);
            }
        }
        std::mem::swap(&mut request, &mut again);
        request
    }),
    ("a delivery signed with a key that is not the platform's", false, |f| {
        let mut request = f.draft.addressed(f.run.stage, f.now());
        f.signing.stranger().sign(&mut request, &f.draft.id, f.now());
        request
    }),
    ("a delivery whose signature is cut in half", false, |f| {
        let mut request = f.signed();
        f.signing.truncate(&mut request);
        request
    }),
    ("a delivery whose signature's text is cut short", false, |f| {
        let mut request = f.signed();
        for name in f.signing.fields().iter().filter(|name| *name != "signature-input") {
            let value = request.headers.get(name).unwrap_or_default();
            let kept: String = value.chars().take(value.chars().count().saturating_sub(8)).collect();
            request.headers.set(name.clone(), kept);
        }
        request
    }),
    ("a delivery with an empty signature", false, |f| {
        let mut request = f.signed();
        let empty = match f.scheme {
            SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1) => "v1,".to_owned(),
            SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a) => "v1a,".to_owned(),
            SignatureScheme::HttpMessage(message) => format!("{}=::", message.label),
            SignatureScheme::SharedSecret { .. } => String::new(),
        };
        for name in f.signing.fields().iter().filter(|name| *name != "signature-input") {
            request.headers.set(name.clone(), empty.clone());
        }
        request
    }),
    ("a delivery without a signature", false, |f| {
        let mut request = f.signed();
        f.signing.fields().iter().for_each(|name| request.headers.remove(name));
        request
    }),
];

/// Another valid body of the endpoint; the same one with a space, where there is none.
fn other(endpoint: &Endpoint, value: &Value) -> Bytes {
    let other = endpoint.of(|kind| *kind == SampleKind::Event).find(|s| s.value != *value);
    other.map_or_else(|| Bytes::from(format!("{value} ")), |s| Bytes::from(s.value.to_string()))
}

/// An attempt that lies too far back, or ahead.
pub(super) async fn attempt_time(run: &Run<'_>) -> Tally {
    if !matches!(run.stage.plan.signing, SigningPlan::Signed(_)) {
        return Tally::not_applicable(UNSIGNED);
    }
    let mut tally = Tally::new();
    let Some((endpoint, sample)) = run.stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) else {
        return Tally::skipped("there is nothing to deliver");
    };
    for age in &run.spec.ages {
        let distance = SignedDuration::from_nanos(i64::try_from(age.0).unwrap_or(i64::MAX));
        let times = [
            (run.now().checked_sub(distance), format!("an attempt {age} old, rightly signed for that time")),
            (run.now().checked_add(distance), format!("an attempt {age} ahead of now, rightly signed for that time")),
        ];
        for (at, what) in times {
            let draft = Draft::new(run.stage, endpoint, &sample.value);
            let Some(request) = draft.sealed(run.stage, at.unwrap_or(Timestamp::UNIX_EPOCH)) else { continue };
            let exchange = run.send(&endpoint.name, request).await;
            tally.add(endpoint::status(&run.asked(&what), &exchange));
        }
    }
    tally
}

/// Several signatures, as while a key is exchanged.
pub(super) async fn key_rotation(run: &Run<'_>) -> Tally {
    let SigningPlan::Signed(signing) = &run.stage.plan.signing else { return Tally::not_applicable(UNSIGNED) };
    let mut tally = Tally::new();
    let stranger = signing.stranger();
    for endpoint in &run.stage.plan.endpoints {
        let Some(sample) = endpoint.first() else { continue };
        for (what, first, second) in [
            ("a delivery with a foreign signature before the right one", &stranger, signing),
            ("a delivery with a foreign signature after the right one", signing, &stranger),
        ] {
            let draft = Draft::new(run.stage, endpoint, &sample.value);
            let now = run.now();
            let mut request = draft.addressed(run.stage, now);
            second.sign_beside(first, &mut request, &draft.id, now);
            let exchange = run.send(&endpoint.name, request).await;
            tally.add(endpoint::status(&run.asked(what), &exchange));
        }
    }
    tally
}

/// Other white space and another order of keys, rightly signed.
pub(super) async fn raw_bytes(run: &Run<'_>) -> Tally {
    if !matches!(run.stage.plan.signing, SigningPlan::Signed(_)) {
        return Tally::not_applicable(UNSIGNED);
    }
    let mut tally = Tally::new();
    for endpoint in &run.stage.plan.endpoints {
        let Some(sample) = endpoint.first() else { continue };
        let mut value = sample.value.clone();
        crate::certify::deliver::date(&mut value, run.now());
        for (what, body) in [
            ("a delivery with other white space, rightly signed", format!("{value:#}\n")),
            ("a delivery with its keys in another order, rightly signed", reversed(&value).to_string()),
            ("a delivery with escapes in its texts, rightly signed", escaped(&value)),
        ] {
            let draft = Draft::exactly(run.stage, endpoint, body);
            let Some(request) = draft.sealed(run.stage, run.now()) else { continue };
            let exchange = run.send(&endpoint.name, request).await;
            tally.add(endpoint::status(&run.asked(what), &exchange));
        }
    }
    tally
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().rev().map(|(k, v)| (k.clone(), reversed(v))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
        other => other.clone(),
    }
}

/// The same value with the first letter of each key and text written as an escape.
fn escaped(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len() * 2);
    let (mut inside, mut skip, mut first) = (false, false, false);
    for c in text.chars() {
        if inside && first && c.is_ascii_alphabetic() {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
        first = false;
        match c {
            _ if skip => skip = false,
            '\\' if inside => skip = true,
            '"' => {
                inside = !inside;
                first = inside;
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escaped, reversed};
    use serde_json::{Value, json};

    #[test]
    fn other_spellings_mean_the_same() {
        let value = json!({"a": "b\"c\\", "d": [{"e": 1, "f": "é"}], "": ""});
        let spelt = escaped(&value);
        assert!(spelt.contains("\\u0061"), "{spelt}");
        assert_eq!(serde_json::from_str::<Value>(&spelt).unwrap(), value);
        assert_eq!(reversed(&value), value);
        assert_ne!(reversed(&value).to_string(), value.to_string());
    }
}
