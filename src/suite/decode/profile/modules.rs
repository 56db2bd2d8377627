//! The modules of a profile: which keys mean something to which, and what they say.
//!
//! Never decides what a module does with its values.

use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::base::units::{Bytes, Nanos};
use crate::model::certification::ModuleId;
use crate::suite::ast::Spanned;
use crate::suite::ast::profile::Statuses;
use crate::suite::decode::{Decoder, Fields, Rule};
use std::collections::BTreeMap;

/// What one file says of a module.
#[derive(Default)]
pub(super) struct ModuleLayer {
    /// Where it is named.
    pub(super) span: Span,
    /// Something in it was reported, and is not reported as missing.
    pub(super) faulty: bool,
    /// Whether it is switched on or off; a mapping switches on.
    pub(super) on: Option<bool>,
    pub(super) required: Option<bool>,
    pub(super) requirement: Option<String>,
    pub(super) source: Option<String>,
    pub(super) effect: Option<EffectLayer>,
    pub(super) accept: Option<Vec<Statuses>>,
    pub(super) warn: Option<Vec<Statuses>>,
    pub(super) count: Option<u32>,
    pub(super) size: Option<u64>,
    pub(super) within: Option<Spanned<Nanos>>,
    pub(super) ages: Option<Vec<Spanned<Nanos>>>,
    pub(super) methods: Option<Vec<String>>,
    pub(super) media_types: Option<Vec<String>>,
}

#[derive(Default)]
pub(super) struct EffectLayer {
    pub(super) requirement: Option<String>,
    pub(super) source: Option<String>,
}

/// A key that only some modules have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::suite::decode) enum OwnKey {
    Effect,
    Statuses,
    Count,
    Size,
    Within,
    Ages,
    Methods,
    MediaTypes,
}

/// The keys of a module beside `required`, `requirement` and `source`.
pub(in crate::suite::decode) fn keys(module: ModuleId) -> &'static [OwnKey] {
    use OwnKey::{Ages, Count, Effect, MediaTypes, Methods, Size, Statuses, Within};
    match module {
        ModuleId::ResponseTime => &[Within],
        ModuleId::Redirect | ModuleId::ErrorBodies => &[],
        ModuleId::DuplicateDelivery | ModuleId::OutOfOrder => &[Statuses, Effect],
        ModuleId::ConcurrentDuplicates => &[Statuses, Effect, Count],
        ModuleId::DelayedReplay => &[Statuses, Effect, Ages],
        ModuleId::AttemptTime => &[Statuses, Ages],
        ModuleId::ContentType => &[Statuses, MediaTypes],
        ModuleId::Methods => &[Statuses, Methods],
        ModuleId::HostileJson => &[Statuses, Count],
        ModuleId::Oversize => &[Statuses, Size],
        ModuleId::Overload => &[Statuses, Count, Within],
        ModuleId::PartialBody | ModuleId::DeliveryRate => &[Statuses, Within],
        ModuleId::Tls
        | ModuleId::ValidDelivery
        | ModuleId::UnknownField
        | ModuleId::UnknownValue
        | ModuleId::OptionalAbsent
        | ModuleId::SignatureRefused
        | ModuleId::KeyRotation
        | ModuleId::RawBytes
        | ModuleId::Authorization
        | ModuleId::InvalidBody
        | ModuleId::Handshake => &[Statuses],
    }
}

impl OwnKey {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "effect" => Self::Effect,
            "accept" | "warn" => Self::Statuses,
            "count" => Self::Count,
            "size" => Self::Size,
            "within" => Self::Within,
            "ages" => Self::Ages,
            "methods" => Self::Methods,
            "media_types" => Self::MediaTypes,
            _ => return None,
        })
    }
}

/// The module of a name; an unknown one is reported.
pub(in crate::suite::decode) fn module_of(
    decoder: &mut Decoder<'_>,
    code: &'static str,
    name: &str,
    span: Span,
) -> Option<ModuleId> {
    let found = ModuleId::parse(name);
    if found.is_none() {
        let hint = did_you_mean(name, ModuleId::ALL.iter().map(|m| m.key()));
        decoder.error(code, span, format!("unknown module `{name}`"), hint);
    }
    found
}

