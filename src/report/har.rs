//! Exchanges as HAR 1.2, which browsers and proxies open.
//!
//! Every exchange that the record keeps, as it keeps it: redacted, and cut where it is. Never shows a time that was not measured: what is
//! not known is -1.

mod url;

use crate::record::shape::{BodyRecord, ExchangeRecord, HeaderRecord, Way};
use crate::record::sheet::Sheet;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use url::{absolute, query};

/// The exchanges as HAR.
#[must_use]
pub fn render(sheet: &Sheet<'_>) -> String {
    let mut page_of: HashMap<&str, usize> = HashMap::new();
    let mut pages = Vec::new();
    for (group, test) in sheet.tests() {
        let Some(began) = test.began.filter(|_| !test.exchanges.is_empty()) else { continue };
        let number = pages.len() + 1;
        for id in &test.exchanges {
            page_of.entry(*id).or_insert(number);
        }
        pages.push(json!({
            "id": format!("t{number}"),
            "title": format!("{} / {}", group.title, test.title),
            "startedDateTime": began.to_string(),
            "pageTimings": {"onContentLoad": -1, "onLoad": -1},
            "_id": test.id,
            "_outcome": test.outcome.key(),
        }));
    }
    let mut exchanges = sheet.exchanges.clone();
    // Stable, so that what began at once stays in order of number.
    exchanges.sort_by_key(|x| x.began);
    let entries: Vec<Value> = exchanges.iter().map(|x| entry(sheet, x, page_of.get(x.id.as_str()))).collect();
    let creator = json!({"name": "proofmark", "version": sheet.tool_version});
    let log = json!({
        "version": "1.2",
        "creator": creator,
        "pages": pages,
        "entries": entries,
        "comment": sheet.sentence,
    });
    format!("{:#}\n", json!({"log": log}))
}

fn entry(sheet: &Sheet<'_>, exchange: &ExchangeRecord, page: Option<&usize>) -> Value {
    let took = milliseconds(exchange.took_ns);
    let mut entry = json!({
        "startedDateTime": exchange.began.to_string(),
        "time": took,
        "request": request(sheet, exchange),
        "response": response(sheet, exchange),
        "cache": {},
        "timings": {
            "blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": -1, "wait": took, "receive": -1,
            "comment": "from the start of sending to the last byte of the answer: its parts are not told apart",
        },
        "comment": exchange.id,
        "_id": exchange.id,
        "_direction": if exchange.way == Way::Inbound { "inbound" } else { "outbound" },
        "_operation": exchange.operation,
    });
    if let Some(page) = page {
        entry["pageref"] = format!("t{page}").into();
    }
    let findings: Vec<Value> = sheet
        .tests()
        .filter(|(_, t)| !t.findings.is_empty())
        .flat_map(|(_, t)| &t.findings)
        .filter(|f| f.exchange.as_deref() == Some(&exchange.id))
        .map(|f| json!({"check": f.check, "message": f.message}))
        .collect();
    if !findings.is_empty() {
        entry["_findings"] = findings.into();
    }
    entry
}

fn request(sheet: &Sheet<'_>, exchange: &ExchangeRecord) -> Value {
    let asked = &exchange.request;
    let url = absolute(&asked.url, &asked.headers);
    let mut request = json!({
        "method": asked.method,
        "url": url,
        "httpVersion": sheet.http,
        "cookies": cookies(&asked.headers, "cookie"),
        "headers": headers(&asked.headers),
        "queryString": query(&url).into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>(),
        "headersSize": -1,
        "bodySize": asked.body.length,
    });
    if asked.body.length > 0 {
        request["postData"] = posted(&asked.body, &asked.headers);
    }
    request
}

fn posted(body: &BodyRecord, headers: &[HeaderRecord]) -> Value {
    let mut posted =
        json!({"mimeType": mime(headers), "text": body.text.as_deref().or(body.base64.as_deref()).unwrap_or_default()});
    if body.base64.is_some() {
        // HAR has a name for it in answers alone.
        posted["_encoding"] = "base64".into();
    }
    if let Some(comment) = cut(body) {
        posted["comment"] = comment.into();
    }
    posted
}

fn response(sheet: &Sheet<'_>, exchange: &ExchangeRecord) -> Value {
    let Some(answer) = &exchange.response else {
        return json!({
            "status": 0, "statusText": "", "httpVersion": sheet.http, "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
            "_error": exchange.failure.as_deref().unwrap_or("no answer"),
        });
    };
    let mut content = json!({"size": answer.body.length, "mimeType": mime(&answer.headers)});
    match (&answer.body.text, &answer.body.base64) {
        (Some(text), _) if may_stand(text) => content["text"] = text.as_str().into(),
        (Some(text), _) => {
            content["text"] = STANDARD.encode(text).into();
            content["encoding"] = "base64".into();
        }
        (None, Some(bytes)) => {
            content["text"] = bytes.as_str().into();
            content["encoding"] = "base64".into();
        }
        (None, None) => {}
    }
    if let Some(comment) = cut(&answer.body) {
        content["comment"] = comment.into();
    }
    let location = answer.headers.iter().find(|h| h.name.eq_ignore_ascii_case("location"));
    json!({
        "status": answer.status,
        "statusText": "",
        "httpVersion": sheet.http,
        "cookies": cookies(&answer.headers, "set-cookie"),
        "headers": headers(&answer.headers),
        "content": content,
        "redirectURL": location.map(|h| h.value.as_str()).unwrap_or_default(),
        "headersSize": -1,
        "bodySize": answer.body.length,
    })
}

