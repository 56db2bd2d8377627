//! A scheme with its key: what a sender signs its deliveries with, and what a receiver knows of it.
//!
//! One door to every scheme. Never reads the clock, never sends, and never shows a key.

use crate::base::ed25519::SigningKey;
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::callback::components::component;
use crate::callback::digest::{self, CONTENT_DIGEST};
use crate::callback::fault::SignatureFault;
use crate::callback::http_message::{self, Claims, HttpKey, HttpVerifier, Wanted};
use crate::callback::shared_secret;
use crate::callback::standard::{
    self, BASE64, WebhookKey, WebhookSecret, WebhookVerifier, parse_public_key, parse_signing_key, spell_signing_key,
};
use crate::callback::structured::{Bare, Item, Member, dictionary, written};
use crate::model::http::Request;
use crate::model::signing::{HttpAlgorithm, HttpMessage, SignatureScheme, WebhookAlgorithm};
use base64::Engine as _;
use jiff::Timestamp;

/// A scheme with the key of the sender.
#[derive(Clone, Debug)]
pub struct Signing {
    scheme: SignatureScheme,
    key: Key,
    /// The key as it was given, which may be spelled in a way of its own.
    given: Option<Secret<String>>,
}

#[derive(Clone, Debug)]
enum Key {
    Webhook(WebhookKey),
    Http(HttpKey, Vec<Item>),
    Shared(Secret<String>),
}

/// The components of a scheme, read.
fn components(spec: &HttpMessage) -> Result<Vec<Item>, String> {
    spec.components.iter().map(|text| component(text)).collect()
}

/// A key for `hmac-sha256`: `whsec_` or base64 of at least 16 bytes, or the text as it is.
fn hmac_key(text: &str) -> Result<WebhookSecret, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("the secret is empty".to_owned());
    }
    if text.starts_with("whsec_") {
        return WebhookSecret::parse(text);
    }
    let decoded = BASE64.decode(text).ok().filter(|key| key.len() >= 16);
    Ok(WebhookSecret::from_bytes(decoded.unwrap_or_else(|| text.as_bytes().to_vec())))
}

fn shared(text: &str) -> Result<Secret<String>, String> {
    match text.trim() {
        "" => Err("the shared secret is empty".to_owned()),
        text if !text.bytes().all(|b| (b' '..=b'~').contains(&b)) => {
            Err("the shared secret holds characters that a header cannot carry".to_owned())
        }
        text => Ok(Secret::new(text.to_owned())),
    }
}

