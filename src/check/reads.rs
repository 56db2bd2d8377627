//! What the judgement of an answer depends on, so that one that was given can be given again for the same answer.
//!
//! Errs on the side of more: what cannot be told is read. Judges nothing.

use crate::contract::media::documented;
use crate::contract::model::{Operation, SchemaRef};
use crate::suite::ast::expect::{Expect, ExpectedStatus};
use crate::suite::matcher::Matcher;
use std::collections::BTreeSet;

/// What the judgement of an answer of one status depends on, beside the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The header fields, in lower case.
    pub headers: BTreeSet<String>,
    /// The request.
    pub request: bool,
    /// The body beyond its schema: an error code, an expectation, what an error must not show.
    pub body: bool,
}

/// What [`crate::check::judgement::answer`] reads of an answer of this status; `None` where it depends on more than the exchange
/// holds (templates), or on how long it took.
#[must_use]
pub fn reads(method: &str, operation: Option<&Operation>, status: u16, expect: &Expect) -> Option<Reads> {
    if depends_on_more(expect) {
        return None;
    }
    let mut headers: BTreeSet<String> = ["content-type", "content-encoding"].map(str::to_owned).into();
    if let Some(documented) = operation.and_then(|o| o.response_for(status)) {
        headers.extend(documented.headers.iter().map(|h| h.name.to_ascii_lowercase()));
    }
    headers.extend(expect.headers.iter().map(|(name, _)| name.value.to_ascii_lowercase()));
    headers.extend(
        match status {
            201 => &["location"][..],
            401 => &["www-authenticate"],
            405 => &["allow"],
            204 | 205 | 304 => &["content-length", "transfer-encoding"],
            _ => &[],
        }
        .iter()
        .map(|h| (*h).to_owned()),
    );
    let request = method == "HEAD" || matches!(status, 201 | 405);
    let body = status >= 400 || !expect.body.is_empty() || expect.error.is_some() || expect.empty.is_some();
    Some(Reads { headers, request, body })
}

/// The schema that alone judges a body of this status and media type, where it is JSON and nothing else is documented of it.
#[must_use]
pub fn schema_alone<'o>(operation: &'o Operation, status: u16, content_type: &str) -> Option<&'o SchemaRef> {
    let media = documented(&operation.response_for(status)?.media, content_type)?;
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let plain = media.item_schema.is_none() && media.encoding.is_empty() && crate::check::subject::is_json(&essence);
    media.schema.as_ref().filter(|_| plain)
}

fn depends_on_more(expect: &Expect) -> bool {
    let status = matches!(expect.status.as_ref().map(|s| &s.value), Some(ExpectedStatus::Template(_)));
    let code = expect.error.as_ref().is_some_and(|code| code.as_literal().is_none());
    let matchers = expect.body.iter().map(|(_, m)| m).chain(expect.headers.iter().map(|(_, m)| m));
    status || code || expect.denied.is_some() || expect.time.is_some() || matchers.into_iter().any(has_template)
}

fn has_template(matcher: &Matcher) -> bool {
    !matcher.variables().is_empty()
}

#[cfg(test)]
mod tests {
    use super::{reads, schema_alone};
    use crate::check::bench::{contract, exchange, expectation};
    use crate::check::expected::Means;
    use crate::check::found::Judgement;
    use crate::check::judgement::{Bound, answer};
    use crate::check::judgement_tests::rules;
    use crate::check::rules::Rules;
    use crate::contract::model::Direction;
    use crate::model::exchange::Exchange;
    use crate::model::finding::Finding;
    use crate::model::http::Response;
    use crate::schema::Tape;
    use crate::suite::ast::expect::Expect;
    use crate::suite::template::Scope;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::Value;
    use std::sync::LazyLock;

    struct Nothing;

    impl Scope for Nothing {
        fn lookup(&self, _: &str) -> Option<Value> {
            None
        }
    }

    static RULES: LazyLock<Rules> = LazyLock::new(rules);
    static EXPECTED: LazyLock<Vec<Expect>> = LazyLock::new(|| {
        ["{}", "{status: 2XX}", "{headers: {X-Kind: a}}", "{body: {$.state: OPEN}}", "{empty: true}", "{error: BAD}"]
            .map(expectation)
            .into()
    });

