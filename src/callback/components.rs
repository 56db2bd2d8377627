//! The components of a message that RFC 9421 lets a signature cover, and the signature base they make.
//!
//! Reads a message as it travels. Never signs, and refuses a component it does not know rather than guess its value.

use crate::callback::structured::{Bare, InnerList, Item, Parameters, dictionary, item};
use crate::model::http::{Headers, Request, Response};

/// A message that is signed or verified.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// A request, with the scheme it was sent by where its URL does not tell.
    Request(&'a Request, &'a str),
    /// A response.
    Response(&'a Response),
}

/// Why a component has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The message does not have it.
    Absent,
    /// It is not one that can be told; holds a lower-case fragment.
    Unknown(String),
}

/// Reads a component as a profile writes it: `@method`, `content-digest`, `@query-param;name="id"`.
///
/// # Errors
/// A lower-case fragment that names the component.
pub fn component(text: &str) -> Result<Item, String> {
    let (name, parameters) = text.find(';').map_or((text, ""), |at| text.split_at(at));
    let quoted = if name.starts_with('"') { text.to_owned() } else { format!("\"{name}\"{parameters}") };
    let mut component = item(&quoted).map_err(|why| format!("`{text}` is no component: {why}"))?;
    for (_, value) in &mut component.parameters.0 {
        if let Bare::Token(token) = value {
            *value = Bare::String(std::mem::take(token));
        }
    }
    match known(&component) {
        Ok(_) => Ok(component),
        Err(why) => Err(why),
    }
}

