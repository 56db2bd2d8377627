//! `proofmark listen`: receives callbacks, has them checked, and writes what came of it.
//!
//! Wires loading, listening, recording and reporting. Never prints: it hands each attempt to whoever watches.

use crate::app::check;
use crate::app::reader::{Reader, Rights};
use crate::app::reports::{Kept, Report};
use crate::app::spec::{self, Overlays};
use crate::app::{files, history, machine, profiles};
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::callback::scheme::Verification;
use crate::callback::standard::ID;
use crate::check::inbound::Signed;
use crate::contract::model::Callback;
use crate::listen::script::{Script, Told};
use crate::listen::{Attempt, Desk, Expecting, listen};
use crate::model::event::{Event, Observer};
use crate::model::redact::Redactor;
use crate::model::signing::{SignatureScheme, WebhookAlgorithm};
use crate::net::server::bind;
use crate::record::digest;
use crate::record::history::Entry;
use crate::record::journal::Journal;
use crate::record::make::{Facts, Opening, make};
use crate::record::shape::{DocumentRecord, RunRecord};
use crate::record::store;
use crate::suite::ast::profile::Profile;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The spec that is listened for where none is named.
const SPEC: &str = "laas-notifications";
/// How far the time of an attempt may be from now, where no profile says it.
const TOLERANCE: Nanos = Nanos(300_000_000_000);

/// What to listen for, and how to answer.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The address to listen on.
    pub bind: String,
    /// The spec: a file, a URL, or the name of a shipped one.
    pub spec: Option<String>,
    /// Callbacks or webhooks of it; all where none is named.
    pub callbacks: Vec<String>,
    /// A profile that says how deliveries are signed.
    pub profile: Option<String>,
    /// What verifies the signatures.
    pub secret: Option<Secret<String>>,
    /// How many attempts of each delivery get no answer.
    pub drops: usize,
    /// The answers after those.
    pub answers: Vec<Told>,
    /// How long each answer is held back.
    pub delay: Nanos,
    /// How many attempts to wait for.
    pub count: Option<usize>,
    /// How long to listen.
    pub time: Option<Nanos>,
    /// The folder that run folders are made in.
    pub out: PathBuf,
    /// Reports beside those of the run folder.
    pub reports: Vec<Report>,
    /// Overlays for the spec.
    pub overlays: Vec<String>,
    /// What the spec may refer to.
    pub rights: Rights,
    /// Where the history of runs is kept: a file or a URL.
    pub history: Option<Secret<String>>,
    /// The command as typed.
    pub command: Vec<String>,
}

/// A listener that is up, with nothing taken in yet.
pub struct Listening {
    /// The URL to call.
    pub url: String,
    /// What is listened for: operations, then title and version of the spec.
    pub what: (Vec<String>, String),
    /// How deliveries have to be signed, where they have to.
    pub signed: Option<SignatureScheme>,
    /// Warnings about the inputs.
    pub warnings: Vec<Diagnostic>,
    listener: TcpListener,
    expecting: Expecting,
    journal: Arc<Journal>,
    redactor: Redactor,
    facts: Facts,
    folder: PathBuf,
    settings: Settings,
}

/// What came of listening.
pub struct Listened {
    /// The record.
    pub record: RunRecord,
    /// Where the record and reports were written, and what could not be.
    pub kept: Kept,
    /// Why the journal is incomplete, where it is; what is wrong with the history.
    pub warnings: Vec<Diagnostic>,
}

/// Everything that was read.
struct Inputs {
    expecting: Expecting,
    documents: Vec<DocumentRecord>,
    secrets: Vec<Secret<String>>,
    warnings: Vec<Diagnostic>,
}

