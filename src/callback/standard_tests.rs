//! Standard Webhooks against the published vectors of both schemes.
//!
//! Holds no vector of its own making, and no key that anybody uses.

use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::callback::fault::SignatureFault;
use crate::callback::standard::{
    ID, SIGNATURE, TIMESTAMP, WebhookKey, WebhookSecret, WebhookVerifier, new_webhook_keys, parse_public_key, parse_signing_key,
    sign, spell_public_key, spell_signing_key, verify, verify_by,
};
use crate::model::http::Headers;
use jiff::Timestamp;

/// Published with Standard Webhooks: secret, id, time, body, signature.
const PUBLISHED: [(&str, &str, i64, &str, &str); 2] = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
];

fn mismatch() -> SignatureFault {
    SignatureFault::Mismatch(SIGNATURE.to_owned())
}

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::parse(text).unwrap()
}

fn headers(id: &str, at: &str, signature: &str) -> Headers {
    [(ID, id), (TIMESTAMP, at), (SIGNATURE, signature)].into_iter().collect()
}

fn check(headers: &Headers, body: &str, secrets: &[WebhookSecret], now: i64) -> Result<(), Vec<SignatureFault>> {
    verify(headers, body.as_bytes(), secrets, Timestamp::from_second(now).unwrap(), Nanos::parse("5m").unwrap())
}

#[test]
fn published_vectors_hold_both_ways() {
    for (key, id, at, body, signature) in PUBLISHED {
        assert_eq!(sign(&secret(key), id, at, body.as_bytes()), signature);
        assert_eq!(check(&headers(id, &at.to_string(), signature), body, &[secret(key)], at), Ok(()));
        let bare = key.strip_prefix("whsec_").unwrap();
        assert_eq!(secret(bare), secret(key));
    }
}