/// The modules that a file names.
pub(super) fn read(decoder: &mut Decoder<'_>, node: &Node) -> BTreeMap<ModuleId, ModuleLayer> {
    let mut modules = BTreeMap::new();
    for (key, node) in decoder.entries(node, "`modules`") {
        let Some(id) = module_of(decoder, "profile/unknown-module", &key.text, key.span) else { continue };
        let before = std::mem::take(&mut decoder.faults);
        let layer = module(decoder, id, key.span, node);
        let found = std::mem::replace(&mut decoder.faults, before);
        let faulty = found.has_errors();
        decoder.faults.extend(found);
        if let Some(layer) = layer {
            modules.insert(id, ModuleLayer { faulty, ..layer });
        }
    }
    modules
}

fn module(decoder: &mut Decoder<'_>, id: ModuleId, span: Span, node: &Node) -> Option<ModuleLayer> {
    match &node.data {
        Data::String(word) if word == "on" || word == "off" => {
            return Some(ModuleLayer { span, on: Some(word == "on"), ..ModuleLayer::default() });
        }
        Data::Object(_) => {}
        Data::Bool(on) => {
            let hint = format!("write `{}: {}`", id.key(), if *on { "on" } else { "off" });
            decoder.wrong_kind(node, "`on`, `off` or a mapping", Some(&hint));
            return None;
        }
        _ => {
            decoder.wrong_kind(node, "`on`, `off` or a mapping", None);
            return None;
        }
    }
    let mut fields = decoder.object(node, "a module")?;
    let has = |key: OwnKey| keys(id).contains(&key);
    let mut layer = ModuleLayer { span, on: Some(true), ..ModuleLayer::default() };
    layer.required = fields.take("required").and_then(|n| decoder.boolean(n));
    (layer.requirement, layer.source) = cited(decoder, &mut fields);
    if has(OwnKey::Effect) {
        layer.effect = fields.take("effect").and_then(|n| effect(decoder, n));
    }
    if has(OwnKey::Statuses) {
        layer.accept = fields.take("accept").and_then(|n| statuses(decoder, n));
        layer.warn = fields.take("warn").and_then(|n| statuses(decoder, n));
    }
    if has(OwnKey::Count) {
        // One delivery is no burst.
        let least = if id == ModuleId::HostileJson { 1 } else { 2 };
        layer.count = fields.take("count").and_then(|n| decoder.number(n, least));
    }
    if has(OwnKey::Size) {
        layer.size = fields.take("size").and_then(|n| size(decoder, n));
    }
    if has(OwnKey::Within) {
        layer.within = fields.take("within").and_then(|n| Some(Spanned::new(positive(decoder, n)?, n.span)));
    }
    if has(OwnKey::Ages) {
        layer.ages =
            fields.take("ages").and_then(|n| several(decoder, n, |decoder, n| Some(Spanned::new(positive(decoder, n)?, n.span))));
    }
    if has(OwnKey::Methods) {
        layer.methods = fields.take("methods").and_then(|n| several(decoder, n, method));
    }
    if has(OwnKey::MediaTypes) {
        layer.media_types = fields.take("media_types").and_then(|n| several(decoder, n, media_type));
    }
    fields.finish_with(decoder, |name| elsewhere(id, name));
    Some(layer)
}

/// Whose key it is, where another module has it.
fn elsewhere(id: ModuleId, name: &str) -> Option<String> {
    let key = OwnKey::named(name)?;
    let modules: Vec<String> =
        ModuleId::ALL.iter().filter(|m| keys(**m).contains(&key)).map(|m| format!("`{}`", m.key())).collect();
    Some(match key {
        OwnKey::Statuses => format!("`{}` is not judged by statuses", id.key()),
        _ => format!("`{name}` means something to {} only", modules.join(", ")),
    })
}

fn cited(decoder: &mut Decoder<'_>, fields: &mut Fields<'_>) -> (Option<String>, Option<String>) {
    let mut read = |key: &'static str| {
        let node = fields.take(key)?;
        let text = decoder.text(node)?.value;
        if text.trim().is_empty() || (key == "requirement" && text.contains(char::is_whitespace)) {
            let hint = if key == "requirement" { "an id such as `callback/valid-delivery`" } else { "say where it is written" };
            decoder.fault(Rule::Value, node.span, format!("`{text}` is not a {key}"), Some(hint.to_owned()));
            return None;
        }
        Some(text)
    };
    (read("requirement"), read("source"))
}

