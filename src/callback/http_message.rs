//! HTTP Message Signatures (RFC 9421): `Signature-Input` and `Signature` of a request.
//!
//! Signs with `hmac-sha256` and `ed25519` and verifies those, `ecdsa-p256-sha256` and `rsa-pss-sha512`. Never reads the clock,
//! and takes no algorithm from a message: the key says which it is for.

use crate::base::ed25519::{PublicKey, SigningKey, unpem};
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::callback::components::{Lack, Message, signature_base};
use crate::callback::digest::{self, CONTENT_DIGEST};
use crate::callback::fault::{SignatureFault, age_fault};
use crate::callback::structured::{Bare, Dictionary, InnerList, Item, Member, Parameters, dictionary, written};
use crate::model::http::{Headers, Request};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey};
use jiff::Timestamp;

/// The header with what each signature covers.
pub const SIGNATURE_INPUT: &str = "signature-input";
/// The header with the signatures.
pub const SIGNATURE: &str = "signature";

/// No message has a reason to bear more signatures than this; the others are not looked at.
const MOST: usize = 16;

/// What a sender signs with.
#[derive(Clone, Debug)]
pub enum HttpKey {
    /// `hmac-sha256`.
    Hmac(Secret<Vec<u8>>),
    /// `ed25519`.
    Ed25519(SigningKey),
}

impl HttpKey {
    /// The signature of a signature base.
    #[must_use]
    pub fn sign(&self, base: &str) -> Vec<u8> {
        match self {
            Self::Hmac(key) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), base.as_bytes()).as_ref().to_vec(),
            Self::Ed25519(key) => key.sign(base.as_bytes()).to_vec(),
        }
    }

    /// What a receiver verifies with.
    #[must_use]
    pub fn verifier(&self) -> HttpVerifier {
        match self {
            Self::Hmac(key) => HttpVerifier::Hmac(key.clone()),
            Self::Ed25519(key) => HttpVerifier::Ed25519(key.public()),
        }
    }
}

/// What a receiver verifies with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpVerifier {
    /// `hmac-sha256`.
    Hmac(Secret<Vec<u8>>),
    /// `ed25519`.
    Ed25519(PublicKey),
    /// `ecdsa-p256-sha256`; holds the key's `SubjectPublicKeyInfo`.
    EcdsaP256(Vec<u8>),
    /// `rsa-pss-sha512`; holds the key's `SubjectPublicKeyInfo`.
    RsaPss(Vec<u8>),
}

impl HttpVerifier {
    /// A key for `ecdsa-p256-sha256`, from `BEGIN PUBLIC KEY`.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong.
    pub fn ecdsa_p256(pem: &str) -> Result<Self, String> {
        unpem("PUBLIC KEY", pem).map(Self::EcdsaP256)
    }

    /// A key for `rsa-pss-sha512`, from `BEGIN PUBLIC KEY`.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong.
    pub fn rsa_pss(pem: &str) -> Result<Self, String> {
        unpem("PUBLIC KEY", pem).map(Self::RsaPss)
    }

    /// The name of its algorithm in the registry of RFC 9421.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Hmac(_) => "hmac-sha256",
            Self::Ed25519(_) => "ed25519",
            Self::EcdsaP256(_) => "ecdsa-p256-sha256",
            Self::RsaPss(_) => "rsa-pss-sha512",
        }
    }

    /// True when `signature` is one of `base`.
    #[must_use]
    pub fn matches(&self, base: &str, signature: &[u8]) -> bool {
        let base = base.as_bytes();
        match self {
            Self::Hmac(key) => hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), base, signature).is_ok(),
            Self::Ed25519(key) => key.verify(base, signature),
            Self::EcdsaP256(key) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(base, signature).is_ok(),
            Self::RsaPss(key) => UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA512, key).verify(base, signature).is_ok(),
        }
    }
}

