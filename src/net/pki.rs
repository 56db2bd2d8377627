//! Certificates made on the spot: an authority and what it issues, for a listener and its callers.
//!
//! Keys live in memory and in what the caller makes of them. Never writes a file and never trusts anything by itself.

use crate::base::secret::Secret;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

/// The days a certificate is valid on, in UTC: from the beginning of the first to the beginning of the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first day.
    pub from: Date,
    /// The day on which it is valid no more.
    pub until: Date,
}

impl Validity {
    /// From the day before `now` for 90 days.
    #[must_use]
    pub fn current(now: Timestamp) -> Self {
        Self::around(now, -1, 90)
    }

    /// Over before `now`: it ended the day before.
    #[must_use]
    pub fn expired(now: Timestamp) -> Self {
        Self::around(now, -90, -1)
    }

    fn around(now: Timestamp, from: i64, until: i64) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        Self { from: today.saturating_add(from.days()), until: today.saturating_add(until.days()) }
    }
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate as PEM.
    pub certificate_pem: String,
    /// Its key as PEM.
    pub key_pem: Secret<String>,
}

impl Identity {
    /// Certificate and key in one.
    #[must_use]
    pub fn pem(&self) -> Secret<Vec<u8>> {
        Secret::new(format!("{}{}", self.certificate_pem, self.key_pem.expose()).into_bytes())
    }
}

/// An authority of our own.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    validity: Validity,
}

impl Authority {
    /// An authority called `name`; what it issues is valid as long as it is unless said otherwise.
    ///
    /// # Errors
    /// A lower-case fragment, when no key can be made.
    pub fn new(name: &str, validity: Validity) -> Result<Self, String> {
        let mut params = params(name, validity);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = KeyPair::generate().and_then(|key| CertifiedIssuer::self_signed(params, key)).map_err(unmade)?;
        Ok(Self { issuer, validity })
    }

    /// Its certificate as PEM: what to trust.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a server of these names and addresses.
    ///
    /// # Errors
    /// A lower-case fragment that says which name cannot be used.
    pub fn server(&self, names: &[&str], validity: Option<Validity>) -> Result<Identity, String> {
        let mut params = params(names.first().copied().unwrap_or("server"), validity.unwrap_or(self.validity));
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        params.subject_alt_names = CertificateParams::new(names).map_err(unmade)?.subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(&params)
    }

    /// A certificate for a client called `name`.
    ///
    /// # Errors
    /// A lower-case fragment, when no key can be made.
    pub fn client(&self, name: &str, validity: Option<Validity>) -> Result<Identity, String> {
        let mut params = params(name, validity.unwrap_or(self.validity));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(&params)
    }

    fn issue(&self, params: &CertificateParams) -> Result<Identity, String> {
        let key = KeyPair::generate().map_err(unmade)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(unmade)?;
        Ok(Identity { certificate_pem: certificate.pem(), key_pem: Secret::new(key.serialize_pem()) })
    }
}

/// A client certificate that nobody issued, with its key, as PEM: it is signed by itself.
///
/// # Errors
/// A lower-case fragment, when no key can be made.
pub fn identity_of_nobody(now: Timestamp) -> Result<Secret<Vec<u8>>, String> {
    let mut params = params("nobody", Validity::current(now));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().map_err(unmade)?;
    let certificate = params.self_signed(&key).map_err(unmade)?;
    Ok(Identity { certificate_pem: certificate.pem(), key_pem: Secret::new(key.serialize_pem()) }.pem())
}

fn params(name: &str, validity: Validity) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let instant = |date: Date| date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs());
    params.not_before = instant(validity.from);
    params.not_after = instant(validity.until);
    params
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn unmade(error: rcgen::Error) -> String {
    format!("the certificate cannot be made: {error}")
}
