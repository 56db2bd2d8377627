//! The closed table of a partner's faults: each makes one row of what an endpoint is certified on fail, and no other.
//!
//! Names and says what each does; the behaviour itself is a hook where the promise is otherwise kept. All are off by default.
//! Never decides how a certification judges them.

use crate::base::distance::did_you_mean;
use std::collections::BTreeSet;
use std::fmt;

/// What a partner must be set up with before a fault can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A profile that signs.
    Signature,
    /// A credential in a header.
    Authorization,
    /// TLS.
    Tls,
    /// TLS with client certificates: the profile `mtls`.
    ClientCertificate,
}

impl Needs {
    /// For a reader: what it takes.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Signature => "a profile that signs",
            Self::Authorization => "a credential (--authorization)",
            Self::Tls => "TLS (--tls)",
            Self::ClientCertificate => "the profile mtls",
        }
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultInfo {
    /// The fault.
    pub fault: Fault,
    /// Its name, as typed.
    pub name: &'static str,
    /// The row that it makes fail; 0 where nothing can be judged any more.
    pub row: u8,
    /// What the partner must be set up with.
    pub needs: Needs,
    /// What the partner then does.
    pub what: &'static str,
}

macro_rules! faults {
    ($($row:literal $needs:ident { $($fault:ident, $name:literal, $what:literal;)* })*) => {
        /// A named way to misbehave.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[doc = $what] $fault,)*)*
        }

        /// Every fault, in order of its row.
        pub const ALL: &[FaultInfo] = &[
            $($(FaultInfo { fault: Fault::$fault, name: $name, row: $row, needs: Needs::$needs, what: $what },)*)*
        ];
    };
}

faults! {
    0 Nothing {
        Hangs, "hangs", "a delivery is never answered";
        ClosesAtOnce, "closes-at-once", "a delivery's connection is closed without an answer";
        Garbage, "garbage", "a delivery is answered by bytes that are not HTTP";
        EndlessHead, "endless-head", "an answer's header fields never end";
        EndlessBody, "endless-body", "an answer's body never ends";
        GiganticBody, "gigantic-body", "an answer has a body of a gigabyte";
        Drips, "drips", "an answer comes by one byte a second";
    }
    1 Nothing {
        RejectsEvent, "rejects-event", "the first CONTRACT ACTIVATED is answered 422";
        EventServerError, "event-server-error", "the first CONTRACT ACTIVATED is answered 500";
        EventDropped, "event-dropped", "the first CONTRACT ACTIVATED is not answered, its connection closed";
        BodyWithoutType, "body-without-type", "the first CONTRACT ACTIVATED is answered 200 with a body that has no Content-Type";
    }
    2 Nothing {
        SlowEvent, "slow-event", "the first CONTRACT ACTIVATED is answered after 11 seconds";
    }
    3 Nothing {
        DuplicateConflict, "duplicate-conflict", "the second attempt of a delivery is answered 409";
        DuplicateServerError, "duplicate-server-error", "the second attempt of a delivery is answered 500";
    }
    4 Nothing {
        DuplicateRace, "duplicate-race", "of duplicates at the same time all but one are answered 500";
    }
    5 Nothing {
        OlderConflict, "older-conflict", "an event some minutes older than the last one of its entity is answered 409";
        OlderRefused, "older-refused", "an event some minutes older than the last one of its entity is answered 400";
    }
    6 Nothing {
        OldEventRefused, "old-event-refused", "an event more than half an hour old is answered 400, though the attempt is fresh";
        OldEventServerError, "old-event-server-error", "an event more than half an hour old is answered 500";
    }
    7 Signature {
        UnsignedAccepted, "unsigned-accepted", "a delivery without a signature is accepted";
        ForgedAccepted, "forged-accepted", "a signature needs to look like one, not to match";
        CutSignatureAccepted, "cut-signature-accepted", "a signature that was cut is accepted";
        BadSignatureServerError, "bad-signature-server-error", "a bad signature is answered 500";
        BadSignatureAcknowledged, "bad-signature-acknowledged", "a bad signature is answered 200, the delivery dropped";
    }
    8 Signature {
        StaleAccepted, "stale-accepted", "an attempt of any age is accepted";
        FutureAccepted, "future-accepted", "an attempt from the future is accepted";
    }
    9 Signature {
        FirstSignatureOnly, "first-signature-only", "only the first of several signatures is looked at";
        LastSignatureOnly, "last-signature-only", "only the last of several signatures is looked at";
    }
    10 Signature {
        Reserialises, "reserialises", "the body is parsed and written again before its signature is verified";
    }
    11 Nothing {
        UnknownFieldRefused, "unknown-field-refused", "a field that is not known is answered 400";
        UnknownFieldServerError, "unknown-field-server-error", "a field that is not known is answered 500";
    }
    12 Nothing {
        UnknownEventServerError, "unknown-event-server-error", "an event that is not known is answered 500";
        UnknownEntityServerError, "unknown-entity-server-error", "an entity that is not known is answered 500";
    }
    13 Nothing {
        AbsentIdServerError, "absent-id-server-error", "a delivery without id is answered 500";
    }
    14 Nothing {
        MissingFieldAccepted, "missing-field-accepted", "a delivery without a required field is accepted";
        MissingFieldServerError, "missing-field-server-error", "a delivery without a required field is answered 500";
        MalformedServerError, "malformed-server-error", "malformed JSON is answered 500";
        MalformedAccepted, "malformed-accepted", "malformed JSON is answered 204";
        EmptyServerError, "empty-server-error", "an empty body is answered 500";
    }
    15 Nothing {
        AnyMediaType, "any-media-type", "the Content-Type is not looked at";
        MediaTypeServerError, "media-type-server-error", "a wrong Content-Type is answered 500";
    }
    16 Nothing {
        AllowMissing, "allow-missing", "405 comes without Allow";
        GetAnswered, "get-answered", "GET is answered 200";
        PutAccepted, "put-accepted", "PUT is taken for POST";
        DeleteServerError, "delete-server-error", "DELETE is answered 500";
    }
    17 Nothing {
        HandshakeServerError, "handshake-server-error", "OPTIONS is answered 500";
        HandshakeOtherOrigin, "handshake-other-origin", "the handshake allows another sender only";
    }
    18 Nothing {
        Redirects301, "redirects-301", "the first CONTRACT ACTIVATED is moved permanently";
        Redirects307, "redirects-307", "the first CONTRACT ACTIVATED is redirected for now";
        Redirects308, "redirects-308", "the first CONTRACT ACTIVATED is redirected for good";
    }
    18 Signature {
        RedirectsToLogin, "redirects-to-login", "a bad signature is sent to a login page by 302";
    }
    19 Nothing {
        BurstServerError, "burst-server-error", "deliveries beyond 16 at once are answered 500";
        BurstWithoutRetryAfter, "burst-without-retry-after", "deliveries beyond 16 at once are answered 429 without Retry-After";
        BurstGone, "burst-gone", "deliveries beyond 16 at once are answered 410";
        NeverRecovers, "never-recovers", "deliveries beyond 16 at once are answered 503 with Retry-After, and again whenever they come";
    }
    20 Tls {
        OldTlsOnly, "old-tls-only", "TLS 1.2 is all that is spoken";
        CertificateExpired, "certificate-expired", "the certificate has expired";
        CertificateUnknownIssuer, "certificate-unknown-issuer", "the certificate is of an authority that nobody knows";
        CertificateOtherName, "certificate-other-name", "the certificate is for other.example";
    }
    20 ClientCertificate {
        ClientNotAsked, "client-not-asked", "no client certificate is asked for";
        AnyClientAccepted, "any-client-accepted", "any client certificate will do";
    }
    21 Authorization {
        NoAuthorizationAccepted, "no-authorization-accepted", "a delivery without the credential is accepted";
        WrongAuthorizationAccepted, "wrong-authorization-accepted", "a delivery with any credential is accepted";
        NoAuthorizationAcknowledged, "no-authorization-acknowledged", "a delivery without the right credential is answered 200 and dropped";
        AuthorizationForbidden, "authorization-forbidden", "a delivery without the right credential is answered 403";
    }
    22 Nothing {
        OversizeServerError, "oversize-server-error", "an oversize body is answered 500";
        OversizeKills, "oversize-kills", "the first delivery after an oversize body is not answered, its connection closed";
    }
    23 Nothing {
        PartialNeverEnds, "partial-never-ends", "a body that does not arrive is waited for without end";
        PartialBlocks, "partial-blocks", "while one body has not arrived no other delivery is answered";
    }
    24 Nothing {
        DeepServerError, "deep-server-error", "deep JSON is answered 500";
        DuplicateKeysServerError, "duplicate-keys-server-error", "duplicate keys are answered 500";
        ByteOrderMarkServerError, "byte-order-mark-server-error", "a byte order mark is answered 500";
        InvalidUtf8ServerError, "invalid-utf8-server-error", "invalid UTF-8 is answered 500";
    }
    25 Nothing {
        LeaksStackTrace, "leaks-stack-trace", "a 400 bears a stack trace";
        LeaksPath, "leaks-path", "a 400 bears a path of the server";
    }
}

