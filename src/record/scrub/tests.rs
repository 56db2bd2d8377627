//! What is hidden of messages, what is left, and what is said of it.
//!
//! Only made-up messages; no run.

use super::{BODY_LIMIT, Hits, Side, body, headers, request_url, url};
use crate::base::secret::Secret;
use crate::model::http::Headers;
use crate::model::redact::Redactor;
use crate::model::redact::rules::{Place, Rules};
use crate::record::shape::BodyRecord;
use regex::Regex;

const RANDOM: &str = "aZ3kQ9xW7bN2mL5vR8tY1uP4cD6fG0hJ";

fn redactor() -> Redactor {
    Redactor::new([Secret::new("laas-secret".to_owned())])
}

fn ruled() -> Redactor {
    let place = |text| Place::parse(text).expect("a pointer");
    let rules = Rules {
        headers: vec!["x-customer".to_owned()],
        pointers: vec![place("/people/*/iban"), place("/owner")],
        patterns: vec![("mail".to_owned(), Regex::new("[a-z]+@[a-z.]+").expect("a pattern"))],
        kept_headers: vec!["x-cursor".to_owned()],
        kept_pointers: vec![place("/paging")],
        ..Rules::default()
    };
    Redactor::with([Secret::new("laas-secret".to_owned())], rules)
}

fn stored(redactor: &Redactor, media_type: Option<&str>, bytes: &[u8]) -> (BodyRecord, Vec<String>) {
    let mut hits = Hits::default();
    let stored = body(redactor, media_type, bytes, Side::Response, &mut hits);
    (stored, told(hits))
}

fn told(hits: Hits) -> Vec<String> {
    hits.records().into_iter().map(|r| format!("{}: {} {}", r.place, r.rule, r.count)).collect()
}