#[test]
fn anything_tampered_with_is_refused() {
    let (key, id, at, body, signature) = PUBLISHED[0];
    let keys = [secret(key)];
    let time = at.to_string();
    let later = (at + 1).to_string();
    for (what, id, time, body, signature, keys) in [
        ("body", id, &*time, r#"{"test":2432232314}"#, signature, &keys),
        ("id", "msg_other", &*time, body, signature, &keys),
        ("time", id, &*later, body, signature, &keys),
        ("another's signature", id, &*time, body, PUBLISHED[1].4, &keys),
        ("wrong key", id, &*time, body, signature, &[secret(PUBLISHED[1].0)]),
    ] {
        assert_eq!(check(&headers(id, time, signature), body, keys, at), Err(vec![mismatch()]), "{what}");
    }
    assert_eq!(check(&headers(id, &time, signature), body, &[], at), Err(vec![mismatch()]), "no key");
}

#[test]
fn one_of_several_signatures_and_keys_is_enough() {
    let (key, id, at, body, signature) = PUBLISHED[0];
    let rotating = format!("v1a,ignored {} {signature}", PUBLISHED[1].4);
    let sent = headers(id, &at.to_string(), &rotating);
    assert_eq!(check(&sent, body, &[secret(PUBLISHED[1].0), secret(key)], at), Ok(()));
    let mut twice = headers(id, &at.to_string(), PUBLISHED[1].4);
    twice.push(SIGNATURE, signature);
    assert_eq!(check(&twice, body, &[secret(key)], at), Ok(()));
}

#[test]
fn the_attempt_has_to_be_fresh_and_the_limit_counts_as_fresh() {
    let (key, id, at, body, signature) = PUBLISHED[0];
    let sent = headers(id, &at.to_string(), signature);
    let at_age = |age: i64| check(&sent, body, &[secret(key)], at + age);
    assert_eq!((at_age(300), at_age(-300)), (Ok(()), Ok(())));
    let by = Nanos::parse("301s").unwrap();
    assert_eq!(at_age(301), Err(vec![SignatureFault::Stale { at: TIMESTAMP, by }]));
    assert_eq!(at_age(-301), Err(vec![SignatureFault::FromTheFuture { at: TIMESTAMP, by }]));
}

#[test]
fn every_fault_is_named() {
    let (key, id, at, body, signature) = PUBLISHED[0];
    let time = at.to_string();
    assert_eq!(
        check(&Headers::new(), body, &[secret(key)], at),
        Err([ID, TIMESTAMP, SIGNATURE].map(|name| SignatureFault::MissingHeader(name.to_owned())).to_vec())
    );
    for bad in ["soon", "-1", "+1614265330", "1614265330.0", "99999999999999999999"] {
        let faults = check(&headers(id, bad, signature), body, &[secret(key)], at).unwrap_err();
        assert_eq!(faults[0], SignatureFault::BadTimestamp { at: TIMESTAMP, sent: bad.to_owned() });
    }
    for bad in ["v1", "v1,", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,g0hM9SsE", "v1,%%%"] {
        let faults = check(&headers(id, &time, bad), body, &[secret(key)], at).unwrap_err();
        assert!(matches!(&faults[..], [SignatureFault::Malformed(_)]), "{bad}: {faults:?}");
    }
    let mut twice = headers(id, &time, signature);
    twice.push(ID, "msg_other");
    assert!(matches!(&check(&twice, body, &[secret(key)], at).unwrap_err()[..], [SignatureFault::Malformed(_)]));
}

#[test]
fn a_secret_is_read_strictly_and_never_shown() {
    for bad in ["", "whsec_", "whsec_not base64"] {
        assert!(WebhookSecret::parse(bad).is_err(), "{bad}");
    }
    assert!(!WebhookSecret::parse("whsec_%%hidden%%").unwrap_err().contains("hidden"));
    assert_eq!(format!("{:?}", secret("c2VjcmV0")), "WebhookSecret([redacted])");
}

/// Published with the reference server: key, public key, id, time, body, signature.
const ASYMMETRIC: (&str, &str, &str, i64, &str, &str) = (
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
    "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1_614_265_330,
    r#"{"test": 2432232314}"#,
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
);

fn check_by(headers: &Headers, body: &str, keys: &[WebhookVerifier], now: i64) -> Result<(), Vec<SignatureFault>> {
    verify_by(headers, body.as_bytes(), keys, Timestamp::from_second(now).unwrap(), Nanos::parse("5m").unwrap())
}

#[test]
fn the_published_ed25519_vector_holds_both_ways() {
    let (private, public, id, at, body, signature) = ASYMMETRIC;
    let key = parse_signing_key(private).unwrap();
    assert_eq!(WebhookKey::V1a(key.clone()).sign(id, at, body.as_bytes()), signature);
    let keys = [WebhookVerifier::V1a(parse_public_key(public).unwrap())];
    assert_eq!(check_by(&headers(id, &at.to_string(), signature), body, &keys, at), Ok(()));
    assert_eq!((spell_signing_key(&key).expose().as_str(), spell_public_key(&key.public()).as_str()), (private, public));
    let other = [WebhookVerifier::V1a(parse_public_key(&new_webhook_keys().public).unwrap())];
    assert_eq!(check_by(&headers(id, &at.to_string(), signature), body, &other, at), Err(vec![mismatch()]));
    // A signature of one scheme says nothing under the key of the other.
    let shared = [WebhookVerifier::V1(secret(PUBLISHED[0].0))];
    let faults = check_by(&headers(id, &at.to_string(), signature), body, &shared, at).unwrap_err();
    assert!(matches!(&faults[..], [SignatureFault::Malformed(_)]), "{faults:?}");
    let both = format!("{} {signature}", PUBLISHED[0].4);
    assert_eq!(check_by(&headers(id, &at.to_string(), &both), body, &shared, at), Ok(()));
}

#[test]
fn keys_are_read_in_every_spelling_and_not_beyond() {
    let (private, public, ..) = ASYMMETRIC;
    let key = parse_signing_key(private).unwrap();
    let seed = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=";
    let pem = key.to_pkcs8_pem();
    for text in [seed, pem.expose()] {
        assert_eq!(parse_signing_key(text).unwrap().public(), key.public());
    }
    for text in [public, private, seed, pem.expose(), &key.public().to_spki_pem()] {
        assert_eq!(parse_public_key(text), Ok(key.public()));
    }
    for bad in
        ["", "whsk_", "whsk_hidden", "whpk_6Xb/", "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=", &private.replace("6Xb", "7Xb")]
    {
        let why = parse_signing_key(bad).unwrap_err();
        assert!(!why.contains("hidden") && !why.contains("Xb"), "{why}");
        assert!(parse_public_key(bad).is_err(), "{bad}");
    }
}

#[test]
fn fresh_keys_work_and_differ() {
    let keys = new_webhook_keys();
    assert_eq!(spell_public_key(&parse_signing_key(keys.private.expose()).unwrap().public()), keys.public);
    assert_eq!(secret(keys.secret.expose()).spelled(), keys.secret);
    assert_ne!(new_webhook_keys().secret, keys.secret);
    let shown = format!("{keys:?}");
    assert!(!shown.contains("whsec_") && !shown.contains("whsk_"), "{shown}");
    let _: &Secret<String> = &keys.private;
}
