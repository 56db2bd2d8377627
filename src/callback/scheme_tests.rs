//! Every scheme, from the key's text to the verdict of a receiver.
//!
//! Changes what was signed one byte at a time. Never shows a key, and tests that nothing else does.

use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::callback::fault::SignatureFault;
use crate::callback::scheme::{Signing, Verification};
use crate::callback::standard::{ID, TIMESTAMP, new_webhook_keys};
use crate::model::http::Request;
use crate::model::signing::{HttpAlgorithm, HttpMessage, SignatureScheme, WebhookAlgorithm};
use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;

const NOW: i64 = 1_614_265_330;
const TOLERANCE: Nanos = Nanos(300_000_000_000);
const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const WHSK: &str = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const WHPK: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn http(algorithm: HttpAlgorithm) -> SignatureScheme {
    SignatureScheme::HttpMessage(HttpMessage {
        algorithm,
        label: "sig1".to_owned(),
        components: ["@method", "@target-uri", "content-type", "content-digest", "webhook-id", "webhook-timestamp", "date"]
            .map(str::to_owned)
            .to_vec(),
        key_id: Some("platform-1".to_owned()),
        tag: Some("notification".to_owned()),
        expires: Some(Nanos(60_000_000_000)),
    })
}

/// Scheme, what signs, what verifies.
fn schemes() -> Vec<(SignatureScheme, &'static str, &'static str)> {
    vec![
        (SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1), WHSEC, WHSEC),
        (SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a), WHSK, WHPK),
        (http(HttpAlgorithm::HmacSha256), WHSEC, WHSEC),
        (http(HttpAlgorithm::Ed25519), WHSK, WHPK),
        (SignatureScheme::SharedSecret { header: "X-Secret".to_owned() }, "not-so-secret", "not-so-secret"),
    ]
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn unsigned() -> Request {
    let mut request = Request::new("POST", "https://partner.example/hooks/notifications");
    request.headers.push("content-type", "application/json");
    request.body = Bytes::from_static(br#"{"entity":"CONTRACT"}"#);
    request
}

/// The request as the receiver sees it.
fn received(mut request: Request) -> Request {
    "/hooks/notifications".clone_into(&mut request.url);
    request.headers.push("Host", "partner.example");
    request
}

fn sign(signing: &Signing) -> Request {
    let mut request = unsigned();
    signing.sign(&mut request, "msg_1", at(NOW));
    received(request)
}

fn check(verification: &Verification, request: &Request) -> Result<(), Vec<SignatureFault>> {
    verification.verify(request, at(NOW), TOLERANCE)
}

#[test]
fn what_is_signed_is_verified_and_what_a_stranger_signs_is_not() {
    for (scheme, private, public) in schemes() {
        let signing = Signing::new(&scheme, &secret(private)).unwrap();
        let request = sign(&signing);
        for verification in [Verification::new(&scheme, &secret(public)).unwrap(), signing.verification()] {
            assert_eq!(check(&verification, &request), Ok(()), "{scheme:?}");
            let foreign = check(&verification, &sign(&signing.stranger()));
            assert!(matches!(&foreign.unwrap_err()[..], [SignatureFault::Mismatch(_)]), "{scheme:?}");
            let mut bare = request.clone();
            for field in signing.fields() {
                bare.headers.remove(&field);
            }
            let faults = check(&verification, &bare).unwrap_err();
            assert!(faults.iter().all(|f| matches!(f, SignatureFault::MissingHeader(_))), "{scheme:?}: {faults:?}");
        }
        assert!(signing.fields().iter().all(|f| request.headers.get(f).is_some()));
        let again = sign(&signing);
        assert_eq!(again, request, "{scheme:?}: signing is repeatable");
        let mut twice = again;
        signing.sign(&mut twice, "msg_1", at(NOW));
        assert_eq!(twice.headers.all(&signing.fields()[0]).count(), 1);
    }
}

#[test]
fn half_a_signature_is_refused_though_all_else_is_well_formed() {
    for (scheme, private, public) in schemes() {
        let signing = Signing::new(&scheme, &secret(private)).unwrap();
        let mut request = sign(&signing);
        let whole = request.headers.get(&signing.fields()[0]).unwrap().len();
        signing.truncate(&mut request);
        let half = request.headers.get(&signing.fields()[0]).unwrap().len();
        assert!(half < whole && half * 3 > whole, "{scheme:?}: {half} of {whole}");
        let faults = check(&Verification::new(&scheme, &secret(public)).unwrap(), &request).unwrap_err();
        assert!(faults.iter().all(|f| matches!(f, SignatureFault::Mismatch(_) | SignatureFault::Malformed(_))), "{faults:?}");
    }
}

#[test]
fn while_a_key_is_exchanged_either_one_verifies() {
    for (scheme, private, _) in schemes() {
        if matches!(scheme, SignatureScheme::SharedSecret { .. }) {
            continue;
        }
        let ours = Signing::new(&scheme, &secret(private)).unwrap();
        let other = ours.stranger();
        let mut request = unsigned();
        ours.sign_beside(&other, &mut request, "msg_1", at(NOW));
        let request = received(request);
        assert_eq!(check(&ours.verification(), &request), Ok(()), "{scheme:?}");
        assert_eq!(check(&other.verification(), &request), Ok(()), "{scheme:?}");
        assert!(check(&ours.stranger().verification(), &request).is_err(), "{scheme:?}");
        for field in ours.fields() {
            assert_eq!(request.headers.all(&field).count(), 1);
        }
        // The other's comes first: a receiver that looks at the first alone is found out.
        let mut alone = unsigned();
        other.sign(&mut alone, "msg_1", at(NOW));
        let first = alone.headers.get(&ours.fields()[0]).unwrap().trim_start_matches("sig1=").to_owned();
        let value = request.headers.get(&ours.fields()[0]).unwrap();
        assert!(value.trim_start_matches("sig1-other=").starts_with(&first), "{value}");
    }
}

#[test]
fn an_attempt_time_beyond_the_tolerance_is_refused_on_either_side() {
    for (scheme, private, _) in schemes() {
        if matches!(scheme, SignatureScheme::SharedSecret { .. }) {
            continue;
        }
        let signing = Signing::new(&scheme, &secret(private)).unwrap();
        let signed = |skew: i64| {
            let mut request = unsigned();
            signing.sign(&mut request, "msg_1", at(NOW + skew));
            check(&signing.verification(), &received(request))
        };
        assert!(matches!(&signed(-301).unwrap_err()[0], SignatureFault::Stale { .. }), "{scheme:?}");
        assert!(matches!(&signed(301).unwrap_err()[..], [SignatureFault::FromTheFuture { .. }]), "{scheme:?}");
        assert_eq!(signed(300), Ok(()));
    }
}

#[test]
fn no_key_is_shown_and_every_spelling_is_redacted() {
    for (scheme, private, public) in schemes() {
        let signing = Signing::new(&scheme, &secret(private)).unwrap();
        let verification = Verification::new(&scheme, &secret(public)).unwrap();
        let part = &private[private.len() - 12..private.len() - 4];
        for shown in [format!("{signing:?}"), format!("{verification:?}"), format!("{:?}", signing.stranger())] {
            assert!(!shown.contains(part), "{shown}");
        }
        let spelled: Vec<_> = signing.secrets().iter().map(|s| s.expose().clone()).collect();
        assert!(spelled.contains(&private.to_owned()), "{scheme:?}");
        if let Some(bare) = private.strip_prefix("whsec_").or(private.strip_prefix("whsk_")) {
            assert!(spelled.contains(&bare.to_owned()) && spelled.contains(&bare.trim_end_matches('=').to_owned()));
        }
        let known: Vec<_> = verification.secrets().iter().map(|s| s.expose().clone()).collect();
        assert_eq!(known.contains(&public.to_owned()), private == public, "a public key is no secret");
        let by_private = Verification::new(&scheme, &secret(private)).unwrap().secrets();
        assert_eq!(by_private, signing.secrets(), "{scheme:?}");
    }
}

#[test]
fn a_key_of_another_kind_is_refused_with_what_is_expected() {
    for (scheme, wrong, expected) in [
        (SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1), "hidden text!", "whsec_"),
        (SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a), "hidden text!", "whsk_"),
        (http(HttpAlgorithm::Ed25519), "hidden text!", "whsk_"),
        (http(HttpAlgorithm::HmacSha256), "whsec_hidden text!", "whsec_"),
        (http(HttpAlgorithm::HmacSha256), " ", "empty"),
        (SignatureScheme::SharedSecret { header: "X-Secret".to_owned() }, "hidden\ntext", "header"),
    ] {
        let why = Signing::new(&scheme, &secret(wrong)).unwrap_err();
        assert!(why.contains(expected) && !why.contains("hidden"), "{why}");
        let why = Verification::new(&scheme, &secret(wrong)).unwrap_err();
        assert!(!why.contains("hidden"), "{why}");
    }
    let SignatureScheme::HttpMessage(mut spec) = http(HttpAlgorithm::HmacSha256) else { unreachable!() };
    spec.components.push("@made-up".to_owned());
    assert!(Signing::new(&SignatureScheme::HttpMessage(spec), &secret(WHSEC)).unwrap_err().contains("@made-up"));
}

