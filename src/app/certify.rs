//! `proofmark certify`: plays the platform against a partner's endpoint and writes what came of it, with a certificate where one
//! was earned.
//!
//! Wires loading, planning, certifying, recording and issuing. Never prints: it gives back what is to be shown.

use crate::app::certify_around::Surroundings;
use crate::app::follow_up::Front;
use crate::app::issue::{Issued, issue, read_key};
use crate::app::profiles::{self, Loaded};
use crate::app::reports::{Kept, Report};
use crate::app::{certify_resumed as resumed, history, machine, world};
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::ed25519::SigningKey;
use crate::base::secret::Secret;
use crate::base::seed::Seed;
use crate::callback::scheme::Signing;
use crate::certify::{self, Earlier, FollowUps, World, looks_back};
use crate::model::certification::{CertificationEvent, CertificationObserver, CertificationOutcome, ModuleId};
use crate::model::redact::Redactor;
use crate::net::address::parse_origin;
use crate::net::client::{AddressRule, Client, ClientOptions};
use crate::net::probe::{DialOptions, TlsOptions, TlsVersions};
use crate::plan::bind::file_stem;
use crate::plan::certification::{CertificationPlan, CertificationWish, DeliveryRate, SigningPlan, plan};
use crate::record::certification::shape::{ProfileRecord, SpecRecord};
use crate::record::certification::{
    CertificationFacts, CertificationOpening, CertificationRecord, Journal, keep, make, outcomes, store as stored,
};
use crate::record::history::Entry;
use crate::record::store;
use crate::suite::ast::profile::{AuthorizationSpec, ExpectedFailure, Profile};
use crate::window::hours::{Closed, Hours};
use crate::window::spec::Outside;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What a certification is to do.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What the endpoint is certified on.
    pub wanted: profiles::Wanted,
    /// The URL that the partner would register.
    pub url: String,
    /// The key that deliveries are signed with, instead of the profile's.
    pub secret: Option<Secret<String>>,
    /// The credential that deliveries bear, instead of the profile's.
    pub authorization: Option<Secret<String>>,
    /// Files instead of the profile's: the certificates to trust, the client's certificate and key, PEM.
    pub ca: Option<PathBuf>,
    /// The client's certificate.
    pub cert: Option<PathBuf>,
    /// The client's key.
    pub cert_key: Option<PathBuf>,
    /// The modules asked for; all when none is named.
    pub only: Vec<ModuleId>,
    /// Modules of `resume` that are run again although they had finished.
    pub rerun: Vec<ModuleId>,
    /// The folder of a certification that is to be gone on with.
    pub resume: Option<PathBuf>,
    /// A file of failures that are expected.
    pub expected: Option<String>,
    /// Deliveries at a rate.
    pub load: Option<DeliveryRate>,
    /// Where the partner was told to ask for what it is notified of, such as `127.0.0.1:8900`.
    pub follow_up: Option<String>,
    /// The key that the certificate is signed with; one made for this run where none is given.
    pub key: Option<PathBuf>,
    /// The folder that run folders are made in.
    pub out: PathBuf,
    /// Reports beside those of the run folder.
    pub reports: Vec<Report>,
    /// The environment whose window, consent to load and rules of redaction hold: a file, or the name of a shipped one.
    pub environment: Option<String>,
    /// The instant that availability is looked at as if it were now.
    pub at: Option<Timestamp>,
    /// The seed; one of the machine's choosing where none is given.
    pub seed: Option<Seed>,
    /// Where the history of runs is kept: a file or a URL.
    pub history: Option<Secret<String>>,
    /// The command as typed.
    pub command: Vec<String>,
}

/// What came of a certification.
pub struct Certified {
    /// The record.
    pub record: CertificationRecord,
    /// Where the record and reports were written, and what could not be.
    pub kept: Kept,
    /// The certificate's files, where one was issued.
    pub certificate: Option<Issued>,
    /// Why none was issued, where one could have been.
    pub refused: Option<String>,
    /// Warnings about the inputs.
    pub warnings: Vec<Diagnostic>,
}