/// Loads what is listened for and takes the address.
///
/// # Errors
/// Every mistake of the inputs; nothing is listened to then.
pub async fn open(settings: Settings) -> Result<Listening, Vec<Diagnostic>> {
    let env = |name: &str| std::env::var(name).ok();
    let mut inputs = load(&settings, &env)?;
    let listener = bind(&settings.bind).await.map_err(|why| vec![Diagnostic::error("listen/bind", why)])?;
    let addr = listener.local_addr().map_err(|why| vec![Diagnostic::error("listen/bind", why.to_string())])?;
    let url = format!("http://{addr}");
    url.clone_into(&mut inputs.expecting.url);
    let began = SystemClock.now();
    let facts = Facts {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: settings.command.clone(),
        rerun_options: Vec::new(),
        documents: inputs.documents,
        selection: Vec::new(),
        machine: machine::facts(),
        build: Some(machine::build()),
    };
    let opening = Opening { began, target: url.clone(), environment: "listen".to_owned(), seed: 0 };
    let redactor = Redactor::new(inputs.secrets);
    let folder = store::directory(&settings.out, began, "listen").map_err(|fault| vec![fault])?;
    let journal = Journal::create(&folder, &opening, &facts, redactor.clone()).map_err(|fault| vec![fault])?;
    let expecting = inputs.expecting;
    let mut operations: Vec<String> = expecting.callbacks.iter().map(|c| c.operation.id.clone()).collect();
    operations.dedup();
    Ok(Listening {
        url,
        what: (operations, format!("{} {}", expecting.contract.title, expecting.contract.version)),
        signed: expecting.signed.as_ref().map(|s| s.verification.scheme().clone()),
        warnings: inputs.warnings,
        listener,
        expecting,
        journal: Arc::new(journal),
        redactor,
        facts,
        folder,
        settings,
    })
}

impl Listening {
    /// Listens to the end; `watch` hears of every request, with nothing in it that must not be shown.
    pub async fn run(self, watch: impl Fn(&Attempt) + Send + Sync + 'static, stop: CancellationToken) -> Listened {
        let redactor = self.redactor.clone();
        let watcher = Box::new(move |attempt: &Attempt| watch(&redacted(attempt, &redactor)));
        let observer = Arc::new(Shared(Arc::clone(&self.journal)));
        let desk = Arc::new(Desk::new(self.expecting, Arc::new(SystemClock), observer, watcher));
        let ending = listen(self.listener, Arc::clone(&desk), self.settings.time, stop).await;
        let record = make(&desk.close(ending), &self.redactor, &self.facts);
        let kept = check::write(&self.folder, &record, &self.settings.reports);
        let mut warnings: Vec<Diagnostic> = self.journal.failure().into_iter().collect();
        warnings.extend(history::remember_as_typed(Entry::of_run(&record), &self.folder, self.settings.history.as_ref(), None));
        Listened { record, kept, warnings }
    }
}

struct Shared(Arc<Journal>);

impl Observer for Shared {
    fn observe(&self, event: Event<'_>) {
        self.0.observe(event);
    }
}

fn redacted(attempt: &Attempt, redactor: &Redactor) -> Attempt {
    let mut attempt = attempt.clone();
    attempt.operation = redactor.text(&attempt.operation);
    attempt.label = attempt.label.map(|label| redactor.text(&label));
    for finding in &mut attempt.findings {
        for text in [&mut finding.message, &mut finding.expected, &mut finding.actual] {
            *text = redactor.text(text);
        }
    }
    attempt
}

fn load(settings: &Settings, env: &dyn Fn(&str) -> Option<String>) -> Result<Inputs, Vec<Diagnostic>> {
    let mut faults = Diagnostics::new();
    let inputs = gather(settings, env, &mut faults);
    match inputs {
        Some(inputs) if !faults.has_errors() => Ok(Inputs { warnings: faults.sorted(), ..inputs }),
        _ => Err(faults.sorted().into_iter().filter(|d| d.severity == Severity::Error).collect()),
    }
}

