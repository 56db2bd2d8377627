//! TLS of a connection that is made to look at an endpoint: what to trust, what to show, and what was found.
//!
//! Trusts what the machine trusts unless told otherwise, and keeps the verdict where it goes on without trust. Never resumes a
//! session, so that every connection shows everything, and never decides whether what was found matters.

use crate::base::secret::Secret;
use crate::model::certification::TlsFacts;
use ::aws_lc_rs::digest::{SHA256, digest};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, DistinguishedName, Error, ProtocolVersion,
    RootCertStore, ServerConfig, SignatureScheme, SupportedProtocolVersion,
};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Which versions of TLS are offered or accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersions {
    /// 1.2 and 1.3.
    #[default]
    Any,
    /// 1.2 alone.
    Only12,
    /// 1.3 alone.
    Only13,
}

impl TlsVersions {
    pub(crate) fn list(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            Self::Any => vec![&rustls::version::TLS13, &rustls::version::TLS12],
            Self::Only12 => vec![&rustls::version::TLS12],
            Self::Only13 => vec![&rustls::version::TLS13],
        }
    }
}

/// How to speak TLS to an endpoint.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// Certificates to trust instead of the machine's, as PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// A client certificate with its key, as PEM.
    pub identity_pem: Option<Secret<Vec<u8>>>,
    /// The versions offered.
    pub versions: TlsVersions,
    /// Go on although the chain is not trusted, and say so in the facts.
    pub trust_anyone: bool,
}

/// Which clients a server talks to.
#[derive(Clone, Debug, Default)]
pub enum ClientTrust {
    /// All; none is asked for a certificate.
    #[default]
    NotAsked,
    /// Those with a certificate of these authorities, as PEM.
    Issued(Vec<u8>),
    /// Those with any certificate, whoever issued it and whenever it was valid.
    Anyone,
}

/// How a server speaks TLS.
#[derive(Clone, Debug)]
pub struct ServerTls {
    /// Its certificate with the key, and the chain where there is one, as PEM.
    pub identity_pem: Secret<Vec<u8>>,
    /// Which clients it talks to.
    pub clients: ClientTrust,
    /// The versions accepted.
    pub versions: TlsVersions,
}

/// The configuration of a server.
pub(crate) fn server_config(tls: &ServerTls) -> Result<ServerConfig, String> {
    let provider = provider();
    let (chain, key) = identity(tls.identity_pem.expose()).ok_or("the server's certificate and its key cannot be read as PEM")?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&tls.versions.list())
        .map_err(|error| error.to_string())?;
    let builder = match &tls.clients {
        ClientTrust::NotAsked => builder.with_no_client_auth(),
        ClientTrust::Anyone => builder.with_client_cert_verifier(Arc::new(Credulous(provider))),
        ClientTrust::Issued(pem) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(pem)?), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| format!("the CA certificates cannot be used: {error}"))?)
        }
    };
    builder.with_single_cert(chain, key).map_err(|error| format!("the server's certificate cannot be used: {error}"))
}

/// What was found of a chain, where it is not trusted.
pub(crate) type Distrust = Arc<Mutex<Option<String>>>;

/// The configuration of one connection, and where its verdict on the chain will be.
pub(crate) fn client_config(options: &TlsOptions) -> Result<(ClientConfig, Distrust), String> {
    let provider = provider();
    let distrust = Distrust::default();
    let verifier = Recording {
        judge: judge(options.ca_pem.as_deref(), &provider)?,
        provider: Arc::clone(&provider),
        trust_anyone: options.trust_anyone,
        distrust: Arc::clone(&distrust),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&options.versions.list())
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &options.identity_pem {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let unreadable = "the client certificate and its key cannot be read as PEM";
            let (chain, key) = identity(pem.expose()).ok_or(unreadable)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("the client certificate cannot be used: {error}"))?
        }
    };
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, distrust))
}

/// What is known of a connection that was made.
pub(crate) fn facts(connection: &ClientConnection, distrust: &Distrust) -> TlsFacts {
    TlsFacts {
        version: connection.protocol_version().map_or_else(String::new, version_name),
        cipher: connection
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str().map(str::to_owned))
            .unwrap_or_else(|| "unknown".to_owned()),
        chain: connection.peer_certificates().unwrap_or_default().iter().map(|certificate| fingerprint(certificate)).collect(),
        distrust: distrust.lock().unwrap_or_else(PoisonError::into_inner).clone(),
    }
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// A chain and its key; `None` where either is missing or broken.
pub(crate) fn identity(pem: &[u8]) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    let key = PrivateKeyDer::from_pem_slice(pem).ok()?;
    (!chain.is_empty()).then_some((chain, key))
}