/// Why a certification came to nothing.
pub enum Failed {
    /// Inputs are wrong: exit 2.
    Inputs(Vec<Diagnostic>),
    /// Nothing may be sent now: exit 3.
    Closed(String),
}

impl From<Vec<Diagnostic>> for Failed {
    fn from(faults: Vec<Diagnostic>) -> Self {
        Self::Inputs(faults)
    }
}

/// Runs a certification. `progress` hears every event after the journal did.
///
/// # Errors
/// When an input is wrong, or the window is closed and nothing is to be sent then; nothing was.
pub async fn certify(
    settings: &Settings,
    progress: Arc<dyn CertificationObserver>,
    stop: CancellationToken,
) -> Result<Certified, Failed> {
    let ready = prepare(settings)?;
    let Ready { plan, key, redactor, facts, earlier, .. } = &ready;
    if let Some(closed) = refused(&ready) {
        return Err(Failed::Closed(closed.to_string()));
    }
    let down = CancellationToken::new();
    let front = match &settings.follow_up {
        Some(address) => Some(Front::open(address, down.clone()).await.map_err(|fault| vec![fault])?),
        None => None,
    };
    let follow_ups = front.map(|front| Arc::new(front) as Arc<dyn FollowUps>);
    let world = world(&ready, follow_ups).map_err(|fault| vec![fault])?;
    let (folder, journal) = journal(settings, &ready)?;
    let both = Both { journal, progress };
    let before = earlier.as_ref().map(|record| unfinished(record, settings)).unwrap_or_default();
    let outcome = certify::execute(plan, &world, before, &both, &stop).await;
    down.cancel();
    let mut warnings = ready.warnings.clone();
    warnings.extend(both.journal.failure());
    let made = Made { outcome: &outcome, redactor, facts, earlier: earlier.as_ref(), history: ready.history.as_ref() };
    Ok(finish(settings, &plan.profile, &made, key.as_ref(), &folder, warnings))
}

/// That the window is closed, where nothing is to be sent then.
fn refused(ready: &Ready) -> Option<Closed> {
    let called = ready.plan.called(&ready.api);
    (ready.hours.outside() == Outside::Refuse).then(|| ready.hours.first_closed(&called)).flatten()
}

/// Everything that is known before anything is sent.
struct Ready {
    began: Timestamp,
    seed: Seed,
    plan: CertificationPlan,
    tls: TlsOptions,
    key: Option<SigningKey>,
    redactor: Redactor,
    facts: CertificationFacts,
    earlier: Option<CertificationRecord>,
    warnings: Vec<Diagnostic>,
    hours: Hours,
    api: String,
    may_load: bool,
    history: Option<Secret<String>>,
}