impl Signing {
    /// The scheme with a key: `whsec_` or base64 for HMAC (for HTTP message signatures also any other text), `whsk_` or PKCS#8 in
    /// PEM for Ed25519, the value itself for a shared secret.
    ///
    /// # Errors
    /// A lower-case fragment that names what is expected, never the text.
    pub fn new(scheme: &SignatureScheme, secret: &Secret<String>) -> Result<Self, String> {
        let text = secret.expose();
        let key = match scheme {
            SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1) => Key::Webhook(WebhookKey::V1(WebhookSecret::parse(text)?)),
            SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a) => Key::Webhook(WebhookKey::V1a(parse_signing_key(text)?)),
            SignatureScheme::HttpMessage(spec) => {
                let key = match spec.algorithm {
                    HttpAlgorithm::HmacSha256 => HttpKey::Hmac(Secret::new(hmac_key(text)?.bytes().to_vec())),
                    HttpAlgorithm::Ed25519 => HttpKey::Ed25519(parse_signing_key(text)?),
                };
                Key::Http(key, components(spec)?)
            }
            SignatureScheme::SharedSecret { .. } => Key::Shared(shared(text)?),
        };
        Ok(Self { scheme: scheme.clone(), key, given: Some(secret.clone()) })
    }

    /// Sets the id, the time and the signature, replacing those that are there; the digest of the body where it is covered.
    pub fn sign(&self, request: &mut Request, id: &str, at: Timestamp) {
        for field in self.fields() {
            request.headers.remove(&field);
        }
        self.add(request, id, at, None);
    }

    /// As a sender signs while its key is exchanged: first with `other`, then with this one, in the same headers. RFC 9421
    /// gives each a label; a shared secret has no room for two, so it is this one alone.
    pub fn sign_beside(&self, other: &Self, request: &mut Request, id: &str, at: Timestamp) {
        for field in self.fields().into_iter().chain(other.fields()) {
            request.headers.remove(&field);
        }
        if matches!((&self.key, &other.key), (Key::Shared(_), Key::Shared(_))) {
            return self.add(request, id, at, None);
        }
        let label = match (&self.scheme, &other.scheme) {
            (SignatureScheme::HttpMessage(ours), SignatureScheme::HttpMessage(theirs)) if ours.label == theirs.label => {
                Some(format!("{}-other", theirs.label))
            }
            _ => None,
        };
        other.add(request, id, at, label);
        self.add(request, id, at, None);
    }

    fn add(&self, request: &mut Request, id: &str, at: Timestamp, label: Option<String>) {
        request.headers.set(standard::ID, id);
        request.headers.set(standard::TIMESTAMP, at.as_second().to_string());
        match (&self.key, &self.scheme) {
            (Key::Webhook(key), _) => {
                let signature = key.sign(id, at.as_second(), &request.body);
                let value = match request.headers.get(standard::SIGNATURE) {
                    Some(before) => format!("{before} {signature}"),
                    None => signature,
                };
                request.headers.set(standard::SIGNATURE, value);
            }
            (Key::Http(key, components), SignatureScheme::HttpMessage(spec)) => {
                self.complete(request, components, at);
                let expires = spec
                    .expires
                    .map(|after| at.as_second().saturating_add(i64::try_from(after.0 / 1_000_000_000).unwrap_or(i64::MAX)));
                let claims = Claims {
                    created: Some(at.as_second()),
                    expires,
                    nonce: None,
                    alg: Some(spec.algorithm.name().to_owned()),
                    keyid: spec.key_id.clone(),
                    tag: spec.tag.clone(),
                };
                http_message::sign(request, &label.unwrap_or_else(|| spec.label.clone()), components, &claims, key);
            }
            (Key::Shared(secret), SignatureScheme::SharedSecret { header }) => {
                request.headers.set(header.as_str(), secret.expose().as_str());
            }
            (Key::Http(..) | Key::Shared(_), _) => {}
        }
    }

    /// Sets the covered fields that a sender computes itself.
    fn complete(&self, request: &mut Request, components: &[Item], at: Timestamp) {
        let covers = |name: &str| components.iter().any(|c| matches!(&c.bare, Bare::String(n) if n == name));
        if covers(CONTENT_DIGEST) {
            let value = digest::sha256(&request.body);
            request.headers.set(CONTENT_DIGEST, value);
        }
        if covers("date") && request.headers.get("date").is_none() {
            request.headers.set("date", at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        }
        if covers("content-length") && request.headers.get("content-length").is_none() {
            request.headers.set("content-length", request.body.len().to_string());
        }
    }

    /// The same scheme with a fresh key that nobody knows.
    #[must_use]
    pub fn stranger(&self) -> Self {
        let key = match &self.key {
            Key::Webhook(WebhookKey::V1(_)) => Key::Webhook(WebhookKey::V1(WebhookSecret::generate())),
            Key::Webhook(WebhookKey::V1a(_)) => Key::Webhook(WebhookKey::V1a(SigningKey::generate())),
            Key::Http(HttpKey::Hmac(_), components) => {
                Key::Http(HttpKey::Hmac(Secret::new(WebhookSecret::generate().bytes().to_vec())), components.clone())
            }
            Key::Http(HttpKey::Ed25519(_), components) => Key::Http(HttpKey::Ed25519(SigningKey::generate()), components.clone()),
            Key::Shared(_) => Key::Shared(Secret::new(BASE64.encode(WebhookSecret::generate().bytes()))),
        };
        Self { scheme: self.scheme.clone(), key, given: None }
    }

    /// The header fields that hold the signature, in lower case.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        fields(&self.scheme)
    }

    /// Cuts the signature itself in half; all around it stays well-formed.
    pub fn truncate(&self, request: &mut Request) {
        let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
        match &self.scheme {
            SignatureScheme::StandardWebhooks(_) => {
                let sent = request.headers.get(standard::SIGNATURE).unwrap_or_default();
                let cut: Vec<_> = sent
                    .split_ascii_whitespace()
                    .map(|signature| match signature.split_once(',') {
                        Some((version, encoded)) => {
                            let bytes = BASE64.decode(encoded).unwrap_or_default();
                            format!("{version},{}", BASE64.encode(half(&bytes)))
                        }
                        None => signature.to_owned(),
                    })
                    .collect();
                let cut = cut.join(" ");
                request.headers.set(standard::SIGNATURE, cut);
            }
            SignatureScheme::HttpMessage(_) => {
                let mut members = dictionary(request.headers.all(http_message::SIGNATURE)).unwrap_or_default();
                for (_, member) in &mut members {
                    if let Member::Item(Item { bare: Bare::Bytes(bytes), .. }) = member {
                        *bytes = half(bytes);
                    }
                }
                request.headers.set(http_message::SIGNATURE, written(&members));
            }
            SignatureScheme::SharedSecret { header } => {
                let sent = request.headers.get(header).unwrap_or_default();
                let cut: String = sent.chars().take(sent.chars().count() / 2).collect();
                request.headers.set(header.as_str(), cut);
            }
        }
    }

    /// What a receiver of these deliveries knows.
    #[must_use]
    pub fn verification(&self) -> Verification {
        let key = match &self.key {
            Key::Webhook(WebhookKey::V1(secret)) => Known::Webhook(WebhookVerifier::V1(secret.clone())),
            Key::Webhook(WebhookKey::V1a(key)) => Known::Webhook(WebhookVerifier::V1a(key.public())),
            Key::Http(key, components) => Known::Http(key.verifier(), components.clone()),
            Key::Shared(secret) => Known::Shared(secret.clone()),
        };
        Verification { scheme: self.scheme.clone(), key, given: self.given.clone() }
    }

    /// Every spelling of the key that must not be shown.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret<String>> {
        let mut all: Vec<String> = self.given.iter().map(|s| s.expose().trim().to_owned()).collect();
        let own = match &self.key {
            Key::Webhook(WebhookKey::V1a(key)) | Key::Http(HttpKey::Ed25519(key), _) => Some(key),
            _ => None,
        };
        all.extend(own.into_iter().flat_map(asymmetric));
        match &self.key {
            Key::Webhook(WebhookKey::V1(secret)) => all.extend(symmetric(secret.bytes())),
            Key::Http(HttpKey::Hmac(secret), _) => all.extend(symmetric(secret.expose())),
            Key::Shared(secret) => all.push(secret.expose().clone()),
            Key::Webhook(WebhookKey::V1a(_)) | Key::Http(HttpKey::Ed25519(_), _) => {}
        }
        spellings(all)
    }
}