enum Kind<'a> {
    Derived(&'a str),
    QueryParameter(&'a str),
    Field(&'a str),
    FieldBytes(&'a str),
    FieldMember(&'a str, &'a str),
}

fn known(component: &Item) -> Result<Kind<'_>, String> {
    let shown = component.written();
    let Bare::String(name) = &component.bare else { return Err(format!("`{shown}` is no component: it is not a string")) };
    let parameters = &component.parameters;
    match (name.as_str(), &parameters.0[..]) {
        ("@method" | "@target-uri" | "@authority" | "@scheme" | "@request-target" | "@path" | "@query" | "@status", []) => {
            Ok(Kind::Derived(name))
        }
        ("@query-param", [(key, Bare::String(wanted))]) if key == "name" => Ok(Kind::QueryParameter(wanted)),
        ("@query-param", _) => Err(format!("the component `{shown}` needs `name` and nothing else")),
        (derived, []) if derived.starts_with('@') => Err(format!("the component `{derived}` is not supported")),
        (field, []) if is_field_name(field) => Ok(Kind::Field(name)),
        (field, [(key, Bare::Boolean(true))]) if key == "bs" && is_field_name(field) => Ok(Kind::FieldBytes(name)),
        (field, [(key, Bare::String(member))]) if key == "key" && is_field_name(field) => Ok(Kind::FieldMember(name, member)),
        (field, parameters) if is_field_name(field) || field.starts_with('@') => {
            let names: Vec<_> = parameters.iter().map(|(n, _)| n.as_str()).collect();
            Err(format!("the component `{field}` has parameters that are not supported: {}", names.join(", ")))
        }
        (other, _) => Err(format!("`{other}` is not the lower-case name of a field")),
    }
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9') || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// The value of a component.
///
/// # Errors
/// When the message does not have it, or nobody could tell it.
pub fn value(message: Message<'_>, component: &Item) -> Result<String, Lack> {
    match known(component).map_err(Lack::Unknown)? {
        Kind::Derived(name) => derived(message, name),
        Kind::QueryParameter(name) => match message {
            Message::Request(request, _) => query_parameter(request.query(), name),
            Message::Response(_) => Err(Lack::Absent),
        },
        Kind::Field(name) => lines(message, name).map(|lines| lines.join(", ")),
        Kind::FieldBytes(name) => {
            let bytes = |line: String| Bare::Bytes(line.into_bytes()).written();
            lines(message, name).map(|lines| lines.into_iter().map(bytes).collect::<Vec<_>>().join(", "))
        }
        Kind::FieldMember(name, key) => {
            let lines = lines(message, name)?;
            let members = dictionary(lines.iter().map(String::as_str))
                .map_err(|why| Lack::Unknown(format!("`{name}` is no dictionary: {why}")))?;
            members.iter().find(|(n, _)| n == key).map(|(_, member)| member.written()).ok_or(Lack::Absent)
        }
    }
}

fn lines(message: Message<'_>, name: &str) -> Result<Vec<String>, Lack> {
    let headers: &Headers = match message {
        Message::Request(request, _) => &request.headers,
        Message::Response(response) => &response.headers,
    };
    let lines: Vec<_> = headers.all(name).map(|v| v.trim().to_owned()).collect();
    if lines.is_empty() { Err(Lack::Absent) } else { Ok(lines) }
}

fn derived(message: Message<'_>, name: &str) -> Result<String, Lack> {
    let (request, scheme) = match (message, name) {
        (Message::Response(response), "@status") => return Ok(response.status.to_string()),
        (Message::Response(_), _) | (Message::Request(..), "@status") => return Err(Lack::Absent),
        (Message::Request(request, scheme), _) => (request, scheme),
    };
    let scheme = request.url.split_once("://").map_or(scheme, |(scheme, _)| scheme).to_ascii_lowercase();
    let path = || match request.path() {
        "" => "/".to_owned(),
        path => path.to_owned(),
    };
    let target = || if request.query().is_empty() { path() } else { format!("{}?{}", path(), request.query()) };
    match name {
        "@method" => Ok(request.method.clone()),
        "@scheme" => Ok(scheme),
        "@authority" => authority(request, &scheme),
        "@path" => Ok(path()),
        "@query" => Ok(format!("?{}", request.query())),
        "@request-target" => Ok(target()),
        _ => Ok(format!("{scheme}://{}{}", authority(request, &scheme)?, target())),
    }
}

/// Where the request goes: lower-case, without the default port of its scheme.
fn authority(request: &Request, scheme: &str) -> Result<String, Lack> {
    let of_url = request.url.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    let authority = request.headers.get("host").map(str::trim).or(of_url).ok_or(Lack::Absent)?.to_ascii_lowercase();
    let host = authority.rsplit('@').next().unwrap_or(&authority);
    let default = if scheme == "https" { ":443" } else { ":80" };
    Ok(host.strip_suffix(default).unwrap_or(host).to_owned())
}

/// RFC 9421 section 2.2.8: decoded as a form and encoded again in one way; a name that occurs twice must not be signed.
fn query_parameter(query: &str, name: &str) -> Result<String, Lack> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut values = pairs.filter(|(key, _)| reencoded(key) == name).map(|(_, value)| reencoded(value));
    let value = values.next().ok_or(Lack::Absent)?;
    match values.next() {
        None => Ok(value),
        Some(_) => Err(Lack::Unknown(format!("the query parameter `{name}` is there more than once"))),
    }
}

fn reencoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let hex = |at: usize| tail.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = &tail[2..];
            }
            (b'+', ..) => bytes.push(b' '),
            (other, ..) => bytes.push(*other),
        }
    }
    let decoded = String::from_utf8_lossy(&bytes).into_owned();
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    decoded.bytes().map(encode).collect()
}

/// The text that is signed (RFC 9421 section 2.5).
///
/// # Errors
/// The component that has no value, as it is written, and why.
pub fn signature_base(message: Message<'_>, covered: &InnerList) -> Result<String, (String, Lack)> {
    let mut base = String::new();
    let mut seen: Vec<&Item> = Vec::new();
    for component in &covered.items {
        let name = component.written();
        if seen.contains(&component) {
            return Err((name, Lack::Unknown("a component is covered twice".to_owned())));
        }
        seen.push(component);
        match value(message, component) {
            Ok(value) => base.push_str(&format!("{name}: {value}\n")),
            Err(lack) => return Err((name, lack)),
        }
    }
    base.push_str(&format!("\"@signature-params\": {}", covered.written()));
    Ok(base)
}

/// A covered list without parameters.
#[must_use]
pub fn covering(items: Vec<Item>) -> InnerList {
    InnerList { items, parameters: Parameters::default() }
}

#[cfg(test)]
mod tests {
    use super::{Lack, Message, component, covering, signature_base, value};
    use crate::model::http::Request;

    fn get(request: &Request, name: &str) -> Result<String, Lack> {
        value(Message::Request(request, "https"), &component(name).unwrap())
    }