impl Fault {
    /// The fault of that name.
    ///
    /// # Errors
    /// A fragment that names the unknown fault, with the nearest known one.
    pub fn parse(name: &str) -> Result<Self, String> {
        if let Some(info) = ALL.iter().find(|info| info.name == name) {
            return Ok(info.fault);
        }
        let hint = did_you_mean(name, ALL.iter().map(|info| info.name));
        Err(format!("unknown fault `{name}`{}", hint.map_or_else(String::new, |h| format!("; {h}"))))
    }

    /// Its line of the table.
    #[must_use]
    pub fn info(self) -> &'static FaultInfo {
        // The enum and the table come from one list, so the discriminant is the line.
        &ALL[self as usize]
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }
}

/// The faults that are on.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(BTreeSet<Fault>);

impl Faults {
    pub(super) fn new(faults: &[Fault]) -> Self {
        Self(faults.iter().copied().collect())
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    pub(super) fn any(&self, faults: &[Fault]) -> bool {
        faults.iter().any(|fault| self.has(*fault))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Fault> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Fault};
    use std::collections::BTreeSet;

    #[test]
    fn every_row_has_a_fault_and_every_fault_a_name_of_its_own() {
        assert_eq!(ALL.iter().map(|info| info.row).collect::<BTreeSet<_>>(), (0..=25).collect());
        assert!(ALL.is_sorted_by_key(|info| info.row));
        let names: BTreeSet<_> = ALL.iter().map(|info| info.name).collect();
        assert_eq!(names.len(), ALL.len());
        for info in ALL {
            assert_eq!((Fault::parse(info.name), info.fault.info()), (Ok(info.fault), info));
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        assert!(Fault::parse("reserializes").is_err_and(|e| e.contains("`reserialises`")));
    }
}
