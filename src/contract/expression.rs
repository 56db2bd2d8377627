//! Runtime expressions (`$request.body#/url`): reading them, what they give for an exchange, and where a link leads.
//!
//! Pure functions of one exchange. Sends nothing, and follows no link.

use crate::contract::Contract;
use crate::contract::media::{MediaName, is_token};
use crate::contract::model::{In, Link, LinkTarget, Operation, Parameter};
use crate::contract::style::decode::pairs;
use crate::model::exchange::Exchange;
use crate::model::http::Headers;
use serde_json::Value;
use std::sync::Arc;

/// A runtime expression (OpenAPI 3.1, Link Object).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// `$url`
    Url,
    /// `$method`
    Method,
    /// `$statusCode`
    StatusCode,
    /// `$request.` with what of it.
    Request(Part),
    /// `$response.` with what of it.
    Response(Part),
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// `header.` and a field's name.
    Header(String),
    /// `query.` and a name.
    Query(String),
    /// `path.` and a name.
    Path(String),
    /// `body`, with a JSON pointer after `#`.
    Body(String),
}

impl Expression {
    /// Reads an expression, braces not included.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no runtime expression");
        let part = |rest: &str| Part::parse(rest).ok_or_else(wrong);
        match text {
            "$url" => Ok(Self::Url),
            "$method" => Ok(Self::Method),
            "$statusCode" => Ok(Self::StatusCode),
            _ => match (text.strip_prefix("$request."), text.strip_prefix("$response.")) {
                (Some(rest), _) => part(rest).map(Self::Request),
                // The grammar has `$response.query.x` too, which never gives anything.
                (_, Some(rest)) => part(rest).map(Self::Response),
                _ => Err(wrong()),
            },
        }
    }

    /// What the expression gives for an exchange, `operation` being that of its request.
    ///
    /// # Errors
    /// A lower-case fragment that says why it gives nothing.
    pub fn evaluate(&self, seen: &Seen<'_>) -> Result<Value, String> {
        let exchange = seen.exchange;
        let response = || exchange.response().ok_or_else(|| "there was no answer".to_owned());
        match self {
            Self::Url => Ok(Value::String(exchange.request.url.clone())),
            Self::Method => Ok(Value::String(exchange.request.method.clone())),
            Self::StatusCode => Ok(Value::from(response()?.status)),
            Self::Request(Part::Header(name)) => header(&exchange.request.headers, name),
            Self::Request(Part::Query(name)) => {
                let found = pairs(exchange.request.query()).into_iter().find(|(k, _)| k == name);
                let found = found.map(|(_, v)| Value::String(crate::contract::style::decode::form_decode(v)));
                found.ok_or_else(|| format!("the query has no `{name}`"))
            }
            Self::Request(Part::Path(name)) => {
                let found = seen.path_params.iter().find(|(k, _)| k == name);
                found.map(|(_, v)| Value::String(v.clone())).ok_or_else(|| format!("the path has no `{name}`"))
            }
            Self::Request(Part::Body(pointer)) => body(&exchange.request.headers, &exchange.request.body, pointer),
            Self::Response(Part::Body(pointer)) => body(&response()?.headers, &response()?.body, pointer),
            Self::Response(Part::Header(name)) => header(&response()?.headers, name),
            Self::Response(Part::Query(_) | Part::Path(_)) => Err("a response has header fields and a body only".to_owned()),
        }
    }
}

impl Part {
    fn parse(text: &str) -> Option<Self> {
        if text == "body" {
            return Some(Self::Body(String::new()));
        }
        if let Some(pointer) = text.strip_prefix("body#") {
            return is_pointer(pointer).then(|| Self::Body(pointer.to_owned()));
        }
        let (kind, name) = text.split_once('.')?;
        // The grammar lets a name be empty, but nothing is named so.
        let name = Some(name).filter(|n| !n.is_empty())?.to_owned();
        match kind {
            "header" => Some(name).filter(|n| is_token(n)).map(Self::Header),
            "query" => Some(Self::Query(name)),
            "path" => Some(Self::Path(name)),
            _ => None,
        }
    }
}

/// RFC 6901.
fn is_pointer(text: &str) -> bool {
    let escaped = |part: &str| part.starts_with(['0', '1']);
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(escaped)
}