/// What a signature says of itself, beside what it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// When it was made.
    pub created: Option<i64>,
    /// When it loses its force.
    pub expires: Option<i64>,
    /// A value used once.
    pub nonce: Option<String>,
    /// The algorithm.
    pub alg: Option<String>,
    /// The key.
    pub keyid: Option<String>,
    /// What it is for.
    pub tag: Option<String>,
}

impl Claims {
    /// As parameters, in the order of RFC 9421 section 2.3; the absent ones are left out.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        let number = |name: &str, value: Option<i64>| value.map(|v| (name.to_owned(), Bare::Integer(v)));
        let text = |name: &str, value: &Option<String>| value.clone().map(|v| (name.to_owned(), Bare::String(v)));
        let all = [
            number("created", self.created),
            number("expires", self.expires),
            text("keyid", &self.keyid),
            text("nonce", &self.nonce),
            text("alg", &self.alg),
            text("tag", &self.tag),
        ];
        Parameters(all.into_iter().flatten().collect())
    }
}

/// Signs a request and adds the signature under `label`, beside what is there already. A component that the request does not
/// have is left out: nothing of it can be signed.
pub fn sign(request: &mut Request, label: &str, components: &[Item], claims: &Claims, key: &HttpKey) {
    let there = |item: &&Item| crate::callback::components::value(Message::Request(request, "http"), item).is_ok();
    let mut items: Vec<Item> = Vec::new();
    for item in components.iter().filter(there) {
        if !items.contains(item) {
            items.push(item.clone());
        }
    }
    let covered = InnerList { items, parameters: claims.parameters() };
    let base = signature_base(Message::Request(request, "http"), &covered).expect("every component that is left has a value");
    let bytes = Member::Item(Item { bare: Bare::Bytes(key.sign(&base)), parameters: Parameters::default() });
    add(&mut request.headers, SIGNATURE_INPUT, label, Member::List(covered));
    add(&mut request.headers, SIGNATURE, label, bytes);
}

fn add(headers: &mut Headers, name: &str, label: &str, member: Member) {
    let added = written(&[(label.to_owned(), member)]);
    let before: Vec<_> = headers.all(name).map(str::to_owned).collect();
    let value = before.into_iter().chain([added]).collect::<Vec<_>>().join(", ");
    headers.set(name, value);
}

/// What a receiver insists on.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Components that have to be covered.
    pub components: &'a [Item],
    /// The `keyid`; signatures that name another do not count.
    pub keyid: Option<&'a str>,
    /// The `tag`; signatures with another do not count.
    pub tag: Option<&'a str>,
    /// The label whose faults are told where no signature holds.
    pub label: &'a str,
}

/// Checks that one signature of the request holds: made in time, over what is wanted, by the key, over this body.
///
/// # Errors
/// Every fault of the signature that came nearest, in the order time, cover, body, signature.
pub fn verify(
    request: &Request,
    wanted: Wanted<'_>,
    verifier: &HttpVerifier,
    now: Timestamp,
    tolerance: Nanos,
) -> Result<(), Vec<SignatureFault>> {
    let absent = |name: &&str| request.headers.get(name).is_none_or(|v| v.trim().is_empty());
    let missing: Vec<_> = [SIGNATURE_INPUT, SIGNATURE].into_iter().filter(absent).collect();
    if !missing.is_empty() {
        return Err(missing.into_iter().map(|name| SignatureFault::MissingHeader(name.to_owned())).collect());
    }
    let read = |name: &str| {
        let malformed = |why| vec![SignatureFault::Malformed(format!("`{name}` is no dictionary: {why}"))];
        dictionary(request.headers.all(name)).map_err(malformed)
    };
    let (inputs, signatures) = (read(SIGNATURE_INPUT)?, read(SIGNATURE)?);
    let mut nearest: Option<(bool, Vec<SignatureFault>)> = None;
    for (label, input) in inputs.iter().take(MOST) {
        let Member::List(covered) = input else { continue };
        let named =
            |name: &str, wanted: Option<&str>| wanted.is_none_or(|w| covered.parameters.string(name).is_none_or(|s| s == w));
        if !named("keyid", wanted.keyid) || !named("tag", wanted.tag) {
            continue;
        }
        let faults = faults(request, covered, label, &signatures, wanted, verifier, now, tolerance);
        if faults.is_empty() {
            return Ok(());
        }
        let rank = |ours: bool, faults: &[SignatureFault]| (!ours, faults.len());
        let ours = label == wanted.label;
        if nearest.as_ref().is_none_or(|(known, before)| rank(ours, &faults) < rank(*known, before)) {
            nearest = Some((ours, faults));
        }
    }
    let none =
        || vec![SignatureFault::Malformed(format!("`{SIGNATURE_INPUT}` names no signature with the agreed keyid and tag"))];
    Err(nearest.map_or_else(none, |(_, faults)| faults))
}

