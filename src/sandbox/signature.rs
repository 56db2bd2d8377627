//! Contract signatures: the scripted contracts, and what each instant of a script does to its envelope.
//!
//! Pure: told the instant, it says what changed and what is to be notified. Sends nothing and schedules nothing itself.

mod kept;

use crate::sandbox::clock::saturating_add;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::push::Event;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::cell::Cell;

/// Days until an envelope that is still ongoing expires.
const EXPIRY_DAYS: i64 = 120;

/// The status of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ongoing,
    Complete,
    Expired,
    Cancelled,
    Refused,
    OtherFailure,
}

impl Status {
    const ALL: [Self; 6] = [Self::Ongoing, Self::Complete, Self::Expired, Self::Cancelled, Self::Refused, Self::OtherFailure];

    fn text(self) -> &'static str {
        match self {
            Self::Ongoing => "SIGNATURE_ONGOING",
            Self::Complete => "SIGNATURE_COMPLETE",
            Self::Expired => "SIGNATURE_EXPIRED",
            Self::Cancelled => "SIGNATURE_CANCELLED",
            Self::Refused => "SIGNATURE_REFUSED",
            Self::OtherFailure => "OTHER_FAILURE",
        }
    }
}

/// The status of one signatory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signed {
    Pending,
    Complete,
    DeliveryFailed,
    IdentityFailed,
    Refused,
}

impl Signed {
    const ALL: [Self; 5] = [Self::Pending, Self::Complete, Self::DeliveryFailed, Self::IdentityFailed, Self::Refused];

    fn text(self) -> &'static str {
        match self {
            Self::Pending => "SIGNATURE_PENDING",
            Self::Complete => "SIGNATURE_COMPLETE",
            Self::DeliveryFailed => "SIGNATORY_DELIVERY_FAILED",
            Self::IdentityFailed => "IDENTITY_CHECK_FAILED",
            Self::Refused => "SIGNATURE_REFUSED",
        }
    }
}

/// One thing that a script lets happen.
#[derive(Clone, Copy, Debug)]
enum Change {
    Signs(usize),
    Refuses(usize),
    DeliveryFails(usize),
    CheckFails(usize),
    LastCheckFails(usize),
    Cancelled,
    FailsOtherwise,
}

/// A contract of the sandbox and its future, in minutes from the launch.
#[derive(Debug)]
struct Contract {
    id: &'static str,
    signatories: usize,
    script: &'static [(i64, Change)],
}

const CONTRACTS: &[Contract] = &[
    Contract { id: "SBX-COMPLETE", signatories: 2, script: &[(1, Change::Signs(0)), (2, Change::Signs(1))] },
    Contract { id: "SBX-ONGOING", signatories: 2, script: &[] },
    Contract { id: "SBX-REFUSED", signatories: 2, script: &[(1, Change::Signs(0)), (2, Change::Refuses(1))] },
    Contract { id: "SBX-EXPIRED", signatories: 1, script: &[] },
    Contract { id: "SBX-CANCELLED", signatories: 2, script: &[(1, Change::Cancelled)] },
    Contract { id: "SBX-DELIVERY-FAILED", signatories: 1, script: &[(1, Change::DeliveryFails(0))] },
    Contract {
        id: "SBX-IDENTITY-FAILED",
        signatories: 1,
        script: &[(1, Change::CheckFails(0)), (2, Change::CheckFails(0)), (3, Change::LastCheckFails(0))],
    },
    Contract { id: "SBX-OTHER-FAILURE", signatories: 1, script: &[(1, Change::FailsOtherwise)] },
];

/// Contracts whose signature cannot be launched, and why.
const INCOMPLETE: &[(&str, Lack)] = &[("SBX-NO-SIGNATORIES", Lack::Signatories), ("SBX-NO-BANK", Lack::Bank)];

/// What keeps a contract from being signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    Signatories,
    Bank,
    /// There is no such contract.
    Contract,
}

/// A signature that was launched.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) id: String,
    pub(super) partner: Option<String>,
    contract: String,
    created: Timestamp,
    expires: Timestamp,
    status: Status,
    signatories: Vec<(String, Signed)>,
    script: &'static [(i64, Change)],
    done: usize,
    /// For a fault alone: whether a final status was read already.
    read_final: Cell<bool>,
}

impl Envelope {
    /// True when this is the envelope of that contract.
    pub(super) fn is_of(&self, contract: &str) -> bool {
        self.contract == contract
    }