fn gather(settings: &Settings, env: &dyn Fn(&str) -> Option<String>, faults: &mut Diagnostics) -> Option<Inputs> {
    let reader = Reader::new(settings.rights.clone());
    let overlays = Overlays::read(&settings.overlays, &reader, faults);
    let mut documents = Vec::new();
    let profile = match &settings.profile {
        None => None,
        Some(name) => {
            let source = profiles::open(&reader, name).map_err(|fault| faults.push(fault)).ok()?;
            let (profile, more) = profiles::read(&reader, &source, env);
            faults.extend(more);
            let profile = profile?;
            let read = std::iter::once(&profile.source).chain(&profile.bases);
            documents.extend(read.map(|s| digest::document("profile", s.name(), s.text().as_bytes())));
            Some(profile)
        }
    };
    let name = match (&settings.spec, &profile) {
        (Some(typed), _) => profiles::spec_name("", typed),
        (None, Some(profile)) => profiles::spec_of(profile),
        (None, None) => profiles::spec_name("", SPEC),
    };
    let source = reader.open(&files::beside("", &name)).map_err(|fault| faults.push(fault)).ok()?;
    documents.push(digest::document("spec", source.name(), source.text().as_bytes()));
    let (contract, more) = spec::load(&source, &reader, &overlays);
    faults.extend(more);
    faults.extend(overlays.unused());
    let contract = Arc::new(contract?);
    let callbacks = match (&settings.callbacks[..], &profile) {
        ([], Some(profile)) if settings.spec.is_none() => profiles::callbacks(profile, &contract, faults),
        ([], _) => profiles::all(&contract),
        (names, _) => profiles::named(&contract, names, faults),
    };
    let callbacks: Vec<Callback> = callbacks.into_iter().map(|(callback, _)| callback).collect();
    if callbacks.is_empty() && !faults.has_errors() {
        let message = format!("`{}` describes no callback and no webhook", contract.source_name());
        faults.push(Diagnostic::error("listen/callback", message));
    }
    let signed = signed(settings, profile.as_ref()).map_err(|fault| faults.push(fault)).ok()?;
    let mut secrets: Vec<Secret<String>> = settings.secret.iter().cloned().collect();
    secrets.extend(profile.iter().flat_map(Profile::secrets));
    if let Some(signed) = &signed {
        // A public key is no secret, and is better seen than hidden.
        secrets.retain(|s| !s.expose().starts_with("whpk_") && !s.expose().contains("BEGIN PUBLIC KEY"));
        secrets.extend(signed.verification.secrets());
    }
    let id_header = profile.map_or_else(|| Some(ID.to_owned()), |p| p.delivery.id_header);
    let script = Script::new(settings.drops, settings.answers.clone(), settings.delay);
    let expecting = Expecting { contract, callbacks, signed, id_header, script, count: settings.count, url: String::new() };
    Some(Inputs { expecting, documents, secrets, warnings: Vec::new() })
}

/// What deliveries have to be signed with: as the profile says, else as the secret looks.
fn signed(settings: &Settings, profile: Option<&Profile>) -> Result<Option<Signed>, Diagnostic> {
    let wrong = |why: String| Diagnostic::error("listen/secret", why);
    let (scheme, secret, tolerance) = match (profile.map(|p| &p.signature), &settings.secret) {
        (Some(Some(signature)), typed) => {
            let Some(secret) = typed.as_ref().or(signature.secret.as_ref()) else {
                return Err(wrong("the profile has deliveries signed, and there is no secret to verify them with".to_owned())
                    .hint("give it by --secret or PROOFMARK_SECRET"));
            };
            (signature.scheme.clone(), secret, signature.tolerance)
        }
        (Some(None) | None, None) => return Ok(None),
        // The variable may be set for other commands; a profile that signs nothing has the last word.
        (Some(None), Some(_)) => return Ok(None),
        (None, Some(secret)) => {
            let algorithm = match secret.expose().trim() {
                text if text.starts_with("whsec_") => WebhookAlgorithm::V1,
                text if text.starts_with("whpk_") || text.starts_with("whsk_") => WebhookAlgorithm::V1a,
                _ => {
                    return Err(wrong("the secret does not say how deliveries are signed".to_owned())
                        .hint("it begins with `whsec_` or `whpk_`, or --profile names a profile that says it"));
                }
            };
            (SignatureScheme::StandardWebhooks(algorithm), secret, TOLERANCE)
        }
    };
    let verification = Verification::new(&scheme, secret).map_err(wrong)?;
    Ok(Some(Signed { verification, tolerance }))
}