fn symmetric(key: &[u8]) -> Vec<String> {
    let encoded = BASE64.encode(key);
    let text = std::str::from_utf8(key).ok().map(str::to_owned);
    [format!("whsec_{encoded}"), encoded].into_iter().chain(text).collect()
}

fn asymmetric(key: &SigningKey) -> Vec<String> {
    let (whole, pem) = (spell_signing_key(key), key.to_pkcs8_pem());
    let (whole, pem) = (whole.expose(), pem.expose());
    let seed = BASE64.encode(key.seed().expose());
    let mut all = vec![whole.replace("whsk_", ""), whole.clone(), format!("whsk_{seed}"), seed, pem.trim().to_owned()];
    all.extend(pem.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned));
    all
}

/// Each with and without padding, once.
fn spellings(mut all: Vec<String>) -> Vec<Secret<String>> {
    let bare: Vec<_> = all.iter().map(|s| s.trim_end_matches('=').to_owned()).collect();
    all.extend(bare);
    all.retain(|s| !s.is_empty());
    all.sort();
    all.dedup();
    all.into_iter().map(Secret::new).collect()
}

fn fields(scheme: &SignatureScheme) -> Vec<String> {
    match scheme {
        SignatureScheme::StandardWebhooks(_) => vec![standard::SIGNATURE.to_owned()],
        SignatureScheme::HttpMessage(_) => vec![http_message::SIGNATURE.to_owned(), http_message::SIGNATURE_INPUT.to_owned()],
        SignatureScheme::SharedSecret { header } => vec![header.to_ascii_lowercase()],
    }
}