    /// Launches the signature of `contract`.
    pub(super) fn launch(
        number: u64,
        contract: &str,
        partner: Option<String>,
        now: Timestamp,
        faults: &Faults,
    ) -> Result<Self, Lack> {
        let plan = script_of(contract, faults)?;
        let signatories = (1..=plan.signatories).map(|n| (format!("SIGNATORY-{number}-{n}"), Signed::Pending)).collect();
        let days = if faults.has(Fault::ExpiresEarly) { EXPIRY_DAYS - 1 } else { EXPIRY_DAYS };
        let mut envelope = Self {
            id: format!("SIG-{number}"),
            partner,
            contract: contract.to_owned(),
            created: now,
            expires: saturating_add(now, SignedDuration::from_hours(days * 24)),
            status: Status::Ongoing,
            signatories,
            script: plan.script,
            done: 0,
            read_final: Cell::new(false),
        };
        if faults.has(Fault::CreatedComplete) && contract == "SBX-ONGOING" {
            envelope.signatories.iter_mut().for_each(|s| s.1 = Signed::Complete);
            envelope.status = Status::Complete;
        }
        if faults.has(Fault::CreatedExpired) && contract == "SBX-EXPIRED" {
            envelope.status = Status::Expired;
        }
        Ok(envelope)
    }

    /// When something happens next, if anything still can.
    pub(super) fn next_due(&self, faults: &Faults) -> Option<Timestamp> {
        let ongoing = self.status == Status::Ongoing || (self.status == Status::Complete && faults.has(Fault::CompleteExpires));
        if !ongoing {
            return None;
        }
        match self.script.get(self.done) {
            Some((minutes, _)) => Some(saturating_add(self.created, SignedDuration::from_mins(*minutes))),
            None if faults.has(Fault::ExpiresNever) => None,
            None => Some(self.expires),
        }
    }

    /// Lets happen what is next due, and says what is to be notified.
    pub(super) fn step(&mut self, faults: &Faults) -> Vec<Event> {
        let Some((_, change)) = self.script.get(self.done) else {
            self.status = Status::Expired;
            return vec![event("EXPIRED")];
        };
        self.done += 1;
        match *change {
            Change::Signs(who) => self.signs(who, faults),
            Change::Refuses(who) => {
                self.signatories[who].1 = Signed::Refused;
                if !faults.has(Fault::RefusedKeepsOngoing) {
                    self.status = Status::Refused;
                }
                vec![event("REFUSED")]
            }
            Change::DeliveryFails(who) => {
                self.signatories[who].1 = Signed::DeliveryFailed;
                if faults.has(Fault::DeliveryFailureEnds) {
                    self.status = Status::Cancelled;
                }
                vec![self.in_error("SIGNATURE", Some(who), "The signature request could not be delivered.", faults)]
            }
            Change::CheckFails(who) if faults.has(Fault::NotifiesFailedChecks) => {
                vec![self.in_error("IDENTITY_CHECK", Some(who), "An identity check failed.", faults)]
            }
            Change::CheckFails(_) => Vec::new(),
            Change::LastCheckFails(who) => {
                self.signatories[who].1 = Signed::IdentityFailed;
                if faults.has(Fault::IdentityFailureEnds) {
                    self.status = Status::Cancelled;
                }
                vec![self.in_error("IDENTITY_CHECK", Some(who), "The third identity check failed.", faults)]
            }
            Change::Cancelled => {
                if !faults.has(Fault::CancelLost) {
                    self.status = Status::Cancelled;
                }
                vec![event("CANCELLED")]
            }
            Change::FailsOtherwise => {
                self.status = Status::OtherFailure;
                vec![self.in_error("SIGNATURE", None, "The signature failed for another reason.", faults)]
            }
        }
    }

    fn signs(&mut self, who: usize, faults: &Faults) -> Vec<Event> {
        self.signatories[who].1 = Signed::Complete;
        let all = self.signatories.iter().all(|s| s.1 == Signed::Complete);
        if all || (faults.has(Fault::CompleteTooSoon) && self.contract.starts_with("SBX-COMPLETE/")) {
            self.status = Status::Complete;
        }
        match (all, faults.has(Fault::LastSignatureTwice)) {
            (true, true) => vec![event("IN_PROGRESS"), event("COMPLETE")],
            (true, false) => vec![event("COMPLETE")],
            (false, _) => vec![event("IN_PROGRESS")],
        }
    }