/// What expressions are evaluated against.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// The parameters of its path, decoded.
    pub path_params: &'a [(String, String)],
}

fn header(headers: &Headers, name: &str) -> Result<Value, String> {
    let lines: Vec<&str> = headers.all(name).collect();
    if lines.is_empty() { Err(format!("there is no header `{name}`")) } else { Ok(Value::String(lines.join(", "))) }
}

fn body(headers: &Headers, bytes: &[u8], pointer: &str) -> Result<Value, String> {
    let json = headers.get("content-type").and_then(MediaName::parse).is_none_or(|m| m.is_json());
    let value: Option<Value> = serde_json::from_slice(bytes).ok().filter(|_| json);
    match value {
        Some(value) => value.pointer(pointer).cloned().ok_or_else(|| format!("the body has nothing at `{pointer}`")),
        None if pointer.is_empty() => Ok(Value::String(String::from_utf8_lossy(bytes).into_owned())),
        None => Err("the body is not JSON".to_owned()),
    }
}

/// A text with `{$expressions}` in it, as keys of callbacks and parameters of links are; one that is an expression keeps the
/// type of what it gives.
///
/// # Errors
/// A lower-case fragment that names the expression at fault.
pub fn fill(text: &str, seen: &Seen<'_>) -> Result<Value, String> {
    if text.starts_with('$') {
        return Expression::parse(text)?.evaluate(seen);
    }
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{$") {
        let (expression, tail) = after.split_once('}').ok_or_else(|| format!("a brace of `{text}` is not closed"))?;
        let value = Expression::parse(&format!("${expression}"))?.evaluate(seen)?;
        filled.push_str(before);
        filled.push_str(&crate::contract::style::primitive(&value).unwrap_or_else(|| value.to_string()));
        rest = tail;
    }
    filled.push_str(rest);
    Ok(Value::String(filled))
}

/// A request that a link leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkRequest {
    /// What is called.
    pub operation: Arc<Operation>,
    /// The parameters that the link gives.
    pub parameters: Vec<(Parameter, Value)>,
    /// The body, where the link gives one.
    pub body: Option<Value>,
}

impl Contract {
    /// The request that a link leads to after an exchange.
    ///
    /// # Errors
    /// A lower-case fragment that says why there is none.
    pub fn link_request(&self, link: &Link, seen: &Seen<'_>) -> Result<LinkRequest, String> {
        let operation = match &link.operation {
            LinkTarget::Id(id) => self.operation(id).ok_or_else(|| format!("there is no operation `{id}`"))?,
            LinkTarget::Here { method, path } => {
                let name = format!("{method} {path}");
                self.operation(&name).ok_or_else(|| format!("there is no operation `{name}`"))?
            }
            LinkTarget::Elsewhere(reference) => return Err(format!("`{reference}` leads to another document")),
        };
        let mut parameters = Vec::new();
        for (name, value) in &link.parameters {
            let parameter = find(operation, name).ok_or_else(|| format!("{} has no parameter `{name}`", operation.id))?;
            parameters.push((parameter.clone(), filled(value, seen)?));
        }
        let body = link.body.as_ref().map(|b| filled(b, seen)).transpose()?;
        Ok(LinkRequest { operation: Arc::clone(operation), parameters, body })
    }
}

/// A parameter by its name, or as `path.id` where the name alone means several.
fn find<'o>(operation: &'o Operation, name: &str) -> Option<&'o Parameter> {
    let places = [("path", In::Path), ("query", In::Query), ("header", In::Header), ("cookie", In::Cookie)];
    let qualified = name.split_once('.').and_then(|(place, name)| {
        let (_, location) = places.into_iter().find(|(text, _)| *text == place)?;
        operation.parameter(location, name)
    });
    qualified.or_else(|| operation.parameters.iter().find(|p| p.name == name))
}