fn prepare(settings: &Settings) -> Result<Ready, Vec<Diagnostic>> {
    let env = |name: &str| std::env::var(name).ok();
    let mut loaded = profiles::load(&settings.wanted, &env)?;
    let began = SystemClock.now();
    let mut profile = loaded.profile.clone();
    if let Some(given) = &settings.authorization {
        let header = profile.authorization.take().map_or_else(|| "Authorization".to_owned(), |a| a.header);
        profile.authorization = Some(AuthorizationSpec { header, value: Some(given.clone()) });
    }
    let mut mistakes = url_mistakes(&settings.url);
    let around = Surroundings::read(settings, &loaded, &env, &mut mistakes);
    loaded.documents.extend(around.documents.iter().cloned());
    loaded.warnings.extend(around.warnings.iter().cloned());
    let earlier = resumed::earlier(settings, &profile, &loaded.documents, &mut mistakes);
    let signing = signing(&profile, settings, &mut mistakes);
    let tls = tls(&profile, settings, &mut mistakes);
    let key = settings.key.as_deref().map(read_key).transpose().unwrap_or_else(|fault| {
        mistakes.push(fault);
        None
    });
    let expected = expected(settings, began, &mut loaded.warnings, &mut mistakes);
    let (Some((signing, tls)), Some(hours), true) = (signing.zip(tls), around.hours.clone(), mistakes.is_empty()) else {
        return Err(mistakes);
    };
    let chosen = || Seed(u64::try_from(began.as_microsecond()).unwrap_or_default() % 1_000_000_000);
    let seed = earlier.as_ref().map(|record| Seed(record.seed)).or(settings.seed).unwrap_or_else(chosen);
    let callbacks: Vec<_> = loaded.callbacks.iter().map(|(callback, _)| callback.clone()).collect();
    let wish = CertificationWish {
        registered: settings.url.clone(),
        seed,
        now: began,
        only: settings.only.clone(),
        load: settings.load,
        expected,
    };
    let plan = plan(&Arc::new(profile), &loaded.contract, &callbacks, signing, wish).map_err(Diagnostics::sorted)?;
    let mut redactor = around.environment.as_ref().map_or_else(Redactor::default, world::redactor);
    secrets(&plan.profile, settings, &plan).into_iter().for_each(|secret| redactor.add(secret));
    let differs = earlier.as_ref().map(|record| resumed::other_wish(settings, record, &plan, &redactor)).unwrap_or_default();
    if !differs.is_empty() {
        return Err(differs);
    }
    let facts = facts(settings, &loaded, &plan);
    let may_load = plan.endpoints.iter().all(|endpoint| around.allows_load(&endpoint.url));
    let api = file_stem(&loaded.spec);
    let history = around.environment.and_then(|environment| environment.history);
    let warnings = loaded.warnings;
    Ok(Ready { began, seed, plan, tls, key, redactor, facts, earlier, warnings, hours, api, may_load, history })
}

/// The failures that are known and still accepted.
fn expected(
    settings: &Settings,
    began: Timestamp,
    warnings: &mut Vec<Diagnostic>,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<ExpectedFailure> {
    let listed = match settings.expected.as_deref().map(profiles::expected_failures) {
        Some(Ok(listed)) => listed,
        Some(Err(faults)) => {
            mistakes.extend(faults);
            return Vec::new();
        }
        None => return Vec::new(),
    };
    let today = began.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (over, accepted): (Vec<_>, Vec<_>) = listed.into_iter().partition(|e| e.until.is_some_and(|day| day < today));
    warnings.extend(over.iter().map(|e| {
        let message = format!("the failure that was announced of `{}` is no longer accepted", e.module.value);
        Diagnostic::warning("certify/announcement-over", message).hint("mend it, or agree on another day")
    }));
    accepted
}

/// The folder of the certification and its journal: the one to go on with, or new ones.
fn journal(settings: &Settings, ready: &Ready) -> Result<(PathBuf, Journal), Vec<Diagnostic>> {
    let plan = &ready.plan;
    let opened = match &settings.resume {
        Some(folder) => Journal::resume(folder, ready.began, ready.redactor.clone()).map(|journal| (folder.clone(), journal)),
        None => store::directory(&settings.out, ready.began, "certify").and_then(|folder| {
            let opening = CertificationOpening {
                began: ready.began,
                registered: plan.registered.clone(),
                endpoints: plan.endpoints.iter().map(|e| (e.name.clone(), e.url.clone())).collect(),
                seed: ready.seed.0,
                required: plan.profile.modules.iter().filter(|(_, spec)| spec.required).map(|(id, _)| *id).collect(),
            };
            let journal = Journal::create(&folder, &opening, &ready.facts, ready.redactor.clone())?;
            Ok((folder, journal))
        }),
    };
    opened.map_err(|fault| vec![fault])
}

/// What a record is made of.
struct Made<'a> {
    outcome: &'a CertificationOutcome,
    redactor: &'a Redactor,
    facts: &'a CertificationFacts,
    earlier: Option<&'a CertificationRecord>,
    history: Option<&'a Secret<String>>,
}