fn effect(decoder: &mut Decoder<'_>, node: &Node) -> Option<EffectLayer> {
    let mut fields = decoder.object(node, "`effect`")?;
    let (requirement, source) = cited(decoder, &mut fields);
    fields.finish(decoder);
    Some(EffectLayer { requirement, source })
}

/// Statuses, one or several; an empty list is none.
fn statuses(decoder: &mut Decoder<'_>, node: &Node) -> Option<Vec<Statuses>> {
    let items = match &node.data {
        Data::Array(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut all: Vec<Statuses> = Vec::new();
    for item in items {
        let read = match &item.data {
            Data::Number(number) => {
                number.as_u64().filter(|n| (100..600).contains(n)).and_then(|n| u16::try_from(n).ok()).map(Statuses::One)
            }
            Data::String(text) => match text.as_bytes() {
                [digit @ b'1'..=b'5', b'X', b'X'] => Some(Statuses::Class(u16::from(digit - b'0'))),
                _ => None,
            },
            _ => None,
        };
        match read {
            None => {
                let hint = Some("a status is 409, a class 4XX".to_owned());
                let raw = decoder.raw(item.span).lines().next().unwrap_or_default().to_owned();
                decoder.fault(Rule::Value, item.span, format!("`{raw}` is not a status"), hint);
            }
            Some(read) if all.contains(&read) => {
                let raw = decoder.raw(item.span).to_owned();
                decoder.fault(Rule::Value, item.span, format!("`{raw}` is written twice"), None);
            }
            Some(read) => all.push(read),
        }
    }
    Some(all)
}

/// One value or several; none at all is a fault.
fn several<T>(decoder: &mut Decoder<'_>, node: &Node, read: fn(&mut Decoder<'_>, &Node) -> Option<T>) -> Option<Vec<T>> {
    let Data::Array(items) = &node.data else { return read(decoder, node).map(|one| vec![one]) };
    if items.is_empty() {
        let hint = Some("leave the key out, or switch the module off".to_owned());
        decoder.fault(Rule::Value, node.span, "this list is empty", hint);
        return None;
    }
    Some(items.iter().filter_map(|item| read(decoder, item)).collect())
}

fn method(decoder: &mut Decoder<'_>, node: &Node) -> Option<String> {
    let name = decoder.text(node)?.value;
    if !is_token(&name) || name.chars().any(|c| c.is_ascii_lowercase()) {
        let hint = format!("write `{}`", name.to_ascii_uppercase());
        decoder.fault(Rule::Value, node.span, format!("`{name}` is not a method"), Some(hint));
        return None;
    }
    Some(name)
}

fn media_type(decoder: &mut Decoder<'_>, node: &Node) -> Option<String> {
    let name = decoder.text(node)?.value;
    let essence = name.split(';').next().unwrap_or_default().trim();
    if !essence.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub)) {
        let hint = Some("such as text/plain".to_owned());
        decoder.fault(Rule::Value, node.span, format!("`{name}` is not a media type"), hint);
        return None;
    }
    Some(name)
}

/// A duration that is longer than nothing.
pub(super) fn positive(decoder: &mut Decoder<'_>, node: &Node) -> Option<Nanos> {
    let duration = decoder.duration(node)?;
    if duration.0 == 0 {
        decoder.fault(Rule::Value, node.span, "a duration of nothing", None);
        return None;
    }
    Some(duration)
}

/// A size in bytes.
pub(super) fn size(decoder: &mut Decoder<'_>, node: &Node) -> Option<u64> {
    let Data::String(text) = &node.data else {
        decoder.wrong_kind(node, "a size", Some("a size has a unit: 512B, 64KiB, 2MiB"));
        return None;
    };
    match Bytes::parse(text) {
        Ok(size) if size.0 > 0 => Some(size.0),
        Ok(_) => {
            decoder.fault(Rule::Value, node.span, "a size of nothing", None);
            None
        }
        Err(message) => {
            decoder.fault(Rule::Value, node.span, message, None);
            None
        }
    }
}

/// A token of HTTP (RFC 9110 section 5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
