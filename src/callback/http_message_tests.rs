//! RFC 9421 appendix B.2: the published messages, keys and signatures.
//!
//! The keys are those of appendix B.1, which everybody knows; none is used for anything else.

use crate::base::ed25519::{PublicKey, SigningKey};
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::callback::components::{Message, component, signature_base};
use crate::callback::digest::sha256;
use crate::callback::fault::SignatureFault;
use crate::callback::http_message::{Claims, HttpKey, HttpVerifier, SIGNATURE, SIGNATURE_INPUT, Wanted, sign, verify};
use crate::callback::structured::{Bare, Item, Member, dictionary};
use crate::model::http::{Request, Response};
use base64::Engine as _;
use jiff::Timestamp;

const RSA_PSS: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----";
const ECC_P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----";
const ED25519_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----";
const ED25519_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----";
const SHARED: &str = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

const CREATED: i64 = 1_618_884_473;
const TOLERANCE: Nanos = Nanos(300_000_000_000);
const REQUEST_DIGEST: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
const RESPONSE_DIGEST: &str =
    "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:";

fn request() -> Request {
    let mut request = Request::new("POST", "/foo?param=Value&Pet=dog");
    for (name, value) in [
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Digest", REQUEST_DIGEST),
        ("Content-Length", "18"),
    ] {
        request.headers.push(name, value);
    }
    request.body = r#"{"hello": "world"}"#.into();
    request
}

fn response() -> Response {
    let mut response = Response::new(200);
    for (name, value) in [
        ("Date", "Tue, 20 Apr 2021 02:07:56 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Digest", RESPONSE_DIGEST),
        ("Content-Length", "23"),
    ] {
        response.headers.push(name, value);
    }
    response
}

