//! Compiles the request of a step: made once with marks in place of what is not known, cut where the marks stand, and proved.
//!
//! Trusts no derivation: what it cut is written with values of every kind and compared with what the maker makes of them.
//! Whatever differs is left to the maker. Sends nothing.

use crate::contract::media::MediaName;
use crate::model::http::Request;
use crate::net::address::{OnWire, on_wire};
use crate::plan::{PlannedSend, SendTarget};
use crate::request::maker::{Made, Maker, token_of};
use crate::request::names::Names;
use crate::request::prepared::fields;
use crate::request::prepared::pieces::{Kind, Pieces};
use crate::request::prepared::slot::{Held, SlotValue, Slots};
use crate::request::prepared::{Ready, Target};
use crate::suite::ast::step::Payload;
use crate::suite::template::Scope;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::sync::Arc;

/// What every mark begins with; its number and the last letter follow.
const MARK: &str = "zq7mark";
const DIGITS: usize = 5;
const END: char = 'k';

/// Answers every name: with what is fixed, else with what `filler` makes of the name and how many were asked before it.
struct Probe<'a, F> {
    fixed: &'a Names,
    asked: RefCell<Vec<String>>,
    filler: F,
}

impl<F: Fn(&str, usize) -> Value> Scope for Probe<'_, F> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.fixed.lookup(name).or_else(|| {
            let mut asked = self.asked.borrow_mut();
            asked.push(name.to_owned());
            Some((self.filler)(name, asked.len() - 1))
        })
    }
}

/// What goes over the wire of a request that the maker made.
struct Parts {
    made: Made,
    wire: OnWire,
    fields: Vec<(String, String)>,
}

impl Parts {
    fn of(made: Made) -> Result<Self, String> {
        let (wire, fields) = (on_wire(&made.request)?, fields::sent(&made.request)?);
        Ok(Self { made, wire, fields })
    }

    fn is(&self, written: &Request) -> bool {
        let fields = written.headers.iter().eq(self.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let target = on_wire(written).is_ok_and(|wire| wire == self.wire);
        fields && target && written.method == self.made.request.method && written.body == self.made.request.body
    }
}

/// What a request is compiled from.
#[derive(Clone, Copy)]
pub(super) struct Compiler<'a> {
    pub(super) maker: &'a Maker<'a>,
    pub(super) send: &'a PlannedSend,
    pub(super) fixed: &'a Names,
}

impl Compiler<'_> {
    /// The compiled request, or why there is none, which is no mistake.
    ///
    /// # Errors
    /// A lower-case fragment that says why no such request can ever be made.
    pub(super) fn compile(self, slots: &mut Slots) -> Result<Result<Ready, String>, String> {
        let (parts, asked) = self.make(|_, n| Value::String(format!("{MARK}{n:0DIGITS$}{END}")));
        let parts = match parts {
            Ok(parts) => parts,
            // What is refused whatever the values are is a mistake; else the maker is asked again when they are known.
            Err(why) if asked.is_empty() => return Err(why),
            Err(why) => return Ok(Err(why)),
        };
        let indices: Vec<usize> = asked.iter().map(|name| slots.intern(name)).collect();
        let mut ready = Err(String::new());
        for cookie in [Kind::Percent, Kind::Field] {
            ready = Cut { of: self, parts: &parts, indices: &indices, cookie }.ready();
            ready = ready.and_then(|ready| self.proved(ready, &asked, &indices));
            if ready.is_ok() {
                break;
            }
        }
        Ok(ready)
    }

    fn make(self, filler: impl Fn(&str, usize) -> Value) -> (Result<Parts, String>, Vec<String>) {
        let probe = Probe { fixed: self.fixed, asked: RefCell::default(), filler };
        let made = self.maker.complete(self.send, &probe);
        (made.and_then(Parts::of), probe.asked.into_inner())
    }

    /// The same, when it writes what the maker makes.
    fn proved(self, ready: Ready, asked: &[String], indices: &[usize]) -> Result<Ready, String> {
        // A token is a text, whatever else may be.
        let filled = |filler: Filler, name: &str| {
            let n = asked.iter().position(|a| a == name).unwrap_or_default();
            let value = filler(n);
            if token_of(name).is_some() && !value.is_string() { json!(format!("token-{n}")) } else { value }
        };
        for (filler, must) in FILLERS {
            let held: Vec<Held> = asked.iter().map(|name| Held::of(&filled(filler, name))).collect();
            let holder = |slot: usize| indices.iter().position(|i| *i == slot).and_then(|n| held.get(n));
            let written = ready.parts(|slot| holder(slot).map_or(SlotValue::Missing, Held::borrow));
            let same = match (written, self.make(|name, _| filled(filler, name)).0) {
                (Ok(written), Ok(parts)) => parts.is(&written),
                (Ok(_), Err(_)) => false,
                (Err(_), _) => !must,
            };
            if !same {
                return Err("how a value is written there depends on the value".to_owned());
            }
        }
        Ok(ready)
    }
}

type Filler = fn(usize) -> Value;

