//! The closed table of named faults: each makes the sandbox break one promise, so that one check can be seen to fail.
//!
//! Names and says what each does; the behaviour itself is a hook where the promise is otherwise kept. All are off by default. Never
//! decides what an answer should have been.

use crate::base::distance::did_you_mean;
use std::collections::BTreeSet;
use std::fmt;

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultInfo {
    /// The fault.
    pub fault: Fault,
    /// Its name, as typed.
    pub name: &'static str,
    /// The id of the check that it makes fail.
    pub check: &'static str,
    /// What the sandbox then does.
    pub what: &'static str,
}

macro_rules! faults {
    ($($fault:ident, $name:literal, $check:literal, $what:literal;)*) => {
        /// A named way to misbehave.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $(#[doc = $what] $fault,)*
        }

        /// Every fault, in order of the check it is for.
        pub const ALL: &[FaultInfo] = &[
            $(FaultInfo { fault: Fault::$fault, name: $name, check: $check, what: $what },)*
        ];
    };
}

faults! {
    DropsConnection, "drops-connection", "transport.answered", "getProposal closes the connection without an answer";
    GarbageAnswer, "garbage-answer", "transport.answered", "getProposal answers bytes that are not HTTP";
    CutBody, "cut-body", "transport.answered", "getProposal announces more body than it sends";

    UndocumentedStatus, "undocumented-status", "status.documented", "getProposal answers 203 where 200 is due";
    ServerError, "server-error", "status.documented", "getCallback answers 500";
    UnavailableCreate, "unavailable-create", "status.documented", "createSubscription answers 503";

    SecondCreateAccepted, "second-create-accepted", "status.expected", "a contract's signature can be launched twice";
    DuplicateEventTypesAccepted, "duplicate-event-types-accepted", "status.expected", "event_type_ids need not be unique";
    EmptyEventTypesAccepted, "empty-event-types-accepted", "status.expected", "event_type_ids may be empty";
    UnicodeClientRefused, "unicode-client-refused", "status.expected", "client_id takes ASCII letters alone";
    OverwriteIsCreated, "overwrite-is-created", "status.expected", "an overwritten registration answers 201";
    FirstIsOverwrite, "first-is-overwrite", "status.expected", "a first registration answers 200";
    FromAfterToAccepted, "from-after-to-accepted", "status.expected", "an interval whose end precedes its start is an empty page";
    ForeignHostAccepted, "foreign-host-accepted", "status.expected", "a callback may lie on a host that nobody allowed";
    PlainHttpAccepted, "plain-http-accepted", "status.expected", "a callback may be http on any allowed host";
    UrlWithQueryAccepted, "url-with-query-accepted", "status.expected", "a callback URL may have a query";
    DeleteTwiceAccepted, "delete-twice-accepted", "status.expected", "deleting what is gone answers 204";
    DeletedStillThere, "deleted-still-there", "status.expected", "a deleted subscription can still be read";
    SuffixRefused, "suffix-refused", "status.expected", "SBX-COMPLETE with a suffix is an unknown contract";
    OversizePageAccepted, "oversize-page-accepted", "status.expected", "listNotifications accepts a size over 100";
    EmptyContractAccepted, "empty-contract-unknown", "status.expected", "an empty contractId is an unknown contract, not a bad parameter";

    WrongMediaType, "wrong-media-type", "media_type.documented", "getSignature says text/plain";
    MissingMediaType, "missing-media-type", "media_type.documented", "getProposal says no media type";
    ProblemJson, "problem-json", "media_type.documented", "404 answers of the signature API say application/problem+json";

    InvalidJson, "invalid-json", "body.parses", "getSignature ends its body with a comma too many";
    EmptyBody, "empty-body", "body.parses", "getProposal has no body";

    MissingField, "missing-field", "body.schema", "getSignature leaves out expiresAt";
    NumberAsText, "number-as-text", "body.schema", "listNotifications writes page as text";
    UnknownSignatoryStatus, "unknown-signatory-status", "body.schema", "getSignature shows a signed signatory as SIGNED";
    BadTimestamp, "bad-timestamp", "body.schema", "registeredAt is a date without time";
    NullStatus, "null-status", "body.schema", "getSubscription shows subscription_status as null";
    ResultsAsObject, "results-as-object", "body.schema", "retrieveNotifications wraps results in an object";

    ListingUnordered, "listing-unordered", "body.expected", "listNotifications lists the youngest first";
    FromExclusive, "from-exclusive", "body.expected", "listNotifications leaves out what happened at from";
    ToInclusive, "to-inclusive", "body.expected", "listNotifications includes what happened at to";
    EntityFilterIgnored, "entity-filter-ignored", "body.expected", "listNotifications pays no heed to entity";
    PageIgnored, "page-ignored", "body.expected", "listNotifications always shows the first page";
    TotalOfPage, "total-of-page", "body.expected", "total counts the page and not the whole list";
    DefaultSizeWrong, "default-size-wrong", "body.expected", "listNotifications pages by 10 where no size is asked for";
    RemainingCounterFrozen, "remaining-counter-frozen", "body.expected", "number_of_remaining_notifications does not go down with retrieval";
    LastRequestFrozen, "last-request-frozen", "body.expected", "last_request_date never moves";
    RetentionForever, "retention-forever", "body.expected", "items wait for retrieval without end";
    OldCallbackShown, "old-callback-shown", "body.expected", "getCallback shows the first URL ever registered";
    WrongEventsGathered, "wrong-events-gathered", "body.expected", "event types are compared but for their last character";
    ExpiresEarly, "expires-early", "body.expected", "an envelope expires after 119 days";
    ExpiresNever, "expires-never", "body.expected", "an envelope never expires";
    DetailsMissing, "details-missing", "body.expected", "SIGNATURE IN_ERROR bears no details";
    CompleteExpires, "complete-expires", "body.expected", "a complete envelope expires after 120 days";
    RefusedKeepsOngoing, "refused-keeps-ongoing", "body.expected", "a refusal leaves the envelope ongoing";
    DeliveryFailureEnds, "delivery-failure-ends", "body.expected", "a failed mail delivery cancels the envelope";
    IdentityFailureEnds, "identity-failure-ends", "body.expected", "a failed identity check cancels the envelope";
    CancelLost, "cancel-lost", "body.expected", "the platform's cancellation leaves the envelope ongoing";

    LocationMissing, "location-missing", "headers.required", "createSignature answers without Location";
    NoStoreMissing, "no-store-missing", "headers.required", "the pull API answers without Cache-Control";
    Cacheable, "cacheable", "headers.schema", "the pull API answers with Cache-Control: max-age=60";
    LocationRelative, "location-relative", "headers.expected", "Location is relative to the collection";

    EnvelopeDrift, "error-envelope-drift", "error_code.envelope", "an unknown subscription is {error_code, message, description}";
    ErrorAsText, "error-as-text", "error_code.envelope", "UNKNOWN_SIGNATURE comes as a JSON string";
    NestedError, "nested-error", "error_code.envelope", "UNKNOWN_PARTNER comes inside {error: ...}";
    UndocumentedCode, "undocumented-code", "error_code.documented", "an unknown signature is SIGNATURE_NOT_FOUND";
    ForeignCode, "foreign-code", "error_code.documented", "an unknown proposal is UNKNOWN_CONTRACT, a code of another operation";
    BankAsSignatories, "bank-as-signatories", "error_code.expected", "SBX-NO-BANK answers SIGNATORIES_UNDEFINED";
    MissingAsInvalid, "missing-as-invalid", "error_code.expected", "a missing field is INVALID_PARAMETER";
    NoCallbackAsNoPartner, "no-callback-as-no-partner", "error_code.expected", "no registration is UNKNOWN_PARTNER";

    CreatedComplete, "created-complete", "lifecycle.initial", "SBX-ONGOING is complete from the start";
    CreatedExpired, "created-expired", "lifecycle.initial", "SBX-EXPIRED is expired from the start";
    FinalReopens, "final-reopens", "lifecycle.transition", "a complete envelope of SBX-COMPLETE/ that was read is ongoing afterwards";
    CompleteTooSoon, "complete-before-last-signature", "lifecycle.invariant", "the first signature completes the envelope of SBX-COMPLETE/";
    ProposalMoves, "proposal-moves", "lifecycle.unchanged", "a proposal's status follows its signature";

    AllowMissing, "allow-missing", "semantics.allow", "405 comes without Allow";
    AllowIncomplete, "allow-incomplete", "semantics.allow", "Allow names the refused method";
    ChallengeMissing, "challenge-missing", "semantics.challenge", "401 comes without WWW-Authenticate";
    ChallengeWithoutRealm, "challenge-without-realm", "semantics.challenge", "the challenge bears no realm";
    ChallengeBasic, "challenge-basic", "semantics.challenge", "the challenge asks for Basic";
    LocationElsewhere, "location-elsewhere", "semantics.location", "Location leads to a signature that does not exist";
    NoContentWithBody, "no-content-with-body", "semantics.no_content", "204 comes with a body";
    HeadRefused, "head-refused", "semantics.head", "HEAD is not allowed where GET is";

    NoTokenAccepted, "no-token-accepted", "security.enforced", "a POST without a token is served";
    BogusTokenAccepted, "bogus-token-accepted", "security.enforced", "a POST with any token is served";
    ExpiredTokenAccepted, "expired-token-accepted", "security.enforced", "for a GET tokens never expire";
    WrongScopeAccepted, "wrong-scope-accepted", "security.enforced", "a POST is served whatever the token's scope";
    OtherClientReads, "other-client-reads", "security.enforced", "a consumer may read another client's subscription";
    OtherClientTakes, "other-client-takes", "security.enforced", "a consumer may retrieve another client's items";
    ConsumerDeletes, "consumer-deletes", "security.enforced", "a consumer may delete a subscription";
    WrongScopeIsUnauthorized, "wrong-scope-is-unauthorized", "security.refusal", "a token without the scope gets 401";
    NoTokenIsForbidden, "no-token-is-forbidden", "security.refusal", "a request without a token gets 403";
    NoTokenWithErrorCode, "no-token-with-error-code", "security.refusal", "the challenge names an error where no token was sent";
    BadTokenWithoutErrorCode, "bad-token-without-error-code", "security.refusal", "the challenge names no error where the token is refused";
    LeaksStackTrace, "leaks-stack-trace", "security.leak", "UNKNOWN_SIGNATURE bears a stack trace";
    LeaksPath, "leaks-path", "security.leak", "UNKNOWN_PARTNER bears a path of the server";

    SlowCreate, "slow-create", "timing.limit", "createSignature answers after three seconds";

    NeverDelivers, "never-delivers", "delivery.arrived", "notifications are listed and never sent";
    NoReplay, "no-replay", "delivery.arrived", "a failed attempt is the last one";
    InitiatedNotNotified, "initiated-not-notified", "delivery.arrived", "the launch of a signature is not notified";
    CompletionNotNotified, "completion-not-notified", "delivery.arrived", "the completion of a signature is not notified";
    DeliversToOldCallback, "delivers-to-old-callback", "delivery.arrived", "replays go to the URL of the first attempt";
    TrailingSlashKept, "trailing-slash-kept", "delivery.arrived", "a registered URL's trailing slash is doubled";
    NotifiesTwice, "notifies-twice", "delivery.surplus", "a refusal makes two notifications";
    ReplaysAcknowledged, "replays-acknowledged", "delivery.surplus", "an acknowledged notification is replayed all the same";
    ReplayFourTimes, "replay-four-times", "delivery.surplus", "a failed notification is replayed four times";
    LastSignatureTwice, "last-signature-in-progress", "delivery.surplus", "the last signature emits IN_PROGRESS beside COMPLETE";
    NotifiesFailedChecks, "notifies-failed-checks", "delivery.surplus", "the first two failed identity checks are notified";
    ReplayNewId, "replay-new-id", "delivery.stable_id", "a replay bears a new webhook-id";
    ReplayChangedBody, "replay-changed-body", "delivery.identical_body", "a replay bears the time of the attempt";
    ReplaySpaced, "replay-respaced", "delivery.identical_body", "a replay is the same JSON with other white space";
    ReplayEarly, "replay-early", "delivery.schedule", "replays come after 30 minutes";
    ReplayLate, "replay-late", "delivery.schedule", "the second replay and later ones come after 90 minutes";
    OutOfOrder, "out-of-order", "delivery.order", "the IN_PROGRESS of SBX-REFUSED is sent after what follows it";
    RetrieveTwice, "retrieve-twice", "delivery.exactly_once", "an item of a page that is not full can be retrieved twice";
    RetrieveRace, "retrieve-race", "delivery.exactly_once", "two retrievals at the same time both get the items";
    RetentionShort, "retention-short", "delivery.complete", "items wait for six hours less a minute";
    LosesItem, "loses-item", "delivery.complete", "the first of four or more waiting items is lost when they fit a page";
    LosesNextPage, "loses-next-page", "delivery.complete", "what does not fit a page is lost";
    HeadConsumes, "head-consumes", "delivery.complete", "HEAD takes the items away";
    ReadConsumes, "read-consumes", "delivery.complete", "reading a subscription on which one item waits takes it away";

    SignatureMissing, "signature-missing", "signature.present", "deliveries bear no webhook-signature";
    SignatureWrong, "signature-wrong", "signature.valid", "deliveries are signed with another key";
    SignsOtherBytes, "signs-other-bytes", "signature.valid", "what is signed is the body with a line end";
    TimestampRepeated, "timestamp-repeated", "headers.expected", "a replay bears the webhook-timestamp of the first attempt";
    TimestampStale, "timestamp-stale", "signature.fresh", "webhook-timestamp lies six minutes back";
    TimestampFuture, "timestamp-future", "signature.fresh", "webhook-timestamp lies six minutes ahead";
}