#[test]
fn a_plain_text_is_a_key_for_http_signatures_as_it_is() {
    let scheme = http(HttpAlgorithm::HmacSha256);
    let plain = Signing::new(&scheme, &secret("correct horse battery staple")).unwrap();
    assert_eq!(check(&plain.verification(), &sign(&plain)), Ok(()));
    // Base64 of 16 bytes and more is read as base64, with and without its prefix.
    let bare = Signing::new(&scheme, &secret(&WHSEC["whsec_".len()..])).unwrap();
    assert_eq!(check(&Verification::new(&scheme, &secret(WHSEC)).unwrap(), &sign(&bare)), Ok(()));
    let keys = new_webhook_keys();
    assert!(Signing::new(&http(HttpAlgorithm::Ed25519), &keys.private).is_ok());
}

/// A byte of a header's value, or of the body, made another one.
fn with_changed(request: &Request, place: &str, at: usize, to: u8) -> Option<Request> {
    let mut changed = request.clone();
    if place == "body" {
        let mut body = changed.body.to_vec();
        let at = at % body.len();
        (body[at] != to).then(|| body[at] = to)?;
        changed.body = body.into();
    } else {
        let mut value = changed.headers.get(place)?.as_bytes().to_vec();
        let at = at % value.len();
        (value[at] != to).then(|| value[at] = to)?;
        changed.headers.set(place, String::from_utf8(value).ok()?);
    }
    Some(changed)
}