/// Values of every kind, and whether each has to fit wherever it stands.
const FILLERS: [(Filler, bool); 6] = [
    (|n| json!(format!("Tame-{n}_~.x")), true),
    (|n| json!(n * 7 + 10), true),
    (|n| json!(n % 2 == 0), true),
    (|n| json!(format!("{n} /?#[]@:!$&'()*+,;=%41%\"\\<>{{}}|^` \u{e9}\u{8a9e}\u{1f600}")), false),
    (|n| json!(format!("line {n}\n\u{1}\ttab")), false),
    (|_| json!(""), false),
];

/// Cuts a request where marks stand.
struct Cut<'a> {
    of: Compiler<'a>,
    parts: &'a Parts,
    indices: &'a [usize],
    cookie: Kind,
}

impl Cut<'_> {
    fn ready(&self) -> Result<Ready, String> {
        let Parts { made, wire, fields } = self.parts;
        let mut seen = vec![0; self.indices.len()];
        let target = self.target(&mut seen)?;
        let mut cut = Vec::new();
        for (name, value) in fields {
            let kind = if name == "cookie" { self.cookie } else { Kind::Field };
            let pieces = self.pieces(value.as_bytes(), &mut seen, |_, _| kind);
            if name == "content-type" && !pieces.is_fixed() {
                return Err("the media type of the body is not known before".to_owned());
            }
            cut.push((name.clone(), pieces));
        }
        let body = self.body(&mut seen)?;
        if seen.iter().any(|times| *times != 1) {
            return Err("a value does not stand in the request as it is".to_owned());
        }
        let host = made.request.headers.get("host").unwrap_or(&wire.host);
        let to = Target {
            origin: wire.origin.clone(),
            host: host.to_owned(),
            method: made.request.method.clone(),
            operation: made.operation.clone(),
            rules: Arc::clone(&made.rules),
        };
        Ok(Ready::new(to, wire.before_target(), target, cut, body))
    }

    fn target(&self, seen: &mut [u32]) -> Result<Pieces, String> {
        let (path, query) = self.parts.wire.target.split_once('?').unwrap_or((&self.parts.wire.target, ""));
        let mut target = self.pieces(path.as_bytes(), seen, |_, _| Kind::Path);
        let SendTarget::Raw { method, target: raw } = &self.of.send.target else {
            if !query.is_empty() {
                target.push("?");
                target.append(&self.pieces(query.as_bytes(), seen, |_, _| Kind::Percent));
            }
            return Ok(target);
        };
        if !target.is_fixed() {
            return Err("the values in the path say which operation it is".to_owned());
        }
        // The names of method and target are asked first; what they hold is not encoded.
        let unknown = |(name, _): &(&str, _)| self.of.fixed.lookup(name).is_none();
        let raw = method.variables().chain(raw.variables()).filter(unknown).count();
        if self.parts.wire.target.contains('?') {
            target.push("?");
            target.append(&self.pieces(query.as_bytes(), seen, |n, _| if n < raw { Kind::Unreserved } else { Kind::Percent }));
        }
        Ok(target)
    }

    fn body(&self, seen: &mut [u32]) -> Result<Pieces, String> {
        let request = &self.parts.made.request;
        let media = request.headers.get("content-type").and_then(MediaName::parse);
        let essence = media.as_ref().map(MediaName::essence).unwrap_or_default();
        let kind = match &self.of.send.payload {
            Some(Payload::Form(_)) => Kind::Percent,
            Some(Payload::Value { .. }) if essence == "application/x-www-form-urlencoded" => Kind::Percent,
            Some(Payload::Value { .. }) if essence.contains("json") => Kind::JsonText,
            _ => Kind::Text,
        };
        let whole = |alone: bool| if alone && kind == Kind::JsonText { Kind::JsonValue } else { kind };
        let body = self.pieces(&request.body, seen, |_, alone| whole(alone));
        let streamed = media.is_some_and(|m| m.is_multipart()) || essence == "text/event-stream";
        if streamed && !body.is_fixed() && !matches!(self.of.send.payload, Some(Payload::Raw { .. })) {
            return Err(format!("the parts of a body of {essence} depend on the values in it"));
        }
        Ok(body)
    }

    /// The bytes cut at their marks; `kind` is told the number of a mark, and whether it is all there is between quotes.
    fn pieces(&self, bytes: &[u8], seen: &mut [u32], kind: impl Fn(usize, bool) -> Kind) -> Pieces {
        let (mut pieces, mut rest) = (Pieces::default(), bytes);
        while let Some((at, n)) = next_mark(rest) {
            let end = at + MARK.len() + DIGITS + END.len_utf8();
            let alone = rest[..at].ends_with(b"\"") && rest[end..].starts_with(b"\"");
            let kind = kind(n, alone);
            // A value of its own type brings its quotes along.
            let quote = usize::from(kind == Kind::JsonValue);
            pieces.push(&rest[..at - quote]);
            if let (Some(slot), Some(times)) = (self.indices.get(n), seen.get_mut(n)) {
                pieces.slot(*slot, kind);
                *times += 1;
            }
            rest = &rest[end + quote..];
        }
        pieces.push(rest);
        pieces
    }
}

/// Where the next mark begins, and its number.
fn next_mark(bytes: &[u8]) -> Option<(usize, usize)> {
    let at = bytes.windows(MARK.len()).position(|w| w == MARK.as_bytes())?;
    let digits = bytes.get(at + MARK.len()..at + MARK.len() + DIGITS)?;
    Some((at, std::str::from_utf8(digits).ok()?.parse().ok()?))
}