/// Text that viewers show as text: one with NUL or escapes of a terminal is carried as bytes.
fn may_stand(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn cut(body: &BodyRecord) -> Option<String> {
    body.cut.then(|| format!("cut: the beginning of {} bytes", body.length))
}

fn headers(fields: &[HeaderRecord]) -> Vec<Value> {
    fields.iter().map(|h| json!({"name": h.name, "value": h.value})).collect()
}

fn mime(headers: &[HeaderRecord]) -> &str {
    headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-type")).map_or("x-unknown", |h| h.value.as_str())
}

/// The cookies of `Cookie` or `Set-Cookie`, as they are kept.
fn cookies(headers: &[HeaderRecord], field: &str) -> Vec<Value> {
    let values = headers.iter().filter(|h| h.name.eq_ignore_ascii_case(field)).map(|h| h.value.as_str());
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (name.trim().to_owned(), value.trim().to_owned())
    };
    if field == "cookie" {
        let pairs = values.flat_map(|v| v.split(';')).filter(|p| !p.trim().is_empty()).map(pair);
        return pairs.map(|(name, value)| json!({"name": name, "value": value})).collect();
    }
    values
        .map(|line| {
            let mut parts = line.split(';');
            let (name, value) = pair(parts.next().unwrap_or_default());
            let mut cookie = Map::new();
            cookie.insert("name".to_owned(), name.into());
            cookie.insert("value".to_owned(), value.into());
            for (key, value) in parts.map(pair) {
                match key.to_ascii_lowercase().as_str() {
                    "path" => cookie.insert("path".to_owned(), value.into()),
                    "domain" => cookie.insert("domain".to_owned(), value.into()),
                    "httponly" => cookie.insert("httpOnly".to_owned(), true.into()),
                    "secure" => cookie.insert("secure".to_owned(), true.into()),
                    _ => None,
                };
            }
            Value::Object(cookie)
        })
        .collect()
}

/// Milliseconds with what is known behind the point.
fn milliseconds(ns: u64) -> Value {
    let text = format!("{}.{:06}", ns / 1_000_000, ns % 1_000_000);
    serde_json::from_str(&text).unwrap_or_else(|_| 0.into())
}

#[cfg(test)]
mod tests {
    use super::{cookies, milliseconds, render};
    use crate::record::fixture::{self, HOSTILE};
    use crate::record::shape::HeaderRecord;
    use crate::record::sheet::run;
    use serde_json::{Value, json};

    fn rendered(record: &crate::record::RunRecord) -> Value {
        serde_json::from_str(&render(&run(record))).expect("JSON")
    }

    #[test]
    fn every_exchange_with_the_times_that_are_known() {
        let record = fixture::record(&fixture::failing());
        let har = rendered(&record);
        let entries = har["log"]["entries"].as_array().expect("entries");
        assert_eq!(entries.len(), record.exchanges.len());
        for entry in entries {
            let timings = entry["timings"].as_object().expect("timings");
            let known: f64 = timings.values().filter_map(Value::as_f64).filter(|t| *t >= 0.0).sum();
            assert_eq!(entry["time"].as_f64(), Some(known));
        }
        let at = |id: &str| entries.iter().find(|e| e["_id"] == id).expect("an entry");
        let cut_off = at("x6");
        assert_eq!(cut_off["response"]["status"], 0);
        assert!(cut_off["response"]["_error"].as_str().is_some_and(|e| e.contains("after 512 of 2048 bytes")));
        let inbound = at("x7");
        assert_eq!(
            (&inbound["_direction"], &inbound["request"]["url"]),
            (&json!("inbound"), &json!("http://listener.invalid/notifications"))
        );
        assert_eq!(at("x3")["_findings"][0]["check"], "error_code.value");
        let page = at("x3")["pageref"].as_str().expect("a page");
        let pages = har["log"]["pages"].as_array().expect("pages");
        assert!(pages.iter().any(|p| p["id"] == page && p["_id"] == "laas-contract-signature/no-signatories"));
        assert!(!har.to_string().contains("ey-token-of-the-run"), "as redacted as the record");
    }

    #[test]
    fn what_is_no_text_is_carried_as_bytes() {
        let mut outcome = fixture::failing();
        for (at, bytes) in [(0, &b"\xff\xfe\x00\xed\xa0\x80"[..]), (1, &b"a\x00b"[..]), (2, HOSTILE.as_bytes())] {
            if let Ok(response) = &mut outcome.exchanges[at].result {
                response.body = bytes.to_vec().into();
            }
            outcome.exchanges[at].request.body = bytes.to_vec().into();
        }
        let har = rendered(&fixture::record(&outcome));
        let contents: Vec<&Value> =
            har["log"]["entries"].as_array().expect("entries").iter().map(|e| &e["response"]["content"]).collect();
        assert_eq!((&contents[0]["encoding"], &contents[0]["text"]), (&json!("base64"), &json!("//4A7aCA")));
        assert_eq!((&contents[1]["encoding"], &contents[1]["text"]), (&json!("base64"), &json!("YQBi")));
        assert_eq!(contents[2]["encoding"], "base64");
        assert_eq!(har["log"]["entries"][0]["request"]["postData"]["_encoding"], "base64");
    }

    #[test]
    fn cookies_and_times() {
        let field = |name: &str, value: &str| vec![HeaderRecord { name: name.to_owned(), value: value.to_owned() }];
        assert_eq!(
            cookies(&field("Cookie", "a=1; b=[redacted]"), "cookie"),
            [json!({"name": "a", "value": "1"}), json!({"name": "b", "value": "[redacted]"})]
        );
        let set = cookies(&field("set-cookie", "s=x=y; Path=/; HttpOnly; Expires=Wed"), "set-cookie");
        assert_eq!(set, [json!({"name": "s", "value": "x=y", "path": "/", "httpOnly": true})]);
        assert_eq!(milliseconds(1_234_567).to_string(), "1.234567");
    }
}