#[expect(clippy::too_many_arguments, reason = "what one signature is judged by")]
fn faults(
    request: &Request,
    covered: &InnerList,
    label: &str,
    signatures: &Dictionary,
    wanted: Wanted<'_>,
    verifier: &HttpVerifier,
    now: Timestamp,
    tolerance: Nanos,
) -> Vec<SignatureFault> {
    let mut faults = time_faults(&covered.parameters, now, tolerance);
    if let Some(alg) = covered.parameters.string("alg").filter(|alg| *alg != verifier.algorithm()) {
        faults.push(SignatureFault::Malformed(format!("the signature is by `{alg}`, not by `{}`", verifier.algorithm())));
    }
    let uncovered = wanted.components.iter().filter(|c| !covered.items.contains(c));
    faults.extend(uncovered.map(|c| SignatureFault::NotCovered(shown(c))));
    let digest = Item { bare: Bare::String(CONTENT_DIGEST.to_owned()), parameters: Parameters::default() };
    if covered.items.contains(&digest) {
        faults.extend(digest::verify(&request.headers, &request.body).err());
    }
    let signature = signatures.iter().find(|(name, _)| name == label).map(|(_, member)| member);
    let Some(Member::Item(Item { bare: Bare::Bytes(signature), .. })) = signature else {
        faults.push(SignatureFault::Malformed(format!("`{SIGNATURE}` holds no bytes under `{label}`")));
        return faults;
    };
    // What a request came by is not in it, and TLS may have ended before us.
    let mut matched = false;
    for scheme in ["https", "http"] {
        match signature_base(Message::Request(request, scheme), covered) {
            Ok(base) => matched |= verifier.matches(&base, signature),
            Err((component, lack)) => {
                faults.push(SignatureFault::Malformed(match lack {
                    Lack::Absent => format!("the signature covers `{component}`, which is not there"),
                    Lack::Unknown(why) => why,
                }));
                return faults;
            }
        }
    }
    if !matched {
        faults.push(SignatureFault::Mismatch(SIGNATURE.to_owned()));
    }
    faults
}

fn shown(component: &Item) -> String {
    match (&component.bare, &component.parameters.0[..]) {
        (Bare::String(name), []) => name.clone(),
        _ => component.written(),
    }
}

fn time_faults(parameters: &Parameters, now: Timestamp, tolerance: Nanos) -> Vec<SignatureFault> {
    let mut faults = Vec::new();
    let mut instant = |at: &'static str| match (parameters.get(at), parameters.integer(at)) {
        (None, _) => None,
        (Some(value), seconds) => {
            let read = seconds.and_then(|s| Timestamp::from_second(s).ok());
            if read.is_none() {
                faults.push(SignatureFault::BadTimestamp { at, sent: value.written() });
            }
            read
        }
    };
    let (created, expires) = (instant("created"), instant("expires"));
    if parameters.get("created").is_none() {
        faults.push(SignatureFault::Malformed("the signature does not say when it was `created`".to_owned()));
    }
    faults.extend(created.and_then(|at| age_fault("created", at, now, tolerance)));
    // An expiry is a promise of the sender, not a clock that may be off: it takes no tolerance.
    faults.extend(expires.filter(|at| *at < now).and_then(|at| age_fault("expires", at, now, Nanos(0))));
    faults
}
