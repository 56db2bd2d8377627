//! Whether a delivery is signed as agreed, and what a receiver gets wrong about that.
//!
//! The arithmetic is the callback room's. Never reads the clock and never decides a status.

use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::callback::fault::SignatureFault;
use crate::callback::scheme::Verification;
use crate::callback::{http_message, standard};
use crate::model::http::Request;
use crate::partner::faults::{Fault, Faults};
use crate::partner::profile::Profile;
use jiff::Timestamp;

/// How far the time of an attempt may be from now.
const TOLERANCE: Nanos = Nanos(5 * 60 * 1_000_000_000);

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Nothing but the time of the attempt.
    Time,
    /// The signature itself.
    Signature,
}

/// The agreement on signatures.
pub(super) struct Signatures {
    verification: Verification,
    /// How many letters a whole signature has in base64.
    letters: usize,
}

impl Signatures {
    /// `None` where nothing is signed.
    pub(super) fn new(profile: Profile, secret: Option<&Secret<String>>) -> Result<Option<Self>, String> {
        let Some(scheme) = profile.scheme() else { return Ok(None) };
        let secret = secret.ok_or_else(|| format!("the profile {profile} needs a secret"))?;
        let verification = Verification::new(&scheme, secret)?;
        let letters = if profile == Profile::StandardWebhooksEd25519 { 88 } else { 44 };
        Ok(Some(Self { verification, letters }))
    }

    /// What is wrong with a delivery's signature, as received and with what the faults make of it.
    pub(super) fn wrong(&self, request: &Request, now: Timestamp, faults: &Faults) -> Option<Wrong> {
        let request = seen(request, faults);
        let found = self.verification.verify(&request, now, TOLERANCE).err()?;
        let cut = faults.has(Fault::CutSignatureAccepted) && is_cut(&request, self.letters);
        let overlooked = |fault: &SignatureFault| match fault {
            SignatureFault::Mismatch(_) | SignatureFault::Malformed(_) if cut => true,
            SignatureFault::MissingHeader(_) => faults.has(Fault::UnsignedAccepted),
            SignatureFault::Mismatch(_) | SignatureFault::OtherBody(_) | SignatureFault::NotCovered(_) => {
                faults.has(Fault::ForgedAccepted)
            }
            SignatureFault::Stale { .. } => faults.has(Fault::StaleAccepted),
            SignatureFault::FromTheFuture { .. } => faults.has(Fault::FutureAccepted),
            SignatureFault::BadTimestamp { .. } | SignatureFault::Malformed(_) => false,
        };
        let of_time =
            |fault: &SignatureFault| matches!(fault, SignatureFault::Stale { .. } | SignatureFault::FromTheFuture { .. });
        let wrong = |fault: &SignatureFault| if of_time(fault) { Wrong::Time } else { Wrong::Signature };
        let mut left = found.iter().filter(|fault| !overlooked(fault)).map(wrong);
        let first = left.next()?;
        Some(if left.all(|other| other == first) { first } else { Wrong::Signature })
    }
}

/// Whether every signature is shorter than a whole one.
fn is_cut(request: &Request, letters: usize) -> bool {
    let all = [standard::SIGNATURE, http_message::SIGNATURE].map(|name| request.headers.all(name).collect::<Vec<_>>().join(" "));
    let encoded = |signature: &str| signature.trim_end_matches(':').rsplit([',', ':']).next().map_or(0, str::len);
    let mut lengths = all.iter().flat_map(|text| text.split_ascii_whitespace()).map(encoded).peekable();
    lengths.peek().is_some() && lengths.all(|length| length < letters)
}

/// The request as a receiver sees it that has a fault before it verifies.
fn seen(request: &Request, faults: &Faults) -> Request {
    let mut request = request.clone();
    if faults.has(Fault::Reserialises)
        && let Ok(value) = serde_json::from_slice::<serde_json::Value>(&request.body)
    {
        request.body = value.to_string().into();
    }
    let one = |of: &[&str]| if faults.has(Fault::FirstSignatureOnly) { of.first() } else { of.last() }.map(|s| (*s).to_owned());
    if faults.any(&[Fault::FirstSignatureOnly, Fault::LastSignatureOnly]) {
        for (name, split) in [(standard::SIGNATURE, ' '), (http_message::SIGNATURE_INPUT, ','), (http_message::SIGNATURE, ',')] {
            let joined = request.headers.all(name).collect::<Vec<_>>().join(&split.to_string());
            if let Some(kept) = one(&members(&joined, split)) {
                request.headers.set(name, kept);
            }
        }
    }
    request
}

/// The members of a list, split outside of parentheses and quotes.
fn members(text: &str, split: char) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_u32, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            c if c == split && !quoted && depth == 0 => {
                found.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found.retain(|member| !member.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::members;

    #[test]
    fn members_are_split_where_a_list_is() {
        assert_eq!(members("v1,a  v1a,b", ' '), ["v1,a", "v1a,b"]);
        assert_eq!(members(r#"a=("x", "y");k="1,2", b=:YQ==:"#, ','), [r#"a=("x", "y");k="1,2""#, "b=:YQ==:"]);
        assert!(members("", ' ').is_empty());
    }
}