    fn in_error(&self, subject: &str, who: Option<usize>, reason: &str, faults: &Faults) -> Event {
        let mut detail = json!({"subject": subject});
        if let Some(who) = who {
            detail["signatoryId"] = json!(self.signatories[who].0);
        }
        detail["reason"] = json!(reason);
        let details = (!faults.has(Fault::DetailsMissing)).then(|| json!([detail]));
        Event { entity: "SIGNATURE".to_owned(), event: "IN_ERROR".to_owned(), details, ..event("") }
    }

    /// The envelope as the API shows it.
    pub(super) fn shown(&self, faults: &Faults) -> Value {
        let suffixed = self.status == Status::Complete && self.contract.contains('/');
        let reopened = suffixed && faults.has(Fault::FinalReopens) && self.read_final.replace(true);
        let status = if reopened { Status::Ongoing } else { self.status };
        let signatories: Vec<Value> = self
            .signatories
            .iter()
            .enumerate()
            .map(|(at, (id, signed))| {
                let signed = if reopened && at + 1 == self.signatories.len() { &Signed::Pending } else { signed };
                let odd = *signed == Signed::Complete && faults.has(Fault::UnknownSignatoryStatus);
                json!({"id": id, "status": if odd { "SIGNED" } else { signed.text() }})
            })
            .collect();
        let mut shown = json!({
            "id": self.id,
            "contractId": self.contract,
            "proposalId": proposal_of(&self.contract),
            "status": status.text(),
            "createdAt": self.created.to_string(),
        });
        if !faults.has(Fault::MissingField) {
            shown["expiresAt"] = json!(self.expires.to_string());
        }
        shown["signatories"] = json!(signatories);
        shown
    }

    /// Whether everyone has signed.
    pub(super) fn is_complete(&self) -> bool {
        self.status == Status::Complete
    }
}

fn event(name: &str) -> Event {
    Event { entity: "SIGNATURE".to_owned(), event: name.to_owned(), id: None, details: None }
}

/// The notification of a launch.
pub(super) fn initiated() -> Event {
    event("INITIATED")
}

fn script_of(contract: &str, faults: &Faults) -> Result<&'static Contract, Lack> {
    if let Some((_, lack)) = INCOMPLETE.iter().find(|(id, _)| *id == contract) {
        return Err(*lack);
    }
    let suffixed = contract.strip_prefix("SBX-COMPLETE/").is_some_and(|s| !s.is_empty()) && !faults.has(Fault::SuffixRefused);
    let id = if suffixed { "SBX-COMPLETE" } else { contract };
    CONTRACTS.iter().find(|c| c.id == id).ok_or(Lack::Contract)
}

/// The proposal behind a contract. A suffix is spelled in hexadecimal, so that it can stand in a path.
fn proposal_of(contract: &str) -> String {
    let (id, suffix) = contract.split_once('/').unwrap_or((contract, ""));
    let hex: String = suffix.bytes().map(|b| format!("{b:02x}")).collect();
    let name = id.trim_start_matches("SBX-");
    if hex.is_empty() { format!("PRO-{name}") } else { format!("PRO-{name}-{hex}") }
}