/// What a receiver knows of a sender's signatures.
#[derive(Clone, Debug)]
pub struct Verification {
    scheme: SignatureScheme,
    key: Known,
    given: Option<Secret<String>>,
}

#[derive(Clone, Debug)]
enum Known {
    Webhook(WebhookVerifier),
    Http(HttpVerifier, Vec<Item>),
    Shared(Secret<String>),
}

impl Verification {
    /// The scheme with what verifies it: the secret itself where it is shared, `whpk_` or `BEGIN PUBLIC KEY` for Ed25519 (the
    /// sender's own key will do).
    ///
    /// # Errors
    /// A lower-case fragment that names what is expected, never the text.
    pub fn new(scheme: &SignatureScheme, secret: &Secret<String>) -> Result<Self, String> {
        let asymmetric = match scheme {
            SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a) => {
                Some(Known::Webhook(WebhookVerifier::V1a(parse_public_key(secret.expose())?)))
            }
            SignatureScheme::HttpMessage(spec) if spec.algorithm == HttpAlgorithm::Ed25519 => {
                Some(Known::Http(HttpVerifier::Ed25519(parse_public_key(secret.expose())?), components(spec)?))
            }
            _ => None,
        };
        match asymmetric {
            Some(key) => Ok(Self { scheme: scheme.clone(), key, given: Some(secret.clone()) }),
            None => Signing::new(scheme, secret).map(|signing| signing.verification()),
        }
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &SignatureScheme {
        &self.scheme
    }

    /// The header fields that hold the signature, in lower case.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        fields(&self.scheme)
    }

    /// Every spelling of a key that must not be shown; a public key is none.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret<String>> {
        let given = || self.given.iter().map(|s| s.expose().trim().to_owned());
        match &self.key {
            Known::Webhook(WebhookVerifier::V1(secret)) => spellings(given().chain(symmetric(secret.bytes())).collect()),
            Known::Http(HttpVerifier::Hmac(secret), _) => spellings(given().chain(symmetric(secret.expose())).collect()),
            Known::Shared(secret) => spellings(given().chain([secret.expose().clone()]).collect()),
            // The sender's own key may have been given for the public one.
            _ => {
                let own = given().filter_map(|text| Some((parse_signing_key(&text).ok()?, text)));
                spellings(own.flat_map(|(key, text)| asymmetric(&key).into_iter().chain([text])).collect())
            }
        }
    }

    /// Checks a request as it was received, raw bytes and all.
    ///
    /// # Errors
    /// Every fault found.
    pub fn verify(&self, request: &Request, now: Timestamp, tolerance: Nanos) -> Result<(), Vec<SignatureFault>> {
        match (&self.key, &self.scheme) {
            (Known::Webhook(key), _) => {
                standard::verify_by(&request.headers, &request.body, std::slice::from_ref(key), now, tolerance)
            }
            (Known::Http(key, components), SignatureScheme::HttpMessage(spec)) => {
                let wanted = Wanted { components, keyid: spec.key_id.as_deref(), tag: spec.tag.as_deref(), label: &spec.label };
                http_message::verify(request, wanted, key, now, tolerance)
            }
            (Known::Shared(secret), SignatureScheme::SharedSecret { header }) => {
                shared_secret::verify(&request.headers, header, secret)
            }
            (Known::Http(..) | Known::Shared(_), _) => {
                Err(vec![SignatureFault::Malformed("the key is of another scheme".to_owned())])
            }
        }
    }
}