/// The certificates of a PEM bundle as roots.
pub(crate) fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let unreadable = |why: &dyn std::fmt::Display| format!("the CA certificates cannot be read: {why}");
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        store.add(certificate.map_err(|error| unreadable(&error))?).map_err(|error| unreadable(&error))?;
    }
    if store.is_empty() { Err("the CA file holds no certificate".to_owned()) } else { Ok(store) }
}

/// The SHA-256 of a certificate, as lower-case hexadecimal.
fn fingerprint(certificate: &[u8]) -> String {
    digest(&SHA256, certificate).as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn version_name(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Who judges a chain; without one, the reason why nobody can.
type Judge = Result<Arc<dyn ServerCertVerifier>, String>;

fn judge(ca_pem: Option<&[u8]>, provider: &Arc<CryptoProvider>) -> Result<Judge, String> {
    let Some(pem) = ca_pem else {
        return Ok(match rustls_platform_verifier::Verifier::new(Arc::clone(provider)) {
            Ok(verifier) => Ok(Arc::new(verifier)),
            Err(_) => Err("this machine has no certificates of authorities to judge it by".to_owned()),
        });
    };
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots(pem)?), Arc::clone(provider))
        .build()
        .map(|verifier| Ok(verifier as Arc<dyn ServerCertVerifier>))
        .map_err(|error| format!("the CA certificates cannot be used: {error}"))
}

/// Judges a chain as always, remembers a bad verdict, and goes on all the same where it was told to.
#[derive(Debug)]
struct Recording {
    judge: Judge,
    provider: Arc<CryptoProvider>,
    trust_anyone: bool,
    distrust: Distrust,
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (error, words) = match &self.judge {
            Ok(judge) => match judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
                Ok(verified) => return Ok(verified),
                Err(error) => {
                    let words = words(&error, &server_name.to_str());
                    (error, words)
                }
            },
            Err(why) => (Error::General(why.clone()), why.clone()),
        };
        *self.distrust.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
        if self.trust_anyone { Ok(ServerCertVerified::assertion()) } else { Err(error) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Why a chain is not trusted, for a person.
fn words(error: &Error, host: &str) -> String {
    use CertificateError as Wrong;
    let Error::InvalidCertificate(wrong) = error else { return error.to_string() };
    match wrong {
        Wrong::ExpiredContext { not_after, .. } => format!("the certificate expired on {}", day(*not_after)),
        Wrong::Expired => "the certificate has expired".to_owned(),
        Wrong::NotValidYetContext { not_before, .. } => format!("the certificate is not valid before {}", day(*not_before)),
        Wrong::NotValidYet => "the certificate is not valid yet".to_owned(),
        Wrong::UnknownIssuer => {
            "the certificate is issued by nobody who is trusted, or an intermediate certificate is missing".to_owned()
        }
        Wrong::Revoked => "the certificate has been revoked".to_owned(),
        Wrong::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            format!("the certificate names no host, so not `{host}`")
        }
        Wrong::NotValidForNameContext { presented, .. } => {
            let names: Vec<String> = presented.iter().take(5).map(|name| format!("`{}`", bare(name))).collect();
            let more = if presented.len() > 5 { " and others" } else { "" };
            format!("the certificate is for {}{more}, not for `{host}`", names.join(", "))
        }
        Wrong::NotValidForName => format!("the certificate is not for `{host}`"),
        Wrong::BadEncoding => "the certificate cannot be read".to_owned(),
        Wrong::BadSignature => "the certificate is not signed by the authority that it names".to_owned(),
        Wrong::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the certificate is that of an authority, and signed by itself".to_owned()
        }
        other => format!("the certificate is not accepted: {other}"),
    }
}

/// What to say of a failed handshake.
pub(crate) fn handshake_words(error: &Error, distrust: &Distrust) -> String {
    let recorded = distrust.lock().unwrap_or_else(PoisonError::into_inner).clone();
    recorded.unwrap_or_else(|| error.to_string())
}

/// A name out of the library's way of writing it: `DnsName("a.example")`, `IpAddress(127.0.0.1)`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inner.trim_matches('"')
}

fn day(time: UnixTime) -> String {
    let at = i64::try_from(time.as_secs()).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    at.map_or_else(|| "a date out of range".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

/// Asks for a client certificate and takes any.
#[derive(Debug)]
struct Credulous(Arc<CryptoProvider>);

impl ClientCertVerifier for Credulous {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