    /// RFC 9421 section 2.2, the examples of each component.
    #[test]
    fn derived_components_as_the_rfc_shows_them() {
        let mut request = Request::new("POST", "/path?param=value");
        request.headers.push("Host", "WWW.example.com:443");
        for (name, expected) in [
            ("@method", "POST"),
            ("@target-uri", "https://www.example.com/path?param=value"),
            ("@authority", "www.example.com"),
            ("@scheme", "https"),
            ("@request-target", "/path?param=value"),
            ("@path", "/path"),
            ("@query", "?param=value"),
        ] {
            assert_eq!(get(&request, name).as_deref(), Ok(expected), "{name}");
        }
        let sent = Request::new("GET", "http://user@Example.com:80");
        for (name, expected) in [
            ("@target-uri", "http://example.com/"),
            ("@path", "/"),
            ("@query", "?"),
            ("@scheme", "http"),
            ("@authority", "example.com"),
        ] {
            assert_eq!(get(&sent, name).as_deref(), Ok(expected), "{name}");
        }
        assert_eq!(get(&sent, "@status"), Err(Lack::Absent));
        assert_eq!(get(&Request::new("GET", "/x"), "@authority"), Err(Lack::Absent));
    }

    /// RFC 9421 section 2.2.8.
    #[test]
    fn query_parameters_as_the_rfc_shows_them() {
        let simple = Request::new("GET", "/path?param=value&foo=bar&baz=batman&qux=");
        for (name, expected) in [("baz", "batman"), ("qux", ""), ("param", "value")] {
            assert_eq!(get(&simple, &format!("@query-param;name=\"{name}\"")).as_deref(), Ok(expected));
        }
        let hard = Request::new(
            "GET",
            "/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something",
        );
        for (name, expected) in [
            ("var", "this%20is%20a%20big%0Amultiline%20value"),
            ("bar", "with%20plus%20whitespace"),
            ("fa%C3%A7ade%22%3A%20", "something"),
        ] {
            assert_eq!(get(&hard, &format!("@query-param;name=\"{name}\"")).as_deref(), Ok(expected));
        }
        assert_eq!(get(&simple, "@query-param;name=none"), Err(Lack::Absent));
        assert!(matches!(get(&Request::new("GET", "/?a=1&a=2"), "@query-param;name=a"), Err(Lack::Unknown(_))));
    }

    /// RFC 9421 sections 2.1, 2.1.2 and 2.1.3.
    #[test]
    fn fields_are_combined_as_the_rfc_shows_them() {
        let mut request = Request::new("GET", "/");
        for (name, value) in [
            ("Cache-Control", "max-age=60"),
            ("X-OWS-Header", "  Leading and trailing whitespace.  "),
            ("Cache-Control", "  must-revalidate"),
            ("Empty-Header", ""),
            ("Example-Dict", "  a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
            ("Two", "value, with, lots"),
            ("Two", "of, commas"),
        ] {
            request.headers.push(name, value);
        }
        for (name, expected) in [
            ("cache-control", "max-age=60, must-revalidate"),
            ("x-ows-header", "Leading and trailing whitespace."),
            ("empty-header", ""),
            ("example-dict;key=\"a\"", "1"),
            ("example-dict;key=\"d\"", "?1"),
            ("example-dict;key=b", "2;x=1;y=2"),
            ("example-dict;key=\"c\"", "(a b c)"),
            ("two;bs", ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"),
        ] {
            assert_eq!(get(&request, name).as_deref(), Ok(expected), "{name}");
        }
        assert_eq!(get(&request, "example-dict;key=\"z\""), Err(Lack::Absent));
        assert_eq!(get(&request, "absent"), Err(Lack::Absent));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (text, part) in [
            ("@signature-params", "@signature-params"),
            ("@made-up", "@made-up"),
            ("example-dict;sf", "sf"),
            ("@method;req", "req"),
            ("content-type;tr", "tr"),
            ("@query-param", "name"),
            ("Content-Type", "Content-Type"),
            ("a b", "a b"),
            ("", ""),
        ] {
            let why = component(text).err().unwrap_or_else(|| panic!("{text} was taken"));
            assert!(why.contains(part), "{text}: {why}");
        }
        let twice = covering(vec![component("@path").unwrap(), component("@path").unwrap()]);
        assert!(signature_base(Message::Request(&Request::new("GET", "/"), "http"), &twice).is_err());
    }
}