fn finish(
    settings: &Settings,
    profile: &Profile,
    made: &Made<'_>,
    key: Option<&SigningKey>,
    folder: &Path,
    mut warnings: Vec<Diagnostic>,
) -> Certified {
    let mut record = make(made.outcome, made.redactor, made.facts);
    if let Some(earlier) = made.earlier {
        keep(&mut record, earlier);
    }
    let mut kept = Kept::of(stored::write(folder, &record), folder, &record, &settings.reports);
    let (certificate, refused) = if kept.record.is_none() {
        (None, Some("the record that it would stand on could not be written".to_owned()))
    } else {
        match issue(&record, folder, key, profile.valid_for, SystemClock.now()) {
            Ok(Ok(issued)) => (Some(issued), None),
            Ok(Err(why)) => (None, Some(why)),
            Err(faults) => {
                kept.faults.extend(faults);
                (None, Some("it could not be written".to_owned()))
            }
        }
    };
    let entry = Entry::of_certification(&record);
    warnings.extend(history::remember_as_typed(entry, folder, settings.history.as_ref(), made.history));
    Certified { record, kept, certificate, refused, warnings }
}

fn url_mistakes(url: &str) -> Vec<Diagnostic> {
    let mistake = |message: String| {
        vec![
            Diagnostic::error("usage/url", message)
                .hint("give the URL that you would register, such as https://partner.example/hooks"),
        ]
    };
    match parse_origin(url) {
        Err(why) => mistake(why),
        Ok(_) if url.contains('#') => mistake(format!("`{url}` has a fragment, which is never sent")),
        Ok(_) => Vec::new(),
    }
}

fn signing(profile: &Profile, settings: &Settings, mistakes: &mut Vec<Diagnostic>) -> Option<SigningPlan> {
    let Some(signature) = &profile.signature else {
        if settings.secret.is_some() && settings.wanted.profile != "laas" {
            mistakes.push(
                Diagnostic::error(
                    "usage/secret",
                    format!("`--secret` is given, and the profile `{}` signs nothing", profile.name.value),
                )
                .hint("choose a profile that signs, such as laas-hmac"),
            );
            return None;
        }
        return Some(SigningPlan::Unsigned);
    };
    let Some(secret) = settings.secret.as_ref().or(signature.secret.as_ref()) else {
        let what = format!(
            "the profile `{}` signs deliveries and no key is given: use --secret, or set the profile's environment variable",
            profile.name.value
        );
        return Some(SigningPlan::KeyMissing(what));
    };
    match Signing::new(&signature.scheme, secret) {
        Ok(signing) => Some(SigningPlan::Signed(signing)),
        Err(why) => {
            mistakes.push(Diagnostic::error("usage/secret", why));
            None
        }
    }
}

fn tls(profile: &Profile, settings: &Settings, mistakes: &mut Vec<Diagnostic>) -> Option<TlsOptions> {
    let mut read = |given: &Option<PathBuf>, named: Option<&str>, what: &str| {
        let path = given.clone().or_else(|| named.filter(|n| !n.is_empty()).map(PathBuf::from))?;
        match std::fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                let message = format!("cannot read the {what} `{}`: {error}", path.display());
                mistakes.push(Diagnostic::error("certify/tls-file", message));
                None
            }
        }
    };
    let named = |file: &Option<crate::suite::ast::Spanned<String>>| file.as_ref().map(|f| f.value.clone());
    let ca_pem = read(&settings.ca, named(&profile.tls.ca).as_deref(), "certificates to trust");
    let certificate = read(&settings.cert, named(&profile.tls.certificate).as_deref(), "client certificate");
    let key = read(&settings.cert_key, named(&profile.tls.key).as_deref(), "client key");
    let identity_pem = match (certificate, key) {
        (Some(mut pem), Some(key)) => {
            pem.push(b'\n');
            pem.extend(key);
            Some(Secret::new(pem))
        }
        (Some(pem), None) => Some(Secret::new(pem)),
        (None, _) => None,
    };
    mistakes.is_empty().then_some(TlsOptions { ca_pem, identity_pem, versions: TlsVersions::Any, trust_anyone: false })
}