/// The contract behind a proposal; proposals exist before their signature, one per contract.
pub(super) fn contract_of(proposal: &str) -> Option<String> {
    let name = proposal.strip_prefix("PRO-")?;
    let fixed = CONTRACTS.iter().map(|c| c.id).chain(INCOMPLETE.iter().map(|(id, _)| *id));
    if let Some(id) = fixed.into_iter().find(|id| id.strip_prefix("SBX-") == Some(name)) {
        return Some(id.to_owned());
    }
    let hex = name.strip_prefix("COMPLETE-").filter(|h| !h.is_empty() && h.is_ascii() && h.len() % 2 == 0)?;
    let bytes: Result<Vec<u8>, _> = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16)).collect();
    let contract = format!("SBX-COMPLETE/{}", String::from_utf8(bytes.ok()?).ok()?);
    (proposal_of(&contract) == proposal).then_some(contract)
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Lack, contract_of, proposal_of};
    use crate::sandbox::faults::{Fault, Faults};
    use jiff::Timestamp;

    /// The life of a contract: minute, envelope, signatories, events.
    fn life(contract: &str, faults: &Faults) -> Vec<String> {
        let start = Timestamp::UNIX_EPOCH;
        let mut envelope = Envelope::launch(1, contract, None, start, faults).expect("a scripted contract");
        let mut lines = Vec::new();
        let mut at = Some(start);
        while let Some(now) = at {
            let events = if lines.is_empty() { vec![] } else { envelope.step(faults) };
            let shown = envelope.shown(faults);
            let text = |v: &serde_json::Value| v.as_str().unwrap_or("?").trim_start_matches("SIGNATURE_").to_owned();
            let who: Vec<_> = shown["signatories"].as_array().into_iter().flatten().map(|s| text(&s["status"])).collect();
            let told: Vec<_> = events.iter().map(|e| e.event.clone()).collect();
            lines.push(
                format!("{} {} {} {}", now.as_second() / 60, text(&shown["status"]), who.join("+"), told.join("+"))
                    .trim_end()
                    .to_owned(),
            );
            at = envelope.next_due(faults);
        }
        lines
    }

    #[test]
    fn every_contract_lives_as_scripted() {
        for (contract, lines) in [
            (
                "SBX-COMPLETE/7",
                &["0 ONGOING PENDING+PENDING", "1 ONGOING COMPLETE+PENDING IN_PROGRESS", "2 COMPLETE COMPLETE+COMPLETE COMPLETE"]
                    [..],
            ),
            ("SBX-ONGOING", &["0 ONGOING PENDING+PENDING", "172800 EXPIRED PENDING+PENDING EXPIRED"]),
            (
                "SBX-REFUSED",
                &["0 ONGOING PENDING+PENDING", "1 ONGOING COMPLETE+PENDING IN_PROGRESS", "2 REFUSED COMPLETE+REFUSED REFUSED"],
            ),
            ("SBX-EXPIRED", &["0 ONGOING PENDING", "172800 EXPIRED PENDING EXPIRED"]),
            ("SBX-CANCELLED", &["0 ONGOING PENDING+PENDING", "1 CANCELLED PENDING+PENDING CANCELLED"]),
            (
                "SBX-DELIVERY-FAILED",
                &[
                    "0 ONGOING PENDING",
                    "1 ONGOING SIGNATORY_DELIVERY_FAILED IN_ERROR",
                    "172800 EXPIRED SIGNATORY_DELIVERY_FAILED EXPIRED",
                ],
            ),
            (
                "SBX-IDENTITY-FAILED",
                &[
                    "0 ONGOING PENDING",
                    "1 ONGOING PENDING",
                    "2 ONGOING PENDING",
                    "3 ONGOING IDENTITY_CHECK_FAILED IN_ERROR",
                    "172800 EXPIRED IDENTITY_CHECK_FAILED EXPIRED",
                ],
            ),
            ("SBX-OTHER-FAILURE", &["0 ONGOING PENDING", "1 OTHER_FAILURE PENDING IN_ERROR"]),
        ] {
            assert_eq!(life(contract, &Faults::default()), lines, "{contract}");
        }
    }

    #[test]
    fn faults_bend_the_script() {
        let ends = |contract, fault| life(contract, &Faults::new(&[fault])).get(2).cloned().unwrap_or_default();
        assert_eq!(ends("SBX-REFUSED", Fault::RefusedKeepsOngoing), "2 ONGOING COMPLETE+REFUSED REFUSED");
        assert_eq!(ends("SBX-COMPLETE", Fault::LastSignatureTwice), "2 COMPLETE COMPLETE+COMPLETE IN_PROGRESS+COMPLETE");
        let soon = life("SBX-COMPLETE/1", &Faults::new(&[Fault::CompleteTooSoon]));
        assert_eq!(soon.last().map(String::as_str), Some("1 COMPLETE COMPLETE+PENDING IN_PROGRESS"));
    }

    #[test]
    fn what_cannot_be_launched() {
        let launch = |c| Envelope::launch(1, c, None, Timestamp::UNIX_EPOCH, &Faults::default()).err();
        assert_eq!(launch("SBX-NO-BANK"), Some(Lack::Bank));
        assert_eq!(launch("SBX-NO-SIGNATORIES"), Some(Lack::Signatories));
        for unknown in ["SBX-COMPLETE/", "SBX-ONGOING/1", "sbx-complete", "x"] {
            assert_eq!(launch(unknown), Some(Lack::Contract), "{unknown}");
        }
    }

    #[test]
    fn a_proposal_for_each_contract_and_back() {
        for contract in ["SBX-COMPLETE", "SBX-NO-BANK", "SBX-COMPLETE/a/é"] {
            assert_eq!(contract_of(&proposal_of(contract)).as_deref(), Some(contract));
        }
        for proposal in ["PRO-X", "PRO-COMPLETE-", "PRO-COMPLETE-6", "PRO-COMPLETE-6G", "PRO-COMPLETE-+a", "COMPLETE"] {
            assert_eq!(contract_of(proposal), None, "{proposal}");
        }
    }
}