    const OPERATIONS: [(&str, &str); 6] = [
        ("POST", "createThing"),
        ("GET", "listThings"),
        ("GET", "readThing"),
        ("HEAD", "readThing"),
        ("DELETE", "dropThing"),
        ("GET", "drain"),
    ];
    const STATUSES: [u16; 13] = [200, 201, 202, 204, 205, 304, 400, 401, 403, 404, 405, 500, 503];
    const HEADERS: [&str; 15] = [
        "content-type",
        "content-encoding",
        "content-length",
        "transfer-encoding",
        "location",
        "x-count",
        "x-kind",
        "www-authenticate",
        "allow",
        "cache-control",
        "retry-after",
        "date",
        "etag",
        "set-cookie",
        "link",
    ];
    const VALUES: [&str; 10] = [
        "application/json",
        "text/plain",
        "gzip",
        "5",
        "/things/v1/things/t1",
        "/elsewhere",
        "a",
        "Bearer realm=\"things\", error=\"invalid_token\"",
        "GET, HEAD",
        "many",
    ];
    const BODIES: [&str; 9] = [
        "",
        "{}",
        "[]",
        "not JSON",
        r#"{"id":"t1","state":"OPEN"}"#,
        r#"{"id":"t1","state":"DONE","owner":"me"}"#,
        r#"{"id":1,"state":"OPEN"}"#,
        r#"{"type":"BAD"}"#,
        r#"{"type":"BAD","detail":"panicked at src/a.rs"}"#,
    ];

    type Fields = Vec<(&'static str, &'static str)>;

    fn headers() -> impl Strategy<Value = Fields> {
        prop::collection::vec((select(&HEADERS[..]), select(&VALUES[..])), 0..6)
    }

    fn exchanged(method: &str, path: &str, status: u16, fields: &Fields, body: &str) -> Exchange {
        let mut response = Response::new(status);
        response.headers = fields.iter().copied().collect();
        response.body = body.to_owned().into();
        exchange(method, path, response, 0)
    }

    fn judged(exchange: &Exchange, operation: &str, expect: &Expect) -> (Vec<Finding>, Vec<String>) {
        let operation = RULES.contract.operation(operation);
        let means = Means { scope: &Nothing, schemas: &|_, _| Ok(()) };
        let bound = Bound { rules: Some(&RULES), operation: operation.map(|o| &**o), expect, cited: None, means };
        let Judgement { findings, errors } = answer(exchange, bound);
        (findings, errors)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn nothing_else_changes_a_judgement(
            (method, id) in select(&OPERATIONS[..]), status in select(&STATUSES[..]), body in select(&BODIES[..]),
            fields in headers(), others in headers(), expect in 0usize..6,
        ) {
            let expect = &EXPECTED[expect];
            let operation = RULES.contract.operation(id).map(|o| &**o);
            let read = reads(method, operation, status, expect).expect("nothing here depends on more");
            let first = exchanged(method, "/things/t1", status, &fields, body);
            // What is read stays; of what is not some goes and some comes.
            let kept = fields.iter().filter(|(name, _)| read.headers.contains(*name));
            let come = others.iter().filter(|(name, _)| !read.headers.contains(*name));
            let path = if read.request { "/things/t1" } else { "/things/t2?size=3" };
            let mut second = exchanged(method, path, status, &kept.chain(come).copied().collect(), body);
            if !read.request {
                second.request.headers.push("authorization", "Bearer another");
                second.request.body = "{}".to_owned().into();
            }
            prop_assert_eq!(judged(&first, id, expect), judged(&second, id, expect));
        }

        #[test]
        fn a_schema_that_judges_alone_says_what_everything_says(
            (method, id) in select(&OPERATIONS[..]), status in select(&STATUSES[..]), fields in headers(), expect in 0usize..3,
            right in select(&BODIES[..]), body in select(&BODIES[..]),
        ) {
            let expect = &EXPECTED[expect];
            let operation = RULES.contract.operation(id).expect("an operation");
            let read = reads(method, Some(operation), status, expect).expect("nothing here depends on more");
            let media = fields.iter().find(|(name, _)| *name == "content-type").map(|(_, value)| *value);
            let coded = fields.iter().any(|(name, _)| *name == "content-encoding");
            let schema = media.and_then(|media| schema_alone(operation, status, media)).filter(|_| !coded && !read.body && !read.request);
            if let Some(light) = schema.and_then(|s| RULES.contract.light_validator(s, Direction::Response)) {
                let found = |body| judged(&exchanged(method, "/things/t1", status, &fields, body), id, expect);
                if found(right) == Default::default() && light.is_valid(body.as_bytes(), &mut Tape::default()) == Some(true) {
                    prop_assert_eq!(found(body), Default::default());
                }
            }
        }
    }

    #[test]
    fn what_depends_on_more_than_the_exchange_is_not_remembered() {
        let contract = contract();
        let read = |expect: &str| reads("GET", contract.operation("readThing").map(|o| &**o), 200, &expectation(expect));
        assert!(
            ["{time: {lt: 1s}}", "{denied: no_token}", "{body: {$.id: \"${unique}\"}}", "{headers: {X-Kind: \"${unique}\"}}"]
                .iter()
                .all(|expect| read(expect).is_none())
        );
        assert!(read("{status: 200, body: {$.id: t1}}").is_some_and(|r| r.body && !r.request));
    }
}