#[test]
fn credentials_are_hidden_by_name_even_when_nobody_announced_them() {
    let json = r#"{"access_token" : "ey\"J1","expires_in":3599,"note":"laas-secret"}"#;
    let (kept, hits) = stored(&redactor(), Some("application/json"), json.as_bytes());
    assert_eq!(kept.text.as_deref(), Some(r#"{"access_token" : "[redacted]","expires_in":3599,"note":"[redacted]"}"#));
    assert_eq!(hits, ["response body /access_token: name 1", "response body /note: secret 1"]);
    let (kept, hits) = stored(&redactor(), Some("application/x-www-form-urlencoded"), b"scope=oob&client_secret=a%2Bb");
    assert_eq!(kept.text.as_deref(), Some("scope=oob&client_secret=[redacted]"));
    assert_eq!(hits, ["response body field client_secret: name 1"]);
    assert_eq!(url(&redactor(), "https://u:p@h/a?access_token=x&b=1#f"), "https://[redacted]@h/a?access_token=[redacted]&b=1#f");
}

#[test]
fn header_fields_are_hidden_by_name_and_the_scheme_stays() {
    let sent: Headers = [
        ("Authorization", "Basic dTpw"),
        ("Location", "/x?secret=1"),
        ("Authorization", "bare-token"),
        ("Authorization", "Bearer"),
        ("X-Auth-Token", "abc"),
        ("X-Customer", "12"),
        ("ETag", RANDOM),
        ("X-Cursor", RANDOM),
        ("X-Other", RANDOM),
        ("Cookie", "[redacted]"),
    ]
    .into_iter()
    .collect();
    let mut hits = Hits::default();
    let kept: Vec<_> = headers(&ruled(), &sent, Side::Request, &mut hits).into_iter().map(|h| h.value).collect();
    let shown = ["Basic [redacted]", "/x?secret=[redacted]", "[redacted]", "Bearer", "[redacted]", "[redacted]", RANDOM, RANDOM];
    assert_eq!(kept, [&shown[..], &["[redacted]", "[redacted]"]].concat());
    assert_eq!(
        told(hits),
        [
            "request header Authorization: header 2",
            "request header Location: name 1",
            "request header X-Auth-Token: header 1",
            "request header X-Customer: header 1",
            "request header X-Other: entropy 1",
        ]
    );
    let mut hits = Hits::default();
    let shown = request_url(&ruled(), &format!("https://h/a?apiKey=1&m=ada@b.c&x={RANDOM}"), &mut hits);
    assert_eq!(shown, "https://h/a?apiKey=[redacted]&m=[redacted]&x=[redacted]");
    assert_eq!(told(hits), ["request URL: entropy 1", "request URL: mail 1", "request query parameter apiKey: name 1"]);
}

#[test]
fn places_are_hidden_whole_and_told_without_their_numbers() {
    let json = format!(
        r#"{{"people":[{{"iban": "FR1","n":1}},{{"iban":null}},{{"iban":[2]}}],"owner":{{"a":1}},"paging":{{"next":"{RANDOM}"}},"t":"{RANDOM}","m\u0061il":"x ad\u0061@b.c"}}"#
    );
    let (kept, hits) = stored(&ruled(), None, json.as_bytes());
    let shown = format!(
        r#"{{"people":[{{"iban": "[redacted]","n":1}},{{"iban":null}},{{"iban":"[redacted]"}}],"owner":"[redacted]","paging":{{"next":"{RANDOM}"}},"t":"[redacted]","m\u0061il":"x [redacted]"}}"#
    );
    assert_eq!(kept.text.as_deref(), Some(shown.as_str()));
    assert_eq!(
        hits,
        [
            "response body /mail: mail 1",
            "response body /owner: pointer 1",
            "response body /people/*/iban: pointer 2",
            "response body /t: entropy 1",
        ]
    );
    // Nothing is hidden, or told, a second time.
    assert_eq!(stored(&ruled(), None, shown.as_bytes()), (kept_as(&shown), Vec::new()));
}

fn kept_as(text: &str) -> BodyRecord {
    BodyRecord { length: text.len(), text: Some(text.to_owned()), base64: None, cut: false }
}

#[test]
fn what_follows_the_name_of_a_place_in_a_broken_body_is_hidden() {
    let (kept, hits) = stored(&ruled(), None, br#"{"n":1,"people":[{"iban":"FR76"#);
    assert_eq!(kept.text.as_deref(), Some(r#"{"n":1,"people":[{"iban"[redacted]"#));
    assert_eq!(hits, ["response body: pointer 1"]);
    let (kept, _) = stored(&ruled(), Some("application/x-www-form-urlencoded"), b"iban=FR76&a=b");
    assert_eq!(kept.text.as_deref(), Some("iban=[redacted]&a=b"));
}

#[test]
fn every_credential_of_a_text_is_hidden_in_one_pass() {
    let quoted = r#"got {"secret":"a","b":"secret","idToken": "c","password":1,"password":"","api_key":"d"#;
    let shown =
        r#"got {"secret":"[redacted]","b":"secret","idToken": "[redacted]","password":1,"password":"","api_key":"[redacted]"#;
    assert_eq!(super::text(&redactor(), quoted), shown);
}

#[test]
fn a_large_body_is_cut_after_it_is_redacted() {
    let mut text = "x".repeat(BODY_LIMIT - 4);
    text.push_str("laas-secret");
    let (kept, _) = stored(&redactor(), None, text.as_bytes());
    assert_eq!((kept.length, kept.cut), (text.len(), true));
    assert!(!kept.text.unwrap_or_default().contains("laas"));
}

#[test]
fn bytes_that_are_not_text_are_kept_as_base64_unless_they_hold_a_secret() {
    assert_eq!(stored(&redactor(), None, b"\xff\xfe").0.base64.as_deref(), Some("//4="));
    let (kept, hits) = stored(&redactor(), None, b"\xfflaas-secret");
    assert_eq!((kept.base64, kept.text.as_deref()), (None, Some("\u{fffd}[redacted]")));
    assert_eq!(hits, ["response body: secret 1"]);
}