impl Fault {
    /// The fault of that name.
    ///
    /// # Errors
    /// A fragment that names the unknown fault, with the nearest known one.
    pub fn parse(name: &str) -> Result<Self, String> {
        if let Some(row) = ALL.iter().find(|row| row.name == name) {
            return Ok(row.fault);
        }
        let hint = did_you_mean(name, ALL.iter().map(|row| row.name));
        Err(format!("unknown fault `{name}`{}", hint.map_or_else(String::new, |h| format!("; {h}"))))
    }

    /// Its row of the table.
    #[must_use]
    pub fn info(self) -> &'static FaultInfo {
        // The enum and the table come from one list, so the discriminant is the row.
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

    pub(super) fn switch(&mut self, fault: Fault, on: bool) {
        if on {
            self.0.insert(fault);
        } else {
            self.0.remove(&fault);
        }
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|f| f.info().name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Fault};
    use std::collections::BTreeSet;

    /// Every check that must have a fault.
    const CHECKS: &str = "transport.answered status.documented status.expected media_type.documented body.parses body.schema \
        body.expected headers.required headers.schema headers.expected error_code.envelope error_code.documented error_code.expected \
        lifecycle.initial lifecycle.transition lifecycle.invariant lifecycle.unchanged semantics.allow semantics.challenge \
        semantics.location semantics.no_content semantics.head security.enforced security.refusal security.leak timing.limit \
        delivery.arrived delivery.surplus delivery.stable_id delivery.identical_body delivery.schedule delivery.order \
        delivery.exactly_once delivery.complete signature.present signature.valid signature.fresh";

    #[test]
    fn every_check_has_a_fault_and_every_fault_a_name_of_its_own() {
        let covered: BTreeSet<_> = ALL.iter().map(|row| row.check).collect();
        assert_eq!(covered, CHECKS.split_whitespace().collect());
        let names: BTreeSet<_> = ALL.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ALL.len());
        for row in ALL {
            assert_eq!((Fault::parse(row.name), row.fault.info()), (Ok(row.fault), row));
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        assert!(Fault::parse("retrieve-twise").is_err_and(|e| e.contains("`retrieve-twice`")));
    }
}