fn signed(input: &str, signature: &str) -> Request {
    let mut request = request();
    request.headers.push("Signature-Input", input);
    request.headers.push("Signature", signature);
    request
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn check(request: &Request, key: &HttpVerifier) -> Result<(), Vec<SignatureFault>> {
    check_for(request, key, &[], CREATED)
}

fn check_for(request: &Request, key: &HttpVerifier, components: &[&str], now: i64) -> Result<(), Vec<SignatureFault>> {
    let components: Vec<Item> = components.iter().map(|c| component(c).unwrap()).collect();
    let wanted = Wanted { components: &components, keyid: None, tag: None, label: "sig" };
    verify(request, wanted, key, at(now), TOLERANCE)
}

fn rsa() -> HttpVerifier {
    HttpVerifier::rsa_pss(RSA_PSS).unwrap()
}

fn hmac() -> HttpKey {
    HttpKey::Hmac(Secret::new(base64::engine::general_purpose::STANDARD.decode(SHARED).unwrap()))
}

fn ed25519() -> HttpKey {
    HttpKey::Ed25519(SigningKey::from_pkcs8_pem(ED25519_PRIVATE).unwrap())
}

const B21: (&str, &str) = (
    r#"sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#,
    "sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==:",
);
const B22: (&str, &str) = (
    r#"sig-b22=("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example""#,
    "sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==:",
);
const B23: (&str, &str) = (
    r#"sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss""#,
    "sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==:",
);
const B24: (&str, &str) = (
    r#"sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256""#,
    "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:",
);
const B25: (&str, &str) = (
    r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#,
    "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
);
const B26: (&str, &str) = (
    r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#,
    "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
);

#[test]
fn published_requests_are_verified() {
    for (what, (input, signature), key) in [
        ("B.2.1", B21, rsa()),
        ("B.2.2", B22, rsa()),
        ("B.2.3", B23, rsa()),
        ("B.2.5", B25, hmac().verifier()),
        ("B.2.6", B26, HttpVerifier::Ed25519(PublicKey::from_spki_pem(ED25519_PUBLIC).unwrap())),
    ] {
        assert_eq!(check(&signed(input, signature), &key), Ok(()), "{what}");
    }
}

#[test]
fn the_published_response_is_verified() {
    let members = dictionary([B24.0]).unwrap();
    let Member::List(covered) = &members[0].1 else { panic!("{members:?}") };
    let base = signature_base(Message::Response(&response()), covered).unwrap();
    assert_eq!(
        base,
        format!(
            "\"@status\": 200\n\"content-type\": application/json\n\"content-digest\": {RESPONSE_DIGEST}\n\"content-length\": 23\n\
             \"@signature-params\": {}",
            &B24.0["sig-b24=".len()..]
        )
    );
    let Member::Item(Item { bare: Bare::Bytes(signature), .. }) = &dictionary([B24.1]).unwrap()[0].1 else { panic!("no bytes") };
    let key = HttpVerifier::ecdsa_p256(ECC_P256).unwrap();
    assert!(key.matches(&base, signature));
    assert!(!key.matches(&format!("{base} "), signature));
}

#[test]
fn published_signatures_are_made() {
    for ((input, signature), keyid, components, key) in [
        (B25, "test-shared-secret", &["date", "@authority", "content-type"][..], hmac()),
        (B26, "test-key-ed25519", &["date", "@method", "@path", "@authority", "content-type", "content-length"], ed25519()),
    ] {
        let components: Vec<Item> = components.iter().map(|c| component(c).unwrap()).collect();
        let claims = Claims { created: Some(CREATED), keyid: Some(keyid.to_owned()), ..Claims::default() };
        let mut request = request();
        let label = input.split('=').next().unwrap();
        sign(&mut request, label, &components, &claims, &key);
        assert_eq!((request.headers.get(SIGNATURE_INPUT), request.headers.get(SIGNATURE)), (Some(input), Some(signature)));
    }
}

#[test]
fn another_message_or_key_is_refused() {
    let mismatch = Err(vec![SignatureFault::Mismatch(SIGNATURE.to_owned())]);
    let key = rsa();
    for (what, change) in [
        ("method", (|r: &mut Request| "PUT".clone_into(&mut r.method)) as fn(&mut Request)),
        ("path", |r| "/fooo?param=Value&Pet=dog".clone_into(&mut r.url)),
        ("query", |r| "/foo?param=Value&Pet=cat".clone_into(&mut r.url)),
        ("host", |r| r.headers.set("host", "example.org")),
        ("date", |r| r.headers.set("date", "Tue, 20 Apr 2021 02:07:56 GMT")),
        ("type", |r| r.headers.push("content-type", "text/plain")),
    ] {
        let mut request = signed(B23.0, B23.1);
        change(&mut request);
        assert_eq!(check(&request, &key), mismatch, "{what}");
    }
    let mut other_body = signed(B23.0, B23.1);
    other_body.body = r#"{"hello": "World"}"#.into();
    assert_eq!(check(&other_body, &key), Err(vec![SignatureFault::OtherBody("sha-512".to_owned())]));
    // The digest mended to fit the other body no longer fits the signature.
    other_body.headers.set("content-digest", sha256(&other_body.body));
    assert_eq!(check(&other_body, &key), mismatch);
    let longer = B25.0.replace("1618884473", "1618884474");
    assert_eq!(check(&signed(&longer, B25.1), &hmac().verifier()), mismatch);
    let stranger = HttpVerifier::Ed25519(SigningKey::generate().public());
    assert_eq!(check(&signed(B26.0, B26.1), &stranger), mismatch);
    let cut = B25.1.replace("LelbaMk5rGIGtE8=", "");
    assert!(check(&signed(B25.0, &cut), &hmac().verifier()).is_err());
}

#[test]
fn several_signatures_may_stand_side_by_side() {
    let mut request = signed(B21.0, B21.1);
    for (input, signature) in [B25, B26] {
        request.headers.push("Signature-Input", input);
        request.headers.push("Signature", signature);
    }
    for key in [rsa(), hmac().verifier(), ed25519().verifier()] {
        assert_eq!(check(&request, &key), Ok(()), "{}", key.algorithm());
    }
    let joined = signed(&format!("{}, {}", B25.0, B26.0), &format!("{}, {}", B26.1, B25.1));
    assert_eq!(check(&joined, &hmac().verifier()), Ok(()));
    let only = |keyid: &str, key: &HttpVerifier| {
        let wanted = Wanted { components: &[], keyid: Some(keyid), tag: None, label: "sig" };
        verify(&joined, wanted, key, at(CREATED), TOLERANCE)
    };
    assert_eq!(only("test-key-ed25519", &ed25519().verifier()), Ok(()));
    assert!(only("test-shared-secret", &ed25519().verifier()).is_err());
    assert!(matches!(&only("nobody", &ed25519().verifier()).unwrap_err()[..], [SignatureFault::Malformed(_)]));
}

#[test]
fn every_fault_is_named() {
    let key = hmac().verifier();
    let malformed = |input: &str, signature: &str| match &check(&signed(input, signature), &key).unwrap_err()[..] {
        [SignatureFault::Malformed(why)] => why.clone(),
        other => panic!("{input}: {other:?}"),
    };
    assert_eq!(
        check(&request(), &key),
        Err([SIGNATURE_INPUT, SIGNATURE].map(|n| SignatureFault::MissingHeader(n.to_owned())).to_vec())
    );
    assert!(malformed("sig-b25=(", B25.1).contains("signature-input"));
    assert!(malformed(B25.0, "sig-b25=:abc").contains("`signature`"));
    assert!(malformed(B25.0, "other=:YWJj:").contains("sig-b25"));
    assert!(malformed(B25.0, "sig-b25=\"YWJj\"").contains("no bytes"));
    assert!(malformed(r#"sig-b25=("x-absent");created=1618884473"#, B25.1).contains("x-absent"));
    assert!(malformed(r#"sig-b25=("@made-up");created=1618884473"#, B25.1).contains("@made-up"));
    assert!(malformed(r#"sig-b25=("date";sf);created=1618884473"#, B25.1).contains("sf"));
    let foreign = check(&signed(r#"sig-b25=("date");created=1618884473;alg="rsa-v1_5-sha256""#, B25.1), &key).unwrap_err();
    assert!(matches!(&foreign[0], SignatureFault::Malformed(why) if why.contains("rsa-v1_5-sha256")));
    let timeless = check(&signed(r#"sig-b25=("date")"#, B25.1), &key).unwrap_err();
    assert!(matches!(&timeless[0], SignatureFault::Malformed(why) if why.contains("created")));
    let bad = check(&signed(r#"sig-b25=("date");created="now""#, B25.1), &key).unwrap_err();
    assert_eq!(bad[0], SignatureFault::BadTimestamp { at: "created", sent: "\"now\"".to_owned() });
    let uncovered = check_for(&signed(B25.0, B25.1), &key, &["date", "content-digest", "@method"], CREATED);
    assert_eq!(uncovered, Err(["content-digest", "@method"].map(|c| SignatureFault::NotCovered(c.to_owned())).to_vec()));
}

#[test]
fn the_attempt_has_to_be_fresh_and_not_expired() {
    let signed_b25 = signed(B25.0, B25.1);
    let age = |age: i64| check_for(&signed_b25, &hmac().verifier(), &[], CREATED + age);
    assert_eq!((age(300), age(-300)), (Ok(()), Ok(())));
    let by = Nanos(301_000_000_000);
    assert_eq!(age(301), Err(vec![SignatureFault::Stale { at: "created", by }]));
    assert_eq!(age(-301), Err(vec![SignatureFault::FromTheFuture { at: "created", by }]));
    let mut request = request();
    let claims = Claims { created: Some(CREATED), expires: Some(CREATED + 60), ..Claims::default() };
    sign(&mut request, "sig", &[component("date").unwrap()], &claims, &hmac());
    assert_eq!(check_for(&request, &hmac().verifier(), &[], CREATED + 60), Ok(()));
    let expired = SignatureFault::Stale { at: "expires", by: Nanos(1_000_000_000) };
    assert_eq!(check_for(&request, &hmac().verifier(), &[], CREATED + 61), Err(vec![expired]));
}