proptest! {
    #[test]
    fn no_changed_byte_passes(
        which in 0_usize..4,
        place in prop::sample::select(vec!["signature", "signature-input", "webhook-signature", "body", ID, TIMESTAMP, "content-digest"]),
        at in 0_usize..600,
        to in b'!'..=b'~',
    ) {
        let (scheme, private, public) = schemes().swap_remove(which);
        let signing = Signing::new(&scheme, &secret(private)).unwrap();
        let verification = Verification::new(&scheme, &secret(public)).unwrap();
        if let Some(changed) = with_changed(&sign(&signing), place, at, to) {
            prop_assert!(check(&verification, &changed).is_err(), "{:?}: {} {} {}", scheme, place, at, char::from(to));
        }
    }

    #[test]
    fn every_body_is_signed_as_it_is(body in prop::collection::vec(any::<u8>(), 0..200), which in 0_usize..4) {
        let (scheme, private, public) = schemes().swap_remove(which);
        let signing = Signing::new(&scheme, &secret(private)).unwrap();
        let mut request = unsigned();
        request.body = body.into();
        signing.sign(&mut request, "msg_1", at(NOW));
        prop_assert_eq!(check(&Verification::new(&scheme, &secret(public)).unwrap(), &received(request)), Ok(()));
    }
}