fn secrets(profile: &Profile, settings: &Settings, plan: &CertificationPlan) -> Vec<Secret<String>> {
    let mut all: Vec<Secret<String>> = profile.declared_secrets.iter().map(|(_, secret)| secret.clone()).collect();
    all.extend(settings.secret.clone());
    all.extend(profile.signature.as_ref().and_then(|s| s.secret.clone()));
    if let Some(value) = profile.authorization.as_ref().and_then(|a| a.value.as_ref()) {
        all.push(value.clone());
        // The credential alone may be repeated in an answer without its scheme.
        all.extend(value.expose().split_once(' ').map(|(_, credential)| Secret::new(credential.to_owned())));
    }
    all.extend(profile.read_back.iter().flat_map(|r| r.headers.iter().map(|(_, value)| value.clone())));
    if let SigningPlan::Signed(signing) = &plan.signing {
        all.extend(signing.secrets());
    }
    all
}

fn world(ready: &Ready, follow_ups: Option<Arc<dyn FollowUps>>) -> Result<World, Diagnostic> {
    let (limits, tls) = (&ready.plan.profile.limits, ready.tls.clone());
    let options = ClientOptions {
        connect_timeout: limits.connect.duration(),
        max_body: usize::try_from(limits.body).unwrap_or(usize::MAX),
        ca_pem: tls.ca_pem.clone(),
        identity_pem: tls.identity_pem.clone(),
        addresses: AddressRule::Any,
        ..ClientOptions::default()
    };
    let unusable = |why| Diagnostic::error("certify/tls", why);
    let lenient = ClientOptions { trust_anyone: true, ..options.clone() };
    Ok(World {
        client: Client::new(&options).map_err(unusable)?,
        lenient: Client::new(&lenient).map_err(unusable)?,
        dial: DialOptions { connect_timeout: limits.connect.duration(), addresses: AddressRule::Any, tls },
        clock: Arc::new(SystemClock),
        seed: ready.seed,
        follow_ups,
        may_load: ready.may_load,
        hours: ready.hours.clone(),
        api: ready.api.clone(),
    })
}

/// What need not be done again.
fn unfinished(record: &CertificationRecord, settings: &Settings) -> Earlier {
    let earlier = outcomes(record);
    let again = |id: ModuleId| settings.rerun.contains(&id) || looks_back(id);
    let modules = earlier.modules.into_iter().filter(|m| !again(m.id)).collect();
    Earlier { modules, exchanges: earlier.exchanges, next: earlier.next.0 }
}

fn facts(settings: &Settings, loaded: &Loaded, plan: &CertificationPlan) -> CertificationFacts {
    CertificationFacts {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: settings.command.clone(),
        profile: ProfileRecord { name: plan.profile.name.value.clone(), title: plan.profile.title.clone() },
        spec: SpecRecord { title: loaded.contract.title.clone(), version: loaded.contract.version.clone() },
        documents: loaded.documents.clone(),
        left_out: plan
            .profile
            .modules
            .keys()
            .filter(|id| **id != ModuleId::DeliveryRate && !plan.modules.contains(id))
            .copied()
            .collect(),
        planned: plan.modules.len(),
        machine: machine::facts(),
        build: Some(machine::build()),
    }
}

/// The journal first, then whoever watches.
struct Both {
    journal: Journal,
    progress: Arc<dyn CertificationObserver>,
}

impl CertificationObserver for Both {
    fn observe(&self, event: CertificationEvent<'_>) {
        self.journal.observe(event);
        self.progress.observe(event);
    }
}