fn filled(value: &Value, seen: &Seen<'_>) -> Result<Value, String> {
    match value {
        Value::String(text) => fill(text, seen),
        Value::Array(items) => items.iter().map(|i| filled(i, seen)).collect(),
        Value::Object(members) => {
            members.iter().map(|(k, v)| Ok((k.clone(), filled(v, seen)?))).collect::<Result<_, String>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, Seen, fill};
    use crate::base::units::Nanos;
    use crate::contract::load::tests::contract;
    use crate::contract::model::{Link, LinkTarget};
    use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing};
    use crate::model::http::{Request, Response};
    use serde_json::{Value, json};

    /// The example exchange of the specification's section on runtime expressions.
    fn exchange() -> Exchange {
        let mut request = Request::new("POST", "http://example.org/subscribe/myevent?queryUrl=http%3A%2F%2Fclientdomain.com&n=1");
        request.headers = [("Content-Type", "application/json"), ("X-Token", "t1"), ("x-token", "t2")].into_iter().collect();
        request.body = json!({"failedUrl": "http://f.com", "urls": ["http://a", {"b/c": 7}]}).to_string().into();
        let mut response = Response::new(201);
        response.headers.push("Location", "http://example.org/subscription/1");
        response.body = "plain".into();
        Exchange {
            id: ExchangeId(1),
            direction: Direction::Outbound,
            operation: None,
            request,
            result: Ok(response),
            timing: Timing { began: jiff::Timestamp::UNIX_EPOCH, service: Nanos(1) },
        }
    }

    #[test]
    fn expressions_give_what_the_specification_says() {
        let exchange = exchange();
        let params = [("eventType".to_owned(), "myevent".to_owned())];
        let seen = Seen { exchange: &exchange, path_params: &params };
        for (text, wanted) in [
            ("$url", json!(exchange.request.url)),
            ("$method", json!("POST")),
            ("$statusCode", json!(201)),
            ("$request.path.eventType", json!("myevent")),
            ("$request.query.queryUrl", json!("http://clientdomain.com")),
            ("$request.header.x-token", json!("t1, t2")),
            ("$request.body#/failedUrl", json!("http://f.com")),
            ("$request.body#/urls/1/b~1c", json!(7)),
            ("$response.header.location", json!("http://example.org/subscription/1")),
            ("$response.body", json!("plain")),
            ("{$request.body#/failedUrl}/x?e={$request.path.eventType}&s={$statusCode}", json!("http://f.com/x?e=myevent&s=201")),
            ("constant", json!("constant")),
        ] {
            assert_eq!(fill(text, &seen), Ok(wanted), "{text}");
        }
        for text in ["$request.body#/none", "$request.query.none", "$response.body#/x", "$response.path.x", "$status", "{$url"] {
            assert!(fill(text, &seen).is_err(), "{text}");
        }
        for text in ["$request.", "$request.cookie.x", "$request.body#x", "$request.header.", "$urls", "url"] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_link_leads_to_a_request() {
        let contract = contract(
            "openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a/{id}:
    get:
      operationId: readA
      parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: id, in: query, schema: {type: integer}}]
      responses: {'200': {description: d}}
",
        );
        let exchange = exchange();
        let seen = Seen { exchange: &exchange, path_params: &[] };
        let link = |parameters: &[(&str, Value)], operation: LinkTarget| Link {
            name: "l".to_owned(),
            operation,
            parameters: parameters.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect(),
            body: Some(json!({"from": "$method", "n": [1]})),
        };
        let here = || LinkTarget::Id("readA".to_owned());
        let wanted = [("path.id", json!("$request.body#/urls/1/b~1c")), ("query.id", json!(3))];
        let request = contract.link_request(&link(&wanted, here()), &seen).expect("a request");
        assert_eq!(
            request.parameters.iter().map(|(p, v)| (p.location.to_string(), v.clone())).collect::<Vec<_>>(),
            [("path".to_owned(), json!(7)), ("query".to_owned(), json!(3))]
        );
        assert_eq!(request.body, Some(json!({"from": "POST", "n": [1]})));
        assert!(contract.link_request(&link(&[("other", json!(1))], here()), &seen).is_err());
        assert!(contract.link_request(&link(&[], LinkTarget::Elsewhere("x".into())), &seen).is_err());
        let route = LinkTarget::Here { method: "GET".to_owned(), path: "/a/{id}".to_owned() };
        assert_eq!(contract.link_request(&link(&[], route), &seen).map(|r| r.operation.id.clone()).as_deref(), Ok("readA"));
    }
}
