//! A certificate made by hand, for the tests of reports.
//!
//! Every time, number, key and text is fixed. Never used outside tests.

use crate::base::ed25519::SigningKey;
use crate::base::units::Nanos;
use crate::record::certificate::{Certificate, issue};
use crate::record::certification::{CertificationRecord, fixture};

/// A key that everyone may know.
pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

/// A certification that a certificate may be issued for.
pub(crate) fn record() -> CertificationRecord {
    let mut record = fixture::record(&fixture::certifiable());
    record.planned = record.modules.len();
    record
}

pub(crate) fn certificate() -> Certificate {
    let now = "2026-11-22T02:40:00Z".parse().expect("an instant");
    issue(&record(), Nanos(365 * 86_400 * 1_000_000_000), &key(), now).expect("it is issued")
}
